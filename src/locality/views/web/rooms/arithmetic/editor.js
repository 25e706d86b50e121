/** A field for the number of one cell of the input or the kernel. */

import { numberField } from "locality/parts/controls";
import { button, el, fill, notice } from "locality/parts/dom";
import { named } from "locality/rooms/arithmetic/words";

/** @typedef {"input" | "kernel"} Which */
/** @typedef {import("locality/tensor").Tensor} Tensor */

/** @param {{onEdit: (which: Which, cell: number[], value: number) => void, onEnd: () => void}} given */
export function cellEditor({ onEdit, onEnd }) {
  const row = el("div", { class: "controls" });
  const said = notice();
  /** @type {{which: Which, cell: number[]} | null} */
  let at = null;

  function end() {
    at = null;
    fill(row);
    said.clear();
  }

  return {
    element: el("div", {}, row, said.element),
    end,
    /** The cell in hand, if it is one of this map's. @param {Which} which */
    cellOf: (which) => (at?.which === which ? at.cell : null),
    /** @param {Which} which @param {Tensor} map @param {number[]} cell @param {boolean} flat @param {boolean} byKey */
    open(which, map, cell, flat, byKey) {
      if (!cell.every((c, i) => c >= 0 && c < map.shape[i])) return;
      at = { which, cell };
      said.clear();
      const field = numberField({
        label: `${which}${named(cell, flat)}`,
        value: map.data[cell[0] * map.shape[1] + cell[1]],
        min: -9999,
        max: 9999,
        whole: false,
        complain: (text) => said.warn(text),
        onInput: (x) => onEdit(which, cell, x),
      });
      fill(
        row,
        field.element,
        button("Done", () => (end(), onEnd())),
      );
      if (byKey) field.input.select();
    },
  };
}
