/** A curve applied to every number, or softmax over the channels of each place. */

import { CURVES, curveTerms } from "locality/layers/curves";
import { gather, makeRule, only } from "locality/layers/rule";
import { range } from "locality/tensor";

const CHUNK = 1 << 13; // numbers between two looks at the clock

export const activation = makeRule({
  defaults: { slope: null },
  word: (layer) => layer.function,
  cell: (layer, [image], _, [channel, ...site]) => {
    if (!layer.function.endsWith("softmax")) {
      const found = gather(image, [[channel, ...site]]);
      const [value, bias] = curveTerms(layer.function, found.patch.data[0], layer.slope ?? 0);
      return { ...found, products: only(found.patch, 0, value), bias, rule: `${layer.function} of the input` };
    }
    const found = gather(image, range(image.shape[0]).map((c) => [c, ...site]));
    const { data } = found.patch;
    const largest = data.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = data.reduce((sum, a) => sum + Math.exp(a - largest), 0);
    if (layer.function === "softmax") {
      const products = only(found.patch, channel, Math.exp(data[channel] - largest) / total);
      return { ...found, products, rule: "exp of the channel over the sum of exp of all channels" };
    }
    const rule = "the channel less the logarithm of the sum of exp of all channels";
    return { ...found, products: only(found.patch, channel, data[channel]), bias: -(largest + Math.log(total)), rule };
  },
  *forward(layer, [{ shape: [channels], data }], _, out) {
    if (!layer.function.endsWith("softmax")) {
      const curve = CURVES[layer.function];
      const slope = layer.slope ?? 0;
      for (let from = 0; from < data.length; from += CHUNK) {
        const to = Math.min(from + CHUNK, data.length);
        for (let i = from; i < to; i++) out.data[i] = curve(data[i], slope);
        yield;
      }
      return;
    }
    const places = data.length / channels;
    const powers = new Float64Array(channels);
    for (let place = 0; place < places; place++) {
      let largest = -Infinity;
      for (let c = 0; c < channels; c++) largest = Math.max(largest, data[c * places + place]);
      let total = 0;
      for (let c = 0; c < channels; c++) total += powers[c] = Math.exp(data[c * places + place] - largest);
      const under = largest + Math.log(total);
      const log = layer.function === "log_softmax";
      for (let c = 0, at = place; c < channels; c++, at += places) {
        out.data[at] = log ? data[at] - under : powers[c] / total;
      }
      yield;
    }
  },
});
