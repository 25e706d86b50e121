/** The PyTorch lines that do the same as the picture. */

import { makeWindow, takes } from "locality/geometry";

/** @typedef {import("locality/arithmetic").Settings} Settings */
const MODES = /** @type {Record<string, string>} */ ({ edge: "replicate", reflect: "reflect", wrap: "circular" });

/** Code that makes `y` from `x` of shape (1, 1, *size). @param {Settings} settings @returns {string} */
export function torchCode(settings) {
  const { axes, direction, padding_mode: mode } = settings;
  const transposed = direction === "transposed";
  const even = axes.every(({ padding: [before, after] }) => before === after);
  const given = ["1", "1", `kernel_size=${each(axes.map((a) => a.kernel))}`];
  const put = (/** @type {string} */ name, /** @type {number[]} */ values, /** @type {number} */ usual) =>
    values.some((value) => value !== usual) && given.push(`${name}=${each(values)}`);
  put(
    "stride",
    axes.map((a) => a.stride),
    1,
  );
  if (even)
    put(
      "padding",
      axes.map((a) => a.padding[0]),
      0,
    );
  if (transposed)
    put(
      "output_padding",
      axes.map((a) => a.output_padding),
      0,
    );
  put(
    "dilation",
    axes.map((a) => a.dilation),
    1,
  );
  const padded = axes.some(({ padding }) => Math.max(...padding) > 0);
  if (!transposed && even && padded && MODES[mode]) given.push(`padding_mode="${MODES[mode]}"`);
  given.push("bias=False");
  const lines = [`layer = nn.Conv${transposed ? "Transpose" : ""}${axes.length}d(${given.join(", ")})`];
  if (even) lines.push("y = layer(x)");
  else if (transposed) {
    const cuts = axes.map(({ padding: [before, after] }) => `${before || ""}:${after ? -after : ""}`);
    lines.push(`y = layer(x)[:, :, ${cuts.join(", ")}]`);
  } else {
    const sides = [...axes].reverse().flatMap(({ padding }) => padding);
    const how = MODES[mode] ? `, mode="${MODES[mode]}"` : "";
    lines.push(`y = layer(F.pad(x, (${sides.join(", ")})${how}))`);
  }
  if (!transposed && !tiles(settings)) lines.push("# PyTorch rounds down without a word");
  return lines.join("\n");
}

/** @param {Settings} settings */
function tiles({ axes }) {
  return axes.every(({ kernel, stride, padding, dilation, size }) =>
    takes(makeWindow(kernel, { stride, padding, dilation }), size),
  );
}

/** One number where all are the same, otherwise (2, 3). @param {number[]} values */
function each(values) {
  return values.every((value) => value === values[0]) ? String(values[0]) : `(${values.join(", ")})`;
}
