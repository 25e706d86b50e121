"""The Ising model on a finite torus of the square lattice, exactly: Kaufman, Phys. Rev. 76, 1232 (1949); Ferdinand and
Fisher, Phys. Rev. 185, 832 (1969).

On n x m sites with K = J/T, Z = (2 sinh 2K)^(nm/2) (Z1 + Z2 + Z3 + Z4)/2, where Z1 and Z2 are the products of
2 cosh(m g_l/2) and 2 sinh(m g_l/2) over odd l below 2n, Z3 and Z4 the same over even l, and
cosh g_l = cosh 2K coth 2K - cos(pi l/n). g_0 = 2K + ln tanh K is below 0 above the critical temperature.
"""

from collections.abc import Sequence
from math import cosh, exp, log, pi, sinh, tanh
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError
from locality.lattice.temperature import temperature_given

Array = npt.NDArray[np.float64]
_FROZEN = 100.0  # J/T beyond which exp(-8 J/T), the weight of one turned spin, is less than any float


class _Term(NamedTuple):
    """A term of the partition function: a scale's logarithm, and what multiplies it, with two derivatives by K."""

    scale: float
    value: float
    first: float
    second: float


def torus(size: int | Sequence[int], temperature: float) -> tuple[float, float]:
    """The energy and the heat capacity per site of a periodic square lattice of so many sites along its two axes (one
    number for both), for J = 1 and no field, by analytic derivatives of ln Z.

    An antiferromagnet has the same where both sides are even. Raises `DescriptionError` for a side under 3, where two
    bonds would join the same sites, and for a temperature that is none.

    >>> energy, heat_capacity = torus(8, 2.269185314213022)
    >>> round(energy, 8), round(heat_capacity, 6)
    (-1.49158911, 1.145559)
    """
    n, m = _sides(size)
    k = 1 / temperature_given("torus", temperature)
    if k > _FROZEN:
        return -2.0, 0.0
    terms, slope = _terms(n, m, k)
    top = max(term.scale for term in terms)
    weights = [exp(term.scale - top) for term in terms]
    total = sum(w * term.value for w, term in zip(weights, terms, strict=True))
    first = sum(w * term.first for w, term in zip(weights, terms, strict=True)) / total
    second = sum(w * term.second for w, term in zip(weights, terms, strict=True)) / total - first**2
    sites = n * m
    heat_capacity = k**2 * (second / sites - 2 / sinh(2 * k) ** 2)
    return -1 / tanh(2 * k) - (slope + first) / sites, max(0.0, heat_capacity)


def _terms(n: int, m: int, k: float) -> tuple[list[_Term], float]:
    """The four terms, each over exp(slope k), and that slope: their derivatives are then small differences."""
    odd, even = (_exponents(np.arange(first, 2.0 * n, 2), n, m, k) for first in (1, 2))
    zero = m / 2 * (2 * k + log(tanh(k))), m / 2 * (2 + 2 / sinh(2 * k)), -2 * m * cosh(2 * k) / sinh(2 * k) ** 2
    slope = _product(odd, 1).first
    cosines, sines = (_product(odd, sign) for sign in (1, -1))
    terms = [_over(each, slope) for each in (cosines, sines)]
    terms += [_times(_over(_product(even, sign), slope), zero, sign) for sign in (1, -1)]
    return terms, slope


def _exponents(number: Array, n: int, m: int, k: float) -> tuple[Array, Array, Array]:
    """m g_l/2 for these l > 0, and its two derivatives by k."""
    s, c = sinh(2 * k), cosh(2 * k)
    q = (s - 1) ** 2 / (2 * s) + np.sin(
        pi * number / (2 * n)
    ) ** 2  # sinh^2(g/2), without the difference of two cosines
    sine = 2 * np.sqrt(q * (1 + q))
    first = 2 * c * (1 - s**-2) / sine
    second = (4 * s - 4 / s + 8 * c**2 / s**3 - (1 + 2 * q) * first**2) / sine
    return m * np.arcsinh(np.sqrt(q)), m / 2 * first, m / 2 * second


def _product(x: tuple[Array, Array, Array], sign: int) -> _Term:
    """The product of exp(x) + sign exp(-x), as its logarithm with two derivatives (and the value 1)."""
    value, first, second = x
    tail = sign * np.exp(-2 * value)
    ratio = (1 - tail) / (1 + tail)  # tanh or coth
    return _Term(
        float((value + np.log1p(tail)).sum()),
        1.0,
        float((first * ratio).sum()),
        float((second * ratio + first**2 * (1 - ratio**2)).sum()),
    )


def _over(product: _Term, slope: float) -> _Term:
    """A product over exp(slope k), its logarithm's derivatives turned into those of its value."""
    first = product.first - slope
    return _Term(product.scale, 1.0, first, product.second + first**2)


def _times(term: _Term, x: tuple[float, float, float], sign: int) -> _Term:
    """A term times exp(x) + sign exp(-x), where x may be 0 or below."""
    value, first, second = x
    same = (1 if sign > 0 or value > 0 else -1) * (1 + sign * exp(-2 * abs(value)))
    other = (1 if sign < 0 or value > 0 else -1) * (1 - sign * exp(-2 * abs(value)))
    one, two = first * other, second * other + first**2 * same
    return _Term(
        term.scale + abs(value),
        term.value * same,
        term.first * same + term.value * one,
        term.second * same + 2 * term.first * one + term.value * two,
    )


def _sides(size: Any) -> tuple[int, int]:
    both = tuple(size) if isinstance(size, tuple | list) else (size, size)
    if len(both) != 2 or any(isinstance(side, bool) or not isinstance(side, int | np.integer) for side in both):
        raise DescriptionError(f"torus: size {size!r} is not one whole number, nor two. Give 8 or (8, 12), say.")
    if min(both) < 3:
        raise DescriptionError(
            f"torus: with {min(both)} sites along an axis bonds go round it and join some sites twice. Use at least 3."
        )
    return int(both[0]), int(both[1])
