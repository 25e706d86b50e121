// Small pieces of the panel: formulas, sums, the check against torch, bars, the curve of an activation.

import { CURVES } from "locality/layers/curves";
import { colourOf, signedRange } from "locality/parts/colour";
import { button, el, exact, short, svg } from "locality/parts/dom";
import { range } from "locality/tensor";
import { added } from "locality/rooms/network/terms";

/** @typedef {import("locality/parts/dom").Child} Child */
/** @typedef {{label: Child, value: number, sign?: string, note?: string}} Line */
/** A number as a bar; `said` is its number in full, or a formula.
 *  @typedef {{label: string, value: number, said: string, chosen?: boolean, onPick?: () => void,
 *  onPoint?: (on: boolean) => void}} Bar */

/** A button that reads like a link. @param {string} text @param {() => void} onPick @param {string} [title] */
export const link = (text, onPick, title = "Go to this cell") => button(text, onPick, { class: "link", title });

/** @param {number} x */
export const number = (x) => el("span", { class: "number" }, exact(x));

/** @param {string} text @param {...Child} more */
export const muted = (text, ...more) => el("p", { class: "muted" }, text, ...more);

/** A number inside a formula. @param {number} x */
export const bracketed = (x) => (x < 0 ? `(${exact(x)})` : exact(x));

/** A name is this, and this, down to its value. @param {string} name @param {Child[]} lines @param {number} value */
export function equation(name, lines, value) {
  const all = [...lines, el("strong", {}, exact(value))];
  const left = el("span", { class: "out" }, name);
  return el("div", { class: "grow" }, all.map((line, i) => el("p", { class: "formula" }, i ? "" : left, " = ", line)));
}

/** Numbers below each other, and what they come to. @param {Line[]} lines @param {string} total @param {number} value
 *  @param {string} [between] */
export function sumTable(lines, total, value, between = "+") {
  const row = (/** @type {Line} */ { label, value, sign = "", note }, out = "") =>
    el("tr", {},
      el("td", { class: "sign" }, sign),
      el("th", { scope: "row", class: out }, label),
      el("td", { class: `number ${out}` }, exact(value)),
      note === undefined ? null : el("td", { class: "muted note" }, note));
  return el("table", { class: "sum" },
    el("tbody", {}, lines.map((line, i) => row({ sign: i ? between : "", ...line }))),
    total ? el("tfoot", {}, row({ label: total, value, sign: "=" }, "out")) : null);
}

/** How much rounding may keep a sum and its float apart. @param {string} dtype */
export const allowance = (dtype) => (dtype === "float64" ? 1e-12 : 1e-6);

/** The sum in float64 beside the number that was computed in the network's precision.
 *  @param {import("locality/cell").Cell} cell @param {"torch" | "page"} by @param {string} dtype */
export function checkLine({ value, computed, bias, scale }, by, dtype) {
  const [apart, allowed] = [Math.abs(value - computed), allowance(dtype) * scale];
  const same = !apart || Object.is(value, computed);
  const fine = same || apart <= allowed;
  const part = dtype === "float64" ? "millionth of a millionth" : "millionth";
  const rounding = `where rounding allows ${short(allowed, 2)}, a ${part} of the sizes of all terms.`;
  const data = { "data-sum": value, "data-computed": computed, "data-bias": bias, "data-scale": scale, "data-by": by };
  return el("p", { class: `cell-check ${fine ? "" : "bad"}`, ...data },
    el("span", { class: "tick", "aria-hidden": "true" }, fine ? "✓" : "✗"),
    el("span", {}, "In float64 ", number(value), `; ${by === "torch" ? "torch" : "this page"} computed `,
      number(computed), ` in ${dtype}: ${same ? "the same number." : `apart by ${short(apart, 2)}, ${rounding}`}`));
}

/** Bars from a common zero, the longest as long as the largest of `values`; `positive` ones start at the left.
 *  @param {Bar[]} bars @param {ArrayLike<number>} values @param {boolean} [positive] */
export function barList(bars, values, positive = false) {
  const range = signedRange(values);
  const row = (/** @type {Bar} */ { label, value, said, chosen, onPick, onPoint }) => {
    const share = Math.min(1, Math.abs(value) / range.high) * (positive ? 100 : 50);
    const left = positive ? 0 : value < 0 ? 50 - share : 50;
    const fill = `left: ${left}%; width: ${share}%; background: ${colourOf(value, range)}`;
    const [on, off] = [() => onPoint?.(true), () => onPoint?.(false)];
    return el("li",
      { class: chosen ? "chosen" : "", onpointerenter: on, onpointerleave: off, onfocusin: on, onfocusout: off },
      el("span", { class: "bar-label" }, onPick ? link(label, onPick, `Go to ${label}`) : label),
      el("span", { class: "bar-track", "aria-hidden": "true" }, el("span", { style: fill })),
      el("span", { class: "number bar-value", title: said }, said));
  };
  return el("ol", { class: `bars ${positive ? "positive" : ""}` }, bars.map(row));
}

/** The ten strongest terms for and against: what pushes a number up, what pushes it down.
 *  @param {ArrayLike<number>} products @param {(i: number) => Bar} bar @param {string} what */
export function pushes(products, bar, what) {
  const order = range(products.length).sort((a, b) => products[b] - products[a]);
  const sum = (/** @type {number[]} */ terms) => number(added(terms.map((i) => products[i])));
  const side = (/** @type {string} */ title, /** @type {number[]} */ all) =>
    el("section", { class: "grow" }, el("h3", {}, `Push ${title} ${what}`),
      muted(`${all.length} of ${products.length} terms, together `, sum(all)),
      barList(all.slice(0, 10).map(bar), products, true),
      all.length > 10 ? muted(`and ${all.length - 10} more, together `, sum(all.slice(10))) : null);
  return el("div", { class: "row pushes" },
    side("for", order.filter((i) => products[i] > 0)),
    side("against", order.filter((i) => products[i] < 0).reverse()));
}

const [WIDTH, HEIGHT, PAD] = [300, 190, 30];

/** The curve of an activation with one point on it. @param {string} name @param {number} x @param {number} y
 *  @param {number} slope */
export function curvePlot(name, x, y, slope) {
  const reach = Math.max(4, Math.min(Math.abs(x) * 1.25, 1e6) || 0);
  const steps = range(161).map((i) => (i / 80 - 1) * reach);
  const heights = steps.map((at) => CURVES[name](at, slope));
  const [low, high] = [Math.min(0, y, ...heights), Math.max(0.5, y, ...heights)];
  const spare = (high - low) * 0.06;
  const across = (/** @type {number} */ at) => PAD + ((at + reach) / (2 * reach)) * (WIDTH - 2 * PAD);
  const down = (/** @type {number} */ at) =>
    HEIGHT - PAD - ((at - low + spare) / (high - low + 2 * spare)) * (HEIGHT - 2 * PAD);
  /** @param {number} left @param {number} top @param {number} value */
  const label = (left, top, value, anchor = "start") =>
    svg("text", { x: left, y: top, "text-anchor": anchor }, short(value));
  const path = (/** @type {string} */ kind, /** @type {string} */ d) => svg("path", { class: kind, d });
  const dot = (/** @type {string} */ kind, /** @type {number} */ cy, /** @type {number} */ r) =>
    svg("circle", { class: kind, cx: across(x), cy, r });
  const said = `The curve of ${name}: from ${exact(x)} to ${exact(y)}`;
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": said },
    path("axis", `M${PAD} ${down(0)}H${WIDTH - PAD}M${across(0)} ${PAD / 2}V${HEIGHT - PAD}`),
    label(PAD, down(0) + 14, -reach),
    label(WIDTH - PAD, down(0) + 14, reach, "end"),
    label(across(0) + 5, down(high) + 4, high),
    low < -0.01 ? label(across(0) + 5, down(low) + 2, low) : null,
    path("line", `M${steps.map((at, i) => `${across(at).toFixed(1)} ${down(heights[i]).toFixed(1)}`).join("L")}`));
  if (Number.isFinite(x) && Number.isFinite(y)) {
    drawing.append(path("drop", `M${across(x)} ${down(0)}V${down(y)}H${across(0)}`));
    drawing.append(dot("from", down(0), 4), dot("point", down(y), 6));
  }
  return el("div", { class: "curve" }, drawing);
}
