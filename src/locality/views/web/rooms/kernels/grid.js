// Numbers in squares on a canvas: a patch, a kernel, products. Cells beyond the edge are hatched.

import { colourOf, inkOn } from "locality/parts/colour";
import { el, short } from "locality/parts/dom";
import { fitCanvas, token } from "locality/parts/map";

/** @typedef {import("locality/parts/colour").Range} Range */
/**
 * @typedef {object} Cells
 * @property {number} rows @property {number} columns
 * @property {(i: number) => number} value   of the cell with number i, row by row
 * @property {Range} range
 * @property {((i: number) => string | null)} [beyond]   of a cell beyond the edge: what stands
 *   below its number, "–" for no number; null inside
 */

/** How large a cell is drawn: large for small kernels, never wider than the room there is.
 *  @param {number} columns @param {number} [room] */
export function cellSize(columns, room = 620) {
  return Math.max(6, Math.min(58, Math.floor(room / columns)));
}

/**
 * @param {{label: string, side?: "input" | "output", onPoint?: (cell: number | null) => void}} given
 */
export function numberGrid({ label, side, onPoint }) {
  const canvas = el("canvas", { role: "img", "aria-label": label, class: side ? `framed ${side}` : "framed" });
  let [columns, count] = [1, 1];
  if (onPoint) {
    canvas.addEventListener("pointermove", (event) => {
      const size = canvas.clientWidth / columns;
      const cell = Math.floor(event.offsetY / size) * columns + Math.floor(event.offsetX / size);
      onPoint(cell >= 0 && cell < count ? cell : null);
    });
    canvas.addEventListener("pointerleave", () => onPoint(null));
  }
  return {
    element: canvas,
    /** @param {Cells} cells @param {number} size of a cell @param {number | null} [lit] the cell that is pointed at */
    draw(cells, size, lit = null) {
      columns = cells.columns;
      count = cells.rows * columns;
      const [wide, high] = [`${columns * size}px`, `${cells.rows * size}px`];
      const fits = canvas.style.width === wide && canvas.style.height === high;
      // A new size makes a new bitmap: not on every move of the cursor.
      const context = fits ? canvas.getContext("2d") : fitCanvas(canvas, columns * size, cells.rows * size);
      if (!context) return;
      context.textAlign = "center";
      context.textBaseline = "middle";
      const hatch = cells.beyond && hatching(context);
      const texts = Array.from({ length: size < 24 ? 0 : count }, (_, i) => cellText(cells, i, size));
      const longest = texts.reduce((most, text) => Math.max(most, text.length), 3);
      const letter = Math.min(size * 0.34, (size * 1.5) / longest);
      for (let i = 0; i < count; i++) {
        const [x, y] = [(i % columns) * size, Math.floor(i / columns) * size];
        const value = cells.value(i);
        const beyond = cells.beyond?.(i) ?? null;
        context.fillStyle = colourOf(value, cells.range);
        context.fillRect(x, y, size + 0.5, size + 0.5);
        if (beyond !== null && hatch) {
          context.fillStyle = hatch;
          context.fillRect(x, y, size, size);
        }
        if (texts.length && letter > 7) write(context, cells, i, x, y, size, beyond, texts[i], letter);
      }
      if (size >= 12) lines(context, cells.rows, columns, size);
      if (lit !== null && lit < count) {
        context.strokeStyle = token("focus");
        context.lineWidth = 3;
        context.strokeRect((lit % columns) * size + 1.5, Math.floor(lit / columns) * size + 1.5, size - 3, size - 3);
      }
    },
  };
}

/** The number of a cell as short as its square needs it. @param {Cells} cells @param {number} i @param {number} size */
function cellText(cells, i, size) {
  const value = cells.value(i);
  return cells.beyond?.(i) === "–" ? "–" : short(value, size > 40 || Math.abs(value) >= 100 ? 3 : 2);
}

/** @param {CanvasRenderingContext2D} context @param {Cells} cells @param {number} i @param {number} x @param {number} y
 *  @param {number} size @param {string | null} beyond @param {string} text @param {number} letter its height */
function write(context, cells, i, x, y, size, beyond, text, letter) {
  context.fillStyle = inkOn(cells.value(i), cells.range);
  context.font = `${letter}px ui-monospace, "DejaVu Sans Mono", monospace`;
  const below = beyond && beyond !== "–" && size > 40;
  if (beyond !== null) {
    // A hatched ground is hard to read on: the number gets a plate.
    context.save();
    context.fillStyle = colourOf(cells.value(i), cells.range);
    context.fillRect(x + size * 0.12, y + size * 0.2, size * 0.76, size * (below ? 0.66 : 0.56));
    context.restore();
    context.fillStyle = inkOn(cells.value(i), cells.range);
  }
  const raised = below ? size * 0.09 : 0;
  context.fillText(text, x + size / 2, y + size / 2 - raised);
  if (raised) {
    context.font = `${size * 0.19}px ui-monospace, "DejaVu Sans Mono", monospace`;
    context.fillText(/** @type {string} */ (beyond), x + size / 2, y + size * 0.73);
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} rows @param {number} columns @param {number} size */
function lines(context, rows, columns, size) {
  context.strokeStyle = token("line");
  context.lineWidth = 1;
  context.beginPath();
  for (let i = 1; i < columns; i++) context.rect(i * size, 0, 0, rows * size);
  for (let i = 1; i < rows; i++) context.rect(0, i * size, columns * size, 0);
  context.stroke();
}

/** Diagonal strokes in the colour of the inputs. @param {CanvasRenderingContext2D} context */
function hatching(context) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 12;
  const pen = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  pen.strokeStyle = token("input");
  pen.lineWidth = 2.5;
  for (const shift of [-12, 0, 12]) {
    pen.moveTo(shift, 12);
    pen.lineTo(shift + 12, 0);
  }
  pen.stroke();
  return context.createPattern(tile, "repeat");
}
