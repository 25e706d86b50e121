/** A network computed node by node, in slices of a few milliseconds, so that the page never freezes. */

import { RULES } from "locality/layers";
import { weightsOf } from "locality/network";
import { zeros } from "locality/tensor";

/** @typedef {import("locality/network").Net} Net */
/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {Map<string, Tensor>} Tensors by name */

/** The names of the nodes that depend on those given: a node whose weights were changed, or "input". A node given is
 *  among them, and so are those that share its weights.
 *  @param {Net} net @param {Iterable<string>} from */
export function dependents(net, from) {
  const changed = new Set(from);
  const found = new Set(changed.has("input") ? ["input"] : []);
  for (const node of net.nodes) {
    const touched = changed.has(node.name) || (node.weights !== null && changed.has(node.weights));
    if (touched || node.inputs.some((name) => found.has(name))) found.add(node.name);
  }
  found.delete("input");
  return found;
}

/** Computes the nodes named in `dirty`, in order, puts each into `values` when it is whole (a new tensor: the old one
 *  stays as it was) and takes it out of `dirty`. It stops every fraction of a millisecond; go on or leave it.
 *  @param {Net} net @param {Tensors} weights keyed like torch's state dict @param {Tensors} values
 *  @param {Set<string>} dirty
 *  @returns {Generator<string, void>} the name of the node that is being computed */
export function* steps(net, weights, values, dirty) {
  for (const node of net.nodes) {
    if (!dirty.has(node.name)) continue;
    const inputs = node.inputs.map((name) => {
      const found = values.get(name);
      if (!found) throw new Error(`${node.name}: the values of ${name} are not there. Compute it first.`);
      return found;
    });
    const out = zeros(node.shape, net.dtype);
    const work = RULES[node.kind].forward(node.layer, inputs, weightsOf(net, node, weights), out);
    for (let next = work.next(); !next.done; next = work.next()) yield node.name;
    values.set(node.name, out);
    dirty.delete(node.name);
    yield node.name;
  }
}

/** One node alone, at once, from the values of what it reads.
 *  @param {Net} net @param {Tensors} weights @param {Tensors} values @param {string} name @returns {Tensor} */
export function computeNode(net, weights, values, name) {
  const copy = new Map(values);
  for (const _ of steps(net, weights, copy, new Set([name])));
  return /** @type {Tensor} */ (copy.get(name));
}

/** What was given up half-way is still to do: the nodes of these values that no longer fit together.
 *  @type {WeakMap<Tensors, Set<string>>} */
const left = new WeakMap();

/** Fills `values` in node order, in slices of `budget` milliseconds; at once where one slice is enough. `from` names
 *  what was changed ("input", or nodes whose weights were); all is computed where it is left out. One computation at a
 *  time for the same values: abort the old one first. What it left undone is then done as well.
 *  Rejects with the signal's reason when it is aborted.
 *  @param {Net} net @param {Tensors} weights @param {Tensors} values
 *  @param {{from?: Iterable<string>, budget?: number, signal?: AbortSignal}} [options] */
export async function compute(net, weights, values, { from, budget = 6, signal } = {}) {
  const dirty = from ? dependents(net, from) : new Set(net.nodes.map((node) => node.name));
  for (const name of left.get(values) ?? []) dirty.add(name);
  left.set(values, dirty);
  const work = steps(net, weights, values, dirty);
  let end = performance.now() + budget;
  signal?.throwIfAborted();
  for (let next = work.next(); !next.done; next = work.next()) {
    if (performance.now() < end) continue;
    await pause();
    signal?.throwIfAborted();
    end = performance.now() + budget;
  }
}

/** Lets the browser draw and answer: a message to oneself comes back sooner than any timer. */
function pause() {
  return new Promise((/** @type {(_: void) => void} */ go) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      go();
    };
    port2.postMessage(null);
  });
}
