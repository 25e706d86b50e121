"""The Ising gauge theory against its full state space: 256 states of the 2x2 torus, 262,144 of the 3x3."""

from itertools import product
from math import inf

import numpy as np
import pytest
from scipy.stats import chi2

from locality.errors import DescriptionError, ShapeError
from locality.lattice.gauge import gauge, ground_states, mean_plaquette, plaquettes, transformed, wilson_loops


def every(size: int) -> np.ndarray:
    """All configurations (2^(2 L^2), 2, L, L)."""
    count = 2 * size * size
    bits = np.arange(2**count)[:, None] >> np.arange(count) & 1
    return (1 - 2 * bits).astype(np.int8).reshape(-1, 2, size, size)


def number(spins: np.ndarray) -> np.ndarray:
    """Each configuration's place in `every`."""
    flat = spins.reshape(len(spins), -1)
    return ((flat < 0) << np.arange(flat.shape[1])).sum(1)


def energies(spins: np.ndarray) -> np.ndarray:
    """Minus the sum of all plaquettes, bond by bond: sites (i, j), the next one along each axis."""
    size, total = spins.shape[-1], np.zeros(len(spins))
    for i, j in product(range(size), repeat=2):
        below, beside = (i + 1) % size, (j + 1) % size
        total -= spins[:, 0, i, j] * spins[:, 1, below, j] * spins[:, 0, i, beside] * spins[:, 1, i, j]
    return total


def unlikely(counts: np.ndarray, wanted: np.ndarray) -> float:
    """How far counts are from what is wanted, as the share of samples that would be farther."""
    assert wanted.min() > 5
    return float(chi2.sf(((counts - wanted) ** 2 / wanted).sum(), len(counts) - 1))


@pytest.mark.parametrize("size", [2, 3])
def test_plaquettes_add_up_to_the_energy_of_every_state(size: int) -> None:
    spins = every(size)
    np.testing.assert_array_equal(-plaquettes(spins).sum((1, 2), dtype=int), energies(spins))


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5, 100.0])
def test_the_mean_plaquette_is_that_of_the_full_state_space(size: int, temperature: float) -> None:
    energy = energies(every(size))
    weights = np.exp(-energy / temperature)
    wanted = -(energy * weights).sum() / weights.sum() / size**2
    assert mean_plaquette(size, temperature) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("size", [2, 3])
def test_ground_states_are_all_ground_states_and_each_as_likely(size: int) -> None:
    lowest = np.flatnonzero(energies(every(size)) == -(size**2))
    assert len(lowest) == 2 ** (size**2 + 1)
    drawn = number(ground_states(size, 20 * len(lowest), seed=1))
    counts = np.bincount(np.searchsorted(lowest, drawn), minlength=len(lowest))
    np.testing.assert_array_equal(np.unique(drawn), lowest)
    assert unlikely(counts, np.full(len(lowest), 20.0)) > 1e-3


@pytest.mark.parametrize("temperature", [1.5, inf])
def test_states_at_a_temperature_have_the_weights_of_boltzmann(temperature: float) -> None:
    weights = np.exp(-energies(every(2)) / temperature)
    counts = np.bincount(number(gauge(2, temperature, 60_000, seed=2)), minlength=256)
    assert unlikely(counts, 60_000 * weights / weights.sum()) > 1e-3


@pytest.mark.parametrize("temperature", [0.4, 1.0, 3.0])
def test_the_energy_of_a_large_torus_is_the_exact_one_within_five_sigma(temperature: float) -> None:
    means = plaquettes(gauge(12, temperature, 4000, seed=3)).mean((1, 2))
    assert abs(means.mean() - mean_plaquette(12, temperature)) < 5 * means.std() / np.sqrt(4000)


def test_a_gauge_transformation_flips_the_four_bonds_of_a_site_and_no_plaquette_or_loop() -> None:
    spins = gauge(5, 1.0, 1, seed=4)[0]
    signs = np.ones((5, 5), np.int8)
    signs[2, 0] = -1
    other = transformed(spins, signs)
    flipped = {tuple(map(int, place)) for place in np.argwhere(other != spins)}
    assert flipped == {(0, 2, 0), (0, 1, 0), (1, 2, 0), (1, 2, 4)}
    many = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (5, 5))
    np.testing.assert_array_equal(plaquettes(transformed(spins, many)), plaquettes(spins))
    np.testing.assert_array_equal(wilson_loops(transformed(spins, many)), wilson_loops(spins))


def test_the_loops_of_a_ground_state_agree_and_their_four_sectors_are_as_likely() -> None:
    loops = wilson_loops(ground_states(6, 4000, seed=5))
    assert loops.shape == (4000, 2, 6)
    assert (loops == loops[..., :1]).all()
    assert unlikely(np.bincount((loops[..., 0] < 0) @ [1, 2], minlength=4), np.full(4, 1000.0)) > 1e-3


def test_a_seed_gives_the_same_spins_on_every_machine() -> None:
    spins = gauge(3, 1.0, 1, seed=7)
    assert spins.dtype == np.int8
    assert number(spins).tolist() == SEED_7
    assert number(gauge(3, 1.0, 1, seed=8)).tolist() != SEED_7
    np.testing.assert_array_equal(gauge(4, 0, 3, seed=1), ground_states(4, 3, seed=1))


SEED_7 = [103749]


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (
            lambda: gauge(1, 1.0, 5),
            DescriptionError,
            "gauge: size is 1; it must be a whole number of at least 2. Give 16, say.",
        ),
        (
            lambda: ground_states(4, 0),
            DescriptionError,
            "gauge: samples is 0; it must be a whole number of at least 1. Give 1000, say.",
        ),
        (
            lambda: gauge(4, 1.0, 5, seed=-1),
            DescriptionError,
            "gauge: seed is -1; it must be a whole number of at least 0. Give 0, say.",
        ),
        (
            lambda: gauge(4, -1.0, 5),
            DescriptionError,
            "gauge: temperature is -1.0; it must be at least 0. Give it in units of J.",
        ),
        (
            lambda: gauge(4, float("nan"), 5),
            DescriptionError,
            "gauge: temperature is nan; it must be at least 0. Give it in units of J.",
        ),
        (
            lambda: plaquettes(np.ones((5, 1, 4, 4))),
            ShapeError,
            "gauge: spins of shape (5, 1, 4, 4) are not on the bonds of a square lattice. "
            "Give (..., 2, L, L): bonds along axis 0, then along axis 1.",
        ),
        (
            lambda: transformed(np.ones((2, 4, 4)), np.ones((3, 3))),
            ShapeError,
            "gauge: signs of shape (3, 3) do not fit a lattice of 4x4 sites. Give (..., L, L).",
        ),
    ],
)
def test_what_is_no_gauge_theory_is_refused(make, kind, message) -> None:
    with pytest.raises(kind) as error:
        make()
    assert str(error.value) == message
