// Which channels of the layers before a map depends on: what lights up when a map is pointed at.

import { channelsRead as connected } from "locality/layers/conv";

/** @typedef {import("locality/network").Net} Net */
/** @typedef {import("locality/network").Node} Node */

/**
 * The channels of each of a node's inputs that one of its channels reads, in the order of `node.inputs`.
 * @param {Node} node @param {number} channel @returns {number[][]}
 */
export function channelsRead(node, channel) {
  const all = (/** @type {number} */ from, /** @type {number} */ count) => Array.from({ length: count }, (_, i) => from + i);
  const wide = node.inShapes[0][0];
  const layer = node.layer;
  switch (node.kind) {
    case "Conv":
      return [connected(layer, wide, channel)];
    case "ConvTranspose": {
      const each = wide / layer.groups;
      return [all(Math.floor(channel / (layer.out_channels / layer.groups)) * each, each)];
    }
    case "Norm": {
      if (layer.kind === "layer") return [all(0, wide)];
      if (layer.kind === "group") {
        const each = wide / layer.groups;
        return [all(Math.floor(channel / each) * each, each)];
      }
      if (layer.kind !== "local-response") return [[channel]];
      const first = Math.max(0, channel - Math.floor(layer.size / 2));
      return [all(first, Math.min(wide, channel + Math.floor((layer.size - 1) / 2) + 1) - first)];
    }
    case "Activation":
      return [["softmax", "log_softmax"].includes(layer.function) ? all(0, wide) : [channel]];
    case "Pool":
    case "Dropout":
    case "Crop":
    case "Upsample":
      return [[channel]];
    case "Sum":
    case "Product":
      return node.inShapes.map((shape) => [shape[0] === 1 ? 0 : channel]);
    case "Concat": {
      let rest = channel;
      return node.inShapes.map((shape) => {
        const mine = rest >= 0 && rest < shape[0] ? [rest] : [];
        rest -= shape[0];
        return mine;
      });
    }
    case "Flatten": {
      const each = node.inShapes[0].slice(1).reduce((a, b) => a * b, 1);
      return [[Math.floor(channel / each)]];
    }
    case "Reshape": {
      const [before, after] = [node.inShapes[0], node.shape].map((shape) => shape.slice(1).reduce((a, b) => a * b, 1));
      const [first, last] = [channel * after, (channel + 1) * after - 1].map((at) => Math.floor(at / before));
      return [all(first, last - first + 1)];
    }
    default: // dense layers and what has no rule read everything
      return node.inShapes.map((shape) => all(0, shape[0]));
  }
}

/**
 * The channels of every earlier node, and of "input", on which a channel depends.
 * @param {Net} net @param {string} name @param {number} channel @returns {Map<string, Set<number>>}
 */
export function channelsSeen(net, name, channel) {
  /** @type {Map<string, Set<number>>} */
  const seen = new Map([[name, new Set([channel])]]);
  for (const node of [...net.nodes].reverse()) {
    const mine = seen.get(node.name);
    if (!mine) continue;
    node.inputs.forEach((source, i) => {
      const into = seen.get(source) ?? new Set();
      seen.set(source, into);
      const full = source === "input" ? net.input[0] : net.node(source).shape[0];
      for (const one of mine) {
        if (into.size === full) break;
        for (const read of channelsRead(node, one)[i]) into.add(read);
      }
    });
  }
  return seen;
}
