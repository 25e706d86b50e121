/** What happens at a place, in words: the sum in full, the stamp, a cell, how the direct convolution is made. */

import { terms } from "locality/arithmetic";
import { span } from "locality/geometry";
import { el, exact } from "locality/parts/dom";
import { at } from "locality/tensor";

/** @import { Picture, Run } from "locality/arithmetic" */
/** @import { BoardCell } from "locality/rooms/arithmetic/boards" */

const WRITTEN = 144; // terms; a longer sum is cut, and says so
const KINDS = { cut: ", cut away by the padding", inserted: ", a zero put between the inputs", padded: ", padding" };

/** A cell by its place: input[1, 2], on a line input[2].
 *  @param {Picture} picture @param {string} on @param {number[]} place */
export const named = ({ settings }, on, place) => `${on}[${place.slice(-settings.axes.length).join(", ")}]`;

/** One output as its sum in full.
 *  @param {Picture} picture @param {Run} run @param {number[]} place */
export function sumOf(picture, run, place) {
  const all = terms(run, place);
  const written = all.slice(0, WRITTEN).flatMap(({ from, value, weight, cell }, i) => {
    const padded = String(from) !== String(cell);
    const title = `${padded ? "padding: " : ""}${from ? named(picture, "input", from) : "a zero"}`;
    return [i ? " + " : "", el("span", { class: padded ? "term padded" : "term", title },
      el("span", { class: padded ? "" : "in" }, exact(value)), "·", weight < 0 ? `(${exact(weight)})` : exact(weight))];
  });
  return [el("span", { class: "out" }, named(picture, "output", place)), " = ", ...written,
    all.length > WRITTEN && ` + … (${all.length - WRITTEN} more)`, all.length > 0 && " = ",
    el("strong", { class: "out" }, exact(at(run.output, place)))];
}

/** A cell that is pointed at, and how many outputs read it.
 *  @param {Picture} picture @param {string} on @param {BoardCell} cell
 *  @param {number} many */
export function cellWords(picture, on, { at: place, value, kind, from, crossed }, many) {
  const name = named(picture, on, place);
  if (kind === "missing" || kind === "beyond") return `${name} does not exist: it lies over the edge.`;
  if (value === null) return `${name}: nothing has been added yet.`;
  const copied = from && kind === "padded" ? ` copied from ${named(picture, "input", from)}` : "";
  const read = crossed ? ". No output reads it" : on === "input" ? `. Outputs that read it: ${many}` : "";
  return `${name} = ${exact(value)}${kind === "real" ? "" : KINDS[kind]}${copied}${read}.`;
}

/** How the equivalent direct convolution is made, with its numbers. @param {Picture} picture */
export const recipe = ({ settings: { axes }, lines, direct }) => axes.map((axis, i) => {
  const { stride, output_padding: extra, padding: [before, after] } = axis;
  const [first, last] = direct?.maps.slice(-axes.length)[i].padding ?? [];
  return `${lines[i].name}: zeros between the inputs ${stride} - 1 = ${stride - 1}; padding before ` +
    `${span(axis)} - ${before} - 1 = ${first}, after ${span(axis)} - ${after} - 1 + ${extra} = ${last}`;
});
