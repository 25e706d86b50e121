/** What is under the window, written out: the sum of products, or the stamp. */

import { el, exact } from "locality/parts/dom";
import { named } from "locality/rooms/arithmetic/words";

/** @typedef {import("locality/rooms/arithmetic/boards").Moment} Moment */
/** @typedef {import("locality/arithmetic").Term} Term */

const WRITTEN = 144; // terms; a longer sum is cut, and says so

/** One output as its sum in full. @param {number[]} place @param {Term[]} terms @param {number} value
 *  @param {boolean} flat */
export function sumOf(place, terms, value, flat) {
  const shown = terms.slice(0, WRITTEN);
  return el(
    "p",
    { class: "sum" },
    el("span", { class: "out" }, `output${named(place, flat)}`),
    " = ",
    terms.length
      ? shown.flatMap((term, i) => [i ? " + " : null, product(term, flat)])
      : "0 (no input reaches this cell)",
    terms.length > WRITTEN ? ` + … (${terms.length - WRITTEN} more)` : null,
    terms.length ? [" = ", el("strong", { class: "out" }, exact(value))] : null,
  );
}

/** @param {Term} term @param {boolean} flat */
function product({ from, value, weight, cell }, flat) {
  const padded = from === null || from[0] !== cell[0] || from[1] !== cell[1];
  const title = from === null ? "padding: a zero" : `${padded ? "padding, copied from " : ""}input${named(from, flat)}`;
  return el(
    "span",
    { class: padded ? "term padded" : "term", title },
    el("span", { class: padded ? "" : "in" }, exact(value)),
    "·",
    weight < 0 ? `(${exact(weight)})` : exact(weight),
  );
}

/** Where an input's kernel falls. @param {Moment} moment @param {boolean} flat */
export function stampOf({ place, value, reach }, flat) {
  const ends = reach.low.map((low, i) => [low, low + reach.shape[i] - 1]);
  const stretch = ([first, last] = ends[1]) => (first === last ? `${first}` : `${first} to ${last}`);
  return el(
    "p",
    { class: "sum" },
    el("span", { class: "in" }, `input${named(place, flat)} = ${exact(value ?? 0)}`),
    " times the kernel is added to the outputs in ",
    flat ? `cells ${stretch()}` : `rows ${stretch(ends[0])}, columns ${stretch()}`,
    ".",
  );
}

/** A position without an output. @param {number[]} place @param {boolean} flat */
export function hangingOf(place, flat) {
  return el(
    "p",
    { class: "sum wrong" },
    `The window hangs over the edge here: output${named(place, flat)} does not exist.`,
  );
}
