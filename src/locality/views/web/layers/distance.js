/** How near the input lies to fixed prototypes: less the sum of the squares of their differences. */

import { gather, makeRule } from "locality/layers/rule";
import { range, wide } from "locality/tensor";

/** A prototype as numbers: 0 stands for -1, 1 for +1. @param {string} drawn */
const numbers = (drawn) => Array.from(drawn.replaceAll("/", ""), (mark) => (mark === "1" ? 1 : -1));

export const distance = makeRule({
  word: () => "distance",
  shape: ({ prototypes }) => [prototypes.length],
  macs: ({ prototypes }, [[features]]) => features * prototypes.length,
  maps: () => null,
  cell: ({ prototypes }, [image], _, [unit]) => {
    const found = gather(image, range(image.data.length).map((i) => [i]));
    const weights = wide(found.patch.shape, numbers(prototypes[unit]));
    const products = wide(found.patch.shape, found.patch.data.map((x, i) => -((x - weights.data[i]) ** 2)));
    return { ...found, weights, products, rule: "less the sum of the squares of input less prototype" };
  },
  *forward({ prototypes }, [{ data }], _, out) {
    for (const [unit, drawn] of prototypes.entries()) {
      out.data[unit] = numbers(drawn).reduce((sum, w, i) => sum - (data[i] - w) ** 2, 0);
      yield;
    }
  },
});
