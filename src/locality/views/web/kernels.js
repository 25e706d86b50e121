/** Image kernels: named ones, those that a formula gives, rows of numbers that a person typed, and chains of them.
 *  Python's twin is views/kernels.py; a golden file that Python writes holds both to the same numbers. */

import { FORMULAS, makeKernel, NAMES, ROWS } from "locality/kernels/formulas";

/** @typedef {import("locality/kernels/formulas").Kernel} Kernel */
/** @typedef {import("locality/kernels/formulas").Parameter} Parameter */
/** @typedef {{text: string, kernel: Kernel, magnitude: boolean, stride: number}} Step
 *  one kernel of a chain, as it is written and as numbers; `magnitude` takes its transpose along */

export { factors, transpose, turned } from "locality/kernels/factors";
export { FORMULAS, makeKernel, MOST, NAMES } from "locality/kernels/formulas";

export const MOST_TYPED = 11; // rows and columns that a person may type

/** A kernel that cannot be read as it is written; `place` is the [row, column] at fault, where there is one. */
export class KernelError extends Error {
  name = "KernelError";
  /** @param {string} message @param {[number, number] | null} [place] */
  constructor(message, place = null) {
    super(message);
    this.place = place;
  }
}

/** The kernel of a name with its parameters ("gaussian 2"), or of rows of numbers. Rows are separated by " / ", by
 *  semicolons or by line breaks; a fraction has no spaces around its stroke; all rows may share a divisor:
 *  "(1 2 1 / 2 4 2 / 1 2 1)/16". Throws a `KernelError`.
 *  @param {string} given @returns {Kernel} */
export function readKernel(given) {
  const text = given.replaceAll("−", "-").trim();
  if (!text)
    throw new KernelError('kernel: nothing is given. Give a name such as sharpen, or rows such as "1 0 -1 / 2 0 -2".');
  if (!/^\p{L}/u.test(text) || /[/;\n]/.test(text)) return typed(text);
  const [name, ...words] = text.split(/\s+/);
  if (Object.hasOwn(ROWS, name)) {
    if (words.length) throw new KernelError(`${name}: it takes no number, ${words.length} given. Write ${name} alone.`);
    return typed(ROWS[name]);
  }
  if (!Object.hasOwn(FORMULAS, name))
    throw new KernelError(`Unknown kernel '${name}'. Known are: ${NAMES.join(", ")}.`);
  const { parameters, make } = FORMULAS[name];
  if (words.length > parameters.length) {
    const names = parameters.map((each) => each.name).join(", ");
    const most = `${parameters.length} number${parameters.length > 1 ? "s" : ""} (${names})`;
    throw new KernelError(`${name}: it takes ${most}, ${words.length} given. Leave the rest out.`);
  }
  return make(...parameters.map((each, i) => (i < words.length ? within(name, each, words[i]) : each.usual)));
}

/** @param {string} name @param {Parameter} parameter @param {string} word */
function within(name, parameter, word) {
  const value = readNumber(word);
  if (value === null || (parameter.whole && !Number.isInteger(value))) {
    const kind = parameter.whole ? "a whole number" : "a number";
    throw new KernelError(`${name}: ${parameter.name} '${word}' is not ${kind}. Give ${parameter.usual}, say.`);
  }
  if (value < parameter.low || value > parameter.high) {
    const bounds = `${parameter.low} to ${parameter.high}`;
    throw new KernelError(`${name}: ${parameter.name} ${value} lies outside ${bounds}. Give ${parameter.usual}, say.`);
  }
  return value;
}

/** Rows of numbers. @param {string} text */
function typed(text) {
  const shared = /^\s*\(([^]*)\)\s*(?:\/\s*(\S+))?\s*$/.exec(text);
  const divisor = shared?.[2] === undefined ? 1 : readNumber(shared[2]);
  if (!divisor) throw new KernelError(`kernel: it cannot be divided by '${shared?.[2]}'. Give a number other than 0.`);
  const lines = (shared?.[1] ?? text)
    .trim()
    .replace(/^;+|;+$/g, "")
    .split(/\s+\/\s*|\s*\/\s+|[;\n]/);
  const rows = lines.map((line, row) => {
    const words = line.trim() ? line.trim().split(/\s+/) : [];
    if (!words.length) throw new KernelError(`kernel: row ${row + 1} holds no number. Give every row as many numbers.`);
    return words.map((word, column) => readCell(word, row, column));
  });
  rows.forEach((row, i) => {
    if (row.length === rows[0].length) return;
    throw new KernelError(
      `kernel: row ${i + 1} has ${row.length} numbers, row 1 has ${rows[0].length}. Give every row as many.`,
    );
  });
  if (Math.max(rows.length, rows[0].length) > MOST_TYPED) {
    throw new KernelError(
      `kernel: ${rows.length}x${rows[0].length} is too large. Give at most ${MOST_TYPED} rows and columns.`,
    );
  }
  return makeKernel(rows.length, rows[0].length, (i, j) => rows[i][j] / divisor);
}

/** The number of one cell. @param {string} word @param {number} row @param {number} column both from 0 */
export function readCell(word, row, column) {
  const value = readNumber(word.trim().replaceAll("−", "-"));
  if (value !== null) return value;
  const stroke = word.includes("/") ? " Put spaces around a / that ends a row." : "";
  throw new KernelError(
    `kernel: row ${row + 1}, number ${column + 1}: '${word}' is not a number. Give a number or a fraction, ` +
      `such as -1, 0.5 or 1/9.${stroke}`,
    [row, column],
  );
}

/** The value of a number or a fraction, up to a million million; null for anything else. @param {string} word */
export function readNumber(word) {
  const parts = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?:\/([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))?$/.exec(
    word,
  );
  if (!parts || (parts[2] && Number(parts[2]) === 0)) return null;
  const value = Number(parts[1]) / Number(parts[2] ?? 1);
  return Number.isFinite(value) && Math.abs(value) <= 1e12 ? value : null;
}

/** A kernel as rows of numbers that `readKernel` reads back without loss. @param {Kernel} kernel */
export function kernelText({ rows, columns, values }) {
  const line = (/** @type {number} */ row) =>
    [...values.subarray(row * columns, (row + 1) * columns)].map((x) => String(x || 0)).join(" ");
  return Array.from({ length: rows }, (_, row) => line(row)).join(" / ");
}

/** The kernels of a line: commas between them, "magnitude" before one, "stride N" after one. Throws a `KernelError`.
 *  @param {string} text @returns {Step[]} */
export function readChain(text) {
  const many = text.includes(",");
  return text.split(",").map((words, i) => {
    try {
      return readStep(words.trim());
    } catch (error) {
      if (!many || !(error instanceof KernelError)) throw error;
      throw new KernelError(`kernel ${i + 1} of the chain: ${error.message}`);
    }
  });
}

/** @param {string} words @returns {Step} */
function readStep(words) {
  const magnitude = /^magnitude\b\s*/.exec(words);
  const rest = magnitude ? words.slice(magnitude[0].length) : words;
  const named = /\s+stride\s+(\S+)$/.exec(rest);
  const text = named ? rest.slice(0, named.index) : rest;
  const kernel = readKernel(text);
  const stride = named ? Number(named[1]) : 1;
  if (!/^\d{1,9}$/.test(named?.[1] ?? "1") || stride < 1) {
    const given = /^\d+$/.test(named?.[1] ?? "") ? named?.[1] : `'${named?.[1]}'`;
    throw new KernelError(`stride is ${given}; it must be a whole number of at least 1. Give stride=1 or more.`);
  }
  return { text, kernel, magnitude: Boolean(magnitude), stride };
}

/** A chain as a line that `readChain` reads. @param {Step[]} steps */
export function chainText(steps) {
  return steps
    .map(
      ({ text, magnitude, stride }) =>
        `${magnitude ? "magnitude " : ""}${text}${stride > 1 ? ` stride ${stride}` : ""}`,
    )
    .join(", ");
}
