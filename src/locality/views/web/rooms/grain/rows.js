// What the board shows: the levels of each rule with their histograms, and on demand what the average loses.

import { legend, signed, signedRange } from "locality/parts/colour";
import { el } from "locality/parts/dom";
import { swatch } from "locality/rooms/grain/board";
import { bars, percent } from "locality/rooms/grain/histogram";
import { SPIN } from "locality/rooms/grain/start";
import { KINDS, lost, share } from "locality/grain";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/grain").Kind} Kind */
/** @typedef {import("locality/parts/colour").Range} Range */
/** @typedef {import("locality/rooms/grain/board").Row} Row */

export const NAMES = { max: "Max", average: "Average", majority: "Majority" };
const ABOUT = {
  max: "keeps the largest of each block, so bright wins",
  average: "keeps the mean, and forgets what varies within a block",
  majority: "keeps what most of the block is; up and down are treated alike",
};

/** @param {Record<Kind, Tensor>} maps level 0 of each rule @param {Tensor[][]} all every level of each
 *  @param {Range | null} range @param {boolean} loss @returns {Row[]} */
export function rowsOf(maps, all, range, loss) {
  /** @type {Row[]} */
  const rows = KINDS.map((kind, rule) => {
    const its = kind === "majority" ? SPIN : range;
    const axis = its === SPIN ? signed(1) : (its ?? { low: 0, high: 255, scale: /** @type {const} */ ("grey") });
    return {
      id: kind,
      title: NAMES[kind],
      about: ABOUT[kind],
      levels: all[rule],
      range: its,
      whole: false,
      under: (level, width) =>
        el("div", {}, caption(all[rule], level), bars(all[rule][level], axis, { width, level, what: kind })),
    };
  });
  if (!loss) return rows;
  const gone = all[1].map((level) => lost(maps.average, level));
  const seen = maps.average.shape[0] === 3 ? gone.map(greyed) : gone;
  rows.push({
    id: "lost",
    title: "Lost",
    about: "level 0 less the averages, spread out over it again",
    levels: seen,
    range: signedRange(seen[seen.length - 1].data),
    whole: true,
    under: (level) => el("figcaption", {}, `without level ${level}`),
  });
  return rows;
}

/** What the colours stand for. @param {Row[]} rows */
export function legendsOf(rows) {
  const [{ range }] = rows;
  const found = range?.scale === "grey" ? [legend(range, "Brightness")] : [];
  const ends = /** @type {[number, string][]} */ ([
    [-1, "−1, down"],
    ...(range === SPIN ? [[0, "0"]] : []),
    [1, "+1, up"],
  ]);
  found.push(
    el(
      "div",
      { class: "grain-spins" },
      ends.map(([value, text]) => el("span", {}, swatch(value, SPIN), text)),
    ),
  );
  const gone = rows.find(({ id }) => id === "lost");
  if (gone?.range) found.push(legend(gone.range, "Lost"));
  return found;
}

/** @param {Tensor[]} all @param {number} level */
function caption(all, level) {
  const [, height, width] = all[level].shape;
  return el(
    "figcaption",
    {},
    el("strong", {}, `${height}×${width}`),
    " ",
    el("span", {}, percent(share(all[level], all[0]))),
  );
}

/** The mean of the three colours, for one signed map. @param {Tensor} map @returns {Tensor} */
function greyed({ shape: [, height, width], data }) {
  const size = height * width;
  return {
    shape: [1, height, width],
    data: Float64Array.from({ length: size }, (_, i) => (data[i] + data[size + i] + data[2 * size + i]) / 3),
  };
}
