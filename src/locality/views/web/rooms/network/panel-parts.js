// Small pieces of the panel: lines of a sum, the check against torch, links to cells.

import { button, el, exact, short } from "locality/parts/dom";

/** @typedef {import("locality/cell").Cell} Cell */
/** @typedef {{label: import("locality/parts/dom").Child, value: number, sign?: string}} Line */

/** Numbers written below each other, and what they come to. @param {Line[]} lines @param {string} total @param {number} value
 *  @param {string} [sign] */
export function sumTable(lines, total, value, sign = "+") {
  return el(
    "table",
    { class: "sum" },
    el(
      "tbody",
      {},
      lines.map(({ label, value: x, sign: own }, i) =>
        el(
          "tr",
          {},
          el("td", { class: "sign" }, own ?? (i ? sign : "")),
          el("th", { scope: "row" }, label),
          el("td", { class: "number" }, exact(x)),
        ),
      ),
    ),
    el(
      "tfoot",
      {},
      el(
        "tr",
        {},
        el("td", { class: "sign" }, "="),
        el("th", { scope: "row", class: "out" }, total),
        el("td", { class: "number out" }, exact(value)),
      ),
    ),
  );
}

/** A button that reads like a link. @param {string} text @param {() => void} onPick @param {string} [title] */
export function link(text, onPick, title = "") {
  return button(text, onPick, { class: "link", title });
}

/** How much rounding may keep a sum and its float apart. @param {string} dtype */
export const allowance = (dtype) => (dtype === "float64" ? 1e-12 : 1e-6);

/** The sum in float64 beside the number that was computed in the network's precision.
 *  @param {Cell} cell @param {"torch" | "page"} by @param {string} dtype */
export function checkLine(cell, by, dtype) {
  const apart = Math.abs(cell.value - cell.computed);
  const allowed = allowance(dtype) * cell.scale;
  const fine = apart <= allowed || Object.is(cell.value, cell.computed);
  const who = by === "torch" ? "torch computed " : "this page computed ";
  const number = (/** @type {number} */ x) => el("span", { class: "number" }, exact(x));
  const said =
    apart === 0 || Object.is(cell.value, cell.computed)
      ? "the same number."
      : `apart by ${short(apart, 2)}, where rounding allows ${short(allowed, 2)}, a ${dtype === "float64" ? "millionth of a millionth" : "millionth"} of the sizes of all terms.`;
  return el(
    "p",
    {
      class: `cell-check ${fine ? "" : "bad"}`,
      "data-sum": String(cell.value),
      "data-computed": String(cell.computed),
      "data-bias": String(cell.bias),
      "data-scale": String(cell.scale),
      "data-by": by,
    },
    el("span", { class: "tick", "aria-hidden": "true" }, fine ? "✓" : "✗"),
    el("span", {}, "Sum in float64 ", number(cell.value), "; ", who, number(cell.computed), ` in ${dtype}: `, said),
  );
}
