// The network drawn on one canvas that stays in view while its long picture scrolls beneath. Every column is painted
// once and kept; pointing at something only draws frames and lines over it.

import { el } from "locality/parts/dom";
import { drawCells, fitCanvas, mapImage, mapSize, token } from "locality/parts/map";
import { colourOf, isDark } from "locality/parts/colour";
import { hit, rowsOf, tileAt } from "locality/rooms/network/layout";

/** @typedef {import("locality/rooms/network/layout").Layout} Layout */
/** @typedef {import("locality/rooms/network/layout").Place} Place */
/** @typedef {import("locality/parts/colour").Range} Range */
/** @typedef {import("locality/tensor").Tensor} Tensor */

/** A cell of the network: `place` is (channel, *space). @typedef {{node: string, place: number[]}} Spot */

/** What is drawn over the columns: whole tiles framed, or the `places` of a field on them, in blue or teal; and lines
 *  from the tiles that are read to the one pointed at.
 *  @typedef {{node: string, channels: Iterable<number>, places?: number[][], kind: "input" | "output"}} Frame
 *  @typedef {{frames: Frame[], lines: {from: string, channel: number, to: string, into: number}[]}} Marks */

/** What the columns show. A value that is null is not known yet, and is asked for with `want`; `depthOf` is the slice
 *  of a volume; `labelsOf` gives two lines over a column; `bars` are the classes at the end.
 *  @typedef {{layout: Layout, valueOf: (name: string) => Tensor | null, want: (name: string) => void,
 *    rangeOf: (name: string, channel: number) => Range, depthOf: (name: string) => number,
 *    labelsOf: (place: Place) => string[], bars: {name: string, share: number}[] | null}} Content */

/** How many pixels the classes at the end take: their names, bars and shares. @param {{name: string}[] | null} bars */
export const barsWidth = (bars) => (bars ? nameWidth(bars) + 136 : 0);

/** @param {{name: string}[]} bars */
const nameWidth = (bars) => Math.min(84, 10 + 8 * Math.max(...bars.map(({ name }) => name.length)));

/**
 * @param {{onPoint: (spot: Spot | null) => void, onPick: (spot: Spot) => void, onBlock: (block: string) => void, onKey: (event: KeyboardEvent) => void}} given
 */
export function columns({ onPoint, onPick, onBlock, onKey }) {
  const canvas = el("canvas", { class: "columns-canvas", tabIndex: 0, role: "application", "aria-roledescription": "network",
    "aria-label": "The network's maps. Left and right change the layer, up and down the map, Shift with arrows the cell; Enter shows its arithmetic.", "aria-describedby": "spot" });
  const sizer = el("div", { class: "columns-sizer" }, canvas);
  const scroller = el("div", { class: "columns" }, sizer);
  /** @type {Content | null} */
  let content = null;
  /** @type {Marks} */
  let marks = { frames: [], lines: [] };
  /** @type {Map<string, HTMLCanvasElement>} */
  const painted = new Map();
  /** @type {CanvasRenderingContext2D | null} */
  let context = null;
  let wide = 0;
  let waiting = 0;

  scroller.addEventListener("scroll", later);
  canvas.addEventListener("pointermove", (event) => onPoint(spotAt(event)));
  canvas.addEventListener("pointerleave", () => onPoint(null));
  canvas.addEventListener("keydown", onKey);
  canvas.addEventListener("click", (event) => {
    const block = blockAt(event);
    if (block !== null) return onBlock(block);
    const spot = spotAt(event);
    if (spot) onPick(spot);
  });

  /** @param {MouseEvent} event */
  function pointOf(event) {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left + scroller.scrollLeft, y: event.clientY - box.top };
  }

  /** @param {MouseEvent} event @returns {Spot | null} */
  function spotAt(event) {
    if (!content) return null;
    const { x, y } = pointOf(event);
    const found = hit(content.layout, x, y);
    canvas.style.cursor = found || blockAt(event) !== null ? "pointer" : "default";
    if (!found) return null;
    const { place, channel, across, down } = found;
    const value = content.valueOf(place.item.output);
    if (place.flat || !value) return { node: place.item.output, place: [channel] };
    const { height, width } = mapSize(value.shape);
    const cell = [Math.floor(down * height), Math.floor(across * width)];
    const axes = value.shape.length - 1;
    const depth = axes === 3 ? [content.depthOf(place.item.output)] : [];
    return { node: place.item.output, place: [channel, ...(axes === 1 ? [cell[1]] : [...depth, ...cell])] };
  }

  /** The block whose label is under the pointer. @param {MouseEvent} event */
  function blockAt(event) {
    if (!content) return null;
    const { x, y } = pointOf(event);
    const over = content.layout.places.find((place) => place.item.block !== null && x >= place.x - 6 && x < place.x + Math.max(place.width, 72) + 6 && y >= place.y - 50 && y < place.y - 4);
    return over ? over.item.block : null;
  }

  function later() {
    if (!waiting) waiting = requestAnimationFrame(() => ((waiting = 0), draw()));
  }

  /** Draw what is in view: the kept columns, then the marks. */
  function draw() {
    if (!content || !context) return;
    const { layout } = content;
    const left = scroller.scrollLeft;
    context.clearRect(0, 0, wide, layout.height);
    context.save();
    context.translate(-left, 0);
    drawWires(context, layout, left);
    for (const place of layout.places) {
      if (place.x + place.width < left - 80 || place.x > left + wide + 80) continue;
      drawPlace(context, place);
    }
    drawMarks(context);
    context.restore();
    if (!content.bars) return;
    // The classes stay in view at the right edge, over whatever scrolls beneath.
    const x = Math.min(layout.width - left, wide - barsWidth(content.bars));
    context.fillStyle = token("panel");
    context.fillRect(x - 14, 0, wide, layout.height);
    drawBars(context, x, layout.height, content.bars);
  }

  /** @param {CanvasRenderingContext2D} target @param {Place} place */
  function drawPlace(target, place) {
    if (!content) return;
    const name = place.item.output;
    const value = content.valueOf(name);
    if (value) {
      const kept = painted.get(place.item.id) ?? paint(place, value);
      painted.set(place.item.id, kept);
      target.imageSmoothingEnabled = false;
      target.drawImage(kept, place.x, place.y, place.width, place.height);
    } else {
      content.want(name);
      target.fillStyle = token("soft");
      target.fillRect(place.x, place.y, place.width, place.height);
    }
    target.lineWidth = 1;
    const [title, shape] = content.labelsOf(place);
    const middle = place.x + place.width / 2;
    target.textAlign = "center";
    target.font = "600 14px system-ui, sans-serif";
    target.fillStyle = place.item.block !== null ? token("input") : token("ink");
    target.fillText(trimmed(target, title, Math.max(place.width, 56) + 46), middle, place.y - 26);
    target.font = "13px system-ui, sans-serif";
    target.fillStyle = token("muted");
    // Where "9 layers · 112 × 14 × 14" would run into the next column's, the shape alone.
    const fits = target.measureText(shape).width <= Math.max(place.width, 56) + 26;
    target.fillText(fits ? shape : shape.slice(shape.indexOf("layers · ") < 0 ? 0 : shape.indexOf("·") + 2), middle, place.y - 9);
  }

  /** A column's maps at the screen's own resolution. @param {Place} place @param {Tensor} value */
  function paint(place, value) {
    const given = /** @type {Content} */ (content);
    const kept = document.createElement("canvas");
    const target = fitCanvas(kept, place.width, place.height);
    const name = place.item.output;
    const frame = name === "input" ? token("input") : token("line");
    if (place.flat) {
      const rows = rowsOf(place);
      const range = given.rangeOf(name, 0);
      for (let i = 0; i < place.count; i++) {
        target.fillStyle = colourOf(value.data[i], range);
        target.fillRect(Math.floor(i / rows) * place.tile, (i % rows) * place.tileHeight, place.tile, place.tileHeight);
      }
      target.strokeStyle = frame;
      target.strokeRect(0.5, 0.5, place.width - 1, place.height - 1);
      return kept;
    }
    for (let channel = 0; channel < place.count; channel++) {
      const { x, y } = tileAt({ ...place, x: 0, y: 0 }, channel);
      const image = mapImage(value, channel, given.rangeOf(name, channel), given.depthOf(name));
      target.imageSmoothingEnabled = image.width > place.tile * 2;
      if (target.imageSmoothingEnabled) target.drawImage(image, x, y, place.tile, place.tileHeight);
      else drawCells(target, image, x, y, place.tile, place.tileHeight);
      target.strokeStyle = frame;
      target.lineWidth = 1;
      target.strokeRect(x + 0.5, y + 0.5, place.tile - 1, place.tileHeight - 1);
    }
    return kept;
  }

  /** The lines between columns; what jumps over a column passes above it. @param {CanvasRenderingContext2D} target @param {Layout} layout @param {number} left */
  function drawWires(target, layout, left) {
    target.strokeStyle = token("line");
    target.lineWidth = 1.5;
    for (const place of layout.places) {
      for (const id of place.item.inputs) {
        const from = /** @type {Place} */ (layout.places.find((other) => other.item.id === id));
        if (place.x < left - 80 || from.x + from.width > left + wide + 80) continue;
        const [ax, ay] = [from.x + from.width + 3, from.y + from.height / 2];
        const [bx, by] = [place.x - 5, place.y + place.height / 2];
        target.beginPath();
        target.moveTo(ax, ay);
        const between = layout.places.filter((other) => other.rank > from.rank && other.rank < place.rank);
        const free = (/** @type {number} */ lane) => !between.some((other) => other.lane === lane);
        if (place.rank - from.rank > 1 && free(from.lane) && from.lane !== place.lane) {
          target.lineTo(bx - 56, ay);
          target.bezierCurveTo(bx - 20, ay, bx - 36, by, bx, by);
        } else if (place.rank - from.rank > 1 && free(place.lane) && from.lane !== place.lane) {
          target.bezierCurveTo(ax + 36, ay, ax + 20, by, ax + 56, by);
          target.lineTo(bx, by);
        } else if (!free(place.lane)) {
          const top = Math.min(from.y, place.y, ...between.filter((other) => other.lane === place.lane).map((other) => other.y)) - 58;
          target.bezierCurveTo(ax + 26, ay, ax + 4, top, ax + 44, top);
          target.lineTo(bx - 44, top);
          target.bezierCurveTo(bx - 4, top, bx - 26, by, bx, by);
        } else target.bezierCurveTo(ax + 24, ay, bx - 24, by, bx, by);
        target.stroke();
        target.beginPath();
        target.moveTo(bx - 6, by - 4);
        target.lineTo(bx, by);
        target.lineTo(bx - 6, by + 4);
        target.stroke();
      }
    }
  }

  /** @param {CanvasRenderingContext2D} target @param {number} x @param {number} height @param {{name: string, share: number}[]} bars */
  function drawBars(target, x, height, bars) {
    const row = Math.min(26, (height - 80) / bars.length);
    const top = Math.max(64, (height - row * bars.length) / 2);
    const names = nameWidth(bars);
    const most = bars.reduce((best, bar, i) => (bar.share > bars[best].share ? i : best), 0);
    target.textAlign = "left";
    bars.forEach(({ name, share }, i) => {
      const y = top + i * row;
      target.font = `${i === most ? 600 : 400} 13px system-ui, sans-serif`;
      target.fillStyle = i === most ? token("ink") : token("muted");
      target.fillText(trimmed(target, name, names - 6), x, y + row / 2 + 4);
      target.fillStyle = token("soft");
      target.fillRect(x + names, y + row * 0.2, 60, row * 0.6);
      target.fillStyle = token("output");
      target.fillRect(x + names, y + row * 0.2, Math.max(share > 0 ? 1 : 0, 60 * share), row * 0.6);
      target.fillStyle = i === most ? token("ink") : token("muted");
      target.fillText(`${(100 * share).toFixed(share >= 0.9995 ? 0 : 1)} %`, x + names + 65, y + row / 2 + 4);
    });
  }

  /** @param {CanvasRenderingContext2D} target */
  function drawMarks(target) {
    const { layout } = /** @type {Content} */ (content);
    target.lineWidth = 1.2;
    target.globalAlpha = marks.lines.length > 40 ? 0.35 : 0.8;
    target.strokeStyle = token("input");
    for (const { from, channel, to, into } of marks.lines) {
      const [a, b] = [layout.byNode.get(from), layout.byNode.get(to)];
      if (!a || !b || a === b) continue;
      const [start, end] = [tileAt(a, channel), tileAt(b, into)];
      curve(target, start.x + a.tile, start.y + a.tileHeight / 2, end.x, end.y + b.tileHeight / 2);
    }
    target.globalAlpha = 1;
    for (const { node, channels, places, kind } of marks.frames) {
      const place = layout.byNode.get(node);
      const value = place?.item.output === node ? content?.valueOf(node) : null;
      if (!place || !value || (place.flat && places)) continue;
      const { height, width } = mapSize(value.shape);
      const [sx, sy] = [place.tile / width, place.tileHeight / height];
      const boxes = !places ? [[-1, -1, place.tile + 2, place.tileHeight + 2]] : places.some((axis) => !axis.length) ? []
        : runs(places.length > 1 ? places[places.length - 2] : [0]).flatMap(([top, bottom]) => runs(places[places.length - 1])
          .map(([left, right]) => [left * sx, top * sy, Math.max(2, (right - left + 1) * sx), Math.max(2, (bottom - top + 1) * sy)]));
      for (const channel of channels) {
        const { x, y } = tileAt(place, channel);
        for (const [left, top, wide, high] of boxes) {
          if (places) stroke(target, isDark() ? "#000" : "#fff", 3.5, x + left, y + top, wide, high);
          stroke(target, token(kind), !places && kind === "output" ? 3 : 1.9, x + left, y + top, wide, high);
        }
      }
    }
  }

  return {
    element: scroller,
    canvas,
    /** Show another layout or other values. @param {Content} given */
    show(given) {
      content = given;
      painted.clear();
      wide = Math.max(1, scroller.clientWidth);
      const total = given.layout.width + barsWidth(given.bars);
      sizer.style.width = `${Math.max(total, wide)}px`;
      context = fitCanvas(canvas, wide, given.layout.height);
      draw();
    },
    /** A node's values have arrived. */
    arrived: later,
    /** Values or colours changed: paint every column anew. */
    repaint() {
      painted.clear();
      draw();
    },
    /** @param {Marks} given */
    mark(given) {
      marks = given;
      draw();
    },
    /** Scroll so that a node's column is in view. @param {string} name */
    reveal(name) {
      const place = content?.layout.byNode.get(name);
      if (!place) return;
      if (place.x < scroller.scrollLeft + 20) scroller.scrollLeft = place.x - 80;
      else if (place.x + place.width > scroller.scrollLeft + wide - 20) scroller.scrollLeft = place.x + place.width - wide + 80;
    },
  };
}

/** @param {CanvasRenderingContext2D} target @param {string} colour @param {number} line @param {number} x @param {number} y @param {number} width @param {number} height */
function stroke(target, colour, line, x, y, width, height) {
  target.strokeStyle = colour;
  target.lineWidth = line;
  target.strokeRect(x, y, width, height);
}

/** @param {CanvasRenderingContext2D} target @param {number} ax @param {number} ay @param {number} bx @param {number} by */
function curve(target, ax, ay, bx, by) {
  target.beginPath();
  target.moveTo(ax, ay);
  target.bezierCurveTo((ax + bx) / 2, ay, (ax + bx) / 2, by, bx, by);
  target.stroke();
}

/** Sorted numbers as stretches without gaps; more than eight become one, from first to last. @param {number[]} sorted */
function runs(sorted) {
  /** @type {[number, number][]} */
  const found = [];
  for (const x of sorted) {
    const last = found[found.length - 1];
    if (last && x === last[1] + 1) last[1] = x;
    else found.push([x, x]);
  }
  return found.length > 8 ? /** @type {[number, number][]} */ ([[sorted[0], sorted[sorted.length - 1]]]) : found;
}

/** A text cut in its middle until it fits. @param {CanvasRenderingContext2D} context @param {string} text @param {number} width */
function trimmed(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let keep = text.length - 1;
  while (keep > 2 && context.measureText(`${text.slice(0, keep / 2)}…${text.slice(-keep / 2)}`).width > width) keep -= 1;
  return `${text.slice(0, Math.ceil(keep / 2))}…${text.slice(text.length - Math.floor(keep / 2))}`;
}
