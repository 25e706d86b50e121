"""Sums of products of neighbouring spins on the square lattice: the operators that a renormalised energy is made of."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]

EVEN = ("nearest neighbours", "diagonal neighbours", "plaquettes", "third neighbours")
ODD = ("spins", "three spins around a corner", "three spins in a row")


def operators(spins: Array) -> Array:
    """The operators of spins +1 and -1, (..., height, width) with edges joined: int64 (..., 7), first those of `EVEN`,
    then those of `ODD`. Each is a sum over all its places on the lattice, two of nearest, diagonal and third neighbours
    for a site, one plaquette, four corners and two rows.

    >>> operators(np.ones((4, 4), np.int8)).tolist()
    [32, 32, 16, 32, 16, 64, 32]
    """
    flat = np.ascontiguousarray(spins, np.int8).reshape(-1, *spins.shape[-2:])
    return _sums(flat).reshape(*spins.shape[:-2], len(EVEN) + len(ODD))


@njit(cache=True, nogil=True)
def _sums(spins: Array) -> Array:
    samples, height, width = spins.shape
    found = np.empty((samples, 7), np.int64)
    for sample in range(samples):
        nearest = diagonal = plaquette = third = total = corner = row = 0
        for y in range(height):
            below = spins[sample, (y + 1) % height]
            under = spins[sample, (y + 2) % height]
            here = spins[sample, y]
            for x in range(width):
                x1 = x + 1 if x + 1 < width else 0
                x2 = x1 + 1 if x1 + 1 < width else 0
                s, right, down, across = int(here[x]), int(here[x1]), int(below[x]), int(below[x1])
                top, low = s * right, down * across
                nearest += top + s * down
                diagonal += s * across + right * down
                plaquette += top * low
                third += s * (here[x2] + under[x])
                total += s
                corner += top * (down + across) + low * (s + right)
                row += top * here[x2] + s * down * under[x]
        found[sample, 0], found[sample, 1], found[sample, 2], found[sample, 3] = nearest, diagonal, plaquette, third
        found[sample, 4], found[sample, 5], found[sample, 6] = total, corner, row
    return found


@njit(cache=True, nogil=True)
def bond_products(values: Array, bonds: Array) -> Array:
    """The mean product of the two ends of a bond, for every sample of values (samples, sites): float64 (samples,).

    >>> bond_products(np.array([[1, 1, -1]], np.int8), np.array([[0, 1], [1, 2], [2, 0]]))
    array([-0.33333333])
    """
    found = np.empty(len(values))
    for sample in range(len(values)):
        here = values[sample]
        total = 0.0
        for bond in range(len(bonds)):
            total += here[bonds[bond, 0]] * here[bonds[bond, 1]]
        found[sample] = total / len(bonds)
    return found
