// Bringing a photographed or drawn digit to the form in which MNIST's digits are: light on black, 20 of 28 pixels
// large, its centre of mass in the middle. The twin of data/digit.py, with the same sentences.

import { fitPicture, frame, grey, planes } from "locality/fit";
import { findGround } from "locality/ground";
import { median } from "locality/leastsquares";
import { BICUBIC, BOX, resample } from "locality/resample";

/** @typedef {import("locality/source").Picture} Picture */
/** @typedef {{height: number, width: number, data: Float64Array}} Plane */

const WORK = 512; // a larger picture is first brought to this many pixels along its longer side
const FAINTEST = 24; // ink closer to its ground than this, of 255, is taken for paper
const BLACK = 8; // a border of this mean brightness or less counts as black

/**
 * The digit in a picture as MNIST has its digits, in `shape`, and what was assumed, in sentences. A picture that
 * already has the shape and a black border comes back as it is; one in which nothing stands out is an Error.
 * @param {Picture} picture @param {readonly number[]} shape @returns {{picture: Picture, said: string[]}}
 */
export function fitDigit(picture, shape) {
  const [channels, height, width] = frame(shape);
  const [, high, wide] = picture.shape;
  const plain = grey(planes(picture));
  if (high === height && wide === width && isReady(plain, high, wide)) {
    return { picture: fitPicture(picture, shape), said: ["light digit on black at the right size: used as it is"] };
  }
  const shrink = Math.max(1, Math.max(high, wide) / WORK);
  const [smallHigh, smallWide] = [high, wide].map((side) => Math.max(1, toEven(side / shrink)));
  const small = resample(plain, wide, high, smallWide, smallHigh, BOX);
  const { ink, said } = findInk({ height: smallHigh, width: smallWide, data: Float64Array.from(small) });
  const { top, bottom, left, right } = inkBox(ink);
  const digit = scaled(cut(ink, top, bottom, left, right), toEven(share(height, width) * Math.min(height, width)));
  const placed = Uint8Array.from(centred(digit, height, width).data, toEven);

  const across = toEven((right - left) * shrink);
  const down = toEven((bottom - top) * shrink);
  said.push(`cropped to the ink, ${across}x${down} of ${wide}x${high}, and centred by its mass`);
  const data = new Uint8Array(channels * placed.length);
  for (let c = 0; c < channels; c++) data.set(placed, c * placed.length);
  return { picture: { shape: [...shape], data, name: picture.name, label: picture.label }, said };
}

/** The nearest whole number, a half to the even one, as Python rounds. @param {number} x */
function toEven(x) {
  const low = Math.floor(x);
  return x - low === 0.5 ? low + (low % 2 ? 1 : 0) : Math.round(x);
}

/** Whether this looks like MNIST already.
 *  @param {Uint8Array | Uint8ClampedArray} data @param {number} height @param {number} width */
function isReady(data, height, width) {
  let border = 0;
  for (let x = 0; x < width; x++) border += data[x] + data[(height - 1) * width + x];
  for (let y = 0; y < height; y++) border += data[y * width] + data[y * width + width - 1];
  return border / (2 * (height + width)) <= BLACK && data.some((value) => value >= 128);
}

/** How much of the frame the longer side of the digit takes: MNIST leaves a margin, 8x8 digits have none.
 *  @param {number} height @param {number} width */
const share = (height, width) => (Math.min(height, width) >= 16 ? 20 / 28 : 1);

/** How much ink each pixel carries, 0 to 255, and what was assumed. @param {Plane} plane */
function findInk(plane) {
  const { ground, noise } = findGround(plane);
  const over = plane.data.map((value, i) => value - ground[i]);
  let [below, above] = [0, 0];
  for (const x of over) x < 0 ? (below += x * x) : (above += x * x);
  const dark = below > above;
  for (let i = 0; i < over.length; i++) over[i] = Math.max(dark ? -over[i] : over[i], 0);
  const [, most] = ends(over);
  if (most < Math.max(FAINTEST, 6 * noise)) {
    const [low, high] = ends(plane.data);
    throw new Error(
      `picture: nothing stands out from its ground (brightness ${low} to ${high}), ` +
        "so there is no digit to read. Give one with a darker or lighter digit on an even ground.",
    );
  }
  const full = median(over.filter((x) => x > most / 2)); // brightness of a stroke's middle
  const floor = Math.min(Math.max(4 * noise, 0.15 * full), 0.4 * full);
  const data = over.map((x) => Math.min(1, Math.max(0, (x - floor) / (0.8 * full - floor))) * 255);
  const said = [dark ? "dark digit on a light ground: inverted" : "light digit on a dark ground: kept"];
  const [low, high] = ends(ground);
  if (high - low > 16) said.push(`uneven ground, brightness ${toEven(low)} to ${toEven(high)}: taken away`);
  return { ink: { ...plane, data }, said };
}

/** The least and the most of some values. @param {Float64Array} values */
function ends(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** The rows and columns around the ink, without single specks. @param {Plane} ink */
function inkBox({ height, width, data }) {
  const inked = (/** @type {number} */ y, /** @type {number} */ x) =>
    y >= 0 && y < height && x >= 0 && x < width && data[y * width + x] >= 128;
  const around = (/** @type {number} */ y, /** @type {number} */ x) => {
    let count = 0;
    for (let i = -1; i <= 1; i++) for (let j = -1; j <= 1; j++) if (inked(y + i, x + j)) count++;
    return count;
  };
  for (const neighbours of [3, 1]) {
    // 1: a digit of a few pixels
    const box = { top: height, bottom: 0, left: width, right: 0 };
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (!inked(y, x) || around(y, x) < neighbours) continue;
        box.top = Math.min(box.top, y);
        box.bottom = y + 1;
        box.left = Math.min(box.left, x);
        box.right = Math.max(box.right, x + 1);
      }
    }
    if (box.bottom) return box;
  }
  throw new Error("picture: there is no ink in it. Give one with a darker or lighter digit on an even ground.");
}

/** @param {Plane} plane @param {number} top @param {number} bottom @param {number} left @param {number} right
 *  @returns {Plane} */
function cut({ width, data }, top, bottom, left, right) {
  const [high, wide] = [bottom - top, right - left];
  return {
    height: high,
    width: wide,
    data: Float64Array.from(
      { length: high * wide },
      (_, i) => data[(top + Math.floor(i / wide)) * width + left + (i % wide)],
    ),
  };
}

/** The digit with its longer side `longest` pixels long.
 *  @param {Plane} plane @param {number} longest @returns {Plane} */
function scaled({ height, width, data }, longest) {
  const [down, across] = [height, width].map((side) => Math.max(1, toEven((side * longest) / Math.max(height, width))));
  const resized = resample(Float32Array.from(data), width, height, across, down, BICUBIC);
  return { height: down, width: across, data: Float64Array.from(resized, (x) => Math.min(255, Math.max(0, x))) };
}

/** The digit in a black frame, its centre of mass in the middle, and never cut off.
 *  @param {Plane} digit @param {number} height @param {number} width @returns {Plane} */
function centred(digit, height, width) {
  let [mass, down, across] = [0, 0, 0];
  digit.data.forEach((value, i) => {
    mass += value;
    down += value * Math.floor(i / digit.width);
    across += value * (i % digit.width);
  });
  const top = Math.min(Math.max(toEven(height / 2 - down / mass), 0), height - digit.height);
  const left = Math.min(Math.max(toEven(width / 2 - across / mass), 0), width - digit.width);
  const data = new Float64Array(height * width);
  for (let y = 0; y < digit.height; y++) {
    data.set(digit.data.subarray(y * digit.width, (y + 1) * digit.width), (top + y) * width + left);
  }
  return { height, width, data };
}
