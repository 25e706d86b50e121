/** A network as the page reads it: named nodes, each with a layer, its inputs, its shapes and its costs. */

import { RULES } from "locality/layers";
import { count } from "locality/tensor";

/** @typedef {ReturnType<typeof readNode>} Node */
/** @typedef {ReturnType<typeof readNetwork>} Net */
/** @typedef {Map<string, import("locality/tensor").Tensor>} Tensors by node, or keyed like torch's state dict */
/** @typedef {{name: string, layer: string, inputs: string[], weights?: string} & Record<string, any>} Plain */

/** The network of what Python's `to_dict` gave, its nodes in the order they are computed.
 *  @param {{name: string, input: number[], dtype: string, nodes: any[], heads?: string[]}} plain */
export function readNetwork({ name, input, dtype, nodes: plain, heads = [] }) {
  const shapes = new Map([["input", input]]);
  const nodes = plain.map((entry) => readNode(entry, shapes));
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return {
    name,
    input,
    dtype,
    nodes,
    /** Nodes that nobody reads and that are not the output: auxiliary classifiers. */
    heads,
    shapes,
    /** @param {string} name */
    node: (name) => {
      const found = byName.get(name);
      if (!found) throw new Error(`There is no node ${JSON.stringify(name)}.`);
      return found;
    },
    /** @param {string} name */
    readers: (name) => nodes.filter((node) => node.inputs.includes(name)),
    /** Where a parameter stands: conv1.weight. @param {Node} node @param {string} parameter */
    parameterKey: ({ name, weights }, parameter) =>
      `${parameter.startsWith("running") ? name : (weights ?? name)}.${parameter}`,
  };
}

/** `weights` is the node whose parameters this one shares.
 *  @param {Plain} entry @param {Map<string, number[]>} shapes */
function readNode({ name, layer: kind, inputs, weights, ...given }, shapes) {
  const rule = RULES[kind];
  const layer = { ...rule.defaults, ...given };
  const inShapes = inputs.map((source) => shapes.get(source) ?? []);
  const shape = rule.shape(layer, inShapes);
  shapes.set(name, shape);
  const parameters = rule.parameters(layer, inShapes);
  return {
    name,
    kind,
    word: rule.word(layer),
    layer,
    inputs,
    weights: weights ?? null,
    shape,
    inShapes,
    parameters,
    parameterCount: weights ? 0 : Object.values(parameters).reduce((all, each) => all + count(each), 0),
    macs: rule.macs(layer, inShapes),
  };
}

/** What a node multiplies with, by short name.
 *  @param {Net} net @param {Node} node @param {Tensors} weights */
export function weightsOf(net, node, weights) {
  /** @type {import("locality/layers/rule").Weights} */
  const own = {};
  for (const name of [...Object.keys(node.parameters), "running_mean", "running_var"]) {
    const found = weights.get(net.parameterKey(node, name));
    if (found) own[name] = found;
  }
  return own;
}

/** Looks values up for a node. @param {string} name @param {Tensors} values */
export const valuesFor = (name, values) => (/** @type {string} */ source) => {
  const found = values.get(source);
  if (!found) throw new Error(`${name}: the values of ${source} are not there. Compute it first.`);
  return found;
};
