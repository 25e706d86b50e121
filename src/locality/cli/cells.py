"""A lattice's size, as it is typed."""

from locality.errors import DescriptionError


def cells(text: str) -> int | tuple[int, ...]:
    """The cells along all axes, or along each: 6, or 4x6. Raises `DescriptionError` for what is neither.

    >>> cells("6"), cells("4x6")
    (6, (4, 6))
    """
    parts = text.lower().split("x")
    if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        raise DescriptionError(f"--size: {text!r} is no size. Give cells along each axis, such as 6 or 4x6.")
    sides = tuple(map(int, parts))
    return sides[0] if len(sides) == 1 else sides
