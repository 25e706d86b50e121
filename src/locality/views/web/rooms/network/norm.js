// The numbers of a normalisation, found again from its cell: what is subtracted, divided by, multiplied and added.

import { offset } from "locality/tensor";
import { added } from "locality/rooms/network/terms";

/** y = (x - mean) / sqrt(variance + eps) * scale + shift, of which slope = scale / sqrt(variance + eps). Of a batch
 *  normalisation whose parameters are not at hand the variance or the scale is null. `own` is x's place in the patch,
 *  `over` how many cells the mean is taken of, 0 where it was kept from training.
 *  @typedef {{x: number, own: number, mean: number, variance: number | null, eps: number, scale: number | null,
 *  shift: number, slope: number, over: number}} NormNumbers */

/** Null for a layer of another kind, and for local response.
 *  @param {import("locality/network").Node} node @param {import("locality/cell").Cell} cell
 *  @param {import("locality/layers/rule").Weights} [weights] by short name @returns {NormNumbers | null} */
export function normNumbers({ kind, layer, shape }, cell, weights = {}) {
  if (kind !== "Norm" || layer.kind === "local-response" || !cell.weights) return null;
  const [patch, slopes] = [cell.patch.data, cell.weights.data];
  const [channel, ...place] = cell.cell;
  const { eps } = layer;
  const known = weights.weight?.data[layer.kind === "layer" ? offset(shape, cell.cell) : channel];
  const scale = known ?? (layer.affine ? null : 1);
  const same = { eps, shift: cell.bias };
  if (layer.kind === "batch") {
    const variance = weights.running_var?.data[channel] ?? null;
    return { x: patch[0], own: 0, mean: patch[1], variance, scale, slope: slopes[0], over: 0, ...same };
  }
  const over = patch.length;
  const own = offset(cell.patch.shape, [channel - cell.sites[0][0], ...place]);
  const mean = added(patch) / over;
  const variance = added(Array.from(patch, (x) => (x - mean) ** 2)) / over;
  const deviation = Math.sqrt(variance + eps);
  // Every other term is -slope/over; of a single cell nothing is left.
  const slope = scale === null ? (over > 1 ? -slopes[own ? 0 : over - 1] * over : 0) : scale / deviation;
  return { x: patch[own], own, mean, variance, scale: scale ?? slope * deviation, slope, over, ...same };
}
