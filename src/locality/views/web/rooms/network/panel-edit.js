// Changing one weight, bias or pixel, and the list of what was changed with the ways back.

import { signedRange } from "locality/parts/colour";
import { newId } from "locality/parts/controls";
import { button, el, exact, fill, notice, sentence } from "locality/parts/dom";
import { placeOf } from "locality/tensor";
import { cellName } from "locality/rooms/network/terms";

/** @typedef {import("locality/rooms/network/session").Session} Session */

/** @param {Session} session @param {string} array */
const tensorOf = (session, array) =>
  /** @type {import("locality/tensor").Tensor} */ ((array === "input" ? session.values : session.weights).get(array));

/** conv1.weight[2, 0, 1, 1] @param {Session} session @param {string} array @param {number} index */
const numberName = (session, array, index) => cellName(array, placeOf(tensorOf(session, array).shape, index));

/** @param {Session} session
 *  @param {(opener: Element | null) => void} onDone   the keyboard goes back to where it came from */
export function editor(session, onDone) {
  let [array, index] = ["", 0];
  /** @type {Parameters<Session["edit"]> | null} */
  let waiting = null;
  let working = false;
  /** @type {Element | null} */
  let opener = null;
  const said = notice();
  const id = newId();
  const title = el("label", { for: id });
  const field = el("input", { id, type: "text", inputMode: "decimal", autocomplete: "off", size: 22, oninput: read });
  const slider = el("input", { type: "range", step: "any", oninput: () => ((field.value = slider.value), read()) });
  const before = el("span", { class: "muted was" });
  const back = button("Put back", () => change(Number(edited()?.from), true));
  const escape = (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && (event.stopPropagation(), close());
  const group = { role: "group", "aria-label": "Change a number", onkeydown: escape };
  const element = el("div", { class: "editor", hidden: true, ...group },
    el("div", { class: "controls" }, title, field, slider, before, back, button("Done", close)), said.element);

  const edited = () => session.edits.find((edit) => edit.array === array && edit.index === index);

  function close() {
    if (!element.hidden) onDone(opener);
    element.hidden = true;
  }

  function read() {
    const text = field.value.trim().replace("−", "-").replace(",", ".");
    const bad = text === "" || !Number.isFinite(Number(text));
    field.setAttribute("aria-invalid", String(bad));
    if (!bad) return void change(Number(text), false);
    const name = numberName(session, array, index);
    said.warn(`${name}: "${field.value}" is not a number. Type a number, for example 0.5.`);
  }

  /** One change at a time: a slider moves faster than a network computes. @param {number} to @param {boolean} fresh */
  async function change(to, fresh) {
    said.clear();
    waiting = [array, index, to];
    if (working) return;
    working = true;
    try {
      while (waiting) {
        /** @type {Parameters<Session["edit"]>} */
        const next = waiting;
        waiting = null;
        await session.edit(...next);
      }
    } catch (error) {
      said.warn(sentence(error));
    }
    working = false;
    show(fresh);
  }

  /** @param {boolean} fresh   whether the field takes the number as it is now */
  function show(fresh) {
    if (element.hidden) return;
    const now = String(tensorOf(session, array).data[index]);
    if (fresh) {
      field.value = now;
      field.setAttribute("aria-invalid", "false");
    }
    if (fresh || document.activeElement === field) slider.value = now;
    const edit = edited();
    before.textContent = edit ? `edited: was ${exact(edit.from)}` : "";
    back.hidden = !edit;
  }

  return {
    element,
    close,
    /** Edits were put back elsewhere. */
    update: () => show(!edited() && document.activeElement !== field),
    /** @param {[string, number]} where @param {string} what   "weight", "bias", "pixel" */
    open([key, at], what) {
      opener = document.activeElement;
      [array, index] = [key, at];
      const reach = 2 * signedRange(tensorOf(session, key).data).high;
      [slider.min, slider.max] = [String(-reach), String(reach)];
      title.textContent = `${what[0].toUpperCase()}${what.slice(1)} ${numberName(session, key, at)}`;
      slider.setAttribute("aria-label", `${title.textContent}, as a slider`);
      element.hidden = false;
      said.clear();
      show(true);
      field.focus();
      field.select();
    },
  };
}

/** The numbers changed so far, each with its way back. @param {Session} session @param {() => void} done */
export function editList(session, done) {
  const element = el("section", { class: "edits", hidden: true });
  const item = (/** @type {import("locality/rooms/network/session").Edit} */ { array, index, from, to }) => {
    const name = numberName(session, array, index);
    const putBack = () => void session.edit(array, index, from).then(done);
    return el("li", {}, el("span", { class: "number" }, name), ` was ${exact(from)}, now ${exact(to)} `,
      button("Put back", putBack, { class: "small", "aria-label": `Put ${name} back` }));
  };
  return {
    element,
    update() {
      const { edits } = session;
      element.hidden = !edits.length;
      fill(element,
        el("h3", {}, edits.length === 1 ? "One number is edited" : `${edits.length} numbers are edited`),
        el("ul", {}, edits.map(item)),
        button("Put all back", () => void session.putBack().then(done), { class: "put-all" }));
    },
  };
}
