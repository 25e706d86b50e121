/** Image kernels as people write them: names, rows of numbers, chains of both. Python's twin is views/kernels.py. */

import { FORMULAS, makeKernel, NAMES, ROWS } from "locality/kernels/formulas";
import { range } from "locality/tensor";

export { factors, transpose, turned } from "locality/kernels/factors";
export { FORMULAS, makeKernel, NAMES } from "locality/kernels/formulas";

/** @typedef {import("locality/kernels/formulas").Kernel} Kernel */
/** `magnitude`: with its transpose.
 *  @typedef {{text: string, kernel: Kernel, magnitude: boolean, stride: number}} Step */

export const MOST_TYPED = 11; // rows and columns

/** A kernel that cannot be read; `place` is the [row, column] at fault, where there is one. */
export class KernelError extends Error {
  name = "KernelError";
  /** @type {[number, number] | null} */
  place = null;
}

/** @param {string} message @returns {never} */
function fail(message) {
  throw new KernelError(message);
}

/** The kernel of a name with its parameters ("gaussian 2"), or of rows: "(1 2 1 / 2 4 2 / 1 2 1)/16", "1 0; 0 -1/9".
 *  @param {string} given */
export function readKernel(given) {
  const text = given.replaceAll("−", "-").trim();
  if (!text) fail('kernel: nothing is given. Give a name such as sharpen, or rows such as "1 0 -1 / 2 0 -2".');
  if (!/^\p{L}/u.test(text) || /[/;\n]/.test(text)) return typed(text);
  const [name, ...words] = text.split(/\s+/);
  if (!NAMES.includes(name)) fail(`Unknown kernel '${name}'. Known are: ${NAMES.join(", ")}.`);
  const { parameters, make } = FORMULAS[name] ?? { parameters: [], make: () => typed(ROWS[name]) };
  const many = parameters.length;
  if (words.length > many) {
    const names = parameters.map((each) => each.name).join(", ");
    const most = many ? `${many} number${many > 1 ? "s" : ""} (${names})` : "no number";
    fail(`${name}: it takes ${most}, ${words.length} given. ${many ? "Leave the rest out" : `Write ${name} alone`}.`);
  }
  return make(...parameters.map(({ name: which, low, high, usual, whole }, i) => {
    const value = i < words.length ? readNumber(words[i]) : usual;
    const kind = whole ? "a whole number" : "a number";
    if (value === null || (whole && !Number.isInteger(value)))
      fail(`${name}: ${which} '${words[i]}' is not ${kind}. Give ${usual}, say.`);
    if (value < low || value > high)
      fail(`${name}: ${which} ${value} lies outside ${low} to ${high}. Give ${usual}, say.`);
    return value;
  }));
}

/** @param {string} text */
function typed(text) {
  const shared = /^\s*\(([^]*)\)\s*(?:\/\s*(\S+))?\s*$/.exec(text);
  const divisor = readNumber(shared?.[2] ?? "1");
  if (!divisor) fail(`kernel: it cannot be divided by '${shared?.[2]}'. Give a number other than 0.`);
  const lines = (shared?.[1] ?? text).trim().replace(/^;+|;+$/g, "").split(/\s+\/\s*|\s*\/\s+|[;\n]/);
  const rows = lines.map((line, row) => {
    const words = line.split(/\s+/).filter(Boolean);
    if (!words.length) fail(`kernel: row ${row + 1} holds no number. Give every row as many numbers.`);
    return words.map((word, column) => readCell(word, row, column));
  });
  const [high, wide] = [rows.length, rows[0].length];
  const odd = rows.findIndex((row) => row.length !== wide);
  if (odd > 0)
    fail(`kernel: row ${odd + 1} has ${rows[odd].length} numbers, row 1 has ${wide}. Give every row as many.`);
  if (Math.max(high, wide) > MOST_TYPED)
    fail(`kernel: ${high}x${wide} is too large. Give at most ${MOST_TYPED} rows and columns.`);
  return makeKernel(high, wide, (i, j) => rows[i][j] / divisor);
}

/** The number of one cell. @param {string} word @param {number} row from 0 @param {number} column from 0 */
export function readCell(word, row, column) {
  const value = readNumber(word.trim().replaceAll("−", "-"));
  if (value !== null) return value;
  const stroke = word.includes("/") ? " Put spaces around a / that ends a row." : "";
  const where = `row ${row + 1}, number ${column + 1}`;
  const error = new KernelError(`kernel: ${where}: '${word}' is not a number. ` +
    `Give a number or a fraction, such as -1, 0.5 or 1/9.${stroke}`);
  error.place = [row, column];
  throw error;
}

const NUMBER = "([+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?)";
const FRACTION = new RegExp(`^${NUMBER}(?:/${NUMBER})?$`);

/** A number or a fraction, up to a million million; null for anything else. @param {string} word */
function readNumber(word) {
  const [, above, below = "1"] = FRACTION.exec(word) ?? [];
  const value = Number(above) / Number(below);
  return Math.abs(value) <= 1e12 ? value : null;
}

/** Rows of numbers that `readKernel` reads back without loss. @param {Kernel} kernel */
export function kernelText({ rows, columns, values }) {
  const lines = range(rows).map((row) => values.subarray(row * columns, (row + 1) * columns));
  return lines.map((line) => Array.from(line, (x) => x || 0).join(" ")).join(" / ");
}

/** The kernels of a line: commas between them, "magnitude" before one, "stride N" after one.
 *  @param {string} text @returns {Step[]} */
export function readChain(text) {
  return text.split(",").map((words, i, { length }) => {
    try {
      return readStep(words.trim());
    } catch (error) {
      if (length > 1 && error instanceof KernelError) error.message = `kernel ${i + 1} of the chain: ${error.message}`;
      throw error;
    }
  });
}

/** @param {string} words */
function readStep(words) {
  const [, magnitude, text, stride = "1"] = /** @type {RegExpExecArray} */ (
    /^(magnitude\b\s*)?([^]*?)(?:\s+stride\s+(\S+))?$/.exec(words));
  const kernel = readKernel(text);
  if (!/^\d{1,9}$/.test(stride) || Number(stride) < 1) {
    const given = /^\d+$/.test(stride) ? stride : `'${stride}'`;
    fail(`stride is ${given}; it must be a whole number of at least 1. Give stride=1 or more.`);
  }
  return { text, kernel, magnitude: magnitude !== undefined, stride: Number(stride) };
}

/** @param {Step} step */
export const stepText = ({ text, magnitude, stride }) =>
  `${magnitude ? "magnitude " : ""}${text}${stride > 1 ? ` stride ${stride}` : ""}`;

/** A chain as a line that `readChain` reads. @param {Step[]} steps */
export const chainText = (steps) => steps.map(stepText).join(", ");
