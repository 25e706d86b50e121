// The input at rest and moved, and a layer's maps in three rows: as they should be, as they are, the difference.

import { colourOf, inkOn, signed, signedRange } from "locality/parts/colour";
import { el, fill, short } from "locality/parts/dom";
import { drawCells, fitCanvas, mapImage, mapSize, pictureImage, token } from "locality/parts/map";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/parts/colour").Range} Range */

const MOST = 6; // maps shown of a layer

/** The input and the moved input; arrow keys on either, or a drag, move it.
 *  @param {{onStep: (down: number, right: number) => void}} given */
export function pad({ onStep }) {
  const element = el("div", { class: "sharing-pad" });
  const canvases = ["x", "T x"].map((name) =>
    el("canvas", {
      tabIndex: name === "T x" ? 0 : -1,
      role: "img",
      "aria-label": name === "x" ? "The input" : "The input, moved. Arrow keys move it further.",
    }),
  );
  fill(
    element,
    canvases.map((canvas, i) =>
      el("figure", {}, el("figcaption", { class: "in" }, ["x, the input", "T x, moved"][i]), canvas),
    ),
  );
  const moved = canvases[1];
  moved.addEventListener("keydown", (event) => {
    const step = /** @type {Record<string, [number, number]>} */ ({
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    })[event.key];
    if (!step) return;
    event.preventDefault();
    onStep(...step);
  });
  let cell = 1;
  /** @type {[number, number] | null} */
  let from = null;
  moved.addEventListener("pointerdown", (event) => {
    from = [event.clientY, event.clientX];
    moved.setPointerCapture(event.pointerId);
  });
  moved.addEventListener("pointermove", (event) => {
    if (!from) return;
    const [down, right] = [event.clientY - from[0], event.clientX - from[1]].map((x) => Math.trunc(x / cell));
    if (!down && !right) return;
    from = [from[0] + down * cell, from[1] + right * cell];
    onStep(down, right);
  });
  for (const end of ["pointerup", "pointercancel"]) moved.addEventListener(end, () => (from = null));

  return {
    element,
    /** @param {Tensor} input @param {Tensor} shifted @param {Range | null} range null: the input's own */
    show(input, shifted, range) {
      [input, shifted].forEach((tensor, i) => {
        const { width, height } = mapSize(tensor.shape);
        const wide = element.parentElement?.clientWidth ?? 508;
        const side = Math.min(224, Math.max(100, (wide - 60) / 2));
        cell = Math.min(side / width, side / height);
        const context = fitCanvas(canvases[i], width * cell, Math.max(height * cell, 12));
        drawCells(context, imageOf(tensor, range), 0, 0, width * cell, Math.max(height * cell, 12));
        context.strokeStyle = token("input");
        context.lineWidth = 3;
        context.strokeRect(1, 1, width * cell - 2, Math.max(height * cell, 12) - 2);
      });
    },
  };
}

/** Three channels as colours, each brought to 0..255 over the whole input; one by the scale.
 *  @param {Tensor} tensor @param {Range | null} range */
function imageOf(tensor, range) {
  const [low, high] = ends(tensor.data);
  if (tensor.shape[0] === 3 && tensor.shape.length === 3) {
    return pictureImage({
      shape: tensor.shape,
      data: Float64Array.from(tensor.data, (x) => ((x - low) / (high - low || 1)) * 255),
    });
  }
  return mapImage(tensor, 0, range ?? { low, high: high > low ? high : low + 1, scale: "grey" });
}

/** @param {ArrayLike<number>} data */
function ends(data) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) [low, high] = [Math.min(low, data[i]), Math.max(high, data[i])];
  return [low, high];
}

/**
 * @param {{expected: Tensor, shifted: Tensor, difference: Tensor, range: Range, flat: boolean, names: string[] | null,
 *   kernels: Tensor | null, room: number}} given `room`: how wide all may be
 */
export function mapsOf({ expected, shifted, difference, range, flat, names, kernels, room }) {
  const count = flat ? 1 : Math.min(MOST, expected.shape[0]);
  const side = Math.min(210, Math.max(110, Math.floor(room / count) - 13));
  const rows = /** @type {[string, Tensor, Range][]} */ ([
    [flat ? "f(x)" : "T f(x), the maps moved", expected, range],
    [flat ? "f(T x)" : "f(T x), maps of the moved input", shifted, range],
    ["their difference", difference, range],
  ]);
  const heads = Array.from({ length: count }, (_, c) =>
    el(
      "div",
      { class: "sharing-kernel" },
      kernels ? kernelOf(kernels, c) : null,
      el("span", {}, names?.[c] ?? (flat ? "all outputs in a row" : `map ${c}`)),
    ),
  );
  const more =
    flat || expected.shape[0] <= count
      ? null
      : el("p", { class: "muted" }, `The first ${count} of ${expected.shape[0]} maps.`);
  return el(
    "div",
    {},
    el(
      "div",
      { class: "sharing-maps-grid", style: `grid-template-columns: repeat(${count}, max-content)` },
      heads,
      rows.flatMap(([title, tensor, its]) => [
        el("h4", { class: "out" }, title),
        ...Array.from({ length: count }, (_, c) => one(tensor, c, its, flat, title, side)),
      ]),
    ),
    more,
  );
}

/** @param {Tensor} tensor @param {number} channel @param {Range} range @param {boolean} flat @param {string} title
 *  @param {number} side */
function one(tensor, channel, range, flat, title, side) {
  const shown = flat ? { shape: [1, 1, tensor.data.length], data: tensor.data } : tensor;
  const { width, height } = mapSize(shown.shape);
  const cell = flat ? Math.max(1, Math.min(32, 900 / width)) : Math.min(side / width, side / height);
  const size = [width * cell, Math.max(height * cell, flat ? 28 : 10)];
  const canvas = el("canvas", { role: "img", "aria-label": `${title}, map ${channel}` });
  const context = fitCanvas(canvas, size[0], size[1]);
  drawCells(context, mapImage(shown, channel, range), 0, 0, size[0], size[1]);
  context.strokeStyle = token("output");
  context.strokeRect(0.5, 0.5, size[0] - 1, size[1] - 1);
  return canvas;
}

/** A kernel with its numbers. @param {Tensor} kernels @param {number} which */
function kernelOf(kernels, which) {
  const [, , high, wide] = kernels.shape;
  const size = high * wide;
  const own = kernels.data.slice(which * size, (which + 1) * size);
  const range = signed(1.25 * signedRange(own).high); // no weight at a colour on which neither ink can be read well
  return el(
    "div",
    { class: "sharing-taps", style: `grid-template-columns: repeat(${wide}, 1fr)` },
    Array.from(own, (value) =>
      el("span", { style: `background:${colourOf(value, range)};color:${inkOn(value, range)}` }, short(value)),
    ),
  );
}
