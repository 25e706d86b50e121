// Which cell of a node's output is shown: number fields, a small map with a cursor, and a player over its positions.

import { signedRange, colourOf } from "locality/parts/colour";
import { numberField } from "locality/parts/controls";
import { el, exact, fill } from "locality/parts/dom";
import { drawCells, fitCanvas, mapImage, mapSize, token } from "locality/parts/map";
import { player } from "locality/parts/player";
import { at, count, offset, placeOf } from "locality/tensor";
import { axisNames } from "locality/rooms/network/words";

/** @typedef {import("locality/tensor").Tensor} Tensor */

/** @param {(node: string, place: number[]) => void} onMove @param {(sentence: string) => void} complain */
export function placePicker(onMove, complain) {
  let node = "";
  /** @type {number[]} */
  let shape = [];
  /** @type {number[]} */
  let place = [];
  /** @type {Tensor | null} */
  let values = null;
  /** @type {ReturnType<typeof numberField>[]} */
  let fields = [];
  const fieldBox = el("div", { class: "controls" });
  const canvas = el("canvas", {
    tabIndex: 0,
    role: "application",
    class: "positions",
    "aria-label": "Output map. Arrow keys move from cell to cell, Page Up and Page Down from channel to channel.",
  });
  const said = el("output", { class: "muted said" });
  const walk = player({
    label: "Walk over the positions",
    count: 1,
    onMove: (position) => onMove(node, placeAt(position)),
  });
  const element = el(
    "section",
    { class: "place" },
    fieldBox,
    el("figure", {}, canvas, el("figcaption", {}, said)),
    walk.element,
  );

  /** Positions are places of one map; of a flat output its features. @param {number} position */
  const placeAt = (position) => (shape.length === 1 ? [position] : [place[0], ...placeOf(shape.slice(1), position)]);
  const positionOf = () => (shape.length === 1 ? place[0] : offset(shape.slice(1), place.slice(1)));

  /** Rows and columns as drawn: a flat output is wrapped into rows. */
  function drawn() {
    if (shape.length > 1) return mapSize(shape);
    const width = shape[0] <= 32 ? shape[0] : Math.ceil(Math.sqrt(shape[0] * 2));
    return { height: Math.ceil(shape[0] / width), width };
  }

  function draw() {
    const { height, width } = drawn();
    const cell = Math.max(1, Math.min(26, Math.floor(Math.min(280 / width, 220 / height))));
    const [wide, high] = [Math.max(width * cell, 40), Math.max(height * cell, 16)];
    const context = fitCanvas(canvas, wide + 4, high + 4);
    context.translate(2, 2);
    const [sx, sy] = [wide / width, high / height];
    if (values && shape.length > 1) {
      const plane = count(shape.slice(1));
      const range = signedRange(values.data, place[0] * plane, (place[0] + 1) * plane);
      drawCells(context, mapImage(values, place[0], range, shape.length === 4 ? place[1] : 0), 0, 0, wide, high);
    } else if (values) {
      const range = signedRange(values.data);
      for (let i = 0; i < shape[0]; i++) {
        context.fillStyle = colourOf(values.data[i], range);
        context.fillRect((i % width) * sx, Math.floor(i / width) * sy, sx, sy);
      }
    }
    context.strokeStyle = token("output");
    context.lineWidth = 2;
    context.strokeRect(-1, -1, wide + 2, high + 2);
    const [row, column] = cursor(width);
    context.lineWidth = 4;
    context.strokeStyle = token("panel");
    context.strokeRect(column * sx, row * sy, sx, sy);
    context.lineWidth = 2;
    context.strokeStyle = token("ink");
    context.strokeRect(column * sx, row * sy, sx, sy);
    const now = values ? ` = ${exact(at(values, place))}` : "";
    said.textContent = `${node}[${place.join(", ")}]${now}`;
  }

  /** @param {number} width @returns {[number, number]} */
  function cursor(width) {
    if (shape.length === 1) return [Math.floor(place[0] / width), place[0] % width];
    return shape.length === 2 ? [0, place[1]] : [place[place.length - 2], place[place.length - 1]];
  }

  /** @param {number} row @param {number} column @param {number} [channel] */
  function go(row, column, channel = place[0]) {
    const { height, width } = drawn();
    if (row < 0 || column < 0 || row >= height || column >= width) return;
    const to =
      shape.length === 1
        ? [row * width + column]
        : shape.length === 2
          ? [channel, column]
          : [channel, ...place.slice(1, -2), row, column];
    if (to.every((x, axis) => x >= 0 && x < shape[axis])) {
      walk.stop();
      onMove(node, to);
    }
  }

  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const { height, width } = drawn();
    go(
      Math.floor(((event.clientY - box.top - 2) / (box.height - 4)) * height),
      Math.floor(((event.clientX - box.left - 2) / (box.width - 4)) * width),
    );
  });
  canvas.addEventListener("keydown", (event) => {
    const [row, column] = cursor(drawn().width);
    const to = {
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      PageUp: [row, column, place[0] - 1],
      PageDown: [row, column, place[0] + 1],
    }[event.key];
    if (!to || (shape.length === 1 && to.length > 2)) return;
    event.preventDefault();
    go(to[0], to[1], to[2]);
  });

  return {
    element,
    stop: walk.stop,
    draw,
    /** @param {string} name @param {number[]} size @param {number[]} where @param {Tensor | null} tensor */
    show(name, size, where, tensor) {
      if (name !== node || size.join() !== shape.join()) {
        walk.stop();
        [node, shape] = [name, size];
        fields = axisNames(size.length).map((label, axis) =>
          numberField({
            label,
            value: where[axis],
            min: 0,
            max: size[axis] - 1,
            complain,
            onInput: (x) => (
              walk.stop(),
              onMove(
                node,
                place.map((old, i) => (i === axis ? x : old)),
              )
            ),
          }),
        );
        fill(
          fieldBox,
          fields.map((field) => field.element),
        );
        walk.setCount(size.length === 1 ? size[0] : count(size.slice(1)));
        walk.element.hidden = count(size.length === 1 ? size : size.slice(1)) < 2;
      }
      [place, values] = [where, tensor];
      // A field being typed into is left as it is.
      fields.forEach((field, axis) => field.input !== document.activeElement && field.set(where[axis]));
      walk.show(positionOf());
      draw();
    },
  };
}
