/** Rectangles, lines and texts: as SVG where there are few, on a canvas beyond. */

import { el, svg } from "locality/parts/dom";
import { fitCanvas } from "locality/parts/map";

/** @typedef {{fill?: string, stroke?: string, width?: number, dash?: number[], alpha?: number}} Pen */
/** @typedef {object} Painter
 *  @property {(x: number, y: number, width: number, height: number, pen: Pen) => void} box
 *  @property {(x1: number, y1: number, x2: number, y2: number, pen: Pen) => void} line
 *  @property {(x: number, y: number, text: string, size: number, fill: string, align?: "middle" | "end") => void} text
 *  @property {() => void} done put what was painted on the page */

/** Paint inside `host`, in place of what was there. @param {HTMLElement} host @param {number} width
 *  @param {number} height @param {boolean} few @returns {Painter} */
export function painter(host, width, height, few) {
  return few ? onSvg(host, width, height) : onCanvas(host, width, height);
}

/** @param {HTMLElement} host @param {number} width @param {number} height @returns {Painter} */
function onSvg(host, width, height) {
  /** @type {SVGElement[]} */
  const made = [];
  const look = (/** @type {Pen} */ { fill, stroke, width: thick = 1, dash, alpha }) => ({
    fill: fill ?? "none",
    ...(stroke ? { stroke, "stroke-width": thick } : {}),
    ...(dash ? { "stroke-dasharray": dash.join(" ") } : {}),
    ...(alpha === undefined ? {} : { opacity: alpha }),
  });
  return {
    box: (x, y, w, h, pen) => void made.push(svg("rect", { x, y, width: w, height: h, ...look(pen) })),
    line: (x1, y1, x2, y2, pen) => void made.push(svg("line", { x1, y1, x2, y2, ...look(pen) })),
    text: (x, y, text, size, fill, align = "middle") =>
      void made.push(
        svg("text", { x, y, fill, "font-size": size, "text-anchor": align, "dominant-baseline": "central" }, text),
      ),
    done: () =>
      host.replaceChildren(
        svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" }, ...made),
      ),
  };
}

/** @param {HTMLElement} host @param {number} width @param {number} height @returns {Painter} */
function onCanvas(host, width, height) {
  const canvas =
    host.firstChild instanceof HTMLCanvasElement ? host.firstChild : el("canvas", { "aria-hidden": "true" });
  if (canvas.parentNode !== host || host.childNodes.length > 1) host.replaceChildren(canvas);
  const context = fitCanvas(canvas, width, height);
  const font = getComputedStyle(host).fontFamily;
  const set = (/** @type {Pen} */ { fill, stroke, width: thick = 1, dash = [], alpha = 1 }) => {
    context.fillStyle = fill ?? "";
    context.strokeStyle = stroke ?? "";
    context.lineWidth = thick;
    context.setLineDash(dash);
    context.globalAlpha = alpha;
  };
  return {
    box(x, y, w, h, pen) {
      set(pen);
      if (pen.fill) context.fillRect(x, y, w, h);
      if (pen.stroke) context.strokeRect(x, y, w, h);
    },
    line(x1, y1, x2, y2, pen) {
      set(pen);
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
      context.stroke();
    },
    text(x, y, text, size, fill, align = "middle") {
      context.globalAlpha = 1;
      context.fillStyle = fill;
      context.font = `${size}px ${font}`;
      context.textAlign = align === "middle" ? "center" : "right";
      context.textBaseline = "middle";
      context.fillText(text, x, y);
    },
    done: () => {},
  };
}
