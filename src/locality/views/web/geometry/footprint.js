/** Which taps of a k x k window exist. Python's twin is geometry/footprint.py. */

import { product, range } from "locality/tensor";

/** The offsets of the taps in use, in reading order; null where all of them are.
 *  @param {string} footprint full, diamond, hexagon, or rows of 0 and 1 @param {readonly number[]} kernel
 *  @returns {number[][] | null} */
export function footprintTaps(footprint, kernel) {
  if (footprint === "full") return null;
  const offsets = product(kernel.map(range));
  const half = Math.floor(kernel[0] / 2);
  const drawn = footprint.replaceAll("/", "");
  const taps = offsets.filter((offset, i) => {
    if (footprint === "diamond") return offset.reduce((far, x) => far + Math.abs(x - half), 0) <= half;
    if (footprint === "hexagon") return i !== 0 && i !== offsets.length - 1;
    return drawn[i] === "1";
  });
  return taps.length < offsets.length ? taps : null;
}
