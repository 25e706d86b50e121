// One cell to take away: a formula in LaTeX with its numbers in it, and programs for NumPy and PyTorch that print its
// value in float64.

import { range } from "locality/tensor";
import { FUNCTIONS, written } from "locality/rooms/network/functions";
import { added } from "locality/rooms/network/terms";

/** @typedef {[node: import("locality/network").Node, cell: import("locality/cell").Cell,
 *  numbers?: import("locality/rooms/network/norm").NormNumbers | null]} Given */
/** @typedef {(i: number) => string} Writer */

const { raw } = String;
const MOST = 12; // terms of a sum that LaTeX writes out
const SHOWN = 6; // terms that it writes of a longer one

/** @param {number} x */
function tex(x) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? raw`\text{nan}` : x < 0 ? raw`-\infty` : raw`\infty`;
  const [digits, exponent] = String(x).split("e");
  return exponent ? raw`${digits} \times 10^{${Number(exponent)}}` : digits;
}

/** A factor, in brackets where a sign or a power would be misread. @param {number} x */
const factor = (x) => (x < 0 || /e/.test(String(x)) ? `(${tex(x)})` : tex(x));

/** Terms added up; of a long sum the first few, and how many more there are with what they come to.
 *  @param {number} count @param {Writer} term @param {(i: number) => number} value */
function sum(count, term, value) {
  const first = range(count > MOST ? SHOWN : count).map(term);
  const shown = first.map((text, i) => (i && text.startsWith("-") ? `(${text})` : text)).join(" + ");
  if (count <= MOST) return shown;
  const rest = added(range(count).map(value), SHOWN);
  const together = Number.isFinite(rest) ? raw`, together } ${tex(rest)}` : "}";
  return raw`${shown} + \underbrace{\cdots}_{${count - SHOWN} \text{ more terms${together}}`;
}

/** The cell in [LaTeX, NumPy, PyTorch where it is no twin of NumPy]; programs name what they need of NAMES.
 *  @param {Given} given @returns {[string, string, string?]} */
function forms(...given) {
  const [node, cell, numbers] = given;
  const { layer, kind, parameters } = node;
  const { weights, products } = cell;
  const patch = cell.patch.data;
  const [count, axes, channel] = [patch.length, cell.patch.shape.length, cell.cell[0]];
  const one = (/** @type {number} */ i) => tex(patch[i]);
  if (numbers) {
    const { x, mean, variance, eps, scale, shift, slope, over, own } = numbers;
    const less = `${tex(x)} - ${factor(mean)}`;
    if (variance === null || scale === null) {
      const formula = raw`\left(${less}\right) \cdot ${factor(slope)} + ${factor(shift)}`;
      return [formula, "value = (x - mean) * slope + shift"];
    }
    return [
      raw`\frac{${less}}{\sqrt{${tex(variance)} + ${tex(eps)}}} \cdot ${factor(scale)} + ${factor(shift)}`,
      "value = (x - mean) / np.sqrt(variance + eps) * scale + shift",
      over
        ? `normal = F.layer_norm(patch, patch.shape, eps=eps)\nvalue = normal.flatten()[${own}] * scale + shift`
        : "value = F.batch_norm(x[None], mean, variance, scale, shift, eps=eps)",
    ];
  }
  if (kind === "Norm") {
    const { k, alpha, beta, size } = layer;
    const own = cell.sites.findIndex((site) => site[0] === channel);
    const squares = Array.from(patch, (x) => `${factor(x)}^2`).join(" + ");
    const under = count > MOST ? tex(added(patch.map((x) => x * x))) : raw`\left(${squares}\right)`;
    return [
      raw`\frac{${one(own)}}{\left(${tex(k)} + \frac{${tex(alpha)}}{${size}} \cdot ${under}\right)^{${tex(beta)}}}`,
      `value = patch[${own}] / (${k} + ${alpha} / ${size} * (patch**2).sum()) ** ${beta}`,
      `value = F.local_response_norm(patch[None, :, None], ${size}, ${alpha}, ${beta}, ${k})[0, ${own}, 0]`,
    ];
  }
  if (kind === "Pool" && layer.kind.endsWith("max")) {
    const shown = range(count > MOST ? SHOWN : count).map(one).join(", ");
    const [rest, said] = count > MOST ? [raw`, \ldots`, raw` \quad \text{(${count} cells)}`] : ["", ""];
    return [
      raw`\max\left(${shown}${rest}\right)${said}`,
      "value = patch.max()",
      `value = F.max_pool${axes}d(patch[None, None], patch.shape)`,
    ];
  }
  if (kind === "Pool" && layer.kind === "majority") {
    const tie = raw` \quad \text{(a tie: the first site, } ${one(0)} \text{, decides)}`;
    return [
      raw`\operatorname{sign}\left(${sum(count, one, (i) => patch[i])}\right)${added(patch) ? "" : tie}`,
      "value = np.sign(patch.sum() or patch.flatten()[0])  # a tie goes to the first site",
    ];
  }
  if (kind === "Activation" && layer.function.endsWith("softmax")) {
    const soft = layer.function === "softmax";
    const under = sum(count, (i) => `e^{${one(i)}}`, (i) => Math.exp(patch[i]));
    return [
      soft ? raw`\frac{e^{${one(channel)}}}{${under}}` : raw`${one(channel)} - \ln\left(${under}\right)`,
      "powers = np.exp(patch - patch.max())\nvalue = " +
        (soft ? `powers[${channel}] / powers.sum()` : `patch[${channel}] - patch.max() - np.log(powers.sum())`),
      `value = torch.${layer.function}(patch, dim=0)[${channel}]`,
    ];
  }
  if (kind === "Activation") {
    const [formula, code, , torch = `F.${layer.function}(x)`] = FUNCTIONS[layer.function];
    const slope = layer.slope ?? 0;
    const shown = written(formula, tex(slope), one(0), factor(patch[0]));
    return [shown, `value = ${written(code, slope)}`, `value = ${written(torch, slope)}`];
  }
  if (kind === "Distance") {
    const squares = sum(count, (i) => raw`\left(${one(i)} - ${factor(weights?.data[i] ?? 0)}\right)^2`, (i) => -products.data[i]);
    return [raw`-\left(${squares}\right)`, "value = -((patch - kernel) ** 2).sum()"];
  }
  if (kind === "Product") return [Array.from(patch, factor).join(raw` \cdot `), "value = patch.prod()"];
  const term = (/** @type {number} */ i) => (weights ? raw`${one(i)} \cdot ${factor(weights.data[i])}` : one(i));
  const total = count ? sum(count, term, (i) => products.data[i]) : "0";
  if (!weights) return [total, "value = patch.sum()"];
  const [plus, passed] = parameters.bias ? [" + bias", ", bias"] : ["", ""];
  const called = {
    Conv: axes > 1 && axes === node.inShapes[0].length && `F.conv${axes - 1}d(patch[None], kernel[None]${passed})`,
    Dense: `F.linear(patch, kernel[None]${passed})`,
    Pool: !parameters.bias && `F.avg_pool${axes}d(patch[None, None], patch.shape)`,
  }[kind];
  const formula = plus ? `${total} + ${factor(cell.bias)}` : total;
  return [formula, `value = (patch * kernel).sum()${plus}`, called ? `value = ${called}` : undefined];
}

/** @param {Given} given */
export function latex(...given) {
  const [, { node, cell, value }] = given;
  const name = node
    .replace(/\s+/g, " ")
    .replace(/[\\{}$&#^_%~]/g, (c) => (c === "\\" ? "\\textbackslash{}" : `\\${c}${"^~".includes(c) ? "{}" : ""}`));
  const left = raw`\text{${name}}_{${cell.join(",")}}`;
  return `\\begin{aligned}\n${left} &= ${forms(...given)[0]} \\\\\n&= ${tex(value)}\n\\end{aligned}`;
}

const NAMES = ["patch", "kernel", "x", "mean", "variance", "eps", "scale", "shift", "slope", "bias"];
const IMPORTS = Object.entries({
  "math.": "import math\n",
  "np.": "import numpy as np\n",
  "torch.": "import torch\n",
  "F.": "import torch.nn.functional as F\n",
});

/** @param {string} library @param {string} array @param {string} infinity @param {Given} given */
function program(library, array, infinity, given) {
  const [, cell, numbers] = given;
  const [, code, other = code.replaceAll("np.", "torch.")] = forms(...given);
  const own = library === "np" ? code : other;
  const { patch, weights, bias } = cell;
  const meaning = /** @type {Record<string, any>} */ ({ patch, kernel: weights, bias, x: patch.data[0], ...numbers });
  const literal = (/** @type {number} */ x) =>
    Number.isNaN(x) ? infinity.replace("inf", "nan") : String(x).replace("Infinity", infinity);
  const lines = NAMES.filter((name) => RegExp(`\\b${name}\\b`).test(own)).map((name) => {
    const value = meaning[name];
    const single = typeof value === "number";
    if (single && (library === "np" || name === "eps")) return `${name} = ${literal(value)}`;
    const { data, shape } = single ? { data: [value], shape: [1] } : value;
    const all = Array.from(data, literal);
    const wide = Math.min(8, shape[shape.length - 1]) || 1;
    const rows = range(Math.ceil(all.length / wide)).map((i) => all.slice(i * wide, (i + 1) * wide).join(", "));
    const text = rows.length > 1 ? `[\n    ${rows.join(",\n    ")},\n]` : `[${rows.join()}]`;
    const shaped = shape.length > 1 ? `.reshape(${shape.join(", ")})` : "";
    return `${name} = ${library}.${array}(${text}, dtype=${library}.float64)${shaped}`;
  });
  const body = [...lines, own].join("\n");
  const imports = IMPORTS.filter(([use]) => body.includes(use)).map(([, line]) => line);
  const title = `# ${cell.node.replace(/\s+/g, " ")}[${cell.cell.join(", ")}]: ${cell.rule}`;
  return `${title}\n${imports.join("")}\n${body}\nprint(float(value))\n`;
}

/** @param {Given} given */
export const numpy = (...given) => program("np", "array", "np.inf", given);

/** @param {Given} given */
export const pytorch = (...given) => program("torch", "tensor", 'float("inf")', given);
