// Spin configurations: the Ising model's in equilibrium, sampled in Python, and some that are made in the page.

import { short } from "locality/parts/dom";
import { CONFIGURATIONS, SIDE } from "locality/rooms/grain/configurations";
import { AT_CRITICAL, unpacked } from "locality/rooms/grain/ising";

/** `knob` is the one number that can be set, `draws` says that a seed matters, and `spins` gives +1 and -1, row by row.
 *  Where there are only so many cells, `most` says how many along a side; fewer are a window, whose edges are not
 *  joined.
 *  @typedef {{id: string, name: string, about: string, draws: boolean, most?: number,
 *    knob: {label: string, min: number, max: number, step: number, value: number, format?: (x: number) => string},
 *    spins: (side: number, knob: number, seed: number) => Float64Array}} Spins */

/** @type {Spins[]} */
export const SPINS = [
  {
    id: "ising", name: "Ising, in equilibrium", draws: false, most: SIDE,
    about: `The Ising model in equilibrium: one sample of ${SIDE}×${SIDE} spins, opposite edges joined.`,
    knob: {
      label: "Temperature", min: 0, max: CONFIGURATIONS.length - 1, step: 1, value: AT_CRITICAL,
      format: (at) => short(CONFIGURATIONS[at].temperature, 5),
    },
    spins: (side, at) => corner(unpacked(at), side),
  },
  {
    id: "random", name: "Random spins", draws: true,
    about: "Each spin is drawn alone: no neighbour knows of another.",
    knob: { label: "Share up", min: 0, max: 1, step: 0.01, value: 0.55 },
    spins: drawn,
  },
  {
    id: "stripes", name: "Stripes", draws: false,
    about: "Upright stripes of one width.",
    knob: { label: "Width", min: 1, max: 32, step: 1, value: 6 },
    spins: (side, width) => each(side, (_, x) => x % (2 * width) < width),
  },
  {
    id: "disc", name: "Disc", draws: false,
    about: "Up inside a disc, down outside.",
    knob: { label: "Radius, as a share of the side", min: 0.02, max: 0.7, step: 0.01, value: 0.32 },
    spins: (side, radius) => each(side, (y, x) => Math.hypot(y - (side - 1) / 2, x - (side - 1) / 2) <= radius * side),
  },
  {
    id: "checkerboard", name: "Checkerboard", draws: false,
    about: "Up and down in turn, as in an antiferromagnet.",
    knob: { label: "Width of a field", min: 1, max: 16, step: 1, value: 1 },
    spins: (side, width) => each(side, (y, x) => (Math.floor(y / width) + Math.floor(x / width)) % 2 === 0),
  },
];

/** @param {number} side @param {(y: number, x: number) => boolean} up */
function each(side, up) {
  return Float64Array.from({ length: side * side }, (_, i) => (up(Math.floor(i / side), i % side) ? 1 : -1));
}

/** Spins drawn one by one, by mulberry32. @param {number} side @param {number} share @param {number} seed */
function drawn(side, share, seed) {
  let state = seed >>> 0;
  return each(side, () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296 < share;
  });
}

/** The first rows and columns of a configuration. @param {Float64Array} spins @param {number} side */
function corner(spins, side) {
  return Float64Array.from({ length: side * side }, (_, i) => spins[Math.floor(i / side) * SIDE + (i % side)]);
}
