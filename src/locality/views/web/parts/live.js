// A sentence beside something live, said twice a second at most: whoever listens is not told of every frame.

import { notice, sentence } from "locality/parts/dom";

const PAUSE = 500; // milliseconds

export function liveNotice() {
  const said = notice();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  let last = -Infinity;

  /** @param {() => void} speak @param {boolean} live */
  function soon(speak, live) {
    clearTimeout(later);
    const now = () => {
      last = live ? performance.now() : -Infinity;
      speak();
    };
    const wait = live ? last + PAUSE - performance.now() : 0;
    if (wait > 0) later = setTimeout(now, wait);
    else now();
  }

  return {
    element: said.element,
    /** @param {string} text */
    say: (text) => soon(() => said.say(text), false),
    /** What was done, in parts of one sentence. @param {string[]} parts @param {boolean} live */
    tell(parts, live) {
      const text = parts.join("; ");
      soon(() => said.say(text && `${text[0].toUpperCase()}${text.slice(1)}.`), live);
    },
    /** What went wrong. @param {unknown} error @param {boolean} [live] */
    refuse: (error, live = false) => soon(() => said.warn(sentence(error)), live),
  };
}
