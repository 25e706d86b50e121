/** The formula with its numbers, what a setting loses, and the nearest settings that tile. */

import { isTransposed, LIMITS, refusal, windowsOf } from "locality/arithmetic";
import { nearest, takes } from "locality/geometry";
import { button, el, fill } from "locality/parts/dom";
import { shapeText } from "locality/tensor";

/** @import { Picture, Settings } from "locality/arithmetic" */

/** The nearest settings that do, each with the words of its button. @param {Settings} settings */
export function ways(settings) {
  const { axes } = settings;
  const advice = isTransposed(settings) ? [] :
    windowsOf(axes, settings.rounding).map((window, i) => nearest(window, axes[i].size));
  return ["rounding", "padding", "kernel", "smaller", "larger"].flatMap((kind) => {
    const fits = advice.map((list, i) =>
      list.find((a) => (a.change === "size" ? (a.size < axes[i].size ? "smaller" : "larger") : a.change) === kind));
    const changed = axes.map((axis, i) => {
      const { size, kernel, padding } = fits[i] ?? axis;
      return { ...axis, size, kernel, padding };
    });
    const way = { ...settings, axes: changed, rounding: kind === "rounding" ? "floor" : settings.rounding };
    const does = windowsOf(changed, way.rounding).every((window, i) => takes(window, changed[i].size)) &&
      changed.every(({ size, padding }) => size <= LIMITS.size[1] && Math.max(...padding) <= LIMITS.padding[1]);
    if (!fits.some(Boolean) || refusal(way) || !does) return [];
    const pads = new Set(fits.flatMap((fit) => fit?.padding[0] ?? []));
    const text = {
      rounding: "Round down", padding: `Padding of ${[...pads].join(" and ")}`,
      kernel: `Kernel of ${shapeText(changed.map(({ kernel }) => kernel))}`,
    }[kind] ?? `Input of ${shapeText(changed.map(({ size }) => size))}`;
    return [{ text, settings: way }];
  });
}

/** What no output reads, in sentences; `bad` where cells are lost, not only padding. @param {Picture} picture */
export function losses({ lost, run: { input: { shape: [height, width] } }, settings, valid }) {
  if (isTransposed(settings)) return [];
  const flat = settings.axes.length === 1;
  const words = flat ? ["", "cell"] : ["row", "column"];
  const total = height * width;
  const counted = (/** @type {number[]} */ counts) =>
    counts.flatMap((n, i) => (n ? `${n} ${words[i]}${n > 1 ? "s" : ""}` : [])).join(" and ");
  const gone = (/** @type {number[][]} */ [rows, columns]) => total - (height - rows.length) * (width - columns.length);
  const tail = counted(lost.tail.map((cells) => cells.length));
  const padding = counted(lost.padding);
  const jumped = gone(lost.jumped);
  const stays = !valid ? "would stay" : /^1 \w+$/.test(padding) ? "stays" : "stay";
  const nothing = tail || jumped ? "" : ": no cell is lost";
  const of = flat ? ` of ${total}` : `: ${gone(lost.tail)} of ${total} cells`;
  return [
    tail && { text: `Flooring ${valid ? "drops" : "would drop"} ${tail}${of}.`, bad: true },
    padding && { text: `${padding} of padding ${stays} unread${nothing}.`, bad: false },
    jumped && { text: `The window jumps over ${jumped} of ${total} cells: no output reads them.`, bad: true },
  ].flatMap((said) => said || []);
}

/** @param {(settings: Settings) => void} onTake a button for other settings was clicked */
export function verdict(onTake) {
  const refused = el("div", { class: "refused notice bad", role: "status", hidden: true });
  const told = el("div");

  const offers = (/** @type {Settings} */ settings) => {
    const found = ways(settings).map(({ text, settings: way }) => button(text, () => onTake(way)));
    return found.length > 0 && el("div", { class: "ways" }, el("span", {}, "Settings that work:"), found);
  };

  return {
    element: el("section", { class: "panel verdict", "aria-label": "Size of the output" }, refused, told),
    /** Settings that cannot be drawn; the last picture stays. @param {string} sentence @param {Settings} settings */
    refuse(sentence, settings) {
      fill(refused, el("p", {}, sentence), offers(settings),
        el("p", { class: "muted" }, "Shown below: the last settings that can be drawn."));
      refused.hidden = false;
    },
    /** @param {Picture} picture */
    show(picture) {
      const { settings, lines, valid, run } = picture;
      const [size, made] = [run.input, run.output].map(({ shape }) => shapeText(shape.slice(-settings.axes.length)));
      refused.hidden = true;
      fill(told,
        el("h2", {}, el("span", { class: "in" }, size), valid ? " to " : ": ",
          el("span", { class: valid ? "out" : "wrong" }, valid ? made : "invalid")),
        el("p", { class: "muted rule" }, isTransposed(settings)
          ? "output = stride*(input - 1) + output_padding + kernel - padding on both sides"
          : "output = (input - kernel + padding on both sides)/stride + 1"),
        el("dl", { class: "lines" }, lines.flatMap(({ name, text, tiles, effective }) => {
          const [, sum, number, floored] = text.match(/^(.* = )([^,]*)(.*)$/) ?? [];
          const wrong = !tiles && !valid;
          return [el("dt", {}, name), el("dd", { class: "formula" },
            sum, el("strong", { class: wrong ? "wrong" : "out" }, number, wrong && " invalid"), floored,
            effective && el("span", { class: "muted" }, `   effective kernel: ${effective}`))];
        })),
        !valid && el("p", {}, "The window does not tile its input: the last one hangs over the edge, drawn in red. " +
          "There is no output of that size."),
        losses(picture).map(({ text, bad }) => el("p", { class: bad ? "loss bad" : "loss" }, text)),
        !valid && offers(settings));
    },
  };
}
