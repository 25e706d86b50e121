"""The Ising chain of any length, with a field, periodic or open, by its transfer matrix (Kramers and Wannier, Phys.
Rev. 60, 252 (1941))."""

from math import exp, hypot, sinh, sqrt, tanh
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from locality.lattice.moments import of_magnetisation
from locality.lattice.temperature import temperature_given

Array = npt.NDArray[Any]
_SPINS = np.array([1.0, -1.0])
_LONGEST = 2**11  # sites of a chain whose magnetisation is told too: its work grows with the square
_LOST = 745.0  # of exp(-x), which is 0 beyond


def finite(
    sites: int, temperature: float, coupling: float = 1.0, field: float = 0.0, periodic: bool = True
) -> dict[str, float]:
    """The observables of a chain of so many sites, named as in `enumeration.exact`; of more than 2048 sites only
    `energy` and `heat_capacity`. On a periodic ferromagnetic chain without a field also the `correlation_length` by the
    second moment, sqrt(t)/(1 - t) with t = tanh(J/T) for any number of sites. Raises `DescriptionError` for a
    temperature that is none.

    >>> round(finite(1000, 1.0)["energy"], 6), round(finite(1000, 1.0)["magnetisation"], 4)
    (-0.761594, 0.0686)
    """
    temperature = temperature_given("chain", temperature)
    lowest, excited = _excited(temperature, coupling, field)
    ends = np.minimum((abs(field) - field * _SPINS) / 2 / temperature, _LOST)
    links = sites if periodic else sites - 1
    mean = _moments(links, excited, ends, periodic, 0.0)[0] / links
    rest, variance = _moments(links, excited, ends, periodic, mean)
    ground = links * lowest - (0.0 if periodic else abs(field))
    found = {
        "energy": (ground + (links * mean + rest) * temperature) / sites,
        "heat_capacity": max(0.0, variance) / sites,
    }
    if sites <= _LONGEST:
        m = 1 - 2 * np.arange(sites + 1) / sites
        found |= of_magnetisation(m, _downs(sites, excited, ends, periodic), sites, temperature)
    return found | (_length(temperature, coupling, field) if periodic else {})


def infinite(temperature: float, coupling: float = 1.0, field: float = 0.0) -> dict[str, float]:
    """What an endless chain has: `energy`, `heat_capacity` and |`magnetisation`| per site, and `correlation_length` as
    in `finite`. It orders at no temperature, but the smallest field turns all of a cold one:

    >>> [round(infinite(0.3, field=field)["magnetisation"], 3) for field in (0.0, 0.01)]
    [0.0, 0.999]
    """
    temperature = temperature_given("chain", temperature)
    lowest, excited = _excited(temperature, coupling, field)
    weights = np.exp(-excited)
    values, vectors = np.linalg.eigh(weights)
    other, top = vectors.T
    first = -(excited * weights) @ top / values[1]
    slope, across = float(top @ first), float(other @ first)
    bend = float(top @ (excited**2 * weights) @ top / values[1])
    gap = float((values[1] - values[0]) / values[1])
    if gap:
        bend += 2 * across**2 / gap
    reduced = sinh(min(abs(field) / temperature, 300.0))
    found = {
        "energy": lowest - slope * temperature,
        "heat_capacity": max(0.0, bend - slope**2),
        "magnetisation": reduced / hypot(reduced, exp(max(-2 * coupling / temperature, -300))) if reduced else 0.0,
    }
    return found | _length(temperature, coupling, field)


def _excited(temperature: float, coupling: float, field: float) -> tuple[float, Array]:
    """The lowest energy of a bond with half of the field at its two ends, and how far the four pairs of spins lie above
    it, over the temperature."""
    bond = -coupling * np.outer(_SPINS, _SPINS) - field / 2 * (_SPINS[:, None] + _SPINS)
    return float(bond.min()), np.minimum((bond - bond.min()) / temperature, _LOST)


def _length(temperature: float, coupling: float, field: float) -> dict[str, float]:
    if coupling <= 0 or field or coupling / temperature > _LOST / 4:
        return {}
    return {"correlation_length": sqrt(tanh(coupling / temperature)) * (1 + exp(2 * coupling / temperature)) / 2}


def _moments(links: int, excited: Array, ends: Array, periodic: bool, middle: float) -> tuple[float, float]:
    """The mean and the variance of the energy over the temperature, less `middle` for each link: the derivatives of
    ln Z by a factor b before it, from a power of [[W, W', W''/2], [0, W, W'], [0, 0, W]]."""
    around = excited - middle
    weights = np.exp(-excited)
    weights /= np.abs(np.linalg.eigvals(weights)).max()
    jet = (weights, -around * weights, around**2 / 2 * weights)
    zero = np.zeros((2, 2))
    rows = [np.concatenate([zero] * row + list(jet[: 3 - row]), axis=1) for row in range(3)]
    power = np.linalg.matrix_power(np.concatenate(rows), links)[:2].reshape(2, 3, 2).transpose(1, 0, 2)
    if periodic:
        value, first, half = (float(np.trace(each)) for each in power)
    else:
        edge = np.exp(-ends)
        sides = [edge, -ends * edge, ends**2 / 2 * edge]
        value, first, half = (
            sum(
                float(sides[a] @ power[b] @ sides[order - a - b])
                for a in range(order + 1)
                for b in range(order + 1 - a)
            )
            for order in range(3)
        )
    slope = first / value
    return -slope, 2 * half / value - slope**2


def _downs(sites: int, excited: Array, ends: Array, periodic: bool) -> Array:
    """The probability of each number of spins that are down, by counting in how many ways they fall into runs: no
    difference is taken, so that the rarest keeps its digits."""
    logs = np.array([_of_runs(sites, down, excited, ends, periodic) for down in range(sites + 1)])
    weights = np.exp(logs - logs.max())
    result: Array = weights / weights.sum()
    return result


def _of_runs(sites: int, down: int, excited: Array, ends: Array, periodic: bool) -> float:
    """The logarithm of the weight of all configurations with so many spins down."""
    up = sites - down
    if not up or not down:
        spin = int(down > 0)
        links = sites if periodic else sites - 1
        return float(-links * excited[spin, spin] - (0 if periodic else 2 * ends[spin]))
    runs = np.arange(1, min(up, down) + 1)  # of each kind
    cuts = _log_choose(up - 1, runs - 1), _log_choose(down - 1, runs - 1)
    inside = -(up - runs) * excited[0, 0] - (down - runs) * excited[1, 1]
    if periodic:
        return _log_sum(np.log(sites / runs) + cuts[0] + cuts[1] + inside - 2 * runs * excited[0, 1])
    parts = [np.log(2) + cuts[0] + cuts[1] + inside - (2 * runs - 1) * excited[0, 1] - ends.sum()]
    for spin, many in enumerate((up, down)):  # one run more of the spin at both ends
        fewer = runs[runs < many]
        more = inside[: len(fewer)] + excited[spin, spin] - 2 * fewer * excited[0, 1] - 2 * ends[spin]
        parts.append(_log_choose(many - 1, fewer) + cuts[1 - spin][: len(fewer)] + more)
    return _log_sum(np.concatenate(parts))


def _log_choose(many: int, some: Array) -> Array:
    found: Array = gammaln(many + 1) - gammaln(some + 1) - gammaln(many - some + 1)
    return found


def _log_sum(logs: Array) -> float:
    top = logs.max()
    return float(top + np.log(np.exp(logs - top).sum()))
