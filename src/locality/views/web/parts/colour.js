// What colour a value has. Signed values: purple below zero, orange above (told apart by colour-blind eyes), the
// ground's colour at zero. Blue and teal are kept for frames: inputs and outputs.

import { el, short } from "locality/parts/dom";

const STOPS = {
  light: [[45, 0, 75], [84, 39, 136], [128, 115, 172], [178, 171, 210], [247, 247, 247], [253, 184, 99], [224, 130, 20], [179, 88, 6], [127, 59, 8]],
  dark: [[226, 218, 255], [178, 160, 255], [134, 108, 226], [78, 58, 140], [22, 23, 28], [120, 66, 14], [204, 116, 30], [255, 166, 84], [255, 224, 190]],
};

/** @typedef {"signed" | "grey"} Scale */
/** @typedef {{low: number, high: number, scale: Scale}} Range   which values the ends of the scale stand for */

/** Whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** @type {Map<string, Uint32Array>} */
const tables = new Map();
const LAST = 510;

/** 511 colours from one end of the scale to the other, as the bytes of an ImageData. @param {Scale} scale */
export function colours(scale) {
  const key = scale === "grey" ? "grey" : isDark() ? "dark" : "light";
  let table = tables.get(key);
  if (!table) {
    table = new Uint32Array(LAST + 1);
    for (let i = 0; i <= LAST; i++) {
      const [r, g, b] = key === "grey" ? Array(3).fill(Math.round((255 * i) / LAST)) : between(STOPS[/** @type {"light"} */ (key)], i / LAST);
      table[i] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
    tables.set(key, table);
  }
  return table;
}

/** @param {number[][]} stops @param {number} at from 0 to 1 */
function between(stops, at) {
  const place = at * (stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2);
  return stops[i].map((low, c) => Math.round(low + (place - i) * (stops[i + 1][c] - low)));
}

/** The number of a value's colour in `colours`. @param {number} value @param {Range} range */
export function place(value, range) {
  const at = ((value - range.low) / (range.high - range.low)) * LAST;
  return at >= 0 ? (at <= LAST ? (at + 0.5) | 0 : LAST) : 0; // NaN goes to the low end
}

/** The CSS colour of a value. @param {number} value @param {Range} range */
export function colourOf(value, range) {
  const bytes = colours(range.scale)[place(value, range)];
  return `rgb(${bytes & 255} ${(bytes >> 8) & 255} ${(bytes >> 16) & 255})`;
}

/** Black or white, whichever stands out more on a value's colour (WCAG's relative luminance). @param {number} value @param {Range} range */
export function inkOn(value, range) {
  const bytes = colours(range.scale)[place(value, range)];
  const [r, g, b] = [0, 8, 16].map((shift) => {
    const part = ((bytes >> shift) & 255) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
}

/**
 * The signed range of some values: as far below zero as above, so that zero lies in the middle.
 * @param {ArrayLike<number>} values @param {number} [from] @param {number} [to] @returns {Range}
 */
export function signedRange(values, from = 0, to = values.length) {
  let most = 0;
  for (let i = from; i < to; i++) {
    const size = Math.abs(values[i]);
    if (size > most && size < Infinity) most = size;
  }
  return signed(most);
}

/** @param {number} most @returns {Range} */
export function signed(most) {
  return { low: -(most || 1), high: most || 1, scale: "signed" };
}

/** Spins lie within the scale's ends, where both colours are strong on light and on dark. */
export const SPINS = signed(1.6);

/** Whether numbers are spins, each +1 or -1. @param {ArrayLike<number>} data */
export function areSpins(data) {
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return false;
  for (let i = 0; i < data.length; i++) if (Math.abs(data[i]) !== 1) return false;
  return data.length > 0;
}

/** The colours of the two spins. @param {string} [title] */
export function spinLegend(title = "") {
  const spin = (/** @type {number} */ value, /** @type {string} */ said) =>
    [el("span", { class: "swatch", style: `background: ${colourOf(value, SPINS)}` }), el("span", {}, said)];
  return el("div", { class: "legend spin-legend", role: "img", "aria-label": "Colours of spins: up, +1, and down, \u22121" },
    title ? el("span", { class: "legend-title" }, title) : null, spin(1, "+1, up"), spin(-1, "\u22121, down"));
}

/** A bar of the scale with numbers at its ends and at zero. @param {Range} range @param {string} [title] */
export function legend(range, title = "") {
  const steps = Array.from({ length: 9 }, (_, i) => colourOf(range.low + (i / 8) * (range.high - range.low), range));
  const middle = range.scale === "signed" ? "0" : "";
  return el("div", { class: "legend", role: "img", "aria-label": `Colours from ${short(range.low)} to ${short(range.high)}` },
    title ? el("span", { class: "legend-title" }, title) : null,
    el("div", { class: "legend-bar", style: `background: linear-gradient(90deg, ${steps.join(", ")})` }),
    el("div", { class: "legend-ends" }, el("span", {}, short(range.low)), el("span", {}, middle), el("span", {}, short(range.high))));
}
