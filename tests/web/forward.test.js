import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../../src/locality/views/web/cell.js";
import { compute, computeNode, dependents, steps } from "../../src/locality/views/web/forward.js";
import { erf } from "../../src/locality/views/web/layers/curves.js";
import { readNetwork } from "../../src/locality/views/web/network.js";
import { placeOf, zeros } from "../../src/locality/views/web/tensor.js";
import { golden, near, scene, title } from "./golden.js";

const isOpaque = ({ network }) => network.nodes.some(({ layer }) => layer === "Opaque");
const names = (net) => net.nodes.map((node) => node.name);

/** Every cell of a node that the page computes against torch's, and against its own terms spelled out. */
const check = ({ net, values, weights }, name) => {
  const found = computeNode(net, weights, values, name);
  const torch = values.get(name);
  assert.deepEqual(found.shape, torch.shape);
  assert.equal(found.data.constructor, torch.data.constructor);
  for (let i = 0; i < found.data.length; i++) {
    const cell = explain(net, values, weights, name, placeOf(found.shape, i));
    near(found.data[i], torch.data[i], cell.scale, net.dtype, `${name} ${i}`);
    near(found.data[i], cell.value, cell.scale, net.dtype, `${name} ${i} spelled out`);
  }
};

for (const file of ["layers", "networks"]) {
  for (const entry of golden(file).filter((entry) => !isOpaque(entry))) {
    test(`every node comes to what torch computes: ${title(entry)}`, () => {
      const given = scene(entry);
      for (const { name } of given.net.nodes) check(given, name);
    });
  }
}

test("networks computed from their input alone come to what torch computes", async () => {
  for (const entry of golden("networks").filter(({ network }) => !JSON.stringify(network).includes("majority"))) {
    const { net, values, weights } = scene(entry);
    const own = new Map([["input", values.get("input")]]);
    await compute(net, weights, own);
    assert.deepEqual([...own.keys()], ["input", ...names(net)]);
    for (const name of names(net)) {
      const torch = values.get(name).data;
      const largest = torch.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
      const bound = (net.dtype === "float32" ? 1e-4 : 1e-10) * largest;
      own.get(name).data.forEach((x, i) => {
        assert.ok(Math.abs(x - torch[i]) <= bound, `${net.name} ${name} ${x} ${torch[i]}`);
      });
    }
  }
});

const chain = () => scene(golden("networks").find(({ network }) => network.name === "chain"));
const shared = () => scene(golden("networks").find(({ network }) => network.name === "shared"));

test("only what depends on a change is computed anew, and nothing is written over", async () => {
  const { net, values, weights } = chain();
  const before = new Map(values);
  const weight = weights.get("conv2.weight");
  weights.set("conv2.weight", { shape: weight.shape, data: weight.data.map((x) => 2 * x) });
  await compute(net, weights, values, { from: ["conv2"] });
  const changed = names(net).filter((name) => values.get(name) !== before.get(name));
  assert.deepEqual(changed, names(net).slice(names(net).indexOf("conv2")));
  assert.ok(values.get("softmax1").data.some((x, i) => x !== before.get("softmax1").data[i]));
  weights.set("conv2.weight", weight);
  await compute(net, weights, values, { from: ["conv2"] });
  for (const name of names(net)) {
    const found = values.get(name).data;
    before.get(name).data.forEach((x, i) => assert.ok(Math.abs(found[i] - x) <= 1e-5 * (1 + Math.abs(x))));
  }
});

test("a change of the input, or of shared weights, reaches all that depends on it", () => {
  const { net } = shared();
  assert.deepEqual([...dependents(net, ["input"])], names(net));
  assert.deepEqual([...dependents(net, ["norm"])], ["norm", "norm-again", "sum", "both", "times"]);
  assert.deepEqual([...dependents(net, ["again"])], ["again", "norm", "sum", "both", "times"]);
  assert.deepEqual([...dependents(net, [])], []);
});

test("a computation lets others work between its slices", async () => {
  const { net, values, weights } = chain();
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  const done = compute(net, weights, values, { budget: 0 });
  let finished = false;
  done.then(() => (finished = true));
  while (!finished) await new Promise((go) => setImmediate(go));
  clearInterval(timer);
  assert.ok(turns > 0);
});

test("what fits into one slice is there at once", () => {
  const { net, values, weights } = chain();
  const own = new Map([["input", values.get("input")]]);
  compute(net, weights, own, { budget: 1000 });
  assert.ok(own.has("softmax1"));
});

test("a computation is given up on request, and what it left undone is done by the next", async () => {
  const { net, values, weights } = chain();
  const before = new Map(values);
  const input = values.get("input");
  values.set("input", { shape: input.shape, data: input.data.map((x) => x + 1) });
  const control = new AbortController();
  const given = compute(net, weights, values, { from: ["input"], budget: 0, signal: control.signal });
  control.abort();
  await assert.rejects(given, { name: "AbortError" });
  assert.equal(values.get("softmax1"), before.get("softmax1"));
  await compute(net, weights, values, { from: ["dense2"] });
  assert.ok(names(net).every((name) => values.get(name) !== before.get(name)));
  const after = new Map(values);
  await compute(net, weights, values, { from: ["dense2"] });
  assert.deepEqual(names(net).filter((name) => values.get(name) !== after.get(name)), names(net).slice(-2));
});

test("a signal that came before the work leaves it to the next computation", async () => {
  const { net, values, weights } = chain();
  const before = new Map(values);
  await assert.rejects(compute(net, weights, values, { from: ["conv1"], signal: AbortSignal.abort() }));
  await compute(net, weights, values, { from: [] });
  assert.ok(names(net).every((name) => values.get(name) !== before.get(name)));
});

test("an opaque operation and missing values are refused with a sentence", () => {
  const { net, values, weights } = scene(golden("layers").find(isOpaque));
  const message = "attention has no arithmetic rule here: its values are known, its sum is not.";
  assert.throws(() => computeNode(net, weights, values, "opaque1"), { message });
  assert.throws(() => explain(net, values, weights, "opaque1", [0, 0]), { message });
  assert.throws(() => [...steps(net, weights, new Map(), new Set(["opaque1"]))], {
    message: "opaque1: the values of input are not there. Compute it first.",
  });
});

test("the error function is exact to the last digits", () => {
  for (const [x, value] of golden("erf")) {
    assert.ok(Math.abs(erf(x) - value) <= 4e-16 * Math.abs(value), `${x}: ${erf(x)} against ${value}`);
  }
  assert.deepEqual([erf(Infinity), erf(-Infinity), erf(-0), erf(NaN)], [1, -1, -0, NaN]);
});

test("Tiny VGG takes less than 40 ms and LeNet-5 less than 4 ms, at the best of twenty", () => {
  for (const [name, most] of [["tiny-vgg", 40], ["lenet5", 4]]) {
    const net = readNetwork(golden("zoo").find(({ network }) => network.name === name).network);
    const weights = new Map();
    const filled = (shape) => ({ shape, data: zeros(shape, net.dtype).data.map((_, i) => Math.sin(i)) });
    for (const node of net.nodes) {
      for (const [name, shape] of Object.entries(node.parameters)) {
        weights.set(net.parameterKey(node, name), filled(shape));
      }
    }
    const values = new Map([["input", filled(net.input)]]);
    const times = Array.from({ length: 20 }, () => {
      const start = performance.now();
      for (const _ of steps(net, weights, values, new Set(names(net))));
      return performance.now() - start;
    });
    assert.ok(Math.min(...times) < most, `${name}: ${Math.min(...times)} ms`);
  }
});
