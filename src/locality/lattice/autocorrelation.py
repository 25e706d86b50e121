"""How long a Markov chain remembers: integrated autocorrelation times and what they leave of the samples."""

from math import inf
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft

from locality.errors import DataError, ShapeError

Series = npt.NDArray[np.float64]
LEAST = 20.0  # autocorrelation times in all samples
WINDOW = 6.0  # autocorrelation times; what an exponential has left beyond them is exp(-6)


def autocorrelation_time(series: Any) -> float:
    """The integrated autocorrelation time tau = 1/2 + sum over t >= 1 of rho(t), in steps: 0.5 for independent samples.

    `series` is (steps,), or (chains, steps) of independent chains with one distribution: products are taken
    within a chain, of deviations from the mean of all. The sum ends at the first t >= 3 and 6 tau(t) (Madras and Sokal,
    J. Stat. Phys. 50, 109 (1988), appendix C), and the bias from the mean being measured too is taken out (Wolff,
    Comput. Phys. Commun. 156, 143 (2004), equation 49). The mean of the chains has the variance
    2 tau Var/(chains steps).

    `inf` where no such t comes, as each chain is shorter than a few tau or the chains do not agree, and where all of
    them together hold less than 20 tau; 0.5 for a series that never changes. Raises `ShapeError` for an
    array that is no series and `DataError` for an empty one or numbers that are not finite.

    Samples that repeat the one before with probability 7/9 have rho(t) = (7/9)^t and tau = 4:

    >>> draw = np.random.Generator(np.random.PCG64(1))
    >>> fresh = draw.random((4, 20000)) < 2 / 9
    >>> last = np.maximum.accumulate(np.where(fresh, np.arange(20000), 0), axis=1)
    >>> repeated = np.take_along_axis(draw.normal(size=(4, 20000)), last, axis=1)
    >>> round(autocorrelation_time(repeated))
    4
    """
    return integrated(chains_of(series))


def effective_samples(series: Any) -> float:
    """How many independent samples have a mean as exact as this series (chains, steps) has: all of them divided by
    2 tau. 0 where the autocorrelation time is not known. Raises what `autocorrelation_time` raises.

    >>> effective_samples([1.0, 2.0])
    0.0
    """
    values = chains_of(series)
    return values.size / (2 * integrated(values))


def chains_of(series: Any) -> Series:
    """A series (steps,) or (chains, steps) as float64 (chains, steps). Raises `ShapeError` and `DataError`."""
    given = np.asarray(series)
    if given.ndim not in (1, 2):
        raise ShapeError(
            f"statistics: a series of shape {given.shape} is neither (steps,) nor (chains, steps). "
            f"Give one number for each step of each chain."
        )
    if not given.size:
        raise DataError(f"statistics: a series of shape {given.shape} has no samples. Give at least one.")
    if given.dtype.kind not in "biuf":
        raise DataError(f"statistics: a series of {given.dtype.name} holds no real numbers. Give numbers.")
    values = np.atleast_2d(given.astype(np.float64))
    wrong = values.size - int(np.isfinite(values).sum())
    if wrong:
        raise DataError(f"statistics: {wrong} of {values.size} samples are not finite. Find where they come from.")
    return values


def autocovariance(values: Series) -> Series:
    """Gamma(t), t = 0 ... steps - 1, of chains (chains, steps) about their common mean: the mean over all pairs of
    samples t steps apart in one chain."""
    chains, steps = values.shape
    around = values - values.mean()
    length = next_fast_len(2 * steps, real=True)
    power = np.zeros(length // 2 + 1)
    for chain in around:
        power += np.abs(rfft(chain, length)) ** 2
    found: Series = irfft(power, length)[:steps] / (chains * np.arange(steps, 0, -1))
    return found


def integrated(values: Series, means: int = 1) -> float:
    """The integrated autocorrelation time of a series from which so many means of its parts were taken."""
    if values.min() == values.max():
        return 0.5
    steps = values.shape[1]
    gamma = autocovariance((values - values.mean()) / np.ptp(values))
    tau = np.cumsum(gamma) / gamma[0] - 0.5
    closed = np.flatnonzero(np.arange(steps) >= WINDOW * np.maximum(tau, 0.5))
    if not len(closed):
        return inf
    window = int(closed[0])
    # The mean is measured too, so Gamma(t) misses Var(mean) = 2 tau Gamma(0)/samples at every t.
    found = max(float(tau[window]) * (1 + means * (2 * window + 1) / values.size), 1 / (2 * values.size))
    return found if LEAST * found <= values.size else inf
