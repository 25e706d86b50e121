"""The seven lattices: the vectors of a cell, the sites in it, and the bonds between neighbours, order by order."""

from dataclasses import dataclass
from functools import cache
from itertools import product
from math import sqrt

import numpy as np

Offset = tuple[int, ...]
Bond = tuple[int, Offset, int]  # from a sublattice, to the cell so many cells away, to a sublattice

_HIGH = sqrt(3) / 2


@dataclass(frozen=True)
class Cell:
    """A cell of a lattice: `vectors` (one a row) carry it to the next one along each axis, `sites` are the places of
    its sublattices, `bonds` join nearest neighbours, each bond once."""

    vectors: tuple[tuple[float, ...], ...]
    sites: tuple[tuple[float, ...], ...]
    bonds: tuple[Bond, ...]


# Nearest neighbours are 1 apart; the second axis runs straight, as the rows of an array do.
CELLS = {
    "square": Cell(((1, 0), (0, 1)), ((0, 0),), ((0, (1, 0), 0), (0, (0, 1), 0))),
    "triangular": Cell(((_HIGH, 0.5), (0, 1)), ((0, 0),), ((0, (1, 0), 0), (0, (0, 1), 0), (0, (1, -1), 0))),
    "honeycomb": Cell(
        ((1.5, _HIGH), (0, 2 * _HIGH)), ((0, 0), (0.5, _HIGH)), ((0, (0, 0), 1), (1, (1, 0), 0), (1, (0, 1), 0))
    ),
    "kagome": Cell(
        ((2 * _HIGH, 1), (0, 2)),
        ((0, 0), (_HIGH, 0.5), (0, 1)),
        ((0, (0, 0), 1), (0, (0, 0), 2), (1, (0, 0), 2), (1, (1, 0), 0), (2, (0, 1), 0), (1, (1, -1), 2)),
    ),
    "checkerboard": Cell(
        ((sqrt(2), 0), (0, sqrt(2))),
        ((0, 0), (sqrt(0.5), sqrt(0.5))),
        ((0, (0, 0), 1), (0, (0, -1), 1), (0, (-1, 0), 1), (0, (-1, -1), 1), (0, (1, 0), 0), (1, (0, 1), 1)),
    ),
    "chain": Cell(((1,),), ((0,),), ((0, (1,), 0),)),
    "cubic": Cell(
        ((1, 0, 0), (0, 1, 0), (0, 0, 1)), ((0, 0, 0),), ((0, (1, 0, 0), 0), (0, (0, 1, 0), 0), (0, (0, 0, 1), 0))
    ),
}
LATTICES = tuple(CELLS)


@cache
def bonds_of(name: str, order: int) -> tuple[Bond, ...]:
    """The bonds of a cell by neighbour order, each once: order 1 as the table has them, order n >= 2 all pairs of the
    n-th distance. The checkerboard's second order is what its first leaves of that distance: the plaquettes without a
    crossing.

    >>> bonds_of("square", 2)
    ((0, (1, -1), 0), (0, (1, 1), 0))
    """
    return CELLS[name].bonds if order == 1 else _farther(name, order)[order - 2]


@cache
def reaches(name: str, order: int) -> tuple[tuple[tuple[Offset, int], ...], ...]:
    """For every sublattice, where its neighbours of an order are: the offset of the cell, and the sublattice there.

    >>> reaches("honeycomb", 1)[1]
    (((0, 0), 0), ((1, 0), 0), ((0, 1), 0))
    """
    found: list[list[tuple[Offset, int]]] = [[] for _ in CELLS[name].sites]
    for start, offset, end in bonds_of(name, order):
        found[start].append((offset, end))
        found[end].append((tuple(-step for step in offset), start))
    return tuple(map(tuple, found))


def _farther(name: str, order: int) -> list[tuple[Bond, ...]]:
    """The bonds of order 2 up to at least `order`, shell by shell: rising distance, each complete."""
    cell = CELLS[name]
    vectors, sites = np.array(cell.vectors), np.array(cell.sites)
    nearest = {*cell.bonds, *((end, tuple(-step for step in offset), start) for start, offset, end in cell.bonds)}
    slab = 1 / np.linalg.norm(np.linalg.inv(vectors), axis=0).max()  # what one more cell adds to a distance, at least
    spread = max(float(np.linalg.norm(one - other)) for one, other in product(sites, sites))
    itself, reach = (0,) * len(vectors), 2
    while True:
        shells: dict[float, list[Bond]] = {}
        for offset in product(range(-reach, reach + 1), repeat=len(vectors)):
            for start, end in product(range(len(sites)), repeat=2):
                # From one of its two ends, and no site to itself.
                if (offset, end) > (itself, start) and (start, offset, end) not in nearest:
                    length = float(np.linalg.norm(offset @ vectors + sites[end] - sites[start]))
                    shells.setdefault(round(length, 6), []).append((start, offset, end))
        complete = [shells[length] for length in sorted(shells) if length < (reach + 1) * slab - spread]
        if len(complete) >= order - 1:
            return [tuple(sorted(shell)) for shell in complete]
        reach *= 2
