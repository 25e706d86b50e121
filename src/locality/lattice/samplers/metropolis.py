"""Metropolis: one spin after the other is turned over, or not, by what that costs."""

import numpy as np
import numpy.typing as npt
from numba import njit

from locality.lattice.samplers.problem import Problem, Series, Spins, State, energies
from locality.lattice.samplers.random import U, Words, next_word

Table = npt.NDArray[np.float64]


def metropolis(problem: Problem, temperature: float, state: State, samples: int, every: int) -> tuple[Spins, Series]:
    """Spins (samples, chains, sites) and energies per site (samples, chains), `every` sweeps apart (Metropolis et al.,
    J. Chem. Phys. 21, 1087 (1953)). A sweep tries every site once, colour class by colour class.

    What costs nothing is done half of the time. Always would be balanced too, but a sweep in a fixed order could then
    not reach every configuration: on a chain, domain walls would walk round for ever.
    """
    accepted, pulls, steps, middle = acceptance(problem, temperature)
    spins = np.empty((samples, *state.spins.shape), np.int8)
    order = np.concatenate(problem.colours)
    _metropolis(state.spins, state.random, problem.neighbours, order, accepted, pulls, steps, middle, every, spins)
    return spins, energies(problem, spins)


def acceptance(problem: Problem, temperature: float) -> tuple[Table, Table, npt.NDArray[np.int64], int]:
    """What becomes of a spin, by what its neighbours are: entry (0, k) is the probability that a spin down is turned
    over and (1, k) that one up is, where k is `middle` plus the sum of `steps` times the neighbours' spins; turning
    a spin s over costs 2 s pulls[k]. Gives the probabilities, `pulls`, `steps` and `middle`."""
    strengths, counts = np.unique(problem.strengths, return_counts=True)
    strides = np.cumprod([1, *(2 * counts + 1)])
    sums = np.zeros(1)
    for strength, count in zip(strengths, counts, strict=True):
        sums = (strength * np.arange(-count, count + 1)[:, None] + sums).ravel()
    pulls = sums + problem.field
    with np.errstate(over="ignore"):
        accepted = np.minimum(1.0, np.exp(np.array([2, -2])[:, None] * pulls / temperature))
    accepted[:, np.isclose(pulls, 0)] = 0.5
    steps = strides[np.searchsorted(strengths, problem.strengths)].astype(np.int64)
    return accepted, pulls, steps, int((strides[:-1] * counts).sum())


@njit(cache=True, nogil=True, error_model="numpy")
def sweep(
    spin: Spins,
    own: Words,
    neighbours: npt.NDArray[np.int32],
    order: npt.NDArray[np.int32],
    accepted: Table,
    pulls: Table,
    steps: npt.NDArray[np.int64],
    middle: int,
) -> float:
    """Try every site of one chain once, and give what that has added to its energy."""
    cost = 0.0
    for site in order:
        place = middle
        for column in range(neighbours.shape[1]):
            other = neighbours[site, column]
            if other >= 0:
                place += steps[column] * spin[other]
        drawn = np.float64(next_word(own) >> U(11)) * 2.0**-53
        if drawn < accepted[(spin[site] + 1) // 2, place]:
            cost += 2 * spin[site] * pulls[place]
            spin[site] = -spin[site]
    return cost


@njit(cache=True, nogil=True, error_model="numpy")
def _metropolis(
    state: Spins,
    random: Words,
    neighbours: npt.NDArray[np.int32],
    order: npt.NDArray[np.int32],
    accepted: Table,
    pulls: Table,
    steps: npt.NDArray[np.int64],
    middle: int,
    every: int,
    spins: Spins,
) -> None:
    for chain in range(len(state)):
        for k in range(len(spins)):
            for _ in range(every):
                sweep(state[chain], random[chain], neighbours, order, accepted, pulls, steps, middle)
            spins[k, chain] = state[chain]
