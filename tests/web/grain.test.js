import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as grain from "../../src/locality/views/web/grain.js";
import { numbersOf } from "../../src/locality/views/web/rooms/grain/ising.js";
import { SPINS } from "../../src/locality/views/web/rooms/grain/spins.js";

const cases = JSON.parse(readFileSync(new URL("golden/grain.json", import.meta.url), "utf8"));
const map = ({ shape, data }) => ({ shape, data: Float64Array.from(data) });
const near = (found, golden, where) =>
  golden === null ? assert.equal(found, null, where) : assert.ok(Math.abs(found - golden) <= 1e-9 * Math.max(1, Math.abs(golden)), `${where}: ${found}, not ${golden}`);

for (const { what, side, block, first, levels, ties, median } of cases) {
  const start = map(first);
  test(`${what} ${first.shape.join("x")} in blocks of ${block}: every level, and what is kept and lost, as Python has it`, () => {
    if (median !== undefined) assert.equal(grain.median(start.data), median);
    const spins = what === "spins" ? start : grain.cut(start).spins;
    for (const [kind, golden] of Object.entries(levels)) {
      const found = grain.levels(kind === "majority" ? spins : start, kind, block);
      assert.equal(found.length, golden.length);
      found.forEach((level, i) => {
        const where = `${kind}, level ${i}`;
        assert.deepEqual(level.shape, golden[i].values.shape, where);
        golden[i].values.data.forEach((x, at) => near(level.data[at], x, `${where}, value ${at}`));
        const facts = grain.facts(level);
        assert.equal(facts.cells, level.data.length);
        near(facts.mean, golden[i].mean, `${where}, mean`);
        near(facts.deviation, golden[i].deviation, `${where}, deviation`);
        if (kind !== "average") assert.equal(facts.distinct, golden[i].distinct, where);
        near(grain.meanSquare(grain.lost(start, level)), golden[i].lost, `${where}, lost`);
        if (level.shape[0] > 1) return;
        for (const edges of ["joined", "open"]) {
          const { nearest, diagonal } = grain.correlations(level, edges === "joined");
          near(nearest, golden[i][edges].nearest, `${where}, nearest neighbours, edges ${edges}`);
          near(diagonal, golden[i][edges].diagonal, `${where}, diagonal neighbours, edges ${edges}`);
        }
        if (kind === "majority" && i < ties.length) assert.equal(grain.ties(level, block), ties[i], where);
      });
      assert.deepEqual(grain.plan(side, block).sides, golden.map(({ values }) => values.shape[1]));
    }
  });
}

test("levels end in one block, or with the lecture's invalid and its numbers", () => {
  assert.deepEqual(grain.plan(81, 3), { sides: [81, 27, 9, 3, 1], stop: null });
  const { sides, stop } = grain.plan(60, 2);
  assert.deepEqual(sides, [60, 30, 15]);
  assert.match(stop, /^level 3: a 2x2 window with stride 2 does not tile 15: \(15 - 2\)\/2 \+ 1 = 7\.5\. .*14 or 16\.$/);
  assert.match(grain.plan(2, 3).stop, /^level 1: a 3x3 window does not fit its 2x2 input/);
});

test("the sides that are named really go further", () => {
  for (let side = 2; side < 200; side++) {
    for (const block of [2, 3, 4, 5]) {
      const { sides, stop } = grain.plan(side, block);
      const { more, all } = grain.further(side, block);
      for (const one of all) assert.equal(grain.plan(one, block).stop, null);
      if (stop) for (const one of more) assert.ok(grain.plan(one, block).sides.length > sides.length, `${side} ${block} ${one}`);
      assert.ok(all.length > 0);
    }
  }
});

test("what averaging loses and what it keeps add up to the variance", () => {
  const start = map(cases.find(({ what, block }) => what === "picture" && block === 2).first);
  const whole = grain.facts(start).deviation ** 2;
  for (const level of grain.levels(start, "average", 2)) {
    near(grain.facts(level).deviation ** 2 + grain.meanSquare(grain.lost(start, level)), whole, "variance");
  }
});

test("a picture is cut to the middle square, every so many pixels averaged to one", () => {
  const picture = { shape: [1, 5, 7], data: Float64Array.from({ length: 35 }, (_, i) => i) };
  const { times, taken, map: level } = grain.square(picture, 2);
  assert.deepEqual([times, taken], [2, 4]);
  assert.deepEqual([...level.data], [5, 7, 19, 21]);
});

test("a histogram counts every value once, the upper end in the last part", () => {
  assert.deepEqual(grain.histogram([0, 0.5, 1, 2, 2, 1.99], 0, 2, 4), [1, 1, 1, 3]);
  assert.deepEqual(grain.histogram([-1, 1, 1], -1, 1, 2), [1, 2]);
});

test("a cell stands for a block of every finer level, and its terms are that block's values", () => {
  assert.deepEqual(grain.blockOf(1, 2, 3), [9, 17]);
  const finer = map({ shape: [1, 4, 4], data: Array.from({ length: 16 }, (_, i) => i) });
  assert.deepEqual(grain.terms(finer, [0, 1, 0], "max", 2), [8, 9, 12, 13]);
});

for (const { id, knob, spins } of SPINS) {
  test(`${id}: spins of +1 and -1, the same for the same seed`, () => {
    const found = spins(16, knob.value, 3);
    assert.equal(found.length, 256);
    assert.ok(found.every((x) => x === 1 || x === -1));
    assert.deepEqual(spins(16, knob.value, 3), found);
    assert.ok(found.includes(1) && found.includes(-1));
  });
}

test("a smaller side is a window: the first rows and columns of the same sample, whose edges are not joined", () => {
  const { spins, most, knob } = SPINS.find(({ id }) => id === "ising");
  const whole = spins(most, knob.value, 0);
  assert.equal(whole.length, 128 ** 2);
  const part = spins(27, knob.value, 0);
  assert.ok(part.every((spin, i) => spin === whole[Math.floor(i / 27) * 128 + (i % 27)]));
  assert.equal(knob.format(knob.value), "2.2692");
});

test("below the critical temperature spins are ordered, above it not, and a coarser level shows it more", () => {
  const { spins, most, knob } = SPINS.find(({ id }) => id === "ising");
  const nearest = (/** @type {number} */ at) => {
    const first = { shape: [1, most, most], data: spins(most, at, 0) };
    return grain.levels(first, "majority", 2).slice(0, 4).map((level) => grain.correlations(level, true).nearest);
  };
  const [cold, hot] = [nearest(3), nearest(knob.max - 1)];
  assert.ok(numbersOf(3).magnetisation > 0.85 && numbersOf(knob.max).magnetisation < 0.1);
  assert.ok(cold[3] > cold[0] && cold[3] > 0.95, String(cold));
  assert.ok(hot[0] > 0.3 && Math.abs(hot[3]) < 0.2, String(hot));
});

test("the share of up spins is the one that was chosen", () => {
  const up = SPINS.find(({ id }) => id === "random").spins(128, 0.3, 1).filter((x) => x === 1).length / 128 ** 2;
  assert.ok(Math.abs(up - 0.3) < 5 * Math.sqrt(0.21) / 128, String(up));
});

test("a checkerboard in blocks of two is all ties, and the first site decides", () => {
  const board = { shape: [1, 8, 8], data: SPINS.find(({ id }) => id === "checkerboard").spins(8, 1, 0) };
  assert.equal(grain.ties(board, 2), 16);
  assert.ok(grain.coarser(board, "majority", 2).data.every((x) => x === 1));
  assert.deepEqual(grain.correlations(board, true), { nearest: -1, diagonal: 1 });
});
