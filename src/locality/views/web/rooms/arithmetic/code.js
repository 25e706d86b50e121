/** The PyTorch lines, with a button that copies them. */

import { button, copyText, el } from "locality/parts/dom";
import { torchCode } from "locality/rooms/arithmetic/torch";

export function codePanel() {
  const code = el("code");
  const copy = button("Copy", async () => {
    copy.textContent = (await copyText(code.textContent ?? "")) ? "Copied" : "Could not copy";
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });
  return {
    element: el(
      "section",
      { class: "panel code", "aria-label": "The same in PyTorch" },
      el("div", { class: "head" }, el("h2", {}, "The same in PyTorch"), copy),
      el("pre", { class: "scroll", tabIndex: 0 }, code),
    ),
    /** @param {import("locality/arithmetic").Settings} settings */
    show: (settings) => void (code.textContent = torchCode(settings)),
  };
}
