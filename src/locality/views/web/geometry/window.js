/** A window on one axis: what it spans, whether it fits, what it leaves over. Python's twin is geometry/window.py. */

/** @typedef {object} Window
 *  @property {"window"} kind
 *  @property {number} kernel how many taps
 *  @property {number} stride
 *  @property {[number, number]} padding before and after
 *  @property {number} dilation
 *  @property {string} rounding exact, floor or ceil */

/** A layer does not fit its input, or a place lies outside. */
export class ShapeError extends Error {
  name = "ShapeError";
}

/** A window with what is left out at its default.
 *  @param {number} kernel @param {Partial<Window>} [given] @returns {Window} */
export function makeWindow(kernel, given = {}) {
  return { kind: "window", stride: 1, padding: [0, 0], dilation: 1, rounding: "exact", ...given, kernel };
}

/** What is left of a division, never negative. @param {number} a @param {number} b */
export function mod(a, b) {
  return ((a % b) + b) % b;
}

/** How many cells lie between the first tap and the last, both counted: d(k - 1) + 1.
 *  @param {{kernel: number, dilation: number}} window */
export function span(window) {
  return window.dilation * (window.kernel - 1) + 1;
}

/** How far the last window may hang over the edge. @param {Window} window */
export function overhang(window) {
  return window.rounding === "ceil" ? window.stride - 1 : 0;
}

/** The cells of an axis with its padding, less what one window spans.
 *  @param {Window} window @param {number} size */
export function room(window, size) {
  return size + window.padding[0] + window.padding[1] - span(window);
}

/** Whether there is room for one window at all. @param {Window} window @param {number} size */
export function fits(window, size) {
  return room(window, size) + overhang(window) >= 0;
}

/** The cells (padding included) left over after the last full step. @param {Window} window @param {number} size */
export function rest(window, size) {
  return mod(room(window, size), window.stride);
}

/** Whether an axis of `size` cells is accepted: the window fits and, rounding "exact", tiles.
 *  @param {Window} window @param {number} size */
export function takes(window, size) {
  return fits(window, size) && !(window.rounding === "exact" && rest(window, size) > 0);
}

/** The padding [before, after] of one axis; "same" keeps the size, an even kernel's extra cell goes after.
 *  @param {number | string | readonly number[]} padding @param {number} kernel @param {number} dilation
 *  @returns {[number, number]} */
export function paddingAlong(padding, kernel, dilation) {
  if (padding === "same") {
    const total = dilation * (kernel - 1);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  }
  if (typeof padding === "number") return [padding, padding];
  return [Number(padding[0]), Number(padding[1])];
}
