"""Metropolis sampling of |psi|^2, or of a lower power, at fixed magnetisation: pairs of spins change places, in many
chains at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from locality.lattice import Lattice
from locality.quantum.configurations import drawn

Array = npt.NDArray[Any]


@dataclass
class Chains:
    """Where every chain stands: configurations (chains, sites), log psi of each, the draws to come, and how many
    exchanges were tried and made since they were last counted."""

    configurations: Array
    log_psi: Array
    random: np.random.Generator
    tried: int = 0
    made: int = 0

    @property
    def acceptance(self) -> float:
        """The share of exchanges of antiparallel spins that were made."""
        return self.made / max(1, self.tried)


def begin(lattice: Lattice, chains: int, log_psi: Callable[[Array], Array], seed: int) -> Chains:
    """Chains at configurations drawn evenly; where psi is zero at one, it is drawn anew."""
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, chains])))
    configurations = drawn(lattice, chains, random)
    values = log_psi(configurations)
    for _ in range(100):
        empty = np.flatnonzero(~np.isfinite(values.real))
        if not empty.size:
            break
        configurations[empty] = drawn(lattice, len(empty), random)
        values[empty] = log_psi(configurations[empty])
    return Chains(configurations, values, random)


def sweep(
    chains: Chains, pairs: Array, log_psi: Callable[[Array], Array], proposals: int, exponent: float = 2.0
) -> None:
    """Advance every chain by so many proposals: a pair of `pairs` (pairs, 2), drawn evenly, is exchanged with
    probability min(1, |psi(s')/psi(s)|^exponent). A parallel pair leaves the configuration as it is, and is not
    evaluated."""
    count, sites = chains.configurations.shape
    for first in range(0, proposals, sites):  # a sweep's draws at a time, for their memory
        some = min(sites, proposals - first)
        drawn_pairs = chains.random.integers(len(pairs), size=(some, count))
        _exchange(chains, pairs[drawn_pairs], chains.random.random((some, count)), log_psi, exponent)


def _exchange(
    chains: Chains, proposed: Array, thresholds: Array, log_psi: Callable[[Array], Array], exponent: float
) -> None:
    """Try the pairs `proposed` (proposals, chains, 2), one after the other."""
    count = len(chains.configurations)
    for chosen, threshold in zip(proposed, thresholds, strict=True):
        every = np.arange(count)
        a, b = chains.configurations[every, chosen[:, 0]], chains.configurations[every, chosen[:, 1]]
        moved = np.flatnonzero(a != b)
        if not moved.size:
            continue
        found = chains.configurations[moved]
        row = np.arange(len(moved))
        found[row, chosen[moved, 0]], found[row, chosen[moved, 1]] = b[moved], a[moved]
        values = log_psi(found)
        with np.errstate(over="ignore", invalid="ignore"):
            ratio = np.exp(exponent * (values.real - chains.log_psi[moved].real))
        accepted = threshold[moved] < ratio  # a psi that is no number is never moved to
        taken = moved[accepted]
        chains.configurations[taken], chains.log_psi[taken] = found[accepted], values[accepted]
        chains.tried += len(moved)
        chains.made += len(taken)


def hopped(chains: Chains, pairs: Array, log_psi: Callable[[Array], Array], share: float) -> tuple[Array, Array]:
    """Where the chains stand, and log psi there, but that the first `share` of them is moved by one exchange, drawn
    evenly among the antiparallel pairs. The chains themselves stay."""
    count = hop_count(share, len(chains.configurations))
    found, values = chains.configurations.copy(), chains.log_psi.copy()
    if count:
        _hop(found[:count], pairs, chains.random.random(count))
        values[:count] = log_psi(found[:count])
    return found, values


def hop_count(share: float, chains: int) -> int:
    """How many of so many chains give a sample one exchange away."""
    return round(share * chains)


@njit(cache=True, nogil=True)
def _hop(configurations: Any, pairs: Any, draws: Any) -> None:
    for n in range(configurations.shape[0]):
        spins = configurations[n]
        count = 0
        for k in range(pairs.shape[0]):
            count += spins[pairs[k, 0]] != spins[pairs[k, 1]]
        left = int(draws[n] * count)
        for k in range(pairs.shape[0]):
            a, b = pairs[k, 0], pairs[k, 1]
            if spins[a] != spins[b]:
                if left == 0:
                    spins[a], spins[b] = spins[b], spins[a]
                    break
                left -= 1


def weights(log_psi: Array, exponent: float, hop: float, reached: Array) -> Array:
    """How much each configuration counts in a mean over |psi|^2: they add up to 1.

    A share `hop` of them was moved from |psi|^exponent by one exchange. q(s) is then (1 - hop) |psi(s)|^exponent + hop
    times what comes from its neighbours (`reached`, see `local_sums`), and the weight |psi(s)|^2/q(s).
    """
    logs = (2 - exponent) * log_psi.real
    found: Array = np.exp(logs - logs.max()) / (1 - hop + hop * reached)
    found /= found.sum()
    return found
