/** Settings with a name: the fifteen well-known animations of convolution arithmetic, the lecture's, and two lines. */

import { axis } from "locality/arithmetic";

/** @import { Settings } from "locality/arithmetic" */

export { axis };

/** Name; input, kernel, stride, padding; the transposed twin's input and output_padding. */
const PUBLISHED = /** @type {[string, ...number[]][]} */ ([
  ["No padding, stride 1", 4, 3, 1, 0, 2, 0],
  ["Arbitrary padding, stride 1", 5, 4, 1, 2, 6, 0],
  ["Same (half) padding, stride 1", 5, 3, 1, 1, 5, 0],
  ["Full padding, stride 1", 5, 3, 1, 2, 7, 0],
  ["No padding, stride 2", 5, 3, 2, 0, 2, 0],
  ["Padding, stride 2", 5, 3, 2, 1, 3, 0],
  ["Padding, stride 2, odd", 6, 3, 2, 1, 3, 1],
]);
const PLAIN = { direction: "convolution", padding_mode: "zeros", rounding: "exact" };
const dilated = axis({ size: 7, dilation: 2 });
const lecture = axis({ size: 28, kernel: 5 });
const halved = { ...lecture, stride: 2 };

/** @type {{name: string, settings: Settings}[]} */
export const PRESETS = [
  ...PUBLISHED.flatMap(([name, size, kernel, stride, pad, twin, output_padding]) => {
    const one = axis({ size, kernel, stride, padding: [pad, pad] });
    const back = { ...one, size: twin, output_padding };
    return [
      { name, settings: { ...PLAIN, axes: [one, one], rounding: output_padding ? "floor" : "exact" } },
      { name: `${name}, transposed`, settings: { ...PLAIN, axes: [back, back], direction: "transposed" } },
    ];
  }),
  { name: "Dilation 2", settings: { ...PLAIN, axes: [dilated, dilated] } },
  { name: "The lecture's: 28x28 with 5x5 patches", settings: { ...PLAIN, axes: [lecture, lecture] } },
  { name: "Invalid: 28x28 with 5x5 patches, stride 2", settings: { ...PLAIN, axes: [halved, halved] } },
  { name: "Causal, 1-D", settings: { ...PLAIN, axes: [axis({ size: 10, padding: [2, 0] })] } },
  { name: "Dilated, 1-D", settings: { ...PLAIN, axes: [axis({ size: 12, dilation: 3, padding: [3, 3] })] } },
];

/** The first of the presets that has these settings, or -1. @param {Settings} given */
export const presetOf = (given) => PRESETS.findIndex(({ settings }) => key(settings) === key(given));

/** Rounding, edges and output_padding count only where they mean something. @param {Settings} given */
function key({ direction, axes, padding_mode, rounding }) {
  const back = direction === "transposed";
  return JSON.stringify([axes.map((one) => axis({ ...one, output_padding: back ? one.output_padding : 0 })),
    back || [padding_mode, rounding]]);
}
