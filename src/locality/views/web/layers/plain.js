/** Layers without a sum: flatten and dropout pass their numbers on, of an opaque operation the values are known. */

import { gather, makeRule } from "locality/layers/rule";
import { count, placeOf } from "locality/tensor";

export const flatten = makeRule({
  word: () => "flatten",
  shape: (_, [input]) => [count(input)],
  maps: () => null,
  cell: (_, [image], __, [at]) => ({ ...gather(image, [placeOf(image.shape, at)]), rule: "the same number, in a row" }),
});

export const dropout = makeRule({
  defaults: { p: 0.5 },
  word: () => "dropout",
  cell: (_, [image], __, place) => (
    { ...gather(image, [place]), rule: "passed on: nothing is dropped after training" }
  ),
});

export const opaque = makeRule({
  word: () => "opaque",
  shape: (layer) => layer.output,
  maps: () => null,
  *forward(layer) {
    refuse(layer);
  },
  cell: refuse,
});

/** @param {import("locality/layers/rule").Layer} layer @returns {never} */
function refuse(layer) {
  throw new Error(`${layer.operation} has no arithmetic rule here: its values are known, its sum is not.`);
}
