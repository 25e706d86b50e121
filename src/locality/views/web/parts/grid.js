/** One board on the page: cells with numbers, frames, what is lit; pointer and arrow keys. */

import { colourOf, inkOn } from "locality/parts/colour";
import { el, short } from "locality/parts/dom";
import { fitCanvas, token } from "locality/parts/map";

/** @import { Board } from "locality/rooms/arithmetic/boards" */
/** @import { Range } from "locality/parts/colour" */
/** What is lit: `reach` the stretch of the window (`bad` where it hangs over), `met` the cells that meet a weight,
 *  `current` the cell in hand, `lit` cells that belong to what the pointer is over.
 *  @typedef {{reach?: {low: number[], shape: number[]}, bad?: boolean, met?: {cell: number[], weight: number}[],
 *  current?: number[], lit?: number[][]}} Marks */
/** @typedef {number[] | null} Cell */

const EDGE = 3; // room for the frame
const ARROWS = /** @type {Record<string, number[]>} */ ({
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
});

/** Without `onPoint` it is a picture only. @param {string} label @param {string} tone
 *  @param {(cell: Cell, byKey: boolean) => void} [onPoint] @param {(cell: number[]) => void} [onPick] */
export function grid(label, tone, onPoint, onPick) {
  // The cells stay while the window moves over them: only what is lit is drawn again.
  const canvases = [el("canvas"), el("canvas")];
  const role = onPoint ? "application" : "img";
  const element = el("div", { class: `board ${tone}`, role, "aria-label": label }, canvases);
  /** @type {Board} */
  let board;
  let side = 0;
  /** @type {CanvasRenderingContext2D} */
  let context;
  /** @type {Cell} */
  let cursor = null;
  /** @type {number[] | undefined} */
  let current;

  const cellAt = (/** @type {MouseEvent} */ event) => {
    const { top, left } = element.getBoundingClientRect();
    const at = [event.clientY - top, event.clientX - left].map((x, i) => Math.floor((x - EDGE) / side) + board.low[i]);
    return at.every((c, i) => c >= board.low[i] && c < board.low[i] + board.shape[i]) ? at : null;
  };
  const point = (/** @type {Cell} */ cell, byKey = false) => {
    if (String(cell) !== String(cursor)) onPoint?.((cursor = cell), byKey);
  };
  const pick = (/** @type {Cell | undefined} */ cell) => cell && onPick?.(cell);
  if (onPoint) Object.assign(element, {
    tabIndex: 0,
    onpointermove: (/** @type {PointerEvent} */ event) => point(cellAt(event)),
    onpointerleave: () => point(null),
    onclick: (/** @type {MouseEvent} */ event) => pick(cellAt(event)),
    onkeydown(/** @type {KeyboardEvent} */ event) {
      const move = ARROWS[event.key];
      const from = cursor ?? current;
      if (event.ctrlKey || event.metaKey || event.altKey || (!move && event.key !== "Enter")) return;
      event.preventDefault();
      if (!move) pick(from);
      else point(board.low.map((least, i) =>
        from ? Math.max(least, Math.min(from[i] + move[i], least + board.shape[i] - 1)) : least), true);
    },
  });

  /** A rectangle of so many cells, some pixels in from its edge. @param {number[]} low @param {number[]} shape
   *  @param {number} inner @param {Partial<CanvasRenderingContext2D>} look @param {number[]} [dash] */
  function box(low, shape, inner, look, dash = []) {
    const [y, x] = low.map((c, i) => EDGE + inner + (c - board.low[i]) * side);
    const [height, width] = shape.map((many) => many * side - 2 * inner);
    Object.assign(context, { globalAlpha: 1, lineWidth: 1 }, look);
    context.setLineDash(dash);
    if (look.fillStyle) context.fillRect(x, y, width, height);
    if (look.strokeStyle) context.strokeRect(x, y, width, height);
    return { x, y };
  }

  /** A frame with a rim of the ground's colour is seen on every fill. @param {number[]} low @param {number[]} shape
   *  @param {number} inner @param {string} strokeStyle @param {number} lineWidth @param {number[]} [dash] */
  function frame(low, shape, inner, strokeStyle, lineWidth, dash) {
    box(low, shape, inner, { strokeStyle: token("panel"), lineWidth: lineWidth + 2.5 });
    box(low, shape, inner, { strokeStyle, lineWidth }, dash);
  }

  /** @param {string} text @param {number} x @param {number} y @param {number} size @param {string} fillStyle */
  function write(text, x, y, size, fillStyle) {
    const font = `${size}px ${getComputedStyle(element).fontFamily}`;
    Object.assign(context, { globalAlpha: 1, fillStyle, font, textAlign: "center", textBaseline: "middle" });
    context.fillText(text, x, y);
  }

  /** @param {Range} range */
  function paintCells(range) {
    const [panel, line, ink, muted, signal, edge] =
      ["panel", "line", "ink", "muted", "signal", tone === "kernel" ? "ink" : tone].map(token);
    for (const { at, value, kind, crossed } of board.cells) {
      const real = kind === "real";
      if (kind === "missing" || kind === "beyond") {
        box(at, [1, 1], 1.5, { strokeStyle: signal, globalAlpha: kind === "missing" ? 0.9 : 0.45 }, [3, 3]);
        continue;
      }
      const { x, y } = box(at, [1, 1], 0, { fillStyle: panel });
      const globalAlpha = !real ? 0.45 : crossed ? 0.25 : 1;
      if (value !== null) box(at, [1, 1], 0, { fillStyle: colourOf(value, range), globalAlpha });
      if (!real) box(at, [1, 1], 0, { fillStyle: muted, globalAlpha: 0.16 });
      if (side >= 9) box(at, [1, 1], 0.5, { strokeStyle: real ? line : muted }, real ? [] : [2, 3]);
      if (crossed) {
        context.strokeStyle = real ? signal : muted;
        context.beginPath();
        context.moveTo(x + 2, y + 2);
        context.lineTo(x + side - 2, y + side - 2);
        context.stroke();
      }
      const text = value === null ? "" : short(value);
      const letters = Math.min(side * 0.46, 22, (side * 1.45) / text.length);
      if (value !== null && letters >= 7)
        write(text, x + side / 2, y + side / 2, letters, globalAlpha === 1 ? inkOn(value, range) : ink);
    }
    box([0, 0], board.real, 0, { strokeStyle: edge, lineWidth: 3 });
  }

  /** @param {Marks} marks */
  function paintMarks({ reach, bad, met = [], lit = [] }) {
    const own = token(tone === "output" ? tone : "input");
    const [panel, ink, strong] = ["panel", "ink", bad ? "signal" : "ink"].map(token);
    const sparse = reach && reach.shape[0] * reach.shape[1] > met.length && met.length > 0;
    for (const cell of lit) frame(cell, [1, 1], 1 + side * 0.06, own, Math.max(1.5, side * 0.07));
    for (const { cell, weight } of met) {
      const { x, y } = box(cell, [1, 1], 0, bad ? { fillStyle: strong, globalAlpha: 0.14 } : {});
      if (sparse) frame(cell, [1, 1], 2, strong, 2.5);
      if (side < 36) continue;
      const text = `×${short(weight)}`;
      const letters = Math.min(side * 0.22, (side * 1.5) / text.length);
      const half = text.length * letters * 0.31 + 2;
      Object.assign(context, { fillStyle: panel, globalAlpha: 0.82 });
      context.fillRect(x + side - 2 * half - 2, y + side - letters - 4, 2 * half, letters + 2);
      write(text, x + side - half - 2, y + side - letters / 2 - 3, letters, ink);
    }
    if (reach) frame(reach.low, reach.shape, 0, strong, sparse ? 1.5 : side < 20 ? 2.5 : 3.5, sparse ? [5, 4] : []);
    if (current) frame(current, [1, 1], 1, strong, Math.min(4, Math.max(2, side * 0.09)));
  }

  return {
    element,
    /** Draw a board with cells of so many pixels; the same board again is taken to look as before.
     *  @param {Board} given @param {number} size @param {Range} range @param {Marks} marks */
    draw(given, size, range, marks) {
      const fresh = board !== given || side !== size;
      const [height, width] = given.shape.map((many) => many * size + 2 * EDGE);
      [board, side, current] = [given, size, marks.current];
      for (const canvas of canvases.slice(fresh ? 0 : 1)) {
        context = fitCanvas(canvas, width, height);
        if (canvas === canvases[0]) paintCells(range);
        else paintMarks(marks);
      }
    },
  };
}
