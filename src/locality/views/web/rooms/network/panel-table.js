// Every term in full precision as a table, built when it is opened: for screen readers, for copying, for tests.

import { button, el, exact, fill } from "locality/parts/dom";

const PAGE = 2000; // rows at a time

/** @typedef {import("locality/rooms/network/terms").Terms} Terms */
/** @typedef {import("locality/cell").Cell} Cell */

export function termTable() {
  /** @type {{terms: Terms, cell: Cell} | null} */
  let shown = null;
  const body = el("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": "All terms" });
  const summary = el("summary", {}, "All terms");
  const element = el("details", { class: "all-terms", ontoggle: () => build() }, summary, body);

  function build() {
    if (!element.open || !shown) return fill(body);
    const { terms, cell } = shown;
    const rows = el("tbody");
    let built = 0;
    const more = button("", () => add());
    function add() {
      const to = Math.min(terms.count, built + PAGE);
      for (; built < to; built++) {
        const { where, input, weight, product } = terms.term(built);
        rows.append(
          el(
            "tr",
            {
              "data-product": String(product),
              "data-input": String(input),
              ...(weight === null ? {} : { "data-weight": String(weight) }),
            },
            el("td", {}, where),
            el("td", {}, exact(input)),
            el("td", {}, weight === null ? "" : exact(weight)),
            el("td", {}, exact(product)),
          ),
        );
      }
      more.textContent = `Show the next ${Math.min(PAGE, terms.count - built)} of ${terms.count}`;
      more.hidden = built >= terms.count;
    }
    add();
    fill(
      body,
      el(
        "table",
        {},
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ["site", "input", "weight", "product"].map((name) => el("th", { scope: "col" }, name)),
          ),
        ),
        rows,
        el(
          "tfoot",
          {},
          el(
            "tr",
            { "data-bias": String(cell.bias) },
            el("td", {}, "bias"),
            el("td"),
            el("td"),
            el("td", {}, exact(cell.bias)),
          ),
          el(
            "tr",
            { "data-value": String(cell.value) },
            el("td", {}, "value"),
            el("td"),
            el("td"),
            el("td", {}, exact(cell.value)),
          ),
        ),
      ),
      more,
    );
  }

  return {
    element,
    /** @param {Terms} terms @param {Cell} cell */
    update(terms, cell) {
      shown = { terms, cell };
      summary.textContent = terms.count === 1 ? "The one term in full" : `All ${terms.count} terms in full`;
      build();
    },
  };
}
