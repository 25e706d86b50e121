import assert from "node:assert/strict";
import { test } from "node:test";
import { occlude, windowsOver } from "../../src/locality/views/web/occlusion.js";
import { golden, scene, unpacked } from "./golden.js";

test("the page's occlusion is Python's, for the output of the highest score", async () => {
  for (const entry of golden("occlusion")) {
    const { net, values, weights } = scene(entry);
    const done = [];
    const found = await occlude(net, weights, values.get("input"), { onProgress: (n, of) => done.push([n, of]) });
    assert.equal(found.scores.indexOf(Math.max(...found.scores)), entry.target);
    assert.ok(Math.abs(found.scores[entry.target] - entry.score) < 1e-5 * (1 + Math.abs(entry.score)));
    const { shape, data } = unpacked(entry.map);
    assert.deepEqual(shape, net.input.slice(1));
    const most = data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    found.map(entry.target).forEach((x, i) => assert.ok(Math.abs(x - data[i]) < 2e-5 * (1 + most), `${net.name} ${i}: ${x} ${data[i]}`));
    assert.deepEqual(done.at(-1), [done.length, done.length]);
  }
});

test("windows overlap by half, or stand side by side; the last one is cut at the edge", () => {
  assert.deepEqual(windowsOver([1, 20]).map(([, columns]) => columns).slice(-2), [[17, 19], [18, 20]]);
  assert.deepEqual(windowsOver([28, 1], false).map(([rows]) => rows).slice(-1), [[24, 28]]);
  assert.deepEqual(windowsOver([30, 1], false).map(([rows]) => rows).slice(-1), [[28, 30]]);
});

test("others work between the windows", async () => {
  const { net, values, weights } = scene(golden("occlusion")[1]);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await occlude(net, weights, values.get("input"));
  clearInterval(timer);
  assert.ok(turns > 0);
});

test("a map that nobody waits for is given up", async () => {
  const { net, values, weights } = scene(golden("occlusion")[0]);
  await assert.rejects(occlude(net, weights, values.get("input"), { signal: AbortSignal.abort() }), { name: "AbortError" });
});
