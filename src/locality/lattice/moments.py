"""Observables from a density of states, without overflow at any temperature."""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def observables(
    energies: Array, magnetisation: Array, log_counts: Array, sites: int, temperature: float
) -> dict[str, float]:
    """The names and values that `enumeration.exact` tells of, from rows of total energies, total magnetisations and the
    logarithms of how many configurations have them."""
    excited = (energies - energies.min()) / temperature
    logs = log_counts - excited
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    there = weights > 0  # elsewhere an energy over temperature may have overflowed
    weights, excited, energies = weights[there], excited[there], energies[there]
    m = np.abs(magnetisation[there]) / sites
    mean = float(weights @ excited)
    return {
        "energy": float(weights @ energies) / sites,
        "heat_capacity": float(weights @ (excited - mean) ** 2) / sites,
    } | of_magnetisation(m, weights, sites, temperature)


def of_magnetisation(m: Array, weights: Array, sites: int, temperature: float) -> dict[str, float]:
    """The observables of the magnetisation per site, from its values and their probabilities."""
    first, second, fourth = (float(weights @ np.abs(m) ** power) for power in (1, 2, 4))
    found = {
        "magnetisation": first,
        "magnetisation2": second,
        "magnetisation4": fourth,
        "susceptibility": sites * float(weights @ (np.abs(m) - first) ** 2) / temperature,
    }
    # Where only m = 0 is left Binder's ratio is 0/0; short of that its square may be too small for a float.
    return found | ({"binder": 1 - fourth / second / second / 3} if second else {})
