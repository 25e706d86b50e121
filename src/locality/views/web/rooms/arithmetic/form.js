/** The settings as controls: presets, choices, and numbers typed or by slider. */

import { isTransposed, LIMITS } from "locality/arithmetic";
import { PADDING_MODES } from "locality/geometry";
import { choice, newId } from "locality/parts/controls";
import { el, notice } from "locality/parts/dom";
import { PRESETS, presetOf } from "locality/rooms/arithmetic/presets";
import { numbersOf, withNumbers } from "locality/rooms/arithmetic/settings";

/** @import { Name, Settings } from "locality/arithmetic" */

/** The largest number that each slider reaches; more can be typed. */
const NUMBERS = /** @type {[Name, string, number][]} */ ([
  ["size", "Input", 32], ["kernel", "Kernel", 11], ["stride", "Stride", 8], ["padding", "Padding", 8],
  ["dilation", "Dilation", 6], ["output_padding", "Output padding", 5],
]);
/** What counts forwards only, and what counts backwards only. */
const WAYS = [["padding_mode", "rounding"], ["output_padding"]];

/** @param {(settings: Settings) => void} onChange */
export function form(onChange) {
  let now = PRESETS[0].settings;
  const said = notice();
  /** @param {string} key @param {string} label @param {(string | [string, string])[]} options
   *  @param {() => string} read @param {(value: string) => Partial<Settings>} [put] */
  const pick = (key, label, options, read, put = (value) => ({ [key]: value })) => {
    const control = choice({ label, options, value: "", onInput: (value) => change(put(value)) });
    return { key, element: control.element, show: () => control.set(read()) };
  };
  const names = PRESETS.map(({ name }, i) => /** @type {[string, string]} */ ([String(i), name]));
  const picks = [
    pick("", "Start from", [["-1", "your own settings"], ...names], () => String(presetOf(now)),
      (i) => PRESETS[Number(i)]?.settings),
    pick("direction", "Direction", ["convolution", "transposed"], () => now.direction),
    pick("", "Axes", [["1", "1-D"], ["2", "2-D"]], () => String(now.axes.length),
      (many) => ({ axes: many === "1" ? now.axes.slice(-1) : [now.axes[0], now.axes[0]] })),
    pick("padding_mode", "Edges", PADDING_MODES, () => now.padding_mode),
    pick("rounding", "Rounding", ["exact", "floor"], () => now.rounding),
  ];
  const fields = NUMBERS.map(([key, label, last]) => {
    const [min, max] = LIMITS[key].map(String);
    const id = newId();
    const typed = el("input", { id, type: "text", autocomplete: "off", oninput: () => put(typed.value) });
    const slider = el("input", {
      type: "range", min, max: String(last), "aria-label": `${label}, slider`, oninput: () => put(slider.value),
    });
    const put = (/** @type {string} */ text) => {
      const axes = withNumbers(now.axes, key, text);
      if (axes) return change({ axes });
      typed.setAttribute("aria-invalid", "true");
      said.warn(`${label}: "${text}" will not do. Type a whole number from ${min} to ${max}, or several with commas.`);
    };
    return { key, element: el("div", { class: "field" }, el("label", { for: id }, label), typed, slider), show() {
      const numbers = numbersOf(now.axes, key);
      slider.value = String(numbers[0]);
      typed.setAttribute("aria-invalid", "false");
      if (document.activeElement !== typed) typed.value = numbers.join(", "); // what is being typed stays
    } };
  });

  /** @param {Partial<Settings>} given */
  function change(given) {
    set({ ...now, ...given });
    onChange(now);
  }

  /** @param {Settings} settings */
  function set(settings) {
    now = settings;
    said.clear();
    for (const { key, element, show } of [...picks, ...fields]) {
      element.hidden = WAYS[Number(!isTransposed(now))].includes(key);
      show();
    }
  }

  return {
    element: el("section", { class: "panel settings", "aria-label": "Settings" },
      el("div", { class: "controls" }, picks.map(({ element }) => element)),
      el("div", { class: "fields" }, fields.map(({ element }) => element)), said.element,
      el("p", { class: "muted" },
        "Two numbers: height, width. Padding takes before, after, or top, bottom, left, right.")),
    set,
  };
}
