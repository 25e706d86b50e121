/** The room of convolution arithmetic against what torch computed, and what it says about a setting. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  DRAWN,
  difference,
  LIMITS,
  picture,
  plane,
  readers,
  refusal,
  terms,
} from "../../src/locality/views/web/arithmetic.js";
import { losses, ways } from "../../src/locality/views/web/rooms/arithmetic/advice.js";
import {
  inputBoard,
  moment,
  outputBoard,
  positions,
  spreadBoard,
} from "../../src/locality/views/web/rooms/arithmetic/boards.js";
import { matrixOf, times } from "../../src/locality/views/web/rooms/arithmetic/matrix.js";
import { numbers } from "../../src/locality/views/web/rooms/arithmetic/numbers.js";
import { axis, PRESETS, presetOf } from "../../src/locality/views/web/rooms/arithmetic/presets.js";
import { beginning, readShown, written } from "../../src/locality/views/web/rooms/arithmetic/settings.js";
import { torchCode } from "../../src/locality/views/web/rooms/arithmetic/torch.js";
import { placeOf, range } from "../../src/locality/views/web/tensor.js";

const cases = JSON.parse(readFileSync(new URL("golden/arithmetic_room.json", import.meta.url), "utf8"));
const map = (nested, flat) => ({
  shape: flat ? [1, nested.length] : [nested.length, nested[0].length],
  data: Float64Array.from(nested.flat()),
});
const drawn = ({ settings, input, kernel }) =>
  picture(settings, map(input, settings.axes.length === 1), map(kernel, settings.axes.length === 1));
const settings = (axes, more = {}) => ({
  direction: "convolution",
  axes: axes.map(axis),
  padding_mode: "zeros",
  rounding: "exact",
  ...more,
});
const random = (given) => {
  const shapes = ["size", "kernel"].map((name) => plane(given).map((one) => one[name]));
  return picture(given, ...shapes.map((shape, i) => numbers(shape, "random", i, [-2, -1, 1, 2, 3], new Map())));
};
const title = ({ name, settings: { direction, padding_mode, axes } }, i) =>
  name || `${i}, ${direction} ${padding_mode} ${JSON.stringify(axes)}`;

cases.forEach((entry, i) => {
  test(`outputs, terms, readers and matrix are torch's: ${title(entry, i)}`, () => {
    assert.equal(refusal(entry.settings), "");
    const made = drawn(entry);
    const { run } = made;
    assert.deepEqual(run.output.shape.slice(-entry.shape.length), entry.shape);
    assert.deepEqual([...run.output.data], entry.output.flat());
    run.output.data.forEach((value, at) => {
      const sum = terms(run, placeOf(run.output.shape, at)).reduce((total, term) => total + term.product, 0);
      assert.equal(sum, value);
    });
    const counts = Array.from(run.input.data, (_, at) => readers(run, placeOf(run.input.shape, at)).length);
    assert.deepEqual(counts, entry.readers);
    const matrix = matrixOf(run);
    assert.deepEqual([...times(matrix, run.input.data)], entry.output.flat());
    if (entry.matrix) {
      const full = matrix.entries.map((row) => range(matrix.columns).map((column) => row.get(column) ?? 0));
      assert.deepEqual(full, entry.matrix);
    }
    const unread = made.lost.tail.map((tail, axis) => tail.length + made.lost.jumped[axis].length);
    const reached = run.input.shape.map((size, axis) => size - unread[axis]);
    assert.equal(reached[0] * reached[1], entry.readers.filter(Boolean).length);
  });
});

for (const [i, entry] of cases.entries()) {
  if (entry.settings.direction !== "transposed") continue;
  test(`spread, and as a direct convolution: the same numbers: ${title(entry, i)}`, () => {
    const made = drawn(entry);
    assert.deepEqual(made.direct.output.shape, made.run.output.shape);
    assert.equal(difference(made.direct.output, made.run.output), 0);
    const spread = spreadBoard(made, made.run.input.data.length);
    assert.deepEqual(
      spread.cells.filter(({ kind }) => kind === "real").map(({ value }) => value),
      entry.output.flat(),
    );
  });
}

test("the fifteen published animations are presets, and none of the others is refused", () => {
  const published = cases.filter(({ name }) => name);
  assert.equal(published.length, 15);
  for (const { name, settings: given } of published) assert.ok(presetOf(given) >= 0, name);
  assert.deepEqual(
    PRESETS.map(({ settings: given }) => refusal(given)),
    PRESETS.map(() => ""),
  );
  assert.equal(new Set(PRESETS.map(({ name }) => name)).size, PRESETS.length);
});

test("only the odd one of the published convolutions needs rounding down", () => {
  const exact = cases.slice(0, 15).map(({ settings: given }) => ({ ...given, rounding: "exact" }));
  const invalid = exact.filter((given) => !random(given).valid);
  assert.deepEqual(
    invalid.map(({ axes }) => axes[0].size),
    [6],
  );
});

test("the formula stands with its numbers, for both axes", () => {
  const lines = (given) => random(given).lines.map(({ name, text }) => `${name}: ${text}`);
  assert.deepEqual(
    lines(
      settings([
        { stride: 2, padding: [1, 1] },
        { size: 8, kernel: 2, padding: [0, 1] },
      ]),
    ),
    ["height: (5 - 3 + 2*1)/2 + 1 = 3", "width: (8 - 2 + 0 + 1)/1 + 1 = 8"],
  );
  assert.deepEqual(lines(settings([{ size: 20, kernel: 2, stride: 2 }])), ["length: (20 - 2)/2 + 1 = 10"]);
  assert.deepEqual(lines(settings([{ size: 6, stride: 2, padding: [1, 1] }], { rounding: "floor" })), [
    "length: (6 - 3 + 2*1)/2 + 1 = 3.5, rounded down to 3",
  ]);
  assert.deepEqual(
    lines(settings([{ size: 3, stride: 2, padding: [1, 1], output_padding: 1 }], { direction: "transposed" })),
    ["length: 2*(3 - 1) + 1 + 3 - 2*1 = 6"],
  );
  const [dilated] = random(settings([{ size: 7, dilation: 2 }])).lines;
  assert.deepEqual([dilated.text, dilated.effective], ["(7 - 5)/1 + 1 = 3", "3 + (3 - 1)*(2 - 1) = 5"]);
});

test("a window that does not tile is invalid, hangs over the edge, and says what flooring would drop", () => {
  const given = settings([
    { size: 6, stride: 2 },
    { size: 6, stride: 2 },
  ]);
  const made = random(given);
  assert.deepEqual(
    [made.valid, made.hangs, made.lines.map(({ text }) => text.split(" = ")[1])],
    [false, [1, 1], ["2.5", "2.5"]],
  );
  assert.deepEqual(
    losses(made).map(({ text }) => text),
    ["Flooring would drop 1 row and 1 column: 11 of 36 cells."],
  );
  const board = inputBoard(made, "window");
  assert.deepEqual(board.shape, [7, 7]);
  assert.equal(board.cells.filter(({ crossed }) => crossed).length, 11);
  assert.equal(board.cells.filter(({ kind }) => kind === "beyond").length, 13);
  assert.equal(outputBoard(made, "window").cells.filter(({ kind }) => kind === "missing").length, 5);
  assert.deepEqual(positions(made, "window"), [3, 3]);
  assert.deepEqual(moment(made, "window", 8).reach, { low: [4, 4], shape: [3, 3] });
  assert.deepEqual([moment(made, "window", 8).hangs, moment(made, "window", 4).hangs], [true, false]);
});

test("unread padding is told apart from lost cells", () => {
  const said = (axes, more) => losses(random(settings(axes, more))).map(({ text }) => text);
  const odd = { size: 6, stride: 2, padding: [1, 1] };
  assert.deepEqual(said([odd, odd], { rounding: "floor" }), [
    "1 row and 1 column of padding stay unread: no cell is lost.",
  ]);
  assert.deepEqual(said([{ size: 5, stride: 4, padding: [0, 1] }], { rounding: "floor" }), [
    "Flooring drops 2 cells of 5.",
    "1 cell of padding stays unread.",
  ]);
  assert.deepEqual(said([{ size: 7, kernel: 1, stride: 3 }]), [
    "The window jumps over 4 of 7 cells: no output reads them.",
  ]);
});

test("the nearest settings that do are offered, and each of them is accepted", () => {
  const texts = (given) => ways(given).map(({ text }) => text);
  assert.deepEqual(
    texts(
      settings([
        { size: 6, stride: 2 },
        { size: 6, stride: 2 },
      ]),
    ),
    ["Round down", "Input of 5x5", "Input of 7x7"],
  );
  assert.deepEqual(
    texts(
      settings([
        { size: 5, stride: 2 },
        { size: 6, stride: 2 },
      ]),
    ),
    ["Round down", "Input of 5x5", "Input of 5x7"],
  );
  assert.deepEqual(texts(settings([{ size: 3, kernel: 6, stride: 3 }])), ["Padding of 3", "Kernel of 3", "Input of 6"]);
  assert.deepEqual(texts(settings([{ size: 5 }])), []);
  for (const given of [
    settings([
      { size: 6, stride: 2 },
      { size: 8, kernel: 5, stride: 2 },
    ]),
    settings([
      { size: 2, kernel: 5 },
      { size: 6, stride: 2 },
    ]),
  ]) {
    for (const { settings: way } of ways(given)) assert.ok(!refusal(way) && random(way).valid, JSON.stringify(way));
  }
});

test("what cannot be drawn is refused in one sentence", () => {
  assert.equal(
    refusal(settings([{ size: 3, kernel: 6, stride: 3 }])),
    "a kernel of 6 does not fit its input of 3 (padding 0). Use padding of 3 or a kernel of 3.",
  );
  assert.match(
    refusal(settings([{ size: 3, padding: [3, 3] }], { padding_mode: "reflect" })),
    /^padding 3 is too much for padding_mode "reflect" on a side of 3\. Use padding of at most 2,/,
  );
  const transposed = { direction: "transposed" };
  assert.match(
    refusal(settings([{ size: 1, kernel: 1, padding: [1, 1] }], transposed)),
    /^padding 1 cuts away the only cell of the transposed output\./,
  );
  assert.equal(
    refusal(settings([{ output_padding: 1 }], transposed)),
    "output_padding 1 must be smaller than the stride 1 or the dilation 1. Use at most 0.",
  );
  assert.match(
    refusal(settings([{ size: 64, stride: 4 }], transposed)),
    new RegExp(`255 cells along its length; up to ${DRAWN} are drawn`),
  );
});

test("padding shows the value it copies and where from", () => {
  const made = random(settings([{ size: 3, kernel: 3, padding: [2, 0] }], { padding_mode: "wrap" }));
  const { cells, low } = inputBoard(made, "window");
  assert.deepEqual(low, [0, -2]);
  assert.deepEqual(
    cells.slice(0, 2).map(({ value, from }) => [value, from]),
    [
      [made.run.input.data[1], [0, 1]],
      [made.run.input.data[2], [0, 2]],
    ],
  );
});

test("the stretched input has zeros between and the kernel is turned", () => {
  const made = random(
    settings([{ size: 3, stride: 2, padding: [1, 1], output_padding: 1 }], { direction: "transposed" }),
  );
  const board = inputBoard(made, "direct");
  assert.deepEqual(board.cells.map(({ kind }) => kind[0]).join(""), "pririrpp");
  assert.deepEqual([...made.direct.kernel.data], [...made.run.kernel.data].reverse());
});

test("the PyTorch line names only what is not at its default", () => {
  assert.equal(
    torchCode(
      settings([
        { stride: 2, padding: [1, 1] },
        { stride: 2, padding: [1, 1] },
      ]),
    ),
    "layer = nn.Conv2d(1, 1, kernel_size=3, stride=2, padding=1, bias=False)\ny = layer(x)",
  );
  assert.equal(
    torchCode(settings([{ padding: [2, 0] }], { padding_mode: "edge" })),
    'layer = nn.Conv1d(1, 1, kernel_size=3, bias=False)\ny = layer(F.pad(x, (2, 0), mode="replicate"))',
  );
});

test("what is shown is read back from the address, and nonsense in it is left out", () => {
  for (const { settings: given } of PRESETS) {
    const shown = {
      ...beginning(),
      settings: given,
      view: given.direction === "transposed" ? "direct" : "window",
      position: 3,
      seed: 4,
      edits: { input: new Map([["0,1", -2.5]]), kernel: new Map() },
    };
    const address = written(shown);
    assert.deepEqual(
      readShown((name) => (address[name] === null ? null : String(address[name]))),
      shown,
    );
  }
  for (const size of ["0", "65", "a", "5,5,5", "", "5.5", "-3", "2"]) {
    assert.deepEqual(
      readShown((name) => (name === "size" ? size : null)),
      beginning(),
    );
  }
});

test("the largest settings are drawn in less than a second", () => {
  const [size, kernel, padding] = [LIMITS.size[1], LIMITS.kernel[1], LIMITS.padding[1]];
  const one = { size, kernel, padding: [padding, padding] };
  const begun = performance.now();
  random(settings([one, one]));
  assert.ok(performance.now() - begun < 1000, `${performance.now() - begun} ms`);
});
