/** Coarse graining: a map under repeated pooling, and what each level keeps and loses. The pooling itself is the
 *  layer's own rule. */

import { grey as byteGrey } from "locality/fit";
import { makeWindow, misfit, takes, untiled } from "locality/geometry";
import { pool } from "locality/layers/pool";
import { count, zeros } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {"max" | "average" | "majority"} Kind */
/** @typedef {{sides: number[], stop: string | null}} Plan the side of each level, and why it ends before one block */
/** @typedef {{cells: number, mean: number, deviation: number, least: number, most: number, distinct: number}} Facts */

export const KINDS = /** @type {const} */ (["max", "average", "majority"]);

/** The pooling layer of one step. @param {Kind} kind @param {number} block */
export const layerOf = (kind, block) => ({ ...pool.defaults, kind, kernel_size: block });

/** The levels of a square map, and the lecture's "invalid" where the blocks stop tiling.
 *  @param {number} side @param {number} block @returns {Plan} */
export function plan(side, block) {
  const window = makeWindow(block, { stride: block });
  const sides = [side];
  let last = side;
  while (last > 1 && takes(window, last)) sides.push((last /= block));
  if (last === 1) return { sides, stop: null };
  const refuse = last < block ? misfit : untiled;
  const why = refuse([window, window], [last, last], "window", false);
  return { sides, stop: `level ${sides.length}: ${why}` };
}

/** Sides near a given one with more levels: `more` has at least one more level, `all` end in a single block.
 *  @param {number} side @param {number} block @param {number} [most] the largest side there is */
export function further(side, block, most = Infinity) {
  const step = block ** plan(side, block).sides.length;
  const below = Math.floor(side / step) * step;
  let power = block;
  while (power * block <= side) power *= block;
  /** @param {number[]} found */
  const kept = (found) => [...new Set(found)].filter((one) => one > 1 && one <= most && one !== side);
  return { more: kept([below, below + step]), all: kept([power, power * block]) };
}

/** One step of coarse graining. @param {Tensor} map @param {Kind} kind @param {number} block @returns {Tensor} */
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

/** How many blocks of a map of spins are ties, which their first site decides.
 *  @param {Tensor} map @param {number} block */
export function ties(map, block) {
  let found = 0;
  for (const mean of coarser(map, "average", block).data) if (mean === 0) found++;
  return found;
}

/** The middle of the sorted numbers; of an even number of them, half way between the two in the middle.
 *  @param {ArrayLike<number>} values */
export function median(values) {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** A map cut at its median: +1 above it, -1 otherwise. @param {Tensor} map */
export function cut(map) {
  const at = median(map.data);
  return { at, spins: { shape: [...map.shape], data: Float64Array.from(map.data, (x) => (x > at ? 1 : -1)) } };
}

/** A picture in grey: bytes as Python's Pillow has them, other numbers by the same shares.
 *  @param {{shape: number[], data: Uint8Array | Uint8ClampedArray | Float32Array | Float64Array}} picture
 *  @returns {Tensor} */
export function grey({ shape: [channels, height, width], data }) {
  const size = height * width;
  const [red, green = red, blue = red] = Array.from({ length: channels }, (_, c) =>
    data.subarray(c * size, (c + 1) * size),
  );
  const bytes = data instanceof Uint8Array || data instanceof Uint8ClampedArray;
  const out = bytes
    ? byteGrey(/** @type {Uint8Array[]} */ ([red, green, blue]))
    : red.map((r, i) => 0.299 * r + 0.587 * green[i] + 0.114 * blue[i]);
  return { shape: [1, height, width], data: Float64Array.from(out) };
}

/** The largest square of a picture's middle that is a whole number of times `side`, brought to `side` by averaging.
 *  @param {Tensor} picture @param {number} side */
export function square({ shape: [channels, height, width], data }, side) {
  const times = Math.floor(Math.min(height, width) / side);
  const taken = times * side;
  const top = (height - taken) >> 1;
  const left = (width - taken) >> 1;
  const part = zeros([channels, taken, taken]);
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < taken; y++) {
      const from = (c * height + top + y) * width + left;
      for (let x = 0; x < taken; x++) part.data[(c * taken + y) * taken + x] = data[from + x];
    }
  }
  return { times, taken, map: times === 1 ? part : coarser(part, "average", times) };
}

/** Mean, standard deviation and what else tells one level from the next. @param {Tensor} map @returns {Facts} */
export function facts({ data }) {
  let sum = 0;
  let least = Infinity;
  let most = -Infinity;
  for (const x of data) {
    sum += x;
    least = Math.min(least, x);
    most = Math.max(most, x);
  }
  const mean = sum / data.length;
  let squares = 0;
  for (const x of data) squares += (x - mean) ** 2;
  const deviation = Math.sqrt(squares / data.length);
  return { cells: data.length, mean, deviation, least, most, distinct: new Set(data).size };
}

/** Minus the mean product of neighbours, one below and one to the right; `joined` takes opposite edges as neighbours.
 *  Null where there are none. @param {Tensor} map @param {boolean} joined */
export function energy({ shape: [, height, width], data }, joined) {
  let sum = 0;
  let bonds = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const [down, right] of [
        [y + 1, x],
        [y, x + 1],
      ]) {
        if (!joined && (down === height || right === width)) continue;
        const other = (down % height) * width + (right % width);
        if (other === y * width + x) continue;
        sum -= data[y * width + x] * data[other];
        bonds++;
      }
    }
  }
  return bonds ? sum / bonds : null;
}

/** What a level no longer tells: the first level minus that level spread out again over it.
 *  @param {Tensor} first @param {Tensor} level @returns {Tensor} */
export function lost(first, level) {
  const [channels, height, width] = first.shape;
  const [, high, wide] = level.shape;
  const times = height / high;
  const out = zeros(first.shape);
  for (let c = 0, i = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      const row = (c * high + Math.floor(y / times)) * wide;
      for (let x = 0; x < width; x++, i++) out.data[i] = first.data[i] - level.data[row + Math.floor(x / times)];
    }
  }
  return out;
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

/** The block of a finer level that a cell stands for. @param {number} cell @param {number} steps how many levels finer
 *  @param {number} block @returns {[number, number]} first and last row (or column) */
export function blockOf(cell, steps, block) {
  const side = block ** steps;
  return [cell * side, (cell + 1) * side - 1];
}

/** The values of the block of the next finer level, in reading order. @param {Tensor} finer @param {number[]} place
 *  channel, row, column of the coarser level @param {Kind} kind @param {number} block */
export function terms(finer, place, kind, block) {
  return Array.from(pool.cell(layerOf(kind, block), [finer], {}, place).patch.data);
}

/** How many cells of one channel a level has, as a share of the first. @param {Tensor} level @param {Tensor} first */
export function share(level, first) {
  return count(level.shape) / count(first.shape);
}
