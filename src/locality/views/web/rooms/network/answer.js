// What the network says of the picture: the classes with their shares.

import { counted } from "locality/parts/dom";

const MOST = 12; // more classes than these are ordered, and only the first ten shown

/**
 * The classes as bars and as a sentence; null for a network that ends in maps, or whose end is not known yet.
 * @param {import("locality/rooms/network/session").Session} session
 */
export function answer(session) {
  const last = session.net.nodes[session.net.nodes.length - 1];
  const value = session.values.get(last.name);
  if (!value || last.shape.length !== 1 || last.shape[0] < 2) return null;
  const ends = last.kind === "Activation" ? last.layer.function : "";
  const shares = ends === "softmax" ? Array.from(value.data) : softmax(value.data);
  const names = shares.map((_, i) => session.scene.classes?.[i] ?? `class ${i}`);
  if (!shares.every(Number.isFinite)) return { bars: null, text: "Some of the network's outputs are not numbers." };
  const order = shares.map((_, i) => i).sort((a, b) => shares[b] - shares[a]);
  const shown = shares.length <= MOST ? shares.map((_, i) => i) : order.slice(0, 10);
  const said = order.slice(0, 3).map((i) => `${names[i]} (${percent(shares[i])})`);
  const label = session.picture?.label;
  const truth = label === null || label === undefined || !session.scene.classes ? "" : ` Its label says ${names[label]}.`;
  return {
    bars: shown.map((i) => ({ name: names[i], share: shares[i] })),
    text: `The network says ${said[0]}, then ${said.slice(1).join(" and ")}.${truth}${shares.length > MOST ? ` ${counted(shares.length)} classes in all.` : ""}`,
  };
}

/** @param {ArrayLike<number>} values */
function softmax(values) {
  const list = Array.from(values);
  const most = list.reduce((a, b) => Math.max(a, b), -Infinity);
  const grown = list.map((x) => Math.exp(x - most));
  const sum = grown.reduce((a, b) => a + b, 0);
  return grown.map((x) => x / sum);
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(1)}\u00a0%`;
}
