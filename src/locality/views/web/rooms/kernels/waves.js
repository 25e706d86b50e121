// What a kernel does to waves: |K(f)| with its axes, in words; and whether it is a column times a row.

import { brightness, frequency, passes, spectrum } from "locality/fourier";
import { factors } from "locality/kernels";
import { legend, signedRange } from "locality/parts/colour";
import { el, fill, short } from "locality/parts/dom";
import { drawCells, fitCanvas, mapImage, token } from "locality/parts/map";
import { numberGrid } from "locality/rooms/kernels/grid";

/** @typedef {import("locality/kernels").Kernel} Kernel */
/** @typedef {import("locality/fourier").Spectrum} Spectrum */

const SIDE = 260;
const MARGIN = { left: 52, bottom: 44, top: 8, right: 14 };

export function wavesView() {
  const canvas = el("canvas", {
    tabIndex: 0,
    role: "application",
    "aria-label": "The strength of every wave, |K(f)|. Arrow keys move over the frequencies.",
  });
  const spot = el("output", { class: "number wave" });
  const bar = el("div");
  const kind = el("h3");
  const told = el("p");
  const flat = el("p");
  const element = el(
    "section",
    { class: "panel waves" },
    el("h2", {}, "What it does to waves"),
    el("div", { class: "row" }, el("div", {}, canvas, bar, spot), el("div", { class: "grow words" }, kind, told, flat)),
  );
  /** @type {Spectrum | null} */
  let found = null;
  let [at, up] = [32, 32];

  function draw() {
    if (!found) return;
    const context = fitCanvas(canvas, SIDE + MARGIN.left + MARGIN.right, SIDE + MARGIN.top + MARGIN.bottom);
    const range = { low: 0, high: found.most || 1, scale: /** @type {const} */ ("grey") };
    const image = mapImage({ shape: [1, found.size, found.size], data: found.strength }, 0, range);
    const [left, top] = [MARGIN.left, MARGIN.top];
    drawCells(context, image, left, top, SIDE, SIDE);
    context.strokeStyle = context.fillStyle = token("ink");
    context.strokeRect(left, top, SIDE, SIDE);
    context.font = "14px system-ui, sans-serif";
    context.textAlign = "center";
    ["−½", "0", "½"].forEach((text, i) => {
      const place = (i * SIDE) / 2;
      context.fillText(text, left + place, top + SIDE + 18);
      context.textAlign = "right";
      context.fillText(text, left - 8, top + place + 5);
      context.textAlign = "center";
      context.fillRect(left + place - 0.5, top + SIDE, 1, 5);
      context.fillRect(left - 5, top + place - 0.5, 5, 1);
    });
    context.fillText("f along x (waves a cell)", left + SIDE / 2, top + SIDE + 37);
    context.save();
    context.translate(14, top + SIDE / 2);
    context.rotate(-Math.PI / 2);
    context.fillText("f along y", 0, 0);
    context.restore();
    const size = SIDE / found.size;
    context.strokeStyle = token("focus");
    context.lineWidth = 2;
    context.strokeRect(left + at * size - 2, top + up * size - 2, size + 4, size + 4);
    const [fx, fy] = [frequency(at, found.size), frequency(up, found.size)];
    const far = Math.hypot(fx, fy);
    const length = far ? `a wave ${short(1 / far)} cells long` : "flat areas";
    const strength = strengthText(found.strength[up * found.size + at]);
    spot.textContent = `f = (${short(fx)}, ${short(fy)}), ${length}: strength ${strength}`;
  }

  /** What is only rounding counts as 0. @param {number} strength */
  const strengthText = (strength) => short(strength < 1e-12 * (found?.most ?? 0) ? 0 : strength, 4);

  /** @param {number} toAt @param {number} toUp */
  function move(toAt, toUp) {
    const last = (found?.size ?? 1) - 1;
    [at, up] = [Math.min(Math.max(toAt, 0), last), Math.min(Math.max(toUp, 0), last)];
    draw();
  }
  canvas.addEventListener("pointermove", (event) => {
    const each = SIDE / (found?.size ?? 1);
    move(Math.floor((event.offsetX - MARGIN.left) / each), Math.floor((event.offsetY - MARGIN.top) / each));
  });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    move(at + step[0], up + step[1]);
  });

  return {
    element,
    redraw: draw,
    /** @param {Kernel} kernel @param {boolean} magnitude */
    show(kernel, magnitude) {
      found = spectrum(kernel);
      const what = passes(kernel, found);
      kind.textContent = what.kind[0].toUpperCase() + what.kind.slice(1);
      told.textContent =
        what.sentence +
        (magnitude ? " This is the kernel alone: the length of a gradient is no sum, it has no |K(f)|." : "");
      flat.textContent = brightness(kernel).sentence;
      fill(bar, legend({ low: 0, high: found.most || 1, scale: "grey" }, "strength |K(f)|"));
      draw();
    },
  };
}

/** Whether the kernel is a column times a row, with the two and what that saves. */
export function separableView() {
  const said = el("p");
  const column = numberGrid({ label: "The column" });
  const row = numberGrid({ label: "The row" });
  const grids = el(
    "div",
    { class: "grids" },
    column.element,
    el("span", { class: "sign", "aria-hidden": "true" }, "×"),
    row.element,
  );
  const element = el(
    "section",
    { class: "panel separable" },
    el("h2", {}, "Column times row"),
    said,
    el("div", { class: "scroll" }, grids),
  );
  /** @type {ReturnType<typeof factors>} */
  let found = null;

  function draw() {
    if (!found) return;
    const size = Math.max(6, Math.min(52, Math.floor(240 / Math.max(found.row.length, found.column.length))));
    for (const [grid, line, rows] of /** @type {const} */ ([
      [column, found.column, true],
      [row, found.row, false],
    ])) {
      grid.draw(
        {
          rows: rows ? line.length : 1,
          columns: rows ? 1 : line.length,
          value: (i) => line[i],
          range: signedRange(line),
        },
        size,
      );
    }
  }

  return {
    element,
    redraw: draw,
    /** @param {Kernel} kernel */
    show(kernel) {
      const { rows, columns, values } = kernel;
      found = factors(kernel);
      if (found && (rows === 1 || columns === 1)) found = null;
      grids.hidden = !found;
      const many = rows * columns;
      if (found) {
        said.textContent =
          `Separable: the kernel is a column times a row. One after the other they take ${rows} + ${columns} = ` +
          `${rows + columns} multiplications a cell in place of ${rows}·${columns} = ${many}.`;
      } else if (rows === 1 || columns === 1)
        said.textContent = `A single ${rows === 1 ? "row" : "column"}: there is nothing to take apart.`;
      else if (values.every((value) => value === 0)) said.textContent = "Every weight is 0.";
      else said.textContent = `Not separable: no column times a row gives it. ${many} multiplications a cell.`;
      draw();
    },
  };
}
