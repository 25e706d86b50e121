/** The room of convolution arithmetic: a window moves over an input, forwards or transposed, every number shown. */

import { picture, plane, refusal } from "locality/arithmetic";
import { choice } from "locality/parts/controls";
import { button, el } from "locality/parts/dom";
import { codePanel } from "locality/rooms/arithmetic/code";
import { form } from "locality/rooms/arithmetic/form";
import { matrixPanel } from "locality/rooms/arithmetic/matrixview";
import { numbers } from "locality/rooms/arithmetic/numbers";
import { readShown, written } from "locality/rooms/arithmetic/settings";
import { stage } from "locality/rooms/arithmetic/stage";
import { verdict } from "locality/rooms/arithmetic/verdict";

/** @typedef {import("locality/arithmetic").Settings} Settings */
/** @typedef {import("locality/rooms/arithmetic/numbers").Pattern} Pattern */

const INPUTS = /** @type {[Pattern, string][]} */ ([
  ["random", "random"],
  ["counting", "counting"],
  ["ones", "all ones"],
  ["dot", "a single one"],
]);
/** With this seed the first kernel has weights of both signs that nearly cancel. */
const FIRST_KERNEL = 854;
/** What random numbers are drawn from: small ones, so that the sums can be done by heart, and no weight of zero. */
const RANDOM = { input: [0, 1, 2, 3, 4, 5], kernel: [-2, -1, 1, 2] };

/** @type {import("locality/app").Room} */
export const room = {
  id: "arithmetic",
  title: "Arithmetic",
  about: "How many outputs a window makes, where each of them looks, and what padding, stride and dilation do to it.",
  mount(root, page) {
    let shown = readShown(page.state.get);
    /** @type {import("locality/arithmetic").Picture} */
    let made;
    const controls = form((settings) => take(settings, false));
    const sized = verdict((settings) => take(settings, true));
    const matrix = matrixPanel();
    const code = codePanel();
    const work = stage({
      onMove(position, lit) {
        shown.position = position;
        matrix.light(lit);
        keep();
      },
      onView(view) {
        shown = { ...shown, view, position: 0 };
        draw();
      },
      onEdit(which, cell, value) {
        shown.edits[which].set(String(cell), value);
        draw();
      },
    });
    const pattern = choice({
      label: "Input numbers",
      list: true,
      options: INPUTS,
      value: shown.pattern,
      onInput: (value) => fresh({ pattern: value }),
    });
    const weights = choice({
      label: "Kernel numbers",
      list: true,
      options: INPUTS,
      value: shown.weights,
      onInput: (value) => fresh({ weights: value }),
    });
    const others = button("Other numbers", () => fresh({ seed: shown.seed + 1 }));

    /** New numbers; what was typed by hand goes.
     *  @param {Partial<import("locality/rooms/arithmetic/settings").Shown>} given */
    function fresh(given) {
      shown = { ...shown, ...given, edits: { input: new Map(), kernel: new Map() } };
      work.endEdit();
      draw();
    }

    /** Other settings; where they cannot be drawn, a sentence, and the last ones stay.
     *  @param {Settings} settings @param {boolean} byButton */
    function take(settings, byButton) {
      if (byButton) controls.set(settings);
      const refused = refusal(settings);
      if (refused) return sized.refuse(refused, settings);
      const transposed = settings.direction === "transposed";
      const view = transposed ? (shown.view === "window" ? "spread" : shown.view) : "window";
      work.stop();
      work.endEdit();
      shown = { ...shown, settings, view, position: view === shown.view ? shown.position : 0 };
      draw();
    }

    function draw() {
      const { settings, seed, edits } = shown;
      const axes = plane(settings);
      made = picture(
        settings,
        numbers(
          axes.map(({ size }) => size),
          shown.pattern,
          seed,
          RANDOM.input,
          edits.input,
        ),
        numbers(
          axes.map(({ kernel }) => kernel),
          shown.weights,
          seed + FIRST_KERNEL,
          RANDOM.kernel,
          edits.kernel,
        ),
      );
      sized.show(made);
      matrix.show(made);
      code.show(settings);
      work.show(made, shown.view, shown.position);
      work.tell();
    }

    const keep = () => page.state.room === "arithmetic" && page.state.set(written(shown));

    root.append(
      controls.element,
      sized.element,
      work.element,
      el("section", { class: "panel controls", "aria-label": "Numbers" }, pattern.element, weights.element, others),
      matrix.element,
      code.element,
    );
    controls.set(shown.settings);
    draw();
    return () => {
      // In another room the address holds that room's settings.
      const asked =
        page.state.room === "arithmetic" && page.state.get("size") !== null ? readShown(page.state.get) : shown;
      if (JSON.stringify(written(asked)) !== JSON.stringify(written(shown))) {
        shown = asked;
        controls.set(shown.settings);
        pattern.set(shown.pattern);
        weights.set(shown.weights);
        return draw();
      }
      // Only the colours or the size of the window changed: what is being typed stays.
      matrix.show(made);
      work.redraw();
      work.tell();
    };
  },
};
