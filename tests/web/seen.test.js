import assert from "node:assert/strict";
import { test } from "node:test";
import { readNetwork } from "../../src/locality/views/web/network.js";
import { seen } from "../../src/locality/views/web/seen.js";
import { golden, title } from "./golden.js";

for (const entry of golden("seen")) {
  test(`the places that a cell depends on are Python's, on every node behind it: ${title(entry)}`, () => {
    const net = readNetwork(entry.network);
    for (const asked of entry.asked) {
      assert.deepEqual(Object.fromEntries(seen(net, asked.node, asked.place)), asked.seen);
    }
  });
}

test("a place of the input depends on itself", () => {
  const net = readNetwork(golden("zoo")[0].network);
  assert.deepEqual([...seen(net, "input", [3, 4])], [["input", [[3], [4]]]]);
});

test("a cell of a deep network is followed back within 16 ms", () => {
  const net = readNetwork(golden("zoo").find(({ network }) => network.name === "resnet18").network);
  const times = Array.from({ length: 10 }, () => {
    const start = performance.now();
    seen(net, "layer4.1.conv2", [3, 3]);
    return performance.now() - start;
  });
  assert.ok(Math.min(...times) < 16, String(times));
});
