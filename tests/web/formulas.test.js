import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../../src/locality/views/web/cell.js";
import { compute } from "../../src/locality/views/web/forward.js";
import { readNetwork } from "../../src/locality/views/web/network.js";
import { latex, numpy, pytorch } from "../../src/locality/views/web/rooms/network/formulas.js";
import { termsOf } from "../../src/locality/views/web/rooms/network/terms.js";
import { describe, groupSentence } from "../../src/locality/views/web/rooms/network/words.js";
import { count } from "../../src/locality/views/web/tensor.js";

/** A network of these nodes, with numbers of no pattern. */
async function made(input, ...nodes) {
  const net = readNetwork({ name: "net", input, dtype: "float64", nodes });
  let seed = 1;
  const drawn = (shape) => ({ shape, data: Float64Array.from({ length: count(shape) }, () => Math.sin(seed++ * 12.9898) * 1.7) });
  const weights = new Map();
  for (const node of net.nodes) for (const [name, shape] of Object.entries(node.parameters)) weights.set(net.parameterKey(node, name), drawn(shape));
  const values = new Map([["input", drawn(input)]]);
  await compute(net, weights, values);
  const cell = (name, place) => explain(net, values, weights, name, place);
  return { net, values, weights, cell, terms: (name, place) => termsOf(net, net.node(name), cell(name, place)) };
}

const conv = (more) => ({ name: "conv", layer: "Conv", out_channels: 4, kernel_size: 3, inputs: ["input"], ...more });

for (const [title, node, place] of [
  ["a convolution", conv({ padding: 1 }), [3, 0, 4]],
  ["a convolution in groups", conv({ padding: 1, groups: 2 }), [2, 2, 2]],
  ["a table of connections", conv({ padding: 1, connections: [[0], [1, 3], [0, 2, 3], [2]] }), [2, 0, 5]],
  ["a footprint", conv({ padding: 2, kernel_size: 5, footprint: "diamond" }), [1, 4, 4]],
  ["a transposed convolution", conv({ layer: "ConvTranspose", stride: 2, padding: 1, groups: 2 }), [3, 4, 3]],
]) {
  test(`the weights of ${title} are found in its parameters, its inputs in the maps, and its grids add up`, async () => {
    const { net, values, weights, cell, terms } = await made([4, 6, 6], node);
    const [its, all] = [cell("conv", place), terms("conv", place)];
    const seen = new Set();
    for (let i = 0; i < all.count; i++) {
      const { input, weight, product, site, weightAt } = all.term(i);
      assert.equal(weights.get(weightAt[0]).data[weightAt[1]], weight);
      assert.equal(input * weight, product);
      if (site) assert.equal(values.get(site.node).data[(site.place[0] * 6 + site.place[1]) * 6 + site.place[2]], input);
      seen.add(`${Math.floor(i / all.each)}:${all.at(i)}`);
      all.at(i).forEach((x, axis) => assert.ok(x >= 0 && x < all.size[axis]));
    }
    assert.equal(seen.size, all.count, "two terms stand in one place");
    const total = all.names.reduce((sum, _, grid) => sum + all.sum(grid), its.bias);
    assert.ok(Math.abs(total - its.value) < 1e-12 * its.scale);
    assert.equal(weights.get(all.biasAt[0]).data[all.biasAt[1]], its.bias);
    assert.equal(net.node("conv").kind, node.layer);
  });
}

test("padded cells are named as what they are", async () => {
  const where = async (padding_mode, i) => (await made([1, 4, 4], conv({ padding: 1, padding_mode }))).terms("conv", [0, 0, 0]).term(i).where;
  assert.equal(await where("zeros", 0), "zero, outside the map");
  assert.equal(await where("edge", 0), "outside the map, copied from input[0, 0, 0]");
  assert.equal(await where("reflect", 0), "outside the map, copied from input[0, 1, 1]");
  assert.equal(await where("wrap", 0), "outside the map, copied from input[0, 3, 3]");
  assert.equal(await where("wrap", 4), "input[0, 0, 0]");
});

test("taps of a dilated kernel stand as far apart as they read", async () => {
  const { terms } = await made([1, 9, 9], conv({ dilation: [1, 3] }));
  const all = terms("conv", [0, 2, 1]);
  assert.deepEqual(all.size, [1, 3, 7]);
  assert.deepEqual([0, 1, 2, 3].map(all.at), [[0, 0, 0], [0, 0, 3], [0, 0, 6], [0, 1, 0]]);
  assert.deepEqual(all.term(1).site, { node: "input", place: [0, 2, 4] });
});

test("the grids of a table of connections are named after the channels that are read", async () => {
  const { terms, net } = await made([4, 6, 6], conv({ connections: [[0], [1, 3], [0, 2, 3], [2]] }));
  assert.deepEqual(terms("conv", [1, 0, 0]).names, ["channel 1", "channel 3"]);
  assert.equal(describe(net.node("conv")), "Convolution 3x3, 7 of 16 pairs of channels connected");
  assert.equal(groupSentence(net.node("conv"), 1), "Output channel 1 reads channels 1, 3 only.");
});

test("trained subsampling has one weight for all its terms, and a bias", async () => {
  const node = { name: "pool", layer: "Pool", kind: "subsampling", kernel_size: 2, inputs: ["input"] };
  const { terms, net, weights } = await made([3, 4, 4], node);
  const all = terms("pool", [2, 1, 0]);
  assert.deepEqual([0, 1, 2, 3].map((i) => all.term(i).weightAt), Array(4).fill(["pool.weight", 2]));
  assert.deepEqual(all.biasAt, ["pool.bias", 2]);
  assert.equal(all.term(3).weight, weights.get("pool.weight").data[2]);
  assert.equal(describe(net.node("pool")), "Trained subsampling over windows of 2x2, stride 2");
});

test("the terms of a distance stand as its prototype is drawn", async () => {
  const { terms, net } = await made([6], { name: "far", layer: "Distance", prototypes: ["010/111", "000/111"], inputs: ["input"] });
  const all = terms("far", [0]);
  assert.deepEqual([all.size, all.at(4)], [[1, 2, 3], [0, 1, 1]]);
  assert.equal(all.term(4).product, -((all.term(4).input - 1) ** 2));
  assert.equal(describe(net.node("far")), "Less the squared distance of 6 inputs to each of 2 fixed prototypes");
});

test("a crop says how much it cuts away", async () => {
  const crop = (cells) => made([1, 6, 6], { name: "crop", layer: "Crop", cells, inputs: ["input"] });
  const said = async (cells) => describe((await crop(cells)).net.node("crop"));
  assert.equal(await said(1), "Crop, cells cut away at the edges: 1");
  assert.equal(await said([[0, 1], 2]), "Crop, cells cut away at the edges: ((0, 1), 2)");
  assert.deepEqual((await crop([[0, 1], 2])).terms("crop", [0, 3, 1]).term(0).site, { node: "input", place: [0, 3, 3] });
});

test("a dense layer behind a flatten names the pixels of the maps", async () => {
  const { terms } = await made([2, 3, 3],
    { name: "flat", layer: "Flatten", inputs: ["input"] }, { name: "curve", layer: "Activation", function: "relu", inputs: ["flat"] },
    { name: "dense", layer: "Dense", out_features: 3, inputs: ["curve"] });
  const all = terms("dense", [1]);
  assert.deepEqual([all.each, all.size, all.names], [9, [1, 3, 3], ["channel 0", "channel 1"]]);
  assert.deepEqual(all.term(14).site, { node: "input", place: [1, 1, 2] });
});

test("a long sum in LaTeX says how many terms it leaves out and what they come to", async () => {
  const { net, cell } = await made([1, 6, 6], conv({ kernel_size: 5 }));
  const its = cell("conv", [2, 1, 1]);
  const text = latex(net.node("conv"), its);
  const rest = its.products.data.slice(6).reduce((a, b) => a + b, 0);
  assert.ok(text.includes(`\\underbrace{\\cdots}_{19 \\text{ more terms, together } ${rest}}`), text);
  assert.ok(text.includes(`&= ${its.value}\n`));
});

test("names of nodes stay text", async () => {
  const odd = "a_b%c\nimport os";
  const { net, cell } = await made([1, 6, 6], conv({ name: odd }));
  const given = [net.node(odd), cell(odd, [0, 0, 0])];
  assert.ok(latex(...given).includes("\\text{a\\_b\\%c"));
  for (const text of [numpy(...given), pytorch(...given)]) assert.match(text.split("\n")[0], /^# a_b%c import os\[0, 0, 0\]: /);
});

test("layers are described with their settings", async () => {
  const { net } = await made([4, 9, 9], conv({ stride: 2, padding: 1, groups: 2, padding_mode: "wrap", bias: false }),
    { name: "pool", layer: "Pool", kind: "max", kernel_size: 3, stride: 2, inputs: ["conv"] });
  assert.equal(describe(net.node("conv")), "Convolution 3x3, stride 2, padding 1 wrapped around, 2 groups, no bias");
  assert.equal(groupSentence(net.node("conv"), 3), "In 2 groups: output channel 3 reads channels 2 to 3 only.");
  assert.equal(describe(net.node("pool")), "Maximum over windows of 3x3, stride 2");
});
