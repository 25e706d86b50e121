// The Network room: every map of the network, what each cell sees, and, on a click, how its number came about.

import { button, el, exact, fill, notice, sentence, short } from "locality/parts/dom";
import { areSpins, legend, signed, signedRange, spinLegend, SPINS } from "locality/parts/colour";
import { choice, slider, toggle } from "locality/parts/controls";
import { drawCells, fitCanvas } from "locality/parts/map";
import { imageOf, pictureChooser } from "locality/parts/pictures";
import { seen } from "locality/seen";
import { at } from "locality/tensor";
import { answer } from "locality/rooms/network/answer";
import { itemsOf } from "locality/rooms/network/blocks";
import { channelsSeen } from "locality/rooms/network/channels";
import { barsWidth, columns } from "locality/rooms/network/columns";
import { layOut } from "locality/rooms/network/layout";
import { cellPanel } from "locality/rooms/network/panel";
import { lookedPanel } from "locality/rooms/network/looked";
import { looking } from "locality/rooms/network/looking";
import { openSession } from "locality/rooms/network/session";

/** @typedef {import("locality/rooms/network/columns").Spot} Spot */
/** @typedef {import("locality/parts/colour").Range} Range */
/** @typedef {import("locality/tensor").Tensor} Tensor */

/** @type {import("locality/app").Room} */
export const room = {
  id: "network",
  title: "Network",
  about: "Every map that the network computes. Point at one to see what it reads; click a cell to see its arithmetic.",
  mount,
};

/** @param {HTMLElement} root @param {import("locality/app").PageContext} page */
async function mount(root, page) {
  const { scene } = page.source;
  const { state } = page;
  const session = await openSession(page.source);
  const { net } = session;
  const shapeOf = (/** @type {string} */ name) => /** @type {number[]} */ (net.shapes.get(name));
  const spins = page.pictures.length > 0 && areSpins(page.pictures[0].data);
  const open = new Set((state.get("open") ?? "").split(",").filter(Boolean));
  let ranges = /** @type {"map" | "layer" | "network"} */ (state.get("colours") ?? "layer");
  let depth = 0.5;
  let showChange = false;
  /** @type {Spot | null} */
  let pinned = null;
  /** @type {Spot | null} */
  let pointed = null;
  /** @type {import("locality/rooms/network/layout").Layout} */
  let layout = { places: [], width: 0, height: 0, byNode: new Map() };
  /** @type {Map<string, Range>} */
  const known = new Map();
  const asked = new Set();

  const said = notice();
  const spotLine = el("output", { id: "spot", class: "spot", "aria-live": "polite" }, "\u00a0");
  const answered = el("div", { class: "answer" });
  const sees = el("canvas", { class: "pixels sees", role: "img", "aria-label": "What the network sees" });
  const legendBox = el("div");
  const view = columns({ onPoint: point, onPick: pick, onBlock: turn, onKey });
  const look = looking(session);
  const looked = lookedPanel(session, look, state);
  const panel = cellPanel({ session, look, onMove: (node, place) => go({ node, place }), onHover: (spot) => (spot ? mark(spot) : mark(pinned)), onClose: close });
  const panelBox = el("section", { class: "panel", hidden: true, "aria-label": "The arithmetic of a cell" }, panel.element);
  const chooser = pictureChooser({
    label: "Picture",
    pictures: page.pictures,
    shape: net.input,
    fit: scene.fit,
    onPicture: session.setPicture, // what it throws is said beside the pictures
  });

  const caption = `What the network sees${spins && net.input[0] > 1 ? `, sublattice 0 of ${net.input[0]}` : ""}`;
  const blocks = [...new Set(itemsOf(net, new Set()).filter((item) => item.folded).map((item) => /** @type {string} */ (item.block)))];
  const changeSwitch = toggle({ label: "Show only what my edits changed", value: false, onInput: (on) => ((showChange = on), repaint()) });
  const controls = el("div", { class: "controls" },
    choice({ label: "One colour range for each", options: ["map", "layer", "network"], value: ranges, onInput: (one) => ((ranges = one), state.set({ colours: one }), repaint()) }).element,
    net.input.length === 4 ? slider({ label: "Slice", min: 0, max: 1, step: 0.01, value: depth, format: (x) => `${Math.round(100 * x)} % deep`, onInput: (x) => ((depth = x), repaint()) }).element : null,
    blocks.length ? button("Open all blocks", () => refold(blocks)) : null,
    blocks.length ? button("Fold all", () => refold([])) : null,
    changeSwitch.element);
  fill(root,
    el("div", { class: "panel looks" }, el("figure", {}, sees, el("figcaption", {}, caption), spins ? spinLegend() : null), answered,
      el("div", { class: "choosing" }, session.takesPictures ? chooser.element
        : el("p", { class: "muted" }, 'This file shows the picture recorded with it. "locality lab" computes any other.'), said.element)),
    el("div", { class: "panel network-panel" }, controls, view.element, el("div", { class: "row under" }, spotLine, legendBox)),
    panelBox, looked.element, table(scene.rows));

  /** How tall a lane of maps may be. */
  function tall() {
    return Math.max(320, Math.min(640, window.innerHeight - 540)); // what the rest of the room leaves of the window
  }

  /** @param {string} name @returns {Tensor | null} */
  function valueOf(name) {
    const value = session.values.get(name) ?? null;
    const old = showChange ? session.before?.get(name) : null;
    return value && old ? { shape: value.shape, data: Float64Array.from(value.data, (x, i) => x - old.data[i]) } : value;
  }

  /** @param {string} name */
  function want(name) {
    if (asked.has(name) || !session.known) return;
    asked.add(name);
    session.value(name).then(() => (known.clear(), view.arrived()), (error) => {
      said.warn(sentence(error));
      setTimeout(() => asked.delete(name), 2000); // it is asked for again
    });
  }

  /** The input is drawn as a picture, everything else on the signed scale. @param {string} name @param {number} channel @returns {Range} */
  function rangeOf(name, channel) {
    const bytes = session.picture && session.picture.data.BYTES_PER_ELEMENT === 1;
    if (name === "input" && bytes && !showChange) {
      const [mean, std] = [scene.mean[channel], scene.std[channel] || 1];
      return { low: -mean / std, high: (1 - mean) / std, scale: "grey" };
    }
    if (name === "input" && spins && !showChange) return SPINS;
    const key = ranges === "network" ? "" : ranges === "layer" ? name : `${name} ${channel}`;
    let range = known.get(key);
    if (!range) {
      if (ranges === "network") {
        let most = 0;
        for (const node of net.nodes) {
          const value = valueOf(node.name);
          if (value) most = Math.max(most, signedRange(value.data).high === 1 && !value.data.some(Boolean) ? 0 : signedRange(value.data).high);
        }
        range = signed(most);
      } else {
        const value = /** @type {Tensor} */ (valueOf(name));
        const each = value.data.length / value.shape[0];
        range = ranges === "layer" || value.shape.length === 1 ? signedRange(value.data) : signedRange(value.data, channel * each, (channel + 1) * each);
      }
      known.set(key, range);
    }
    return range;
  }

  /** @param {string} name */
  function depthOf(name) {
    const shape = shapeOf(name);
    return shape.length === 4 ? Math.round(depth * (shape[1] - 1)) : 0;
  }

  function content() {
    return {
      layout, valueOf, want, rangeOf, depthOf,
      labelsOf: (/** @type {import("locality/rooms/network/layout").Place} */ place) => [
        place.item.folded ? `▸ ${place.item.block}` : place.item.id,
        (place.item.folded ? `${place.item.nodes.length} layers · ` : "") + shapeLine(shapeOf(place.item.output)) + (net.heads.includes(place.item.output) ? " · head" : ""),
      ],
      bars: answer(session)?.bars ?? null,
    };
  }

  function repaint() {
    known.clear();
    view.repaint();
    showLegend();
  }

  function showLegend() {
    const spot = pointed ?? pinned;
    const name = spot?.node ?? net.nodes.find((node) => session.values.has(node.name))?.name;
    if (name === "input" && spins && !showChange) fill(legendBox, spinLegend("input"));
    else if (name && session.values.has(name)) fill(legendBox, legend(rangeOf(name, spot?.place[0] ?? 0), ranges === "network" ? "the whole network" : name));
  }

  function showPicture() {
    const { picture } = session;
    /** @type {HTMLElement} */ (sees.parentElement).hidden = picture?.shape.length !== 3;
    if (picture?.shape.length === 3) {
      const image = imageOf(picture);
      const scale = 112 / Math.max(image.width, image.height);
      const target = fitCanvas(sees, Math.round(image.width * scale), Math.round(image.height * scale));
      drawCells(target, image, 0, 0, Math.round(image.width * scale), Math.round(image.height * scale));
    }
    const last = net.nodes[net.nodes.length - 1].name;
    if (session.known && !session.values.has(last)) session.value(last).then(redraw, (error) => said.warn(sentence(error)));
    const found = answer(session);
    fill(answered, found ? el("p", { class: "says" }, found.text) : null, scene.notes.map((note) => el("p", { class: "muted" }, note)));
  }

  function redraw() {
    const bars = answer(session)?.bars ?? null;
    layout = layOut(itemsOf(net, open), shapeOf, tall(), view.element.clientWidth - barsWidth(bars));
    known.clear();
    showPicture();
    changeSwitch.element.hidden = !session.before;
    view.show(content());
    mark(pinned);
    showLegend();
  }

  /** @param {Spot | null} spot */
  function point(spot) {
    if (spot && pointed && spot.node === pointed.node && spot.place.join() === pointed.place.join()) return;
    if (!spot && !pointed) return;
    pointed = spot;
    mark(spot ?? pinned);
    showLegend();
  }

  /** Frame a cell, its field on every layer before it, and the maps it reads. @param {Spot | null} spot */
  function mark(spot) {
    const kept = layout.places.flatMap(({ item }) => session.kept(item.output).map(([channel, ...space]) => cellFrame(item.output, channel, space)));
    if (!spot) {
      spotLine.textContent = "\u00a0";
      return view.mark({ frames: kept, lines: [] });
    }
    const { node, place } = spot;
    const [channel, ...space] = place;
    const visible = layout.byNode.get(node);
    const channels = node === "input" ? new Map([["input", new Set([channel])]]) : channelsSeen(net, node, channel);
    const full = space.length === shapeOf(node).length - 1;
    const fields = full && node !== "input" ? seen(net, node, space) : new Map();
    const inputs = visible?.item.inputs.map((id) => /** @type {string} */ (layout.places.find((one) => one.item.id === id)?.item.output)) ?? [];
    const framed = (/** @type {string} */ name, /** @type {number[][]} */ places) => ({ node: name, channels: channels.get(name) ?? [], places, kind: /** @type {const} */ ("input") });
    view.mark({
      frames: [
        { node, channels: [channel], kind: "output" },
        ...inputs.map((name) => ({ node: name, channels: channels.get(name) ?? [], kind: /** @type {const} */ ("input") })),
        ...[...fields].filter(([name]) => name !== node).map(([name, places]) => framed(name, places)),
        ...kept,
        ...(full ? [cellFrame(node, channel, space)] : []),
      ],
      lines: inputs.flatMap((from) => [...(channels.get(from) ?? [])].map((one) => ({ from, channel: one, to: node, into: channel }))).slice(0, 200),
    });
    spotLine.textContent = lineOf(spot, fields);
  }

  /** @param {Spot} spot @param {Map<string, number[][]>} fields */
  function lineOf({ node, place }, fields) {
    const value = session.values.get(node);
    const [channel, ...space] = place;
    const where = space.length ? `${node}, map ${channel}, cell (${space.join(", ")})` : `${node}, ${shapeOf(node).length > 1 ? "map" : "number"} ${channel}`;
    const whole = value && place.length === value.shape.length;
    const number = !whole ? "" : session.coarse(node) ? ` ≈ ${short(at(value, place))}, kept in 8 bits` : ` = ${exact(at(value, place))}`;
    const field = (fields.get("input") ?? []).map((axis) => axis.length);
    const sees = field.length && field.every(Boolean) && node !== "input" && net.node(node).kind !== "Flatten" ? ` · sees ${field.join(" × ")} cells of the input` : "";
    return where + number + sees;
  }

  /** Open the arithmetic of a cell. @param {Spot} spot */
  async function pick(spot) {
    if (spot.node === "input" || spot.place.length < shapeOf(spot.node).length) return;
    await go(spot);
    // As far as the panel's beginning is in sight: the network above it should be, too.
    const below = panelBox.getBoundingClientRect().top - 0.62 * window.innerHeight;
    if (below > 0) window.scrollBy({ top: below, behavior: "smooth" });
  }

  /** @param {Spot} spot */
  async function go(spot) {
    pinned = spot;
    pointed = null;
    state.set({ node: spot.node, cell: spot.place.join(",") });
    if (!layout.byNode.has(spot.node) || layout.byNode.get(spot.node)?.item.output !== spot.node) unfold(spot.node);
    panelBox.hidden = false;
    mark(spot);
    view.reveal(spot.node);
    await panel.show(spot.node, spot.place);
    showLegend();
  }

  function close() {
    pinned = null;
    panelBox.hidden = true;
    state.set({ node: null, cell: null });
    mark(null);
    view.canvas.focus();
  }

  /** Open the block that hides a node. @param {string} name */
  function unfold(name) {
    const block = layout.byNode.get(name)?.item.block;
    if (block) refold([...open, block]);
  }

  /** Open or fold a block. @param {string} block */
  function turn(block) {
    refold(open.has(block) ? [...open].filter((one) => one !== block) : [...open, block]);
  }

  /** @param {string[]} now */
  function refold(now) {
    open.clear();
    for (const block of now) open.add(block);
    state.set({ open: now.join(",") });
    redraw();
  }

  /** Arrow keys: left and right the layer, up and down the map, with Shift the cell; Enter opens it. @param {KeyboardEvent} event */
  function onKey(event) {
    const moves = /** @type {Record<string, number[]>} */ ({ ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] });
    if (event.key === "Enter" && (pointed ?? pinned)) {
      event.preventDefault();
      pick(/** @type {Spot} */ (pointed ?? pinned));
      return;
    }
    if (event.key === "Escape") return close();
    if (!(event.key in moves)) return;
    event.preventDefault();
    const [down, across] = moves[event.key];
    const spot = pointed ?? pinned;
    const order = layout.places.map((place) => place.item.output);
    if (!spot) return keyTo(order[1] ?? order[0], 0);
    const shape = shapeOf(spot.node);
    if (event.shiftKey && shape.length > 1) {
      const place = spot.place.slice();
      if (place.length < shape.length) return keyTo(spot.node, place[0]);
      const row = shape.length - 2;
      if (across) place[shape.length - 1] = limit(place[shape.length - 1] + across, shape[shape.length - 1]);
      else if (row > 0) place[row] = limit(place[row] + down, shape[row]);
      return point({ node: spot.node, place });
    }
    if (across) {
      const next = order[limit(order.indexOf(spot.node) + across, order.length)];
      return keyTo(next, Math.min(spot.place[0], shapeOf(next)[0] - 1));
    }
    keyTo(spot.node, limit(spot.place[0] + down, shape[0]), spot.place.slice(1));
  }

  /** @param {string} node @param {number} channel @param {number[]} [space] */
  function keyTo(node, channel, space) {
    const shape = shapeOf(node);
    point({ node, place: [channel, ...(space?.length === shape.length - 1 ? space : shape.slice(1).map((size) => Math.floor(size / 2)))] });
    view.reveal(node);
  }

  session.onChange(async () => {
    asked.clear();
    said.clear();
    redraw();
    looked.refresh();
    await panel.refresh();
    if (pinned) mark(pinned);
  });
  redraw();
  await reopen();
  looked.reopen();
  state.onChange(() => (looked.reopen(), void reopen()));

  /** Go to the cell that the address names. */
  async function reopen() {
    const [node, cell] = [state.get("node"), state.get("cell")];
    if (!node || !net.shapes.has(node) || node === "input") return;
    const place = (cell ?? "").split(",").map(Number);
    const shape = shapeOf(node);
    const fits = place.length === shape.length && place.every((x, i) => Number.isInteger(x) && x >= 0 && x < shape[i]);
    await go({ node, place: fits ? place : shape.map((size, i) => (i ? Math.floor(size / 2) : 0)) });
  }

  return () => (redraw(), looked.refresh(), void panel.refresh());
}

/** The frame of one cell. @param {string} node @param {number} channel @param {number[]} space */
const cellFrame = (node, channel, space) => ({ node, channels: [channel], places: space.map((x) => [x]), kind: /** @type {const} */ ("output") });

/** A shape as it stands over a column: 6 × 28 × 28. @param {number[]} shape */
const shapeLine = (shape) => shape.join(" × ");

/** @param {number} x @param {number} size */
const limit = (x, size) => Math.min(Math.max(x, 0), size - 1);

/** The table of shapes and costs, folded away. @param {any[]} rows */
function table(rows) {
  const heads = { name: "layer", kind: "kind", output: "output", parameters: "parameters", macs: "multiply-accumulates", field: "field", jump: "jump", uncovered: "unread" };
  const text = (/** @type {any} */ x) => (x === null || x === undefined ? "" : Array.isArray(x) ? x.join(" × ") : typeof x === "number" ? x.toLocaleString("en").replaceAll(",", "\u202f") : String(x));
  return el("details", { class: "panel" }, el("summary", {}, "Shapes, parameters and costs, layer by layer"),
    el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Table of layers" }, el("table", {},
      el("thead", {}, el("tr", {}, Object.values(heads).map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, Object.keys(heads).map((key) => el("td", {}, text(row[key])))))))));
}
