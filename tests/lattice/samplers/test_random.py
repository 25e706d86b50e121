"""The generators against published numbers, and the bits drawn with a probability against that."""

import numpy as np

from locality.lattice.samplers.random import below, digits, draw_bits, next_word, next_words


def test_words_are_those_of_the_published_generator() -> None:
    """xoshiro256++ from the state 1, 2, 3, 4: numbers that its users check themselves against."""
    own = np.array([1, 2, 3, 4], np.uint64)
    side_by_side = np.repeat(own[:, None], 3, axis=1)
    published = [41943041, 58720359, 3588806011781223, 3591011842654386]
    assert [int(next_word(own)) for _ in range(4)] == published
    out = np.empty(3, np.uint64)
    for word in published:
        next_words(side_by_side, out)
        assert (out == word).all()


def test_bits_are_set_with_their_probability_and_know_nothing_of_each_other() -> None:
    random = np.random.default_rng(0).integers(0, 2**64, (4, 16), dtype=np.uint64)
    for chance in (0.0, 0.0294, 0.1716, 0.5, 0.585786, 1.0):
        out, spare = np.empty((400, 16), np.uint64), np.empty(16, np.uint64)
        for i in range(len(out)):
            draw_bits(random, digits(chance), out, i, spare)
        bits = ((out[..., None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)).reshape(400, -1).astype(float)
        spread = max(chance * (1 - chance), 1e-18)
        assert abs(bits.mean() - chance) < 5 * np.sqrt(spread / bits.size) + 1e-9
        assert np.abs(bits.mean(0) - chance).max() < 5.5 * np.sqrt(spread / 400) + 1e-9
        if 0 < chance < 1:
            apart = (bits - chance) / np.sqrt(spread)
            for other in (np.roll(apart, 1, 0), np.roll(apart, 1, 1), np.roll(apart, 64, 1)):
                assert abs((apart * other).mean()) < 5 / np.sqrt(bits.size)


def test_numbers_below_a_bound_come_alike_often() -> None:
    own = np.array([5, 6, 7, 8], np.uint64)
    for _ in range(20):  # small states begin with small numbers
        next_word(own)
    counts = np.bincount([below(own, 7) for _ in range(7000)], minlength=7)
    assert len(counts) == 7
    assert ((counts - 1000) ** 2 / 1000).sum() < 22.5  # chi-square, 6 degrees of freedom, p = 0.001
