/** The PyTorch lines that do the same as the picture, with a button that copies them. */

import { isTransposed, windowsOf } from "locality/arithmetic";
import { takes } from "locality/geometry";
import { button, copyText, el } from "locality/parts/dom";

/** @import { Settings } from "locality/arithmetic" */

const MODES = /** @type {Record<string, string>} */ ({ edge: "replicate", reflect: "reflect", wrap: "circular" });

/** Code that makes `y` from `x` of shape (1, 1, *size). @param {Settings} settings */
export function torchCode(settings) {
  const { axes } = settings;
  const back = isTransposed(settings);
  const mode = back ? "" : MODES[settings.padding_mode];
  const even = axes.every(({ padding: [before, after] }) => before === after);
  const plain = { kernel_size: 0, stride: 1, padding: 0, output_padding: 0, dilation: 1 };
  const given = Object.entries(plain).map(([name, usual]) => {
    const values = axes.map((one) => ({
      ...one, kernel_size: one.kernel, padding: even ? one.padding[0] : 0,
      output_padding: back ? one.output_padding : 0,
    }[/** @type {"stride"} */ (name)]));
    const all = new Set(values).size === 1 ? values[0] : `(${values.join(", ")})`;
    return all === usual ? "" : `${name}=${all}, `;
  });
  if (even && mode && axes.some(({ padding }) => padding[0])) given.push(`padding_mode="${mode}", `);
  const sides = [...axes].reverse().flatMap(({ padding }) => padding).join(", ");
  const cuts = axes.map(({ padding: [before, after] }) => `${before || ""}:${after ? -after : ""}`).join(", ");
  const uneven = back ? `layer(x)[:, :, ${cuts}]` : `layer(F.pad(x, (${sides})${mode ? `, mode="${mode}"` : ""}))`;
  const tiles = windowsOf(axes, "exact").every((window, i) => takes(window, axes[i].size));
  return `layer = nn.Conv${back ? "Transpose" : ""}${axes.length}d(1, 1, ${given.join("")}bias=False)\n` +
    `y = ${even ? "layer(x)" : uneven}${back || tiles ? "" : "\n# PyTorch rounds down without a word"}`;
}

export function codePanel() {
  const code = el("code");
  const copy = button("Copy", async () => {
    copy.textContent = (await copyText(code.textContent ?? "")) ? "Copied" : "Could not copy";
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  return {
    element: el("section", { class: "panel code", "aria-label": "The same in PyTorch" },
      el("div", { class: "head" }, el("h2", {}, "The same in PyTorch"), copy),
      el("pre", { class: "scroll", tabIndex: 0 }, code)),
    show: (/** @type {Settings} */ settings) => void (code.textContent = torchCode(settings)),
  };
}
