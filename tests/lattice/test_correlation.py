"""The correlation function and length against loops over pairs of sites, and against the chain's exact ones."""

from itertools import product
from math import pi, sin, sqrt, tanh

import numpy as np
import pytest

from locality.errors import LocalityError
from locality.lattice import LATTICES, Lattice
from locality.lattice.correlation import correlation, length


def drawn(lattice, samples=3, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), (samples, *lattice.shape))


def ring(sites, temperature, samples, seed=0):
    """Independent configurations of a periodic chain: walls drawn one by one, an odd number of them thrown away."""
    walls = np.random.default_rng(seed).random((samples, 1, sites)) < 1 / (1 + np.exp(2 / temperature))
    walls = walls[walls.sum(axis=2)[:, 0] % 2 == 0]
    first = np.random.default_rng(seed + 1).choice([-1, 1], (len(walls), 1, 1))
    return (first * (1 - 2 * (walls.cumsum(axis=2) % 2))).astype(np.int8)


def values(found):
    return [one.value for one in found.estimates]


def by_loops(lattice, spins, r):
    """The mean over axes of the mean of s_x s_(x + r) over samples, sublattices and cells x."""
    means = []
    for axis, side in enumerate(lattice.size):
        found = []
        for sample, sublattice, *cell in product(*map(range, spins.shape)):
            other = list(cell)
            other[axis] += r
            if lattice.periodic or other[axis] < side:
                other[axis] %= side
                found.append(int(spins[sample, sublattice, *cell]) * int(spins[sample, sublattice, *other]))
        means.append((np.sum(found), len(found)))
    return np.mean([total / count for total, count in means])


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("name", LATTICES)
def test_it_is_what_loops_over_pairs_of_sites_find(name, periodic):
    size = {"chain": 7, "cubic": (3, 4, 5)}.get(name, (4, 5))
    lattice = Lattice(name, size, periodic)
    spins = drawn(lattice)
    found = correlation(lattice, spins)
    farthest = min(lattice.size) // 2
    assert len(found.estimates) == len(found.distances) == farthest + 1
    assert values(found) == pytest.approx([by_loops(lattice, spins, r) for r in range(farthest + 1)], abs=1e-12)


def test_distances_are_those_of_the_sites():
    for name, step in (("square", 1), ("triangular", 1), ("honeycomb", sqrt(3)), ("kagome", 2), ("cubic", 1)):
        lattice = Lattice(name, 4)
        apart = np.linalg.norm(lattice.positions[lattice.sublattices] - lattice.positions[0])
        assert correlation(lattice, drawn(lattice)).distances[1] == pytest.approx(step) == pytest.approx(apart)


def test_the_ring_has_its_exact_correlations_within_five_errors():
    """G(r) = (t^r + t^(N-r))/(1 + t^N), t = tanh(J/T) (Ising 1925)."""
    sites, temperature = 12, 1.0
    spins, t = ring(sites, temperature, 20000), tanh(1 / temperature)
    found = correlation(Lattice("chain", sites), spins)
    for r, one in enumerate(found.estimates[1:], 1):
        exact = (t**r + t ** (sites - r)) / (1 + t**sites)
        assert 1e-4 < one.error < 1e-2
        assert abs(one.value - exact) < 5 * one.error


def test_the_ring_has_its_exact_length_within_five_errors():
    """sqrt(t)/(1 - t) for any number of sites."""
    for sites, temperature in ((12, 1.0), (40, 0.7)):
        t = tanh(1 / temperature)
        found = length(Lattice("chain", sites), ring(sites, temperature, 20000))
        assert found.error < 0.1 * found.value
        assert abs(found.value - sqrt(t) / (1 - t)) < 5 * found.error


def test_errors_know_that_chains_remember():
    """Each sample eight times over is worth no more than once."""
    once = ring(12, 1.0, 4000)
    lattice = Lattice("chain", 12)
    again = np.repeat(once, 8, axis=0)
    for told in (lambda spins: correlation(lattice, spins).estimates[3], lambda spins: length(lattice, spins)):
        assert told(again).value == pytest.approx(told(once).value, rel=0.02)
        assert told(again).error == pytest.approx(told(once).error, rel=0.25)


def test_chains_are_samples_one_after_the_other():
    lattice = Lattice("square", 6)
    spins = drawn(lattice, 400)
    apart = spins.reshape(4, 100, *lattice.shape)
    assert values(correlation(lattice, apart)) == pytest.approx(values(correlation(lattice, spins)), abs=1e-12)


@pytest.mark.parametrize("name", LATTICES)
def test_a_length_is_that_of_the_positions_of_the_sites(name):
    """The structure factor from positions, at wave vectors of which none is shorter."""
    lattice = Lattice(name, 4)
    draw = np.random.default_rng(1)
    lean = draw.choice([0.2, 0.8], (400, *(1,) * (lattice.dimension + 1)))  # samples that lean up or down
    spins = np.where(draw.random((400, *lattice.shape)) < lean, 1, -1).astype(np.int8)
    reciprocal = 2 * pi * np.linalg.inv(lattice.vectors).T / 4
    all_waves = np.array([mix for mix in product((-1, 0, 1), repeat=lattice.dimension) if any(mix)]) @ reciprocal
    shortest = np.linalg.norm(reciprocal[0])
    assert shortest == pytest.approx(np.linalg.norm(all_waves, axis=1).min())
    flat = lattice.flat(spins).astype(float)
    still = (flat.sum(axis=1) ** 2).mean()
    waves = np.mean([(np.abs(flat @ np.exp(1j * lattice.positions @ k)) ** 2).mean() for k in reciprocal])
    expected = sqrt(still / waves - 1) / (2 * sin(pi / 4) * shortest * 4 / (2 * pi))
    found = length(lattice, spins)
    assert found.value == pytest.approx(expected, rel=5e-3)  # the jackknife takes out a bias of order 1/samples
    assert found.error < 0.1 * found.value


def test_an_oblong_lattice_reads_the_length_along_its_longest_axis():
    """Stripes across the short axis are waves that it does not look at."""
    lattice = Lattice("square", (12, 4))
    spins = ring(12, 1.0, 4000)[..., None].repeat(4, axis=-1)
    line = length(Lattice("chain", 12), ring(12, 1.0, 4000))
    found = length(lattice, spins)
    assert (found.value, found.error) == pytest.approx((line.value, line.error), rel=1e-9)


def test_alternating_spins_have_no_length_and_ordered_ones_neither():
    lattice = Lattice("square", 6)
    up = np.ones((50, *lattice.shape), np.int8)
    assert length(lattice, up) is None
    assert length(lattice, lattice.unflat(np.tile(lattice.signs, (50, 1)))) is None
    chain = Lattice("chain", 6)
    assert length(chain, ring(6, 1.0, 4000) * chain.unflat(chain.signs)) is None  # S(0) lies far below S(k)


def test_free_spins_have_a_length_that_is_0_within_its_error():
    """Half of the time S(0)/S(k) - 1 comes out below 0; its root has no slope there, and still an error of its size."""
    lattice = Lattice("square", 8)
    found = [length(lattice, drawn(lattice, 1000, seed)) for seed in range(30)]
    told = [one for one in found if one is not None]
    assert len(told) >= 25
    assert 5 <= sum(one.value == 0 for one in told) <= 22
    assert all(one.value < 4 * one.error for one in told)
    assert all(0.05 < one.error < 0.5 for one in told)  # about (2/1000)^(1/4)/(2 sin(pi/8))


def test_plain_data():
    found = correlation(Lattice("chain", 4), np.array([[[1, 1, -1, -1]]], np.int8))
    assert found.to_dict() == {
        "distance": [0.0, 1.0, 2.0],
        "value": pytest.approx([1.0, 0.0, -1.0]),
        "error": [0.0, None, None],
    }


SQUARE = Lattice("square", 4)


@pytest.mark.parametrize(
    ("told", "lattice", "shape", "message"),
    [
        (
            correlation,
            SQUARE,
            (1, 4, 4),
            "square 4x4: spins of shape 1x4x4 are not samples of it. "
            "Give (samples, 1, 4, 4), with or without an axis of chains before.",
        ),
        (
            length,
            SQUARE,
            (9, 1, 4, 5),
            "square 4x4: spins of shape 9x1x4x5 are not samples of it. "
            "Give (samples, 1, 4, 4), with or without an axis of chains before.",
        ),
        (
            correlation,
            SQUARE,
            (0, 1, 4, 4),
            "square 4x4: spins of shape 0x1x4x4 hold no sample. Give at least one.",
        ),
        (
            length,
            Lattice("square", 4, periodic=False),
            (9, 1, 4, 4),
            "square 4x4 with open edges: the correlation length is that of a periodic lattice, whose waves fit its "
            "edges. Use periodic=True, or look at the correlation function.",
        ),
    ],
)
def test_what_are_no_samples_gets_a_sentence(told, lattice, shape, message):
    with pytest.raises(LocalityError) as caught:
        told(lattice, np.ones(shape, np.int8))
    assert str(caught.value) == message
