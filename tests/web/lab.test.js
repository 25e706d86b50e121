// What the page asks of the lab, with a lab that is played here.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { labSource, networks, train, training } from "../../src/locality/views/web/lab/server.js";

/** @type {[string, any][]} */
let asked = [];
/** @type {(path: string, how: any) => Response} */
let played;

beforeEach(() => {
  asked = [];
  globalThis.fetch = async (path, how) => {
    asked.push([path, how]);
    return played(path, how);
  };
});

const json = (value, status = 200) => new Response(JSON.stringify(value), { status });
const gone = () => json({ error: "Open it again." }, 410);
const REF = { buffer: 3, dtype: "float32", shape: [2] };
const scene = () => ({ pictures: [{ name: "your picture", label: null, array: REF }] });
const opened = (id) => json({ id, scene: scene() });
const plain = (numbers) => ({
  shape: numbers.length === 4 ? [2, 2] : [numbers.length],
  dtype: "float64",
  base64: Buffer.from(new Float64Array(numbers).buffer).toString("base64"),
});

test("an array is fetched once, in the bits that were sent", async () => {
  played = (path) => (path === "/api/scene" ? opened("a") : new Response(new Float32Array([0.1, -0]).buffer));
  const source = await labSource("lenet5", 5);
  assert.deepEqual(JSON.parse(asked[0][1].body), { net: "lenet5", picture: 5 });
  const [one, two] = await Promise.all([source.array(REF), source.array(REF)]);
  assert.deepEqual([...one], [Math.fround(0.1), -0]);
  assert.equal(one, two);
  assert.deepEqual(asked.map(([path]) => path), ["/api/scene", "/api/buffers/a/3"]);
});

test("a scene that the lab has forgotten is asked for again, once for all that wait", async () => {
  let scenes = 0;
  played = (path) => {
    if (path === "/api/scene") return opened(`scene${++scenes}`);
    return path.includes("scene1") ? gone() : new Response(new Float32Array([1, 2]).buffer);
  };
  const source = await labSource("lenet5");
  const refs = [3, 4, 5].map((buffer) => ({ ...REF, buffer }));
  for (const array of await Promise.all(refs.map(source.array))) assert.deepEqual([...array], [1, 2]);
  assert.equal(scenes, 2);
});

test("where it is forgotten at once again, that is said", async () => {
  played = (path) => (path === "/api/scene" ? opened("a") : gone());
  const source = await labSource("lenet5");
  await assert.rejects(source.array(REF), /^Error: Open it again\.$/);
  assert.equal(asked.filter(([path]) => path === "/api/scene").length, 2);
});

test("a cell comes with its arrays, its places and what is no finite number", async () => {
  const cell = {
    node: "conv1", kind: "conv", cell: [0, 1, 1], inputs: ["input"], rule: "the sum", bias: 0.5, value: "NaN",
    computed: "-Infinity", scale: "Infinity", activation: ["relu1", "relu", "NaN"], weights: null,
    patch: plain([NaN, 1]), products: plain([1, 2, 3, 4]),
    sites: {
      shape: [2, 3], dtype: "int32",
      base64: Buffer.from(new Int32Array([0, 1, 2, -1, -1, -1]).buffer).toString("base64"),
    },
  };
  played = (path) => (path === "/api/scene" ? opened("a") : json(cell));
  const found = await (await labSource("net")).cell("layer1.0.conv1 &", [0, 1, 1]);
  assert.equal(asked[1][0], "/api/scene/a/cell?node=layer1.0.conv1%20%26&cell=0,1,1");
  assert.deepEqual([found.value, found.computed, found.scale, found.bias], [NaN, -Infinity, Infinity, 0.5]);
  assert.deepEqual(found.patch, { shape: [2], data: new Float64Array([NaN, 1]) });
  assert.deepEqual(found.products.shape, [2, 2]);
  assert.deepEqual(found.sites, [[0, 1, 2], [-1, -1, -1]]);
  assert.deepEqual(found.activation, ["relu1", "relu", NaN]);
});

test("another picture is sent in its own bytes, and its scene keeps its name", async () => {
  const numbers = () => new Response(new ArrayBuffer(8));
  played = (path, how) => (path === "/api/scene" ? opened("a") : how.body ? opened("b") : numbers());
  const source = await labSource("net");
  const data = new Uint8ClampedArray(10).subarray(4, 8).map((_, i) => i);
  const next = await source.record({ shape: [1, 2, 2], data, name: "a drawing", label: null });
  const [path, how] = asked[1];
  assert.equal(path, "/api/scene/a/record");
  assert.deepEqual([...how.body], [0, 1, 2, 3]);
  assert.deepEqual([how.headers["X-Shape"], how.headers["X-Dtype"]], ["1,2,2", "uint8"]);
  assert.equal(next.scene.pictures[0].name, "a drawing");
  await next.array(REF);
  assert.equal(asked[2][0], "/api/buffers/b/3");
});

test("a refusal is the lab's own sentence, a silence one of the page's", async () => {
  played = () => json({ error: "Unknown network 'x'." }, 404);
  await assert.rejects(labSource("x"), { message: "Unknown network 'x'.", status: 404 });
  played = () => new Response("<html>", { status: 502 });
  await assert.rejects(networks(), { message: "The lab answered with status 502. Load the page again." });
  played = () => {
    throw new TypeError("Failed to fetch");
  };
  const silence = "The lab does not answer. See whether `locality lab` still runs in its terminal.";
  await assert.rejects(networks(), { message: silence });
});

test("a training is begun and watched by its name", async () => {
  played = () => json({ id: "run:a b" });
  await train("lenet5", "mnist", { epochs: 3 });
  await training("run:a b", 7);
  assert.deepEqual(JSON.parse(asked[0][1].body), { net: "lenet5", data: "mnist", epochs: 3 });
  assert.equal(asked[1][0], "/api/train/run%3Aa%20b?after=7");
});
