/** A curve applied to every number, or softmax over the channels of each place. */

import { CURVES, curveTerms } from "locality/layers/curves";
import { makeRule, SLICE } from "locality/layers/rule";
import { at, range, wide } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/layers/rule").Layer} Layer */
/** @typedef {import("locality/layers/rule").Weights} Weights */

export const activation = makeRule({
  defaults: { slope: null },
  word: (layer) => layer.function,
  forward,
  cell: (layer, [image], _, place) => {
    const x = at(image, place);
    if (!layer.function.endsWith("softmax")) {
      const [first, rest] = curveTerms(layer.function, x, layer.slope ?? 0);
      const rule = `${layer.function} of the input`;
      return { patch: wide([1], [x]), products: wide([1], [first]), sites: [place], rule, bias: rest };
    }
    const channels = image.shape[0];
    const sites = range(channels).map((c) => [c, ...place.slice(1)]);
    const patch = wide([channels], sites.map((site) => at(image, site)));
    const largest = patch.data.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = patch.data.reduce((sum, a) => sum + Math.exp(a - largest), 0);
    /** @param {number} value */
    const alone = (value) => wide([channels], range(channels).map((c) => (c === place[0] ? value : 0)));
    if (layer.function === "softmax") {
      const rule = "exp of the channel over the sum of exp of all channels";
      return { patch, products: alone(Math.exp(x - largest) / total), sites, rule };
    }
    const rule = "the channel less the logarithm of the sum of exp of all channels";
    return { patch, products: alone(x), sites, rule, bias: -(largest + Math.log(total)) };
  },
});

/** @param {Layer} layer @param {Tensor[]} inputs @param {Weights} _ @param {Tensor} out */
function* forward(layer, [input], _, out) {
  const { data } = input;
  if (layer.function.endsWith("softmax")) {
    yield* softmax(input, out.data, layer.function === "log_softmax");
    return;
  }
  const curve = CURVES[layer.function];
  const slope = layer.slope ?? 0;
  for (let from = 0; from < data.length; from += SLICE / 8) {
    const to = Math.min(from + SLICE / 8, data.length);
    for (let i = from; i < to; i++) out.data[i] = curve(data[i], slope);
    yield;
  }
}

/** @param {Tensor} input @param {import("locality/tensor").Numbers} out @param {boolean} log */
function* softmax({ shape: [channels], data }, out, log) {
  const places = data.length / channels;
  const powers = new Float64Array(channels);
  for (let place = 0, work = 0; place < places; place++) {
    let largest = -Infinity;
    for (let c = 0; c < channels; c++) largest = Math.max(largest, data[c * places + place]);
    let total = 0;
    for (let c = 0; c < channels; c++) total += powers[c] = Math.exp(data[c * places + place] - largest);
    const under = largest + Math.log(total);
    for (let c = 0, at = place; c < channels; c++, at += places) out[at] = log ? data[at] - under : powers[c] / total;
    work += 8 * channels;
    if (work > SLICE) {
      work = 0;
      yield;
    }
  }
}
