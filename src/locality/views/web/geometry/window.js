/** A window on one axis: what it spans, whether it fits, what it leaves over. Python's twin is geometry/window.py. */

import { product, range } from "locality/tensor";

/** @typedef {{kind: "window", kernel: number, stride: number, padding: [number, number], dilation: number,
 *  rounding: string}} Window */
/** @typedef {(window: Window, size: number) => number} Measure */

/** A layer does not fit its input, or a place lies outside. */
export class ShapeError extends Error {
  name = "ShapeError";
}

/** @param {number} kernel @param {Partial<Window>} [given] @returns {Window} */
export const makeWindow = (kernel, given) =>
  ({ kind: "window", stride: 1, padding: [0, 0], dilation: 1, rounding: "exact", ...given, kernel });

/** What is left of a division, never negative. @param {number} a @param {number} b */
export const mod = (a, b) => ((a % b) + b) % b;

/** The cells from the first tap to the last. @param {{kernel: number, dilation: number}} window */
export const span = ({ kernel, dilation }) => dilation * (kernel - 1) + 1;

/** How far the last window may hang over the edge. @param {Window} window */
export const overhang = ({ rounding, stride }) => (rounding === "ceil" ? stride - 1 : 0);

/** The cells with the padding, less what one window spans. @type {Measure} */
export const room = (window, size) => size + window.padding[0] + window.padding[1] - span(window);

/** @param {Window} window @param {number} size */
export const fits = (window, size) => room(window, size) + overhang(window) >= 0;

/** The cells, padding included, left over after the last full step. @type {Measure} */
export const rest = (window, size) => mod(room(window, size), window.stride);

/** Whether the window fits and, rounding "exact", tiles. @param {Window} window @param {number} size */
export const takes = (window, size) => fits(window, size) && !(window.rounding === "exact" && rest(window, size) > 0);

/** "same" keeps the size, an even kernel's extra cell goes after.
 *  @param {number | string | readonly number[]} padding @param {number} kernel @param {number} dilation
 *  @returns {[number, number]} */
export function paddingAlong(padding, kernel, dilation) {
  const total = dilation * (kernel - 1);
  if (padding === "same") return [Math.floor(total / 2), Math.ceil(total / 2)];
  return typeof padding === "number" ? [padding, padding] : [Number(padding[0]), Number(padding[1])];
}

/** The taps in use, null where all are, of a footprint: full, diamond, hexagon or rows of 0 and 1. Python's twin is
 *  geometry/footprint.py. @param {string} footprint @param {number[]} kernel */
export function footprintTaps(footprint, kernel) {
  const offsets = product(kernel.map(range));
  const half = Math.floor(kernel[0] / 2);
  const drawn = footprint.replaceAll("/", "");
  const taps = offsets.filter((offset, i) => {
    if (footprint === "full") return true;
    if (footprint === "diamond") return offset.reduce((far, x) => far + Math.abs(x - half), 0) <= half;
    if (footprint === "hexagon") return i !== 0 && i !== offsets.length - 1;
    return drawn[i] === "1";
  });
  return taps.length < offsets.length ? taps : null;
}
