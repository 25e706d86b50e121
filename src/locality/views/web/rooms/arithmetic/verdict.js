/** The formula with its numbers, whether it tiles, what is lost and which settings would do. */

import { button, el, fill } from "locality/parts/dom";
import { losses, ways } from "locality/rooms/arithmetic/advice";
import { presetOf, PRESETS } from "locality/rooms/arithmetic/presets";
import { shapeText } from "locality/tensor";

/** @typedef {import("locality/arithmetic").Picture} Picture */
/** @typedef {import("locality/arithmetic").Settings} Settings */

/** @param {(settings: Settings) => void} onTake a button for other settings was clicked */
export function verdict(onTake) {
  const refused = el("div", { class: "refused notice bad", role: "status", hidden: true });
  const told = el("div", { class: "told" });
  const element = el("section", { class: "panel verdict", "aria-label": "Size of the output" }, refused, told);

  /** @param {Settings} settings */
  const buttons = (settings) => {
    const found = ways(settings);
    return found.length
      ? el(
          "div",
          { class: "ways" },
          el("span", {}, "Settings that work:"),
          found.map(({ text, settings: way }) => button(text, () => onTake(way))),
        )
      : null;
  };

  return {
    element,
    /** Settings that cannot be drawn; the last picture stays. @param {string} sentence @param {Settings} settings */
    refuse(sentence, settings) {
      fill(
        refused,
        el("p", {}, sentence),
        buttons(settings),
        el("p", { class: "muted" }, "Shown below: the last settings that can be drawn."),
      );
      refused.hidden = false;
    },
    /** @param {Picture} picture */
    show(picture) {
      refused.hidden = true;
      const { settings, lines, valid, run } = picture;
      const transposed = settings.direction === "transposed";
      const rule = transposed
        ? "output = stride*(input - 1) + output_padding + kernel - padding on both sides"
        : "output = (input - kernel + padding on both sides)/stride + 1";
      const preset = PRESETS[presetOf(settings)];
      fill(
        told,
        el(
          "h2",
          {},
          valid
            ? [
                el("span", { class: "in" }, size(settings, run.input.shape)),
                " to ",
                el("span", { class: "out" }, size(settings, run.output.shape)),
              ]
            : [
                el("span", { class: "in" }, size(settings, run.input.shape)),
                ": ",
                el("strong", { class: "wrong" }, "invalid"),
              ],
        ),
        el("p", { class: "muted rule" }, rule),
        el(
          "dl",
          { class: "lines" },
          lines.flatMap(({ name, text, tiles, effective }) => [
            el("dt", {}, name),
            el(
              "dd",
              { class: "formula" },
              split(text, tiles, valid || tiles),
              !tiles && !valid ? el("strong", { class: "wrong" }, " invalid") : null,
              effective ? el("span", { class: "muted" }, `   effective kernel: ${effective}`) : null,
            ),
          ]),
        ),
        valid
          ? null
          : el(
              "p",
              {},
              "The window does not tile its input: the last one hangs over the edge, drawn in red. " +
                "There is no output of that size.",
            ),
        losses(picture).map(({ text, bad }) => el("p", { class: bad ? "loss bad" : "loss" }, text)),
        valid ? null : buttons(settings),
        preset?.note ? el("p", { class: "muted" }, preset.note) : null,
      );
    },
  };
}

/** @param {string} text @param {boolean} tiles @param {boolean} fine */
function split(text, tiles, fine) {
  const at = text.indexOf(" = ") + 3;
  const end = tiles ? text.length : (text.indexOf(",") + text.length + 1) % (text.length + 1) || text.length;
  return [text.slice(0, at), el("strong", { class: fine ? "out" : "wrong" }, text.slice(at, end)), text.slice(end)];
}

/** @param {Settings} settings @param {number[]} shape */
const size = (settings, shape) => shapeText(settings.axes.length === 1 ? shape.slice(1) : shape);
