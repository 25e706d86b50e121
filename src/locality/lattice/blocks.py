"""Block spins: a block of sites becomes one site of a coarser lattice (Kadanoff, Physics 2, 263 (1966))."""

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DataError, DescriptionError, ShapeError, unknown

Array = npt.NDArray[Any]
Block = int | tuple[int, ...]

RULES = ("majority", "decimation", "average", "max")
TIES = ("random", "first")


def block_spin(spins: Any, block: Block = 2, rule: str = "majority", ties: str = "random", seed: int = 0) -> Array:
    """Spins (..., sublattices, *space) with every block of cells put in place of one, each sublattice for itself.

    `block` is the side of a block on the two axes of space, which are the last; a chain has `(2,)`, a cubic lattice
    `(2, 2, 2)`. Rules: `majority`, the sign of the block's sum, where an even block can tie: then by a fair coin, drawn
    from `seed`, or with `ties="first"` from the block's first site, as `Pool("majority")` has it; `decimation`, the
    block's first site; `average`, in float64; `max`. The others keep the type of their numbers.

    Raises `ShapeError` where the block does not divide a side, `DataError` for a majority of anything but +1 and -1,
    `UnknownNameError` for a rule or a way with ties that nobody knows, and `DescriptionError` for a block below 2.

    >>> board = np.array([[[1, -1, 1, 1], [-1, 1, 1, -1]]], np.int8)
    >>> block_spin(board, ties="first")
    array([[[1, 1]]], dtype=int8)

    A pattern that a block cannot see is gone at once, and for the majority rule a checkerboard is all ties:

    >>> block_spin(board, rule="average")
    array([[[0. , 0.5]]])
    >>> tie_fraction(board)
    0.5
    """
    if rule not in RULES:
        raise unknown("rule", rule, RULES)
    if ties not in TIES:
        raise unknown("way with ties", ties, TIES)
    seed = seed_given(seed)
    values, sides = _checked(spins, block)
    if rule == "decimation":
        return _parts(values, sides)[0].copy()
    if rule == "max":
        first, *others = _parts(values, sides)
        most = first.copy()
        for part in others:
            np.maximum(most, part, out=most)
        return most
    if rule == "average":
        total = np.zeros(_parts(values, sides)[0].shape)
        for part in _parts(values, sides):
            total += part
        return total / np.prod(sides)
    votes = _votes(values, sides)
    coarse = np.sign(votes).astype(values.dtype)
    if np.prod(sides) % 2 == 0:
        open_ = votes == 0
        if ties == "first":
            np.copyto(coarse, _parts(values, sides)[0], where=open_)
        else:
            draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed])))
            heads = draw.random(np.count_nonzero(open_), np.float32) < 0.5
            coarse[open_] = 2 * heads.astype(np.int8) - 1
    return coarse


def tie_fraction(spins: Any, block: Block = 2) -> float:
    """The share of blocks whose spins sum to 0. At infinite temperature it is 6/16 for blocks of 2x2, and 0 for every
    odd block. Raises what `block_spin` raises."""
    return float(tied(spins, block).mean())


def tied(spins: Any, block: Block = 2) -> Array:
    """Which blocks sum to 0: bool, in the shape of the block spins. Raises what `block_spin` raises."""
    found: Array = _votes(*_checked(spins, block)) == 0
    return found


def sides_of(block: Any, axes: int | None = None) -> tuple[int, ...]:
    """A block's side along each axis of space. Raises `DescriptionError` for a block that is none."""
    each = block if isinstance(block, tuple | list) else (block,) * (axes or 2)
    for side in each:
        if isinstance(side, bool) or not isinstance(side, int | np.integer) or side < 2:
            raise DescriptionError(
                f"block {block!r}: a block has a whole number of at least 2 cells along each axis. Give 2 or more."
            )
    if len(each) not in (1, 2, 3) or (axes is not None and len(each) != axes):
        room = f"{axes}" if axes else "1 to 3"
        raise DescriptionError(f"block {block!r}: it has {len(each)} sides, but space has {room} axes. Give as many.")
    return tuple(int(side) for side in each)


def seed_given(seed: Any) -> int:
    """A seed as it was given. Raises `DescriptionError` for what is none."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise DescriptionError(f"seed {seed!r}: a seed is a whole number of at least 0. Give one, such as 0.")
    return int(seed)


def _checked(spins: Any, block: Any) -> tuple[Array, tuple[int, ...]]:
    """The spins as an array, and the block's sides that divide its own."""
    values, sides = np.asarray(spins), sides_of(block)
    axes, shape = len(sides), "x".join(map(str, np.shape(spins)))
    if values.dtype.kind not in "iuf":
        raise DataError(f"block_spin: spins are numbers, not {values.dtype}. Give an array of int8 with +1 and -1.")
    if values.ndim <= axes or values.size == 0:
        raise ShapeError(
            f"block_spin: spins of shape {shape or 'nothing'} are not (..., sublattices, *space) with {axes} axes of "
            f"space. Put the axis of sublattices in front, with spins[None]."
        )
    if not isinstance(block, tuple | list) and len(set(values.shape[-3:])) == 1 and values.ndim > 3:
        raise ShapeError(
            f"block_spin: of spins of shape {shape} it is not clear whether space has two axes or three. Give a block "
            f"with a side for each: {(block,) * 2} or {(block,) * 3}."
        )
    for axis, (length, side) in enumerate(zip(values.shape[-axes:], sides, strict=True)):
        if length % side:
            below = length - length % side
            near = f"{below} or {below + side}" if below else f"{side}"
            chain = f", or block=({side},) for a chain" if length == 1 else ""
            raise ShapeError(
                f"block_spin: blocks of {side} do not tile the {length} cells along axis {axis}: {length}/{side} = "
                f"{length / side:.4g}. Use a side of {near}{chain}."
            )
    return values, sides


def _parts(values: Array, sides: tuple[int, ...]) -> list[Array]:
    """The first sites of all blocks, the second ones, and so on, in reading order: views, not copies."""
    places: Any = (
        (..., *(slice(first, None, side) for first, side in zip(start, sides, strict=True)))
        for start in product(*map(range, sides))
    )
    return [values[place] for place in places]


def _votes(values: Array, sides: tuple[int, ...]) -> Array:
    """The sum of each block of spins."""
    wrong = values[np.abs(values) != 1]
    if wrong.size:
        raise DataError(
            f"block_spin: a majority is taken of spins, +1 and -1, and {wrong[0]:g} is neither. Give spins, or take "
            f"rule='average' or 'max'."
        )
    parts = _parts(values.astype(np.int8, copy=False), sides)
    votes: Array = parts[0].astype(np.int8 if len(parts) < 128 else np.int32)
    for part in parts[1:]:
        np.add(votes, part, out=votes)
    return votes
