/** Upsampling by a whole number: cells repeated, or lines drawn between their centres. */

import { reads, shares } from "locality/geometry";
import { fold, gather, makeRule, spread } from "locality/layers/rule";
import { product, range, wide } from "locality/tensor";

/** @typedef {import("locality/geometry").Repeat} Repeat */

export const upsample = makeRule({
  defaults: { mode: "nearest" },
  word: () => "upsample",
  maps: mapsOf,
  cell: (layer, [image], _, [channel, ...place]) => {
    const along = mapsOf(layer, [image.shape]).map((map, i) => held(map, place[i], image.shape[i + 1]));
    const met = product(along);
    const shape = along.map((pairs) => pairs.length);
    return {
      ...gather(image, met.map((pairs) => [channel, ...pairs.map(([x]) => x)]), shape),
      weights: wide(shape, met.map((pairs) => pairs.reduce((all, [, near]) => all * near, 1))),
      rule:
        layer.mode === "nearest" ? "the nearest input cell" : "the neighbouring cells, weighted by how near they are",
    };
  },
  forward: (layer, [image], _, out) => {
    const lists = mapsOf(layer, [image.shape]).map((map, i) =>
      range(out.shape[i + 1]).map((u) => ({ pairs: held(map, u, image.shape[i + 1]), many: 1 })),
    );
    return fold(lists, image, out);
  },
});

/** @type {import("locality/layers/rule").Told<Repeat[]>} */
function mapsOf(layer, [[, ...space]]) {
  const linear = layer.mode === "linear";
  return spread(layer.scale, space.length).map((scale) => ({ kind: "repeat", scale, linear }));
}

/** What one output reads, each cell with its share; beyond the border the edge is held.
 *  @param {Repeat} map @param {number} output @param {number} size */
function held(map, output, size) {
  const near = shares(map, output);
  /** @type {Map<number, number>} */
  const found = new Map();
  reads(map, output).forEach((x, i) => {
    const cell = Math.min(Math.max(x, 0), size - 1);
    found.set(cell, (found.get(cell) ?? 0) + near[i]);
  });
  return [...found];
}
