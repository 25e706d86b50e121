"""One step of the optimisation: sample, local energies, derivatives, solve, move the parameters."""

from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from locality.quantum.gradient import log_derivatives
from locality.quantum.hamiltonian import Hamiltonian, local_sums
from locality.quantum.sampler import Chains, hop_count, hopped, sweep, weights
from locality.quantum.solve import stacked, step
from locality.quantum.state import State
from locality.quantum.vmc import VMC

Array = npt.NDArray[Any]


@dataclass
class Search:
    """Where an optimisation stands: the state, the chains, the step before (for its momentum), a line for each step."""

    hamiltonian: Hamiltonian
    state: State
    vmc: VMC
    chains: Chains
    pairs: Array  # that the sampler exchanges
    previous: Tensor | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    good: list[Tensor] = field(
        default_factory=list
    )  # parameters: the last ones whose energy was a number, before what was made of them


def advance(search: Search) -> dict[str, Any] | None:
    """Take one step, and return its line; None where the energy is no number: the parameters are then as before."""
    vmc, state = search.vmc, search.state
    sites = state.lattice.sites
    exponent = vmc.power(sites)
    marks = [perf_counter()]
    search.chains.tried = search.chains.made = 0
    chains, parts = len(search.chains.configurations), []
    for _ in range(vmc.samples // chains):
        sweep(search.chains, search.pairs, state.log_psi, vmc.sweeps * sites, exponent)
        parts.append(hopped(search.chains, search.hamiltonian.pairs, state.log_psi, vmc.hop))
    configurations, log_psi = (np.concatenate(some) for some in zip(*parts, strict=True))
    there = log_psi.real > -np.inf  # an exchange may lead to where psi is zero: such a sample counts for nothing
    there |= np.isnan(log_psi)
    configurations, log_psi = configurations[there], log_psi[there]
    marks.append(perf_counter())
    with np.errstate(all="ignore"):  # what is not finite is found below
        energies, reached = local_sums(search.hamiltonian, configurations, state.log_psi, log_psi, exponent)
        counts = weights(log_psi, exponent, hop_count(vmc.hop, chains) / chains, reached)
        mean = complex((counts * energies).sum())
        variance = float((counts * np.abs(energies - mean) ** 2).sum())
        error = float(np.sqrt((counts**2 * np.abs(energies - mean) ** 2).sum()))
    if not np.isfinite([mean, variance, error]).all():
        return None
    near, clipped = within(energies, vmc.clip)
    marks.append(perf_counter())
    derivatives = log_derivatives(state, configurations)
    marks.append(perf_counter())
    rows, errors = stacked(derivatives, torch.from_numpy(near), torch.from_numpy(counts))
    found = step(rows, errors, vmc.shift, vmc.solver, vmc.cutoff, vmc.momentum, search.previous)
    norm = float(found.norm())
    if not np.isfinite(norm):
        return None
    search.good = [parameter.detach().clone() for parameter in state.model.parameters()]
    rate = vmc.rate(len(search.history))
    move(state, found, rate)
    search.previous = found
    search.chains.log_psi = state.log_psi(search.chains.configurations)
    marks.append(perf_counter())
    split = dict(zip(("sampling", "energies", "gradients", "solve"), np.diff(marks).tolist(), strict=True))
    line = {
        "step": len(search.history) + 1,
        "energy": mean.real / sites,
        "error": error / sites,
        "imaginary": mean.imag / sites,
        "variance": variance / sites,
        "acceptance": search.chains.acceptance,
        "effective": float(1 / (counts**2).sum()),
        "clipped": clipped,
        "learning_rate": rate,
        "norm": norm,
        "seconds": marks[-1] - marks[0],
        "split": split,
    }
    search.history.append(line)
    return line


def within(energies: Array, clip: float) -> tuple[Array, int]:
    """Local energies with those further than `clip` mean deviations from the median moved there, and how many were."""
    if not clip:
        return energies, 0
    centre = np.median(energies.real)
    off = energies - centre
    size = np.abs(off)
    most = clip * size.mean()
    outside = size > most
    return np.where(outside, centre + off * (most / np.where(outside, size, 1)), energies), int(outside.sum())


def move(state: State, found: Tensor, rate: float) -> None:
    """Take a step down: the parameters less the rate times it."""
    place = 0
    with torch.no_grad():
        for parameter in state.model.parameters():
            part = found[place : place + parameter.numel()].reshape(parameter.shape)
            parameter.sub_((rate * part).to(parameter.dtype))
            place += parameter.numel()
    state.refresh()
