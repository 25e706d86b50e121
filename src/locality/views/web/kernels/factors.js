/** A kernel turned, transposed, and taken apart into a column and a row. */

import { makeKernel } from "locality/kernels/formulas";
import { range } from "locality/tensor";

/** @import { Kernel } from "locality/kernels/formulas" */

/** Turned by half a turn, as a convolution has it. @param {Kernel} kernel @returns {Kernel} */
export const turned = (kernel) => ({ ...kernel, values: kernel.values.slice().reverse() });

/** @param {Kernel} kernel */
export const transpose = ({ rows, columns, values }) => makeKernel(columns, rows, (i, j) => values[j * columns + i]);

/** A column and a row whose product is the kernel; null where its rank is not 1. Whole numbers come in lowest terms;
 *  where the row can sum to 1, it does. @param {Kernel} kernel */
export function factors({ rows, columns, values }) {
  const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const pivot = values.findIndex((value) => Math.abs(value) === most);
  const line = range(columns).map((j) => values[pivot - (pivot % columns) + j]);
  const column = range(rows).map((i) => values[i * columns + (pivot % columns)]);
  /** @param {number} divisor */
  const over = (divisor) => ({
    column: column.map((value) => (value * divisor) / values[pivot] || 0),
    row: line.map((value) => value / divisor || 0),
  });
  const off = values.some((value, i) =>
    Math.abs(value - (column[Math.floor(i / columns)] * line[i % columns]) / values[pivot]) > 1e-9 * most);
  if (most === 0 || off) return null;
  if (values.every(Number.isInteger))
    return over(line.reduce(gcd, 0) * Math.sign(line.find((value) => value) ?? 1));
  const total = line.reduce((a, b) => a + b, 0);
  return over(Math.abs(total / values[pivot]) > 1e-6 ? total : values[pivot]);
}

/** @param {number} a @param {number} b @returns {number} */
const gcd = (a, b) => (b ? gcd(b, a % b) : Math.abs(a));
