// What each level of a rule keeps and loses, as a table.

import { el, exact, short } from "locality/parts/dom";
import { percent } from "locality/rooms/grain/histogram";
import { spaced } from "locality/sharing";
import { energy, facts, lost, meanSquare, share, ties } from "locality/grain";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/grain").Kind} Kind */

/**
 * @param {{kind: Kind, title: string, levels: Tensor[], block: number, spins: boolean, joined: boolean}} given
 *   `spins`: every value is +1 or -1; `joined`: opposite edges are neighbours
 */
export function factsTable({ kind, title, levels, block, spins, joined }) {
  const first = facts(levels[0]);
  const variance = first.deviation ** 2;
  const split = kind === "average";
  const head = [
    "level",
    "cells",
    "left",
    spins ? "mean m" : "mean",
    "change",
    ...(spins ? ["|m|", "energy per bond"] : ["std", "values"]),
    ...(split ? ["lost"] : []),
    ...(kind === "majority" ? ["ties"] : []),
  ];
  const body = levels.map((level, i) => {
    const now = facts(level);
    const bond = spins ? energy(level, joined) : null;
    const gone = split ? meanSquare(lost(levels[0], level)) : 0;
    return [
      String(i),
      `${level.shape[1]}×${level.shape[2]}`,
      percent(share(level, levels[0])),
      fixed(now.mean),
      i ? change(now.mean - first.mean) : "",
      ...(spins
        ? [fixed(Math.abs(now.mean)), bond === null ? "–" : fixed(bond)]
        : [fixed(now.deviation), spaced(now.distinct)]),
      ...(split ? [fixed(gone) + (variance ? ` (${percent(gone / variance)})` : "")] : []),
      ...(kind === "majority"
        ? [i ? `${spaced(ties(levels[i - 1], block))} of ${spaced(level.data.length)}` : ""]
        : []),
    ];
  });
  return el(
    "div",
    { class: "panel grow grain-facts" },
    el("h3", {}, title),
    el(
      "div",
      { class: "scroll", tabIndex: 0, role: "region", "aria-label": `${title}: numbers of each level` },
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            head.map((text) => el("th", { scope: "col", title: MEANING[text] ?? "" }, text)),
          ),
        ),
        el(
          "tbody",
          {},
          body.map((cells) =>
            el(
              "tr",
              {},
              cells.map((text) => el("td", {}, text)),
            ),
          ),
        ),
      ),
    ),
  );
}

/** @type {Record<string, string>} */
const MEANING = {
  left: "Cells of this level as a share of level 0",
  change: "Mean of this level less that of level 0",
  std: "Standard deviation of the cells",
  values: "How many different values there are",
  "|m|": "Magnetisation: the size of the mean",
  "energy per bond": "Minus the mean product of neighbours: -1 all alike, 0 no order, 1 all opposite",
  lost: "Mean square of level 0 less this level spread out over it, and its share of level 0's variance",
  ties: "Blocks whose sum is 0: their first site decides",
};

/** A difference with its sign. @param {number} by */
function change(by) {
  return (by > 0 && fixed(by) !== "0" ? "+" : "") + fixed(by);
}

/** A number with so few decimals that a column can be read. @param {number} x */
function fixed(x) {
  return exact(Number(x.toFixed(Math.abs(x) >= 100 ? 0 : Math.abs(x) >= 10 ? 1 : 3)));
}

/** How a cell comes about from its block, in words and numbers. @param {Kind} kind @param {number[]} block
 *  @param {number} value @param {number} parts of which the block's values are whole numbers; 0 where of none */
export function spelled(kind, block, value, parts) {
  if (kind === "max") return `max of ${block.map(exact).join(", ")} = ${exact(value)}`;
  if (kind === "average" && parts) {
    // Averages of averages have no end of digits; the sums below them are whole.
    const sums = block.map((x) => Math.round(x * parts));
    const sum = sums.reduce((a, b) => a + b, 0);
    const [open, close] = parts > 1 ? ["(", `) / ${spaced(parts)}`] : ["", ""];
    const quotient = `${exact(sum)} / ${spaced(parts * block.length)}`;
    return `average of ${open}${sums.map(exact).join(", ")}${close} = ${quotient} = ${short(value, 8)}`;
  }
  const sum = block.reduce((a, b) => a + b, 0);
  if (kind === "average")
    return `average of ${block.map(exact).join(", ")} = ${exact(sum)} / ${block.length} = ${exact(value)}`;
  const up = block.filter((x) => x > 0).length;
  const why = sum ? `sum ${exact(sum)}, so ${exact(value)}` : `sum 0, a tie: the first site decides, ${exact(value)}`;
  return `majority of ${up} up and ${block.length - up} down: ${why}`;
}
