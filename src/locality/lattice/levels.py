"""Levels of coarse graining: spins under one rule again and again, their Markov chains kept apart."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import ShapeError
from locality.lattice.blocks import Block, block_spin, seed_given, sides_of

Array = npt.NDArray[Any]

LEAST = 3  # cells along a side of a level: with fewer, one pair of sites is neighbours twice


def chains_of(spins: Any, axes: int) -> Array:
    """Spins (chains, steps, sublattices, *space) of what `ising` gives, or of an array with or without the axis of
    chains; without one, all is one chain. Raises `ShapeError` for other arrays.

    >>> chains_of(np.ones((500, 1, 8, 8), np.int8), 2).shape
    (1, 500, 1, 8, 8)
    """
    values = np.asarray(getattr(spins, "spins", spins))
    if hasattr(spins, "energies"):
        values = values.reshape(len(spins.energies), -1, *values.shape[1:])
    if values.ndim == axes + 2:
        values = values[None]
    if values.ndim != axes + 3 or not values.size:
        shape = "x".join(map(str, values.shape)) or "nothing"
        raise ShapeError(
            f"coarse graining: spins of shape {shape} are not (samples, sublattices, *space), nor with an axis of "
            f"chains before that, with {axes} axes of space. Give what ising gives, or such an array."
        )
    return values


def levels(
    spins: Any, block: Block = 2, rule: str = "majority", ties: str = "random", seed: int = 0, least: int = LEAST
) -> Iterator[Array]:
    """The spins (chains, steps, sublattices, *space) of every level, level 0 as they are, as long as the block divides
    the sides and at least `least` cells are left along each. Ties of each level have coins of their own. Raises what
    `block_spin` raises, and `ShapeError` where not even one level is left.

    >>> [level.shape[-1] for level in levels(np.ones((10, 1, 24, 24), np.int8))]
    [24, 12, 6, 3]
    """
    lattice, seed = getattr(spins, "lattice", None), seed_given(seed)
    sides = sides_of(block, None if lattice is None else lattice.dimension)
    level = chains_of(spins, len(sides))
    yield level
    for number in count(1):
        space = level.shape[-len(sides) :]
        tiled = all(n % side == 0 for n, side in zip(space, sides, strict=True))
        left, side, cells = min((n // side, side, n) for n, side in zip(space, sides, strict=True))
        if number > 1 and (not tiled or left < least):
            return
        if tiled and left < least:
            raise ShapeError(
                f"coarse graining: blocks of {side} leave {left} of {cells} cells along a side, and a level has at "
                f"least {least}. Use a side of {least * side} or more."
            )
        coin = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
        level = block_spin(level, sides, rule, ties, coin)
        yield level
