"""The operator against Kronecker products of Pauli matrices, closed forms, and what its evaluation costs."""

import re
from functools import reduce

import numpy as np
import pytest

from locality.errors import DescriptionError, ShapeError
from locality.lattice import Lattice
from locality.lattice.exact import ground_state_energy
from locality.quantum.configurations import every
from locality.quantum.hamiltonian import Hamiltonian, local_energies
from locality.quantum.signs import sign_mask, signs_of
from wave_functions import SQUARE, generator, some

SPIN = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]]) / 2  # Sx, Sy, Sz; up first
DOT = sum(np.kron(s, s) for s in SPIN).real.reshape(2, 2, 2, 2)
SMALL = [  # where whole matrices are small
    (Lattice("chain", 8), -0.7),
    (Lattice("chain", 8, periodic=False), 0.4),
    (Lattice("square", (2, 4), periodic=False), 0.5),
    (Lattice("honeycomb", 2), 0.0),
    (Lattice("honeycomb", 2, periodic=False), 0.2),
    (Lattice("triangular", (2, 4), periodic=False), 0.6),
    (Lattice("kagome", (1, 2), periodic=False), 0.8),
    (Lattice("checkerboard", 2, periodic=False), 0.4),
]
LARGER = [
    (SQUARE, 0.5),
    (SQUARE, 1.3),
    (Lattice("honeycomb", (2, 3), periodic=False), -0.3),
    (Lattice("kagome", (2, 2), periodic=False), 0.5),
    (Lattice("honeycomb", (2, 4), periodic=False), 0.5),
]


def couplings(lattice, j2):
    """(one site, the other, strength) of every bond."""
    return [(a, b, 1.0) for a, b in lattice.bonds(1)] + [(a, b, j2) for a, b in (lattice.bonds(2) if j2 else [])]


def dense(lattice, j2):
    """The whole matrix of 2^N rows, the first site slowest, up before down."""
    total = 0
    for a, b, strength in couplings(lattice, j2):
        for spin in SPIN:
            factors = [spin if site in (a, b) else np.eye(2) for site in range(lattice.sites)]
            total = total + strength * reduce(np.kron, factors)
    return total.real


def applied(lattice, j2, vector):
    """H on a vector of 2^N amplitudes, bond by bond."""
    psi = vector.reshape((2,) * lattice.sites)
    total = np.zeros_like(psi)
    for a, b, strength in couplings(lattice, j2):
        turned = np.tensordot(DOT, psi, axes=([2, 3], [a, b]))
        total += strength * np.moveaxis(turned, (0, 1), (a, b))
    return total.reshape(-1)


def places(configurations):
    """Where configurations stand among all 2^N."""
    sites = configurations.shape[1]
    return (configurations < 0) @ (1 << np.arange(sites)[::-1])


def random_psi(count, seed=1):
    draw = generator(seed).normal(size=(2, count))
    return draw[0] + 1j * draw[1]


class Table:
    """log psi of configurations by their place, and what was asked."""

    def __init__(self, configurations, psi):
        self.order = np.full(2 ** configurations.shape[1], -1)
        self.order[places(configurations)] = np.arange(len(configurations))
        self.logs = np.log(psi)
        self.asked = []

    def __call__(self, configurations):
        at = self.order[places(configurations)]
        assert (at >= 0).all()
        self.asked.append(at)
        return self.logs[at]


@pytest.mark.parametrize(("lattice", "j2"), SMALL, ids=str)
def test_the_matrix_of_a_sector_is_that_of_pauli_matrices(lattice, j2):
    configurations = every(lattice)
    at = places(configurations)
    whole = dense(lattice, j2)
    found = Hamiltonian(lattice, j2).matrix(configurations).toarray()
    assert np.abs(found - whole[np.ix_(at, at)]).max() < 1e-14
    rest = np.setdiff1d(np.arange(len(whole)), at)
    assert not whole[np.ix_(rest, at)].any()  # the sector is closed
    shuffled = generator(1).permutation(len(at))
    found = Hamiltonian(lattice, j2).matrix(configurations[shuffled]).toarray()
    assert np.abs(found - whole[np.ix_(at[shuffled], at[shuffled])]).max() < 1e-14


def test_the_matrix_of_some_configurations_leaves_out_what_leads_away_from_them():
    lattice = Lattice("chain", 8)
    configurations = every(lattice)[::3]
    at = places(configurations)
    found = Hamiltonian(lattice, 0.5).matrix(configurations).toarray()
    assert np.abs(found - dense(lattice, 0.5)[np.ix_(at, at)]).max() < 1e-14


@pytest.mark.parametrize(("lattice", "j2"), SMALL + LARGER, ids=str)
def test_local_energies_of_a_random_complex_psi_are_those_of_pauli_matrices(lattice, j2):
    configurations = every(lattice)
    psi = random_psi(len(configurations))
    vector = np.zeros(2**lattice.sites, complex)
    vector[places(configurations)] = psi
    expected = applied(lattice, j2, vector)[places(configurations)] / psi
    table, hamiltonian = Table(configurations, psi), Hamiltonian(lattice, j2)
    found = local_energies(hamiltonian, configurations, table)
    assert found.dtype == np.complex128
    size = np.abs(expected).clip(1)
    assert (np.abs(found - expected) / size).max() < 1e-11
    known = local_energies(hamiltonian, configurations[5:9], table, values=np.log(psi[5:9]))
    assert (np.abs(known - expected[5:9]) / size[5:9]).max() < 1e-11


@pytest.mark.parametrize(("lattice", "j2"), [(SQUARE, 0.5), (Lattice("honeycomb", 3), 0.0)], ids=str)
def test_the_local_energies_of_an_exact_ground_state_are_all_its_energy(lattice, j2):
    exact = ground_state_energy(lattice, j2)
    kept = np.abs(exact.amplitudes) > 1e-4
    table = Table(exact.configurations, exact.amplitudes.astype(complex))
    found = local_energies(Hamiltonian(lattice, j2), exact.configurations[kept], table)
    assert np.abs(found - exact.energy).max() < 1e-6


@pytest.mark.parametrize(("lattice", "j2"), [*SMALL, (SQUARE, 0.5), (Lattice("kagome", (3, 4)), 0.3)], ids=str)
def test_the_diagonal_is_a_quarter_of_each_coupling_with_the_sign_of_the_pair(lattice, j2):
    configurations = some(lattice, 40)
    expected = sum(
        0.25 * strength * configurations[:, a].astype(float) * configurations[:, b]
        for a, b, strength in couplings(lattice, j2)
    )
    found = Hamiltonian(lattice, j2).diagonal(configurations)
    assert found.dtype == np.float64
    assert np.abs(found - expected).max() < 1e-12


@pytest.mark.parametrize(("lattice", "j2"), [(SQUARE, 0.5), (Lattice("kagome", (3, 4)), 0.0)], ids=str)
def test_pairs_are_those_of_the_bonds_each_once_and_only_antiparallel_ones_lead_anywhere(lattice, j2):
    hamiltonian = Hamiltonian(lattice, j2)
    expected = {frozenset((int(a), int(b))): strength for a, b, strength in couplings(lattice, j2)}
    pairs = [frozenset(pair) for pair in hamiltonian.pairs.tolist()]
    assert dict(zip(pairs, hamiltonian.strengths, strict=True)) == expected
    assert len(pairs) == len(expected)
    configurations = some(lattice, 10)
    found, source, elements, antiparallel = hamiltonian.exchanged(configurations)
    changed = found != configurations[source]
    assert (changed.sum(1) == 2).all()
    assert (found.sum(1) == 0).all()
    led = [(int(n), frozenset(np.flatnonzero(row).tolist())) for n, row in zip(source, changed, strict=True)]
    wanted = [
        (n, pair)
        for n, one in enumerate(configurations)
        for pair in pairs
        if len({int(one[site]) for site in pair}) == 2
    ]
    assert sorted(led, key=str) == sorted(wanted, key=str)
    assert all(element == expected[pair] / 2 for element, (_, pair) in zip(elements, led, strict=True))
    assert [sum(one[a] != one[b] for a, b in hamiltonian.pairs) for one in found] == antiparallel.tolist()


@pytest.mark.parametrize("j2", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("lattice", [SQUARE, Lattice("square", (3, 4))], ids=str)
def test_of_psi_1_every_local_energy_is_the_same(lattice, j2):
    found = local_energies(Hamiltonian(lattice, j2), every(lattice), lambda some: np.zeros(len(some), complex))
    assert np.abs(found / lattice.sites - (1 + j2) / 2).max() < 1e-13


@pytest.mark.parametrize("j2", [0.0, 0.5, 1.0])
def test_of_marshalls_signs_alone_the_mean_energy_has_a_closed_form(j2):
    mask, configurations = sign_mask(SQUARE, "marshall"), every(SQUARE)
    found = local_energies(
        Hamiltonian(SQUARE, j2), configurations, lambda some: 1j * np.pi * (signs_of(some, mask) < 0)
    )
    assert found.mean() / 16 == pytest.approx(-17 / 30 + j2 / 2, abs=1e-13)
    assert found.var() > 1


@pytest.mark.parametrize("count", [3, 40, 12_870])
def test_each_configuration_that_occurs_is_evaluated_once(count):
    configurations = every(SQUARE)
    table = Table(configurations, random_psi(len(configurations)))
    chosen = generator(2).permutation(len(configurations))[:count]
    hamiltonian = Hamiltonian(SQUARE, 0.5)
    local_energies(hamiltonian, configurations[chosen], table, np.zeros(count), at_once=10**8)
    (asked,) = table.asked
    assert len(set(asked.tolist())) == len(asked)
    found, *_ = hamiltonian.exchanged(configurations[chosen])
    assert set(asked.tolist()) == set(table.order[places(found)].tolist())


@pytest.mark.parametrize("at_once", [1, 64, 1000])
def test_not_more_than_at_once_are_held_and_the_energies_stay_the_same(at_once):
    configurations = every(SQUARE)
    table = Table(configurations, random_psi(len(configurations)))
    hamiltonian = Hamiltonian(SQUARE, 0.5)
    chosen = configurations[:300]
    whole = local_energies(hamiltonian, chosen, table)
    table.asked.clear()
    found = local_energies(hamiltonian, chosen, table, table.logs[:300], at_once=at_once)
    assert max(map(len, table.asked)) <= max(at_once, len(hamiltonian.pairs))
    assert np.abs(found - whole).max() < 1e-12 * np.abs(whole).max()


def test_beyond_64_sites_where_no_number_names_a_configuration_energies_are_the_same_sums():
    lattice = Lattice("square", (6, 12))
    slopes = generator(4).normal(size=lattice.sites)
    log_psi = lambda some: some @ slopes * (0.1 + 0.2j)  # noqa: E731
    configurations = some(lattice, 4)
    found = local_energies(Hamiltonian(lattice, 0.5), configurations, log_psi)
    for energy, one in zip(found, configurations, strict=True):
        expected = 0
        for a, b, strength in couplings(lattice, 0.5):
            expected += 0.25 * strength * float(one[a]) * one[b]
            if one[a] != one[b]:
                other = one.copy()
                other[[a, b]] = one[[b, a]]
                expected += 0.5 * strength * np.exp(log_psi(other) - log_psi(one))
        assert energy == pytest.approx(expected, rel=1e-12)


def test_no_configurations_have_no_energies():
    none = np.empty((0, 16), np.int8)
    assert local_energies(Hamiltonian(SQUARE, 0.5), none, lambda some: np.zeros(len(some), complex)).shape == (0,)
    assert Hamiltonian(SQUARE, 0.5).matrix(none).shape == (0, 0)


COUPLING = "Give the coupling of second neighbours, a number such as 0.5."


@pytest.mark.parametrize(
    ("lattice", "j2", "error", "message"),
    [
        (SQUARE, "half", DescriptionError, f"square 4x4: j2 is 'half'. {COUPLING}"),
        (SQUARE, True, DescriptionError, f"square 4x4: j2 is True. {COUPLING}"),
        (SQUARE, np.nan, DescriptionError, f"square 4x4: j2 is nan. {COUPLING}"),
        (SQUARE, -1e300, DescriptionError, "square 4x4: j2 is -1e+300, beyond 1e+06 times J1. Use less."),
        ("square", 0.5, DescriptionError, "'square' is no lattice. Give one, such as Lattice(\"square\", 6)."),
        (
            Lattice("square", 5), 0.5, DescriptionError,
            "square 5x5: 25 sites cannot hold as many up as down spins (Sz = 0). Use an even number of sites.",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_hamiltonian_is_refused(lattice, j2, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        Hamiltonian(lattice, j2)


def test_a_lattice_too_small_for_next_neighbours_is_refused_where_they_count():
    chain = Lattice("chain", 4)
    assert Hamiltonian(chain, 0.0).j2 == 0
    with pytest.raises(ShapeError, match=r"^chain 4: with .* the bonds of order 2 go round it"):
        Hamiltonian(chain, 0.5)
