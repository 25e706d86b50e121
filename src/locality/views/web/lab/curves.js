// Curves over epochs, as a drawing with axes: one or two lines, each with a dot at its end.

import { svg } from "locality/parts/dom";

const [WIDTH, HEIGHT] = [380, 200];
const [LEFT, RIGHT, TOP, BOTTOM] = [50, 14, 14, 34];
const MOST = 400; // points of a line: more cannot be told apart

/** @typedef {{name: string, colour: "input" | "output", values: number[]}} Line */

/**
 * The lines of one quantity, one value for each epoch done; `epochs` is how many there will be, the right end. `format`
 * writes a value in full, `tick` at the axis.
 * @typedef {(x: number) => string} Writing
 * @param {{title: string, lines: Line[], epochs: number, format: Writing, tick: Writing}} given
 */
export function curves({ title, lines, epochs, format, tick }) {
  const [heights, low, high] = scale(lines.flatMap(({ values }) => values).filter(Number.isFinite));
  const last = Math.max(2, epochs);
  const x = (/** @type {number} */ epoch) => LEFT + ((epoch - 1) / (last - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (/** @type {number} */ value) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const said = { role: "img", "aria-label": spoken(title, lines, format) };
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "curves", ...said });
  for (const value of heights) {
    drawing.append(
      svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value), class: "grid" }),
      svg("text", { x: LEFT - 7, y: y(value) + 4, "text-anchor": "end" }, tick(value)));
  }
  for (const epoch of steps(1, last, 6)) {
    if (!Number.isInteger(epoch) || epoch < 1 || epoch > last) continue;
    drawing.append(svg("text", { x: x(epoch), y: HEIGHT - BOTTOM + 17, "text-anchor": "middle" }, String(epoch)));
  }
  drawing.append(svg("text", { x: (LEFT + WIDTH - RIGHT) / 2, y: HEIGHT - 3, "text-anchor": "middle" }, "epoch"));
  for (const { values, colour } of lines) {
    const points = thin(values).map(([i, value]) => [x(i + 1), y(value)]);
    if (!points.length) continue;
    const [endX, endY] = points[points.length - 1];
    const path = points.map((point) => point.map((each) => each.toFixed(1)).join(",")).join(" ");
    drawing.append(svg("polyline", { points: path, class: colour }));
    drawing.append(svg("circle", { cx: endX, cy: endY, r: 4, class: colour }));
  }
  return drawing;
}

/** The round numbers at the axis, and where it begins and ends.
 * @param {number[]} values @returns {[number[], number, number]} */
function scale(values) {
  let [low, high] = values.length ? [Infinity, -Infinity] : [0, 1];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (high - low < 1e-9) [low, high] = [low - 0.5 * (Math.abs(low) || 1), high + 0.5 * (Math.abs(high) || 1)];
  const heights = steps(low, high, 4);
  return [heights, heights[0], heights[heights.length - 1]];
}

/** [place, value] of as many values as a line can show, the last always among them.
 * @param {number[]} values @returns {[number, number][]} */
function thin(values) {
  const step = Math.max(1, Math.ceil(values.length / MOST));
  /** @type {[number, number][]} */
  const kept = [];
  for (let i = (values.length - 1) % step; i < values.length; i += step) {
    if (Number.isFinite(values[i])) kept.push([i, values[i]]);
  }
  return kept;
}

/** Round numbers that span a range, in about `count` steps.
 * @param {number} low @param {number} high @param {number} count */
function steps(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((each) => each * power >= rough) ?? 10);
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** @param {string} title @param {Line[]} lines @param {(x: number) => string} format */
function spoken(title, lines, format) {
  const done = lines[0].values.length;
  const ends = lines.map(({ name, values }) => `${name} ${format(values[values.length - 1])}`);
  return done ? `${title} after epoch ${done}: ${ends.join(", ")}` : `${title}: no epoch is done yet`;
}
