"""Groups that a wave function is projected on: sums over translations, the point group, the flip of all spins."""

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, unknown
from locality.lattice import Lattice

Array = npt.NDArray[Any]

PROJECTIONS = ("none", "translations", "c4", "c4v", "translations+c4", "translations+c4v")
FLIP = "+flip"


@dataclass(frozen=True, eq=False)
class Projection:
    """Elements g of a group: `sites` (elements, sites), where (g s)[i] = turn * s[sites[g, i]], `turns` +1, or -1 where
    all spins are flipped, and the characters. Projected, psi(s) = sum over g of character(g) psi(g s)."""

    name: str
    sites: Array
    turns: Array
    characters: Array

    def __len__(self) -> int:
        return len(self.sites)

    def images(self, configurations: Array) -> Array:
        """Every g s of configurations (n, sites): (n, elements, sites)."""
        return configurations[:, self.sites] * self.turns[:, None]


def projection(lattice: Lattice, name: str) -> Projection:
    """A group by name: none, translations, c4 (rotations by quarter turns), c4v (reflections too), translations with
    either, each also with "+flip", which flips all spins. The characters are those of the representation in which
    nothing changes sign.

    Raises `UnknownNameError` for another name and `DescriptionError` for a lattice without these symmetries.

    >>> len(projection(Lattice("square", 4), "c4v+flip")), len(projection(Lattice("honeycomb", 4), "translations"))
    (16, 16)
    """
    base, flip = name.removesuffix(FLIP), name.endswith(FLIP)
    if name == FLIP.removeprefix("+"):
        base, flip = "none", True
    if base not in PROJECTIONS:
        raise unknown("projection", name, (*PROJECTIONS, "flip", *(one + FLIP for one in PROJECTIONS[1:])))
    parts = base.split("+")
    identity = np.arange(lattice.sites)[None]
    moves = _translations(lattice) if "translations" in parts else identity
    turns = _point_group(lattice, parts[-1]) if parts[-1] in ("c4", "c4v") else identity
    sites = np.concatenate([turns[:, move] for move in moves])
    flips = np.repeat([1, -1] if flip else [1], len(sites)).astype(np.int8)
    sites = np.tile(sites, (2 if flip else 1, 1))
    return Projection(name, sites, flips, np.ones(len(sites)))


def _translations(lattice: Lattice) -> Array:
    if not lattice.periodic:
        raise DescriptionError(f"{lattice}: with open edges it has no translations. Leave them out of the projection.")
    numbers = lattice.unflat(np.arange(lattice.sites))
    return np.array([lattice.flat(lattice.shift(numbers, by)) for by in product(*map(range, lattice.size))])


def _point_group(lattice: Lattice, name: str) -> Array:
    wanted = {"c4": 4, "c4v": 8}[name]
    found = lattice.symmetries
    if lattice.name != "square" or len(found) != 8:
        raise DescriptionError(
            f"{lattice}: its point group has no quarter turns of a square lattice with equal sides. Use another "
            f"projection."
        )
    if wanted == 4:
        found = tuple(one for one in found if one.name == "identity" or one.name.startswith("rotation"))
    return np.array([one.sites for one in found])
