/** What the pointer is over, and how the direct convolution is made, in words. */

import { plane } from "locality/arithmetic";
import { span } from "locality/geometry";
import { exact } from "locality/parts/dom";

/** @typedef {import("locality/arithmetic").Picture} Picture */
/** @typedef {import("locality/rooms/arithmetic/boards").BoardCell} BoardCell */

/** A cell by its place: [1, 2], on a line [2]. @param {readonly number[]} place @param {boolean} flat */
export function named(place, flat) {
  return `[${(flat ? place.slice(1) : place).join(", ")}]`;
}

/** Whether there is one axis only. @param {Picture} picture */
export const isFlat = (picture) => picture.settings.axes.length === 1;

/** An output cell that is pointed at. `here`: its sum is shown already; `far`: stamps are still to come.
 *  @param {BoardCell} cell @param {string} place @param {boolean} here @param {boolean} far */
export function ofOutput({ kind, value }, place, here, far) {
  if (kind === "missing") return `Output${place} does not exist: its window hangs over the edge.`;
  if (kind === "cut") return "This part of the output is cut away by the padding.";
  if (value === null) return `Output${place}: nothing has been added yet.`;
  const more = here ? "Its sum stands above." : "Click to go there.";
  return `Output${place} = ${exact(value)}${far ? " so far" : ""}. ${more}`;
}

/** An input cell that is pointed at, and how many outputs it goes into. @param {BoardCell} cell
 *  @param {number[]} place @param {boolean} flat @param {number} many @param {boolean} spread */
export function ofInput({ kind, value, from, crossed }, place, flat, many, spread) {
  const at = named(place, flat);
  const outputs = many === 0 ? "no output" : many === 1 ? "1 output" : `${many} outputs`;
  if (kind === "beyond") return `${at} lies outside the padding: there is nothing here.`;
  if (kind === "padded" && from)
    return `Padding at ${at}: ${exact(value ?? 0)}, copied from input${named(from, flat)}.`;
  if (kind === "padded") return `Padding at ${at}: a zero${crossed ? " that no output reads" : ""}.`;
  if (kind === "inserted") return `A zero put between the inputs; it lies in the windows of ${outputs}.`;
  const goes = spread ? `goes into ${many} cells` : `is read by ${outputs}`;
  return `Input${at} = ${exact(value ?? 0)} ${goes}.`;
}

/** How the equivalent direct convolution is made, with its numbers: a line for each axis that differs.
 *  @param {Picture} picture @returns {string[]} */
export function recipe({ settings: { axes }, names, direct }) {
  const said = axes.map((axis, i) => {
    const { stride, output_padding: extra } = axis;
    const [before, after] = axis.padding;
    const [first, last] = direct?.maps[i + 2 - axes.length].padding ?? [0, 0];
    const spans = span(axis);
    const zeros = stride === 1 ? "no zeros" : stride === 2 ? "1 zero" : `${stride - 1} zeros`;
    const end = `, after ${spans} - ${after} - 1${extra ? ` + ${extra}` : ""} = ${last}`;
    return (
      `${zeros} between the inputs (stride - 1), padding ${spans} - ${before} - 1 = ${first}` +
      `${extra || before !== after ? end : ""} (kernel - padding - 1${extra ? " + output_padding" : ""})`
    );
  });
  return new Set(said).size === 1 ? [said[0]] : said.map((text, i) => `${names[i]}: ${text}`);
}

/** The stretched input in a few words. @param {Picture} picture @param {string} size */
export function stretched(picture, size) {
  const maps = picture.direct?.maps.slice(isFlat(picture) ? 1 : 0) ?? [];
  const pads = maps.map(({ padding: [before, after] }) => (before === after ? `${before}` : `${before} and ${after}`));
  return `Stretched input ${size}, padding ${[...new Set(pads)].join(" x ")}`;
}

/** Where an input that was clicked stands in the map itself; null for a zero put between.
 *  @param {Picture} picture @param {number[]} cell */
export function unstretched(picture, cell) {
  const place = cell.map((c, i) => c / plane(picture.settings)[i].stride);
  return place.every(Number.isInteger) ? place : null;
}
