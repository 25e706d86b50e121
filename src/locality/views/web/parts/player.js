// Play, pause, step forwards and backwards, speed: for everything that walks over positions.

import { button, el } from "locality/parts/dom";

const SPEEDS = [0.5, 1, 2, 5, 10, 30]; // positions a second

/**
 * @param {{label: string, count: number, at?: number, onMove: (position: number) => void}} given
 *   `count` positions, numbered from 0; `onMove` is called with each one that is reached
 */
export function player({ label, count, at = 0, onMove }) {
  /** @type {ReturnType<typeof setInterval> | null} */
  let timer = null;
  let position = at;
  const slider = el("input", { type: "range", min: "0", step: "1", "aria-label": `${label}: position`, oninput: () => jump(Number(slider.value)) });
  const play = button("Play", () => (timer === null ? start() : stop()), { class: "primary" });
  const speed = el("select", { "aria-label": `${label}: speed`, onchange: () => timer !== null && (stop(), start()) },
    SPEEDS.map((s) => el("option", { value: String(s), selected: s === 2 }, `${s} a second`)));
  const said = el("output", { class: "position" });
  const element = el("div", { class: "player", role: "group", "aria-label": label },
    button("◀", () => jump(position - 1), { title: "One step back", "aria-label": "One step back" }), play,
    button("▶", () => jump(position + 1), { title: "One step on", "aria-label": "One step on" }), slider, said, speed);

  /** @param {number} to */
  function show(to) {
    position = ((to % count) + count) % count || 0;
    slider.max = String(Math.max(0, count - 1));
    slider.value = String(position);
    said.textContent = `${count ? position + 1 : 0} of ${count}`;
  }

  /** @param {number} to */
  function move(to) {
    show(to);
    onMove(position);
  }

  /** @param {number} to */
  function jump(to) {
    stop();
    move(to);
  }

  function start() {
    if (count < 2) return;
    play.textContent = "Pause";
    timer = setInterval(() => (element.isConnected ? move(position + 1) : stop()), 1000 / Number(speed.value));
  }

  function stop() {
    if (timer !== null) clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  }

  show(at);
  return {
    element,
    start,
    stop,
    /** Show a position that was reached by other means; `onMove` is not called. */
    show,
    /** Give it another number of positions. @param {number} many @param {number} [now] */
    setCount(many, now = 0) {
      count = many;
      show(Math.min(now, Math.max(0, many - 1)));
    },
    get position() {
      return position;
    },
  };
}
