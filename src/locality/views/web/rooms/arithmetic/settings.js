/** The settings of the room as they stand in the address and in the form, and back. */

import { axis, isTransposed, LIMITS, refusal } from "locality/arithmetic";
import { PADDING_MODES } from "locality/geometry";
import { PATTERNS } from "locality/rooms/arithmetic/numbers";
import { PRESETS } from "locality/rooms/arithmetic/presets";

/** @import { Axis, Name, Settings } from "locality/arithmetic" */
/** @import { Edits } from "locality/rooms/arithmetic/numbers" */
/** @import { View } from "locality/rooms/arithmetic/boards" */
/** All that the room shows. @typedef {{settings: Settings, position: number, seed: number,
 *  view: View, pattern: string, edits: {input: Edits, kernel: Edits}}} Shown */

const NAMES = /** @type {Name[]} */ (Object.keys(LIMITS));
const FIRST = PRESETS.findIndex(({ name }) => name === "Padding, stride 2");

/** What the room begins with. */
export const beginning = () => readShown(() => null);

/** The numbers of a setting, as few as say it. @param {Axis[]} axes @param {Name} name */
export function numbersOf(axes, name) {
  const all = axes.flatMap((one) => one[name]);
  return all.slice(0, [1, 2, 4].find((many) => all.every((n, i) => n === all[i % many])));
}

/** Axes with other numbers: one for all, one for each axis; padding has before and after, or all four. Null where they
 *  are too many or out of bounds.
 *  @param {Axis[]} axes @param {Name} name @param {string} text @returns {Axis[] | null} */
export function withNumbers(axes, name, text) {
  const found = text.trim().split(/[\s,]+/).map((part) => (/^\d+$/.test(part) ? Number(part) : NaN));
  const [least, most] = LIMITS[name];
  const sides = name === "padding" ? 2 : 1;
  if ((axes.length * sides) % found.length || !found.every((n) => n >= least && n <= most)) return null;
  return axes.map((one, i) => {
    const [first, last] = [0, sides - 1].map((side) => found[(i * sides + side) % found.length]);
    return { ...one, [name]: name === "padding" ? [first, last] : first };
  });
}

/** @param {Shown} shown @returns {Record<string, string | number | null>} */
export const written = ({ settings: { axes, ...choices }, view, position, seed, pattern, edits }) => ({
  ...Object.fromEntries(NAMES.map((name) => [name, numbersOf(axes, name).join(",")])),
  size: axes.map(({ size }) => size).join(","),
  ...choices, view, pattern, seed,
  at: position,
  input: [...edits.input].join(","),
  changed: [...edits.kernel].join(","),
});

/** What is not understood is left at its default. @param {(name: string) => string | null} get @returns {Shown} */
export function readShown(get) {
  const one = (/** @type {string} */ name, /** @type {string[]} */ options) =>
    options.find((option) => option === get(name)) ?? options[0];
  const whole = (/** @type {string} */ name) => Number(/^\d{1,9}$/.exec(get(name) ?? "") ?? 0);
  const sizes = (get("size") ?? "").split(",");
  const blank = sizes.map(() => axis({ size: 0 }));
  const axes = NAMES.reduce((all, name) => withNumbers(all, name, get(name) ?? "") ?? all, blank);
  const asked = {
    axes, direction: one("direction", ["convolution", "transposed"]),
    padding_mode: one("padding_mode", PADDING_MODES), rounding: one("rounding", ["exact", "floor"]),
  };
  const bad = axes.length > 2 || axes.some(({ size }) => !size) || refusal(asked);
  const settings = bad ? PRESETS[FIRST].settings : asked;
  return {
    settings, position: whole("at"), seed: whole("seed"), pattern: one("pattern", PATTERNS.map(([name]) => name)),
    view: !isTransposed(settings) ? "window" : get("view") === "direct" ? "direct" : "spread",
    edits: { input: edits(get("input")), kernel: edits(get("changed")) },
  };
}

/** Row, column and number, again and again. @param {string | null} text @returns {Edits} */
const edits = (text) =>
  new Map([...(text ?? "").matchAll(/(\d+,\d+),(-?\d+\.?\d*)/g)].map(([, at, x]) => [at, Number(x)]));
