/** What is drawn: the maps as boards of cells, and what lights up at one position of the window. Plain data. */

import { compute, isIn, plane } from "locality/arithmetic";
import { reads, span, unread } from "locality/geometry";
import { at as valueAt, placeOf, product, range } from "locality/tensor";

/** @import { Picture } from "locality/arithmetic" */
/** @import { Tensor } from "locality/tensor" */
/** window: over the input; spread: each input stamps the kernel; direct: over the stretched input.
 *  @typedef {"window" | "spread" | "direct"} View */
/** cut: cut away. inserted: a zero put between. padded: a copy or a zero. beyond: outside even the padding. missing: an
 *  output that does not exist. @typedef {"real" | "cut" | "inserted" | "padded" | "beyond" | "missing"} Kind */
/** @typedef {{at: number[], value: number | null, kind: Kind, from: number[] | null, crossed: boolean}} BoardCell */
/** Cells in reading order; the first is at `low`, and a map of the shape `real` begins at 0, 0.
 *  @typedef {{low: number[], shape: number[], real: number[], cells: BoardCell[]}} Board */

/** Where rows and columns differ, the later one holds. */
const KINDS = /** @type {Kind[]} */ (["real", "cut", "inserted", "padded", "beyond"]);

/** The run that a view moves its window over. @param {Picture} picture @param {View} view */
export const runOf = ({ direct, run }, view) => (view === "direct" && direct) || run;

/** How many positions there are along each axis: the hanging ones too. @param {Picture} picture @param {View} view */
export function positions(picture, view) {
  const { input, output } = runOf(picture, view);
  return view === "spread" ? input.shape : output.shape.map((size, i) => size + picture.hangs[i]);
}

/** @param {number[]} low @param {number[]} shape @param {number[]} real
 *  @param {(n: number, cell: number[]) => Partial<BoardCell>} look @returns {Board} */
const board = (low, shape, real, look) => ({ low, shape, real,
  cells: product(shape.map((size, i) => range(size).map((c) => c + low[i])))
    .map((at, n) => ({ at, value: null, kind: "real", from: null, crossed: false, ...look(n, at) })) });

/** A map without anything around it. @param {Tensor} map */
export const plainBoard = ({ shape, data }) => board([0, 0], shape, shape, (n) => ({ value: data[n] }));

/** The input with its padding, what lies over the edge where the window hangs, what is lost.
 *  @param {Picture} picture @param {View} view */
export function inputBoard(picture, view) {
  const { maps, steps, input, output } = runOf(picture, view);
  if (view === "spread") return plainBoard(input);
  const direct = view === "direct";
  const along = maps.map((map, i) => {
    const size = input.shape[i];
    const between = direct ? plane(picture.settings)[i].stride : 1;
    const [before, after] = map.padding.map((pad) => Math.max(0, pad));
    const over = picture.hangs[i] ? reads(map, output.shape[i]) : [];
    // Where the padding takes its values is read off the taps; padding that no window reaches is a plain zero.
    const sources = new Map(steps[i].flat().map(({ cell, from }) => [cell, from]));
    const left = unread(map, size, picture.mode);
    return range(before + Math.max(size + after, ...over.map((cell) => cell + 1))).map((n) => {
      const cell = n - before;
      const inside = cell >= 0 && cell < size;
      const crossed = inside ? left.includes(cell) : !sources.has(cell);
      const inner = cell % between ? "inserted" : direct && crossed ? "cut" : "real";
      const kind = KINDS.indexOf(inside ? inner : cell < size + after ? "padded" : "beyond");
      return { cell, kind, from: inside ? cell : sources.get(cell) ?? null, crossed };
    });
  });
  return board(along.map(([{ cell }]) => cell), along.map((axis) => axis.length), input.shape, (_, place) => {
    const [row, column] = place.map((c, i) => along[i][c - along[i][0].cell]);
    const kind = KINDS[Math.max(row.kind, column.kind)];
    if (kind === "beyond") return { kind };
    const from = row.from === null || column.from === null ? null : [row.from, column.from];
    return { value: from ? valueAt(input, from) : 0, kind, from, crossed: row.crossed || column.crossed };
  });
}

/** The output; where the window hangs, the outputs that do not exist. @param {Picture} picture @param {View} view */
export function outputBoard(picture, view) {
  const { output } = runOf(picture, view);
  return board([0, 0], positions(picture, view), output.shape, (_, cell) =>
    isIn(output, cell) ? { value: valueAt(output, cell) } : { kind: "missing" });
}

/** The output after so many inputs have stamped their kernel into it, with what padding cuts off round it: empty where
 *  none has been, at the end zero. @param {Picture} picture @param {number} many */
export function spreadBoard({ run: { maps, input, kernel, output } }, many) {
  const whole = maps.map((map) => ({ ...map, padding: /** @type {[number, number]} */ ([0, 0]) }));
  const [sums, met] = [(/** @type {number} */ x) => x, () => 1].map((look) => compute(whole,
    { ...input, data: input.data.map((x, n) => (n < many ? look(x) : 0)) },
    { ...kernel, data: kernel.data.map(look) }, "zeros").output);
  return board(maps.map(({ padding: [before] }) => 0 - before), sums.shape, output.shape, (n, cell) => ({
    value: met.data[n] || many >= input.data.length ? sums.data[n] : null,
    kind: isIn(output, cell) ? "real" : "cut",
  }));
}

/** What happens at one position: `reach` is the stretch that the window spans, or where the stamp falls, `met` the
 *  cells that meet a weight. @param {Picture} picture @param {View} view @param {number} position */
export function moment(picture, view, position) {
  const { maps, kernel, output } = runOf(picture, view);
  const place = placeOf(positions(picture, view), position);
  // An input is stamped where a window at its place would read.
  const cells = maps.map((map, i) => reads({ rounding: "floor", ...map, kind: "window" }, place[i]));
  return {
    place,
    hangs: view !== "spread" && !isIn(output, place),
    reach: { low: cells.map(([first]) => first), shape: maps.map(span) },
    met: product(cells).map((cell, n) => ({ cell, weight: kernel.data[n] })),
  };
}
