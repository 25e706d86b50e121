import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { fitPicture, limitPicture } from "../../src/locality/views/web/fit.js";

const cases = JSON.parse(readFileSync(new URL("golden/fit.json", import.meta.url), "utf8"));
const unpacked = ({ shape, data }) => ({
  shape,
  data: new Uint8Array(inflateSync(Buffer.from(data, "base64"))),
  name: "a",
  label: 3,
});
const of = (shape, data) => ({ shape, data: Uint8Array.from(data), name: "a", label: null });

for (const { picture, shape, fitted } of cases) {
  test(`${picture.shape.join("x")} is brought to ${shape.join("x")} with Pillow's own bytes`, () => {
    assert.deepEqual(fitPicture(unpacked(picture), shape), unpacked(fitted));
  });
}

test("what a canvas gives, clamped bytes, is fitted alike", () => {
  const picture = unpacked(cases[3].picture);
  const clamped = { ...picture, data: new Uint8ClampedArray(picture.data) };
  assert.deepEqual(fitPicture(clamped, cases[3].shape).data, fitPicture(picture, cases[3].shape).data);
});

test("the picture that was given is left as it was, and the fitted one is a copy", () => {
  const picture = of([1, 2, 2], [1, 2, 3, 4]);
  fitPicture(picture, [1, 2, 2]).data[0] = 9;
  assert.deepEqual([...picture.data], [1, 2, 3, 4]);
});

test("a picture with no shape to reach keeps its own size and all of it, in colour, down to the largest side", () => {
  const picture = of(
    [1, 30, 60],
    Array.from({ length: 1800 }, (_, i) => i % 251),
  );
  assert.deepEqual([...limitPicture(picture, 60).data.subarray(1800, 3600)], [...picture.data]);
  assert.deepEqual(limitPicture(picture, 256).shape, [3, 30, 60]);
  assert.deepEqual(limitPicture(picture, 20).shape, [3, 10, 20]);
  assert.deepEqual(limitPicture(of([1, 1, 100], new Array(100).fill(7)), 10).shape, [3, 1, 10]);
});

test("what is no picture, or no frame for one, is refused with a sentence", () => {
  assert.throws(() => fitPicture(of([1, 4, 4], new Array(16).fill(0)), [2, 6, 6]), {
    message:
      "fit: a picture has 1 or 3 channels, a height and a width; it cannot become 2x6x6. " +
      "Give a network whose input is 1xHxW or 3xHxW.",
  });
  assert.throws(() => fitPicture({ ...of([1, 1, 1], []), data: new Float32Array(1) }, [1, 2, 2]), {
    message: "fit: float32 of shape 1x1x1 is not a picture, uint8 (1 or 3, H, W).",
  });
  assert.throws(() => fitPicture(of([4, 4, 3], new Array(48).fill(0)), [1, 2, 2]), {
    message: "fit: uint8 of shape 4x4x3 is not a picture, uint8 (1 or 3, H, W).",
  });
});
