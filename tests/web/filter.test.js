import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as filter from "../../src/locality/views/web/filter.js";
import { readChain, readKernel } from "../../src/locality/views/web/kernels.js";
import { terms } from "../../src/locality/views/web/rooms/kernels/sum.js";

const golden = JSON.parse(readFileSync(new URL("golden/kernels.json", import.meta.url), "utf8"));
const tensor = (nested) => ({
  shape: [nested.length, nested[0].length, nested[0][0].length],
  data: Float64Array.from(nested.flat(2)),
});
/** @param {number} height @param {number} width */
const noise = (channels, height, width) => {
  let seed = 1;
  const data = Float64Array.from({ length: channels * height * width }, () => (seed = (seed * 48271) % 2147483647) % 256);
  return { shape: [channels, height, width], data };
};

test("Every chain, every edge, both ways round: Python's numbers", () => {
  for (const { chain, edges, flip, result } of golden.applied) {
    const where = `${chain}, ${edges}${flip ? ", turned" : ""}`;
    const steps = readChain(chain);
    let found = tensor(golden.picture);
    for (const step of steps) found = filter.runStep(found, step, edges, flip);
    const expected = tensor(result);
    assert.deepEqual(found.shape, expected.shape, where);
    const whole = steps.every(({ kernel }) => kernel.values.every(Number.isInteger));
    found.data.forEach((value, i) => {
      // Sums of whole numbers are exact; exp and cos may differ in their last bit.
      const bound = whole ? 0 : 1e-9;
      assert.ok(Math.abs(value - expected.data[i]) <= bound, `${where}, value ${i}: ${value}, not ${expected.data[i]}`);
    });
  }
});

for (const text of ["gaussian 2.4", "motion 17 0"]) test(`A wide kernel (${text}) gives the sums that are written out here`, () => {
  const picture = noise(2, 20, 26);
  const wide = readKernel(text); // 17x17
  for (const edges of Object.keys(filter.EDGES)) {
    const found = filter.apply(picture, wide, edges);
    for (const [y, x] of [[0, 0], [7, 25], [10, 12], [19, 3]]) {
      const rows = sources(edges, y - 8, 20);
      const columns = sources(edges, x - 8, 26);
      let total = 0;
      wide.values.forEach((weight, i) => {
        const [row, column] = [rows[Math.floor(i / 17)], columns[i % 17]];
        if (row !== null && column !== null) total += weight * picture.data[row * 26 + column];
      });
      if (edges === "black" && (y < 8 || x < 8 || y > 11 || x > 17)) total = 0;
      assert.ok(Math.abs(found.data[y * 26 + x] - total) < 1e-10, `${edges} ${y},${x}: ${found.data[y * 26 + x]}, not ${total}`);
    }
  }
});

/** Where 17 cells from `first` on take their values, written anew. */
function sources(edges, first, size) {
  return Array.from({ length: 17 }, (_, i) => {
    const cell = first + i;
    if (cell >= 0 && cell < size) return cell;
    if (edges === "extend") return cell < 0 ? 0 : size - 1;
    if (edges === "wrap") return (cell + size) % size;
    if (edges === "reflect") return cell < 0 ? -cell : 2 * size - 2 - cell;
    return null;
  });
}

test("Brightness is Pillow's, to the last whole number", () => {
  const found = filter.luminance(tensor(golden.colour));
  assert.deepEqual([...found.data], golden.luminance.flat());
  assert.deepEqual([...filter.luminance(noise(1, 2, 3)).data], [...noise(1, 2, 3).data]);
});

test("What a screen shows is what Python writes", () => {
  assert.deepEqual([...filter.clamped(golden.values)], golden.clamped);
});

test("An 11x11 kernel over 3x192x192 takes well under a tenth of a second", () => {
  const picture = noise(3, 192, 192);
  const kernel = readKernel("log 1.5");
  assert.equal(kernel.values.length, 121);
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now();
    filter.apply(picture, kernel, "extend");
    return performance.now() - began;
  });
  assert.ok(Math.min(...times) < 100, `${Math.min(...times)} ms`); // 20 ms on a quiet machine
});

test("The terms shown for a cell add up to its output, bit for bit, at every edge", () => {
  const picture = noise(2, 6, 7);
  for (const text of ["emboss", "gaussian 0.8", "1 2 / 3 4 / 5 6", "box 9"]) {
    const kernel = readKernel(text);
    for (const edges of Object.keys(filter.EDGES)) {
      for (const [stride, flip] of [[1, false], [2, true]]) {
        const { shape, data } = filter.apply(picture, kernel, edges, stride, flip);
        for (let i = 0; i < data.length; i++) {
          const [c, y, x] = [Math.floor(i / shape[1] / shape[2]), Math.floor(i / shape[2]) % shape[1], i % shape[2]];
          const found = terms(picture, c, kernel, edges, stride, flip, y, x);
          const expected = edges === "black" && found.hangs ? 0 : found.total;
          assert.equal(data[i], expected, `${text}, ${edges}, stride ${stride}, cell ${c},${y},${x}`);
          found.values.forEach((value, t) => assert.equal(found.products[t], value * found.kernel.values[t]));
        }
      }
    }
  }
});
