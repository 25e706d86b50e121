"""`Lattice`: sites, bonds, and spins as arrays (sublattices, *size) that a convolution reads as channels."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, ShapeError, unknown
from locality.lattice.named import CELLS, LATTICES, bonds_of, reaches
from locality.lattice.size import check_order, numbers, sides_of, times

if TYPE_CHECKING:
    from locality.lattice.symmetry import Symmetry

Array = npt.NDArray[Any]


@dataclass(frozen=True, repr=False)
class Lattice:
    """A lattice of so many cells along each axis, periodic or with open edges.

    `name` is one of square, triangular, honeycomb, kagome, checkerboard, chain and cubic; `size` a whole number for
    all axes, or one for each. Spins are arrays (..., sublattices, *size); a site's number counts cell by cell in
    reading order, the sublattices of a cell one after the other.

    Raises `UnknownNameError` for another name, `DescriptionError` for a size that is none, and `ShapeError` for a
    periodic lattice so small that two bonds would join the same two sites.

    >>> kagome = Lattice("kagome", 4)
    >>> kagome.shape, kagome.sites, kagome.bonds().shape, kagome.neighbours().shape
    ((3, 4, 4), 48, (96, 2), (48, 4))

    The honeycomb's two channels make three neighbours of five cells, seen through one window:

    >>> Lattice("honeycomb", 4).footprint()
    '010/111/010'
    """

    name: str
    size: tuple[int, ...]
    periodic: bool = True

    def __init__(self, name: str, size: int | Sequence[int], periodic: bool = True) -> None:
        if name not in LATTICES:
            raise unknown("lattice", name, LATTICES)
        if not isinstance(periodic, bool | np.bool_):
            raise DescriptionError(f"{name}: periodic is {periodic!r}. Give True or False.")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "size", sides_of(name, size))
        object.__setattr__(self, "periodic", bool(periodic))
        self._check(1)

    @property
    def dimension(self) -> int:
        """Axes of space: 1, 2 or 3."""
        return len(self.size)

    @property
    def sublattices(self) -> int:
        """Sites in a cell, the channels of the spins."""
        return len(CELLS[self.name].sites)

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return prod(self.size)

    @property
    def sites(self) -> int:
        """How many sites there are."""
        return self.cells * self.sublattices

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the spins, and of the input of a network that reads them: (sublattices, *size)."""
        return (self.sublattices, *self.size)

    @property
    def vectors(self) -> Array:
        """The steps from a cell to the next along each axis, one a row; nearest neighbours are 1 apart."""
        return np.array(CELLS[self.name].vectors, float)

    @cached_property
    def positions(self) -> Array:
        """Where each site is, (sites, dimension), in units of the distance of nearest neighbours."""
        cells = np.indices(self.size).reshape(self.dimension, -1).T
        places = (cells @ self.vectors)[:, None] + np.array(CELLS[self.name].sites, float)
        return _kept(places.reshape(self.sites, self.dimension))

    def bonds(self, order: int = 1) -> Array:
        """The pairs of sites that are neighbours of an order, each once: int64 (bonds, 2), cell by cell.

        Order 1 joins nearest neighbours (on the checkerboard lattice also the crossings of every other plaquette),
        order n >= 2 the pairs of the n-th distance, as far as order 1 does not hold them. Raises `DescriptionError`
        for an order below 1 and `ShapeError` where the lattice is too small for it.

        >>> Lattice("chain", 4).bonds().tolist()
        [[0, 1], [1, 2], [2, 3], [3, 0]]
        """
        self._check(order)
        return self._kept_by(("bonds", order), lambda: self._joined(order))

    def neighbours(self, order: int = 1) -> Array:
        """The neighbours of every site: int32 (sites, z), -1 where an open edge has none. Raises what `bonds` does."""
        self._check(order)
        return self._kept_by(("neighbours", order), lambda: self._around(order))

    def flat(self, spins: Any) -> Array:
        """Spins (..., sublattices, *size) by site, (..., sites). Raises `ShapeError` for another shape."""
        values = self._fitting(spins)
        lead = values.ndim - self.dimension - 1
        return np.moveaxis(values, lead, -1).reshape(*values.shape[:lead], self.sites)

    def unflat(self, values: Any) -> Array:
        """Values by site, (..., sites), as spins (..., sublattices, *size). Raises `ShapeError` for another length."""
        array = np.asarray(values)
        if array.ndim < 1 or array.shape[-1] != self.sites:
            raise ShapeError(
                f"{self!s}: values of shape {times(array.shape)} do not end in its {self.sites} sites. "
                f"Give (..., {self.sites})."
            )
        lead = array.ndim - 1
        return np.moveaxis(array.reshape(*array.shape[:-1], *self.size, self.sublattices), -1, lead)

    @cached_property
    def signs(self) -> Array | None:
        """+1 and -1 for the two halves of a bipartite lattice, int8 (sites,), so that every bond of order 1 joins the
        two; None where there is no such choice: an antiferromagnet is frustrated there.

        >>> Lattice("square", 4).signs[:4], Lattice("square", 5).signs
        (array([ 1, -1,  1, -1], dtype=int8), None)
        """
        from locality.lattice.colouring import signs

        found = signs(self.sites, self.bonds())
        return None if found is None else _kept(found)

    def colours(self, orders: Sequence[int] = (1,)) -> tuple[Array, ...]:
        """The sites in classes without a bond of these orders inside a class, each int32 and in rising order: few
        classes, two where the lattice is bipartite. Raises what `bonds` does.

        >>> [len(Lattice("square", side).colours()) for side in (4, 5)]
        [2, 4]
        """
        from locality.lattice.colouring import colouring

        if not isinstance(orders, tuple | list) or not orders:
            raise DescriptionError(f"{self!s}: orders {orders!r} is no list of neighbour orders. Give (1,) or (1, 2).")
        around = np.concatenate([self.neighbours(order) for order in orders], axis=1)
        colour = colouring(self.name, self.size, self.periodic, tuple(orders), around)
        return tuple(_kept(np.flatnonzero(colour == c).astype(np.int32)) for c in range(int(colour.max()) + 1))

    def footprint(self, order: int = 1) -> str:
        """The cells that hold a site's neighbours of an order, and its own, as the footprint of a convolution.

        The union over the sublattices: a kernel's taps are cells, its channels the sites in them. Raises
        `DescriptionError` where no footprint says it: beyond order 1 of the cubic lattice.

        >>> Lattice("triangular", 6).footprint(), Lattice("square", 6).footprint(2), Lattice("chain", 6).footprint()
        ('011/111/110', '101/010/101', '111')
        """
        self._check(order)
        if self.dimension == 3:
            if order == 1:
                return "diamond"
            raise DescriptionError(
                f"{self!s}: no footprint draws the neighbours of order {order} on three axes. Use 'full', or order 1."
            )
        offsets = {offset for found in reaches(self.name, order) for offset, _ in found} | {(0,) * self.dimension}
        most = [max(offset[axis] for offset in offsets) for axis in range(self.dimension)]
        grid = np.zeros([2 * reach + 1 for reach in most], int)
        for offset in offsets:
            grid[tuple(np.add(offset, most))] = 1
        return "/".join("".join(map(str, row)) for row in np.atleast_2d(grid))

    def shift(self, spins: Any, by: int | Sequence[int]) -> Array:
        """The spins moved by so many cells along each axis, round the edges of a periodic lattice.

        Raises `DescriptionError` on an open lattice, where nothing comes in at the edge, and `ShapeError` for spins
        that do not fit.

        >>> Lattice("chain", 4).shift([[1, -1, -1, -1]], 1).tolist()
        [[-1, 1, -1, -1]]
        """
        if not self.periodic:
            raise DescriptionError(f"{self!s}: open edges do not move on. Use a periodic lattice to shift its spins.")
        steps: Any = tuple(by) if isinstance(by, tuple | list) else (by,) * self.dimension
        if len(steps) != self.dimension or not all(isinstance(step, int | np.integer) for step in steps):
            raise DescriptionError(
                f"{self!s}: a shift by {by!r} is not a whole number of cells along each axis. "
                f"Give {self.dimension} of them."
            )
        return np.roll(self._fitting(spins), steps, axis=tuple(range(-self.dimension, 0)))

    @cached_property
    def symmetries(self) -> "tuple[Symmetry, ...]":
        """The point group: the rotations and reflections, the identity first, that carry its sites to sites and its
        bonds to bonds; about one point, so that one after another makes a third.

        >>> [len(Lattice(name, 4).symmetries) for name in ("square", "triangular", "kagome", "checkerboard", "cubic")]
        [8, 12, 12, 8, 48]
        >>> [one.name for one in Lattice("square", (4, 6)).symmetries][:2]
        ['identity', 'rotation by 180 degrees']
        """
        from locality.lattice.symmetry import symmetries

        return symmetries(self)

    def to_dict(self) -> dict[str, Any]:
        """The lattice as plain data, for views and files."""
        return {
            "name": self.name,
            "size": list(self.size),
            "periodic": self.periodic,
            "sublattices": self.sublattices,
            "vectors": self.vectors.tolist(),
            "positions": self.positions.tolist(),
            "bonds": self.bonds().tolist(),
        }

    def __repr__(self) -> str:
        return f"Lattice({self.name!r}, {self.size}{'' if self.periodic else ', periodic=False'})"

    def __str__(self) -> str:
        return f"{self.name} {times(self.size)}{'' if self.periodic else ' with open edges'}"

    def _joined(self, order: int) -> Array:
        """The bonds of an order as pairs of sites."""
        cells = np.indices(self.size).reshape(self.dimension, -1).T
        found = bonds_of(self.name, order)
        start = np.arange(self.cells)[:, None] * self.sublattices + [bond[0] for bond in found]
        end = np.stack([self._numbers(cells + np.array(bond[1]), bond[2]) for bond in found], axis=1)
        pairs = np.stack((start, end), axis=-1).reshape(-1, 2)
        return pairs[pairs[:, 1] >= 0].astype(np.int64)

    def _around(self, order: int) -> Array:
        cells = np.indices(self.size).reshape(self.dimension, -1).T
        found = reaches(self.name, order)
        around = np.full((self.cells, self.sublattices, max(map(len, found))), -1, np.int32)
        for start, places in enumerate(found):
            for k, (offset, end) in enumerate(places):
                around[:, start, k] = self._numbers(cells + np.array(offset), end)
        return around.reshape(self.sites, -1)

    def _numbers(self, cells: Array, sublattice: int) -> Array:
        return numbers(cells, sublattice, self.sublattices, self.size, self.periodic)

    def _check(self, order: Any) -> None:
        check_order(str(self), self.name, self.size, self.periodic, order)

    def _fitting(self, spins: Any) -> Array:
        values = np.asarray(spins)
        if values.ndim <= self.dimension or values.shape[-self.dimension - 1 :] != self.shape:
            raise ShapeError(
                f"{self!s}: spins of shape {times(values.shape)} do not fit its {times(self.shape)}. "
                f"Give (..., {', '.join(map(str, self.shape))}): sublattices, then cells along each axis."
            )
        return values

    @cached_property
    def _cache(self) -> dict[Any, Array]:
        return {}

    def _kept_by(self, key: Any, make: Any) -> Array:
        if key not in self._cache:
            self._cache[key] = _kept(make())
        return self._cache[key]


def _kept(array: Array) -> Array:
    """The array, which everybody reads and nobody writes."""
    array.setflags(write=False)
    return array
