// The room "Shared weights": what locality and sharing save, and what they promise under a shift.

import { makeCounts } from "locality/rooms/sharing/counts";
import { makeShift } from "locality/rooms/sharing/shift";

export const room = {
  id: "sharing",
  title: "Shared weights",
  about:
    "A convolution looks at a patch, with the same weights at every place. " +
      "What does each of the two ideas save, and what does it promise?",
  mount,
};

/** @param {HTMLElement} root @param {import("locality/app").PageContext} page */
function mount(root, page) {
  const counts = makeCounts(page);
  const shift = makeShift(page);
  root.append(counts.element, shift.element);
  shift.recall();
  return () => {
    counts.redraw();
    shift.redraw();
  };
}
