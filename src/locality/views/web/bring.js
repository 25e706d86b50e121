// Bringing a new picture to what is asked for, and saying in plain words what that did to it.

import { fitDigit } from "locality/digit";
import { fitPicture, limitPicture } from "locality/fit";

/** @typedef {import("locality/source").Picture} Picture */

/**
 * @param {Picture} raw
 * @param {{shape: number[] | null, fit: "digit" | "cover", largest: number, empty: boolean}} wanted
 *   `empty`: nothing has been drawn on it, so that there is no digit to look for
 * @returns {{picture: Picture, done: string[]}}
 */
export function bringTo(raw, { shape, fit, largest, empty }) {
  if (shape && fit === "digit" && !empty) {
    const { picture, said } = fitDigit(raw, shape);
    return { picture, done: said };
  }
  const picture = shape ? fitPicture(raw, shape) : limitPicture(raw, largest);
  if (empty) return { picture, done: ["the pad is empty"] };
  const [[, high, wide], [, height, width]] = [raw.shape, picture.shape];
  if (high === height && wide === width) return { picture, done: [`${wide}x${high}: used as it is`] };
  // Less than one pixel of the source is no overhang.
  const cut = shape && Math.abs(wide * height - high * width) >= Math.max(height, width);
  const overhang = cut ? ", the overhang is cut off" : "";
  return { picture, done: [`${wide}x${high}: brought to ${width}x${height}${overhang}`] };
}
