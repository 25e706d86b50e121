// Labelled inputs. Each returns {element, value, set(value)}; `set` does not call back.

import { el } from "locality/parts/dom";

let last = 0;
/** A new id, to tie a label to its input. */
export const newId = () => `c${++last}`;

/**
 * A slider with its number beside it.
 * @param {{label: string, min: number, max: number, step?: number, value: number, format?: (x: number) => string, onInput: (x: number) => void}} given
 */
export function slider({ label, min, max, step = 1, value, format = String, onInput }) {
  const id = newId();
  const said = el("output", { for: id });
  const input = el("input", { id, type: "range", min: String(min), max: String(max), step: String(step), oninput: () => (show(), onInput(Number(input.value))) });
  const show = () => {
    said.textContent = format(Number(input.value));
    input.setAttribute("aria-valuetext", said.textContent);
  };
  const set = (/** @type {number} */ x) => ((input.value = String(x)), show());
  set(value);
  return {
    element: el("div", { class: "control" }, el("label", { for: id }, label), input, said),
    input,
    get value() {
      return Number(input.value);
    },
    set,
    /** Another largest value. @param {number} most */
    setMax(most) {
      input.max = String(most);
      show();
    },
  };
}

/**
 * A number typed in. `onInput` gets what was typed as a number; what is no number, or lies outside, is said by
 * `complain` with a sentence, and `onInput` is not called.
 * @param {{label: string, value: number, min?: number, max?: number, whole?: boolean, onInput: (x: number) => void, complain: (sentence: string) => void}} given
 */
export function numberField({ label, value, min = -Infinity, max = Infinity, whole = true, onInput, complain }) {
  const id = newId();
  const input = el("input", { id, type: "text", inputMode: whole ? "numeric" : "decimal", value: String(value), autocomplete: "off", size: 5, oninput: read });
  function read() {
    const x = Number(input.value.trim().replace("−", "-").replace(",", "."));
    const bad = input.value.trim() === "" || !Number.isFinite(x) || (whole && !Number.isInteger(x));
    const kind = whole ? "a whole number" : "a number";
    let wrong = bad ? `${label}: "${input.value}" is not ${kind}. Type ${kind}.` : "";
    if (!wrong && x < min) wrong = `${label}: ${x} is less than ${min}. Use ${min} or more.`;
    if (!wrong && x > max) wrong = `${label}: ${x} is more than ${max}. Use ${max} or less.`;
    input.setAttribute("aria-invalid", String(Boolean(wrong)));
    complain(wrong);
    if (!wrong) onInput(x);
  }
  return {
    element: el("div", { class: "control" }, el("label", { for: id }, label), input),
    input,
    get value() {
      return Number(input.value);
    },
    set(/** @type {number} */ x) {
      input.value = String(x);
      input.setAttribute("aria-invalid", "false");
    },
  };
}

/**
 * One of several: buttons in a row for a few, a list for many.
 * @template {string} T
 * @param {{label: string, options: (T | [T, string])[], value: T, list?: boolean, onInput: (choice: T) => void}} given  an option is its value, or [value, text]
 */
export function choice({ label, options, value, list = options.length > 4, onInput }) {
  const id = newId();
  const pairs = options.map((option) => /** @type {[T, string]} */ (Array.isArray(option) ? option : [option, option]));
  if (list) {
    const select = el("select", { id, onchange: () => onInput(/** @type {T} */ (select.value)) },
      pairs.map(([key, text]) => el("option", { value: key }, text)));
    select.value = value;
    return {
      element: el("div", { class: "control" }, el("label", { for: id }, label), select),
      get value() {
        return /** @type {T} */ (select.value);
      },
      set(/** @type {T} */ key) {
        select.value = key;
      },
    };
  }
  const radios = pairs.map(([key, text], i) => {
    const input = el("input", { type: "radio", name: id, id: `${id}-${i}`, value: key, checked: key === value, onchange: () => onInput(key) });
    return { input, element: el("span", {}, input, el("label", { for: `${id}-${i}` }, text)) };
  });
  return {
    element: el("fieldset", { class: "control segments" }, el("legend", {}, label), el("div", {}, radios.map((radio) => radio.element))),
    get value() {
      return /** @type {T} */ (radios.find(({ input }) => input.checked)?.input.value ?? value);
    },
    set(/** @type {T} */ key) {
      for (const { input } of radios) input.checked = input.value === key;
    },
  };
}

/** A yes or no. @param {{label: string, value: boolean, onInput: (on: boolean) => void}} given */
export function toggle({ label, value, onInput }) {
  const id = newId();
  const input = el("input", { id, type: "checkbox", checked: value, onchange: () => onInput(input.checked) });
  return {
    element: el("div", { class: "control check" }, input, el("label", { for: id }, label)),
    get value() {
      return input.checked;
    },
    set(/** @type {boolean} */ on) {
      input.checked = on;
    },
  };
}
