/** The places on which one cell can depend, exactly, on every node behind it. As Python's network/seen.py. */

import { reads, source } from "locality/geometry";
import { JOINS, RULES } from "locality/layers";
import { range } from "locality/tensor";

/** @typedef {import("locality/network").Net} Net */
/** @typedef {Uint8Array[]} Marks for each axis a 1 where a place is read */

/** For the node and every node behind it that is read: along each axis the places that its cell at `place` (space
 *  alone) can depend on. Empty lists where only zeros of padding are read; a flat node, without axes, is read whole.
 *  @param {Net} net @param {string} name @param {readonly number[]} place */
export function seen(net, name, place) {
  /** @type {Map<string, Marks>} */
  const wanted = new Map();
  /** @param {string} name */
  const marksOf = (name) => {
    const space = (net.shapes.get(name) ?? []).slice(1);
    const found = wanted.get(name) ?? space.map((size) => new Uint8Array(size));
    wanted.set(name, found);
    return found;
  };
  marksOf(name).forEach((marks, axis) => (marks[place[axis]] = 1));
  for (const node of [...net.nodes].reverse()) {
    const at = wanted.get(node.name)?.map(listed);
    if (!at) continue;
    for (const input of node.inputs) {
      const into = marksOf(input);
      if (at.every((cells) => cells.length)) read(node, at, into);
    }
  }
  return new Map([...wanted].map(([key, axes]) => [key, axes.map(listed)]));
}

/** Marks what a node reads of an input to give its cells at these places.
 *  @param {Net["nodes"][number]} node @param {number[][]} at @param {Marks} into */
function read({ kind, layer, inShapes }, at, into) {
  const rule = RULES[kind];
  const maps = rule.maps(layer, inShapes);
  const taps = rule.taps(layer, at.length);
  const mode = kind === "Upsample" ? "edge" : (layer.padding_mode ?? "zeros");
  const cells = into.map(({ length: size }, axis) => {
    if (maps === null || !at.length) return range(size);
    if (JOINS.has(kind)) return size === 1 ? [0] : at[axis]; // a gate of one cell is read by every place
    const used = taps && new Set(taps.map((tap) => tap[axis]));
    return at[axis]
      .flatMap((place) => reads(maps[axis], place).filter((_, tap) => !used || used.has(tap)))
      .flatMap((cell) => source(cell, size, mode) ?? []);
  });
  // Whoever reads nothing along one axis reads nothing at all.
  if (cells.every((axis) => axis.length)) cells.forEach((axis, i) => axis.forEach((x) => (into[i][x] = 1)));
}

/** @param {Uint8Array} marks */
const listed = (marks) => range(marks.length).filter((place) => marks[place]);
