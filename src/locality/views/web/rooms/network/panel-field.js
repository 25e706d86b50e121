// The effective receptive field of a node's middle cell beside the theoretical one: which pixels really move it.

import { signedRange } from "locality/parts/colour";
import { button, el, fill, notice, sentence } from "locality/parts/dom";
import { drawCells, fitCanvas, mapImage, token } from "locality/parts/map";
import { seen } from "locality/seen";
import { link } from "locality/rooms/network/panel-parts";
import { shapeText } from "locality/tensor";

const SIDE = 200; // pixels of the drawing

/** @param {import("locality/rooms/network/session").Session} session
 *  @param {import("locality/rooms/network/looking").Looking} look @param {(node: string) => void} onGo */
export function fieldView(session, look, onGo) {
  const { net } = session;
  const said = notice();
  const body = el("div");
  const element = el("section", { class: "effective" }, el("h3", {}, "Receptive field"), body, said.element);
  let shown = "";

  /** @param {string} node */
  async function measure(node) {
    said.say("Measuring.");
    try {
      const field = await look.field(node);
      if (node === shown && field) draw(field);
      said.clear();
    } catch (error) {
      said.warn(sentence(error));
    }
  }

  /** @param {import("locality/source").Field} field */
  function draw({ node, place, values, pictures, stretches }) {
    const [rows, columns] = values.shape;
    const scale = SIDE / Math.max(rows, columns);
    const canvas = el("canvas", { role: "img", "aria-label": `The effective receptive field of ${node}` });
    const context = fitCanvas(canvas, columns * scale, rows * scale);
    const map = mapImage({ shape: [1, rows, columns], data: values.data }, 0, signedRange(values.data));
    drawCells(context, map, 0, 0, columns * scale, rows * scale);
    const theory = /** @type {number[][]} */ (seen(net, node, place).get("input")).map((axis) => [axis[0], axis[axis.length - 1]]);
    for (const [colour, [[top, bottom], [left, right]]] of /** @type {const} */ ([["input", theory], ["output", stretches]])) {
      for (const [stroke, line] of /** @type {const} */ ([["panel", 4], [colour, 2]])) {
        context.strokeStyle = token(stroke);
        context.lineWidth = line;
        context.strokeRect(left * scale + 1, top * scale + 1, (right - left + 1) * scale - 2, (bottom - top + 1) * scale - 2);
      }
    }
    const wide = (/** @type {number[][]} */ ends) => shapeText(ends.map(([from, to]) => to - from + 1));
    fill(body, el("figure", {}, canvas, el("figcaption", {},
      `The cell (${place.join(", ")}) of ${node}: `, el("span", { class: "in" }, `${wide(theory)} pixels in theory`),
      `, inside the frame; along each axis `, el("span", { class: "out" }, `${wide(stretches)} hold 95.45 %`),
      ` of |d y/d x|, the mean over ${pictures} pictures of noise.`)));
  }

  return {
    element,
    /** @param {string} node */
    show(node) {
      if (node === shown) return;
      shown = node;
      said.clear();
      fill(body);
      const { shape } = net.node(node);
      const known = look.fields.includes(node);
      element.hidden = shape.length !== 3 || (!known && !look.asks && !look.fields.length);
      if (element.hidden) return;
      if (known) return void measure(node);
      if (look.asks) return fill(body, button("Measure the effective field", () => measure(node)));
      const ways = look.fields.flatMap((name, i) => [i ? ", " : "", link(name, () => onGo(name), `Go to ${name}`)]);
      fill(body, el("p", { class: "muted" }, `The effective field of this node is not in the file; those of these are: `, ways, "."));
    },
  };
}
