import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compute } from "../../src/locality/views/web/forward.js";
import { readNetwork } from "../../src/locality/views/web/network.js";
import { itemsOf } from "../../src/locality/views/web/rooms/network/blocks.js";
import { channelsSeen } from "../../src/locality/views/web/rooms/network/channels.js";
import { hit, layOut, tileAt } from "../../src/locality/views/web/rooms/network/layout.js";

const networks = JSON.parse(readFileSync(new URL("golden/networks.json", import.meta.url), "utf8")).map(readNetwork);
const blocksOf = (net) => [...new Set(itemsOf(net, new Set()).filter((item) => item.folded).map((item) => item.block))];
const states = networks.flatMap((net) => [[net, "folded", []], [net, "open", blocksOf(net)], [net, "first block open", blocksOf(net).slice(0, 1)]]);

for (const [net, how, open] of states) {
  const items = itemsOf(net, new Set(open));
  const layout = layOut(items, (name) => net.shapes.get(name), 560);

  test(`${net.name}, ${how}: every node stands in exactly one item, and items read only items before them`, () => {
    assert.deepEqual(items.flatMap((item) => item.nodes), ["input", ...net.nodes.map((node) => node.name)]);
    const known = new Set();
    for (const item of items) {
      for (const from of item.inputs) assert.ok(known.has(from), `${item.id} reads ${from}`);
      known.add(item.id);
    }
  });

  test(`${net.name}, ${how}: only a folded block's last node is read from outside`, () => {
    for (const item of items.filter((one) => one.folded)) {
      for (const name of item.nodes.slice(0, -1)) for (const reader of net.readers(name)) assert.ok(item.nodes.includes(reader.name));
    }
  });

  test(`${net.name}, ${how}: no two items overlap, labels included, and all lie inside`, () => {
    const boxes = layout.places.map((p) => [p.x, p.y - 40, p.x + p.width, p.y + p.height, p.item.id]);
    boxes.forEach((a, i) => {
      assert.ok(a[0] >= 0 && a[1] >= 0 && a[2] <= layout.width && a[3] <= layout.height, `${a}`);
      for (const b of boxes.slice(i + 1)) assert.ok(a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1], `${a} meets ${b}`);
    });
  });

  test(`${net.name}, ${how}: a tile's middle is found again as that tile`, () => {
    for (const place of layout.places) {
      for (const channel of [0, Math.floor(place.count / 2), place.count - 1]) {
        const { x, y } = tileAt(place, channel);
        const found = hit(layout, x + place.tile / 2, y + place.tileHeight / 2);
        assert.equal(found?.place, place);
        assert.equal(found?.channel, channel);
      }
    }
  });
}

test("networks longer than two dozen nodes fold, and shorter ones do not", () => {
  const folded = Object.fromEntries(networks.map((net) => [net.name, itemsOf(net, new Set()).length]));
  assert.deepEqual(folded, { lenet5: 13, "tiny-vgg": 13, alexnet: 23, vgg16: 15, googlenet: 21, resnet18: 13, resnet50: 21, resnet152: 55 });
});

test("the branches of an inception block take lanes of their own", () => {
  const net = networks.find((one) => one.name === "googlenet");
  const layout = layOut(itemsOf(net, new Set(["inception3a"])), (name) => net.shapes.get(name), 560);
  const lane = (name) => layout.byNode.get(name).lane;
  const lanes = [1, 2, 3, 4].map((branch) => net.nodes.filter((node) => node.name.startsWith(`inception3a.branch${branch}`)).map((node) => lane(node.name)));
  for (const branch of lanes) assert.equal(new Set(branch).size, 1);
  assert.equal(new Set(lanes.map((branch) => branch[0])).size, 4);
});

const small = readNetwork({
  name: "all kinds", input: [4, 6, 6], dtype: "float64",
  nodes: [
    { name: "a", layer: "Conv", out_channels: 4, kernel_size: 3, padding: 1, groups: 2, inputs: ["input"] },
    { name: "b", layer: "Norm", kind: "group", groups: 2, inputs: ["a"] },
    { name: "c", layer: "Norm", kind: "local-response", size: 3, inputs: ["input"] },
    { name: "d", layer: "Concat", inputs: ["a", "c"] },
    { name: "e", layer: "ConvTranspose", out_channels: 4, kernel_size: 2, groups: 4, inputs: ["d"] },
    { name: "f", layer: "Activation", function: "softmax", inputs: ["b"] },
    { name: "g", layer: "Pool", kind: "average", kernel_size: 2, inputs: ["e"], rounding: "floor" },
    { name: "h", layer: "Flatten", inputs: ["g"] },
    { name: "i", layer: "Sum", inputs: ["a", "b"] },
    { name: "j", layer: "Norm", kind: "layer", inputs: ["i"] },
  ],
});

test("the channels that light up are those whose change changes the map", async () => {
  let seed = 1;
  const random = () => ((seed = (seed * 16807) % 2147483647) / 2147483647) - 0.3;
  const weights = new Map();
  for (const node of small.nodes) {
    for (const [name, shape] of Object.entries(node.parameters)) {
      const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random);
      weights.set(small.parameterKey(node, name), { shape, data });
    }
  }
  const picture = Float64Array.from({ length: 144 }, random);
  const run = async (data) => {
    const values = new Map([["input", { shape: [4, 6, 6], data }]]);
    await compute(small, weights, values);
    return values;
  };
  const before = await run(picture);
  for (let channel = 0; channel < 4; channel++) {
    const after = await run(picture.map((x, i) => (Math.floor(i / 36) === channel ? x + 1 + random() : x)));
    for (const node of small.nodes) {
      const [now, old] = [after.get(node.name).data, before.get(node.name).data];
      const each = now.length / node.shape[0];
      for (let map = 0; map < node.shape[0]; map++) {
        let moved = false;
        for (let i = map * each; i < (map + 1) * each; i++) moved ||= Math.abs(now[i] - old[i]) > 1e-12;
        const said = channelsSeen(small, node.name, map).get("input")?.has(channel) ?? false;
        assert.equal(said, moved, `${node.name} map ${map}, channel ${channel} of the input`);
      }
    }
  }
});
