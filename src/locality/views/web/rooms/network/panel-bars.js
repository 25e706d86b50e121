// Numbers as bars in rows: what each input adds, or a distribution over channels. A row is also a way to its cell.

import { button, el, exact, short } from "locality/parts/dom";
import { colourOf } from "locality/parts/colour";

/**
 * @typedef {object} Bar
 * @property {string} label @property {number} value @property {string} said   the number in full, or a formula
 * @property {boolean} [chosen] @property {() => void} [onPick] @property {(on: boolean) => void} [onPoint]
 */

/** Bars from a common zero. @param {Bar[]} bars @param {import("locality/parts/colour").Range} range
 *  @param {boolean} [positive] */
export function bars(bars, range, positive = false) {
  const most = Math.max(Math.abs(range.low), Math.abs(range.high)) || 1;
  return el(
    "ol",
    { class: `bars ${positive ? "positive" : ""}` },
    bars.map((bar) => row(bar, most, range, positive)),
  );
}

/** @param {Bar} bar @param {number} most @param {import("locality/parts/colour").Range} range
 *  @param {boolean} positive */
function row({ label, value, said, chosen, onPick, onPoint }, most, range, positive) {
  const share = Math.min(1, Math.abs(value) / most) * (positive ? 100 : 50);
  const left = positive ? 0 : value < 0 ? 50 - share : 50;
  const name = onPick ? button(label, onPick, { class: "link", title: `Go to ${label}` }) : el("span", {}, label);
  return el(
    "li",
    {
      class: chosen ? "chosen" : "",
      onpointerenter: () => onPoint?.(true),
      onpointerleave: () => onPoint?.(false),
      onfocusin: () => onPoint?.(true),
      onfocusout: () => onPoint?.(false),
    },
    el("span", { class: "bar-label" }, name),
    el(
      "span",
      { class: "bar-track", "aria-hidden": "true" },
      el("span", { style: `left: ${left}%; width: ${share}%; background: ${colourOf(value, range)}` }),
    ),
    el("span", { class: "number bar-value", title: said }, said || short(value)),
  );
}

/** The strongest terms for and against: what pushes a number up, what pushes it down.
 *  @param {number} count @param {(i: number) => number} product @param {(i: number) => Bar} bar
 *  @param {string} what @param {import("locality/parts/colour").Range} range */
export function pushes(count, product, bar, what, range) {
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => product(b) - product(a));
  const up = order.filter((i) => product(i) > 0);
  const down = order.filter((i) => product(i) < 0).reverse();
  const side = (/** @type {number[]} */ all, /** @type {string} */ title) => {
    const sum = all.reduce((total, i) => total + product(i), 0);
    const rest = all.slice(10).reduce((total, i) => total + product(i), 0);
    return el(
      "section",
      { class: "grow" },
      el("h3", {}, title),
      el(
        "p",
        { class: "muted" },
        `${all.length} of ${count} terms, together `,
        el("span", { class: "number" }, exact(sum)),
      ),
      bars(
        all.slice(0, 10).map((i) => bar(i)),
        range,
        true,
      ),
      all.length > 10
        ? el(
            "p",
            { class: "muted" },
            `and ${all.length - 10} more, together `,
            el("span", { class: "number" }, exact(rest)),
          )
        : null,
    );
  };
  return el("div", { class: "row pushes" }, side(up, `Push for ${what}`), side(down, `Push against ${what}`));
}
