// Changing one weight, bias or pixel, and the list of what was changed with the ways back.

import { button, el, exact, fill, notice, sentence } from "locality/parts/dom";
import { newId } from "locality/parts/controls";
import { placeOf } from "locality/tensor";

const MOST = 12; // edits that are listed one by one

/** @typedef {import("locality/rooms/network/session").Session} Session */

/** conv1.weight[2, 0, 1, 1] @param {Session} session @param {string} array @param {number} index */
export function numberName(session, array, index) {
  return `${array}[${placeOf(tensorOf(session, array).shape, index).join(", ")}]`;
}

/** @param {Session} session @param {string} array */
function tensorOf(session, array) {
  return /** @type {import("locality/tensor").Tensor} */ (
    array === "input" ? session.values.get("input") : session.weights.get(array)
  );
}

/** @param {Session} session
 *  @param {(opener: HTMLElement | null) => void} onDone   the keyboard goes back to where it came from */
export function editor(session, onDone) {
  const said = notice();
  const id = newId();
  const title = el("label", { for: id });
  const field = el("input", { id, type: "text", inputMode: "decimal", autocomplete: "off", size: 22, oninput: read });
  const slider = el("input", { type: "range", step: "any", oninput: () => ((field.value = slider.value), read()) });
  const before = el("span", { class: "muted was" });
  const back = button("Put back", () => known() && change(Number(known()?.from), true));
  const element = el(
    "div",
    {
      class: "editor",
      hidden: true,
      role: "group",
      "aria-label": "Change a number",
      onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && (event.stopPropagation(), close()),
    },
    el("div", { class: "controls" }, title, field, slider, before, back, button("Done", close)),
    said.element,
  );
  let [array, index] = ["", 0];
  let working = false;
  /** @type {[string, number, number] | null} */
  let waiting = null;
  /** @type {HTMLElement | null} */
  let opener = null;

  const known = () => session.edits.find((edit) => edit.array === array && edit.index === index);

  function close() {
    const was = array;
    element.hidden = true;
    array = "";
    if (was) onDone(opener);
  }

  function read() {
    const text = field.value.trim().replace("−", "-").replace(",", ".");
    const x = Number(text);
    const bad = text === "" || !Number.isFinite(x);
    field.setAttribute("aria-invalid", String(bad));
    if (bad)
      said.warn(
        `${numberName(session, array, index)}: "${field.value}" is not a number. Type a number, for example 0.5.`,
      );
    else void change(x, false);
  }

  /** One change at a time: a slider moves faster than a network computes. @param {number} to @param {boolean} fresh */
  async function change(to, fresh) {
    said.clear();
    waiting = [array, index, to];
    if (working) return;
    working = true;
    try {
      while (waiting !== null) {
        /** @type {[string, number, number]} */
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
    if (!array) return;
    const edit = known();
    const now = tensorOf(session, array).data[index];
    if (fresh) {
      field.value = String(now);
      field.setAttribute("aria-invalid", "false");
      slider.value = String(now);
    } else if (document.activeElement === field) slider.value = String(now);
    before.textContent = edit ? `edited: was ${exact(edit.from)}` : "";
    back.hidden = !edit;
  }

  return {
    element,
    close,
    /** Edits were put back elsewhere. */
    update: () => element.hidden || show(!known() && document.activeElement !== field),
    /** @param {[string, number]} where @param {string} what   "weight", "bias" or "pixel" */
    open([key, at], what) {
      opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
      [array, index] = [key, at];
      const { data } = tensorOf(session, key);
      let reach = 0;
      for (let i = 0; i < data.length; i++) if (Math.abs(data[i]) > reach) reach = Math.abs(data[i]);
      reach = 2 * reach || 1;
      [slider.min, slider.max] = [String(-reach), String(reach)];
      title.textContent =
        key === "input"
          ? `Pixel ${numberName(session, key, at)}`
          : `${what[0].toUpperCase()}${what.slice(1)} ${numberName(session, key, at)}`;
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
  /** @param {() => Promise<void>} work */
  const run = async (work) => {
    await work();
    done();
  };
  return {
    element,
    update() {
      const edits = session.edits;
      element.hidden = !edits.length;
      fill(
        element,
        el("h3", {}, edits.length === 1 ? "One number is edited" : `${edits.length} numbers are edited`),
        el(
          "ul",
          {},
          edits.slice(-MOST).map(({ array, index, from, to }) =>
            el(
              "li",
              {},
              el("span", { class: "number" }, numberName(session, array, index)),
              ` was ${exact(from)}, now ${exact(to)} `,
              button("Put back", () => void run(() => session.edit(array, index, from)), {
                class: "small",
                "aria-label": `Put ${numberName(session, array, index)} back`,
              }),
            ),
          ),
        ),
        edits.length > MOST ? el("p", { class: "muted" }, `and ${edits.length - MOST} before these`) : null,
        button("Put all back", () => void run(() => session.putBack()), { class: "put-all" }),
      );
    },
  };
}
