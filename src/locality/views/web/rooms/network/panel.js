// The panel beside the columns: which cell it is, its arithmetic, what of it can be changed and taken away.

import { button, el, fill, notice, sentence } from "locality/parts/dom";
import { at } from "locality/tensor";
import { takenAway } from "locality/rooms/network/panel-away";
import { cellBody, result } from "locality/rooms/network/panel-body";
import { editList, editor } from "locality/rooms/network/panel-edit";
import { fieldView } from "locality/rooms/network/panel-field";
import { link } from "locality/rooms/network/panel-parts";
import { placePicker } from "locality/rooms/network/panel-place";
import { cellName } from "locality/rooms/network/terms";
import { describe } from "locality/rooms/network/words";

/** @typedef {import("locality/rooms/network/terms").Site} Site */

/** `onMove`: the panel wants another cell shown; `onHover`: the input cell under the pointer.
 *  @param {{session: import("locality/rooms/network/session").Session,
 *  look: import("locality/rooms/network/looking").Looking, onMove: (node: string, place: number[]) => void,
 *  onHover: (site: Site | null) => void, onClose: () => void}} given */
export function cellPanel({ session, look, onMove, onHover, onClose }) {
  const title = el("h2", { tabIndex: -1 });
  const about = el("p", { class: "muted kind" });
  const [said, wrong] = [notice(), notice()];
  const body = el("div", { class: "cell-body" });
  const change = editor(session, refocus);
  const edits = editList(session, change.update);
  const picker = placePicker(onMove, wrong.warn);
  const away = takenAway();
  const field = fieldView(session, look, (node) => onMove(node, session.net.node(node).shape.map((size, i) => (i ? Math.floor(size / 2) : 0))));
  const element = el("div", { class: "cell-panel" },
    el("header", { class: "cell-head" }, el("div", {}, title, about),
      button("Close", close, { class: "close", "aria-label": "Close the arithmetic" })),
    el("div", { class: "cell-layout" },
      el("div", { class: "cell-side" }, picker.element, wrong.element, edits.element, field.element),
      el("div", { class: "cell-main" }, said.element, body, change.element, away.element)));
  /** @type {Site | null} */
  let shown = null;
  let turn = 0;

  function close() {
    picker.stop();
    change.close();
    onHover(null);
    onClose();
  }

  /** @param {string} node @param {number[]} place */
  async function show(node, place) {
    const mine = ++turn;
    if (shown?.node !== node) change.close();
    shown = { node, place };
    try {
      const values = await session.value(node).catch(() => null);
      const { cell, ...rest } = await session.explain(node, place);
      if (mine !== turn) return;
      title.textContent = node;
      const head = session.net.heads.includes(node) ? " An auxiliary head: it serves in training, and no part of the answer." : "";
      about.textContent = `${describe(session.net.node(node))}.${head}`;
      field.show(node);
      picker.show(node, session.net.node(node).shape, place, values);
      said.clear();
      away.element.hidden = !cell;
      if (cell && "by" in rest) explained(cell, rest.by);
      else if ("why" in rest) {
        const known = values && result(cellName(node, place), at(values, place));
        fill(body, known, el("p", { class: "notice" }, rest.why), marked(node));
      }
    } catch (error) {
      if (mine !== turn) return;
      said.warn(sentence(error));
      fill(body);
      away.element.hidden = true;
    }
    edits.update();
    change.update();
  }

  /** @param {import("locality/cell").Cell} cell @param {"torch" | "page"} by */
  function explained(cell, by) {
    const node = session.net.node(cell.node);
    const old = document.activeElement;
    const inside = body.contains(old);
    const made = cellBody(node, cell, by, { session, onMove, onHover, onEdit: change.open, onSay: said.say });
    fill(body, made.element);
    away.update(made.terms, node, cell, made.numbers);
    if (inside) refocus(old);
  }

  /** The ways to the cells whose terms a file keeps. @param {string} node */
  function marked(node) {
    const go = (/** @type {number[]} */ place) => link(cellName(node, place), () => onMove(node, place));
    const ways = session.kept(node).flatMap((place, i) => [i ? ", " : "", go(place)]);
    return ways.length > 0 && el("p", {}, "The marked cells here: ", ways, ".");
  }

  /** Where an element was built anew, its like gets the keyboard. @param {Element | null} old */
  function refocus(old) {
    const { part, term } = old instanceof HTMLElement ? old.dataset : {};
    const like = old instanceof HTMLCanvasElement ? ".tiles canvas" : `[data-part="${part}"][data-term="${term}"]`;
    const to = old?.isConnected ? old : (body.querySelector(like) ?? title);
    /** @type {HTMLElement} */ (to).focus({ preventScroll: true });
  }

  return { element, show, refresh: () => shown && show(shown.node, shown.place) };
}
