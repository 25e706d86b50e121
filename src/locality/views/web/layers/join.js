/** Joins: the sum, the product or the channels of several inputs. */

import { gather, makeRule, only } from "locality/layers/rule";
import { at, count, wide } from "locality/tensor";

export const sum = pointwise("sum", 0, (a, b) => a + b);
export const product = pointwise("product", 1, (a, b) => a * b);

/** What stands at the same place of every input; one cell of a gate stands at every place of its map.
 *  @param {string} word @param {number} empty @param {(a: number, b: number) => number} both */
function pointwise(word, empty, both) {
  return makeRule({
    word: () => word,
    shape: (_, inputs) => inputs.reduce((largest, shape) => (count(shape) > count(largest) ? shape : largest)),
    *forward(_, inputs, __, out) {
      const all = new Float64Array(out.data.length).fill(empty);
      for (const { data } of inputs) {
        const each = all.length / data.length; // how many places one cell stands at
        for (let i = 0; i < all.length; i++) all[i] = both(all[i], data[Math.floor(i / each)]);
        yield;
      }
      out.data.set(all);
    },
    cell: (_, inputs, __, place) => {
      const sites = inputs.map(({ shape }) => place.map((x, axis) => (axis && shape[axis] === 1 ? 0 : x)));
      const patch = wide([inputs.length], inputs.map((image, i) => at(image, sites[i])));
      const products = word === "sum" ? patch : only(patch, 0, patch.data.reduce(both));
      return { patch, products, sites, rule: `the ${word} of the inputs` };
    },
  });
}

export const concat = makeRule({
  word: () => "concat",
  shape: (_, inputs) => [inputs.reduce((all, shape) => all + shape[0], 0), ...inputs[0].slice(1)],
  *forward(_, inputs, __, out) {
    let from = 0;
    for (const { data } of inputs) {
      out.data.set(data, from);
      from += data.length;
      yield;
    }
  },
  cell: (_, inputs, __, [channel, ...site]) => {
    let reads = 0;
    while (channel >= inputs[reads].shape[0]) channel -= inputs[reads++].shape[0];
    return { ...gather(inputs[reads], [[channel, ...site]]), reads, rule: `channel ${channel} of input ${reads + 1}` };
  },
});
