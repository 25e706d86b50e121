/** The matrix of a convolution: a row for each output, a column for each input, mostly zeros. For a transposed
 *  convolution these rules give the transpose of the matrix of the convolution that leads the other way. */

import { terms } from "locality/arithmetic";
import { placeOf } from "locality/tensor";

/** @typedef {import("locality/arithmetic").Run} Run */
/** @typedef {{rows: number, columns: number, entries: Map<number, number>[]}} Matrix each row: column -> weight */

/** How many cells of a matrix are drawn at most. */
export const MOST = 500_000;

/** Where padding copies values, several weights meet one input: they add up. @param {Run} run @returns {Matrix} */
export function matrixOf(run) {
  const [rows, columns] = [run.output.data.length, run.input.data.length];
  const entries = Array.from({ length: rows }, (_, row) => {
    /** @type {Map<number, number>} */
    const found = new Map();
    for (const { from, weight } of terms(run, placeOf(run.output.shape, row))) {
      if (!from) continue;
      const column = from[0] * run.input.shape[1] + from[1];
      found.set(column, (found.get(column) ?? 0) + weight);
    }
    return found;
  });
  return { rows, columns, entries };
}

/** The matrix times the input. @param {Matrix} matrix @param {ArrayLike<number>} input @returns {Float64Array} */
export function times(matrix, input) {
  return Float64Array.from(matrix.entries, (row) => {
    let total = 0;
    for (const [column, weight] of row) total += weight * input[column];
    return total;
  });
}
