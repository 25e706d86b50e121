/** What every layer answers, and what several of them share. */

import { makeWindow, paddingAlong } from "locality/geometry";
import { range, wide } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/geometry").AxisMap} AxisMap */
/** @typedef {Record<string, any>} Layer the arguments by Python's names, defaults filled in */
/** @typedef {Record<string, Tensor>} Weights by short name: weight, bias, running_mean, running_var */

/** @typedef {object} Terms what a rule gives: the terms of a sum, before they are added up
 *  @property {Tensor} patch
 *  @property {Tensor} products
 *  @property {number[][]} sites for each entry of the patch its cell in the input, all -1 where it is none
 *  @property {string} rule what is done, in words
 *  @property {Tensor} [weights]
 *  @property {number} [bias]
 *  @property {number} [value] where it is not the sum
 *  @property {number} [reads] the one input that is read, where it is not all */

/** @typedef {object} Rule
 *  @property {Layer} defaults
 *  @property {(layer: Layer) => string} word the layer's word in tables
 *  @property {(layer: Layer, inputs: number[][]) => number[]} shape
 *  @property {(layer: Layer, inputs: number[][]) => Record<string, number[]>} parameters
 *  @property {(layer: Layer, inputs: number[][]) => number} macs
 *  @property {(layer: Layer, inputs: number[][]) => AxisMap[] | null} maps what an output reads along each axis of
 *    space; null where it reads everything
 *  @property {(layer: Layer, axes: number) => number[][] | null} taps the window's taps in use; null where all are
 *  @property {(layer: Layer, inputs: Tensor[], weights: Weights, out: Tensor) => Generator<void, void>} forward
 *    fills `out`; it stops now and then, so that its caller can look at the clock
 *  @property {(layer: Layer, inputs: Tensor[], weights: Weights, place: number[]) => Terms} cell */

/** A rule, as it stands of a layer that keeps shape and place and has no parameters, with what is given in its place.
 *  @param {Pick<Rule, "defaults" | "word" | "forward" | "cell"> & Partial<Rule>} given @returns {Rule} */
export function makeRule(given) {
  return {
    shape: (_, inputs) => inputs[0],
    parameters: () => ({}),
    macs: () => 0,
    maps: samePlace,
    taps: () => null,
    ...given,
  };
}

/** What an output reads where it reads its own place alone. @param {Layer} _ @param {number[][]} inputs */
export function samePlace(_, inputs) {
  return inputs[0].slice(1).map(() => makeWindow(1));
}

/** One number for each axis. @param {number | readonly number[]} value @param {number} axes @returns {number[]} */
export function spread(value, axes) {
  return typeof value === "number" ? new Array(axes).fill(value) : [...value];
}

/** The moving window along each axis. @param {Layer} layer @param {number} axes */
export function windowsOf(layer, axes) {
  const kernel = spread(layer.kernel_size, axes);
  const stride = layer.stride === null ? kernel : spread(layer.stride, axes);
  const dilation = spread(layer.dilation, axes);
  const padding = Array.isArray(layer.padding) ? layer.padding : new Array(axes).fill(layer.padding);
  return range(axes).map((i) =>
    makeWindow(kernel[i], {
      stride: stride[i],
      padding: paddingAlong(padding[i], kernel[i], dilation[i]),
      dilation: dilation[i],
      rounding: layer.rounding ?? "exact",
    }),
  );
}

/** As many axes as the arithmetic has, three: those that are missing stand first, with one cell each.
 *  @template T @param {readonly T[]} values @param {T} one @returns {[T, T, T]} */
export function lift(values, one) {
  const [z, y, x] = [...new Array(3 - values.length).fill(one), ...values];
  return [z, y, x];
}

/** The shapes of a weight and, where the layer has one, of its bias.
 *  @param {Layer} layer @param {number[]} weight @param {number} channels @returns {Record<string, number[]>} */
export function withBias(layer, weight, channels) {
  return layer.bias ? { weight, bias: [channels] } : { weight };
}

/** The terms of a number that is passed on as it is.
 *  @param {Tensor} image @param {number} at @param {number[]} site @param {string} rule @returns {Terms} */
export function copied(image, at, site, rule) {
  const patch = wide([1], [image.data[at]]);
  return { patch, products: patch, sites: [site], rule };
}

export const SLICE = 1 << 16; // how many small steps a rule takes before it lets its caller look at the clock
