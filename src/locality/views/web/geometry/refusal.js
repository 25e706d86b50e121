/** The sentences for windows that do not fit or do not tile, and what would do. Python's is geometry/refusal.py. */

import { fits, mod, overhang, rest, span, takes } from "locality/geometry/window";
import { range, shapeText } from "locality/tensor";

/** @typedef {import("locality/tensor").Shape} Shape */
/** @typedef {import("locality/geometry/window").Window} Window */
/** @typedef {readonly Window[]} Windows */
/** @typedef {Window & {size: number, change: "padding" | "kernel" | "rounding" | "size"}} Advice */

/** Padding is proposed only where the layer takes it (`pads`).
 *  @param {Windows} windows @param {Shape} sizes */
export function misfit(windows, sizes, word = "kernel", pads = true) {
  const { padding, kernels, larger } = fitting(windows, sizes);
  // A bound only where every larger padding and every smaller kernel will do as well.
  const allDo = windows.every((w) => w.stride === 1 || w.rounding !== "exact");
  const ways = [];
  if (padding && pads) ways.push(`padding of ${allDo ? "at least " : ""}${padding}`);
  if (kernels.every(Boolean)) ways.push(`a ${word} of ${allDo ? "at most " : ""}${each(kernels)}`);
  if (!ways.length) ways.push(`an input of ${shapeText(larger)}`);
  const its = sizes.length > 1 ? `its ${shapeText(sizes)} input` : `its input of ${sizes[0]}`;
  const dilated = windows.some((w) => w.dilation > 1) ? ` with ${dilationText(windows)}` : "";
  const padded = paddingText(windows.map((w) => w.padding));
  return `${named(windows, word)}${dilated} does not fit ${its} (padding ${padded}). Use ${ways.join(" or ")}.`;
}

/** @param {Windows} windows @param {Shape} sizes */
export function untiled(windows, sizes, word = "kernel") {
  const alike = new Set(windows.map((w, i) => JSON.stringify([w, sizes[i]]))).size === 1;
  const off = range(sizes.length).filter((i) => rest(windows[i], sizes[i]));
  const moves = [`stride ${each(windows.map((w) => w.stride))}`];
  if (windows.some((w) => w.dilation > 1)) moves.push(dilationText(windows));
  const paddings = windows.map((w) => w.padding);
  if (paddings.flat().some(Boolean)) moves.push(`padding ${paddingText(paddings)}`);
  const axis = ["depth", "height", "width"].slice(-sizes.length)[off[0]];
  const what = alike ? sizes[0] : off.length === 1 ? `the ${axis} ${sizes[off[0]]}` : shapeText(sizes);
  const sums = [...new Set(off.map((i) => sum(windows[i], sizes[i])))].join(" and ");
  const inputs = [below, above]
    .map((near) => windows.map((w, i) => near(w, sizes[i])))
    .filter((fit) => fit.every(Boolean))
    .map((fit) => (alike ? fit[0] : shapeText(fit)));
  return (
    `${named(windows, word)} with ${listed(moves)} does not tile ${what}: ${sums}. ` +
    `Use rounding="floor" (${dropped(windows, sizes)}), or an input of ${inputs.join(" or ")}.`
  );
}

/** The nearest settings that do, for one axis. @param {Window} window @param {number} size @returns {Advice[]} */
export function nearest(window, size) {
  if (takes(window, size)) return [];
  const { padding, kernels, larger } = fitting([window], [size]);
  /** @type {[Advice["change"], any][]} */
  const ways = fits(window, size)
    ? [["rounding", "floor"], ["size", below(window, size)], ["size", above(window, size)]]
    : [["padding", padding && [padding, padding]], ["kernel", kernels[0]], ["size", larger[0]]];
  return ways.filter(([, value]) => value).map(([change, value]) => ({ ...window, size, change, [change]: value }));
}

/** The least padding, the largest kernels and the least inputs that do.
 *  @param {Windows} windows @param {Shape} sizes */
function fitting(windows, sizes) {
  const need = Math.max(...windows.map((w, i) => Math.ceil((span(w) - overhang(w) - sizes[i]) / 2)));
  const turns = windows.reduce((all, w) => all * w.stride, 1);
  return {
    padding: first(need, 1, turns, (p) => windows.every((w, i) => takes({ ...w, padding: [p, p] }, sizes[i]))),
    kernels: windows.map((w, i) => {
      const space = sizes[i] + w.padding[0] + w.padding[1] + overhang(w) - 1;
      const most = Math.min(w.kernel, Math.floor(space / w.dilation) + 1);
      return first(most, -1, w.stride, (kernel) => takes({ ...w, kernel }, sizes[i]));
    }),
    larger: windows.map((w, i) => {
      const least = Math.max(sizes[i], span(w) - w.padding[0] - w.padding[1]);
      return w.rounding === "exact" ? above(w, least) : least;
    }),
  };
}

/** The first of `many` numbers that will do; 0 where none does.
 *  @param {number} from @param {number} step @param {number} many @param {(n: number) => boolean} will */
function first(from, step, many, will) {
  for (let n = from; n > 0 && many > 0; n += step, many--) if (will(n)) return n;
  return 0;
}

/** The next smaller size that tiles, 0 where there is none. @type {import("locality/geometry/window").Measure} */
const below = (window, size) => Math.max(0, size - rest(window, size));

/** The next larger size that tiles. @type {import("locality/geometry/window").Measure} */
const above = (window, size) => size + mod(-rest(window, size), window.stride);

/** The lecture's formula with its numbers. @param {Window} window @param {number} size */
export function sum(window, size) {
  const [before, after] = window.padding;
  const pads = before === after ? ` + 2*${before}` : ` + ${before} + ${after}`;
  const outputs = (size + before + after - span(window)) / window.stride + 1;
  const digits = Math.max(4, String(window.stride).length); // enough that a fraction never looks whole
  const given = `${size} - ${span(window)}${before || after ? pads : ""}`;
  return `(${given})/${window.stride} + 1 = ${fixed(outputs, digits)}`;
}

/** Rounded as Python does, a tie to the even digit. @param {number} x @param {number} digits */
function fixed(x, digits) {
  const exact = x.toFixed(60);
  const cut = exact.length - 60 + digits;
  const tie = /^50*$/.test(exact.slice(cut)) && Number(exact[cut - 1]) % 2 === 0;
  return (tie ? exact.slice(0, cut) : x.toFixed(digits)).replace(/0+$/, "");
}

/** What flooring drops. @param {Windows} windows @param {Shape} sizes */
function dropped(windows, sizes) {
  const lost = windows.map((w, i) => Math.min(Math.max(rest(w, sizes[i]) - w.padding[1], 0), sizes[i]));
  const unread = windows.map((w, i) => (lost[i] ? 0 : rest(w, sizes[i])));
  const parts = [];
  if (lost.some(Boolean)) parts.push(`${last(lost, "is", "are")} dropped`);
  if (unread.some(Boolean)) parts.push(`${last(unread, "of padding stays", "of padding stay")} unread`);
  if (!lost.some(Boolean)) parts.push(`no ${sizes.length === 2 ? "pixel" : "cell"} is lost`);
  return parts.join(", ");
}

/** With the verb for one or for several. @param {Shape} counts @param {string} is @param {string} are */
function last(counts, is, are) {
  const ones = counts.length === 1 ? ["cell"] : ["slice", "row", "column"].slice(-counts.length);
  const alike = new Set(counts.filter(Boolean)).size === 1;
  const many = counts.flatMap((n, i) => (n > 1 ? `${n} ${ones[i]}s` : n ? ones[i] : []));
  const said = many.map((one, i) => (alike && i ? one.replace(/.* /, "") : `the last ${one}`));
  return `${listed(said)} ${said.length === 1 && counts.includes(1) ? is : are}`;
}

/** @param {Windows} windows @param {string} word */
function named(windows, word) {
  const kernel = shapeText(windows.map((w) => w.kernel));
  if (windows.length === 1) return `a ${word} of ${kernel}`;
  return `${/^(8|1[18]x)/.test(kernel) ? "an" : "a"} ${kernel} ${word}`;
}

/** @param {Windows} windows */
const dilationText = (windows) =>
  `dilation ${each(windows.map((w) => w.dilation))} (a span of ${each(windows.map(span))})`;

/** @param {readonly (readonly [number, number])[]} paddings */
export function paddingText(paddings) {
  const [[before, after]] = paddings;
  if (new Set(paddings.map(String)).size > 1) {
    return `(${paddings.map(([b, a]) => (b === a ? b : `(${b}, ${a})`)).join(", ")})`;
  }
  return before === after ? String(before) : `${before} before and ${after} after`;
}

/** One number where all are the same, otherwise 2x3. @param {Shape} values */
const each = (values) => (new Set(values).size === 1 ? String(values[0]) : shapeText(values));

/** @param {string[]} words */
const listed = (words) => [words.slice(0, -1).join(", "), words[words.length - 1]].filter(Boolean).join(" and ");
