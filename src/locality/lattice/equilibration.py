"""When Markov chains have forgotten where they began."""

from math import inf, sqrt
from typing import Any

import numpy as np

from locality.errors import DataError
from locality.lattice.autocorrelation import Series, chains_of, integrated

_FEWEST = 4  # steps that can be halved
APART = 4.0  # standard errors between two parts that are still taken for one distribution


def burn_in(series: Any) -> int | None:
    """How many steps to drop from the front of a series (chains, steps) or (steps,); None if it has not equilibrated.

    Even chains are taken to have begun in one state and odd ones in another, such as ordered and random: what is left
    of the two must agree, and so must its first half and its second, within 4 standard errors. The cut is twice the one
    that leaves the mean with the smallest error (MSER: White, Simulation 69, 323 (1997)), so that the bias which that
    one leaves has gone too: the later one of the two kinds of start, at most half of the steps. Chains that are shorter
    than a few autocorrelation times tell nothing: None. Raises `ShapeError` and `DataError` as `autocorrelation_time`
    does.

    >>> draw = np.random.Generator(np.random.PCG64(3))
    >>> chains = draw.normal(size=(2, 1000))
    >>> chains[1] += 20 * np.exp(-np.arange(1000) / 10)
    >>> 40 < burn_in(chains) < 80
    True

    Steady chains that stand apart have not equilibrated, however long they are:

    >>> print(burn_in(draw.normal(size=(2, 1000)) + [[0.0], [1.0]]))
    None
    """
    values = chains_of(series)
    if values.min() == values.max():
        return 0
    if values.shape[1] < _FEWEST:
        return None
    starts = [values[0::2], values[1::2]] if len(values) > 1 else [values]
    cut = min(2 * max(_cut(group.mean(axis=0)) for group in starts), values.shape[1] // 2)
    rest = values[:, cut:]
    around = rest.copy()
    for group in (around[0::2], around[1::2]):  # a difference between them is no slow mode of each
        if len(group):
            group -= group.mean()
    tau = integrated(around, len(starts))
    if tau == inf:
        return None
    middle = rest.shape[1] // 2
    parts = [(rest[:, :middle], rest[:, middle:])] + ([(rest[0::2], rest[1::2])] if len(values) > 1 else [])
    variance = 2 * tau * float(around.var())
    agree = all(
        abs(one.mean() - other.mean()) <= APART * sqrt(variance * (1 / one.size + 1 / other.size))
        for one, other in parts
    )
    return cut if agree else None


def r_hat(series: Any) -> float:
    """How much wider all chains together are than one, (chains, steps) or (steps,): 1 where they agree, above 1.01
    where they should run longer.

    Each chain counts as two, its halves (split R-hat: Gelman and others, Bayesian Data Analysis, 3rd edition, equation
    11.4). Raises `DataError` for fewer than 4 steps, and what `autocorrelation_time` raises.

    >>> draw = np.random.Generator(np.random.PCG64(4))
    >>> [round(r_hat(draw.normal(size=(2, 1000)) + [[0.0], [apart]]), 1) for apart in (0.0, 2.0)]
    [1.0, 1.5]
    """
    values = chains_of(series)
    half = values.shape[1] // 2
    if values.shape[1] < _FEWEST:
        raise DataError(f"r_hat: {values.shape[1]} steps are too few to halve. Give at least 4.")
    halves = np.concatenate([values[:, :half], values[:, -half:]])
    within = float(halves.var(axis=1, ddof=1).mean())
    between = float(halves.mean(axis=1).var(ddof=1))
    if not within:
        return inf if between else 1.0
    return sqrt((half - 1) / half + between / within)


def _cut(mean: Series) -> int:
    """The steps whose loss makes the squared error of the mean of the rest smallest."""
    steps = len(mean)
    left = np.arange(steps, steps - steps // 2 - 1, -1)[: max(1, steps // 2)]
    around = mean - mean[steps // 2 :].mean()
    sums, squares = (np.cumsum(each[::-1])[::-1][: len(left)] for each in (around, around**2))
    return int(np.argmin((squares - sums**2 / left) / left**2.0))
