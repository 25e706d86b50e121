import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as kernels from "../../src/locality/views/web/kernels.js";

const golden = JSON.parse(readFileSync(new URL("golden/kernels.json", import.meta.url), "utf8"));
const near = (found, expected, where) =>
  assert.ok(Math.abs(found - expected) <= 1e-12 * Math.max(1, Math.abs(expected)), `${where}: ${found}, not ${expected}`);
const same = (kernel, rows, where) => {
  assert.deepEqual([kernel.rows, kernel.columns], [rows.length, rows[0].length], where);
  rows.flat().forEach((value, i) => near(kernel.values[i], value, `${where}, value ${i}`));
};

test("Every named kernel has Python's numbers", () => {
  for (const { text, rows } of golden.kernels) same(kernels.readKernel(text), rows, text);
  assert.deepEqual(kernels.NAMES, golden.kernels.slice(0, kernels.NAMES.length).map(({ text }) => text));
});

test("Every formula takes Python's parameters within Python's bounds", () => {
  const found = Object.entries(kernels.FORMULAS).map(([name, { parameters }]) => [
    name, parameters.map(({ name, low, high, usual, whole }) => [name, low, high, usual, whole])]);
  assert.deepEqual(Object.fromEntries(found), golden.formulas);
});

test("A kernel of rank 1 is taken apart as Python does it, and no other", () => {
  for (const { text, factors } of golden.factors) {
    const found = kernels.factors(kernels.readKernel(text));
    assert.equal(found === null, factors === null, text);
    [found?.column, found?.row].forEach((line, i) => line?.forEach((value, j) => near(value, factors[i][j], text)));
  }
});

test("What cannot be read is refused in Python's words", () => {
  for (const [text, message] of golden.refusals) assert.throws(() => kernels.readChain(text), { name: "KernelError", message }, text);
  assert.throws(() => kernels.readKernel("sharpn"), /^KernelError: Unknown kernel 'sharpn'\. Known are: identity, /);
  assert.throws(() => kernels.readKernel("constructor"), /Unknown kernel/);
});

test("A cell that holds a letter is named by its place", () => {
  assert.throws(() => kernels.readKernel("1 2 / 3 q"), (error) => assert.deepEqual(error.place, [1, 1]) ?? true);
});

test("A kernel written out is read back without loss", () => {
  for (const { text } of golden.kernels) {
    const kernel = kernels.readKernel(text);
    if (Math.max(kernel.rows, kernel.columns) > kernels.MOST_TYPED) continue;
    assert.deepEqual(kernels.readKernel(kernels.kernelText(kernel)), kernel, text);
  }
});

test("A chain written out is read back", () => {
  const text = "gaussian 2, magnitude left-sobel stride 2, 1/9 2 / 3 -4";
  const steps = kernels.readChain(text);
  assert.deepEqual(steps.map(({ magnitude, stride }) => [magnitude, stride]), [[false, 1], [true, 2], [false, 1]]);
  assert.equal(kernels.chainText(steps), text);
});

test("Turning twice and transposing twice give the kernel back", () => {
  const kernel = kernels.readKernel("1 2 3 / 4 5 6");
  assert.deepEqual([...kernels.turned(kernel).values], [6, 5, 4, 3, 2, 1]);
  assert.deepEqual([...kernels.transpose(kernel).values], [1, 4, 2, 5, 3, 6]);
  assert.deepEqual(kernels.turned(kernels.turned(kernel)), kernel);
  assert.deepEqual(kernels.transpose(kernels.transpose(kernel)), kernel);
});
