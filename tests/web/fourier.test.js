import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { brightness, frequency, passes, spectrum, strongest } from "../../src/locality/views/web/fourier.js";
import { readKernel } from "../../src/locality/views/web/kernels.js";

const golden = JSON.parse(readFileSync(new URL("golden/kernels.json", import.meta.url), "utf8"));

test("|K(f)| is what a Fourier transform gives", () => {
  for (const { text, strength } of golden.spectra) {
    const found = spectrum(readKernel(text), strength.length);
    strength.flat().forEach((value, i) => assert.ok(Math.abs(found.strength[i] - value) < 1e-10, `${text}, ${i}: ${found.strength[i]}, not ${value}`));
  }
});

test("Zero frequency is in the middle and holds the size of the sum", () => {
  assert.deepEqual([0, 32, 64].map((at) => frequency(at, 65)), [-0.5, 0, 0.5]);
  for (const { text } of golden.kernels) {
    const kernel = readKernel(text);
    const { strength } = spectrum(kernel);
    const total = kernel.values.reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(strength[32 * 65 + 32] - Math.abs(total)) < 1e-12, text);
  }
});

const KINDS = {
  identity: "all-pass", outline: "high-pass", blur: "low-pass", sharpen: "lifts high frequencies", "left-sobel": "band-pass",
  "top-sobel": "band-pass", laplacian: "high-pass", "box 5": "low-pass", "gaussian 2": "low-pass", "log 2": "band-pass",
  "gabor 5 30": "band-pass", "motion 9": "low-pass", "0 0 / 0 0": "nothing passes", "0 0 0 / 1 0 0 / 0 0 0": "all-pass",
};

test("What passes is said in one word", () => {
  for (const [text, kind] of Object.entries(KINDS)) {
    const kernel = readKernel(text);
    assert.equal(passes(spectrum(kernel)).kind, kind, text);
  }
});

test("A Gabor kernel passes its own wave best, with strength 1", () => {
  for (const [wavelength, angle] of [[4, 0], [5, 90], [4, 45], [8, 150]]) {
    const found = spectrum(readKernel(`gabor ${wavelength} ${angle}`), 161);
    const turn = (angle * Math.PI) / 180;
    const [fx, fy] = strongest(found);
    const sign = Math.cos(turn) < -1e-9 || (Math.abs(Math.cos(turn)) < 1e-9 && fy > 0) ? -1 : 1;
    assert.ok(Math.abs(fx - (sign * Math.cos(turn)) / wavelength) < 0.02, `${wavelength} ${angle}: fx ${fx}`);
    assert.ok(Math.abs(fy + (sign * Math.sin(turn)) / wavelength) < 0.02, `${wavelength} ${angle}: fy ${fy}`);
    assert.ok(Math.abs(found.most - 1) < 0.05, `${wavelength} ${angle}: ${found.most}`);
  }
});

test("What the sum does to flat areas is said", () => {
  const said = (text) => brightness(readKernel(text));
  assert.equal(said("gaussian 1"), "Its sum is 1: it keeps brightness.");
  assert.equal(said("log 2"), "Its sum is 0: flat areas become 0.");
  assert.equal(said("1 1 / 1 1"), "Its sum is 4: it multiplies brightness by 4.");
  assert.equal(said("-1/4 -1/4"), "Its sum is −0.5: it multiplies brightness by −0.5.");
});
