// One picture, large, with a cursor over it: pointer and arrow keys move it, a click or Enter pins it.

import { el } from "locality/parts/dom";
import { drawCells, fitCanvas, token } from "locality/parts/map";

/** @typedef {{top: number, left: number, rows: number, columns: number}} Frame   in cells; may hang over the edge */

/**
 * @param {{label: string, side: "input" | "output", onMove: (y: number, x: number) => void,
 *   onPin: (pinned?: boolean) => void, onStep: (down: number, right: number) => void}} given
 */
export function pictureView({ label, side, onMove, onPin, onStep }) {
  const picture = el("canvas", { "aria-hidden": "true" });
  const marks = el("canvas", { class: "marks", "aria-hidden": "true" });
  const box = el(
    "div",
    {
      class: `kernel-view ${side}`,
      tabIndex: 0,
      role: "application",
      "aria-label": `${label}. Arrow keys move the cursor, Enter pins it.`,
    },
    picture,
    marks,
  );
  const caption = el("figcaption");
  const element = el("figure", {}, box, caption);
  let [height, width, scale] = [1, 1, 1];

  const at = (/** @type {PointerEvent} */ event) => {
    const place = marks.getBoundingClientRect();
    const y = Math.floor(((event.clientY - place.top) / place.height) * height);
    const x = Math.floor(((event.clientX - place.left) / place.width) * width);
    return [Math.min(Math.max(y, 0), height - 1), Math.min(Math.max(x, 0), width - 1)];
  };
  box.addEventListener("pointermove", (event) => {
    const [y, x] = at(event);
    onMove(y, x);
  });
  box.addEventListener("click", (event) => {
    const [y, x] = at(/** @type {PointerEvent} */ (event));
    onPin(false);
    onMove(y, x);
    onPin(true);
  });
  box.addEventListener("keydown", (event) => {
    const far = event.shiftKey ? 10 : 1;
    const step = { ArrowUp: [-far, 0], ArrowDown: [far, 0], ArrowLeft: [0, -far], ArrowRight: [0, far] }[event.key];
    if (step) onStep(step[0], step[1]);
    else if (event.key === "Enter" || event.key === " ") onPin();
    else if (event.key === "Escape") onPin(false);
    else return;
    event.preventDefault();
  });

  return {
    element,
    caption,
    /** Show a picture, as large as there is room.
     *  @param {HTMLCanvasElement} image @param {number} room in CSS pixels */
    show(image, room) {
      [height, width] = [image.height, image.width];
      scale = room / Math.max(height, width);
      drawCells(fitCanvas(picture, width * scale, height * scale), image, 0, 0, width * scale, height * scale);
      box.style.width = `${width * scale}px`;
      fitCanvas(marks, width * scale, height * scale);
    },
    /** Draw the frame of the patch or the cell, pinned or not. @param {Frame} frame @param {boolean} pinned */
    mark(frame, pinned) {
      const context = /** @type {CanvasRenderingContext2D} */ (marks.getContext("2d"));
      const line = pinned ? 3 : 2;
      context.clearRect(0, 0, width * scale, height * scale);
      const [x, y] = [frame.left * scale - line / 2, frame.top * scale - line / 2];
      const [w, h] = [frame.columns * scale + line, frame.rows * scale + line];
      // Seen on any ground: the frame's colour between two lines of the page's ground.
      for (const [colour, thick] of /** @type {[string, number][]} */ ([
        [token("panel"), line + 2.5],
        [token(side), line],
      ])) {
        context.strokeStyle = colour;
        context.lineWidth = thick;
        context.strokeRect(x, y, w, h);
      }
    },
  };
}
