/** Kernels laid over pictures, exact in float64, and what a screen shows of it. Python's twin, bit for bit, is
 *  views/filter.py. */

import { grey } from "locality/fit";
import { makeWindow, outputs, paddingAlong, source } from "locality/geometry";
import { transpose, turned } from "locality/kernels";
import { range, tensor } from "locality/tensor";

/** @import { Kernel, Step } from "locality/kernels" */
/** @import { Picture } from "locality/source" */
/** @import { Numbers } from "locality/tensor" */
/** @typedef {{shape: number[], data: Picture["data"] | Numbers}} Image [channels, height, width] */
/** @typedef {keyof typeof EDGES} Edges */

/** What stands beyond the edge, by the word a person says. "black": nothing, and sums that would need it are 0. */
export const EDGES = { black: "zeros", extend: "edge", reflect: "reflect", wrap: "wrap", zero: "zeros" };

/** One axis: the place where the first window begins, the real cell behind every place that is read (-1: none), and of
 *  every window whether it lies inside.
 *  @param {number} taps @param {number} size @param {Edges} edges */
export function axis(taps, size, edges, stride = 1) {
  const window = makeWindow(taps, { stride, padding: paddingAlong("same", taps, 1), rounding: "floor" });
  const first = -window.padding[0];
  const starts = range(outputs(window, size)).map((u) => first + u * stride);
  const places = range((starts.length - 1) * stride + taps).map((i) => first + i);
  return {
    first,
    cells: places.map((place) => source(place, size, EDGES[edges]) ?? -1),
    inside: starts.map((start) => start >= 0 && start + taps <= size),
  };
}

/** The weighted sums of a picture's windows, each channel alone: one for each cell, or for every `stride`-th. `flip`
 *  turns the kernel first: convolution as mathematics has it.
 *  @param {Image} picture @param {Kernel} given @param {Edges} edges */
export function apply({ shape: [channels, height, width], data }, given, edges, stride = 1, flip = false) {
  const { rows, columns, values } = flip ? turned(given) : given;
  const [down, across] = [axis(rows, height, edges, stride), axis(columns, width, edges, stride)];
  const [high, wide, broad] = [down.inside.length, across.inside.length, across.cells.length];
  const sums = new Float64Array(channels * high * wide);
  const padded = new Float64Array(down.cells.length * broad);
  for (let c = 0; c < channels; c++) {
    let to = 0;
    for (const y of down.cells)
      for (const x of across.cells) padded[to++] = y < 0 || x < 0 ? 0 : data[(c * height + y) * width + x];
    const out = sums.subarray(c * high * wide, (c + 1) * high * wide);
    for (let tap = 0; tap < values.length; tap++) {
      const first = Math.floor(tap / columns) * broad + (tap % columns);
      if (values[tap] !== 0) addUp(out, wide, padded, first, broad, stride, values[tap]);
    }
  }
  const hangs = (/** @type {number} */ at) => !down.inside[Math.floor(at / wide) % high] || !across.inside[at % wide];
  return tensor([channels, high, wide], edges === "black" ? sums.map((sum, at) => (hangs(at) ? 0 : sum)) : sums);
}

/** One weight's share of every sum. @param {Float64Array} sums @param {number} wide @param {Float64Array} padded
 *  @param {number} first @param {number} broad @param {number} stride @param {number} weight */
function addUp(sums, wide, padded, first, broad, stride, weight) {
  for (let row = 0; row * wide < sums.length; row++) {
    const [to, from] = [row * wide, first + row * stride * broad];
    for (let x = 0; x < wide; x++) sums[to + x] += weight * padded[from + x * stride];
  }
}

/** What one step makes of a picture: its kernel's sums, or the length of the gradient, sqrt(a^2 + b^2).
 *  @param {Image} picture @param {Step} step @param {Edges} edges @param {boolean} flip */
export function runStep(picture, { kernel, magnitude, stride }, edges, flip) {
  const { shape, data } = apply(picture, kernel, edges, stride, flip);
  if (!magnitude) return tensor(shape, data);
  const down = apply(picture, transpose(kernel), edges, stride, flip).data;
  return tensor(shape, data.map((a, i) => Math.sqrt(a * a + down[i] * down[i])));
}

/** Brightness alone, ITU-R 601, rounded to whole numbers as Pillow has it. @param {Image} picture */
export function luminance({ shape: [channels, height, width], data }) {
  const size = height * width;
  const planes = range(channels).map((c) => data.subarray(c * size, (c + 1) * size));
  return tensor([1, height, width], Float64Array.from(grey(planes)));
}

/** As a screen shows it: rounded (halves to even), below 0 black, above 255 white. @param {ArrayLike<number>} values */
export const clamped = (values) => Uint8ClampedArray.from(values);
