/** Convolution: the sum of a patch times the weights, the same weights at every place, plus the bias. */

import { footprintTaps, outputs, reads, source } from "locality/geometry";
import { convolution } from "locality/geometry/cost";
import { lift, makeRule, SLICE, windowsOf, withBias } from "locality/layers/rule";
import { count, offset, product, range, tensor } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */
/** @typedef {import("locality/geometry").Window} Window */
/** @typedef {import("locality/layers/rule").Layer} Layer */
/** @typedef {import("locality/layers/rule").Weights} Weights */

export const conv = makeRule({
  defaults: {
    stride: 1, padding: 0, dilation: 1, groups: 1, bias: true, padding_mode: "zeros", footprint: "full",
    rounding: "exact",
  },
  word: () => "conv",
  shape: (layer, [input]) => {
    const windows = windowsOf(layer, input.length - 1);
    return [layer.out_channels, ...windows.map((w, i) => outputs(w, input[i + 1]))];
  },
  parameters: (layer, [input]) => {
    const taps = tapsOf(layer, input.length - 1);
    const kernel = taps ? [taps.length] : windowsOf(layer, input.length - 1).map((w) => w.kernel);
    return withBias(layer, [layer.out_channels, input[0] / layer.groups, ...kernel], layer.out_channels);
  },
  macs: (layer, inputs) => {
    const taps = count(conv.parameters(layer, inputs).weight.slice(2));
    return convolution(inputs[0], conv.shape(layer, inputs), taps, layer.groups).shared.macs;
  },
  maps: (layer, [input]) => windowsOf(layer, input.length - 1),
  taps: tapsOf,
  forward,
  cell: (layer, [image], weights, [channel, ...place]) => {
    const space = image.shape.slice(1);
    const windows = windowsOf(layer, space.length);
    const taps = tapsOf(layer, space.length);
    const offsets = taps ?? product(windows.map((w) => range(w.kernel)));
    const wide = image.shape[0] / layer.groups;
    const first = Math.floor(channel / (layer.out_channels / layer.groups)) * wide;
    const shape = [wide, ...(taps ? [taps.length] : windows.map((w) => w.kernel))];
    const along = windows.map((w, i) => reads(w, place[i]).map((x) => source(x, space[i], layer.padding_mode)));
    const outside = image.shape.map(() => -1);
    const sites = range(wide).flatMap((c) =>
      offsets.map((taken) => {
        const site = [first + c, ...taken.map((tap, axis) => along[axis][tap] ?? -1)];
        return site.includes(-1) ? outside : site;
      }),
    );
    const patch = Float64Array.from(sites, (site) => (site === outside ? 0 : image.data[offset(image.shape, site)]));
    const weight = new Float64Array(weights.weight.data.subarray(channel * patch.length, (channel + 1) * patch.length));
    return {
      patch: tensor(shape, patch),
      weights: tensor(shape, weight),
      products: tensor(shape, patch.map((x, i) => x * weight[i])),
      sites,
      bias: layer.bias ? weights.bias.data[channel] : 0,
      rule: "the sum of patch times weights, plus the bias",
    };
  },
});

/** @param {Layer} layer @param {number} axes */
function tapsOf(layer, axes) {
  return footprintTaps(layer.footprint, windowsOf(layer, axes).map((w) => w.kernel));
}

/** The padding is laid around the input once; then every output row is a sum of shifted rows, each times one weight.
 *  @param {Layer} layer @param {Tensor[]} inputs @param {Weights} weights @param {Tensor} out */
function* forward(layer, [input], weights, out) {
  const axes = input.shape.length - 1;
  const windows = windowsOf(layer, axes);
  const offsets = tapsOf(layer, axes) ?? product(windows.map((w) => range(w.kernel)));
  const { data, sizes: padded } = pad(input, windows, layer.padding_mode);
  let sizes = padded;
  let [deep, high, wide] = lift(out.shape.slice(1), 1);
  const [strideZ, strideY, stride] = lift(windows.map((w) => w.stride), 1);
  const [stepZ, stepY, stepX] = lift(windows.map((w) => w.dilation), 1);
  if (windows.every((w) => w.kernel === 1 && w.stride === 1)) {
    [sizes, deep, high, wide] = [[1, 1, count(sizes)], 1, 1, deep * high * wide]; // one long row
  }
  const plane = count(sizes);
  const channels = input.shape[0] / layer.groups;
  const taps = offsets.map((tap) => {
    const [z, y, x] = lift(tap, 0);
    return (z * stepZ * sizes[1] + y * stepY) * sizes[2] + x * stepX;
  });
  const shifts = Int32Array.from(range(channels).flatMap((c) => taps.map((tap) => c * plane + tap)));
  const kernel = new Float64Array(shifts.length);
  const row = new Float64Array(wide);
  let at = 0;
  let work = 0;
  for (let o = 0; o < layer.out_channels; o++) {
    kernel.set(weights.weight.data.subarray(o * kernel.length, (o + 1) * kernel.length));
    const first = Math.floor(o / (layer.out_channels / layer.groups)) * channels * plane;
    for (let z = 0; z < deep; z++) {
      for (let y = 0; y < high; y++) {
        row.fill(layer.bias ? weights.bias.data[o] : 0);
        addRows(row, stride, data, first + (z * strideZ * sizes[1] + y * strideY) * sizes[2], shifts, kernel);
        out.data.set(row, at);
        at += wide;
        work += wide * kernel.length;
        if (work > SLICE) {
          work = 0;
          yield;
        }
      }
    }
  }
}

/** Adds to a row of outputs the shifted input rows times their weights, four at a time.
 *  @param {Float64Array} row @param {number} stride @param {Float64Array} data @param {number} base
 *  @param {Int32Array} shifts @param {Float64Array} kernel */
function addRows(row, stride, data, base, shifts, kernel) {
  const wide = row.length;
  const terms = kernel.length;
  let n = 0;
  for (; n + 3 < terms; n += 4) {
    const [a, b, c, d] = [kernel[n], kernel[n + 1], kernel[n + 2], kernel[n + 3]];
    let p = base + shifts[n];
    let q = base + shifts[n + 1];
    let r = base + shifts[n + 2];
    let s = base + shifts[n + 3];
    for (let x = 0; x < wide; x++) {
      row[x] += a * data[p] + b * data[q] + c * data[r] + d * data[s];
      p += stride;
      q += stride;
      r += stride;
      s += stride;
    }
  }
  for (; n < terms; n++) {
    const a = kernel[n];
    let p = base + shifts[n];
    for (let x = 0; x < wide; x++, p += stride) row[x] += a * data[p];
  }
}

/** The input with its padding around it, in float64, on three axes of space.
 *  @param {Tensor} input @param {Window[]} windows @param {string} mode */
function pad(input, windows, mode) {
  const space = lift(input.shape.slice(1), 1);
  const pads = lift(windows.map((w) => w.padding), /** @type {[number, number]} */ ([0, 0]));
  const sizes = space.map((n, i) => n + pads[i][0] + pads[i][1]);
  if (sizes.every((n, i) => n === space[i])) return { data: new Float64Array(input.data), sizes };
  const [fromZ, fromY, fromX] = space.map((n, i) => range(sizes[i]).map((x) => source(x - pads[i][0], n, mode) ?? -1));
  const data = new Float64Array(input.shape[0] * count(sizes));
  const borders = range(sizes[2]).filter((x) => fromX[x] >= 0 && (x < pads[2][0] || x >= pads[2][0] + space[2]));
  let at = 0;
  for (let c = 0; c < input.shape[0]; c++) {
    for (const z of fromZ) {
      for (const y of fromY) {
        if (z >= 0 && y >= 0) {
          const row = ((c * space[0] + z) * space[1] + y) * space[2];
          data.set(input.data.subarray(row, row + space[2]), at + pads[2][0]);
          for (const x of borders) data[at + x] = input.data[row + fromX[x]];
        }
        at += sizes[2];
      }
    }
  }
  return { data, sizes };
}
