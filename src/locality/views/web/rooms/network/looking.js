// What the network looks at in the picture shown: where each map comes from. A saved file has those of the recorded
// picture, the lab computes the others, and occlusion is computed here where the page computes the network.

import { occlude, scoresOf, logitsOf } from "locality/occlusion";

/** @typedef {import("locality/source").Attribution} Attribution */
/** @typedef {import("locality/source").Field} Field */
/** @typedef {Awaited<ReturnType<typeof import("locality/rooms/network/session").openSession>>} Session */
/** @typedef {ReturnType<typeof looking>} Looking */

export const METHODS = ["grad-cam", "gradient", "integrated-gradients", "occlusion"];

/** @param {Session} session */
export function looking(session) {
  const { net, scene, computes, weights } = session;
  const looked = scene.looked ?? { maps: [], fields: [], notes: [], asks: false };
  /** @type {Map<string, Attribution>} by method and output, of what is shown now */
  let known = new Map();
  /** @type {Awaited<ReturnType<typeof occlude>> | null} */
  let covered = null;
  session.onChange(() => ([known, covered] = [new Map(), null]));

  const here = (/** @type {string} */ method) => method === "occlusion" && computes;
  const recorded = (/** @type {string} */ method) => looked.maps.filter((map) => map.method === method);
  return {
    /** Those that can be shown for the recorded picture. */
    methods: scene.looked ? METHODS.filter((method) => here(method) || looked.asks || recorded(method).length) : [],
    notes: looked.notes,

    /** The score of every output; null where it is not known yet. */
    get scores() {
      const logits = session.values.get(logitsOf(net));
      return logits ? scoresOf(logits) : null;
    },

    /** The outputs of which a method's map can be had, null for all. @param {string} method */
    outputs: (method) => (here(method) || looked.asks ? null : recorded(method).map((map) => map.target)),

    /** @param {string} method @param {number} target
     *  @param {{signal?: AbortSignal, onProgress?: (done: number, of: number) => void}} [options] @returns {Promise<Attribution>} */
    async map(method, target, options) {
      const key = `${method} ${target}`;
      const found = known.get(key) ?? (await fetched(method, target, options));
      if (!options?.signal?.aborted) known.set(key, found);
      return found;
    },

    /** The nodes whose effective fields the file has. */
    fields: looked.fields.map(({ node }) => node),
    /** Whether any node's can be measured. */
    asks: looked.asks,
    /** The effective field of a node; null where it is not in the file. @param {string} node @returns {Promise<Field | null>} */
    async field(node) {
      const plain = looked.fields.find((field) => field.node === node);
      if (plain) return { ...plain, values: await session.tensor(plain.values) };
      return (await session.lab())?.field?.(node) ?? null;
    },
  };

  /** @param {string} method @param {number} target @param {{signal?: AbortSignal, onProgress?: (done: number, of: number) => void}} [options] @returns {Promise<Attribution>} */
  async function fetched(method, target, options) {
    if (here(method)) {
      const input = await session.value("input");
      covered ??= await occlude(net, weights, input, options);
      const { size, dense, scores, map } = covered;
      const values = { shape: net.input.slice(1), data: map(target) };
      return { method, target, values, score: scores[target], node: null, difference: null, window: size, stride: dense ? undefined : size };
    }
    const plain = session.asRecorded ? recorded(method).find((map) => map.target === target) : undefined;
    if (plain) return { ...plain, values: await session.tensor(plain.values) };
    const lab = await session.lab();
    if (lab?.attribute) return lab.attribute(method, target);
    const instead = computes ? " Occlusion is computed here for whatever is shown." : "";
    throw new Error(session.asRecorded
      ? `This file has no map of this output by this method. "locality lab" computes it.${instead}`
      : `These maps belong to the recorded picture and weights, not to what is shown now. Go back to them, or use the lab.${instead}`);
  }
}
