"""What a result of variational Monte Carlo gives away about itself: the signs that its energy cannot be trusted."""

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from locality.lattice import Lattice
from locality.quantum.signs import stripes

Array = npt.NDArray[Any]

NEAR = 1e-3  # of a product state's energy per site
STILL = 0.01  # variance per site; of a product state it is 0 as sampled, where H itself has half a bond number
APART = 1.1  # R-hat: the chains' means then scatter by almost half of the spread within a chain
BELOW = 4.0  # standard errors under what is exact: one in 30,000
ROUNDING = 1e-6  # of an energy per site from log amplitudes in float32
FEWEST = 100  # effective samples; an error from fewer is itself wrong by more than 7 %
WILD = 1.0  # a variance per site that a state found has not


def product_states(lattice: Lattice, j2: float) -> dict[str, float]:
    """The energies per site of the product states in which an optimisation gets stuck: one configuration alone, each
    bond with S.S = +-1/4. "Neel" where the lattice is bipartite, "stripes" on the square lattice where they fit.

    On the periodic square lattice, 2 bonds of each order for a site, they are -1/2 + J2/2 and -J2/2:

    >>> product_states(Lattice("square", 6), 0.5), product_states(Lattice("square", 4), 0)
    ({'Neel': -0.25, 'stripes': -0.25}, {'Neel': -0.5, 'stripes': 0.0})
    """
    patterns: dict[str, list[Array]] = {}
    if lattice.signs is not None:
        patterns["Neel"] = [lattice.signs]
    patterns["stripes"] = list(stripes(lattice).values())
    strengths = [(order, strength) for order, strength in ((1, 1.0), (2, float(j2))) if strength]
    return {
        name: min(sum(strength * _bonds(lattice, order, signs) for order, strength in strengths) for signs in found)
        for name, found in patterns.items()
        if found
    }


def suspicions(
    energy: float,
    error: float | None,
    variance: float,
    *,
    products: Mapping[str, float],
    exact: float | None = None,
    bound: float | None = None,
    r_hat: float | None = None,
    effective: float | None = None,
) -> tuple[str, ...]:
    """One sentence for each reason to doubt a result, and what to do about it; none where there is none.

    Energies, their standard `error` and the `variance` of H are per site. `products` are the product states' energies
    by name, `exact` is the ground state's where it is known, `bound` an energy under which none can be, `effective` the
    number of independent samples. What is None is not looked at.

    A variance that is nearly 0 is no proof of an eigenstate: samples that are all alike have it too.

    >>> print(*suspicions(-0.25, 0.0, 0.0, products={"stripes": -0.25}, exact=-0.5038))
    energy: -0.25 per site, 0.0000 from the product state "stripes" (-0.25) with a variance of 0: all samples are one \
configuration. Use another seed, a smaller learning rate, or begin with the weights of another run.
    """
    found = []
    for name, product in products.items():
        off = abs(energy - product)
        if off < NEAR and variance < STILL:
            found.append(
                f'energy: {energy:.6g} per site, {off:.4f} from the product state "{name}" ({product:.6g}) with a '
                f"variance of {variance:.2g}: all samples are one configuration. Use another seed, a smaller learning "
                f"rate, or begin with the weights of another run."
            )
            break
    if r_hat is not None and not r_hat <= APART:
        found.append(
            f"chains: R-hat is {r_hat:.4g}, above {APART:g}: the chains do not agree, and the error is too small. Use "
            f"more sweeps between samples, or more samples."
        )
    least, called = (exact, "the exact") if exact is not None else (bound, "the lower bound,")
    if least is not None and error is not None and energy < least - BELOW * error - ROUNDING:
        far = f"{(least - energy) / error:.1f} standard errors" if error else f"{least - energy:.2g}"
        found.append(
            f"energy: {energy:.6g} per site lies {far} below {called} {least:.6g}, where no state can be: the samples "
            f"miss a part of the state. Use more sweeps between samples, and more chains."
        )
    if error is None:
        found.append(
            "error: the samples are too few, or too much alike, for an error of the energy. Use more samples, or more "
            "sweeps between them."
        )
    elif effective is not None and effective < FEWEST:
        found.append(
            f"error: {effective:.0f} independent samples are fewer than {FEWEST}, so the error is itself uncertain. "
            f"Use more samples, or more sweeps between them."
        )
    if variance > max(WILD, energy**2):
        found.append(
            f"variance: {variance:.3g} per site, more than the energy squared: this is far from any eigenstate. Use a "
            f"smaller learning rate, a larger shift, or more samples."
        )
    return tuple(found)


def _bonds(lattice: Lattice, order: int, signs: Array) -> float:
    """The sum of S.S over the bonds of an order, per site, of spins +-1/2 with these signs."""
    start, end = lattice.bonds(order).T
    return float((signs[start].astype(int) * signs[end]).sum()) / (4 * lattice.sites)
