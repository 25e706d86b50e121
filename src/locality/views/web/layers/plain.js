/** Layers without a sum: flatten, reshape and dropout pass their numbers on, of an opaque operation the values are known. */

import { gather, makeRule } from "locality/layers/rule";
import { count, placeOf } from "locality/tensor";

export const flatten = makeRule({
  word: () => "flatten",
  shape: (_, [input]) => [count(input)],
  maps: () => null,
  cell: (_, [image], __, [at]) => ({ ...gather(image, [placeOf(image.shape, at)]), rule: "the same number, in a row" }),
});

export const reshape = makeRule({
  word: () => "reshape",
  shape: ({ output }) => output,
  maps: () => null,
  cell: ({ output }, [image], __, place) => {
    const at = place.reduce((sum, x, axis) => sum * output[axis] + x, 0);
    return { ...gather(image, [placeOf(image.shape, at)]), rule: "the same number, in another shape" };
  },
});

export const dropout = makeRule({
  defaults: { p: 0.5, channels: false },
  word: () => "dropout",
  cell: (_, [image], __, place) => (
    { ...gather(image, [place]), rule: "passed on: nothing is dropped after training" }
  ),
});

export const opaque = makeRule({
  defaults: { stored: [] },
  word: () => "opaque",
  shape: (layer) => layer.output,
  parameters: (layer) => Object.fromEntries(layer.stored),
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
