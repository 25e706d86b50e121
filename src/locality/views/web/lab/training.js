// Training from the page: what to train on, how it goes, a stop button. The work is done by a process beside the lab,
// so a page that is loaded again finds it where it is.

import { resume, stop, train, training, trainings } from "locality/lab/server";
import { button, el, fill, notice, sentence } from "locality/parts/dom";
import { choice, numberField } from "locality/parts/controls";
import { epochsDone, progress } from "locality/lab/progress";

/** @typedef {import("locality/lab/server").Training} Training */
/** @typedef {import("locality/lab/server").Epoch} Epoch */

const EVERY = 500; // milliseconds between two looks
const LATER = 2000; // and where the lab did not answer

/**
 * @param {{onTrained: (run: string) => unknown, onOpen: (run: string) => void, onChange: () => void}} given
 *   `onTrained` is called when a training that is watched ends by itself, `onChange` when a run came or went
 */
export function trainingPanel({ onTrained, onOpen, onChange }) {
  let net = "";
  let watched = "";
  /** @type {Epoch[]} */
  let history = [];
  /** @type {Map<string, string>} */
  const complaints = new Map();
  const said = notice();
  const form = el("div", { class: "controls" });
  const before = el("details", { hidden: true });
  const live = progress({
    onStop: () => void doing(async () => take(await stop(watched))),
    onResume: () => void goOn(watched),
    onOpen: () => onOpen(watched),
  });
  const element = el("section", { class: "panel lab-training", "aria-label": "Training", hidden: true },
    el("h2", {}, "Train"), form, said.element, live.element, before);

  /** @param {string} label @param {number} value @param {{min?: number, max?: number, whole?: boolean}} more */
  function number(label, value, more) {
    const complain = (/** @type {string} */ wrong) => {
      complaints.set(label, wrong);
      said.warn(complaint());
    };
    return numberField({ label, value, min: 0, ...more, onInput: () => {}, complain });
  }
  const complaint = () => [...complaints.values()].find(Boolean) ?? "";

  const settings = {
    epochs: number("Epochs", 6, { min: 1, max: 100_000 }),
    batch_size: number("Pictures in a step", 128, { min: 1, max: 100_000 }),
    learning_rate: number("Learning rate", 0.008, { whole: false, max: 1000 }),
    validation: number("Share held out", 0, { whole: false, max: 0.9 }),
    seed: number("Seed", 0, { max: 2 ** 31 }),
  };
  const begin = button("Train", () => void start(), { class: "primary" });
  /** @type {ReturnType<typeof choice<string>>} */
  let data;

  /** The network that would be trained. @param {string} id @param {import("locality/lab/server").Choices} known */
  function choose(id, known) {
    if (id === net) return;
    net = id;
    const run = known.runs.find((one) => one.id === id);
    const colour = known.zoo.find((one) => one.id === id)?.input?.[0] === 3;
    const own = known.data.includes(run?.data ?? "") ? run?.data : undefined;
    const first = own ?? data?.value ?? (colour ? "textures" : "mnist");
    data = choice({ label: "on", options: known.data, value: first, list: true, onInput: () => {} });
    const name = id.includes("|") ? "this network" : run ? `${run.network}, anew,` : id.replace(/^(run|file):/, "");
    fill(form, el("strong", {}, name), data.element, Object.values(settings).map((one) => one.element), begin);
  }

  async function start() {
    if (complaint()) return said.warn(complaint());
    const values = Object.fromEntries(Object.entries(settings).map(([name, setting]) => [name, setting.value]));
    await doing(async () => watch(await train(net, data.value, values)));
  }

  /** @param {string} run */
  const goOn = (run) => doing(async () => watch(await resume(run)));

  /** @param {() => Promise<unknown>} work */
  async function doing(work) {
    said.clear();
    try {
      await work();
    } catch (error) {
      said.warn(sentence(error));
    }
    await listRuns();
  }

  /** Look at a training again and again, until it ends. @param {Training} now */
  function watch(now) {
    watched = now.id;
    history = [];
    element.hidden = false;
    look(now);
  }

  /** Show what is known now, with the epochs that came. @param {Training} now */
  function take(now) {
    history = history.slice(0, now.epoch - now.history.length).concat(now.history);
    live.show(now, history);
    begin.disabled = now.state === "running" || now.state === "stopping";
  }

  /** The same, and look again later where it goes on. @param {Training} now */
  function look(now) {
    if (now.id !== watched) return;
    take(now);
    if (begin.disabled) setTimeout(() => void again(now.id), EVERY);
    else {
      void listRuns();
      if (now.state === "finished") onTrained(now.id);
      else onChange();
    }
  }

  /** @param {string} id */
  async function again(id) {
    if (id !== watched) return;
    try {
      const now = await training(id, history.length);
      said.clear();
      look(now.epoch < history.length ? await training(id) : now); // fewer than before: another run took its place
    } catch (error) {
      said.warn(sentence(error));
      setTimeout(() => void again(id), LATER);
    }
  }

  async function listRuns() {
    const all = await trainings().catch(() => []);
    const open = all.filter((run) => run.id !== watched && run.resumable);
    before.hidden = !open.length;
    const rows = open.map((run) =>
      el("li", {}, `${run.name}, ${epochsDone(run)} `, button("Go on", () => void goOn(run.id))));
    fill(before, el("summary", {}, `Runs that can be gone on with: ${open.length}`), el("ul", {}, rows));
    return all;
  }

  return {
    element,
    choose,
    /** Watch what trains already, as after the page was loaded again; whether something does. */
    async watchRunning() {
      const first = (await listRuns()).find((run) => run.state === "running" || run.state === "stopping");
      if (first) watch(await training(first.id));
      return Boolean(first);
    },
  };
}
