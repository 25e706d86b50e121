"""Samples one exchange away from |psi|^exponent, and their weights."""

import numpy as np
import pytest

from locality.lattice import Lattice
from locality.quantum.configurations import every
from locality.quantum.hamiltonian import Hamiltonian, local_energies, local_sums
from locality.quantum.sampler import Chains, hopped

CHAIN = Lattice("chain", 8)
HAMILTONIAN = Hamiltonian(CHAIN, 0.5)
ALL = every(CHAIN)
_random = np.random.Generator(np.random.PCG64(3))
LOGS = _random.normal(size=len(ALL)) + 1j * _random.uniform(0, 6, len(ALL))
NUMBERS = {spins.tobytes(): k for k, spins in enumerate(ALL)}


def log_psi(configurations):
    return LOGS[[NUMBERS[spins.tobytes()] for spins in configurations]]


def moves():
    """The probability that one exchange, drawn at random, leads from a configuration (column) to another (row)."""
    found = np.zeros((len(ALL), len(ALL)))
    for k, spins in enumerate(ALL):
        pairs = [(a, b) for a, b in HAMILTONIAN.pairs if spins[a] != spins[b]]
        for a, b in pairs:
            other = spins.copy()
            other[[a, b]] = other[[b, a]]
            found[NUMBERS[other.tobytes()], k] += 1 / len(pairs)
    return found


@pytest.mark.parametrize("exponent", [2.0, 1.5])
def test_what_comes_from_the_neighbours_is_what_one_random_exchange_makes_of_the_distribution(exponent):
    probability = np.exp(exponent * LOGS.real)
    energies, reached = local_sums(HAMILTONIAN, ALL, log_psi, LOGS, exponent)
    np.testing.assert_allclose(reached * probability, moves() @ probability, rtol=1e-12)
    np.testing.assert_array_equal(energies, local_energies(HAMILTONIAN, ALL, log_psi))


def test_every_exchange_is_drawn_as_often_as_any_other():
    spins = np.tile(ALL[17], (9000, 1))
    chains = Chains(spins, np.zeros(len(spins), complex), np.random.Generator(np.random.PCG64(1)))
    found, _ = hopped(chains, HAMILTONIAN.pairs, log_psi, 1.0)
    _, counts = np.unique(found, axis=0, return_counts=True)
    assert len(counts) == (moves()[:, 17] > 0).sum()
    expected = len(spins) / len(counts)
    assert ((counts - expected) ** 2 / expected).sum() < len(counts) + 5 * np.sqrt(2 * len(counts))
