// Bringing a photographed or drawn digit to the form of MNIST's: light on black, 20 of 28 pixels large, its centre of
// mass in the middle. The twin of data/digit.py, with the same sentences.

import { assembled, fitPicture, frame, grey, planes } from "locality/fit";
import { median } from "locality/grain";
import { BICUBIC, BOX, resample } from "locality/resample";

/** @typedef {ArrayLike<number>} Numbers */

const WORK = 512; // a larger picture is first brought to this many pixels along its longer side
const FAINTEST = 24; // ink closer to its ground than this, of 255, is taken for paper
const BLACK = 8; // a border of this mean brightness or less counts as black

/** The digit in `shape` as MNIST has its digits, and what was assumed, in sentences. One that already looks so stays as
 *  it is; a picture in which nothing stands out is an Error.
 *  @param {import("locality/source").Picture} picture @param {readonly number[]} shape */
export function fitDigit(picture, shape) {
  const [, height, width] = frame(shape);
  const [, high, wide] = picture.shape;
  const plain = grey(planes(picture));
  if (high === height && wide === width && isReady(plain, high, wide)) {
    return { picture: fitPicture(picture, shape), said: ["light digit on black at the right size: used as it is"] };
  }
  const shrink = Math.max(1, Math.max(high, wide) / WORK);
  const size = [high, wide].map((side) => Math.max(1, toEven(side / shrink)));
  const { ink, said } = findInk(shrink > 1 ? resample(plain, [high, wide], size, BOX) : plain, size);
  const { top, left, sides } = inkBox(ink, size[1]);
  const least = Math.min(height, width);
  const longest = toEven(least * (least >= 16 ? 20 / 28 : 1)); // MNIST leaves a margin, 8x8 digits have none
  const [down, across] = sides.map((side) => Math.max(1, toEven((side * longest) / Math.max(...sides))));
  const cut = new Float32Array(sides[0] * sides[1]);
  for (let i = 0; i < cut.length; i++) {
    cut[i] = ink[(top + Math.floor(i / sides[1])) * size[1] + left + (i % sides[1])];
  }
  const digit = resample(cut, sides, [down, across], BICUBIC).map((value) => clip(value, 0, 255));
  const mass = dot(digit, digit.map(() => 1));
  const y = clip(toEven(height / 2 - dot(digit, digit.map((_, i) => Math.floor(i / across))) / mass), 0, height - down);
  const x = clip(toEven(width / 2 - dot(digit, digit.map((_, i) => i % across)) / mass), 0, width - across);
  const placed = new Uint8ClampedArray(height * width); // rounds a half to the even number, as Python does
  for (let i = 0; i < down; i++) placed.set(digit.subarray(i * across, (i + 1) * across), (y + i) * width + x);
  const [tall, broad] = sides.map((side) => toEven(side * shrink));
  said.push(`cropped to the ink, ${broad}x${tall} of ${wide}x${high}, and centred by its mass`);
  return { picture: assembled(picture, shape, [placed]), said };
}

/** @param {number} x @param {number} low @param {number} high */
const clip = (x, low, high) => Math.min(high, Math.max(low, x));

/** The least and the most of some values. @param {Numbers} values */
export function ends(values) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  return [low, high];
}

/** The nearest whole number, a half to the even one, as Python rounds. @param {number} x */
function toEven(x) {
  const low = Math.floor(x);
  return x - low === 0.5 ? low + Math.abs(low % 2) : Math.round(x);
}

/** Whether this looks like MNIST already. @param {Uint8Array} data @param {number} height @param {number} width */
function isReady(data, height, width) {
  let border = 0;
  for (let x = 0; x < width; x++) border += data[x] + data[(height - 1) * width + x];
  for (let y = 0; y < height; y++) border += data[y * width] + data[y * width + width - 1];
  return border / (2 * (height + width)) <= BLACK && data.some((value) => value >= 128);
}

/** How much ink each pixel carries, 0 to 255, and what was assumed. @param {Numbers} data @param {number[]} size */
function findInk(data, size) {
  const { ground, noise } = findGround(data, size);
  const away = ground.map((level, i) => data[i] - level);
  const dark = dot(away, away.map(Math.abs)) < 0;
  const over = away.map((x) => Math.max(dark ? -x : x, 0));
  const [, most] = ends(over);
  if (most < Math.max(FAINTEST, 6 * noise)) {
    throw new Error(
      `picture: nothing stands out from its ground (brightness ${ends(data).join(" to ")}), ` +
        "so there is no digit to read. Give one with a darker or lighter digit on an even ground.",
    );
  }
  const full = median(over.filter((x) => x > most / 2)); // brightness of a stroke's middle
  const floor = clip(4 * noise, 0.15 * full, 0.4 * full);
  const said = [dark ? "dark digit on a light ground: inverted" : "light digit on a dark ground: kept"];
  const [low, high] = ends(ground);
  if (high - low > 16) said.push(`uneven ground, brightness ${toEven(low)} to ${toEven(high)}: taken away`);
  return { ink: over.map((x) => clip((x - floor) / (0.8 * full - floor), 0, 1) * 255), said };
}

/** The brightness of the paper at every pixel, even under a shadow, and how much it scatters. A paraboloid is fitted
 *  to the rim, which is taken to be paper, then again and again to all that lies near it.
 *  @param {Numbers} data @param {number[]} size */
function findGround(data, [height, width]) {
  const [high, wide] = [height, width].map((side) => 2 / Math.max(1, side - 1)); // a pixel, where all are 2
  const right = (/** @type {number} */ i) => (i % width) * wide - 1;
  const down = (/** @type {number} */ i) => Math.floor(i / width) * high - 1;
  const bent = (/** @type {number[]} */ shape, /** @type {number} */ i) => {
    const x = right(i);
    const y = down(i);
    return shape[0] + shape[1] * x + shape[2] * y + shape[3] * x * x + shape[4] * x * y + shape[5] * y * y;
  };
  const every = Math.max(1, Math.floor(Math.max(height, width) / 96)); // six numbers need no more pixels than this
  /** @type {number[]} */
  const some = [];
  for (let y = 0; y < height; y += every) for (let x = 0; x < width; x += every) some.push(y * width + x);
  const units = [0, 1, 2, 3, 4, 5].map((term, _, all) => all.map((other) => Number(other === term)));
  const terms = units.map((unit) => new Float64Array(some.length).map((_, i) => bent(unit, some[i])));
  const sample = new Float64Array(some.length).map((_, i) => data[some[i]]);
  const far = sample.map((_, i) => Math.max(Math.abs(right(some[i])), Math.abs(down(some[i]))));
  const rim = far.map((place) => Number(place >= 0.9));
  const rimmed = sample.filter((_, i) => rim[i]).sort();
  const paper = rimmed[(rimmed.length - 1) >> 1];
  let near = rim.map((is, i) => Number(is && Math.abs(sample[i] - paper) <= 64));
  /** @type {number[]} */
  let shape = [];
  let noise = 0;
  for (let round = 0; round < 6; round++) {
    shape = leastSquares(terms, sample, near);
    const away = sample.map((value, i) => Math.abs(value - bent(shape, some[i])));
    noise = 1.4826 * median(away.filter((_, i) => near[i]));
    near = rim.map((_, i) => Number(away[i] <= Math.max(4 * noise, 6)));
  }
  return { ground: new Float64Array(data.length).map((_, i) => clip(bent(shape, i), 0, 255)), noise };
}

/** The x with the least |A x - b| over the chosen rows, the smallest of them where several fit alike: the normal
 *  equations, by conjugate gradients from 0, which never leave the space that A sees.
 *  @param {Numbers[]} columns   of A @param {Numbers} wanted   b @param {ArrayLike<unknown>} chosen */
export function leastSquares(columns, wanted, chosen) {
  const gram = columns.map((one) => columns.map((other) => dot(one, other, chosen)));
  let rest = columns.map((column) => dot(column, wanted, chosen));
  let x = rest.map(() => 0);
  let way = rest;
  let size = dot(rest, rest);
  const least = size * 1e-28;
  for (let step = 0; step < 60 && size > least; step++) {
    const pushed = gram.map((row) => dot(row, way));
    const far = size / dot(way, pushed);
    x = x.map((value, i) => value + far * way[i]);
    rest = rest.map((value, i) => value - far * pushed[i]);
    const turn = dot(rest, rest) / size;
    way = rest.map((value, i) => value + turn * way[i]);
    size *= turn;
  }
  return x;
}

/** @param {Numbers} a @param {Numbers} b @param {ArrayLike<unknown>} [chosen] */
function dot(a, b, chosen) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) if (!chosen || chosen[i]) sum += a[i] * b[i];
  return sum;
}

/** The rows and columns around the ink, without single specks. @param {Float64Array} ink @param {number} width */
function inkBox(ink, width) {
  const inked = ink.map((value) => Number(value >= 128));
  const solid = inked.map((is, i) => {
    let near = 0;
    for (let x = Math.max(0, (i % width) - 1); is && x <= Math.min(width - 1, (i % width) + 1); x++) {
      for (const row of [-1, 0, 1]) near += inked[i - (i % width) + row * width + x] ?? 0;
    }
    return Number(near >= 3);
  });
  const kept = solid.includes(1) ? solid : inked; // a digit of a few pixels
  /** @type {number[]} */
  const places = [];
  kept.forEach((is, i) => is && places.push(i));
  const [left, right] = ends(places.map((i) => i % width));
  const [top, bottom] = ends(places.map((i) => Math.floor(i / width)));
  return { top, left, sides: [bottom + 1 - top, right + 1 - left] };
}
