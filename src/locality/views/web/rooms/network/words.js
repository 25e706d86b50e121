// A layer in plain words: its kind with its settings, and what one of its cells reads.

import { paddingText } from "locality/geometry/refusal";
import { RULES } from "locality/layers";
import { shapeText } from "locality/tensor";

/** @typedef {import("locality/network").Node} Node */
/** @typedef {import("locality/geometry").Window} Window */

/** @param {readonly number[]} sizes */
const each = (sizes) => (sizes.every((n) => n === sizes[0]) ? String(sizes[0]) : shapeText(sizes));

const FOOTPRINTS = /** @type {Record<string, string>} */ ({
  diamond: "a diamond of taps",
  hexagon: "a hexagon of taps",
});
const FILLS = /** @type {Record<string, string>} */ ({
  zeros: "of zeros",
  edge: "with the edge repeated",
  reflect: "reflected",
  wrap: "wrapped around",
});

/** "Convolution 3x3, stride 2, padding 1 of zeros, 2 groups". @param {Node} node @returns {string} */
export function describe(node) {
  const { layer, kind } = node;
  switch (kind) {
    case "Conv":
    case "ConvTranspose":
      return convolution(node);
    case "Pool":
      return pooling(node);
    case "Dense":
      return listed(
        `Fully connected, ${node.inShapes[0][0]} inputs to ${layer.out_features} outputs`,
        !layer.bias && "no bias",
      );
    case "Norm": {
      if (layer.kind === "local-response") {
        return `Local response normalisation over ${layer.size} channels, alpha ${layer.alpha}, beta ${layer.beta}, k ${layer.k}`;
      }
      const name = layer.kind[0].toUpperCase() + layer.kind.slice(1);
      return listed(
        `${name} normalisation`,
        layer.groups && `${layer.groups} groups`,
        `eps ${layer.eps}`,
        !layer.affine && "no scale and shift",
      );
    }
    case "Activation":
      if (layer.function.endsWith("softmax"))
        return `${layer.function === "softmax" ? "Softmax" : "Logarithm of softmax"} over ${node.shape[0]} channels`;
      return listed(
        `Activation ${layer.function}, on each number alone`,
        layer.slope !== null && `slope ${layer.slope} below zero`,
      );
    case "Upsample":
      return `Every map made ${Array.isArray(layer.scale) ? shapeText(layer.scale) : layer.scale} times larger, ${layer.mode === "linear" ? "lines drawn between the cells" : "cells repeated"}`;
    case "Sum":
      return `Sum of ${node.inputs.join(" + ")}`;
    case "Product":
      return `Product of ${node.inputs.join(" × ")}`;
    case "Concat":
      return `Channels of ${node.inputs.join(", ")} one after the other`;
    case "Flatten":
      return `Flatten: ${shapeText(node.inShapes[0])} in a row of ${node.shape[0]}`;
    case "Dropout":
      return `Dropout: in training each number is dropped with probability ${layer.p}`;
    default:
      return `${layer.operation ?? kind}: an operation without an arithmetic rule here`;
  }
}

/** @param {string} first @param {...(string | false | null | 0)} rest */
const listed = (first, ...rest) => [first, ...rest.filter(Boolean)].join(", ");

/** @param {Node} node */
function convolution({ kind, layer, inShapes }) {
  const maps = /** @type {Window[]} */ (RULES[kind].maps(layer, inShapes));
  const padded = maps.some(({ padding }) => padding[0] || padding[1]);
  const padding = paddingText(maps.map((map) => map.padding));
  const extra =
    kind === "ConvTranspose"
      ? [].concat(layer.output_padding).some(Boolean) && `output padding ${each([].concat(layer.output_padding))}`
      : "";
  return listed(
    `${kind === "Conv" ? "Convolution" : "Transposed convolution"} ${shapeText(maps.map((map) => map.kernel))}`,
    maps.some(({ stride }) => stride > 1) && `stride ${each(maps.map(({ stride }) => stride))}`,
    padded && (kind === "Conv" ? `padding ${padding} ${FILLS[layer.padding_mode]}` : `padding ${padding} cut away`),
    maps.some(({ dilation }) => dilation > 1) && `dilation ${each(maps.map(({ dilation }) => dilation))}`,
    extra,
    layer.groups > 1 && `${layer.groups} groups`,
    kind === "Conv" && layer.footprint !== "full" && (FOOTPRINTS[layer.footprint] ?? `the taps ${layer.footprint}`),
    !layer.bias && "no bias",
  );
}

/** @param {Node} node */
function pooling({ layer, inShapes, shape }) {
  const [where, rule] = layer.kind.includes("-") ? layer.kind.split("-") : ["", layer.kind];
  const name = { max: "Maximum", average: "Average", majority: "Majority" }[/** @type {"max"} */ (rule)];
  if (where === "global") return `${name} over the whole map of ${shapeText(inShapes[0].slice(1))}`;
  if (where === "adaptive")
    return `${name} over ${shapeText(shape.slice(1))} windows that share out the map of ${shapeText(inShapes[0].slice(1))}`;
  const windows = /** @type {Window[]} */ (RULES.Pool.maps(layer, inShapes));
  return listed(
    `${name} over windows of ${shapeText(windows.map((w) => w.kernel))}`,
    `stride ${each(windows.map((w) => w.stride))}`,
    windows.some(({ padding }) => padding[0] || padding[1]) && `padding ${paddingText(windows.map((w) => w.padding))}`,
    windows.some(({ dilation }) => dilation > 1) && `dilation ${each(windows.map((w) => w.dilation))}`,
    layer.rounding !== "exact" && `rounding ${layer.rounding}`,
  );
}

/** What a channel of a grouped layer reads, as a sentence; "" where it reads all. @param {Node} node @param {number} channel */
export function groupSentence({ kind, layer, inShapes }, channel) {
  if (!["Conv", "ConvTranspose"].includes(kind) || layer.groups === 1) return "";
  const wide = inShapes[0][0] / layer.groups;
  const group = Math.floor(channel / (layer.out_channels / layer.groups));
  const first = group * wide;
  const reads = wide === 1 ? `channel ${first}` : `channels ${first} to ${first + wide - 1}`;
  return `Group ${group} of ${layer.groups}: output channel ${channel} reads ${reads} only.`;
}

/** What the axes of a shape are called. @param {number} axes */
export function axisNames(axes) {
  return axes === 1
    ? ["feature"]
    : ["channel", ...({ 1: ["place"], 2: ["row", "column"], 3: ["depth", "row", "column"] }[axes - 1] ?? [])];
}
