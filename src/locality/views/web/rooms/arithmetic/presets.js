/** Settings with a name: the fifteen well-known animations of convolution arithmetic, the lecture's, and a few more. */

/** @typedef {import("locality/arithmetic").Settings} Settings */
/** @typedef {import("locality/arithmetic").Axis} Axis */
/** @typedef {{name: string, settings: Settings, note: string}} Preset */

/** @param {Partial<Axis>} given @returns {Axis} */
export function axis(given) {
  return { size: 5, kernel: 3, stride: 1, padding: [0, 0], dilation: 1, output_padding: 0, ...given };
}

/** @param {Axis[]} axes @param {Partial<Settings>} [more] @returns {Settings} */
function settings(axes, more = {}) {
  return { direction: "convolution", axes, padding_mode: "zeros", rounding: "exact", ...more };
}

/** Both axes alike. @param {string} name @param {Partial<Axis>} given @param {Partial<Settings>} [more]
 *  @returns {Preset} */
function square(name, given, more, note = "") {
  return { name, settings: settings([axis(given), axis(given)], more), note };
}

/** @param {string} name @param {Partial<Axis>} given @returns {Preset} */
const back = (name, given, note = "") => square(`${name}, transposed`, given, { direction: "transposed" }, note);

const ODD =
  "The last row and column of padding stay unread, so this one needs rounding down. Several inputs give the same " +
  "output then, and only output_padding tells their transposed twins apart.";

/** @type {Preset[]} */
export const PRESETS = [
  square("No padding, stride 1", { size: 4 }),
  back("No padding, stride 1", { size: 2 }),
  square("Arbitrary padding, stride 1", { size: 5, kernel: 4, padding: [2, 2] }),
  back("Arbitrary padding, stride 1", { size: 6, kernel: 4, padding: [2, 2] }),
  square("Same (half) padding, stride 1", { padding: [1, 1] }, {}, "Half padding keeps the size."),
  back("Same (half) padding, stride 1", { padding: [1, 1] }, "Half padding keeps the size."),
  square("Full padding, stride 1", { padding: [2, 2] }, {}, "Full padding grows the map by kernel_size - 1."),
  back("Full padding, stride 1", { size: 7, padding: [2, 2] }),
  square("No padding, stride 2", { stride: 2 }),
  back("No padding, stride 2", { size: 2, stride: 2 }),
  square("Padding, stride 2", { stride: 2, padding: [1, 1] }),
  back("Padding, stride 2", { size: 3, stride: 2, padding: [1, 1] }),
  square("Padding, stride 2, odd", { size: 6, stride: 2, padding: [1, 1] }, { rounding: "floor" }, ODD),
  back(
    "Padding, stride 2, odd",
    { size: 3, stride: 2, padding: [1, 1], output_padding: 1 },
    "output_padding adds one row and one column at the end, so that the output is 6x6 and not 5x5.",
  ),
  square("Dilation 2", { size: 7, dilation: 2 }),
  square("The lecture's: 28x28 with 5x5 patches", { size: 28, kernel: 5 }),
  square("Invalid: stride 2 does not tile", { size: 6, stride: 2 }),
  square("Invalid: 28x28 with 5x5 patches, stride 2", { size: 28, kernel: 5, stride: 2 }),
  {
    name: "Not square, edges wrapped",
    note: "",
    settings: settings([axis({ size: 4, padding: [1, 1] }), axis({ size: 7, kernel: 2, stride: 2, padding: [0, 1] })], {
      padding_mode: "wrap",
    }),
  },
  {
    name: "Causal, 1-D",
    settings: settings([axis({ size: 10, padding: [2, 0] })]),
    note: "All padding stands before the first cell: no output reads a cell after its own.",
  },
  { name: "Dilated, 1-D", settings: settings([axis({ size: 12, dilation: 3, padding: [3, 3] })]), note: "" },
  {
    name: "Dilated, 1-D, causal",
    settings: settings([axis({ size: 12, kernel: 2, dilation: 4, padding: [4, 0] })]),
    note: "",
  },
  {
    name: "Transposed, 1-D, stride 2",
    note: "",
    settings: settings([axis({ size: 4, kernel: 4, stride: 2, padding: [1, 1] })], { direction: "transposed" }),
  },
];

/** The first of the presets that has these settings, or -1. @param {Settings} given */
export function presetOf(given) {
  const wanted = JSON.stringify(ordered(given));
  return PRESETS.findIndex((preset) => JSON.stringify(ordered(preset.settings)) === wanted);
}

/** @param {Settings} given */
function ordered({ direction, axes, padding_mode, rounding }) {
  const forwards = direction === "convolution";
  // Rounding, edges and output padding count only where they mean something.
  return [
    direction,
    axes.map((a) => [a.size, a.kernel, a.stride, a.padding, a.dilation, forwards ? 0 : a.output_padding]),
    forwards ? [padding_mode, rounding] : 0,
  ];
}
