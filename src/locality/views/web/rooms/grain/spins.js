// Spin configurations made in the page. What Python samples in equilibrium joins this list as further entries.

/**
 * Where spins come from. `knob` is the one number that can be set; `draws` says that a seed matters.
 * @typedef {object} Spins
 * @property {string} id @property {string} name @property {string} about
 * @property {{label: string, min: number, max: number, step: number, value: number} | null} knob
 * @property {boolean} draws
 * @property {(side: number, knob: number, seed: number) => Float64Array} spins   +1 and -1, side x side, row by row
 */

/** @type {Spins[]} */
export const SPINS = [
  {
    id: "random",
    name: "Random spins",
    draws: true,
    about: "Each spin is drawn alone: no neighbour knows of another.",
    knob: { label: "Share up", min: 0, max: 1, step: 0.01, value: 0.55 },
    spins: (side, share, seed) => {
      const draw = random(seed);
      return Float64Array.from({ length: side * side }, () => (draw() < share ? 1 : -1));
    },
  },
  {
    id: "domains",
    name: "Domains",
    draws: true,
    about:
      "Random spins; then all follow the majority of the 3x3 spins around them, several times. The edges are joined.",
    knob: { label: "Rounds", min: 0, max: 30, step: 1, value: 6 },
    spins: (side, rounds, seed) => {
      const draw = random(seed);
      let spins = Float64Array.from({ length: side * side }, () => (draw() < 0.5 ? 1 : -1));
      for (let round = 0; round < rounds; round++) spins = followed(spins, side);
      return spins;
    },
  },
  {
    id: "stripes",
    name: "Stripes",
    draws: false,
    about: "Upright stripes of one width.",
    knob: { label: "Width", min: 1, max: 32, step: 1, value: 6 },
    spins: (side, width) => each(side, (_, x) => Math.floor(x / width) % 2 === 0),
  },
  {
    id: "disc",
    name: "Disc",
    draws: false,
    about: "Up inside a disc, down outside.",
    knob: { label: "Radius, as a share of the side", min: 0.02, max: 0.7, step: 0.01, value: 0.32 },
    spins: (side, radius) => {
      const middle = (side - 1) / 2;
      return each(side, (y, x) => Math.hypot(y - middle, x - middle) <= radius * side);
    },
  },
  {
    id: "checkerboard",
    name: "Checkerboard",
    draws: false,
    about: "Up and down in turn, as in an antiferromagnet.",
    knob: { label: "Width of a field", min: 1, max: 16, step: 1, value: 1 },
    spins: (side, width) => each(side, (y, x) => (Math.floor(y / width) + Math.floor(x / width)) % 2 === 0),
  },
];

/** @param {number} side @param {(y: number, x: number) => boolean} up */
function each(side, up) {
  return Float64Array.from({ length: side * side }, (_, i) => (up(Math.floor(i / side), i % side) ? 1 : -1));
}

/** Every spin as the majority of the nine around it; nine never tie.
 *  @param {Float64Array} spins @param {number} side */
function followed(spins, side) {
  const on = (/** @type {number} */ i) => (i + side) % side;
  return Float64Array.from(spins, (_, i) => {
    let votes = 0;
    for (let y = -1; y <= 1; y++) {
      for (let x = -1; x <= 1; x++) votes += spins[on(Math.floor(i / side) + y) * side + on((i % side) + x)];
    }
    return Math.sign(votes);
  });
}

/** Numbers between 0 and 1 that a seed decides (mulberry32). @param {number} seed */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
