// A picture as a small square that can be chosen.

import { isBytes } from "locality/fit";
import { el } from "locality/parts/dom";
import { mapImage, pictureImage } from "locality/parts/map";

/** @typedef {import("locality/source").Picture} Picture */

const SIDE = 64; // pixels of the page

/**
 * @param {Picture} picture @param {string} group   the name that all that belong together share
 * @param {(picture: Picture) => void} onChoose
 */
export function thumbnail(picture, group, onChoose) {
  const canvas = el("canvas", { width: 2 * SIDE, height: 2 * SIDE });
  const input = el("input", { type: "radio", name: group, onchange: () => onChoose(made.picture) });
  const element = el("label", { class: "thumbnail" }, input, canvas);
  const made = { picture, element, input, show };

  /** Another picture in its place. @param {Picture} other */
  function show(other) {
    made.picture = other;
    const label = other.label === null ? other.name : `${other.name}, labelled ${other.label}`;
    input.setAttribute("aria-label", label);
    element.title = `${label}, ${other.shape.join("x")}`;
    const image = drawn(other);
    const scale = (2 * SIDE) / Math.max(image.width, image.height);
    const [width, height] = [image.width * scale, image.height * scale];
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingEnabled = scale < 1;
    context.imageSmoothingQuality = "high";
    context.drawImage(image, SIDE - width / 2, SIDE - height / 2, width, height);
  }

  show(picture);
  return made;
}

/** Bytes as they are; anything else from its darkest to its brightest value, the first channel or colours alike.
 *  @param {Picture} picture */
function drawn(picture) {
  const { shape, data } = picture;
  const colours = shape.length === 3 && (shape[0] === 1 || shape[0] === 3);
  if (colours && isBytes(data)) return pictureImage(picture);
  const shown = colours ? data : data.subarray(0, data.length / shape[0]);
  let [low, high] = [Infinity, -Infinity];
  for (const value of shown) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const scale = 255 / (high - low || 1);
  if (colours) return pictureImage({ shape, data: data.map((value) => (value - low) * scale) });
  const depth = shape.length === 4 ? shape[1] >> 1 : 0; // of a volume, the slice in the middle
  return mapImage({ shape, data: Float32Array.from(data) }, 0, { low, high, scale: "grey" }, depth);
}
