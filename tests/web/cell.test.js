import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../../src/locality/views/web/cell.js";
import { golden, near, scene, title, unpacked } from "./golden.js";

/** Numbers of Python's cell, within 1e-12 of the largest of them. */
const close = (found, expected, what) => {
  assert.deepEqual(found.shape, expected.shape, what);
  const largest = expected.data.reduce((a, b) => Math.max(a, Number.isFinite(b) ? Math.abs(b) : 0), 0);
  found.data.forEach((x, i) => {
    const same = x === expected.data[i] || Math.abs(x - expected.data[i]) <= 1e-12 * largest;
    assert.ok(same, `${what} ${i}: ${x} against ${expected.data[i]}`);
  });
};

let checked = 0;
for (const file of ["layers", "networks"]) {
  for (const entry of golden(file).filter(({ cells }) => cells.length)) {
    test(`cells spelled out are Python's: ${title(entry)}`, () => {
      const { net, values, weights, cells } = scene(entry);
      for (const expected of cells) {
        const cell = explain(net, values, weights, expected.node, expected.cell);
        for (const name of ["node", "kind", "cell", "inputs", "computed", "rule", "activation"]) {
          assert.deepEqual(cell[name], expected[name], name);
        }
        const patch = unpacked(expected.patch);
        assert.deepEqual([...cell.patch.data], [...patch.data]);
        close(cell.patch, patch, "patch");
        const sites = unpacked(expected.sites);
        assert.deepEqual(cell.sites.flat(), [...sites.data]);
        assert.equal(cell.sites.length, patch.data.length);
        const weight = expected.weights && unpacked(expected.weights);
        if (weight) close(cell.weights, weight, "weights");
        else assert.equal(cell.weights, null);
        const multiplied = () => Float64Array.from(patch.data, (x, i) => (weight.data[i] ? x * weight.data[i] : 0));
        const { products } = expected;
        close(cell.products, products ? unpacked(products) : { shape: patch.shape, data: multiplied() }, "products");
        const bound = 1e-12 * expected.scale;
        for (const name of ["bias", "value", "scale"]) {
          assert.ok(Math.abs(cell[name] - expected[name]) <= bound, `${name}: ${cell[name]} against ${expected[name]}`);
        }
        const sum = cell.products.data.reduce((a, b) => a + b, 0) + cell.bias;
        if (cell.kind !== "majority") assert.ok(Math.abs(sum - cell.value) <= 1e-15 * cell.scale);
        near(cell.value, cell.computed, cell.scale, net.dtype, expected.node);
        checked++;
      }
    });
  }
}

test("enough cells were there to be checked", () => assert.ok(checked > 700, String(checked)));

test("a cell outside is refused with a sentence", () => {
  const { net, values, weights } = scene(golden("networks")[0]);
  for (const place of [[4, 0, 0], [0, 12, 0], [0, 0], [0, -1, 0], [0, 0.5, 0]]) {
    assert.throws(() => explain(net, values, weights, "conv1", place), {
      name: "ShapeError",
      message:
        `conv1: there is no cell (${place.join(", ")}) in its output 4x12x12. ` +
        "Give (channel, *space), counted from 0.",
    });
  }
});
