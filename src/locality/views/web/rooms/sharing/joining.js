// The three ways of joining a row of cells to the next, drawn: an edge for each product, a colour for each weight.

import { el, fill, svg } from "locality/parts/dom";

const CELLS = 7;
const KERNEL = 3;
const OUT = CELLS - KERNEL + 1;
const [WIDTH, HEIGHT, GAP] = [300, 112, 40];

/** Where a cell of a row of `count` stands. @param {number} i @param {number} count */
const along = (i, count) => WIDTH / 2 + (i - (count - 1) / 2) * GAP;

/** The weight that joins an input to an output, by its number; null where they are not joined.
 *  @param {"full" | "local" | "shared"} way @param {number} from @param {number} to */
function weightOf(way, from, to) {
  const tap = from - to;
  if (way === "full") return from + CELLS * to;
  if (tap < 0 || tap >= KERNEL) return null;
  return way === "local" ? to * KERNEL + tap : tap;
}

/** @param {"full" | "local" | "shared"} way @param {number} weights how many there are */
function colour(way, weights) {
  // Weights that are shared need three colours that nobody confuses; the others only have to
  // differ from their neighbours.
  return (/** @type {number} */ number) =>
    way === "shared" ? `var(--tap-${number})` : `hsl(${Math.round((number * 137.5) % 360)} 65% var(--edge-light))`;
}

/** @param {"full" | "local" | "shared"} way */
export function joining(way) {
  const count = { full: CELLS * OUT, local: KERNEL * OUT, shared: KERNEL }[way];
  const paint = colour(way, count);
  const edges = svg("g");
  const marks = svg("g");
  const said = el("figcaption", {});
  let chosen = -1;

  function draw() {
    fill(edges);
    fill(marks);
    const lit = new Set();
    for (let to = 0; to < OUT; to++) {
      for (let from = 0; from < CELLS; from++) {
        const weight = weightOf(way, from, to);
        if (weight === null) continue;
        const on = chosen < 0 || to === chosen;
        if (to === chosen) lit.add(from);
        edges.append(
          svg("line", {
            x1: along(from, CELLS),
            y1: 18,
            x2: along(to, OUT),
            y2: HEIGHT - 18,
            stroke: paint(weight),
            "stroke-width": on ? (chosen < 0 && way === "full" ? 1.4 : 2.6) : 1,
            opacity: on ? 1 : 0.18,
          }),
        );
      }
    }
    for (let i = 0; i < CELLS; i++) marks.append(cell(along(i, CELLS), 18, "input", chosen < 0 || lit.has(i)));
    for (let i = 0; i < OUT; i++) {
      const mark = cell(along(i, OUT), HEIGHT - 18, "output", chosen < 0 || i === chosen);
      mark.addEventListener("pointerenter", () => choose(i));
      mark.addEventListener("pointerdown", () => choose(i));
      marks.append(mark);
    }
    const edgeCount = way === "full" ? CELLS * OUT : KERNEL * OUT;
    const what = `${CELLS} cells to ${OUT}: ${edgeCount} connections, ${count} weights`;
    said.textContent = chosen < 0 ? `${what}.` : `${what}. Output ${chosen + 1} reads ${lit.size} cells.`;
  }

  /** @param {number} output */
  function choose(output) {
    if (output === chosen) return;
    chosen = output;
    draw();
  }

  const drawing = svg(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      class: "joining",
      role: "img",
      tabindex: 0,
      "aria-label": `${CELLS} input cells in a row above ${OUT} output cells, joined by ${count} different weights. ` +
        `Arrow keys choose an output.`,
    },
    edges,
    marks,
  );
  drawing.addEventListener("pointerleave", () => choose(-1));
  drawing.addEventListener("blur", () => choose(-1));
  drawing.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    choose(Math.min(Math.max(chosen + step, 0), OUT - 1));
  });
  said.setAttribute("aria-live", "polite");
  draw();
  return el("figure", {}, drawing, said);
}

/** @param {number} x @param {number} y @param {string} which @param {boolean} on */
function cell(x, y, which, on) {
  return svg("rect", {
    x: x - 11,
    y: y - 11,
    width: 22,
    height: 22,
    rx: 3,
    class: `joining-${which}`,
    opacity: on ? 1 : 0.35,
  });
}
