/** Locality and shared weights in numbers: three ways to join two maps, and what a shifted input does to
 *  every layer. */

import { makeWindow, misfit, fits, mod, reads, rest, ShapeError, source, untiled } from "locality/geometry";
import { convolution } from "locality/geometry/cost";
import { RULES } from "locality/layers";
import { count, product } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/geometry").AxisMap} AxisMap */
/** @typedef {import("locality/geometry/cost").Costs} Costs */
/** @typedef {import("locality/network").Net} Net */
/** @typedef {{height: number, width: number, channels: number, out_channels: number, kernel_size: number,
 *  stride: number, padding: number, bias: boolean, rounding: string}} Setting */

/** @type {{id: string, name: string, about: string, setting: Setting}[]} */
export const PRESETS = [
  {
    id: "lecture",
    name: "Lecture: 200x200x3 to 1000 neurons",
    about:
      "1000 neurons, each joined to a whole colour picture: 120 million weights. Set out as 10 maps of 10x10 " +
      "neurons, each looking at its own 20x20 patch, they need far fewer.",
    setting: {
      height: 200,
      width: 200,
      channels: 3,
      out_channels: 10,
      kernel_size: 20,
      stride: 20,
      padding: 0,
      bias: false,
      rounding: "exact",
    },
  },
  {
    id: "lenet5",
    name: "LeNet-5: first convolution",
    about: "A handwritten digit to six maps of its own size.",
    setting: {
      height: 28,
      width: 28,
      channels: 1,
      out_channels: 6,
      kernel_size: 5,
      stride: 1,
      padding: 2,
      bias: true,
      rounding: "exact",
    },
  },
  {
    id: "alexnet",
    name: "AlexNet: first convolution",
    about: "As torchvision has it. The window does not tile 224, so the size is rounded down.",
    setting: {
      height: 224,
      width: 224,
      channels: 3,
      out_channels: 64,
      kernel_size: 11,
      stride: 4,
      padding: 2,
      bias: true,
      rounding: "floor",
    },
  },
  {
    id: "vgg16",
    name: "VGG-16: first convolution",
    about: "The smallest kernel with a middle, at every pixel.",
    setting: {
      height: 224,
      width: 224,
      channels: 3,
      out_channels: 64,
      kernel_size: 3,
      stride: 1,
      padding: 1,
      bias: true,
      rounding: "exact",
    },
  },
];

/** The windows along height and width. @param {Setting} setting */
export function windowsOf({ kernel_size, stride, padding, rounding }) {
  const window = makeWindow(kernel_size, { stride, padding: [padding, padding], rounding });
  return [window, window];
}

/** Both maps and what each way of joining them costs. Throws `ShapeError` where the window does not fit or tile.
 *  @param {Setting} setting @returns {{input: number[], output: number[], costs: Costs}} */
export function joined(setting) {
  const windows = windowsOf(setting);
  const sizes = [setting.height, setting.width];
  if (!windows.every((w, i) => fits(w, sizes[i]))) throw new ShapeError(misfit(windows, sizes));
  if (setting.rounding === "exact" && windows.some((w, i) => rest(w, sizes[i])))
    throw new ShapeError(untiled(windows, sizes));
  const input = [setting.channels, ...sizes];
  const { kernel_size, out_channels, bias } = setting;
  const output = RULES.Conv.shape({ ...RULES.Conv.defaults, ...setting }, [input]);
  const costs = convolution(input, output, kernel_size ** 2, 1, bias);
  // Beyond 2^53 a number of this language is no longer exact.
  if (costs.full.parameters > Number.MAX_SAFE_INTEGER) {
    throw new ShapeError(
      `${out_channels} maps of ${output[1]}x${output[2]}, each joined to all ${count(input)} inputs: more weights ` +
        "than can be counted exactly here. Use smaller maps.",
    );
  }
  return { input, output, costs };
}

/** How many times fewer, in words: "10 000 times fewer", "as many". @param {number} more @param {number} fewer */
export function ratio(more, fewer) {
  if (more === fewer) return "as many";
  const [times, word] = more > fewer ? [more / fewer, "fewer"] : [fewer / more, "more"];
  const digits = times < 10 ? 2 : times < 100 ? 1 : 0;
  const rounded = Number(times.toFixed(digits));
  return `${rounded === times ? "" : "about "}${spaced(rounded)} times ${word}`;
}

/** A number with narrow spaces between its thousands, where a line may not break. @param {number} n */
export function spaced(n) {
  const [whole, part] = String(n).split(".");
  return whole.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f") + (part ? `.${part}` : "");
}

/** A tensor moved along its last axes, what leaves at one edge coming in at the other.
 *  @param {Tensor} map @param {readonly number[]} shift for each axis of space @returns {Tensor} */
export function roll({ shape, data }, shift) {
  const space = shape.slice(1);
  const out = data.slice();
  const from = space.map((size, axis) => Array.from({ length: size }, (_, u) => mod(u - shift[axis], size)));
  let at = 0;
  const cells = count(space);
  const places = product(from).map((place) => place.reduce((all, x, axis) => all * space[axis] + x, 0));
  for (let c = 0; c < shape[0]; c++) for (const place of places) out[at++] = data[c * cells + place];
  return { shape: [...shape], data: out };
}

/** The shift along each axis of space: rows and columns are the last two. @param {number} axes
 *  @param {number} down @param {number} right */
export function shiftAlong(axes, down, right) {
  return axes === 1 ? [right] : [...new Array(axes - 2).fill(0), down, right];
}

/** One axis of a node: how many cells, how far apart in the input, and which of them know no edge: all they see lies
 *  inside. `round`: a shift by the whole input brings the map back onto itself.
 *  @typedef {{size: number, jump: number, inner: boolean[], round: boolean}} Axis */

/** The axes of every node; none where a node has no space left. @param {Net} net @returns {Map<string, Axis[]>} */
export function axesOf(net) {
  const space = net.input.slice(1);
  /** @type {Map<string, Axis[]>} */
  const known = new Map([
    ["input", space.map((size) => ({ size, jump: 1, inner: new Array(size).fill(true), round: true }))],
  ]);
  for (const node of net.nodes) {
    const inputs = node.inputs.map((name) => /** @type {Axis[]} */ (known.get(name)));
    const sizes = node.shape.slice(1);
    const found = inputs.map((axes, i) =>
      through(node, axes, RULES[node.kind].maps(node.layer, node.inShapes)?.slice(0), sizes, i),
    );
    known.set(
      node.name,
      sizes.map((size, axis) => {
        const each = found.map((axes) => axes[axis]).filter(Boolean);
        const jump = each[0]?.jump ?? NaN;
        const inner = Array.from(
          { length: size },
          (_, u) => each.length === inputs.length && each.every((one) => one.inner[u] && one.jump === jump),
        );
        return { size, jump, inner, round: size * jump === space[axis] };
      }),
    );
  }
  return known;
}

/** @param {Net["nodes"][number]} node @param {Axis[]} axes @param {AxisMap[] | undefined} maps @param {number[]} sizes
 *  @param {number} _ @returns {{jump: number, inner: boolean[]}[]} */
function through(node, axes, maps, sizes, _) {
  if (axes.length !== sizes.length) return [];
  return sizes.map((size, i) => {
    const { inner, jump } = axes[i];
    // A layer that reads everything, yet keeps its places, knows an edge as soon as one of its inputs does.
    if (!maps) return { jump, inner: new Array(size).fill(axes.every((axis) => axis.inner.every(Boolean))) };
    const mode = node.layer.padding_mode ?? (maps[i].kind === "repeat" ? "edge" : "zeros");
    const joins = mode === "wrap" && axes[i].round;
    const sees = Array.from({ length: size }, (_, u) =>
      reads(maps[i], u).every((cell) => {
        const real = source(cell, inner.length, mode);
        return real !== null && inner[real] && (real === cell || joins);
      }),
    );
    return { jump: jump * step(maps[i]), inner: sees };
  });
}

/** How many cells of the input one cell of the output stands for. @param {AxisMap} map */
function step(map) {
  if (map.kind === "window") return map.stride;
  if (map.kind === "adaptive") return map.size / map.out;
  return 1 / (map.kind === "transposed" ? map.stride : map.scale);
}

/** @typedef {object} Shifted how f(T x) differs from T f(x)
 *  @property {number[]} moved by how many cells the map was moved
 *  @property {boolean} whole whether the shift is a whole number of the map's cells along every axis
 *  @property {number} largest
 *  @property {number | null} inside the largest away from the edge; null where every cell knows an edge
 *  @property {number} relative the root of the summed squares, as a share of those of T f(x)
 *  @property {Tensor} expected T f(x)
 *  @property {Tensor} difference f(T x) - T f(x) */

/** Compare a node's output for the shifted input with its shifted output. Where no whole number of cells fits the
 *  shift, the neighbouring number that differs least is taken.
 *  @param {Tensor} plain f(x) @param {Tensor} shifted f(T x) @param {Axis[]} axes
 *  @param {readonly number[]} shift of the input
 *  @returns {Shifted} */
export function compare(plain, shifted, axes, shift) {
  const wanted = axes.map(({ jump }, i) => (Number.isFinite(jump) ? shift[i] / jump : 0));
  const tries = product(wanted.map((by) => [...new Set([Math.floor(by), Math.ceil(by)])]));
  let best = difference(plain, shifted, axes, tries[0]);
  for (const moved of tries.slice(1)) {
    const next = difference(plain, shifted, axes, moved);
    if (next.relative < best.relative) best = next;
  }
  return { ...best, whole: wanted.every(Number.isInteger) };
}

/** @param {Tensor} plain @param {Tensor} shifted @param {Axis[]} axes @param {number[]} moved */
function difference(plain, shifted, axes, moved) {
  const expected = axes.length ? roll(plain, moved) : plain;
  const away = product(
    axes.map(({ size, inner, round }, axis) =>
      inner.map((alone, u) => {
        const from = u - moved[axis];
        return alone && inner[mod(from, size)] && (round || (from >= 0 && from < size));
      }),
    ),
  ).map((flags) => flags.every(Boolean));
  const cells = away.length;
  const data = new Float64Array(expected.data.length);
  let largest = 0;
  let squares = 0;
  let all = 0;
  let inside = axes.length && away.includes(true) ? 0 : null;
  for (let i = 0; i < data.length; i++) {
    const off = (data[i] = shifted.data[i] - expected.data[i]);
    largest = Math.max(largest, Math.abs(off));
    if (inside !== null && away[i % cells]) inside = Math.max(inside, Math.abs(off));
    squares += off * off;
    all += expected.data[i] ** 2;
  }
  const relative = squares ? Math.sqrt(squares / (all || squares)) : 0;
  return { moved, whole: true, largest, inside, relative, expected, difference: { shape: plain.shape, data } };
}
