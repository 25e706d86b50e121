/** One output cell spelled out: its patch, its weights, their products, the bias, and the sum. As Python's
 *  network/cell.py, in float64, whatever the network's precision. */

import { ShapeError } from "locality/geometry";
import { RULES } from "locality/layers";
import { valuesFor, weightsOf } from "locality/network";
import { at, shapeText, total, wide } from "locality/tensor";

/** @typedef {import("locality/network").Net} Net */
/** @typedef {import("locality/network").Tensors} Tensors */
/** @typedef {ReturnType<typeof explain>} Cell */

/** `value` is the sum of the products plus the bias, `computed` what stands in the values, `scale` the sum of all
 *  sizes, against which rounding is measured, `activation` the curve that reads this node.
 *  @param {Net} net @param {Tensors} values @param {Tensors} weights @param {string} name @param {number[]} cell */
export function explain(net, values, weights, name, cell) {
  const node = net.node(name);
  const inside = node.shape.every((size, i) => Number.isInteger(cell[i]) && cell[i] >= 0 && cell[i] < size);
  if (cell.length !== node.shape.length || !inside) {
    throw new ShapeError(
      `${name}: there is no cell (${cell.join(", ")}) in its output ${shapeText(node.shape)}. ` +
        "Give (channel, *space), counted from 0.",
    );
  }
  const valuesOf = valuesFor(name, values);
  const terms = RULES[node.kind].cell(node.layer, node.inputs.map(valuesOf), weightsOf(net, node, weights), cell);
  const { patch, sites, rule, bias = 0, reads } = terms;
  const factors = terms.weights?.data;
  const products = terms.products ?? wide(patch.shape, patch.data.map((x, i) => (factors ? x * factors[i] : x)));
  const sum = total(products.data, (x) => x);
  const [reader, ...others] = net.readers(name);
  const curve = reader?.kind === "Activation" && !others.length && values.get(reader.name);
  /** @type {[string, string, number] | null} */
  const activation = curve ? [reader.name, reader.layer.function, at(curve, cell)] : null;
  return {
    node: name,
    kind: node.word,
    cell,
    inputs: reads === undefined ? node.inputs : [node.inputs[reads]],
    patch,
    weights: terms.weights ?? null,
    products,
    bias,
    value: terms.value ?? sum + bias,
    computed: at(valuesOf(name), cell),
    sites,
    rule,
    activation,
    scale: Math.abs(bias) + total(products.data, Math.abs),
  };
}
