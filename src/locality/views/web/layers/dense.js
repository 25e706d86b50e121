/** A fully connected layer: every output is a weighted sum of all inputs, plus a bias. */

import { makeRule, SLICE, withBias } from "locality/layers/rule";
import { range, tensor, wide } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/layers/rule").Layer} Layer */
/** @typedef {import("locality/layers/rule").Weights} Weights */

export const dense = makeRule({
  defaults: { bias: true },
  word: () => "dense",
  shape: (layer) => [layer.out_features],
  parameters: (layer, [[features]]) => withBias(layer, [layer.out_features, features], layer.out_features),
  macs: (layer, [[features]]) => features * layer.out_features,
  maps: () => null,
  forward,
  cell: (layer, [image], weights, [unit]) => {
    const features = image.data.length;
    const patch = wide([features], image.data);
    const weight = wide([features], weights.weight.data.subarray(unit * features, (unit + 1) * features));
    return {
      patch,
      weights: weight,
      products: tensor([features], patch.data.map((x, i) => x * weight.data[i])),
      sites: range(features).map((i) => [i]),
      bias: layer.bias ? weights.bias.data[unit] : 0,
      rule: "the sum of all inputs times weights, plus the bias",
    };
  },
});

/** @param {Layer} layer @param {Tensor[]} inputs @param {Weights} weights @param {Tensor} out */
function* forward(layer, [input], weights, out) {
  const data = new Float64Array(input.data);
  let work = 0;
  for (let unit = 0; unit < layer.out_features; unit++) {
    const sum = dot(weights.weight.data, unit * data.length, data);
    out.data[unit] = sum + (layer.bias ? weights.bias.data[unit] : 0);
    work += data.length;
    if (work > SLICE) {
      work = 0;
      yield;
    }
  }
}

/** Four sums side by side, so that no addition waits for the one before it.
 *  @param {import("locality/tensor").Numbers} weight @param {number} from @param {Float64Array} data */
function dot(weight, from, data) {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < data.length; i += 4) {
    a += weight[from + i] * data[i];
    b += weight[from + i + 1] * data[i + 1];
    c += weight[from + i + 2] * data[i + 2];
    d += weight[from + i + 3] * data[i + 3];
  }
  for (; i < data.length; i++) a += weight[from + i] * data[i];
  return a + b + (c + d);
}
