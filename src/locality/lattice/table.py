"""Estimates as cells of a table and as plain data."""

from collections.abc import Sequence
from math import isfinite
from textwrap import fill

from locality.lattice.statistics import Estimate


def finite(value: float | None) -> float | None:
    """A number that JSON can say."""
    return value if value is not None and isfinite(value) else None


def plain(one: Estimate) -> dict[str, float | None]:
    """An estimate as plain data; None for what is not known."""
    found = {"value": one.value, "error": one.error, "exact": one.exact, "sigmas": one.sigmas}
    return {name: finite(each) for name, each in found.items()}


def wrapped(line: str) -> str:
    """A sentence in lines of a terminal."""
    return fill(line, 80, break_on_hyphens=False)


def value(one: Estimate) -> str:
    """An estimate in a table."""
    return f"{one.value:.3g}(?)" if one.error is None else str(one)


def exact(one: Estimate) -> str:
    """The exact value beside it."""
    return "" if one.exact is None else f"{one.exact:.6g}"


def sigmas(one: Estimate) -> str:
    """How far off it is, in standard errors."""
    return "" if one.sigmas is None else f"{one.sigmas:+.1f}"


def remembered(tau: float) -> str:
    """An autocorrelation time in a table."""
    return f"{tau:.1f}" if isfinite(tau) else "?"


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Cells in columns, the first flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        ).rstrip()
        for row in rows
    ]
