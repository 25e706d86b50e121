/** What a setting loses, in words, and the nearest settings that tile. */

import { LIMITS, refusal, windowsOf } from "locality/arithmetic";
import { nearest, takes } from "locality/geometry";
import { shapeText } from "locality/tensor";

/** @typedef {import("locality/arithmetic").Settings} Settings */
/** @typedef {import("locality/arithmetic").Picture} Picture */
/** @typedef {{text: string, settings: Settings}} Way */

/** The nearest settings that do, each with the words of its button. @param {Settings} settings @returns {Way[]} */
export function ways(settings) {
  if (settings.direction === "transposed") return [];
  const windows = windowsOf(settings);
  const advice = windows.map((window, i) => nearest(window, settings.axes[i].size));
  /** @type {Way[]} */
  const found = [];
  for (const kind of ["rounding", "padding", "kernel", "smaller", "larger"]) {
    const changed = [...settings.axes];
    let touched = 0;
    advice.forEach((list, i) => {
      const { size } = settings.axes[i];
      const fit = list.find((a) => (a.change === "size" ? (a.size < size ? "smaller" : "larger") : a.change) === kind);
      if (!fit) return;
      touched++;
      changed[i] = { ...changed[i], size: fit.size, kernel: fit.kernel, padding: fit.padding };
    });
    if (!touched) continue;
    const way = {
      ...settings,
      axes: changed,
      rounding: kind === "rounding" ? /** @type {const} */ ("floor") : settings.rounding,
    };
    if (accepted(way)) found.push({ text: said(kind, settings, way), settings: way });
  }
  return found;
}

/** @param {Settings} settings */
function accepted(settings) {
  const { axes } = settings;
  if (axes.some(({ size, padding }) => size > LIMITS.size[1] || Math.max(...padding) > LIMITS.padding[1])) return false;
  return !refusal(settings) && windowsOf(settings).every((window, i) => takes(window, axes[i].size));
}

/** @param {string} kind @param {Settings} before @param {Settings} after */
function said(kind, before, after) {
  if (kind === "rounding") return "Round down";
  const shape = (/** @type {"size" | "kernel"} */ key) => shapeText(after.axes.map((axis) => axis[key]));
  if (kind === "kernel") return `Kernel of ${shape("kernel")}`;
  if (kind !== "padding") return `Input of ${shape("size")}`;
  const moved = after.axes.filter(
    ({ padding }, i) => padding[0] !== before.axes[i].padding[0] || padding[1] !== before.axes[i].padding[1],
  );
  return `Padding of ${[...new Set(moved.map(({ padding }) => padding[0]))].join(" and ")}`;
}

/** What no output reads, in sentences; `bad` where cells are lost, not only padding. @param {Picture} picture
 *  @returns {{text: string, bad: boolean}[]} */
export function losses({ lost, run, settings, valid }) {
  if (settings.direction === "transposed") return [];
  const flat = settings.axes.length === 1;
  const sizes = run.input.shape;
  const total = sizes[0] * sizes[1];
  const words = flat ? ["", "cell"] : ["row", "column"];
  const counted = (/** @type {number[]} */ counts) =>
    counts.flatMap((n, i) => (n && words[i] ? [`${n} ${words[i]}${n > 1 ? "s" : ""}`] : [])).join(" and ");
  const gone = (/** @type {number[][]} */ cells) => total - (sizes[0] - cells[0].length) * (sizes[1] - cells[1].length);
  const tail = counted(lost.tail.map((cells) => cells.length));
  const padding = counted(lost.padding);
  const jumped = gone(lost.jumped);
  /** @type {{text: string, bad: boolean}[]} */
  const said = [];
  const say = (/** @type {string} */ text, /** @type {boolean} */ bad) => said.push({ text, bad });
  if (tail)
    say(
      `Flooring ${valid ? "drops" : "would drop"} ${tail}` +
        `${flat ? ` of ${total}` : `: ${gone(lost.tail)} of ${total} cells`}.`,
      true,
    );
  if (padding) {
    const stays = lost.padding.reduce((a, b) => a + b) > 1 ? "stay" : "stays";
    say(
      `${padding} of padding ${valid ? stays : "would stay"} unread${tail || jumped ? "" : ": no cell is lost"}.`,
      false,
    );
  }
  if (jumped) say(`The window jumps over ${jumped} of ${total} cells: no output reads them.`, true);
  return said;
}
