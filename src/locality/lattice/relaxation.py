"""Chains until they have forgotten their start, and then their samples: how long to wait, and how far apart to keep."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.lattice.samplers.problem import Problem, Series, Spins
from locality.lattice.statistics import autocorrelation_time, burn_in

Array = npt.NDArray[Any]
# So many samples, so many steps apart: spins (temperatures, samples, chains, sites), energies without the last axis.
Draw = Callable[[int, int], tuple[Spins, Series]]

FIRST, LAST = 128, 2**15  # steps after which the chains are looked at for the first and for the last time
RECORDS = 512  # at most so many points of the way to equilibrium are kept
PIECE = 2**25  # spins drawn at a time, at most
WORK = 2**28  # spins tried at a time, about: seconds, after which Ctrl-C is heard and progress told
LONG = 20  # autocorrelation times of the way to equilibrium, at least
FEWEST = 8  # kept samples of a chain by which equilibrium can be judged


@dataclass(frozen=True, eq=False)
class Relaxation:
    """The way to equilibrium: after so many steps, `at` (points,), the energies and the order parameter per site, each
    (chains, points). Even chains start ordered, odd ones at random."""

    at: Array
    energies: Array
    orders: Array

    def burn_in(self) -> int | None:
        """The points before equilibrium; None where it was not reached."""
        cuts = [burn_in(series) for series in (self.energies, self.orders)] if len(self.at) else [None]
        return None if None in cuts else max(cut for cut in cuts if cut is not None)

    def tau(self) -> float:
        """The autocorrelation time in steps, of the slower of the two; 0 where nothing was recorded, infinite where it
        was too short to tell."""
        if not len(self.at):
            return 0.0
        cut = self.burn_in()
        late = len(self.at) // 2 if cut is None else cut
        stride = float(self.at[1] - self.at[0]) if len(self.at) > 1 else float(self.at[0])
        return stride * max(autocorrelation_time(series[:, late:]) for series in (self.energies, self.orders))


@dataclass(frozen=True, eq=False)
class Kept:
    """Series of the kept samples of one temperature, each (chains, steps) and per site: the energy, the magnetisation
    with its sign, and the order parameter of the coupling, which for a ferromagnet is the magnetisation."""

    energies: Array
    magnetisations: Array
    orders: Array


def settled(way: Relaxation) -> bool:
    """Whether the chains agree, after long enough to tell how long they remember."""
    return way.burn_in() is not None and LONG * way.tau() <= int(way.at[-1])


def means(spins: Spins, signs: Array | None = None) -> Array:
    """The mean over the sites, (..., sites) -> (...), each with its sign if they are given."""
    if signs is None:
        return np.asarray(spins.mean(axis=-1))
    return np.asarray((spins.astype(np.float32) @ signs.astype(np.float32)) / spins.shape[-1], float)


def relax(
    draw: Draw, problem: Problem, chains: int, temperatures: int, wanted: int | None, last: int = LAST
) -> list[Relaxation]:
    """Run chains for `wanted` steps, or until at every temperature those from ordered and from random starts agree:
    FIRST steps, then twice as many, and so on up to `last`."""
    stride, done, goal = 1, 0, FIRST if wanted is None else wanted
    at = np.zeros(0, int)
    series = np.zeros((2, temperatures, chains, 0))
    while True:
        while done < goal:
            step = min(stride, goal - done)
            count = min(_piece(problem, chains * temperatures, step), (goal - done) // step)
            spins, energies = draw(count, step)
            orders = means(spins, problem.gauge)
            seen = np.stack([energies, orders if problem.field else np.abs(orders)])
            series = np.concatenate([series, np.moveaxis(seen, 2, -1)], axis=-1)
            at = np.concatenate([at, done + step * np.arange(1, count + 1)])
            done += step * count
            while len(at) > RECORDS:
                at, series, stride = at[1::2], series[..., 1::2], 2 * stride
        found = [Relaxation(at, series[0, place], series[1, place]) for place in range(temperatures)]
        if wanted is not None or all(map(settled, found)) or done >= last:
            return found
        goal = 2 * done


def keep(draw: Draw, problem: Problem, into: Array, chains: int, every: int, more: Callable[[int], None]) -> list[Kept]:
    """Draw samples into an array (temperatures, samples, *shape), one chain after the other, and give their series.
    `more` is told of so many new samples."""
    temperatures, samples = into.shape[:2]
    steps = samples // chains
    by_chain = into.reshape(temperatures, chains, steps, *into.shape[2:])
    series = np.empty((3, temperatures, chains, steps))
    piece = _piece(problem, chains * temperatures, every)
    for start in range(0, steps, piece):
        part = slice(start, min(start + piece, steps))
        spins, energies = draw(part.stop - start, every)
        by_chain[:, :, part] = np.moveaxis(problem.lattice.unflat(spins), 1, 2)
        gauge = problem.gauge
        plain = means(spins)
        orders = plain if gauge is None or abs(gauge.sum()) == len(gauge) else means(spins, gauge)
        series[..., part] = np.moveaxis(np.stack([energies, plain, orders]), 2, -1)
        more(spins.shape[1] * chains * temperatures)
    return [Kept(*series[:, place]) for place in range(temperatures)]


def equilibrated(relaxation: Relaxation, kept: Kept, field: float) -> bool:
    """Whether the chains had come to agree before the first sample was kept, or else agree in what was kept."""
    return settled(relaxation) or all(
        _steady(one) for one in (kept.energies, kept.orders if field else np.abs(kept.orders))
    )


def _steady(series: Array) -> bool:
    """Whether all chains agree, and their first steps move the mean by less than its error."""
    cut = burn_in(series) if series.shape[1] >= FEWEST else None
    if cut is None:
        return False
    rest = series[:, cut:]
    error = np.sqrt(2 * autocorrelation_time(rest) * rest.var() / rest.size)
    return bool(abs(series.mean() - rest.mean()) <= error)


def apart(relaxations: list[Relaxation], local: bool) -> int:
    """Steps from one kept sample to the next, so that hardly anything is left of the correlation; where spins are
    moved one by one at most 64, which near a critical temperature is not enough."""
    most = max((one.tau() for one in relaxations), default=0.0)
    enough = max(1, ceil(2 * most)) if isfinite(most) else int(relaxations[0].at[-1])
    return min(enough, 64) if local else enough


def _piece(problem: Problem, chains: int, every: int) -> int:
    """How many samples of all chains are drawn at a time."""
    spins = chains * problem.lattice.sites
    return max(1, min(PIECE // spins, WORK // (spins * every)))
