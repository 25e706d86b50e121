"""Larger lattices: every method against Kaufman's exact torus, and against each other where nothing exact is known."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from locality.lattice import Lattice, critical, kaufman
from locality.lattice.samplers import METHODS, swendsen_wang, wolff
from locality.lattice.samplers.problem import Problem, State, energies, state
from locality.lattice.samplers.tempering import draw

GENERAL = METHODS | {"wolff, general": wolff.wolff, "swendsen-wang, general": swendsen_wang.swendsen_wang}
LOCAL = ("metropolis", "multispin")
CHAINS = {"metropolis": 64, "multispin": 1024, "wolff, general": 64, "swendsen-wang, general": 64}


def equilibrium(problem: Problem, temperature: float, method: str, seed: int) -> State:
    """Chains that clusters have brought into equilibrium, from ordered and random starts alike."""
    chains = state(problem, CHAINS.get(method, 256), seed)
    METHODS["swendsen-wang"](problem, temperature, chains, 1, 60)
    return chains


def off(values: np.ndarray, exact: float) -> float:
    """How many standard errors the mean of independent chains lies from the exact value."""
    return float((values.mean() - exact) / (values.std(ddof=1) / np.sqrt(len(values))))


@pytest.mark.parametrize(
    ("side", "coupling"), [(8, 1.0), (8, -1.0), (16, 1.0), pytest.param(32, 1.0, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("method", GENERAL)
def test_energy_and_heat_capacity_are_kaufman_s(method: str, side: int, coupling: float) -> None:
    """Chains are independent of each other, so that their scatter is the error, whatever one chain remembers."""
    problem = Problem(Lattice("square", side), (coupling,))
    for number, temperature in enumerate((2.0, float(critical.temperature("square")), 2.8)):
        chains = equilibrium(problem, temperature, method, (side, number))
        GENERAL[method](problem, temperature, chains, 1, 100 if method in LOCAL else 10)
        _, energy = GENERAL[method](problem, temperature, chains, 12, 20 if method in LOCAL else 4)
        exact, capacity = kaufman.torus(side, temperature)
        spread = side**2 / temperature**2 * ((energy - exact) ** 2).mean(axis=0)
        assert abs(off(energy.mean(axis=0), exact)) < 5, temperature
        assert abs(off(spread, capacity)) < 5, temperature


UNFRUSTRATED = {
    "triangular, field": (Problem(Lattice("triangular", 6), (1.0,), 0.1), 4.0),
    "kagome, second neighbours": (Problem(Lattice("kagome", 4), (1.0, 0.3)), 3.0),
    "honeycomb, antiferromagnet": (Problem(Lattice("honeycomb", 6), (-1.0,)), 1.6),
    "checkerboard": (Problem(Lattice("checkerboard", 4)), 4.0),
    "cubic, open": (Problem(Lattice("cubic", 4, periodic=False)), 4.0),
    "square, competing but not frustrated": (Problem(Lattice("square", 6), (-1.0, 0.4)), 3.0),
}


@pytest.mark.parametrize("name", UNFRUSTRATED)
def test_methods_agree_with_each_other(name: str) -> None:
    problem, temperature = UNFRUSTRATED[name]
    found = {}
    for method in ("metropolis", "wolff, general", "swendsen-wang, general"):
        move = GENERAL[method]
        chains = state(problem, 96, seed=21)
        move(problem, temperature, chains, 1, 100)
        spins, energy = move(problem, temperature, chains, 12, 10)
        order = (spins.mean(axis=-1, dtype=float) ** 2).mean(axis=0)
        found[method] = np.stack([energy.mean(axis=0), order])
    for other in ("wolff, general", "swendsen-wang, general"):
        mine, theirs = found["metropolis"], found[other]
        error = np.sqrt((mine.var(axis=1, ddof=1) + theirs.var(axis=1, ddof=1)) / mine.shape[1])
        assert (np.abs(mine.mean(axis=1) - theirs.mean(axis=1)) < 5 * error).all(), other


def test_single_spins_bit_code_and_tempering_agree_where_clusters_do_not_serve() -> None:
    """A triangular antiferromagnet is disordered down to T = 0, and every local method gets through it."""
    problem, ladder = Problem(Lattice("triangular", 6), (-1.0,)), (0.7, 1.0, 1.5, 2.2)
    means = []
    for method in LOCAL:
        chains = state(problem, 256, seed=22)
        METHODS[method](problem, 1.0, chains, 1, 200)
        means.append(METHODS[method](problem, 1.0, chains, 10, 20)[1].mean(axis=0))
    rungs = [state(problem, 96, seed=(23, rung)) for rung in range(len(ladder))]
    draw(problem, ladder, rungs, 1, 200)
    means.append(draw(problem, ladder, rungs, 10, 20)[1][1].mean(axis=0))
    for k in range(3):
        one, other = means[k], means[k - 1]
        error = np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
        assert abs(one.mean() - other.mean()) < 5 * error


def levels(problem: Problem, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """Every energy of the whole lattice, and its probability, by the sum over all states."""
    sites = problem.lattice.sites
    spins = (2 * ((np.arange(2**sites)[:, None] >> np.arange(sites)) & 1) - 1).astype(np.int8)
    each, place = np.unique((energies(problem, spins) * sites).round(9), return_inverse=True)
    weight = np.bincount(place.ravel()) * np.exp(-(each - each.min()) / temperature)
    return each, weight / weight.sum()


def test_as_many_swaps_are_made_as_two_boltzmann_distributions_say() -> None:
    """Before a swap two rungs know nothing of each other, so that the mean of min(1, exp(...)) is a sum over both."""
    problem, ladder = Problem(Lattice("square", 4), (1.0, -0.6)), (0.8, 1.2, 1.8, 2.5)
    swaps, means = [], []
    for batch in range(16):
        rungs = [state(problem, 16, seed=(24, batch, rung)) for rung in range(len(ladder))]
        draw(problem, ladder, rungs, 1, 100)
        _, energy, share = draw(problem, ladder, rungs, 100, 6)
        swaps.append(share)
        means.append(energy.mean(axis=(1, 2)))
    known = [levels(problem, temperature) for temperature in ladder]
    for rung, (each, chance) in enumerate(known):
        assert abs(off(np.array(means)[:, rung] * 16, float(each @ chance))) < 5
    for rung, (cold, warm) in enumerate(pairwise(known)):
        gain = (1 / ladder[rung] - 1 / ladder[rung + 1]) * (cold[0][:, None] - warm[0])
        exact = cold[1] @ np.exp(np.minimum(gain, 0)) @ warm[1]
        assert abs(off(np.array(swaps)[:, rung], float(exact))) < 5


@pytest.mark.parametrize("method", GENERAL)
def test_threads_beside_each_other_change_nothing(method: str) -> None:
    problem, move = Problem(Lattice("square", 16)), GENERAL[method]

    def drawn(seed: int) -> np.ndarray:
        return move(problem, 2.3, state(problem, 64, seed), 5, 5)[0]

    alone = [drawn(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(drawn, range(4)))
    assert all((one == other).all() for one, other in zip(alone, together, strict=True))
