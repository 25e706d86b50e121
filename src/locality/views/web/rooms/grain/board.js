// The levels on the screen, a row (on a narrow screen a column) for each rule, and a cursor that all of them share.

import { inkOn } from "locality/parts/colour";
import { el, fill, short, svg } from "locality/parts/dom";
import { drawCells, fitCanvas, mapImage, token } from "locality/parts/map";
import { histogram } from "locality/grain";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {{rule: number, level: number, y: number, x: number}} Cursor */
/** @typedef {import("locality/parts/colour").Range} Range */
/** One rule's levels; `whole` maps have level 0's size, whatever their level.
 *  @typedef {{title: string, about: string, levels: Tensor[], range: Range, whole?: boolean}} Row */

const [PARTS, HEIGHT] = [33, 40]; // of a histogram
/** @type {Record<string, number[]>} levels, rows and columns to go */
const STEPS = {
  ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0], ArrowLeft: [0, 0, -1], ArrowRight: [0, 0, 1],
  PageUp: [-1, 0, 0], PageDown: [1, 0, 0],
};

/** @param {(cursor: Cursor) => void} onMove */
export function makeBoard(onMove) {
  const element = el("div", { class: "grain-board", onpointermove: point, onpointerdown: point });
  /** @type {Row[]} */
  let rows = [];
  /** @type {HTMLCanvasElement[][]} */
  let canvases = [];
  /** @type {HTMLCanvasElement[][]} */
  let images = [];
  let block = 2;
  let cursor = { rule: 0, level: 0, y: 0, x: 0 };
  /** How many cells a level has along a side. @param {number} level */
  const sizeOf = (level) => rows[0].levels[level].shape[1];

  /** @param {Row[]} given @param {number} blockSide @param {Cursor} at @returns {Cursor} where that is now */
  function show(given, blockSide, at) {
    [rows, block] = [given, blockSide];
    cursor = within(at);
    canvases = rows.map(({ title, levels }, rule) => levels.map((_, level) => el("canvas", {
      class: "grain-map", role: "img", "data-rule": rule, "data-level": level,
      "aria-label": `${title}, level ${level}, ${sizeOf(level)}x${sizeOf(level)} cells. ` +
        "Arrow keys move the cell, Page Up and Page Down the level.",
    })));
    images = rows.map(({ levels, range }) => levels.map((map) => mapImage(map, 0, range)));
    element.style.cssText = `--rules:${rows.length};--levels:${images[0].length}`;
    fill(element, rows.map((row, rule) => el("div", { class: "grain-rule", style: `--rule:${rule + 1}` },
      el("div", { class: "grain-title" }, el("h2", {}, row.title), el("p", { class: "muted" }, row.about)),
      canvases[rule].map((canvas, level) =>
        el("figure", { style: `--level:${level + 2}` }, canvas, under(row, level))))));
    const side = canvases[0][0].parentElement?.clientWidth ?? 0;
    for (const canvas of canvases.flat()) fitCanvas(canvas, side, side);
    draw();
    return cursor;
  }

  /** @param {Cursor} to */
  function within({ rule, level, y, x }) {
    const held = (/** @type {number} */ at, /** @type {number} */ count) =>
      Math.min(Math.max(Math.floor(at), 0), count - 1);
    const next = held(level, rows[0].levels.length);
    return { rule: held(rule, rows.length), level: next, y: held(y, sizeOf(next)), x: held(x, sizeOf(next)) };
  }

  /** @param {Cursor} to */
  function move(to) {
    const next = within(to);
    if (String(Object.values(next)) === String(Object.values(cursor))) return;
    cursor = next;
    draw();
    onMove(cursor);
  }

  /** @param {PointerEvent} event */
  function point({ target, offsetX, offsetY }) {
    if (!(target instanceof HTMLCanvasElement)) return;
    const [rule, level] = [Number(target.dataset.rule), Number(target.dataset.level)];
    const scale = sizeOf(level) / target.clientWidth;
    move({ rule, level, y: offsetY * scale, x: offsetX * scale });
  }

  element.addEventListener("focusin", ({ target }) => {
    const rule = canvases.findIndex((row) => row.some((canvas) => canvas === target));
    if (rule >= 0) move({ ...cursor, rule });
  });
  element.addEventListener("keydown", (event) => {
    if (!STEPS[event.key]) return;
    event.preventDefault();
    const [deeper, down, right] = STEPS[event.key];
    const { level } = within({ ...cursor, level: cursor.level + deeper });
    const scale = block ** (cursor.level - level); // the same place on the other level
    move({ ...cursor, level, y: (cursor.y + down) * scale, x: (cursor.x + right) * scale });
    canvases[cursor.rule][level].focus();
  });

  function draw() {
    rows.forEach(({ range, levels, whole }, rule) => canvases[rule].forEach((canvas, level) => {
      canvas.tabIndex = level === cursor.level ? 0 : -1; // one tab stop for each rule, the arrow keys do the rest
      const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
      const side = parseFloat(canvas.style.width);
      drawCells(context, images[rule][level], 0, 0, side, side);
      const cell = side / images[rule][level].width;
      if (cell >= 40) numbers(context, levels[level], range, cell);
      const steps = cursor.level - (whole ? 0 : level);
      if (steps < 0) return;
      const wide = cell * block ** steps;
      const grown = Math.max((7 - wide) / 2, -1.5); // never so small that it cannot be seen
      for (const [name, width] of /** @type {const} */ ([["panel", 5], [steps && !whole ? "input" : "output", 2.5]])) {
        context.strokeStyle = token(name);
        context.lineWidth = width;
        context.strokeRect(cursor.x * wide - grown, cursor.y * wide - grown, wide + 2 * grown, wide + 2 * grown);
      }
    }));
  }

  return { element, show };
}

/** What stands under a map: its size, and how often each value is in it. @param {Row} row @param {number} level */
function under({ title, levels, range, whole }, level) {
  if (whole) return el("figcaption", {}, `without level ${level}`);
  const { shape, data } = levels[level];
  const { low, high } = range.scale === "signed" ? { low: -1, high: 1 } : range;
  const counts = histogram(data, low, high, PARTS);
  const tallest = Math.max(...counts);
  const rise = (/** @type {number} */ count) => -Math.max((count / tallest) * 39, 1);
  const bars = counts.map((count, i) => count && `M${i} ${HEIGHT}v${rise(count)}h.9V${HEIGHT}`);
  return el("figcaption", {},
    el("strong", {}, `${shape[1]}×${shape[2]}`), " ", percent(data.length / levels[0].data.length),
    svg("svg", { viewBox: `0 0 ${PARTS} ${HEIGHT}`, preserveAspectRatio: "none", role: "img",
      "aria-label": `How often each value from ${short(low)} to ${short(high)} stands in level ${level} of ${title}` },
      svg("path", { d: bars.filter(Boolean).join("") })),
    el("div", { class: "grain-ends", "aria-hidden": "true" }, el("span", {}, short(low)), el("span", {}, short(high))));
}

/** The values themselves. @param {CanvasRenderingContext2D} context @param {Tensor} map
 *  @param {Range} range @param {number} cell */
function numbers(context, { shape, data }, range, cell) {
  context.font = `${Math.min(18, Math.max(12, cell / 3.4))}px ${getComputedStyle(document.body).fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let i = 0; i < data.length; i++) {
    context.fillStyle = inkOn(data[i], range);
    context.fillText(short(data[i]), ((i % shape[2]) + 0.5) * cell, (Math.floor(i / shape[2]) + 0.5) * cell);
  }
}

/** A share in percent. @param {number} share */
export const percent = (share) => `${Number((share * 100).toPrecision(2 + Number(share > 0.99)))}\u202f%`;
