/** What a network looks at, without a gradient: cover a part of the picture and see by how much each score falls.
 *  Python's twin is engine/attribute/occlusion.py. */

import { makeWindow, outputs, reads } from "locality/geometry";
import { compute, pause } from "locality/forward";
import { count, product, range, total } from "locality/tensor";

/** @typedef {import("locality/network").Net} Net */
/** @typedef {import("locality/network").Tensors} Tensors */
/** @typedef {import("locality/tensor").Tensor} Tensor */

const SLICE = 12; // milliseconds after which the browser draws and answers
const MANY = 1_500_000_000; // multiply-accumulates of windows that overlap by half; beyond, they stand side by side

/** The node whose output is what a softmax at the end is taken of. @param {Net} net */
export function logitsOf(net) {
  const { name, kind, layer, inputs } = net.nodes[net.nodes.length - 1];
  return kind === "Activation" && layer.function.endsWith("softmax") ? inputs[0] : name;
}

/** Every output's score: its logit, summed over space where there is space. @param {Tensor} logits */
export function scoresOf({ shape: [outputs], data }) {
  const each = data.length / outputs;
  return range(outputs).map((i) => total(data.subarray(i * each, (i + 1) * each), (x) => x));
}

/** Halves go to the even number, as Python rounds. @param {number} x */
const rounded = (x) => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));

/** The rows and columns that each window covers: an eighth of the side, moved by half of that, the last one cut.
 *  @param {number[]} space @param {boolean} [dense]   whether they overlap @returns {[number, number][][]} */
export function windowsOver(space, dense = true) {
  return product(space.map((side) => {
    const size = Math.max(1, rounded(side / 8));
    const window = makeWindow(size, { stride: dense ? Math.max(1, Math.floor(size / 2)) : size, rounding: "ceil" });
    return range(outputs(window, side)).map((place) => {
      const cells = reads(window, place);
      return /** @type {[number, number]} */ ([cells[0], Math.min(cells[cells.length - 1] + 1, side)]);
    });
  }));
}

/** All windows covered by zeros, the mean of the training pictures, one after the other, in slices of time. The result
 *  gives the map of any output: by how much its score falls, averaged over the windows that cover a pixel.
 *  @param {Net} net @param {Tensors} weights @param {Tensor} input
 *  @param {{signal?: AbortSignal, onProgress?: (done: number, of: number) => void}} [options] */
export async function occlude(net, weights, input, { signal, onProgress } = {}) {
  const [channels, ...space] = input.shape;
  const macs = net.nodes.reduce((sum, node) => sum + node.macs, 0);
  const dense = macs * windowsOver(space).length <= MANY;
  const windows = windowsOver(space, dense);
  const last = logitsOf(net);
  /** @param {Tensor["data"]} data */
  const scores = async (data) => {
    const values = new Map([["input", { shape: input.shape, data }]]);
    await compute(net, weights, values, { signal });
    return scoresOf(/** @type {Tensor} */ (values.get(last)));
  };
  const plain = await scores(input.data);
  /** @type {number[][]} */
  const covered = [];
  let end = 0;
  for (const box of windows) {
    if (performance.now() > end) {
      await pause();
      signal?.throwIfAborted();
      end = performance.now() + SLICE;
    }
    const data = input.data.slice();
    for (const at of cellsIn(box, space)) for (let c = 0; c < channels; c++) data[c * count(space) + at] = 0;
    covered.push(await scores(data));
    onProgress?.(covered.length, windows.length);
  }
  return {
    size: windows[0].map(([from, to]) => to - from),
    dense,
    scores: plain,
    /** @param {number} target @returns {Float32Array} */
    map(target) {
      const [falls, times] = [new Float64Array(count(space)), new Float64Array(count(space))];
      windows.forEach((box, i) => {
        for (const at of cellsIn(box, space)) {
          falls[at] += plain[target] - covered[i][target];
          times[at] += 1;
        }
      });
      return Float32Array.from(falls, (sum, at) => sum / times[at]);
    },
  };
}

/** Where the cells of a box stand in a map. @param {[number, number][]} box @param {number[]} space */
function* cellsIn([[top, bottom], [left, right]], [, width]) {
  for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) yield y * width + x;
}
