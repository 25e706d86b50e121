/** Joins: the sum, the product or the channels of several inputs. */

import { copied, makeRule } from "locality/layers/rule";
import { at, count, offset, wide } from "locality/tensor";

/** @typedef {import("locality/tensor").Tensor} Tensor */

export const sum = makeRule({
  defaults: {},
  word: () => "sum",
  *forward(_, inputs, __, out) {
    const total = new Float64Array(out.data.length);
    for (const { data } of inputs) {
      for (let i = 0; i < total.length; i++) total[i] += data[i];
      yield;
    }
    out.data.set(total);
  },
  cell: (_, inputs, __, place) => {
    const patch = wide([inputs.length], inputs.map((image) => at(image, place)));
    return { patch, products: patch, sites: inputs.map(() => place), rule: "the sum of the inputs" };
  },
});

export const product = makeRule({
  defaults: {},
  word: () => "product",
  shape: (_, inputs) => inputs.reduce((largest, shape) => (count(shape) > count(largest) ? shape : largest)),
  *forward(_, inputs, __, out) {
    const total = new Float64Array(out.data.length).fill(1);
    for (const { data } of inputs) {
      const each = total.length / data.length; // how many places one cell of a gate scales
      for (let i = 0; i < total.length; i++) total[i] *= data[Math.floor(i / each)];
      yield;
    }
    out.data.set(total);
  },
  cell: (_, inputs, __, place) => {
    const sites = inputs.map(({ shape }) => place.map((x, axis) => (axis && shape[axis] === 1 ? 0 : x)));
    const patch = wide([inputs.length], inputs.map((image, i) => at(image, sites[i])));
    const products = wide([inputs.length], patch.data.map((_, i) => (i ? 0 : patch.data.reduce((a, b) => a * b, 1))));
    return { patch, products, sites, rule: "the product of the inputs" };
  },
});

export const concat = makeRule({
  defaults: {},
  word: () => "concat",
  shape: (_, inputs) => [inputs.reduce((all, shape) => all + shape[0], 0), ...inputs[0].slice(1)],
  *forward(_, inputs, __, out) {
    let from = 0;
    for (const { data } of inputs) {
      out.data.set(data, from);
      from += data.length;
      yield;
    }
  },
  cell: (_, inputs, __, [channel, ...place]) => {
    let reads = 0;
    for (; channel >= inputs[reads].shape[0]; reads++) channel -= inputs[reads].shape[0];
    const site = [channel, ...place];
    const rule = `channel ${channel} of input ${reads + 1}`;
    return { ...copied(inputs[reads], offset(inputs[reads].shape, site), site, rule), reads };
  },
});
