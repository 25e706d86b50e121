// The room "Shared weights": what locality and sharing save, and what they promise under a shift.

import { choice, slider, toggle } from "locality/parts/controls";
import { button, counted, el, fill, notice, sentence } from "locality/parts/dom";
import { settings } from "locality/parts/settings";
import { joining } from "locality/rooms/sharing/joining";
import { makeShift } from "locality/rooms/sharing/shift";
import { joined, PRESETS, ratio } from "locality/sharing";
import { count } from "locality/tensor";

/** @typedef {import("locality/rooms/sharing/joining").Way} Way */

/** @type {[string, string, number, number][]} name, label, least, most */
const FIELDS = [
  ["height", "Height", 1, 256], ["width", "Width", 1, 256], ["channels", "Channels", 1, 64],
  ["out_channels", "Out channels", 1, 128], ["kernel_size", "Kernel", 1, 32], ["stride", "Stride", 1, 32],
  ["padding", "Padding", 0, 16],
];
/** @type {[Way, string, string][]} */
const WAYS = [
  ["full", "Fully connected", "Every output reads every input, each with a weight of its own."],
  ["local", "Local", "Every output reads its patch only, each with weights of its own."],
  ["shared", "Convolution", "Every output reads its patch; all of a map share one kernel."],
];

export const room = {
  id: "sharing",
  title: "Shared weights",
  about: "A convolution looks at a patch, with the same weights at every place. " +
    "What does each of the two ideas save, and what does it promise?",
  mount,
};

/** @param {HTMLElement} root @param {import("locality/app").PageContext} page */
function mount(root, page) {
  const { now, put, bind, open } = settings(page.state, PRESETS[0].setting, show);
  const refused = notice();
  const maps = el("p", { class: "sharing-maps" });
  const presets = PRESETS.map(({ name, setting }) => button(name, () => put(setting)));
  const controls = [
    ...FIELDS.map(([name, label, min, max]) => bind(slider, name, { label, min, max })),
    bind(choice, "rounding", { label: "Rounding", options: [["exact", "exact"], ["floor", "down"]] }),
    bind(toggle, "bias", { label: "Bias" }),
  ];
  const cards = WAYS.map(() => el("div"));
  const shift = makeShift(page);
  fill(root,
    el("h2", {}, "What locality and sharing save"),
    el("div", { class: "panel" },
      el("div", { class: "sharing-presets", role: "group", "aria-label": "Examples" }, presets),
      el("p", { class: "muted" }, "The lecture's 1000 neurons, each joined to a whole colour picture, take 120 " +
        "million weights. Set out as 10 maps of 10x10, each looking at its own 20x20 patch, they need far fewer."),
      el("div", { class: "sharing-fields" }, controls.map(({ element }) => element))),
    el("div", {}, refused.element, maps),
    el("div", { class: "sharing-cards" }, WAYS.map(([way, title, said], i) =>
      el("article", { class: "panel sharing-card" },
        el("h3", {}, title), el("p", { class: "muted" }, said), joining(way), cards[i]))),
    shift.element);
  open();
  shift.open();
  return () => (open(), shift.open());

  function show() {
    const here = String(Object.values(now));
    PRESETS.forEach(({ setting }, i) => (presets[i].ariaPressed = String(String(Object.values(setting)) === here)));
    refused.clear();
    for (const part of [maps, ...cards]) fill(part);
    try {
      const { input, output, costs } = joined(now);
      fill(maps, el("span", { class: "in" }, input.join("×")), " → ", el("span", { class: "out" }, output.join("×")),
        el("span", { class: "muted" }, `  ${counted(count(input))} inputs, ${counted(count(output))} outputs`));
      cards.forEach((card, i) => fill(card, numbersOf(i, costs)));
    } catch (error) {
      refused.warn(`Invalid: ${sentence(error)}`);
    }
  }
}

/** What one way costs, and how it compares with those before it.
 *  @param {number} which @param {import("locality/geometry/cost").Costs} costs */
function numbersOf(which, costs) {
  return /** @type {const} */ (["parameters", "macs"]).flatMap((what) => {
    const own = costs[WAYS[which][0]][what];
    return [
      el("p", { class: "sharing-label" }, what === "macs" ? "Multiply-accumulates" : "Parameters"),
      el("strong", { class: "sharing-number" }, counted(own)),
      el("ul", { class: "sharing-ratios" }, WAYS.slice(0, which).map(([way, name]) => {
        const times = ratio(costs[way][what], own);
        return el("li", {}, `${times} ${times === "as many" ? "as" : "than"} ${name.toLowerCase()}`);
      })),
    ];
  });
}
