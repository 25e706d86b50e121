"""The Gray-code count against a list of all configurations, and against published levels and values."""

import time
from itertools import product
from math import inf, log, nan, sqrt

import numpy as np
import pytest

from locality.errors import LocalityError
from locality.lattice import Lattice
from locality.lattice.enumeration import exact, states

TC = 2 / log(1 + sqrt(2))
LATTICES = [
    Lattice("square", 3),
    Lattice("square", (4, 3)),
    Lattice("square", (3, 4), periodic=False),
    Lattice("triangular", 3),
    Lattice("honeycomb", 2, periodic=False),
    Lattice("kagome", 2, periodic=False),
    Lattice("checkerboard", 2, periodic=False),
    Lattice("chain", 7),
    Lattice("cubic", 2, periodic=False),
]


def listed(lattice, coupling, field):
    """Energy and magnetisation of every configuration, from the bonds one by one."""
    spins = np.array(list(product((-1, 1), repeat=lattice.sites)))
    energies = -field * spins.sum(axis=1)
    for order, strength in enumerate(coupling, 1):
        if strength:
            for one, other in lattice.bonds(order):
                energies = energies - strength * spins[:, one] * spins[:, other]
    return energies, spins.sum(axis=1)


def averaged(lattice, temperature, coupling, field):
    energies, sums = listed(lattice, coupling, field)
    weights = np.exp(-(energies - energies.min()) / temperature)
    weights /= weights.sum()
    m = np.abs(sums) / lattice.sites
    energy, size, square, fourth = weights @ energies, weights @ m, weights @ m**2, weights @ m**4
    return {
        "energy": energy / lattice.sites,
        "heat_capacity": (weights @ energies**2 - energy**2) / temperature**2 / lattice.sites,
        "magnetisation": size,
        "magnetisation2": square,
        "magnetisation4": fourth,
        "binder": 1 - fourth / (3 * square**2),
        "susceptibility": lattice.sites * (square - size**2) / temperature,
    }


@pytest.mark.parametrize("lattice", LATTICES, ids=str)
def test_every_observable_is_that_of_the_list_of_all_configurations(lattice):
    cases = [((1.0,), 0.0), ((-0.7,), 0.0), ((1.0,), 0.3), ((-1.0,), -1.3)]
    if lattice.name == "square" and not lattice.periodic:
        cases += [((1.0, -0.5), 0.0), ((0.4, 0.0, -1.1), 0.2), ((1.0, 0.3, -0.2), 0.0)]
    for coupling, field in cases:
        for temperature in (0.6, TC, 9.0):
            found, expected = (f(lattice, temperature, coupling, field) for f in (exact, averaged))
            assert found == pytest.approx(expected, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("lattice", LATTICES, ids=str)
def test_every_configuration_is_counted_once_at_its_place(lattice):
    energies, sums = listed(lattice, (1.0,), 0.0)
    rows, counts = np.unique(np.stack((energies, sums), axis=1).astype(int), axis=0, return_counts=True)
    found = states(lattice)
    places = np.stack((found.energy(), found.magnetisation), axis=1).astype(int)
    order = np.lexsort(places.T[::-1])
    np.testing.assert_array_equal(places[order], rows)
    np.testing.assert_array_equal(found.counts[order], counts)


def test_the_levels_of_4_x_4_are_those_of_beale():
    """Beale, Phys. Rev. Lett. 76, 78 (1996)."""
    found = states(Lattice("square", 4))
    energies, where = np.unique(found.energy().astype(int), return_inverse=True)
    half = {-32: 2, -24: 32, -20: 64, -16: 424, -12: 1728, -8: 6688, -4: 13568}
    expected = half | {0: 20524} | {-energy: count for energy, count in half.items()}
    assert dict(zip(energies.tolist(), np.bincount(where, found.counts).astype(int).tolist(), strict=True)) == expected


def test_published_values_of_4_x_4_at_the_critical_point():
    found = exact(Lattice("square", 4), TC)
    assert found["magnetisation"] == pytest.approx(0.8438604448, abs=5e-11)
    assert found["magnetisation2"] == pytest.approx(0.7613589086, abs=5e-11)


def test_25_sites_agree_with_kaufman_and_take_less_than_two_seconds():
    from locality.lattice.kaufman import torus

    lattice = Lattice("square", 5)
    states(Lattice("square", 3))  # compiled
    began = time.perf_counter()
    states(lattice)
    assert time.perf_counter() - began < 2
    assert int(states(lattice).counts.sum()) == 2**25
    for temperature in (1.0, TC, 5.0):
        found = exact(lattice, temperature)
        assert (found["energy"], found["heat_capacity"]) == pytest.approx(torus(5, temperature), abs=1e-12)
    began = time.perf_counter()
    exact(lattice, 3.0)
    assert time.perf_counter() - began < 0.1  # counted once


def test_free_spins_are_a_coin_each():
    found = exact(Lattice("square", 4), 2.0, coupling=0.0, field=1.0)
    tanh = np.tanh(0.5)
    assert found["energy"] == pytest.approx(-tanh, rel=1e-12)
    assert found["heat_capacity"] == pytest.approx(0.25 * (1 - tanh**2), rel=1e-12)
    assert found["magnetisation2"] == pytest.approx(tanh**2 + (1 - tanh**2) / 16, rel=1e-12)
    free = exact(Lattice("square", 4), 2.0, coupling=0.0)
    assert free["binder"] == pytest.approx(1 - (3 - 2 / 16) / 3, rel=1e-12)  # <m^4>/<m^2>^2 = 3 - 2/N


def test_the_frozen_triangular_antiferromagnet_has_the_entropy_of_its_ground_states():
    """Every third bond of a triangular antiferromagnet stays unsatisfied (Wannier 1950)."""
    found = states(Lattice("triangular", (3, 6)), -1.0)
    energies = found.energy()
    assert energies.min() == -18
    cold = exact(Lattice("triangular", (3, 6)), 1e-3, -1.0)
    assert (cold["energy"], cold["heat_capacity"]) == (-1.0, 0.0)
    ground = energies == energies.min()
    m2 = found.counts[ground] @ (found.magnetisation[ground] / 18) ** 2 / found.counts[ground].sum()
    assert cold["magnetisation2"] == pytest.approx(m2, rel=1e-12)


@pytest.mark.parametrize("coupling", [1.0, -1.0, (1.0, -2.0)])
def test_neither_heat_nor_cold_breaks_it(coupling):
    lattice = Lattice("square", 4, periodic=False)
    for temperature in (1e-300, 1e-9, 0.01, 1e9, 1e300):
        for field in (0.0, 0.5):
            found = exact(lattice, temperature, coupling, field)
            assert np.isfinite(list(found.values())).all()
    hot = exact(lattice, 1e9, coupling)
    assert hot["magnetisation2"] == pytest.approx(1 / 16, rel=1e-6)


def test_a_field_and_its_opposite_do_the_same():
    lattice = Lattice("kagome", 2, periodic=False)
    assert exact(lattice, 1.5, 1.0, 0.4) == pytest.approx(exact(lattice, 1.5, 1.0, -0.4), rel=1e-12)


@pytest.mark.parametrize(
    ("lattice", "arguments", "message"),
    [
        (
            Lattice("square", 6),
            (2.0,),
            "square 6x6: 36 sites have 2^36 configurations, too many to count one by one. Use at most 25 sites.",
        ),
        (Lattice("square", 4), (0,), "exact: temperature 0 is not above 0. Give one that is, in units of J."),
        (Lattice("square", 4), (-1.0,), "exact: temperature -1 is not above 0. Give one that is, in units of J."),
        (Lattice("square", 4), (nan,), "exact: temperature nan is no number. Give one above 0, in units of J."),
        (Lattice("square", 4), (inf,), "exact: temperature inf is no number. Give one above 0, in units of J."),
        (Lattice("square", 4), (2.0, nan), "coupling nan is no strength. Give one number, or one for each order."),
        (Lattice("square", 4), (2.0, ()), "coupling () is no strength. Give one number, or one for each order."),
        (
            Lattice("square", 5, periodic=False),
            (2.0, (1.0, 1.0, 1.0, 1.0)),
            "square 5x5 with open edges: 4 neighbour orders make 2,055,207 energy levels, too many to count. "
            "Use fewer orders or a smaller lattice.",
        ),
    ],
)
def test_what_cannot_be_counted_gets_a_sentence(lattice, arguments, message):
    with pytest.raises(LocalityError) as caught:
        exact(lattice, *arguments)
    assert str(caught.value) == message
