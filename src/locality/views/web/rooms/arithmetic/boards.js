/** What is drawn: the maps as boards of cells, and what lights up at one position of the window. Plain data. */

import { terms } from "locality/arithmetic";
import { pairs, reads, span, uncut } from "locality/geometry";
import { product, range } from "locality/tensor";

/** @typedef {import("locality/arithmetic").Picture} Picture */
/** @typedef {import("locality/arithmetic").Run} Run */
/** @typedef {import("locality/arithmetic").Term} Term */
/** @typedef {import("locality/geometry").Transposed} Transposed */
/** window: over the input; spread: each input stamps the kernel; direct: over the stretched input.
 *  @typedef {"window" | "spread" | "direct"} View */
/** real: a cell of the map. padded: its value is a copy or a zero. inserted: a zero put between. cut: cut away.
 *  missing: an output that does not exist. beyond: outside even the padding.
 *  @typedef {"real" | "padded" | "inserted" | "cut" | "missing" | "beyond"} Kind */
/** @typedef {{value: number | null, kind: Kind, from: number[] | null, crossed: boolean}} BoardCell */
/** Cells in reading order; the first is at `low`, and `frame` goes round the map itself.
 *  @typedef {{low: number[], shape: number[], cells: BoardCell[], frame: {low: number[], shape: number[]}}} Board */
/** `reach`: the stretch of cells that the window spans, or where the stamp falls. `met`: those that meet a weight.
 *  @typedef {{place: number[], hangs: boolean, reach: {low: number[], shape: number[]},
 *  met: {cell: number[], weight: number}[], terms: Term[], value: number | null}} Moment */

/** The run that a view moves its window over. @param {Picture} picture @param {View} view @returns {Run} */
export function runOf(picture, view) {
  return view === "direct" && picture.direct ? picture.direct : picture.run;
}

/** How many positions there are along each axis: the hanging ones too. @param {Picture} picture @param {View} view */
export function positions(picture, view) {
  const run = runOf(picture, view);
  return view === "spread" ? run.input.shape : run.output.shape.map((size, i) => size + picture.hangs[i]);
}

/** @param {number[]} low @param {number[]} high after the last @param {{low: number[], shape: number[]}} frame
 *  @param {(cell: number[]) => BoardCell} cellAt @returns {Board} */
function board(low, high, frame, cellAt) {
  const cells = product(low.map((first, i) => range(high[i] - first).map((j) => first + j))).map(cellAt);
  return { low, shape: low.map((first, i) => high[i] - first), cells, frame };
}

/** @param {number | null} value @param {Kind} [kind] @returns {BoardCell} */
const plain = (value, kind = "real") => ({ value, kind, from: null, crossed: false });

/** A map without anything around it. @param {import("locality/tensor").Tensor} map @returns {Board} */
export function plainBoard({ shape, data }) {
  return board([0, 0], shape, { low: [0, 0], shape }, ([y, x]) => plain(data[y * shape[1] + x]));
}

/** The input with its padding, what lies over the edge where the window hangs, what is lost.
 *  @param {Picture} picture @param {View} view @returns {Board} */
export function inputBoard(picture, view) {
  const run = runOf(picture, view);
  const { shape, data } = run.input;
  if (view === "spread") return plainBoard(run.input);
  const lows = run.maps.map((map) => 0 - Math.max(0, map.padding[0]));
  const ends = run.maps.map((map, i) => shape[i] + Math.max(0, map.padding[1]));
  const highs = run.maps.map((map, i) =>
    picture.hangs[i] ? Math.max(ends[i], Math.max(...reads(map, run.output.shape[i])) + 1) : ends[i],
  );
  // Where the padding takes its values is read off the taps; padding that no window reaches is a plain zero.
  const sources = run.steps.map((axis) => new Map(axis.flat().map(({ cell, from }) => [cell, from])));
  const inside = (/** @type {number} */ cell, /** @type {number} */ i) => cell >= 0 && cell < shape[i];
  const gone =
    view === "direct" ? shape.map((size, i) => range(size).filter((cell) => !sources[i].has(cell))) : picture.lost.tail;
  const [down, across] =
    view === "direct"
      ? picture.settings.axes.length === 1
        ? [1, picture.settings.axes[0].stride]
        : picture.settings.axes.map(({ stride }) => stride)
      : [1, 1];
  return board(lows, highs, { low: [0, 0], shape }, (cell) => {
    const [y, x] = cell;
    const crossed = cell.some(
      (c, i) => gone[i].includes(c) || (inside(c, i) && picture.lost.jumped[i].includes(c) && view === "window"),
    );
    if (cell.every(inside)) {
      const kind = y % down || x % across ? "inserted" : view === "direct" && crossed ? "cut" : "real";
      return { value: data[y * shape[1] + x], kind, from: null, crossed };
    }
    if (cell.some((c, i) => c >= ends[i])) return { value: null, kind: "beyond", from: null, crossed: false };
    const read = cell.every((c, i) => sources[i].has(c));
    const [row, column] = cell.map((c, i) => sources[i].get(c) ?? null);
    const from = row === null || column === null ? null : [row, column];
    return {
      value: from ? data[from[0] * shape[1] + from[1]] : 0,
      kind: "padded",
      from,
      crossed: !read && view === "window",
    };
  });
}

/** The output; where the window hangs, the outputs that do not exist.
 *  @param {Picture} picture @param {View} view @returns {Board} */
export function outputBoard(picture, view) {
  const { shape, data } = runOf(picture, view).output;
  return board([0, 0], positions(picture, view), { low: [0, 0], shape }, ([y, x]) =>
    y < shape[0] && x < shape[1]
      ? plain(data[y * shape[1] + x])
      : { value: null, kind: "missing", from: null, crossed: false },
  );
}

/** Along each axis, the outputs that each input is spread over, what the padding cuts away too.
 *  @param {Run} run @returns {{output: number, tap: number}[][][]} */
export function stamps(run) {
  return run.maps.map((each, i) => {
    const map = /** @type {Transposed} */ (each);
    /** @type {{output: number, tap: number}[][]} */
    const found = range(run.input.shape[i]).map(() => []);
    for (let u = 0; u < uncut(map, run.input.shape[i]); u++) {
      for (const [cell, tap] of pairs({ ...map, padding: [0, 0] }, u))
        found[cell]?.push({ output: u - map.padding[0], tap });
    }
    return found;
  });
}

/** The output after so many inputs have stamped their kernel into it: empty where none has been, at the end zero.
 *  Overlaps add up; what padding cuts off is kept round it.
 *  @param {Picture} picture @param {number} many @returns {Board} */
export function spreadBoard(picture, many) {
  const { run } = picture;
  const maps = /** @type {Transposed[]} */ (run.maps);
  const low = maps.map((map) => 0 - map.padding[0]);
  const high = maps.map((map, i) => low[i] + uncut(map, run.input.shape[i]));
  const shape = run.output.shape;
  const made = board(low, high, { low: [0, 0], shape }, (cell) =>
    plain(many < run.input.data.length ? null : 0, cell.every((c, i) => c >= 0 && c < shape[i]) ? "real" : "cut"),
  );
  const [rows, columns] = stamps(run);
  for (let n = 0; n < many; n++) {
    const [y, x] = [Math.floor(n / run.input.shape[1]), n % run.input.shape[1]];
    for (const { output: v, tap: k } of rows[y]) {
      for (const { output: u, tap: l } of columns[x]) {
        const cell = made.cells[(v - low[0]) * made.shape[1] + (u - low[1])];
        cell.value = (cell.value ?? 0) + run.input.data[n] * run.kernel.data[k * run.kernel.shape[1] + l];
      }
    }
  }
  return made;
}

/** What happens at one position. @param {Picture} picture @param {View} view @param {number} position
 *  @returns {Moment} */
export function moment(picture, view, position) {
  const run = runOf(picture, view);
  const many = positions(picture, view);
  const place = [Math.floor(position / many[1]), position % many[1]];
  const shape = run.maps.map(span);
  const weight = (/** @type {number} */ m, /** @type {number} */ n) => run.kernel.data[m * run.kernel.shape[1] + n];
  if (view === "spread") {
    const [rows, columns] = stamps(run).map((axis, i) => axis[place[i]]);
    const met = product([rows, columns]).map(([row, column]) => ({
      cell: [row.output, column.output],
      weight: weight(row.tap, column.tap),
    }));
    return {
      place,
      hangs: false,
      reach: { low: [rows, columns].map(leastOf), shape },
      met,
      terms: [],
      value: run.input.data[position],
    };
  }
  const hangs = place.some((u, i) => u >= run.output.shape[i]);
  const [rows, columns] = run.maps.map((map, i) => reads(map, place[i]));
  const met = rows.flatMap((y, m) => columns.map((x, n) => ({ cell: [y, x], weight: weight(m, n) })));
  return {
    place,
    hangs,
    reach: { low: [rows[0], columns[0]], shape },
    met,
    terms: hangs ? [] : terms(run, place),
    value: hangs ? null : run.output.data[place[0] * run.output.shape[1] + place[1]],
  };
}

/** @param {{output: number}[]} stamp */
const leastOf = (stamp) => Math.min(...stamp.map(({ output }) => output));
