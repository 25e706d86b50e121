"""Means over Markov chains, and functions of means, with errors that know of the autocorrelation: from the scatter of
blocks that are longer than it, and lie each in one chain."""

from collections.abc import Callable, Sequence
from math import ceil, inf, isfinite, sqrt
from typing import Any

import numpy as np
from scipy.special import gammaincc

from locality.errors import DataError, ShapeError
from locality.lattice.autocorrelation import Series, autocorrelation_time, chains_of, effective_samples, integrated
from locality.lattice.equilibration import burn_in, r_hat
from locality.lattice.estimate import Estimate

__all__ = ["Estimate", "autocorrelation_time", "binned", "burn_in", "effective_samples", "jackknife", "r_hat"]

LEAST = 20  # blocks for an error, which is then known to one part in six
MOST = 200  # blocks: more make it no better than anybody needs
LENGTH = 5  # autocorrelation times in a block
STRANGE = 1e-6  # chains whose means scatter so much with less than this probability do not agree


def binned(series: Any) -> Estimate:
    """The mean of a series (chains, steps) or (steps,), and its standard error from the scatter of block means.

    Blocks are at least 5 integrated autocorrelation times long; what they still know of each other is added, as for a
    memory that fades exponentially. Where the chains do not agree, or are too short to tell their autocorrelation time,
    each chain is one block. The error is None with fewer than 20 blocks, and where the series never changes: nothing
    tells then how far off the mean may be. Raises `ShapeError` for an array that is no series, and `DataError` for an
    empty one or numbers that are not finite.

    >>> draw = np.random.Generator(np.random.PCG64(2))
    >>> print(binned(draw.normal(size=(4, 2500))))
    0.013(10)
    >>> print(binned(draw.normal(size=30)))
    -0.155 (too few samples for an error)
    """
    values = chains_of(series)
    return Estimate(float(values.mean()), _jackknifed(lambda mean: mean, [values])[1])


def jackknife(function: Callable[..., float], *series: Any) -> Estimate:
    """A function of the means of series, each (chains, steps) or (steps,), with its jackknife error.

    `function` takes one mean for each series and gives a number. It is computed from the means of all samples, and
    again without each block in turn: their scatter is the error, and their mean tells the bias of order 1/samples,
    which is taken out (Efron and Tibshirani, An Introduction to the Bootstrap, chapters 10 and 11). Blocks are those of
    `binned`, for the series that remembers longest. The error is None where there are too few blocks, where no series
    changes, and where the function is not finite. Raises `ShapeError` for series of different shapes, `DataError` for
    no series, and what `binned` raises.

    The square of a mean is too large by the variance of the mean, here about 4/100; the jackknife sees it:

    >>> few = 2 * np.random.Generator(np.random.PCG64(7)).normal(size=100)
    >>> round(float(np.mean(few)) ** 2 - jackknife(lambda mean: mean**2, few).value, 2)
    0.04
    """
    if not series:
        raise DataError("jackknife: no series was given. Give one for each mean that the function takes.")
    values = [chains_of(each) for each in series]
    shapes = [each.shape for each in values]
    if len(set(shapes)) > 1:
        raise ShapeError(
            f"jackknife: the series have different shapes, {', '.join(map(str, shapes))}. "
            f"Give the same chains and steps for each of them."
        )
    return Estimate(*_jackknifed(function, values))


def _jackknifed(function: Callable[..., float], values: Sequence[Series]) -> tuple[float, float | None]:
    whole = float(function(*(float(each.mean()) for each in values)))
    chains, steps = values[0].shape
    parts, dependence = _parts(values)
    count = chains * parts
    if count < LEAST or all(each.min() == each.max() for each in values):
        return whole, None
    starts = np.arange(parts) * steps // parts
    left = chains * steps - np.diff(starts, append=steps)
    without = [(each.sum() - np.add.reduceat(each, starts, axis=1)) / left for each in values]
    found = np.array([function(*means) for means in np.stack(without, axis=-1).reshape(count, -1).tolist()], float)
    if not isfinite(whole) or not np.isfinite(found).all():
        return whole, None
    error = sqrt((count - 1) * float(found.var()) * dependence)
    middle = np.average(found.reshape(chains, parts), weights=np.tile(left, (chains, 1)))  # of a mean, the mean itself
    return whole - (count - 1) * (float(middle) - whole), error


def _parts(values: Sequence[Series]) -> tuple[int, float]:
    """Into how many blocks to cut a chain, and the variance of the mean of all blocks, over what it would be if they
    were independent."""
    chains, steps = values[0].shape
    taus = [autocorrelation_time(each) for each in values]
    tau = max(taus)
    if tau == inf or any(map(_disagree, values)):
        return 1, 1.0
    parts = steps // max(ceil(LENGTH * tau), ceil(chains * steps / MOST))
    if parts < 2:
        return 1, 1.0
    # An AR(1) series has Var(block mean) = 2 tau Var (1 - (tau^2 - 1/4)/(tau length))/length.
    shared = max(0.0, tau * tau - 0.25) / (tau * steps / parts)
    return parts, 1 / (1 - shared)


def _disagree(values: Series) -> bool:
    """Whether the means of chains scatter more than the autocorrelation time within each allows."""
    chains, steps = values.shape
    scatter = chains * float(values.mean(axis=1).var())
    if chains == 1 or not scatter:
        return False
    within = values - values.mean(axis=1, keepdims=True)
    expected = 2 * integrated(within, chains) * float(within.var()) / steps
    return not expected or bool(gammaincc((chains - 1) / 2, scatter / expected / 2) < STRANGE)
