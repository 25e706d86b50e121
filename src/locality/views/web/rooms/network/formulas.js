// One cell as a program to take away, for NumPy and for PyTorch: it prints the cell's value in float64.

import { FUNCTIONS } from "locality/rooms/network/functions";
import { ownOf } from "locality/rooms/network/latex";

export { latex } from "locality/rooms/network/latex";

/** @typedef {import("locality/network").Node} Node */
/** @typedef {import("locality/cell").Cell} Cell */
/** @typedef {import("locality/rooms/network/norm").NormNumbers} NormNumbers */

/** @param {number} x @param {string} infinity */
function literal(x, infinity) {
  if (Number.isNaN(x)) return infinity.replace("inf", "nan");
  return Number.isFinite(x) ? String(x) : `${x < 0 ? "-" : ""}${infinity}`;
}

/** Nested brackets, one row of the array a line. @param {ArrayLike<number>} data @param {number[]} shape
 *  @param {string} infinity @param {string} indent @returns {string} */
function nested(data, shape, infinity, indent) {
  if (shape.length <= 1) {
    const all = Array.from(data, (x) => literal(x, infinity));
    const lines = [];
    for (let i = 0; i < all.length; i += 8) lines.push(all.slice(i, i + 8).join(", "));
    return `[${lines.join(`,\n${indent} `)}]`;
  }
  const each = data.length / shape[0];
  const parts = Array.from({ length: shape[0] }, (_, i) =>
    nested(Array.prototype.slice.call(data, i * each, (i + 1) * each), shape.slice(1), infinity, `${indent} `),
  );
  return `[${parts.join(`,\n${indent} `)}]`;
}

/** The first line says which cell it is; a name may hold anything, a comment no new line.
 *  @param {Cell} cell */
const comment = (cell) => `# ${cell.node.replace(/\s+/g, " ")}[${cell.cell.join(", ")}]: ${cell.rule}`;

/** @param {Node} node @param {Cell} cell @param {NormNumbers | null} [numbers] */
export function numpy(node, cell, numbers = null) {
  const { layer, kind } = node;
  const num = (/** @type {number} */ x) => literal(x, "np.inf");
  const array = (/** @type {string} */ name, /** @type {import("locality/tensor").Tensor} */ { data, shape }) =>
    data.length
      ? `${name} = np.array(\n    ${nested(data, shape, "np.inf", "    ")},\n    dtype=np.float64,\n)`
      : `${name} = np.zeros(${pyShape(shape)})`;
  const patch = array("patch", cell.patch);
  /** @type {string[]} */
  let lines;
  if (numbers) lines = [...normLines(numbers, num), normValue(numbers, "np.sqrt")];
  else if (kind === "Norm") {
    lines = [
      patch,
      `own = ${ownOf(cell)}`,
      `value = patch[own] / (${num(layer.k)} + ${num(layer.alpha)} / ${layer.size} * (patch**2).sum()) ** ${num(layer.beta)}`,
    ];
  } else if (kind === "Pool" && layer.kind.endsWith("max")) lines = [patch, "value = patch.max()"];
  else if (kind === "Pool" && layer.kind === "majority") {
    lines = [patch, "value = np.sign(patch.sum() or patch.flat[0])  # a tie goes to the first site"];
  } else if (kind === "Activation" && layer.function.endsWith("softmax")) {
    const own = cell.cell[0];
    const last =
      layer.function === "softmax"
        ? `powers[${own}] / powers.sum()`
        : `patch[${own}] - patch.max() - np.log(powers.sum())`;
    lines = [patch, "powers = np.exp(patch - patch.max())", `value = ${last}`];
  } else if (kind === "Activation")
    lines = [`x = ${num(cell.patch.data[0])}`, `value = ${FUNCTIONS[layer.function].numpy(num(layer.slope ?? 0))}`];
  else if (kind === "Product") lines = [patch, "value = patch.prod()"];
  else if (cell.weights) {
    const bias = node.parameters.bias ? [`bias = ${num(cell.bias)}`] : [];
    lines = [
      patch,
      array("kernel", cell.weights),
      ...bias,
      `value = (patch * kernel).sum()${bias.length ? " + bias" : ""}`,
    ];
  } else lines = [patch, "value = patch.sum()"];
  const erf = lines.some((line) => line.includes("erf(")) ? "from math import erf\n\n" : "";
  return `${comment(cell)}\n${erf}import numpy as np\n\n${lines.join("\n")}\nprint(float(value))\n`;
}

/** @param {readonly number[]} shape */
const pyShape = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/** @param {NormNumbers} numbers @param {(x: number) => string} num */
function normLines({ x, mean, variance, eps, scale, shift, slope }, num) {
  const spread =
    variance === null || scale === null
      ? [`slope = ${num(slope)}`]
      : [`variance = ${num(variance)}`, `eps = ${num(eps)}`, `scale = ${num(scale)}`];
  return [`x = ${num(x)}`, `mean = ${num(mean)}`, ...spread, `shift = ${num(shift)}`];
}

/** @param {NormNumbers} numbers @param {string} root */
const normValue = ({ variance, scale }, root) =>
  variance === null || scale === null
    ? "value = (x - mean) * slope + shift"
    : `value = (x - mean) / ${root}(variance + eps) * scale + shift`;

/** @param {Node} node @param {Cell} cell @param {NormNumbers | null} [numbers] */
export function pytorch(node, cell, numbers = null) {
  const { layer, kind } = node;
  const num = (/** @type {number} */ x) => literal(x, 'float("inf")');
  const array = (/** @type {string} */ name, /** @type {import("locality/tensor").Tensor} */ { data, shape }) =>
    data.length
      ? `${name} = torch.tensor(\n    ${nested(data, shape, 'float("inf")', "    ")},\n    dtype=torch.float64,\n)`
      : `${name} = torch.zeros(${pyShape(shape)}, dtype=torch.float64)`;
  const one = (/** @type {number} */ x) => `torch.tensor([${num(x)}], dtype=torch.float64)`;
  const patch = array("patch", cell.patch);
  const axes = cell.patch.shape.length;
  /** @type {string[]} */
  let lines;
  if (numbers && numbers.over) {
    lines = [
      patch,
      `normal = F.layer_norm(patch, patch.shape, eps=${num(numbers.eps)})`,
      `value = normal.flatten()[${numbers.own}] * ${num(numbers.scale ?? 1)} + ${num(numbers.shift)}`,
    ];
  } else if (numbers && numbers.variance !== null && numbers.scale !== null) {
    const names = /** @type {[string, number][]} */ ([
      ["mean", numbers.mean],
      ["variance", numbers.variance],
      ["scale", numbers.scale],
      ["shift", numbers.shift],
    ]);
    lines = [
      `x = ${one(numbers.x)}[None]`,
      ...names.map(([name, x]) => `${name} = ${one(x)}`),
      `value = F.batch_norm(x, mean, variance, scale, shift, eps=${num(numbers.eps)})`,
    ];
  } else if (numbers) lines = [...normLines(numbers, num), normValue(numbers, "")];
  else if (kind === "Norm") {
    lines = [
      patch,
      `normal = F.local_response_norm(patch[None, :, None], ${layer.size}, alpha=${num(layer.alpha)}, beta=${num(layer.beta)}, k=${num(layer.k)})`,
      `value = normal[0, ${ownOf(cell)}, 0]`,
    ];
  } else if (kind === "Pool" && layer.kind !== "majority") {
    const name = layer.kind.endsWith("max") ? "max" : "avg";
    lines = [patch, `value = F.${name}_pool${axes}d(patch[None, None], patch.shape)`];
  } else if (kind === "Pool")
    lines = [patch, "value = torch.sign(patch.sum() or patch.flatten()[0])  # a tie goes to the first site"];
  else if (kind === "Activation" && layer.function.endsWith("softmax"))
    lines = [patch, `value = torch.${layer.function}(patch, dim=0)[${cell.cell[0]}]`];
  else if (kind === "Activation")
    lines = [`x = ${one(cell.patch.data[0])}`, `value = ${FUNCTIONS[layer.function].torch(num(layer.slope ?? 0))}`];
  else if (kind === "Product") lines = [patch, "value = patch.prod()"];
  else if (cell.weights) {
    const bias = node.parameters.bias ? [`bias = ${one(cell.bias)}`] : [];
    const plain = kind === "Conv" && axes === node.inShapes[0].length;
    const added = bias.length ? ", bias" : "";
    const called =
      plain && axes > 1
        ? `F.conv${axes - 1}d(patch[None], kernel[None]${added})`
        : kind === "Dense"
          ? `F.linear(patch, kernel[None]${added})`
          : `(patch * kernel).sum()${bias.length ? " + bias" : ""}`;
    lines = [patch, array("kernel", cell.weights), ...bias, `value = ${called}`];
  } else lines = [patch, "value = patch.sum()"];
  const functional = lines.some((line) => line.includes("F.")) ? "import torch.nn.functional as F\n" : "";
  return `${comment(cell)}\nimport torch\n${functional}\n${lines.join("\n")}\nprint(float(value))\n`;
}
