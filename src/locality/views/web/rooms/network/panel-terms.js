// The terms of a cell on the screen: as grids, as bars, as lines of a sum. Pointing at one marks its cell in the columns,
// a click goes to that cell or changes its number.

import { legend, signedRange } from "locality/parts/colour";
import { el, exact, fill } from "locality/parts/dom";
import { numberGrids } from "locality/rooms/network/panel-grids";
import { link, sumTable } from "locality/rooms/network/panel-parts";
import { tileGrids } from "locality/rooms/network/panel-tiles";
import { cellName } from "locality/rooms/network/terms";

/** @typedef {import("locality/cell").Cell} Cell */
/** @typedef {import("locality/network").Node} Node */
/** @typedef {import("locality/rooms/network/terms").Terms} Terms */
/** @typedef {import("locality/rooms/network/panel-grids").Column} Column */
/** @typedef {import("locality/rooms/network/panel-grids").Part} Part */

/**
 * @typedef {object} Bench   what the body needs around it
 * @property {import("locality/rooms/network/session").Session} session
 * @property {(node: string, place: number[]) => void} onMove
 * @property {(site: import("locality/rooms/network/terms").Site | null) => void} onHover
 * @property {(where: [string, number], what: string) => void} onEdit
 * @property {(sentence: string) => void} onSay
 * @property {number} width   in pixels
 */

export const NO_EDITS =
  "Weights and pixels can be edited in networks that the page computes itself. " +
  "This one is too large: it shows what was recorded.";
const MOST_SUMS = 8; // channel sums that are listed one by one

/** @param {Node} node @param {Cell} cell @param {Terms} terms @param {Bench} bench */
export function termViews(node, cell, terms, bench) {
  const { session } = bench;
  const said = el("output", { class: "said number" }, "\u00a0");
  /** @type {((width: number) => void)[]} */
  const redraws = [];

  /** @param {number | null} i @param {((i: number | null) => void)} [light] */
  function point(i, light) {
    light?.(i);
    const term = i === null ? null : terms.term(i);
    bench.onHover(term?.site ?? null);
    said.textContent = term ? sentenceOf(term) : "\u00a0";
  }

  /** @param {import("locality/rooms/network/terms").Term} term */
  function sentenceOf({ where, input, weight, product, tap, weightAt }) {
    if (weight === null || (!weightAt && node.kind === "Pool" && node.layer.kind.endsWith("max")))
      return `${where}: ${exact(input)}`;
    return `${where}${weightAt && tap ? `, tap ${tap}` : ""}: ${exact(input)} × ${exact(weight)} = ${exact(product)}`;
  }

  /** @param {number} i @param {Part} part */
  function pick(i, part) {
    const { site, weightAt, where } = terms.term(i);
    if (part === "weight" && weightAt) session.computes ? bench.onEdit(weightAt, "weight") : bench.onSay(NO_EDITS);
    else if (part === "input" && !site) bench.onSay(`There is no cell here to go to: ${where}.`);
    else if (part === "input" && site?.node !== "input") bench.onMove(String(site?.node), site?.place ?? []);
    else if (part === "input" && site)
      session.computes ? bench.onEdit(["input", session.indexOf("input", site.place)], "pixel") : bench.onSay(NO_EDITS);
  }

  /** @param {Part} part */
  function hint(part) {
    if (part === "weight") return terms.term(0).weightAt && session.computes ? "Click to change it" : "";
    return cell.inputs[0] === "input"
      ? session.computes
        ? "Click to change this pixel"
        : ""
      : "Click to go to this cell";
  }

  /** The terms in grids. @param {string} label @param {string | null} weights   what stands between input and product
   *  @param {number} [marked] */
  function grids(label, weights, marked = -1) {
    const patch = cell.patch.data;
    const small = (/** @type {number} */ i) => {
      const { outside, site } = terms.term(i);
      if (outside)
        return site
          ? `from ${site.place.slice(1).join(", ")}`
          : node.kind === "Pool" && node.layer.kind === "max"
            ? "nothing"
            : "zero";
      return node.kind === "ConvTranspose" && site ? `at ${site.place.slice(1).join(", ")}` : "";
    };
    /** @type {Column[]} */
    const columns = [
      {
        part: "input",
        title: terms.term(0).site?.node ?? cell.inputs[0],
        sign: "",
        range: signedRange(patch),
        value: (i) => patch[i],
        small,
      },
    ];
    if (weights !== null && cell.weights) {
      const data = cell.weights.data;
      const tap = (/** @type {number} */ i) =>
        node.kind === "ConvTranspose" ? `tap ${terms.term(i).tap.slice(1, -1)}` : "";
      columns.push(
        { part: "weight", title: weights, sign: "×", range: signedRange(data), value: (i) => data[i], small: tap },
        {
          part: "product",
          title: "products",
          sign: "=",
          range: signedRange(cell.products.data),
          value: (i) => cell.products.data[i],
          small: () => "",
        },
      );
    }
    const [slices, rows, wide] = terms.size;
    const few = terms.count <= 100 && terms.names.length <= 4 && slices <= 5 && rows <= 7 && wide <= 7;
    /** @type {(i: number | null) => void} */
    let light = () => {};
    const given = {
      terms,
      columns,
      marked,
      onPoint: (/** @type {number | null} */ i) => point(i, light),
      onPick: pick,
      hint,
    };
    const drawn = few ? numberGrids(given) : tileGrids({ ...given, label, width: bench.width });
    light = drawn.light;
    if ("redraw" in drawn) redraws.push(/** @type {(width: number) => void} */ (drawn.redraw));
    const legends = el(
      "div",
      { class: "legends" },
      columns.map(({ range, title }) => legend(range, title)),
    );
    return el("div", {}, drawn.element, said, legends);
  }

  /** The sum of the channels, the bias, and what they come to. */
  function sums() {
    const many = terms.names.length;
    const list = Array.from({ length: many }, (_, grid) => ({
      label: many > 1 ? terms.names[grid] : `sum of ${terms.count} products`,
      value: terms.sum(grid),
    }));
    const total = list.reduce((sum, { value }) => sum + value, 0);
    /** @type {import("locality/rooms/network/panel-parts").Line[]} */
    const lines = many > MOST_SUMS ? [{ label: `sum of all ${terms.count} products`, value: total }] : list;
    const { biasAt } = terms;
    if (biasAt)
      lines.push({
        label: session.computes ? link("bias", () => bench.onEdit(biasAt, "bias"), "Change the bias") : "bias",
        value: cell.bias,
      });
    else if (node.kind === "Norm") lines.push({ label: "shift", value: cell.bias });
    return el(
      "div",
      {},
      sumTable(lines, cellName(cell.node, cell.cell), cell.value),
      many > MOST_SUMS
        ? folded(`The sum of each of the ${many} channels`, () => sumTable(list, "together", total))
        : null,
    );
  }

  /** @param {number} i */
  const bar = (i) => {
    const { where, product, site } = terms.term(i);
    return {
      label: where,
      value: product,
      said: exact(product),
      onPick: site ? () => pick(i, "input") : undefined,
      onPoint: (/** @type {boolean} */ on) => point(on ? i : null),
    };
  };

  /** A few terms below each other, each a way to its cell. @param {string} sign */
  function lines(sign) {
    return sumTable(
      Array.from({ length: terms.count }, (_, i) => {
        const { where, site, input, weight, product } = terms.term(i);
        const name = site && site.node !== "input" ? link(where, () => pick(i, "input"), "Go to this cell") : where;
        const times = weight === null ? "" : `: ${exact(input)} × ${exact(weight)}`;
        return {
          label: el("span", { onpointerenter: () => point(i), onpointerleave: () => point(null) }, name, times),
          value: sign === "×" ? input : product,
        };
      }).concat(node.kind === "Norm" ? [{ label: el("span", {}, "shift"), value: cell.bias }] : []),
      cellName(cell.node, cell.cell),
      cell.value,
      sign,
    );
  }

  /** @param {number} i */
  function siteLink(i) {
    const { where, site } = terms.term(i);
    return site && site.node !== "input" ? link(where, () => pick(i, "input"), "Go to this cell") : where;
  }

  return { said, redraws, grids, sums, bar, lines, siteLink };
}

/** What is built when it is opened. @param {string} title @param {() => HTMLElement} build */
function folded(title, build) {
  const inside = el("div");
  return el(
    "details",
    {
      ontoggle: (/** @type {Event} */ event) =>
        fill(inside, /** @type {HTMLDetailsElement} */ (event.target).open ? build() : null),
    },
    el("summary", {}, title),
    inside,
  );
}
