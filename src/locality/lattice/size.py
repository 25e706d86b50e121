"""How many cells a lattice has along each axis, and whether its bonds have room there."""

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, ShapeError
from locality.lattice.named import CELLS, reaches

Array = npt.NDArray[Any]
FARTHEST = 100  # neighbour orders
LARGEST = 2**31 - 1  # sites, whose numbers are int32


def sides_of(name: str, given: Any) -> tuple[int, ...]:
    """The cells along each axis, from one number for all or one for each. Raises `DescriptionError` for what is no
    size, and `ShapeError` for more sites than can be numbered."""
    axes = len(CELLS[name].vectors)
    say = "8" if axes == 1 else f"8 or {(8,) * axes}"
    each = tuple(given) if isinstance(given, tuple | list) else (given,) * axes
    for side in each:
        if isinstance(side, bool) or not isinstance(side, int | np.integer) or side < 1:
            raise DescriptionError(
                f"{name}: size {given!r} is no whole number of at least 1. Give the cells along an axis, such as {say}."
            )
    if len(each) != axes:
        raise DescriptionError(
            f"{name}: size {given!r} is for {len(each)} axes, the lattice has {axes}. Give {say}, say."
        )
    sites = prod(map(int, each)) * len(CELLS[name].sites)
    if sites > LARGEST:
        raise ShapeError(f"{name} {times(each)}: {sites:,} sites are more than {LARGEST:,}. Give a smaller size.")
    return tuple(map(int, each))


def check_order(where: str, name: str, size: tuple[int, ...], periodic: bool, order: Any) -> None:
    """Refuse what is no neighbour order (`DescriptionError`), and one whose bonds meet on a periodic lattice as small
    as this (`ShapeError`)."""
    if isinstance(order, bool) or not isinstance(order, int | np.integer) or not 1 <= order <= FARTHEST:
        raise DescriptionError(
            f"{where}: order {order!r} is no neighbour order. Give a whole number from 1 (nearest) to {FARTHEST}."
        )
    if not periodic or not _meet(name, int(order), size):
        return
    enough = 1
    while _meet(name, int(order), (enough,) * len(size)):
        enough += 1
    few = [(axis, side) for axis, side in enumerate(size) if side < enough]
    short = " and ".join(f"{side} cell{'s' * (side > 1)} along axis {axis}" for axis, side in few)
    raise ShapeError(
        f"{where}: with {short} the bonds of order {order} go round it and join some sites twice. "
        f"Use at least {enough}, or open edges (periodic=False)."
    )


def times(shape: Sequence[int]) -> str:
    """A shape as it stands in messages: 3x4x4."""
    return "x".join(map(str, shape)) or "nothing"


def numbers(cells: Array, sublattice: int, sublattices: int, size: tuple[int, ...], periodic: bool) -> Array:
    """The numbers of a sublattice's sites in these cells, (..., axes): cell by cell, sublattice fastest; round the
    edges of a periodic lattice, -1 beyond open ones.

    >>> numbers(np.array([[0, 1], [0, 2]]), 1, 2, (2, 2), periodic=True)
    array([3, 1])
    """
    inside = periodic | ((cells >= 0) & (cells < size)).all(axis=-1)
    found = np.ravel_multi_index(tuple(np.moveaxis(cells, -1, 0)), size, mode="wrap") * sublattices + sublattice
    return np.where(inside, found, -1)


@cache
def _meet(name: str, order: int, size: tuple[int, ...]) -> bool:
    """Whether on a periodic lattice of that size a bond of this order meets another, of it or a nearer one."""
    for start in range(len(CELLS[name].sites)):
        met = set()
        for nearer in range(1, order + 1):
            for offset, end in reaches(name, nearer)[start]:
                place = (tuple(step % side for step, side in zip(offset, size, strict=True)), end)
                if place in met:
                    return True
                met.add(place)
    return False
