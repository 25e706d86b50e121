"""What a sampler is asked (`Problem`) and where its chains stand (`State`), as flat arrays that kernels read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from locality.lattice.lattice import Lattice

Spins = npt.NDArray[np.int8]
Series = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """Ising spins on a lattice: E = - sum over orders n of J_n sum_<ij>_n s_i s_j - h sum_i s_i.

    `coupling` holds J_1, J_2 and so on, one for each neighbour order; above 0 is ferromagnetic.
    """

    lattice: Lattice
    coupling: tuple[float, ...] = (1.0,)
    field: float = 0.0

    @cached_property
    def neighbours(self) -> npt.NDArray[np.int32]:
        """The neighbours of every site, of all orders with a coupling: (sites, z), -1 where there is none."""
        each = [self.lattice.neighbours(order) for order in self._orders]
        return np.ascontiguousarray(np.concatenate(each, axis=1), dtype=np.int32)

    @cached_property
    def strengths(self) -> npt.NDArray[np.float64]:
        """The coupling to the neighbour in each column of `neighbours`: (z,)."""
        each = [self.lattice.neighbours(order).shape[1] for order in self._orders]
        return np.repeat([self.coupling[order - 1] for order in self._orders], each).astype(float)

    @cached_property
    def colours(self) -> tuple[npt.NDArray[np.int32], ...]:
        """Classes of sites of which no two are coupled."""
        return tuple(self.lattice.colours(self._orders))

    @cached_property
    def frustrated(self) -> bool:
        """Whether no configuration satisfies every bond and the field at once."""
        return self.gauge is None

    @cached_property
    def gauge(self) -> Spins | None:
        """Signs (sites,) that satisfy every bond, and the field if there is one; None where there are none."""
        found = np.zeros(self.lattice.sites, np.int8)
        ok = _satisfied(self.neighbours, self.strengths, found)
        if ok and self.field:
            ok = bool((found == found[0]).all())
            found[:] = 1 if self.field > 0 else -1
        return found if ok else None

    @property
    def _orders(self) -> tuple[int, ...]:
        return tuple(order for order, strength in enumerate(self.coupling, 1) if strength)


@dataclass(frozen=True, eq=False)
class State:
    """Where chains stand: spins (chains, sites) and the numbers of their generators (chains, 4). Samplers change both
    in place."""

    spins: Spins
    random: npt.NDArray[np.uint64]


def state(problem: Problem, chains: int, seed: int | Sequence[int]) -> State:
    """The start of so many chains: the even ones ordered as the coupling has it, or all up, the odd ones at random, so
    that it can be seen when they have forgotten it. A chain's own is the same however many there are."""
    sites = problem.lattice.sites
    ordered = np.ones(sites, np.int8) if problem.gauge is None else problem.gauge
    spins = np.empty((chains, sites), np.int8)
    random = np.empty((chains, 4), np.uint64)
    whole = [seed] if isinstance(seed, int) else list(seed)
    for chain in range(chains):
        draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence([*whole, chain])))
        random[chain] = draw.integers(0, 2**64, 4, dtype=np.uint64)
        spins[chain] = 2 * draw.integers(0, 2, sites, dtype=np.int8) - 1 if chain % 2 else ordered
    return State(spins, random)


def energies(problem: Problem, spins: Any) -> Series:
    """The energy per site of spins (..., sites)."""
    given = np.asarray(spins, np.int8)
    rows = np.ascontiguousarray(given.reshape(-1, given.shape[-1]))
    found = _energies(rows, problem.neighbours, problem.strengths, problem.field)
    return found.reshape(given.shape[:-1])


@njit(cache=True, nogil=True)
def _energies(
    rows: Spins, neighbours: npt.NDArray[np.int32], strengths: npt.NDArray[np.float64], field: float
) -> Series:
    found = np.empty(len(rows), np.float64)
    for r in range(len(rows)):
        total = 0.0
        for column in range(neighbours.shape[1]):
            products = 0
            for site in range(neighbours.shape[0]):
                other = neighbours[site, column]
                if other >= 0:
                    products += rows[r, site] * rows[r, other]
            total -= strengths[column] * products / 2
        total -= field * rows[r].sum()
        found[r] = total / neighbours.shape[0]
    return found


@njit(cache=True, nogil=True)
def _satisfied(neighbours: npt.NDArray[np.int32], strengths: npt.NDArray[np.float64], signs: Spins) -> bool:
    """Give every site a sign so that no bond is left unsatisfied; False where that cannot be."""
    waiting = np.empty(len(signs), np.int64)
    for start in range(len(signs)):
        if signs[start] != 0:
            continue
        signs[start] = 1
        waiting[0] = start
        many = 1
        while many:
            many -= 1
            site = waiting[many]
            for column in range(neighbours.shape[1]):
                other = neighbours[site, column]
                if other < 0:
                    continue
                wanted = signs[site] if strengths[column] > 0 else -signs[site]
                if signs[other] == 0:
                    signs[other] = wanted
                    waiting[many] = other
                    many += 1
                elif signs[other] != wanted:
                    return False
    return True
