/** The edges of every map cut away. */

import { makeWindow, reads } from "locality/geometry";
import { fold, gather, makeRule, spread } from "locality/layers/rule";
import { range } from "locality/tensor";

/** A crop is padding below zero. @type {import("locality/layers/rule").Told<import("locality/geometry").Window[]>} */
const mapsOf = ({ cells }, [[, ...space]]) =>
  spread(cells, space.length).map((given) => {
    const [before, after] = spread(given, 2);
    return makeWindow(1, { padding: [-before, -after] });
  });

export const crop = makeRule({
  word: () => "crop",
  maps: mapsOf,
  cell: (layer, [image], _, [channel, ...place]) => {
    const site = mapsOf(layer, [image.shape]).map((map, i) => reads(map, place[i])[0]);
    return { ...gather(image, [[channel, ...site]]), rule: "passed on: the edges are cut away" };
  },
  forward: (layer, [image], _, out) => {
    const lists = mapsOf(layer, [image.shape]).map((map, i) =>
      range(out.shape[i + 1]).map((u) => ({ pairs: [/** @type {[number, number]} */ ([reads(map, u)[0], 1])], many: 1 })),
    );
    return fold(lists, image, out);
  },
});
