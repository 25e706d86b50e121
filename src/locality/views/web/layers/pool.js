/** Pooling: one number for a window of each channel. */

import { outputs, reads } from "locality/geometry";
import { lift, makeRule, SLICE, spread, windowsOf } from "locality/layers/rule";
import { count, offset, product, range, tensor } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/geometry").AxisMap} AxisMap */
/** @typedef {import("locality/layers/rule").Layer} Layer */
/** @typedef {import("locality/layers/rule").Weights} Weights */

export const pool = makeRule({
  defaults: {
    kernel_size: null, stride: null, padding: 0, dilation: 1, rounding: "exact", output_size: null,
  },
  word: (layer) => layer.kind,
  shape: (layer, [input]) => [input[0], ...mapsOf(layer, input).map((map, i) => outputs(map, input[i + 1]))],
  maps: (layer, [input]) => mapsOf(layer, input),
  forward,
  cell: (layer, [image], _, [channel, ...place]) => {
    const along = mapsOf(layer, image.shape).map((map, i) => counted(map, place[i], image.shape[i + 1]));
    const shape = along.map((cells) => cells.length);
    const outside = image.shape.map(() => -1);
    const largest = layer.kind.endsWith("max");
    const sites = product(along).map((site) =>
      site.every((x, i) => x >= 0 && x < image.shape[i + 1]) ? [channel, ...site] : outside,
    );
    const patch = Float64Array.from(sites, (site) => {
      if (site === outside) return largest ? -Infinity : 0;
      return image.data[offset(image.shape, site)];
    });
    /** @param {Float64Array} data */
    const shaped = (data) => tensor(shape, data);
    if (layer.kind.endsWith("average")) {
      const share = new Float64Array(patch.length).fill(1 / patch.length);
      const rule = `the sum of the window's ${patch.length} cells, each over ${patch.length}`;
      const products = patch.map((x, i) => x * share[i]);
      return { patch: shaped(patch), products: shaped(products), sites, rule, weights: shaped(share) };
    }
    if (largest) {
      const best = patch.indexOf(patch.reduce((a, b) => Math.max(a, b), -Infinity));
      const products = patch.map((x, i) => (i === best ? x : 0));
      const weights = shaped(patch.map((_, i) => (i === best ? 1 : 0)));
      return { patch: shaped(patch), products: shaped(products), sites, rule: "the largest of the window", weights };
    }
    const votes = patch.reduce((a, b) => a + b, 0);
    const rule = `the sign of the window's sum${votes ? "" : "; a tie, so the first site decides"}`;
    return { patch: shaped(patch), products: shaped(patch), sites, rule, value: Math.sign(votes || patch[0]) };
  },
});

/** @param {Layer} layer @param {number[]} input @returns {AxisMap[]} */
function mapsOf(layer, input) {
  const axes = input.length - 1;
  if (layer.kernel_size !== null) return windowsOf(layer, axes);
  return spread(layer.output_size ?? 1, axes).map((out, i) => ({ kind: "adaptive", size: input[i + 1], out }));
}

/** The cells that an output reads and counts, padding included: rounding up, the part of a window beyond the explicit
 *  padding does not exist. @param {AxisMap} map @param {number} output @param {number} size */
function counted(map, output, size) {
  const cells = reads(map, output);
  return map.kind === "window" ? cells.filter((x) => x < size + map.padding[1]) : cells;
}

/** @param {Layer} layer @param {Tensor[]} inputs @param {Weights} _ @param {Tensor} out */
function* forward(layer, [input], _, out) {
  const space = input.shape.slice(1);
  const all = mapsOf(layer, input.shape).map((map, i) =>
    range(outputs(map, space[i])).map((u) => {
      const cells = counted(map, u, space[i]);
      return { cells: Int32Array.from(cells.filter((x) => x >= 0 && x < space[i])), count: cells.length };
    }),
  );
  const [deep, high, long] = lift(all, [{ cells: Int32Array.of(0), count: 1 }]);
  const sizes = lift(space, 1);
  const window = layer.kind.endsWith("max") ? maximum : total;
  let at = 0;
  let work = 0;
  for (let c = 0; c < input.shape[0]; c++) {
    for (const z of deep) {
      for (const y of high) {
        for (const x of long) {
          const found = window(input.data, c * count(sizes), sizes, z.cells, y.cells, x.cells);
          if (layer.kind.endsWith("average")) out.data[at] = found / (z.count * y.count * x.count);
          else if (layer.kind !== "majority") out.data[at] = found;
          else {
            // A tie goes to the window's first site.
            const first = c * count(sizes) + (z.cells[0] * sizes[1] + y.cells[0]) * sizes[2] + x.cells[0];
            out.data[at] = Math.sign(found || input.data[first]);
          }
          at++;
          work += 8 + z.count * y.count * x.count;
        }
        if (work > SLICE) {
          work = 0;
          yield;
        }
      }
    }
  }
}

/** @typedef {import("locality/tensor").Numbers} Numbers */

/** @param {Numbers} data @param {number} base @param {number[]} sizes @param {Int32Array} deep @param {Int32Array} high
 *  @param {Int32Array} long */
function maximum(data, base, sizes, deep, high, long) {
  let best = -Infinity;
  for (let k = 0; k < deep.length; k++) {
    for (let j = 0; j < high.length; j++) {
      const row = base + (deep[k] * sizes[1] + high[j]) * sizes[2];
      for (let i = 0; i < long.length; i++) {
        const x = data[row + long[i]];
        if (x > best || x !== x) best = x; // what is no number stays, as in torch
      }
    }
  }
  return best;
}

/** @param {Numbers} data @param {number} base @param {number[]} sizes @param {Int32Array} deep @param {Int32Array} high
 *  @param {Int32Array} long */
function total(data, base, sizes, deep, high, long) {
  let sum = 0;
  for (let k = 0; k < deep.length; k++) {
    for (let j = 0; j < high.length; j++) {
      const row = base + (deep[k] * sizes[1] + high[j]) * sizes[2];
      for (let i = 0; i < long.length; i++) sum += data[row + long[i]];
    }
  }
  return sum;
}
