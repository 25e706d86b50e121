// What the room shows, read from the address and written back to it.

import { EDGES } from "locality/filter";
import { chainText, readChain } from "locality/kernels";
import { sentence } from "locality/parts/dom";

/** @typedef {import("locality/parts/state").State} State */
/**
 * @typedef {object} Settings
 * @property {import("locality/kernels").Step[]} steps
 * @property {number} open the step that is looked at
 * @property {import("locality/filter").Edges} edges
 * @property {boolean} flip a convolution: the kernel turned
 * @property {boolean} grey @property {number} channel the one whose sums are shown
 * @property {boolean} signed not clamped
 * @property {[number, number]} cursor row and column of the output @property {boolean} pinned
 */

export const CHANNELS = ["red", "green", "blue"];
export const MOST_STEPS = 12;
const FIRST = "left-sobel";

/** What an address asks for; what it holds wrongly is said.
 *  @param {State} state @returns {Settings & {wrong: string}} */
export function readAddress(state) {
  let steps = readChain(FIRST);
  let wrong = "";
  try {
    steps = readChain(state.get("chain") ?? FIRST).slice(0, MOST_STEPS);
  } catch (error) {
    wrong = `The address: ${sentence(error)}`;
  }
  const edges = state.get("edges") ?? "";
  const channel = CHANNELS.indexOf(state.get("colour") ?? "");
  const [y, x] = (state.get("at") ?? "60,60").split(",").map(Number);
  const open = Math.trunc(Number(state.get("open"))) || 0;
  return {
    steps,
    open: Math.min(Math.max(open, 0), steps.length - 1),
    edges: Object.hasOwn(EDGES, edges) ? /** @type {Settings["edges"]} */ (edges) : "extend",
    flip: state.get("laid") === "convolution",
    grey: channel < 0,
    channel: Math.max(channel, 0),
    signed: !state.get("clamped"),
    cursor: Number.isInteger(y) && Number.isInteger(x) ? [y, x] : [60, 60],
    pinned: Boolean(state.get("pinned")),
    wrong,
  };
}

/** @param {Settings} now @returns {Record<string, string | number | null>} */
function written(now) {
  return {
    chain: chainText(now.steps),
    open: now.open || null,
    edges: now.edges,
    laid: now.flip ? "convolution" : null,
    colour: now.grey ? null : CHANNELS[now.channel],
    clamped: now.signed ? null : 1,
    at: now.cursor.join(","),
    pinned: now.pinned ? 1 : null,
  };
}

/** @param {State} state @param {Settings} now */
export function writeAddress(state, now) {
  state.set(written(now));
}

/** Whether the address asks for something else than what is shown. @param {State} state @param {Settings} now */
export function asksAnew(state, now) {
  if (state.get("chain") === null) return false; // nothing is asked for: the room stays as it was left
  return Object.entries(written(now)).some(([name, value]) => (state.get(name) ?? "") !== String(value ?? ""));
}
