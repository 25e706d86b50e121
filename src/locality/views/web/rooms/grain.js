// The room "Coarse graining": a picture or spins under repeated pooling, three rules side by side.

import { choice, numberField, slider, toggle } from "locality/parts/controls";
import { colourOf, legend } from "locality/parts/colour";
import { button, el, fill, notice, short } from "locality/parts/dom";
import { pictureChooser } from "locality/parts/pictures";
import { makeBoard } from "locality/rooms/grain/board";
import { factsTable, isingTable, MEANING, rowsOf, SPIN, spelled, startOf } from "locality/rooms/grain/levels";
import { settings } from "locality/parts/settings";
import { SPINS } from "locality/rooms/grain/spins";
import { blockOf, further, KINDS, plan, power, terms } from "locality/grain";

const LARGEST = 162; // cells along a side: 2 x 81, more than most screens show

export const room = {
  id: "grain",
  title: "Coarse graining",
  about: "Put a block of cells in place of one, again and again. What stays, and what is lost?",
  mount,
};

/** @param {HTMLElement} root @param {import("locality/app").PageContext} page */
function mount(root, page) {
  const pictures = [...page.samples, ...page.pictures].filter(
    ({ shape }) => shape.length === 3 && [1, 3].includes(shape[0]));
  let own = pictures[0]; // the one that was brought in last
  const usual = {
    from: "picture", picture: 0, spins: SPINS[0].id, seed: 1, block: 2, side: 64, lost: false,
    rule: 1, level: 2, y: 6, x: 8, ising: 0,
  };
  const knobs = Object.fromEntries(SPINS.map(({ id, knob }) => [id, knob.value]));
  const { now, put, keep, bind, open } = settings(page.state, { ...usual, ...knobs }, update);
  /** @type {import("locality/rooms/grain/board").Row[]} */
  let rows = [];

  const chooser = pictureChooser({
    label: "Picture", pictures, shape: null, fit: "cover", largest: 512,
    onPicture: (picture) => put({ picture: pictures.indexOf((own = picture)) }),
  });
  const wrong = notice();
  const from = bind(choice, "from", { label: "Start from", options: [["picture", "a picture"], ["spins", "spins"]] });
  const kind = bind(choice, "spins", { label: "Spins", options: SPINS.map(({ id, name }) => [id, name]), list: true });
  const sliders = SPINS.map(({ id, knob }) => bind(slider, id, { format: short, ...knob }));
  const again = button("Draw again", () => put({ seed: now.seed + 1 }));
  const blocks = bind(choice, "block", { label: "Block", options: [2, 3, 4, 5].map((n) => [String(n), `${n}×${n}`]) });
  const side = bind(numberField, "side", { label: "Cells along a side", min: 2, max: LARGEST, complain: wrong.warn });
  const loss = bind(toggle, "lost", { label: "Show what averaging loses" });
  const controls = [from, kind, ...sliders, { element: again }, blocks, side, loss];
  const stop = notice();
  const ways = el("p", { class: "grain-further" });
  const said = el("p", { class: "muted grain-said", role: "status" });
  const ising = el("div");
  const legends = el("div", { class: "row" });
  const at = el("output", { class: "grain-at" });
  const sums = el("ul", { class: "grain-sums" });
  const cell = el("section", { class: "panel grain-cell", tabIndex: 0, "aria-label": "One cell" }, at, sums);
  const tables = el("div", { class: "grain-tables" });
  const board = makeBoard((to) => {
    Object.assign(now, to);
    cell.classList.add("live");
    explain();
    keep();
  });
  fill(root,
    el("div", { class: "panel grain-controls" },
      el("div", { class: "controls" }, controls.map(({ element }) => element)), chooser.element, wrong.element),
    el("div", {}, said, ising, stop.element, ways),
    el("div", { class: "panel" }, board.element, legends),
    cell,
    el("div", {}, el("h2", {}, "What is kept, what is lost"), el("p", { class: "muted grain-said" }, MEANING), tables));
  open();
  chooser.show(pictures[now.picture] ?? own);
  return open;

  /** @param {{block?: number}} changed */
  function update(changed) {
    const lattice = now.from === "spins";
    now.ising = Math.round(now.ising);
    const picture = pictures[now.picture] ?? own;
    const source = SPINS.find(({ id }) => id === now.spins) ?? SPINS[0];
    chooser.element.hidden = lattice;
    kind.element.hidden = !lattice;
    again.hidden = !lattice || !source.draws;
    sliders.forEach(({ element }, i) => (element.hidden = !lattice || SPINS[i] !== source));
    const most = Math.min(LARGEST, ...(lattice ? [source.most ?? LARGEST] : picture.shape.slice(1)));
    const has = lattice ? `sample has ${most} spins along a side` : `picture has ${most} pixels along its shorter side`;
    wrong.say(now.side > most ? `The ${has}: no more cells than that.` : "");
    if (now.side > most || (changed.block && plan(now.side, now.block).stop))
      now.side = power(Math.min(most, 81), now.block);
    const start = lattice ? spinsOf(source) : startOf(picture, now.side);
    rows = rowsOf(start, now.block, now.lost);
    said.textContent = start.said + (now.block % 2 ? "" : " An even block can tie: then its first site decides.");
    ising.hidden = !lattice || source.id !== "ising";
    fill(ising, !ising.hidden && isingTable(now.ising));
    const began = { lattice, joined: lattice && !isWindow(source) };
    fill(tables, KINDS.map((kind, rule) => factsTable(kind, rows[rule], now.block, began)));
    const swatch = (/** @type {number} */ value) =>
      el("span", { class: "grain-swatch", style: `background:${colourOf(value, SPIN)}` });
    fill(legends,
      !lattice && legend(start.range, "Brightness"),
      el("p", { class: "muted" }, swatch(1), "+1, up ", swatch(-1), "−1, down"),
      now.lost && legend(rows[3].range, "Lost"));
    const { stop: why } = plan(now.side, now.block);
    stop.warn(why ? `Invalid at ${why}` : "");
    const { more, all } = further(now.side, now.block, most);
    const sides = [...new Set([...more, ...all])].sort((a, b) => a - b);
    fill(ways, why && ["Sides that go further:", ...sides.map((one) =>
      button(`${one}${all.includes(one) ? ", to one block" : ""}`, () => put({ side: one })))]);
    Object.assign(now, board.show(rows, now.block, now));
    explain();
  }

  /** @param {import("locality/rooms/grain/spins").Spins} source */
  function spinsOf(source) {
    const knob = /** @type {Record<string, any>} */ (now)[source.id];
    const map = { shape: [1, now.side, now.side], data: source.spins(now.side, knob, now.seed) };
    const said = source.about +
      (isWindow(source) ? ` Level 0 is a window of ${now.side}×${now.side} cut out of it, with open edges.` : "");
    return { map, spins: map, range: SPIN, said };
  }

  /** @param {import("locality/rooms/grain/spins").Spins} source */
  function isWindow({ most }) {
    return most !== undefined && now.side < most;
  }

  /** The cell under the cursor, by every rule. */
  function explain() {
    const { rule, level, y, x, block } = now;
    const [[top, bottom], [left, right]] = [y, x].map((place) => blockOf(place, level, block));
    at.textContent = `${rows[rule].title}, level ${level}, row ${y + 1}, column ${x + 1}.` +
      (level ? ` It stands for rows ${top + 1} to ${bottom + 1}, columns ${left + 1} to ${right + 1} of level 0.` : "");
    fill(sums, KINDS.map((kind, i) => {
      const { title, levels } = rows[i];
      const { shape, data } = levels[level];
      const value = data[y * shape[2] + x];
      return el("li", { "aria-current": i === rule }, level
        ? spelled(kind, terms(levels[level - 1], [0, y, x], kind, block), value)
        : `${title}: ${short(value, 6)}`);
    }));
  }
}
