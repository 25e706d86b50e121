/** Coarse graining: a map under repeated pooling, and what each level keeps and loses. The pooling is the layer's. */

import { grey as byteGrey, isBytes } from "locality/fit";
import { makeWindow, misfit, takes, untiled } from "locality/geometry";
import { pool } from "locality/layers/pool";
import { zeros } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {"max" | "average" | "majority"} Kind */

export const KINDS = /** @type {const} */ (["max", "average", "majority"]);

/** @param {Kind} kind @param {number} block */
const layerOf = (kind, block) => ({ ...pool.defaults, kind, kernel_size: block });

/** The side of each level of a square map, and the lecture's "invalid" where the blocks stop tiling.
 *  @param {number} side @param {number} block */
export function plan(side, block) {
  const window = makeWindow(block, { stride: block });
  const sides = [side];
  let last = side;
  while (last > 1 && takes(window, last)) sides.push((last /= block));
  const [windows, sizes] = [[window, window], [last, last]];
  const why = last < block ? misfit(windows, sizes, "window", false) : untiled(windows, sizes, "window");
  return { sides, stop: last === 1 ? null : `level ${sides.length}: ${why}` };
}

/** The largest power of the block up to a side. @param {number} side @param {number} block */
export function power(side, block) {
  let found = block;
  while (found * block <= side) found *= block;
  return found;
}

/** Sides near a given one with more levels, up to `most`: `more` has at least one more, `all` end in a single block.
 *  @param {number} side @param {number} block */
export function further(side, block, most = Infinity) {
  const step = block ** plan(side, block).sides.length;
  const below = side - (side % step);
  const full = power(side, block);
  const kept = (/** @type {number[]} */ found) => found.filter((one) => one > 1 && one <= most && one !== side);
  return { more: kept([below, below + step]), all: kept([full, full * block]) };
}

/** One step of coarse graining. @param {Tensor} map @param {Kind} kind @param {number} block */
export function coarser(map, kind, block) {
  const layer = layerOf(kind, block);
  const out = zeros(pool.shape(layer, [map.shape]));
  for (const _ of pool.forward(layer, [map], {}, out));
  return out;
}

/** Every level of a map, itself the first. @param {Tensor} map @param {Kind} kind @param {number} block */
export function levels(map, kind, block) {
  const all = [map];
  for (const _ of plan(map.shape[1], block).sides.slice(1)) all.push(coarser(all[all.length - 1], kind, block));
  return all;
}

/** How many blocks of a map of spins are ties, which their first site decides. @param {Tensor} map
 *  @param {number} block */
export function ties(map, block) {
  return coarser(map, "average", block).data.filter((/** @type {number} */ mean) => mean === 0).length;
}

/** The middle of the sorted numbers, or half way between the two in the middle. @param {ArrayLike<number>} values */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const last = sorted.length - 1;
  return (sorted[last >> 1] + sorted[(last + 1) >> 1]) / 2;
}

/** A map cut at its median: +1 above it, -1 otherwise. @param {Tensor} map */
export function cut({ shape, data }) {
  const at = median(data);
  return { at, spins: { shape, data: Float64Array.from(data, (x) => (x > at ? 1 : -1)) } };
}

/** A picture in grey: bytes as Python's Pillow has them, other numbers by the same shares.
 *  @param {{shape: number[], data: Uint8Array | Uint8ClampedArray | Float32Array | Float64Array}} picture */
export function grey({ shape: [channels, height, width], data }) {
  const size = height * width;
  const planes = [0, 1, 2].map((c) => data.subarray((c % channels) * size, ((c % channels) + 1) * size));
  const [red, green, blue] = planes;
  const values = isBytes(data)
    ? byteGrey(/** @type {Uint8Array[]} */ (planes))
    : red.map((r, i) => 0.299 * r + 0.587 * green[i] + 0.114 * blue[i]);
  return { shape: [1, height, width], data: Float64Array.from(values) };
}

/** The largest square of a picture's middle that is a whole number of times `side`, brought to `side` by averaging.
 *  @param {Tensor} picture @param {number} side */
export function square({ shape: [channels, height, width], data }, side) {
  const times = Math.floor(Math.min(height, width) / side);
  const taken = times * side;
  const part = zeros([channels, taken, taken]);
  for (let row = 0; row < channels * taken; row++) {
    const y = Math.floor(row / taken) * height + ((height - taken) >> 1) + (row % taken);
    const from = y * width + ((width - taken) >> 1);
    part.data.set(data.subarray(from, from + taken), row * taken);
  }
  return { times, taken, map: coarser(part, "average", times) };
}

/** @param {Tensor} map */
export function facts({ data }) {
  let [sum, squares, least, most] = [0, 0, Infinity, -Infinity];
  for (const x of data) [sum, least, most] = [sum + x, Math.min(least, x), Math.max(most, x)];
  const mean = sum / data.length;
  for (const x of data) squares += (x - mean) ** 2;
  const deviation = Math.sqrt(squares / data.length);
  return { cells: data.length, mean, deviation, least, most, distinct: new Set(data).size };
}

/** The mean product of nearest neighbours, down and to the right, and of diagonal ones; `joined` takes opposite edges
 *  as neighbours. Null where there are none. @param {Tensor} map @param {boolean} joined */
export function correlations(map, joined) {
  const along = (/** @type {number[][]} */ steps) => meanProduct(map, joined, steps);
  return { nearest: along([[1, 0], [0, 1]]), diagonal: along([[1, 1], [1, -1]]) };
}

/** @param {Tensor} map @param {boolean} joined @param {number[][]} steps */
function meanProduct({ shape: [, height, width], data }, joined, steps) {
  let [sum, bonds] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    for (const [dy, dx] of steps) {
      const [y, x] = [Math.floor(i / width) + dy, (i % width) + dx];
      const other = (y % height) * width + ((x + width) % width);
      if (other === i || (!joined && (y === height || x === width || x < 0))) continue;
      sum += data[i] * data[other];
      bonds++;
    }
  }
  return bonds ? sum / bonds : null;
}

/** What a level no longer tells: the first level minus that level spread out again over it.
 *  @param {Tensor} first @param {Tensor} level */
export function lost({ shape, data }, level) {
  const [width, wide] = [shape[2], level.shape[2]];
  const on = (/** @type {number} */ at) => Math.floor((at * wide) / width);
  const under = (/** @type {number} */ i) => on(Math.floor(i / width)) * wide + on(i % width);
  return { shape, data: Float64Array.from(data, (x, i) => x - level.data[under(i)]) };
}

/** @param {Tensor} map */
export function meanSquare({ data }) {
  let sum = 0;
  for (const x of data) sum += x * x;
  return sum / data.length;
}

/** How many values fall into each of `bins` equal parts of the axis; the last part holds its upper end.
 *  @param {ArrayLike<number>} values @param {number} low @param {number} high @param {number} bins */
export function histogram(values, low, high, bins) {
  const counts = new Array(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor(((values[i] - low) / (high - low)) * bins);
    counts[Math.min(Math.max(at, 0), bins - 1)]++;
  }
  return counts;
}

/** First and last row (or column) of the block that a cell stands for, so many levels finer.
 *  @param {number} cell @param {number} steps @param {number} block */
export function blockOf(cell, steps, block) {
  return [cell * block ** steps, (cell + 1) * block ** steps - 1];
}

/** The values of the block that a cell (channel, row, column) of the next level comes from, in reading order.
 *  @param {Tensor} finer @param {number[]} place @param {Kind} kind @param {number} block */
export function terms(finer, place, kind, block) {
  return Array.from(pool.cell(layerOf(kind, block), [finer], {}, place).patch.data);
}
