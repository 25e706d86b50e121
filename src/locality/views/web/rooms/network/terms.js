// The terms of a cell laid out for the eye: in which grid each one stands, where in it, and what it is in words.
// Plain data, asked term by term: a normalisation may have a million of them.

import { pairs, reads, span } from "locality/geometry";
import { lift } from "locality/layers/rule";
import { RULES } from "locality/layers";
import { count, offset, placeOf, product, range } from "locality/tensor";

/** @typedef {import("locality/network").Net} Net */
/** @typedef {import("locality/network").Node} Node */
/** @typedef {import("locality/cell").Cell} Cell */
/** @typedef {import("locality/geometry").Window} Window */
/** @typedef {import("locality/geometry").Transposed} Transposed */
/** @typedef {{node: string, place: number[]}} Site */

/**
 * One term. `site` is the input cell that it reads, null where it reads none; `where` says it in words; `outside` is
 * whether it stands beyond the border of the map; `weightAt` is where its weight stands, where that is a parameter.
 * @typedef {object} Term
 * @property {number} input @property {number | null} weight @property {number} product
 * @property {Site | null} site @property {string} where @property {boolean} outside
 * @property {string} tap @property {[string, number] | null} weightAt
 */

/**
 * All terms: grids of `each` terms, `size` = [slices, rows, columns] large with the gaps between taps; `at` gives a
 * term's [slice, row, column]. Where `mapped` is false the terms are a plain list. `gaps` are places that are no taps.
 * @typedef {object} Terms
 * @property {number} count @property {number} each @property {[number, number, number]} size @property {boolean} mapped
 * @property {"taps" | "distance" | null} gaps
 * @property {string[]} names   of the grids
 * @property {(i: number) => [number, number, number]} at
 * @property {(i: number) => Term} term @property {(i: number) => boolean} outside
 * @property {(grid: number) => number} sum   of the products of one grid
 * @property {[string, number] | null} biasAt
 */

/** A cell as it is written: conv1[2, 0, 3]. @param {string} node @param {readonly number[]} place */
export function cellName(node, place) {
  return `${node}[${place.join(", ")}]`;
}

/** @param {Net} net @param {string} name */
export function shapeOf(net, name) {
  return name === "input" ? net.input : net.node(name).shape;
}

/** Where a term's number comes from, and what multiplies it. @param {Net} net @param {Node} node @param {Cell} cell
 *  @returns {Terms} */
export function termsOf(net, node, cell) {
  const terms = cell.patch.data.length;
  const laid = layout(net, node, cell);
  const each = laid.each ?? terms;
  const maps = laid.maps;
  /** @param {number} i @returns {Site | null} */
  const siteOf = (i) => {
    if (cell.sites[i][0] < 0) return null;
    if (maps) return { node: maps.node, place: placeOf(maps.shape, i) };
    return { node: cell.inputs[cell.inputs.length > 1 ? i : 0], place: cell.sites[i] };
  };
  return {
    count: terms,
    each,
    size: laid.size ?? [1, 1, terms],
    mapped: Boolean(laid.at),
    gaps: laid.gaps ?? null,
    names: range(terms ? Math.ceil(terms / each) : 0).map((grid) => laid.name?.(grid) ?? ""),
    at: laid.at ?? ((i) => [0, 0, i]),
    biasAt: biasAt(net, node, cell),
    sum: (grid) => {
      let sum = 0;
      for (let i = grid * each; i < (grid + 1) * each; i++) sum += cell.products.data[i];
      return sum;
    },
    outside: (i) => laid.outside?.(i) ?? false,
    term: (i) => {
      const site = siteOf(i);
      const outside = laid.outside?.(i) ?? false;
      const copy = outside && site ? `copied from ${cellName(site.node, site.place)}` : "";
      const named = site ? cellName(site.node, site.place) : (laid.nothing?.(i) ?? "zero, outside the map");
      return {
        input: cell.patch.data[i],
        weight: cell.weights ? cell.weights.data[i] : null,
        product: cell.products.data[i],
        site,
        where: copy ? `outside the map, ${copy}` : named,
        outside,
        tap: laid.tap?.(i) ?? "",
        weightAt: weightAt(net, node, cell, i, laid.tapAt),
      };
    },
  };
}

/** @typedef {object} Laid
 *  @property {number} [each] @property {[number, number, number]} [size]
 *  @property {(i: number) => [number, number, number]} [at] @property {(grid: number) => string} [name]
 *  @property {(i: number) => boolean} [outside] @property {(i: number) => string} [nothing]
 *  @property {(i: number) => string} [tap] @property {(i: number) => number[]} [tapAt]
 *  @property {"taps" | "distance"} [gaps] @property {{node: string, shape: number[]}} [maps] */

/** @param {Net} net @param {Node} node @param {Cell} cell @returns {Laid} */
function layout(net, node, cell) {
  const [, ...place] = cell.cell;
  const rule = RULES[node.kind];
  const space = (node.inShapes[0] ?? []).slice(1);
  /** @param {number} grid @param {number} each */
  const channel = (grid, each) =>
    `channel ${cell.sites.slice(grid * each, (grid + 1) * each).find((s) => s[0] >= 0)?.[0] ?? "?"}`;
  if (node.kind === "Conv") {
    const windows = /** @type {Window[]} */ (rule.maps(node.layer, node.inShapes));
    const found = rule.taps(node.layer, space.length);
    const taps = found ?? product(windows.map((w) => range(w.kernel)));
    const each = taps.length;
    const from = Math.floor(cell.cell[0] / (node.layer.out_channels / node.layer.groups)) * cell.patch.shape[0];
    const along = windows.map((w, axis) => reads(w, place[axis]));
    return {
      each,
      size: lift(windows.map(span), 1),
      at: (i) =>
        lift(
          taps[i % each].map((tap, axis) => tap * windows[axis].dilation),
          0,
        ),
      name: (grid) => `channel ${from + grid}`,
      outside: (i) => taps[i % each].some((tap, axis) => !(along[axis][tap] >= 0 && along[axis][tap] < space[axis])),
      tap: (i) => `[${taps[i % each].join(", ")}]`,
      gaps: windows.some((w) => w.dilation > 1) ? "distance" : found ? "taps" : undefined,
    };
  }
  if (node.kind === "ConvTranspose") {
    const maps = /** @type {Transposed[]} */ (rule.maps(node.layer, node.inShapes));
    const along = maps.map((map, axis) => pairs(map, place[axis]).filter(([x]) => x >= 0 && x < space[axis]));
    const sizes = along.map((met) => met.length);
    const each = count(sizes);
    const tapAt = (/** @type {number} */ i) => placeOf(sizes, i % each).map((at, axis) => along[axis][at][1]);
    return {
      each,
      size: lift(sizes, 1),
      at: (i) => lift(placeOf(sizes, i % each), 0),
      name: (grid) => channel(grid, each),
      tap: (i) => `[${tapAt(i).join(", ")}]`,
      tapAt,
    };
  }
  if (node.kind === "Pool" || node.kind === "Upsample") {
    const { shape } = cell.patch;
    const maps = rule.maps(node.layer, node.inShapes) ?? [];
    const step = maps.map((map) => (map.kind === "window" ? map.dilation : 1));
    return {
      size: lift(
        shape.map((n, axis) => (n - 1) * step[axis] + 1),
        1,
      ),
      at: (i) =>
        lift(
          placeOf(shape, i).map((x, axis) => x * step[axis]),
          0,
        ),
      name: () => `channel ${cell.cell[0]}`,
      outside: (i) => cell.sites[i][0] < 0,
      nothing: () => (node.layer.kind === "max" ? "outside the map, where nothing is" : "zero, outside the map"),
      gaps: step.some((d) => d > 1) ? "distance" : undefined,
    };
  }
  if (node.kind === "Dense") {
    const maps = mapsBefore(net, node);
    if (!maps) return {};
    const inside = maps.shape.slice(1);
    const each = count(inside);
    return {
      each,
      size: lift(inside, 1),
      at: (i) => lift(placeOf(inside, i % each), 0),
      name: (grid) => `channel ${grid}`,
      maps,
    };
  }
  if (node.kind === "Norm") {
    if (node.layer.kind === "batch") return { nothing: () => "the running mean" };
    if (node.layer.kind === "local-response" || !space.length) return {};
    const each = count(space);
    return {
      each,
      size: lift(space, 1),
      at: (i) => lift(placeOf(space, i % each), 0),
      name: (grid) => channel(grid, each),
    };
  }
  return {};
}

/** The maps that a dense layer reads, where its flat input is maps in a row: pixel for pixel, curves between them
 *  change no place. @param {Net} net @param {Node} node */
export function mapsBefore(net, node) {
  let name = node.inputs[0];
  while (name !== "input") {
    const before = net.node(name);
    if (before.kind === "Flatten") {
      const shape = before.inShapes[0];
      return count(shape.slice(1)) > 1 ? { node: before.inputs[0], shape } : null;
    }
    const keeps =
      before.kind === "Dropout" || (before.kind === "Activation" && !before.layer.function.endsWith("softmax"));
    if (!keeps) return null;
    name = before.inputs[0];
  }
  return null;
}

/** @param {Net} net @param {Node} node @param {Cell} cell @param {number} i @param {((i: number) => number[])} [tapAt]
 *  @returns {[string, number] | null} */
function weightAt(net, node, cell, i, tapAt) {
  if (!["Conv", "ConvTranspose", "Dense"].includes(node.kind)) return null;
  const key = net.parameterKey(node, "weight");
  if (!tapAt) return [key, cell.cell[0] * cell.patch.data.length + i];
  const shape = node.parameters.weight;
  return [key, offset(shape, [cell.sites[i][0], cell.cell[0] % shape[1], ...tapAt(i)])];
}

/** @param {Net} net @param {Node} node @param {Cell} cell @returns {[string, number] | null} */
function biasAt(net, node, cell) {
  const has = ["Conv", "ConvTranspose", "Dense"].includes(node.kind) && node.parameters.bias;
  return has ? [net.parameterKey(node, "bias"), cell.cell[0]] : null;
}
