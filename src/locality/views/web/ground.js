// The brightness of the paper that something is drawn on, even where a shadow lies over it.

import { leastSquares, median } from "locality/leastsquares";

/**
 * The brightness of the paper at every pixel, and how much it scatters. A paraboloid is fitted to the rim, which is
 * taken to be paper, then again and again to all that lies near it.
 * @param {{height: number, width: number, data: Float64Array}} plane @returns {{ground: Float64Array, noise: number}}
 */
export function findGround({ height, width, data }) {
  const [ys, xs] = [height, width].map(places);
  const every = Math.max(1, Math.floor(Math.max(height, width) / 96)); // six numbers need no more pixels than this
  const [down, across] = [height, width].map((side) => Math.ceil(side / every));
  const columns = Array.from({ length: 6 }, () => new Float64Array(down * across));
  const sample = new Float64Array(down * across);
  const rim = new Uint8Array(down * across);
  for (let i = 0; i < sample.length; i++) {
    const [row, column] = [Math.floor(i / across) * every, (i % across) * every];
    const [y, x] = [ys[row], xs[column]];
    [1, x, y, x * x, x * y, y * y].forEach((term, t) => (columns[t][i] = term));
    sample[i] = data[row * width + column];
    rim[i] = Number(Math.max(Math.abs(x), Math.abs(y)) >= 0.9);
  }
  const rimmed = sample.filter((_, i) => rim[i]).sort();
  const paper = rimmed[Math.floor((rimmed.length - 1) / 2)];
  let near = rim.map((is, i) => Number(is && Math.abs(sample[i] - paper) <= 64));
  let shape = [0, 0, 0, 0, 0, 0];
  let noise = 0;
  for (let round = 0; round < 6; round++) {
    shape = leastSquares(columns, sample, near);
    const away = sample.map((value, i) => Math.abs(value - bent(shape, columns[1][i], columns[2][i])));
    noise = 1.4826 * median(away.filter((_, i) => near[i]));
    near = near.map((_, i) => Number(away[i] <= Math.max(4 * noise, 6)));
  }
  const ground = new Float64Array(height * width);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) ground[i] = Math.min(255, Math.max(0, bent(shape, xs[x], ys[y])));
  }
  return { ground, noise };
}

/** `count` places from -1 to 1. @param {number} count */
function places(count) {
  const all = Float64Array.from({ length: count }, (_, i) => -1 + (i && i * (2 / (count - 1))));
  if (count > 1) all[count - 1] = 1;
  return all;
}

/** A paraboloid's height at a place. @param {number[]} shape @param {number} x @param {number} y */
const bent = (shape, x, y) =>
  shape[0] + shape[1] * x + shape[2] * y + shape[3] * x * x + shape[4] * x * y + shape[5] * y * y;
