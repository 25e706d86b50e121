/** The sentences for windows that do not fit or do not tile, and what would do. Python's is geometry/refusal.py. */

import { fits, overhang, rest, span, takes } from "locality/geometry/window";
import { shapeText } from "locality/tensor";

/** @typedef {import("locality/geometry/window").Window} Window */
/** @typedef {Window & {size: number, change: "padding" | "kernel" | "rounding" | "size"}} Advice */

/** The sentence for a kernel larger than its padded input. Padding is proposed only where the layer takes it (`pads`).
 *  @param {readonly Window[]} windows @param {readonly number[]} sizes */
export function misfit(windows, sizes, word = "kernel", pads = true) {
  const { padding, kernels, larger } = fitting(windows, sizes);
  // A bound only where every larger padding and every smaller kernel will do as well.
  const allDo = windows.every((w) => w.stride === 1 || w.rounding !== "exact");
  const ways = [];
  if (padding !== null && pads) ways.push(`padding of ${allDo ? "at least " : ""}${padding}`);
  if (kernels.every(Boolean)) ways.push(`a ${word} of ${allDo ? "at most " : ""}${each(kernels)}`);
  if (!ways.length) ways.push(`an input of ${shapeText(larger())}`);
  const its = sizes.length > 1 ? `its ${shapeText(sizes)} input` : `its input of ${sizes[0]}`;
  const dilated = windows.some((w) => w.dilation > 1) ? ` with ${dilationText(windows)}` : "";
  const padded = paddingText(windows.map((w) => w.padding));
  return `${named(windows, word)}${dilated} does not fit ${its} (padding ${padded}). Use ${ways.join(" or ")}.`;
}

/** The sentence for a window that does not tile its input: the formula, what flooring drops, the sizes that fit.
 *  @param {readonly Window[]} windows @param {readonly number[]} sizes */
export function untiled(windows, sizes, word = "kernel") {
  const alike = windows.every((w, i) => sizes[i] === sizes[0] && equal(w, windows[0]));
  const off = windows.flatMap((w, i) => (rest(w, sizes[i]) ? [i] : []));
  const moves = [`stride ${each(windows.map((w) => w.stride))}`];
  if (windows.some((w) => w.dilation > 1)) moves.push(dilationText(windows));
  const paddings = windows.map((w) => w.padding);
  if (paddings.some(([before, after]) => before || after)) moves.push(`padding ${paddingText(paddings)}`);
  let what = shapeText(sizes);
  if (alike) what = String(sizes[0]);
  else if (off.length === 1) what = `the ${["depth", "height", "width"].slice(-sizes.length)[off[0]]} ${sizes[off[0]]}`;
  const sums = [...new Set(off.map((i) => sum(windows[i], sizes[i])))].join(" and ");
  const inputs = [windows.map((w, i) => below(w, sizes[i])), windows.map((w, i) => above(w, sizes[i]))]
    .filter((fit) => Math.min(...fit) > 0)
    .map((fit) => (alike ? String(fit[0]) : shapeText(fit)));
  return (
    `${named(windows, word)} with ${listed(moves)} does not tile ${what}: ${sums}. ` +
    `Use rounding="floor" (${dropped(windows, sizes)}), or an input of ${inputs.join(" or ")}.`
  );
}

/** The nearest settings that do, for one axis: nothing where the window is accepted as it is. Each names its change.
 *  @param {Window} window @param {number} size @returns {Advice[]} */
export function nearest(window, size) {
  if (takes(window, size)) return [];
  /** @type {Advice[]} */
  const ways = [];
  if (fits(window, size)) {
    ways.push({ ...window, rounding: "floor", size, change: "rounding" });
    if (below(window, size) > 0) ways.push({ ...window, size: below(window, size), change: "size" });
    ways.push({ ...window, size: above(window, size), change: "size" });
    return ways;
  }
  const { padding, kernels, larger } = fitting([window], [size]);
  if (padding !== null) ways.push({ ...window, padding: [padding, padding], size, change: "padding" });
  if (kernels[0]) ways.push({ ...window, kernel: kernels[0], size, change: "kernel" });
  ways.push({ ...window, size: larger()[0], change: "size" });
  return ways;
}

/** The least padding, the largest kernels and the least inputs that fit.
 *  @param {readonly Window[]} windows @param {readonly number[]} sizes */
function fitting(windows, sizes) {
  const need = Math.max(...windows.map((w, i) => Math.ceil((span(w) - overhang(w) - sizes[i]) / 2)));
  const turns = windows.reduce((all, w) => (all / gcd(all, w.stride)) * w.stride, 1);
  let padding = null;
  for (let p = need; p < need + turns && padding === null; p++) {
    if (windows.every((w, i) => takes({ ...w, padding: [p, p] }, sizes[i]))) padding = p;
  }
  const kernels = windows.map((w, i) => {
    const space = sizes[i] + w.padding[0] + w.padding[1] + overhang(w) - 1;
    const most = Math.min(w.kernel, Math.floor(space / w.dilation) + 1);
    for (let kernel = most; kernel > Math.max(0, most - w.stride); kernel--) {
      if (takes({ ...w, kernel }, sizes[i])) return kernel;
    }
    return 0;
  });
  const larger = () =>
    windows.map((w, i) => {
      let size = Math.max(sizes[i], span(w) - w.padding[0] - w.padding[1]);
      while (!takes(w, size)) size++;
      return size;
    });
  return { padding, kernels, larger };
}

/** @param {Window} window @param {number} size */
function below(window, size) {
  return size - rest(window, size);
}

/** @param {Window} window @param {number} size */
function above(window, size) {
  const left = rest(window, size);
  return left ? size + window.stride - left : size;
}

/** The lecture's formula with its numbers. @param {Window} window @param {number} size */
export function sum(window, size) {
  const [before, after] = window.padding;
  let pads = before === after ? ` + 2*${before}` : ` + ${before} + ${after}`;
  if (!before && !after) pads = "";
  const outputs = (size + before + after - span(window)) / window.stride + 1;
  const digits = Math.max(4, String(window.stride).length); // enough that a fraction never looks whole
  return `(${size} - ${span(window)}${pads})/${window.stride} + 1 = ${fixed(outputs, digits)}`;
}

/** Rounded to so many digits as Python does, a tie to the even digit; zeros at the end left out. @param {number} x
 *  @param {number} digits */
function fixed(x, digits) {
  const exact = x.toFixed(60);
  const cut = exact.length - 60 + digits;
  const tie = /^50*$/.test(exact.slice(cut)) && Number(exact[cut - 1]) % 2 === 0;
  return (tie ? exact.slice(0, cut) : x.toFixed(digits)).replace(/0+$/, "");
}

/** What flooring drops. @param {readonly Window[]} windows @param {readonly number[]} sizes */
export function dropped(windows, sizes) {
  const ones = windows.length === 1 ? ["cell"] : ["slice", "row", "column"].slice(-windows.length);
  /** @type {[string, number][]} */
  const lost = [];
  /** @type {[string, number][]} */
  const unread = [];
  windows.forEach((w, i) => {
    const left = rest(w, sizes[i]);
    if (left > w.padding[1]) lost.push([ones[i], Math.min(left - w.padding[1], sizes[i])]);
    else if (left) unread.push([ones[i], left]);
  });
  /** @param {[string, number][]} counts */
  const single = (counts) => counts.reduce((all, [, n]) => all + n, 0) === 1;
  const parts = [];
  if (lost.length) parts.push(`${last(lost)} ${single(lost) ? "is" : "are"} dropped`);
  if (unread.length) parts.push(`${last(unread)} of padding ${single(unread) ? "stays" : "stay"} unread`);
  if (!lost.length) parts.push(`no ${windows.length === 2 ? "pixel" : "cell"} is lost`);
  return parts.join(", ");
}

/** @param {[string, number][]} counts */
function last(counts) {
  const said = counts.map(([one, n]) => (n === 1 ? one : `${n} ${one}s`));
  if (new Set(counts.map(([, n]) => n)).size > 1) return listed(said.map((one) => `the last ${one}`));
  return `the last ${listed([said[0], ...said.slice(1).map((one) => one.split(" ").slice(-1)[0])])}`;
}

/** @param {readonly Window[]} windows @param {string} word */
function named(windows, word) {
  if (windows.length === 1) return `a ${word} of ${windows[0].kernel}`;
  const kernel = shapeText(windows.map((w) => w.kernel));
  const article = kernel[0] === "8" || ["11", "18"].includes(kernel.split("x")[0]) ? "an" : "a";
  return `${article} ${kernel} ${word}`;
}

/** @param {readonly Window[]} windows */
function dilationText(windows) {
  return `dilation ${each(windows.map((w) => w.dilation))} (a span of ${each(windows.map(span))})`;
}

/** @param {readonly (readonly [number, number])[]} paddings */
export function paddingText(paddings) {
  const [[before, after]] = paddings;
  if (paddings.every(([b, a]) => b === before && a === after)) {
    return before === after ? String(before) : `${before} before and ${after} after`;
  }
  return `(${paddings.map(([b, a]) => (b === a ? String(b) : `(${b}, ${a})`)).join(", ")})`;
}

/** One number where all are the same, otherwise 2x3. @param {readonly number[]} values */
function each(values) {
  return values.every((value) => value === values[0]) ? String(values[0]) : shapeText(values);
}

/** @param {readonly string[]} words */
function listed(words) {
  return [words.slice(0, -1).join(", "), words[words.length - 1]].filter(Boolean).join(" and ");
}

/** @param {Window} a @param {Window} b */
function equal(a, b) {
  const same = a.kernel === b.kernel && a.stride === b.stride && a.dilation === b.dilation && a.rounding === b.rounding;
  return same && a.padding[0] === b.padding[0] && a.padding[1] === b.padding[1];
}

/** @param {number} a @param {number} b @returns {number} */
function gcd(a, b) {
  return b ? gcd(b, a % b) : a;
}
