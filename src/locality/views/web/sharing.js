/** Locality and shared weights in numbers: three ways to join two maps, and what a shift does to every layer. */

import { fits, makeWindow, misfit, mod, reads, rest, ShapeError, source, untiled } from "locality/geometry";
import { convolution } from "locality/geometry/cost";
import { RULES } from "locality/layers";
import { counted } from "locality/parts/dom";
import { count, product, range } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/geometry").AxisMap} AxisMap */
/** @typedef {import("locality/network").Net} Net */
/** @typedef {{height: number, width: number, channels: number, out_channels: number, kernel_size: number,
 *  stride: number, padding: number, bias: boolean, rounding: string}} Setting */
/** One axis of a node: how many cells, how far apart in the input, and which of them know no edge: all they see lies
 *  inside. `round`: a shift by the whole input brings the map back onto itself.
 *  @typedef {{size: number, jump: number, inner: boolean[], round: boolean}} Axis */

/** @type {(...numbers: [number, number, number, number, number, number, boolean?, string?]) => Setting} */
const joint = (size, channels, out_channels, kernel_size, stride, padding, bias = true, rounding = "exact") =>
  ({ height: size, width: size, channels, out_channels, kernel_size, stride, padding, bias, rounding });

export const PRESETS = [
  { name: "Lecture: 200x200x3 to 1000 neurons", setting: joint(200, 3, 10, 20, 20, 0, false) },
  { name: "LeNet-5: first convolution", setting: joint(28, 1, 6, 5, 1, 2) },
  { name: "AlexNet: first convolution", setting: joint(224, 3, 64, 11, 4, 2, true, "floor") },
  { name: "VGG-16: first convolution", setting: joint(224, 3, 64, 3, 1, 1) },
];

/** Both maps and what each way of joining them costs. Throws `ShapeError` where the window does not fit or tile.
 *  @param {Setting} setting */
export function joined(setting) {
  const { height, width, channels, out_channels, kernel_size, stride, padding, bias, rounding } = setting;
  const window = makeWindow(kernel_size, { stride, padding: [padding, padding], rounding });
  const [windows, sizes] = [[window, window], [height, width]];
  if (!sizes.every((size) => fits(window, size))) throw new ShapeError(misfit(windows, sizes));
  if (rounding === "exact" && sizes.some((size) => rest(window, size))) throw new ShapeError(untiled(windows, sizes));
  const input = [channels, ...sizes];
  const output = RULES.Conv.shape({ ...RULES.Conv.defaults, ...setting }, [input]);
  const costs = convolution(input, output, input[0] * output[0] * kernel_size ** 2, bias);
  if (costs.full.parameters <= Number.MAX_SAFE_INTEGER) return { input, output, costs };
  const what = `${out_channels} maps of ${output[1]}x${output[2]}, each joined to all ${count(input)} inputs`;
  throw new ShapeError(`${what}: more weights than can be counted exactly here. Use smaller maps.`);
}

/** How many times fewer, in words: "10 000 times fewer", "as many". @param {number} more @param {number} fewer */
export function ratio(more, fewer) {
  if (more === fewer) return "as many";
  const times = Math.max(more / fewer, fewer / more);
  const rounded = Number(times.toFixed(times < 10 ? 2 : times < 100 ? 1 : 0));
  return `${rounded === times ? "" : "about "}${counted(rounded)} times ${more > fewer ? "fewer" : "more"}`;
}

/** A tensor moved along its axes of space, what leaves at one edge coming in at the other.
 *  @param {Tensor} map @param {readonly number[]} shift @returns {Tensor} */
export function roll({ shape, data }, shift) {
  const space = shape.slice(1);
  const from = product(space.map((size, axis) => range(size).map((u) => mod(u - shift[axis], size))));
  const places = from.map((place) => place.reduce((all, x, axis) => all * space[axis] + x, 0));
  const out = data.slice();
  for (let i = 0; i < out.length; i++) out[i] = data[i - (i % places.length) + places[i % places.length]];
  return { shape, data: out };
}

/** The axes of every node; none where a node has no space left. @param {Net} net @returns {Map<string, Axis[]>} */
export function axesOf(net) {
  const space = net.input.slice(1);
  const whole = space.map((size) => ({ size, jump: 1, inner: new Array(size).fill(true), round: true }));
  /** @type {Map<string, Axis[]>} */
  const known = new Map([["input", whole]]);
  for (const { name, kind, layer, inputs, inShapes, shape } of net.nodes) {
    const maps = RULES[kind].maps(layer, inShapes);
    const sizes = shape.slice(1);
    const each = inputs.map((input) => known.get(input) ?? [])
      .map((axes) => (axes.length === sizes.length ? sizes.map((size, i) => through(layer, axes, maps, size, i)) : []));
    known.set(name, sizes.map((size, axis) => {
      const jump = each[0][axis]?.jump ?? NaN;
      const inner = range(size).map((u) => each.every((axes) => axes[axis]?.inner[u] && axes[axis].jump === jump));
      return { size, jump, inner, round: size * jump === space[axis] };
    }));
  }
  return known;
}

/** @param {import("locality/layers/rule").Layer} layer @param {Axis[]} axes
 *  @param {readonly AxisMap[] | null | undefined} maps @param {number} size @param {number} i which axis */
function through(layer, axes, maps, size, i) {
  const { inner, jump, round } = axes[i];
  // A layer that reads everything, yet keeps its places, knows an edge as soon as one of its inputs does.
  if (!maps) return { jump, inner: new Array(size).fill(axes.every((axis) => axis.inner.every(Boolean))) };
  const map = maps[i];
  const mode = layer.padding_mode ?? (map.kind === "repeat" ? "edge" : "zeros");
  const sees = (/** @type {number} */ u) => reads(map, u).every((cell) => {
    const real = source(cell, inner.length, mode);
    return real !== null && inner[real] && (real === cell || (mode === "wrap" && round));
  });
  return { jump: jump * step(map), inner: range(size).map(sees) };
}

/** How many cells of the input one cell of the output stands for. @param {AxisMap} map */
function step(map) {
  if (map.kind === "window") return map.stride;
  if (map.kind === "adaptive") return map.size / map.out;
  return 1 / (map.kind === "transposed" ? map.stride : map.scale);
}

/** How f(T x) differs from T f(x). Where no whole number of cells fits the shift, the neighbouring number that differs
 *  least is taken. @param {Tensor} plain f(x) @param {Tensor} shifted f(T x) @param {Axis[]} axes
 *  @param {readonly number[]} shift */
export function compare(plain, shifted, axes, shift) {
  const wanted = axes.map(({ jump }, i) => (Number.isFinite(jump) ? shift[i] / jump : 0));
  const tries = product(wanted.map((by) => [...new Set([Math.floor(by), Math.ceil(by)])]));
  const found = tries.map((moved) => difference(plain, shifted, axes, moved));
  const best = found.reduce((a, b) => (b.relative < a.relative ? b : a));
  return { ...best, whole: wanted.every(Number.isInteger) };
}

/** The largest difference, the same away from the edge (null where every cell knows one), and the root of the summed
 *  squares as a share. @param {Tensor} plain @param {Tensor} shifted @param {Axis[]} axes @param {number[]} moved */
function difference(plain, shifted, axes, moved) {
  const expected = axes.length ? roll(plain, moved) : plain;
  const alone = axes.map(({ size, inner, round }, axis) => range(size).map((u) => {
    const from = u - moved[axis];
    return inner[u] && inner[mod(from, size)] && (round || (from >= 0 && from < size));
  }));
  const away = product(alone).map((flags) => flags.every(Boolean));
  const data = Float64Array.from(shifted.data, (x, i) => x - expected.data[i]);
  let [largest, squares, all] = [0, 0, 0];
  let inside = axes.length && away.includes(true) ? 0 : null;
  data.forEach((off, i) => {
    largest = Math.max(largest, Math.abs(off));
    if (inside !== null && away[i % away.length]) inside = Math.max(inside, Math.abs(off));
    squares += off * off;
    all += expected.data[i] ** 2;
  });
  const relative = squares ? Math.sqrt(squares / (all || squares)) : 0;
  return { moved, largest, inside, relative, expected, difference: { shape: plain.shape, data } };
}
