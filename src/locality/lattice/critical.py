"""Temperatures at which the infinite lattices order."""

from math import log, sqrt

from locality.errors import unknown
from locality.lattice.estimate import Estimate
from locality.lattice.named import LATTICES

CUBIC = Estimate(4.51152329, 0.00000010)
"""The simple cubic lattice, for J = 1: 1/K_c with K_c = 0.221654626(5), by Monte Carlo (Ferrenberg, Xu and Landau,
Phys. Rev. E 97, 043301 (2018)); no closed form is known."""

_TEMPERATURES = {
    "square": 2 / log(1 + sqrt(2)),  # Kramers and Wannier 1941, Onsager 1944
    "triangular": 4 / log(3),  # Houtappel 1950, as the next
    "honeycomb": 2 / log(2 + sqrt(3)),
    "kagome": 4 / log(3 + 2 * sqrt(3)),  # Kano and Naya 1953
    "cubic": CUBIC.value,
}
_BIPARTITE = ("square", "honeycomb", "cubic")


def temperature(name: str, coupling: float = 1.0) -> float | None:
    """The critical temperature of an infinite lattice with one coupling between nearest neighbours and no field.

    In closed form but for the cubic lattice (see `CUBIC`). An antiferromagnet, coupling below 0, orders at the same
    temperature where the lattice has two halves. None where there is no order at any temperature above 0 (the chain, a
    frustrated antiferromagnet, no coupling), and for the checkerboard lattice, of which no value is known here. Raises
    `UnknownNameError` for another lattice.

    >>> temperature("square"), temperature("triangular"), temperature("triangular", -1.0)
    (2.269185314213022, 3.6409569065073493, None)
    """
    if name not in LATTICES:
        raise unknown("lattice", name, LATTICES)
    found = _TEMPERATURES.get(name)
    if found is None or not coupling or (coupling < 0 and name not in _BIPARTITE):
        return None
    return found * abs(coupling)
