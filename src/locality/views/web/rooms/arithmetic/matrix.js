/** The matrix of a convolution: a row for each output, a column for each input, mostly zeros. For a transposed
 *  convolution these rules give the transpose of the matrix of the convolution that leads the other way. */

import { difference, isTransposed, terms } from "locality/arithmetic";
import { legend, signedRange } from "locality/parts/colour";
import { counted, el, fill, short } from "locality/parts/dom";
import { grid } from "locality/parts/grid";
import { offset, placeOf, range } from "locality/tensor";

/** @import { Picture, Run } from "locality/arithmetic" */
/** A row of an output in hand, or the column of an input. @typedef {{row?: number, column?: number}} Lit */

const MOST = 500_000; // cells that are drawn

/** Each row: column -> weight. Where padding copies values, several weights meet one input: they add up.
 *  @param {Run} run */
export function matrixOf(run) {
  const entries = range(run.output.data.length).map((row) => {
    /** @type {Map<number, number>} */
    const found = new Map();
    for (const { from, weight } of terms(run, placeOf(run.output.shape, row))) {
      const column = from && offset(run.input.shape, from);
      if (column !== null) found.set(column, (found.get(column) ?? 0) + weight);
    }
    return found;
  });
  return { columns: run.input.data.length, entries };
}

/** The matrix times the input. @param {ReturnType<typeof matrixOf>} matrix @param {ArrayLike<number>} input */
export const times = ({ entries }, input) =>
  Float64Array.from(entries, (row) => [...row].reduce((total, [column, weight]) => total + weight * input[column], 0));

export function matrixPanel() {
  const [title, about, scale] = [el("h2"), el("p"), el("div")];
  const sheet = grid("Matrix", "kernel");
  const named = { tabIndex: 0, role: "group", "aria-label": "Cells of the matrix" };
  const scroll = el("div", { class: "scroll", ...named }, sheet.element);
  /** @type {(lit: Lit) => void} */
  let light;

  return {
    element: el("section", { class: "panel matrix", "aria-label": "Matrix" }, title, about, scroll, scale),
    light: (/** @type {Lit} */ lit) => light(lit),
    /** @param {Picture} picture */
    show({ run, settings }) {
      const shape = [run.output.data.length, run.input.data.length];
      const [rows, columns] = shape;
      const total = counted(rows * columns);
      title.textContent = `The matrix ${isTransposed(settings) ? "Cᵀ" : "C"}: ${rows} x ${columns}`;
      about.textContent = `${total} cells: up to ${counted(MOST)} are drawn. Use a smaller input.`;
      scroll.hidden = scale.hidden = rows * columns > MOST;
      light = () => {};
      if (scroll.hidden) return;
      const matrix = matrixOf(run);
      const cells = matrix.entries.flatMap((row, y) => [...row].map(([x, value]) => (
        { at: [y, x], value, kind: /** @type {const} */ ("real"), from: null, crossed: false })));
      const apart = difference({ data: times(matrix, run.input.data) }, run.output);
      about.textContent =
        `A row for each output, a column for each input: ${counted(cells.length)} of ${total} cells hold a ` +
        `weight, the same ${run.kernel.data.length} again and again. Times the input it gives the output: difference ` +
        `${short(apart)}.${isTransposed(settings) ? " The convolution that leads the other way multiplies by C." : ""}`;
      const side = Math.max(3, Math.min(34, Math.floor((scroll.clientWidth - 8) / columns)));
      const weights = signedRange(Float64Array.from(cells, ({ value }) => value));
      const board = { low: [0, 0], shape, real: shape, cells };
      fill(scale, legend(weights, "weights"));
      light = ({ row, column }) => {
        const reach = row === undefined
          ? { low: [0, column ?? 0], shape: [rows, 1] } : { low: [row, 0], shape: [1, columns] };
        sheet.draw(board, side, weights, (row ?? column) === undefined ? {} : { reach });
        // The lit row stays in sight; only this box scrolls, never the page.
        scroll.scrollTop = (row ?? 0) * side - scroll.clientHeight / 2;
      };
    },
  };
}
