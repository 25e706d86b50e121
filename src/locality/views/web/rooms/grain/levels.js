// Level 0, all levels of each rule, and what is said about them: in a sentence, for a cell, in a table.

import { isBytes } from "locality/fit";
import { areSpins, signedRange, SPINS as SPIN } from "locality/parts/colour";
import { counted, el, exact, short } from "locality/parts/dom";
import { percent } from "locality/rooms/grain/board";
import { numbersOf } from "locality/rooms/grain/ising";
import { correlations, cut, facts, grey, KINDS, levels, lost, meanSquare, square, ties } from "locality/grain";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/grain").Kind} Kind */
/** @typedef {import("locality/rooms/grain/board").Row} Row */
/** What the rules start from: `spins` for the majority. @typedef {{map: Tensor, spins: Tensor, range: Row["range"],
 *  said: string}} Start */

export { SPIN };
export const MEANING = "std: standard deviation; values: how many different ones; lost: mean square of level 0 less " +
  "the level spread out over it, and its share of the variance; neighbours, diagonal: mean product of nearest and of " +
  "diagonal neighbours, 1 all alike, −1 all opposite; ties: blocks that their first site decides.";
const ABOUT = {
  max: "keeps the largest of each block, so bright wins",
  average: "keeps the mean, and forgets what varies within a block",
  majority: "keeps what most of the block is; up and down are treated alike",
};

/** A picture's middle, and the same cut at its median. @param {import("locality/source").Picture} picture
 *  @param {number} side @returns {Start} */
export function startOf(picture, side) {
  const [channels, height, width] = picture.shape;
  if (channels === 1 && areSpins(picture.data)) {
    const { taken, map } = square({ shape: picture.shape, data: Float64Array.from(picture.data) }, side);
    if (taken === side) // a mean of several spins is none
      return { map, spins: map, range: SPIN, said: `Level 0 is the middle ${side}×${side} of ${width}×${height} spins.` };
  }
  const bytes = isBytes(picture.data);
  const { times, taken, map: { shape, data } } = square(grey(picture), side);
  const map = { shape, data: bytes ? Float64Array.from(data, (x) => Math.round(x)) : data };
  const { at, spins } = cut(map);
  const { least, most } = bytes ? { least: 0, most: 255 } : facts(map);
  return {
    map, spins, range: { low: least, high: Math.max(most, least + 1), scale: "grey" },
    said: `Level 0 is the middle ${taken}×${taken} of the picture's ${width}×${height}` +
      `${times > 1 ? `, every ${times}×${times} pixels averaged to one` : ""}. ` +
      `For the majority rule it is cut at its median, ${short(at, 4)}: brighter is +1, the rest −1.`,
  };
}

/** What the board shows. @param {Start} start @param {number} block @param {boolean} loss @returns {Row[]} */
export function rowsOf({ map, spins, range }, block, loss) {
  const rows = KINDS.map((kind) => ({
    title: `${kind[0].toUpperCase()}${kind.slice(1)}`,
    about: ABOUT[kind],
    levels: levels(kind === "majority" ? spins : map, kind, block),
    range: kind === "majority" ? SPIN : range,
  }));
  if (!loss) return rows;
  const gone = rows[1].levels.map((level) => lost(map, level));
  const about = "level 0 less the averages, spread out over it again";
  return [...rows, { title: "Lost", about, levels: gone, range: signedRange(gone[gone.length - 1].data), whole: true }];
}

/** How a cell comes about from its block. @param {Kind} kind @param {number[]} block @param {number} value */
export function spelled(kind, block, value) {
  const sum = block.reduce((a, b) => a + b, 0);
  const up = block.filter((x) => x > 0).length;
  const decided = sum ? "so" : "a tie: the first site decides,";
  const terms = block.map((x) => short(x, 6)).join(", ");
  return {
    max: `max of ${terms} = ${short(value, 6)}`,
    average: `average of ${terms} = ${short(sum, 8)} / ${block.length} = ${short(value, 8)}`,
    majority: `majority of ${up} up and ${block.length - up} down: sum ${exact(sum)}, ${decided} ${exact(value)}`,
  }[kind];
}

/** What each level keeps and loses. @param {Kind} kind @param {Row} row @param {number} block
 *  @param {{lattice: boolean, joined: boolean}} began with spins; with opposite edges that are neighbours */
export function factsTable(kind, { title, levels }, block, { lattice, joined }) {
  const spins = kind === "majority" || (lattice && kind === "max");
  const variance = facts(levels[0]).deviation ** 2 || 1;
  const body = levels.map((level, i) => {
    const { mean, deviation, distinct } = facts(level);
    const gone = meanSquare(lost(levels[0], level));
    const { nearest, diagonal } = correlations(level, joined);
    return {
      level: i,
      cells: `${level.shape[1]}×${level.shape[2]}`,
      mean: fixed(mean),
      ...(spins ? { neighbours: fixed(nearest), diagonal: fixed(diagonal) } : { std: fixed(deviation), values: counted(distinct) }),
      ...(kind === "average" && { lost: `${fixed(gone)} (${percent(gone / variance)})` }),
      ...(kind === "majority" &&
        { ties: i ? `${counted(ties(levels[i - 1], block))} of ${counted(level.data.length)}` : "" }),
    };
  });
  return el("div", { class: "panel grain-facts" }, el("h3", {}, title),
    el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": `${title}: numbers of each level` },
      el("table", {},
        el("thead", {}, el("tr", {}, Object.keys(body[0]).map((name) => el("th", { scope: "col" }, name)))),
        el("tbody", {}, body.map((cells) => el("tr", {}, Object.values(cells).map((text) => el("td", {}, text))))))));
}

/** What a configuration of the Ising model has, beside the exact numbers. @param {number} at */
export function isingTable(at) {
  const { temperature, ratio, magnetisation, energy, exact } = numbersOf(at);
  const row = (/** @type {string} */ name, /** @type {number} */ here, /** @type {number} */ known) =>
    el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, fixed(here)), el("td", {}, fixed(known)));
  return el("table", { class: "grain-ising" },
    el("caption", {}, `T = ${temperature.toFixed(4)}, T/Tc = ${ratio.toFixed(4)}`),
    el("thead", {}, el("tr", {}, ["", "this sample", "infinite lattice, exact"].map((name) =>
      el("th", { scope: "col" }, name)))),
    el("tbody", {}, row("|m|", magnetisation, exact.magnetisation), row("energy per site", energy, exact.energy)));
}

/** A number with so few decimals that a column can be read. @param {number | null} x */
function fixed(x) {
  if (x === null) return "–";
  return exact(Number(x.toFixed(Math.abs(x) >= 100 ? 0 : Math.abs(x) >= 10 ? 1 : 3)));
}
