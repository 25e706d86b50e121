"""Configurations: int8 arrays (n, sites) of +1 and -1, as many of either, in the lattice's order of sites."""

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError
from locality.lattice import Lattice

Array = npt.NDArray[Any]

LARGEST = 20  # sites of which all configurations are listed


def every(lattice: Lattice) -> Array:
    """All configurations with as many up spins as down spins: for exact sums on small lattices.

    Raises `DescriptionError` beyond 20 sites.

    >>> every(Lattice("chain", 4)).shape
    (6, 4)
    """
    if lattice.sites > LARGEST:
        raise DescriptionError(
            f"{lattice}: {lattice.sites} sites have too many configurations to list. Use at most {LARGEST} sites."
        )
    up = np.array(list(combinations(range(lattice.sites), lattice.sites // 2)))
    found = np.full((comb(lattice.sites, lattice.sites // 2), lattice.sites), -1, np.int8)
    np.put_along_axis(found, up, np.int8(1), axis=1)
    return found


def drawn(lattice: Lattice, count: int, random: np.random.Generator) -> Array:
    """`count` configurations, every one as likely as any other."""
    half = np.repeat(np.array([1, -1], np.int8), lattice.sites // 2)
    return random.permuted(np.tile(half, (count, 1)), axis=1)
