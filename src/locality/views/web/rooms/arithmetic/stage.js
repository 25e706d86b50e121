/** Input, kernel and output side by side, the window over them, and what walks it forwards and backwards. */

import { difference, readers, terms } from "locality/arithmetic";
import { legend, signedRange } from "locality/parts/colour";
import { choice } from "locality/parts/controls";
import { button, el, fill, short } from "locality/parts/dom";
import { player } from "locality/parts/player";
import {
  inputBoard,
  moment,
  outputBoard,
  plainBoard,
  positions,
  runOf,
  spreadBoard,
} from "locality/rooms/arithmetic/boards";
import { cellEditor } from "locality/rooms/arithmetic/editor";
import { fitSides } from "locality/rooms/arithmetic/fitting";
import { grid } from "locality/rooms/arithmetic/grid";
import { hangingOf, stampOf, sumOf } from "locality/rooms/arithmetic/sum";
import { isFlat, named, ofInput, ofOutput, recipe, stretched, unstretched } from "locality/rooms/arithmetic/words";

/** @typedef {import("locality/arithmetic").Picture} Picture */
/** @typedef {import("locality/rooms/arithmetic/boards").Board} Board */
/** @typedef {import("locality/rooms/arithmetic/boards").View} View */
/** @typedef {import("locality/rooms/arithmetic/editor").Which} Which */
const HINT =
  "Point at an input cell to see which outputs read it; click an output to go there, a cell or a weight to change it.";
/** What the pointer or a cursor is over. @typedef {{on: "input" | "output", cell: number[]} | null} Point */

/** @param {{onMove: (position: number, lit: {row: number | null, column: number | null}) => void,
 *   onView: (view: View) => void,
 *   onEdit: (which: Which, cell: number[], value: number) => void}} given */
export function stage({ onMove, onView, onEdit }) {
  /** @type {Picture} */
  let picture;
  /** @type {View} */
  let view = "window";
  let position = 0;
  /** @type {Point} */
  let point = null;
  /** @type {number[] | null} */
  let pinned = null; // an output in hand while inputs are spread
  /** @type {{input: Board, output: Board, kernel: Board, turned: Board | null,
   *  sides: import("locality/rooms/arithmetic/fitting").Sides} | null} */
  let boards = null;
  const editor = cellEditor({ onEdit, onEnd: () => draw() });

  const input = grid({
    label: "Input map: arrow keys move a cursor that shows which outputs read a cell",
    tone: "input",
    onPoint: (cell) => over("input", cell),
    onPick: (cell) => edit("input", cell),
    onArrow: cursor,
    onEnter: () => point?.on === "input" && edit("input", point.cell, true),
  });
  const kernel = grid({
    label: "Kernel: arrow keys choose a weight, Enter changes it",
    tone: "kernel",
    onPick: (cell) => edit("kernel", cell),
    onArrow(down, across) {
      const from = editor.cellOf("kernel") ?? [-down, -across];
      edit("kernel", [from[0] + down, from[1] + across]);
    },
    onEnter: () => edit("kernel", editor.cellOf("kernel") ?? [0, 0], true),
  });
  const turned = grid({ label: "Kernel turned by 180 degrees", tone: "kernel" });
  const output = grid({
    label: "Output map: arrow keys move the position",
    tone: "output",
    onPoint: (cell) => over("output", cell),
    onPick: (cell) => jump(cell),
    onArrow: (down, across) => move(down, across),
  });
  const walk = player({ label: "Positions", count: 1, onMove: (to) => (halt(), go(to)) });
  const backwards = button("Backwards", () => (timer ? halt() : run()), {
    title: "Run from the last position to the first",
  });
  walk.element.insertBefore(backwards, walk.element.children[2]);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  const pick = choice({
    label: "Shown as",
    options: [
      ["spread", "each input spread out"],
      ["direct", "equivalent direct convolution"],
    ],
    value: "spread",
    onInput: (value) => onView(/** @type {View} */ (value)),
  });
  const same = el("p", { class: "same" });
  const made = el("div", { class: "made" });
  const sum = el("div", { class: "sums" });
  const under = el("output", { class: "under muted" });
  const heads = { input: el("h3", { class: "in" }), kernel: el("h3"), output: el("h3", { class: "out" }) };
  const legends = { input: el("div"), kernel: el("div"), output: el("div") };
  const turnedBox = el("div", { class: "turned" }, el("h3", {}, "Turned by 180 degrees"), turned.element);
  const figure = (
    /** @type {"input" | "kernel" | "output"} */ name,
    /** @type {HTMLElement} */ board,
    /** @type {HTMLElement | null} */ more = null,
  ) =>
    el(
      "figure",
      { class: `map-${name}` },
      heads[name],
      el("div", { class: "scroll boards" }, board),
      more,
      legends[name],
    );
  const maps = el(
    "div",
    { class: "maps" },
    figure("input", input.element),
    figure("kernel", kernel.element, turnedBox),
    figure("output", output.element),
  );
  const element = el(
    "section",
    { class: "panel stage", "aria-label": "The window at work" },
    el("div", { class: "controls views" }, pick.element),
    same,
    made,
    maps,
    editor.element,
    walk.element,
    sum,
    under,
  );

  /** @param {Picture} given @param {View} as @param {number} at */
  function show(given, as, at) {
    picture = given;
    view = as;
    pinned = point = null;
    const many = positions(picture, view);
    position = Math.min(at, many[0] * many[1] - 1);
    walk.setCount(many[0] * many[1], position);
    pick.element.hidden = same.hidden = made.hidden = view === "window";
    pick.set(view === "direct" ? "direct" : "spread");
    lay();
    draw();
  }

  /** What does not depend on the position: the boards, their size, the words above them. */
  function lay() {
    const run = runOf(picture, view);
    const wide = Math.max(220, maps.clientWidth);
    boards = {
      input: inputBoard(picture, view),
      kernel: plainBoard(picture.run.kernel),
      output: view === "spread" ? boardOfSpread() : outputBoard(picture, view),
      turned: view === "direct" ? plainBoard(run.kernel) : null,
      sides: { input: 0, kernel: 0, output: 0 },
    };
    boards.sides = fitSides(wide, boards.input, boards.kernel, boards.output);
    const [size, taps, out] = [run.input, run.kernel, run.output].map(({ shape }) =>
      (isFlat(picture) ? shape.slice(1) : shape).join("x"),
    );
    heads.input.textContent = view === "direct" ? stretched(picture, size) : `Input ${size}`;
    heads.kernel.textContent = `Kernel ${taps}`;
    heads.output.className = picture.valid ? "out" : "wrong";
    heads.output.textContent = picture.valid ? `Output ${out}` : `Output: invalid (${out} if rounded down)`;
    turnedBox.hidden = view !== "direct";
    for (const [name, map] of /** @type {const} */ ([
      ["input", run.input],
      ["kernel", run.kernel],
      ["output", run.output],
    ]))
      fill(legends[name], legend(signedRange(map.data)));
    if (view === "window" || !picture.direct) return;
    const apart = difference({ shape: [], data: inside(boardOfSpread()) }, picture.direct.output);
    fill(made, view === "direct" ? recipe(picture).map((text) => el("p", { class: "mono" }, text)) : null);
    same.textContent =
      "Each input spread over the output, and the direct convolution of the stretched input with the turned kernel: " +
      `the same numbers, ${apart ? `largest difference ${short(apart)} (rounding of the sums)` : "difference 0"}.`;
  }

  const boardOfSpread = () => spreadBoard(picture, picture.run.input.data.length);

  /** The numbers of a spread output without what is cut off. @param {Board} board */
  const inside = (board) =>
    Float64Array.from(
      board.cells.filter(({ kind }) => kind === "real"),
      ({ value }) => value ?? 0,
    );

  function draw() {
    if (!boards) return;
    const { sides } = boards;
    const run = runOf(picture, view);
    const now = moment(picture, view, position);
    const ranges = [run.input, run.kernel, run.output].map((map) => signedRange(map.data));
    const read = point?.on === "output" ? readBy(point.cell) : [];
    const lit = point?.on === "input" ? reachOf(point.cell) : [];
    const window = { reach: now.reach, met: now.met, bad: now.hangs };
    if (view === "spread") {
      boards.output = spreadBoard(picture, position + 1);
      input.draw(boards.input, sides.input, ranges[0], { current: now.place, lit: pinned ? readBy(pinned) : read });
      output.draw(boards.output, sides.output, ranges[2], { ...window, current: pinned, lit });
    } else {
      input.draw(boards.input, sides.input, ranges[0], { ...window, lit: point?.on === "input" ? [point.cell] : read });
      output.draw(boards.output, sides.output, ranges[2], { current: now.place, bad: now.hangs, lit });
    }
    kernel.draw(boards.kernel, sides.kernel, ranges[1], { current: editor.cellOf("kernel") });
    if (boards.turned) turned.draw(boards.turned, sides.kernel, ranges[1]);
    say(now);
  }

  /** The input cells that an output reads. @param {number[]} cell */
  function readBy(cell) {
    const {
      output: { shape },
    } = runOf(picture, view);
    return cell.every((c, i) => c >= 0 && c < shape[i])
      ? terms(runOf(picture, view), cell).map((term) => term.cell)
      : [];
  }

  /** The outputs that an input cell goes into. @param {number[]} cell */
  function reachOf(cell) {
    const run = runOf(picture, view);
    if (view !== "spread") return readers(run, cell);
    const [width] = run.input.shape.slice(1);
    return cell.every((c, i) => c >= 0 && c < run.input.shape[i])
      ? moment(picture, view, cell[0] * width + cell[1]).met.map((one) => one.cell)
      : [];
  }

  /** @param {import("locality/rooms/arithmetic/boards").Moment} now */
  function say(now) {
    const run = runOf(picture, view);
    const flat = isFlat(picture);
    const place = view === "spread" ? pinned : now.hangs ? null : now.place;
    if (place)
      fill(sum, sumOf(place, terms(run, place), run.output.data[place[0] * run.output.shape[1] + place[1]], flat));
    else fill(sum, view === "spread" ? stampOf(now, flat) : hangingOf(now.place, flat));
    under.textContent = point ? pointed(point) : HINT;
  }

  /** @param {NonNullable<Point>} at */
  function pointed({ on, cell }) {
    if (!boards) return "";
    const board = boards[on];
    const found = board.cells[(cell[0] - board.low[0]) * board.shape[1] + cell[1] - board.low[1]];
    if (!found) return "";
    const flat = isFlat(picture);
    if (on === "input") return ofInput(found, cell, flat, reachOf(cell).length, view === "spread");
    const spread = view === "spread";
    const here = String(spread ? pinned : moment(picture, view, position).place) === String(cell);
    const far = spread && position < picture.run.input.data.length - 1;
    return ofOutput(found, named(cell, flat), here, far);
  }

  /** @param {"input" | "output"} on @param {number[] | null} cell */
  function over(on, cell) {
    if (String(point?.cell) === String(cell ?? undefined) && point?.on === on) return;
    point = cell ? { on, cell } : null;
    draw();
  }

  /** @param {number} down @param {number} across */
  function cursor(down, across) {
    if (!boards) return;
    const { low, shape } = boards.input;
    const from = point?.on === "input" ? point.cell : [0 - down, 0 - across];
    over(
      "input",
      [from[0] + down, from[1] + across].map((c, i) => Math.min(Math.max(c, low[i]), low[i] + shape[i] - 1)),
    );
  }

  /** @param {number} to */
  function go(to) {
    position = to;
    pinned = null;
    walk.show(to);
    draw();
    tell();
  }

  function tell() {
    const run = runOf(picture, view);
    const [u, v] = positions(picture, view).length ? moment(picture, view, position).place : [0, 0];
    const exists = u < run.output.shape[0] && v < run.output.shape[1];
    const row = pinned
      ? pinned[0] * run.output.shape[1] + pinned[1]
      : view !== "spread" && exists
        ? u * run.output.shape[1] + v
        : null;
    onMove(position, { row, column: view === "spread" && !pinned ? position : null });
  }

  /** Go to an output; while inputs are spread, to the last input that reaches it. @param {number[]} cell */
  function jump(cell) {
    halt();
    walk.stop();
    const many = positions(picture, view);
    if (view !== "spread") return go(cell[0] * many[1] + cell[1]);
    if (!cell.every((c, i) => c >= 0 && c < picture.run.output.shape[i])) return;
    const last = terms(picture.run, cell).reduce((most, { cell: [y, x] }) => Math.max(most, y * many[1] + x), -1);
    if (last >= 0) walk.show((position = last));
    pinned = cell;
    draw();
    tell();
  }

  /** @param {number} down @param {number} across */
  function move(down, across) {
    const many = view === "spread" ? picture.run.output.shape : positions(picture, view);
    const from = view === "spread" ? (pinned ?? [-down, -across]) : moment(picture, view, position).place;
    const cell = [from[0] + down, from[1] + across].map((c, i) => Math.min(Math.max(c, 0), many[i] - 1));
    point = { on: "output", cell };
    jump(cell);
  }

  function run() {
    walk.stop();
    const speed = Number(walk.element.querySelector("select")?.value ?? 2);
    const many = positions(picture, view);
    backwards.setAttribute("aria-pressed", "true");
    timer = setInterval(
      () => (element.isConnected ? go((position - 1 + many[0] * many[1]) % (many[0] * many[1])) : halt()),
      1000 / speed,
    );
  }

  function halt() {
    clearInterval(timer);
    timer = undefined;
    backwards.setAttribute("aria-pressed", "false");
  }

  /** A field for the number of a cell. @param {Which} which @param {number[]} at @param {boolean} [byKey] */
  function edit(which, at, byKey = false) {
    const cell = view === "direct" && which === "input" ? unstretched(picture, at) : at;
    if (cell) editor.open(which, picture.run[which], cell, isFlat(picture), byKey);
    draw();
  }

  return { element, show, redraw: () => (lay(), draw()), tell, stop: () => (halt(), walk.stop()), endEdit: editor.end };
}
