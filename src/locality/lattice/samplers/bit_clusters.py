"""Wolff and Swendsen-Wang on the periodic square lattice, 64 sites of a row in a word, many chains side by side.

Spins, bonds and clusters are words of bits, arrays (words, chains): word `i` holds up to 64 neighbouring sites of a
row. The innermost loop of what can be said without a branch runs over chains, so that the compiler puts several into
one instruction. A Wolff cluster grows row by row until nothing changes. Swendsen-Wang's clusters are joined run by
run, a run being the sites of a row that bonds hold together, by union and find.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit, types
from numba.extending import intrinsic

from locality.lattice.samplers.problem import Problem, Series, Spins, State
from locality.lattice.samplers.random import ALL, U, Word, Words, digits, draw_bits, next_words


def serves(problem: Problem) -> bool:
    """Whether these two can draw it: a periodic square lattice, one coupling that frustrates nothing, no field."""
    lattice = problem.lattice
    return (
        lattice.name == "square"
        and lattice.periodic
        and len(problem.coupling) == 1
        and not problem.frustrated
        and problem.field == 0
    )


def wolff(problem: Problem, temperature: float, state: State, samples: int, every: int) -> tuple[Spins, Series]:
    """Spins (samples, chains, sites) and energies per site (samples, chains), `every` single clusters apart (Wolff,
    Phys. Rev. Lett. 62, 361 (1989)). A cluster grows from a site drawn at random, over bonds between like spins that
    are there with probability 1 - exp(-2 J/T), and is turned over."""
    return _drawn(_wolff, problem, temperature, state, samples, every)


def swendsen_wang(problem: Problem, temperature: float, state: State, samples: int, every: int) -> tuple[Spins, Series]:
    """Spins (samples, chains, sites) and energies per site (samples, chains), `every` sweeps apart. In a sweep every
    cluster of the lattice is turned over by the toss of a coin (Swendsen and Wang, Phys. Rev. Lett. 58, 86 (1987))."""
    return _drawn(_swendsen_wang, problem, temperature, state, samples, every)


def _drawn(
    kernel: Any, problem: Problem, temperature: float, state: State, samples: int, every: int
) -> tuple[Spins, Series]:
    rows, side = problem.lattice.size
    coupling = problem.coupling[0]
    # An antiferromagnet is a ferromagnet of spins of which every other one is counted the other way round.
    signs = np.ones(rows * side, np.int8) if problem.gauge is None else problem.gauge
    words = _packed(state.spins * signs, rows, side)
    random = np.ascontiguousarray(state.random.T)
    chance = digits(-np.expm1(-2 * abs(coupling) / temperature))
    spins = np.empty((samples, len(state.spins), rows * side), np.int8)
    unlike = np.empty((samples, len(state.spins)), np.int64)
    kernel(words, side, chance, random, every, signs, spins, unlike)
    state.spins[:] = _unpacked(words, side, signs)
    state.random[:] = random.T
    return spins, -abs(coupling) * (2 - 2 * unlike / (rows * side))


def _packed(spins: Spins, rows: int, side: int) -> Words:
    """Spins (chains, sites) as words (words, chains), a row's first site in the lowest bit; what is left of a row's
    last word is 0."""
    wide = (side + 63) // 64
    bits = np.zeros((len(spins), rows, 64 * wide), np.bool_)
    bits[:, :, :side] = spins.reshape(len(spins), rows, side) > 0
    words = np.packbits(bits, axis=-1, bitorder="little").view("<u8").astype(np.uint64)
    return np.ascontiguousarray(words.reshape(len(spins), rows * wide).T)


def _unpacked(words: Words, side: int, signs: Spins) -> Spins:
    spins: Spins = np.empty((1, words.shape[1], len(signs)), np.int8)
    _record(words, side, signs, spins, np.empty((1, words.shape[1]), np.int64), 0)
    return np.asarray(spins[0])


def _counting(typing: Any, word: Any) -> Any:
    return types.uint64(types.uint64), lambda context, builder, signature, given: builder.ctpop(given[0])


def _finding(typing: Any, word: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], context.get_constant(types.boolean, True))

    return types.uint64(types.uint64), build


_count: Any = intrinsic(_counting)  # how many bits of a word are set
_lowest: Any = intrinsic(_finding)  # which is the lowest that is; the word is not 0


@njit(cache=True, nogil=True, error_model="numpy")
def _around(i: int, wide: int, words: int) -> tuple[int, int, int, int]:
    """The words to the left and right of word `i`, above and below it."""
    place = i % wide
    left = i - 1 if place else i + wide - 1
    right = i + 1 if place + 1 < wide else i - place
    above = i - wide if i >= wide else i - wide + words
    below = i + wide if i + wide < words else i + wide - words
    return left, right, above, below


@njit(cache=True, nogil=True, error_model="numpy")
def _top(i: int, wide: int, side: int) -> Word:
    """The highest bit of word `i` that is a site."""
    return U(63) if i % wide + 1 < wide else U(side - 64 * (wide - 1) - 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_bonds(
    spins: Words, side: int, chance: Word, random: Words, along: Words, down: Words, open_bits: Words
) -> None:
    """Bonds between like spins: bit x of `along` holds site x and the next in its row together, of `down` site x and
    the one below it."""
    words, wide = len(spins), (side + 63) // 64
    for i in range(words):
        _, right, _, below = _around(i, wide, words)
        top = _top(i, wide, side)
        sites = ALL >> (U(63) - top)
        draw_bits(random, chance, along, i, open_bits)
        for c in range(len(open_bits)):
            here = spins[i, c]
            along[i, c] &= ~(here ^ ((here >> U(1)) | ((spins[right, c] & U(1)) << top))) & sites
        draw_bits(random, chance, down, i, open_bits)
        for c in range(len(open_bits)):
            down[i, c] &= ~(spins[i, c] ^ spins[below, c]) & sites


@njit(cache=True, nogil=True, error_model="numpy")
def _grow_word(
    cluster: Words,
    along: Words,
    down: Words,
    i: int,
    left: int,
    right: int,
    above: int,
    below: int,
    top: Word,
    end: Word,
) -> Word:
    """Let the clusters grow into word `i` from the words around it, and along its bonds; non-zero where one did.

    Upwards along a run of bonds the carry of an addition goes all the way; downwards three doublings go 7 sites, and
    the next visit goes on.
    """
    changed = U(0)
    if left == i:  # what is read must not overlap with what is written, or the compiler makes no vectors of the loop
        for c in range(cluster.shape[1]):
            before, bonds = cluster[i, c], along[i, c]
            grown = before | ((before & bonds) >> top & U(1)) | ((before & (bonds >> top) & U(1)) << top)
            changed |= grown ^ before
            cluster[i, c] = grown
    else:
        for c in range(cluster.shape[1]):
            before = cluster[i, c]
            grown = before | ((cluster[left, c] & along[left, c]) >> end & U(1))
            grown |= (cluster[right, c] & (along[i, c] >> top) & U(1)) << top
            changed |= grown ^ before
            cluster[i, c] = grown
    inner = (U(1) << top) - U(1)
    for c in range(cluster.shape[1]):
        before = cluster[i, c]
        grown = before | (cluster[above, c] & down[above, c]) | (cluster[below, c] & down[i, c])
        bonds = along[i, c] & inner
        grown |= (bonds + (grown & bonds)) ^ bonds
        grown |= (grown >> U(1)) & bonds
        bonds &= bonds >> U(1)
        grown |= (grown >> U(2)) & bonds
        bonds &= bonds >> U(2)
        grown |= (grown >> U(4)) & bonds
        changed |= grown ^ before
        cluster[i, c] = grown
    return changed


@njit(cache=True, nogil=True, error_model="numpy")
def _grow(cluster: Words, along: Words, down: Words, side: int, waiting: npt.NDArray[np.bool_]) -> None:
    """Let clusters grow until nothing changes; `waiting` says at which words something may."""
    words, wide = len(cluster), (side + 63) // 64
    forward, grew = True, True
    while grew:
        grew = False
        for k in range(words):
            i = k if forward else words - 1 - k
            if not waiting[i]:
                continue
            waiting[i] = False
            left, right, above, below = _around(i, wide, words)
            top, end = _top(i, wide, side), _top(left, wide, side)
            if _grow_word(cluster, along, down, i, left, right, above, below, top, end) != U(0):
                waiting[i] = waiting[left] = waiting[right] = waiting[above] = waiting[below] = True
                grew = True
        forward = not forward


@njit(cache=True, nogil=True, error_model="numpy")
def _record(
    words: Words,
    side: int,
    signs: Spins,
    spins: Spins,
    unlike: npt.NDArray[np.int64],
    k: int,
) -> None:
    """Write down the spins of every chain as sample `k`, and how many of its neighbours are unlike."""
    wide = (side + 63) // 64
    for c in range(words.shape[1]):
        count = U(0)
        for i in range(len(words)):
            _, right, _, below = _around(i, wide, len(words))
            top, here = _top(i, wide, side), words[i, c]
            count += _count(here ^ words[below, c])
            count += _count(here ^ ((here >> U(1)) | ((words[right, c] & U(1)) << top)))
            start = i // wide * side + 64 * (i % wide)
            row, sign = spins[k, c, start : start + 64], signs[start : start + 64]
            for x in range(np.int64(top) + 1):
                row[x] = np.int8(2 * np.int8((here >> U(x)) & U(1)) - 1) * sign[x]
        unlike[k, c] = count


@njit(cache=True, nogil=True, error_model="numpy")
def _wolff(
    words: Words,
    side: int,
    chance: Word,
    random: Words,
    every: int,
    signs: Spins,
    spins: Spins,
    unlike: npt.NDArray[np.int64],
) -> None:
    count, chains = words.shape
    wide = (side + 63) // 64
    rows = count // wide
    along, down, cluster = np.empty_like(words), np.empty_like(words), np.empty_like(words)
    open_bits, drawn = np.empty(chains, np.uint64), np.empty(chains, np.uint64)
    waiting = np.zeros(count, np.bool_)
    for k in range(len(spins)):
        for _ in range(every):
            _draw_bonds(words, side, chance, random, along, down, open_bits)
            cluster[:] = U(0)
            next_words(random, drawn)
            for c in range(chains):
                row = ((drawn[c] >> U(32)) * U(rows)) >> U(32)
                x = ((drawn[c] & U(0xFFFFFFFF)) * U(side)) >> U(32)
                i = int(row) * wide + int(x >> U(6))
                cluster[i, c] = U(1) << (x & U(63))
                left, right, above, below = _around(i, wide, count)
                waiting[i] = waiting[left] = waiting[right] = waiting[above] = waiting[below] = True
            _grow(cluster, along, down, side, waiting)
            for i in range(count):
                for c in range(chains):
                    words[i, c] ^= cluster[i, c]
        _record(words, side, signs, spins, unlike, k)


@njit(cache=True, nogil=True, error_model="numpy")
def _join(parents: npt.NDArray[np.uint32], a: int, b: int) -> None:
    """Put the runs `a` and `b` into one cluster; its first run stands for it."""
    while parents[a] != a:
        a = parents[a]
    while parents[b] != b:
        b = parents[b]
    if a < b:
        parents[b] = a
    else:
        parents[a] = b


@njit(cache=True, nogil=True, error_model="numpy")
def _label(
    along: Words, down: Words, c: int, side: int, parents: npt.NDArray[np.uint32], starts: Words, first: Words
) -> None:
    """Number the runs of one chain and join them. Bit x of `starts` is set where a run begins, `first` is how many
    runs begin before a word, and the parent of a run is an earlier one of its cluster, or itself."""
    words, wide = len(along), (side + 63) // 64
    runs = U(0)
    for i in range(words):
        # A row's first run begins at its first site; a bond around the edge is a join like those between rows.
        held = (along[i, c] << U(1)) | (along[i - 1, c] >> U(63) if i % wide else U(0))
        begin = (~held | U(i % wide == 0)) & (ALL >> (U(63) - _top(i, wide, side)))
        starts[i], first[i] = begin, runs
        runs += _count(begin)
    for run in range(runs):
        parents[run] = run
    for i in range(words):
        _, right, _, below = _around(i, wide, words)
        here, there = starts[i], starts[below]
        bonds = down[i, c]
        bonds &= ~((bonds << U(1)) & ~here & ~there)  # the bond before joins the same two runs
        while bonds:
            upto = (U(2) << _lowest(bonds)) - U(1)
            bonds &= bonds - U(1)
            _join(parents, first[i] + _count(here & upto) - U(1), first[below] + _count(there & upto) - U(1))
        top = _top(i, wide, side)
        if right <= i and (along[i, c] >> top) & U(1):
            _join(parents, first[i] + _count(here) - U(1), first[right])


@njit(cache=True, nogil=True, error_model="numpy")
def _swendsen_wang(
    words: Words,
    side: int,
    chance: Word,
    random: Words,
    every: int,
    signs: Spins,
    spins: Spins,
    unlike: npt.NDArray[np.int64],
) -> None:
    count, chains = words.shape
    wide = (side + 63) // 64
    along, down, coins = np.empty_like(words), np.empty_like(words), np.empty_like(words)
    open_bits = np.empty(chains, np.uint64)
    starts, first = np.empty(count, np.uint64), np.empty(count, np.uint64)
    parents = np.empty(len(signs), np.uint32)
    turned = np.empty(len(signs), np.uint64)
    for k in range(len(spins)):
        for _ in range(every):
            _draw_bonds(words, side, chance, random, along, down, open_bits)
            for i in range(count):
                next_words(random, coins[i])
            for c in range(chains):
                _label(along, down, c, side, parents, starts, first)
                run, last = U(0), U(0)
                for i in range(count):
                    begin, coin = starts[i], coins[i, c]
                    last = last if i % wide else U(0)
                    turn = last  # bit x is set where the runs before and after x differ in being turned over
                    while begin:
                        at = _lowest(begin)
                        begin &= begin - U(1)
                        parent = parents[run]
                        this = coin & U(1) if parent == run else turned[parent]
                        coin >>= U(1)
                        turned[run] = this
                        turn ^= (this ^ last) << at
                        last = this
                        run += U(1)
                    for shift in (1, 2, 4, 8, 16, 32):
                        turn ^= turn << U(shift)
                    words[i, c] ^= turn & (ALL >> (U(63) - _top(i, wide, side)))
        _record(words, side, signs, spins, unlike, k)
