import assert from "node:assert/strict";
import { test } from "node:test";
import { compute } from "../../src/locality/views/web/forward.js";
import { readNetwork } from "../../src/locality/views/web/network.js";
import { openSession } from "../../src/locality/views/web/rooms/network/session.js";

const plain = {
  name: "small", input: [1, 6, 6], dtype: "float32",
  nodes: [
    { name: "conv1", layer: "Conv", out_channels: 3, kernel_size: 3, inputs: ["input"] },
    { name: "tanh1", layer: "Activation", function: "tanh", inputs: ["conv1"] },
    { name: "conv2", layer: "Conv", out_channels: 2, kernel_size: 3, inputs: ["tanh1"] },
    { name: "sum1", layer: "Sum", inputs: ["conv2", "conv2"] },
    { name: "flatten1", layer: "Flatten", inputs: ["sum1"] },
    { name: "dense1", layer: "Dense", out_features: 3, inputs: ["flatten1"] },
  ],
};
const net = readNetwork(plain);
const cells = (shape) => shape.reduce((a, b) => a * b, 1);
let seed = 7;
const random = () => ((seed = (seed * 16807) % 2147483647) / 2147483647) - 0.5;

/** A source of plain arrays; `large` keeps the values of the heavy nodes only, as the lab does. */
function sourceOf(large = false, record = null) {
  const arrays = [];
  const put = (shape, data) => ({ buffer: arrays.push(data) - 1, dtype: data instanceof Uint8Array ? "uint8" : "float32", shape });
  seed = 7;
  const parameters = {};
  for (const node of net.nodes) {
    for (const [name, shape] of Object.entries(node.parameters)) {
      parameters[net.parameterKey(node, name)] = put(shape, Float32Array.from({ length: cells(shape) }, random));
    }
  }
  const pictures = [0, 1, 2].map((i) => ({ name: "a 7", label: null, array: put(net.input, Uint8Array.from({ length: 36 }, (_, x) => (x * (i + 3) * 37) % 256)) }));
  const scene = { title: "small", network: plain, computes: !large, mean: [0.3], std: [0.4], classes: null, notes: [], parameters: large ? {} : parameters, pictures, values: {}, cells: [], samples: [], rows: [], fit: "cover" };
  return { scene, put, parameters, array: async (ref) => arrays[ref.buffer].slice(), cell: null, record };
}

const picture = async (source, i) => ({ shape: net.input, data: await source.array(source.scene.pictures[i].array), name: `picture ${i}`, label: null });

/** All values by themselves, with the session's weights as they stand now. */
async function afresh(session) {
  const values = new Map([["input", session.values.get("input")]]);
  await compute(net, session.weights, values);
  return values;
}

async function agrees(session) {
  const fresh = await afresh(session);
  for (const node of net.nodes) assert.deepEqual(session.values.get(node.name).data, fresh.get(node.name).data, node.name);
}

test("what is put back after another picture is that picture with the first weights", async () => {
  const source = sourceOf();
  const [session, untouched] = [await openSession(source), await openSession(sourceOf())];
  await session.edit("conv1.weight", 0, 5);
  await session.setPicture(await picture(source, 1));
  await session.edit("conv2.weight", 0, 3);
  await session.putBack();
  await untouched.setPicture(await picture(source, 1));
  assert.equal(session.edits.length, 0);
  for (const node of net.nodes) assert.deepEqual(session.values.get(node.name).data, untouched.values.get(node.name).data, node.name);
});

test("edits and pictures that come without waiting leave values that fit the weights", async () => {
  const source = sourceOf();
  const session = await openSession(source);
  await Promise.all([
    session.edit("conv1.weight", 0, 2), session.edit("conv2.weight", 1, -3), session.setPicture(await picture(source, 2)),
    session.edit("dense1.bias", 1, 4), session.edit("input", 7, 0.5),
  ]);
  assert.equal(session.edits.length, 4);
  await agrees(session);
});

test("an edit taken back one number at a time leaves the numbers of before, bit for bit", async () => {
  const session = await openSession(sourceOf());
  const before = new Map([...session.values].map(([name, { data }]) => [name, data.slice()]));
  const first = session.weights.get("conv1.weight").data[4];
  await session.edit("conv1.weight", 4, 9);
  assert.notDeepEqual(session.values.get("dense1").data, before.get("dense1"));
  assert.notEqual(session.change("dense1", [0]), 0);
  await session.edit("conv1.weight", 4, first);
  for (const [name, data] of before) assert.deepEqual(session.values.get(name).data, data, name);
  assert.equal(session.before, null);
});

test("of two pictures the lab is asked for, the later one is shown, whichever answer comes first", async () => {
  const answers = [];
  const source = sourceOf(true, (shown) => new Promise((answer) => answers.push(() => answer({ ...sourceOf(true), record: source.record, shown }))));
  const session = await openSession(source);
  const [one, two] = [session.setPicture(await picture(source, 1)), session.setPicture(await picture(source, 2))];
  answers[1]();
  await two;
  answers[0]();
  await one;
  assert.equal(session.picture.name, "picture 2");
});

test("a saved large page refuses another picture, also one of the same name", async () => {
  const source = sourceOf(true);
  const session = await openSession(source);
  await assert.rejects(session.setPicture({ ...(await picture(source, 1)), name: "a 7" }), /too large to be computed in the page/);
});
