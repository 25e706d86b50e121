"""P(T), the mean output for "ordered" of a classifier, and the temperature T* where it crosses one half."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.lattice.estimate import Estimate

Array = npt.NDArray[Any]

REPLICAS = 200  # of the bootstrap: an error from so many is good to 5 %
_INSIDE = 0.1  # nearer to 0 or 1 than this, P says little about where it crosses one half
_LEAST = 6  # temperatures for a cubic
_NEWTON = 30  # steps to the root of a cubic
_FAILED = 0.1  # the share of replicas without a crossing beyond which there is no error


@dataclass(frozen=True, eq=False)
class Curve:
    """P(T) of one lattice size.

    `outputs` is (seeds, temperatures, chains): the mean output for "ordered" over the samples of each independent
    chain, for networks trained with each seed.
    """

    size: int
    temperatures: Array
    outputs: Array

    @cached_property
    def ordered(self) -> Array:
        """P at each temperature: the mean over chains and seeds."""
        return np.asarray(self.outputs.mean((0, 2)))

    @cached_property
    def replicas(self) -> Array:
        """P as other chains and other seeds might have given it, (REPLICAS, temperatures).

        A bootstrap: chains are drawn with replacement at each temperature, and seeds for all of them, one fewer than
        there are, which makes the variance of a mean come out right for few (Rao and Wu, J. Am. Stat. Assoc. 83, 231
        (1988)). One seed stays as it is.
        """
        seeds, temperatures, chains = self.outputs.shape
        draw = np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.size, seeds, temperatures, chains])))
        few = [np.full(count, 1 / count) for count in (seeds, chains)]
        of_seeds = draw.multinomial(max(seeds - 1, 1), few[0], REPLICAS) / max(seeds - 1, 1)
        if seeds == 1:
            of_seeds = np.ones((REPLICAS, 1))
        of_chains = draw.multinomial(max(chains - 1, 1), few[1], (REPLICAS, temperatures)) / max(chains - 1, 1)
        return np.asarray((np.tensordot(of_seeds, self.outputs, 1) * of_chains).sum(-1))

    @cached_property
    def errors(self) -> Array:
        """The standard error of P at each temperature."""
        return np.asarray(self.replicas.std(0))

    @cached_property
    def crossing(self) -> Estimate | None:
        """T*, where P = 1/2, with its bootstrap error; None where it does not cross."""
        return self._estimate(0)

    @cached_property
    def slope(self) -> Estimate | None:
        """dP/dT at T*, with its bootstrap error; None where P does not cross one half."""
        return self._estimate(1)

    def _estimate(self, which: int) -> Estimate | None:
        found = self._crossings[:, 0]
        if not np.isfinite(found).all():
            return None
        others = self._crossings[which, 1:]
        others = others[np.isfinite(others)]
        known = self.outputs.shape[2] > 1 and len(others) >= (1 - _FAILED) * REPLICAS
        return Estimate(float(found[which]), float(np.std(others)) if known else None)

    @cached_property
    def _crossings(self) -> Array:
        return crossings(self.temperatures, np.vstack([self.ordered, self.replicas]))

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "temperatures": self.temperatures.tolist(),
            "ordered": self.ordered.tolist(),
            "errors": self.errors.tolist(),
            "crossing": plain(self.crossing),
            "slope": plain(self.slope),
        }


def crossings(temperatures: Array, curves: Array) -> Array:
    """Where each of many curves P(T), (curves, temperatures), falling with rising temperatures, crosses one half, and
    its slope there: (2, curves), not a number where one does not.

    The logarithm of the odds, which is nearly straight where P is not, is fitted by a cubic around where the first
    curve crosses, so that noise between two neighbours does not decide; with fewer than six temperatures there, P is
    interpolated between the two next to the crossing.

    >>> temperatures = np.linspace(2.0, 2.6, 25)
    >>> curve = 1 / (1 + np.exp((temperatures - 2.3) / 0.05))
    >>> crossings(temperatures, curve[None]).round(6).ravel().tolist()
    [2.3, -5.0]
    """
    near = _between(temperatures, curves[0])[0]
    use = (curves[0] > _INSIDE) & (curves[0] < 1 - _INSIDE)
    if not np.isfinite(near) or use.sum() < _LEAST:
        return np.array([_between(temperatures, curve) for curve in curves]).T
    at, p = temperatures[use] - near, curves[0, use]
    scale, weights = float(np.abs(at).max()), np.sqrt(p * (1 - p))
    powers = np.vander(at / scale, 4, increasing=True)
    inside = np.clip(curves[:, use], _INSIDE / 10, 1 - _INSIDE / 10)
    cubics = (np.linalg.pinv(weights[:, None] * powers) @ (weights * np.log(inside / (1 - inside))).T)[::-1]
    places = np.zeros(len(curves))
    for _ in range(_NEWTON):
        places -= np.polyval(cubics, places) / np.polyval(_derivative(cubics), places)
        places = np.clip(places, -1, 1)
    slopes = np.polyval(_derivative(cubics), places) / (4 * scale)
    found = (np.abs(np.polyval(cubics, places)) < 1e-6) & (slopes < 0)
    return np.where(found, [near + scale * places, slopes], np.nan)


def _derivative(cubics: Array) -> Array:
    return np.array([[3], [2], [1]]) * cubics[:3]


def _between(temperatures: Array, p: Array) -> tuple[float, float]:
    """Where P crosses one half and its slope there, interpolated; where it does so several times, in their middle."""
    steps = np.flatnonzero((p[:-1] >= 0.5) & (p[1:] < 0.5))
    if not len(steps):
        return np.nan, np.nan
    slopes = (p[steps + 1] - p[steps]) / (temperatures[steps + 1] - temperatures[steps])
    return float((temperatures[steps] + (0.5 - p[steps]) / slopes).mean()), float(slopes.mean())


def plain(estimate: Estimate | None) -> dict[str, float | None] | None:
    """An estimate as plain data."""
    return None if estimate is None else {"value": estimate.value, "error": estimate.error}
