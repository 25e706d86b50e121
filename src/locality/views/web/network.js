/** A network as the page reads it: named nodes, each with a layer, its inputs, its shapes and its costs. */

import { RULES } from "locality/layers";
import { count } from "locality/tensor";

/** @typedef {import("locality/layers/rule").Layer} Layer */
/** @typedef {import("locality/layers/rule").Weights} Weights */
/** @typedef {import("locality/tensor").Tensor} Tensor */

/** @typedef {object} Node
 *  @property {string} name
 *  @property {string} kind Python's class name: Conv, Pool, ...
 *  @property {string} word the layer's word in tables: conv, max, batch-norm, relu, ...
 *  @property {Layer} layer all arguments by Python's names
 *  @property {string[]} inputs the nodes it reads; "input" is the network's input
 *  @property {string | null} weights the node whose parameters this one shares
 *  @property {number[]} shape of its output
 *  @property {number[][]} inShapes of its inputs
 *  @property {Record<string, number[]>} parameters the shapes of what it multiplies with, shared ones included
 *  @property {number} parameterCount how many numbers it stores: none where it shares another node's
 *  @property {number} macs multiply-accumulates of one picture */

/** @typedef {object} Net
 *  @property {string} name
 *  @property {number[]} input
 *  @property {string} dtype
 *  @property {Node[]} nodes in the order they are computed; the last one is the output
 *  @property {Map<string, number[]>} shapes by name, the input's own included
 *  @property {(name: string) => Node} node throws where there is none of that name
 *  @property {(name: string) => Node[]} readers the nodes that read this one
 *  @property {(node: Node, parameter: string) => string} parameterKey where a parameter stands: conv1.weight */

/** The network of what Python's `to_dict` gave.
 *  @param {{name: string, input: number[], dtype: string, nodes: Record<string, any>[]}} plain @returns {Net} */
export function readNetwork(plain) {
  /** @type {Map<string, number[]>} */
  const shapes = new Map([["input", plain.input]]);
  const nodes = plain.nodes.map((entry) => {
    const node = readNode(entry, shapes);
    shapes.set(node.name, node.shape);
    return node;
  });
  const byName = new Map(nodes.map((node) => [node.name, node]));
  /** @type {Map<string, Node[]>} */
  const readers = new Map([...shapes.keys()].map((name) => [name, []]));
  for (const node of nodes) for (const name of new Set(node.inputs)) readers.get(name)?.push(node);
  return {
    name: plain.name,
    input: plain.input,
    dtype: plain.dtype,
    nodes,
    shapes,
    node: (name) => {
      const found = byName.get(name);
      if (!found) throw new Error(`There is no node ${JSON.stringify(name)}.`);
      return found;
    },
    readers: (name) => readers.get(name) ?? [],
    parameterKey: (node, parameter) => {
      const own = parameter.startsWith("running") || !node.weights;
      return `${own ? node.name : node.weights}.${parameter}`;
    },
  };
}

/** @param {Record<string, any>} entry @param {Map<string, number[]>} shapes @returns {Node} */
function readNode({ name, layer: kind, inputs, weights = null, ...given }, shapes) {
  const rule = RULES[kind];
  const layer = { ...rule.defaults, ...given };
  const inShapes = inputs.map((/** @type {string} */ source) => shapes.get(source) ?? []);
  const parameters = rule.parameters(layer, inShapes);
  const stored = Object.values(parameters).reduce((all, shape) => all + count(shape), 0);
  return {
    name,
    kind,
    word: rule.word(layer),
    layer,
    inputs,
    weights,
    shape: rule.shape(layer, inShapes),
    inShapes,
    parameters,
    parameterCount: weights ? 0 : stored,
    macs: rule.macs(layer, inShapes),
  };
}

/** What a node multiplies with, by short name: weight, bias, and the running statistics of a batch normalisation.
 *  @param {Net} net @param {Node} node @param {Map<string, Tensor>} weights keyed like torch's state dict
 *  @returns {Weights} */
export function weightsOf(net, node, weights) {
  /** @type {Weights} */
  const own = {};
  for (const name of [...Object.keys(node.parameters), "running_mean", "running_var"]) {
    const found = weights.get(net.parameterKey(node, name));
    if (found) own[name] = found;
  }
  return own;
}
