"""Wolff's single clusters on any lattice that nothing frustrates."""

import numpy as np
import numpy.typing as npt
from numba import njit

from locality.lattice.samplers.problem import Problem, Series, Spins, State, energies
from locality.lattice.samplers.random import Word, Words, below, next_word


def wolff(problem: Problem, temperature: float, state: State, samples: int, every: int) -> tuple[Spins, Series]:
    """Spins (samples, chains, sites) and energies per site (samples, chains), `every` clusters apart (Wolff, Phys. Rev.
    Lett. 62, 361 (1989)).

    A cluster grows from a site drawn at random, over satisfied bonds that are there with probability 1 - exp(-2|J|/T),
    and is turned over. A field is a bond of every site to one more spin that is never turned, the ghost (Coniglio et
    al., J. Phys. A 22, L837 (1989)): a cluster that it belongs to stays.
    """
    chances, ghost = bond_chances(problem, temperature)
    spins = np.empty((samples, *state.spins.shape), np.int8)
    attracts = problem.strengths > 0
    up = problem.field > 0
    _wolff(state.spins, state.random, problem.neighbours, attracts, chances, ghost, up, every, spins)
    return spins, energies(problem, spins)


def bond_chances(problem: Problem, temperature: float) -> tuple[Words, Word]:
    """The probability of a satisfied bond, in units of 2^-64, for each column of neighbours and to the ghost."""
    each = np.minimum(-np.expm1(-2 * np.abs([*problem.strengths, problem.field]) / temperature), 1 - 2.0**-53)
    words = (each * 2.0**64).astype(np.uint64)
    return words[:-1], words[-1]


@njit(cache=True, nogil=True, error_model="numpy")
def _wolff(
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
    waiting, members = np.empty(sites, np.int32), np.empty(sites, np.int32)
    inside = np.zeros(sites, np.bool_)
    for chain in range(len(state)):
        spin, own = state[chain], random[chain]
        for k in range(len(spins)):
            for _ in range(every):
                members[0] = waiting[0] = below(own, sites)
                inside[members[0]] = True
                size, left, held = 1, 1, False
                while left:
                    left -= 1
                    site = waiting[left]
                    if ghost and (spin[site] > 0) == up and next_word(own) < ghost:
                        held = True
                    for column in range(columns):
                        other = neighbours[site, column]
                        if other < 0 or inside[other] or (spin[other] == spin[site]) != attracts[column]:
                            continue
                        if next_word(own) < chances[column]:
                            inside[other] = True
                            members[size] = waiting[left] = other
                            size += 1
                            left += 1
                for member in members[:size]:
                    inside[member] = False
                    if not held:
                        spin[member] = -spin[member]
            spins[k, chain] = spin
