/** Golden files that Python wrote, and the bounds by which numbers are compared with them. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readNetwork } from "../../src/locality/views/web/network.js";

const TYPES = { f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array };

/** The entries of a golden file of the arithmetic. */
export function golden(name) {
  return JSON.parse(readFileSync(new URL(`golden/arithmetic/${name}.json`, import.meta.url), "utf8"));
}

/** An array as Python packed it. */
export function unpacked({ dtype, shape, data }) {
  const bytes = Buffer.from(data, "base64");
  const numbers = new TYPES[dtype](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { shape, data: numbers };
}

/** A golden case as the page holds it: the network, its values and weights in the network's own precision. */
export function scene(entry) {
  const net = readNetwork(entry.network);
  const Numbers = net.dtype === "float32" ? Float32Array : Float64Array;
  const tensors = (packed) =>
    new Map(
      Object.entries(packed).map(([name, array]) => {
        const { shape, data } = unpacked(array);
        return [name, { shape, data: Numbers.from(data) }];
      }),
    );
  return { net, values: tensors(entry.values), weights: tensors(entry.parameters), cells: entry.cells };
}

/** What torch computed in its own precision lies within 1e-6 of the scale of the sum, in float64 within 1e-12. A
 *  float32 below 1e-31 holds too few digits for any relative bound. */
export function near(value, computed, scale, dtype, what) {
  if (dtype === "float32" && scale < 1e-31) assert.ok(Math.abs(computed) < 1e-31, what);
  else if (value !== computed) {
    const bound = (dtype === "float32" ? 1e-6 : 1e-12) * scale;
    assert.ok(Math.abs(value - computed) <= bound, `${what}: ${value} against ${computed}, scale ${scale}`);
  }
}

/** A name for a case that says what it is: its layers and the shape of its input. */
export function title({ network }) {
  const layers = network.nodes.map(({ name, inputs, layer, ...given }) => layer + JSON.stringify(given));
  return `${network.name} ${network.dtype} ${network.input.join("x")} ${layers.join(" ")}`;
}
