// The map of what the network looks at, laid over the picture: method, output, opacity, and every number under the
// pointer or the arrow keys.

import { legend, signedRange } from "locality/parts/colour";
import { choice, newId, slider } from "locality/parts/controls";
import { el, exact, fill, notice, sentence, short } from "locality/parts/dom";
import { drawCells, fitCanvas, mapImage, token } from "locality/parts/map";
import { imageOf } from "locality/parts/pictures";
import { shapeText, total } from "locality/tensor";

/** @typedef {import("locality/source").Attribution} Attribution */
/** @typedef {import("locality/source").Picture} Picture */

const USUAL = 65; // per cent of opacity
const WIDE = 420; // pixels of the picture
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** What a map's numbers are. @type {Record<string, (map: Attribution) => string>} */
const WORDS = {
  "grad-cam": ({ node }) => `Grad-CAM: the maps of ${node}, each times the mean of the score's gradient over it, added up; what is above zero, brought to the picture's size.`,
  gradient: () => "Gradient: the largest |d score / d pixel| among the channels, so how much a small change of the pixel would move the score.",
  "integrated-gradients": ({ values, steps, difference }) => "Integrated gradients: the pixel times the mean gradient on the straight way from zero, the mean of the training pictures, to the picture" +
    `${steps ? `, in ${steps} steps` : ""}. All together they are ${short(total(values.data, (x) => x), 4)}, what the score gains on that way` +
    (difference ? `, but for ${short(Math.abs(difference), 2)} that the steps miss.` : "."),
  occlusion: ({ window, stride }) => `Occlusion: by how much the score falls when a window of ${window ? `${shapeText(window)} pixels` : "an eighth of the side"} is covered by zero, the mean of the training pictures. ` +
    (stride ? "The windows stand side by side: moved by half, they would take too long." : "They move by half their size; a pixel has the mean of those that cover it."),
};

/** @param {import("locality/rooms/network/session").Session} session
 *  @param {import("locality/rooms/network/looking").Looking} look @param {import("locality/parts/state").State} state */
export function lookedPanel(session, look, state) {
  const [first] = look.methods;
  let [method, opacity] = [first, USUAL];
  /** @type {number | null} the output asked for; null for the most probable one */
  let wanted = null;
  /** @type {Attribution | null} */
  let map = null;
  let cursor = [0, 0];
  let pointing = false;
  let work = new AbortController();

  const id = newId();
  const methods = choice({ label: "Method", options: look.methods, value: first, onInput: (one) => change({ looks: (method = one) }) });
  const outputs = el("select", { id, onchange: () => ((wanted = Number(outputs.value)), change({ of: wanted })) });
  const over = slider({ label: "Opacity", min: 0, max: 100, value: USUAL, format: (x) => `${x} %`, onInput: (x) => ((opacity = x), state.set({ over: x === USUAL ? null : x }), draw()) });
  const saidId = newId();
  const canvas = el("canvas", { class: "over", tabIndex: 0, role: "application", "aria-describedby": saidId,
    onpointermove: (/** @type {PointerEvent} */ event) => moveTo(placeAt(event), true), onpointerleave: () => moveTo(cursor, false),
    onfocus: () => moveTo(cursor, true), onblur: () => moveTo(cursor, false), onkeydown: step });
  const said = el("output", { id: saidId, class: "said number" }, "\u00a0");
  const words = el("p");
  const legendBox = el("div");
  const wrong = notice();
  const shown = el("figure", {}, canvas, said);
  const element = el("details", { class: "panel looked", ontoggle: toggled },
    el("summary", {}, "What the network looks at"),
    el("div", { class: "controls" }, methods.element, el("div", { class: "control" }, el("label", { for: id }, "Output"), outputs), over.element),
    wrong.element,
    el("div", { class: "row" }, shown, el("div", { class: "grow" }, words, legendBox, look.notes.map((note) => el("p", { class: "muted" }, note)))));
  element.hidden = !look.methods.length;

  function toggled() {
    state.set(element.open ? { looks: method } : { looks: null, of: null, over: null });
    if (element.open) refresh();
    else work.abort();
  }

  /** @param {Record<string, string | number | null>} kept */
  function change(kept) {
    state.set(kept);
    refresh();
  }

  /** The output shown: the one asked for, or the most probable. @param {number[]} scores */
  const target = (scores) => (wanted !== null && wanted in scores ? wanted : scores.indexOf(Math.max(...scores)));

  /** The outputs to choose from, the highest scores first. @param {number[]} scores */
  function list(scores) {
    const { classes } = session.scene;
    const some = look.outputs(method);
    const order = [...scores.keys()].sort((a, b) => scores[b] - scores[a]).filter((i) => !some || some.includes(i) || i === target(scores));
    fill(outputs, order.map((i) => el("option", { value: String(i) }, `${classes?.[i] ?? `output ${i}`} (score ${short(scores[i])})`)));
    outputs.value = String(target(scores));
  }

  /** Find the map of what is chosen, and show it. */
  async function refresh() {
    if (!element.open || !look.methods.length) return;
    work.abort();
    const { signal } = (work = new AbortController());
    try {
      await session.value(session.net.nodes[session.net.nodes.length - 1].name);
      const scores = look.scores ?? (await session.value(session.net.nodes[session.net.nodes.length - 1].inputs[0]).then(() => look.scores));
      if (!scores || signal.aborted) return;
      list(scores);
      const slow = setTimeout(() => signal.aborted || wrong.say(`Computing ${method}.`), 400);
      const onProgress = (/** @type {number} */ done, /** @type {number} */ of) => signal.aborted || wrong.say(`Computing ${method}: ${done} of ${of} windows.`);
      const found = await look.map(method, target(scores), { signal, onProgress }).finally(() => clearTimeout(slow));
      if (signal.aborted) return;
      map = found;
      wrong.clear();
    } catch (error) {
      if (signal.aborted) return;
      map = null;
      wrong.warn(sentence(error));
    }
    draw();
  }

  function draw() {
    shown.hidden = legendBox.hidden = words.hidden = !map;
    const { picture } = session;
    if (!map || !picture) return;
    const [rows, columns] = map.values.shape;
    const wide = Math.max(1, Math.min(WIDE, (element.clientWidth || WIDE) - 44, (WIDE * columns) / rows));
    const [width, height] = [Math.round(wide), Math.round((wide * rows) / columns)];
    const context = fitCanvas(canvas, width, height);
    const range = signedRange(map.values.data);
    drawCells(context, imageOf(grey(picture)), 0, 0, width, height);
    context.globalAlpha = opacity / 100;
    drawCells(context, mapImage({ shape: [1, rows, columns], data: map.values.data }, 0, range), 0, 0, width, height);
    context.globalAlpha = 1;
    if (pointing) {
      const [sx, sy] = [width / columns, height / rows];
      for (const [colour, line] of /** @type {const} */ ([["ground", 4], ["ink", 2]])) {
        context.strokeStyle = token(colour);
        context.lineWidth = line;
        context.strokeRect(cursor[1] * sx - 2, cursor[0] * sy - 2, Math.max(sx, 2) + 4, Math.max(sy, 2) + 4);
      }
    }
    const name = session.scene.classes?.[map.target] ?? `output ${map.target}`;
    canvas.setAttribute("aria-label", `${method} for ${name}, over the picture. Arrow keys go from pixel to pixel.`);
    said.textContent = pointing ? `row ${cursor[0]}, column ${cursor[1]}: ${exact(map.values.data[cursor[0] * columns + cursor[1]])}` : "\u00a0";
    words.textContent = `${WORDS[map.method](map)} The score of ${name} is ${short(map.score, 4)}.`;
    fill(legendBox, legend(range, `what speaks against and for ${name}`));
  }

  /** @param {PointerEvent} event */
  function placeAt(event) {
    const [rows, columns] = map?.values.shape ?? [1, 1];
    const box = canvas.getBoundingClientRect();
    return [Math.floor(((event.clientY - box.top) / box.height) * rows), Math.floor(((event.clientX - box.left) / box.width) * columns)];
  }

  /** @param {number[]} place @param {boolean} on */
  function moveTo(place, on) {
    const sizes = map?.values.shape ?? [1, 1];
    cursor = place.map((x, axis) => Math.min(Math.max(x, 0), sizes[axis] - 1));
    pointing = on || document.activeElement === canvas;
    draw();
  }

  /** Arrow keys, with Shift eight pixels at a time. @param {KeyboardEvent} event */
  function step(event) {
    const by = ARROWS[event.key];
    if (!by) return;
    event.preventDefault();
    moveTo(cursor.map((x, axis) => x + by[axis] * (event.shiftKey ? 8 : 1)), true);
  }

  /** Show what the address says. */
  function reopen() {
    const [said, of, over_] = [state.get("looks"), state.get("of"), Number(state.get("over") ?? USUAL)];
    if (!said || !look.methods.includes(said)) return;
    method = said;
    methods.set(said);
    wanted = of !== null && /^\d+$/.test(of) ? Number(of) : null;
    opacity = over_ >= 0 && over_ <= 100 ? over_ : USUAL;
    over.set(opacity);
    if (element.open) refresh();
    else element.open = true; // which shows it
  }

  return { element, refresh, reopen };
}

/** A picture without its colours, so that all colour is the map's. @param {Picture} picture @returns {Picture} */
function grey(picture) {
  const { shape: [channels, ...space], data } = picture;
  if (channels !== 3 || data.BYTES_PER_ELEMENT !== 1) return picture;
  const each = data.length / 3;
  const bytes = Uint8Array.from({ length: each }, (_, i) => 0.299 * data[i] + 0.587 * data[each + i] + 0.114 * data[2 * each + i]);
  return { ...picture, shape: [1, ...space], data: bytes };
}
