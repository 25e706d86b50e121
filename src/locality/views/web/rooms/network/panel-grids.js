// Terms as grids, patch, weights and products side by side, one row for each channel: a few as numbered cells, many as
// tiles on a canvas, of which only what is in view is drawn.

import { colourOf, inkOn } from "locality/parts/colour";
import { el, exact, short } from "locality/parts/dom";
import { fitCanvas, token } from "locality/parts/map";
import { range } from "locality/tensor";
import { number } from "locality/rooms/network/panel-parts";

/** @typedef {"input" | "weight" | "product"} Part */
/** One of the grids side by side; `small` stands under a number, `hint` says what a click does.
 *  @typedef {{part: Part, title: string, sign: string, hint: string, values: ArrayLike<number>,
 *  range: import("locality/parts/colour").Range, small: (i: number) => string}} Column */
/** `marked` is the term that wins, or -1.
 *  @typedef {{terms: import("locality/rooms/network/terms").Terms, columns: Column[], marked: number, label: string,
 *  onPoint: (i: number | null) => void, onPick: (i: number, part: Part) => void}} Drawing */
/** @typedef {{element: HTMLElement, light: (i: number | null) => void}} Drawn */

/** A number that fits into a cell. @param {number} x */
const brief = (x) => [3, 2, 1].map((digits) => short(x, digits)).find((text) => text.length < 8) ?? short(x, 1);

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @param {Drawing} given @returns {Drawn} */
export function numberGrids({ terms, columns, marked, onPoint, onPick }) {
  const [slices, rows, wide] = terms.size;
  const byPlace = new Map(range(terms.each).map((i) => [terms.at(i).join(), i]));
  const style = `--columns: ${wide}; --cell: ${wide > 3 ? 3.1 : 3.6}rem`;

  /** @param {Column} column @param {number} i */
  function cell({ part, values, range, small, hint }, i) {
    const { outside, tap, where } = terms.term(i);
    const under = small(i);
    const name = { weight: `weight ${tap && `[${tap}]`}`, product: "product", input: where }[part];
    const said = `${name}: ${exact(values[i])}`;
    const picks = part === "product" ? {} : { type: "button", tabIndex: part === "input" && !i ? 0 : -1 };
    return el(part === "product" ? "span" : "button", {
      class: `cell ${outside && part === "input" ? "outside" : ""} ${i === marked ? "marked" : ""}`,
      style: `background-color: ${colourOf(values[i], range)}; color: ${inkOn(values[i], range)}`,
      title: part === "product" ? said : `${said}\n${hint}`,
      "data-term": i, "data-part": part, ...picks,
    }, brief(values[i]), under ? el("small", {}, under) : null);
  }

  /** @param {Column} column @param {number} grid */
  function box(column, grid) {
    const { part, sign } = column;
    const title = column.title + (part !== "product" && terms.names[grid] ? `, ${terms.names[grid]}` : "");
    const planes = range(slices).map((slice) => {
      const cells = range(rows * wide).map((at) => {
        const i = byPlace.get([slice, Math.floor(at / wide), at % wide].join());
        if (i !== undefined) return cell(column, grid * terms.each + i);
        return el("span", { class: "gap", "aria-hidden": "true" }, terms.gap);
      });
      return el("div", { class: `cells ${part}`, style }, cells);
    });
    return el("div", { class: "factor" }, el("span", { class: "sign", "aria-hidden": "true" }, sign),
      el("div", { class: "grid", role: "group", "aria-label": title },
        el("span", { class: `caption ${part}` }, title), el("div", { class: "planes" }, planes)));
  }

  const hit = (/** @type {Event} */ event) =>
    /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-term]"));
  const point = (/** @type {Event} */ event) => onPoint(hit(event) && Number(hit(event)?.dataset.term));

  /** To the nearest button that way. @param {KeyboardEvent} event */
  function step(event) {
    const [from, by] = [hit(event), ARROWS[event.key]];
    if (!from || !by) return;
    event.preventDefault();
    const here = from.getBoundingClientRect();
    const found = [...element.querySelectorAll("button")].map((button) => {
      const { x, y } = button.getBoundingClientRect();
      const along = (x - here.x) * by[0] + (y - here.y) * by[1];
      return { button, along, far: along + 9 * Math.abs((x - here.x) * by[1] + (y - here.y) * by[0]) };
    }).filter(({ along }) => along > 1).sort((a, b) => a.far - b.far)[0];
    if (!found) return;
    [from.tabIndex, found.button.tabIndex] = [-1, 0];
    found.button.focus();
  }

  /** @param {Event} event */
  function pick(event) {
    const button = hit(event);
    if (button?.tagName === "BUTTON") onPick(Number(button.dataset.term), /** @type {Part} */ (button.dataset.part));
  }

  /** @param {number} grid */
  const row = (grid) =>
    el("div", { class: "term-row" }, columns.map((column) => box(column, grid)),
      terms.names.length > 1 &&
        el("p", { class: "partial" }, el("span", { class: "muted" }, "sum "), number(terms.sum(grid))));
  const leave = () => onPoint(null);
  const listeners = { onpointerover: point, onpointerleave: leave, onfocusin: point, onkeydown: step, onclick: pick };
  const element = el("div", { class: "grids", ...listeners }, terms.names.map((_, grid) => row(grid)));
  return {
    element,
    light(i) {
      for (const one of element.querySelectorAll(".lit")) one.classList.remove("lit");
      for (const one of element.querySelectorAll(`[data-term="${i}"]`)) one.classList.add("lit");
    },
  };
}

const [PAD, LABEL, SIGN, TALL] = [10, 20, 16, 460];

/** @param {Drawing} given @returns {Drawn} */
export function tileGrids({ terms, columns, marked, label, onPoint, onPick }) {
  const [slices, rows, wide] = terms.size;
  const high = slices * (rows + 1) - 1; // a cell's room between slices
  const spots = range(terms.each).map((i) => {
    const [slice, row, column] = terms.at(i);
    return [column, slice * (rows + 1) + row];
  });
  const bySpot = new Map(spots.map((spot, i) => [spot.join(), i]));
  const canvas = el("canvas", {
    tabIndex: 0, role: "application",
    "aria-label": `${label}. Arrow keys go from term to term, Enter chooses its weight.`,
    onpointermove: (/** @type {MouseEvent} */ event) => onPoint(under(event)?.i ?? null),
    onpointerleave: () => onPoint(null), onclick: click, onkeydown: step, onfocus: draw, onblur: draw,
  });
  const sizer = el("div", { class: "tiles-sizer" }, canvas);
  const element = el("div", { class: "tiles scroll", onscroll: draw }, sizer);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let [cell, across, width, height, view, cursor] = [1, 1, 1, 1, 1, 0];
  /** @type {number | null} */
  let lit = null;
  /** @type {Map<string, HTMLCanvasElement>} */
  let images = new Map();

  function measure() {
    const room = element.offsetWidth - 14;
    if (room <= 0) return;
    const [parts, signs] = [columns.length * wide, (columns.length - 1) * SIGN];
    cell = Math.max(1, Math.min(18, Math.floor((room - 2 * PAD - signs) / parts), Math.max(4, Math.floor(130 / wide))));
    width = Math.max(parts * cell + signs, 92) + 2 * PAD;
    height = 2 * LABEL + high * cell + PAD;
    across = Math.max(1, Math.min(terms.names.length, Math.floor(room / width)));
    const all = Math.ceil(terms.names.length / across) * height;
    view = Math.min(all, Math.max(TALL, Math.min(height, 700)));
    element.style.height = `${view + 2}px`;
    sizer.style.cssText = `width: ${across * width}px; height: ${all}px`;
    fitCanvas(canvas, across * width, view);
    images = new Map();
    draw();
  }

  /** The corner of a tile. @param {number} grid */
  const corner = (grid) => [(grid % across) * width + PAD, Math.floor(grid / across) * height - element.scrollTop];

  /** The corner of a term's cell in one of the columns. @param {number} i @param {number} part */
  function place(i, part) {
    const [[left, top], [x, y]] = [corner(Math.floor(i / terms.each)), spots[i % terms.each]];
    return { x: left + part * (wide * cell + SIGN) + x * cell, y: top + LABEL + y * cell };
  }

  /** One column of a tile, a pixel a cell. @param {number} grid @param {number} part */
  function image(grid, part) {
    const key = `${grid},${part}`;
    const known = images.get(key);
    if (known) return known;
    const made = el("canvas", { width: wide, height: high });
    const pen = /** @type {CanvasRenderingContext2D} */ (made.getContext("2d"));
    spots.forEach(([x, y], i) => {
      pen.fillStyle = colourOf(columns[part].values[grid * terms.each + i], columns[part].range);
      pen.fillRect(x, y, 1, 1);
    });
    images.set(key, made);
    return made;
  }

  function draw() {
    context.clearRect(0, 0, across * width, view);
    const first = Math.floor(element.scrollTop / height) * across;
    const last = Math.min(terms.names.length, Math.ceil((element.scrollTop + view) / height) * across);
    for (let grid = first; grid < last; grid++) tile(grid);
    mark(marked, "output", 2.5);
    if (document.activeElement === canvas) mark(cursor, "focus", 2.5);
    mark(lit ?? -1, "ink", 2);
  }

  /** @param {number} grid */
  function tile(grid) {
    const [left, top] = corner(grid);
    /** @param {string} text @param {string} colour @param {number} x @param {number} y */
    const write = (text, colour, x, y) => {
      context.fillStyle = token(colour);
      context.fillText(text, x, top + y, width - PAD);
    };
    context.font = "13px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.imageSmoothingEnabled = false;
    write(terms.names[grid], "input", left, LABEL / 2);
    write(`sum ${short(terms.sum(grid), 4)}`, "muted", left, height - PAD - LABEL / 2 + 2);
    columns.forEach(({ part, sign }, at) => {
      const x = left + at * (wide * cell + SIGN);
      context.drawImage(image(grid, at), x, top + LABEL, wide * cell, high * cell);
      write(sign, "muted", x - SIGN + 4, LABEL + (high * cell) / 2);
      if (part === "input") hatch(grid);
      context.strokeStyle = token({ input: "input", weight: "muted", product: "output" }[part]);
      context.lineWidth = 1.5;
      for (let y = 0; y < high; y += rows + 1)
        context.strokeRect(x - 0.5, top + LABEL + y * cell - 0.5, wide * cell + 1, rows * cell + 1);
    });
  }

  /** Lines over the cells outside the map. @param {number} grid */
  function hatch(grid) {
    context.strokeStyle = token("muted");
    context.lineWidth = 1;
    context.beginPath();
    for (let i = grid * terms.each; i < (grid + 1) * terms.each; i++) {
      const { x, y } = place(i, 0);
      for (const [from, to] of terms.outside(i) ? [[0, 0.5], [0, 1], [0.5, 1]] : []) {
        context.moveTo(x + from * cell, y + to * cell);
        context.lineTo(x + to * cell, y + from * cell);
      }
    }
    context.stroke();
  }

  /** @param {number} i @param {string} colour @param {number} line */
  function mark(i, colour, line) {
    if (i < 0) return;
    columns.forEach((_, part) => {
      const { x, y } = place(i, part);
      for (const [style, wider] of /** @type {[string, number][]} */ ([["panel", 2], [colour, 0]])) {
        context.strokeStyle = token(style);
        context.lineWidth = line + wider;
        context.strokeRect(x - 1, y - 1, cell + 2, cell + 2);
      }
    });
  }

  /** The term under the pointer, and in which column. @param {MouseEvent} event */
  function under({ offsetX, offsetY }) {
    const y = offsetY + element.scrollTop;
    const [grid, left] = [Math.floor(y / height) * across + Math.floor(offsetX / width), (offsetX % width) - PAD];
    const part = Math.floor(left / (wide * cell + SIGN));
    const [column, row] = [left - part * (wide * cell + SIGN), (y % height) - LABEL].map((at) => Math.floor(at / cell));
    const i = bySpot.get(`${column},${row}`);
    return i === undefined || !columns[part] || grid >= terms.names.length ? null : { i: grid * terms.each + i, part };
  }

  /** @param {MouseEvent} event */
  function click(event) {
    const hit = under(event);
    if (!hit) return;
    cursor = hit.i;
    if (columns[hit.part].part !== "product") onPick(hit.i, columns[hit.part].part);
  }

  /** @param {KeyboardEvent} event */
  function step(event) {
    const [x, y] = ARROWS[event.key] ?? [{ PageUp: -terms.each, PageDown: terms.each }[event.key] ?? 0, 0];
    const picked = event.key === "Enter" || event.key === " ";
    if (!picked && !x && !y) return;
    event.preventDefault();
    if (picked) return onPick(cursor, columns.length > 1 && !event.shiftKey ? "weight" : "input");
    cursor = Math.min(terms.count - 1, Math.max(0, cursor + x + y * wide));
    const top = place(cursor, 0).y;
    if (top < LABEL || top > view - cell - LABEL) element.scrollTop += top - view / 2;
    onPoint(cursor);
  }

  new ResizeObserver(measure).observe(element);
  return { element, light: (i) => ((lit = i), draw()) };
}
