// How one training goes: a bar, curves, numbers, and what can be done with it. Its elements stay while it changes, so
// that a button keeps its focus.

import { curves } from "locality/lab/curves";
import { button, el, fill, short } from "locality/parts/dom";

/** @typedef {import("locality/lab/server").Training} Training */
/** @typedef {import("locality/lab/server").Epoch} Epoch */
/** @typedef {import("locality/lab/curves").Line} Line */

const LAST = 12; // epochs in the table of numbers
const percent = (/** @type {number} */ share) => `${(100 * share).toFixed(2)} %`;

/** @param {{onStop: () => void, onResume: () => void, onOpen: () => void}} given */
export function progress({ onStop, onResume, onOpen }) {
  const title = el("h3");
  const bar = el("progress", { "aria-label": "Progress" });
  const ticking = el("span"); // changes twice a second: nothing to be read out each time
  const outcome = el("span", { role: "status" });
  const halt = button("Stop", onStop);
  const further = button("Go on", onResume);
  const look = button("Open", onOpen);
  const wrong = el("p", { class: "notice bad", hidden: true });
  const charts = el("div", { class: "row" });
  const table = el("div", { class: "scroll" });
  const numbers = el("details", {}, el("summary", {}, "The numbers of the last epochs"), table);
  const element = el("div", { class: "training", hidden: true },
    title, el("div", { class: "control" }, bar, ticking, outcome, halt, further, look), wrong, charts, numbers);
  let drawn = "";

  return {
    element,
    /** @param {Training} now @param {Epoch[]} history */
    show(now, history) {
      const going = now.state === "running" || now.state === "stopping";
      const part = going ? share(now, history) : 0;
      element.hidden = false;
      title.textContent = `${now.name}: ${now.net} on ${now.data}`;
      bar.max = now.epochs;
      if (now.started || !going) bar.value = now.epoch + part;
      else bar.removeAttribute("value"); // nobody knows how long the data take
      ticking.textContent = now.state === "running" ? ticks(now, part) : "";
      const ends = now.state === "running" ? "" : outcomeText(now);
      if (outcome.textContent !== ends) outcome.textContent = ends;
      halt.hidden = !going;
      halt.disabled = now.state === "stopping";
      further.hidden = !now.resumable;
      look.hidden = going || !now.started;
      wrong.textContent = now.error ?? "";
      wrong.hidden = !now.error;
      charts.hidden = numbers.hidden = !history.length;
      const state = `${now.id} ${history.length} ${now.epochs}`;
      if (drawn === state || !history.length) return;
      drawn = state;
      fill(charts, lossChart(history, now.epochs), accuracyChart(history, now.epochs));
      fill(table, rows(history));
    },
  };
}

/** @param {Training} training */
export const epochsDone = ({ epoch, epochs }) => `${epoch} of ${epochs} epochs`;

/** How much of the epoch under way is done, by the time that the last one took.
 * @param {Training} now @param {Epoch[]} history */
function share(now, history) {
  const last = history[history.length - 1]?.seconds ?? 0;
  return now.started && last > 0 && now.epoch < now.epochs ? Math.min(0.95, now.since / last) : 0;
}

/** @param {Training} now @param {number} part */
function ticks(now, part) {
  if (!now.started) return `loading the data, ${now.elapsed.toFixed(0)} s`;
  if (now.epoch === now.epochs) return "testing";
  const each = now.epoch ? now.seconds / now.epoch : 0;
  const left = each ? `, about ${Math.max(1, Math.round(each * (now.epochs - now.epoch - part)))} s left` : "";
  const next = part ? `, about ${Math.round(100 * part)} % of the next` : "";
  return `${epochsDone(now)}${next}, ${now.elapsed.toFixed(0)} s${left}`;
}

/** @param {Training} now */
function outcomeText(now) {
  if (now.state === "finished") {
    const seconds = now.seconds.toFixed(1);
    return `finished, ${percent(now.accuracy ?? 0)} of the test pictures are classified correctly, after ${seconds} s`;
  }
  return now.state === "stopping" ? "stopping" : `${now.state} after ${epochsDone(now)}`;
}

/** @param {Epoch[]} history @param {number} epochs */
function lossChart(history, epochs) {
  const values = history.map((epoch) => epoch.loss);
  return figure("Loss", epochs, [{ name: "training", colour: "input", values }], (x) => short(x, 4), short);
}

/** @param {Epoch[]} history @param {number} epochs */
function accuracyChart(history, epochs) {
  /** @type {Line[]} */
  const lines = [{ name: "training", colour: "input", values: history.map((epoch) => epoch.accuracy) }];
  if (history.some((epoch) => epoch.validation_accuracy !== undefined)) {
    const values = history.map((epoch) => epoch.validation_accuracy ?? NaN);
    lines.push({ name: "held out", colour: "output", values });
  }
  return figure("Accuracy", epochs, lines, percent, (x) => `${Number((100 * x).toPrecision(4))} %`);
}

/**
 * @param {string} title @param {number} epochs @param {Line[]} lines
 * @param {(x: number) => string} format @param {(x: number) => string} tick
 */
function figure(title, epochs, lines, format, tick) {
  const ends = lines.map(({ name, colour, values }) =>
    el("span", { class: `end ${colour}` }, `${name} ${format(values[values.length - 1])}`));
  return el("figure", { class: "grow" }, el("figcaption", {}, el("strong", {}, title), ends),
    curves({ title, lines, epochs, format, tick }));
}

/** The last epochs as numbers. @param {Epoch[]} history */
function rows(history) {
  const held = history.some((epoch) => epoch.validation_accuracy !== undefined);
  const head = ["epoch", "loss", "accuracy", ...(held ? ["held out"] : []), "rate", "seconds"];
  const body = history.slice(-LAST).map((epoch) => [
    epoch.epoch, epoch.loss.toFixed(4), percent(epoch.accuracy),
    ...(held ? [percent(epoch.validation_accuracy ?? NaN)] : []), short(epoch.rate), epoch.seconds.toFixed(2)]);
  return el("table", {},
    el("thead", {}, el("tr", {}, head.map((text) => el("th", { scope: "col" }, text)))),
    el("tbody", {}, body.map((row) => el("tr", {}, row.map((text) => el("td", {}, text))))));
}
