// The three ways of joining a row of cells to the next, drawn: an edge for each product, a colour for each weight.

import { el, svg } from "locality/parts/dom";
import { product, range } from "locality/tensor";

/** @typedef {"full" | "local" | "shared"} Way */

const [CELLS, KERNEL, OUT] = [7, 3, 5];
const [TOP, BOTTOM] = [18, 94]; // where the rows stand

/** Which weight joins two cells. @type {Record<Way, (from: number, to: number) => number>} */
const WEIGHTS = {
  full: (from, to) => from + CELLS * to,
  local: (from, to) => from - to + KERNEL * to,
  shared: (from, to) => from - to,
};

/** @param {Way} way */
export function joining(way) {
  const pairs = product([range(CELLS), range(OUT)])
    .filter(([from, to]) => way === "full" || (from >= to && from < to + KERNEL));
  const weights = new Set(pairs.map(([from, to]) => WEIGHTS[way](from, to))).size;
  const what = `${CELLS} cells to ${OUT}: ${pairs.length} connections, ${weights} weights.`;
  const lines = pairs.map(([from, to]) => {
    const weight = WEIGHTS[way](from, to);
    return svg("line", {
      x1: from * 40 + 30, y1: TOP, x2: to * 40 + 70, y2: BOTTOM, "stroke-width": way === "full" ? 1.4 : 2.6,
      stroke: way === "shared" ? `var(--tap-${weight})` : `hsl(${(weight * 137.5) % 360} 65% var(--edge-light))`,
    });
  });
  return el("figure", {},
    svg("svg", { viewBox: "0 0 300 112", class: "joining", role: "img", "aria-label": `Drawn: ${what}` }, ...lines,
      ...range(CELLS).map((i) => cell(i * 40 + 30, TOP, "input")),
      ...range(OUT).map((i) => cell(i * 40 + 70, BOTTOM, "output"))),
    el("figcaption", {}, what));
}

/** @param {number} x @param {number} y @param {string} which */
const cell = (x, y, which) =>
  svg("rect", { x: x - 11, y: y - 11, width: 22, height: 22, rx: 3, class: `joining-${which}` });
