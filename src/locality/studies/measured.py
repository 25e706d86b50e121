"""Errors measured on test pictures, once or with several seeds, and how far they can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin, sqrt, tan
from statistics import fmean, stdev
from textwrap import fill
from typing import Any

from locality.data.evaluation import wilson


@dataclass(frozen=True)
class Measured:
    """The share of `pictures` test pictures taken for another class: one number for each seed.

    >>> same = Measured((0.11,), 10_000), Measured((0.113,), 10_000)
    >>> same[0].against(same[1])
    'cannot be told apart'
    """

    errors: tuple[float, ...]
    pictures: int

    @property
    def error(self) -> float:
        """The mean over the seeds."""
        return fmean(self.errors)

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true error lies with 95 % confidence: Wilson's interval for so many pictures, and with several
        seeds at least as wide as Student's for their mean."""
        low, high = wilson(self.error, self.pictures)
        if len(self.errors) == 1:
            return low, high
        least, most = over_seeds(self.errors)
        return min(low, max(least, 0.0)), max(high, min(most, 1.0))

    def against(self, other: "Measured") -> str:
        """ "lower" or "higher" than the other where the intervals lie apart, else "cannot be told apart"."""
        low, high = self.interval
        other_low, other_high = other.interval
        if high < other_low:
            return "lower"
        return "higher" if low > other_high else "cannot be told apart"

    def to_dict(self) -> dict[str, Any]:
        """As plain data: the mean, its interval, and the error of each seed."""
        return {"error": self.error, "interval": list(self.interval), "errors": list(self.errors)}


def over_seeds(values: Sequence[float]) -> tuple[float, float]:
    """Where the mean of what these are drawn from lies with 95 % confidence, by Student's t (Biometrika 6, 1908).

    Five numbers that differ by little leave their mean about as open as they are wide:

    >>> [round(end, 2) for end in over_seeds([1, 2, 3, 4, 5])]
    [1.04, 4.96]
    """
    middle, half = fmean(values), student(len(values) - 1) * stdev(values) / sqrt(len(values))
    return middle - half, middle + half


def student(freedom: int) -> float:
    """The t within which 95 % of Student's distribution lie, for so many degrees of freedom.

    >>> round(student(1), 3), round(student(4), 3)
    (12.706, 2.776)
    """
    low, high = 0.0, pi / 2
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < 0.95 else (low, middle)
    return sqrt(freedom) * tan(low)


def _within(angle: float, freedom: int) -> float:
    """The share within t = sqrt(freedom) tan(angle) (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    odd = freedom % 2
    term, total = (cos(angle) if odd else 1.0), 0.0
    for step in range(1 + odd, freedom, 2):
        total += term
        term *= step / (step + 1) * cos(angle) ** 2
    return 2 / pi * (angle + sin(angle) * total) if odd else sin(angle) * total


def percent(share: float) -> str:
    """A share as it stands in the tables.

    >>> percent(0.11064)
    '11.06'
    """
    return f"{100 * share:.2f}"


def with_interval(share: float, interval: tuple[float, float]) -> str:
    """A share and its interval, both in percent.

    >>> with_interval(0.11, (0.104, 0.1163))
    '11.00 (10.40-11.63)'
    """
    return f"{percent(share)} ({percent(interval[0])}-{percent(interval[1])})"


def many(count: int, word: str) -> str:
    """So many of something.

    >>> many(1, "seed"), many(5, "seed")
    ('1 seed', '5 seeds')
    """
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def wrapped(sentence: str) -> str:
    """A sentence in lines of at most 80 columns."""
    return fill(sentence, 80, break_on_hyphens=False)
