/** The settings as controls: presets, choices, and each number typed or by slider. */

import { axisNames, LIMITS } from "locality/arithmetic";
import { choice, numberField, toggle } from "locality/parts/controls";
import { el, fill, notice } from "locality/parts/dom";
import { axis, PRESETS, presetOf } from "locality/rooms/arithmetic/presets";

/** @typedef {import("locality/arithmetic").Settings} Settings */
/** @typedef {import("locality/arithmetic").Axis} Axis */

/** The largest number that a slider reaches; more can be typed. */
const SLIDES = { size: 32, kernel: 11, stride: 8, padding: 8, dilation: 6, output_padding: 5 };
/** @typedef {keyof typeof SLIDES} Name */
const WORDS = /** @type {Record<Name, string>} */ ({
  size: "Input",
  kernel: "Kernel",
  stride: "Stride",
  padding: "Padding",
  dilation: "Dilation",
  output_padding: "Output padding",
});
const EDGES = /** @type {[string, string][]} */ ([
  ["zeros", "zeros"],
  ["edge", "edge"],
  ["reflect", "reflect"],
  ["wrap", "wrap"],
]);

/**
 * @param {(settings: Settings) => void} onChange
 * @returns {{element: HTMLElement, set: (settings: Settings) => void}}
 */
export function form(onChange) {
  /** @type {Settings} */
  let now = PRESETS[0].settings;
  let alike = true; // one number for both axes
  let even = true; // one number for both sides
  const said = notice();
  const fields = el("div", { class: "fields" });
  const preset = choice({
    label: "Start from",
    list: true,
    value: "",
    options: [
      ["", "your own settings"],
      ...PRESETS.map(({ name }, i) => /** @type {[string, string]} */ ([String(i), name])),
    ],
    onInput: (i) => i && change(PRESETS[Number(i)].settings),
  });
  const direction = choice({
    label: "Direction",
    options: [
      ["convolution", "convolution"],
      ["transposed", "transposed"],
    ],
    value: "convolution",
    onInput: (value) => change({ ...now, direction: /** @type {Settings["direction"]} */ (value) }),
  });
  const axes = choice({
    label: "Axes",
    options: [
      ["1", "1-D"],
      ["2", "2-D"],
    ],
    value: "2",
    onInput: (many) =>
      change({ ...now, axes: many === "1" ? [now.axes[now.axes.length - 1]] : [now.axes[0], now.axes[0]] }),
  });
  const edges = choice({
    label: "Edges",
    options: EDGES,
    value: "zeros",
    onInput: (mode) => change({ ...now, padding_mode: mode }),
  });
  const rounding = choice({
    label: "Rounding",
    options: [
      ["exact", "exact"],
      ["floor", "floor"],
    ],
    value: "exact",
    onInput: (value) => change({ ...now, rounding: /** @type {Settings["rounding"]} */ (value) }),
  });
  const square = toggle({
    label: "Height and width alike",
    value: true,
    onInput: (on) => {
      alike = on;
      if (on) change({ ...now, axes: [now.axes[0], now.axes[0]] });
      else build();
    },
  });
  const sides = toggle({
    label: "Same padding on both sides",
    value: true,
    onInput: (on) => {
      even = on;
      if (on) change({ ...now, axes: now.axes.map((one) => ({ ...one, padding: [one.padding[0], one.padding[0]] })) });
      else build();
    },
  });

  /** @param {Settings} settings */
  function change(settings) {
    set(settings);
    onChange(settings);
  }

  /** @param {Settings} settings */
  function set(settings) {
    now = settings;
    const [first, second] = settings.axes;
    // A setting that needs more numbers opens them; fewer are only a click away.
    if (second && JSON.stringify(first) !== JSON.stringify(second)) alike = false;
    if (settings.axes.some(({ padding: [before, after] }) => before !== after)) even = false;
    build();
  }

  function build() {
    const transposed = now.direction === "transposed";
    const found = presetOf(now);
    preset.set(found < 0 ? "" : String(found));
    direction.set(now.direction);
    axes.set(now.axes.length === 1 ? "1" : "2");
    edges.set(now.padding_mode);
    rounding.set(now.rounding);
    square.set(alike);
    sides.set(even);
    edges.element.hidden = rounding.element.hidden = transposed;
    square.element.hidden = now.axes.length === 1;
    said.clear();
    const names = /** @type {Name[]} */ (Object.keys(SLIDES).filter((name) => name !== "output_padding" || transposed));
    fill(
      fields,
      names.map((name) =>
        el(
          "div",
          { class: "group" },
          spots(name).map((spot) => field(name, spot)),
        ),
      ),
    );
  }

  /** Which numbers of a setting are shown: [axis or null for all, side or null for both, label].
   *  @param {Name} name @returns {[number | null, number | null, string][]} */
  function spots(name) {
    const words = axisNames(now);
    const all = words.length === 1 || alike ? [null] : [0, 1];
    const both = name === "padding" && !even ? [0, 1] : [null];
    const ends = words.length === 1 || alike ? ["before", "after"] : null;
    return all.flatMap((i) =>
      both.map((side) => {
        const where =
          side === null
            ? i === null
              ? ""
              : words[i]
            : ends
              ? ends[side]
              : [
                  ["top", "bottom"],
                  ["left", "right"],
                ][i ?? 0][side];
        return /** @type {[number | null, number | null, string]} */ ([i, side, `${WORDS[name]} ${where}`.trim()]);
      }),
    );
  }

  /** One number, typed or by slider. @param {Name} name @param {[number | null, number | null, string]} spot */
  function field(name, [i, side, label]) {
    const one = now.axes[i ?? 0];
    const value = name === "padding" ? one.padding[side ?? 0] : one[name];
    const [min, max] = LIMITS[name];
    const put = (/** @type {number} */ x) => {
      now = {
        ...now,
        axes: now.axes.map((each, j) =>
          i === null || i === j ? axis({ ...each, [name]: placed(each, name, side, x) }) : each,
        ),
      };
      const known = presetOf(now);
      preset.set(known < 0 ? "" : String(known));
      onChange(now);
    };
    const typed = numberField({
      label,
      value,
      min,
      max,
      complain: (text) => said.warn(text),
      onInput: (x) => ((range.value = String(x)), put(x)),
    });
    const range = el("input", {
      type: "range",
      min: String(min),
      max: String(SLIDES[name]),
      value: String(value),
      "aria-label": `${label}, slider`,
      oninput: () => (typed.set(Number(range.value)), said.clear(), put(Number(range.value))),
    });
    return el("div", { class: "field" }, typed.element, range);
  }

  build();
  return {
    element: el(
      "section",
      { class: "panel settings", "aria-label": "Settings" },
      el(
        "div",
        { class: "controls" },
        preset.element,
        direction.element,
        axes.element,
        edges.element,
        rounding.element,
      ),
      fields,
      said.element,
      el("div", { class: "controls" }, square.element, sides.element),
    ),
    set,
  };
}

/** @param {Axis} each @param {Name} name @param {number | null} side @param {number} x
 *  @returns {number | [number, number]} */
function placed(each, name, side, x) {
  if (name !== "padding") return x;
  return side === null ? [x, x] : side === 0 ? [x, each.padding[1]] : [each.padding[0], x];
}
