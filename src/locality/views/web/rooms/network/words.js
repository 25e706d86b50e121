// A layer in plain words: its kind with its settings, and what one of its cells reads.

import { paddingText } from "locality/geometry/refusal";
import { RULES } from "locality/layers";
import { spread } from "locality/layers/rule";
import { shapeText } from "locality/tensor";

/** @typedef {import("locality/network").Node} Node */

/** @typedef {Record<string, string>} Names */

/** @type {Names} */
const FOOTPRINTS = { diamond: "a diamond of taps", hexagon: "a hexagon of taps" };
/** @type {Names} */
const FILLS = { zeros: "of zeros", edge: "with the edge repeated", reflect: "reflected", wrap: "wrapped around" };
/** @type {Names} */
const NAMES = { max: "Maximum", average: "Average", majority: "Majority", subsampling: "Trained subsampling" };

/** @param {...(string | false | null | 0)} parts */
const listed = (...parts) => parts.filter(Boolean).join(", ");

/** A setting along each axis, where it is not what is usual; as one number where the axes are alike.
 *  @param {string} word @param {number | readonly number[]} values @param {number} [usual] */
function setting(word, values, usual) {
  const [first, ...rest] = [values].flat();
  if (rest.some((n) => n !== first)) return `${word} ${shapeText([first, ...rest])}`;
  return first !== usual && `${word} ${first}`;
}

/** The windows' size and what is usual of their movement. @param {Node} node @param {number} [usual]   stride */
function movement({ kind, layer, inShapes }, usual) {
  const maps = /** @type {import("locality/geometry").Window[]} */ (RULES[kind].maps(layer, inShapes));
  const padded = maps.some(({ padding }) => padding[0] || padding[1]);
  return {
    kernel: shapeText(maps.map((map) => map.kernel)),
    stride: setting("stride", maps.map((map) => map.stride), usual),
    padding: padded && `padding ${paddingText(maps.map((map) => map.padding))}`,
    dilation: setting("dilation", maps.map((map) => map.dilation), 1),
  };
}

/** @param {Node} node */
function convolution(node) {
  const { groups, bias, footprint, connections, padding_mode: fill, output_padding: output } = node.layer;
  const { kernel, stride, padding, dilation } = movement(node, 1);
  const direct = node.kind === "Conv";
  return listed(
    `${direct ? "Convolution" : "Transposed convolution"} ${kernel}`,
    stride,
    padding && `${padding} ${direct ? FILLS[fill] : "cut away"}`,
    dilation,
    !direct && setting("output padding", output, 0),
    groups > 1 && `${groups} groups`,
    connections && `${connections.flat().length} of ${node.inShapes[0][0] * connections.length} pairs of channels connected`,
    direct && footprint !== "full" && (FOOTPRINTS[footprint] ?? `the taps ${footprint}`),
    !bias && "no bias",
  );
}

/** How many cells before and after each axis. @param {Node} node */
const cropped = ({ layer: { cells }, inShapes: [[, ...space]] }) =>
  spread(cells, space.length).map((given) => /** @type {[number, number]} */ (spread(given, 2)));

/** @type {Record<string, (node: Node) => string>} */
const WORDS = {
  Conv: convolution,
  ConvTranspose: convolution,
  Pool(node) {
    const { layer, inShapes, shape } = node;
    const [rule, where] = layer.kind.split("-").reverse();
    const map = shapeText(inShapes[0].slice(1));
    if (where === "global") return `${NAMES[rule]} over the whole map of ${map}`;
    if (where === "adaptive")
      return `${NAMES[rule]} over ${shapeText(shape.slice(1))} windows that share out the map of ${map}`;
    const { kernel, stride, padding, dilation } = movement(node);
    const rounding = layer.rounding !== "exact" && `rounding ${layer.rounding}`;
    return listed(`${NAMES[rule]} over windows of ${kernel}`, stride, padding, dilation, rounding);
  },
  Dense: ({ layer, inShapes }) =>
    listed(`Fully connected, ${inShapes[0][0]} inputs to ${layer.out_features} outputs`, !layer.bias && "no bias"),
  Norm({ layer: { kind, size, alpha, beta, k, eps, groups, affine } }) {
    if (kind === "local-response")
      return `Local response normalisation over ${size} channels, alpha ${alpha}, beta ${beta}, k ${k}`;
    const name = `${kind[0].toUpperCase()}${kind.slice(1)} normalisation`;
    return listed(name, groups && `${groups} groups`, `eps ${eps}`, !affine && "no scale and shift");
  },
  Activation({ layer: { function: name, slope }, shape }) {
    if (name.endsWith("softmax"))
      return `${name === "softmax" ? "Softmax" : "Logarithm of softmax"} over ${shape[0]} channels`;
    return listed(`Activation ${name}, on each number alone`, slope !== null && `slope ${slope} below zero`);
  },
  Upsample: ({ layer: { scale, mode } }) =>
    `Every map made ${shapeText([scale].flat())} times larger, ` +
    (mode === "linear" ? "lines drawn between the cells" : "cells repeated"),
  Crop: (node) => `Crop, cells cut away at the edges: ${paddingText(cropped(node))}`,
  Distance: ({ layer: { prototypes }, inShapes }) =>
    `Less the squared distance of ${inShapes[0][0]} inputs to each of ${prototypes.length} fixed prototypes`,
  Sum: ({ inputs }) => `Sum of ${inputs.join(" + ")}`,
  Product: ({ inputs }) => `Product of ${inputs.join(" × ")}`,
  Concat: ({ inputs }) => `Channels of ${inputs.join(", ")} one after the other`,
  Flatten: ({ inShapes, shape }) => `Flatten: ${shapeText(inShapes[0])} in a row of ${shape[0]}`,
  Reshape: ({ inShapes, shape }) => `Reshape: the numbers of ${shapeText(inShapes[0])} as ${shapeText(shape)}`,
  Dropout: ({ layer }) => `Dropout: in training each ${layer.channels ? "channel" : "number"} is dropped with probability ${layer.p}`,
  Opaque: ({ layer }) => `${layer.operation}: an operation without an arithmetic rule here`,
};

/** "Convolution 3x3, stride 2, padding 1 of zeros, 2 groups". @param {Node} node */
export const describe = (node) => WORDS[node.kind](node);

/** What a channel of a layer in groups, or with a table of connections, reads; "" where it reads all. @param {Node} node @param {number} channel */
export function groupSentence({ kind, layer, inShapes }, channel) {
  if (layer.connections) return `Output channel ${channel} reads channels ${layer.connections[channel].join(", ")} only.`;
  if (!["Conv", "ConvTranspose"].includes(kind) || layer.groups === 1) return "";
  const wide = inShapes[0][0] / layer.groups;
  const group = Math.floor(channel / (layer.out_channels / layer.groups));
  const reads = wide === 1 ? `channel ${group}` : `channels ${group * wide} to ${(group + 1) * wide - 1}`;
  return `In ${layer.groups} groups: output channel ${channel} reads ${reads} only.`;
}

/** What the axes of a shape are called. @param {number} axes */
export const axisNames = (axes) =>
  [["feature"], ["channel", "place"], ["channel", "row", "column"], ["channel", "depth", "row", "column"]][axes - 1];
