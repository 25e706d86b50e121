"""What is known exactly: each against another way to it."""

from math import cosh, exp, inf, log, nan, sinh, sqrt, tanh

import numpy as np
import pytest

from locality.errors import LocalityError
from locality.lattice import Lattice, chain, onsager
from locality.lattice.enumeration import exact
from locality.lattice.kaufman import torus
from locality.lattice.known import infinite, known

TC = 2 / log(1 + sqrt(2))
OBSERVABLES = {"energy", "heat_capacity", "magnetisation", "magnetisation2", "magnetisation4", "binder"}
OBSERVABLES |= {"susceptibility"}


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("sites", [3, 4, 9])
@pytest.mark.parametrize(("coupling", "field"), [(1.0, 0.0), (-2.0, 0.0), (1.0, 0.3), (-1.0, -1.1), (0.5, 4.0)])
def test_a_short_chain_is_what_enumeration_counts(sites, periodic, coupling, field):
    lattice = Lattice("chain", sites, periodic)
    for temperature in (0.02, 0.1, 0.7, 2.0, 1e3):
        found = known(lattice, temperature, (coupling,), field)
        expected = exact(lattice, temperature, coupling, field)
        assert set(found) >= OBSERVABLES
        assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("sites", [26, 101, 2048])
def test_a_long_ring_has_isings_closed_forms(sites):
    """<s_0 s_r> = (t^r + t^(N-r))/(1 + t^N), t = tanh(J/T) (Ising 1925), which sums to <m^2>."""
    for coupling in (1.0, -1.0):
        for temperature in (0.5, 1.0, 6.0):
            t = tanh(coupling / temperature)
            correlations = np.array([t**r + t ** (sites - r) for r in range(sites)]) / (1 + t**sites)
            found = known(Lattice("chain", sites), temperature, (coupling,))
            assert found["energy"] == pytest.approx(-coupling * correlations[1], rel=1e-10)
            assert found["magnetisation2"] == pytest.approx(correlations.sum() / sites, rel=1e-9)


def test_an_antiferromagnetic_chain_keeps_the_digits_of_what_is_rare():
    """Of two ordered halves nothing is left but what two defects do, whose weights are exp(-4 J/T) and less."""
    lattice = Lattice("chain", 24)
    found, expected = known(lattice, 0.1, (-1.0,)), exact(lattice, 0.1, -1.0)
    assert expected["magnetisation2"] < 1e-15
    assert found["binder"] == pytest.approx(expected["binder"], rel=1e-10)


def test_a_very_long_chain_is_the_endless_one_and_tells_no_magnetisation():
    for field in (0.0, 0.4):
        found, endless = known(Lattice("chain", 10**6), 1.5, (1.0,), field), chain.infinite(1.5, 1.0, field)
        assert found["energy"] == pytest.approx(endless["energy"], rel=1e-9)
        assert found["heat_capacity"] == pytest.approx(endless["heat_capacity"], rel=1e-9)
        assert "magnetisation" not in found
    k, h = 1 / 1.5, 0.4 / 1.5
    assert endless["magnetisation"] == pytest.approx(sinh(h) / sqrt(sinh(h) ** 2 + exp(-4 * k)), rel=1e-12)
    assert chain.infinite(1.5)["heat_capacity"] == pytest.approx(k**2 / cosh(k) ** 2, rel=1e-12)


def test_a_rings_length_is_that_of_the_second_moment():
    """S(0)/S(k) - 1 = 4 t sin^2(pi/N)/(1 - t)^2, from the sum over its correlations."""
    t, sites = tanh(1 / 0.8), 12
    r = np.arange(sites)
    g = (t**r + t ** (sites - r)) / (1 + t**sites)
    ratio = g.sum() / (g * np.cos(2 * np.pi * r / sites)).sum()
    expected = sqrt(ratio - 1) / (2 * np.sin(np.pi / sites))
    assert known(Lattice("chain", sites), 0.8)["correlation_length"] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("size", [(6, 6), (8, 10), (32, 32)])
def test_an_even_torus_is_kaufmans_for_either_sign(size):
    for temperature in (1.0, TC, 4.0):
        energy, heat_capacity = torus(size, temperature)
        expected = {"energy": pytest.approx(2 * energy, rel=1e-12), "heat_capacity": pytest.approx(heat_capacity)}
        for coupling in (2.0, -2.0):
            assert known(Lattice("square", size), 2 * temperature, (coupling,)) == expected
            assert known(Lattice("square", size), 2 * temperature, (coupling, 0.0)) == expected


def test_25_sites_are_counted_where_the_antiferromagnet_is_frustrated():
    found = known(Lattice("square", 5), 1.0, (-1.0,))
    assert set(found) == OBSERVABLES
    assert found["energy"] > torus(5, 1.0)[0] + 0.1
    assert known(Lattice("square", 5), 1.0)["energy"] == pytest.approx(torus(5, 1.0)[0], rel=1e-12)


@pytest.mark.parametrize(
    ("lattice", "coupling", "field"),
    [
        (Lattice("square", 7), (-1.0,), 0.0),  # frustrated
        (Lattice("square", (6, 7)), (-1.0,), 0.0),
        (Lattice("square", 6), (1.0, 0.5), 0.0),
        (Lattice("square", 6), (0.0, 1.0), 0.0),
        (Lattice("square", 6), (1.0,), 0.1),
        (Lattice("square", 6, periodic=False), (1.0,), 0.0),
        (Lattice("triangular", 6), (1.0,), 0.0),
        (Lattice("cubic", 3), (1.0,), 0.0),
        (Lattice("chain", 30), (1.0, 1.0), 0.0),
        (Lattice("square", 5, periodic=False), (1.0, 1.0, 1.0, 1.0), 0.0),  # too many levels to count
    ],
    ids=str,
)
def test_of_others_nothing_is_known(lattice, coupling, field):
    assert known(lattice, 2.0, coupling, field) == {}


def test_the_infinite_square_lattice_is_onsagers_and_yangs():
    lattice = Lattice("square", 8, periodic=False)
    for temperature in (1.5, 2.0, TC, 3.0):
        assert infinite(lattice, 4 * temperature, (4.0,)) == {
            "energy": 4 * onsager.energy(temperature),
            "heat_capacity": onsager.heat_capacity(temperature),
            "magnetisation": onsager.magnetisation(temperature),
        }
        anti = infinite(lattice, temperature, (-1.0,))
        assert (anti["energy"], anti["magnetisation"]) == (pytest.approx(onsager.energy(temperature)), 0.0)
    assert infinite(lattice, 2.0, (1.0,), 0.1) == infinite(lattice, 2.0, (1.0, 0.5)) == {}
    assert infinite(Lattice("triangular", 6), 2.0) == {}
    assert infinite(Lattice("chain", 6), 1.0)["energy"] == pytest.approx(-tanh(1), rel=1e-14)


@pytest.mark.parametrize("told", [known, infinite])
@pytest.mark.parametrize("temperature", [0, -1.0, nan, inf])
def test_what_is_no_temperature_gets_a_sentence(told, temperature):
    with pytest.raises(LocalityError) as caught:
        told(Lattice("square", 8), temperature)
    low = temperature <= 0
    problem = (
        f"{temperature:g} is not above 0. Give one that is" if low else f"{temperature} is no number. Give one above 0"
    )
    assert str(caught.value) == f"{told.__name__}: temperature {problem}, in units of J."
