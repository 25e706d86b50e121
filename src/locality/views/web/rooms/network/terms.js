// The terms of a cell laid out for the eye: in which grid each one stands, where in it, and what it is in words.
// Asked term by term: a normalisation may have a million of them.

import { pairs, reads } from "locality/geometry";
import { channelsRead, firstPair } from "locality/layers/conv";
import { lift } from "locality/layers/rule";
import { RULES } from "locality/layers";
import { count, offset, placeOf, range } from "locality/tensor";

/** @typedef {import("locality/network").Net} Net */
/** @typedef {import("locality/network").Node} Node */
/** @typedef {import("locality/cell").Cell} Cell */
/** @typedef {import("locality/geometry").Window} Window */
/** @typedef {import("locality/geometry").Transposed} Transposed */
/** @typedef {{node: string, place: number[]}} Site */
/** @typedef {ReturnType<typeof termsOf>} Terms */
/** @typedef {ReturnType<Terms["term"]>} Term */

/** How terms lie in grids, all alike: `size` is [slices, rows, columns] with the gaps between taps, `first` the channel
 *  of the first grid, `channels` those of all of them where they do not follow each other, `nothing` what stands where no cell is read, `maps` the maps that a flat input was.
 *  @typedef {{each: number, size: number[], at: (i: number) => number[], gap?: string, first?: number, channels?: number[],
 *  outside?: (i: number) => boolean, nothing?: string, tap?: (i: number) => number[], maps?: Maps | null}} Laid */
/** @typedef {{node: string, shape: number[]}} Maps */

/** A cell as it is written: conv1[2, 0, 3]. @param {string} node @param {readonly number[]} place */
export const cellName = (node, place) => `${node}[${place.join(", ")}]`;

/** @param {ArrayLike<number>} numbers */
export function added(numbers, from = 0, to = numbers.length) {
  let sum = 0;
  for (let i = from; i < to; i++) sum += numbers[i];
  return sum;
}

/** @param {Net} net @param {Node} node @param {Cell} cell */
export function termsOf(net, node, cell) {
  const { patch, weights, products, sites, inputs } = cell;
  const terms = patch.data.length;
  const laid = layout(net, node, cell);
  const { each = terms, size = [1, 1, terms], at = (/** @type {number} */ i) => [0, 0, i], first, channels, maps } = laid;
  const outside = laid.outside ?? (() => false);
  const subsampled = node.layer.kind === "subsampling";
  const multiplied = ["Conv", "ConvTranspose", "Dense"].includes(node.kind) || subsampled;
  const { connections } = node.layer;
  /** @param {string} name @param {number} at @returns {[string, number]} */
  const parameter = (name, at) => [net.parameterKey(node, name), at];
  /** @param {number} i @returns {Site | null} */
  const siteOf = (i) => {
    if (sites[i][0] < 0) return null;
    if (maps) return { node: maps.node, place: placeOf(maps.shape, i) };
    return { node: inputs.length > 1 ? inputs[i] : inputs[0], place: sites[i] };
  };
  /** Where a term's weight stands. @param {number} i */
  const weightAt = (i) => {
    if (subsampled) return parameter("weight", cell.cell[0]);
    if (connections) return parameter("weight", firstPair(connections, cell.cell[0]) * each + i);
    if (node.kind !== "ConvTranspose") return parameter("weight", cell.cell[0] * terms + i);
    const { weight } = node.parameters;
    return parameter("weight", offset(weight, [sites[i][0], cell.cell[0] % weight[1], ...(laid.tap?.(i) ?? [])]));
  };
  return {
    count: terms,
    each,
    size,
    at,
    outside,
    mapped: Boolean(laid.at),
    gap: laid.gap ?? "",
    names: range(terms && terms / each).map((grid) => (first === undefined ? "" : `channel ${channels?.[grid] ?? first + grid}`)),
    biasAt: multiplied && node.parameters.bias ? parameter("bias", cell.cell[0]) : null,
    /** Of the products of one grid. @param {number} grid */
    sum: (grid) => added(products.data, grid * each, (grid + 1) * each),
    /** One term: `site` is the input cell that it reads, `where` says it in words. @param {number} i */
    term: (i) => {
      const site = siteOf(i);
      const name = site ? cellName(site.node, site.place) : (laid.nothing ?? "zero, outside the map");
      return {
        input: patch.data[i],
        weight: weights && weights.data[i],
        product: products.data[i],
        site,
        where: outside(i) && site ? `outside the map, copied from ${name}` : name,
        outside: outside(i),
        tap: multiplied ? (laid.tap?.(i) ?? []).join(", ") : "",
        weightAt: multiplied ? weightAt(i) : null,
      };
    },
  };
}

/** Grids of places, or of the taps given, so many cells apart.
 *  @param {number[]} sizes @param {number[]} [step] @param {number[][] | null} [taps] */
function grids(sizes, step = sizes.map(() => 1), taps = null) {
  const each = taps ? taps.length : count(sizes);
  const tap = (/** @type {number} */ i) => (taps ? taps[i % each] : placeOf(sizes, i % each));
  return {
    each,
    tap,
    size: lift(sizes.map((n, axis) => (n - 1) * step[axis] + 1), 1),
    at: (/** @type {number} */ i) => lift(tap(i).map((x, axis) => x * step[axis]), 0),
  };
}

/** @param {Net} net @param {Node} node @param {Cell} cell @returns {Partial<Laid>} */
function layout(net, node, { cell: [channel, ...place], patch, sites }) {
  const { kind, layer, inShapes } = node;
  const space = (inShapes[0] ?? []).slice(1);
  const maps = RULES[kind].maps(layer, inShapes) ?? [];
  const first = sites[0]?.[0] ?? 0;
  switch (kind) {
    case "Conv": {
      const windows = /** @type {Window[]} */ (maps);
      const taps = RULES.Conv.taps(layer, space.length);
      const dilation = windows.map((w) => w.dilation);
      const laid = grids(windows.map((w) => w.kernel), dilation, taps);
      const along = windows.map((w, axis) => reads(w, place[axis]));
      const inside = (/** @type {number} */ tap, /** @type {number} */ axis) =>
        along[axis][tap] >= 0 && along[axis][tap] < space[axis];
      return {
        ...laid,
        first,
        channels: channelsRead(layer, inShapes[0][0], channel),
        outside: (i) => !laid.tap(i).every(inside),
        gap: taps && Math.max(...dilation) < 2 ? "·" : "",
      };
    }
    case "ConvTranspose": {
      const along = maps.map((map, axis) =>
        pairs(/** @type {Transposed} */ (map), place[axis]).filter(([x]) => x >= 0 && x < space[axis]),
      );
      const laid = grids(along.map((met) => met.length));
      return { ...laid, first, tap: (i) => laid.tap(i).map((at, axis) => along[axis][at][1]) };
    }
    case "Pool":
    case "Upsample":
      return {
        ...grids(patch.shape, maps.map((map) => (map.kind === "window" ? map.dilation : 1))),
        first: channel,
        outside: (i) => sites[i][0] < 0,
        nothing: layer.kind === "max" ? "outside the map, where nothing is" : undefined,
      };
    case "Dense": {
      const before = mapsBefore(net, node);
      return before ? { ...grids(before.shape.slice(1)), first: 0, maps: before, tap: undefined } : {};
    }
    case "Distance": {
      const rows = layer.prototypes[channel].split("/");
      return grids([rows.length, rows[0].length]);
    }
    case "Norm":
      if (layer.kind === "batch") return { nothing: "the running mean" };
      return layer.kind === "local-response" || !space.length ? {} : { ...grids(space), first };
    default:
      return {};
  }
}

/** The maps that a dense layer reads, where its flat input is maps in a row: pixel for pixel, curves between them
 *  change no place. @param {Net} net @param {Node} node @returns {Maps | null} */
export function mapsBefore(net, { inputs: [name] }) {
  if (name === "input") return null;
  const { kind, layer, inputs, inShapes } = net.node(name);
  if (kind === "Flatten") return count(inShapes[0].slice(1)) > 1 ? { node: inputs[0], shape: inShapes[0] } : null;
  const keeps = kind === "Dropout" || (kind === "Activation" && !layer.function.endsWith("softmax"));
  return keeps ? mapsBefore(net, net.node(name)) : null;
}
