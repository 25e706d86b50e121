"""Every method against the full sum over all states, and the kernels against their transition matrices."""

import hashlib
from functools import cache

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components
from scipy.stats import chi2

from locality.errors import DescriptionError
from locality.lattice import Lattice
from locality.lattice.samplers import METHODS, bit_clusters, swendsen_wang, wolff
from locality.lattice.samplers.metropolis import acceptance
from locality.lattice.samplers.problem import Problem, energies, state
from locality.lattice.samplers.tempering import draw

GENERAL = METHODS | {"wolff, general": wolff.wolff, "swendsen-wang, general": swendsen_wang.swendsen_wang}

PROBLEMS = {
    "square": Problem(Lattice("square", 4)),
    "square, antiferromagnet": Problem(Lattice("square", 4), (-1.0,)),
    "square 3x3, antiferromagnet": Problem(Lattice("square", 3), (-1.0,)),
    "square 3x5": Problem(Lattice("square", (3, 5))),
    "square, field": Problem(Lattice("square", 4), (1.0,), 0.15),
    "square, second neighbours, field": Problem(Lattice("square", 4), (1.0, 0.4), -0.2),
    "square, competing": Problem(Lattice("square", 4), (1.0, -0.6)),
    "square, open": Problem(Lattice("square", 4, periodic=False)),
    "triangular": Problem(Lattice("triangular", (3, 4))),
    "triangular, antiferromagnet": Problem(Lattice("triangular", (3, 4)), (-1.0,)),
    "honeycomb": Problem(Lattice("honeycomb", (2, 4))),
    "honeycomb, antiferromagnet in a field": Problem(Lattice("honeycomb", (2, 4)), (-1.0,), 0.3),
    "kagome": Problem(Lattice("kagome", 2)),
    "checkerboard, open": Problem(Lattice("checkerboard", (2, 4), periodic=False)),
    "chain": Problem(Lattice("chain", 8)),
    "cubic, open": Problem(Lattice("cubic", (2, 2, 3), periodic=False)),
}


@cache
def levels(name: str, temperature: float) -> dict[tuple[float, float], float]:
    """The probability of every (energy, magnetisation), by the sum over all states."""
    problem = PROBLEMS[name]
    sites = problem.lattice.sites
    spins = (2 * ((np.arange(2**sites)[:, None] >> np.arange(sites)) & 1) - 1).astype(np.int8)
    energy = np.zeros(len(spins))
    for order, strength in enumerate(problem.coupling, 1):
        ends = problem.lattice.bonds(order)
        energy -= strength * (spins[:, ends[:, 0]].astype(int) * spins[:, ends[:, 1]]).sum(1)
    energy -= problem.field * spins.sum(1)
    weight = np.exp(-(energy - energy.min()) / temperature)
    keys, place = np.unique(np.stack((energy.round(6), spins.sum(1))), axis=1, return_inverse=True)
    chance = np.bincount(place.ravel(), weight) / weight.sum()
    return {(float(e), float(m)): float(p) for e, m, p in zip(*keys, chance, strict=True)}


def surprise(name: str, temperature: float, energy: np.ndarray, spins: np.ndarray) -> float:
    """The probability of a chi-square as large as that of independent samples; what is rare counts together."""
    expected = levels(name, temperature)
    keys = list(zip((energy.ravel() * spins.shape[-1]).round(6), spins.sum(-1).ravel().astype(float), strict=True))
    counted = dict.fromkeys(expected, 0)
    for key in keys:
        counted[key] += 1
    wanted = np.array([expected[key] for key in expected]) * len(keys)
    found = np.array([counted[key] for key in expected])
    rare = wanted < 6
    if rare.any():
        wanted = np.append(wanted[~rare], wanted[rare].sum())
        found = np.append(found[~rare], found[rare].sum())
    keep = wanted > 1
    return float(chi2.sf(((found - wanted) ** 2 / wanted)[keep].sum(), keep.sum() - 1))


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("method", GENERAL)
def test_energies_and_magnetisations_come_as_often_as_boltzmann_says(name: str, method: str) -> None:
    problem = PROBLEMS[name]
    clusters = method not in ("metropolis", "multispin")
    if (clusters and problem.frustrated) or (method == "multispin" and (problem.field or len(problem.coupling) > 1)):
        pytest.skip("the method does not fit the problem")
    temperature = 0.65 * float(np.abs(problem.strengths).sum())  # warm enough for single spins to move freely
    chains = state(problem, 128, seed=11)
    GENERAL[method](problem, temperature, chains, 1, 100)
    spins, energy = GENERAL[method](problem, temperature, chains, 25, 25 if clusters else 50)
    assert surprise(name, temperature, energy, spins) > 1e-4


@pytest.mark.parametrize("name", ["triangular, antiferromagnet", "square, competing"])
def test_every_rung_of_a_ladder_has_its_own_distribution(name: str) -> None:
    problem, temperatures = PROBLEMS[name], (0.8, 1.2, 1.8, 2.5)
    states = [state(problem, 96, seed=(5, k)) for k in range(4)]
    draw(problem, temperatures, states, 1, 100)
    spins, energy, swaps = draw(problem, temperatures, states, 15, 40)
    assert ((swaps > 0.1) & (swaps < 1)).all()
    assert min(surprise(name, *each) for each in zip(temperatures, energy, spins, strict=True)) > 1e-4


def site_matrix(problem: Problem, temperature: float, site: int) -> np.ndarray:
    """Probabilities to go from every state to every other in trying one site, by the kernel's own table."""
    sites = problem.lattice.sites
    accepted, _, steps, middle = acceptance(problem, temperature)
    number = np.arange(2**sites)
    spins = 2 * ((number[:, None] >> np.arange(sites)) & 1) - 1
    around = problem.neighbours[site]
    place = middle + (np.where(around >= 0, spins[:, around], 0) * steps).sum(1)
    turned = accepted[(spins[:, site] + 1) // 2, place]
    matrix = np.diag(1 - turned)
    matrix[number, number ^ (1 << site)] = turned
    return matrix


def boltzmann(problem: Problem, temperature: float) -> np.ndarray:
    sites = problem.lattice.sites
    spins = (2 * ((np.arange(2**sites)[:, None] >> np.arange(sites)) & 1) - 1).astype(np.int8)
    weight = np.exp(-energies(problem, spins) * sites / temperature)
    return weight / weight.sum()


SMALL = [
    Problem(Lattice("square", 3)),
    Problem(Lattice("square", 3), (1.0, -0.5), 0.2),
    Problem(Lattice("triangular", 3), (-1.0,)),
    Problem(Lattice("chain", 8)),
    Problem(Lattice("honeycomb", 2)),
]


@pytest.mark.parametrize("problem", SMALL, ids=str)
def test_every_move_of_metropolis_is_balanced_and_a_sweep_keeps_boltzmann_s_distribution(problem: Problem) -> None:
    weight = boltzmann(problem, 2.0)
    swept = np.eye(len(weight))
    for site in np.concatenate(problem.colours):
        matrix = site_matrix(problem, 2.0, site)
        flow = weight[:, None] * matrix
        assert np.abs(flow - flow.T).max() < 1e-16
        swept = swept @ matrix
    assert np.abs(weight @ swept - weight).max() < 1e-15
    parts, _ = connected_components(swept > 1e-300, directed=True, connection="strong")
    assert parts == 1  # every state can be reached: with certain moves at no cost a chain of 8 falls into 5 parts


def test_the_kernel_goes_where_its_matrix_says() -> None:
    problem = SMALL[0]
    swept = np.linalg.multi_dot([site_matrix(problem, 2.5, site) for site in np.concatenate(problem.colours)])
    chains = state(problem, 20_000, seed=3)
    start = 0b010_110_001
    chains.spins[:] = 2 * ((start >> np.arange(9)) & 1) - 1
    spins, _ = METHODS["metropolis"](problem, 2.5, chains, 1, 1)
    found = np.bincount((spins[0] > 0) @ (1 << np.arange(9)), minlength=512)
    wanted = 20_000 * swept[start]
    often = wanted > 8
    off = ((found - wanted) ** 2 / np.where(often, wanted, 1))[often].sum()
    rest = (found[~often].sum() - wanted[~often].sum()) ** 2 / max(wanted[~often].sum(), 1)
    assert chi2.sf(off + rest, often.sum()) > 1e-4


@pytest.mark.parametrize("method", GENERAL)
def test_a_seed_gives_the_same_spins_whatever_else_is_drawn(method: str) -> None:
    problem = Problem(Lattice("square", 6))
    both, one = state(problem, 64, seed=9), state(problem, 1, seed=9)
    first, _ = GENERAL[method](problem, 2.3, both, 3, 2)
    again, _ = GENERAL[method](problem, 2.3, state(problem, 64, seed=9), 3, 2)
    other, _ = GENERAL[method](problem, 2.3, state(problem, 64, seed=10), 3, 2)
    assert (first == again).all()
    assert (first != other).any()
    assert (state(problem, 64, seed=9).spins[0] == one.spins[0]).all()


def test_the_bits_are_the_same_on_every_machine() -> None:
    problem = Problem(Lattice("square", 6))
    found = {}
    for method, move in GENERAL.items():
        spins, _ = move(problem, 2.3, state(problem, 64, seed=9), 3, 2)
        found[method] = hashlib.sha256(spins.tobytes()).hexdigest()[:12]
    assert found == GOLDEN


GOLDEN = {
    "metropolis": "4704b191350e",
    "multispin": "78df6dee23d4",
    "swendsen-wang": "58e43cbf4455",
    "swendsen-wang, general": "c29134c83a90",
    "wolff": "bff3fe27ca91",
    "wolff, general": "98595d0d8b3a",
}


def test_the_work_of_two_calls_is_that_of_one() -> None:
    problem = Problem(Lattice("square", 6))
    for move in GENERAL.values():
        whole, parted = state(problem, 64, seed=9), state(problem, 64, seed=9)
        once, _ = move(problem, 2.3, whole, 4, 2)
        twice = np.concatenate([move(problem, 2.3, parted, 2, 2)[0] for _ in range(2)])
        assert (once == twice).all()


def test_clusters_find_out_what_is_frustrated() -> None:
    frustrated = {name for name, problem in PROBLEMS.items() if problem.frustrated}
    assert frustrated == {
        "square 3x3, antiferromagnet",
        "square, competing",
        "triangular, antiferromagnet",
        "honeycomb, antiferromagnet in a field",
    }


def test_words_of_bits_serve_the_periodic_square_lattice_alone() -> None:
    served = {name for name, problem in PROBLEMS.items() if bit_clusters.serves(problem)}
    assert served == {"square", "square, antiferromagnet", "square 3x5"}


def test_multispin_refuses_a_field() -> None:
    problem = PROBLEMS["square, field"]
    with pytest.raises(DescriptionError) as error:
        METHODS["multispin"](problem, 2.0, state(problem, 4, seed=0), 1, 1)
    assert str(error.value) == (
        "multispin: it counts unsatisfied bonds of one strength, up to six a site, without a field. "
        "Use method='metropolis'."
    )
