// Many terms on one canvas: a tile for each channel with its patch, weights and products. Only what is in view is drawn.

import { colours, place as colourAt } from "locality/parts/colour";
import { el, short } from "locality/parts/dom";
import { fitCanvas, token } from "locality/parts/map";

const [PAD, LABEL, GAP, SIGN, TALL] = [10, 20, 4, 16, 460];

/** @param {import("locality/rooms/network/panel-grids").Drawing & {label: string, width: number}} given
 *  @returns {import("locality/rooms/network/panel-grids").Drawn & {redraw: (width: number) => void}} */
export function tileGrids({ terms, columns, marked, onPoint, onPick, label, width }) {
  const [slices, rows, wide] = terms.size;
  const canvas = el("canvas", {
    tabIndex: 0,
    role: "application",
    "aria-label": `${label}. Arrow keys go from term to term, Enter chooses its weight.`,
  });
  const sizer = el("div", { class: "tiles-sizer" }, canvas);
  const element = el("div", { class: "tiles scroll" }, sizer);
  let [cell, across, tileWidth, tileHeight, view] = [1, 1, 1, 1, 1];
  /** @type {CanvasRenderingContext2D} */
  let context;
  /** @type {number | null} */
  let lit = null;
  let cursor = 0;
  let column = 0;

  /** @param {number} room */
  function measure(room) {
    const parts = columns.length;
    const free = Math.max(120, room - 14) - 2 * PAD - (parts - 1) * SIGN;
    cell = Math.max(1, Math.min(18, Math.floor(free / (parts * wide)), Math.max(4, Math.floor(130 / wide))));
    tileWidth = Math.max(parts * wide * cell + (parts - 1) * SIGN, 92) + 2 * PAD;
    tileHeight = LABEL + slices * rows * cell + (slices - 1) * GAP + LABEL + PAD;
    across = Math.max(1, Math.min(terms.names.length, Math.floor((room - 14) / tileWidth)));
    const down = Math.ceil(terms.names.length / across);
    view = Math.min(down * tileHeight, Math.max(TALL, Math.min(tileHeight, 700)));
    element.style.height = `${view + 2}px`;
    sizer.style.width = `${across * tileWidth}px`;
    sizer.style.height = `${down * tileHeight}px`;
    context = fitCanvas(canvas, across * tileWidth, view);
  }

  /** The corner of a term's cell in one of the columns. @param {number} i @param {number} part */
  function corner(i, part) {
    const grid = Math.floor(i / terms.each);
    const [slice, row, col] = terms.at(i % terms.each);
    const x = (grid % across) * tileWidth + PAD + part * (wide * cell + SIGN) + col * cell;
    const y = Math.floor(grid / across) * tileHeight + LABEL + slice * (rows * cell + GAP) + row * cell;
    return { x, y: y - element.scrollTop };
  }

  const base = document.createElement("canvas"); // the tiles without marks: a hover draws only these

  function paint() {
    const screen = context;
    context = fitCanvas(base, across * tileWidth, view);
    const first = Math.floor(element.scrollTop / tileHeight) * across;
    const last = Math.min(terms.names.length, Math.ceil((element.scrollTop + view) / tileHeight) * across);
    for (let grid = first; grid < last; grid++) tile(grid);
    context = screen;
    draw();
  }

  function draw() {
    context.clearRect(0, 0, across * tileWidth, view);
    context.drawImage(base, 0, 0, across * tileWidth, view);
    mark(marked, token("output"), 2.5);
    if (document.activeElement === canvas) mark(cursor, token("focus"), 2.5);
    if (lit !== null) mark(lit, token("ink"), 2);
  }

  /** @param {number} grid */
  function tile(grid) {
    const top = Math.floor(grid / across) * tileHeight - element.scrollTop;
    const left = (grid % across) * tileWidth + PAD;
    context.font = "13px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.fillStyle = token("input");
    context.fillText(terms.names[grid], left, top + LABEL / 2, tileWidth - PAD);
    context.fillStyle = token("muted");
    context.fillText(`sum ${short(terms.sum(grid), 4)}`, left, top + tileHeight - PAD - LABEL / 2 + 2, tileWidth - PAD);
    columns.forEach(({ range, value, part, sign }, at) => {
      const table = colours(range.scale);
      for (let i = grid * terms.each; i < (grid + 1) * terms.each; i++) {
        const { x, y } = corner(i, at);
        const bytes = table[colourAt(value(i), range)];
        context.fillStyle = `rgb(${bytes & 255} ${(bytes >> 8) & 255} ${(bytes >> 16) & 255})`;
        context.fillRect(x, y, cell, cell);
        if (part === "input" && terms.outside(i)) hatch(x, y);
      }
      const x = left + at * (wide * cell + SIGN);
      context.strokeStyle = token(part === "input" ? "input" : part === "product" ? "output" : "muted");
      context.lineWidth = 1.5;
      for (let slice = 0; slice < slices; slice++) {
        context.strokeRect(x - 0.5, top + LABEL + slice * (rows * cell + GAP) - 0.5, wide * cell + 1, rows * cell + 1);
      }
      context.fillStyle = token("muted");
      if (sign) context.fillText(sign, x - SIGN + 4, top + LABEL + (slices * rows * cell) / 2);
    });
  }

  /** @param {number} x @param {number} y */
  function hatch(x, y) {
    context.strokeStyle = token("muted");
    context.lineWidth = 1;
    context.beginPath();
    for (const [ax, ay, bx, by] of [
      [0, 1, 1, 0],
      [0, 0.5, 0.5, 0],
      [0.5, 1, 1, 0.5],
    ]) {
      context.moveTo(x + ax * cell, y + ay * cell);
      context.lineTo(x + bx * cell, y + by * cell);
    }
    context.stroke();
  }

  /** @param {number} i @param {string} colour @param {number} line */
  function mark(i, colour, line) {
    if (i < 0 || i >= terms.count) return;
    columns.forEach((_, part) => {
      const { x, y } = corner(i, part);
      context.strokeStyle = token("panel");
      context.lineWidth = line + 2;
      context.strokeRect(x - 1, y - 1, cell + 2, cell + 2);
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.strokeRect(x - 1, y - 1, cell + 2, cell + 2);
    });
  }

  /** @param {PointerEvent | MouseEvent} event @returns {{i: number, part: number} | null} */
  function under(event) {
    const box = canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top + element.scrollTop;
    const grid = Math.floor(y / tileHeight) * across + Math.floor(x / tileWidth);
    if (grid >= terms.names.length || x < 0 || x >= across * tileWidth) return null;
    const inside = (x % tileWidth) - PAD;
    const part = Math.floor(inside / (wide * cell + SIGN));
    const down = (y % tileHeight) - LABEL;
    const slice = Math.floor(down / (rows * cell + GAP));
    const key = [
      slice,
      Math.floor((down % (rows * cell + GAP)) / cell),
      Math.floor((inside % (wide * cell + SIGN)) / cell),
    ].join();
    const at = places().get(key);
    return at === undefined || !columns[part] || inside < 0 || down < 0 ? null : { i: grid * terms.each + at, part };
  }

  /** @type {Map<string, number> | null} */
  let known = null;
  function places() {
    known ??= new Map(Array.from({ length: terms.each }, (_, i) => [terms.at(i).join(), i]));
    return known;
  }

  /** @param {KeyboardEvent} event */
  function step(event) {
    const by = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -wide,
      ArrowDown: wide,
      PageUp: -terms.each,
      PageDown: terms.each,
    }[event.key];
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onPick(cursor, columns.some(({ part }) => part === "weight") && !event.shiftKey ? "weight" : "input");
    }
    if (by === undefined) return;
    event.preventDefault();
    cursor = Math.min(terms.count - 1, Math.max(0, cursor + by));
    const { y } = corner(cursor, column);
    if (y < LABEL || y > view - cell - LABEL) element.scrollTop += y - view / 2;
    onPoint(cursor);
  }

  canvas.addEventListener("pointermove", (event) => onPoint(under(event)?.i ?? null));
  canvas.addEventListener("pointerleave", () => onPoint(null));
  canvas.addEventListener("click", (event) => {
    const hit = under(event);
    if (hit) [cursor, column] = [hit.i, hit.part];
    if (hit && columns[hit.part].part !== "product") onPick(hit.i, columns[hit.part].part);
  });
  canvas.addEventListener("keydown", step);
  canvas.addEventListener("focus", () => draw());
  canvas.addEventListener("blur", () => draw());
  element.addEventListener("scroll", () => requestAnimationFrame(paint));
  const redraw = (/** @type {number} */ room) => (measure(room), paint());
  redraw(width);
  return { element, redraw, light: (i) => ((lit = i), draw()) };
}
