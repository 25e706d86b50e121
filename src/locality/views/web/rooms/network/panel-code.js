// The cell's arithmetic to take away: as LaTeX, or as a program for NumPy or PyTorch.

import { button, copyText, el, fill, notice } from "locality/parts/dom";
import { latex, numpy, pytorch } from "locality/rooms/network/formulas";

const KINDS = /** @type {const} */ ([
  ["LaTeX", latex],
  ["NumPy", numpy],
  ["PyTorch", pytorch],
]);
const SHOWN = 6000; // letters that are shown; all are copied

/** @typedef {Parameters<typeof numpy>} Given */

export function codeCopies() {
  /** @type {Given | null} */
  let given = null;
  const said = notice();
  const pre = el("pre", { class: "scroll", tabIndex: 0, hidden: true, "aria-label": "What was copied" });
  const buttons = KINDS.map((kind) => button(`Copy as ${kind[0]}`, () => void copy(kind), { "data-copy": kind[0] }));
  const element = el("section", { class: "code" }, el("div", { class: "controls" }, buttons), said.element, pre);

  /** @param {(typeof KINDS)[number]} kind */
  async function copy(kind) {
    if (!given) return;
    const text = kind[1](...given);
    const done = await copyText(text);
    if (done) said.say(`Copied ${text.length} letters of ${kind[0]}.`);
    else said.warn("The browser does not allow copying here. Mark the text below and copy it.");
    show(text, done);
  }

  /** @param {string} text @param {boolean} cut */
  function show(text, cut) {
    pre.hidden = false;
    const kept =
      cut && text.length > SHOWN ? `${text.slice(0, SHOWN)}\n… ${text.length - SHOWN} more letters were copied` : text;
    fill(pre, el("code", {}, kept));
  }

  return {
    element,
    /** @param {Given} next */
    update(...next) {
      given = next;
      said.clear();
      pre.hidden = true;
    },
  };
}
