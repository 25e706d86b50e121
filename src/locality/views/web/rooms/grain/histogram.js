// How often each value stands in a level: bars over one axis that all levels of a rule share.

import { el, short, svg } from "locality/parts/dom";
import { histogram } from "locality/grain";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/parts/colour").Range} Range */

const HEIGHT = 40;

/**
 * @param {Tensor} map @param {Range} range which values the axis spans
 * @param {{width: number, level: number, what: string}} given
 */
export function bars(map, range, { width, level, what }) {
  const parts = width < 100 ? 17 : 33;
  const counts = histogram(map.data, range.low, range.high, parts);
  const most = Math.max(...counts);
  const step = width / parts;
  const tallest = counts.indexOf(most);
  const from = (/** @type {number} */ part) => short(range.low + (part / parts) * (range.high - range.low));
  const said =
    `How often each value stands in level ${level} of ${what}, from ${short(range.low)} to ${short(range.high)}. ` +
    `The tallest bar, ${from(tallest)} to ${from(tallest + 1)}, holds ${percent(most / map.data.length)} of the cells.`;
  const path = counts
    .map((count, i) => {
      const height = (count / most) * (HEIGHT - 1);
      return count
        ? `M${(i * step).toFixed(2)} ${HEIGHT}v${-Math.max(height, 1).toFixed(2)}` +
          `h${Math.max(step - 0.6, 0.6).toFixed(2)}V${HEIGHT}z`
        : "";
    })
    .join("");
  return el(
    "div",
    { class: "grain-bars" },
    svg(
      "svg",
      { width, height: HEIGHT + 1, viewBox: `0 0 ${width} ${HEIGHT + 1}`, role: "img", "aria-label": said },
      svg("path", { d: path, class: "grain-bar" }),
      svg("path", { d: `M0 ${HEIGHT + 0.5}H${width}`, class: "grain-axis" }),
    ),
    el(
      "div",
      { class: "grain-ends", "aria-hidden": "true" },
      el("span", {}, short(range.low)),
      el("span", {}, short(range.high)),
    ),
  );
}

/** A share in percent. @param {number} share */
export function percent(share) {
  const hundred = share * 100;
  return `${hundred >= 10 || hundred === Math.round(hundred) ? Math.round(hundred) : short(hundred, 2)}\u202f%`;
}
