// One sum spelled out: the patch, the kernel, the products, and what they add up to, in full precision.

import { axisWindow, EDGES, inside } from "locality/filter";
import { reads, source } from "locality/geometry";
import { signedRange } from "locality/parts/colour";
import { el, exact, fill } from "locality/parts/dom";
import { MOST_TYPED, turned } from "locality/kernels";
import { cellSize, numberGrid } from "locality/rooms/kernels/grid";

/** @typedef {import("locality/kernels").Kernel} Kernel */
/** @typedef {import("locality/filter").Edges} Edges */
/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/parts/colour").Range} Range */
/**
 * @typedef {object} Terms
 * @property {Kernel} kernel as it is laid on: turned already for a convolution
 * @property {number[][]} sites the cell [y, x] of every tap, outside ones too
 * @property {([number, number] | null)[]} from the real cell whose value stands there, or null
 * @property {number[]} values @property {number[]} products
 * @property {number} total added up in the order of the taps
 * @property {boolean} hangs whether the window hangs over the edge
 */

/**
 * The terms of one output cell.
 * @param {Tensor} picture @param {number} channel @param {Kernel} given @param {Edges} edges @param {number} stride
 * @param {boolean} flip @param {number} y @param {number} x @returns {Terms}
 */
export function terms(picture, channel, given, edges, stride, flip, y, x) {
  const kernel = flip ? turned(given) : given;
  const [, height, width] = picture.shape;
  const [down, across] = [axisWindow(kernel.rows, stride), axisWindow(kernel.columns, stride)];
  const sites = reads(down, y).flatMap((row) => reads(across, x).map((column) => [row, column]));
  const from = sites.map(([row, column]) => {
    const place = [source(row, height, EDGES[edges]), source(column, width, EDGES[edges])];
    return place[0] === null || place[1] === null ? null : /** @type {[number, number]} */ (place);
  });
  const values = from.map((place) => (place ? picture.data[(channel * height + place[0]) * width + place[1]] : 0));
  const products = values.map((value, i) => value * kernel.values[i]);
  const total = products.reduce((a, b) => a + b, 0);
  return { kernel, sites, from, values, products, total, hangs: !inside(down, y, height) || !inside(across, x, width) };
}

const MOST_WRITTEN = 25; // terms that are written out in one line

/** How large the cells of three grids are: side by side, or below one another where their numbers would not fit.
 *  @param {number} columns @param {number} room */
function gridCell(columns, room) {
  const each = (/** @type {number} */ many) => (room - 80 * (many - 1)) / many;
  const sizes = [3, 2, 1].map((many) => cellSize(columns, each(many)));
  if (columns > MOST_TYPED) return cellSize(columns, Math.min(420, room > 500 ? each(3) : room));
  return sizes.find((size) => size >= 28) ?? sizes[2];
}

/** Three grids and the sum.
 *  @param {{label: string, room: () => number}} given   `room`: how wide the three may be together */
export function sumView({ label, room }) {
  /** @type {Terms | null} */
  let now = null;
  /** @type {{range: Range, edges: Edges, value: number}} */
  let how = { range: { low: 0, high: 255, scale: "grey" }, edges: "extend", value: 0 };
  /** @type {number | null} */
  let lit = null;
  const point = (/** @type {number | null} */ cell) => {
    lit = cell;
    draw();
  };
  const patch = numberGrid({ label: "The patch of the input", side: "input", onPoint: point });
  const weights = numberGrid({ label: "The kernel", onPoint: point });
  const products = numberGrid({ label: "The products", onPoint: point });
  const titles = ["Patch", "Kernel", "Products"].map((text) => el("figcaption", {}, text));
  const spot = el("p", { class: "spot number" });
  const line = el("p", { class: "formula kernel-sum" });
  const edge = el("p", { class: "muted" });
  const body = el("tbody");
  const table = el(
    "details",
    { ontoggle: () => rows() },
    el("summary", {}, "Every term"),
    el(
      "div",
      { class: "scroll terms", tabIndex: 0, role: "region", "aria-label": `Every term of ${label}` },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ["cell", "value", "weight", "product"].map((text) => el("th", { scope: "col" }, text)),
          ),
        ),
        body,
      ),
    ),
  );
  const sign = (/** @type {string} */ text) => el("span", { class: "sign", "aria-hidden": "true" }, text);
  const element = el(
    "div",
    { class: "kernel-terms" },
    el(
      "div",
      { class: "grids" },
      el("figure", {}, patch.element, titles[0]),
      sign("×"),
      el("figure", {}, weights.element, titles[1]),
      sign("="),
      el("figure", {}, products.element, titles[2]),
    ),
    spot,
    line,
    edge,
    table,
  );

  function draw() {
    if (!now) return;
    const { kernel, values, products: each, from, sites } = now;
    const size = gridCell(kernel.columns, room());
    const shape = { rows: kernel.rows, columns: kernel.columns };
    const beyond = (/** @type {number} */ i) => {
      const place = from[i];
      if (!place) return how.edges === "black" ? "–" : "";
      return place[0] === sites[i][0] && place[1] === sites[i][1] ? null : `${place[0]},${place[1]}`;
    };
    patch.draw({ ...shape, value: (i) => values[i], range: how.range, beyond }, size, lit);
    weights.draw({ ...shape, value: (i) => kernel.values[i], range: signedRange(kernel.values) }, size, lit);
    products.draw({ ...shape, value: (i) => each[i], range: signedRange(each) }, size, lit);
    spot.textContent =
      lit === null ? "" : `${where(lit)}: ${exact(values[lit])} × ${exact(kernel.values[lit])} = ${exact(each[lit])}`;
  }

  /** Where a value stands, in words. @param {number} i */
  function where(i) {
    const { sites, from } = /** @type {Terms} */ (now);
    const [y, x] = sites[i].map(exact);
    const place = from[i];
    if (!place) return `row ${y}, column ${x}: beyond the edge, 0`;
    if (place[0] === sites[i][0] && place[1] === sites[i][1]) return `row ${y}, column ${x}`;
    return `row ${y}, column ${x}: beyond the edge, copied from row ${place[0]}, column ${place[1]}`;
  }

  function rows() {
    if (!now || !table.open) return;
    const { values, kernel, products: each } = now;
    fill(
      body,
      values.map((value, i) =>
        el(
          "tr",
          {},
          el("td", {}, where(i)),
          [value, kernel.values[i], each[i]].map((x) => el("td", { class: "number" }, exact(x))),
        ),
      ),
    );
  }

  return {
    element,
    /** @param {Terms} found @param {typeof how} shown */
    show(found, shown) {
      now = found;
      how = shown;
      if (lit !== null && lit >= found.values.length) lit = null;
      draw();
      rows();
      fill(line, written(found, shown));
      const outside = found.from.filter((place, i) => String(place) !== String(found.sites[i])).length;
      edge.textContent = outside ? said(outside, shown.edges, gridCell(found.kernel.columns, room()) > 40) : "";
    },
  };
}

/** The sum as one line. @param {Terms} found @param {{edges: Edges, value: number}} shown */
function written({ kernel, values, products, total, hangs }, { edges, value }) {
  if (hangs && edges === "black")
    return [
      "The window hangs over the edge: no sum is taken, the output is black, ",
      el("b", { class: "out" }, "0"),
      ".",
    ];
  const kept = values.map((x, i) => /** @type {const} */ ([x, kernel.values[i]])).filter(([, weight]) => weight !== 0);
  const bracket = (/** @type {number} */ x) => (x < 0 ? `(${exact(x)})` : exact(x));
  const parts =
    kept.length > MOST_WRITTEN
      ? [`Sum of ${products.length} products`]
      : kept.flatMap(([x, weight], i) => [
          i ? " + " : "",
          el("span", { class: "in" }, bracket(x)),
          `·${bracket(weight)}`,
        ]);
  const difference = value - total;
  return [
    parts,
    parts.length ? " = " : "0 = ",
    el("b", { class: "out" }, exact(total)),
    difference
      ? `; the output holds ${exact(value)}, laid on as a column times a row, ${exact(difference)} away by rounding`
      : "",
    kept.length < products.length && kept.length <= MOST_WRITTEN
      ? `  (${products.length - kept.length} terms with weight 0 left out)`
      : "",
  ].flat();
}

/** What stands beyond the edge.
 *  @param {number} count @param {Edges} edges @param {boolean} below   whether cells say it */
function said(count, edges, below) {
  const many = count === 1 ? "1 cell lies" : `${count} cells lie`;
  const named = below ? "whose row and column stand below it." : 'as "Every term" names it.';
  const how = {
    black: "nothing stands there.",
    zero: "each counts as 0.",
    extend: `each copies the nearest cell, ${named}`,
    reflect: `each copies its mirror image, ${named}`,
    wrap: `each is a cell of the other side, ${named}`,
  }[edges];
  return `Hatched: ${many} beyond the edge; ${how}`;
}
