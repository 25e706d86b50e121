// The Ising model's configurations, unpacked, and their numbers beside the exact ones.

import { correlations } from "locality/grain";
import { CONFIGURATIONS, CRITICAL, SIDE } from "locality/rooms/grain/configurations";

/** The notch of the slider that lies at the critical temperature. */
export const AT_CRITICAL = CONFIGURATIONS.findIndex(({ temperature }) => temperature === CRITICAL);

/** A configuration as +1 and -1, row by row. @param {number} at */
export function unpacked(at) {
  const bytes = atob(CONFIGURATIONS[at].spins);
  return Float64Array.from({ length: SIDE * SIDE }, (_, i) => ((bytes.charCodeAt(i >> 3) >> (7 - (i & 7))) & 1 ? 1 : -1));
}

/** Magnetisation and energy per site: of a configuration, and exactly those of the infinite lattice. @param {number} at */
export function numbersOf(at) {
  const { temperature, energy, magnetisation } = CONFIGURATIONS[at];
  const data = unpacked(at);
  const { nearest } = correlations({ shape: [1, SIDE, SIDE], data }, true);
  return {
    temperature,
    ratio: temperature / CRITICAL,
    magnetisation: Math.abs(data.reduce((sum, spin) => sum + spin, 0)) / data.length,
    energy: -2 * Number(nearest), // two bonds for each site
    exact: { magnetisation, energy },
  };
}
