/** Convolution: the sum of a patch times the weights, the same weights at every place, plus the bias. */

import { footprintTaps, reads, source } from "locality/geometry";
import { biasOf, gather, lift, makeRule, rowOf, windowsOf, withBias } from "locality/layers/rule";
import { count, offset, product, range, wide } from "locality/tensor";

export const conv = makeRule({
  defaults: {
    stride: 1, padding: 0, dilation: 1, groups: 1, bias: true, padding_mode: "zeros", footprint: "full",
    rounding: "exact", connections: null,
  },
  word: () => "conv",
  parameters: (layer, [[channels, ...space]]) =>
    withBias(layer, [...pairsOf(layer, channels), ...windowOf(layer, space.length).kernel]),
  macs: (layer, inputs) =>
    count(conv.parameters(layer, inputs).weight) * count(conv.shape(layer, inputs).slice(1)),
  maps: (layer, [[, ...space]]) => windowsOf(layer, space.length),
  taps: (layer, axes) => windowOf(layer, axes).taps,
  cell: (layer, [image], weights, [channel, ...place]) => {
    const { windows, offsets, kernel } = windowOf(layer, place.length);
    const channels = channelsRead(layer, image.shape[0], channel);
    const shape = [channels.length, ...kernel];
    const along = windows.map((w, i) =>
      reads(w, place[i]).map((x) => source(x, image.shape[i + 1], layer.padding_mode) ?? -1),
    );
    const sites = channels.flatMap((c) =>
      offsets.map((taps) => [c, ...taps.map((tap, axis) => along[axis][tap])]),
    );
    const rule = "the sum of patch times weights, plus the bias";
    const used = wide(shape, kernelOf(layer, weights, channel).data);
    return { ...gather(image, sites, shape), weights: used, bias: biasOf(weights, channel), rule };
  },
  // The padding is laid around the input once; then every output row is a sum of shifted rows, each times one weight.
  *forward(layer, [input], weights, out) {
    const { windows, offsets } = windowOf(layer, input.shape.length - 1);
    const { data, sizes } = padded(input, windows.map((w) => w.padding), layer.padding_mode);
    const plane = count(sizes);
    const strides = lift(windows.map((w) => w.stride), 1);
    const steps = lift(windows.map((w) => w.dilation), 1);
    let [deep, high, long] = lift(out.shape.slice(1), 1);
    if (windows.every((w) => w.kernel === 1 && w.stride === 1)) [deep, high, long] = [1, 1, plane]; // one long row
    /** @param {number[]} place @param {number[]} by */
    const stretched = (place, by) => offset(sizes, place.map((x, axis) => x * by[axis]));
    const starts = product([range(deep), range(high), [0]]).map((place) => stretched(place, strides));
    const taps = offsets.map((tap) => stretched(lift(tap, 0), steps));
    const each = input.shape[0] / layer.groups;
    const shiftsTo = (/** @type {number[]} */ channels) =>
      Int32Array.from(channels.flatMap((c) => taps.map((tap) => c * plane + tap)));
    const group = shiftsTo(range(each));
    const row = new Float64Array(long);
    for (let o = 0, at = 0; o < layer.out_channels; o++) {
      const kernel = kernelOf(layer, weights, o).data;
      const shifts = layer.connections ? shiftsTo(layer.connections[o]) : group;
      const first = Math.floor((o * layer.groups) / layer.out_channels) * each * plane;
      for (const start of starts) {
        row.fill(biasOf(weights, o));
        addRows(row, strides[2], data, first + start, shifts, kernel);
        out.data.set(row, at);
        at += long;
        yield;
      }
    }
  },
});

/** How many pairs of channels have weights of their own: outputs times inputs, or those that a table connects.
 *  @param {import("locality/layers/rule").Layer} layer @param {number} channels */
const pairsOf = ({ out_channels, groups, connections }, channels) =>
  connections ? [connections.flat().length] : [out_channels, channels / groups];

/** Those of so many input channels that an output channel reads.
 *  @param {import("locality/layers/rule").Layer} layer @param {number} channels @param {number} channel
 *  @returns {number[]} */
export function channelsRead({ out_channels, groups, connections }, channels, channel) {
  if (connections) return connections[channel];
  const first = Math.floor((channel * groups) / out_channels) * (channels / groups);
  return range(channels / groups).map((c) => first + c);
}

/** The first of an output channel's weights, counted in pairs of channels.
 *  @param {number[][]} connections @param {number} channel */
export const firstPair = (connections, channel) => connections.slice(0, channel).flat().length;

/** @param {import("locality/layers/rule").Layer} layer @param {import("locality/layers/rule").Weights} weights
 *  @param {number} channel */
function kernelOf({ connections }, weights, channel) {
  if (!connections) return rowOf(weights, channel);
  const { shape: [pairs, ...kernel], data } = weights.weight;
  const each = data.length / pairs;
  const first = firstPair(connections, channel);
  const many = connections[channel].length;
  return wide([many, ...kernel], data.subarray(first * each, (first + many) * each));
}

/** The windows, and the taps in use: null where all of them are.
 *  @param {import("locality/layers/rule").Layer} layer @param {number} axes */
function windowOf(layer, axes) {
  const windows = windowsOf(layer, axes);
  const full = windows.map((w) => w.kernel);
  const taps = footprintTaps(layer.footprint, full);
  return { windows, taps, kernel: taps ? [taps.length] : full, offsets: taps ?? product(full.map(range)) };
}

/** Adds to a row of outputs the shifted input rows times their weights, four at a time.
 *  @param {Float64Array} row @param {number} stride @param {Float64Array} data @param {number} base
 *  @param {Int32Array} shifts @param {Float64Array} kernel */
function addRows(row, stride, data, base, shifts, kernel) {
  const long = row.length;
  let n = 0;
  for (; n + 3 < kernel.length; n += 4) {
    const [a, b, c, d] = [kernel[n], kernel[n + 1], kernel[n + 2], kernel[n + 3]];
    const [p, q, r, s] = [shifts[n], shifts[n + 1], shifts[n + 2], shifts[n + 3]];
    for (let x = 0, at = base; x < long; x++, at += stride) {
      row[x] += a * data[at + p] + b * data[at + q] + c * data[at + r] + d * data[at + s];
    }
  }
  for (; n < kernel.length; n++) {
    for (let x = 0, at = base + shifts[n]; x < long; x++, at += stride) row[x] += kernel[n] * data[at];
  }
}

/** The input with its padding around it, in float64, on three axes of space.
 *  @param {import("locality/tensor").Tensor} input @param {[number, number][]} padding @param {string} mode */
function padded({ shape: [channels, ...space], data }, padding, mode) {
  const from = space.map((size, i) =>
    range(size + padding[i][0] + padding[i][1]).map((x) => source(x - padding[i][0], size, mode) ?? -1),
  );
  const [deep, high, long] = lift(from, [0]);
  const sizes = [deep.length, high.length, long.length];
  const [depth, height, width] = lift(space, 1);
  const laid = new Float64Array(channels * count(sizes));
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (const z of deep) {
      for (const y of high) {
        const row = ((c * depth + z) * height + y) * width;
        for (const x of long) laid[at++] = Math.min(z, y, x) < 0 ? 0 : data[row + x];
      }
    }
  }
  return { data: laid, sizes };
}
