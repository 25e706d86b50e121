// The arithmetic of one cell, built anew for each cell: the terms as its kind of layer has them, the sum, the check.

import { weightsOf } from "locality/network";
import { el, exact, short } from "locality/parts/dom";
import { offset, range } from "locality/tensor";
import { FUNCTIONS, written } from "locality/rooms/network/functions";
import { normNumbers } from "locality/rooms/network/norm";
import { allowance, barList, bracketed, checkLine, curvePlot } from "locality/rooms/network/panel-parts";
import { equation, link, muted, number, sumTable } from "locality/rooms/network/panel-parts";
import { termViews } from "locality/rooms/network/panel-terms";
import { added, cellName, mapsBefore } from "locality/rooms/network/terms";
import { groupSentence } from "locality/rooms/network/words";

/** @typedef {import("locality/cell").Cell} Cell */
/** @typedef {import("locality/parts/dom").Child} Child */
/** All that an arithmetic is drawn from. @typedef {object} Given
 *  @property {import("locality/network").Node} node @property {Cell} cell
 *  @property {import("locality/rooms/network/norm").NormNumbers | null} numbers
 *  @property {import("locality/rooms/network/panel-terms").Views} views
 *  @property {import("locality/rooms/network/panel-terms").Bench} bench */
/** @typedef {(given: Given) => Child[]} Arithmetic */

const CODED =
  "This file keeps large maps in 8 bits: these numbers are near torch's, not equal to them. " +
  "What is done with them is exact.";
const COPIES = /** @type {Record<string, string>} */ ({
  zeros: "zeros stand",
  edge: "the nearest cell of the edge is copied",
  reflect: "the cell mirrored at the edge is copied",
  wrap: "the cell of the opposite side is copied",
});

/** A curve applied to one number, in words and drawn. @param {string} name @param {number} x @param {number} y
 *  @param {number} slope @param {string} left */
function curve(name, x, y, slope, left) {
  const [above, below] = FUNCTIONS[name][2].split(" | ");
  const words = written(above, slope) + (below ? ` above zero, ${written(below, slope)} below` : "");
  const numbers = written(x < 0 && below ? below : above, slope, exact(x), bracketed(x));
  return el("div", { class: "row" }, equation(left, [words, numbers], y), curvePlot(name, x, y, slope));
}

/** What each channel weighs in the sum. @type {Arithmetic} */
function softmax({ node, cell, views, bench }) {
  const patch = Array.from(cell.patch.data);
  const largest = patch.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = patch.map((x) => Math.exp(x - largest));
  const total = added(powers);
  const [channel, ...place] = cell.cell;
  const order = [...patch.keys()].sort((a, b) => patch[b] - patch[a]);
  const shown = patch.length > 24 ? [...new Set([...order.slice(0, 20), channel])] : [...patch.keys()];
  const { classes } = bench.session.scene;
  const [x, power] = [exact(patch[channel]), exact(powers[channel])];
  const less = largest ? ` − ${bracketed(largest)}` : "";
  const formula =
    node.layer.function === "softmax"
      ? `exp(${x}${less}) / ${exact(total)} = ${power} / ${exact(total)}`
      : `${x} − (${exact(largest)} + ln ${exact(total)})`;
  const bars = shown.map((c) => ({
    label: classes?.length === patch.length ? classes[c] : `channel ${c}`,
    value: powers[c] / total,
    said: `exp ${short(powers[c])}, share ${exact(powers[c] / total)}`,
    chosen: c === channel,
    onPick: () => bench.onMove(node.name, [c, ...place]),
  }));
  return [
    equation(views.name, [formula], cell.value),
    muted(
      `${exact(total)} is the sum of exp(x − ${bracketed(largest)}) over all ${patch.length} channels. ` +
        "The largest is taken off before exp: that changes nothing but keeps the numbers small. " +
        "The bars are each channel's share of that sum.",
    ),
    barList(bars, [1], true),
    shown.length < patch.length &&
      muted(`and ${patch.length - shown.length} more channels, each with a smaller share`),
  ];
}

/** The cell over a power of its neighbours' squares. @type {Arithmetic} */
function response({ node: { layer }, cell, views, bench }) {
  const { k, alpha, size, beta } = layer;
  const squares = Array.from(cell.patch.data, (x) => x * x);
  const own = cell.sites.findIndex((site) => site[0] === cell.cell[0]);
  const sum = added(squares);
  const bars = Array.from(cell.patch.data, (x, i) => ({
    label: `channel ${cell.sites[i][0]}`,
    value: squares[i],
    said: `${x < 0 ? `(${exact(x)})` : exact(x)}² = ${exact(squares[i])}`,
    chosen: i === own,
    onPick: () => bench.onMove(cell.inputs[0], cell.sites[i]),
  }));
  const numbers = `${exact(cell.patch.data[own])} / (${k} + ${alpha} / ${size} × ${exact(sum)})^${beta}`;
  return [
    equation(views.name, ["x / (k + alpha / size × sum of squares)^beta", numbers], cell.value),
    el("h3", {}, "The squares of the neighbouring channels"),
    barList(bars, squares, true),
    sumTable([], "sum of squares", sum),
  ];
}

/** The formula of a normalisation with its numbers, then the same as a sum. @type {Arithmetic} */
function norm(given) {
  const { node, cell, numbers, views, bench } = given;
  if (!numbers) return response(given);
  const { x, mean, variance, eps, scale, shift, slope, over } = numbers;
  const { session, onEdit } = bench;
  const { affine, kind } = node.layer;
  /** A number that is a parameter can be changed. @param {string} what @param {string} parameter @param {boolean} is */
  const named = (what, parameter, is) => {
    if (!is || !session.computes) return what;
    const key = session.net.parameterKey(node, parameter);
    const shape = session.weights.get(key)?.shape ?? [];
    const at = shape.length > 1 ? offset(shape, cell.cell) : cell.cell[0];
    return link(what, () => onEdit([key, at], what), `Change this ${what}`);
  };
  const batch = kind === "batch";
  const whose = batch ? `of channel ${cell.cell[0]}, kept from training` : `of ${over} cells`;
  const learnt = affine ? "a parameter" : "this layer has none";
  const plus = `× ${bracketed(scale ?? slope)} + ${bracketed(shift)}`;
  const known = variance !== null && scale !== null;
  const rows = [
    { label: "the cell x", value: x, note: "" },
    { label: named("mean", "running_mean", batch), value: mean, note: whose },
    variance !== null && { label: named("variance", "running_var", batch), value: variance, note: whose },
    variance !== null && { label: "eps", value: eps, note: "so that nothing is divided by zero" },
    known
      ? { label: named("scale", "weight", affine), value: scale, note: learnt }
      : { label: "scale / √(variance + eps)", value: slope, note: "" },
    { label: named("shift", "bias", affine), value: shift, note: learnt },
  ];
  const less = `(${exact(x)} − ${bracketed(mean)})`;
  const formula = known
    ? ["(x − mean) / √(variance + eps) × scale + shift", `${less} / √(${exact(variance)} + ${exact(eps)}) ${plus}`]
    : ["(x − mean) × slope + shift", `${less} × ${bracketed(slope)} + ${bracketed(shift)}`];
  const { count, mapped } = views.terms;
  return [
    equation(views.name, formula, cell.value),
    sumTable(rows.filter((row) => row !== false), "", 0, ""),
    el("h3", {}, "The same as a sum"),
    mapped
      ? views.grids("Every cell that the mean is taken over", "slopes")
      : count > 8
        ? views.pushes("this cell")
        : views.lines("+"),
    (mapped || count > 8) && views.sums(),
  ];
}

/** @type {Arithmetic} */
function convolution({ views }) {
  const { terms, sums, grids } = views;
  return terms.count
    ? [grids(`Patch, weights and products of ${terms.names.length} channels`, "weights"), sums()]
    : [el("p", {}, "No input is spread onto this place: only the bias stands here."), sums()];
}

/** @type {Arithmetic} */
function dense({ node, cell, views, bench: { session } }) {
  const { net, scene: { classes } } = session;
  const last = net.readers(node.name).every((reader) => reader.kind === "Activation");
  const named = classes && last && classes.length === node.shape[0];
  const maps = mapsBefore(net, node);
  return [
    views.pushes(named ? `“${classes[cell.cell[0]]}”` : `feature ${cell.cell[0]}`),
    maps && el("h3", {}, `The weights laid back on the maps of ${maps.node}, times what they see`),
    maps
      ? views.grids(`Inputs, weights and what each adds, in ${views.terms.names.length} maps`, "weights")
      : views.said,
    views.sums(),
  ];
}

/** @type {Arithmetic} */
function pool({ node, cell, views }) {
  const patch = Array.from(cell.patch.data);
  const { kind } = node.layer;
  if (kind.endsWith("average")) return [views.grids("The window", `each over ${patch.length}`), views.sums()];
  if (kind === "majority") {
    const votes = added(patch);
    const tie = `0, a tie: the window's first site decides, ${exact(patch[0])}, so`;
    return [
      views.grids("The window's votes"),
      sumTable([{ label: "sum of the votes", value: votes }], `its sign, ${views.name}`, cell.value),
      el("p", {}, `The votes add up to ${votes ? `${exact(votes)}:` : tie} the sign is ${exact(cell.value)}.`),
    ];
  }
  if (kind === "subsampling") return [views.grids("The window", "the channel's weight"), views.sums()];
  const first = patch.indexOf(cell.value);
  const winners = patch.filter((x) => x === cell.value).length;
  const at = first < 0 ? "none" : cellName(cell.inputs[0], cell.sites[first]);
  const said =
    winners > 1
      ? `${winners} cells share the largest value; the first of them, ${at}, is taken.`
      : `The largest is ${at}.`;
  return [views.grids("The window", undefined, first), el("p", {}, said)];
}

/** @type {Record<string, Arithmetic>} */
const ARITHMETIC = {
  Conv: convolution,
  ConvTranspose: convolution,
  Dense: dense,
  Pool: pool,
  Norm: norm,
  Distance: ({ views }) => [views.grids("Inputs, prototype and squares", "prototype"), views.sums()],
  Upsample: ({ views }) => [views.grids("The cells it lies between", "shares"), views.sums()],
  Activation: (given) => {
    const { node: { layer }, cell, views } = given;
    if (layer.function.endsWith("softmax")) return softmax(given);
    return [
      curve(layer.function, cell.patch.data[0], cell.value, layer.slope ?? 0, views.name),
      el("p", {}, "x is ", views.siteLink(0), "."),
    ];
  },
  Product: ({ views }) => [views.lines("×")],
  Sum: ({ views }) => [views.terms.count > 4 && views.bars(), views.lines("+")],
};

/** The curve that comes next. @param {Given} given */
function next({ cell, bench }) {
  if (!cell.activation) return null;
  const [name, does, y] = cell.activation;
  const { slope } = bench.session.net.node(name).layer;
  return el("section", { class: "next" },
    el("h3", {}, "Then ", link(cellName(name, cell.cell), () => bench.onMove(name, cell.cell))),
    does.endsWith("softmax")
      ? el("p", {}, `${does} makes it `, number(y), ".")
      : curve(does, cell.computed, y, slope ?? 0, does));
}

/** How many taps lie in the padding, and what stands there. @param {Given} given */
function outsideSentence({ node: { kind, layer }, views: { terms } }) {
  const beyond = range(terms.each).filter(terms.outside).length;
  if (!beyond) return "";
  const what = kind === "Conv" ? COPIES[layer.padding_mode] : layer.kind === "max" ? "nothing is" : "a zero is counted";
  return ` ${beyond} of ${terms.each} taps ${beyond === 1 ? "lies" : "lie"} outside the map, hatched: ${what} there.`;
}

/** @param {string} name @param {number} value @param {...Child} more */
export function result(name, value, ...more) {
  const shown = el("strong", { class: "number" }, exact(value));
  return el("p", { class: "result" }, el("span", { class: "out" }, name), " = ", shown, ...more);
}

/** @param {Given["node"]} node @param {Cell} cell @param {"torch" | "page"} by @param {Given["bench"]} bench */
export function cellBody(node, cell, by, bench) {
  const { session } = bench;
  const { dtype } = session.net;
  const numbers = normNumbers(node, cell, weightsOf(session.net, node, session.weights));
  const views = termViews(node, cell, bench);
  const given = { node, cell, numbers, views, bench };
  const moved = session.change(node.name, cell.cell);
  const changed = Math.abs(moved) > 2 * allowance(dtype) * cell.scale;
  const coded = by === "page" && Object.values(session.scene.values).some((ref) => ref.low);
  const rule = `${cell.rule[0].toUpperCase()}${cell.rule.slice(1)}.`;
  const group = groupSentence(node, cell.cell[0]);
  const arithmetic = ARITHMETIC[node.kind] ?? (() => [equation(views.name, [views.siteLink(0)], cell.value)]);
  const element = el("div", { class: "body" },
    result(views.name, cell.value,
      changed && el("span", { class: "changed" }, ` changed by ${short(moved, 4)} by what is edited`)),
    el("p", { class: "rule" }, rule, group && ` ${group}`, outsideSentence(given)),
    arithmetic(given),
    checkLine(cell, by, dtype),
    coded && muted(CODED),
    next(given));
  return { element, terms: views.terms, numbers };
}
