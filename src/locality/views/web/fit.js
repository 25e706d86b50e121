// Bringing any picture to the shape a network takes: the twin of data/fit.py, byte for byte.

import { BICUBIC, resample } from "locality/resample";

/** @typedef {import("locality/source").Picture} Picture */

/** The picture in `shape`: grey or coloured as asked, resized until it covers the frame, and the middle cut out. Never
 *  mirrored, turned or stretched. @param {Picture} picture @param {readonly number[]} shape */
export function fitPicture(picture, shape) {
  const [, height, width] = frame(shape);
  const [, high, wide] = picture.shape;
  const scale = Math.min(wide / width, high / height); // source pixels per pixel of the frame
  const left = Math.max(0, (wide - scale * width) / 2); // not -1e-15
  const top = Math.max(0, (high - scale * height) / 2);
  return resized(picture, shape, [left, top, wide - left, high - top]);
}

/** The picture in colour and its own size, scaled down where its longer side is more than `largest`; nothing cut off.
 *  @param {Picture} picture @param {number} largest */
export function limitPicture(picture, largest) {
  const sides = picture.shape.slice(1);
  const shrink = Math.max(1, Math.max(...sides) / largest);
  return resized(picture, [3, ...sides.map((side) => Math.max(1, Math.round(side / shrink)))]);
}

/** @param {Picture} picture @param {readonly number[]} shape @param {number[]} [box]   what is kept of it */
function resized(picture, shape, box) {
  const [size, wanted] = [picture.shape.slice(1), shape.slice(1)];
  const fitted = planes(picture).map((plane) => resample(plane, size, wanted, BICUBIC, box));
  return assembled(picture, shape, shape[0] === 1 ? [grey(fitted)] : fitted);
}

/** A picture of some planes, the one plane of a grey one as often as it is asked for.
 *  @param {Picture} from @param {readonly number[]} shape @param {ArrayLike<number>[]} parts @returns {Picture} */
export function assembled({ name, label }, shape, parts) {
  const [channels, height, width] = shape;
  const data = new Uint8Array(channels * height * width);
  for (let c = 0; c < channels; c++) data.set(parts[c] ?? parts[0], c * height * width);
  return { shape: [...shape], data, name, label };
}

/** Whether a picture can have this shape: 1 or 3 channels, height, width. @param {readonly number[]} shape */
export const isFrame = (shape) => shape.length === 3 && [1, 3].includes(shape[0]) && Math.min(...shape) > 0;

/** Whether these are bytes of brightness.
 *  @param {Picture["data"]} data @returns {data is Uint8Array | Uint8ClampedArray} */
export const isBytes = (data) => data instanceof Uint8Array || data instanceof Uint8ClampedArray;

/** The shape, if a picture can have it. @param {readonly number[]} shape */
export function frame(shape) {
  if (isFrame(shape)) return shape;
  const why = `a picture has 1 or 3 channels, a height and a width; it cannot become ${shape.join("x")}`;
  throw new Error(`fit: ${why}. Give a network whose input is 1xHxW or 3xHxW.`);
}

/** The planes of a picture of bytes, one for each channel. @param {Picture} picture */
export function planes({ shape, data }) {
  if (!isBytes(data) || !isFrame(shape)) {
    const dtype = data.constructor.name.replace("Array", "").toLowerCase();
    throw new Error(`fit: ${dtype} of shape ${shape.join("x")} is not a picture, uint8 (1 or 3, H, W).`);
  }
  const size = shape[1] * shape[2];
  return Array.from({ length: shape[0] }, (_, c) => data.subarray(c * size, (c + 1) * size));
}

/** One plane of grey, by ITU-R 601 in Pillow's whole numbers. @param {ArrayLike<number>[]} channels */
export function grey([red, green = red, blue = red]) {
  const out = new Uint8Array(red.length);
  for (let i = 0; i < out.length; i++) out[i] = (red[i] * 19595 + green[i] * 38470 + blue[i] * 7471 + 32768) >> 16;
  return out;
}
