/** Upsampling by a whole number: cells repeated, or lines drawn between their centres. */

import { outputs, reads, shares } from "locality/geometry";
import { lift, makeRule, SLICE, spread } from "locality/layers/rule";
import { at, product, range, tensor } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/geometry").Repeat} Repeat */
/** @typedef {import("locality/layers/rule").Layer} Layer */
/** @typedef {import("locality/layers/rule").Weights} Weights */
/** @typedef {[number, number][]} Shares the cells that one output reads along an axis, each with its share */

export const upsample = makeRule({
  defaults: { mode: "nearest" },
  word: () => "upsample",
  shape: (layer, [input]) => [input[0], ...mapsOf(layer, input).map((map, i) => outputs(map, input[i + 1]))],
  maps: (layer, [input]) => mapsOf(layer, input),
  forward,
  cell: (layer, [image], _, [channel, ...place]) => {
    const along = mapsOf(layer, image.shape).map((map, i) => held(map, place[i], image.shape[i + 1]));
    const met = product(along);
    const shape = along.map((pairs) => pairs.length);
    const sites = met.map((pairs) => [channel, ...pairs.map(([x]) => x)]);
    const patch = Float64Array.from(sites, (site) => at(image, site));
    const share = Float64Array.from(met, (pairs) => pairs.reduce((all, [, near]) => all * near, 1));
    return {
      patch: tensor(shape, patch),
      weights: tensor(shape, share),
      products: tensor(shape, patch.map((x, i) => x * share[i])),
      sites,
      rule:
        layer.mode === "nearest" ? "the nearest input cell" : "the neighbouring cells, weighted by how near they are",
    };
  },
});

/** @param {Layer} layer @param {number[]} input @returns {Repeat[]} */
function mapsOf(layer, input) {
  const linear = layer.mode === "linear";
  return spread(layer.scale, input.length - 1).map((scale) => ({ kind: "repeat", scale, linear }));
}

/** What one output reads; beyond the border the edge is held. @param {Repeat} map @param {number} output
 *  @param {number} size @returns {Shares} */
function held(map, output, size) {
  const near = shares(map, output);
  const found = new Map();
  reads(map, output).forEach((x, i) => {
    const cell = Math.min(Math.max(x, 0), size - 1);
    found.set(cell, (found.get(cell) ?? 0) + near[i]);
  });
  return [...found];
}

/** @param {Layer} layer @param {Tensor[]} inputs @param {Weights} _ @param {Tensor} out */
function* forward(layer, [input], _, out) {
  const space = input.shape.slice(1);
  const all = mapsOf(layer, input.shape).map((map, i) =>
    range(space[i] * map.scale).map((u) => held(map, u, space[i])),
  );
  const [deep, high, long] = lift(all, /** @type {Shares[]} */ ([[[0, 1]]]));
  const [, rows, row] = lift(space, 1);
  const plane = input.data.length / input.shape[0];
  let at = 0;
  let work = 0;
  for (let base = 0; base < input.data.length; base += plane) {
    for (const zs of deep) {
      for (const ys of high) {
        const lines = zs.flatMap(([z, a]) => ys.map(([y, b]) => ({ from: base + (z * rows + y) * row, share: a * b })));
        for (const xs of long) {
          let sum = 0;
          for (const { from, share } of lines) for (const [x, near] of xs) sum += share * near * input.data[from + x];
          out.data[at++] = sum;
        }
        work += 4 * long.length * lines.length;
        if (work > SLICE) {
          work = 0;
          yield;
        }
      }
    }
  }
}
