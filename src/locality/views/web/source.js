// Where a scene's arrays come from. In a saved file each stands in a script of its own, deflated and in base64, and is
// decoded when it is first asked for.

/** An array elsewhere, by the number of its buffer. `low` and `high` are there for 8-bit codes with one linear range
 *  for each map: value = low + code/255 (high - low).
 *  @typedef {object} Ref
 *  @property {number} buffer
 *  @property {"uint8" | "int32" | "float32" | "float64"} dtype
 *  @property {number[]} shape
 *  @property {number[]} [low]
 *  @property {number[]} [high] */

/** @typedef {Uint8Array | Int32Array | Float32Array | Float64Array} Numbers */

/** A picture in its own shape: [channels, height, width], or the network's. Bytes are brightness, 0 to 255; floats are
 *  on the network's scale.
 *  @typedef {object} Picture
 *  @property {number[]} shape
 *  @property {Uint8Array | Uint8ClampedArray | Float32Array | Float64Array} data
 *  @property {string} name
 *  @property {number | null} label its class, where one is known */

/** @typedef {{name: string, label?: number | null, array: Ref}} PlainPicture */

/** The exact terms of one cell, as Python's `Cell` has them.
 *  @typedef {object} PlainCell
 *  @property {string} node
 *  @property {string} kind
 *  @property {number[]} cell
 *  @property {string[]} inputs
 *  @property {Ref} patch
 *  @property {Ref | null} weights
 *  @property {number} bias
 *  @property {number} value
 *  @property {number} computed
 *  @property {Ref} sites
 *  @property {string} rule
 *  @property {[string, string, number] | null} activation */

/** One node in the table of `trace`.
 *  @typedef {object} Row
 *  @property {string} name
 *  @property {string} kind
 *  @property {number[][]} inputs
 *  @property {number[]} output
 *  @property {number} parameters
 *  @property {number} macs
 *  @property {number[] | null} field
 *  @property {(number | null)[] | null} jump
 *  @property {(number | null)[] | null} offset
 *  @property {number} uncovered
 *  @property {number[]} unread_padding
 *  @property {boolean} field_varies
 *  @property {number} parameters_local
 *  @property {number} parameters_full
 *  @property {number} macs_full
 *  @property {string | null} shares
 *  @property {string} layer */

/** What Python says of a network and one recorded picture (views/scene.py).
 *  @typedef {object} Scene
 *  @property {number} format
 *  @property {string} title
 *  @property {string[]} notes sentences shown above the network
 *  @property {{name: string, input: number[], dtype: string, nodes: Record<string, any>[]}} network
 *  @property {Row[]} rows one for each node
 *  @property {string[] | null} classes
 *  @property {number[]} mean
 *  @property {number[]} std bytes are brought to (byte/255 - mean)/std; a std of 0 counts as 1
 *  @property {"digit" | "cover" | "none"} fit how a new picture is brought to the network's shape; not at all where the
 *    network reads spins
 *  @property {number | null} side of a digit before it is made as large as the input; null where it is the input's own
 *  @property {boolean} computes whether the page computes the network itself
 *  @property {Record<string, Ref>} parameters
 *  @property {PlainPicture[]} pictures the first is the recorded one
 *  @property {PlainPicture[]} samples photographs, 3 channels
 *  @property {Record<string, Ref>} values what Python computed for the recorded picture
 *  @property {PlainCell[]} cells exact terms of chosen cells, where the page has no weights
 *  @property {{maps: PlainMap[], fields: PlainField[], notes: string[], asks: boolean} | null} looked what the network
 *    looks at in the recorded picture; null where the input is no picture; `asks` where the lab computes more */

/** How much each pixel speaks for an output, by one method, with the settings that it has.
 *  @typedef {object} PlainMap
 *  @property {string} method
 *  @property {number} target
 *  @property {number} score
 *  @property {Ref} values
 *  @property {string | null} node whose maps Grad-CAM adds up
 *  @property {number | null} difference by how much integrated gradients miss the difference of scores
 *  @property {number[]} [window]
 *  @property {number[]} [stride] where they stand side by side
 *  @property {number} [steps] */

/** Which pixels move the cell of a node at a place, and the stretch of each axis that holds 95.45 % of it.
 *  @typedef {object} PlainField
 *  @property {string} node
 *  @property {number[]} place
 *  @property {Ref} values
 *  @property {number} pictures
 *  @property {number[][]} stretches */

/** The same with their numbers.
 *  @typedef {Omit<PlainMap, "values"> & {values: import("locality/tensor").Tensor}} Attribution
 *  @typedef {Omit<PlainField, "values"> & {values: import("locality/tensor").Tensor}} Field */

/** @typedef {object} Source
 *  @property {Scene} scene
 *  @property {(ref: Ref) => Promise<Numbers>} array decoded and kept; 8-bit codes with ranges come as floats
 *  @property {((node: string, place: number[]) => Promise<import("locality/cell").Cell>) | null} cell the lab explains a
 *    cell; null in a saved file
 *  @property {((picture: Picture) => Promise<Source>) | null} record the lab runs another picture; null in a saved file
 *  @property {((method: string, target: number) => Promise<Attribution>) | null} attribute the lab says what the network
 *    looks at in the scene's picture; null in a saved file
 *  @property {((node: string) => Promise<Field>) | null} field the lab measures an effective field; null in a saved file */

const KINDS = { uint8: Uint8Array, int32: Int32Array, float32: Float32Array, float64: Float64Array };

/** The source of a saved file. @param {Document} document @returns {Source} */
export function embeddedSource(document) {
  const plain = document.getElementById("scene")?.textContent;
  if (!plain) throw new Error("This file holds no scene: it was cut short. Save the page again.");
  return { scene: JSON.parse(plain), array: cached((ref) => embedded(document, ref)), cell: null, record: null, attribute: null, field: null };
}

/** Each buffer fetched once: what is under way is waited for, what failed is tried again.
 *  @param {(ref: Ref) => Promise<Numbers>} fetched @returns {(ref: Ref) => Promise<Numbers>} */
export function cached(fetched) {
  /** @type {Map<number, Promise<Numbers>>} */
  const known = new Map();
  return (ref) => {
    let array = known.get(ref.buffer);
    if (!array) {
      array = fetched(ref);
      known.set(ref.buffer, array);
      array.catch(() => known.delete(ref.buffer));
    }
    return array;
  };
}

/** @param {Document} document @param {Ref} ref */
async function embedded(document, ref) {
  const text = document.getElementById(`buffer-${ref.buffer}`)?.textContent;
  if (!text) throw new Error(`Array ${ref.buffer} is not in this file: it was cut short. Save the page again.`);
  return decode(ref, await inflated(fromBase64(text)));
}

/** The numbers of a ref from their bytes: little endian, the last axis fastest.
 *  @param {Ref} ref @param {ArrayBuffer} bytes @returns {Numbers} */
export function decode(ref, bytes) {
  let cells = 1;
  for (const size of ref.shape) cells *= size;
  const kind = KINDS[ref.dtype];
  if (!kind) throw new Error(`Numbers of kind ${ref.dtype} cannot be shown. Open the page with the version that made it.`);
  if (bytes.byteLength !== cells * kind.BYTES_PER_ELEMENT) {
    throw new Error(`Array ${ref.buffer} has ${bytes.byteLength} bytes, ${ref.shape.join("x")} of ${ref.dtype} have ` +
      `${cells * kind.BYTES_PER_ELEMENT}. Load the page again.`);
  }
  const stored = new kind(bytes);
  return ref.low && ref.high ? uncoded(stored, ref.low, ref.high) : stored;
}

/** Codes as values, each map between its own ends. @param {Numbers} codes @param {number[]} low @param {number[]} high */
function uncoded(codes, low, high) {
  const values = new Float32Array(codes.length);
  const each = codes.length / low.length;
  for (let map = 0, i = 0; map < low.length; map++) {
    const start = low[map], step = (high[map] - start) / 255;
    for (const end = (map + 1) * each; i < end; i++) values[i] = codes[i] === 255 ? high[map] : start + codes[i] * step;
  }
  return values;
}

/** @param {string} text */
function fromBase64(text) {
  const letters = atob(text.trim());
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function inflated(bytes) {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}

/** A picture of the scene with its numbers. @param {Source} source @param {PlainPicture} plain @returns {Promise<Picture>} */
export async function pictureOf(source, plain) {
  const data = /** @type {Picture["data"]} */ (await source.array(plain.array));
  return { shape: plain.array.shape, data, name: plain.name, label: plain.label ?? null };
}
