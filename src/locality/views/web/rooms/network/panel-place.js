// Which cell of a node's output is shown: number fields, a small map with a cursor, and a player over its positions.

import { signedRange } from "locality/parts/colour";
import { numberField } from "locality/parts/controls";
import { el, exact, fill } from "locality/parts/dom";
import { drawCells, fitCanvas, mapImage, mapSize, token } from "locality/parts/map";
import { player } from "locality/parts/player";
import { at, count, offset, placeOf } from "locality/tensor";
import { cellName } from "locality/rooms/network/terms";
import { axisNames } from "locality/rooms/network/words";

/** @typedef {import("locality/tensor").Tensor} Tensor */

/** @param {(node: string, place: number[]) => void} onMove @param {(sentence: string) => void} complain */
export function placePicker(onMove, complain) {
  let [node, shape, place] = ["", [1], [0]];
  /** @type {Tensor | null} */
  let values = null;
  /** @type {ReturnType<typeof numberField>[]} */
  let fields = [];
  const onWalk = (/** @type {number} */ position) => onMove(node, placeAt(position));
  const walk = player({ label: "Walk over the positions", count: 1, onMove: onWalk });
  const canvas = el("canvas", {
    tabIndex: 0, role: "application", class: "positions", onclick: click, onkeydown: step,
    "aria-label": "Output map. Arrow keys move from cell to cell, Page Up and Page Down from channel to channel.",
  });
  const said = el("output", { class: "muted said" });
  const fieldBox = el("div", { class: "controls" });
  const element = el("section", { class: "place" },
    fieldBox, el("figure", {}, canvas, el("figcaption", {}, said)), walk.element);

  // Positions are places of one map; of a flat output its features, drawn in rows.
  const flat = () => shape.length === 1;
  const space = () => (flat() ? shape : shape.slice(1));
  const placeAt = (/** @type {number} */ position) => [...(flat() ? [] : [place[0]]), ...placeOf(space(), position)];
  const position = () => offset(space(), flat() ? place : place.slice(1));

  /** The rows and columns drawn, and where the cursor is among them. */
  function drawn() {
    const [size] = shape;
    const wrapped = size <= 32 ? size : Math.ceil(Math.sqrt(size * 2));
    const { height, width } = flat() ? { height: Math.ceil(size / wrapped), width: wrapped } : mapSize(shape);
    const cursor = position() % (height * width);
    return { height, width, row: Math.floor(cursor / width), column: cursor % width };
  }

  function draw() {
    const { height, width, row, column } = drawn();
    const cell = Math.max(1, Math.min(26, Math.floor(Math.min(280 / width, 220 / height))));
    const [wide, high] = [Math.max(width * cell, 40), Math.max(height * cell, 16)];
    const context = fitCanvas(canvas, wide + 4, high + 4);
    context.translate(2, 2);
    if (values) {
      const from = flat() ? 0 : place[0] * count(space());
      const range = signedRange(values.data, from, from + count(space()));
      const rows = new Float64Array(height * width);
      if (flat()) rows.set(values.data);
      const shown = flat() ? { shape: [1, height, width], data: rows } : values;
      const [map, depth] = flat() ? [0, 0] : [place[0], shape.length === 4 ? place[1] : 0];
      drawCells(context, mapImage(shown, map, range, depth), 0, 0, wide, high);
    }
    const frame = (/** @type {string} */ colour, /** @type {number} */ line, /** @type {number[]} */ [x, y, w, h]) => {
      context.strokeStyle = token(colour);
      context.lineWidth = line;
      context.strokeRect(x, y, w, h);
    };
    const cursor = [(column * wide) / width, (row * high) / height, wide / width, high / height];
    frame("output", 2, [-1, -1, wide + 2, high + 2]);
    frame("panel", 4, cursor);
    frame("ink", 2, cursor);
    said.textContent = cellName(node, place) + (values ? ` = ${exact(at(values, place))}` : "");
  }

  /** @param {number[]} to */
  function move(to) {
    if (!to.every((x, axis) => x >= 0 && x < shape[axis])) return;
    walk.stop();
    onMove(node, to);
  }

  /** @param {number} row @param {number} column */
  function go(row, column) {
    const now = drawn();
    if (row < 0 || column < 0 || row >= now.height || column >= now.width) return;
    move(placeAt(position() + (row - now.row) * now.width + column - now.column));
  }

  /** @param {MouseEvent} event */
  function click({ offsetX, offsetY }) {
    const { height, width } = drawn();
    const [x, y] = [(offsetX - 2) / (canvas.clientWidth - 4), (offsetY - 2) / (canvas.clientHeight - 4)];
    go(Math.floor(y * height), Math.floor(x * width));
  }

  /** @param {KeyboardEvent} event */
  function step(event) {
    const { row, column } = drawn();
    const channel = { PageUp: -1, PageDown: 1 }[event.key];
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!by && (!channel || flat())) return;
    event.preventDefault();
    if (by) go(row + by[0], column + by[1]);
    else move([place[0] + Number(channel), ...place.slice(1)]);
  }

  return {
    element,
    stop: walk.stop,
    /** @param {string} name @param {number[]} size @param {number[]} where @param {Tensor | null} tensor */
    show(name, size, where, tensor) {
      const other = name !== node;
      [node, shape, place, values] = [name, size, where, tensor];
      if (other) {
        fields = axisNames(size.length).map((label, axis) => {
          const onInput = (/** @type {number} */ x) => move(place.map((old, i) => (i === axis ? x : old)));
          return numberField({ label, value: where[axis], min: 0, max: size[axis] - 1, complain, onInput });
        });
        fill(fieldBox, fields.map((field) => field.element));
        walk.stop();
        walk.setCount(count(space()));
        walk.element.hidden = count(space()) < 2;
      }
      // A field being typed into is left as it is.
      fields.forEach((field, axis) => field.input !== document.activeElement && field.set(where[axis]));
      walk.show(position());
      draw();
    },
  };
}
