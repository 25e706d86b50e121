// One sum spelled out: the patch, the kernel, the products, and what they add up to, in full precision.

import { axis } from "locality/filter";
import { MOST_TYPED, turned } from "locality/kernels";
import { signedRange } from "locality/parts/colour";
import { el, exact, fill } from "locality/parts/dom";
import { plainBoard } from "locality/rooms/arithmetic/boards";
import { grid } from "locality/parts/grid";
import { product, range } from "locality/tensor";

/** @import { Edges, Image } from "locality/filter" */
/** @import { Kernel } from "locality/kernels" */
/** @import { Range } from "locality/parts/colour" */

const MOST_WRITTEN = 25; // terms in the open

/** Cells as large as there is room, and no larger than is good to read. @param {number} columns */
export const cellSize = (columns, room = 620) => Math.max(6, Math.min(58, Math.floor(room / columns)));

/** Numbers in squares. @param {number} rows @param {number} columns @param {ArrayLike<number>} values */
export const squares = (rows, columns, values) =>
  plainBoard({ shape: [rows, columns], data: Float64Array.from(values) });

/** @param {string} text */
export const sign = (text) => el("span", { class: "sign", "aria-hidden": "true" }, text);

/** The terms of one output cell, added up in the order of the taps: `from` are the real cells whose values stand there,
 *  where there are any; the first tap lies at `corner`.
 *  @param {Image} picture @param {number} channel @param {Kernel} given @param {Edges} edges @param {number} stride
 *  @param {boolean} flip @param {number} y @param {number} x */
export function terms({ shape: [, height, width], data }, channel, given, edges, stride, flip, y, x) {
  const kernel = flip ? turned(given) : given;
  const [down, across] = [axis(kernel.rows, height, edges, stride), axis(kernel.columns, width, edges, stride)];
  const [top, left] = [y * stride, x * stride];
  const corner = [top + down.first, left + across.first];
  const taps = product([range(kernel.rows), range(kernel.columns)]);
  const from = taps.map(([i, j]) => [down.cells[top + i], across.cells[left + j]]);
  const values = from.map(([row, column]) =>
    (row < 0 || column < 0 ? 0 : data[(channel * height + row) * width + column]));
  const inside = taps.map(([i, j], t) => from[t][0] === corner[0] + i && from[t][1] === corner[1] + j);
  const products = values.map((value, i) => value * kernel.values[i]);
  const total = products.reduce((a, b) => a + b, 0);
  return { kernel, corner, inside, values, products, total, hangs: !down.inside[y] || !across.inside[x] };
}

export function sumView() {
  const [patch, weights, products] = ["patch of the input", "kernel", "products"].map((label, i) =>
    grid(`The ${label}`, ["input", "kernel", "output"][i]));
  const [line, edge] = ["formula kernel-sum", "muted"].map((name) => el("p", { class: name }));
  const title = el("figcaption");
  const all = el("p", { class: "formula kernel-sum" });
  const more = el("details", { ontoggle: () => spell() }, el("summary", {}, "Every term"), all);
  /** @type {() => void} */
  let spell = () => {};
  const element = el("div", {}, el("div", { class: "row" },
    el("figure", {}, patch.element, el("figcaption", {}, "Patch")), sign("×"),
    el("figure", {}, weights.element, title), sign("="),
    el("figure", {}, products.element, el("figcaption", {}, "Products"))), line, edge, more);

  /** @param {ReturnType<typeof terms>} found @param {{edges: string, laid: string}} now @param {Range} seen the input's
   *  @param {number} room */
  function show(found, now, seen, room) {
    const edges = /** @type {Edges} */ (now.edges);
    const { kernel: { rows, columns, values }, inside } = found;
    const sizes = [3, 2, 1].map((many) => cellSize(columns, (room - 80 * (many - 1)) / many));
    const beside = columns > MOST_TYPED ? room > 500 && sizes[0] : sizes.find((each) => each >= 28);
    const size = beside || sizes[2];
    const board = squares(rows, columns, found.values);
    for (const [i, cell] of board.cells.entries())
      if (!inside[i]) cell.kind = edges === "black" ? "beyond" : "padded";
    patch.draw(board, size, seen, {});
    weights.draw(squares(rows, columns, values), size, signedRange(values), {});
    products.draw(squares(rows, columns, found.products), size, signedRange(found.products), {});
    title.textContent = now.laid === "convolution" ? "Kernel, turned by half a turn" : "Kernel";
    fill(line, written(found, edges));
    spell = () => more.open &&
      (all.textContent = found.values.map((x, i) => `${bracket(x)}·${bracket(values[i])}`).join(" + "));
    spell();
    more.hidden = values.length <= MOST_WRITTEN;
    const outside = inside.filter((each) => !each).length;
    edge.textContent = outside ? `Dashed: ${outside} beyond the edge; ${BEYOND[edges]}.` : "";
  }

  return { element, show };
}

/** @type {Record<Edges, string>} */
const BEYOND = {
  black: "nothing stands there",
  zero: "each counts as 0",
  extend: "each copies the nearest cell",
  reflect: "each copies its mirror image",
  wrap: "each is a cell of the other side",
};

/** @param {number} x */
const bracket = (x) => (x < 0 ? `(${exact(x)})` : exact(x));

/** The sum as one line. @param {ReturnType<typeof terms>} found @param {Edges} edges */
function written({ kernel, values, products, total, hangs }, edges) {
  const out = (/** @type {number} */ x) => el("b", { class: "out" }, exact(x));
  if (hangs && edges === "black")
    return ["The window hangs over the edge: no sum is taken, the output is black, ", out(0), "."];
  const kept = range(values.length).filter((i) => kernel.values[i] !== 0);
  const left = values.length - kept.length;
  const long = kept.length > MOST_WRITTEN;
  const parts = (long ? [] : kept).flatMap((tap, i) =>
    [i > 0 && " + ", el("span", { class: "in" }, bracket(values[tap])), `·${bracket(kernel.values[tap])}`]);
  return [...(long ? [`Sum of ${products.length} products`] : parts), kept.length ? " = " : "0 = ", out(total),
    left > 0 && ` (${left} terms with weight 0 left out)`];
}
