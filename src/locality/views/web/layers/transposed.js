/** Transposed convolution: every input is spread over the outputs that it reaches, times the weights. */

import { pairs, uncut } from "locality/geometry";
import { biasOf, gather, lift, makeRule, spread, windowsOf, withBias } from "locality/layers/rule";
import { at, count, product, range, wide } from "locality/tensor";

export const transposed = makeRule({
  defaults: { stride: 1, padding: 0, output_padding: 0, dilation: 1, groups: 1, bias: true },
  word: () => "conv-transpose",
  parameters: (layer, [[channels, ...space]]) =>
    withBias(layer, [channels, layer.out_channels / layer.groups, ...spread(layer.kernel_size, space.length)]),
  macs: (layer, inputs) => count(transposed.parameters(layer, inputs).weight) * count(inputs[0].slice(1)),
  maps: mapsOf,
  cell: (layer, [image], weights, [channel, ...place]) => {
    const each = layer.out_channels / layer.groups;
    const many = image.shape[0] / layer.groups;
    const first = Math.floor(channel / each) * many;
    const along = mapsOf(layer, [image.shape]).map((map, i) => realPairs(map, place[i], image.shape[i + 1]));
    // The [input, tap] pairs of all axes that meet here, for every channel.
    const met = product([range(many).map((c) => [first + c, channel % each]), ...along]);
    const weight = met.map(([[c, o], ...taps]) => at(weights.weight, [c, o, ...taps.map(([, tap]) => tap)]));
    return {
      ...gather(image, met.map((pairs) => pairs.map(([x]) => x))),
      weights: wide([met.length], weight),
      bias: biasOf(weights, channel),
      rule: "the sum over the inputs spread onto this place, each times the weight that falls here, plus the bias",
    };
  },
  // Each row of outputs is a sum of input rows spread out, before its padding is cut away.
  *forward(layer, [input], weights, out) {
    const maps = mapsOf(layer, [input.shape]);
    const lists = maps.map((map, i) => range(out.shape[i + 1]).map((u) => realPairs(map, u, input.shape[i + 1])));
    const [deep, high] = lift(lists, /** @type {[number, number][][]} */ ([[[0, 0]]]));
    const [depth, height, long] = lift(input.shape.slice(1), 1);
    const [planes, rows, taps] = lift(maps.map((map) => map.kernel), 1);
    const { stride, dilation, padding: [cut] } = maps[maps.length - 1];
    const each = layer.out_channels / layer.groups;
    const many = input.shape[0] / layer.groups;
    const wide = out.shape[maps.length];
    const row = new Float64Array(uncut(maps[maps.length - 1], long));
    const [data, kernel] = [new Float64Array(input.data), new Float64Array(weights.weight.data)];
    for (let o = 0, at = 0; o < layer.out_channels; o++) {
      const first = Math.floor(o / each) * many;
      for (const [zs, ys] of product([deep, high])) {
        row.fill(biasOf(weights, o));
        for (let c = first; c < first + many; c++) {
          for (const [[z, i], [y, j]] of product([zs, ys])) {
            const from = ((c * depth + z) * height + y) * long;
            const line = (((c * each + (o % each)) * planes + i) * rows + j) * taps;
            for (let tap = 0; tap < taps; tap++) {
              const weight = kernel[line + tap];
              for (let x = 0, p = tap * dilation; x < long; x++, p += stride) row[p] += weight * data[from + x];
            }
          }
        }
        out.data.set(row.subarray(cut, cut + wide), at);
        at += wide;
        yield;
      }
    }
  },
});

/** The [input, tap] pairs that meet at an output. @param {import("locality/geometry").Transposed} map
 *  @param {number} output @param {number} size */
const realPairs = (map, output, size) => pairs(map, output).filter(([x]) => x >= 0 && x < size);

/** @type {import("locality/layers/rule").Told<import("locality/geometry").Transposed[]>} */
function mapsOf(layer, [[, ...space]]) {
  const extra = spread(layer.output_padding, space.length);
  return windowsOf(layer, space.length).map(({ kernel, stride, padding, dilation }, i) => (
    { kind: "transposed", kernel, stride, padding, dilation, output_padding: extra[i] }
  ));
}
