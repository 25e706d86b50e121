"""Sign rules: signs known beforehand, (-1) to the number of up spins on part of the sites."""

from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, unknown
from locality.lattice import Lattice

Array = npt.NDArray[Any]

SIGN_RULES = ("none", "marshall", "stripe")


def sign_mask(lattice: Lattice, rule: str) -> Array:
    """The sites whose up spins count, bool (sites,): one sublattice (`marshall`: the exact signs of a bipartite
    antiferromagnet, Marshall 1955), every other row (`stripe`: those of large J2 on the square lattice), or no site.

    Raises `UnknownNameError` for another rule, `DescriptionError` for a lattice that has no such half.

    >>> sign_mask(Lattice("square", 4), "marshall").sum(), sign_mask(Lattice("square", 4), "none").sum()
    (np.int64(8), np.int64(0))
    """
    if rule not in SIGN_RULES:
        raise unknown("sign rule", rule, SIGN_RULES)
    if rule == "none":
        return np.zeros(lattice.sites, bool)
    if rule == "marshall":
        if lattice.signs is None:
            raise DescriptionError(
                f"{lattice}: it is not bipartite, so the marshall rule has no meaning there. Use the sign rule none."
            )
        return np.asarray(lattice.signs) > 0
    if 0 not in stripes(lattice):
        raise DescriptionError(
            f"{lattice}: the stripe rule is for the square lattice with an even number of rows. Use the sign rule none."
        )
    return stripes(lattice)[0] > 0


def stripes(lattice: Lattice) -> dict[int, Array]:
    """The patterns of the square lattice whose sign changes from cell to cell along an axis, int8 (sites,), by that
    axis; those that do not fit, and those of other lattices, are not there.

    >>> stripes(Lattice("square", (3, 4)))
    {1: array([ 1, -1,  1, -1,  1, -1,  1, -1,  1, -1,  1, -1], dtype=int8)}
    """
    if lattice.name != "square":
        return {}
    cells = np.indices(lattice.size, np.int8).reshape(2, -1)
    fitting = [axis for axis, side in enumerate(lattice.size) if side > 1 and not (lattice.periodic and side % 2)]
    return {axis: 1 - 2 * (cells[axis] % 2) for axis in fitting}


def rule_for(lattice: Lattice) -> str:
    """The rule that is used unless another is asked for: marshall, and none where that has no meaning."""
    return "none" if lattice.signs is None else "marshall"


def signs_of(configurations: Array, mask: Array) -> Array:
    """The sign of each configuration (n, sites): +1 or -1, int8 (n,).

    >>> mask = sign_mask(Lattice("chain", 4), "marshall")
    >>> signs_of(np.array([[1, -1, 1, -1], [1, 1, -1, -1]], np.int8), mask)
    array([ 1, -1], dtype=int8)
    """
    up = (configurations[..., mask] > 0).sum(-1)
    signs: Array = (1 - 2 * (up % 2)).astype(np.int8)
    return signs
