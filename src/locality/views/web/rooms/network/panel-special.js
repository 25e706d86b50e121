// Panels of the layers that are no weighted sum: normalisation, maximum, majority, curves, softmax.

import { signedRange } from "locality/parts/colour";
import { el, exact, short } from "locality/parts/dom";
import { bars } from "locality/rooms/network/panel-bars";
import { curvePlot } from "locality/rooms/network/curve";
import { PLAIN } from "locality/rooms/network/functions";
import { link, sumTable } from "locality/rooms/network/panel-parts";
import { cellName } from "locality/rooms/network/terms";

/** @typedef {import("locality/network").Node} Node */
/** @typedef {import("locality/cell").Cell} Cell */
/** @typedef {import("locality/rooms/network/norm").NormNumbers} NormNumbers */
/** @typedef {(which: string, what: string) => void} Pick   open a parameter of this node for a change */

/** A number inside a formula. @param {number} x */
const bracketed = (x) => (x < 0 ? `(${exact(x)})` : exact(x));

/** A curve applied to one number, in words and drawn. @param {string} name @param {number} x @param {number} y
 *  @param {number | null} slope @param {string} left */
export function curveSection(name, x, y, slope, left) {
  const text = PLAIN[name](exact(x), bracketed(x), String(slope ?? 0));
  return el(
    "div",
    { class: "row" },
    el(
      "div",
      { class: "grow" },
      el(
        "p",
        { class: "formula" },
        el("span", { class: "out" }, left),
        ` = ${PLAIN[name]("x", "x", String(slope ?? 0))}${piecewise(name, slope)}`,
      ),
      el("p", { class: "formula" }, `= ${text}`),
      el("p", { class: "formula" }, "= ", el("strong", {}, exact(y))),
    ),
    curvePlot(name, x, y, slope ?? 0),
  );
}

/** @param {string} name @param {number | null} slope */
function piecewise(name, slope) {
  const below = { leaky_relu: `${slope} × x`, elu: "exp(x) − 1", selu: "1.0507… × 1.6732… × (exp(x) − 1)" }[name];
  return below ? ` above zero, ${below} below` : "";
}

/** Softmax: what each channel weighs in the sum. @param {Node} node @param {Cell} cell @param {readonly string[] | null} classes
 *  @param {(place: number[]) => void} go */
export function softmaxSection(node, cell, classes, go) {
  const patch = Array.from(cell.patch.data);
  const largest = patch.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = patch.map((x) => Math.exp(x - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  const [channel, ...place] = cell.cell;
  const order = [...patch.keys()].sort((a, b) => patch[b] - patch[a]);
  const shown = order.length > 24 ? [...new Set([...order.slice(0, 20), channel])] : [...patch.keys()];
  const name = (/** @type {number} */ c) =>
    classes && classes.length === patch.length ? `${classes[c]}` : `channel ${c}`;
  const range = { ...signedRange([1]), low: -1, high: 1 };
  const x = patch[channel];
  const log = node.layer.function === "log_softmax";
  const less = largest ? ` − ${bracketed(largest)}` : "";
  const formula = log
    ? `${exact(x)} − (${exact(largest)} + ln ${exact(total)})`
    : `exp(${exact(x)}${less}) / ${exact(total)} = ${exact(powers[channel])} / ${exact(total)}`;
  return el(
    "div",
    {},
    el("p", { class: "formula" }, el("span", { class: "out" }, cellName(cell.node, cell.cell)), ` = ${formula}`),
    el("p", { class: "formula" }, "= ", el("strong", {}, exact(cell.value))),
    el(
      "p",
      { class: "muted" },
      `${exact(total)} is the sum of exp(x − ${bracketed(largest)}) over all ${patch.length} channels. ` +
        "The largest is taken off before exp: that changes nothing but keeps the numbers small. " +
        "The bars are each channel's share of that sum.",
    ),
    bars(
      shown.map((c) => ({
        label: name(c),
        value: powers[c] / total,
        said: `exp ${short(powers[c])}, share ${exact(powers[c] / total)}`,
        chosen: c === channel,
        onPick: () => go([c, ...place]),
      })),
      range,
      true,
    ),
    shown.length < patch.length
      ? el("p", { class: "muted" }, `and ${patch.length - shown.length} more channels, each with a smaller share`)
      : null,
  );
}

/** The formula of a normalisation with its numbers. @param {Cell} cell @param {NormNumbers} numbers @param {Node} node
 *  @param {Pick | null} pick */
export function normSection(cell, numbers, node, pick) {
  const { x, mean, variance, eps, scale, shift, slope, over } = numbers;
  const known = variance !== null && scale !== null;
  const batch = node.layer.kind === "batch";
  const edit = (/** @type {string} */ parameter, /** @type {string} */ what, /** @type {string} */ text) =>
    pick && node.layer.affine ? link(text, () => pick(parameter, what), `Change this ${what}`) : text;
  const whose = batch ? `of channel ${cell.cell[0]}, kept from training` : `of ${over} cells`;
  const running = (/** @type {string} */ parameter, /** @type {string} */ what, /** @type {string} */ text) =>
    pick && batch ? link(text, () => pick(parameter, what), `Change this ${what}`) : text;
  /** @type {[import("locality/parts/dom").Child, number, string][]} */
  const rows = [
    ["the cell x", x, ""],
    [running("running_mean", "mean", "mean"), mean, whose],
  ];
  if (variance !== null)
    rows.push(
      [running("running_var", "variance", "variance"), variance, whose],
      ["eps", eps, "so that nothing is divided by zero"],
    );
  if (known)
    rows.push([
      edit("weight", "scale", "scale"),
      scale,
      node.layer.affine ? "learnt in training" : "this layer has none",
    ]);
  else rows.push(["scale / √(variance + eps)", slope, ""]);
  rows.push([edit("bias", "shift", "shift"), shift, node.layer.affine ? "learnt in training" : "this layer has none"]);
  const left = el("span", { class: "out" }, cellName(cell.node, cell.cell));
  const words = known ? " = (x − mean) / √(variance + eps) × scale + shift" : " = (x − mean) × slope + shift";
  const numbersLine = known
    ? `= (${exact(x)} − ${bracketed(mean)}) / √(${exact(variance)} + ${exact(eps)}) × ${bracketed(scale)} + ${bracketed(shift)}`
    : `= (${exact(x)} − ${bracketed(mean)}) × ${bracketed(slope)} + ${bracketed(shift)}`;
  return el(
    "div",
    {},
    el("p", { class: "formula" }, left, words),
    el("p", { class: "formula" }, numbersLine),
    el("p", { class: "formula" }, "= ", el("strong", {}, exact(cell.value))),
    el(
      "table",
      { class: "sum" },
      el(
        "tbody",
        {},
        rows.map(([label, value, note]) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, label),
            el("td", { class: "number" }, exact(value)),
            el("td", { class: "muted note" }, note),
          ),
        ),
      ),
    ),
  );
}

/** Local response: the cell over a power of its neighbours' squares. @param {Cell} cell @param {Node} node
 *  @param {(place: number[]) => void} go */
export function responseSection(cell, node, go) {
  const { k, alpha, size, beta } = node.layer;
  const patch = [...cell.patch.data];
  const own = cell.sites.findIndex((site) => site[0] === cell.cell[0]);
  const squares = patch.reduce((sum, x) => sum + x * x, 0);
  return el(
    "div",
    {},
    el(
      "p",
      { class: "formula" },
      el("span", { class: "out" }, cellName(cell.node, cell.cell)),
      " = x / (k + alpha / size × sum of squares)^beta",
    ),
    el("p", { class: "formula" }, `= ${exact(patch[own])} / (${k} + ${alpha} / ${size} × ${exact(squares)})^${beta}`),
    el("p", { class: "formula" }, "= ", el("strong", {}, exact(cell.value))),
    el("h3", {}, "The squares of the neighbouring channels"),
    bars(
      patch.map((x, i) => ({
        label: `channel ${cell.sites[i][0]}`,
        value: x * x,
        said: `${exact(x)}² = ${exact(x * x)}`,
        chosen: i === own,
        onPick: () => go(cell.sites[i]),
      })),
      signedRange(patch.map((x) => x * x)),
      true,
    ),
    sumTable([], "sum of squares", squares),
  );
}

/** What a maximum or a majority decided, in words. @param {Node} node @param {Cell} cell */
export function verdict(node, cell) {
  const patch = Array.from(cell.patch.data);
  if (node.layer.kind === "majority") {
    const sum = patch.reduce((a, b) => a + b, 0);
    return sum
      ? `The votes add up to ${exact(sum)}: the sign is ${exact(cell.value)}.`
      : `The votes add up to 0, a tie: the window's first site decides, ${exact(patch[0])}, so the sign is ${exact(cell.value)}.`;
  }
  const winners = patch.reduce((n, x) => n + Number(x === cell.value), 0);
  const first = cell.sites[patch.indexOf(cell.value)];
  const at = first ? `${cellName(cell.inputs[0], first)}` : "none";
  return winners > 1
    ? `${winners} cells share the largest value; the first of them, ${at}, is taken.`
    : `The largest is ${at}.`;
}
