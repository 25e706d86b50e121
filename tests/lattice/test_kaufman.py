"""Kaufman's torus against every configuration of small ones, published values, and the infinite lattice."""

import time
from itertools import product
from math import inf, log, nan, sqrt

import numpy as np
import pytest
from scipy.integrate import quad

from locality.errors import DescriptionError
from locality.lattice import onsager
from locality.lattice.kaufman import torus

TC = 2 / log(1 + sqrt(2))


def levels(rows, columns):
    """The energy of each of the 2^(rows columns) configurations, from their definition."""
    spins = np.array(list(product((-1, 1), repeat=rows * columns)), np.int8).reshape(-1, rows, columns)
    bonds = spins * np.roll(spins, 1, axis=1) + spins * np.roll(spins, 1, axis=2)
    return np.unique(-bonds.sum(axis=(1, 2), dtype=int), return_counts=True)


@pytest.mark.parametrize("size", [(3, 3), (4, 4), (4, 3), (3, 4), (3, 5)])
def test_small_tori_agree_with_every_configuration(size):
    energies, counts = levels(*size)
    sites = size[0] * size[1]
    for temperature in (0.4, 1.0, 1.9, 2.2, TC, 2.3, 3.0, 7.0, 100.0):
        weights = counts * np.exp(-(energies - energies.min()) / temperature)
        weights /= weights.sum()
        energy = weights @ energies
        heat_capacity = weights @ (energies - energy) ** 2 / temperature**2 / sites
        found = torus(size, temperature)
        assert found[0] == pytest.approx(energy / sites, abs=1e-11)
        assert found[1] == pytest.approx(heat_capacity, abs=1e-11)


def test_published_values():
    energy, heat_capacity = torus(8, TC)
    assert energy == pytest.approx(-1.49158911, abs=5e-9)
    assert heat_capacity == pytest.approx(1.145559, abs=5e-7)


def test_the_levels_of_4_x_4_are_those_of_beale():
    """Beale, Phys. Rev. Lett. 76, 78 (1996): which the oracle above must count too."""
    energies, counts = levels(4, 4)
    beale = {-32: 2, -24: 32, -20: 64, -16: 424, -12: 1728, -8: 6688, -4: 13568, 0: 20524}
    assert dict(zip(energies.tolist(), counts.tolist(), strict=True)) == beale | {-e: n for e, n in beale.items()}


@pytest.mark.parametrize("size", [64, 65, (63, 64), 512])
def test_a_large_torus_is_the_infinite_lattice_away_from_the_critical_point(size):
    for temperature in (1.0, 1.7, 3.5, 10.0):
        energy, heat_capacity = torus(size, temperature)
        assert energy == pytest.approx(onsager.energy(temperature), abs=1e-10)
        assert heat_capacity == pytest.approx(onsager.heat_capacity(temperature), abs=1e-8)


def test_at_the_critical_point_finite_size_is_that_of_ferdinand_and_fisher():
    """e(L) = - sqrt 2 - 2 t/L, t = theta_2 theta_3 theta_4/(theta_2 + theta_3 + theta_4) at q = exp(-pi) (1969)."""
    q = np.exp(-np.pi)
    n = np.arange(-20, 21)
    thetas = (q ** ((n + 0.5) ** 2)).sum(), (q ** (n**2)).sum(), ((-1.0) ** n * q ** (n**2)).sum()
    amplitude = 2 * np.prod(thetas) / np.sum(thetas)
    energy, heat_capacity = torus(512, TC)
    assert 512 * (energy + sqrt(2)) == pytest.approx(-amplitude, abs=1e-4)
    assert heat_capacity == pytest.approx(8 / (np.pi * TC**2) * log(512) + 0.138150, abs=4e-4)


@pytest.mark.parametrize("size", [(4, 7), (16, 9), (30, 31)])
def test_it_does_not_matter_which_axis_is_which(size):
    for temperature in (0.5, 2.0, TC, 2.5, 20.0):
        np.testing.assert_allclose(torus(size, temperature), torus(size[::-1], temperature), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("size", [3, 8, (5, 24), 33])
def test_the_heat_capacity_is_the_slope_of_the_energy(size):
    for low, high in ((1.0, 2.0), (2.0, 2.6), (2.6, 8.0)):
        found, _ = quad(lambda temperature: torus(size, temperature)[1], low, high, epsabs=1e-11)
        assert found == pytest.approx(torus(size, high)[0] - torus(size, low)[0], abs=1e-9)


def test_neither_heat_nor_cold_breaks_it():
    for size in (3, 4, 65, 512):
        for temperature in (1e-300, 1e-3, 0.02, 0.05):
            energy, heat_capacity = torus(size, temperature)
            assert energy == pytest.approx(-2, abs=1e-12)
            assert heat_capacity == pytest.approx(64 * np.exp(-8 / temperature - 2 * log(temperature)), abs=1e-12)
        for temperature in (1e3, 1e6):
            energy, heat_capacity = torus(size, temperature)
            odd = (size == 3) * 2 / temperature**2  # three bonds close a loop
            assert energy == pytest.approx(-2 / temperature - odd, rel=1e-4)
            assert heat_capacity == pytest.approx(2 / temperature**2, rel=1e-2)


def test_a_large_torus_takes_milliseconds():
    torus(512, 2.3)
    began = time.perf_counter()
    for _ in range(10):
        torus(512, 2.3)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("size", "temperature", "message"),
    [
        (2, 2.0, "torus: with 2 sites along an axis bonds go round it and join some sites twice. Use at least 3."),
        ((8, 1), 2.0, "torus: with 1 sites along an axis bonds go round it and join some sites twice. Use at least 3."),
        (8.0, 2.0, "torus: size 8.0 is not one whole number, nor two. Give 8 or (8, 12), say."),
        ((8, 8, 8), 2.0, "torus: size (8, 8, 8) is not one whole number, nor two. Give 8 or (8, 12), say."),
        (8, 0, "torus: temperature 0 is not above 0. Give one that is, in units of J."),
        (8, -1.5, "torus: temperature -1.5 is not above 0. Give one that is, in units of J."),
        (8, nan, "torus: temperature nan is no number. Give one above 0, in units of J."),
        (8, inf, "torus: temperature inf is no number. Give one above 0, in units of J."),
    ],
)
def test_what_is_no_torus_gets_a_sentence(size, temperature, message):
    with pytest.raises(DescriptionError) as caught:
        torus(size, temperature)
    assert str(caught.value) == message
