/** Layers that pass their numbers on: flatten and dropout. */

import { copied, makeRule } from "locality/layers/rule";
import { count, offset, placeOf } from "locality/tensor";

/** @type {import("locality/layers/rule").Rule["forward"]} */
function* forward(_, [input], __, out) {
  out.data.set(input.data);
}

export const flatten = makeRule({
  defaults: {},
  word: () => "flatten",
  shape: (_, [input]) => [count(input)],
  maps: () => null,
  forward,
  cell: (_, [image], __, [at]) => copied(image, at, placeOf(image.shape, at), "the same number, in a row"),
});

export const dropout = makeRule({
  defaults: { p: 0.5 },
  word: () => "dropout",
  forward,
  cell: (_, [image], __, place) =>
    copied(image, offset(image.shape, place), place, "passed on: nothing is dropped after training"),
});
