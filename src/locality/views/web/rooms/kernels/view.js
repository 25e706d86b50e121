// The pictures of the room: a large one with a cursor over it, and the chain of small ones.

import { chainText, stepText } from "locality/kernels";
import { newId } from "locality/parts/controls";
import { button, el, fill } from "locality/parts/dom";

/** @import { Step } from "locality/kernels" */
/** @typedef {{onPoint: (y: number, x: number, pin: boolean) => unknown, onStep: (by: number[]) => void,
 *  onPin: (key: string) => void}} Cursor */

/** A picture, one pixel for each cell. @param {HTMLCanvasElement} canvas @param {HTMLCanvasElement} image */
function paint(canvas, image) {
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d")?.drawImage(image, 0, 0);
}

const newCanvas = () => el("canvas", { class: "pixels", "aria-hidden": "true" });

/** Pointer and arrow keys move the cursor, a click or Enter pins it.
 *  @param {"Input" | "Output"} label @param {Cursor} cursor */
export function pictureView(label, { onPoint, onStep, onPin }) {
  const canvas = newCanvas();
  const frame = el("div", { class: "frame" });
  function point(/** @type {PointerEvent} */ { clientX, clientY, type }) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const [y, x] = [(clientY - top) / height * canvas.height, (clientX - left) / width * canvas.width];
    onPoint(Math.floor(y), Math.floor(x), type === "click");
  }
  function press(/** @type {KeyboardEvent} */ event) {
    const far = event.shiftKey ? 10 : 1;
    const step = { ArrowUp: [-far, 0], ArrowDown: [far, 0], ArrowLeft: [0, -far], ArrowRight: [0, far] }[event.key];
    if (step) onStep(step);
    else if (["Enter", " ", "Escape"].includes(event.key)) onPin(event.key);
    else return;
    event.preventDefault();
  }
  const box = el("div", {
    class: `kernel-view ${label.toLowerCase()}`, tabIndex: 0, role: "application",
    "aria-label": `${label}. Arrow keys move the cursor, Enter pins it.`,
    onpointermove: point, onclick: point, onkeydown: press,
  }, canvas, frame);
  const caption = el("figcaption");

  return {
    element: el("figure", {}, box, caption),
    /** @param {HTMLCanvasElement} image @param {...(string | Element)} said */
    show(image, ...said) {
      const { width, height } = image;
      paint(canvas, image);
      box.style.width = `${100 * Math.min(1, width / height)}%`;
      fill(caption, el("b", { class: label === "Input" ? "in" : "out" }, label), ` ${width}x${height}`, ...said);
    },
    /** The frame of some cells, which may hang over the edge. @param {number[]} cells top, left, rows, columns */
    mark([top, left, rows, columns], pinned = false) {
      const { width, height } = canvas;
      const sides = { top: top / height, left: left / width, height: rows / height, width: columns / width };
      for (const [side, part] of Object.entries(sides)) frame.style.setProperty(side, `${100 * part}%`);
      frame.classList.toggle("pinned", pinned);
    },
  };
}

/** The picture, then what each kernel makes of it. One step is open; steps are added, moved, removed, or all typed.
 *  @param {Element} wrong what cannot be read @param {(chain: string, open: number) => void} onChange */
export function chainView(wrong, onChange) {
  const list = el("ol", { class: "chain" });
  const id = newId();
  const text = el("input", {
    id, type: "text", autocomplete: "off", spellcheck: false, onchange: () => onChange(text.value, now),
  });
  const element = el("section", { class: "panel" }, el("h2", {}, "Chain"), el("div", { class: "scroll" }, list), wrong,
    el("div", { class: "control typed" }, el("label", { for: id }, "Typed"), text));
  let now = 0;
  let drawn = "";

  /** @param {Step[]} steps @param {number} open */
  const cards = (steps, open) => steps.map((step, i) => {
    const others = steps.filter((other) => other !== step);
    /** @param {string} sign @param {string} title @param {number} to @param {number} at @param {Step[]} kept */
    const move = (sign, title, to, at = to, kept = [step]) =>
      button(sign, () => onChange(chainText([...others.slice(0, to), ...kept, ...others.slice(to)]), at),
        { title, "aria-label": `${title} kernel ${i + 1}`, disabled: to < 0 || to > others.length });
    const said = stepText(step);
    const properties = { type: "button", class: "picture", "aria-pressed": i === open, title: said };
    return el("li", {},
      el("button", { ...properties, onclick: () => onChange(chainText(steps), i) },
        newCanvas(), el("span", {}, `${i + 1}. ${said}`)),
      others.length > 0 && el("div", { class: "moves" }, move("←", "Earlier:", i - 1), move("→", "Later:", i + 1),
        move("×", "Remove", 0, open > i ? open - 1 : open, [])));
  });

  /** @param {Step[]} steps @param {number} open @param {HTMLCanvasElement[]} images the picture, then one a step */
  function show(steps, open, images) {
    const chain = chainText(steps);
    now = open;
    if (text !== document.activeElement) text.value = chain;
    if (`${open} ${chain}` !== drawn) {
      const named = (/** @type {Element | null} */ each) => each?.getAttribute("aria-label") ?? each?.textContent;
      const focus = named(list.querySelector(":focus"));
      fill(list,
        el("li", {}, el("div", { class: "picture" }, newCanvas(), el("span", {}, "The picture"))), cards(steps, open),
        el("li", {}, button("+ Add a kernel", () => onChange(`${chain}, blur`, steps.length))));
      [...list.querySelectorAll("button")].find((each) => named(each) === focus)?.focus();
      drawn = `${open} ${chain}`;
    }
    list.querySelectorAll("canvas").forEach((canvas, i) => paint(canvas, images[i]));
  }

  return { element, show };
}
