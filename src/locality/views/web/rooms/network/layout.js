// Where everything stands, by rule: one column for each step of the longest way, one lane for each branch, maps in a
// grid inside their column. Integers and plain data; nothing is drawn here.

/** @typedef {import("locality/rooms/network/blocks").Item} Item */

/**
 * One item's place: `x`, `y`, `width`, `height` of its maps; cells of `tile` pixels' width and `tileHeight` height in a
 * grid of `columns`. A flat item (`flat`) is one grid of its numbers, `tile` pixels each.
 * @typedef {object} Place
 * @property {Item} item @property {number} rank @property {number} lane @property {boolean} flat
 * @property {number} x @property {number} y @property {number} width @property {number} height
 * @property {number} count   channels, or features where flat
 * @property {number} columns @property {number} tile @property {number} tileHeight @property {number} gap
 */

/** @typedef {{places: Place[], width: number, height: number, byNode: Map<string, Place>}} Layout */

const HEAD = 64; // room for the labels over a column
const [LEAST_GAP, MOST_GAP] = [30, 84]; // between columns
const LANE_GAP = 74; // between lanes: labels and skips pass here

/**
 * @param {Item[]} items @param {(name: string) => number[]} shapeOf @param {number} tall   pixels for one lane
 * @param {number} [wide]   pixels in view: the columns move apart or together to fill them, as far as that goes
 * @returns {Layout}
 */
export function layOut(items, shapeOf, tall, wide = 0) {
  const ranks = ranksOf(items);
  const lanes = lanesOf(items, ranks);
  const laneCount = Math.max(...lanes.values()) + 1;
  const room = laneCount === 1 ? tall : Math.max(170, Math.round((tall * 1.5) / laneCount));
  const alone = cutsOf(items, ranks);
  const places = items.map((item) => measure(item, shapeOf(item.output), alone.has(item) ? tall : room, Number(ranks.get(item.id)), Number(lanes.get(item.id))));
  const laneHeights = Array.from({ length: laneCount }, (_, lane) => Math.max(60, ...places.filter((p) => p.lane === lane && !(laneCount > 1 && alone.has(p.item))).map((p) => p.height)));
  const skips = items.some((item) => item.inputs.some((from) => Number(ranks.get(item.id)) - Number(ranks.get(from)) > 1)) ? 40 : 0;
  const rankCount = Math.max(...ranks.values()) + 1;
  const ranked = Array.from({ length: rankCount }, (_, rank) => places.filter((place) => place.rank === rank));
  const widths = ranked.map((here) => Math.max(56, ...here.map((place) => place.width)));
  const spare = (wide - 48 - widths.reduce((sum, width) => sum + width, 0)) / Math.max(1, rankCount - 1);
  const gap = Math.round(Math.min(MOST_GAP, Math.max(LEAST_GAP, spare)));
  const top = HEAD + skips;
  const all = Math.max(laneHeights.reduce((sum, one) => sum + one + LANE_GAP, -LANE_GAP), ...places.filter((place) => alone.has(place.item)).map((place) => place.height));
  let x = 24;
  for (let rank = 0; rank < rankCount; rank++) {
    const width = widths[rank];
    for (const place of ranked[rank]) {
      place.x = Math.round(x + (width - place.width) / 2);
      const above = laneHeights.slice(0, place.lane).reduce((sum, height) => sum + height + LANE_GAP, top);
      place.y = Math.round(alone.has(place.item) ? top + (all - place.height) / 2 : above + (laneHeights[place.lane] - place.height) / 2);
    }
    x += width + gap;
  }
  const height = top + all + 16;
  const byNode = new Map(places.flatMap((place) => place.item.nodes.map((name) => /** @type {[string, Place]} */ ([name, place]))));
  return { places, width: x - gap + 24, height, byNode };
}

/** How many steps an item is away from the input, on the longest way. @param {Item[]} items */
function ranksOf(items) {
  /** @type {Map<string, number>} */
  const ranks = new Map();
  for (const item of items) ranks.set(item.id, Math.max(-1, ...item.inputs.map((from) => Number(ranks.get(from)))) + 1);
  return ranks;
}

/** The items through which every way passes: they have the whole height. @param {Item[]} items @param {Map<string, number>} ranks */
function cutsOf(items, ranks) {
  const rank = (/** @type {string} */ id) => Number(ranks.get(id));
  const crossed = new Set(items.flatMap((item) => item.inputs.flatMap((from) => Array.from({ length: Math.max(0, rank(item.id) - rank(from) - 1) }, (_, i) => rank(from) + 1 + i))));
  return new Set(items.filter((item) => !crossed.has(rank(item.id)) && items.filter((other) => rank(other.id) === rank(item.id)).length === 1));
}

/**
 * One lane for each branch: a chain stays in its lane from the fork to the join; another branch takes the first lane
 * that is free on its whole way.
 * @param {Item[]} items @param {Map<string, number>} ranks
 */
function lanesOf(items, ranks) {
  /** @type {Map<string, number>} */
  const lanes = new Map();
  const readers = new Map(items.map((item) => [item.id, items.filter((other) => other.inputs.includes(item.id))]));
  /** @type {[number, number][][]} for each lane the stretches of ranks that are taken */
  const taken = [];
  for (const item of items) {
    if (lanes.has(item.id)) continue;
    const chain = [item];
    for (;;) {
      const last = chain[chain.length - 1];
      const next = (readers.get(last.id) ?? []).filter((reader) => !lanes.has(reader.id) && mainInput(reader, ranks) === last.id);
      if (next.length === 0) break;
      chain.push(next[0]);
    }
    const from = Number(ranks.get(chain[0].id));
    const to = Number(ranks.get(chain[chain.length - 1].id));
    let lane = item.inputs.length ? Math.min(...item.inputs.map((one) => lanes.get(one) ?? 0)) : 0;
    while ((taken[lane] ?? []).some(([a, b]) => a <= to && from <= b)) lane += 1;
    (taken[lane] ??= []).push([from, to]);
    for (const one of chain) lanes.set(one.id, lane);
  }
  return lanes;
}

/** The input that a join follows: the one with the longest way. @param {Item} item @param {Map<string, number>} ranks */
function mainInput(item, ranks) {
  return item.inputs.reduce((best, one) => (Number(ranks.get(one)) > Number(ranks.get(best)) ? one : best), item.inputs[0]);
}

/** @param {Item} item @param {number[]} shape @param {number} room @param {number} rank @param {number} lane @returns {Place} */
function measure(item, shape, room, rank, lane) {
  const count = shape[0];
  const place = { item, rank, lane, x: 0, y: 0, count, flat: shape.length === 1, gap: 0, columns: 1, tile: 0, tileHeight: 0, width: 0, height: 0 };
  if (place.flat) {
    const cell = Math.max(4, Math.min(26, Math.floor(room / count)));
    const rows = Math.min(count, Math.max(1, Math.floor(room / cell)));
    place.columns = Math.ceil(count / rows);
    place.tile = place.columns === 1 ? Math.max(cell, 18) : cell;
    place.tileHeight = cell;
    return { ...place, width: place.columns * place.tile, height: Math.ceil(count / place.columns) * cell };
  }
  const [high, wide] = shape.length === 2 ? [1, shape[1]] : shape.slice(-2);
  const aspect = Math.min(4, Math.max(shape.length === 2 ? 0.12 : 0.25, high / wide));
  const gap = count > 64 ? 2 : count > 16 ? 4 : 7;
  const least = count <= 8 ? 56 : count <= 16 ? 34 : count <= 64 ? 26 : count <= 256 ? 20 : 15;
  for (let columns = 1; ; columns++) {
    const rows = Math.ceil(count / columns);
    const height = (room - (rows - 1) * gap) / rows;
    const most = count === 1 ? 150 : Math.max(least, Math.min(104, 150 / columns)); // grids do not spread sideways
    const width = Math.floor(Math.min(most, height / aspect));
    if (width >= least || columns >= count) {
      const tile = Math.max(width, 8);
      const tileHeight = Math.max(6, Math.round(tile * aspect));
      return { ...place, gap, columns, tile, tileHeight, width: columns * (tile + gap) - gap, height: rows * (tileHeight + gap) - gap };
    }
  }
}

/** The corner of a channel's tile, or of a feature's cell. @param {Place} place @param {number} channel */
export function tileAt(place, channel) {
  const row = place.flat ? channel % rowsOf(place) : Math.floor(channel / place.columns);
  const column = place.flat ? Math.floor(channel / rowsOf(place)) : channel % place.columns;
  return { x: place.x + column * (place.tile + place.gap), y: place.y + row * (place.tileHeight + place.gap) };
}

/** @param {Place} place */
export function rowsOf(place) {
  return Math.ceil(place.count / place.columns);
}

/**
 * What is under a point: the item, its channel, and the fractions across and down its tile.
 * @param {Layout} layout @param {number} x @param {number} y
 * @returns {{place: Place, channel: number, across: number, down: number} | null}
 */
export function hit(layout, x, y) {
  for (const place of layout.places) {
    if (x < place.x || y < place.y || x >= place.x + place.width || y >= place.y + place.height) continue;
    const column = Math.floor((x - place.x) / (place.tile + place.gap));
    const row = Math.floor((y - place.y) / (place.tileHeight + place.gap));
    const across = (x - place.x - column * (place.tile + place.gap)) / place.tile;
    const down = (y - place.y - row * (place.tileHeight + place.gap)) / place.tileHeight;
    const channel = place.flat ? column * rowsOf(place) + row : row * place.columns + column;
    return across < 1 && down < 1 && channel < place.count ? { place, channel, across, down } : null;
  }
  return null;
}
