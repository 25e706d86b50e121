/** The numbers in the cells: small whole ones by seed, a pattern, or typed by hand. A cell keeps its number while the
 *  size of its map changes. */

import { zeros } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
export const PATTERNS = /** @type {const} */ (["random", "counting", "ones", "dot"]);
/** @typedef {typeof PATTERNS[number]} Pattern */
/** Numbers typed by hand, by cell: "row,column". @typedef {Map<string, number>} Edits */

/** A map of numbers. @param {readonly number[]} shape @param {Pattern} pattern @param {number} seed
 *  @param {readonly number[]} among what the random ones are drawn from @param {Edits} edits @returns {Tensor} */
export function numbers(shape, pattern, seed, among, edits) {
  const map = zeros(shape);
  const [height, width] = shape;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let value = 1;
      if (pattern === "counting") value = i + 1;
      else if (pattern === "dot") value = Number(y === Math.floor(height / 2) && x === Math.floor(width / 2));
      else if (pattern === "random") value = among[hash(seed, y, x) % among.length];
      map.data[i] = edits.get(`${y},${x}`) ?? value;
    }
  }
  return map;
}

/** 32 mixed bits of three whole numbers. @param {number} seed @param {number} y @param {number} x */
function hash(seed, y, x) {
  let h = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(y + 1, 0x85ebca6b) ^ Math.imul(x + 1, 0xc2b2ae35);
  for (const prime of [0x7feb352d, 0x846ca68b]) h = Math.imul(h ^ (h >>> 15), prime);
  return (h ^ (h >>> 16)) >>> 0;
}
