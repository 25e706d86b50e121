/** Normalisation: subtract a mean, divide by a deviation, then scale and shift. */

import { biasOf, gather, makeRule, only, samePlace } from "locality/layers/rule";
import { at, offset, placeOf, range, total, wide } from "locality/tensor";

/** @typedef {import("locality/layers/rule").Layer} Layer */

const OVER = /** @type {Record<string, string>} */ ({ layer: "image", instance: "map", group: "group of channels" });

export const norm = makeRule({
  defaults: { groups: null, size: null, eps: 1e-5, momentum: 0.1, affine: true, alpha: 1e-4, beta: 0.75, k: 1 },
  word: (layer) => `${layer.kind}-norm`,
  parameters: ({ kind, affine }, [input]) => {
    const shape = kind === "layer" ? input : [input[0]];
    return /** @type {{}} */ (affine && kind !== "local-response" ? { weight: shape, bias: shape } : {});
  },
  // The statistics of one image's whole map: every output depends on every input.
  maps: (layer, inputs) => (layer.kind in OVER ? null : samePlace(layer, inputs)),
  cell: (layer, [image], weights, place) => {
    const [channel, ...site] = place;
    if (layer.kind === "local-response") {
      const near = neighbours(layer, channel, image.shape[0]);
      const found = gather(image, near.map((c) => [c, ...site]));
      const squares = total(found.patch.data, (x) => x * x);
      const value = at(image, place) / damping(layer, squares);
      const rule = "divided by (k + alpha/size times the sum of squares over neighbouring channels)^beta";
      return { ...found, products: only(found.patch, near.indexOf(channel), value), rule };
    }
    const where = layer.kind === "layer" ? offset(image.shape, place) : channel;
    const scale = weights.weight ? weights.weight.data[where] : 1;
    const bias = biasOf(weights, where);
    const over = layer.kind === "batch" ? "running mean of its channel" : `mean of the ${OVER[layer.kind]}`;
    const rule = `the cell less the ${over}, over the deviation, times the scale, plus the shift`;
    // The mean is subtracted as terms of its own: what is left may be far smaller than either.
    if (layer.kind === "batch") {
      const slope = scale / Math.sqrt(weights.running_var.data[channel] + layer.eps);
      const found = gather(image, [place, place.map(() => -1)], [2], weights.running_mean.data[channel]);
      return { ...found, weights: wide([2], [slope, -slope]), bias, rule };
    }
    const [channels, ...space] = image.shape;
    const [first, size] = together(layer, channel, channels);
    const shape = [size, ...space];
    const many = (image.data.length / channels) * size;
    const sites = range(many).map((i) => placeOf(image.shape, (first / size) * many + i));
    const found = gather(image, sites, shape);
    const slope = scale / Math.sqrt(moments(found.patch.data)[1] + layer.eps);
    const slopes = wide(shape, found.patch.data.map(() => -slope / many));
    slopes.data[offset(shape, [channel - first, ...site])] += slope;
    return { ...found, weights: slopes, bias, rule };
  },
  *forward(layer, [{ shape: [channels], data }], weights, out) {
    const each = data.length / channels;
    const scales = weights.weight?.data;
    let [mean, variance] = [0, 1];
    for (let c = 0; c < channels; c++) {
      const near = layer.kind === "local-response" ? neighbours(layer, c, channels) : [];
      const [first, size] = together(layer, c, channels);
      if (layer.kind === "batch") [mean, variance] = [weights.running_mean.data[c], weights.running_var.data[c]];
      else if (c === first) [mean, variance] = moments(data.subarray(first * each, (first + size) * each));
      const slope = 1 / Math.sqrt(variance + layer.eps);
      for (let i = 0, p = c * each; i < each; i++, p++) {
        if (near.length) {
          let squares = 0;
          for (const other of near) squares += data[other * each + i] ** 2;
          out.data[p] = data[p] / damping(layer, squares);
        } else {
          const where = layer.kind === "layer" ? p : c;
          out.data[p] = (data[p] - mean) * (scales ? scales[where] * slope : slope) + biasOf(weights, where);
        }
      }
      yield;
    }
  },
});

/** @param {Layer} layer @param {number} squares */
const damping = ({ k, alpha, size, beta }, squares) => (k + (alpha / size) * squares) ** beta;

/** The channels whose squares are added for one channel. @param {Layer} layer @param {number} c @param {number} all */
const neighbours = ({ size }, c, all) =>
  range(all).slice(Math.max(0, c - Math.floor(size / 2)), c + Math.floor((size - 1) / 2) + 1);

/** The first channel and the number of those that share a mean with a channel.
 *  @param {Layer} layer @param {number} channel @param {number} all */
function together(layer, channel, all) {
  const size = layer.kind === "layer" ? all : layer.kind === "instance" ? 1 : all / (layer.groups ?? all);
  return [Math.floor(channel / size) * size, size];
}

/** Mean and variance: the mean first, then what is left of each number, for the sake of rounding.
 *  @param {import("locality/tensor").Numbers} data */
function moments(data) {
  const mean = total(data, (x) => x) / data.length;
  return [mean, total(data, (x) => (x - mean) ** 2) / data.length];
}
