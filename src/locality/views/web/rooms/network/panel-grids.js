// Terms as grids of numbered cells: patch, weights and products side by side, one row for each channel. For few terms;
// many are drawn on a canvas by panel-tiles.

import { colourOf, inkOn } from "locality/parts/colour";
import { el, exact, short } from "locality/parts/dom";

/** @typedef {import("locality/rooms/network/terms").Terms} Terms */
/** @typedef {"input" | "weight" | "product"} Part */

/**
 * One of the grids side by side: what it is called, what stands in it, what is written before it.
 * @typedef {{part: Part, title: string, sign: string, range: import("locality/parts/colour").Range,
 *   value: (i: number) => number, small: (i: number) => string}} Column
 */

/**
 * @typedef {object} Drawing
 * @property {Terms} terms @property {Column[]} columns @property {number} marked   the term that wins, or -1
 * @property {(i: number | null) => void} onPoint   the term under the pointer or the keyboard
 * @property {(i: number, part: Part) => void} onPick @property {(part: Part) => string} hint   what a click does
 */

/** @typedef {{element: HTMLElement, light: (i: number | null) => void}} Drawn */

/** A number that fits into a cell. @param {number} x */
const brief = (x) => [3, 2, 1].map((digits) => short(x, digits)).find((text) => text.length < 8) ?? short(x, 1);

/** @param {Drawing} given @returns {Drawn} */
export function numberGrids({ terms, columns, marked, onPoint, onPick, hint }) {
  /** @type {Map<string, HTMLElement>} */
  const byPlace = new Map();
  /** @type {HTMLElement[][]} */
  const byTerm = Array.from({ length: terms.count }, () => []);
  const [slices, rows, wide] = terms.size;
  const grids = terms.names.map((name, grid) =>
    el(
      "div",
      { class: "term-row" },
      columns.map((column) =>
        el(
          "div",
          { class: "factor" },
          el("span", { class: "sign", "aria-hidden": "true" }, column.sign),
          box(column, name, grid),
        ),
      ),
      terms.names.length > 1
        ? el(
            "p",
            { class: "partial" },
            el("span", { class: "muted" }, "sum "),
            el("span", { class: "number" }, exact(terms.sum(grid))),
          )
        : null,
    ),
  );

  /** @param {Column} column @param {string} name @param {number} grid */
  function box(column, name, grid) {
    const found = new Map(Array.from({ length: terms.each }, (_, i) => [terms.at(i).join(), grid * terms.each + i]));
    const planes = Array.from({ length: slices }, (_, slice) =>
      el(
        "div",
        { class: `cells ${column.part}`, style: `--columns: ${wide}; --cell: ${wide > 3 ? 3.1 : 3.6}rem` },
        Array.from({ length: rows * wide }, (_, at) => {
          const place = [slice, Math.floor(at / wide), at % wide].join();
          const i = found.get(place);
          return i === undefined
            ? el("span", { class: "gap", "aria-hidden": "true" }, terms.gaps === "taps" ? "·" : "")
            : cell(column, i, `${grid}:${column.part}:${place}`);
        }),
      ),
    );
    const title = `${column.title}${name && column.part !== "product" ? `, ${name}` : ""}`;
    return el(
      "div",
      { class: "grid", role: "group", "aria-label": title },
      el("span", { class: `caption ${column.part}` }, title),
      el("div", { class: "planes" }, planes),
    );
  }

  /** @param {Column} column @param {number} i @param {string} key */
  function cell(column, i, key) {
    const term = terms.term(i);
    const value = column.value(i);
    const small = column.small(i);
    const picks = column.part !== "product";
    const classes = ["cell", term.outside && column.part === "input" ? "outside" : "", i === marked ? "marked" : ""]
      .filter(Boolean)
      .join(" ");
    const name = { weight: `weight ${term.tap}`, product: "product", input: term.where }[column.part];
    const said = `${name}: ${exact(value)}`;
    const element = el(
      picks ? "button" : "span",
      {
        class: classes,
        style: `background-color: ${colourOf(value, column.range)}; color: ${inkOn(value, column.range)}`,
        title: picks ? `${said}\n${hint(column.part)}` : said,
        "data-term": i,
        "data-part": column.part,
        "data-key": key,
        ...(picks ? { type: "button", tabIndex: byPlace.size ? -1 : 0 } : {}),
      },
      brief(value),
      small ? el("small", {}, small) : null,
    );
    byPlace.set(key, element);
    byTerm[i].push(element);
    return element;
  }

  const termOf = (/** @type {Event} */ event) => {
    const hit = event.target instanceof Element ? event.target.closest("[data-term]") : null;
    return hit instanceof HTMLElement ? hit : null;
  };
  /** @param {Event} event */
  const point = (event) => onPoint(termOf(event) ? Number(termOf(event)?.dataset.term) : null);
  /** @param {KeyboardEvent} event */
  function step(event) {
    const from = termOf(event);
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!from || !by) return;
    event.preventDefault();
    const [grid, part, place] = String(from.dataset.key).split(":");
    let [slice, row, column] = place.split(",").map(Number);
    let [number, at] = [Number(grid), columns.findIndex((one) => one.part === part)];
    // Past the border of a grid: to the grid beside it, or to the next channel's.
    for (let steps = 0; steps < 2 * (rows + wide) + 4; steps++) {
      row += by[0];
      column += by[1];
      if (column < 0) [at, column] = [at - 1, wide - 1];
      if (column >= wide) [at, column] = [at + 1, 0];
      if (row < 0) [number, slice, row] = slice ? [number, slice - 1, rows - 1] : [number - 1, slices - 1, rows - 1];
      if (row >= rows) [number, slice, row] = slice < slices - 1 ? [number, slice + 1, 0] : [number + 1, 0, 0];
      if (!columns[at]) return;
      const to = byPlace.get(`${number}:${columns[at].part}:${slice},${row},${column}`);
      if (to instanceof HTMLButtonElement) {
        from.tabIndex = -1;
        to.tabIndex = 0;
        to.focus();
        return;
      }
    }
  }
  const element = el(
    "div",
    {
      class: "grids",
      onpointerover: point,
      onpointerleave: () => onPoint(null),
      onfocusin: point,
      onkeydown: step,
      onclick: (/** @type {Event} */ event) => {
        const hit = termOf(event);
        if (hit instanceof HTMLButtonElement) onPick(Number(hit.dataset.term), /** @type {Part} */ (hit.dataset.part));
      },
    },
    grids,
  );
  /** @type {number | null} */
  let lit = null;
  return {
    element,
    light(i) {
      for (const one of byTerm[lit ?? -1] ?? []) one.classList.remove("lit");
      for (const one of byTerm[i ?? -1] ?? []) one.classList.add("lit");
      lit = i;
    },
  };
}
