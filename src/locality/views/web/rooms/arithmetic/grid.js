/** One board on the page: cells with numbers, frames, what is lit; pointer and arrow keys. */

import { colourOf, inkOn } from "locality/parts/colour";
import { el, short } from "locality/parts/dom";
import { token } from "locality/parts/map";
import { painter } from "locality/rooms/arithmetic/paint";

/** @typedef {import("locality/rooms/arithmetic/boards").Board} Board */
/** @typedef {import("locality/rooms/arithmetic/boards").BoardCell} BoardCell */
/** @typedef {import("locality/parts/colour").Range} Range */
/** What is lit: `reach` the stretch of the window, `met` the cells that meet a weight, `current` the cell in hand,
 *  `lit` cells that belong to what the pointer is over.
 *  @typedef {{reach?: {low: number[], shape: number[]}, bad?: boolean, met?: {cell: number[], weight?: number}[],
 *  current?: number[] | null, lit?: number[][]}} Marks */
/** @typedef {"input" | "output" | "kernel"} Tone */
/** @typedef {import("locality/rooms/arithmetic/paint").Pen} Pen */

const FEW = 150;
const EDGE = 3; // room for the frame

/**
 * @param {{label: string, tone: Tone, onPoint?: (cell: number[] | null) => void, onPick?: (cell: number[]) => void,
 *   onEnter?: () => void, onArrow?: (down: number, across: number) => void}} given
 */
export function grid({ label, tone, onPoint, onPick, onEnter, onArrow }) {
  // The cells stay while the window moves over them: only what is lit is drawn again.
  const cells = el("div");
  const lights = el("div", { class: "lights" });
  const element = el(
    "div",
    {
      class: `board ${tone}`,
      tabIndex: 0,
      role: "application",
      "aria-label": label,
      onpointermove: (/** @type {PointerEvent} */ event) => onPoint?.(cellAt(event)),
      onpointerleave: () => onPoint?.(null),
      onclick: (/** @type {MouseEvent} */ event) => {
        const cell = cellAt(event);
        if (cell) onPick?.(cell);
      },
      onkeydown: arrow,
    },
    cells,
    lights,
  );
  /** @type {{board: Board, cell: number} | null} */
  let drawn = null;

  /** @param {MouseEvent} event */
  function cellAt(event) {
    if (!drawn) return null;
    const { board, cell } = drawn;
    const box = element.getBoundingClientRect();
    const place = [event.clientY - box.top, event.clientX - box.left].map(
      (at, i) => Math.floor((at - EDGE) / cell) + board.low[i],
    );
    return place.every((at, i) => at >= board.low[i] && at < board.low[i] + board.shape[i]) ? place : null;
  }

  /** @param {KeyboardEvent} event */
  function arrow(event) {
    if (event.key === "Enter" && onEnter) return (event.preventDefault(), onEnter());
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!move || !onArrow || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onArrow(move[0], move[1]);
  }

  return {
    element,
    /** Draw a board with cells of so many pixels; the same board again is taken to look as before.
     *  @param {Board} board @param {number} cell @param {Range} range @param {Marks} [marks] */
    draw(board, cell, range, marks = {}) {
      const [height, width] = board.shape.map((many) => many * cell + 2 * EDGE);
      if (drawn?.board !== board || drawn.cell !== cell) {
        drawn = { board, cell };
        element.style.width = `${width}px`;
        element.style.height = `${height}px`;
        paintBoard(painter(cells, width, height, board.cells.length <= FEW), board, cell, range, tone);
      }
      paintMarks(
        painter(lights, width, height, (marks.met?.length ?? 0) + (marks.lit?.length ?? 0) <= FEW),
        board,
        cell,
        marks,
        tone,
      );
    },
  };
}

/** @param {import("locality/rooms/arithmetic/paint").Painter} paint @param {Board} board @param {number} size
 *  @param {Range} range @param {Tone} tone */
function paintBoard(paint, board, size, range, tone) {
  const colour = tokens("panel", "line", "ink", "muted", "signal", "input", "output");
  const frame = tone === "kernel" ? colour.ink : colour[tone];
  const { top, left } = placing(board, size);
  const thin = size >= 9 ? 1 : 0;
  board.cells.forEach((cell, i) => {
    const [y, x] = [top(board.low[0] + Math.floor(i / board.shape[1])), left(board.low[1] + (i % board.shape[1]))];
    if (cell.kind === "missing" || cell.kind === "beyond") {
      const pen = { stroke: colour.signal, dash: [3, 3], alpha: cell.kind === "missing" ? 0.9 : 0.45 };
      if (thin) paint.box(x + 1.5, y + 1.5, size - 3, size - 3, pen);
      return;
    }
    paint.box(x, y, size, size, { fill: colour.panel });
    if (cell.value !== null)
      paint.box(x, y, size, size, {
        fill: colourOf(cell.value, range),
        alpha: cell.kind !== "real" ? 0.45 : cell.crossed ? 0.25 : 1,
      });
    if (cell.kind !== "real" && thin) paint.box(x, y, size, size, { fill: colour.muted, alpha: 0.16 });
    if (thin)
      paint.box(x + 0.5, y + 0.5, size - 1, size - 1, {
        stroke: cell.kind === "real" ? colour.line : colour.muted,
        ...(cell.kind === "real" ? {} : { dash: [2, 3] }),
      });
    if (cell.crossed) {
      const pen = { stroke: cell.kind === "real" ? colour.signal : colour.muted, width: size > 20 ? 1.5 : 1 };
      paint.line(x + 2, y + 2, x + size - 2, y + size - 2, pen);
      if (cell.kind === "real") paint.line(x + size - 2, y + 2, x + 2, y + size - 2, pen);
    }
    if (cell.value === null || size < 17) return;
    const text = short(cell.value);
    const letters = Math.min(size * 0.46, 22, (size * 1.45) / text.length);
    const ink = cell.kind === "real" && !cell.crossed ? inkOn(cell.value, range) : colour.ink;
    if (letters >= 7) paint.text(x + size / 2, y + size / 2, text, letters, ink);
  });
  const { low, shape } = board.frame;
  paint.box(left(low[1]), top(low[0]), shape[1] * size, shape[0] * size, { stroke: frame, width: 3 });
  paint.done();
}

/** Colours of the page by name. @param {...string} names */
const tokens = (...names) => Object.fromEntries(names.map((name) => [name, token(name)]));

/** Where cells lie on the drawing. @param {Board} board @param {number} size */
const placing = (board, size) => ({
  top: (/** @type {number} */ y) => EDGE + (y - board.low[0]) * size,
  left: (/** @type {number} */ x) => EDGE + (x - board.low[1]) * size,
});

/** @param {import("locality/rooms/arithmetic/paint").Painter} paint @param {Board} board @param {number} size
 *  @param {Marks} marks @param {Tone} tone */
function paintMarks(paint, board, size, marks, tone) {
  const colour = tokens("panel", "ink", "signal", "input", "output");
  const { top, left } = placing(board, size);
  const strong = marks.bad ? colour.signal : colour.ink;
  // A frame with a rim of the ground's colour is seen on every fill.
  /** @param {number} x @param {number} y @param {number} w @param {number} h @param {Pen & {width: number}} pen */
  const rimmed = (x, y, w, h, pen) => {
    paint.box(x, y, w, h, { stroke: colour.panel, width: pen.width + 2.5 });
    paint.box(x, y, w, h, pen);
  };
  const inner = Math.max(1, size * 0.06);
  for (const [y, x] of marks.lit ?? []) {
    rimmed(left(x) + inner + 1, top(y) + inner + 1, size - 2 * inner - 2, size - 2 * inner - 2, {
      stroke: tone === "output" ? colour.output : colour.input,
      width: Math.max(1.5, size * 0.07),
    });
  }
  const { reach, met = [] } = marks;
  const sparse = reach && reach.shape[0] * reach.shape[1] > met.length;
  for (const {
    cell: [y, x],
    weight,
  } of met) {
    if (marks.bad) paint.box(left(x), top(y), size, size, { fill: colour.signal, alpha: 0.14 });
    if (sparse) rimmed(left(x) + 2, top(y) + 2, size - 4, size - 4, { stroke: strong, width: 2.5 });
    if (weight === undefined || size < 36) continue;
    const text = `×${short(weight)}`;
    const letters = Math.min(16, Math.max(10, size * 0.22), (size * 1.5) / text.length);
    const wide = text.length * letters * 0.62 + 3;
    paint.box(left(x) + size - wide - 2, top(y) + size - letters - 4, wide, letters + 2, {
      fill: colour.panel,
      alpha: 0.82,
    });
    paint.text(left(x) + size - 3, top(y) + size - letters / 2 - 3, text, letters, colour.ink, "end");
  }
  if (reach && size < 24) {
    // Among many small cells a frame alone is lost: the others step back.
    const [y, x] = reach.low;
    const [height, width] = reach.shape;
    const [ends, sides] = board.low.map((low, i) => low + board.shape[i]);
    for (const [from, to, start, end] of [
      [board.low[0], y, board.low[1], sides],
      [y + height, ends, board.low[1], sides],
      [y, y + height, board.low[1], x],
      [y, y + height, x + width, sides],
    ]) {
      if (to > from && end > start) {
        paint.box(left(start), top(from), (end - start) * size, (to - from) * size, {
          fill: colour.panel,
          alpha: 0.45,
        });
      }
    }
  }
  if (reach) {
    rimmed(left(reach.low[1]), top(reach.low[0]), reach.shape[1] * size, reach.shape[0] * size, {
      stroke: strong,
      width: sparse ? 1.5 : size < 20 ? 2.5 : 3.5,
      ...(sparse ? { dash: [5, 4] } : {}),
    });
  }
  if (marks.current) {
    const [y, x] = marks.current;
    rimmed(left(x) + 1, top(y) + 1, size - 2, size - 2, {
      stroke: strong,
      width: Math.min(4, Math.max(2, size * 0.09)),
    });
  }
  paint.done();
}
