// Play in both directions, pause, one step on and back, speed: for everything that walks over positions.

import { button, el } from "locality/parts/dom";

const SPEEDS = [0.5, 1, 2, 5, 10, 30]; // positions a second

/** `onMove` is called with each position that is reached, from 0.
 *  @param {{label: string, count: number, onMove: (position: number) => void}} given */
export function player({ label, count, onMove }) {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  let way = 0; // 1 on, -1 back, 0 at rest
  let position = 0;
  const slider = el("input", {
    type: "range", min: "0", "aria-label": `${label}: position`, oninput: () => jump(Number(slider.value)),
  });
  const play = button("", () => run(way > 0 ? 0 : 1), { class: "primary" });
  const back = button("", () => run(way < 0 ? 0 : -1), { title: "Run from the last position to the first" });
  const speed = el("select", { "aria-label": `${label}: speed`, onchange: () => run(way) },
    SPEEDS.map((s) => el("option", { value: String(s), selected: s === 2 }, `${s} a second`)));
  const said = el("output", { class: "position" });
  const step = (/** @type {number} */ by, /** @type {string} */ sign, /** @type {string} */ name) =>
    button(sign, () => jump(position + by), { title: name, "aria-label": name });
  const element = el("div", { class: "player", role: "group", "aria-label": label },
    step(-1, "◀", "One step back"), play, back, step(1, "▶", "One step on"), slider, said, speed);

  /** @param {number} to */
  function show(to) {
    position = ((to % count) + count) % count || 0;
    slider.max = String(Math.max(0, count - 1));
    slider.value = String(position);
    said.textContent = `${count ? position + 1 : 0} of ${count}`;
  }

  const move = (/** @type {number} */ to) => (show(to), onMove(position));
  const jump = (/** @type {number} */ to) => (stop(), move(to));

  /** @param {number} by */
  function run(by) {
    clearInterval(timer);
    way = count > 1 ? by : 0;
    play.textContent = way > 0 ? "Pause" : "Play";
    back.textContent = way < 0 ? "Pause" : "Backwards";
    const tick = () => (element.getClientRects().length ? move(position + way) : stop()); // not in a room that was left
    if (way) timer = setInterval(tick, 1000 / Number(speed.value));
  }

  const stop = () => run(0);
  stop();
  show(0);
  return {
    element,
    stop,
    /** Show a position that was reached by other means; `onMove` is not called. */
    show,
    /** Give it another number of positions. @param {number} many @param {number} [now] */
    setCount(many, now = 0) {
      count = many;
      show(Math.min(now, Math.max(0, many - 1)));
    },
  };
}
