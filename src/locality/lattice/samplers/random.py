"""Random words for kernels: xoshiro256++ (Blackman and Vigna, arXiv:1805.01407), one generator for each chain."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Words = npt.NDArray[np.uint64]
Word = Any  # one of them: in a kernel the types of numbers are the compiler's business

U = np.uint64
ALL = ~U(0)


@njit(cache=True, nogil=True, error_model="numpy")
def next_word(random: Words) -> Word:
    """The next word of one generator, whose four numbers are `random`."""
    a, b, c, d = random[0], random[1], random[2], random[3]
    word = a + d
    c ^= a
    d ^= b
    random[0] = a ^ d
    random[1] = b ^ c
    random[2] = c ^ (b << U(17))
    random[3] = (d << U(45)) | (d >> U(19))
    return ((word << U(23)) | (word >> U(41))) + a


@njit(cache=True, nogil=True, error_model="numpy")
def below(random: Words, many: int) -> Any:
    """A whole number from 0 to many - 1, for `many` up to 2^32."""
    return np.int64(((next_word(random) >> U(32)) * U(many)) >> U(32))


@njit(cache=True, nogil=True, error_model="numpy")
def next_words(random: Words, out: Words) -> None:
    """The next word of every generator: `random` is (4, chains), `out` (chains,)."""
    for k in range(len(out)):
        a, b, c, d = random[0, k], random[1, k], random[2, k], random[3, k]
        word = a + d
        out[k] = ((word << U(23)) | (word >> U(41))) + a
        c ^= a
        d ^= b
        random[0, k] = a ^ d
        random[1, k] = b ^ c
        random[2, k] = c ^ (b << U(17))
        random[3, k] = (d << U(45)) | (d >> U(19))


@njit(cache=True, nogil=True, error_model="numpy")
def draw_bits(random: Words, chance: Word, out: Words, i: int, open_bits: Words) -> None:
    """Put into `out[i]`, for every generator, 64 bits each of which is 1 with a probability of chance / 2^64.

    A uniform number is drawn digit by digit beside the digits of `chance`; the first that differs decides. All 64
    are drawn at once, and most are decided after a few digits. `open_bits` is room to work in.
    """
    for k in range(len(open_bits)):
        out[i, k] = U(0)
        open_bits[k] = ALL
    for digit in range(64):
        ones = U(0) - ((chance >> U(63 - digit)) & U(1))
        left = U(0)
        for k in range(len(open_bits)):
            a, b, c, d = random[0, k], random[1, k], random[2, k], random[3, k]  # as in `next_words`
            drawn = a + d
            drawn = ((drawn << U(23)) | (drawn >> U(41))) + a
            c ^= a
            d ^= b
            random[0, k] = a ^ d
            random[1, k] = b ^ c
            random[2, k] = c ^ (b << U(17))
            random[3, k] = (d << U(45)) | (d >> U(19))
            undecided = open_bits[k]
            out[i, k] |= undecided & ~drawn & ones
            undecided &= ~(drawn ^ ones)
            open_bits[k] = undecided
            left |= undecided
        if left == U(0):
            break


def digits(chance: float) -> np.uint64:
    """A probability as a whole number of 2^-64."""
    return U(min(int(chance * 2.0**64), 2**64 - 1))
