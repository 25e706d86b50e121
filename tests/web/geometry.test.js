import assert from "node:assert/strict";
import { test } from "node:test";
import * as geometry from "../../src/locality/views/web/geometry.js";
import * as cost from "../../src/locality/views/web/geometry/cost.js";
import { golden } from "./golden.js";

const { fits, makeWindow, nearest, outputs, pairs, reads, rest, shares, takes, unread, unreadPadding } = geometry;

/** The answer, or the sentence of a refusal. */
const said = (ask) => {
  try {
    return ask();
  } catch (error) {
    assert.ok(error instanceof geometry.ShapeError, error.stack);
    return { error: error.message };
  }
};

const ASKS = {
  window: (map, size) => [said(() => outputs(map, size)), reads(map, size), takes(map, size), rest(map, size)],
  transposed: (map, size, output) => [said(() => outputs(map, size)), pairs(map, output)],
  repeat: (map, output) => [reads(map, output), shares(map, output)],
};

const entries = golden("geometry");
for (const kind of new Set(entries.map(([kind]) => kind))) {
  const asked = entries.filter(([other]) => other === kind);
  test(`${kind}: ${asked.length} answers are Python's`, () => {
    const ask = ASKS[kind] ?? geometry[kind] ?? cost[kind];
    for (const [, given, answer] of asked) {
      assert.deepEqual(kind === "convSize" ? said(() => ask(...given)) : ask(...given), answer, JSON.stringify(given));
    }
  });
}

test("the golden file has refusals of both kinds and of the transposed window", () => {
  const errors = entries.map(([, , answer]) => JSON.stringify(answer)).filter((text) => text.includes("error"));
  for (const words of ["does not fit", "does not tile", "cuts away"]) {
    assert.ok(errors.filter((text) => text.includes(words)).length > 10, words);
  }
});

test("what is advised is accepted, and nothing is advised where all is well", () => {
  const windows = entries.filter(([kind]) => kind === "window").map(([, given]) => given);
  let advised = 0;
  for (const [window, size] of windows) {
    const ways = nearest(window, size);
    assert.equal(ways.length === 0, takes(window, size));
    for (const { size: wanted, change, ...way } of ways) {
      assert.ok(fits(way, wanted) && takes(way, wanted), JSON.stringify([window, size, way]));
      const changed = ["padding", "kernel", "rounding"].filter((key) => String(way[key]) !== String(window[key]));
      if (wanted !== size) changed.push("size");
      assert.ok(changed.length <= 1 && (!changed.length || changed[0] === change), JSON.stringify([window, size, way]));
      advised++;
    }
  }
  assert.ok(advised > 100);
});

test("the lecture's 7x7 window on 224 is advised as the sentence has it", () => {
  const ways = nearest(makeWindow(7, { stride: 2, padding: [3, 3] }), 224);
  assert.deepEqual(
    ways.map(({ change, rounding, size }) => [change, rounding, size]),
    [["rounding", "floor", 224], ["size", "exact", 223], ["size", "exact", 225]],
  );
});

test("what flooring or a large stride leaves unread is listed", () => {
  assert.deepEqual(unread(makeWindow(3, { stride: 2, rounding: "floor" }), 6), [5]);
  assert.deepEqual(unread(makeWindow(1, { stride: 2 }), 5), [1, 3]);
  assert.deepEqual(unread(makeWindow(2, { stride: 3, padding: [0, 1], rounding: "floor" }), 4, "wrap"), [2]);
  assert.equal(unreadPadding(makeWindow(7, { stride: 2, padding: [3, 3], rounding: "floor" }), 224), 1);
});
