// The kernels room: a picture, a chain of kernels, and one sum of it under the cursor.

import { ends } from "locality/digit";
import { clamped, EDGES, luminance, runStep } from "locality/filter";
import { isBytes, isFrame, limitPicture } from "locality/fit";
import { chainText, readChain, transpose } from "locality/kernels";
import { legend, signedRange } from "locality/parts/colour";
import { choice } from "locality/parts/controls";
import { el, exact, fill, notice, sentence, short } from "locality/parts/dom";
import { mapImage, pictureImage } from "locality/parts/map";
import { pictureChooser } from "locality/parts/pictures";
import { settings } from "locality/parts/settings";
import { kernelEditor } from "locality/rooms/kernels/editor";
import { sumView, terms } from "locality/rooms/kernels/sum";
import { chainView, pictureView } from "locality/rooms/kernels/view";
import { showSeparable, showWaves } from "locality/rooms/kernels/waves";
import { wide } from "locality/tensor";

/** @import { Edges } from "locality/filter" */
/** @import { Picture } from "locality/source" */
/** @import { Tensor } from "locality/tensor" */

export const room = {
  id: "kernels",
  title: "Kernels",
  about: "Slide a small grid of numbers over a picture: each cell of the result is a weighted sum of a patch.",
  mount,
};

const LARGEST = 384; // cells along a side of a picture
const MOST = 12; // kernels of a chain
const CHANNELS = ["red", "green", "blue"];
const USUAL = {
  chain: "left-sobel", open: 0, edges: "extend", laid: "correlation", picture: "grey", channel: "red",
  result: "signed", at: "60,60", pinned: false,
};

/** @param {HTMLElement} root @param {import("locality/app").PageContext} page */
function mount(root, page) {
  const photographs = page.samples.map(({ name }) => name);
  const others = page.pictures.filter(({ name, shape }) => isFrame(shape) && !photographs.includes(name));
  const pictures = [...page.samples, ...others.slice(0, 5)];
  let picture = pictures[0];
  let steps = readChain(USUAL.chain);
  /** The picture's numbers, then what each step makes of them. @type {Tensor[]} */
  let stages = [];
  /** @type {ReturnType<typeof look>[]} */
  let looks = [];

  const { now, put, bind, open } = settings(page.state, USUAL, update);
  const wrong = notice();
  const chooser = pictureChooser({
    label: "Pictures", pictures, shape: null, fit: "cover", largest: LARGEST,
    onPicture(chosen) {
      picture = chosen;
      compute();
    },
  });
  const ways = [["correlation", "as it is (correlation)"], ["convolution", "turned (convolution)"]];
  const controls = [
    bind(choice, "edges", { label: "Edges", options: Object.keys(EDGES), list: false }),
    bind(choice, "laid", { label: "Laid on", options: ways }),
    bind(choice, "picture", { label: "Picture", options: ["grey", "colour"] }),
    bind(choice, "channel", { label: "Channel", options: CHANNELS }),
    bind(choice, "result", { label: "Result", options: ["signed", ["clamped", "clamped to 0 to 255"]] }),
  ].map(({ element }) => element);

  /** @type {import("locality/rooms/kernels/view").Cursor} */
  const cursor = {
    onPoint: (y, x, pin) => (pin || !now.pinned) && put({ at: `${y},${x}`, pinned: pin || now.pinned }),
    onStep: (by) => put({ at: now.at.split(",").map((at, i) => Number(at) + by[i]).join() }),
    onPin: (key) => put({ pinned: key !== "Escape" && !now.pinned }),
  };
  const fromInput = (/** @type {number} */ at) => Math.round(at / steps[now.open].stride);
  const input = pictureView("Input",
    { ...cursor, onPoint: (y, x, pin) => cursor.onPoint(fromInput(y), fromInput(x), pin) });
  const output = pictureView("Output", cursor);
  const line = el("output", { class: "number" });
  const [a, b] = [sumView(), sumView()];
  const both = el("p", { class: "formula kernel-sum" });
  const [first, second] = ["a: the kernel", "b: the transposed kernel"].map((text) => el("h3", {}, text));
  const sums = el("section", { class: "panel sums" },
    el("h2", {}, "One sum"), line, first, a.element, second, b.element, both);
  const chain = chainView(wrong.element, (text, at) => put({ chain: text, open: at }));
  const editor = kernelEditor((step) =>
    put({ chain: chainText(steps.map((each, i) => (i === now.open ? step : each))) }));
  const [waves, separable] = ["waves", "separable"].map((name) => el("section", { class: `panel ${name}` }));
  fill(root, chooser.element, el("div", { class: "panel controls" }, controls),
    el("div", { class: "kernel-main" },
      el("div", { class: "content" },
        el("section", { class: "panel pair" }, input.element, output.element), sums, chain.element),
      el("div", { class: "content" }, editor.element, separable, waves)));

  /** @param {Partial<typeof USUAL>} changed */
  function update(changed) {
    if ("at" in changed || "pinned" in changed) return point();
    wrong.clear();
    try {
      const read = readChain(now.chain);
      if (read.length > MOST) throw new Error(`chain: it has ${read.length} kernels. Give at most ${MOST}.`);
      steps = read;
    } catch (error) {
      wrong.warn(sentence(error)); // the last chain that could be read stays
    }
    now.chain = chainText(steps);
    now.open = Math.min(Math.max(Math.trunc(now.open), 0), steps.length - 1);
    editor.show(steps[now.open]);
    showWaves(waves, steps[now.open]);
    showSeparable(separable, steps[now.open].kernel);
    compute();
  }

  function compute() {
    stages = [numbers(picture, now.picture === "grey")];
    for (const [i, step] of steps.entries())
      stages.push(runStep(stages[i], step, /** @type {Edges} */ (now.edges), now.laid === "convolution"));
    if (!stages[steps.length].data.every(Number.isFinite))
      wrong.warn("kernel: the sums grow beyond what a number can hold. Use smaller weights.");
    looks = stages.map((stage, i) => look(stage, i > 0 && now.result === "signed", CHANNELS.indexOf(now.channel)));
    controls[3].hidden = stages[0].shape[0] < 3;
    chain.show(steps, now.open, looks.map(({ image }) => image));
    const [from, to] = looks.slice(now.open);
    input.show(from.image, now.open ? `, from kernel ${now.open}` : "");
    output.show(to.image, legend(to.range));
    point();
  }

  /** The cursor in both pictures, and its sum. */
  function point() {
    const { kernel, magnitude, stride } = steps[now.open];
    const [from, { shape, data }] = stages.slice(now.open);
    const [y, x] = [0, 1].map((i) =>
      Math.min(Math.max(Math.trunc(Number(now.at.split(",")[i])) || 0, 0), shape[i + 1] - 1));
    now.at = `${y},${x}`;
    const channel = shape[0] > 1 ? CHANNELS.indexOf(now.channel) : 0;
    const value = data[(channel * shape[1] + y) * shape[2] + x];
    const edges = /** @type {Edges} */ (now.edges);
    const found = [kernel, transpose(kernel)].map((each) =>
      terms(from, channel, each, edges, stride, now.laid === "convolution", y, x));
    input.mark([...found[0].corner, kernel.rows, kernel.columns], now.pinned);
    output.mark([y, x, 1, 1], now.pinned);
    for (const element of [first, second, b.element, both]) element.hidden = !magnitude;
    for (const [i, view] of (magnitude ? [a, b] : [a]).entries())
      view.show(found[i], now, looks[now.open].range, sums.clientWidth - 44);
    const [p, q] = found.map(({ hangs, total }) => exact(hangs && edges === "black" ? 0 : total));
    fill(both, `√(a² + b²) = √((${p})² + (${q})²) = `, el("b", { class: "out" }, exact(value)));
    const where = `Output row ${y}, column ${x}${shape[0] > 1 ? `, ${now.channel}` : ""}: ${short(value, 6)}`;
    const seen = now.result === "signed" ? "" : `, shown as ${clamped([value])[0]}`;
    line.textContent = `${where}${seen}${now.pinned ? " (pinned: Escape frees it, a click pins another)" : ""}`;
  }

  open();
  return open;
}

/** What the first kernel meets: each colour, or brightness alone. @param {Picture} picture @param {boolean} grey */
function numbers(picture, grey) {
  const [low, high] = ends(picture.data);
  const scale = 255 / (high - low || 1);
  const data = isBytes(picture.data) ? picture.data : Uint8ClampedArray.from(picture.data, (x) => (x - low) * scale);
  const large = Math.max(...picture.shape) > LARGEST;
  const bytes = large ? limitPicture({ ...picture, data }, LARGEST) : { ...picture, data };
  return grey ? luminance(bytes) : wide(bytes.shape, bytes.data);
}

/** As the screen shows it: clamped, or one channel on the signed scale.
 *  @param {Tensor} stage @param {boolean} signed @param {number} channel */
function look(stage, signed, channel) {
  const [channels, height, width] = stage.shape;
  if (!signed) {
    const image = pictureImage({ shape: stage.shape, data: clamped(stage.data) });
    return { image, range: { low: 0, high: 255, scale: /** @type {const} */ ("grey") } };
  }
  const from = channels > 1 ? channel : 0;
  const range = signedRange(stage.data, from * height * width, (from + 1) * height * width);
  return { image: mapImage(stage, from, range), range };
}
