"""Markov chains of Ising spins: each method moves the chains of a state, and hands out their spins and energies."""

from collections.abc import Callable

from locality.lattice.samplers import bit_clusters, metropolis, multispin, swendsen_wang, wolff
from locality.lattice.samplers.problem import Problem, Series, Spins, State

Method = Callable[[Problem, float, State, int, int], tuple[Spins, Series]]


def _swendsen_wang(
    problem: Problem, temperature: float, state: State, samples: int, every: int
) -> tuple[Spins, Series]:
    served = bit_clusters.serves(problem)
    method: Method = bit_clusters.swendsen_wang if served else swendsen_wang.swendsen_wang
    return method(problem, temperature, state, samples, every)


def _wolff(problem: Problem, temperature: float, state: State, samples: int, every: int) -> tuple[Spins, Series]:
    method: Method = bit_clusters.wolff if bit_clusters.serves(problem) else wolff.wolff
    return method(problem, temperature, state, samples, every)


METHODS: dict[str, Method] = {
    "metropolis": metropolis.metropolis,
    "multispin": multispin.multispin,
    "swendsen-wang": _swendsen_wang,
    "wolff": _wolff,
}
