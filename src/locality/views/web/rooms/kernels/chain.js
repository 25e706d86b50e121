// The chain: the picture, then what each kernel makes of it, small. One step is open; steps are added, moved, removed.

import { button, el, fill } from "locality/parts/dom";

/** @typedef {import("locality/kernels").Step} Step */

/**
 * @param {{onOpen: (i: number) => void, onMove: (i: number, to: number) => void,
 *   onRemove: (i: number) => void, onAdd: () => void}} given
 */
export function chainView({ onOpen, onMove, onRemove, onAdd }) {
  const list = el("ol", { class: "chain" });
  const element = el("section", { class: "panel" }, el("h2", {}, "Chain"), el("div", { class: "scroll" }, list));
  let drawn = "";
  /** @type {HTMLCanvasElement[]} */
  let canvases = [];

  return {
    element,
    /** @param {Step[]} steps @param {number} open
     *  @param {HTMLCanvasElement[]} images   the picture, then one for each step */
    show(steps, open, images) {
      const key = JSON.stringify([steps.map(({ text, magnitude, stride }) => [text, magnitude, stride]), open]);
      if (key !== drawn) {
        const focus = document.activeElement?.getAttribute("data-key");
        drawn = key;
        canvases = images.map(() => el("canvas", { class: "pixels", "aria-hidden": "true" }));
        fill(
          list,
          el("li", { class: "first" }, el("div", { class: "picture" }, canvases[0], el("span", {}, "The picture"))),
          steps.map((step, i) => card(step, i, steps.length, open)),
          el("li", {}, button("+ Add a kernel", onAdd, { "data-key": "add" })),
        );
        if (focus) /** @type {HTMLElement | null} */ (list.querySelector(`[data-key="${focus}"]`))?.focus();
      }
      images.forEach((image, i) => {
        const canvas = canvases[i];
        [canvas.width, canvas.height] = [image.width, image.height];
        canvas.getContext("2d")?.drawImage(image, 0, 0);
      });
    },
  };

  /** @param {Step} step @param {number} i @param {number} count @param {number} open */
  function card({ text, magnitude, stride }, i, count, open) {
    const title = `${magnitude ? "magnitude " : ""}${text}${stride > 1 ? `, stride ${stride}` : ""}`;
    const small = (
      /** @type {string} */ sign,
      /** @type {string} */ said,
      /** @type {() => void} */ does,
      /** @type {boolean} */ disabled,
    ) =>
      button(sign, does, { "aria-label": `${said} kernel ${i + 1}`, title: said, disabled, "data-key": `${said}${i}` });
    return el(
      "li",
      {},
      el(
        "button",
        {
          type: "button",
          class: "picture",
          "aria-pressed": String(i === open),
          onclick: () => onOpen(i),
          title,
          "data-key": `open${i}`,
        },
        canvases[i + 1],
        el("span", {}, `${i + 1}. ${title}`),
      ),
      count > 1 &&
        el(
          "div",
          { class: "moves" },
          small("←", "Earlier:", () => onMove(i, i - 1), i === 0),
          small("→", "Later:", () => onMove(i, i + 1), i === count - 1),
          small("×", "Remove", () => onRemove(i), false),
        ),
    );
  }
}
