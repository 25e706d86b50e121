/** A kernel turned, transposed, and taken apart into a column and a row. */

import { makeKernel } from "locality/kernels/formulas";

/** @typedef {import("locality/kernels/formulas").Kernel} Kernel */

/** The kernel turned by half a turn, as a convolution has it. @param {Kernel} kernel @returns {Kernel} */
export function turned(kernel) {
  return { ...kernel, values: kernel.values.slice().reverse() };
}

/** Rows as columns. @param {Kernel} kernel @returns {Kernel} */
export function transpose({ rows, columns, values }) {
  return makeKernel(columns, rows, (i, j) => values[j * columns + i]);
}

/** A column and a row whose product is the kernel, where it is one (its rank is 1); else null. Whole numbers come in
 *  lowest terms; where the row can sum to 1, it does.
 *  @param {Kernel} kernel @returns {{column: number[], row: number[]} | null} */
export function factors({ rows, columns, values }) {
  let pivot = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]) > Math.abs(values[pivot])) pivot = i;
  const most = Math.abs(values[pivot]);
  if (!(most > 0)) return null;
  const line = [...values.subarray(pivot - (pivot % columns), pivot - (pivot % columns) + columns)];
  const row = line.map((value) => value / values[pivot]);
  const column = Array.from({ length: rows }, (_, i) => values[i * columns + (pivot % columns)]);
  if (values.some((value, i) => Math.abs(value - column[Math.floor(i / columns)] * row[i % columns]) > 1e-9 * most))
    return null;
  if (values.every(Number.isInteger)) {
    const divisor =
      line.reduce((a, b) => gcd(a, Math.abs(b)), 0) * ((line.find((value) => value !== 0) ?? 1) < 0 ? -1 : 1);
    const whole = line.map((value) => value / divisor || 0);
    return { column: column.map((value) => value / whole[pivot % columns] || 0), row: whole };
  }
  const total = row.reduce((a, b) => a + b, 0);
  return Math.abs(total) > 1e-6
    ? { column: column.map((value) => value * total), row: row.map((value) => value / total) }
    : { column, row };
}

/** @param {number} a @param {number} b @returns {number} */
const gcd = (a, b) => (b ? gcd(b, a % b) : a);
