"""A measured number with its standard error, written as physicists write it, beside the exact one."""

from dataclasses import dataclass
from math import isfinite

_PLAIN = range(-4, 6)  # powers of ten of the leading digit that are written without an exponent
_RESOLVED = 1e-15  # an error that is a smaller part of its value than this has no digits in it


@dataclass(frozen=True)
class Estimate:
    """A mean, or a function of means: its value, one standard error (None where the samples are too few to tell it),
    and the exact value where it is known.

    Printed with two digits of the error in parentheses, in units of the last digits of the value:

    >>> print(Estimate(-1.41463, 0.00123), Estimate(1234.56, 5.61), Estimate(0.25, None), sep=", ")
    -1.4146(12), 1234.6(5.6), 0.25 (too few samples for an error)
    """

    value: float
    error: float | None
    exact: float | None = None

    @property
    def sigmas(self) -> float | None:
        """How many standard errors the value lies above the exact one; None where either is missing.

        >>> Estimate(-1.412, 0.002, exact=-1.414).sigmas.__round__(6)
        1.0
        """
        if not self.error or self.exact is None:
            return None
        return (self.value - self.exact) / self.error

    def __str__(self) -> str:
        if self.error is None:
            return f"{self.value:.3g} (too few samples for an error)"
        if not self.error:
            return f"{self.value:.6g}(0)"
        largest = max(abs(self.value), self.error)
        if not isfinite(largest) or self.error < _RESOLVED * largest or largest < 1e-290:
            return f"{self.value:.16g}({self.error:.1e})"
        power = _leading(largest)
        if power in _PLAIN:
            return _in_parentheses(self.value, self.error)
        scale = 10.0**power
        return f"{_in_parentheses(self.value / scale, self.error / scale)}e{power:+03d}"


def _leading(number: float) -> int:
    """The power of ten of the first digit, after rounding to two digits."""
    return int(f"{number:.1e}".partition("e")[2])


def _in_parentheses(value: float, error: float) -> str:
    last = _leading(error) - 1  # the power of ten of the last digit that is written
    if last >= 0:
        shown, inside = f"{round(value, -last):.0f}", f"{round(error, -last):.0f}"
    else:
        shown = f"{value:.{-last}f}"
        inside = f"{error:.1f}" if last == -1 else f"{error / 10.0**last:.0f}"
    return f"{shown.removeprefix('-') if not float(shown) else shown}({inside})"
