"""Finite-size scaling: from lattices of several sizes to the infinite one."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np

from locality.lattice.estimate import Estimate
from locality.studies.crossing import Curve, plain


@dataclass(frozen=True)
class Line:
    """A straight line through points with errors: its value where x = 0, its gradient, chi squared, and how many
    points there are beyond the two that it takes. Where the points scatter more than their errors say, the errors of
    the line are larger by that."""

    value: Estimate
    gradient: Estimate
    chi2: float
    freedom: int

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "value": plain(self.value),
            "gradient": plain(self.gradient),
            "chi2": self.chi2,
            "freedom": self.freedom,
        }


def line(x: Sequence[float], y: Sequence[Estimate]) -> Line | None:
    """The weighted least-squares line; None with fewer than two points, or where one has no error.

    >>> points = [Estimate(1.0, 0.1), Estimate(2.0, 0.1), Estimate(3.0, 0.1)]
    >>> print(line([1, 2, 3], points).value, line([1, 2, 3], points).gradient)
    0.00(15) 1.000(71)
    """
    if len(y) < 2 or not all(one.error for one in y):
        return None
    weights = np.array([1 / float(one.error or 1) ** 2 for one in y])
    values, design = np.array([one.value for one in y]), np.stack([np.ones(len(y)), np.asarray(x, float)], 1)
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
    found = covariance @ (design.T @ (weights * values))
    chi2, freedom = float((weights * (values - design @ found) ** 2).sum()), len(y) - 2
    wider = sqrt(max(1.0, chi2 / freedom)) if freedom else 1.0
    value, gradient = (Estimate(float(found[i]), wider * sqrt(float(covariance[i, i]))) for i in (0, 1))
    return Line(value, gradient, chi2 if freedom else 0.0, freedom)


def infinite(curves: Sequence[Curve], nu: float = 1.0) -> Line | None:
    """T*(L) = Tc + a L^(-1/nu): the line's value is Tc, its gradient is a. None where fewer than two cross."""
    use = [(one.size, one.crossing) for one in curves if one.crossing is not None]
    return line([size ** (-1 / nu) for size, _ in use], [crossing for _, crossing in use])


def exponent(curves: Sequence[Curve]) -> Estimate | None:
    """nu from dP/dT at T*, which grows as L^(1/nu)."""
    use = [(one.size, one.slope) for one in curves if one.slope is not None and one.slope.error]
    steep = [Estimate(log(-slope.value), (slope.error or 0) / -slope.value) for _, slope in use if slope.value < 0]
    found = line([log(size) for size, _ in use], steep) if len(steep) == len(use) else None
    if found is None or found.gradient.value <= 0:
        return None
    nu = 1 / found.gradient.value
    return Estimate(nu, nu * nu * (found.gradient.error or 0))


def collapse(curves: Sequence[Curve], critical: float, nu: float = 1.0) -> float | None:
    """How far the curves lie apart when drawn against (T - Tc) L^(1/nu): the root mean square distance from their
    mean, where all of them reach. None with fewer than two."""
    if len(curves) < 2:
        return None
    scaled = [((one.temperatures - critical) * one.size ** (1 / nu), one.ordered) for one in curves]
    low, high = max(x.min() for x, _ in scaled), min(x.max() for x, _ in scaled)
    if low >= high:
        return None
    grid = np.linspace(low, high, 200)
    drawn = np.stack([np.interp(grid, x, p) for x, p in scaled])
    return float(np.sqrt(((drawn - drawn.mean(0)) ** 2).mean()))
