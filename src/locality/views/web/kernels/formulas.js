/** The kernels that have names: some as rows, some by a formula with a number or two. */

/** @typedef {{rows: number, columns: number, values: Float64Array}} Kernel */
/** @typedef {{name: string, low: number, high: number, usual: number, whole: boolean}} Parameter */

export const MOST = 31; // rows and columns of those that a formula gives

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

/** @param {number} rows @param {number} columns @param {(row: number, column: number) => number} value
 *  @returns {Kernel} */
export function makeKernel(rows, columns, value) {
  return {
    rows,
    columns,
    values: Float64Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns)),
  };
}

/** @param {ArrayLike<number>} values */
function sum(values) {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i];
  return total;
}

/** exp(-x^2 / 2 sigma^2) at whole x up to three sigma from the middle, and how far that is. @param {number} sigma */
function bell(sigma) {
  const reach = Math.ceil(3 * sigma);
  const line = Float64Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  return { line, reach, size: line.length };
}

/** A kernel with its mean taken off, so that flat areas become 0. @param {Kernel} kernel */
function withoutMean(kernel) {
  const mean = sum(kernel.values) / kernel.values.length;
  return { ...kernel, values: kernel.values.map((value) => value - mean) };
}

/** @type {Record<string, {about: string, parameters: Parameter[], make: (...given: number[]) => Kernel}>} */
export const FORMULAS = {
  box: {
    about: "The mean of N x N cells.",
    parameters: [{ name: "size", low: 1, high: MOST, usual: 3, whole: true }],
    make: (size) => makeKernel(size, size, () => 1 / size ** 2),
  },
  gaussian: {
    about: "A soft blur, cut at three sigma, its sum brought to 1.",
    parameters: [{ name: "sigma", low: 0.3, high: 5, usual: 1, whole: false }],
    make(sigma) {
      const { line, size } = bell(sigma);
      const total = sum(line);
      return makeKernel(size, size, (i, j) => (line[i] / total) * (line[j] / total));
    },
  },
  log: {
    about: "Laplacian of a Gaussian, cut at three sigma, its sum brought to 0.",
    parameters: [{ name: "sigma", low: 0.5, high: 3, usual: 1, whole: false }],
    make(sigma) {
      const { line, reach, size } = bell(sigma);
      const total = sum(line) ** 2;
      const curve = (/** @type {number} */ y, /** @type {number} */ x) => (x * x + y * y - 2 * sigma ** 2) / sigma ** 4;
      return withoutMean(makeKernel(size, size, (i, j) => ((line[i] * line[j]) / total) * curve(i - reach, j - reach)));
    },
  },
  gabor: {
    about: "A wave under a bell, which passes its own wave with strength 1. Degrees count against the clock.",
    parameters: [
      { name: "wavelength", low: 2, high: 8, usual: 4, whole: false },
      { name: "angle", low: -180, high: 180, usual: 0, whole: false },
    ],
    make(wavelength, angle) {
      const { line, reach, size } = bell(0.4 * wavelength);
      const turn = (angle * Math.PI) / 180;
      const along = (/** @type {number} */ y, /** @type {number} */ x) => x * Math.cos(turn) - y * Math.sin(turn);
      const wave = makeKernel(size, size, (i, j) => Math.cos((2 * Math.PI * along(i - reach, j - reach)) / wavelength));
      const even = withoutMean(makeKernel(size, size, (i, j) => line[i] * line[j] * wave.values[i * size + j]));
      const strength = sum(even.values.map((value, i) => value * wave.values[i]));
      return { ...even, values: even.values.map((value) => value / strength) };
    },
  },
  motion: {
    about: "A camera that moved along a line. Degrees count against the clock.",
    parameters: [
      { name: "length", low: 1, high: MOST, usual: 7, whole: true },
      { name: "angle", low: -180, high: 180, usual: 0, whole: false },
    ],
    make: motion,
  },
};

/** A line of `length` points through the middle, each shared out over the four cells around it.
 *  @param {number} length @param {number} angle */
function motion(length, angle) {
  const reach = Math.ceil((length - 1) / 2);
  const size = 2 * reach + 1;
  const kernel = makeKernel(size, size, () => 0);
  const turn = (angle * Math.PI) / 180;
  for (let i = 0; i < length; i++) {
    const t = i - (length - 1) / 2;
    // Rounded, so that a line along the grid stays on the grid.
    const x = Math.floor(t * Math.cos(turn) * 1e9 + 0.5) / 1e9 + reach;
    const y = Math.floor(-t * Math.sin(turn) * 1e9 + 0.5) / 1e9 + reach;
    const [left, top] = [Math.floor(x), Math.floor(y)];
    for (const [row, high] of [
      [top, 1 - (y - top)],
      [top + 1, y - top],
    ]) {
      for (const [column, wide] of [
        [left, 1 - (x - left)],
        [left + 1, x - left],
      ]) {
        if (high * wide > 0) kernel.values[row * size + column] += (high * wide) / length;
      }
    }
  }
  return kernel;
}

/** The names of all kernels; the last ones take parameters. */
export const NAMES = [...Object.keys(ROWS), ...Object.keys(FORMULAS)];
