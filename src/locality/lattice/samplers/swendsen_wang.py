"""Swendsen and Wang's clusters on any lattice that nothing frustrates."""

import numpy as np
import numpy.typing as npt
from numba import njit

from locality.lattice.samplers.problem import Problem, Series, Spins, State, energies
from locality.lattice.samplers.random import U, Word, Words, next_word
from locality.lattice.samplers.wolff import bond_chances


def swendsen_wang(problem: Problem, temperature: float, state: State, samples: int, every: int) -> tuple[Spins, Series]:
    """Spins (samples, chains, sites) and energies per site (samples, chains), `every` sweeps apart (Swendsen and Wang,
    Phys. Rev. Lett. 58, 86 (1987)).

    In a sweep every satisfied bond is there with probability 1 - exp(-2|J|/T), and every cluster that they make is
    turned over by the toss of a coin; with a field those stay that hold on to the ghost (see `wolff`).
    """
    chances, ghost = bond_chances(problem, temperature)
    spins = np.empty((samples, *state.spins.shape), np.int8)
    attracts, up = problem.strengths > 0, problem.field > 0
    _swendsen_wang(state.spins, state.random, problem.neighbours, attracts, chances, ghost, up, every, spins)
    return spins, energies(problem, spins)


@njit(cache=True, nogil=True, error_model="numpy")
def _swendsen_wang(
    state: Spins,
    random: Words,
    neighbours: npt.NDArray[np.int32],
    attracts: npt.NDArray[np.bool_],
    chances: Words,
    ghost: Word,
    up: bool,
    every: int,
    spins: Spins,
) -> None:
    sites, columns = neighbours.shape
    parents = np.empty(sites, np.int32)
    turned = np.empty(sites, np.bool_)
    for chain in range(len(state)):
        spin, own = state[chain], random[chain]
        for k in range(len(spins)):
            for _ in range(every):
                for site in range(sites):
                    parents[site] = site
                for site in range(sites):
                    for column in range(columns):
                        other = neighbours[site, column]
                        if other > site or other < 0 or (spin[other] == spin[site]) != attracts[column]:
                            continue
                        if next_word(own) < chances[column]:
                            a, b = site, other
                            while parents[a] != a:
                                a = parents[a]
                            while parents[b] != b:
                                b = parents[b]
                            if a < b:
                                parents[b] = a
                            else:
                                parents[a] = b
                coins, left = U(0), 0
                for site in range(sites):  # a parent comes before its children
                    if parents[site] == site:
                        if left == 0:
                            coins, left = next_word(own), 64
                        turned[site] = coins & U(1)
                        coins >>= U(1)
                        left -= 1
                    else:
                        parents[site] = parents[parents[site]]
                if ghost:
                    for site in range(sites):
                        if (spin[site] > 0) == up and next_word(own) < ghost:
                            turned[parents[site]] = False
                for site in range(sites):
                    if turned[parents[site]]:
                        spin[site] = -spin[site]
            spins[k, chain] = spin
