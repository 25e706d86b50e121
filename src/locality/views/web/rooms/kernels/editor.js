// One kernel of the chain: its name, its parameters, its cells. Every change makes a new step.

import { FORMULAS, kernelText, makeKernel, MOST_TYPED, NAMES, readCell, readKernel } from "locality/kernels";
import { choice, numberField, slider, toggle } from "locality/parts/controls";
import { button, el, exact, fill, notice, sentence, short } from "locality/parts/dom";
import { range } from "locality/tensor";

/** @import { Kernel, Step } from "locality/kernels" */

/** @param {(step: Step) => void} onChange */
export function kernelEditor(onChange) {
  /** @type {Step} */
  let step;
  let drawn = [""]; // the name and the size that there are sliders and cells for
  const wrong = notice();
  const name = choice({
    label: "Kernel", options: [...NAMES, "custom"], value: "custom", list: true,
    onInput: (chosen) => (chosen === "custom" ? custom(step.kernel) : named(chosen)),
  });
  const parameters = el("div", { class: "controls" });
  const about = el("p", { class: "muted" });
  const cells = el("div", { class: "cells", role: "group", "aria-label": "The kernel's numbers" });
  const [rows, columns] = ["Rows", "Columns"].map((label, i) => numberField({
    label, value: 3, min: 1, max: MOST_TYPED, complain: wrong.warn,
    onInput: (x) => (i ? resize(step.kernel.rows, x) : resize(x, step.kernel.columns)),
  }));
  const edits = el("div", { class: "controls" }, rows.element, columns.element, button("Make the sum 1", sumToOne));
  const stride = slider({
    label: "Stride", min: 1, max: 8, value: 1,
    onInput: (x) => onChange({ ...step, stride: x }),
  });
  const magnitude = toggle({
    label: "Gradient magnitude: with its transpose, √(a² + b²)", value: false,
    onInput: (on) => onChange({ ...step, magnitude: on }),
  });
  const element = el("section", { class: "panel kernel-editor" },
    el("h2", {}, "Kernel"), el("div", { class: "controls" }, name.element, parameters), about, wrong.element,
    el("div", { class: "scroll" }, cells), edits, el("div", { class: "controls" }, stride.element, magnitude.element));

  /** @param {string} text */
  const named = (text) => onChange({ ...step, text, kernel: readKernel(text) });

  /** Rows of numbers in place of a name. @param {Kernel} kernel */
  function custom(kernel) {
    if (Math.max(kernel.rows, kernel.columns) <= MOST_TYPED) return named(kernelText(kernel));
    name.set(nameOf(step));
    const size = `${kernel.rows}x${kernel.columns}`;
    wrong.warn(`kernel: ${size} is too large to edit. Choose one of at most ${MOST_TYPED} a side.`);
  }

  function sumToOne() {
    const total = step.kernel.values.reduce((a, b) => a + b, 0);
    if (Math.abs(total) < 1e-12) wrong.warn("kernel: its sum is 0, so it cannot be made 1. Change a weight first.");
    else custom({ ...step.kernel, values: step.kernel.values.map((x) => x / total) });
  }

  /** Another size around the same middle. @param {number} high @param {number} wide */
  function resize(high, wide) {
    const old = step.kernel;
    const middle = (/** @type {number} */ size) => (size - 1) >> 1;
    const [down, right] = [middle(old.rows) - middle(high), middle(old.columns) - middle(wide)];
    custom(makeKernel(high, wide, (i, j) => {
      const column = j + right;
      return (column >= 0 && column < old.columns && old.values[(i + down) * old.columns + column]) || 0;
    }));
  }

  /** @param {number} i */
  function cell(i) {
    const [row, column] = [Math.floor(i / step.kernel.columns), i % step.kernel.columns];
    const input = el("input", {
      type: "text", inputMode: "decimal", autocomplete: "off", "aria-label": `Row ${row + 1}, column ${column + 1}`,
      onfocus: () => input.select(),
      oninput() {
        try {
          const values = step.kernel.values.slice();
          values[i] = readCell(input.value, row, column);
          if (values[i] === step.kernel.values[i]) onChange(step);
          else custom({ ...step.kernel, values });
        } catch (error) {
          input.setAttribute("aria-invalid", "true");
          wrong.warn(sentence(error));
        }
      },
    });
    return input;
  }

  /** @param {string} chosen */
  function sliders(chosen) {
    const takes = FORMULAS[chosen]?.parameters ?? [];
    const values = takes.map(({ usual }, i) => Number(step.text.split(/\s+/)[i + 1] ?? usual));
    return takes.map(({ name: label, low, high, whole }, i) => slider({
      label: label[0].toUpperCase() + label.slice(1), min: low, max: high, value: values[i],
      step: label === "angle" ? 5 : whole ? 1 : 0.1,
      onInput(x) {
        values[i] = x;
        named([chosen, ...values].join(" "));
      },
    }).element);
  }

  /** @param {Step} given */
  function show(given) {
    step = given;
    const { kernel: { rows: high, columns: wide, values } } = step;
    const [chosen, large] = [nameOf(step), Math.max(high, wide) > MOST_TYPED];
    wrong.clear();
    name.set(chosen);
    about.textContent = (FORMULAS[chosen]?.about ?? "") + (large ? " Too large to edit." : "");
    // What is being dragged or typed stays: only another name or size makes new ones.
    if (chosen !== drawn[0] || !parameters.contains(document.activeElement)) fill(parameters, sliders(chosen));
    if (`${high}x${wide}` !== drawn[1]) fill(cells, large ? [] : range(values.length).map(cell));
    drawn = [chosen, `${high}x${wide}`];
    cells.classList.toggle("many", wide > 7);
    cells.style.gridTemplateColumns = `repeat(${wide}, ${wide > 7 ? 3.05 : 4.4}rem)`;
    cells.querySelectorAll("input").forEach((input, i) => {
      if (input !== document.activeElement) input.value = short(values[i], wide > 7 ? 2 : 4);
      input.title = exact(values[i]);
      input.setAttribute("aria-invalid", "false");
    });
    edits.hidden = large;
    rows.set(high);
    columns.set(wide);
    stride.set(step.stride);
    magnitude.set(step.magnitude);
  }

  return { element, show };
}

/** The name that a step was written with. @param {Step} step */
const nameOf = ({ text }) => NAMES.find((name) => name === text.split(/\s/)[0]) ?? "custom";
