// The terms of a cell on the screen. Pointing at one marks its cell in the columns, a click goes to that cell or
// changes its number.

import { legend, signedRange } from "locality/parts/colour";
import { el, exact } from "locality/parts/dom";
import { range } from "locality/tensor";
import { numberGrids, tileGrids } from "locality/rooms/network/panel-grids";
import { barList, bracketed, link, pushes, sumTable } from "locality/rooms/network/panel-parts";
import { added, cellName, termsOf } from "locality/rooms/network/terms";

/** What the body needs around it: `onEdit` opens a number for a change, `onSay` says a sentence.
 *  @typedef {{session: import("locality/rooms/network/session").Session,
 *  onMove: (node: string, place: number[]) => void,
 *  onHover: (site: import("locality/rooms/network/terms").Site | null) => void,
 *  onEdit: (where: [string, number], what: string) => void, onSay: (sentence: string) => void}} Bench */
/** @typedef {import("locality/rooms/network/panel-grids").Part} Part */
/** @typedef {ReturnType<typeof termViews>} Views */

const NO_EDITS =
  "Weights and pixels can be edited in networks that the page computes itself. " +
  "This one is too large: it shows what was recorded.";
const MOST_SUMS = 8; // channel sums that are listed one by one

/** @param {import("locality/network").Node} node @param {import("locality/cell").Cell} cell @param {Bench} bench */
export function termViews(node, cell, bench) {
  const { session, onMove, onSay, onHover, onEdit } = bench;
  const terms = termsOf(session.net, node, cell);
  const products = cell.products.data;
  const largest = node.kind === "Pool" && node.layer.kind.endsWith("max");
  const distance = node.kind === "Distance";
  const name = cellName(cell.node, cell.cell);
  const said = el("output", { class: "said number" }, "\u00a0");

  /** @param {number | null} i */
  function point(i) {
    const term = i === null ? null : terms.term(i);
    onHover(term?.site ?? null);
    said.textContent = "\u00a0";
    if (!term) return;
    const { where, tap, input, weight, product } = term;
    const by = distance ? `: −(${exact(input)} − ${bracketed(Number(weight))})² = ${exact(product)}` : "";
    const times = weight === null || largest ? "" : ` × ${exact(weight)} = ${exact(product)}`;
    said.textContent = `${where}${tap && `, tap [${tap}]`}${by || `: ${exact(input)}${times}`}`;
  }

  /** @param {number} i @param {Part} part */
  function pick(i, part) {
    const { site, weightAt, where } = terms.term(i);
    if (part === "weight" ? !weightAt : site && site.node !== "input") return site && onMove(site.node, site.place);
    if (part === "input" && !site) return onSay(`There is no cell here to go to: ${where}.`);
    if (!session.computes) return onSay(NO_EDITS);
    if (part === "weight") onEdit(/** @type {[string, number]} */ (weightAt), "weight");
    else if (site) onEdit(["input", session.indexOf("input", site.place)], "pixel");
  }

  /** What is written under a number: where a padded cell comes from, or which tap meets it.
   *  @param {Part} part @param {number} i */
  function small(part, i) {
    const { outside, site, tap } = terms.term(i);
    const spread = node.kind === "ConvTranspose";
    if (part !== "input") return spread && part === "weight" ? `tap ${tap}` : "";
    const place = site?.place.slice(1).join(", ");
    if (outside) return site ? `from ${place}` : largest ? "nothing" : "zero";
    return spread ? `at ${place}` : "";
  }

  /** The terms in grids; `weights` is what stands between input and product, if anything.
   *  @param {string} label @param {string} [weights] @param {number} [marked]   the term that wins */
  function grids(label, weights, marked = -1) {
    const change = (/** @type {string} */ what) => (session.computes ? `Click to change ${what}` : "");
    const hints = {
      input: cell.inputs[0] === "input" ? change("this pixel") : "Click to go to this cell",
      weight: terms.term(0).weightAt ? change("it") : "",
      product: "",
    };
    /** @param {Part} part @param {string} title @param {string} sign @param {ArrayLike<number>} values */
    const column = (part, title, sign, values) => ({
      part, title, sign, values, hint: hints[part], range: signedRange(values),
      small: (/** @type {number} */ i) => small(part, i),
    });
    const columns = [column("input", terms.term(0).site?.node ?? cell.inputs[0], "", cell.patch.data)];
    if (weights && cell.weights)
      columns.push(column("weight", weights, distance ? "−" : "×", cell.weights.data),
        column("product", distance ? "less their squares" : "products", distance ? "→" : "=", products));
    const [slices, rows, wide] = terms.size;
    const few = terms.count <= 100 && terms.names.length <= 4 && slices <= 5 && rows <= 7 && wide <= 7;
    const onPoint = (/** @type {number | null} */ i) => {
      drawn.light(i);
      point(i);
    };
    const drawn = (few ? numberGrids : tileGrids)({ terms, columns, marked, label, onPoint, onPick: pick });
    return el("div", {}, drawn.element, said,
      el("div", { class: "legends" }, columns.map(({ range, title }) => legend(range, title))));
  }

  /** The sum of the channels, the bias, and what they come to. */
  function sums() {
    const many = terms.names.length;
    const { biasAt } = terms;
    const bias = biasAt && session.computes ? link("bias", () => onEdit(biasAt, "bias"), "Change the bias") : "bias";
    /** @type {import("locality/rooms/network/panel-parts").Line[]} */
    const lines =
      many !== 1 && many <= MOST_SUMS
        ? range(many).map((grid) => ({ label: terms.names[grid], value: terms.sum(grid) }))
        : [{ label: `sum of ${many > 1 ? "all " : ""}${terms.count} ${distance ? "squares, negative" : "products"}`, value: added(products) }];
    if (biasAt || node.kind === "Norm") lines.push({ label: biasAt ? bias : "shift", value: cell.bias });
    return sumTable(lines, name, cell.value);
  }

  /** A term's cell, and the way to it. @param {number} i */
  function siteLink(i) {
    const { where, site } = terms.term(i);
    return site && site.node !== "input" ? link(where, () => pick(i, "input")) : where;
  }

  /** @param {number} i */
  const bar = (i) => {
    const { where, product, site } = terms.term(i);
    const onPick = site ? () => pick(i, "input") : undefined;
    const onPoint = (/** @type {boolean} */ on) => point(on ? i : null);
    return { label: where, value: product, said: exact(product), onPick, onPoint };
  };

  /** A few terms below each other, each a way to its cell. @param {string} sign */
  function lines(sign) {
    const all = range(terms.count).map((i) => {
      const { input, weight, product } = terms.term(i);
      const times = weight === null ? "" : `: ${exact(input)} × ${exact(weight)}`;
      const listeners = { onpointerenter: () => point(i), onpointerleave: () => point(null) };
      return { label: el("span", listeners, siteLink(i), times), value: sign === "×" ? input : product };
    });
    if (node.kind === "Norm") all.push({ label: el("span", {}, "shift"), value: cell.bias });
    return sumTable(all, name, cell.value, sign);
  }

  return {
    terms, name, said, grids, sums, siteLink, lines,
    bars: () => barList(range(terms.count).map(bar), products),
    pushes: (/** @type {string} */ what) => pushes(products, bar, what),
  };
}
