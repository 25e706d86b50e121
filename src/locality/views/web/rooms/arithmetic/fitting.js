/** How large the cells are, so that the three maps fit the panel. */

/** @typedef {import("locality/rooms/arithmetic/boards").Board} Board */
/** The side of a cell of each map, in pixels. @typedef {{input: number, kernel: number, output: number}} Sides */

/** Side by side where the cells stay large, else below each other; never so small that they cannot be hit.
 *  @param {number} wide @param {Board} input @param {Board} kernel @param {Board} output @returns {Sides} */
export function fitSides(wide, input, kernel, output) {
  const [across, taps, made] = [input, kernel, output].map((board) => board.shape[1]);
  const beside = Math.floor((wide - 200) / (across + taps + made));
  const alone = Math.floor((wide - 16) / Math.max(across, taps, made));
  const tall = Math.floor(640 / Math.max(input.shape[0], output.shape[0]));
  const side = Math.max(7, Math.min(72, tall, beside >= 20 ? beside : Math.max(beside, alone)));
  // On a narrow screen kernel and output stand beside each other where they can.
  const pair = Math.floor((wide - 70) / (taps + made));
  const second = pair >= 18 ? Math.min(side, pair) : side;
  return { input: side, output: second, kernel: Math.min(second, Math.max(18, Math.floor(240 / taps))) };
}
