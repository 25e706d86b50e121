// The levels on the screen: one row (on a narrow screen one column) for each rule, and a cursor that all of them share.

import { colourOf, inkOn } from "locality/parts/colour";
import { el, fill, short } from "locality/parts/dom";
import { drawCells, fitCanvas, mapImage, pictureImage, token } from "locality/parts/map";
import { blockOf } from "locality/grain";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/parts/colour").Range} Range */
/** @typedef {{rule: number, level: number, y: number, x: number}} Cursor */

/**
 * One rule's levels. `range` is null for a picture in colour; `whole` maps have level 0's size, whatever their level.
 * @typedef {{id: string, title: string, about: string, levels: Tensor[], range: Range | null, whole: boolean,
 *   under: (level: number, width: number) => Element | null}} Row
 */

/** @typedef {{canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, image: HTMLCanvasElement,
 *  side: number}} Figure */

const GAP = 12;
const LEAST = 84; // a figure's width, so that what stands under it can be read

/** @param {{onMove: (cursor: Cursor) => void}} given */
export function makeBoard({ onMove }) {
  const grid = el("div", { class: "grain-board" });
  const element = el("div", { class: "scroll" }, grid);
  /** @type {Row[]} */
  let rows = [];
  let block = 2;
  let same = true;
  /** @type {Cursor} */
  let cursor = { rule: 0, level: 1, y: 0, x: 0 };
  /** @type {Figure[][]} */
  let figures = [];

  /** @param {Row[]} given @param {number} blockSide @param {boolean} sameSize @param {Cursor} at */
  function show(given, blockSide, sameSize, at) {
    [rows, block, same] = [given, blockSide, sameSize];
    cursor = within(at);
    layOut();
  }

  /** How large each level is drawn, from the room there is. */
  function layOut() {
    const held = figures.flat().some(({ canvas }) => canvas === document.activeElement);
    const wide = element.clientWidth >= 760;
    grid.classList.toggle("down", !wide);
    const count = rows[0].levels.length;
    const first = rows[0].levels[0].shape[1];
    const room = element.clientWidth - (wide ? 0 : GAP * (rows.length - 1));
    const narrow = Math.floor(room / rows.length);
    // At true scale the levels shrink by the block each time, but for the least width of a figure.
    let largest = wide ? Math.floor((room - GAP * (count - 1)) / count) : narrow;
    if (wide && !same) largest = fitting(first, room - GAP * (count - 1), count);
    largest = Math.min(wide ? 300 : 240, Math.max(largest, wide ? 110 : 60));
    figures = rows.map((row) =>
      row.levels.map((map) => {
        const size = map.shape[1];
        const side = same || row.whole ? largest : Math.max(3, (largest * size) / first);
        const image = row.range ? mapImage(map, 0, row.range) : pictureImage(map);
        const canvas = el("canvas", { class: "grain-map", role: "img" });
        return { canvas, context: fitCanvas(canvas, side, side), image, side };
      }),
    );
    fill(
      grid,
      rows.map((row, rule) =>
        el(
          "div",
          { class: "grain-rule", style: `--rule:${rule + 1}` },
          el(
            "div",
            { class: "grain-title" },
            el("h2", {}, row.title),
            wide ? el("p", { class: "muted" }, row.about) : null,
          ),
          row.levels.map((_, level) => figure(row, rule, level, wide ? LEAST : largest)),
        ),
      ),
    );
    grid.style.setProperty("--rules", String(rows.length));
    draw();
    if (held) figures[cursor.rule][cursor.level].canvas.focus();
  }

  /** @param {number} first @param {number} room @param {number} count */
  function fitting(first, room, count) {
    for (let side = 300; side > 110; side -= 2) {
      let sum = 0;
      for (let level = 0; level < count; level++) sum += Math.max(side / block ** level, LEAST);
      if (sum <= room) return side;
    }
    return 110;
  }

  /** @param {Row} row @param {number} rule @param {number} level @param {number} least its width */
  function figure(row, rule, level, least) {
    const { canvas, side } = figures[rule][level];
    const size = sizeOf(level);
    const width = Math.ceil(Math.max(side, least));
    const place = (/** @type {PointerEvent} */ event) => {
      const box = canvas.getBoundingClientRect();
      const at = (/** @type {number} */ from, /** @type {number} */ length) =>
        Math.min(size - 1, Math.max(0, Math.floor((from / length) * size)));
      move({ rule, level, y: at(event.clientY - box.top, box.height), x: at(event.clientX - box.left, box.width) });
    };
    canvas.addEventListener("pointermove", place);
    canvas.addEventListener("pointerdown", place);
    canvas.addEventListener(
      "focus",
      () => (cursor.rule === rule && cursor.level === level) || move({ ...cursor, rule, level }),
    );
    canvas.addEventListener("keydown", (event) => keyed(event));
    canvas.setAttribute(
      "aria-label",
      `${row.title}, level ${level}, ${size}x${size} cells. Arrow keys move the cell, Page Up and Page Down the level.`,
    );
    return el("figure", { style: `--level:${level + 2};width:${width}px` }, canvas, row.under(level, width));
  }

  /** @param {KeyboardEvent} event */
  function keyed(event) {
    const steps = /** @type {Record<string, [number, number, number]>} */ ({
      ArrowUp: [0, -1, 0],
      ArrowDown: [0, 1, 0],
      ArrowLeft: [0, 0, -1],
      ArrowRight: [0, 0, 1],
      PageUp: [-1, 0, 0],
      PageDown: [1, 0, 0],
    })[event.key];
    if (!steps) return;
    event.preventDefault();
    const { rule, level, y, x } = cursor;
    const next = Math.min(Math.max(level + steps[0], 0), rows[rule].levels.length - 1);
    const scale = block ** (level - next); // the same place on the other level
    move({ rule, level: next, y: Math.floor((y + steps[1]) * scale), x: Math.floor((x + steps[2]) * scale) });
    figures[rule][next].canvas.focus();
  }

  /** How many cells a level has along a side, whatever a row shows of it. @param {number} level */
  const sizeOf = (level) => rows[0].levels[level].shape[1];

  /** @param {Cursor} to @returns {Cursor} */
  function within({ rule, level, y, x }) {
    const row = rows[Math.min(Math.max(rule || 0, 0), rows.length - 1)];
    const next = Math.min(Math.max(level || 0, 0), row.levels.length - 1);
    const last = sizeOf(next) - 1;
    const held = (/** @type {number} */ at) => Math.min(Math.max(at || 0, 0), last);
    return { rule: rows.indexOf(row), level: next, y: held(y), x: held(x) };
  }

  /** @param {Cursor} to */
  function move(to) {
    const next = within(to);
    const reach = Math.max(next.level, cursor.level);
    if (Object.entries(next).every(([name, value]) => cursor[/** @type {keyof Cursor} */ (name)] === value)) return;
    cursor = next;
    draw(reach);
    onMove(cursor);
  }

  /** @param {number} [reach] the last level whose frames have moved */
  function draw(reach = Infinity) {
    const ink = { input: token("input"), output: token("output"), ground: token("panel") };
    figures.forEach((row, rule) =>
      row.forEach(({ canvas, context, image, side }, level) => {
        // One tab stop for each rule; the arrow keys do the rest.
        canvas.tabIndex = level === cursor.level ? 0 : -1;
        if (level > reach && !rows[rule].whole) return;
        drawCells(context, image, 0, 0, side, side);
        const { range, levels, whole } = rows[rule];
        const size = levels[level].shape[1];
        if (range && side / size >= 40) numbers(context, levels[level], range, side / size);
        const steps = cursor.level - (whole ? 0 : level);
        if (steps < 0) return;
        const [top, bottom] = blockOf(cursor.y, steps, block);
        const [left] = blockOf(cursor.x, steps, block);
        const cell = side / size;
        frame(
          context,
          left * cell,
          top * cell,
          (bottom - top + 1) * cell,
          steps && !whole ? ink.input : ink.output,
          ink.ground,
        );
      }),
    );
  }

  return {
    element,
    show,
    redraw: layOut,
    get cursor() {
      return cursor;
    },
  };
}

/** The values themselves, where the cells are large enough.
 *  @param {CanvasRenderingContext2D} context @param {Tensor} map
 *  @param {Range} range @param {number} cell */
function numbers(context, map, range, cell) {
  const size = map.shape[1];
  context.font = `${Math.min(18, Math.max(12, cell / 3.4))}px ${getComputedStyle(document.body).fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  map.data.forEach((/** @type {number} */ value, /** @type {number} */ i) => {
    context.fillStyle = inkOn(value, range);
    context.fillText(short(value), ((i % size) + 0.5) * cell, (Math.floor(i / size) + 0.5) * cell);
  });
}

/** A frame around a block, never so small that it cannot be seen, with the ground's colour on both sides of the line.
 *  @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} side
 *  @param {string} colour @param {string} ground */
function frame(context, x, y, side, colour, ground) {
  const grown = Math.max(0, 7 - side) / 2;
  const last = Math.max(0, parseFloat(context.canvas.style.width) - 2);
  const held = (/** @type {number} */ at) => Math.min(Math.max(at, 2), last);
  const [left, top, right, bottom] = [x - grown, y - grown, x + side + grown, y + side + grown].map(held);
  for (const [style, width] of /** @type {const} */ ([
    [ground, 5],
    [colour, 2.5],
  ])) {
    context.strokeStyle = style;
    context.lineWidth = width;
    context.strokeRect(left, top, right - left, bottom - top);
  }
}

/** The colour that stands for a value, as a small square beside its number.
 *  @param {number} value @param {Range} range */
export function swatch(value, range) {
  return el("span", { class: "grain-swatch", style: `background:${colourOf(value, range)}` });
}
