// What the page asks of the lab's server: networks, pictures, single cells, trainings.

import { cached, decode } from "locality/source";

/** @typedef {import("locality/source").Source} Source */
/** @typedef {import("locality/source").Scene} Scene */
/** @typedef {import("locality/source").Picture} Picture */
/** @typedef {import("locality/cell").Cell} Cell */
/** @typedef {{shape: number[], dtype: "int32" | "float32" | "float64", base64: string}} PlainArray */
/** @typedef {{id: string, scene: Scene}} Opened */

/** A network to choose: of the zoo, a run, or a file that the command line named.
 *  @typedef {{id: string, name: string, about?: string, input?: number[], parameters?: number, macs?: number,
 *    network?: string, data?: string, accuracy?: number | null, finished?: boolean, error?: string}} Choice */
/** @typedef {{first: string | null, zoo: Choice[], runs: Choice[], files: Choice[], data: string[]}} Choices */

/** One epoch, as metrics.jsonl has it.
 *  @typedef {{epoch: number, loss: number, accuracy: number, validation_accuracy?: number, rate: number,
 *    seconds: number}} Epoch */
/** How a training stands. `elapsed` is in seconds since its process began, `since` since an epoch was last kept.
 *  @typedef {object} Training
 *  @property {string} id @property {string} name @property {string} net @property {string} data
 *  @property {"running" | "stopping" | "stopped" | "finished" | "failed"} state
 *  @property {number} epochs @property {number} epoch how many are done
 *  @property {Epoch[]} history @property {number | null} accuracy @property {number} seconds
 *  @property {number} elapsed @property {number} since @property {boolean} started @property {boolean} resumable
 *  @property {string | null} error */

/** A refusal of the lab; `status` is HTTP's. */
export class Refused extends Error {
  /** @param {string} sentence @param {number} status */
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

/** @param {string} path @param {RequestInit} [how] */
async function answered(path, how = {}) {
  let response;
  try {
    response = await fetch(path, { ...how, credentials: "same-origin" });
  } catch {
    throw new Refused("The lab does not answer. See whether `locality lab` still runs in its terminal.", 0);
  }
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Refused(
    said.error ?? `The lab answered with status ${response.status}. Load the page again.`,
    response.status,
  );
}

/** @param {string} path @param {unknown} [body] sent as JSON @returns {Promise<any>} */
async function json(path, body) {
  const how =
    body === undefined
      ? {}
      : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await answered(path, how)).json();
}

const named = encodeURIComponent;

/** All that can be opened, and the data sets to train on. @returns {Promise<Choices>} */
export const networks = () => json("/api/networks");

/** Every training and run, what trains now first; without their epochs. @returns {Promise<Training[]>} */
export const trainings = () => json("/api/train");

/** Begin a training. @param {string} net @param {string} data @param {Record<string, unknown>} settings a recipe's
 *  @returns {Promise<Training>} */
export const train = (net, data, settings) => json("/api/train", { net, data, ...settings });

/** How one stands, with its epochs from number `after` on.
 *  @param {string} id @param {number} [after] @returns {Promise<Training>} */
export const training = (id, after = 0) => json(`/api/train/${named(id)}?after=${after}`);

/** Stop one; its last whole epoch is kept. @param {string} id @returns {Promise<Training>} */
export const stop = (id) => json(`/api/train/${named(id)}/stop`, {});

/** Go on with one that was stopped. @param {string} id @returns {Promise<Training>} */
export const resume = (id) => json(`/api/train/${named(id)}/resume`, {});

/** A network of the lab with one of its own pictures: a test picture's number, "mistake", or null for the first.
 *  @param {string} net @param {number | "mistake" | null} [picture] @returns {Promise<Source>} */
export async function labSource(net, picture = null) {
  const ask = () => json("/api/scene", { net, picture });
  return source(await ask(), ask);
}

/** @param {Opened} opened @param {() => Promise<Opened>} again asks for the same scene once more @returns {Source} */
function source(opened, again) {
  let id = opened.id;
  /** @type {Promise<void> | null} */
  let renewing = null;

  /** What `use` gets with the scene's name; where the lab has forgotten the scene, it is asked for again.
   *  @template T @param {(id: string) => Promise<T>} use @returns {Promise<T>} */
  async function live(use) {
    const tried = id;
    try {
      return await use(tried);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 410) throw error;
    }
    if (tried === id) {
      renewing ??= again()
        .then((fresh) => void (id = fresh.id))
        .finally(() => (renewing = null));
      await renewing;
    }
    return use(id);
  }

  return {
    scene: opened.scene,
    array: cached((ref) =>
      live(async (now) => decode(ref, await (await answered(`/api/buffers/${now}/${ref.buffer}`)).arrayBuffer())),
    ),
    cell: (node, place) =>
      live(async (now) => cellOf(await json(`/api/scene/${now}/cell?node=${named(node)}&cell=${place.join(",")}`))),
    attribute: (method, target) =>
      live(async (now) => mapped(await json(`/api/scene/${now}/attribution?method=${method}&target=${target}`))),
    field: (node) => live(async (now) => mapped(await json(`/api/scene/${now}/field?node=${named(node)}`))),
    record: async (picture) => {
      const ask = () => live((now) => recorded(now, picture));
      return source(await ask(), ask);
    },
  };
}

/** @param {string} id @param {Picture} picture @returns {Promise<Opened>} */
async function recorded(id, picture) {
  const { shape, data, name, label } = picture;
  const kind = data instanceof Float32Array ? "float32" : data instanceof Float64Array ? "float64" : "uint8";
  const headers = { "Content-Type": "application/octet-stream", "X-Shape": shape.join(","), "X-Dtype": kind };
  const body = /** @type {Uint8Array<ArrayBuffer>} */ (new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const opened = await (await answered(`/api/scene/${id}/record`, { method: "POST", headers, body })).json();
  Object.assign(opened.scene.pictures[0], { name, label });
  return opened;
}

/** @param {any} plain */
const mapped = (plain) => ({ ...plain, values: tensorOf(plain.values) });

/** @param {Record<string, any>} plain @returns {Cell} */
function cellOf(plain) {
  const { data, shape } = tensorOf(plain.sites);
  const axes = shape[shape.length - 1];
  const sites = Array.from({ length: data.length / axes }, (_, i) =>
    Array.from(data.subarray(i * axes, (i + 1) * axes)),
  );
  return /** @type {Cell} */ ({
    ...plain,
    patch: tensorOf(plain.patch),
    weights: plain.weights && tensorOf(plain.weights),
    products: tensorOf(plain.products),
    bias: Number(plain.bias),
    value: Number(plain.value),
    computed: Number(plain.computed),
    scale: Number(plain.scale),
    sites,
    activation: plain.activation && [plain.activation[0], plain.activation[1], Number(plain.activation[2])],
  });
}

/** @param {PlainArray} plain */
function tensorOf({ shape, dtype, base64 }) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return { shape, data: decode({ buffer: 0, dtype, shape }, bytes.buffer) };
}
