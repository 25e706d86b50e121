// One cell as a formula in LaTeX, with its numbers in it. A long sum is cut, and says what was left out.

import { FUNCTIONS } from "locality/rooms/network/functions";

/** @typedef {import("locality/network").Node} Node */
/** @typedef {import("locality/cell").Cell} Cell */
/** @typedef {import("locality/rooms/network/norm").NormNumbers} NormNumbers */

const MOST = 12; // terms of a sum that LaTeX writes out
const SHOWN = 6; // terms that it writes of a longer one

/** @param {number} x @returns {string} */
function tex(x) {
  if (Number.isNaN(x)) return "\\text{nan}";
  if (!Number.isFinite(x)) return x < 0 ? "-\\infty" : "\\infty";
  const [digits, exponent] = String(x).split("e");
  return exponent ? `${digits} \\times 10^{${Number(exponent)}}` : digits;
}

/** A factor, in brackets where a sign or a power would be misread. @param {number} x */
const factor = (x) => (x < 0 || /e/.test(String(x)) ? `(${tex(x)})` : tex(x));

/** @param {string} name */
const texName = (name) =>
  name
    .replace(/\s+/g, " ")
    .replace(/[\\{}$&#^_%~]/g, (c) => (c === "\\" ? "\\textbackslash{}" : "^~".includes(c) ? `\\${c}{}` : `\\${c}`));

/** @param {Node} node @param {Cell} cell @param {NormNumbers | null} [numbers] */
export function latex(node, cell, numbers = null) {
  const left = `\\text{${texName(cell.node)}}_{${cell.cell.join(",")}}`;
  return `\\begin{aligned}\n${left} &= ${texBody(node, cell, numbers)} \\\\\n&= ${tex(cell.value)}\n\\end{aligned}`;
}

/** @param {Node} node @param {Cell} cell @param {NormNumbers | null} numbers @returns {string} */
function texBody(node, cell, numbers) {
  const { layer, kind } = node;
  const patch = [...cell.patch.data];
  const listed =
    patch.length > MOST ? `${patch.slice(0, SHOWN).map(tex).join(", ")}, \\ldots` : patch.map(tex).join(", ");
  if (numbers) {
    const { x, mean, variance, eps, scale, shift, slope } = numbers;
    const less = `${tex(x)} - ${factor(mean)}`;
    if (variance === null || scale === null) return `\\left(${less}\\right) \\cdot ${factor(slope)} + ${factor(shift)}`;
    return `\\frac{${less}}{\\sqrt{${tex(variance)} + ${tex(eps)}}} \\cdot ${factor(scale)} + ${factor(shift)}`;
  }
  if (kind === "Norm") {
    const squares = patch.reduce((sum, x) => sum + x * x, 0);
    const own = patch[ownOf(cell)];
    const sum = patch.length > MOST ? tex(squares) : `\\left(${patch.map((x) => `${factor(x)}^2`).join(" + ")}\\right)`;
    return `\\frac{${tex(own)}}{\\left(${tex(layer.k)} + \\frac{${tex(layer.alpha)}}{${layer.size}} \\cdot ${sum}\\right)^{${tex(layer.beta)}}}`;
  }
  if (kind === "Pool" && layer.kind.endsWith("max")) {
    return `\\max\\left(${listed}\\right)${patch.length > MOST ? ` \\quad \\text{(${patch.length} cells)}` : ""}`;
  }
  if (kind === "Pool" && layer.kind === "majority") {
    const sum = patch.reduce((a, b) => a + b, 0);
    const tie = sum ? "" : ` \\quad \\text{(a tie: the first site, } ${tex(patch[0])} \\text{, decides)}`;
    return `\\operatorname{sign}\\left(${texSum(patch.map(tex), patch)}\\right)${tie}`;
  }
  if (kind === "Activation" && layer.function.endsWith("softmax")) {
    const powers = patch.map((x) => `e^{${tex(x)}}`);
    const total = patch.reduce((sum, x) => sum + Math.exp(x), 0);
    const under = texSum(powers, patch.map(Math.exp), Number.isFinite(total));
    const own = tex(patch[cell.cell[0]]);
    return layer.function === "softmax" ? `\\frac{e^{${own}}}{${under}}` : `${own} - \\ln\\left(${under}\\right)`;
  }
  if (kind === "Activation")
    return FUNCTIONS[layer.function].tex(tex(patch[0]), factor(patch[0]), tex(layer.slope ?? 0));
  if (kind === "Product") return patch.map(factor).join(" \\cdot ");
  const products = [...cell.products.data];
  const weights = cell.weights;
  const terms = patch.map((x, i) => (weights ? `${tex(x)} \\cdot ${factor(weights.data[i])}` : tex(x)));
  const sum = terms.length ? texSum(terms, products) : "0";
  return cell.weights && node.parameters.bias ? `${sum} + ${factor(cell.bias)}` : sum;
}

/** Terms added up; of a long sum the first few, and how many more there are with what they come to.
 *  @param {string[]} terms @param {number[]} values */
function texSum(terms, values, total = true) {
  const plus = (/** @type {string[]} */ some) =>
    some.map((term, i) => (i && term.startsWith("-") ? `(${term})` : term)).join(" + ");
  if (terms.length <= MOST) return plus(terms);
  const rest = values.slice(SHOWN).reduce((a, b) => a + b, 0);
  const said = total ? ` \\text{ more terms, together } ${tex(rest)}` : " \\text{ more terms}";
  return `${plus(terms.slice(0, SHOWN))} + \\underbrace{\\cdots}_{${terms.length - SHOWN}${said}}`;
}

/** Where a cell's own channel stands among its neighbours. @param {Cell} cell */
export const ownOf = (cell) => cell.sites.findIndex((site) => site[0] === cell.cell[0]);
