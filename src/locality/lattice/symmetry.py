"""The point group of a lattice, found from its vectors, sites and bonds: rotations and reflections of its spins."""

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from math import atan2, degrees
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from locality.lattice.named import CELLS, reaches
from locality.lattice.size import numbers

if TYPE_CHECKING:
    from locality.lattice.lattice import Lattice

Array = npt.NDArray[Any]
Places = tuple[tuple[tuple[int, ...], int], ...]  # of each sublattice: how many cells further, to which sublattice


@dataclass(frozen=True, eq=False, repr=False)
class Symmetry:
    """A rotation or reflection that carries sites to sites and bonds to bonds.

    `name` says which, in plain words, as the lattice is drawn: the first axis downwards, the second to the right;
    rotations count against the clock. `matrix` acts from the right on cells, with `places` for the sublattices.
    """

    lattice: "Lattice"
    name: str
    matrix: Array
    places: Places

    @cached_property
    def sites(self) -> Array:
        """Where each site goes: int32 (sites,), a permutation."""
        found = _carried(self.lattice, self.matrix, self.places).astype(np.int32)
        found.setflags(write=False)
        return found

    def apply(self, spins: Any) -> Array:
        """The spins (..., sublattices, *size), each carried to where its site goes. Raises `ShapeError` for spins that
        do not fit the lattice.

        >>> from locality.lattice import Lattice
        >>> chain = Lattice("chain", 4)
        >>> chain.symmetries[1].apply([[1, 1, -1, -1]]).tolist()
        [[1, -1, -1, 1]]
        """
        before = self.lattice.flat(spins)
        after = np.empty_like(before)
        after[..., self.sites] = before
        return self.lattice.unflat(after)

    def __repr__(self) -> str:
        return f"<Symmetry of {self.lattice}: {self.name}>"


def symmetries(lattice: "Lattice") -> tuple[Symmetry, ...]:
    """The point group of a lattice, the identity first; what does not fit its size or open edges is left out.

    All turn about one point, so that one after another makes a third: a periodic lattice about a point of highest
    symmetry (a site, the middle of a hexagon or of an empty plaquette), an open one about its middle.
    """
    vectors, size = lattice.vectors, np.array(lattice.size)
    if lattice.periodic:
        centre = _centre(lattice.name)
    else:
        centre = lattice.positions.mean(axis=0) @ np.linalg.inv(vectors)
    found = []
    for matrix in _isometries(lattice.name):
        places = _places(lattice.name, matrix, centre)
        if places is None or (lattice.periodic and ((size[:, None] * matrix) % size).any()):
            continue  # it is none of the infinite lattice, or the torus does not go over into itself
        if not lattice.periodic and (_carried(lattice, matrix, places) < 0).any():
            continue
        improper, angle, name = _named(np.linalg.inv(vectors) @ matrix @ vectors)
        found.append((improper, angle, name, Symmetry(lattice, name, matrix, places)))
    return tuple(one[-1] for one in sorted(found, key=lambda one: one[:3]))


def _carried(lattice: "Lattice", matrix: Array, places: Places) -> Array:
    """The number of the site that each goes to, -1 beyond an open edge."""
    cells = np.indices(lattice.size).reshape(lattice.dimension, -1).T @ matrix
    columns = [
        numbers(cells + np.array(offset), end, lattice.sublattices, lattice.size, lattice.periodic)
        for offset, end in places
    ]
    return np.stack(columns, axis=1).ravel()


@cache
def _isometries(name: str) -> Array:
    """The matrices of -1, 0 and 1 that keep all lengths and angles of cells, (matrices, axes, axes)."""
    vectors = np.array(CELLS[name].vectors)
    axes = len(vectors)
    every = np.array(list(product((-1, 0, 1), repeat=axes * axes))).reshape(-1, axes, axes)
    changed = every @ (vectors @ vectors.T) @ every.transpose(0, 2, 1) - vectors @ vectors.T
    return np.asarray(every[np.abs(changed).max(axis=(1, 2)) < 1e-9])


@cache
def _centre(name: str) -> Array:
    """The point about which the most of these are symmetries, in cells."""
    matrices, points = _isometries(name), product((0, 1 / 2, 1 / 3, 2 / 3), repeat=len(CELLS[name].vectors))
    return max(map(np.array, points), key=lambda point: sum(_places(name, one, point) is not None for one in matrices))


def _places(name: str, matrix: Array, centre: Array) -> Places | None:
    """Where the sublattices of a cell go; None where a site would go to no site, or a bond to no bond."""
    vectors = np.array(CELLS[name].vectors)
    sites = np.array(CELLS[name].sites) @ np.linalg.inv(vectors)
    places = []
    for point in (sites - centre) @ matrix + centre:
        offsets = np.round(point - sites)
        fits = np.flatnonzero(np.abs(point - sites - offsets).max(axis=1) < 1e-6)
        if not len(fits):
            return None
        places.append((tuple(map(int, offsets[fits[0]])), int(fits[0])))
    for (away, start), around in zip(places, reaches(name, 1), strict=True):
        goal = {
            (tuple(map(int, np.array(offset) @ matrix + places[end][0] - away)), places[end][1])
            for offset, end in around
        }
        if goal != set(reaches(name, 1)[start]):
            return None
    return tuple(places)


def _named(rotation: Array) -> tuple[bool, int, str]:
    """An orthogonal matrix, that acts from the right, in plain words: whether it mirrors, its angle, its name."""
    improper = bool(np.linalg.det(rotation) < 0)
    if len(rotation) == 1:
        return improper, 0, "reflection" if improper else "identity"
    if len(rotation) == 2:
        turned = degrees(atan2(rotation[0, 1], rotation[0, 0]))
        if improper:  # it mirrors in the line at half that angle from the first axis, which is drawn downwards
            line = round(turned / 2 - 90) % 180
            return improper, line, f"reflection in a line at {line} degrees"
        angle = round(turned) % 360
        return improper, angle, f"rotation by {angle} degrees" if angle else "identity"
    angle, axis = _turn(-rotation if improper else rotation)
    if not improper:
        return improper, angle, f"rotation by {angle} degrees about {axis}" if angle else "identity"
    if angle == 180:
        return improper, -1, f"reflection along {axis}"
    return improper, angle, f"rotation by {angle} degrees about {axis}, then inversion" if angle else "inversion"


def _turn(rotation: Array) -> tuple[int, tuple[int, ...]]:
    """The angle of a rotation of space in degrees, and its axis, whose first number that is not 0 is positive."""
    cosine = (np.trace(rotation) - 1) / 2
    angle = round(degrees(np.arccos(np.clip(cosine, -1, 1))))
    if angle == 0:
        return 0, (0, 0, 0)
    skew = rotation - rotation.T
    axis = np.array([skew[1, 2], skew[2, 0], skew[0, 1]])
    if angle == 180:
        columns = rotation + np.eye(3)
        axis = columns[:, np.abs(columns).sum(axis=0).argmax()]
    axis = np.round(axis / np.abs(axis).max()).astype(int)
    if axis[np.flatnonzero(axis)[0]] < 0:
        axis, angle = -axis, 360 - angle
    return angle, tuple(map(int, axis))
