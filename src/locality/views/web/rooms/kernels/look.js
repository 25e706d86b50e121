// What a picture becomes on the screen: a picture, clamped as a screen does it, or one channel on the signed scale.

import { clamped, luminance } from "locality/filter";
import { limitPicture } from "locality/fit";
import { signedRange } from "locality/parts/colour";
import { mapImage, pictureImage } from "locality/parts/map";

/** @typedef {import("locality/source").Picture} Picture */
/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/parts/colour").Range} Range */
/** @typedef {{image: HTMLCanvasElement, range: Range}} Look   a canvas of one pixel for each cell, and its scale */

export const LARGEST = 384;
/** @type {Range} */
export const BRIGHTNESS = { low: 0, high: 255, scale: "grey" };

/**
 * A picture as the numbers that are filtered, and what was done to it.
 * @param {Picture} picture @returns {{picture: Picture, said: string}}
 */
export function prepared(picture) {
  const { shape, data } = picture;
  const said = [];
  let bytes = data;
  if (data instanceof Float32Array || data instanceof Float64Array) {
    let [low, high] = [Infinity, -Infinity];
    for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)];
    const scale = high > low ? 255 / (high - low) : 0;
    bytes = Uint8ClampedArray.from(data, (value) => (value - low) * scale);
    said.push(`Its values from ${low} to ${high} were brought to 0 to 255.`);
  }
  let ready = { ...picture, data: bytes };
  if (Math.max(shape[1], shape[2]) > LARGEST) {
    ready = limitPicture(ready, LARGEST);
    said.push(
      `It was ${shape[2]}x${shape[1]}, scaled down to ${ready.shape[2]}x${ready.shape[1]}: at most ${LARGEST} a side.`,
    );
  }
  return { picture: ready, said: said.join(" ") };
}

/** The numbers that the first kernel meets: each colour, or brightness alone.
 *  @param {Picture} picture @param {boolean} grey */
export function numbers(picture, grey) {
  return grey ? luminance(picture) : { shape: picture.shape, data: Float64Array.from(picture.data) };
}

/** A picture, or a result, on the screen.
 *  @param {Tensor} tensor @param {boolean} signed @param {number} channel @returns {Look} */
export function look(tensor, signed, channel) {
  if (!signed) return { image: pictureImage({ shape: tensor.shape, data: clamped(tensor.data) }), range: BRIGHTNESS };
  const size = tensor.shape[1] * tensor.shape[2];
  const range = signedRange(tensor.data, channel * size, (channel + 1) * size);
  return { image: mapImage(tensor, channel, range), range };
}
