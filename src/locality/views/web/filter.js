/** Kernels laid over pictures, exact in float64, and what a screen shows of the result. Python's twin is
 *  views/filter.py, which adds up in the same order and comes to the same bits. */

import { grey } from "locality/fit";
import { makeWindow, outputs, paddingAlong, reads, source } from "locality/geometry";
import { factors, transpose, turned } from "locality/kernels";
import { tensor } from "locality/tensor";

/** @typedef {import("locality/kernels").Kernel} Kernel */
/** @typedef {import("locality/kernels").Step} Step */
/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/geometry").Window} Window */
/** @typedef {keyof typeof EDGES} Edges */

/** What stands beyond the edge, by the word a person says. "black": nothing, and sums that would need it are 0. */
export const EDGES = { black: "zeros", extend: "edge", reflect: "reflect", wrap: "wrap", zero: "zeros" };

/** The window of one axis: the picture keeps its size at stride 1. @param {number} taps @param {number} stride */
export function axisWindow(taps, stride) {
  return makeWindow(taps, { stride, padding: paddingAlong("same", taps, 1), rounding: "floor" });
}

/**
 * The weighted sums of a picture's windows, each channel alone: one for each cell, or for every `stride`-th.
 * @param {{shape: number[], data: ArrayLike<number>}} picture [channels, height, width]
 * @param {Kernel} given @param {Edges} edges @param {number} [stride]
 * @param {boolean} [flip] turn the kernel by half a turn first: convolution as mathematics has it
 * @returns {Tensor}
 */
export function apply(picture, given, edges, stride = 1, flip = false) {
  const kernel = flip ? turned(given) : given;
  const [channels, height, width] = picture.shape;
  const windows = [axisWindow(kernel.rows, stride), axisWindow(kernel.columns, stride)];
  const [high, wide] = [outputs(windows[0], height), outputs(windows[1], width)];
  const rows = sources(windows[0], height, EDGES[edges]);
  const columns = sources(windows[1], width, EDGES[edges]);
  const sums = new Float64Array(channels * high * wide);
  // A wide kernel that is a column times a row is laid on in two passes: 2k multiplications for each cell, not k x k.
  const two = kernel.values.length > 121 && stride === 1 ? factors(kernel) : null;
  const padded = new Float64Array(rows.length * columns.length);
  for (let c = 0; c < channels; c++) {
    for (let y = 0, to = 0; y < rows.length; y++) {
      const from = (c * height + rows[y]) * width;
      for (let x = 0; x < columns.length; x++, to++) {
        padded[to] = rows[y] < 0 || columns[x] < 0 ? 0 : picture.data[from + columns[x]];
      }
    }
    const out = sums.subarray(c * high * wide, (c + 1) * high * wide);
    if (two) {
      const middle = new Float64Array(rows.length * wide);
      slide(
        padded,
        columns.length,
        { rows: 1, columns: kernel.columns, values: Float64Array.from(two.row) },
        1,
        middle,
        rows.length,
        wide,
      );
      slide(middle, wide, { rows: kernel.rows, columns: 1, values: Float64Array.from(two.column) }, 1, out, high, wide);
    } else slide(padded, columns.length, kernel, stride, out, high, wide);
  }
  const result = tensor([channels, high, wide], sums);
  if (edges === "black") blacken(result, windows, height, width);
  return result;
}

/** The sums of one channel whose edges are there already: no test inside, four cells of a row at a time.
 *  @param {Float64Array} from @param {number} across how long a row of `from` is @param {Kernel} kernel
 *  @param {number} stride @param {Float64Array} to @param {number} high @param {number} wide */
function slide(from, across, { columns, values }, stride, to, high, wide) {
  const used = [...values.keys()].filter((i) => values[i] !== 0);
  const weights = Float64Array.from(used, (i) => values[i]);
  const steps = Int32Array.from(used, (i) => Math.floor(i / columns) * across + (i % columns));
  const count = used.length;
  for (let y = 0; y < high; y++) {
    const row = y * stride * across;
    let x = 0;
    for (; x + 4 <= wide; x += 4) {
      const [start, at] = [row + x * stride, y * wide + x];
      let [a, b, c, d] = [0, 0, 0, 0];
      for (let tap = 0; tap < count; tap++) {
        const weight = weights[tap];
        const cell = start + steps[tap];
        a += weight * from[cell];
        b += weight * from[cell + stride];
        c += weight * from[cell + 2 * stride];
        d += weight * from[cell + 3 * stride];
      }
      to[at] = a;
      to[at + 1] = b;
      to[at + 2] = c;
      to[at + 3] = d;
    }
    for (; x < wide; x++) {
      let sum = 0;
      for (let tap = 0; tap < count; tap++) sum += weights[tap] * from[row + x * stride + steps[tap]];
      to[y * wide + x] = sum;
    }
  }
}

/** For each cell that a window reads along an axis, padding included: the real cell there, -1 where none is.
 *  @param {Window} window @param {number} size @param {string} mode */
function sources(window, size, mode) {
  const first = reads(window, 0)[0];
  const end = (reads(window, outputs(window, size) - 1).at(-1) ?? 0) + 1;
  return Int32Array.from({ length: end - first }, (_, i) => source(first + i, size, mode) ?? -1);
}

/** Whether the whole window of an output lies inside.
 *  @param {Window} window @param {number} output @param {number} size */
export function inside(window, output, size) {
  const cells = reads(window, output);
  return cells[0] >= 0 && cells[cells.length - 1] < size;
}

/** @param {Tensor} sums @param {Window[]} windows @param {number} height @param {number} width */
function blacken(sums, windows, height, width) {
  const [channels, high, wide] = sums.shape;
  const rows = Array.from({ length: high }, (_, y) => inside(windows[0], y, height));
  const columns = Array.from({ length: wide }, (_, x) => inside(windows[1], x, width));
  for (let at = 0; at < channels * high * wide; at++) {
    if (!rows[Math.floor(at / wide) % high] || !columns[at % wide]) sums.data[at] = 0;
  }
}

/** What one step makes of a picture: its kernel's sums, or the length of the gradient, sqrt(a^2 + b^2).
 *  @param {{shape: number[], data: ArrayLike<number>}} picture @param {Step} step @param {Edges} edges
 *  @param {boolean} flip */
export function runStep(picture, { kernel, magnitude, stride }, edges, flip) {
  const across = apply(picture, kernel, edges, stride, flip);
  if (!magnitude) return across;
  const down = apply(picture, transpose(kernel), edges, stride, flip);
  return tensor(
    across.shape,
    across.data.map((a, i) => Math.sqrt(a * a + down.data[i] * down.data[i])),
  );
}

/** Brightness alone, ITU-R 601, rounded to whole numbers as Pillow has it.
 *  @param {{shape: number[], data: ArrayLike<number>}} picture */
export function luminance({ shape: [channels, height, width], data }) {
  const size = height * width;
  const planes = Array.from({ length: channels < 3 ? 1 : 3 }, (_, c) =>
    Uint8Array.from({ length: size }, (_, i) => data[c * size + i]),
  );
  return tensor([1, height, width], Float64Array.from(grey(planes)));
}

/** The values as a screen shows them: rounded (halves to even), below 0 black, above 255 white.
 *  @param {ArrayLike<number>} values */
export const clamped = (values) => Uint8ClampedArray.from(values);

/** The values around mid-grey: 0 becomes 128, the largest size 255 or, below zero, 1.
 *  @param {ArrayLike<number>} values */
export function signed(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]));
  most ||= 1;
  const bytes = Uint8ClampedArray.from({ length: values.length }, (_, i) => 128 + 127 * (values[i] / most));
  return { bytes, most };
}
