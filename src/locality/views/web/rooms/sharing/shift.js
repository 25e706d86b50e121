// Translation: the input is moved, and every layer's maps are held against the moved maps of the input at rest.

import { signedRange, legend } from "locality/parts/colour";
import { choice, slider, toggle } from "locality/parts/controls";
import { el, exact, fill, notice, sentence, short } from "locality/parts/dom";
import { compute } from "locality/forward";
import { grey, square } from "locality/grain";
import { readNetwork } from "locality/network";
import { kept } from "locality/rooms/grain/kept";
import { layerBars } from "locality/rooms/sharing/bars";
import { NAMES, roomNetwork, roomWeights } from "locality/rooms/sharing/edges";
import { mapsOf, pad } from "locality/rooms/sharing/maps";
import { openSession } from "locality/rooms/network/session";
import { axesOf, compare, roll, shiftAlong } from "locality/sharing";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/network").Net} Net */
/** @typedef {{net: Net, weights: Map<string, Tensor>, input: Tensor, names: string[] | null}} Subject */

const SIDE = 64;

/** @param {import("locality/app").PageContext} page */
export function makeShift(page) {
  const scene = page.source.scene;
  const own = scene.computes && scene.pictures.length > 0 && scene.network.input.length >= 2;
  const now = { own: false, picture: 0, mode: "zeros", stride: 1, pool: false, down: 0, right: 5, node: "" };
  const address = kept(page.state, () => ({
    net: now.own ? "page" : null,
    picture: now.picture || null,
    mode: now.mode === "zeros" ? null : now.mode,
    stride: now.stride === 1 ? null : now.stride,
    pool: now.pool ? 1 : null,
    down: now.down || null,
    right: now.right,
    node: now.node || null,
  }));
  /** @type {Subject | null} */
  let subject = null;
  /** @type {Subject | null} the page's own network, read once */
  let opened = null;
  /** @type {Map<string, Tensor>} */
  let plain = new Map();
  /** @type {Map<string, Tensor>} */
  let moved = new Map();
  let work = new AbortController();
  const wrong = notice();
  const which = choice({
    label: "Network",
    options: [
      ["room", "a small one"],
      ["page", scene.title],
    ],
    value: "room",
    list: true,
    onInput: (value) => ((now.own = value === "page"), (now.node = ""), change()),
  });
  const picture = choice({
    label: "Picture",
    options: page.samples.map(({ name }, i) => [String(i), name]),
    value: "0",
    list: true,
    onInput: (value) => ((now.picture = Number(value)), change()),
  });
  const mode = choice({
    label: "Padding",
    options: [
      ["zeros", "zeros"],
      ["wrap", "wrap"],
    ],
    value: now.mode,
    onInput: (value) => ((now.mode = value), change()),
  });
  const stride = choice({
    label: "Stride",
    options: ["1", "2"],
    value: "1",
    onInput: (value) => ((now.stride = Number(value)), change()),
  });
  const pooled = toggle({
    label: "Then max pooling 2×2",
    value: false,
    onInput: (on) => ((now.pool = on), (now.node = ""), change()),
  });
  const down = slider({ label: "Rows down", min: -8, max: 8, value: 0, onInput: (x) => ((now.down = x), move()) });
  const right = slider({
    label: "Columns right",
    min: -8,
    max: 8,
    value: 5,
    onInput: (x) => ((now.right = x), move()),
  });
  const inputs = pad({
    onStep: (y, x) => {
      const held = (/** @type {number} */ at) =>
        Math.min(Math.max(at, Number(right.input.min)), Number(right.input.max));
      [now.down, now.right] = [down.element.hidden ? 0 : held(now.down + y), held(now.right + x)];
      move();
    },
  });
  const said = el("p", { class: "sharing-said", role: "status" });
  const bars = layerBars((name) => {
    now.node = name;
    show();
    address.write();
  });
  const maps = el("div", { class: "scroll", tabIndex: 0, role: "region", "aria-label": "Maps of the shifted input" });
  const legendPlace = el("div");
  const title = el("h3", {});
  const controls = el(
    "div",
    { class: "controls" },
    own ? which.element : null,
    page.samples.length ? picture.element : null,
    mode.element,
    stride.element,
    pooled.element,
  );
  const element = el(
    "section",
    { class: "content" },
    el("h2", {}, "What a shift does"),
    el(
      "p",
      {},
      "Shared weights promise: move the input, and the maps move with it. T is the shift, f the network up to a " +
        "layer. What leaves at one edge comes in at the other. Where f(T x) is not T f(x), " +
        "a stride or the padding has broken the promise.",
    ),
    el(
      "div",
      { class: "panel" },
      controls,
      el("div", { class: "controls sharing-sliders" }, right.element, down.element),
      wrong.element,
    ),
    el(
      "div",
      { class: "row" },
      el("div", { class: "panel sharing-inputs" }, inputs.element),
      el("div", { class: "panel grow" }, el("h3", {}, "Layer by layer: how far f(T x) is from T f(x)"), bars.element),
    ),
    el("div", { class: "panel" }, title, said, maps, legendPlace),
  );

  async function recall() {
    const { number } = address;
    now.own = own && page.state.get("net") === "page";
    now.picture = page.samples[number("picture", 0)] ? number("picture", 0) : 0;
    now.mode = page.state.get("mode") === "wrap" ? "wrap" : "zeros";
    now.stride = number("stride", 1) === 2 ? 2 : 1;
    now.pool = page.state.get("pool") === "1";
    [now.down, now.right] = [Math.round(number("down", 0)), Math.round(number("right", 5))];
    now.node = page.state.get("node") ?? "";
    which.set(now.own ? "page" : "room");
    picture.set(String(now.picture));
    mode.set(now.mode);
    stride.set(now.stride === 2 ? "2" : "1");
    pooled.set(now.pool);
    await change(false);
  }

  /** Another network or another picture. @param {boolean} [byHand] */
  async function change(byHand = true) {
    try {
      subject = now.own ? (opened ??= await ownSubject(page)) : smallSubject(page, now);
      wrong.clear();
    } catch (error) {
      return wrong.warn(sentence(error));
    }
    for (const { element } of [picture, mode, stride, pooled]) element.hidden = now.own;
    const space = subject.net.input.slice(1);
    const most = Math.floor(space[space.length - 1] / 2);
    for (const each of [down, right]) {
      each.input.min = String(-most);
      each.setMax(most);
    }
    down.element.hidden = space.length < 2;
    [now.down, now.right] = [space.length < 2 ? 0 : now.down, now.right].map((x) => Math.min(Math.max(x, -most), most));
    plain = new Map();
    await move(byHand);
  }

  /** Another shift. @param {boolean} [byHand] */
  async function move(byHand = true) {
    if (!subject) return;
    down.set(now.down);
    right.set(now.right);
    work.abort();
    const { signal } = (work = new AbortController());
    const { net, weights, input } = subject;
    try {
      if (!plain.size) {
        const fresh = new Map([["input", input]]);
        await compute(net, weights, fresh, { signal });
        plain = fresh;
      }
      const fresh = new Map([["input", roll(input, shiftAlong(input.shape.length - 1, now.down, now.right))]]);
      await compute(net, weights, fresh, { signal });
      moved = fresh;
    } catch (error) {
      if (!signal.aborted) wrong.warn(sentence(error));
      return;
    }
    show();
    if (byHand) address.write();
  }

  function show() {
    if (!subject || !moved.size) return;
    const { net, names } = subject;
    const axes = axesOf(net);
    const shift = shiftAlong(net.input.length - 1, now.down, now.right);
    const found = net.nodes.map(({ name, word, shape }) => {
      const its = axes.get(name) ?? [];
      return {
        name,
        word,
        shape,
        flat: !its.length,
        ...compare(/** @type {Tensor} */ (plain.get(name)), /** @type {Tensor} */ (moved.get(name)), its, shift),
      };
    });
    const at =
      found.find(({ name }) => name === now.node) ??
      found[Math.max(0, found.findIndex(({ flat }) => flat) - 1)] ??
      found[0];
    inputs.show(
      /** @type {Tensor} */ (plain.get("input")),
      /** @type {Tensor} */ (moved.get("input")),
      now.own ? null : { low: 0, high: 1, scale: "grey" },
    );
    bars.show(found, at.name);
    title.textContent = `${at.name}: ${at.word}, ${at.shape.join("×")}`;
    said.textContent = told(at);
    const range = signedRange(at.expected.data);
    fill(
      maps,
      mapsOf({
        ...at,
        room: maps.clientWidth,
        shifted: /** @type {Tensor} */ (moved.get(at.name)),
        range,
        names,
        kernels: names ? (subject.weights.get("conv.weight") ?? null) : null,
      }),
    );
    fill(legendPlace, legend(range, "All maps share this scale, differences too"));
  }

  return { element, recall, redraw: () => (address.changed() ? recall() : show()) };
}

/** The difference in a sentence. @param {ReturnType<typeof compare> & {flat: boolean}} at */
function told({ flat, largest, inside, moved, whole }) {
  const size = largest
    ? `Largest |f(T x) − T f(x)| = ${short(largest, 4)}`
    : "They do exactly: largest |f(T x) − T f(x)| = 0";
  if (flat) {
    const same = largest ? "Largest" : "They are the same: largest";
    return (
      "No places are left here, so nothing can move: the numbers themselves are compared. " +
      `${same} |f(T x) − f(x)| = ${short(largest, 4)}.`
    );
  }
  const [right, down] = [...moved].reverse();
  const by = `The maps should move by ${down === undefined ? "" : `${exact(down)} down and `}${exact(right)} right`;
  const half = whole ? "" : ": the shift is no whole number of this layer's cells, and this one comes nearest";
  const away =
    inside === null ? "Every cell knows an edge here." : `Away from the edge: ${inside ? short(inside, 4) : "0"}.`;
  return `${by}${half}. ${size}. ${away}`;
}

/** The room's own network over a picture. @param {import("locality/app").PageContext} page
 *  @param {{picture: number, mode: string, stride: number, pool: boolean}} now @returns {Subject} */
function smallSubject(page, now) {
  const net = readNetwork(roomNetwork(SIDE, now));
  const sample = page.samples[now.picture];
  const { map } = sample
    ? square(grey(sample), SIDE)
    : {
        map: {
          shape: [1, SIDE, SIDE],
          data: Float64Array.from({ length: SIDE * SIDE }, (_, i) =>
            Math.hypot((i % SIDE) - 30, Math.floor(i / SIDE) - 30) < 18 ? 255 : 0,
          ),
        },
      };
  return {
    net,
    weights: roomWeights(),
    input: { shape: map.shape, data: Float64Array.from(map.data, (x) => x / 255) },
    names: NAMES,
  };
}

/** The page's own network and the picture it was recorded with.
 *  @param {import("locality/app").PageContext} page @returns {Promise<Subject>} */
async function ownSubject(page) {
  const { net, weights, values } = await openSession(page.source);
  return { net, weights, input: /** @type {Tensor} */ (values.get("input")), names: null };
}
