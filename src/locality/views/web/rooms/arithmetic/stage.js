/** Input, kernel and output side by side, the window over them, and what walks it forwards and backwards. */

import { difference, isIn, plane, readers, terms } from "locality/arithmetic";
import { legend, signedRange } from "locality/parts/colour";
import { choice, numberField } from "locality/parts/controls";
import { el, exact, fill, notice, short } from "locality/parts/dom";
import { player } from "locality/parts/player";
import {
  inputBoard, moment, outputBoard, plainBoard, positions, runOf, spreadBoard,
} from "locality/rooms/arithmetic/boards";
import { grid } from "locality/parts/grid";
import { cellWords, named, recipe, sumOf } from "locality/rooms/arithmetic/words";
import { at as valueAt, offset, shapeText } from "locality/tensor";

/** @import { Board, View } from "locality/rooms/arithmetic/boards" */
/** @import { Lit } from "locality/rooms/arithmetic/matrix" */
/** @import { Picture } from "locality/arithmetic" */
/** @typedef {"input" | "kernel" | "turned" | "output"} Name */

const LABELS = {
  input: "Input map: arrow keys move a cursor that shows which outputs read a cell",
  kernel: "Kernel: arrow keys choose a weight, Enter changes it",
  turned: "Kernel turned by 180 degrees",
  output: "Output map: arrow keys move the position",
};
const NAMES = /** @type {Name[]} */ (Object.keys(LABELS));
const HINT =
  "Point at an input cell to see which outputs read it; click an output to go there, a cell or a weight to change it.";

/** @param {{onMove: (position: number, lit: Lit) => void,
 *  onView: (view: View) => void, onEdit: (on: "input" | "kernel", cell: number[], value: number) => void}} given */
export function stage({ onMove, onView, onEdit }) {
  /** @type {Picture} */
  let picture;
  /** @type {View} */
  let view;
  let position = 0;
  /** What is under the pointer or a cursor. @type {{on: Name, cell: number[]} | null} */
  let point = null;
  /** @type {Record<Name, Board>} */
  let boards;
  let side = 0;

  const figures = NAMES.map((name) => {
    const board = name === "turned" ? grid(LABELS[name], "kernel") : grid(LABELS[name], name, (cell, byKey) => {
      point = cell && { on: name, cell };
      if (cell && byKey && name === "output") pick(name, cell);
      else draw();
    }, (cell) => pick(name, cell));
    const [title, scale] = [el("h3", { class: name === "input" ? "in" : "" }), el("div")];
    const element = el("figure", {}, title, el("div", { class: "scroll boards" }, board.element), scale);
    return { name, board, title, scale, element };
  });
  const maps = el("div", { class: "maps" }, figures.map(({ element }) => element));
  const walk = player({ label: "Positions", count: 1, onMove: (to) => ((position = to), draw()) });
  const shownAs = choice({
    label: "Shown as", options: [["spread", "each input spread out"], ["direct", "equivalent direct convolution"]],
    value: "", onInput: (value) => onView(/** @type {View} */ (value)),
  });
  const [same, field, sum] = [el("div", { class: "made" }), el("div"), el("p", { class: "sum" })];
  const said = notice();
  const under = el("output", { class: "under muted" });

  /** @param {typeof picture} given @param {View} as @param {number} to */
  function show(given, as, to) {
    const [rows, columns] = positions(given, as);
    [picture, view, point, position] = [given, as, null, Math.min(to, rows * columns - 1)];
    walk.setCount(rows * columns, position);
    shownAs.set(view === "direct" ? view : "spread");
    lay();
  }

  /** What does not depend on the position: the boards, their size, the words above them. */
  function lay() {
    const run = runOf(picture, view);
    const whole = view === "spread" ? spreadBoard(picture, Infinity) : outputBoard(picture, view);
    const [kernel, turned] = [picture.run, run].map((one) => plainBoard(one.kernel));
    boards = { input: inputBoard(picture, view), kernel, turned, output: whole };
    const used = figures.filter(({ name }) => name !== "turned" || view === "direct");
    // Side by side where the cells stay large, else below each other; never so small that they cannot be hit.
    const across = used.map(({ name }) => boards[name].shape[1]);
    const beside = Math.floor((maps.clientWidth - 240) / across.reduce((a, b) => a + b));
    const alone = Math.floor((maps.clientWidth - 16) / Math.max(...across));
    const tall = Math.floor(640 / Math.max(boards.input.shape[0], whole.shape[0]));
    side = Math.max(7, Math.min(72, tall, beside >= 20 ? beside : alone));
    const [size, taps, made] = [run.input, run.kernel, run.output].map(({ shape }) =>
      shapeText(shape.slice(-picture.lines.length)));
    const words = {
      input: `${view === "direct" ? "Stretched input" : "Input"} ${size}`, kernel: `Kernel ${taps}`,
      turned: "Turned by 180°",
      output: picture.valid ? `Output ${made}` : `Output: invalid (${made} if rounded down)`,
    };
    for (const { name, title, scale, element } of figures) {
      title.textContent = words[name];
      if (name === "output") title.className = picture.valid ? "out" : "wrong";
      element.hidden = name === "turned" && view !== "direct";
      fill(scale, legend(rangeOf(name)));
    }
    shownAs.element.hidden = same.hidden = !picture.direct;
    if (picture.direct) {
      const { cells } = spreadBoard(picture, Infinity);
      const data = cells.flatMap(({ kind, value }) => (kind === "real" ? value ?? 0 : []));
      fill(same, el("p", {}, "Each input spread over the output, and the direct convolution of the stretched input " +
        `with the turned kernel: the same numbers, difference ${short(difference({ data }, picture.direct.output))}.`),
        view === "direct" && recipe(picture).map((text) => el("p", { class: "mono" }, text)));
    }
    draw();
  }

  const rangeOf = (/** @type {Name} */ name) =>
    signedRange(runOf(picture, view)[name === "turned" ? "kernel" : name].data);

  /** The outputs that read the input that is pointed at, or the inputs that an output reads. */
  function linked() {
    const run = runOf(picture, view);
    if (point?.on === "input") return readers(run, point.cell);
    return point?.on === "output" && isIn(run.output, point.cell) ? terms(run, point.cell).map(({ cell }) => cell) : [];
  }

  function draw() {
    const run = runOf(picture, view);
    const spread = view === "spread";
    if (spread) boards.output = spreadBoard(picture, position + 1);
    const { place, reach, met, hangs } = moment(picture, view, position);
    const links = linked();
    for (const { name, board } of figures) {
      const lit = point?.on === name ? [point.cell] : name === "input" || name === "output" ? links : [];
      const walked = name === (spread ? "input" : "output") && { current: place };
      const read = name === (spread ? "output" : "input") && { reach, met };
      const size = name === "input" || name === "output" ? side : Math.max(side, 20); // a weight can always be hit
      board.draw(boards[name], size, rangeOf(name), { lit, bad: hangs, ...walked, ...read });
    }
    const shown = point?.on === "output" && isIn(run.output, point.cell) ? point.cell : spread || hangs ? null : place;
    fill(sum, shown ? sumOf(picture, run, shown) : spread
      ? `${named(picture, "input", place)} = ${exact(valueAt(run.input, place))} times the kernel is added to the ` +
        "framed outputs."
      : `The window hangs over the edge here: ${named(picture, "output", place)} does not exist.`);
    sum.classList.toggle("wrong", !shown && !spread);
    const cell = point && boards[point.on].cells.find(({ at }) => String(at) === String(point?.cell));
    under.textContent = point && cell ? cellWords(picture, point.on, cell, links.length) : HINT;
    onMove(position, shown ? { row: offset(run.output.shape, shown) } : { column: spread ? position : undefined });
  }

  /** Go to an output; a field for the number of any other cell. @param {Name} on @param {number[]} cell */
  function pick(on, cell) {
    walk.stop();
    if (on === "output") {
      if (view !== "spread") walk.show((position = offset(positions(picture, view), cell)));
      return draw();
    }
    const which = on === "input" ? on : "kernel";
    const strides = plane(picture.settings).map(({ stride }) => (which === "input" && view === "direct" ? stride : 1));
    const own = cell.map((c, i) => c / strides[i]);
    if (!isIn(picture.run[which], own) || !own.every(Number.isInteger)) return;
    said.clear();
    const typed = numberField({
      label: named(picture, on, own), value: valueAt(picture.run[which], own), min: -9999, max: 9999, whole: false,
      complain: said.warn, onInput: (x) => onEdit(which, own, x),
    });
    fill(field, typed.element);
    typed.input.select();
  }

  return {
    element: el("section", { class: "panel stage", "aria-label": "The window at work" },
      shownAs.element, same, maps, field, said.element, walk.element, sum, under),
    show,
    redraw: lay,
    stop: walk.stop,
    endEdit: () => (fill(field), said.clear()),
  };
}
