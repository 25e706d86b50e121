"""Block spins against loops, the engine's pooling, and what probability says of ties."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import locality as loc
from locality.errors import LocalityError
from locality.lattice.blocks import RULES, block_spin, tie_fraction

FIRST = {
    "majority": lambda cells: np.sign(sum(cells)) or cells[0],
    "decimation": lambda cells: cells[0],
    "average": lambda cells: sum(cells) / len(cells),
    "max": max,
}


def spins_of(shape, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


def by_loops(spins, sides, rule):
    """Every block cell by cell."""
    axes = len(sides)
    lead, space = spins.shape[:-axes], spins.shape[-axes:]
    coarse = np.empty(lead + tuple(n // b for n, b in zip(space, sides, strict=True)))
    for place in np.ndindex(coarse.shape):
        head, corner = place[: len(lead)], [p * b for p, b in zip(place[len(lead) :], sides, strict=True)]
        inside = product(*(range(start, start + b) for start, b in zip(corner, sides, strict=True)))
        coarse[place] = FIRST[rule]([float(spins[(*head, *cell)]) for cell in inside])
    return coarse


@given(
    st.lists(st.tuples(st.integers(2, 3), st.integers(1, 3)), min_size=1, max_size=3),
    st.sampled_from(RULES),
    st.integers(0, 9),
)
def test_every_rule_is_what_loops_over_the_blocks_give(axes, rule, seed):
    sides = tuple(side for side, _ in axes)
    spins = spins_of((2, 3, *(side * count for side, count in axes)), seed)
    found = block_spin(spins, sides, rule, ties="first")
    np.testing.assert_array_equal(found, by_loops(spins, sides, rule))
    assert found.dtype == (np.float64 if rule == "average" else np.int8)
    assert tie_fraction(spins, sides) == np.mean(by_loops(spins, sides, "average") == 0)


@pytest.mark.parametrize("block", [2, 3, 4])
@pytest.mark.parametrize("kind", ["majority", "max", "average"])
def test_the_engine_s_pooling_is_the_same_rule_with_ties_from_the_first_site(kind, block):
    spins = spins_of((7, 2, 12, 12))
    net = loc.Network("rule", (2, 12, 12), [loc.Pool(kind, block)], dtype="float64")
    pooled = loc.build(net)(torch.from_numpy(spins.astype(np.float64))).numpy()
    np.testing.assert_array_equal(block_spin(spins, block, kind, ties="first"), pooled)


def test_a_tie_is_a_fair_coin_that_the_seed_decides():
    board = np.tile(np.array([[1, -1], [-1, 1]], np.int8), (1, 200, 200))
    assert tie_fraction(board) == 1
    coarse = block_spin(board, seed=3)
    assert set(np.unique(coarse)) == {-1, 1}
    assert abs(coarse.sum()) < 5 * 200  # 5 sigma of 40,000 coins
    np.testing.assert_array_equal(coarse, block_spin(board, seed=3))
    assert (coarse != block_spin(board, seed=4)).any()
    assert coarse[0, 0, :8].tolist() == [-1, 1, 1, 1, 1, -1, -1, -1]  # on every machine
    assert (block_spin(board, ties="first") == 1).all()


def test_where_there_is_no_tie_the_coin_does_not_matter():
    spins = spins_of((50, 1, 18, 18))
    np.testing.assert_array_equal(block_spin(spins, 3, seed=1), block_spin(spins, 3, ties="first"))
    assert tie_fraction(spins, 3) == 0
    decided = block_spin(spins, rule="average") != 0
    np.testing.assert_array_equal(block_spin(spins, 2, seed=1)[decided], block_spin(spins, 2, seed=2)[decided])


def test_at_infinite_temperature_three_blocks_in_eight_tie():
    every = np.array(list(product([-1, 1], repeat=4)), np.int8).reshape(16, 1, 2, 2)
    assert tie_fraction(every, (2, 2)) == 3 / 8


def test_the_majority_keeps_up_and_down_alike_and_max_pooling_does_not():
    spins = spins_of((400, 1, 16, 16))
    for ties in ("first",):
        np.testing.assert_array_equal(block_spin(-spins, ties=ties), -block_spin(spins, ties=ties))
    assert abs(block_spin(spins).mean()) < 5 / np.sqrt(400 * 64)
    assert block_spin(spins, rule="max").mean() == pytest.approx(2 * 15 / 16 - 1, abs=5 / np.sqrt(400 * 64))


def test_decimation_in_two_steps_is_decimation_by_the_product():
    spins = spins_of((5, 1, 24, 24))
    twice = block_spin(block_spin(spins, 2, "decimation"), 3, "decimation")
    np.testing.assert_array_equal(twice, block_spin(spins, 6, "decimation"))


def test_numbers_keep_their_type_and_the_input_stays_as_it_was():
    spins = spins_of((1, 4, 4)).astype(np.float32)
    before = spins.copy()
    for rule in ("majority", "decimation", "max"):
        coarse = block_spin(spins, rule=rule)
        assert coarse.dtype == np.float32
        coarse[:] = 7
    np.testing.assert_array_equal(spins, before)
    wide = np.ones((1, 12, 12), np.int8)
    assert (block_spin(wide, 12) == 1).all()  # 144 votes do not fit into a byte


SPINS = spins_of((10, 1, 12, 12))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            (SPINS, 5),
            "block_spin: blocks of 5 do not tile the 12 cells along axis 0: 12/5 = 2.4. Use a side of 10 or 15.",
        ),
        (
            (SPINS, 13),
            "block_spin: blocks of 13 do not tile the 12 cells along axis 0: 12/13 = 0.9231. Use a side of 13.",
        ),
        (
            (spins_of((10, 1, 12)), 2),
            "block_spin: blocks of 2 do not tile the 1 cells along axis 0: 1/2 = 0.5. Use a side of 2, or block=(2,) "
            "for a chain.",
        ),
        (
            (SPINS, 1),
            "block 1: a block has a whole number of at least 2 cells along each axis. Give 2 or more.",
        ),
        (
            (SPINS, 2.0),
            "block 2.0: a block has a whole number of at least 2 cells along each axis. Give 2 or more.",
        ),
        (
            (SPINS, (2, 2, 2, 2)),
            "block (2, 2, 2, 2): it has 4 sides, but space has 1 to 3 axes. Give as many.",
        ),
        ((SPINS, 2, "mayority"), "Unknown rule 'mayority'. Did you mean 'majority'?"),
        ((SPINS, 2, "majority", "last"), "Unknown way with ties 'last'. Known are: random, first."),
        (
            (SPINS, 2, "majority", "random", -1),
            "seed -1: a seed is a whole number of at least 0. Give one, such as 0.",
        ),
        (
            (SPINS[0, 0], 2),
            "block_spin: spins of shape 12x12 are not (..., sublattices, *space) with 2 axes of space. Put the axis of "
            "sublattices in front, with spins[None].",
        ),
        (
            (spins_of((5, 1, 4, 4, 4)), 2),
            "block_spin: of spins of shape 5x1x4x4x4 it is not clear whether space has two axes or three. Give a block "
            "with a side for each: (2, 2) or (2, 2, 2).",
        ),
        (
            (SPINS * 3, 2),
            f"block_spin: a majority is taken of spins, +1 and -1, and {3 * SPINS.flat[0]} is neither. Give spins, or "
            "take rule='average' or 'max'.",
        ),
        (
            (np.full((1, 4, 4), "up"), 2),
            "block_spin: spins are numbers, not <U2. Give an array of int8 with +1 and -1.",
        ),
    ],
)
def test_bad_input_is_one_sentence(given, message):
    with pytest.raises(LocalityError) as refused:
        block_spin(*given)
    assert str(refused.value) == message


def test_what_block_spins_of_all_65536_states_mean_is_what_a_table_of_blocks_says():
    """<m'^2> and the share of ties of 4x4 spins at T = 2.5, through block_spin and from the states of each block."""
    bits = np.arange(2**16)[:, None] >> np.arange(16) & 1
    states = (2 * bits - 1).astype(np.int8).reshape(-1, 1, 4, 4)
    grid = states[:, 0].astype(int)
    weights = np.exp((grid * (np.roll(grid, 1, 1) + np.roll(grid, 1, 2))).sum((1, 2)) / 2.5)
    weights /= weights.sum()
    coarse = block_spin(states, (2, 2), ties="first")
    through = weights @ coarse.mean((1, 2, 3)) ** 2
    ties = np.array([[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]])  # and what turns them over
    votes, sums = np.zeros(len(states)), np.zeros(len(states))
    for corner in product((0, 2), repeat=2):
        block = grid[:, corner[0] : corner[0] + 2, corner[1] : corner[1] + 2].reshape(-1, 4)
        tied = (block[:, None] == ties).all(-1).any(-1) | (block[:, None] == -ties).all(-1).any(-1)
        votes += np.where(tied, block[:, 0], np.where(block @ [1, 1, 1, 1] > 0, 1, -1))
        sums += tied
    assert through == pytest.approx(weights @ (votes / 4) ** 2, rel=1e-12)
    shares = np.array([tie_fraction(one, (2, 2)) for one in states[:2000]])
    np.testing.assert_array_equal(shares, sums[:2000] / 4)


def test_decimation_keeps_correlations_in_every_expectation_over_all_states():
    """G'(1) = G(2), exactly: sums over the 65536 states of 4x4 spins, with a coupling along each axis."""
    bits = np.arange(2**16)[:, None] >> np.arange(16) & 1
    states = (2 * bits - 1).astype(np.int8).reshape(-1, 1, 4, 4)
    grid = states[:, 0].astype(int)
    weights = np.exp((0.5 * grid * np.roll(grid, 1, 1) + 0.3 * grid * np.roll(grid, 1, 2)).sum((1, 2)))
    coarse = block_spin(states, (2, 2), "decimation")[:, 0].astype(int)
    for axis in (1, 2):
        decimated = (coarse * np.roll(coarse, 1, axis)).mean((1, 2))
        apart = (grid * np.roll(grid, 2, axis)).mean((1, 2))
        assert weights @ decimated / weights.sum() == pytest.approx(weights @ apart / weights.sum(), rel=1e-12)
