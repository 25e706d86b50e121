/** The numbers in the cells: small whole ones by seed, a pattern, or typed by hand. A cell keeps its number while the
 *  size of its map changes. */

import { placeOf, zeros } from "locality/tensor";

/** Each pattern and its name. */
export const PATTERNS = /** @type {[string, string][]} */ ([
  ["random", "random"], ["counting", "counting"], ["ones", "all ones"], ["dot", "a single one"],
]);
/** Numbers typed by hand, by cell: "row,column". @typedef {Map<string, number>} Edits */

/** A map of numbers; the random ones are some `among` these.
 *  @param {number[]} shape @param {string} pattern @param {number} seed @param {number[]} among @param {Edits} edits */
export function numbers(shape, pattern, seed, among, edits) {
  const map = zeros(shape);
  map.data.forEach((_, n) => {
    const [y, x] = placeOf(shape, n);
    let value = 1;
    if (pattern === "counting") value = n + 1;
    else if (pattern === "dot") value = Number([y, x].every((c, i) => c === Math.floor(shape[i] / 2)));
    else if (pattern === "random") value = among[hash(seed, y, x) % among.length];
    map.data[n] = edits.get(`${y},${x}`) ?? value;
  });
  return map;
}

/** 32 mixed bits of three whole numbers. @param {number} seed @param {number} y @param {number} x */
function hash(seed, y, x) {
  let h = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(y + 1, 0x85ebca6b) ^ Math.imul(x + 1, 0xc2b2ae35);
  for (const prime of [0x7feb352d, 0x846ca68b]) h = Math.imul(h ^ (h >>> 15), prime);
  return (h ^ (h >>> 16)) >>> 0;
}
