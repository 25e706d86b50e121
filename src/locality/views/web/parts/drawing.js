// A pad to draw on, with mouse, finger, pen or keys.

import { choice, slider } from "locality/parts/controls";
import { button, el } from "locality/parts/dom";
import { canvasPicture } from "locality/picturefile";

/** @typedef {import("locality/source").Picture} Picture */
/** @typedef {{colour: string, thickness: number, points: number[][]}} Stroke */

/** @type {[string, string][]} */
const COLOURS = [
  ["#000000", "black"],
  ["#d62718", "red"],
  ["#f08c00", "orange"],
  ["#ffd43b", "yellow"],
  ["#2b8a3e", "green"],
  ["#1c7ed6", "blue"],
  ["#7048e8", "violet"],
  ["#ffffff", "white"],
];
/** @type {[string, string][]} */
const GREYS = [
  ["#ffffff", "white"],
  ["#808080", "grey"],
  ["#000000", "black"],
];

/**
 * `onDraw` gets the drawing while it is drawn, once a frame at most; `empty` says that nothing is on the pad.
 * @param {{height: number, width: number, inks: "white" | "greys" | "colours",
 *   onDraw: (picture: Picture, empty: boolean) => void}} given
 *   the pad's size in pixels; white ink and greys stand on black, colours on white
 */
export function drawingPad({ height, width, inks, onDraw }) {
  const [ground, first] = inks === "colours" ? ["#ffffff", "#000000"] : ["#000000", "#ffffff"];
  const longest = Math.max(height, width);
  let colour = first;
  /** @type {Stroke[]} */
  let strokes = [];
  /** @type {Stroke | null} */
  let stroke = null; // the one that is being drawn
  let pen = [width / 2, height / 2]; // where the keys move it
  let asked = 0;

  const canvas = el("canvas", {
    width,
    height,
    tabIndex: 0,
    role: "application",
    "aria-label": "Drawing pad",
    "aria-description":
      "Draw with mouse, finger or pen. Keys: arrows move the pen, with Shift finely; Space puts it down or lifts it; " +
      "Control and Z takes a stroke back.",
    onpointerdown: down,
    onpointermove: move,
    onpointerup: up,
    onpointercancel: up,
    onkeydown: key,
    onfocus: cursor,
    onblur: () => (lift(), cursor()),
  });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const over = el("canvas", { width, height, "aria-hidden": "true" });
  const overlay = /** @type {CanvasRenderingContext2D} */ (over.getContext("2d"));
  const thickness = slider({
    label: "Thickness",
    min: 1,
    max: Math.round(longest / 5),
    value: Math.round(longest / (inks === "white" ? 13 : 24)),
    onInput: cursor,
  });
  const said = el("output", { class: "muted" });
  const undo = button("Undo", takeBack, { "aria-label": "Undo the last stroke" });
  const wipe = button("Clear", clear, { "aria-label": "Clear the drawing" });
  const palette =
    inks === "white"
      ? null
      : choice({
          label: "Ink",
          options: inks === "greys" ? GREYS : COLOURS,
          value: first,
          onInput: (ink) => (colour = ink),
        });
  const element = el(
    "div",
    { class: "drawing" },
    el("div", { class: "drawing-pad", style: `aspect-ratio: ${width} / ${height}` }, canvas, over),
    el(
      "div",
      { class: "drawing-tools" },
      palette?.element,
      thickness.element,
      el("div", { class: "controls" }, undo, wipe),
      el("p", { class: "muted" }, "Mouse, finger or pen. By keys: arrows move, Space inks, Control+Z takes back."),
      said,
    ),
  );

  /** Where an event happened, in pixels of the pad. @param {PointerEvent} event */
  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
  }

  /** @param {PointerEvent} event */
  function down(event) {
    if (!event.isPrimary || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    begin(place(event));
  }

  /** @param {PointerEvent} event */
  function move(event) {
    if (!stroke || !canvas.hasPointerCapture(event.pointerId)) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const one of passed.length ? passed : [event]) extend(place(one));
  }

  /** @param {PointerEvent} event */
  function up(event) {
    if (event.isPrimary) lift();
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const step = longest / (event.shiftKey ? 140 : 35);
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (by) {
      pen = [Math.min(width, Math.max(0, pen[0] + by[0])), Math.min(height, Math.max(0, pen[1] + by[1]))];
      if (stroke) extend(pen);
    } else if (event.key === " ") stroke ? lift() : begin(pen);
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) takeBack();
    else return;
    event.preventDefault();
    cursor();
    const [column, row] = pen.map(Math.round);
    said.textContent = `The pen is ${stroke ? "down" : "up"} at column ${column}, row ${row} of ${width}x${height}.`;
  }

  /** The pen as the keys move it, drawn over the picture and not into it. */
  function cursor() {
    overlay.clearRect(0, 0, width, height);
    if (!canvas.matches(":focus-visible")) return;
    for (const [line, style] of /** @type {const} */ ([
      [5, "#000000"],
      [2, "#ffb05c"],
    ])) {
      overlay.lineWidth = (line * longest) / 400;
      overlay.strokeStyle = style;
      overlay.beginPath();
      overlay.arc(pen[0], pen[1], Math.max(longest / 60, thickness.value / 2), 0, 2 * Math.PI);
      overlay.stroke();
    }
  }

  /** @param {number[]} at */
  function begin(at) {
    stroke = { colour, thickness: thickness.value, points: [at] };
    strokes.push(stroke);
    ink(stroke, 0);
  }

  /** @param {number[]} at */
  function extend(at) {
    if (!stroke) return;
    stroke.points.push(at);
    ink(stroke, stroke.points.length - 1);
  }

  function lift() {
    stroke = null;
  }

  /** Draw a stroke from one of its points on. @param {Stroke} line @param {number} from */
  function ink({ colour, thickness, points }, from) {
    Object.assign(context, { strokeStyle: colour, lineWidth: thickness, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    const [x, y] = points[Math.max(0, from - 1)];
    context.moveTo(x, y);
    context.lineTo(x + 0.01, y); // a stroke of one point is a dot
    for (const point of points.slice(from)) context.lineTo(point[0], point[1]);
    context.stroke();
    tell();
  }

  function redraw() {
    context.fillStyle = ground;
    context.fillRect(0, 0, width, height);
    for (const one of strokes) ink(one, 0);
    undo.disabled = wipe.disabled = strokes.length === 0;
  }

  function takeBack() {
    lift();
    if (strokes.pop()) change();
  }

  function clear() {
    lift();
    strokes = [];
    change();
  }

  function change() {
    redraw();
    tell();
  }

  /** Hand the drawing on before the next frame is shown. */
  function tell() {
    undo.disabled = wipe.disabled = strokes.length === 0;
    if (asked) return;
    asked = requestAnimationFrame(() => {
      asked = 0;
      onDraw(canvasPicture(context, "your drawing"), strokes.length === 0);
    });
  }

  redraw();
  return { element, picture: () => canvasPicture(context, "your drawing") };
}
