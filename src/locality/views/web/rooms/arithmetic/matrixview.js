/** The matrix of the convolution on a canvas: times the input, gives the output; the row in hand is lit. */

import { difference } from "locality/arithmetic";
import { colourOf, inkOn, legend, signedRange } from "locality/parts/colour";
import { counted, el, fill, short, svg } from "locality/parts/dom";
import { fitCanvas, token } from "locality/parts/map";
import { matrixOf, MOST, times } from "locality/rooms/arithmetic/matrix";

/** @typedef {import("locality/arithmetic").Picture} Picture */
/** @typedef {{row: number | null, column: number | null}} Lit */

const TOP = 26; // room for the words above

export function matrixPanel() {
  const title = el("h2");
  const about = el("p");
  const canvas = el("canvas");
  const over = svg("svg", { "aria-hidden": "true" });
  const sheet = el("div", { class: "sheet" }, canvas, over);
  const scroll = el(
    "div",
    { class: "scroll", tabIndex: 0, role: "group", "aria-label": "The matrix times the input" },
    sheet,
  );
  const scale = el("div");
  const element = el("section", { class: "panel matrix", "aria-label": "Matrix" }, title, about, scroll, scale);
  /** @type {{rows: number, columns: number, size: number, x: number, y: number,
   *  read: (row: number) => Iterable<number>} | null} */
  let drawn = null;

  /** @param {Picture} picture */
  function show({ run, settings }) {
    const transposed = settings.direction === "transposed";
    const [rows, columns] = [run.output.data.length, run.input.data.length];
    title.textContent = transposed ? `The matrix Cᵀ: ${rows} x ${columns}` : `The matrix C: ${rows} x ${columns}`;
    drawn = null;
    scroll.hidden = scale.hidden = rows * columns > MOST;
    if (scroll.hidden) {
      about.textContent = `${counted(rows * columns)} cells: up to ${counted(MOST)} are drawn. Use a smaller input.`;
      return;
    }
    const matrix = matrixOf(run);
    const filled = matrix.entries.reduce((all, row) => all + row.size, 0);
    const result = times(matrix, run.input.data);
    const apart = difference(run.output, { shape: [], data: result });
    about.textContent =
      (transposed
        ? `A convolution that leads the other way multiplies by C, ${columns} x ${rows}; this one by its transpose. `
        : "") +
      `A row for each output, a column for each input. ${counted(filled)} of ${counted(rows * columns)} cells hold ` +
      `a weight, the same ${counted(run.kernel.data.length)} again and again. ` +
      `The matrix times the input gives the output: difference ${short(apart)}.`;
    const wide = Math.max(260, scroll.clientWidth || 600);
    const size = Math.max(
      3,
      Math.min(34, Math.floor((wide - 170) / columns), Math.max(18, Math.floor(640 / Math.max(rows, columns)))),
    );
    const gap = Math.max(34, size);
    const side = Math.max(size, 46); // wide enough for the words above
    const x = columns * size + gap;
    const y = x + side + gap;
    const width = y + side + 4;
    const height = TOP + Math.max(rows, columns) * size + 4;
    const context = fitCanvas(canvas, width, height);
    const weights = signedRange(Float64Array.from(matrix.entries.flatMap((row) => [...row.values()])));
    const [inputs, outputs] = [signedRange(run.input.data), signedRange(run.output.data)];
    context.font = `${Math.min(14, size * 0.52)}px ${getComputedStyle(element).fontFamily}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    const cell = (
      /** @type {number} */ left,
      /** @type {number} */ row,
      /** @type {number} */ long,
      /** @type {number} */ value,
      /** @type {import("locality/parts/colour").Range} */ range,
    ) => {
      context.fillStyle = colourOf(value, range);
      context.fillRect(left, TOP + row * size, long, size);
      if (size < 16) return;
      context.fillStyle = inkOn(value, range);
      context.fillText(short(value, 2), left + long / 2, TOP + (row + 0.5) * size);
    };
    context.fillStyle = token("soft");
    context.fillRect(0, TOP, columns * size, rows * size);
    matrix.entries.forEach((row, u) => row.forEach((weight, column) => cell(column * size, u, size, weight, weights)));
    run.input.data.forEach((value, i) => cell(x, i, side, value, inputs));
    result.forEach((value, i) => cell(y, i, side, value, outputs));
    lines(context, columns, rows, size);
    context.lineWidth = 2;
    for (const [left, long, many, name] of /** @type {const} */ ([
      [x, side, columns, "input"],
      [y, side, rows, "output"],
    ])) {
      context.strokeStyle = context.fillStyle = token(name);
      context.strokeRect(left, TOP, long, many * size);
      context.font = "14px system-ui, sans-serif";
      context.fillText(name, left + long / 2, TOP / 2);
    }
    context.fillStyle = token("ink");
    context.fillText(transposed ? "Cᵀ" : "C", (columns * size) / 2, TOP / 2);
    context.font = "20px system-ui, sans-serif";
    context.fillText("×", x - gap / 2, TOP + Math.min(rows, columns) * size * 0.5);
    context.fillText("=", y - gap / 2, TOP + Math.min(rows, columns) * size * 0.5);
    for (const [name, value] of [
      ["width", width],
      ["height", height],
    ])
      over.setAttribute(String(name), String(value));
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${rows} rows and ${columns} columns; ${filled} cells hold a weight.`);
    fill(scale, legend(weights, "weights"));
    drawn = { rows, columns, size, x, y: y, read: (row) => matrix.entries[row].keys() };
    over.dataset.side = String(side);
  }

  return {
    element,
    show,
    /** @param {Lit} lit the row of an output, or the column of an input */
    light({ row, column }) {
      if (!drawn) return;
      const { rows, columns, size, x, y, read } = drawn;
      const side = Number(over.dataset.side);
      const box = (
        /** @type {number} */ left,
        /** @type {number} */ top,
        /** @type {number} */ w,
        /** @type {number} */ h,
        thick = 2.5,
      ) =>
        svg("rect", {
          x: left - 1,
          y: TOP + top - 1,
          width: w + 2,
          height: h + 2,
          fill: "none",
          stroke: token("ink"),
          "stroke-width": thick,
        });
      const made = [];
      if (row !== null && row < rows) {
        made.push(box(0, row * size, columns * size, size), box(y, row * size, side, size));
        for (const met of read(row)) made.push(box(x, met * size, side, size, 1.5));
      }
      if (column !== null && column < columns)
        made.push(box(column * size, 0, size, rows * size), box(x, column * size, side, size));
      over.replaceChildren(...made);
      // The lit row stays in sight; only this box scrolls, never the page.
      const middle = TOP + (row ?? 0) * size;
      if (row !== null && (middle < scroll.scrollTop || middle + size > scroll.scrollTop + scroll.clientHeight)) {
        scroll.scrollTop = middle - scroll.clientHeight / 2;
      }
    },
  };
}

/** @param {CanvasRenderingContext2D} context @param {number} columns @param {number} rows @param {number} size */
function lines(context, columns, rows, size) {
  if (size < 7) return;
  context.fillStyle = token("line");
  for (let i = 0; i <= columns; i++) context.fillRect(i * size, TOP, 1, rows * size);
  for (let i = 0; i <= rows; i++) context.fillRect(0, TOP + i * size, columns * size, 1);
}
