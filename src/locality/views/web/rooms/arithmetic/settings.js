/** The settings of the room as they stand in the address, and back. What is not understood is left at its default. */

import { LIMITS, refusal } from "locality/arithmetic";
import { PADDING_MODES } from "locality/geometry";
import { PATTERNS } from "locality/rooms/arithmetic/numbers";
import { axis, PRESETS } from "locality/rooms/arithmetic/presets";

/** @typedef {import("locality/arithmetic").Settings} Settings */
/** @typedef {import("locality/arithmetic").Axis} Axis */
/** @typedef {import("locality/rooms/arithmetic/boards").View} View */
/** @typedef {import("locality/rooms/arithmetic/numbers").Edits} Edits */
/** @typedef {import("locality/rooms/arithmetic/numbers").Pattern} Pattern */
/** @typedef {{settings: Settings, view: View, position: number, seed: number, pattern: Pattern, weights: Pattern,
 *  edits: {input: Edits, kernel: Edits}}} Shown all that the room shows */

const FIELDS = /** @type {const} */ (["size", "kernel", "stride", "padding", "dilation", "output_padding"]);
const FIRST = PRESETS.findIndex(({ name }) => name === "Padding, stride 2");

/** What the room begins with. @returns {Shown} */
export function beginning() {
  return {
    settings: PRESETS[FIRST].settings,
    view: "window",
    position: 0,
    seed: 0,
    pattern: "random",
    weights: "random",
    edits: { input: new Map(), kernel: new Map() },
  };
}

/** @param {Shown} shown @returns {Record<string, string | number | null>} */
export function written({ settings, view, position, seed, pattern, weights, edits }) {
  const { axes } = settings;
  return {
    size: axes.map((a) => a.size).join(","),
    kernel: axes.map((a) => a.kernel).join(","),
    stride: axes.map((a) => a.stride).join(","),
    padding: axes.flatMap((a) => a.padding).join(","),
    dilation: axes.some((a) => a.dilation > 1) ? axes.map((a) => a.dilation).join(",") : null,
    output_padding: axes.some((a) => a.output_padding) ? axes.map((a) => a.output_padding).join(",") : null,
    direction: settings.direction === "transposed" ? "transposed" : null,
    padding_mode: settings.padding_mode === "zeros" ? null : settings.padding_mode,
    rounding: settings.rounding === "exact" ? null : settings.rounding,
    view: view === "direct" ? view : null,
    at: position || null,
    seed: seed || null,
    pattern: pattern === "random" ? null : pattern,
    weights: weights === "random" ? null : weights,
    input: listed(edits.input),
    changed: listed(edits.kernel),
  };
}

/** @param {Edits} edits */
const listed = (edits) => [...edits].map(([cell, value]) => `${cell},${value}`).join(",") || null;

/** @param {(name: string) => string | null} get @returns {Shown} */
export function readShown(get) {
  const shown = beginning();
  const direction = get("direction") === "transposed" ? "transposed" : "convolution";
  const sizes = wholes(get("size"), LIMITS.size);
  if (sizes.length === 1 || sizes.length === 2) {
    const read = Object.fromEntries(FIELDS.map((name) => [name, wholes(get(name), LIMITS[name])]));
    const axes = sizes.map((size, i) => {
      const one = axis({ size });
      for (const name of FIELDS)
        if (name !== "padding" && read[name].length === sizes.length) one[name] = read[name][i];
      if (read.padding.length === 2 * sizes.length) one.padding = [read.padding[2 * i], read.padding[2 * i + 1]];
      return one;
    });
    const modes = PADDING_MODES.filter((mode) => mode === get("padding_mode"));
    /** @type {Settings} */
    const found = {
      direction,
      axes,
      padding_mode: modes[0] ?? "zeros",
      rounding: get("rounding") === "floor" ? "floor" : "exact",
    };
    if (!refusal(found)) shown.settings = found;
  }
  if (shown.settings.direction === "transposed") shown.view = get("view") === "direct" ? "direct" : "spread";
  shown.position = wholes(get("at"), [0, 1e6])[0] ?? 0;
  shown.seed = wholes(get("seed"), [0, 1e9])[0] ?? 0;
  shown.pattern = PATTERNS.find((name) => name === get("pattern")) ?? "random";
  shown.weights = PATTERNS.find((name) => name === get("weights")) ?? "random";
  shown.edits = { input: edits(get("input")), kernel: edits(get("changed")) };
  return shown;
}

/** @param {string | null} text @returns {Edits} */
function edits(text) {
  const parts = (text ?? "").split(",").map(Number);
  /** @type {Edits} */
  const found = new Map();
  for (let i = 0; i + 2 < parts.length; i += 3) {
    if (Number.isFinite(parts[i + 2])) found.set(`${parts[i]},${parts[i + 1]}`, parts[i + 2]);
  }
  return found;
}

/** Whole numbers between two bounds; nothing when one of them is not. @param {string | null} text
 *  @param {readonly [number, number]} bounds */
function wholes(text, [least, most]) {
  const found = (text ?? "").split(",").map((part) => (/^\d+$/.test(part) ? Number(part) : NaN));
  return found.every((n) => n >= least && n <= most) ? found : [];
}
