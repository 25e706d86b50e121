/** The arithmetic of one convolution, forwards or transposed: settings in, the whole picture out as plain data.
 *  A line of cells counts as a plane of one row, so that everything has two axes. */

import {
  fits, misfit, outputs, pairs, reads, rest, source, span, sum, uncut, unread, unreadPadding,
} from "locality/geometry";
import { at, offset, placeOf, product, range, zeros } from "locality/tensor";

/** @import { Transposed, Window } from "locality/geometry" */
/** @import { Tensor } from "locality/tensor" */
/** @typedef {"size" | "kernel" | "stride" | "dilation" | "output_padding" | "padding"} Name */
/** @typedef {Record<Exclude<Name, "padding">, number> & {padding: [number, number]}} Axis */
/** One axis or two. @typedef {{direction: string, axes: Axis[], padding_mode: string, rounding: string}} Settings */
/** A kernel on an input, computed. @typedef {ReturnType<typeof compute>} Run */
/** @typedef {ReturnType<typeof picture>} Picture */

/** The least and most of every setting. @type {Record<Name, [number, number]>} */
export const LIMITS = {
  size: [1, 64], kernel: [1, 64], stride: [1, 64], padding: [0, 32], dilation: [1, 32], output_padding: [0, 31],
};
/** How many cells of a transposed output are drawn along an axis. */
export const DRAWN = 128;

/** @param {Partial<Axis>} given @returns {Axis} */
export const axis = (given) => (
  { size: 5, kernel: 3, stride: 1, padding: [0, 0], dilation: 1, output_padding: 0, ...given });

/** The two axes of the plane that is drawn. @param {Settings} settings */
export const plane = ({ axes }) => [axis({ size: 1, kernel: 1 }), ...axes].slice(-2);

/** @param {Settings} settings */
export const isTransposed = ({ direction }) => direction === "transposed";

/** @param {Axis[]} axes @param {string} rounding @returns {Window[]} */
export const windowsOf = (axes, rounding) => axes.map((one) => ({ ...one, kind: "window", rounding }));

/** @param {Axis} one @returns {Transposed} */
const backwards = (one) => ({ ...one, kind: "transposed" });

/** @param {Axis[]} axes @param {number} i */
const nameOf = (axes, i) => (axes.length === 1 ? "length" : ["height", "width"][i]);

/** Why nothing can be drawn, in one sentence; empty where all is well. A window that does not tile is drawn.
 *  @param {Settings} settings @returns {string} */
export function refusal(settings) {
  const { axes, padding_mode: mode, rounding } = settings;
  if (isTransposed(settings)) return axes.map(uncuttable).find(Boolean) ?? "";
  const sizes = axes.map(({ size }) => size);
  const windows = windowsOf(axes, rounding);
  if (!windows.every((window, i) => fits(window, sizes[i]))) return misfit(windows, sizes);
  for (const { size, padding } of axes) {
    const most = mode === "reflect" ? size - 1 : mode === "wrap" ? size : Infinity;
    const padded = Math.max(...padding);
    if (padded > most)
      return `padding ${padded} is too much for padding_mode "${mode}" on a side of ${size}. ` +
        `Use padding of at most ${most}, or another padding_mode.`;
  }
  return "";
}

/** @param {Axis} one @param {number} i @param {Axis[]} axes */
function uncuttable(one, i, axes) {
  const { output_padding: extra, stride, dilation, size } = one;
  const most = Math.max(stride, dilation) - 1;
  if (extra > most)
    return `output_padding ${extra} must be smaller than the stride ${stride} or the dilation ${dilation}. ` +
      `Use at most ${most}.`;
  try {
    outputs(backwards(one), size);
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
  const grown = uncut(backwards(one), size);
  return grown <= DRAWN ? "" : `The transposed output has ${grown} cells along its ${nameOf(axes, i)}; ` +
    `up to ${DRAWN} are drawn. Use a smaller input, stride, kernel or dilation.`;
}

/** Everything there is to see; the settings must have no `refusal`.
 *  @param {Settings} settings @param {Tensor} input @param {Tensor} kernel */
export function picture(settings, input, kernel) {
  const transposed = isTransposed(settings);
  const mode = transposed ? "zeros" : settings.padding_mode;
  const axes = plane(settings);
  // A window that does not tile is drawn with its outputs floored; that there are none is said beside it.
  const floored = windowsOf(axes, "floor");
  const hanging = settings.rounding === "exact" && !transposed;
  const hangs = floored.map((window, i) => Number(hanging && rest(window, axes[i].size) > 0));
  const run = compute(transposed ? axes.map(backwards) : floored, input, kernel, mode);
  const lines = settings.axes.map((one, i) => ({ name: nameOf(settings.axes, i), ...line(settings, one) }));
  const direct = transposed ? twin(axes, input, kernel) : null;
  return { settings, run, mode, hangs, valid: !hangs.includes(1), lost: lost(run, mode), lines, direct };
}

/** The formula of one axis with its numbers. @param {Settings} settings @param {Axis} one */
function line(settings, one) {
  const { kernel, stride, dilation, size, padding: [before, after] } = one;
  const spans = span(one);
  const effective = dilation > 1 ? `${kernel} + (${kernel} - 1)*(${dilation} - 1) = ${spans}` : "";
  const cut = before === after ? `2*${before}` : `${before} - ${after}`;
  if (isTransposed(settings)) {
    const made = outputs(backwards(one), size);
    const text = `${stride}*(${size} - 1) + ${one.output_padding} + ${spans} - ${cut} = ${made}`;
    return { text, tiles: true, effective };
  }
  const [window] = windowsOf([one], "floor");
  const tiles = rest(window, size) === 0;
  const floored = tiles || settings.rounding === "exact" ? "" : `, rounded down to ${outputs(window, size)}`;
  return { text: sum(window, size).replace(/\.$/, "") + floored, tiles, effective };
}

/** A kernel moved over an input. @param {(Window | Transposed)[]} maps @param {Tensor} input @param {Tensor} kernel
 *  @param {string} mode */
export function compute(maps, input, kernel, mode) {
  const steps = maps.map((map, i) =>
    range(outputs(map, input.shape[i])).map((u) => along(map, u, input.shape[i], mode)));
  const output = zeros(steps.map((taken) => taken.length));
  const [width, taps] = [input.shape[1], kernel.shape[1]];
  let n = 0;
  for (const rows of steps[0]) {
    for (const columns of steps[1]) {
      let total = 0;
      for (const { tap: m, from: y } of rows) {
        if (y === null) continue;
        for (const { tap, from: x } of columns) {
          if (x !== null) total += input.data[y * width + x] * kernel.data[m * taps + tap];
        }
      }
      output.data[n++] = total;
    }
  }
  return { maps, steps, input, kernel, output };
}

/** The taps of one output along one axis, the cells they meet, and where those take their values. A transposed window
 *  meets no padding. @param {Window | Transposed} map @param {number} u @param {number} size @param {string} mode */
function along(map, u, size, mode) {
  if (map.kind === "window") return reads(map, u).map((cell, tap) => ({ tap, cell, from: source(cell, size, mode) }));
  return pairs(map, u).filter(([cell]) => cell >= 0 && cell < size).map(([cell, tap]) => ({ tap, cell, from: cell }));
}

/** @param {Tensor} map @param {readonly number[]} place */
export const isIn = ({ shape }, place) => place.every((c, i) => c >= 0 && c < shape[i]);

/** The products whose sum is one output. @param {Run} run @param {readonly number[]} place */
export const terms = ({ input, kernel, steps }, place) =>
  product(steps.map((taken, i) => taken[place[i]])).map(([row, column]) => {
    const from = row.from === null || column.from === null ? null : [row.from, column.from];
    const value = from ? at(input, from) : 0;
    const weight = at(kernel, [row.tap, column.tap]);
    return { cell: [row.cell, column.cell], from, value, weight, product: value * weight };
  });

/** The outputs that read an input cell, copies of it in the padding too; for a cell of padding, those that meet it.
 *  @param {Run} run @param {readonly number[]} cell */
export function readers({ input, steps }, cell) {
  const by = isIn(input, cell) ? "from" : "cell";
  return product(steps.map((taken, i) =>
    range(taken.length).filter((u) => taken[u].some((step) => step[by] === cell[i]))));
}

/** What no output reads, per axis: the cells beyond the last window, those it jumps over, how much padding.
 *  @param {Run} run @param {string} mode */
function lost({ maps, input, output }, mode) {
  const left = maps.map((map, i) => unread(map, input.shape[i], mode));
  const last = maps.map((map, i) => (map.kind === "window" ? Math.max(...reads(map, output.shape[i] - 1)) : Infinity));
  return {
    tail: left.map((cells, i) => cells.filter((cell) => cell > last[i])),
    jumped: left.map((cells, i) => cells.filter((cell) => cell < last[i])),
    padding: maps.map((map, i) => (map.kind === "window" ? unreadPadding(map, input.shape[i]) : 0)),
  };
}

/** A transposed convolution as a direct one: the input with zeros between, the kernel turned by 180 degrees, stride 1.
 *  Padding that cuts more than the kernel reaches is negative: the window never meets those cells.
 *  @param {Axis[]} axes @param {Tensor} input @param {Tensor} kernel */
function twin(axes, input, kernel) {
  const stretched = zeros(axes.map(({ size, stride }) => stride * (size - 1) + 1));
  input.data.forEach((value, n) => {
    const place = placeOf(input.shape, n).map((c, i) => c * axes[i].stride);
    stretched.data[offset(stretched.shape, place)] = value;
  });
  const windows = windowsOf(axes.map((one) => {
    const [before, after] = one.padding.map((cut) => span(one) - 1 - cut);
    return { ...one, stride: 1, padding: [before, after + one.output_padding] };
  }), "exact");
  return compute(windows, stretched, { ...kernel, data: kernel.data.slice().reverse() }, "zeros");
}

/** The largest difference between two outputs.
 *  @param {{data: ArrayLike<number>}} a @param {{data: ArrayLike<number>}} b */
export const difference = (a, b) => Math.max(0, ...Array.from(a.data, (x, i) => Math.abs(x - b.data[i])));
