"""Metropolis on many chains at once: 64 of them in a word, one bit each."""

import numpy as np
import numpy.typing as npt
from numba import njit

from locality.errors import DescriptionError
from locality.lattice.samplers.problem import Problem, Series, Spins, State, energies
from locality.lattice.samplers.random import ALL, U, Words, digits, next_words

WIDTH = 16  # words that are moved together, four vectors of the instruction set with the longest usual ones
TOGETHER = 64 * WIDTH


def serves(problem: Problem) -> bool:
    """Whether it can draw it: one coupling, at most six neighbours, no field."""
    return len(np.unique(problem.strengths)) == 1 and problem.neighbours.shape[1] <= 6 and problem.field == 0


def multispin(problem: Problem, temperature: float, state: State, samples: int, every: int) -> tuple[Spins, Series]:
    """Spins (samples, chains, sites) and energies per site (samples, chains), `every` sweeps apart, as `metropolis`
    gives them, for many chains in little time (multi-spin coding: Zorn, Herrmann and Rebbi, Comput. Phys. Commun. 23,
    337 (1981)).

    The unsatisfied bonds of a site are counted by adding bits, and a uniform random number is compared with each
    chain's own probability digit by digit, until all are decided. No two chains share a random bit, so that they are
    independent of each other. The 64 chains of a word draw from its first one's generator, and 1024 chains are moved
    together: fewer take as long.

    Raises `DescriptionError` for several couplings and for a field.
    """
    if not serves(problem):
        raise DescriptionError(
            "multispin: it counts unsatisfied bonds of one strength, up to six a site, without a field. "
            "Use method='metropolis'."
        )
    order = np.concatenate(problem.colours)
    degrees = (problem.neighbours >= 0).sum(axis=1)
    strength = float(problem.strengths[0])
    chances = _chances(abs(strength) / temperature, int(degrees.max()))
    spins = np.empty((samples, *state.spins.shape), np.int8)
    for start in range(0, len(state.spins), TOGETHER):
        part = slice(start, start + TOGETHER)
        words, random = _packed(state.spins[part]), _generators(state.random[part])
        used = _packed(np.ones((len(state.spins[part]), 1), np.int8))[0]
        for k in range(samples):
            _sweeps(words, random, problem.neighbours, order, degrees, chances, strength > 0, used, every)
            spins[k, part] = _unpacked(words, len(state.spins[part]))
        state.spins[part] = _unpacked(words, len(state.spins[part]))
        state.random[part][::64] = random[:, : (len(state.random[part]) + 63) // 64].T
    return spins, energies(problem, spins)


def _chances(strength: float, most: int) -> Words:
    """For a site with so many neighbours, of which 0 to 2 are unsatisfied, the probability of turning over, in units of
    2^-64: beyond half of them all but 1, and at half 1/2, as in `acceptance`."""
    found = np.zeros((most + 1, 3), np.uint64)
    for degree in range(most + 1):
        for unsatisfied in range(3):
            cost = 2 * strength * (degree - 2 * unsatisfied)
            found[degree, unsatisfied] = digits(0.5 if cost == 0 else float(np.exp(-max(cost, 0.0))))
    return found


def _packed(spins: Spins) -> Words:
    """Spins (chains, sites) as words (sites, WIDTH), a chain in each bit; up is 1."""
    chains, sites = spins.shape
    bits = np.zeros((sites, TOGETHER), np.bool_)
    bits[:, :chains] = spins.T > 0
    return np.packbits(bits, axis=-1, bitorder="little").view("<u8").astype(np.uint64)


def _unpacked(words: Words, chains: int) -> Spins:
    bits = np.unpackbits(words.astype("<u8").view(np.uint8), axis=-1, bitorder="little")[:, :chains]
    return np.ascontiguousarray(2 * bits.T.view(np.int8) - 1)


def _generators(random: Words) -> Words:
    """The numbers of each word's generator, (4, WIDTH); those of words without a chain are never read."""
    found = np.ones((4, WIDTH), np.uint64)
    own = random[::64].T
    found[:, : own.shape[1]] = own
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _sweeps(
    words: Words,
    random: Words,
    neighbours: npt.NDArray[np.int32],
    order: npt.NDArray[np.int32],
    degrees: npt.NDArray[np.int64],
    chances: Words,
    attracts: bool,
    used: Words,
    every: int,
) -> None:
    """Loops over a fixed number of words, with few arrays, are what the compiler makes whole vectors of."""
    room, coins = np.empty((6, WIDTH), np.uint64), np.empty(WIDTH, np.uint64)
    like = U(0) if attracts else ALL
    for _ in range(every):
        for site in order:
            for w in range(WIDTH):
                room[0, w] = room[1, w] = room[2, w] = U(0)
            for column in range(neighbours.shape[1]):
                other = neighbours[site, column]
                if other >= 0:
                    for w in range(WIDTH):  # a bit each of ones, twos and fours is added to
                        unsatisfied = words[site, w] ^ words[other, w] ^ like
                        carry = room[0, w] & unsatisfied
                        room[0, w] ^= unsatisfied
                        room[2, w] ^= room[1, w] & carry
                        room[1, w] ^= carry
            degree = degrees[site]
            for w in range(WIDTH):
                a, b, c = room[0, w], room[1, w], room[2, w]
                undecided = ~(c | (a & b)) & used[w]
                room[3, w] = a & b & ~c
                room[2, w] = ~a & b & ~c
                room[1, w] = a & ~b & ~c
                room[0, w] = ~a & ~b & ~c
                room[4, w] = undecided
                room[5, w] = ~undecided
            if degree == 6:  # half of six cost nothing
                next_words(random, coins)
                for w in range(WIDTH):
                    room[5, w] &= ~room[3, w] | coins[w]
            for digit in range(64):
                first = U(0) - ((chances[degree, 0] >> U(63 - digit)) & U(1))
                second = U(0) - ((chances[degree, 1] >> U(63 - digit)) & U(1))
                third = U(0) - ((chances[degree, 2] >> U(63 - digit)) & U(1))
                left = U(0)
                for w in range(WIDTH):
                    a, b, c, d = random[0, w], random[1, w], random[2, w], random[3, w]  # as in `next_words`
                    drawn = a + d
                    drawn = ((drawn << U(23)) | (drawn >> U(41))) + a
                    c ^= a
                    d ^= b
                    random[0, w] = a ^ d
                    random[1, w] = b ^ c
                    random[2, w] = c ^ (b << U(17))
                    random[3, w] = (d << U(45)) | (d >> U(19))
                    chance = room[0, w] & first | room[1, w] & second | room[2, w] & third
                    undecided = room[4, w]
                    room[5, w] |= undecided & chance & ~drawn
                    undecided &= ~(chance ^ drawn)
                    room[4, w] = undecided
                    left |= undecided
                if left == U(0):
                    break
            for w in range(WIDTH):
                words[site, w] ^= room[5, w]
