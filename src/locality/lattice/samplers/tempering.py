"""Parallel tempering: chains at several temperatures, of which neighbours swap their spins."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numba import njit

from locality.lattice.samplers.metropolis import Table, acceptance, sweep
from locality.lattice.samplers.problem import Problem, Series, Spins, State, energies
from locality.lattice.samplers.random import U, Words, next_word


def draw(
    problem: Problem, temperatures: Sequence[float], states: Sequence[State], samples: int, every: int
) -> tuple[Spins, Series, npt.NDArray[np.float64]]:
    """Spins (temperatures, samples, chains, sites), energies per site (temperatures, samples, chains), and the share of
    tried swaps between a temperature and the next that were made (temperatures - 1,).

    `states` is a state for each temperature, in the same order. A step is a sweep of Metropolis at every temperature;
    then neighbouring temperatures swap their spins with probability min(1, exp((1/T - 1/T')(E - E'))), the first with
    the second, the third with the fourth, and so on, after the next sweep the second with the third (Hukushima and
    Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996)). Chain k of all temperatures is a ladder of its own.
    """
    spin, random = np.stack([one.spins for one in states]), np.stack([one.random for one in states])
    tables = [acceptance(problem, temperature) for temperature in temperatures]
    accepted = np.stack([one[0] for one in tables])
    _, pulls, steps, middle = tables[0]
    energy = energies(problem, spin) * spin.shape[-1]
    spins = np.empty((len(states), samples, *spin.shape[1:]), np.int8)
    betas, order = 1 / np.asarray(temperatures, float), np.concatenate(problem.colours)
    made = np.zeros((2, len(states) - 1), np.int64)
    _tempering(
        spin, random, energy, betas, problem.neighbours, order, accepted, pulls, steps, middle, every, spins, made
    )
    for one, now, numbers in zip(states, spin, random, strict=True):
        one.spins[:], one.random[:] = now, numbers
    return spins, energies(problem, spins), made[1] / np.maximum(made[0], 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _tempering(
    spin: Spins,
    random: Words,
    energy: Table,
    betas: Table,
    neighbours: npt.NDArray[np.int32],
    order: npt.NDArray[np.int32],
    accepted: npt.NDArray[np.float64],
    pulls: Table,
    steps: npt.NDArray[np.int64],
    middle: int,
    every: int,
    spins: Spins,
    made: npt.NDArray[np.int64],
) -> None:
    temperatures, chains, sites = spin.shape
    for chain in range(chains):
        for k in range(spins.shape[1]):
            for step in range(k * every, (k + 1) * every):
                for t in range(temperatures):
                    energy[t, chain] += sweep(
                        spin[t, chain], random[t, chain], neighbours, order, accepted[t], pulls, steps, middle
                    )
                for t in range(step % 2, temperatures - 1, 2):
                    made[0, t] += 1
                    gain = (betas[t] - betas[t + 1]) * (energy[t, chain] - energy[t + 1, chain])
                    drawn = np.float64(next_word(random[t, chain]) >> U(11)) * 2.0**-53
                    if drawn < np.exp(min(gain, 0.0)):
                        made[1, t] += 1
                        energy[t, chain], energy[t + 1, chain] = energy[t + 1, chain], energy[t, chain]
                        for site in range(sites):
                            spin[t, chain, site], spin[t + 1, chain, site] = (
                                spin[t + 1, chain, site],
                                spin[t, chain, site],
                            )
            for t in range(temperatures):
                spins[t, k, chain] = spin[t, chain]
