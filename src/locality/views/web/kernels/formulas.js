/** The kernels that have names: some as rows, some by a formula of a number or two. */

import { range } from "locality/tensor";

/** @typedef {{rows: number, columns: number, values: Float64Array}} Kernel */
/** @typedef {{name: string, low: number, high: number, usual: number, whole: boolean}} Parameter */
/** @typedef {{about: string, parameters: Parameter[], make: (...given: number[]) => Kernel}} Formula */

const MOST = 31; // rows and columns of those that a formula gives

/** @type {Record<string, string>} */
export const ROWS = {
  identity: "0 0 0 / 0 1 0 / 0 0 0",
  outline: "-1 -1 -1 / -1 8 -1 / -1 -1 -1",
  blur: "(1 2 1 / 2 4 2 / 1 2 1)/16",
  sharpen: "0 -1 0 / -1 5 -1 / 0 -1 0",
  emboss: "-2 -1 0 / -1 1 1 / 0 1 2",
  "left-sobel": "1 0 -1 / 2 0 -2 / 1 0 -1",
  "right-sobel": "-1 0 1 / -2 0 2 / -1 0 1",
  "top-sobel": "1 2 1 / 0 0 0 / -1 -2 -1",
  "bottom-sobel": "-1 -2 -1 / 0 0 0 / 1 2 1",
  prewitt: "1 0 -1 / 1 0 -1 / 1 0 -1",
  scharr: "3 0 -3 / 10 0 -10 / 3 0 -3",
  laplacian: "0 1 0 / 1 -4 1 / 0 1 0",
};

/** @param {number} rows @param {number} columns @param {(row: number, column: number) => number} value */
export function makeKernel(rows, columns, value) {
  const values = Float64Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns));
  return { rows, columns, values };
}

/** Each number made anew from itself and its place, counted from the middle.
 *  @param {Kernel} kernel @param {(value: number, y: number, x: number) => number} value */
const anew = ({ rows, columns, values }, value) => makeKernel(rows, columns, (i, j) =>
  value(values[i * columns + j], i - (rows - 1) / 2, j - (columns - 1) / 2));

/** @param {Kernel} kernel */
const sum = ({ values }) => values.reduce((a, b) => a + b, 0);

/** So that flat areas become 0. @param {Kernel} kernel */
function withoutMean(kernel) {
  const mean = sum(kernel) / kernel.values.length;
  return anew(kernel, (value) => value - mean);
}

/** exp(-(x^2 + y^2) / 2 sigma^2), cut at three sigma. @param {number} sigma */
function bell(sigma) {
  const size = 2 * Math.ceil(3 * sigma) + 1;
  return anew(makeKernel(size, size, () => 1), (_, y, x) => Math.exp(-(x * x + y * y) / (2 * sigma ** 2)));
}

/** @param {number} sigma */
function gaussian(sigma) {
  const kernel = bell(sigma);
  const total = sum(kernel);
  return anew(kernel, (value) => value / total);
}

/** @param {number} sigma */
const log = (sigma) =>
  withoutMean(anew(gaussian(sigma), (value, y, x) => (value * (x * x + y * y - 2 * sigma ** 2)) / sigma ** 4));

/** @param {number} wavelength @param {number} angle */
function gabor(wavelength, angle) {
  const [up, along] = direction(angle);
  /** @param {Kernel} kernel */
  const waved = (kernel) =>
    anew(kernel, (value, y, x) => value * Math.cos((2 * Math.PI * (x * along - y * up)) / wavelength));
  const kernel = withoutMean(waved(bell(0.4 * wavelength)));
  const strength = sum(waved(kernel));
  return anew(kernel, (value) => value / strength);
}

/** Points on a line through the middle, each shared out over the four cells around it.
 *  @param {number} length @param {number} angle */
function motion(length, angle) {
  const [up, along] = direction(angle);
  const reach = Math.ceil((length - 1) / 2);
  // Rounded, so that a line along the grid stays on the grid.
  const places = range(length).map((i) => [-up, along].map((far) =>
    Math.round(far * (i - (length - 1) / 2) * 1e9) / 1e9 + reach));
  /** @param {number} a @param {number} b */
  const share = (a, b) => Math.max(0, 1 - Math.abs(a - b));
  return makeKernel(2 * reach + 1, 2 * reach + 1, (i, j) =>
    places.reduce((total, [y, x]) => total + (share(y, i) * share(x, j)) / length, 0));
}

/** Sine and cosine. @param {number} degrees */
const direction = (degrees) => [Math.sin, Math.cos].map((part) => part((degrees * Math.PI) / 180));

/** @param {string} name @param {number} low @param {number} high @param {number} usual @returns {Parameter} */
const takes = (name, low, high, usual, whole = false) => ({ name, low, high, usual, whole });

/** @type {Record<string, Formula>} */
export const FORMULAS = {
  box: {
    about: "The mean of N x N cells.",
    parameters: [takes("size", 1, MOST, 3, true)],
    make: (size) => makeKernel(size, size, () => 1 / size ** 2),
  },
  gaussian: {
    about: "A soft blur, cut at three sigma, its sum brought to 1.",
    parameters: [takes("sigma", 0.3, 5, 1)],
    make: gaussian,
  },
  log: {
    about: "Laplacian of a Gaussian, cut at three sigma, its sum brought to 0.",
    parameters: [takes("sigma", 0.5, 3, 1)],
    make: log,
  },
  gabor: {
    about: "A wave under a bell, which passes its own wave with strength 1. Degrees count against the clock.",
    parameters: [takes("wavelength", 2, 8, 4), takes("angle", -180, 180, 0)],
    make: gabor,
  },
  motion: {
    about: "A camera that moved along a line. Degrees count against the clock.",
    parameters: [takes("length", 1, MOST, 7, true), takes("angle", -180, 180, 0)],
    make: motion,
  },
};

export const NAMES = [...Object.keys(ROWS), ...Object.keys(FORMULAS)];
