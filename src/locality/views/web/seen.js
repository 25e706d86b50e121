/** The places on which one cell can depend, exactly, on every node behind it: walked backwards, borders and gaps
 *  included. As Python's network/seen.py. */

import { reads, source } from "locality/geometry";
import { JOINS, RULES } from "locality/layers";

/** @typedef {import("locality/network").Net} Net */
/** @typedef {import("locality/network").Node} Node */
/** @typedef {Uint8Array} Marks a 1 for each place that is read along one axis of space */

/** For the node and every node behind it, down to "input": along each axis of space the places that a cell of `name`
 *  at `place` (space alone, no channel) can depend on, in rising order. A node that is not in the answer is not read;
 *  one whose axes are empty lists is read nowhere but in zeros of padding; a flat node, without axes, is read whole.
 *  @param {Net} net @param {string} name @param {readonly number[]} place @returns {Map<string, number[][]>} */
export function seen(net, name, place) {
  /** @type {Map<string, Marks[]>} */
  const wanted = new Map();
  const start = wantedOf(wanted, net, name);
  place.forEach((x, axis) => (start[axis][x] = 1));
  for (let i = net.nodes.findIndex((node) => node.name === name); i >= 0; i--) {
    const node = net.nodes[i];
    const places = wanted.get(node.name);
    if (places) read(net, node, places, wanted);
  }
  return new Map([...wanted].map(([key, axes]) => [key, axes.map(listed)]));
}

/** @param {Map<string, Marks[]>} wanted @param {Net} net @param {string} name */
function wantedOf(wanted, net, name) {
  const found = wanted.get(name) ?? (net.shapes.get(name) ?? []).slice(1).map((size) => new Uint8Array(size));
  wanted.set(name, found);
  return found;
}

/** Marks what a node reads of each of its inputs to give its cells at these places.
 *  @param {Net} net @param {Node} node @param {Marks[]} places @param {Map<string, Marks[]>} wanted */
function read(net, node, places, wanted) {
  const rule = RULES[node.kind];
  const maps = rule.maps(node.layer, node.inShapes);
  const at = places.map(listed);
  const nothing = at.some((cells) => !cells.length);
  const taps = rule.taps(node.layer, places.length);
  const mode = node.kind === "Upsample" ? "edge" : (node.layer.padding_mode ?? "zeros");
  for (const name of node.inputs) {
    const into = wantedOf(wanted, net, name);
    if (nothing) continue;
    if (maps === null || !at.length) {
      for (const axis of into) axis.fill(1);
      continue;
    }
    const cells = into.map(({ length: size }, axis) => {
      // A gate of one cell is read by every place.
      if (JOINS.has(node.kind)) return size === 1 ? [0] : at[axis];
      const used = taps && new Set(taps.map((tap) => tap[axis]));
      const found = [];
      for (const place of at[axis]) {
        const all = reads(maps[axis], place);
        for (let tap = 0; tap < all.length; tap++) {
          const cell = used && !used.has(tap) ? null : source(all[tap], size, mode);
          if (cell !== null) found.push(cell);
        }
      }
      return found;
    });
    // Whoever reads nothing along one axis reads nothing at all.
    if (cells.every((axis) => axis.length)) cells.forEach((axis, i) => axis.forEach((x) => (into[i][x] = 1)));
  }
}

/** @param {Marks} marks */
function listed(marks) {
  const found = [];
  for (let i = 0; i < marks.length; i++) if (marks[i]) found.push(i);
  return found;
}
