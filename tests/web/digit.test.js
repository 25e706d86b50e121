import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { fitDigit, leastSquares } from "../../src/locality/views/web/digit.js";
import { median } from "../../src/locality/views/web/grain.js";

const cases = JSON.parse(readFileSync(new URL("golden/digit.json", import.meta.url), "utf8"));
const unpacked = ({ shape, data }) => ({
  shape,
  data: new Uint8Array(inflateSync(Buffer.from(data, "base64"))),
  name: "a",
  label: 3,
});

for (const { name, picture, shape, fitted, said, error } of cases) {
  if (error) {
    test(`a digit, ${name}: refused with Python's sentence`, () => {
      assert.throws(() => fitDigit(unpacked(picture), shape), { message: error });
    });
  } else {
    test(`a digit, ${name}: the same bytes and sentences as Python's`, () => {
      const made = fitDigit(unpacked(picture), shape);
      assert.deepEqual(made.said, said);
      assert.deepEqual(made.picture.shape, shape);
      const wanted = unpacked(fitted).data;
      const away = made.picture.data.map((value, i) => Math.abs(value - wanted[i]));
      // The ground is fitted in floats: where a half is rounded, the last bit decides.
      assert.ok(Math.max(...away) <= 1, `${Math.max(...away)} away`);
      assert.ok(away.filter(Boolean).length <= 2, `${away.filter(Boolean).length} bytes differ`);
    });
  }
}

test("a digit that was fitted once is left alone", () => {
  const { picture, shape } = cases.find((one) => one.name === "drawn");
  const once = fitDigit(unpacked(picture), shape);
  const twice = fitDigit(once.picture, shape);
  assert.deepEqual(twice.picture.data, once.picture.data);
  assert.deepEqual(twice.said, ["light digit on black at the right size: used as it is"]);
});

const columns = (...all) => all.map((column) => Float64Array.from(column));
const near = (found, wanted) =>
  found.forEach((x, i) => assert.ok(Math.abs(x - wanted[i]) < 1e-12, `${found} is not ${wanted}`));

test("the best fit goes through a line's points, leaves out what is not chosen, and is the smallest of many", () => {
  near(leastSquares(columns([1, 1, 1, 1], [0, 1, 2, 3]), [1, 3, 500, 7], [1, 1, 0, 1]), [1, 2]);
  near(leastSquares(columns([1, 1], [1, 1]), [2, 4], [1, 1]), [1.5, 1.5]);
  near(leastSquares(columns([0], [0]), [5], [1]), [0, 0]);
});

test("the median is the middle of the sorted values", () => {
  for (let length = 1; length < 60; length++) {
    const values = Float64Array.from({ length }, (_, i) => (i * 7919 + length) % 23);
    const sorted = values.slice().sort();
    assert.equal(median(values), (sorted[(length - 1) >> 1] + sorted[length >> 1]) / 2);
  }
});
