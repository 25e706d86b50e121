// Translation: the input is moved, and every layer's maps are held against the moved maps of the input at rest.

import { legend, signedRange } from "locality/parts/colour";
import { choice, slider, toggle } from "locality/parts/controls";
import { el, exact, fill, notice, sentence, short } from "locality/parts/dom";
import { drawCells, fitCanvas, mapImage } from "locality/parts/map";
import { compute } from "locality/forward";
import { facts, grey, square } from "locality/grain";
import { readNetwork } from "locality/network";
import { settings } from "locality/parts/settings";
import { openSession } from "locality/rooms/network/session";
import { axesOf, compare, roll } from "locality/sharing";
import { range, wide } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {{key: string, net: import("locality/network").Net, weights: Map<string, Tensor>,
 *  plain: Map<string, Tensor>}} Subject */

const SIDE = 64;
const MOST = 6; // maps shown of a layer
const KERNELS = [ // upright, level and slanting edges, outline
  [-1, 0, 1, -2, 0, 2, -1, 0, 1], [-1, -2, -1, 0, 0, 0, 1, 2, 1], [0, 1, 2, -1, 0, 1, -2, -1, 0],
  [-1, -1, -1, -1, 8, -1, -1, -1, -1],
];

/** @param {import("locality/app").PageContext} page */
export function makeShift({ source, state, samples }) {
  const { scene } = source;
  const usual = { net: "small", sample: 0, mode: "zeros", conv_stride: 1, pool: false, down: 0, right: 5, node: "" };
  const { now, put, bind, open } = settings(state, usual, update);
  /** @type {Subject | null} */
  let subject = null;
  let work = new AbortController();
  const own = scene.computes && scene.pictures.length > 0 && scene.network.input.length > 1;
  const nets = [["small", "a small one"], ["page", scene.title]].slice(0, own ? 2 : 1);
  const names = samples.map(({ name }, i) => [String(i), name]);
  const ours = [
    bind(choice, "sample", { label: "Picture", list: true, options: names }),
    bind(choice, "mode", { label: "Padding", options: ["zeros", "wrap"] }),
    bind(choice, "conv_stride", { label: "Stride", options: ["1", "2"] }),
    bind(toggle, "pool", { label: "Then max pooling 2×2" }),
  ];
  const which = bind(choice, "net", { label: "Network", list: true, options: nets });
  const right = bind(slider, "right", { label: "Columns right" });
  const down = bind(slider, "down", { label: "Rows down" });
  const wrong = notice();
  const inputs = el("div", { class: "panel row" });
  const bars = el("div", { class: "sharing-bars", role: "group", "aria-label": "Layers" });
  const title = el("h3");
  const said = el("p", { class: "sharing-said", role: "status" });
  const maps = el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Maps of the shifted input" });
  const scale = el("div");
  const element = el("section", { class: "content" },
    el("h2", {}, "What a shift does"),
    el("p", { class: "sharing-said" }, "Shared weights promise: move the input, and the maps move with it. T is the " +
      "shift, f the network up to a layer. What leaves at one edge comes in at the other. Where f(T x) is not " +
      "T f(x), a stride or the padding has broken the promise."),
    el("div", { class: "panel" },
      el("div", { class: "controls" }, [which, ...ours].map((control) => control.element)),
      el("div", { class: "controls sharing-sliders" }, right.element, down.element), wrong.element),
    el("div", { class: "row" }, inputs, el("div", { class: "panel grow" },
      el("h3", {}, "Layer by layer: how far f(T x) is from T f(x)"), bars,
      el("p", { class: "muted" }, "Bars: root of the summed squared differences, as a share of that of the maps " +
        "themselves. Choose a layer to see its maps."))),
    el("div", { class: "panel" }, title, said, maps, scale));
  return { element, open };

  /** The network over its input, where it is not the one shown already. @param {AbortSignal} signal */
  async function opened(signal) {
    const key = now.net === "page" ? now.net : [now.sample, now.mode, now.conv_stride, now.pool].join();
    if (subject?.key === key) return subject;
    const made = key === "page" ? await openSession(source) : small(samples[now.sample], now);
    const plain = new Map([["input", await made.value("input")]]);
    await compute(made.net, made.weights, plain, { signal });
    return { key, net: made.net, weights: made.weights, plain };
  }

  async function update() {
    const space = now.net === "page" ? scene.network.input.slice(1) : [SIDE, SIDE];
    const most = Math.floor(space[space.length - 1] / 2);
    const held = (/** @type {number} */ by) => Math.min(Math.max(by, -most), most);
    [now.down, now.right] = [space.length > 1 ? held(now.down) : 0, held(now.right)];
    for (const each of [down, right]) {
      each.input.min = String(-most);
      each.setMax(most);
    }
    for (const control of ours) control.element.hidden = now.net === "page";
    which.element.hidden = !own;
    down.element.hidden = space.length < 2;
    const shift = space.map((_, axis) => [0, now.right, now.down][space.length - axis] ?? 0);
    work.abort();
    const { signal } = (work = new AbortController());
    try {
      subject = await opened(signal);
      const moved = new Map([["input", roll(/** @type {Tensor} */ (subject.plain.get("input")), shift)]]);
      await compute(subject.net, subject.weights, moved, { signal });
      wrong.clear();
      show(subject, moved, shift);
    } catch (error) {
      if (!signal.aborted) wrong.warn(sentence(error));
    }
  }

  /** @param {Subject} subject @param {Map<string, Tensor>} moved @param {number[]} shift */
  function show({ net, plain }, moved, shift) {
    const axes = axesOf(net);
    /** Both results. @param {string} name @returns {[Tensor, Tensor]} */
    const both = (name) => /** @type {any} */ ([plain.get(name), moved.get(name)]);
    const layers = net.nodes.map(({ name, word, shape }) => {
      const its = axes.get(name) ?? [];
      return { name, word, shape, flat: !its.length, ...compare(...both(name), its, shift) };
    });
    const spatial = layers.filter(({ flat }) => !flat);
    const at = layers.find(({ name }) => name === now.node) ?? spatial[spatial.length - 1] ?? layers[0];
    fill(inputs, both("input").map((tensor, i) => {
      const what = ["x, the input", "T x, moved"][i];
      const seen = tensor.shape.length === 3 ? grey(tensor) : tensor;
      const { least: low, most: high } = facts(seen);
      const image = mapImage(seen, 0, { low, high, scale: "grey" });
      return el("figure", {}, el("figcaption", { class: "in" }, what),
        tile(image, Math.min(224, (element.clientWidth - 70) / 2), what));
    }));
    showBars(layers, at);
    title.textContent = `${at.name}: ${at.word}, ${at.shape.join("×")}`;
    const [x, y = 0] = [...at.moved].reverse();
    const near = at.whole ? "" : ", the nearest there is: the shift is no whole number of this layer's cells";
    const away = at.inside === null ? "" : ` Away from the edge: ${short(at.inside, 4)}.`;
    said.textContent = `${at.flat ? "No places are left here: the numbers are compared."
      : `The maps should move by ${exact(y)} down and ${exact(x)} right${near}.`} ` +
      `Largest |f(T x) − T f(x)| = ${short(at.largest, 4)}.${away}`;
    const colours = signedRange(at.expected.data);
    const count = at.flat ? 1 : Math.min(MOST, at.shape[0]);
    const side = Math.min(at.flat ? 900 : 240, Math.max(110, Math.floor(maps.clientWidth / count) - 14));
    /** @type {[string, Tensor][]} */
    const rows = [[at.flat ? "f(x)" : "T f(x), the maps moved", at.expected],
      ["f(T x), of the moved input", both(at.name)[1]], ["their difference", at.difference]];
    fill(maps, el("div", { class: "sharing-maps-grid", style: `grid-template-columns: repeat(${count}, max-content)` },
      rows.flatMap(([what, { shape, data }]) => [el("h4", { class: "out" }, what), ...range(count).map((c) => {
        const image = mapImage({ shape: at.flat ? [1, 1, data.length] : shape, data }, c, colours);
        return tile(image, side, `${what}, map ${c}`);
      })])));
    fill(scale, legend(colours, at.flat ? "" : `${count} of ${at.shape[0]} maps, all on one scale`));
  }

  /** A bar for each layer: how far it is from moving with its input.
   *  @param {(ReturnType<typeof compare> & {name: string, word: string})[]} layers @param {{name: string}} chosen */
  function showBars(layers, chosen) {
    const held = [...bars.children].indexOf(/** @type {Element} */ (document.activeElement));
    const most = Math.max(...layers.map(({ relative }) => relative), 1e-12);
    const breaks = layers.find(({ relative }) => relative > 1e-6);
    fill(bars, layers.map((layer) => {
      const { name, word, relative, largest, inside } = layer;
      return el("button",
        { type: "button", class: "sharing-bar", "aria-pressed": layer === chosen, onclick: () => put({ node: name }) },
        el("span", {}, el("strong", {}, name), name === word ? "" : ` ${word}`),
        el("span", { class: "sharing-bar-track" }, el("span", { style: `width:${(100 * relative) / most}%` })),
        el("span", { class: "sharing-bar-number" }, short(relative)),
        el("span", { class: "sharing-bar-note" }, layer === breaks && "breaks here · ", `largest ${short(largest)}`,
          inside !== null && ` · away from the edge ${short(inside)}`));
    }));
    if (held >= 0) /** @type {HTMLElement} */ (bars.children[held]).focus();
  }
}

/** An image with its longer side so many pixels long. @param {HTMLCanvasElement} image @param {number} side
 *  @param {string} label */
function tile(image, side, label) {
  const canvas = el("canvas", { role: "img", "aria-label": label });
  const cell = side / Math.max(image.width, image.height);
  const [width, height] = [image.width * cell, Math.max(image.height * cell, 20)];
  drawCells(fitCanvas(canvas, width, height), image, 0, 0, width, height);
  return canvas;
}

/** The room's own network over a picture: four 3x3 kernels that find edges, then a pool if wanted.
 *  @param {import("locality/source").Picture} picture
 *  @param {{mode: string, conv_stride: number, pool: boolean}} given */
function small(picture, { mode, conv_stride, pool }) {
  const conv = { name: "conv", layer: "Conv", out_channels: 4, kernel_size: 3, padding: 1, padding_mode: mode,
    stride: conv_stride, bias: false, rounding: "floor", inputs: ["input"] };
  const after = { name: "pool", layer: "Pool", kind: "max", kernel_size: 2, inputs: ["conv"] };
  const { shape, data } = square(grey(picture), SIDE).map;
  return {
    net: readNetwork({ name: "edges", input: shape, dtype: "float64", nodes: pool ? [conv, after] : [conv] }),
    weights: new Map([["conv.weight", wide([4, 1, 3, 3], KERNELS.flat())]]),
    value: () => ({ shape, data: Float64Array.from(data, (x) => x / 255) }),
  };
}
