// Parameters and multiply-accumulates of one pair of maps, joined fully, locally, and with shared weights.

import { choice, newId, numberField, toggle } from "locality/parts/controls";
import { button, el, fill, notice, sentence } from "locality/parts/dom";
import { nearest } from "locality/geometry";
import { kept } from "locality/rooms/grain/kept";
import { joining } from "locality/rooms/sharing/joining";
import { joined, PRESETS, ratio, spaced, windowsOf } from "locality/sharing";

/** @typedef {import("locality/sharing").Setting} Setting */
/** @typedef {"height" | "width" | "channels" | "out_channels" | "kernel_size" | "stride" | "padding"} Whole */
/** @typedef {"full" | "local" | "shared"} Way */

/** @type {[Whole, string, number, number, number][]} name, label, least, most of the slider, most of the field */
const FIELDS = [
  ["height", "Height", 1, 256, 4096],
  ["width", "Width", 1, 256, 4096],
  ["channels", "Channels", 1, 64, 4096],
  ["out_channels", "Out channels", 1, 128, 4096],
  ["kernel_size", "Kernel", 1, 32, 4096],
  ["stride", "Stride", 1, 32, 4096],
  ["padding", "Padding", 0, 16, 4096],
];

/** @type {[Way, string, string][]} */
const WAYS = [
  ["full", "Fully connected", "Every output reads every input, each with a weight of its own."],
  ["local", "Local", "Every output reads its patch only, each with weights of its own."],
  ["shared", "Convolution", "Every output reads its patch; all of a map share one kernel."],
];

/** @param {import("locality/app").PageContext} page */
export function makeCounts(page) {
  /** @type {Setting} */
  let setting = { ...PRESETS[0].setting };
  const address = kept(page.state, () => ({
    layer: text(setting) === text(PRESETS[0].setting) ? null : text(setting),
  }));
  const about = el("p", { class: "muted" });
  const wrong = notice();
  const refused = notice();
  const ways = el("p", { class: "sharing-nearest", hidden: true });
  const maps = el("p", { class: "sharing-maps" });
  const cards = el("div", { class: "sharing-cards" });
  const drawings = new Map(WAYS.map(([way]) => [way, joining(way)]));
  const presets = PRESETS.map((preset) => button(preset.name, () => put({ ...preset.setting })));
  const fields = FIELDS.map(([name, label, min, max, most]) =>
    ranged({
      label,
      min,
      max,
      most,
      value: setting[name],
      complain: wrong.warn,
      onInput: (x) => put({ ...setting, [name]: x }),
    }),
  );
  const bias = toggle({ label: "Bias", value: setting.bias, onInput: (on) => put({ ...setting, bias: on }) });
  const rounding = choice({
    label: "Rounding",
    options: [
      ["exact", "exact"],
      ["floor", "down"],
    ],
    value: setting.rounding,
    onInput: (to) => put({ ...setting, rounding: to }),
  });
  const element = el(
    "section",
    { class: "content" },
    el("h2", {}, "What locality and sharing save"),
    el(
      "div",
      { class: "panel" },
      el("div", { class: "sharing-presets", role: "group", "aria-label": "Examples" }, presets),
      about,
      el(
        "div",
        { class: "sharing-fields" },
        fields.map((field) => field.element),
      ),
      el("div", { class: "controls" }, rounding.element, bias.element),
      wrong.element,
    ),
    el("div", {}, refused.element, ways, maps),
    cards,
  );
  recall();

  /** @param {Setting} next */
  function put(next) {
    setting = next;
    show();
    address.write();
  }

  function recall() {
    const given = (page.state.get("layer") ?? "").split(",");
    const found = { ...PRESETS[0].setting };
    if (given.length === FIELDS.length + 2) {
      FIELDS.forEach(([name, , min, , most], i) => {
        const x = Number(given[i]);
        if (Number.isInteger(x) && x >= min && x <= most) found[name] = x;
      });
      found.bias = given[FIELDS.length] === "bias";
      found.rounding = given[FIELDS.length + 1] === "floor" ? "floor" : "exact";
    }
    setting = found;
    show();
  }

  function show() {
    FIELDS.forEach(([name], i) => fields[i].set(setting[name]));
    bias.set(setting.bias);
    rounding.set(setting.rounding);
    wrong.clear();
    const preset = PRESETS.find((one) => text(one.setting) === text(setting));
    presets.forEach((each, i) => each.setAttribute("aria-pressed", String(PRESETS[i] === preset)));
    about.textContent = preset?.about ?? "Your own setting.";
    try {
      const { input, output, costs } = joined(setting);
      refused.clear();
      ways.hidden = true;
      fill(
        maps,
        el("span", { class: "in" }, input.join("×")),
        " → ",
        el("span", { class: "out" }, output.join("×")),
        el("span", { class: "muted" }, `  ${spaced(product(input))} inputs, ${spaced(product(output))} outputs`),
      );
      fill(
        cards,
        WAYS.map((way) => card(way, costs)),
      );
    } catch (error) {
      refused.warn(`Invalid: ${sentence(error)}`);
      fill(maps);
      offer();
      fill(
        cards,
        WAYS.map((way) => card(way, null)),
      );
    }
  }

  /** @param {[Way, string, string]} way @param {import("locality/geometry/cost").Costs | null} costs */
  function card([way, title, said], costs) {
    const cost = costs?.[way];
    const against = (/** @type {"parameters" | "macs"} */ what) => {
      if (!costs || way === "full") return null;
      const steps =
        way === "shared"
          ? [
              ["full", "than fully connected"],
              ["local", "than local"],
            ]
          : [["full", "than fully connected"]];
      return el(
        "ul",
        { class: "sharing-ratios" },
        steps.map(([other, than]) => {
          const times = ratio(costs[/** @type {Way} */ (other)][what], costs[way][what]);
          return el("li", {}, times === "as many" ? `as many as ${than.slice(5)}` : `${times} ${than}`);
        }),
      );
    };
    const number = (/** @type {number | undefined} */ n) =>
      el("strong", { class: "sharing-number" }, n === undefined ? "–" : spaced(n));
    const biases = cost && setting.bias ? cost.parameters - weights(way, costs) : 0;
    return el(
      "article",
      { class: "panel sharing-card" },
      el("h3", {}, title),
      el("p", { class: "muted" }, said),
      /** @type {HTMLElement} */ (drawings.get(way)),
      el("p", { class: "sharing-label" }, "Parameters"),
      number(cost?.parameters),
      biases
        ? el(
            "p",
            { class: "muted sharing-split" },
            `${spaced(weights(way, costs))} weights + ${spaced(biases)} ${biases === 1 ? "bias" : "biases"}`,
          )
        : null,
      against("parameters"),
      el("p", { class: "sharing-label" }, "Multiply-accumulates"),
      number(cost?.macs),
      against("macs"),
    );
  }

  /** How many of the parameters are weights.
   *  @param {Way} way @param {import("locality/geometry/cost").Costs | null} costs */
  function weights(way, costs) {
    if (!costs) return 0;
    return way === "shared" ? costs.shared.parameters - setting.out_channels : costs[way].macs;
  }

  /** The nearest settings that do. */
  function offer() {
    const windows = windowsOf(setting);
    const [heights, widths] = windows.map((window, i) => nearest(window, [setting.height, setting.width][i]));
    /** @type {Map<string, Setting>} */
    const found = new Map();
    for (const [axis, advice] of [
      ["height", heights],
      ["width", widths],
    ]) {
      for (const one of /** @type {typeof heights} */ (advice)) {
        if (one.change === "rounding") found.set("round down", { ...setting, rounding: "floor" });
        if (one.change === "padding") found.set(`padding ${one.padding[0]}`, { ...setting, padding: one.padding[0] });
        if (one.change === "kernel") found.set(`kernel ${one.kernel}`, { ...setting, kernel_size: one.kernel });
        if (one.change === "size")
          found.set(`${axis} ${one.size}`, { ...setting, [/** @type {string} */ (axis)]: one.size });
      }
    }
    // Both sides at once, where they are the same and have the same fault.
    if (setting.height === setting.width)
      for (const one of heights.filter(({ change }) => change === "size")) {
        found.delete(`height ${one.size}`);
        found.delete(`width ${one.size}`);
        found.set(`${one.size}×${one.size}`, { ...setting, height: one.size, width: one.size });
      }
    ways.hidden = found.size === 0;
    fill(
      ways,
      "Nearest that do:",
      [...found].map(([name, next]) => button(name, () => put(next))),
    );
  }

  return { element, redraw: () => address.changed() && recall() };
}

/** @param {Setting} setting */
function text(setting) {
  return [...FIELDS.map(([name]) => setting[name]), setting.bias ? "bias" : "none", setting.rounding].join(",");
}

/** @param {number[]} shape */
const product = (shape) => shape.reduce((a, b) => a * b, 1);

/** A number field with a slider for the usual values.
 * @param {{label: string, min: number, max: number, most: number, value: number,
 *   onInput: (x: number) => void, complain: (sentence: string) => void}} given */
function ranged({ label, min, max, most, value, onInput, complain }) {
  const field = numberField({ label, value, min, max: most, complain, onInput });
  const input = el("input", {
    type: "range",
    id: newId(),
    min: String(min),
    max: String(max),
    step: "1",
    "aria-label": `${label}, slider`,
    oninput: () => onInput(Number(input.value)),
  });
  return {
    element: el("div", { class: "sharing-field" }, field.element, input),
    set(/** @type {number} */ x) {
      if (document.activeElement !== field.input) field.set(x);
      input.value = String(x);
    },
  };
}
