// The panel beside the columns: which cell it is, its arithmetic, what of it can be changed and taken away.

import { button, el, exact, fill, notice, sentence } from "locality/parts/dom";
import { at } from "locality/tensor";
import { cellBody } from "locality/rooms/network/panel-body";
import { codeCopies } from "locality/rooms/network/panel-code";
import { editList, editor } from "locality/rooms/network/panel-edit";
import { link } from "locality/rooms/network/panel-parts";
import { placePicker } from "locality/rooms/network/panel-place";
import { termTable } from "locality/rooms/network/panel-table";
import { NO_EDITS } from "locality/rooms/network/panel-terms";
import { cellName, shapeOf } from "locality/rooms/network/terms";
import { describe } from "locality/rooms/network/words";

/** @typedef {import("locality/rooms/network/terms").Site} Site */

/**
 * @param {object} given
 * @param {import("locality/rooms/network/session").Session} given.session
 * @param {(node: string, place: number[]) => void} given.onMove   the panel wants another cell shown
 * @param {(site: Site | null) => void} given.onHover   the input cell under the pointer
 * @param {() => void} given.onClose
 */
export function cellPanel({ session, onMove, onHover, onClose }) {
  const title = el("h2", { tabIndex: -1 });
  const about = el("p", { class: "muted kind" });
  const said = notice();
  const wrong = notice();
  const body = el("div", { class: "cell-body" });
  const change = editor(session, refocus);
  const edits = editList(session, () => change.update());
  const picker = placePicker(onMove, (words) => (words ? wrong.warn(words) : wrong.clear()));
  const code = codeCopies();
  const table = termTable();
  const away = el("div", { class: "away" }, code.element, table.element);
  const element = el(
    "div",
    { class: "cell-panel" },
    el(
      "header",
      { class: "cell-head" },
      el("div", {}, title, about),
      button("Close", close, { class: "close", "aria-label": "Close the arithmetic" }),
    ),
    el(
      "div",
      { class: "cell-layout" },
      el("div", { class: "cell-side" }, picker.element, wrong.element, edits.element),
      el("div", { class: "cell-main" }, said.element, body, change.element, away),
    ),
  );
  /** @type {Site | null} */
  let shown = null;
  let turn = 0;
  let width = 0;
  /** @type {((width: number) => void) | null} */
  let redraw = null;

  function close() {
    picker.stop();
    change.close();
    onHover(null);
    onClose();
  }

  const room = () => Math.max(280, body.clientWidth || 640);

  /** @param {string} name @param {number[]} place */
  async function show(name, place) {
    const mine = ++turn;
    if (shown && shown.node !== name) change.close();
    shown = { node: name, place };
    try {
      const values = await session.value(name).catch(() => null);
      const explained = name === "input" ? null : await session.explain(name, place);
      if (mine !== turn) return;
      title.textContent = name;
      picker.show(name, shapeOf(session.net, name), place, values);
      said.clear();
      if (explained === null) pixel(place, values);
      else if (explained.cell) full(explained.cell, explained.by);
      else empty(name, place, explained.why, values);
    } catch (error) {
      if (mine !== turn) return;
      said.warn(sentence(error));
      fill(body);
      away.hidden = true;
      redraw = null;
    }
    edits.update();
    change.update();
  }

  /** @param {import("locality/cell").Cell} cell @param {"torch" | "page"} by */
  function full(cell, by) {
    const node = session.net.node(cell.node);
    about.textContent = `${describe(node)}.`;
    const kept =
      document.activeElement instanceof HTMLElement && body.contains(document.activeElement)
        ? document.activeElement
        : null;
    const made = cellBody(node, cell, by, {
      session,
      onMove,
      onHover,
      width: room(),
      onEdit: (where, what) => change.open(where, what),
      onSay: (words) => said.say(words),
    });
    fill(body, made.element);
    redraw = made.redraw;
    away.hidden = false;
    code.update(node, cell, made.numbers);
    table.update(made.terms, cell);
    if (kept) refocus(kept);
  }

  /** An element was built anew: its like gets the keyboard. @param {HTMLElement | null} old */
  function refocus(old) {
    const same = [...body.querySelectorAll("[data-key]")].find(
      (one) => one instanceof HTMLElement && one.dataset.key === old?.dataset.key,
    );
    const to = old?.isConnected
      ? old
      : (same ?? (old instanceof HTMLCanvasElement ? body.querySelector(".tiles canvas") : null) ?? title);
    if (to instanceof HTMLElement) to.focus({ preventScroll: true });
  }

  /** A pixel of the picture: no arithmetic, but it can be changed. @param {number[]} place
   *  @param {import("locality/tensor").Tensor | null} values */
  function pixel(place, values) {
    about.textContent = "What the network sees: the picture, brought to its scale.";
    fill(
      body,
      el(
        "p",
        { class: "result" },
        el("span", { class: "in" }, cellName("input", place)),
        " = ",
        el("strong", { class: "number" }, values ? exact(at(values, place)) : "?"),
      ),
      session.computes
        ? button("Change this pixel", () => change.open(["input", session.indexOf("input", place)], "pixel"))
        : el("p", { class: "muted" }, NO_EDITS),
    );
    away.hidden = true;
    redraw = null;
  }

  /** @param {string} name @param {number[]} place @param {string} why
   *  @param {import("locality/tensor").Tensor | null} values */
  function empty(name, place, why, values) {
    about.textContent = `${describe(session.net.node(name))}.`;
    const kept = session.kept(name);
    fill(
      body,
      values
        ? el(
            "p",
            { class: "result" },
            el("span", { class: "out" }, cellName(name, place)),
            " = ",
            el("strong", { class: "number" }, exact(at(values, place))),
          )
        : null,
      el("p", { class: "notice" }, why),
      kept.length
        ? el(
            "p",
            {},
            "The marked cells here: ",
            kept.flatMap((one, i) => [
              i ? ", " : "",
              link(cellName(name, one), () => onMove(name, one), "Go to this cell"),
            ]),
            ".",
          )
        : null,
    );
    away.hidden = true;
    redraw = null;
  }

  async function refresh() {
    if (shown) await show(shown.node, shown.place);
  }

  if ("ResizeObserver" in window) {
    new ResizeObserver(() => {
      if (room() !== width) redraw?.((width = room()));
    }).observe(body);
  }
  return { element, show, refresh };
}
