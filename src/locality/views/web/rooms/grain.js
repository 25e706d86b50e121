// The room "Coarse graining": a picture or spins under repeated pooling, three rules side by side.

import { choice, numberField, slider, toggle } from "locality/parts/controls";
import { button, el, fill, notice, short } from "locality/parts/dom";
import { pictureChooser } from "locality/parts/pictures";
import { makeBoard, swatch } from "locality/rooms/grain/board";
import { kept } from "locality/rooms/grain/kept";
import { legendsOf, NAMES, rowsOf } from "locality/rooms/grain/rows";
import { SPINS } from "locality/rooms/grain/spins";
import { startOf } from "locality/rooms/grain/start";
import { factsTable, spelled } from "locality/rooms/grain/table";
import { blockOf, further, KINDS, levels, plan, terms } from "locality/grain";

/** @typedef {import("locality/grain").Kind} Kind */
/** @typedef {import("locality/rooms/grain/board").Row} Row */
/** @typedef {import("locality/rooms/grain/spins").Spins} Spins */

const LARGEST = 162; // cells along a side: 2 x 81, more than most screens show
const CHANNELS = ["red", "green", "blue"];

export const room = {
  id: "grain",
  title: "Coarse graining",
  about: "Put a block of cells in place of one, again and again. What stays, and what is lost?",
  mount,
};

/** @param {HTMLElement} root @param {import("locality/app").PageContext} page */
function mount(root, page) {
  const pictures = [...page.samples, ...page.pictures].filter(
    ({ shape }) => shape.length === 3 && [1, 3].includes(shape[0]),
  );
  /** @type {import("locality/rooms/grain/start").Chosen & {block: number, same: boolean, loss: boolean}} */
  const now = {
    from: "picture",
    picture: pictures[0] ?? null,
    spins: SPINS[0],
    knob: 0,
    seed: 1,
    block: 2,
    side: 64,
    colour: false,
    same: true,
    loss: false,
  };
  let cursor = { rule: 1, level: 2, y: 6, x: 8 };
  const address = kept(page.state, () => {
    const spins = now.from === "spins";
    const number = now.picture ? pictures.indexOf(now.picture) : -1;
    return {
      from: spins ? "spins" : null,
      picture: number > 0 ? number : null,
      spins: spins ? now.spins.id : null,
      knob: spins ? now.knob : null,
      seed: spins ? now.seed : null,
      block: now.block,
      side: now.side,
      colour: now.colour ? 1 : null,
      scale: now.same ? null : "true",
      lost: now.loss ? 1 : null,
      ...cursor,
    };
  });
  /** @type {{rows: Row[], kinds: (Kind | null)[], whole: boolean}} `whole`: level 0 holds whole numbers */
  let shown = { rows: [], kinds: [], whole: true };

  const chooser = pictures.length
    ? pictureChooser({
        label: "Picture",
        pictures,
        shape: null,
        fit: "cover",
        largest: 512,
        onPicture: (picture) => {
          now.picture = picture;
          fitSide();
          update();
        },
      })
    : null;
  const from = choice({
    label: "Start from",
    options: [
      ["picture", "a picture"],
      ["spins", "spins"],
    ],
    value: now.from,
    onInput: (value) => ((now.from = value), fitSide(), update()),
  });
  const kind = choice({
    label: "Spins",
    options: SPINS.map(({ id, name }) => [id, name]),
    value: now.spins.id,
    list: true,
    onInput: (id) => {
      now.spins = /** @type {Spins} */ (SPINS.find((one) => one.id === id));
      now.knob = now.spins.knob?.value ?? 0;
      update();
    },
  });
  const knobPlace = el("div");
  const again = button("Draw again", () => ((now.seed += 1), update()));
  const blocks = choice({
    label: "Block",
    options: [
      ["2", "2×2"],
      ["3", "3×3"],
      ["4", "4×4"],
      ["5", "5×5"],
    ],
    value: String(now.block),
    onInput: (value) => {
      now.block = Number(value);
      if (plan(now.side, now.block).stop) now.side = best();
      update();
    },
  });
  const wrong = notice();
  const side = numberField({
    label: "Cells along a side",
    value: now.side,
    min: 2,
    max: LARGEST,
    complain: wrong.warn,
    onInput: (value) => {
      if (value > most())
        return wrong.warn(`Cells along a side: ${value} is more than the picture has. Use ${most()} or less.`);
      now.side = value;
      update();
    },
  });
  const colour = toggle({ label: "In colour", value: now.colour, onInput: (on) => ((now.colour = on), update()) });
  const scale = choice({
    label: "Levels",
    options: [
      ["same", "same size"],
      ["true", "true scale"],
    ],
    value: now.same ? "same" : "true",
    onInput: (value) => ((now.same = value === "same"), update()),
  });
  const loss = toggle({
    label: "Show what the average loses",
    value: now.loss,
    onInput: (on) => ((now.loss = on), update()),
  });
  const stop = notice();
  const ways = el("p", { class: "grain-further", hidden: true });
  const said = el("p", { class: "muted", role: "status" });
  const legends = el("div", { class: "row grain-legends" });
  const at = el("output", { class: "grain-at" });
  const sums = el("ul", { class: "grain-sums" });
  const tables = el("div", { class: "row" });
  const board = makeBoard({
    onMove: (to) => {
      cursor = to;
      cell.classList.add("live");
      explain();
      address.write();
    },
  });
  const cell = el("section", { class: "panel grain-cell", tabIndex: 0, "aria-label": "One cell" }, at, sums);
  fill(
    root,
    el(
      "div",
      { class: "panel" },
      el(
        "div",
        { class: "controls" },
        pictures.length ? from.element : null,
        kind.element,
        knobPlace,
        again,
        blocks.element,
        side.element,
        colour.element,
        scale.element,
        loss.element,
      ),
      chooser ? el("div", { class: "grain-choose" }, chooser.element) : null,
      wrong.element,
    ),
    el("div", {}, said, stop.element, ways),
    el("div", { class: "panel" }, board.element, legends),
    cell,
    el("h2", {}, "What is kept, what is lost"),
    tables,
  );
  recall();
  return () => (address.changed() ? recall() : update());

  /** Show what the address says. */
  function recall() {
    const { number } = address;
    now.from = pictures.length && page.state.get("from") !== "spins" ? "picture" : "spins";
    now.picture = pictures[number("picture", 0)] ?? pictures[0] ?? null;
    now.spins = SPINS.find(({ id }) => id === page.state.get("spins")) ?? SPINS[0];
    now.knob = number("knob", now.spins.knob?.value ?? 0);
    now.seed = number("seed", 1);
    now.block = [2, 3, 4, 5].includes(number("block", 2)) ? number("block", 2) : 2;
    now.side = Math.min(Math.max(Math.round(number("side", 64)), 2), LARGEST);
    now.colour = page.state.get("colour") === "1";
    now.same = page.state.get("scale") !== "true";
    now.loss = page.state.get("lost") === "1";
    cursor = { rule: number("rule", 1), level: number("level", 2), y: number("y", 6), x: number("x", 8) };
    from.set(now.from);
    kind.set(now.spins.id);
    blocks.set(String(now.block));
    colour.set(now.colour);
    scale.set(now.same ? "same" : "true");
    loss.set(now.loss);
    if (now.picture) chooser?.show(now.picture);
    knobPlace.dataset.of = "";
    fitSide();
    update();
  }

  /** The largest side there is. */
  function most() {
    return now.from === "picture" && now.picture
      ? Math.min(LARGEST, now.picture.shape[1], now.picture.shape[2])
      : LARGEST;
  }

  /** A side near the present one that goes down to a single block. */
  function best() {
    const near = further(now.side, now.block, most()).all;
    const fresh = further(Math.min(64 * 1.3, most()), now.block, most()).all;
    return (
      [...near, ...fresh].sort((a, b) => Math.abs(a - now.side) - Math.abs(b - now.side))[0] ??
      Math.min(now.side, most())
    );
  }

  /** A picture may have fewer pixels than cells are wanted. */
  function fitSide() {
    if (now.side > most()) now.side = best();
  }

  function knobs() {
    kind.element.hidden = knobPlace.hidden = now.from !== "spins";
    again.hidden = now.from !== "spins" || !now.spins.draws;
    colour.element.hidden = now.from !== "picture" || now.picture?.shape[0] !== 3;
    if (chooser) chooser.element.hidden = now.from !== "picture";
    side.set(now.side);
    wrong.clear();
    const given = now.spins.knob;
    if (knobPlace.dataset.of === now.spins.id) return;
    knobPlace.dataset.of = now.spins.id;
    fill(
      knobPlace,
      given
        ? slider({ ...given, value: now.knob, format: (x) => short(x), onInput: (x) => ((now.knob = x), update()) })
            .element
        : null,
    );
  }

  function update() {
    knobs();
    const { maps, range, spins, said: saying } = startOf(now);
    if (now.block % 2 === 0) saying.push("An even block can tie: then its first site decides.");
    const all = KINDS.map((kind) => levels(maps[kind], kind, now.block));
    const rows = rowsOf(maps, all, range, now.loss);
    shown = { rows, kinds: [...KINDS, null], whole: maps.average.data.every(Number.isInteger) };
    said.textContent = saying.join(" ");
    fill(
      tables,
      KINDS.map((kind, rule) =>
        factsTable({
          kind,
          title: NAMES[kind],
          levels: all[rule],
          block: now.block,
          spins: (spins && kind !== "average") || kind === "majority",
          joined: spins,
        }),
      ),
    );
    fill(legends, legendsOf(rows));
    refusal();
    board.show(rows, now.block, now.same, cursor);
    cursor = board.cursor;
    explain();
    address.write();
  }

  /** Where the blocks stop tiling: said, with sides that go further. */
  function refusal() {
    const { stop: why } = plan(now.side, now.block);
    ways.hidden = !why;
    if (!why) return stop.clear();
    stop.warn(`Invalid at ${why}`);
    const { more, all } = further(now.side, now.block, most());
    const offers = [...new Set([...more, ...all])].sort((a, b) => a - b);
    fill(
      ways,
      "Sides that go further:",
      offers.map((one) =>
        button(all.includes(one) ? `${one}, to one block` : `${one}`, () => ((now.side = one), update())),
      ),
    );
  }

  /** The cell under the cursor, by every rule. */
  function explain() {
    const { rule, level, y, x } = cursor;
    const place = `level ${level}, row ${y + 1}, column ${x + 1}`;
    const steps = level;
    const [top, bottom] = blockOf(y, steps, now.block);
    const [left, right] = blockOf(x, steps, now.block);
    const where = steps
      ? ` It stands for rows ${top + 1} to ${bottom + 1} and columns ${left + 1} to ${right + 1} of level 0.`
      : "";
    at.textContent = `${shown.rows[rule].title}, ${place}.${where}`;
    fill(
      sums,
      shown.rows.flatMap((row, i) => {
        const kind = shown.kinds[i];
        const map = row.levels[level];
        const cells = kind ? map.shape[0] : 0;
        return Array.from({ length: cells }, (_, c) => {
          const value = map.data[(c * map.shape[1] + y) * map.shape[2] + x];
          const how =
            level && kind
              ? spelled(
                  kind,
                  terms(row.levels[level - 1], [c, y, x], kind, now.block),
                  value,
                  shown.whole ? now.block ** (2 * level - 2) : 0,
                )
              : `${NAMES[/** @type {Kind} */ (kind)]}: ${short(value, 6)}`;
          const channel = cells > 1 ? `${CHANNELS[c]}: ` : "";
          return el(
            "li",
            { "aria-current": String(i === rule) },
            row.range ? swatch(value, row.range) : null,
            channel + how,
          );
        });
      }),
    );
  }
}
