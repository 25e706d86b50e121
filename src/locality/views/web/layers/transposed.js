/** Transposed convolution: every input is spread over the outputs that it reaches, times the weights. */

import { mod, outputs, pairs, uncut } from "locality/geometry";
import { transposedConvolution } from "locality/geometry/cost";
import { lift, makeRule, SLICE, spread, windowsOf, withBias } from "locality/layers/rule";
import { at, count, offset, product, range, tensor, wide } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/geometry").Transposed} Transposed */
/** @typedef {import("locality/layers/rule").Layer} Layer */
/** @typedef {import("locality/layers/rule").Weights} Weights */

export const transposed = makeRule({
  defaults: { stride: 1, padding: 0, output_padding: 0, dilation: 1, groups: 1, bias: true },
  word: () => "conv-transpose",
  shape: (layer, [input]) => [layer.out_channels, ...mapsOf(layer, input).map((map, i) => outputs(map, input[i + 1]))],
  parameters: (layer, [input]) => {
    const weight = [input[0], layer.out_channels / layer.groups, ...spread(layer.kernel_size, input.length - 1)];
    return withBias(layer, weight, layer.out_channels);
  },
  macs: (layer, inputs) => {
    const taps = count(transposed.parameters(layer, inputs).weight.slice(2));
    return transposedConvolution(inputs[0], transposed.shape(layer, inputs), taps, layer.groups).shared.macs;
  },
  maps: (layer, [input]) => mapsOf(layer, input),
  forward,
  cell: (layer, [image], weights, [channel, ...place]) => {
    const each = layer.out_channels / layer.groups;
    const many = image.shape[0] / layer.groups;
    const first = Math.floor(channel / each) * many;
    const along = mapsOf(layer, image.shape).map((map, i) =>
      pairs(map, place[i]).filter(([x]) => x >= 0 && x < image.shape[i + 1]),
    );
    const met = product(along); // at each place of the window, the [input, tap] pairs of all axes
    const terms = range(many).flatMap((c) => met.map((pair) => ({ c: first + c, pair })));
    const sites = terms.map(({ c, pair }) => [c, ...pair.map(([x]) => x)]);
    const patch = wide([terms.length], sites.map((site) => at(image, site)));
    const weight = wide(
      [terms.length],
      terms.map(({ c, pair }) => at(weights.weight, [c, mod(channel, each), ...pair.map(([, tap]) => tap)])),
    );
    return {
      patch,
      weights: weight,
      products: tensor([terms.length], patch.data.map((x, i) => x * weight.data[i])),
      sites,
      bias: layer.bias ? weights.bias.data[channel] : 0,
      rule: "the sum over the inputs spread onto this place, each times the weight that falls here, plus the bias",
    };
  },
});

/** @param {Layer} layer @param {number[]} input @returns {Transposed[]} */
function mapsOf(layer, input) {
  const extra = spread(layer.output_padding, input.length - 1);
  return windowsOf(layer, input.length - 1).map(({ kernel, stride, padding, dilation }, i) => (
    { kind: "transposed", kernel, stride, padding, dilation, output_padding: extra[i] }
  ));
}

/** One output map at a time, before its padding is cut away.
 *  @param {Layer} layer @param {Tensor[]} inputs @param {Weights} weights @param {Tensor} out */
function* forward(layer, [input], weights, out) {
  const maps = mapsOf(layer, input.shape);
  const [deep, high, long] = lift(input.shape.slice(1), 1);
  const full = lift(maps.map((map, i) => uncut(map, input.shape[i + 1])), 1);
  const cut = lift(maps.map((map) => map.padding[0]), 0);
  const left = lift(out.shape.slice(1), 1);
  const [strideZ, strideY, stride] = lift(maps.map((map) => map.stride), 1);
  const steps = lift(maps.map((map) => map.dilation), 1);
  const taps = product(maps.map((map) => range(map.kernel))).map((tap) =>
    offset([1, ...full], [0, ...lift(tap, 0).map((n, i) => n * steps[i])]),
  );
  const each = layer.out_channels / layer.groups;
  const many = input.shape[0] / layer.groups;
  const data = new Float64Array(input.data);
  const map = new Float64Array(count(full));
  let work = 0;
  for (let o = 0; o < layer.out_channels; o++) {
    map.fill(layer.bias ? weights.bias.data[o] : 0);
    for (let c = Math.floor(o / each) * many, end = c + many; c < end; c++) {
      for (let z = 0; z < deep; z++) {
        for (let y = 0; y < high; y++) {
          const row = ((c * deep + z) * high + y) * long;
          const place = (z * strideZ * full[1] + y * strideY) * full[2];
          for (let tap = 0; tap < taps.length; tap++) {
            const weight = weights.weight.data[(c * each + (o % each)) * taps.length + tap];
            for (let x = 0, p = place + taps[tap]; x < long; x++, p += stride) map[p] += weight * data[row + x];
          }
          work += long * taps.length;
          if (work > SLICE) {
            work = 0;
            yield;
          }
        }
      }
    }
    for (let z = 0; z < left[0]; z++) {
      for (let y = 0; y < left[1]; y++) {
        const from = ((z + cut[0]) * full[1] + y + cut[1]) * full[2] + cut[2];
        out.data.set(map.subarray(from, from + left[2]), ((o * left[0] + z) * left[1] + y) * left[2]);
      }
    }
  }
}
