/** The room of convolution arithmetic: a window moves over an input, forwards or transposed, every number shown. */

import { isTransposed, picture, plane, refusal } from "locality/arithmetic";
import { choice } from "locality/parts/controls";
import { button, el } from "locality/parts/dom";
import { verdict } from "locality/rooms/arithmetic/advice";
import { form } from "locality/rooms/arithmetic/form";
import { matrixPanel } from "locality/rooms/arithmetic/matrix";
import { numbers, PATTERNS } from "locality/rooms/arithmetic/numbers";
import { readShown, written } from "locality/rooms/arithmetic/settings";
import { stage } from "locality/rooms/arithmetic/stage";
import { codePanel } from "locality/rooms/arithmetic/torch";

/** @import { Picture, Settings } from "locality/arithmetic" */
/** @import { Room } from "locality/app" */

/** With this seed the first kernel has weights of both signs that nearly cancel. */
const FIRST_KERNEL = 854;
/** What random numbers are drawn from: small ones, so that the sums can be done by heart, and no weight of zero. */
const RANDOM = { input: [0, 1, 2, 3, 4, 5], kernel: [-2, -1, 1, 2] };

/** @type {Room} */
export const room = {
  id: "arithmetic",
  title: "Arithmetic",
  about: "How many outputs a window makes, where each of them looks, and what padding, stride and dilation do to it.",
  mount(root, page) {
    let shown = readShown(page.state.get);
    /** @type {Picture} */
    let made;
    const controls = form(take);
    const sized = verdict((settings) => (controls.set(settings), take(settings)));
    const matrix = matrixPanel();
    const code = codePanel();
    const work = stage({
      onMove(position, lit) {
        shown.position = position;
        matrix.light(lit);
        if (page.state.room === "arithmetic") page.state.set(written(shown));
      },
      onView: (view) => draw({ view, position: 0 }),
      onEdit(on, cell, value) {
        shown.edits[on].set(String(cell), value);
        draw({});
      },
    });
    const fresh = (/** @type {Partial<typeof shown>} */ given) => {
      work.endEdit();
      draw({ ...given, edits: { input: new Map(), kernel: new Map() } });
    };
    const pattern = choice({
      label: "Input numbers", list: true, options: PATTERNS, value: shown.pattern,
      onInput: (value) => fresh({ pattern: value }),
    });

    /** Other settings; where they cannot be drawn, a sentence, and the last ones stay. @param {Settings} settings */
    function take(settings) {
      const refused = refusal(settings);
      if (refused) return sized.refuse(refused, settings);
      work.stop();
      work.endEdit();
      const view = !isTransposed(settings) ? "window" : shown.view === "window" ? "spread" : shown.view;
      draw({ settings, view, position: view === shown.view ? shown.position : 0 });
    }

    /** @param {Partial<typeof shown>} given */
    function draw(given) {
      shown = { ...shown, ...given };
      const { settings, seed, edits } = shown;
      const axes = plane(settings);
      made = picture(settings,
        numbers(axes.map(({ size }) => size), shown.pattern, seed, RANDOM.input, edits.input),
        numbers(axes.map(({ kernel }) => kernel), "random", seed + FIRST_KERNEL, RANDOM.kernel, edits.kernel));
      sized.show(made);
      matrix.show(made);
      code.show(settings);
      work.show(made, shown.view, shown.position);
    }

    root.append(controls.element, sized.element, work.element,
      el("section", { class: "panel controls", "aria-label": "Numbers" },
        pattern.element, button("Other numbers", () => fresh({ seed: shown.seed + 1 }))),
      matrix.element, code.element);
    controls.set(shown.settings);
    draw({});
    return () => {
      // In another room the address holds that room's settings.
      const asked = page.state.room === "arithmetic" && page.state.get("size") ? readShown(page.state.get) : shown;
      if (JSON.stringify(written(asked)) === JSON.stringify(written(shown))) {
        // Only the colours or the size of the window changed: what is being typed stays.
        matrix.show(made);
        return work.redraw();
      }
      controls.set(asked.settings);
      pattern.set(asked.pattern);
      draw(asked);
    };
  },
};
