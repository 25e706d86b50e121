// The room's small network: four 3x3 kernels that find edges, then a pool if wanted.

import { wide } from "locality/tensor";

export const NAMES = ["upright edges", "level edges", "slanting edges", "outline"];

const KERNELS = [
  [-1, 0, 1, -2, 0, 2, -1, 0, 1],
  [-1, -2, -1, 0, 0, 0, 1, 2, 1],
  [0, 1, 2, -1, 0, 1, -2, -1, 0],
  [-1, -1, -1, -1, 8, -1, -1, -1, -1],
];

/** @param {number} side @param {{mode: string, stride: number, pool: boolean}} given */
export function roomNetwork(side, { mode, stride, pool }) {
  const conv = {
    name: "conv",
    layer: "Conv",
    out_channels: 4,
    kernel_size: 3,
    padding: 1,
    padding_mode: mode,
    stride,
    bias: false,
    rounding: "floor",
    inputs: ["input"],
  };
  const after = { name: "pool", layer: "Pool", kind: "max", kernel_size: 2, inputs: ["conv"] };
  return { name: "edges", input: [1, side, side], dtype: "float64", nodes: pool ? [conv, after] : [conv] };
}

export function roomWeights() {
  return new Map([["conv.weight", wide([4, 1, 3, 3], KERNELS.flat())]]);
}
