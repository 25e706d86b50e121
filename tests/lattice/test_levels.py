"""Levels of coarse graining: which there are, and that nothing mixes chains."""

from itertools import pairwise

import numpy as np
import pytest

from locality.errors import LocalityError
from locality.lattice import levels as module
from locality.lattice.blocks import block_spin
from locality.lattice.levels import chains_of, levels


def spins_of(shape, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


def test_levels_go_on_while_the_block_divides_the_sides_and_three_cells_are_left():
    sides = {64: [64, 32, 16, 8, 4], 12: [12, 6, 3], 20: [20, 10, 5], 6: [6, 3]}
    for side, expected in sides.items():
        assert [level.shape[-1] for level in levels(spins_of((2, 1, side, side)))] == expected
    assert [level.shape[-1] for level in levels(spins_of((2, 1, 81, 81)), 3)] == [81, 27, 9, 3]
    assert [level.shape[3:] for level in levels(spins_of((2, 1, 8, 24)), (2, 3))] == [(8, 24), (4, 8)]


def test_every_level_is_the_block_spin_of_the_one_before():
    found = list(levels(spins_of((2, 5, 1, 24, 24)), ties="first"))
    for finer, coarser in pairwise(found):
        np.testing.assert_array_equal(coarser, block_spin(finer, (2, 2), ties="first"))


def test_each_level_has_coins_of_its_own_and_the_seed_decides_them(monkeypatch):
    seeds = []
    monkeypatch.setattr(module, "block_spin", lambda *args: seeds.append(args[-1]) or block_spin(*args))
    board = np.tile(np.array([[1, -1], [-1, 1]], np.int8), (1, 1, 1, 64, 64))
    once, again, other = (list(levels(board, seed=seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(once[1], again[1])
    assert (once[1] != other[1]).any()
    assert (len(seeds), len(set(seeds))) == (15, 10)  # five levels of each, the first two alike
    assert (once[1] != list(levels(board, seed=1, rule="majority", ties="first"))[1]).any()


def test_chains_stay_apart():
    spins = spins_of((4, 3, 1, 8, 8))
    np.testing.assert_array_equal(chains_of(spins, 2), spins)
    np.testing.assert_array_equal(chains_of(spins[0], 2), spins[:1])

    class Given:
        spins = spins_of((12, 1, 8, 8))
        energies = np.zeros((4, 3))

    np.testing.assert_array_equal(chains_of(Given(), 2)[2, 1], Given.spins[7])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            (spins_of((1, 4, 4)),),
            "coarse graining: spins of shape 1x4x4 are not (samples, sublattices, *space), nor with an axis of chains "
            "before that, with 2 axes of space. Give what ising gives, or such an array.",
        ),
        (
            (spins_of((2, 1, 4, 4)),),
            "coarse graining: blocks of 2 leave 2 of 4 cells along a side, and a level has at least 3. Use a side of 6 "
            "or more.",
        ),
        (
            (spins_of((2, 1, 9, 8)),),
            "block_spin: blocks of 2 do not tile the 9 cells along axis 0: 9/2 = 4.5. Use a side of 8 or 10.",
        ),
        (
            (spins_of((2, 1, 8, 8)), 2, "majority", "random", None),
            "seed None: a seed is a whole number of at least 0. Give one, such as 0.",
        ),
    ],
)
def test_bad_input_is_one_sentence(given, message):
    with pytest.raises(LocalityError) as refused:
        list(levels(*given))
    assert str(refused.value) == message
