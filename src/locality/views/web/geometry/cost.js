/** Parameters and multiply-accumulates in three versions: shared, local without sharing, fully connected.
 *  Python's twin is geometry/cost.py. */

import { count } from "locality/tensor";

/** @typedef {{parameters: number, macs: number}} Cost */
/** @typedef {{shared: Cost, local: Cost, full: Cost}} Costs */

/** A convolution between two shapes; taps that fall on padding count as well.
 *  @param {readonly number[]} inputs @param {readonly number[]} outputs @param {number} taps */
export function convolution(inputs, outputs, taps, groups = 1, bias = true) {
  return three(inputs, outputs, (inputs[0] / groups) * outputs[0] * taps, count(outputs.slice(1)), bias);
}

/** A transposed convolution: every input site is multiplied with every weight that reads it.
 *  @param {readonly number[]} inputs @param {readonly number[]} outputs @param {number} taps */
export function transposedConvolution(inputs, outputs, taps, groups = 1, bias = true) {
  return three(inputs, outputs, inputs[0] * (outputs[0] / groups) * taps, count(inputs.slice(1)), bias);
}

/** Every input joined to every output; the three versions are one and the same.
 *  @param {readonly number[]} inputs @param {readonly number[]} outputs @returns {Costs} */
export function dense(inputs, outputs, bias = true) {
  const macs = count(inputs) * count(outputs);
  const cost = { parameters: macs + (bias ? count(outputs) : 0), macs };
  return { shared: cost, local: cost, full: cost };
}

/** @param {readonly number[]} inputs @param {readonly number[]} outputs @param {number} weights @param {number} places
 *  @param {boolean} bias @returns {Costs} */
function three(inputs, outputs, weights, places, bias) {
  const macs = weights * places;
  return {
    shared: { parameters: weights + (bias ? outputs[0] : 0), macs },
    local: { parameters: macs + (bias ? count(outputs) : 0), macs },
    full: dense(inputs, outputs, bias).full,
  };
}
