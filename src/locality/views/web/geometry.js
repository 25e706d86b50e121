/** One axis of a layer: how many outputs, which inputs one output reads, where padding takes its values.
 *  Python's twin is geometry/window.py. */

import { misfit, paddingText, untiled } from "locality/geometry/refusal";
import { fits, makeWindow, mod, paddingAlong, rest, room, ShapeError, span } from "locality/geometry/window";
import { range } from "locality/tensor";

export * from "locality/geometry/refusal";
export * from "locality/geometry/window";

/** @typedef {import("locality/geometry/window").Window} Window */
/** @typedef {import("locality/geometry/refusal").Advice} Advice */
/** @typedef {{kind: "transposed", kernel: number, stride: number, padding: [number, number], dilation: number,
 *  output_padding: number}} Transposed */
/** @typedef {{kind: "adaptive", size: number, out: number}} Adaptive `size` inputs shared out over `out` outputs */
/** @typedef {{kind: "repeat", scale: number, linear: boolean}} Repeat upsampling by a whole number */
/** @typedef {Window | Transposed | Adaptive | Repeat} AxisMap */

export const PADDING_MODES = ["zeros", "edge", "reflect", "wrap"];

/** @param {number} kernel @param {Partial<Transposed>} [given] @returns {Transposed} */
export const makeTransposed = (kernel, given) =>
  ({ kind: "transposed", stride: 1, padding: [0, 0], dilation: 1, output_padding: 0, ...given, kernel });

/** How many outputs there are; a `ShapeError` where there is none, or a window does not tile.
 *  @param {AxisMap} map @param {number} size */
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

/** The outputs before the padding is cut away. @param {Transposed} map @param {number} size */
export const uncut = (map, size) => map.stride * (size - 1) + span(map) + map.output_padding;

/** The cells that an output reads; negative ones lie in the padding. @param {AxisMap} map @param {number} output */
export function reads(map, output) {
  if (map.kind === "transposed") return pairs(map, output).map(([cell]) => cell);
  if (map.kind === "window") return cells(output * map.stride - map.padding[0], map.kernel, map.dilation);
  if (map.kind === "adaptive") {
    const first = Math.floor((output * map.size) / map.out);
    return cells(first, Math.ceil(((output + 1) * map.size) / map.out) - first);
  }
  if (!map.linear) return [Math.floor(output / map.scale)];
  // The centre of output u lies at (u + 1/2)/scale - 1/2 of the inputs: in halves of an output, no rounding.
  const place = 2 * output + 1 - map.scale;
  return cells(Math.floor(place / (2 * map.scale)), mod(place, 2 * map.scale) ? 2 : 1);
}

/** @param {number} first @param {number} many */
function cells(first, many, step = 1) {
  const found = [];
  for (let i = 0; i < many; i++) found.push(first + i * step);
  return found;
}

/** The inputs that an output collects, each with the tap it meets. @param {Transposed} map @param {number} output */
export function pairs({ kernel, stride, padding, dilation }, output) {
  /** @type {[number, number][]} */
  const met = [];
  for (let tap = kernel - 1; tap >= 0; tap--) {
    const start = output + padding[0] - tap * dilation;
    if (mod(start, stride) === 0) met.push([start / stride, tap]);
  }
  return met;
}

/** How much each cell that an output reads counts, by how near it is. @param {Repeat} map @param {number} output */
export function shares(map, output) {
  if (reads(map, output).length === 1) return [1];
  const past = mod(2 * output + 1 - map.scale, 2 * map.scale) / (2 * map.scale);
  return [1 - past, past];
}

/** The real cell whose value stands at `cell`, which may lie in the padding; null where a zero stands.
 *  @param {number} cell @param {number} size @param {string} mode */
export function source(cell, size, mode) {
  if (cell >= 0 && cell < size) return cell;
  if (mode === "zeros") return null;
  if (mode === "edge") return Math.min(Math.max(cell, 0), size - 1);
  if (mode === "wrap") return mod(cell, size);
  const around = size > 1 ? mod(cell, 2 * size - 2) : 0;
  return Math.min(around, 2 * size - 2 - around);
}

/** The real cells that no output reads. @param {AxisMap} map @param {number} size */
export function unread(map, size, mode = "zeros") {
  const all = range(outputs(map, size)).flatMap((output) => reads(map, output));
  const seen = new Set(all.map((cell) => source(cell, size, mode)));
  return range(size).filter((cell) => !seen.has(cell));
}

/** How many cells of padding lie beyond the last window. @param {Window} window @param {number} size */
export function unreadPadding(window, size) {
  const last = reads(window, outputs(window, size) - 1)[window.kernel - 1];
  return Math.max(0, Math.min(window.padding[1], size + window.padding[1] - 1 - last)); // a crop is padding below zero
}

/** (L - L_patch + 2 N_z)/s + 1. @param {number} input @param {number} kernel @param {Record<string, any>} given */
export const convSize = (input, kernel, { padding = 0, dilation = 1, ...given } = {}) =>
  outputs(makeWindow(kernel, { ...given, dilation, padding: paddingAlong(padding, kernel, dilation) }), input);
