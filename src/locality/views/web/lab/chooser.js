// The lab's bar above the page: which network is open, and the training beside it.

import { networks, labSource } from "locality/lab/server";
import { button, counted, el, fill, notice, sentence } from "locality/parts/dom";
import { newId } from "locality/parts/controls";
import { trainingPanel } from "locality/lab/training";

/** @typedef {import("locality/lab/server").Choice} Choice */
/** @typedef {import("locality/lab/server").Choices} Choices */

const TYPED = "|"; // in the list: what is typed beside it
const EXAMPLE = "1x28x28 | conv 6 5x5 pad 2 | relu | max 2x2 | flatten | dense 10";

/**
 * Build the lab's bar in `root` and open the first network: the one in the address, else the one that the command line
 * named, else the youngest run, else LeNet-5. `open` shows a source.
 * @param {HTMLElement} root @param {(source: import("locality/source").Source) => unknown} open
 */
export async function mountLab(root, open) {
  let known = await networks();
  let shown = "";
  let asked = 0;
  /** @type {Promise<unknown>} */
  let opening = Promise.resolve();
  const id = newId();
  const said = notice();
  const select = el("select", { id, onchange: () => (typed() ? (show(), line.focus()) : void openNet(select.value)) });
  const about = { "aria-label": "A network as a line of notation", placeholder: EXAMPLE, spellcheck: false };
  const line = el("input", { type: "text", class: "mono", autocomplete: "off", size: 60, ...about });
  const submit = (/** @type {Event} */ event) => (event.preventDefault(), void openNet(line.value.trim(), true));
  const form = el("form", { class: "control grow", onsubmit: submit }, line, el("button", { type: "submit" }, "Open"));
  const panel = trainingPanel({
    onTrained: async (run) => (await refresh(), openNet(run)),
    onOpen: (run) => void openNet(run),
    onChange: () => void refresh(),
  });
  const toggle = button("Train", () => show(panel.element.hidden), { "aria-expanded": "false" });
  const field = el("div", { class: "control" }, el("label", { for: id }, "Network"), select);
  fill(root, el("div", { class: "lab-bar" }, field, form, toggle), said.element, panel.element);

  const typed = () => select.value === TYPED;

  /** @param {boolean} [training] whether the training panel is open */
  function show(training = !panel.element.hidden) {
    form.hidden = !typed();
    panel.element.hidden = !training;
    toggle.setAttribute("aria-expanded", String(training));
  }

  /** Fill the list anew. @param {string} chosen */
  function list(chosen) {
    const sizes = (/** @type {Choice} */ net) => `${net.name} · ${counted(net.parameters ?? 0)} parameters`;
    fill(select,
      group("Your runs", known.runs.map((run) => option(run, runText(run), Boolean(run.error)))),
      group("Files", known.files.map((file) => option(file, file.name))),
      group("Zoo", known.zoo.map((net) => option(net, sizes(net)))),
      group("Your own", [el("option", { value: TYPED }, "A line of notation…")]));
    select.value = chosen.includes("|") ? TYPED : chosen;
    show();
  }

  /** What came or went since is listed. */
  async function refresh() {
    known = await networks().catch(() => known);
    list(typed() ? TYPED : shown);
  }

  /** @param {string} net @param {boolean} [byTyping] what was typed stays, to be mended */
  async function openNet(net, byTyping = false) {
    const turn = ++asked;
    if (!net) return said.warn(`Type a network, for example ${EXAMPLE}`);
    list(byTyping ? TYPED : net);
    if (net.includes("|")) line.value = net;
    said.say(`Opening ${net.replace(/^(run|file):/, "")}…`);
    try {
      const asMistake = net === known.first && net.startsWith("run:"); // a run opens on what it gets wrong
      const source = await (asMistake ? labSource(net, "mistake").catch(() => labSource(net)) : labSource(net));
      if (turn !== asked) return; // another was chosen meanwhile
      shown = net;
      keep(net);
      panel.choose(net, known);
      opening = opening.catch(() => {}).then(() => (turn === asked ? open(source) : undefined)); // never two at once
      await opening;
      if (turn === asked) said.clear();
    } catch (error) {
      if (turn !== asked) return;
      said.warn(sentence(error));
      if (!byTyping && !typed()) list(shown);
    }
  }

  const wanted = new URLSearchParams(location.search).get("net");
  const youngest = known.runs.find((run) => run.finished && !run.error);
  const first = known.first ?? youngest?.id ?? "lenet5";
  list("");
  await openNet(wanted ?? first);
  if (!shown && wanted) await openNet(first); // what an old address names is gone
  if (await panel.watchRunning()) show(true);
}

/** Keep in the address which network is open, and take the token out of it: it is in a cookie now.
 * @param {string} net */
function keep(net) {
  history.replaceState(null, "", `${location.pathname}?net=${encodeURIComponent(net)}${location.hash}`);
}

/** @param {string} label @param {HTMLOptionElement[]} options */
function group(label, options) {
  return options.length ? el("optgroup", { label }, options) : null;
}

/** @param {Choice} choice @param {string} text @param {boolean} [disabled] */
function option(choice, text, disabled = false) {
  return el("option", { value: choice.id, disabled, title: choice.error ?? choice.about ?? "" }, text);
}

/** @param {Choice} run */
function runText(run) {
  if (run.error) return `${run.name} · damaged`;
  const how =
    run.accuracy === null || run.accuracy === undefined ? "not finished" : `${(100 * run.accuracy).toFixed(2)} %`;
  return `${run.name} · ${how}`;
}
