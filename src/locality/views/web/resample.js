// Resizing one plane of brightness exactly as Pillow does: the filter widens with the shrinking, so that shrinking
// averages; along rows and along columns, and bytes are rounded to bytes between the two.

/** @typedef {Uint8Array | Uint8ClampedArray | Float32Array} Plane */
/** @typedef {{support: number, weight: (x: number) => number}} Filter */

/** @type {Filter} */
export const BICUBIC = {
  support: 2,
  weight(x) {
    const a = -0.5;
    x = Math.abs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  },
};

/** @type {Filter} */
export const BOX = { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) };

const ONE = 1 << 22; // Pillow's 1 in fixed point: weights of bytes are whole multiples of 2^-22

/**
 * Which source cells each output reads, and with which weights.
 * @param {number} from @param {number} to   the part of the source that is kept, in pixels
 * @param {number} size @param {number} outputs @param {Filter} filter
 */
function taps(from, to, size, outputs, filter) {
  // Pillow keeps the box in single precision.
  const start = Math.fround(from);
  const scale = Math.fround(Math.fround(to) - start) / outputs;
  const stretch = Math.max(scale, 1);
  const support = filter.support * stretch;
  return Array.from({ length: outputs }, (_, u) => {
    const centre = start + (u + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(size, Math.trunc(centre + support + 0.5));
    const weights = new Float64Array(last - first);
    let sum = 0;
    for (let i = 0; i < weights.length; i++) {
      weights[i] = filter.weight((i + first - centre + 0.5) * (1 / stretch));
      sum += weights[i];
    }
    for (let i = 0; i < weights.length && sum !== 0; i++) weights[i] /= sum;
    return { first, weights };
  });
}

/**
 * One plane of `width` x `height` brought to `across` x `down`; of the source only the box [left, top, right, bottom]
 * is kept, all of it if none is given. Bytes come back as bytes, floats as floats.
 * @template {Plane} P
 * @param {P} plane @param {number} width @param {number} height @param {number} across @param {number} down
 * @param {Filter} filter @param {number[]} [box] @returns {P}
 */
export function resample(plane, width, height, across, down, filter, box = [0, 0, width, height]) {
  const [left, top, right, bottom] = box;
  const needed = {
    rows: across !== width || left !== 0 || right !== width,
    columns: down !== height || top !== 0 || bottom !== height,
  };
  if (!needed.rows && !needed.columns) return /** @type {P} */ (plane.slice());
  // Rounding between the passes makes their order count. Pillow begins with the columns where these shrink much more.
  const columnsFirst = height > down && height - down > 2 * (width - across);
  const rows = (/** @type {P} */ now) =>
    needed.rows ? pass(now, taps(left, right, width, across, filter), now.length / width, width, 1) : now;
  const columns = (/** @type {P} */ now) =>
    needed.columns
      ? pass(now, taps(top, bottom, height, down, filter), now.length / height, 1, now.length / height)
      : now;
  return columnsFirst ? rows(columns(plane)) : columns(rows(plane));
}

/**
 * One pass: every line is filtered. A line's cells lie `step` apart and lines begin `between` apart.
 * @template {Plane} P
 * @param {P} plane @param {ReturnType<typeof taps>} kernels @param {number} lines @param {number} between
 * @param {number} step @returns {P}
 */
function pass(plane, kernels, lines, between, step) {
  const outputs = kernels.length;
  const bytes = !(plane instanceof Float32Array);
  const out = bytes ? new Uint8Array(lines * outputs) : new Float32Array(lines * outputs);
  const [outBetween, outStep] = step === 1 ? [outputs, 1] : [1, step];
  kernels.forEach(({ first, weights }, u) => {
    const fixed = bytes ? Int32Array.from(weights, (w) => Math.trunc(w * ONE + (w < 0 ? -0.5 : 0.5))) : weights;
    for (let line = 0; line < lines; line++) {
      let at = line * between + first * step;
      let sum = bytes ? ONE / 2 : 0;
      for (let i = 0; i < fixed.length; i++, at += step) sum += plane[at] * fixed[i];
      const value = bytes ? Math.min(255, Math.max(0, Math.floor(sum / ONE))) : sum;
      out[line * outBetween + u * outStep] = value;
    }
  });
  return /** @type {P} */ (out);
}
