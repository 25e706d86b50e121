/** Pooling: one number for a window of each channel. */

import { reads } from "locality/geometry";
import { biasOf, fold, gather, makeRule, only, spread, windowsOf } from "locality/layers/rule";
import { product, range, wide } from "locality/tensor";

export const pool = makeRule({
  defaults: { kernel_size: null, stride: null, padding: 0, dilation: 1, rounding: "exact", output_size: null },
  word: (layer) => layer.kind,
  parameters: (layer, [[channels]]) => {
    const each = /** @type {[string, number[]][]} */ (["weight", "bias"].map((name) => [name, [channels]]));
    return Object.fromEntries(layer.kind === "subsampling" ? each : []);
  },
  maps: mapsOf,
  cell: (layer, [image], weights, [channel, ...place]) => {
    const along = mapsOf(layer, [image.shape]).map((map, i) => counted(map, place[i], image.shape[i + 1]));
    const largest = layer.kind.endsWith("max");
    const places = product([[channel], ...along]);
    const found = gather(image, places, along.map((cells) => cells.length), largest ? -Infinity : 0);
    const { shape, data } = found.patch;
    if (layer.kind.endsWith("average")) {
      const rule = `the sum of the window's ${data.length} cells, each over ${data.length}`;
      return { ...found, weights: wide(shape, data.map(() => 1 / data.length)), rule };
    }
    if (largest) {
      const best = data.indexOf(data.reduce((a, b) => Math.max(a, b), -Infinity));
      const [chosen, products] = [only(found.patch, best, 1), only(found.patch, best, data[best])];
      return { ...found, weights: chosen, products, rule: "the largest of the window" };
    }
    if (layer.kind === "subsampling") {
      const rule = "the sum of the window, times the channel's weight, plus its bias";
      const share = wide(shape, data.map(() => weights.weight.data[channel]));
      return { ...found, weights: share, bias: biasOf(weights, channel), rule };
    }
    const votes = data.reduce((a, b) => a + b, 0);
    const rule = `the sign of the window's sum${votes ? "" : "; a tie, so the first site decides"}`;
    return { ...found, value: Math.sign(votes || data[0]), rule };
  },
  forward: (layer, [image], weights, out) => {
    const lists = mapsOf(layer, [image.shape]).map((map, i) =>
      range(out.shape[i + 1]).map((u) => {
        const cells = counted(map, u, image.shape[i + 1]);
        const real = cells.filter((x) => x >= 0 && x < image.shape[i + 1]);
        return { pairs: real.map((x) => /** @type {[number, number]} */ ([x, 1])), many: cells.length };
      }),
    );
    return fold(lists, image, out, layer.kind.endsWith("max"), (sum, many, first, channel) => {
      if (layer.kind === "subsampling") return sum * weights.weight.data[channel] + biasOf(weights, channel);
      if (layer.kind === "majority") return Math.sign(sum || first()); // a tie goes to the window's first site
      return layer.kind.endsWith("average") ? sum / many : sum;
    });
  },
});

/** @type {import("locality/layers/rule").Told<import("locality/geometry").AxisMap[]>} */
function mapsOf(layer, [[, ...space]]) {
  if (layer.kernel_size !== null) return windowsOf(layer, space.length);
  return spread(layer.output_size ?? 1, space.length).map((out, i) => ({ kind: "adaptive", size: space[i], out }));
}

/** The cells that an output counts. Rounding up, what hangs over the padding does not exist.
 *  @param {import("locality/geometry").AxisMap} map @param {number} output @param {number} size */
function counted(map, output, size) {
  const cells = reads(map, output);
  return map.kind === "window" ? cells.filter((x) => x < size + map.padding[1]) : cells;
}
