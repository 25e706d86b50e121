"""Which method fits which problem, and chains that a method moves."""

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from locality.errors import DescriptionError, unknown
from locality.lattice.critical import temperature as critical_temperature
from locality.lattice.samplers import METHODS, bit_clusters, multispin
from locality.lattice.samplers.problem import Problem, Series, Spins, State, state
from locality.lattice.samplers.tempering import draw as tempered

CLUSTERS = ("wolff", "swendsen-wang")
NAMES = ("auto", *METHODS, "tempering")
# Chains that a thread moves at a time; fixed, so that the number of cores changes nothing.
TOGETHER, CODED, LADDERS = 8, 16, 2


def method_for(problem: Problem, temperature: float) -> str:
    """The method `auto` takes: tempering where something is frustrated, clusters elsewhere.

    Of the two kinds of clusters the one that was measured to give more effective samples a second, of energy and order,
    on every lattice: Wolff's, by a factor of 1 to 6; but Swendsen and Wang's in a field, which lets hardly one of
    Wolff's go, and above the critical temperature of the square lattice, where they are bit coded and all of a sweep's
    small ones cost no more than one.
    """
    if problem.frustrated:
        return "tempering"
    if problem.field:
        return "swendsen-wang"
    critical = critical_temperature("square", abs(problem.coupling[0]))
    if bit_clusters.serves(problem) and critical is not None and temperature > 1.05 * critical:
        return "swendsen-wang"
    return "wolff"


def check_method(problem: Problem, method: Any) -> None:
    """Refuse a method that nobody knows (`UnknownNameError`) or that does not fit the problem (`DescriptionError`)."""
    if method not in NAMES:
        raise unknown("method", method, NAMES)
    where, given = f"{method} on {problem.lattice!s}", f"coupling {said(problem.coupling)}"
    given += f" with field {problem.field:g}" if problem.field else ""
    if method in CLUSTERS and problem.frustrated:
        raise DescriptionError(
            f"{where}: {given} is frustrated, no configuration satisfies every bond, and clusters would span the "
            f"lattice without changing it. Use method='tempering', or 'auto'."
        )
    if method == "multispin" and not multispin.serves(problem):
        raise DescriptionError(
            f"{where}: its bit code counts unsatisfied bonds of one strength, up to six a site, without a field, not "
            f"{given}. Use method='metropolis', or 'auto'."
        )


def said(coupling: Sequence[float]) -> str:
    """A coupling as a person writes it."""
    each = ", ".join(f"{one:g}" for one in coupling)
    return each if len(coupling) == 1 else f"({each})"


class Chains:
    """So many chains at one temperature."""

    def __init__(
        self, problem: Problem, temperature: float, method: str, count: int, seed: Sequence[int], pool: Executor | None
    ) -> None:
        self.problem, self.temperature, self.move, self.pool = problem, temperature, METHODS[method], pool
        self.state = state(problem, count, seed)
        coded = method in CLUSTERS and bit_clusters.serves(problem)
        self.together = multispin.TOGETHER if method == "multispin" else CODED if coded else TOGETHER
        # Below the critical temperature nearly every cluster of Wolff's is nearly the whole lattice, and whether it is
        # up would only count steps. Turning all of it over by the toss of a coin leaves the distribution as it is.
        tossed = method == "wolff" and not problem.field
        self.coins = [PCG64(SeedSequence([*seed, chain, 1])) for chain in range(count if tossed else 0)]

    def first(self, count: int) -> None:
        """Go on with the first so many."""
        self.state = _first(self.state, count)

    def draw(self, samples: int, every: int) -> tuple[Spins, Series]:
        """Spins (1, samples, chains, sites) and energies (1, samples, chains)."""
        count = len(self.state.spins)
        parts = _parts(count, self.together)

        def moved(part: slice) -> tuple[Spins, Series]:
            own = State(self.state.spins[part], self.state.random[part])
            return self.move(self.problem, self.temperature, own, samples, every)

        found = list(map(moved, parts) if self.pool is None else self.pool.map(moved, parts))
        spins, energies = (np.concatenate([one[part] for one in found], axis=1)[None] for part in (0, 1))
        for chain, coin in enumerate(self.coins[:count]):
            spins[0, :, chain] *= 2 * Generator(coin).integers(0, 2, (samples, 1), np.int8) - 1
        return spins, energies


class Ladder:
    """Chains at many temperatures that swap; of the rungs only `places` are handed out."""

    def __init__(
        self,
        problem: Problem,
        rungs: Sequence[float],
        places: Sequence[int],
        count: int,
        seed: Sequence[int],
        pool: Executor,
    ) -> None:
        self.problem, self.rungs, self.places, self.pool = problem, rungs, list(places), pool
        self.states = [state(problem, count, (*seed, rung)) for rung in range(len(rungs))]

    def first(self, count: int) -> None:
        """Go on with the first so many."""
        self.states = [_first(one, count) for one in self.states]

    def draw(self, samples: int, every: int) -> tuple[Spins, Series]:
        """Spins (temperatures, samples, chains, sites) and energies (temperatures, samples, chains)."""
        parts = _parts(len(self.states[0].spins), LADDERS)

        def moved(part: slice) -> tuple[Spins, Series]:
            own = [State(one.spins[part], one.random[part]) for one in self.states]
            spins, energies, _ = tempered(self.problem, self.rungs, own, samples, every)
            return spins[self.places], energies[self.places]

        found = list(self.pool.map(moved, parts))
        return np.concatenate([one[0] for one in found], axis=2), np.concatenate([one[1] for one in found], axis=2)


def _parts(count: int, together: int) -> list[slice]:
    return [slice(start, min(start + together, count)) for start in range(0, count, together)]


def _first(whole: State, count: int) -> State:
    return State(whole.spins[:count].copy(), whole.random[:count].copy())


def ladder(problem: Problem, temperatures: Sequence[float]) -> tuple[tuple[float, ...], list[int]]:
    """The temperatures in rising order with rungs between those that lie too far apart to swap, up to where single
    spins move freely; and which rungs were asked for."""
    ratio = 1 + min(0.3, 2 / np.sqrt(problem.lattice.sites))
    strengths = np.abs(problem.strengths).sum() + abs(problem.field)
    wanted = sorted(temperatures)
    ends = [*wanted, max(wanted[-1], strengths / 2)]
    rungs = [ends[0]]
    for upper in ends[1:]:
        gaps = int(np.ceil(np.log(upper / rungs[-1]) / np.log(ratio) - 1e-9))
        if gaps > 0:
            rungs.extend(np.geomspace(rungs[-1], upper, gaps + 1)[1:])
            rungs[-1] = upper
    return tuple(rungs), [rungs.index(one) for one in temperatures]
