"""What may stand for a size, a stride, a padding: checked once, for every function and layer that takes one."""

from collections.abc import Sequence
from math import isfinite
from numbers import Real
from operator import index
from typing import Any

from locality.errors import DescriptionError, unknown


def whole(name: str, value: Any, least: int = 1) -> int:
    """The value, if it is a whole number of at least `least`.

    >>> whole("stride", 0)
    Traceback (most recent call last):
    ...
    locality.errors.DescriptionError: stride is 0; it must be a whole number of at least 1. Give stride=1 or more.
    """
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:  # an array has an __index__ too, and refuses it unless it holds one whole number
        number = None
    if number is None or number < least:
        raise DescriptionError(
            f"{name} is {(value if number is None else number)!r}; it must be a whole number of at least {least}. "
            f"Give {name}={least} or more."
        )
    return number


def number(name: str, value: Any, example: str = "0.1") -> float:
    """The value as a float, if it is a finite number of at least 0."""
    try:
        given = float(value) if isinstance(value, Real) and not isinstance(value, bool) else -1.0
    except OverflowError:  # a whole number beyond every float
        given = -1.0
    if not (isfinite(given) and given >= 0):
        raise DescriptionError(
            f"{name} is {value!r}; it must be a finite number of at least 0. Give {name}={example}, say."
        )
    return given


def flag(name: str, value: Any) -> bool:
    """The value, if it is True or False."""
    if not isinstance(value, bool):
        raise DescriptionError(f"{name} is {value!r}; it must be True or False. Give {name}=True or leave it out.")
    return value


def place_given(value: Any) -> tuple[Any, ...]:
    """A place as a tuple of indices, from a sequence of them or from one alone; what is no index stays as it is.

    >>> place_given(3), place_given([0, 1.5])
    ((3,), (0, 1.5))
    """
    try:
        entries = tuple(value)
    except TypeError:
        entries = (value,)
    return tuple(_indexed(entry) for entry in entries)


def _indexed(entry: Any) -> Any:
    try:
        return index(entry)
    except TypeError:
        return entry


def is_inside(place: Sequence[Any], sizes: Sequence[int]) -> bool:
    """Whether a place has one index for each size, all of them whole numbers from 0 to below the size.

    >>> is_inside((0, 2), (1, 3)), is_inside((0, 1.5), (1, 3))
    (True, False)
    """
    return len(place) == len(sizes) and all(
        isinstance(x, int) and 0 <= x < size for x, size in zip(place, sizes, strict=True)
    )


def shape_text(shape: Sequence[int]) -> str:
    """A shape, or one number per axis, as it is written: 1x28x28."""
    return "x".join(map(str, shape))


def per_axis(name: str, value: Any, least: int = 1) -> int | tuple[int, ...]:
    """One whole number for all axes, or a tuple with one for each."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        if not 1 <= len(value) <= 3:
            raise DescriptionError(f"{name} has {len(value)} entries. Give one number, or one per axis (1 to 3).")
        return tuple(whole(name, entry, least) for entry in value)
    return whole(name, value, least)


Padding = int | str | tuple[int | tuple[int, int], ...]


def padding_entries(value: Any, argument: str = "padding") -> Padding:
    """An int, "same", or one entry per axis, each an int or a (before, after) pair."""
    if isinstance(value, str):
        if value != "same":
            raise unknown(argument, value, ["same", "a number", "one entry per axis"])
        return value
    if isinstance(value, Sequence):
        if not 1 <= len(value) <= 3:
            raise DescriptionError(
                f"{argument} has {len(value)} entries. Give one number, or one entry per axis (1 to 3)."
            )
        return tuple(_padding_entry(entry, argument) for entry in value)
    return whole(argument, value, 0)


def _padding_entry(entry: Any, argument: str = "padding") -> int | tuple[int, int]:
    if not isinstance(entry, Sequence) or isinstance(entry, str):
        return whole(argument, entry, 0)
    if len(entry) != 2:
        raise DescriptionError(
            f"{argument} entry {tuple(entry)!r} has {len(entry)} number{'s' * (len(entry) != 1)}. "
            f"Give one number or a (before, after) pair."
        )
    before, after = (whole(argument, side, 0) for side in entry)
    return before if before == after else (before, after)


def padding_along(padding: Any, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """The padding (before, after) of one axis; "same" keeps the size, an even kernel's extra cell goes after.

    >>> padding_along("same", kernel=4, stride=1, dilation=1)
    (1, 2)
    """
    if isinstance(padding, str):
        padding_entries(padding)
        check_same(stride)
        total = dilation * (kernel - 1)
        return total // 2, total - total // 2
    entry = _padding_entry(padding)
    return (entry, entry) if isinstance(entry, int) else entry


def check_same(stride: int | tuple[int, ...]) -> None:
    """Raise where padding "same" cannot be had: under any stride but 1."""
    if stride not in (1, (1,), (1, 1), (1, 1, 1)):
        raise DescriptionError(f'padding "same" needs stride 1, not {stride}. Give the padding as a number.')


def one_of(name: str, value: Any, known: Sequence[str]) -> str:
    """The value, if it is one of the known words."""
    if value not in known:
        raise unknown(name.replace("_", " "), value, known)
    return str(value)
