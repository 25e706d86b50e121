// The kernels room: a picture, a chain of kernels, and one sum of it under the cursor.

import { axisWindow, EDGES, runStep } from "locality/filter";
import { reads } from "locality/geometry";
import { readChain, transpose } from "locality/kernels";
import { legend } from "locality/parts/colour";
import { choice } from "locality/parts/controls";
import { button, el, exact, fill, notice, sentence, short } from "locality/parts/dom";
import { pictureChooser } from "locality/parts/pictures";
import { asksAnew, CHANNELS, MOST_STEPS, readAddress, writeAddress } from "locality/rooms/kernels/address";
import { chainView } from "locality/rooms/kernels/chain";
import { kernelEditor } from "locality/rooms/kernels/editor";
import { BRIGHTNESS, LARGEST, look, numbers, prepared } from "locality/rooms/kernels/look";
import { savePicture } from "locality/rooms/kernels/save";
import { sumView, terms } from "locality/rooms/kernels/sum";
import { pictureView } from "locality/rooms/kernels/view";
import { separableView, wavesView } from "locality/rooms/kernels/waves";

/** @typedef {import("locality/filter").Edges} Edges */
/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/source").Picture} Picture */

/** @type {import("locality/app").Room} */
export const room = {
  id: "kernels",
  title: "Kernels",
  about: "Slide a small grid of numbers over a picture: each cell of the result is a weighted sum of a patch.",
  mount,
};

/** @param {Tensor} tensor */
const sizeText = ({ shape }) => `${shape[2]}x${shape[1]}`;

/** Do something once before the screen is drawn next, however often it is asked for. @param {() => void} does */
function oncePerFrame(does) {
  let waiting = false;
  return () => {
    if (!waiting) requestAnimationFrame(() => ((waiting = false), does()));
    waiting = true;
  };
}

/** @param {HTMLElement} root @param {import("locality/app").PageContext} page */
function mount(root, page) {
  const pictures = [...page.samples, ...page.pictures].filter(
    ({ shape }) => shape.length === 3 && [1, 3].includes(shape[0]),
  );
  let now = readAddress(page.state);
  /** @type {Picture} */
  let picture = { shape: [1, 1, 1], data: new Uint8Array(1), name: "", label: null };
  /** @type {Tensor[]} */
  let stages = []; // the picture's numbers, then what each step makes of them

  /** @type {import("locality/parts/colour").Range[]} */
  let ranges = []; // of the stages, as they are shown

  const said = notice();
  const wrong = notice();
  const cursorLine = el("output", { class: "number" });
  const input = pictureView({ label: "Input", side: "input", onMove: fromInput, onPin: pin, onStep: stepBy });
  const output = pictureView({ label: "Output", side: "output", onMove: moveTo, onPin: pin, onStep: stepBy });
  const chain = chainView({ onOpen: openStep, onMove: reorder, onRemove: remove, onAdd: append });
  const editor = kernelEditor({ onChange: edited });
  const waves = wavesView();
  const separable = separableView();

  const sums = el("section", { class: "panel sums" });
  const wide = () => sums.clientWidth - 44;
  const [a, b] = [sumView({ label: "a", room: wide }), sumView({ label: "b", room: wide })];
  const [aTitle, bTitle] = ["a: the kernel", "b: the transposed kernel"].map((text) => el("h3", {}, text));
  const both = el("p", { class: "formula kernel-sum" });
  const ofPair = [aTitle, bTitle, b.element, both];
  fill(sums, el("h2", {}, "One sum"), cursorLine, aTitle, a.element, bTitle, b.element, both);

  const edges = choice({
    label: "Edges",
    options: /** @type {Edges[]} */ (Object.keys(EDGES)),
    value: now.edges,
    list: false,
    onInput: (x) => set({ edges: x }),
  });
  const way = choice({
    label: "Laid on",
    value: "correlation",
    onInput: (x) => set({ flip: x === "convolution" }),
    options: [
      ["correlation", "as it is (correlation)"],
      ["convolution", "turned (convolution)"],
    ],
  });
  const colour = choice({
    label: "Picture",
    options: ["grey", "colour"],
    value: "grey",
    onInput: (x) => set({ grey: x === "grey" }),
  });
  const channel = choice({
    label: "Channel",
    options: CHANNELS,
    value: "red",
    onInput: (x) => set({ channel: CHANNELS.indexOf(x) }),
  });
  const result = choice({
    label: "Result",
    value: "signed",
    onInput: (x) => set({ signed: x === "signed" }),
    options: [
      ["signed", "signed"],
      ["clamped", "clamped to 0 to 255"],
    ],
  });
  const chooser = pictureChooser({
    label: "Pictures",
    pictures,
    shape: null,
    fit: "cover",
    largest: LARGEST,
    onPicture: take,
  });
  const store = button("Save the result as PNG", save, { class: "store" });
  const pair = el("div", { class: "pair" }, input.element, output.element);
  fill(
    root,
    chooser.element,
    said.element,
    el(
      "div",
      { class: "panel controls" },
      [edges, way, colour, channel, result].map((each) => each.element),
      store,
    ),
    wrong.element,
    el(
      "div",
      { class: "kernel-main" },
      el("div", { class: "content" }, el("section", { class: "panel" }, pair), sums, chain.element),
      el("div", { class: "content" }, editor.element, separable.element, waves.element),
    ),
  );

  const changed = oncePerFrame(() => (compute(), keep()));
  const moved = oncePerFrame(() => (point(), keep()));

  // --- what is chosen

  /** @param {Partial<typeof now>} part */
  function set(part) {
    now = { ...now, ...part };
    if (part.flip !== undefined) editor.flip(now.flip);
    changed();
  }

  /** @param {Picture} chosen */
  function take(chosen) {
    const ready = prepared(chosen);
    picture = ready.picture;
    said.say(ready.said);
    changed();
  }

  /** @param {import("locality/kernels").Step} step */
  function edited(step) {
    set({ steps: now.steps.map((each, i) => (i === now.open ? step : each)) });
  }

  /** @param {number} open */
  function openStep(open) {
    editor.show(now.steps[open], now.flip);
    set({ open });
  }

  /** @param {number} i @param {number} to */
  function reorder(i, to) {
    const [step] = now.steps.splice(i, 1);
    now.steps.splice(to, 0, step);
    openStep(to);
  }

  /** @param {number} i */
  function remove(i) {
    now.steps.splice(i, 1);
    openStep(Math.min(now.open > i ? now.open - 1 : now.open, now.steps.length - 1));
  }

  function append() {
    if (now.steps.length >= MOST_STEPS) return wrong.warn(`chain: it has ${MOST_STEPS} kernels. Remove one first.`);
    now.steps.push(...readChain("blur"));
    openStep(now.steps.length - 1);
  }

  async function save() {
    try {
      said.say(await savePicture(stages[now.open + 1], now.signed));
    } catch (error) {
      wrong.warn(sentence(error));
    }
  }

  // --- computing and drawing

  function compute() {
    stages = [/** @type {Tensor} */ (numbers(picture, now.grey))];
    for (const step of now.steps) stages.push(runStep(stages[stages.length - 1], step, now.edges, now.flip));
    wrong.clear();
    draw();
  }

  function draw() {
    const channels = stages[0].shape[0];
    const [from, to] = [stages[now.open], stages[now.open + 1]];
    channel.element.hidden = channels < 3;
    const looks = stages.map((stage, i) => look(stage, now.signed && i > 0, Math.min(now.channel, channels - 1)));
    const columns = pair.clientWidth > 620 ? 2 : 1;
    const most = Math.floor((pair.clientWidth - (columns - 1) * 24) / columns) - 12;
    const side = Math.max(160, Math.min(most, 640, Math.max(320, window.innerHeight * 0.42)));
    ranges = looks.map(({ range }) => range);
    input.show(looks[now.open].image, side);
    output.show(looks[now.open + 1].image, side);
    const of = channels > 1 && now.signed ? `, ${CHANNELS[now.channel]}` : "";
    const source = now.open ? `, from kernel ${now.open}` : "";
    fill(input.caption, el("b", { class: "in" }, "Input"), ` ${sizeText(from)}${source}`);
    fill(
      output.caption,
      el("b", { class: "out" }, "Output"),
      ` ${sizeText(to)}${of}`,
      legend(looks[now.open + 1].range),
    );
    chain.show(
      now.steps,
      now.open,
      looks.map(({ image }) => image),
    );
    const { kernel, magnitude } = now.steps[now.open];
    waves.show(kernel, magnitude);
    separable.show(kernel);
    point();
  }

  /** The cursor in both pictures, and its sum. */
  function point() {
    const { kernel, magnitude, stride } = now.steps[now.open];
    const [from, to] = [stages[now.open], stages[now.open + 1]];
    const [, high, across] = to.shape;
    const y = Math.min(Math.max(now.cursor[0], 0), high - 1);
    const x = Math.min(Math.max(now.cursor[1], 0), across - 1);
    now.cursor = [y, x];
    const [rows, columns] = [reads(axisWindow(kernel.rows, stride), y), reads(axisWindow(kernel.columns, stride), x)];
    input.mark({ top: rows[0], left: columns[0], rows: rows.length, columns: columns.length }, now.pinned);
    output.mark({ top: y, left: x, rows: 1, columns: 1 }, now.pinned);

    const shown = Math.min(now.channel, from.shape[0] - 1);
    const value = to.data[(shown * high + y) * across + x];
    const how = { range: now.signed && now.open ? ranges[now.open] : BRIGHTNESS, edges: now.edges };
    const sum = terms(from, shown, kernel, now.edges, stride, now.flip, y, x);
    a.show(sum, { ...how, value: magnitude ? sum.total : value });
    for (const element of ofPair) element.hidden = !magnitude;
    if (magnitude) {
      const down = terms(from, shown, transpose(kernel), now.edges, stride, now.flip, y, x);
      b.show(down, { ...how, value: down.total });
      const [p, q] = [sum, down].map(({ hangs, total }) => exact(hangs && now.edges === "black" ? 0 : total));
      fill(both, `√(a² + b²) = √((${p})² + (${q})²) = `, el("b", { class: "out" }, exact(value)));
    }
    const where = `Output row ${y}, column ${x}${from.shape[0] > 1 ? `, ${CHANNELS[shown]}` : ""}`;
    const seen = now.signed ? "" : `, shown as ${Math.max(0, Math.min(255, Math.round(value)))}`;
    const held = now.pinned ? " (pinned: Escape frees it, a click pins another)" : "";
    cursorLine.textContent = `${where}: ${short(value, 6)}${seen}${held}`;
  }

  // --- the cursor

  /** @param {number} y @param {number} x   a cell of the output */
  function moveTo(y, x) {
    if (now.pinned) return;
    now.cursor = [y, x];
    moved();
  }

  /** @param {number} y @param {number} x   a cell of the input */
  function fromInput(y, x) {
    const { stride } = now.steps[now.open];
    moveTo(Math.round(y / stride), Math.round(x / stride));
  }

  /** @param {number} down @param {number} right */
  function stepBy(down, right) {
    now.cursor = [now.cursor[0] + down, now.cursor[1] + right];
    moved();
  }

  /** @param {boolean} [on] */
  function pin(on = !now.pinned) {
    now.pinned = on;
    moved();
  }

  // --- the address

  /** The address belongs to the room that is shown: a camera may go on while this one is hidden. */
  function keep() {
    if (page.state.room === room.id) writeAddress(page.state, now);
  }

  function begin() {
    now = readAddress(page.state);
    edges.set(now.edges);
    way.set(now.flip ? "convolution" : "correlation");
    colour.set(now.grey ? "grey" : "colour");
    channel.set(CHANNELS[now.channel]);
    result.set(now.signed ? "signed" : "clamped");
    editor.show(now.steps[now.open], now.flip);
    compute();
    if (now.wrong) wrong.warn(now.wrong);
  }

  if (pictures.length) {
    const ready = prepared(pictures[0]);
    picture = ready.picture;
    said.say(ready.said);
  }
  begin();
  return () => {
    if (page.state.room !== room.id) return; // hidden: there is no width to draw in; it is called again when shown
    if (asksAnew(page.state, now)) {
      begin();
      keep();
    } else {
      editor.redraw();
      waves.redraw();
      separable.redraw();
      draw();
      keep();
    }
  };
}
