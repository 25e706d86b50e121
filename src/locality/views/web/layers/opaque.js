/** An operation with values but no arithmetic rule: its output's shape is stated, its sum is not known. */

import { makeRule } from "locality/layers/rule";

/** @param {import("locality/layers/rule").Layer} layer @returns {never} */
function refuse(layer) {
  throw new Error(`${layer.operation} has no arithmetic rule here: its values are known, its sum is not.`);
}

export const opaque = makeRule({
  defaults: {},
  word: () => "opaque",
  shape: (layer) => layer.output,
  maps: () => null,
  *forward(layer) {
    refuse(layer);
  },
  cell: refuse,
});
