// Bringing any picture to the shape a network takes: the twin of data/fit.py, byte for byte.

import { BICUBIC, resample } from "locality/resample";

/** @typedef {import("locality/source").Picture} Picture */
/** @typedef {Uint8Array | Uint8ClampedArray} Bytes */

/**
 * The picture in `shape` (channels, height, width): grey or coloured as asked, resized until it covers the frame
 * (bicubic, averaging when it shrinks), and the middle cut out. Never mirrored, turned or stretched. The same size
 * comes back pixel for pixel.
 * @param {Picture} picture @param {readonly number[]} shape @returns {Picture}
 */
export function fitPicture(picture, shape) {
  const [channels, height, width] = frame(shape);
  const [, high, wide] = picture.shape;
  const scale = Math.min(wide / width, high / height); // source pixels per pixel of the frame
  const left = Math.max(0, (wide - scale * width) / 2); // not -1e-15
  const top = Math.max(0, (high - scale * height) / 2);
  const box = [left, top, wide - left, high - top];
  const same = high === height && wide === width;
  const fitted = planes(picture).map((plane) =>
    same ? plane : resample(plane, wide, high, width, height, BICUBIC, box),
  );
  return made(picture, shape, channels === 1 ? [grey(fitted)] : fitted);
}

/**
 * The picture in colour and its own size, scaled down where its longer side is more than `largest`; nothing cut off.
 * @param {Picture} picture @param {number} largest @returns {Picture}
 */
export function limitPicture(picture, largest) {
  const [, high, wide] = picture.shape;
  const shrink = Math.max(1, Math.max(high, wide) / largest);
  const [height, width] = [high, wide].map((side) => Math.max(1, Math.round(side / shrink)));
  const scaled = planes(picture).map((plane) => resample(plane, wide, high, width, height, BICUBIC));
  return made(picture, [3, height, width], scaled);
}

/** `shape` as [channels, height, width] if it is one that a picture can have. @param {readonly number[]} shape */
export function frame(shape) {
  if (shape.length !== 3 || ![1, 3].includes(shape[0]) || Math.min(...shape) < 1) {
    throw new Error(
      `fit: a picture has 1 or 3 channels, a height and a width; it cannot become ${shape.join("x")}. ` +
        "Give a network whose input is 1xHxW or 3xHxW.",
    );
  }
  return shape;
}

/** The planes of a picture of bytes, one for each channel. @param {Picture} picture @returns {Bytes[]} */
export function planes({ shape, data }) {
  const size = shape[1] * shape[2];
  if (!isBytes(data) || shape.length !== 3 || ![1, 3].includes(shape[0]) || !size || data.length !== shape[0] * size) {
    const dtype = isBytes(data) ? "uint8" : data instanceof Float32Array ? "float32" : "float64";
    throw new Error(`fit: ${dtype} of shape ${shape.join("x")} is not a picture, uint8 (1 or 3, H, W).`);
  }
  return Array.from({ length: shape[0] }, (_, c) => data.subarray(c * size, (c + 1) * size));
}

/** Whether these are bytes of brightness. @param {Picture["data"]} data @returns {data is Bytes} */
export function isBytes(data) {
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray;
}

/** One plane of grey, by ITU-R 601 in Pillow's whole numbers. @param {Bytes[]} channels @returns {Bytes} */
export function grey([red, green = red, blue = red]) {
  const out = new Uint8Array(red.length);
  for (let i = 0; i < out.length; i++) out[i] = (red[i] * 19595 + green[i] * 38470 + blue[i] * 7471 + 32768) >> 16;
  return out;
}

/** A picture of some planes, the one plane of a grey one as often as it is asked for.
 *  @param {Picture} from @param {readonly number[]} shape @param {Bytes[]} parts @returns {Picture} */
function made(from, shape, parts) {
  const [channels, height, width] = shape;
  const data = new Uint8Array(channels * height * width);
  for (let c = 0; c < channels; c++) data.set(parts[c] ?? parts[0], c * height * width);
  return { shape: [...shape], data, name: from.name, label: from.label };
}
