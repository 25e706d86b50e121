// Long networks fold: nodes that belong together become one block that shows its output and opens on a click.

/** @typedef {import("locality/network").Net} Net */
/** @typedef {import("locality/network").Node} Node */

/**
 * What stands in one column: a node alone (`nodes` has one name), or a folded block. `output` is the node whose maps
 * are drawn, `inputs` are the items read, `block` is the name of the block an item belongs to, open or not.
 * @typedef {{id: string, nodes: string[], output: string, inputs: string[], block: string | null, folded: boolean}} Item
 */

/** Networks up to this many nodes are shown whole. */
export const FEW = 24;

/**
 * The items to draw, in the network's order, "input" first.
 * @param {Net} net @param {Set<string>} open   the blocks that are opened @returns {Item[]}
 */
export function itemsOf(net, open) {
  const names = net.nodes.map((node) => node.name);
  const block = net.nodes.length > FEW ? blocksOf(net) : new Map();
  /** @type {Map<string, string>} node to item */
  const home = new Map([["input", "input"]]);
  /** @type {Item[]} */
  const items = [{ id: "input", nodes: ["input"], output: "input", inputs: [], block: null, folded: false }];
  /** @type {Map<string, Item>} */
  const folded = new Map();
  for (const name of names) {
    const node = net.node(name);
    const key = block.get(name) ?? null;
    let item = key !== null && !open.has(key) ? folded.get(key) : undefined;
    if (!item) {
      const folds = key !== null && !open.has(key);
      item = { id: folds ? `[${key}]` : name, nodes: [], output: name, inputs: [], block: key, folded: folds };
      items.push(item);
      if (folds) folded.set(key, item);
    }
    item.nodes.push(name);
    item.output = name;
    home.set(name, item.id);
    for (const source of node.inputs) {
      const from = /** @type {string} */ (home.get(source));
      if (from !== item.id && !item.inputs.includes(from)) item.inputs.push(from);
    }
  }
  return items;
}

/**
 * Which block each node belongs to; nodes that stand alone are left out. A block is a run of consecutive nodes with
 * one name in front ("layer1.0", "inception3a"), or, where names say nothing, one that ends with a pooling; only its
 * last node is read from outside.
 * @param {Net} net @returns {Map<string, string>}
 */
function blocksOf(net) {
  const numbers = new Map(net.nodes.map((node, i) => [node.name, i]));
  let stage = 1;
  /** @type {{key: string, from: number, to: number}[]} */
  const runs = [];
  net.nodes.forEach((node, i) => {
    const key = prefix(node.name) ?? (node.shape.length > 1 ? `stage ${stage}` : null); // the classifier stays open
    const last = runs[runs.length - 1];
    if (key === null) return;
    if (last && last.key === key && last.to === i) last.to = i + 1;
    else runs.push({ key, from: i, to: i + 1 });
    if (node.kind === "Pool") stage += 1;
  });
  const blocks = new Map();
  const used = new Set();
  for (const { key, from, to } of runs) {
    const inner = net.nodes.slice(from, to - 1);
    const escapes = inner.some((node) => net.readers(node.name).some((reader) => Number(numbers.get(reader.name)) >= to));
    if (to - from < 2 || escapes || used.has(key)) continue;
    used.add(key);
    for (const node of net.nodes.slice(from, to)) blocks.set(node.name, key);
  }
  return blocks;
}

/** The part of a name that names its block, or null: layer1.0.conv1 gives layer1.0, features.3 gives none. @param {string} name */
function prefix(name) {
  const parts = name.split(".");
  const isNumber = (/** @type {string} */ part) => /^\d+$/.test(part);
  if (parts.length < 2 || (parts.length === 2 && isNumber(parts[1]))) return null;
  return parts.length > 2 && isNumber(parts[1]) ? `${parts[0]}.${parts[1]}` : parts[0];
}
