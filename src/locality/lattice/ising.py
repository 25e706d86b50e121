"""`ising`: equilibrium samples of Ising spins on a lattice, at one temperature or many, and what is needed to trust
them."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from math import isfinite
from numbers import Real
from operator import index
from pathlib import Path
from threading import Event, Lock
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError
from locality.lattice.lattice import Lattice
from locality.lattice.methods import Chains, Ladder, check_method, ladder, method_for
from locality.lattice.relaxation import LAST, Kept, Relaxation, apart, equilibrated, keep, relax
from locality.lattice.room import in_memory
from locality.lattice.samplers.problem import Problem
from locality.lattice.samples import Samples, Scan
from locality.lattice.saved import Arriving, provenance

Array = npt.NDArray[Any]
Progress = Callable[[int, int], None]
COLDEST = 1e-6
MOST = 16  # chains, where nobody says: short ones for a data set, long enough ones to be measured
MOST_CODED = 1024  # of the method that moves so many of them at once


@overload
def ising(
    lattice: Lattice,
    temperature: float,
    samples: int,
    method: str = ...,
    field: float = ...,
    coupling: float | Sequence[float] = ...,
    seed: int = ...,
    burn_in: int | None = ...,
    every: int | None = ...,
    chains: int | None = ...,
    out: str | Path | None = ...,
    progress: Progress | None = ...,
) -> Samples: ...
@overload
def ising(
    lattice: Lattice,
    temperature: Sequence[float] | Array,
    samples: int,
    method: str = ...,
    field: float = ...,
    coupling: float | Sequence[float] = ...,
    seed: int = ...,
    burn_in: int | None = ...,
    every: int | None = ...,
    chains: int | None = ...,
    out: str | Path | None = ...,
    progress: Progress | None = ...,
) -> Scan: ...
def ising(
    lattice: Lattice,
    temperature: Any,
    samples: int,
    method: str = "auto",
    field: float = 0.0,
    coupling: float | Sequence[float] = 1.0,
    seed: int = 0,
    burn_in: int | None = None,
    every: int | None = None,
    chains: int | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> Samples | Scan:
    """Samples of E = - J_1 sum_<ij> s_i s_j - J_2 sum_<<ij>> s_i s_j - ... - h sum_i s_i in equilibrium, k_B = 1:
    `Samples` at one temperature, a `Scan` at several.

    `coupling` is J_1, or a tuple with one for each neighbour order; above 0 is ferromagnetic. Methods are `wolff` and
    `swendsen-wang`, `metropolis` and the bit coded `multispin`, and `tempering`, which is Metropolis with neighbouring
    temperatures that swap. `auto` takes clusters, and tempering where the coupling is frustrated.

    Several `chains` run, half of them from an ordered start and half from a random one, until they agree, or for
    `burn_in` steps; then of so many steps one is kept, by what the autocorrelation time was, or of `every`. A step is a
    sweep over all sites, of Wolff one cluster. `samples` is what all chains give together. The same seed gives the
    same bits on any number of cores. With `out` the spins are written to that folder as they come, for what memory
    would not hold.

    Raises `DescriptionError` for a number that is none, a method that does not fit, and too little memory,
    `UnknownNameError` for a method that nobody knows, and `DataError` for a folder that cannot be written.

    >>> cold = ising(Lattice("square", 8), 1.5, samples=200)
    >>> cold.spins.shape, cold.equilibrated, abs(cold.energy.sigmas) < 5
    ((200, 1, 8, 8), True, True)
    """
    began = time.perf_counter()
    asked = _asked(lattice, temperature, samples, field, coupling, seed, burn_in, every)
    check_method(asked.problem, method)
    asked = replace(asked, chains=_chains(chains, asked.samples, MOST_CODED if method == "multispin" else MOST))
    shape = (len(asked.temperatures), asked.samples, *lattice.shape)
    if out is not None:
        with Arriving(out, shape if asked.several else shape[1:]) as arriving:
            return arriving.keep(_drawn(asked, method, arriving.spins.reshape(shape), progress, began))
    return _drawn(asked, method, in_memory(shape), progress, began)


@dataclass(frozen=True)
class _Asked:
    """What was asked for, checked."""

    problem: Problem
    temperatures: tuple[float, ...]
    several: bool
    samples: int
    seed: int
    burn_in: int | None
    every: int | None
    chains: int = 1


def _drawn(asked: _Asked, method: str, spins: Array, progress: Progress | None, began: float) -> Samples | Scan:
    count = len(asked.temperatures)
    methods = [method_for(asked.problem, one) if method == "auto" else method for one in asked.temperatures]
    telling = _Telling(asked.samples * count, progress)
    with ThreadPoolExecutor(cores()) as pool:
        if methods[0] == "tempering":
            drawn = _ladder(asked, spins, telling, pool)
        elif count == 1:
            drawn = [_one(asked, 0, methods[0], spins[0], telling, pool)]
        else:
            tasks = [pool.submit(_one, asked, k, methods[k], spins[k], telling, None) for k in range(count)]
            drawn = _results(tasks, telling)
    made = provenance(time.perf_counter() - began)
    problem = asked.problem
    found = tuple(
        Samples(
            problem.lattice, asked.temperatures[k], problem.coupling, problem.field, methods[k], asked.seed, spins[k],
            kept.energies, kept.magnetisations, kept.orders, burnt, every,
            equilibrated(relaxation, kept, problem.field), relaxation, made,
        )
        for k, (kept, relaxation, burnt, every) in enumerate(drawn)
    )  # fmt: skip
    return Scan(found, spins) if asked.several else found[0]


_Found = tuple[Kept, Relaxation, int, int]  # the samples, the way there, its steps, and the steps between samples


def _one(asked: _Asked, place: int, method: str, spins: Array, telling: "_Telling", pool: Executor | None) -> _Found:
    """The samples of one temperature."""
    started = max(2, asked.chains)  # one chain alone could be compared with none
    chains = Chains(asked.problem, asked.temperatures[place], method, started, (asked.seed, place), pool)
    last = max(LAST, 32 * asked.problem.lattice.sites) if method == "wolff" else LAST  # a cluster may be one site
    local = method in ("metropolis", "multispin")
    return _settled(asked, chains, 1, local, last, spins[None], telling)[0]


def _ladder(asked: _Asked, spins: Array, telling: "_Telling", pool: Executor) -> list[_Found]:
    """The samples of all temperatures, which swap."""
    rungs, places = ladder(asked.problem, asked.temperatures)
    chains = Ladder(asked.problem, rungs, places, max(2, asked.chains), (asked.seed,), pool)
    return _settled(asked, chains, len(places), True, LAST, spins, telling)


def _settled(
    asked: _Asked,
    chains: Chains | Ladder,
    temperatures: int,
    local: bool,
    last: int,
    spins: Array,
    telling: "_Telling",
) -> list[_Found]:
    def draw(samples: int, every: int) -> Any:
        telling.check()
        return chains.draw(samples, every)

    ways = relax(draw, asked.problem, max(2, asked.chains), temperatures, asked.burn_in, last)
    burnt = int(ways[0].at[-1]) if len(ways[0].at) else 0
    every = asked.every or apart(ways, local)
    chains.first(asked.chains)
    kept = keep(draw, asked.problem, spins, asked.chains, every, telling.more)
    return [(one, way, burnt, every) for one, way in zip(kept, ways, strict=True)]


class _Telling:
    """How many samples there are, told from whichever thread drew them; and whether to go on."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self.done, self.total, self.progress = 0, total, progress
        self.lock, self.stop = Lock(), Event()

    def check(self) -> None:
        if self.stop.is_set():
            raise KeyboardInterrupt

    def more(self, samples: int) -> None:
        with self.lock:
            self.done += samples
            if self.progress is not None:
                self.progress(self.done, self.total)


def _results(tasks: list[Future[_Found]], telling: _Telling) -> list[_Found]:
    """What the tasks give; when one fails, or Ctrl-C is pressed, the others stop."""
    try:
        wait(tasks, return_when=FIRST_EXCEPTION)
        for task in tasks:
            if task.done():
                task.result()
        return [task.result() for task in tasks]
    except BaseException:
        telling.stop.set()
        for task in tasks:
            task.cancel()
        raise


def cores() -> int:
    """How many threads draw at a time."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _asked(
    lattice: Any, temperature: Any, samples: Any, field: Any, coupling: Any, seed: Any, burn_in: Any, every: Any
) -> _Asked:
    if not isinstance(lattice, Lattice):
        raise DescriptionError(f'ising: {lattice!r} is no Lattice. Give one, such as Lattice("square", 32).')
    several = isinstance(temperature, Sequence | np.ndarray) and not isinstance(temperature, str)
    several = several and np.ndim(temperature) == 1
    temperatures = tuple(temperature) if several else (temperature,)
    if not temperatures:
        raise DescriptionError("ising: there is no temperature. Give one, or a list of them, such as 2.269.")
    for one in temperatures:
        if _number(one) is None or one <= 0:
            raise DescriptionError(
                f"ising: temperature {_shown(one)} is no finite number above 0. Give one, such as 2.269."
            )
        if not COLDEST <= one <= 1 / COLDEST:
            raise DescriptionError(
                f"ising: temperature {_shown(one)} is beyond what is drawn here. Give one from {COLDEST:g} to "
                f"{1 / COLDEST:g}, in units of the coupling."
            )
    listed = isinstance(coupling, Sequence | np.ndarray) and not isinstance(coupling, str)
    strengths = tuple(coupling) if listed else (coupling,)
    if any(_number(one) is None for one in strengths) or not any(strengths):
        raise DescriptionError(
            f"ising: coupling {coupling!r} is no coupling. Give a finite number that is not 0, such as 1, or a tuple "
            f"with one for each neighbour order, such as (1, 0.5)."
        )
    if _number(field) is None:
        raise DescriptionError(f"ising: field {field!r} is no finite number. Give one, such as 0.1.")
    count = _whole("samples", samples, 1)
    problem = Problem(lattice, tuple(float(one) for one in strengths), float(field))
    for order, strength in enumerate(problem.coupling, 1):
        if strength:
            lattice.bonds(order)  # refuses what does not fit the lattice
    return _Asked(
        problem,
        tuple(float(one) for one in temperatures),
        several,
        count,
        _whole("seed", seed, 0),
        None if burn_in is None else _whole("burn_in", burn_in, 0),
        None if every is None else _whole("every", every, 1),
    )


def _chains(given: Any, samples: int, most: int) -> int:
    """The chains among which the samples are divided evenly: as many as that can be, up to `most`."""
    if given is None:
        return max(count for count in range(1, most + 1) if samples % count == 0)
    chains = _whole("chains", given, 1)
    if samples % chains:
        fewer, more = samples - samples % chains, samples + chains - samples % chains
        near = f"{fewer} or {more}" if fewer else f"{more}"
        raise DescriptionError(
            f"ising: {chains} chains do not divide {samples} samples evenly. Ask for {near} samples, or leave chains "
            f"out."
        )
    return chains


def _number(value: Any) -> float | None:
    """The value as a float, if it is a finite number."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real | np.number):
        return None
    return float(value) if isfinite(float(value)) else None


def _whole(name: str, value: Any, least: int) -> int:
    try:
        number = None if isinstance(value, bool) else index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise DescriptionError(
            f"ising: {name} is {_shown(value)}, not a whole number of at least {least}. Give {name}={least} or more."
        )
    return number


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)
