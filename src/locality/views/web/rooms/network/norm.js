// The numbers of a normalisation, found again from its cell: what is subtracted, divided by, multiplied and added.

import { offset } from "locality/tensor";

/** @typedef {import("locality/network").Node} Node */
/** @typedef {import("locality/cell").Cell} Cell */

/**
 * y = (x - mean) / sqrt(variance + eps) * scale + shift, of which slope = scale / sqrt(variance + eps). The variance and
 * scale of a batch normalisation are null where its parameters are not at hand. `own` is x's place in the patch.
 * @typedef {{x: number, own: number, mean: number, variance: number | null, eps: number, scale: number | null,
 *   shift: number, slope: number, over: number}} NormNumbers
 */

/** @param {Node} node @param {Cell} cell @param {import("locality/layers/rule").Weights} [weights] by short name
 *  @returns {NormNumbers | null} null for a layer of another kind, and for local response */
export function normNumbers(node, cell, weights = {}) {
  if (node.kind !== "Norm" || node.layer.kind === "local-response" || !cell.weights) return null;
  const { eps } = node.layer;
  const patch = Array.from(cell.patch.data);
  const [channel, ...place] = cell.cell;
  if (node.layer.kind === "batch") {
    const variance = weights.running_var ? weights.running_var.data[channel] : null;
    const scale = weights.weight ? weights.weight.data[channel] : node.layer.affine ? null : 1;
    return {
      x: patch[0],
      own: 0,
      mean: patch[1],
      variance,
      eps,
      scale,
      shift: cell.bias,
      slope: cell.weights.data[0],
      over: 0,
    };
  }
  const over = patch.length;
  const own = offset(cell.patch.shape, [channel - cell.sites[0][0], ...place]);
  const mean = patch.reduce((sum, x) => sum + x, 0) / over;
  const variance = patch.reduce((sum, x) => sum + (x - mean) ** 2, 0) / over;
  const where = node.layer.kind === "layer" ? offset(node.shape, cell.cell) : channel;
  // Every other term is -slope/over; of a single cell nothing is left.
  const other = own === 0 ? over - 1 : 0;
  const slope = over > 1 ? -cell.weights.data[other] * over : 0;
  const known = weights.weight ? weights.weight.data[where] : node.layer.affine ? null : 1;
  const scale = known ?? slope * Math.sqrt(variance + eps);
  return {
    x: patch[own],
    own,
    mean,
    variance,
    eps,
    scale,
    shift: cell.bias,
    slope: scale / Math.sqrt(variance + eps),
    over,
  };
}
