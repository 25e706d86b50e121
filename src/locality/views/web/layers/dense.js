/** A fully connected layer: every output is a weighted sum of all inputs, plus a bias. */

import { biasOf, gather, makeRule, rowOf, withBias } from "locality/layers/rule";
import { range } from "locality/tensor";

export const dense = makeRule({
  defaults: { bias: true },
  word: () => "dense",
  shape: (layer) => [layer.out_features],
  parameters: (layer, [[features]]) => withBias(layer, [layer.out_features, features]),
  macs: (layer, [[features]]) => features * layer.out_features,
  maps: () => null,
  cell: (_, [image], weights, [unit]) => ({
    ...gather(image, range(image.data.length).map((i) => [i])),
    weights: rowOf(weights, unit),
    bias: biasOf(weights, unit),
    rule: "the sum of all inputs times weights, plus the bias",
  }),
  *forward(layer, [input], weights, out) {
    const data = new Float64Array(input.data);
    for (let unit = 0; unit < layer.out_features; unit++) {
      out.data[unit] = dot(rowOf(weights, unit).data, data) + biasOf(weights, unit);
      yield;
    }
  },
});

/** Two sums side by side, so that no addition waits for the one before it.
 *  @param {Float64Array} weight @param {Float64Array} data */
function dot(weight, data) {
  let [sum, other] = [0, 0];
  const last = data.length - 1;
  for (let i = 0; i < last; i += 2) {
    sum += weight[i] * data[i];
    other += weight[i + 1] * data[i + 1];
  }
  return sum + other + (last % 2 ? 0 : weight[last] * data[last]);
}
