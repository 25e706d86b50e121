// The arithmetic of one cell, built anew for each cell: the terms as its kind of layer has them, the sum, the check.

import { weightsOf } from "locality/network";
import { signedRange } from "locality/parts/colour";
import { el, exact, short } from "locality/parts/dom";
import { normNumbers } from "locality/rooms/network/norm";
import { bars, pushes } from "locality/rooms/network/panel-bars";
import { allowance, checkLine, link, sumTable } from "locality/rooms/network/panel-parts";
import {
  curveSection,
  normSection,
  responseSection,
  softmaxSection,
  verdict,
} from "locality/rooms/network/panel-special";
import { termViews } from "locality/rooms/network/panel-terms";
import { cellName, mapsBefore, termsOf } from "locality/rooms/network/terms";
import { groupSentence } from "locality/rooms/network/words";

/** @typedef {import("locality/cell").Cell} Cell */
/** @typedef {import("locality/network").Node} Node */

const CODED =
  "This file keeps large maps in 8 bits: these numbers are near torch's, not equal to them. " +
  "What is done with them is exact.";

/** @typedef {import("locality/rooms/network/panel-terms").Bench} Bench */

/** @param {Node} node @param {Cell} cell @param {"torch" | "page"} by @param {Bench} bench */
export function cellBody(node, cell, by, bench) {
  const { session } = bench;
  const terms = termsOf(session.net, node, cell);
  const { said, redraws, grids, sums, bar, lines, siteLink } = termViews(node, cell, terms, bench);
  const numbers = normNumbers(node, cell, weightsOf(session.net, node, session.weights));
  const go = (/** @type {number[]} */ place) => bench.onMove(cell.inputs[0], place);

  /** @returns {import("locality/parts/dom").Child[]} */
  function arithmetic() {
    const { layer } = node;
    switch (node.kind) {
      case "Conv":
      case "ConvTranspose":
        if (!terms.count)
          return [el("p", {}, "No input is spread onto this place: only the bias stands here."), sums()];
        return [grids(`Patch, weights and products of ${terms.names.length} channels`, "weights"), sums()];
      case "Dense": {
        const what = classOf(node, cell);
        const maps = mapsBefore(session.net, node);
        const range = signedRange(cell.products.data);
        return [
          pushes(terms.count, (i) => cell.products.data[i], bar, what, range),
          maps ? el("h3", {}, `The weights laid back on the maps of ${maps.node}, times what they see`) : null,
          maps ? grids(`Inputs, weights and what each adds, in ${terms.names.length} maps`, "weights") : said,
          sums(),
        ];
      }
      case "Pool":
        if (layer.kind.endsWith("average")) return [grids("The window", `each over ${terms.count}`), sums()];
        if (layer.kind === "majority") {
          const votes = terms.sum(0);
          return [
            grids("The window's votes", null),
            sumTable(
              [{ label: "sum of the votes", value: votes }],
              `its sign, ${cellName(cell.node, cell.cell)}`,
              cell.value,
            ),
            el("p", {}, verdict(node, cell)),
          ];
        }
        return [grids("The window", null, cell.patch.data.indexOf(cell.value)), el("p", {}, verdict(node, cell))];
      case "Upsample":
        return [grids("The cells it lies between", "shares"), sums()];
      case "Norm":
        if (!numbers) return [responseSection(cell, node, go)];
        return [
          normSection(cell, numbers, node, session.computes ? editOf(node, cell) : null),
          el("h3", {}, "The same as a sum"),
          terms.mapped
            ? grids("Every cell that the mean is taken over", "slopes")
            : terms.count > 8
              ? pushes(terms.count, (i) => cell.products.data[i], bar, "this cell", signedRange(cell.products.data))
              : lines("+"),
          terms.mapped || terms.count > 8 ? sums() : null,
        ];
      case "Activation":
        if (layer.function.endsWith("softmax"))
          return [softmaxSection(node, cell, session.scene.classes, (place) => bench.onMove(node.name, place))];
        return [
          curveSection(layer.function, cell.patch.data[0], cell.value, layer.slope, cellName(cell.node, cell.cell)),
          el("p", {}, "x is ", siteLink(0), "."),
        ];
      case "Product":
        return [lines("×")];
      case "Sum":
        return [
          terms.count > 4
            ? bars(
                Array.from({ length: terms.count }, (_, i) => bar(i)),
                signedRange(cell.products.data),
              )
            : null,
          lines("+"),
        ];
      default:
        return [
          el(
            "p",
            { class: "formula" },
            el("span", { class: "out" }, cellName(cell.node, cell.cell)),
            " = ",
            siteLink(0),
            " = ",
            el("strong", {}, exact(cell.value)),
          ),
        ];
    }
  }

  /** @param {Node} norm @param {Cell} its @returns {import("locality/rooms/network/panel-special").Pick} */
  function editOf(norm, its) {
    return (parameter, what) => {
      const key = session.net.parameterKey(norm, parameter);
      const shape = session.weights.get(key)?.shape ?? [];
      bench.onEdit(
        [key, shape.length > 1 ? its.cell.reduce((at, x, axis) => at * shape[axis] + x, 0) : its.cell[0]],
        what,
      );
    };
  }

  /** The class that a last dense layer speaks for, or the feature. @param {Node} dense @param {Cell} its */
  function classOf(dense, its) {
    const { classes } = session.scene;
    const last = session.net.readers(dense.name).every((reader) => reader.kind === "Activation");
    return classes && last && classes.length === dense.shape[0]
      ? `“${classes[its.cell[0]]}”`
      : `feature ${its.cell[0]}`;
  }

  /** The curve that comes next. */
  function next() {
    if (!cell.activation) return null;
    const [name, curve, y] = cell.activation;
    const reader = session.net.node(name);
    const way = link(cellName(name, cell.cell), () => bench.onMove(name, cell.cell), "Go to this cell");
    return el(
      "section",
      { class: "next" },
      el("h3", {}, "Then ", way),
      curve.endsWith("softmax")
        ? el("p", {}, `${curve} makes it `, el("span", { class: "number" }, exact(y)), ".")
        : curveSection(curve, cell.computed, y, reader.layer.slope, curve),
    );
  }

  const moved = session.change(node.name, cell.cell);
  const change = Math.abs(moved) > 2 * allowance(session.net.dtype) * cell.scale ? moved : 0;
  const coded = by === "page" && Object.values(session.scene.values).some((ref) => ref.low);
  const [group, beyond] = [groupSentence(node, cell.cell[0]), outsideSentence(node, terms)];
  const rule = cell.rule[0].toUpperCase() + cell.rule.slice(1);
  const element = el(
    "div",
    { class: "body" },
    el(
      "p",
      { class: "result" },
      el("span", { class: "out" }, cellName(cell.node, cell.cell)),
      " = ",
      el("strong", { class: "number" }, exact(cell.value)),
      change ? el("span", { class: "changed" }, ` changed by ${short(change, 4)} by what is edited`) : null,
    ),
    el("p", { class: "rule" }, `${rule}.`, group ? ` ${group}` : "", beyond ? ` ${beyond}` : ""),
    arithmetic(),
    checkLine(cell, by, session.net.dtype),
    coded ? el("p", { class: "muted" }, CODED) : null,
    next(),
  );
  return {
    element,
    terms,
    numbers,
    redraw: (/** @type {number} */ width) => redraws.forEach((redraw) => redraw(width)),
  };
}

const COPIES = {
  zeros: "zeros stand",
  edge: "the nearest cell of the edge is copied",
  reflect: "the cell mirrored at the edge is copied",
  wrap: "the cell of the opposite side is copied",
};

/** How many taps lie in the padding, and what stands there. @param {Node} node
 *  @param {import("locality/rooms/network/terms").Terms} terms */
function outsideSentence({ kind, layer }, terms) {
  if (!["Conv", "Pool"].includes(kind)) return "";
  let beyond = 0;
  for (let i = 0; i < terms.each; i++) beyond += Number(terms.outside(i));
  if (!beyond) return "";
  const copied = COPIES[/** @type {"edge"} */ (layer.padding_mode)];
  const what = kind === "Conv" ? copied : layer.kind === "max" ? "nothing is" : "a zero is counted";
  return `${beyond} of ${terms.each} taps ${beyond === 1 ? "lies" : "lie"} outside the map, hatched: ${what} there.`;
}
