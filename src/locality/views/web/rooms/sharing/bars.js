// A bar for each layer: how far it is from moving with its input.

import { el, fill, short } from "locality/parts/dom";

/** @typedef {{name: string, word: string, relative: number, largest: number, inside: number | null,
 *  flat: boolean}} Layer */

/** @param {(name: string) => void} onChoose */
export function layerBars(onChoose) {
  const list = el("div", { class: "sharing-bars", role: "group", "aria-label": "Layers" });
  const element = el(
    "div",
    {},
    list,
    el(
      "p",
      { class: "muted sharing-split" },
      "Bars: root of the summed squared differences, as a share of that of the maps themselves. " +
        "Choose a layer to see its maps.",
    ),
  );
  /** @type {ReturnType<typeof bar>[]} kept as long as the layers are the same, and with them focus and scrolling */
  let rows = [];

  /** @param {Layer[]} layers @param {string} chosen */
  function show(layers, chosen) {
    if (rows.map(({ name }) => name).join() !== layers.map(({ name }) => name).join()) {
      rows = layers.map(({ name, word }) => bar(name, word, () => onChoose(name)));
      fill(
        list,
        rows.map(({ element }) => element),
      );
    }
    const most = Math.max(...layers.map(({ relative }) => relative), 1e-12);
    const breaks = layers.findIndex(({ relative }) => relative > 1e-6);
    layers.forEach((layer, i) => rows[i].show(layer, layer.relative / most, i === breaks, layer.name === chosen));
  }

  return { element, show };
}

/** @param {string} name @param {string} word @param {() => void} onclick */
function bar(name, word, onclick) {
  const filled = el("span");
  const number = el("span", { class: "sharing-bar-number" });
  const note = el("span", { class: "sharing-bar-note" });
  const element = el(
    "button",
    { type: "button", class: "sharing-bar", onclick },
    el("span", { class: "sharing-bar-name" }, el("strong", {}, name), name === word ? null : ` ${word}`),
    el("span", { class: "sharing-bar-track" }, filled),
    number,
    note,
  );
  return {
    name,
    element,
    /** @param {Layer} layer @param {number} share of the longest bar @param {boolean} breaks @param {boolean} chosen */
    show({ relative, largest, inside, flat }, share, breaks, chosen) {
      const where = flat
        ? "no places left"
        : inside === null
          ? "every cell knows an edge"
          : `away from the edge ${short(inside)}`;
      element.setAttribute("aria-pressed", String(chosen));
      filled.style.width = `${(share * 100).toFixed(1)}%`;
      number.textContent = short(relative);
      note.textContent = `${breaks ? "breaks here · " : ""}largest ${short(largest)} · ${where}`;
    },
  };
}
