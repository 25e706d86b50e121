/** What a kernel does to waves: |K(f)| over the frequencies from -1/2 to 1/2 of a cell, and in plain words. */

import { range } from "locality/tensor";

/** @import { Kernel } from "locality/kernels" */
/** @typedef {{size: number, strength: Float64Array, most: number}} Spectrum size x size; the middle holds f = 0, the
 *  ends -1/2 and 1/2; y counts downwards */

/** The frequency of a place. @param {number} at @param {number} size */
export const frequency = (at, size) => at / (size - 1) - 0.5;

/** |K(f)| = |sum of K(x) exp(-2 pi i f x)|. @param {Kernel} kernel @param {number} [size] odd, so that 0 is there
 *  @returns {Spectrum} */
export function spectrum({ rows, columns, values }, size = 65) {
  const lines = waves(values, new Float64Array(values.length), columns, size);
  const [real, imaginary] = waves(lines[0], lines[1], rows, size);
  const strength = real.map((a, i) => Math.hypot(a, imaginary[i]));
  return { size, strength, most: strength.reduce((a, b) => Math.max(a, b), 0) };
}

/** The rows of a complex matrix taken as waves. They come out as columns: done twice, both axes are.
 *  @param {Float64Array} real @param {Float64Array} imaginary @param {number} columns @param {number} size */
function waves(real, imaginary, columns, size) {
  const rows = real.length / columns;
  const out = [new Float64Array(size * rows), new Float64Array(size * rows)];
  for (let at = 0; at < size; at++) {
    for (let j = 0; j < columns; j++) {
      const turn = -2 * Math.PI * frequency(at, size) * j;
      const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
      for (let i = 0; i < rows; i++) {
        const [a, b] = [real[i * columns + j], imaginary[i * columns + j]];
        out[0][at * rows + i] += a * cosine - b * sine;
        out[1][at * rows + i] += a * sine + b * cosine;
      }
    }
  }
  return out;
}

/** What passes, in one word and a sentence. @param {Spectrum} found */
export function passes({ size, strength, most }) {
  /** @param {string} kind @param {string} sentence */
  const said = (kind, sentence) => ({ kind, sentence });
  if (most < 1e-12) return said("nothing passes", "Every picture becomes 0.");
  const middle = (size - 1) / 2;
  const flat = strength[middle * size + middle] / most;
  if (strength.every((each) => each > 0.99 * most)) return said("all-pass", "Waves of every length pass alike.");
  const [fx, fy] = strongest({ size, strength, most });
  const far = Math.hypot(fx, fy);
  const short = Math.max(Math.abs(fx), Math.abs(fy)) > 0.45;
  const wave = `waves about ${shortText(Number((1 / far).toPrecision(2)))} cells long`;
  const best = `pass best (with strength ${shortText(most)}).`;
  if (flat > 0.95) {
    const some = Math.max(strength[middle], strength[middle * size], strength[0]) > 0.7 * most;
    return said("low-pass", some ? "Long waves pass; short ones do in some directions only."
      : "Long waves pass, short ones are weakened: it smooths.");
  }
  if (flat > 0.02) {
    const lifted = `Flat areas pass with strength ${shortText(flat * most)}, ${wave} with ${shortText(most)}`;
    return said(short ? "lifts high frequencies" : "lifts a band",
      `${lifted}: ${short ? "fine detail" : "detail of that size"} is strengthened.`);
  }
  if (short) return said("high-pass", `Flat areas vanish, the shortest waves ${best}`);
  const round = [0, 30, 45, 60, 90, 120, 135, 150].every((angle) => {
    const [up, along] = [Math.sin, Math.cos].map((part) =>
      Math.round((far * part((angle * Math.PI) / 180) + 0.5) * (size - 1)));
    return strength[up * size + along] > 0.85 * most;
  });
  return said("band-pass", `Flat areas vanish; ${wave}, ${round ? "in every direction" : direction(fx, fy)}, ${best}`);
}

/** The frequency that passes best, in the right half; of equals the one nearest to zero. @param {Spectrum} found */
export function strongest({ size, strength, most }) {
  const places = range(strength.length).filter((at) => strength[at] > most * (1 - 1e-9));
  const found = places.map((at) => [frequency(at % size, size), frequency(Math.floor(at / size), size)]);
  return found.filter(([fx]) => fx >= 0).sort((a, b) => Math.hypot(...a) - Math.hypot(...b))[0];
}

/** What the kernel's sum does to flat areas. @param {Kernel} kernel */
export function brightness({ values }) {
  const total = values.reduce((a, b) => a + b, 0);
  const size = values.reduce((a, b) => a + Math.abs(b), 0);
  if (Math.abs(total) <= 1e-12 * size) return "Its sum is 0: flat areas become 0.";
  if (Math.abs(total - 1) < 1e-9) return "Its sum is 1: it keeps brightness.";
  return `Its sum is ${shortText(total)}: it multiplies brightness by ${shortText(total)}.`;
}

/** @param {number} fx @param {number} fy */
function direction(fx, fy) {
  const angle = Math.round((Math.atan2(-fy, fx) * 180) / Math.PI);
  if (Math.abs(angle) < 8) return "along x";
  return Math.abs(Math.abs(angle) - 90) < 8 ? "along y" : `at ${shortText(angle)} degrees`;
}

/** @param {number} x */
const shortText = (x) => String(Number(x.toPrecision(3))).replace("-", "−");
