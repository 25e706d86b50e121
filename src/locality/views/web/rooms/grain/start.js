// Level 0: a picture cut to a square, or spins; and what is said about it.

import { signed } from "locality/parts/colour";
import { short } from "locality/parts/dom";
import { cut, facts, grey, square } from "locality/grain";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/grain").Kind} Kind */
/** @typedef {import("locality/parts/colour").Range} Range */
/** @typedef {import("locality/source").Picture} Picture */

/** @typedef {{from: string, picture: Picture | null, spins: import("locality/rooms/grain/spins").Spins, knob: number,
 *  seed: number, side: number, colour: boolean}} Chosen what a visitor has chosen */

/** Spins lie within the scale's ends, where both colours are strong on light and on dark. */
export const SPIN = signed(1.6);

/** The map each rule starts from. `range` is null for a picture in colour.
 *  @param {Chosen} chosen
 *  @returns {{maps: Record<Kind, Tensor>, range: Range | null, spins: boolean, said: string[]}} */
export function startOf({ from, picture, spins: source, knob, seed, side, colour }) {
  if (from === "spins" || !picture) {
    const spins = { shape: [1, side, side], data: source.spins(side, knob, seed) };
    return { maps: { max: spins, average: spins, majority: spins }, range: SPIN, spins: true, said: [source.about] };
  }
  const [channels, height, width] = picture.shape;
  const inColour = colour && channels === 3;
  const bytes = isBytes(picture);
  const whole = (/** @type {Tensor} */ { shape, data }) => ({
    shape,
    data: bytes ? Float64Array.from(data, Math.round) : data,
  });
  const { map: first, taken, times } = square(grey(picture), side);
  const plain = whole(first);
  const map = inColour
    ? whole(square({ shape: picture.shape, data: Float64Array.from(picture.data) }, side).map)
    : plain;
  const all = taken === height && taken === width;
  const where = all
    ? `Level 0 is the whole picture, ${width}×${height}`
    : `Level 0 is cut from the picture's ${width}×${height}: the middle ${taken}×${taken}`;
  const averaged =
    times > 1 ? `, every ${times}×${times} pixels averaged to one${bytes ? ", in whole numbers" : ""}` : "";
  const { at, spins } = cut(plain);
  const median = 
    `For the majority rule the ${inColour ? "grey " : ""}picture is cut at its median, ${short(at, 4)}: ` +
    `brighter is +1, the rest −1.`;
  const range = inColour ? null : greyRange(bytes, plain);
  return {
    maps: { max: map, average: map, majority: spins },
    range,
    spins: false,
    said: [`${where}${averaged}.`, median],
  };
}

/** @param {Picture} picture */
function isBytes({ data }) {
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray;
}

/** Bytes span 0 to 255; other numbers their own range. @param {boolean} bytes @param {Tensor} map @returns {Range} */
function greyRange(bytes, map) {
  if (bytes) return { low: 0, high: 255, scale: "grey" };
  const { least: low, most: high } = facts(map);
  return { low, high: high > low ? high : low + 1, scale: "grey" };
}
