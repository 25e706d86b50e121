/** Normalisation: subtract a mean, divide by a deviation, then scale and shift. */

import { makeRule, samePlace, SLICE } from "locality/layers/rule";
import { at, count, offset, placeOf, range, tensor, wide } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/layers/rule").Layer} Layer */
/** @typedef {import("locality/layers/rule").Weights} Weights */

const OVER = /** @type {Record<string, string>} */ ({ layer: "image", instance: "map", group: "group of channels" });

export const norm = makeRule({
  defaults: {
    groups: null, size: null, eps: 1e-5, momentum: 0.1, affine: true, alpha: 1e-4, beta: 0.75, k: 1,
  },
  word: (layer) => `${layer.kind}-norm`,
  parameters,
  // The statistics of one image's whole map: every output depends on every input.
  maps: (layer, inputs) => (layer.kind in OVER ? null : samePlace(layer, inputs)),
  forward,
  cell: (layer, [image], weights, place) => {
    const channel = place[0];
    const own = at(image, place);
    if (layer.kind === "local-response") {
      const near = neighbours(layer, channel, image.shape[0]);
      const sites = near.map((c) => [c, ...place.slice(1)]);
      const patch = wide([near.length], sites.map((site) => at(image, site)));
      const squares = patch.data.reduce((sum, x) => sum + x * x, 0);
      const value = own / (layer.k + (layer.alpha / layer.size) * squares) ** layer.beta;
      const products = wide([near.length], near.map((c) => (c === channel ? value : 0)));
      const rule = "divided by (k + alpha/size times the sum of squares over neighbouring channels)^beta";
      return { patch, products, sites, rule };
    }
    const where = layer.kind === "layer" ? offset(image.shape, place) : channel;
    const scale = weights.weight ? weights.weight.data[where] : 1;
    const bias = weights.bias ? weights.bias.data[where] : 0;
    // The mean is subtracted as terms of its own: what is left may be far smaller than either.
    if (layer.kind === "batch") {
      const slope = scale / Math.sqrt(weights.running_var.data[channel] + layer.eps);
      const patch = wide([2], [own, weights.running_mean.data[channel]]);
      const slopes = wide([2], [slope, -slope]);
      const products = tensor([2], patch.data.map((x, i) => x * slopes.data[i]));
      const rule = "the cell less the running mean of its channel, over the deviation, times the scale, plus the shift";
      return { patch, products, sites: [place, place.map(() => -1)], rule, weights: slopes, bias };
    }
    const [first, size] = statistics(layer, channel, image.shape[0]);
    const each = count(image.shape.slice(1));
    const shape = [size, ...image.shape.slice(1)];
    const patch = tensor(shape, new Float64Array(image.data.subarray(first * each, (first + size) * each)));
    const slope = scale / Math.sqrt(spreadOf(patch.data, 0, patch.data.length)[1] + layer.eps);
    const slopes = tensor(shape, new Float64Array(patch.data.length).fill(-slope / patch.data.length));
    slopes.data[offset(shape, [channel - first, ...place.slice(1)])] += slope;
    const sites = range(patch.data.length).map((i) => placeOf(image.shape, first * each + i));
    const products = tensor(shape, patch.data.map((x, i) => x * slopes.data[i]));
    const over = `the cell less the mean of the ${OVER[layer.kind]}, over the deviation`;
    const rule = `${over}, times the scale, plus the shift`;
    return { patch, products, sites, rule, weights: slopes, bias };
  },
});

/** @param {Layer} layer @param {number[][]} inputs @returns {Record<string, number[]>} */
function parameters(layer, [input]) {
  if (!layer.affine || layer.kind === "local-response") return {};
  const shape = layer.kind === "layer" ? input : input.slice(0, 1);
  return { weight: shape, bias: shape };
}

/** The channels whose squares are added for one channel. @param {Layer} layer @param {number} c @param {number} all */
function neighbours(layer, c, all) {
  const first = Math.max(0, c - Math.floor(layer.size / 2));
  return range(Math.min(all, c + Math.floor((layer.size - 1) / 2) + 1) - first).map((i) => first + i);
}

/** The first channel and the number of those that share a mean with a channel.
 *  @param {Layer} layer @param {number} channel @param {number} all */
function statistics(layer, channel, all) {
  const size = layer.kind === "layer" ? all : layer.kind === "instance" ? 1 : all / (layer.groups ?? 1);
  return [Math.floor(channel / size) * size, size];
}

/** Mean and variance of a stretch of numbers: the mean first, then what is left of each, for the sake of rounding.
 *  @param {import("locality/tensor").Numbers} data @param {number} from @param {number} to */
function spreadOf(data, from, to) {
  let sum = 0;
  for (let i = from; i < to; i++) sum += data[i];
  const mean = sum / (to - from);
  let squares = 0;
  for (let i = from; i < to; i++) squares += (data[i] - mean) ** 2;
  return [mean, squares / (to - from)];
}

/** @param {Layer} layer @param {Tensor[]} inputs @param {Weights} weights @param {Tensor} out */
function* forward(layer, [input], weights, out) {
  const channels = input.shape[0];
  const each = count(input.shape.slice(1));
  let work = 0;
  let [mean, variance] = [0, 1];
  for (let c = 0; c < channels; c++) {
    const [first, size] = statistics(layer, c, channels);
    if (layer.kind === "batch") {
      [mean, variance] = [weights.running_mean.data[c], weights.running_var.data[c]];
    } else if (layer.kind !== "local-response" && c === first) {
      [mean, variance] = spreadOf(input.data, first * each, (first + size) * each);
      work += 2 * size * each;
    }
    const near = layer.kind === "local-response" ? neighbours(layer, c, channels) : null;
    const slope = 1 / Math.sqrt(variance + layer.eps);
    for (let i = 0, p = c * each; i < each; i++, p++) {
      if (near) {
        let squares = 0;
        for (const other of near) squares += input.data[other * each + i] ** 2;
        out.data[p] = input.data[p] / (layer.k + (layer.alpha / layer.size) * squares) ** layer.beta;
      } else {
        const where = layer.kind === "layer" ? p : c;
        const scale = weights.weight ? weights.weight.data[where] * slope : slope;
        out.data[p] = (input.data[p] - mean) * scale + (weights.bias ? weights.bias.data[where] : 0);
      }
    }
    work += each * (near ? 8 * near.length : 2);
    if (work > SLICE) {
      work = 0;
      yield;
    }
  }
}
