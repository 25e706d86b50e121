// Resizing one plane of brightness exactly as Pillow does: the filter widens with the shrinking, so that shrinking
// averages; along rows and along columns, and bytes are rounded to bytes between the two.

/** @typedef {Uint8Array | Uint8ClampedArray | Float32Array} Plane */
/** @typedef {{support: number, weight: (x: number) => number}} Filter */

/** @type {Filter} */
export const BICUBIC = {
  support: 2,
  weight(x) {
    const far = Math.abs(x);
    if (far < 1) return (1.5 * far - 2.5) * far * far + 1;
    return far < 2 ? (((far - 5) * far + 8) * far - 4) * -0.5 : 0;
  },
};
/** @type {Filter} */
export const BOX = { support: 0.5, weight: (x) => Number(x > -0.5 && x <= 0.5) };

const ONE = 1 << 22; // Pillow's 1 in fixed point: weights of bytes are whole multiples of 2^-22

/** Which of `size` cells each output reads, and how strongly, where those between two places are kept.
 *  @param {number} from @param {number} to @param {number} size @param {number} outputs @param {Filter} filter */
function taps(from, to, size, outputs, filter) {
  const start = Math.fround(from); // Pillow keeps the box in single precision
  const scale = Math.fround(Math.fround(to) - start) / outputs;
  const stretch = Math.max(scale, 1);
  const support = filter.support * stretch;
  return Array.from({ length: outputs }, (_, u) => {
    const centre = start + (u + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(size, Math.trunc(centre + support + 0.5));
    const away = first - centre + 0.5;
    const weights = new Float64Array(last - first).map((_, i) => filter.weight((i + away) * (1 / stretch)));
    const sum = weights.reduce((a, b) => a + b);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** One plane brought from one [height, width] to another, of the box [left, top, right, bottom] alone. Bytes come back
 *  as bytes, floats as floats.
 *  @param {Plane} plane @param {number[]} size @param {number[]} wanted @param {Filter} filter */
export function resample(plane, [height, width], [down, across], filter, box = [0, 0, width, height]) {
  const rows = taps(box[0], box[2], width, across, filter);
  const columns = taps(box[1], box[3], height, down, filter);
  // Rounding between the passes makes their order count. Pillow begins with the columns where these shrink much more.
  return height > down && height - down > 2 * (width - across)
    ? pass(pass(plane, columns, width, 1, width), rows, down, width, 1)
    : pass(pass(plane, rows, height, width, 1), columns, across, 1, across);
}

/** Filter every line: its cells lie `step` apart, and lines begin `between` apart.
 *  @param {Plane} plane @param {ReturnType<typeof taps>} cells
 *  @param {number} lines @param {number} between @param {number} step */
function pass(plane, cells, lines, between, step) {
  const bytes = !(plane instanceof Float32Array);
  const out = new (bytes ? Uint8ClampedArray : Float32Array)(lines * cells.length);
  cells.forEach(({ first, weights }, u) => {
    const fixed = bytes ? Int32Array.from(weights, (weight) => weight * ONE + Math.sign(weight) / 2) : weights;
    for (let line = 0; line < lines; line++) {
      let at = line * between + first * step;
      let sum = bytes ? ONE / 2 : 0;
      for (let i = 0; i < fixed.length; i++, at += step) sum += plane[at] * fixed[i];
      out[line * (step === 1 ? cells.length : 1) + u * step] = bytes ? Math.floor(sum / ONE) : sum;
    }
  });
  return out;
}
