/** What a kernel does to waves: |K(f)|, drawn over the frequencies from -1/2 to 1/2 of a cell, and in plain words. */

/** @typedef {import("locality/kernels").Kernel} Kernel */
/** @typedef {{size: number, strength: Float64Array, most: number}} Spectrum
 *  size x size strengths; row and column (size - 1)/2 hold f = 0, the first -1/2, the last 1/2; y counts downwards */

/** The frequency of a place. @param {number} at @param {number} size */
export const frequency = (at, size) => at / (size - 1) - 0.5;

/**
 * |K(f)| = |sum of K(x) exp(-2 pi i f x)|: rows first, then columns.
 * @param {Kernel} kernel @param {number} [size] odd, so that 0 is there @returns {Spectrum}
 */
export function spectrum({ rows, columns, values }, size = 65) {
  const real = new Float64Array(rows * size);
  const imaginary = new Float64Array(rows * size);
  for (let at = 0; at < size; at++) {
    for (let j = 0; j < columns; j++) {
      const turn = -2 * Math.PI * frequency(at, size) * j;
      const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
      for (let i = 0; i < rows; i++) {
        real[i * size + at] += values[i * columns + j] * cosine;
        imaginary[i * size + at] += values[i * columns + j] * sine;
      }
    }
  }
  const strength = new Float64Array(size * size);
  let most = 0;
  for (let up = 0; up < size; up++) {
    const turns = Array.from({ length: rows }, (_, i) => -2 * Math.PI * frequency(up, size) * i);
    const [cosines, sines] = [turns.map(Math.cos), turns.map(Math.sin)];
    for (let at = 0; at < size; at++) {
      let [a, b] = [0, 0];
      for (let i = 0; i < rows; i++) {
        const [re, im] = [real[i * size + at], imaginary[i * size + at]];
        a += re * cosines[i] - im * sines[i];
        b += re * sines[i] + im * cosines[i];
      }
      strength[up * size + at] = Math.hypot(a, b);
      most = Math.max(most, strength[up * size + at]);
    }
  }
  return { size, strength, most };
}

/**
 * What passes, in one word and a sentence.
 * @param {Kernel} kernel @param {Spectrum} found
 * @returns {{kind: string, sentence: string}}
 */
export function passes(kernel, { size, strength, most }) {
  if (most < 1e-12) return { kind: "nothing passes", sentence: "Every picture becomes 0." };
  const middle = (size - 1) / 2;
  const flat = strength[middle * size + middle] / most;
  const least = strength.reduce((a, b) => Math.min(a, b), Infinity) / most;
  if (least > 0.99) return { kind: "all-pass", sentence: "Waves of every length pass alike." };
  const [fx, fy] = strongest({ size, strength, most });
  const far = Math.hypot(fx, fy);
  const outer = Math.max(Math.abs(fx), Math.abs(fy));
  const wave = `about ${lengthText(far)} cells long`;
  if (flat > 0.95) {
    const corner = strength[0] / most;
    const both = Math.max(strength[middle] / most, strength[middle * size] / most, corner);
    const sentence =
      both > 0.7
        ? "Long waves pass; short ones do in some directions only."
        : "Long waves pass, short ones are weakened: it smooths.";
    return { kind: "low-pass", sentence };
  }
  if (flat > 0.02) {
    const lifted = `Flat areas pass with strength ${shortText(flat * most)}, waves ${wave} with ${shortText(most)}: `;
    return outer > 0.45
      ? { kind: "lifts high frequencies", sentence: `${lifted}fine detail is strengthened.` }
      : { kind: "lifts a band", sentence: `${lifted}detail of that size is strengthened.` };
  }
  if (outer > 0.45)
    return {
      kind: "high-pass",
      sentence: `Flat areas vanish, the shortest waves pass best (with strength ${shortText(most)}).`,
    };
  const where = around({ size, strength, most }, far) ? "in every direction" : direction(fx, fy);
  return {
    kind: "band-pass",
    sentence: `Flat areas vanish; waves ${wave}, ${where}, pass best (with strength ${shortText(most)}).`,
  };
}

/** The frequency that passes best, in the right half. @param {Spectrum} found @returns {[number, number]} */
export function strongest({ size, strength, most }) {
  let best = [0, 0];
  let least = Infinity;
  for (let at = 0; at < strength.length; at++) {
    // Of equals the one nearest to zero frequency counts.
    const [fx, fy] = [frequency(at % size, size), frequency(Math.floor(at / size), size)];
    const far = Math.hypot(fx, fy);
    if (strength[at] > most * (1 - 1e-9) && fx >= 0 && far < least) [best, least] = [[fx, fy], far];
  }
  return [best[0], best[1]];
}

/** Whether waves of one length pass alike in every direction. @param {Spectrum} found @param {number} far */
function around({ size, strength, most }, far) {
  const at = (/** @type {number} */ f) => Math.round((f + 0.5) * (size - 1));
  const turns = [0, 30, 45, 60, 90, 120, 135, 150].map((angle) => (angle * Math.PI) / 180);
  return turns.every((turn) => strength[at(far * Math.sin(turn)) * size + at(far * Math.cos(turn))] > 0.85 * most);
}

/** What the sum of the kernel, its strength at zero frequency, does to flat areas. @param {Kernel} kernel */
export function brightness({ values }) {
  const total = values.reduce((a, b) => a + b, 0);
  const size = values.reduce((a, b) => a + Math.abs(b), 0);
  if (Math.abs(total) <= 1e-12 * size || size === 0)
    return { total: 0, sentence: "Its sum is 0: flat areas become 0." };
  if (Math.abs(total - 1) < 1e-9) return { total: 1, sentence: "Its sum is 1: it keeps brightness." };
  return { total, sentence: `Its sum is ${shortText(total)}: it multiplies brightness by ${shortText(total)}.` };
}

/** @param {number} fx @param {number} fy */
function direction(fx, fy) {
  const angle = Math.round((Math.atan2(-fy, fx) * 180) / Math.PI);
  if (Math.abs(angle) < 8) return "along x";
  return Math.abs(Math.abs(angle) - 90) < 8 ? "along y" : `at ${shortText(angle)} degrees`;
}

/** @param {number} x */
const shortText = (x) => String(Number(x.toPrecision(3))).replace("-", "−");

/** The length of a wave. @param {number} f */
const lengthText = (f) => shortText(Number((1 / f).toPrecision(2)));
