/** Parameters and multiply-accumulates in three versions: shared, local without sharing, fully connected.
 *  Python's twin is geometry/cost.py. */

import { count } from "locality/tensor";

/** @typedef {import("locality/tensor").Shape} Shape */
/** @typedef {{parameters: number, macs: number}} Cost */
/** @typedef {{shared: Cost, local: Cost, full: Cost}} Costs */

/** `weights` counts those that are stored. @param {Shape} inputs @param {Shape} outputs @param {number} weights */
export const convolution = (inputs, outputs, weights, bias = true) => three(inputs, outputs, weights, outputs, bias);

/** @param {Shape} inputs @param {Shape} outputs @param {number} weights */
export const transposedConvolution = (inputs, outputs, weights, bias = true) =>
  three(inputs, outputs, weights, inputs, bias);

/** @param {Shape} inputs @param {Shape} outputs @returns {Costs} */
export function dense(inputs, outputs, bias = true) {
  const macs = count(inputs) * count(outputs);
  const cost = { parameters: macs + (bias ? count(outputs) : 0), macs };
  return { shared: cost, local: cost, full: cost };
}

/** The weights are set down at every one of `sites`.
 *  @param {Shape} inputs @param {Shape} outputs @param {number} weights @param {Shape} sites @param {boolean} bias */
function three(inputs, outputs, weights, sites, bias) {
  const macs = weights * count(sites.slice(1));
  return {
    ...dense(inputs, outputs, bias),
    shared: { parameters: weights + (bias ? outputs[0] : 0), macs },
    local: { parameters: macs + (bias ? count(outputs) : 0), macs },
  };
}
