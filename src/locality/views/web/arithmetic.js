/** The arithmetic of one convolution, forwards or transposed: settings in, the whole picture out as plain data.
 *  A line of cells counts as a plane of one row, so that everything has two axes. */

import {
  fits,
  makeTransposed,
  makeWindow,
  misfit,
  outputs,
  pairs,
  reads,
  rest,
  source,
  span,
  sum,
  uncut,
  unread,
  unreadPadding,
} from "locality/geometry";
import { product, range, zeros } from "locality/tensor";

/** @typedef {import("locality/geometry").Window} Window */
/** @typedef {import("locality/geometry").Transposed} Transposed */
/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {{size: number, kernel: number, stride: number, padding: [number, number], dilation: number,
 *  output_padding: number}} Axis */
/** @typedef {object} Settings
 *  @property {"convolution" | "transposed"} direction
 *  @property {Axis[]} axes one or two: length, or height and width
 *  @property {string} padding_mode zeros, edge, reflect or wrap; a transposed one has zeros only
 *  @property {"exact" | "floor"} rounding */
/** One tap of one output along one axis: `cell` is negative in the padding, `from` is where its value comes from.
 *  @typedef {{tap: number, cell: number, from: number | null}} Step */
/** A kernel on an input, computed. @typedef {{maps: (Window | Transposed)[], steps: Step[][][], input: Tensor,
 *  kernel: Tensor, output: Tensor}} Run */
/** @typedef {{tap: number[], cell: number[], from: number[] | null, value: number, weight: number,
 *  product: number}} Term */
/** @typedef {{name: string, text: string, tiles: boolean, effective: string}} Line the formula of one axis */
/** Per axis: cells beyond the last window, cells it jumps over, cells of padding beyond it.
 *  @typedef {{tail: number[][], jumped: number[][], padding: number[]}} Lost */
/** @typedef {{settings: Settings, names: string[], lines: Line[], valid: boolean, hangs: number[], lost: Lost,
 *  run: Run, direct: Run | null}} Picture */

/** The least and most of every setting. */
export const LIMITS = /** @type {const} */ ({
  size: [1, 64],
  kernel: [1, 64],
  stride: [1, 64],
  padding: [0, 32],
  dilation: [1, 32],
  output_padding: [0, 31],
});
/** How many cells of a transposed output are drawn along an axis. */
export const DRAWN = 128;

/** @type {Axis} */
const SINGLE = { size: 1, kernel: 1, stride: 1, padding: [0, 0], dilation: 1, output_padding: 0 };

/** The two axes of the plane that is drawn. @param {Settings} settings @returns {Axis[]} */
export function plane(settings) {
  return settings.axes.length === 1 ? [SINGLE, settings.axes[0]] : settings.axes;
}

/** @param {Settings} settings */
export function axisNames(settings) {
  return settings.axes.length === 1 ? ["length"] : ["height", "width"];
}

/** How an axis is read. @param {Settings} settings @param {Axis} axis @param {string} [rounding] */
export function mapOf(settings, axis, rounding = settings.rounding) {
  const { kernel, stride, padding, dilation, output_padding } = axis;
  if (settings.direction === "transposed") return makeTransposed(kernel, { stride, padding, dilation, output_padding });
  return makeWindow(kernel, { stride, padding, dilation, rounding });
}

/** The windows of a convolution, one for each axis. @param {Settings} settings */
export function windowsOf(settings) {
  return settings.axes.map((axis) => /** @type {Window} */ (mapOf(settings, axis)));
}

/** Why nothing can be drawn, in one sentence; empty where all is well. A window that does not tile is drawn.
 *  @param {Settings} settings @returns {string} */
export function refusal(settings) {
  const { axes, padding_mode: mode } = settings;
  if (settings.direction === "transposed")
    return axes.map((axis, i) => uncuttable(settings, axis, i)).find(Boolean) ?? "";
  const sizes = axes.map(({ size }) => size);
  const windows = windowsOf(settings);
  if (!windows.every((window, i) => fits(window, sizes[i]))) return misfit(windows, sizes);
  for (const { size, padding } of axes) {
    const most = mode === "reflect" ? size - 1 : mode === "wrap" ? size : Infinity;
    const padded = Math.max(...padding);
    if (padded <= most) continue;
    return (
      `padding ${padded} is too much for padding_mode "${mode}" on a side of ${size}. ` +
      `Use padding of at most ${most}, or another padding_mode.`
    );
  }
  return "";
}

/** @param {Settings} settings @param {Axis} axis @param {number} i @returns {string} */
function uncuttable(settings, axis, i) {
  const { output_padding: extra, stride, dilation, size } = axis;
  const most = Math.max(stride, dilation) - 1;
  if (extra > most) {
    return (
      `output_padding ${extra} must be smaller than the stride ${stride} or the dilation ${dilation}. ` +
      `Use at most ${most}.`
    );
  }
  const map = /** @type {Transposed} */ (mapOf(settings, axis));
  try {
    outputs(map, size);
  } catch (error) {
    return /** @type {Error} */ (error).message;
  }
  const grown = uncut(map, size);
  if (grown <= DRAWN) return "";
  return (
    `The transposed output has ${grown} cells along its ${axisNames(settings)[i]}; up to ${DRAWN} are drawn. ` +
    `Use a smaller input, stride, kernel or dilation.`
  );
}

/** Everything there is to see; the settings must have no `refusal`.
 *  @param {Settings} settings @param {Tensor} input @param {Tensor} kernel @returns {Picture} */
export function picture(settings, input, kernel) {
  const axes = plane(settings);
  // A window that does not tile is drawn with its outputs floored; that there are none is said beside it.
  const maps = axes.map((axis) => mapOf(settings, axis, "floor"));
  const mode = settings.direction === "transposed" ? "zeros" : settings.padding_mode;
  const names = axisNames(settings);
  const lines = settings.axes.map((axis, i) => line(settings, axis, names[i]));
  const hangs = maps.map((map, i) => Number(settings.rounding === "exact" && over(map, axes[i].size) > 0));
  const run = compute(maps, input, kernel, mode);
  const direct = settings.direction === "transposed" ? twin(axes, input, kernel) : null;
  return { settings, names, lines, valid: !hangs.some(Boolean), hangs, lost: lost(run, mode), run, direct };
}

/** What is left over after the last full step. @param {Window | Transposed} map @param {number} size */
function over(map, size) {
  return map.kind === "window" ? rest(map, size) : 0;
}

/** The formula of one axis with its numbers. @param {Settings} settings @param {Axis} axis @param {string} name
 *  @returns {Line} */
function line(settings, axis, name) {
  const {
    kernel,
    stride,
    dilation,
    size,
    padding: [before, after],
    output_padding: extra,
  } = axis;
  const map = mapOf(settings, axis, "floor");
  const spans = span(map);
  const effective = dilation > 1 ? `${kernel} + (${kernel} - 1)*(${dilation} - 1) = ${spans}` : "";
  if (map.kind === "transposed") {
    const cut = before === after ? `2*${before}` : `${before} - ${after}`;
    const text = `${stride}*(${size} - 1) + ${extra} + ${spans} - ${cut} = ${outputs(map, size)}`;
    return { name, text, tiles: true, effective };
  }
  const tiles = over(map, size) === 0;
  const floored = tiles || settings.rounding === "exact" ? "" : `, rounded down to ${outputs(map, size)}`;
  // The sentence of a refusal keeps the point of a number that is whole: it never meets one.
  return { name, text: sum(map, size).replace(/\.$/, "") + floored, tiles, effective };
}

/** A kernel moved over an input. @param {(Window | Transposed)[]} maps @param {Tensor} input @param {Tensor} kernel
 *  @param {string} mode @returns {Run} */
export function compute(maps, input, kernel, mode) {
  const steps = maps.map((map, i) =>
    range(outputs(map, input.shape[i])).map((u) => along(map, u, input.shape[i], mode)),
  );
  const output = zeros(steps.map((axis) => axis.length));
  const [width, taps] = [input.shape[1], kernel.shape[1]];
  let at = 0;
  for (const rows of steps[0]) {
    for (const columns of steps[1]) {
      let total = 0;
      for (const { tap: m, from: y } of rows) {
        if (y === null) continue;
        for (const { tap: n, from: x } of columns) {
          if (x !== null) total += input.data[y * width + x] * kernel.data[m * taps + n];
        }
      }
      output.data[at++] = total;
    }
  }
  return { maps, steps, input, kernel, output };
}

/** The taps of one output along one axis. A transposed window meets no padding: what lies outside is not there.
 *  @param {Window | Transposed} map @param {number} u @param {number} size @param {string} mode @returns {Step[]} */
function along(map, u, size, mode) {
  if (map.kind === "window") return reads(map, u).map((cell, tap) => ({ tap, cell, from: source(cell, size, mode) }));
  return pairs(map, u)
    .filter(([cell]) => cell >= 0 && cell < size)
    .map(([cell, tap]) => ({ tap, cell, from: cell }));
}

/** The products whose sum is one output. @param {Run} run @param {readonly number[]} place @returns {Term[]} */
export function terms(run, place) {
  const { input, kernel, steps } = run;
  return product([steps[0][place[0]], steps[1][place[1]]]).map(([row, column]) => {
    const from = row.from === null || column.from === null ? null : [row.from, column.from];
    const value = from ? input.data[from[0] * input.shape[1] + from[1]] : 0;
    const weight = kernel.data[row.tap * kernel.shape[1] + column.tap];
    return { tap: [row.tap, column.tap], cell: [row.cell, column.cell], from, value, weight, product: value * weight };
  });
}

/** The outputs that read an input cell, copies of it in the padding too; for a cell of padding, those that meet it.
 *  @param {Run} run @param {readonly number[]} cell @returns {number[][]} */
export function readers(run, cell) {
  const by = cell.every((c, i) => c >= 0 && c < run.input.shape[i]) ? "from" : "cell";
  return product(
    run.steps.map((axis, i) => range(axis.length).filter((u) => axis[u].some((step) => step[by] === cell[i]))),
  );
}

/** What no output reads. @param {Run} run @param {string} mode @returns {Lost} */
function lost(run, mode) {
  /** @type {Lost} */
  const found = { tail: [], jumped: [], padding: [] };
  run.maps.forEach((map, i) => {
    const size = run.input.shape[i];
    const last = map.kind === "window" ? Math.max(...reads(map, run.output.shape[i] - 1)) : size;
    const left = unread(map, size, mode);
    found.tail.push(left.filter((cell) => cell > last));
    found.jumped.push(left.filter((cell) => cell < last));
    found.padding.push(map.kind === "window" ? unreadPadding(map, size) : 0);
  });
  return found;
}

/** A transposed convolution as a direct one: the input with zeros between, the kernel turned by 180 degrees, stride 1.
 *  Padding that cuts more than the kernel reaches is negative: the window never meets those cells.
 *  @param {Axis[]} axes @param {Tensor} input @param {Tensor} kernel @returns {Run} */
function twin(axes, input, kernel) {
  const stretched = zeros(input.shape.map((size, i) => axes[i].stride * (size - 1) + 1));
  input.data.forEach((value, i) => {
    const [y, x] = [Math.floor(i / input.shape[1]) * axes[0].stride, (i % input.shape[1]) * axes[1].stride];
    stretched.data[y * stretched.shape[1] + x] = value;
  });
  const turned = { shape: kernel.shape, data: kernel.data.slice().reverse() };
  const maps = axes.map(({ kernel: taps, dilation, padding: [before, after], output_padding: extra }) => {
    const reach = span({ kernel: taps, dilation }) - 1;
    return makeWindow(taps, { dilation, padding: [reach - before, reach - after + extra] });
  });
  return compute(maps, stretched, turned, "zeros");
}

/** The largest difference between two outputs. @param {Tensor} a @param {Tensor} b */
export function difference(a, b) {
  let most = 0;
  for (let i = 0; i < a.data.length; i++) most = Math.max(most, Math.abs(a.data[i] - b.data[i]));
  return most;
}
