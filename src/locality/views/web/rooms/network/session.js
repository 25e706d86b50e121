// The network at work: its weights, the picture it looks at, every value it computes, and what has been edited.

import { explain } from "locality/cell";
import { compute, computeNode, dependents } from "locality/forward";
import { readNetwork } from "locality/network";
import { pictureOf } from "locality/source";
import { at, offset } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/cell").Cell} Cell */
/** @typedef {import("locality/source").Source} Source */
/** @typedef {import("locality/source").Picture} Picture */
/** One number changed by hand, a weight ("conv1.weight") or a pixel ("input"); `index` counts in the array's data.
 *  @typedef {{array: string, index: number, from: number, to: number}} Edit */
/** How a cell came about, or why that cannot be shown; `by` says whose number `cell.computed` is.
 *  @typedef {{cell: Cell, by: "torch" | "page"} | {cell: null, why: string}} Explained */
/** @typedef {Awaited<ReturnType<typeof openSession>>} Session */

const WEIGHTED = ["Conv", "ConvTranspose", "Dense"];

/** @param {Source} source */
export async function openSession(source) {
  const { scene } = source;
  const { computes } = scene;
  const net = readNetwork(scene.network);
  /** @param {Source} from @param {Record<string, import("locality/source").Ref>} refs @returns {Promise<Map<string, Tensor>>} */
  const arrays = async (from, refs) => new Map(await Promise.all(Object.entries(refs).map(async ([name, ref]) =>
    /** @type {[string, Tensor]} */ ([name, { shape: ref.shape, data: await from.array(ref) }]))));
  const weights = await arrays(source, scene.parameters);
  const recorded = computes ? await arrays(source, scene.values) : new Map(); // by torch, of the first picture
  let picture = scene.pictures.length ? await pictureOf(source, scene.pictures[0]) : null;
  let recordedPicture = picture?.data; // that of `source`
  /** @type {{data: any, source: Promise<Source>} | null} the lab's, of another picture that this page computes */
  let asked = null;
  let values = new Map(recorded);
  /** @type {Set<string>} the nodes whose values this page computed */
  let own = new Set();
  /** @type {{values: Map<string, Tensor>, own: Set<string>, edited: boolean} | null} what was there before the first
   *  edit of this picture, and whether weights were edited then already */
  let before = null;
  /** @type {Edit[]} */
  let edits = [];
  let work = new AbortController();
  /** @type {(() => void)[]} */
  const listeners = [];
  const changed = () => listeners.forEach((listener) => listener());
  let turns = 0; // pictures
  /** @type {Promise<any>} */
  let queue = Promise.resolve();
  /** Pictures and edits one after the other. @template T @param {() => Promise<T>} task @returns {Promise<T>} */
  const inTurn = (task) => (queue = queue.catch(() => {}).then(task));
  const arrayOf = (/** @type {string} */ name) => /** @type {Tensor} */ (name === "input" ? values.get(name) : weights.get(name));

  /** Compute a picture here; false where another one came in the meantime. @param {Picture} shown @param {AbortSignal} [signal] */
  async function run(shown, signal) {
    const fresh = new Map([["input", scaled(net, scene, shown)]]);
    try {
      await compute(net, weights, fresh, { signal });
    } catch (error) {
      if (signal?.aborted) return false;
      throw error;
    }
    [values, own, before] = [fresh, new Set(net.nodes.map((node) => node.name)), null];
    edits = edits.filter((edit) => edit.array !== "input");
    return true;
  }

  /** The output of a node, or "input", fetched or computed when it is first asked for. @param {string} name @returns {Promise<Tensor>} */
  async function value(name, here = values, from = source) {
    const known = here.get(name);
    if (known) return known;
    const ref = from.scene.values[name];
    let found;
    if (ref) found = { shape: ref.shape, data: await from.array(ref) };
    else if (name === "input") throw new Error('No picture was recorded with this network. Save its page with a picture, or open it with "locality lab".');
    else {
      for (const input of net.node(name).inputs) await value(input, here, from);
      found = computeNode(net, weights, here, name); // a few operations a cell: all else was recorded
    }
    here.set(name, /** @type {Tensor} */ (found));
    return /** @type {Tensor} */ (found);
  }

  /** Put every edited number back. */
  async function putBack() {
    for (const { array, index, from } of edits) if (array !== "input") arrayOf(array).data[index] = from;
    edits = [];
    if (before && !before.edited) [values, own, before] = [before.values, before.own, null];
    else if (picture) await run(picture);
    changed();
  }

  if (computes && picture && !recorded.size) await run(picture);
  return {
    net,
    computes,
    scene,
    weights,
    /** Whether another picture can be computed, here or by the lab. */
    takesPictures: computes || Boolean(source.record),
    /** Whether there are values to show at all. */
    known: computes || Object.keys(scene.values).length > 0,
    get values() {
      return values;
    },
    get picture() {
      return picture;
    },
    get edits() {
      return edits;
    },
    /** The values before the first edit; null where nothing is edited. */
    get before() {
      return before && before.values;
    },
    value: (/** @type {string} */ name) => value(name),

    /** Whether what is shown is what was recorded: its picture, with nothing edited. */
    get asRecorded() {
      return !edits.length && picture?.data === recordedPicture;
    },
    /** What Python recorded elsewhere, with its numbers. @param {import("locality/source").Ref} ref */
    tensor: async (ref) => /** @type {Tensor} */ ({ shape: ref.shape, data: await source.array(ref) }),
    /** The lab's source of what is shown; null in a saved file, and where a weight is edited, of which the lab knows
     *  nothing. @returns {Promise<Source | null>} */
    async lab() {
      if (!source.record || edits.some((edit) => edit.array !== "input")) return null;
      if (this.asRecorded) return source;
      const { data } = arrayOf("input");
      if (asked?.data !== data) asked = { data, source: source.record({ shape: net.input, data: /** @type {Picture["data"]} */ (data), name: "your picture", label: null }) };
      return asked?.source ?? null;
    },

    /** Let the network look at another picture, which has its input's shape. @param {Picture} shown */
    async setPicture(shown) {
      const turn = ++turns;
      if (computes) {
        work.abort();
        const { signal } = (work = new AbortController());
        if (!(await inTurn(() => run(shown, signal)))) return;
      } else if (source.record) {
        const got = await source.record(shown);
        if (turn !== turns) return; // a later picture is on its way
        [source, values, recordedPicture] = [got, new Map(), shown.data];
      } else if (shown.data !== recordedPicture) {
        throw new Error('This network is too large to be computed in the page, which shows the picture recorded with it. Open it with "locality lab", or save a page of another picture.');
      }
      picture = shown;
      changed();
    },

    /** How a cell came about. @param {string} name @param {number[]} place @returns {Promise<Explained>} */
    async explain(name, place) {
      const node = net.node(name);
      if (node.kind === "Opaque") return { cell: null, why: `${node.layer.operation} has no arithmetic rule here: its values are shown, its sum is not.` };
      if (computes) return { cell: explain(net, values, weights, name, place), by: own.has(name) ? "page" : "torch" };
      if (source.cell) return { cell: await source.cell(name, place), by: "torch" };
      const kept = await keptCell(source, name, place);
      if (kept) return { cell: kept, by: "torch" };
      if (WEIGHTED.includes(node.kind)) return { cell: null, why: 'This file keeps the exact terms of the marked cells only, to stay small. "locality lab" shows those of every cell.' };
      await value(name);
      for (const input of node.inputs) await value(input);
      return { cell: explain(net, values, weights, name, place), by: "page" };
    },

    /** Whether a node's values were kept in 8 bits, or follow from such. @param {string} name @returns {boolean} */
    coarse(name) {
      const ref = scene.values[name];
      return !computes && (ref ? Boolean(ref.low) : name !== "input" && net.node(name).inputs.some(this.coarse, this));
    },

    /** The cells of a node whose exact terms a saved file of a large network keeps. @param {string} name @returns {number[][]} */
    kept: (name) => (computes || source.cell ? [] : scene.cells.filter((cell) => cell.node === name).map((cell) => cell.cell)),

    /** Change one number and compute what depends on it. */
    edit: (/** @type {string} */ array, /** @type {number} */ index, /** @type {number} */ to) => inTurn(async () => {
      before ??= { values, own, edited: edits.length > 0 }; // computing puts new tensors in place of the old ones
      [values, own] = [new Map(values), new Set(own)];
      if (array === "input") values.set(array, { shape: net.input, data: arrayOf(array).data.slice() });
      const { data } = arrayOf(array);
      const from = edits.find((edit) => edit.array === array && edit.index === index)?.from ?? data[index];
      data[index] = to;
      edits = edits.filter((edit) => edit.array !== array || edit.index !== index);
      if (data[index] !== from) edits = [...edits, { array, index, from, to: data[index] }];
      if (!edits.length) return putBack(); // to the last bit, where torch's numbers were shown
      const changes = [array === "input" ? array : array.slice(0, array.lastIndexOf("."))];
      for (const name of dependents(net, changes)) own.add(name);
      await compute(net, weights, values, { from: changes });
      changed();
    }),

    putBack: () => inTurn(putBack),

    /** How much a cell has changed since the first edit. @param {string} name @param {number[]} place */
    change(name, place) {
      const [now, old] = [values.get(name), before?.values.get(name)];
      return now && old ? at(now, place) - at(old, place) : 0;
    },

    /** Where a cell's number stands in its array. @param {string} array @param {number[]} place */
    indexOf: (array, place) => offset(arrayOf(array).shape, place),

    /** @param {() => void} listener called after the picture, a weight or a pixel changed */
    onChange: (listener) => void listeners.push(listener),
  };
}

/** A picture on the network's scale: bytes become (byte/255 - mean)/std, in float32 steps as in Python.
 *  @param {import("locality/network").Net} net @param {import("locality/source").Scene} scene @param {Picture} shown @returns {Tensor} */
function scaled(net, { mean, std }, shown) {
  const double = net.dtype === "float64";
  const round = double ? (/** @type {number} */ x) => x : Math.fround;
  const data = (double ? Float64Array : Float32Array).from(shown.data);
  const each = data.length / shown.shape[0];
  if (shown.data.BYTES_PER_ELEMENT === 1) {
    for (let i = 0; i < data.length; i++) {
      const spread = std[Math.floor(i / each)] || 1;
      data[i] = round(data[i] * round(1 / (255 * spread))) + round(-mean[Math.floor(i / each)] / spread);
    }
  }
  return { shape: net.input, data };
}

/** The exact terms that a saved file keeps for a cell, if it does. @param {Source} source @param {string} name @param {number[]} place @returns {Promise<Cell | null>} */
async function keptCell(source, name, place) {
  const plain = source.scene.cells.find((cell) => cell.node === name && cell.cell.join() === place.join());
  if (!plain) return null;
  const wide = async (/** @type {import("locality/source").Ref} */ ref) => ({ shape: ref.shape, data: Float64Array.from(await source.array(ref)) });
  const [patch, weights, flat] = [await wide(plain.patch), plain.weights && (await wide(plain.weights)), await source.array(plain.sites)];
  const products = { shape: patch.shape, data: weights ? patch.data.map((x, i) => x * weights.data[i]) : patch.data };
  const axes = plain.sites.shape[plain.sites.shape.length - 1];
  const sites = Array.from({ length: flat.length / axes }, (_, i) => Array.from(flat.slice(i * axes, (i + 1) * axes)));
  return { ...plain, patch, weights, products, sites, scale: products.data.reduce((sum, x) => sum + Math.abs(x), Math.abs(plain.bias)) };
}
