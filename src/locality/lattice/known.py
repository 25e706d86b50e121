"""What is known exactly of an Ising model: of this very lattice, and of the infinite one."""

from collections.abc import Sequence

from locality.lattice import chain, kaufman, onsager
from locality.lattice.enumeration import countable, couplings, exact
from locality.lattice.lattice import Lattice
from locality.lattice.temperature import temperature_given


def known(
    lattice: Lattice, temperature: float, coupling: float | Sequence[float] = 1.0, field: float = 0.0
) -> dict[str, float]:
    """The observables of a finite lattice that are known exactly, named as in `enumeration.exact`.

    All of them by enumeration up to 25 sites, and for a chain of nearest neighbours by its transfer matrix; `energy`
    and `heat_capacity` of the periodic square lattice of nearest neighbours without a field (Kaufman), also for an
    antiferromagnet if its sides are even. Nothing else: an empty dict. Raises `DescriptionError` for a temperature or a
    coupling that is none.

    >>> known(Lattice("square", (16, 32)), 2.5)
    {'energy': -1.1179066172668213, 'heat_capacity': 0.965442477694919}
    >>> known(Lattice("cubic", 8), 2.5)
    {}
    """
    temperature = temperature_given("known", temperature)
    strengths = couplings(coupling)
    nearest = strengths[0] if not any(strengths[1:]) else None
    if lattice.name == "chain" and nearest is not None:
        return chain.finite(lattice.sites, temperature, nearest, field, lattice.periodic)
    if countable(lattice, strengths):
        return exact(lattice, temperature, strengths, field)
    if lattice.name != "square" or not lattice.periodic or not nearest or field:
        return {}
    if nearest > 0 or all(side % 2 == 0 for side in lattice.size):
        return _of_square(*kaufman.torus(lattice.size, temperature / abs(nearest)), abs(nearest))
    return {}


def infinite(
    lattice: Lattice, temperature: float, coupling: float | Sequence[float] = 1.0, field: float = 0.0
) -> dict[str, float]:
    """The observables of an endless lattice of this kind that are known exactly: `energy`, `heat_capacity` and
    `magnetisation` per site of the square lattice of nearest neighbours without a field (Onsager, Yang), and of the
    chain. An antiferromagnet has no magnetisation. Otherwise an empty dict. Raises what `known` raises.

    >>> infinite(Lattice("square", 16), 2.269185314213022)
    {'energy': -1.4142135623730951, 'heat_capacity': inf, 'magnetisation': 0.0}
    """
    temperature = temperature_given("infinite", temperature)
    strengths = couplings(coupling)
    nearest = strengths[0] if not any(strengths[1:]) else None
    if lattice.name == "chain" and nearest is not None:
        return chain.infinite(temperature, nearest, field)
    if lattice.name != "square" or not nearest or field:
        return {}
    reduced = temperature / abs(nearest)
    found = _of_square(onsager.energy(reduced), onsager.heat_capacity(reduced), abs(nearest))
    return found | {"magnetisation": onsager.magnetisation(reduced) if nearest > 0 else 0.0}


def _of_square(energy: float, heat_capacity: float, coupling: float) -> dict[str, float]:
    return {"energy": coupling * energy, "heat_capacity": heat_capacity}
