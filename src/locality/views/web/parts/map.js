// Drawing one map (a channel, its cells as squares) or a colour picture on a canvas.

import { colours, place } from "locality/parts/colour";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/parts/colour").Range} Range */

/** Height and width of a tensor's maps as they are drawn: a flat one is a column of cells. @param {number[]} shape */
export function mapSize(shape) {
  const space = shape.slice(1);
  if (space.length === 0) return { height: 1, width: 1 };
  return space.length === 1 ? { height: 1, width: space[0] } : { height: space[space.length - 2], width: space[space.length - 1] };
}

/** Where a map's cells begin in the tensor's data; `depth` chooses the slice of a volume.
 * @param {Tensor} tensor @param {number} channel @param {number} [depth] */
export function mapStart(tensor, channel, depth = 0) {
  const { height, width } = mapSize(tensor.shape);
  const each = tensor.shape.slice(1).reduce((a, b) => a * b, 1);
  return channel * each + depth * height * width;
}

/**
 * One map as a small canvas, one pixel for each cell; drawn larger with `drawCells`.
 * @param {Tensor} tensor @param {number} channel @param {Range} range @param {number} [depth]
 */
export function mapImage(tensor, channel, range, depth = 0) {
  const { height, width } = mapSize(tensor.shape);
  const start = mapStart(tensor, channel, depth);
  const { canvas, context, image, pixels } = blank(width, height);
  const table = colours(range.scale);
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[place(tensor.data[start + i], range)];
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * A picture as a small canvas: 1 or 3 channels of brightness 0 to 255.
 * @param {{shape: number[], data: ArrayLike<number>}} picture
 */
export function pictureImage(picture) {
  const [channels, height, width] = picture.shape;
  const { canvas, context, image, pixels } = blank(width, height);
  const size = height * width;
  const [r, g, b] = channels === 3 ? [0, size, 2 * size] : [0, 0, 0];
  for (let i = 0; i < size; i++) {
    pixels[i] = (255 << 24) | (byte(picture.data[b + i]) << 16) | (byte(picture.data[g + i]) << 8) | byte(picture.data[r + i]);
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** @param {number} value */
const byte = (value) => (value > 255 ? 255 : value > 0 ? Math.round(value) : 0);

/** @param {number} width @param {number} height */
function blank(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(width, height);
  return { canvas, context, image, pixels: new Uint32Array(image.data.buffer) };
}

/**
 * Draw a small canvas so that every cell is a sharp square.
 * @param {CanvasRenderingContext2D} context @param {CanvasImageSource} image
 * @param {number} x @param {number} y @param {number} width @param {number} height
 */
export function drawCells(context, image, x, y, width, height) {
  context.imageSmoothingEnabled = false;
  context.drawImage(image, x, y, width, height);
}

/**
 * A canvas sized in CSS pixels and sharp on any screen; `draw` gets a context whose unit is a CSS pixel.
 * @param {HTMLCanvasElement} canvas @param {number} width @param {number} height
 * @returns {CanvasRenderingContext2D}
 */
export function fitCanvas(canvas, width, height) {
  // A browser refuses a canvas of more than about 16,000 pixels a side: rather less sharp than not at all.
  const ratio = Math.min(window.devicePixelRatio || 1, 16000 / Math.max(width, height, 1));
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(canvas.width / width, 0, 0, canvas.height / height, 0, 0);
  return context;
}

/** A colour of style.css by name, for canvases: token("input"). @param {string} name */
export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
