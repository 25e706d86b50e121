"""How far spins know of each other: the correlation function along the axes, and the correlation length."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, nan, pi, sin, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, rfft

from locality.errors import DataError, DescriptionError, ShapeError
from locality.lattice.estimate import Estimate
from locality.lattice.lattice import Lattice
from locality.lattice.size import times
from locality.lattice.statistics import binned, jackknife

Array = npt.NDArray[Any]
_AT_ONCE = 2**21  # spins that are floats at a time
_NOTHING = 1e-12  # of S(k): less than a single turned spin in all samples leaves


@dataclass(frozen=True)
class Correlation:
    """G(r) = <s_0 s_r> at the `distances` r, in units of the distance of nearest neighbours."""

    distances: tuple[float, ...]
    estimates: tuple[Estimate, ...]

    def to_dict(self) -> dict[str, Any]:
        """The function as plain data: `distance`, `value` and `error`, a list each."""
        return {
            "distance": list(self.distances),
            "value": [each.value for each in self.estimates],
            "error": [each.error for each in self.estimates],
        }

    def __str__(self) -> str:
        return "\n".join(f"{r:8.3f}  {g}" for r, g in zip(self.distances, self.estimates, strict=True))


def correlation(lattice: Lattice, spins: Any) -> Correlation:
    """The correlation function along the axes of the lattice, up to half of its shortest side, with errors as those of
    `statistics.binned`.

    `spins` is (samples, *lattice.shape), one chain, or (chains, samples, *lattice.shape). Each G(r) is the mean over
    the axes, and over all pairs of sites of one sublattice that lie r cells apart along the axis, round the edges of a
    periodic lattice; G(0) is 1. The magnetisation is not taken out. Raises `ShapeError` for spins of another shape, and
    `DataError` for none.

    >>> draw = np.random.Generator(np.random.PCG64(5))
    >>> print(correlation(Lattice("honeycomb", 4), draw.choice(np.array([-1, 1], np.int8), (500, 2, 4, 4))))
       0.000  1(0)
       1.732  0.0024(56)
       3.464  -0.0003(72)
    """
    chains = _chains(lattice, spins)
    cells = min(lattice.size) // 2 + 1
    found = np.empty((*chains.shape[:2], cells))
    for chain, some in _batches(chains):
        rows = [_products(chains[chain, some], lattice, axis)[:, :cells] for axis in range(lattice.dimension)]
        found[chain, some] = np.mean(rows, axis=0)
    step = float(np.linalg.norm(lattice.vectors[0]))
    return Correlation(
        tuple(step * r for r in range(cells)),
        (Estimate(1.0, 0.0, 1.0), *(binned(found[:, :, r]) for r in range(1, cells))),
    )


def length(lattice: Lattice, spins: Any) -> Estimate | None:
    """The correlation length by the second moment, sqrt(S(0)/S(k) - 1)/(2 sin(pi/L) |b|), with its jackknife error, in
    units of the distance of nearest neighbours.

    `spins` are as for `correlation`. S(k) = <|sum over sites of s exp(i k x)|^2>/sites at 0 and at the smallest k > 0
    along the axes, b the vector of the reciprocal lattice there (|b| = 1 on the square lattice); the mean over the axes
    where k is smallest. Without a field and above the critical temperature it tends to the length of the infinite
    lattice; below, where S(0) holds the magnetisation too, it grows with L. None where S(0) lies below S(k), as for an
    antiferromagnet, and where the spins of every sample agree. Raises `DescriptionError` for open edges, and what
    `correlation` raises.

    The periodic chain has sqrt(t)/(1 - t), t = tanh(J/T), however many sites it has: 3.66 at T = J.

    >>> walls = np.random.Generator(np.random.PCG64(6)).random((20000, 1, 16)) < 0.119203
    >>> chains = 1 - 2 * (walls.cumsum(axis=-1) % 2)
    >>> print(length(Lattice("chain", 16), chains[walls.sum(axis=-1)[:, 0] % 2 == 0]))
    3.664(51)
    """
    if not lattice.periodic:
        raise DescriptionError(
            f"{lattice}: the correlation length is that of a periodic lattice, whose waves fit its edges. "
            f"Use periodic=True, or look at the correlation function."
        )
    chains = _chains(lattice, spins)
    waves, scale = _longest_waves(lattice)
    uniform, waved = np.empty((2, *chains.shape[:2]))
    for chain, some in _batches(chains):
        sites = lattice.flat(chains[chain, some]).astype(np.float64)
        uniform[chain, some] = sites.sum(axis=1) ** 2 / lattice.sites
        waved[chain, some] = ((sites @ waves) ** 2).sum(axis=1) / lattice.sites

    found = jackknife(lambda still, wave: still / wave - 1 if wave > _NOTHING else nan, uniform, waved)
    excess, error = found.value, found.error
    if not isfinite(excess) or excess + 2 * (error or 0.0) < 0:
        return None
    value = sqrt(max(0.0, excess))
    if error is None:
        return Estimate(value / scale, None)
    # Downwards, where the root is steeper: near 0 it has no slope to go by.
    return Estimate(value / scale, (value - sqrt(excess - error) if excess > error else sqrt(error)) / scale)


def _products(spins: Array, lattice: Lattice, axis: int) -> Array:
    """The mean of s_x s_(x+r) over the sites x of each sample, (samples, r), by the Wiener-Khinchin theorem."""
    side = lattice.size[axis]
    period = side if lattice.periodic else 2 * side  # padded, so that nothing goes round
    power = np.abs(rfft(spins.astype(np.float64), period, axis=axis + 2)) ** 2
    rest = tuple(each for each in range(1, spins.ndim) if each != axis + 2)
    pairs = side if lattice.periodic else side - np.arange(side)
    found: Array = irfft(power.mean(axis=rest), period, axis=1)[:, :side] / pairs
    return found


def _longest_waves(lattice: Lattice) -> tuple[Array, float]:
    """The cosine and the sine of the longest waves along the axes, (sites, waves), so that the sum of the squares of
    what they make of spins is their mean over the axes; and 2 sin(|k|/2) for them, as on a square lattice."""
    reciprocal = np.linalg.inv(lattice.vectors).T
    scales = [2 * sin(pi / side) * float(np.linalg.norm(b)) for side, b in zip(lattice.size, reciprocal, strict=True)]
    longest = [axis for axis, scale in enumerate(scales) if scale < min(scales) * (1 + 1e-9)]
    phases = 2 * pi * lattice.positions @ (reciprocal[longest].T / np.array(lattice.size)[longest])
    return np.concatenate((np.cos(phases), np.sin(phases)), axis=1) / sqrt(len(longest)), min(scales)


def _batches(chains: Array) -> Iterator[tuple[int, slice]]:
    many = max(1, _AT_ONCE // max(1, chains[0, 0].size))
    for chain in range(len(chains)):
        for start in range(0, chains.shape[1], many):
            yield chain, slice(start, start + many)


def _chains(lattice: Lattice, spins: Any) -> Array:
    values = np.asarray(spins)
    lead = values.ndim - len(lattice.shape)
    if lead not in (1, 2) or values.shape[lead:] != lattice.shape:
        raise ShapeError(
            f"{lattice}: spins of shape {times(values.shape)} are not samples of it. "
            f"Give (samples, {', '.join(map(str, lattice.shape))}), with or without an axis of chains before."
        )
    if not values.size:
        raise DataError(f"{lattice}: spins of shape {times(values.shape)} hold no sample. Give at least one.")
    return values if lead == 2 else values[None]
