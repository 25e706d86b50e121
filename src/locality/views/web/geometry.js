/** One axis of a layer: how many outputs, which inputs one output reads, where padding takes its values.
 *  The same integers as Python's geometry/window.py, checked against a golden file that Python writes. */

import { misfit, paddingText, untiled } from "locality/geometry/refusal";
import { fits, makeWindow, mod, paddingAlong, rest, room, ShapeError, span } from "locality/geometry/window";

export { footprintTaps } from "locality/geometry/footprint";
export { dropped, misfit, nearest, sum, untiled } from "locality/geometry/refusal";
export { fits, makeWindow, mod, paddingAlong, rest, ShapeError, span, takes } from "locality/geometry/window";

/** @typedef {import("locality/geometry/window").Window} Window */
/** @typedef {import("locality/geometry/refusal").Advice} Advice */
/** @typedef {{kind: "transposed", kernel: number, stride: number, padding: [number, number], dilation: number,
 *  output_padding: number}} Transposed the same window run backwards */
/** @typedef {{kind: "adaptive", size: number, out: number}} Adaptive `size` inputs shared out over `out` outputs */
/** @typedef {{kind: "repeat", scale: number, linear: boolean}} Repeat upsampling by a whole number */
/** @typedef {Window | Transposed | Adaptive | Repeat} AxisMap */

export const PADDING_MODES = ["zeros", "edge", "reflect", "wrap"];
export const ROUNDINGS = ["exact", "floor", "ceil"];

/** A transposed window with what is left out at its default.
 *  @param {number} kernel @param {Partial<Transposed>} [given] @returns {Transposed} */
export function makeTransposed(kernel, given = {}) {
  return { kind: "transposed", stride: 1, padding: [0, 0], dilation: 1, output_padding: 0, ...given, kernel };
}

/** The number of outputs on an axis of `size` cells. Throws `ShapeError` when the kernel does not fit or, rounding
 *  "exact", does not tile; the text names the nearest settings that do.
 *  @param {AxisMap} map @param {number} size @returns {number} */
export function outputs(map, size) {
  if (map.kind === "adaptive") return map.out;
  if (map.kind === "repeat") return size * map.scale;
  if (map.kind === "transposed") {
    const grown = uncut(map, size);
    const left = grown - map.padding[0] - map.padding[1];
    if (left >= 1) return left;
    throw new ShapeError(
      `padding ${paddingText([map.padding])} cuts away ${grown === 1 ? "the only cell" : `all ${grown} cells`} ` +
        `of the transposed output. Use padding of at most ${Math.floor((grown - 1) / 2)}.`,
    );
  }
  if (!fits(map, size)) throw new ShapeError(misfit([map], [size]));
  const over = rest(map, size);
  if (over && map.rounding === "exact") throw new ShapeError(untiled([map], [size]));
  const found = Math.floor(room(map, size) / map.stride) + 1;
  const hangs = over && map.rounding === "ceil" && found * map.stride < size + map.padding[0];
  return hangs ? found + 1 : found;
}

/** The outputs of a transposed window before its padding is cut away: s(i - 1) + d(k - 1) + 1 + output_padding.
 *  @param {Transposed} map @param {number} size */
export function uncut(map, size) {
  return map.stride * (size - 1) + span(map) + map.output_padding;
}

/** The cells that an output reads, counted from the first real one: negative ones lie in the padding.
 *  @param {AxisMap} map @param {number} output @returns {number[]} */
export function reads(map, output) {
  if (map.kind === "transposed") return pairs(map, output).map(([cell]) => cell);
  let first;
  let count = 1;
  let step = 1;
  if (map.kind === "window") {
    first = output * map.stride - map.padding[0];
    count = map.kernel;
    step = map.dilation;
  } else if (map.kind === "adaptive") {
    first = Math.floor((output * map.size) / map.out);
    count = Math.ceil(((output + 1) * map.size) / map.out) - first;
  } else if (map.linear) {
    // The centre of output u lies at (u + 1/2)/scale - 1/2 of the inputs: in halves of an output, no rounding.
    const place = 2 * output + 1 - map.scale;
    first = Math.floor(place / (2 * map.scale));
    count = mod(place, 2 * map.scale) ? 2 : 1;
  } else {
    first = Math.floor(output / map.scale);
  }
  const cells = [];
  for (let i = 0; i < count; i++) cells.push(first + i * step);
  return cells;
}

/** The inputs that one output of a transposed window collects, each with the number of the tap that it meets.
 *  @param {Transposed} map @param {number} output @returns {[number, number][]} */
export function pairs(map, output) {
  /** @type {[number, number][]} */
  const met = [];
  for (let tap = map.kernel - 1; tap >= 0; tap--) {
    const start = output + map.padding[0] - tap * map.dilation;
    if (mod(start, map.stride) === 0) met.push([start / map.stride, tap]);
  }
  return met;
}

/** How much each cell that an output of upsampling reads counts, by how near it is.
 *  @param {Repeat} map @param {number} output @returns {number[]} */
export function shares(map, output) {
  if (reads(map, output).length === 1) return [1];
  const past = mod(2 * output + 1 - map.scale, 2 * map.scale) / (2 * map.scale);
  return [1 - past, past];
}

/** The real cell whose value stands at `cell`, which may lie in the padding; null where a zero stands.
 *  @param {number} cell @param {number} size @param {string} mode zeros, edge, reflect or wrap
 *  @returns {number | null} */
export function source(cell, size, mode) {
  if (cell >= 0 && cell < size) return cell;
  if (mode === "zeros") return null;
  if (mode === "edge") return Math.min(Math.max(cell, 0), size - 1);
  if (mode === "wrap") return mod(cell, size);
  const around = size > 1 ? mod(cell, 2 * size - 2) : 0;
  return Math.min(around, 2 * size - 2 - around);
}

/** The real cells of an axis that no output reads: left over by flooring, or jumped over by stride or dilation.
 *  @param {AxisMap} map @param {number} size */
export function unread(map, size, mode = "zeros") {
  const seen = new Set();
  for (let u = outputs(map, size) - 1; u >= 0; u--) {
    for (const cell of reads(map, u)) seen.add(source(cell, size, mode));
  }
  const left = [];
  for (let cell = 0; cell < size; cell++) if (!seen.has(cell)) left.push(cell);
  return left;
}

/** How many cells of padding lie beyond the last window; no loss, since they hold nothing.
 *  @param {Window} window @param {number} size */
export function unreadPadding(window, size) {
  const last = reads(window, outputs(window, size) - 1)[window.kernel - 1];
  return Math.min(window.padding[1], Math.max(0, size + window.padding[1] - 1 - last));
}

/** The number of outputs of a convolution along one axis: (L - L_patch + 2 N_z)/s + 1.
 *  @param {number} input @param {number} kernel
 *  @param {{stride?: number, padding?: number | string | readonly number[], dilation?: number,
 *    rounding?: string}} [given] */
export function convSize(input, kernel, { stride = 1, padding = 0, dilation = 1, rounding = "exact" } = {}) {
  const around = paddingAlong(padding, kernel, dilation);
  return outputs(makeWindow(kernel, { stride, padding: around, dilation, rounding }), input);
}
