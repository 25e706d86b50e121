// What a kernel does to waves: |K(f)| with its axes, in words; and whether it is a column times a row.

import { brightness, passes, spectrum } from "locality/fourier";
import { factors } from "locality/kernels";
import { legend, signedRange } from "locality/parts/colour";
import { el, fill } from "locality/parts/dom";
import { mapImage } from "locality/parts/map";
import { grid } from "locality/parts/grid";
import { cellSize, sign, squares } from "locality/rooms/kernels/sum";

/** @import { Kernel, Step } from "locality/kernels" */

/** @param {Element} root @param {Step} step */
export function showWaves(root, { kernel, magnitude }) {
  const found = spectrum(kernel);
  const range = { low: 0, high: found.most || 1, scale: /** @type {const} */ ("grey") };
  const image = mapImage({ shape: [1, found.size, found.size], data: found.strength }, 0, range);
  image.classList.add("pixels");
  const { kind, sentence } = passes(found);
  const ticks = () => ["−½", "0", "½"].map((text) => el("span", {}, text));
  fill(root,
    el("h2", {}, "What it does to waves"),
    el("div", { class: "row" },
      el("div", {},
        el("div", { class: "plot", role: "img", "aria-label": "The strength of every wave, |K(f)|" },
          el("b", { class: "up" }, "f along y"), el("div", { class: "up" }, ticks()), image,
          el("div", {}, ticks()), el("b", {}, "f along x (waves a cell)")),
        legend(range, "strength |K(f)|")),
      el("div", { class: "grow" },
        el("h3", {}, kind[0].toUpperCase() + kind.slice(1)),
        el("p", {}, sentence, magnitude &&
          " This is the kernel alone: the length of a gradient is no sum, it has no |K(f)|."),
        el("p", {}, brightness(kernel)))));
}

/** Whether the kernel is a column times a row, with the two and what that saves.
 *  @param {Element} root @param {Kernel} kernel */
export function showSeparable(root, { rows, columns, values }) {
  const found = Math.min(rows, columns) > 1 && factors({ rows, columns, values });
  const many = rows * columns;
  let said = `Not separable: no column times a row gives it. ${many} multiplications a cell.`;
  if (found) said = "Separable: the kernel is a column times a row. One after the other they take " +
    `${rows} + ${columns} = ${rows + columns} multiplications a cell in place of ${rows}·${columns} = ${many}.`;
  else if (Math.min(rows, columns) === 1)
    said = `A single ${rows === 1 ? "row" : "column"}: there is nothing to take apart.`;
  else if (!values.some(Boolean)) said = "Every weight is 0.";
  const [column, row] = [grid("The column", "kernel"), grid("The row", "kernel")];
  fill(root, el("h2", {}, "Column times row"), el("p", {}, said),
    found && el("div", { class: "row" }, column.element, sign("×"), row.element));
  if (!found) return;
  const size = cellSize(Math.max(rows, columns), 240);
  column.draw(squares(rows, 1, found.column), size, signedRange(found.column), {});
  row.draw(squares(1, columns, found.row), size, signedRange(found.row), {});
}
