import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { JOINS, RULES } from "../../src/locality/views/web/layers.js";
import { readNetwork } from "../../src/locality/views/web/network.js";
import { golden } from "./golden.js";

for (const file of ["layers", "networks", "seen", "zoo"]) {
  test(`${file}: shapes, parameters, multiply-accumulates and words of every node are Python's`, () => {
    for (const { network, rows } of golden(file)) {
      const net = readNetwork(network);
      assert.deepEqual(net.nodes.map((node) => node.name), Object.keys(rows));
      for (const node of net.nodes) {
        const found = [node.shape, node.parameterCount, node.macs, node.word];
        assert.deepEqual(found, rows[node.name], JSON.stringify(node));
        assert.equal(net.node(node.name), node);
        assert.equal(net.shapes.get(node.name), node.shape);
        assert.deepEqual(node.inShapes, node.inputs.map((name) => net.shapes.get(name)));
      }
    }
  });
}

test("the zoo's networks add up to the published counts", () => {
  for (const { network } of golden("zoo")) {
    const file = new URL(`../golden/zoo/${network.name}.csv`, import.meta.url);
    const table = readFileSync(file, "utf8").trim().split("\n");
    const columns = table[0].split(",");
    const column = (name) => table.slice(1).reduce((all, row) => all + Number(fields(row)[columns.indexOf(name)]), 0);
    const net = readNetwork(network);
    assert.equal(net.nodes.reduce((all, node) => all + node.macs, 0), column("macs"));
    assert.equal(net.nodes.reduce((all, node) => all + node.parameterCount, 0), column("parameters"));
  }
});

/** The fields of a line of CSV, where a comma may stand between quotes. */
const fields = (row) => row.match(/("[^"]*"|[^,]*)(,|$)/g).map((field) => field.replace(/,$/, "").replaceAll('"', ""));

test("every parameter that torch stores is found under its key, a shared one under its owner's", () => {
  for (const { network, parameters } of [...golden("layers"), ...golden("networks")]) {
    const net = readNetwork(network);
    const keys = new Set();
    for (const node of net.nodes) {
      for (const [name, shape] of Object.entries(node.parameters)) {
        const key = net.parameterKey(node, name);
        if (network.nodes.every(({ layer }) => layer !== "Opaque")) assert.deepEqual(parameters[key].shape, shape, key);
        keys.add(key);
      }
    }
    const learned = Object.keys(parameters).filter((key) => !key.includes("running"));
    assert.deepEqual([...keys].sort(), learned.sort());
  }
});

test("a shared node keeps its own running statistics, and readers are listed once", () => {
  const { network } = golden("networks").find((entry) => entry.network.name === "shared");
  const net = readNetwork(network);
  assert.equal(net.parameterKey(net.node("norm-again"), "weight"), "norm.weight");
  assert.equal(net.parameterKey(net.node("norm-again"), "running_mean"), "norm-again.running_mean");
  assert.deepEqual(net.readers("both").map((node) => node.name), ["times"]);
  assert.deepEqual(net.readers("input").map((node) => node.name), ["first", "sum"]);
  assert.deepEqual(net.readers("times"), []);
});

test("a node that is not there is named", () => {
  const net = readNetwork(golden("zoo")[0].network);
  assert.throws(() => net.node("conv9"), { message: 'There is no node "conv9".' });
});

test("every kind of layer has a rule, and each default stands as in Python", () => {
  const kinds = new Set(golden("layers").flatMap(({ network }) => network.nodes.map((node) => node.layer)));
  assert.deepEqual([...kinds].sort(), Object.keys(RULES).sort());
  assert.ok([...JOINS].every((kind) => kind in RULES));
  for (const [kind, defaults] of golden("defaults")) assert.deepEqual(RULES[kind].defaults, defaults, kind);
});
