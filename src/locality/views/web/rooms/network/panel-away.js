// What can be taken away of a cell: its arithmetic as LaTeX, NumPy or PyTorch, and every term in full as a table.

import { button, copyText, el, exact, fill, notice } from "locality/parts/dom";
import { latex, numpy, pytorch } from "locality/rooms/network/formulas";

const KINDS = { LaTeX: latex, NumPy: numpy, PyTorch: pytorch };
const SHOWN = 6000; // letters that are shown; all are copied
const PAGE = 2000; // rows at a time

/** @typedef {Parameters<typeof latex>} Given */

export function takenAway() {
  /** @type {Given} */
  let given;
  /** @type {import("locality/rooms/network/terms").Terms} */
  let terms;
  const said = notice();
  const pre = el("pre", { class: "scroll", tabIndex: 0, "aria-label": "What was copied" });
  const copies = Object.entries(KINDS).map(([kind, write]) => button(`Copy as ${kind}`, async () => {
    const text = write(...given);
    const done = await copyText(text);
    if (done) said.say(`Copied ${text.length} letters of ${kind}.`);
    else said.warn("The browser does not allow copying here. Mark the text below and copy it.");
    const more = `\n… ${text.length - SHOWN} more letters were copied`;
    fill(pre, el("code", {}, done && text.length > SHOWN ? text.slice(0, SHOWN) + more : text));
    pre.hidden = false;
  }, { "data-copy": kind }));
  const body = el("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": "All terms" });
  const summary = el("summary");
  const table = el("details", { class: "all-terms", ontoggle: build }, summary, body);

  /** Built when it is opened: a normalisation has many. */
  function build() {
    fill(body);
    if (!table.open || !terms) return;
    const [, { bias, value }] = given;
    const row = (/** @type {Record<string, number | null>} */ data, /** @type {(string | number | null)[]} */ cells) =>
      el("tr", data, cells.map((x) => el("td", {}, typeof x === "number" ? exact(x) : x)));
    const rows = el("tbody");
    const more = button("", add);
    let built = 0;
    function add() {
      for (const to = Math.min(terms.count, built + PAGE); built < to; built++) {
        const { where, input, weight, product } = terms.term(built);
        const data = { "data-product": product, "data-input": input, "data-weight": weight };
        rows.append(row(data, [where, input, weight, product]));
      }
      more.textContent = `Show the next ${Math.min(PAGE, terms.count - built)} of ${terms.count}`;
      more.hidden = built >= terms.count;
    }
    add();
    const heads = ["site", "input", "weight", "product"].map((name) => el("th", { scope: "col" }, name));
    const added = row({ "data-bias": bias }, ["bias", "", "", bias]);
    const sum = row({ "data-value": value }, ["value", "", "", value]);
    fill(body, el("table", {}, el("thead", {}, el("tr", {}, heads)), rows, el("tfoot", {}, added, sum)), more);
  }

  return {
    element: el("div", { class: "away" },
      el("section", { class: "code" }, el("div", { class: "controls" }, copies), said.element, pre), table),
    /** @param {import("locality/rooms/network/terms").Terms} all @param {Given} cell */
    update(all, ...cell) {
      [terms, given] = [all, cell];
      said.clear();
      pre.hidden = true;
      summary.textContent = terms.count === 1 ? "The one term in full" : `All ${terms.count} terms in full`;
      build();
    },
  };
}
