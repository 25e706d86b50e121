"""Diagonalisation in the Sz = 0 sector against dense matrices from Pauli matrices, published energies and theorems."""

import re
from functools import reduce
from itertools import combinations
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import eigsh

from locality.errors import LocalityError
from locality.lattice import Lattice
from locality.lattice.exact import _coupled, _matrix, _sector, _solved, ground_state_energy

SPIN = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]]) / 2  # Sx, Sy, Sz
SMALL = [
    (Lattice("chain", 2, periodic=False), 0.0),
    (Lattice("chain", 4), 0.0),
    (Lattice("chain", 6), 0.3),
    (Lattice("chain", 8), -0.7),
    (Lattice("chain", 8), 1.5),
    (Lattice("chain", 8, periodic=False), 0.4),
    (Lattice("square", (2, 4), periodic=False), 0.5),
    (Lattice("honeycomb", 2), 0.0),
    (Lattice("honeycomb", 2, periodic=False), 0.2),
    (Lattice("triangular", (2, 4), periodic=False), 0.6),
    (Lattice("kagome", (1, 2), periodic=False), 0.8),
    (Lattice("checkerboard", (2, 2), periodic=False), 0.4),
    (Lattice("cubic", 2, periodic=False), 0.7),
]


def product_of(sites, factors):
    """The Kronecker product with these matrices at these sites, the first site fastest."""
    return reduce(np.kron, [factors.get(site, np.eye(2)) for site in reversed(range(sites))])


def dot(sites, one, other):
    return sum(product_of(sites, {one: s, other: s}) for s in SPIN).real


def hamiltonian(lattice, j2):
    orders = [(1, 1.0), (2, j2)] if j2 else [(1, 1.0)]
    return sum(strength * dot(lattice.sites, *pair) for order, strength in orders for pair in lattice.bonds(order))


def lifted(found):
    """The amplitudes among all 2^N configurations, up being the first state of each spin."""
    vector = np.zeros(2**found.lattice.sites)
    vector[(found.configurations < 0) @ (1 << np.arange(found.lattice.sites))] = found.amplitudes
    return vector


@pytest.mark.parametrize(("lattice", "j2"), SMALL, ids=str)
def test_the_lowest_energy_of_the_sector_is_that_of_the_whole_matrix_and_the_amplitudes_its_vector(lattice, j2):
    found = ground_state_energy(lattice, j2)
    matrix = hamiltonian(lattice, j2)
    assert found.energy == pytest.approx(np.linalg.eigvalsh(matrix)[0], abs=1e-11)
    assert found.energy_per_site == found.energy / lattice.sites
    vector = lifted(found)
    assert vector @ vector == pytest.approx(1, abs=1e-12)
    assert np.abs(matrix @ vector - found.energy * vector).max() < 1e-10


@pytest.mark.parametrize(("lattice", "j2"), [SMALL[2], SMALL[8], SMALL[10]], ids=str)
def test_correlations_are_expectation_values_of_the_products_of_pauli_matrices(lattice, j2):
    found = ground_state_energy(lattice, j2)
    vector = lifted(found)
    assert np.diag(found.correlations) == pytest.approx(np.full(lattice.sites, 0.75), abs=1e-12)
    for one, other in combinations(range(lattice.sites), 2):
        expected = vector @ dot(lattice.sites, one, other) @ vector
        assert found.correlations[one, other] == pytest.approx(expected, abs=1e-10)
        assert found.correlations[other, one] == found.correlations[one, other]


@settings(max_examples=15, deadline=None)
@given(
    st.sampled_from([("square", (3, 4)), ("triangular", (4, 3)), ("honeycomb", (2, 3)), ("kagome", (2, 2))]),
    st.booleans(),
    st.floats(-1.5, 1.5),
)
def test_bonds_times_correlations_make_the_energy_and_all_of_them_the_square_of_the_total_spin(place, open_edges, j2):
    lattice = Lattice(*place, periodic=not open_edges)
    if lattice.periodic and lattice.name in ("triangular", "honeycomb"):
        j2 = 0.0
    found = ground_state_energy(lattice, j2)
    summed = found.correlations[tuple(lattice.bonds(1).T)].sum()
    if j2:
        summed += j2 * found.correlations[tuple(lattice.bonds(2).T)].sum()
    assert summed == pytest.approx(found.energy, abs=1e-9)
    total = found.correlations.sum()  # S(S+1)
    assert total == pytest.approx([0, 2, 6, 12, 20, 30, 42][round((sqrt(1 + 4 * abs(total)) - 1) / 2)], abs=1e-7)


@pytest.mark.parametrize(
    ("lattice", "j2", "energy", "digits"),
    [
        (Lattice("chain", 4), 0.0, -0.5, 14),
        (Lattice("chain", 6), 0.0, -(2 + sqrt(13)) / 12, 14),
        (Lattice("chain", 8), 0.0, -0.456386681, 8),
        (Lattice("chain", 10), 0.0, -0.451544635, 8),
        (Lattice("square", 4), 0.0, -0.7017802, 7),
        (Lattice("square", 4), 0.5, -0.5286202095, 10),
        (Lattice("kagome", 2), 0.0, -5.444875216 / 12, 9),
        pytest.param(Lattice("kagome", (2, 3)), 0.0, -8.048270773 / 18, 10, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_energies_are_the_published_ones(lattice, j2, energy, digits):
    """Rings of 4 and 6 in closed form, 8 and 10 from tables; kagome: Lauchli, Sudan and Sorensen, Phys. Rev. B 83,
    212401 (2011)."""
    assert ground_state_energy(lattice, j2).energy_per_site == pytest.approx(energy, abs=0.6 * 10.0**-digits)


@pytest.mark.parametrize("sites", [6, 10, 12, 16])
def test_the_chain_of_majumdar_and_ghosh_is_exactly_pairs_of_singlets(sites):
    found = ground_state_energy(Lattice("chain", sites), 0.5)
    assert found.energy_per_site == pytest.approx(-3 / 8, abs=1e-12)


def test_an_open_chain_of_majumdar_and_ghosh_has_one_ground_state_whose_pairs_know_nothing_of_each_other():
    lattice = Lattice("chain", 10, periodic=False)
    found = ground_state_energy(lattice, 0.5)
    assert found.energy_per_site == pytest.approx(-3 / 8, abs=1e-12)
    pairs = np.kron(np.eye(5), [[0.75, -0.75], [-0.75, 0.75]])
    assert np.abs(found.correlations - pairs).max() < 1e-9


@pytest.mark.parametrize(
    "lattice",
    [Lattice("square", 4), Lattice("chain", 12), Lattice("honeycomb", (2, 3)), Lattice("square", (3, 4), False)],
)
def test_without_frustration_every_amplitude_has_the_sign_of_marshall(lattice):
    found = ground_state_energy(lattice, 0.0)
    up = (found.configurations[:, lattice.signs > 0] > 0).sum(axis=1)
    signed = (-1.0) ** up * found.amplitudes
    assert np.all(signed > 0) or np.all(signed < 0)


def test_the_uniform_state_is_the_highest_of_all_with_its_closed_form():
    lattice, j2 = Lattice("square", 4), 0.7
    matrix = _matrix(_sector(16), *_coupled(lattice, j2), 16)
    uniform = np.ones(12870)
    assert np.abs(matrix @ uniform - 16 * (1 + j2) / 2 * uniform).max() < 1e-12
    highest = eigsh(matrix, k=1, which="LA", v0=np.arange(12870.0), return_eigenvectors=False)
    assert highest[0] == pytest.approx(16 * (1 + j2) / 2, abs=1e-10)
    assert abs(ground_state_energy(lattice, j2).amplitudes.sum()) < 1e-9


def test_strong_second_neighbours_of_the_other_sign_make_the_state_of_lieb_and_mattis():
    # Each half of the 4x4 is one spin of 4, the two of them a singlet: 32 bonds of 1/4, and S_A.S_B = -4*5 over 8*8
    # pairs, of which 32 are bonds; the next order is of 1/j2.
    found = ground_state_energy(Lattice("square", 4), -1000.0)
    assert found.energy == pytest.approx(-1000 * 32 / 4 - 20 * 32 / 64, abs=5e-3)
    assert np.abs(found.correlations[0, [1, 2, 4, 10]] - [-20 / 64, 0.25, -20 / 64, 0.25]).max() < 1e-3


def test_configurations_stand_in_the_order_that_is_promised():
    found = ground_state_energy(Lattice("chain", 6), 0.0)
    numbers = (found.configurations > 0) @ (1 << np.arange(6))
    assert numbers.tolist() == sorted(n for n in range(64) if n.bit_count() == 3)
    first = found.amplitudes[np.abs(found.amplitudes) > 1e-12][0]
    assert first > 0
    assert repr(found) == "<Ground state of chain 6, J2 = 0: -0.467129273 per site>"


def test_the_same_call_gives_the_same_bits_and_nobody_can_write_into_them():
    first = ground_state_energy(Lattice("square", (3, 4)), 0.5)
    _solved.cache_clear()
    again = ground_state_energy(Lattice("square", (3, 4)), 0.5)
    assert again is not first
    assert np.array_equal(first.amplitudes, again.amplitudes)
    for array in (again.amplitudes, again.configurations, again.correlations):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.slow
def test_twenty_sites_are_solved_and_the_bethe_ansatz_gives_the_same_energy():
    found = ground_state_energy(Lattice("chain", 20), 0.0)
    assert found.energy_per_site == pytest.approx(bethe(20), abs=1e-10)
    assert found.energy_per_site > 0.25 - log(2) - 0.01


def bethe(sites):
    """The energy per site of the Heisenberg ring from the equations of Bethe and Hulthen, by iteration."""
    numbers = np.arange(sites // 2) - (sites // 2 - 1) / 2
    z = np.zeros(sites // 2)
    for _ in range(2000):
        z = np.tan((np.pi * numbers + np.arctan((z[:, None] - z) / 2).sum(axis=1)) / sites)
    return 0.25 - 2 * np.sum(1 / (1 + z**2)) / sites


@pytest.mark.parametrize("sites", [8, 12, 16])
def test_rings_have_the_energy_of_the_bethe_ansatz(sites):
    assert ground_state_energy(Lattice("chain", sites), 0.0).energy_per_site == pytest.approx(bethe(sites), abs=1e-11)


@pytest.mark.parametrize(
    ("lattice", "j2", "message"),
    [
        (
            Lattice("square", 3),
            0.5,
            "square 3x3: 9 spins are an odd number, of which no half can point up. Use an even number of sites.",
        ),
        (
            Lattice("square", 6),
            0.5,
            "square 6x6: 36 sites are too many to diagonalise; 20 have 184,756 configurations, and two more make "
            "nearly four times as many. Use at most 20 sites; published energies exist of the periodic square lattice "
            "with 6x6 and 10x10 sites.",
        ),
        (
            Lattice("chain", 4),
            0.5,
            "chain 4: with 4 cells along axis 0 the bonds of order 2 go round it and join some sites twice. "
            "Use at least 5, or open edges (periodic=False).",
        ),
        (
            Lattice("square", 4),
            float("nan"),
            "square 4x4: j2 is nan. Give the coupling of second neighbours, a number such as 0.5.",
        ),
        (
            Lattice("square", 4),
            "half",
            "square 4x4: j2 is 'half'. Give the coupling of second neighbours, a number such as 0.5.",
        ),
    ],
)
def test_what_cannot_be_diagonalised_is_refused_in_one_sentence(lattice, j2, message):
    with pytest.raises(LocalityError, match=f"^{re.escape(message)}$"):
        ground_state_energy(lattice, j2)
