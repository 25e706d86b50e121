"""Which taps of a k x k window exist: all of them, a diamond, a hexagon, or any drawing in 0 and 1."""

from collections.abc import Sequence
from itertools import product

from locality.errors import DescriptionError, unknown
from locality.geometry.arguments import shape_text

NAMED = ("full", "diamond", "hexagon")


def check_footprint(footprint: str) -> str:
    """The footprint, if it is a known name or rows of 0 and 1 of equal length with at least one 1."""
    if footprint in NAMED:
        return footprint
    if not isinstance(footprint, str) or not footprint or set(footprint) - set("01/"):
        raise unknown("footprint", footprint, [*NAMED, 'rows of 0 and 1 such as "010/111/010"'])
    rows = footprint.split("/")
    if "" in rows:
        raise DescriptionError(f'footprint "{footprint}" has an empty row. Mark every tap with 0 or 1.')
    if len({len(row) for row in rows}) > 1:
        raise DescriptionError(f'footprint "{footprint}": its rows differ in length. Give rows of equal length.')
    if "1" not in footprint:
        raise DescriptionError(f'footprint "{footprint}" has no 1, so no weight. Mark at least one tap with 1.')
    return footprint


def footprint_taps(footprint: str, kernel: Sequence[int]) -> list[tuple[int, ...]] | None:
    """The offsets of the taps in use, in reading order; None where all of them are.

    "diamond" keeps the sites within graph distance (k - 1)/2 of the centre; "hexagon" is the 3x3 window without
    the corners (1, 1) and (-1, -1), the six neighbours on a triangular lattice whose third bond runs along (1, -1).

    >>> len(footprint_taps("diamond", (5, 5)))
    13
    >>> footprint_taps("hexagon", (3, 3))
    [(0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1)]
    >>> footprint_taps("full", (3, 3)) is None
    True
    """
    shown = shape_text(kernel)
    if footprint == "full":
        return None
    offsets = list(product(*(range(k) for k in kernel)))
    if footprint == "diamond":
        if len(set(kernel)) > 1 or kernel[0] % 2 == 0:
            raise DescriptionError(
                f"footprint diamond needs an odd kernel with equal sides, not {shown}. Use {_odd(kernel)}."
            )
        half = kernel[0] // 2
        taps = [offset for offset in offsets if sum(abs(o - half) for o in offset) <= half]
    elif footprint == "hexagon":
        if tuple(kernel) != (3, 3):
            raise DescriptionError(f"footprint hexagon needs a 3x3 kernel, not {shown}. Use kernel_size=3 on two axes.")
        taps = [offset for offset in offsets if offset not in ((0, 0), (2, 2))]
    else:
        rows = footprint.split("/")
        drawn = (len(rows[0]),) if len(kernel) == len(rows) == 1 else (len(rows), len(rows[0]))
        if drawn != tuple(kernel):
            size = shape_text(drawn)
            todo = "Make them the same size" if len(kernel) < 3 else "Use full or diamond, rows draw two axes at most"
            raise DescriptionError(f'footprint "{footprint}" is {size}, the kernel {shown}. {todo}.')
        flat = "".join(rows)
        taps = [offset for offset, mark in zip(offsets, flat, strict=True) if mark == "1"]
    return taps if len(taps) < len(offsets) else None


def _odd(kernel: Sequence[int]) -> str:
    side = max(kernel) | 1
    return shape_text([side] * len(kernel))
