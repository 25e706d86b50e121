/** One output cell spelled out: its patch, its weights, their products, the bias, and the sum. As Python's
 *  network/cell.py, in float64, whatever the network's precision. */

import { RULES } from "locality/layers";
import { weightsOf } from "locality/network";
import { ShapeError } from "locality/geometry";
import { at, shapeText } from "locality/tensor";

/** @typedef {import("locality/network").Net} Net */
/** @typedef {import("locality/tensor").Tensor} Tensor */

/** @typedef {object} Cell
 *  @property {string} node
 *  @property {string} kind the layer's word
 *  @property {number[]} cell
 *  @property {string[]} inputs the nodes read: one for each entry of a sum or a product, of a concatenation the one
 *    from which this cell comes
 *  @property {Tensor} patch
 *  @property {Tensor | null} weights null where nothing is multiplied
 *  @property {Tensor} products
 *  @property {number} bias
 *  @property {number} value the sum of the products plus the bias; of the majority rule the sign of that sum
 *  @property {number} computed what stands in the values, in the network's precision
 *  @property {number[][]} sites for each entry of the patch its cell in the input, all -1 where it is none
 *  @property {string} rule what is done, in words
 *  @property {[string, string, number] | null} activation node, function and value of the curve that reads this node
 *  @property {number} scale |bias| + sum of |products|: the size against which rounding is measured */

/** @param {Net} net @param {Map<string, Tensor>} values by node @param {Map<string, Tensor>} weights by torch's names
 *  @param {string} name @param {number[]} place (channel, ...space) @returns {Cell} */
export function explain(net, values, weights, name, place) {
  const node = net.node(name);
  const inside = node.shape.every((size, i) => Number.isInteger(place[i]) && place[i] >= 0 && place[i] < size);
  if (place.length !== node.shape.length || !inside) {
    throw new ShapeError(
      `${name}: there is no cell (${place.join(", ")}) in its output ${shapeText(node.shape)}. ` +
        "Give (channel, *space), counted from 0.",
    );
  }
  /** @param {string} source */
  const valuesOf = (source) => {
    const found = values.get(source);
    if (!found) throw new Error(`${name}: the values of ${source} are not there. Compute it first.`);
    return found;
  };
  const inputs = node.inputs.map(valuesOf);
  const terms = RULES[node.kind].cell(node.layer, inputs, weightsOf(net, node, weights), place);
  const bias = terms.bias ?? 0;
  let [sum, scale] = [0, Math.abs(bias)];
  for (const product of terms.products.data) {
    sum += product;
    scale += Math.abs(product);
  }
  return {
    node: name,
    kind: node.word,
    cell: place,
    inputs: terms.reads === undefined ? node.inputs : [node.inputs[terms.reads]],
    patch: terms.patch,
    weights: terms.weights ?? null,
    products: terms.products,
    bias,
    value: terms.value ?? sum + bias,
    computed: at(valuesOf(name), place),
    sites: terms.sites,
    rule: terms.rule,
    activation: activation(net, values, name, place),
    scale,
  };
}

/** @param {Net} net @param {Map<string, Tensor>} values @param {string} name @param {number[]} place
 *  @returns {[string, string, number] | null} */
function activation(net, values, name, place) {
  const readers = net.readers(name);
  const found = readers.length === 1 && readers[0].kind === "Activation" ? values.get(readers[0].name) : null;
  return found ? [readers[0].name, readers[0].layer.function, at(found, place)] : null;
}
