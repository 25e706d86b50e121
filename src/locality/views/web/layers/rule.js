/** What every layer answers, and what several of them share. */

import { makeWindow, outputs, paddingAlong } from "locality/geometry";
import { at, wide } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/geometry").AxisMap} AxisMap */
/** @typedef {Record<string, any>} Layer the arguments by Python's names, defaults filled in */
/** @typedef {Record<string, Tensor>} Weights by short name: weight, bias, running_mean, running_var */

/** The terms of a sum. `sites` are the cells that the patch holds, all -1 where it is none. `products` and `value` are
 *  left out where they are patch times weights and their sum, `reads` where all inputs are read.
 *  @typedef {{patch: Tensor, sites: number[][], rule: string, weights?: Tensor, products?: Tensor, bias?: number,
 *    value?: number, reads?: number}} Terms */

/** @template T @typedef {(layer: Layer, inputs: number[][]) => T} Told of the inputs' shapes */

/** `maps` is null where an output reads everything, `taps` where all of a window count; `forward` stops now and then,
 *  so that its caller can look at the clock.
 *  @typedef {{defaults: Layer, word: (layer: Layer) => string, shape: Told<number[]>,
 *    parameters: Told<Record<string, number[]>>, macs: Told<number>, maps: Told<AxisMap[] | null>,
 *    taps: (layer: Layer, axes: number) => number[][] | null,
 *    forward: (layer: Layer, inputs: Tensor[], weights: Weights, out: Tensor) => Generator<void, void>,
 *    cell: (layer: Layer, inputs: Tensor[], weights: Weights, place: number[]) => Terms}} Rule */

/** What is not given is as of a layer that passes its numbers on.
 *  @param {Pick<Rule, "word" | "cell"> & Partial<Rule>} given @returns {Rule} */
export const makeRule = ({ maps = samePlace, ...given }) => ({
  defaults: {},
  shape: (layer, inputs) => {
    const [channels, ...space] = inputs[0];
    const along = maps(layer, inputs);
    return [layer.out_channels ?? channels, ...space.map((size, i) => (along ? outputs(along[i], size) : size))];
  },
  parameters: () => ({}),
  macs: () => 0,
  maps,
  taps: () => null,
  *forward(_, [input], __, out) {
    out.data.set(input.data);
  },
  ...given,
});

/** @type {Told<AxisMap[]>} */
export const samePlace = (_, [[, ...space]]) => space.map(() => makeWindow(1));

/** One value for each axis. @param {any} value @param {number} axes */
export const spread = (value, axes) => (Array.isArray(value) ? value : new Array(axes).fill(value));

/** The moving window along each axis. @param {Layer} layer @param {number} axes */
export function windowsOf(layer, axes) {
  const kernels = spread(layer.kernel_size, axes);
  const strides = spread(layer.stride ?? kernels, axes);
  const dilations = spread(layer.dilation, axes);
  const rounding = layer.rounding ?? "exact";
  return spread(layer.padding, axes).map((given, i) => {
    const [stride, dilation] = [strides[i], dilations[i]];
    return makeWindow(kernels[i], { stride, padding: paddingAlong(given, kernels[i], dilation), dilation, rounding });
  });
}

/** As many axes as the arithmetic has, three: those that are missing stand first.
 *  @template T @param {readonly T[]} values @param {T} one @returns {[T, T, T]} */
export function lift(values, one) {
  const [z, y, x] = [...new Array(3 - values.length).fill(one), ...values];
  return [z, y, x];
}

/** @param {Layer} layer @param {number[]} weight @returns {Record<string, number[]>} */
export const withBias = ({ bias, out_channels, out_features }, weight) =>
  bias ? { weight, bias: [out_channels ?? out_features] } : { weight };

/** @param {Weights} weights @param {number} channel */
export const biasOf = ({ bias }, channel) => (bias ? bias.data[channel] : 0);

/** The weights of one output channel. @param {Weights} weights @param {number} channel */
export function rowOf({ weight: { shape, data } }, channel) {
  const many = data.length / shape[0];
  return wide(shape.slice(1), data.subarray(channel * many, (channel + 1) * many));
}

/** The numbers at some places; `outside` where a place is none. @param {Tensor} image @param {number[][]} places */
export function gather(image, places, shape = [places.length], outside = 0) {
  const none = image.shape.map(() => -1);
  const sites = places.map((site) => (site.every((x, i) => x >= 0 && x < image.shape[i]) ? site : none));
  return { sites, patch: wide(shape, sites.map((site) => (site === none ? outside : at(image, site)))) };
}

/** Zeros in a patch's shape but for one value. @param {Tensor} patch @param {number} place @param {number} value */
export const only = ({ shape, data }, place, value) => wide(shape, data.map((_, i) => (i === place ? value : 0)));

/** @typedef {{pairs: [number, number][], many: number}} Read the real cells that one output reads along an axis, each
 *  with its share, and how many there are with those of padding */

/** Adds up windows, or takes the largest of each; `finish` makes the output of the sum, how many cells there are,
 *  the first one, and the channel. @param {Read[][]} lists for each axis and output @param {Tensor} image @param {Tensor} out
 *  @param {(sum: number, many: number, first: () => number, channel: number) => number} finish */
export function* fold(lists, { shape, data }, out, largest = false, finish = (sum) => sum) {
  const [deep, high, long] = lift(lists, [/** @type {Read} */ ({ pairs: [[0, 1]], many: 1 })]);
  const [, rows, row] = lift(shape.slice(1), 1);
  let at = 0;
  for (let channel = 0; channel < shape[0]; channel++) {
    const base = channel * (data.length / shape[0]);
    for (const zs of deep) {
      for (const ys of high) {
        const lines = zs.pairs.flatMap(([z, a]) => ys.pairs.map(([y, b]) => [base + (z * rows + y) * row, a * b]));
        for (const xs of long) {
          let sum = largest ? -Infinity : 0;
          for (const [from, share] of lines) {
            for (const [x, near] of xs.pairs) {
              const value = data[from + x];
              if (!largest) sum += share * near * value;
              else if (value > sum || value !== value) sum = value; // what is no number stays, as in torch
            }
          }
          out.data[at++] = finish(sum, zs.many * ys.many * xs.many, () => data[lines[0][0] + xs.pairs[0][0]], channel);
        }
        yield;
      }
    }
  }
}
