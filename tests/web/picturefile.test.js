import assert from "node:assert/strict";
import { test } from "node:test";
import { claimedSize, toPlanes } from "../../src/locality/views/web/picturefile.js";

const bytes = (...parts) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...part].map((c) => c.charCodeAt(0)) : part)));
const big = (x, count) => Array.from({ length: count }, (_, i) => Math.floor(x / 256 ** (count - 1 - i)) % 256);
const little = (x, count) => big(x, count).reverse();

const FILES = {
  "a PNG": [
    bytes("\x89PNG\r\n\x1a\n", big(13, 4), "IHDR", big(40000, 4), big(39999, 4), [8, 2, 0, 0, 0]),
    [40000, 39999],
  ],
  "a GIF": [bytes("GIF89a", little(640, 2), little(480, 2)), [640, 480]],
  "a BMP upside down": [bytes("BM", little(0, 16), little(300, 4), little(2 ** 32 - 200, 4)), [300, 200]],
  "a JPEG with a thumbnail's size in its EXIF": [
    bytes(
      [0xff, 0xd8, 0xff, 0xe1],
      big(9, 2),
      [0xff, 0xc0, 0, 17, 8, 0, 1],
      [0xff, 0xff, 0xc2],
      big(17, 2),
      [8],
      big(3000, 2),
      big(4000, 2),
    ),
    [4000, 3000],
  ],
  "a lossy WebP": [
    bytes("RIFF", little(0, 4), "WEBP", "VP8 ", little(0, 4), [0, 0, 0, 0x9d, 1, 0x2a], little(550, 2), little(368, 2)),
    [550, 368],
  ],
  "a lossless WebP": [
    bytes("RIFF", little(0, 4), "WEBP", "VP8L", little(0, 4), [0x2f], little(399 + 299 * 2 ** 14, 4)),
    [400, 300],
  ],
  "a WebP of many parts": [
    bytes("RIFF", little(0, 4), "WEBP", "VP8X", little(10, 4), little(0, 4), little(16383, 3), little(9999, 3)),
    [16384, 10000],
  ],
  "an AVIF of two items": [
    bytes(
      big(16, 4),
      "ftyp",
      "avif",
      big(20, 4),
      "ispe",
      big(0, 4),
      big(16, 4),
      big(12, 4),
      big(20, 4),
      "ispe",
      big(0, 4),
      big(1600, 4),
      big(1200, 4),
    ),
    [1600, 1200],
  ],
};

for (const [name, [file, size]] of Object.entries(FILES)) {
  test(`${name} says its size before it is decoded`, () => assert.deepEqual(claimedSize(file), size));
  test(`${name} that is cut short at any byte claims no larger size, and breaks nothing`, () => {
    for (let end = 0; end < file.length; end++) {
      const found = claimedSize(file.slice(0, end));
      assert.ok(found === null || found[0] * found[1] <= size[0] * size[1], `${found} of the first ${end} bytes`);
    }
  });
}

test("text, and nothing at all, are no pictures", () => {
  for (const file of [bytes("these are notes"), bytes("<svg xmlns='http://www.w3.org/2000/svg'/>"), bytes()]) {
    assert.equal(claimedSize(file), null);
  }
});

test("what is transparent is laid on white, what is opaque comes back byte for byte", () => {
  const planes = new Uint8Array(6);
  assert.equal(toPlanes(Uint8ClampedArray.of(1, 2, 3, 255, 250, 128, 0, 255), planes), false);
  assert.deepEqual([...planes], [1, 250, 2, 128, 3, 0]);
  assert.equal(toPlanes(Uint8ClampedArray.of(255, 0, 0, 0, 255, 0, 0, 51), planes), true);
  assert.deepEqual([...planes], [255, 255, 255, 204, 255, 204]);
});
