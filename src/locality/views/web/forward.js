/** A network computed node by node, in slices of a few milliseconds, so that the page never freezes. */

import { RULES } from "locality/layers";
import { valuesFor, weightsOf } from "locality/network";
import { zeros } from "locality/tensor";

/** @typedef {import("locality/network").Net} Net */
/** @typedef {import("locality/network").Tensors} Tensors */

/** What depends on a change of "input" or of a node's weights. @param {Net} net @param {Iterable<string>} from */
export function dependents(net, from) {
  const changed = new Set(from);
  const found = new Set(changed.has("input") ? ["input"] : []);
  for (const { name, weights, inputs } of net.nodes) {
    if (changed.has(name) || changed.has(weights ?? name) || inputs.some((read) => found.has(read))) found.add(name);
  }
  found.delete("input");
  return found;
}

/** Computes what is named in `dirty`: each node goes into `values` as a new tensor, and out of `dirty`.
 *  @param {Net} net @param {Tensors} weights @param {Tensors} values @param {Set<string>} dirty */
export function* steps(net, weights, values, dirty) {
  for (const node of net.nodes) {
    if (!dirty.has(node.name)) continue;
    const inputs = node.inputs.map(valuesFor(node.name, values));
    const out = zeros(node.shape, net.dtype);
    yield* RULES[node.kind].forward(node.layer, inputs, weightsOf(net, node, weights), out);
    values.set(node.name, out);
    dirty.delete(node.name);
    yield;
  }
}

/** One node alone, at once.
 *  @param {Net} net @param {Tensors} weights @param {Tensors} values @param {string} name */
export function computeNode(net, weights, values, name) {
  const copy = new Map(values);
  for (const _ of steps(net, weights, copy, new Set([name])));
  return valuesFor(name, copy)(name);
}

/** What was given up half-way, and is still to do. @type {WeakMap<Tensors, Set<string>>} */
const left = new WeakMap();

/** Fills `values` in slices of `budget` milliseconds: what depends on `from`, or all. Abort one before the next begins,
 *  which then does what was left undone.
 *  @param {Net} net @param {Tensors} weights @param {Tensors} values
 *  @param {{from?: Iterable<string>, budget?: number, signal?: AbortSignal}} [options] */
export async function compute(net, weights, values, { from, budget = 6, signal } = {}) {
  const dirty = from ? dependents(net, from) : new Set(net.nodes.map((node) => node.name));
  for (const name of left.get(values) ?? []) dirty.add(name);
  left.set(values, dirty);
  signal?.throwIfAborted();
  let end = performance.now() + budget;
  for (const _ of steps(net, weights, values, dirty)) {
    if (performance.now() < end) continue;
    await pause();
    signal?.throwIfAborted();
    end = performance.now() + budget;
  }
}

/** Lets the browser draw and answer: a message to oneself comes back sooner than any timer. */
export const pause = () =>
  new Promise((/** @type {(_: void) => void} */ go) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      go();
    };
    port2.postMessage(null);
  });
