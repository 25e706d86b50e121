// A pad to draw on, with mouse, finger, pen or keys.

import { choice, slider } from "locality/parts/controls";
import { button, el } from "locality/parts/dom";
import { readPixels } from "locality/picturefile";

const LONGEST = 280; // pixels
const COLOURS = ["black", "red", "orange", "gold", "green", "blue", "purple", "white"];
const HOW = "Mouse, finger or pen. By keys: arrows move, with Shift finely, Space inks, Control+Z takes back.";

/** A pad in the form of [height, width], white on black where it is for a digit. `onDraw` gets the drawing while it is
 *  drawn, once a frame at most, and whether nothing is on it. @param {number[]} form @param {boolean} digit
 *  @param {(picture: import("locality/source").Picture, empty: boolean) => void} onDraw */
export function drawingPad(form, digit, onDraw) {
  const [height, width] = form.map((side) => Math.round((LONGEST * side) / Math.max(...form)));
  let colour = digit ? "white" : "black";
  /** @type {{colour: string, thickness: number, path: Path2D}[]} */
  const strokes = [];
  /** @type {Path2D | null} */
  let path = null; // what is being drawn
  let [x, y] = [width / 2, height / 2]; // where the pen is
  let asked = 0;

  const ring = el("span", { class: "pen" });
  const said = el("output", { class: "muted" });
  const undo = button("Undo", () => change(() => strokes.pop()), { "aria-label": "Undo the last stroke" });
  const wipe = button("Clear", () => change(() => strokes.splice(0)), { "aria-label": "Clear the drawing" });
  const ink = choice({ label: "Ink", options: COLOURS, value: colour, onInput: (one) => (colour = one) });
  const thickness = slider({ label: "Thickness", min: 1, max: 56, value: digit ? 22 : 12, onInput: () => move(x, y) });
  const canvas = el("canvas", {
    width,
    height,
    tabIndex: 0,
    role: "application",
    "aria-label": "Drawing pad",
    "aria-description": HOW,
    onpointerdown(/** @type {PointerEvent} */ event) {
      if (!event.isPrimary || event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      follow(event);
      begin();
    },
    onpointermove(/** @type {PointerEvent} */ event) {
      if (path && event.isPrimary) (event.getCoalescedEvents?.() ?? [event]).forEach(follow);
    },
    onlostpointercapture: lift,
    onblur: lift,
    onkeydown: key,
  });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  const element = el("div", { class: "drawing", hidden: true },
    el("div", { class: "drawing-pad", style: `aspect-ratio: ${width} / ${height}` }, canvas, ring),
    el("div", { class: "drawing-tools" }, !digit && ink.element, thickness.element,
      el("div", { class: "controls" }, undo, wipe), el("p", { class: "muted" }, HOW), said));

  /** @param {PointerEvent} event */
  function follow({ clientX, clientY }) {
    const box = canvas.getBoundingClientRect();
    move(((clientX - box.left) / box.width) * width, ((clientY - box.top) / box.height) * height);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const step = event.shiftKey ? 2 : 8;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (by) move(Math.min(width, Math.max(0, x + by[0])), Math.min(height, Math.max(0, y + by[1])));
    else if (event.key === " ") path ? lift() : begin();
    else if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo.click();
    else return;
    event.preventDefault();
    const place = `column ${Math.round(x)}, row ${Math.round(y)} of ${width}x${height}`;
    said.textContent = `The pen is ${path ? "down" : "up"} at ${place}.`;
  }

  /** Move the pen; where it is down, it inks. @param {number} toX @param {number} toY */
  function move(toX, toY) {
    [x, y] = [toX, toY];
    const [left, top, size] = [x / width, y / height, thickness.value / width].map((part) => `${100 * part}%`);
    Object.assign(ring.style, { left, top, width: size });
    if (!path) return;
    path.lineTo(x, y);
    redraw();
  }

  function begin() {
    path = new Path2D();
    strokes.push({ colour, thickness: thickness.value, path });
    path.moveTo(x, y);
    move(x + 0.01, y); // a stroke of one point is a dot
  }

  function lift() {
    path = null;
  }

  /** @param {() => void} way */
  function change(way) {
    lift();
    way();
    redraw();
  }

  /** Draw, and hand the drawing on, before the next frame is shown. */
  function redraw() {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      paint();
      onDraw(readPixels(canvas, width, height, "your drawing"), strokes.length === 0);
    });
  }

  function paint() {
    undo.disabled = wipe.disabled = strokes.length === 0;
    context.fillStyle = digit ? "black" : "white";
    context.fillRect(0, 0, width, height);
    for (const { colour, thickness, path } of strokes) {
      Object.assign(context, { strokeStyle: colour, lineWidth: thickness, lineCap: "round", lineJoin: "round" });
      context.stroke(path);
    }
  }

  paint();
  move(x, y);
  return { element, canvas };
}
