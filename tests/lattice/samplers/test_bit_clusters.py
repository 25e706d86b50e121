"""Bit-parallel clusters against scipy's connected components, and the coins that turn them over."""

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from locality.lattice import Lattice
from locality.lattice.samplers import bit_clusters
from locality.lattice.samplers.problem import Problem, state

SIZES = [(3, 3), (4, 7), (5, 64), (3, 65), (4, 130), (64, 64)]
CHAINS = 5


def drawn_bonds(size: tuple[int, int], chance: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random spins as words, and bonds between like ones."""
    rows, side = size
    rng = np.random.default_rng(rows * side)
    spins = np.where(rng.random((CHAINS, rows * side)) < 0.5, 1, -1).astype(np.int8)
    words = bit_clusters._packed(spins, rows, side)
    along, down = np.empty_like(words), np.empty_like(words)
    random = rng.integers(0, 2**64, (4, CHAINS), dtype=np.uint64)
    spare = np.empty(CHAINS, np.uint64)
    bit_clusters._draw_bonds(words, side, np.uint64(int(chance * 2**64)), random, along, down, spare)
    return spins, along, down


def sites_of(words: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bits of words as (chains, sites)."""
    rows, side = size
    return bit_clusters._unpacked(words, side, np.ones(rows * side, np.int8)) > 0


def clusters(along: np.ndarray, down: np.ndarray, size: tuple[int, int], chain: int) -> np.ndarray:
    """The cluster number of every site of a chain, by scipy."""
    site = np.arange(np.prod(size)).reshape(size)
    right, below = np.roll(site, -1, 1).ravel(), np.roll(site, -1, 0).ravel()
    held = [sites_of(words, size)[chain] for words in (along, down)]
    pairs = np.concatenate([np.stack((site.ravel()[h], to[h])) for h, to in zip(held, (right, below), strict=True)], 1)
    graph = coo_array((np.ones(pairs.shape[1]), pairs), shape=(site.size, site.size))
    return connected_components(graph, directed=False)[1]


@pytest.mark.parametrize("size", SIZES)
def test_bonds_join_like_spins_with_their_probability(size: tuple[int, int]) -> None:
    spins, along, down = drawn_bonds(size, 0.6)
    grid = spins.reshape(CHAINS, *size)
    like = np.concatenate([(grid == np.roll(grid, -1, axis)).reshape(CHAINS, -1) for axis in (2, 1)])
    held = np.concatenate([sites_of(words, size) for words in (along, down)])
    assert not (held & ~like).any()
    assert abs(held.sum() - 0.6 * like.sum()) < 5 * np.sqrt(0.24 * like.sum())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chance", [0.5, 0.98])
def test_a_cluster_grows_to_all_that_bonds_reach_and_no_further(size: tuple[int, int], chance: float) -> None:
    _, along, down = drawn_bonds(size, chance)
    for seed in (0, size[0] * size[1] - 1):
        spins = np.full((CHAINS, size[0] * size[1]), -1, np.int8)
        spins[:, seed] = 1
        cluster = bit_clusters._packed(spins, *size)
        bit_clusters._grow(cluster, along, down, size[1], np.ones(len(cluster), np.bool_))
        for chain, found in enumerate(sites_of(cluster, size)):
            number = clusters(along, down, size, chain)
            assert (found == (number == number[seed])).all()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chance", [0.5, 0.98])
def test_the_runs_of_a_cluster_have_one_parent(size: tuple[int, int], chance: float) -> None:
    _, along, down = drawn_bonds(size, chance)
    parents = np.empty(size[0] * size[1], np.uint32)
    starts, first = np.empty((2, len(along)), np.uint64)
    for chain in range(CHAINS):
        bit_clusters._label(along, down, chain, size[1], parents, starts, first)
        begins = sites_of(starts[:, None], size)[0]
        roots = parents[: begins.sum()]
        while (roots != parents[roots]).any():
            roots = parents[roots]
        found = roots[np.cumsum(begins) - 1]
        number = clusters(along, down, size, chain)
        assert len(set(zip(found, number, strict=True))) == len(set(found)) == number.max() + 1


@pytest.mark.parametrize("method", [bit_clusters.wolff, bit_clusters.swendsen_wang])
@pytest.mark.parametrize(("size", "coupling"), [((4, 6), 1.0), ((3, 70), 0.7), ((4, 66), -1.0)])
def test_energies_are_those_of_the_spins(method, size, coupling) -> None:
    problem = Problem(Lattice("square", size), (coupling,), 0.0)
    chains = state(problem, 3, seed=1)
    spins, energies = method(problem, 2.2, chains, 4, 3)
    grid = spins.reshape(4, 3, *size).astype(float)
    by_hand = -coupling * sum(grid * np.roll(grid, 1, axis) for axis in (2, 3)).mean((2, 3))
    assert np.allclose(energies, by_hand, atol=1e-12)
    assert (spins[-1] == chains.spins).all()


def test_each_cluster_is_turned_over_by_a_coin_of_its_own() -> None:
    """At T near 0 each domain of a striped start is one cluster: four outcomes, each a quarter of the time."""
    problem = Problem(Lattice("square", 6), (1.0,), 0.0)
    chains = state(problem, 4000, seed=2)
    chains.spins[:] = np.where(np.arange(36) // 6 < 3, 1, -1)
    spins, _ = bit_clusters.swendsen_wang(problem, 0.01, chains, 1, 1)
    upper, lower = spins[0][:, :18], spins[0][:, 18:]
    assert (upper == upper[:, :1]).all()
    assert (lower == lower[:, :1]).all()
    counts = np.bincount((upper[:, 0] > 0) * 2 + (lower[:, 0] > 0), minlength=4)
    assert ((counts - 1000) ** 2 / 1000).sum() < 16.3  # chi-square, 3 degrees of freedom, p = 0.001


def test_the_seed_of_a_wolff_cluster_is_any_site_alike() -> None:
    """At infinite temperature a cluster is its seed alone."""
    problem = Problem(Lattice("square", (5, 7)), (1.0,), 0.0)
    chains = state(problem, 7000, seed=3)
    before = chains.spins.copy()
    bit_clusters.wolff(problem, 1e12, chains, 1, 1)
    turned = before != chains.spins
    assert (turned.sum(1) == 1).all()
    assert ((turned.sum(0) - 200) ** 2 / 200).sum() < 65.2  # chi-square, 34 degrees of freedom, p = 0.001
