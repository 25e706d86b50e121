// One kernel of the chain: its name, its parameters, its cells, what it was typed as. Every change makes a new step.

import {
  FORMULAS,
  kernelText,
  makeKernel,
  MOST_TYPED,
  NAMES,
  readCell,
  readKernel,
  transpose,
  turned,
} from "locality/kernels";
import { signedRange } from "locality/parts/colour";
import { choice, newId, numberField, slider, toggle } from "locality/parts/controls";
import { button, el, exact, fill, notice, sentence, short } from "locality/parts/dom";
import { cellSize, numberGrid } from "locality/rooms/kernels/grid";

/** @typedef {import("locality/kernels").Step} Step */
/** @typedef {import("locality/kernels").Kernel} Kernel */

const CUSTOM = "custom";

/** @param {{onChange: (step: Step) => void}} given */
export function kernelEditor({ onChange }) {
  /** @type {Step} */
  let step = { text: "identity", kernel: readKernel("identity"), magnitude: false, stride: 1 };
  let flip = false;
  const wrong = notice();
  const name = choice({ label: "Kernel", options: [...NAMES, CUSTOM], value: "identity", list: true, onInput: named });
  const parameters = el("div", { class: "controls" });
  const about = el("p", { class: "muted" });
  const stride = slider({ label: "Stride", min: 1, max: 8, value: 1, onInput: (x) => change({ stride: x }) });
  const magnitude = toggle({
    label: "Gradient magnitude: with its transpose, √(a² + b²)",
    value: false,
    onInput: (on) => change({ magnitude: on }),
  });
  const rows = numberField({
    label: "Rows",
    value: 3,
    min: 1,
    max: MOST_TYPED,
    complain: wrong.warn,
    onInput: (x) => resize(x, step.kernel.columns),
  });
  const columns = numberField({
    label: "Columns",
    value: 3,
    min: 1,
    max: MOST_TYPED,
    complain: wrong.warn,
    onInput: (x) => resize(step.kernel.rows, x),
  });
  const cells = el("div", { class: "cells", role: "group", "aria-label": "The kernel's numbers" });
  const wide = numberGrid({ label: "The kernel, too large to edit" });
  const textId = newId();
  const text = el("input", {
    id: textId,
    type: "text",
    autocomplete: "off",
    spellcheck: false,
    onchange: () => typed(text.value),
  });
  const turnedGrid = numberGrid({ label: "The turned kernel" });
  const turnedFigure = el(
    "figure",
    {},
    turnedGrid.element,
    el("figcaption", {}, "Turned by half a turn: this is laid on"),
  );
  const buttons = el(
    "div",
    { class: "controls" },
    button("Transpose", () => custom(transpose(step.kernel))),
    button("Negate", () => custom({ ...step.kernel, values: step.kernel.values.map((x) => -x || 0) })),
    button("Make the sum 1", sumToOne),
  );
  const element = el(
    "section",
    { class: "panel editor" },
    el("h2", {}, "Kernel"),
    el("div", { class: "controls" }, name.element, parameters),
    about,
    wrong.element,
    el("div", { class: "row" }, el("div", {}, el("div", { class: "scroll" }, cells, wide.element)), turnedFigure),
    buttons,
    el("div", { class: "controls" }, rows.element, columns.element),
    el("div", { class: "control typed" }, el("label", { for: textId }, "Typed"), text),
    el("div", { class: "controls" }, stride.element, magnitude.element),
  );

  /** @param {Partial<Step>} part */
  function change(part) {
    wrong.clear();
    step = { ...step, ...part };
    onChange(step);
    if (part.kernel) show();
  }

  /** @param {string} chosen */
  function named(chosen) {
    if (chosen === CUSTOM) custom(step.kernel);
    else change({ text: chosen, kernel: readKernel(chosen) });
  }

  /** Rows of numbers in place of a name. @param {Kernel} kernel */
  function custom(kernel) {
    if (Math.max(kernel.rows, kernel.columns) > MOST_TYPED) {
      name.set(nameOf(step));
      wrong.warn(
        `kernel: ${kernel.rows}x${kernel.columns} is too large to edit. Choose one of at most ${MOST_TYPED} a side.`,
      );
      return;
    }
    change({ text: kernelText(kernel), kernel });
  }

  /** @param {string} words */
  function typed(words) {
    try {
      if (words.includes(","))
        throw new Error("kernel: a comma parts several kernels. Add them one by one in the chain.");
      change({ text: words.trim(), kernel: readKernel(words) });
    } catch (error) {
      text.setAttribute("aria-invalid", "true");
      wrong.warn(sentence(error));
    }
  }

  /** Another size around the same middle. @param {number} high @param {number} across */
  function resize(high, across) {
    const old = step.kernel;
    if (high === old.rows && across === old.columns) return;
    const [down, right] = [((old.rows - 1) >> 1) - ((high - 1) >> 1), ((old.columns - 1) >> 1) - ((across - 1) >> 1)];
    custom(
      makeKernel(high, across, (i, j) => {
        const [row, column] = [i + down, j + right];
        return row >= 0 && row < old.rows && column >= 0 && column < old.columns
          ? old.values[row * old.columns + column]
          : 0;
      }),
    );
  }

  function sumToOne() {
    const total = step.kernel.values.reduce((a, b) => a + b, 0);
    if (Math.abs(total) < 1e-12) wrong.warn("kernel: its sum is 0, so it cannot be made 1. Change a weight first.");
    else custom({ ...step.kernel, values: step.kernel.values.map((x) => x / total) });
  }

  /** @param {number} i @param {HTMLInputElement} input */
  function edited(i, input) {
    const { columns: across, values } = step.kernel;
    try {
      const value = readCell(input.value, Math.floor(i / across), i % across);
      input.setAttribute("aria-invalid", "false");
      if (value === values[i]) return wrong.clear();
      const next = values.slice();
      next[i] = value;
      wrong.clear();
      const kernel = { ...step.kernel, values: next };
      step = { ...step, text: kernelText(kernel), kernel };
      onChange(step);
      labels();
    } catch (error) {
      input.setAttribute("aria-invalid", "true");
      wrong.warn(sentence(error));
    }
  }

  /** Everything but the cells. */
  function labels() {
    const { kernel } = step;
    name.set(nameOf(step));
    text.value = step.text;
    text.setAttribute("aria-invalid", "false");
    rows.set(kernel.rows);
    columns.set(kernel.columns);
    stride.set(step.stride);
    magnitude.set(step.magnitude);
    turnedFigure.hidden = !flip;
    grids();
  }

  function grids() {
    const { kernel } = step;
    wide.draw(
      { ...kernel, value: (i) => kernel.values[i], range: signedRange(kernel.values) },
      cellSize(kernel.columns, 340),
    );
    const back = turned(kernel);
    turnedGrid.draw(
      { ...back, value: (i) => back.values[i], range: signedRange(back.values) },
      cellSize(kernel.columns, 300),
    );
  }

  let shownName = "";
  function sliders() {
    const chosen = nameOf(step);
    const formula = Object.hasOwn(FORMULAS, chosen) ? FORMULAS[chosen] : null;
    about.textContent = formula?.about ?? "";
    about.hidden = !formula;
    // A slider that is being dragged must stay: only another name makes new ones.
    if (chosen === shownName) return;
    shownName = chosen;
    if (!formula) return fill(parameters);
    const given = step.text.split(/\s+/).slice(1);
    const values = formula.parameters.map((each, i) => Number(given[i] ?? each.usual));
    fill(
      parameters,
      formula.parameters.map(
        (each, i) =>
          slider({
            label: each.name[0].toUpperCase() + each.name.slice(1),
            min: each.low,
            max: each.high,
            value: values[i],
            step: each.name === "angle" ? 5 : each.whole ? 1 : 0.1,
            onInput(x) {
              values[i] = x;
              const words = `${chosen} ${values.join(" ")}`;
              change({ text: words, kernel: readKernel(words) });
            },
          }).element,
      ),
    );
  }

  function show() {
    const { kernel } = step;
    const large = Math.max(kernel.rows, kernel.columns) > MOST_TYPED;
    sliders();
    labels();
    cells.hidden = large;
    buttons.hidden = rows.element.hidden = columns.element.hidden = large;
    wide.element.hidden = !large;
    if (large) return fill(cells);
    const many = kernel.columns > 7;
    cells.classList.toggle("many", many);
    cells.style.gridTemplateColumns = `repeat(${kernel.columns}, ${many ? 3.05 : 4.4}rem)`;
    if (cells.children.length !== kernel.values.length || cells.dataset.columns !== String(kernel.columns)) makeCells();
    [...kernel.values].forEach((value, i) => {
      const input = /** @type {HTMLInputElement} */ (cells.children[i]);
      input.value = written(value, many ? 2 : 3);
      input.title = exact(value);
      input.setAttribute("aria-invalid", "false");
    });
  }

  function makeCells() {
    const { columns: across, values } = step.kernel;
    cells.dataset.columns = String(across);
    fill(
      cells,
      [...values.keys()].map((i) => {
        const place = `Row ${Math.floor(i / across) + 1}, column ${(i % across) + 1}`;
        const input = el("input", { type: "text", inputMode: "decimal", autocomplete: "off", "aria-label": place });
        input.addEventListener("input", () => edited(i, input));
        input.addEventListener("focus", () => input.select());
        return input;
      }),
    );
  }

  return {
    element,
    /** @param {Step} given @param {boolean} convolution */
    show(given, convolution) {
      step = given;
      flip = convolution;
      shownName = "";
      wrong.clear();
      show();
    },
    /** @param {boolean} convolution */
    flip(convolution) {
      flip = convolution;
      labels();
    },
    /** Draw the canvases again; what is being typed stays. */
    redraw: grids,
  };
}

/** The name that a step was written with, or "custom". @param {Step} step */
export function nameOf(step) {
  const first = step.text.split(/\s+/)[0];
  return NAMES.includes(first) ? first : CUSTOM;
}

/** A weight as it stands in its cell: a sixteenth as a fraction, a long number cut short (its title has all of it).
 *  @param {number} value @param {number} digits */
function written(value, digits) {
  for (const part of [1, 2, 3, 4, 8, 9, 16, 25]) {
    const whole = Math.round(value * part);
    if (Math.abs(whole) < 1000 && whole / part === value) {
      return (part === 1 ? String(whole || 0) : `${whole}/${part}`).replace("-", "−");
    }
  }
  return short(value, digits);
}
