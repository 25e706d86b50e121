// The curve of an activation with one point marked on it, and the two numbers it joins.

import { CURVES } from "locality/layers/curves";
import { el, exact, short, svg } from "locality/parts/dom";

const [WIDTH, HEIGHT, PAD] = [300, 190, 30];

/** @param {string} name @param {number} x @param {number} y @param {number} [slope] @returns {HTMLElement} */
export function curvePlot(name, x, y, slope = 0) {
  const curve = CURVES[name];
  const reach = Math.max(4, Math.min(Math.abs(x) * 1.25, 1e6) || 0);
  const steps = Array.from({ length: 161 }, (_, i) => -reach + (i / 80) * reach);
  const heights = steps.map((at) => curve(at, slope));
  const high = Math.max(0.5, y, ...heights);
  const low = Math.min(0, y, ...heights);
  const spare = (high - low) * 0.06;
  const across = (/** @type {number} */ at) => PAD + ((at + reach) / (2 * reach)) * (WIDTH - 2 * PAD);
  const down = (/** @type {number} */ at) =>
    HEIGHT - PAD - ((at - low + spare) / (high - low + 2 * spare)) * (HEIGHT - 2 * PAD);
  const [px, py] = [Math.max(-reach, Math.min(reach, x)), y];
  const line = steps.map((at, i) => `${i ? "L" : "M"}${across(at).toFixed(1)} ${down(heights[i]).toFixed(1)}`).join("");
  const label = (/** @type {number} */ at, /** @type {number} */ top, /** @type {string} */ text, anchor = "middle") =>
    svg("text", { x: at, y: top, "text-anchor": anchor }, text);
  const finite = Number.isFinite(x) && Number.isFinite(y);
  return el(
    "div",
    { class: "curve" },
    svg(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: "img",
        "aria-label": `The curve of ${name}: from ${exact(x)} to ${exact(y)}`,
      },
      svg("path", { class: "axis", d: `M${PAD} ${down(0)}H${WIDTH - PAD}M${across(0)} ${PAD / 2}V${HEIGHT - PAD}` }),
      label(PAD, down(0) + 14, short(-reach), "start"),
      label(WIDTH - PAD, down(0) + 14, short(reach), "end"),
      label(across(0) + 5, down(high) + 4, short(high), "start"),
      low < -0.01 ? label(across(0) + 5, down(low) + 2, short(low), "start") : null,
      svg("path", { class: "line", d: line }),
      finite ? svg("path", { class: "drop", d: `M${across(px)} ${down(0)}V${down(py)}H${across(0)}` }) : null,
      finite ? svg("circle", { class: "from", cx: across(px), cy: down(0), r: 4 }) : null,
      finite ? svg("circle", { class: "point", cx: across(px), cy: down(py), r: 6 }) : null,
    ),
  );
}
