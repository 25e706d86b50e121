import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compute } from "../../src/locality/views/web/forward.js";
import { readNetwork } from "../../src/locality/views/web/network.js";
import * as sharing from "../../src/locality/views/web/sharing.js";

const { costs, shifts } = JSON.parse(readFileSync(new URL("golden/sharing.json", import.meta.url), "utf8"));
const map = ({ shape, data }) => ({ shape, data: Float64Array.from(data) });

for (const { setting, refused, output, costs: golden } of costs) {
  const { height, width, channels, out_channels, kernel_size, stride, padding, rounding } = setting;
  const name = `${channels}x${height}x${width} to ${out_channels}, ${kernel_size} stride ${stride} padding ${padding} ${rounding}`;
  test(`${name} costs what Python counts, or is refused with the same sentence`, () => {
    if (refused) return assert.throws(() => sharing.joined(setting), { message: refused });
    const found = sharing.joined(setting);
    assert.deepEqual(found.output, output);
    assert.deepEqual(found.costs, golden);
  });
}

test("the first example is the lecture's 120 million weights, and every example can be joined", () => {
  const [lecture] = sharing.PRESETS.map(({ setting }) => sharing.joined(setting));
  assert.equal(lecture.costs.full.parameters, 120_000_000);
  assert.equal(lecture.output.reduce((a, b) => a * b), 1000);
});

test("more weights than can be counted exactly are refused", () => {
  const setting = { ...sharing.PRESETS[3].setting, height: 4096, width: 4096, out_channels: 4096 };
  assert.throws(() => sharing.joined(setting), /more weights than can be counted exactly/);
});

test("ratios say about where they are rounded, and never 1 times fewer", () => {
  assert.equal(sharing.ratio(120_000_000, 12_000), "10\u202f000 times fewer");
  assert.equal(sharing.ratio(122304, 156), "784 times fewer");
  assert.equal(sharing.ratio(10, 3), "about 3.33 times fewer");
  assert.equal(sharing.ratio(5, 5), "as many");
  assert.equal(sharing.ratio(2, 5), "2.5 times more");
});

test("a map moved right by two loses nothing: what leaves comes in on the left", () => {
  assert.deepEqual([...sharing.roll(map({ shape: [1, 2, 3], data: [1, 2, 3, 4, 5, 6] }), [1, 2]).data], [5, 6, 4, 2, 3, 1]);
});

const near = (found, golden, where) =>
  golden === null ? assert.equal(found, null, where) : assert.ok(found !== null && Math.abs(found - golden) <= 1e-9, `${where}: ${found}, not ${golden}`);

for (const { name, network, input, weights, shifts: all } of shifts) {
  test(`${name}: how far a shifted input's maps are from shifted maps, overall and away from the edge`, async () => {
    const net = readNetwork(network);
    const read = new Map(Object.entries(weights).map(([key, value]) => [key, map(value)]));
    const run = async (x) => {
      const values = new Map([["input", x]]);
      await compute(net, read, values);
      return values;
    };
    const axes = sharing.axesOf(net);
    const plain = await run(map(input));
    for (const { shift, nodes } of all) {
      const moved = await run(sharing.roll(map(input), shift));
      for (const [node, golden] of Object.entries(nodes)) {
        const found = sharing.compare(plain.get(node), moved.get(node), axes.get(node), shift);
        const where = `${node}, shift ${shift}`;
        near(found.largest, golden.largest, where);
        near(found.relative, golden.relative, where);
        near(found.inside, golden.inside, `${where}, inside`);
        if (golden.moved && golden.largest) assert.deepEqual(found.moved, golden.moved, where);
      }
    }
  });
}
