"""`ground_state`: the J1-J2 magnet's ground state, with a network as its wave function."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from locality import zoo
from locality.engine.build import Model, build
from locality.engine.check import check_gradients
from locality.engine.weights import load_weights
from locality.errors import DescriptionError, RunError, ShapeError
from locality.lattice import Lattice
from locality.lattice.statistics import Estimate, autocorrelation_time, binned, effective_samples, r_hat
from locality.network.network import Network, network_of
from locality.quantum import folder as folders
from locality.quantum.configurations import drawn
from locality.quantum.hamiltonian import Hamiltonian, local_energies
from locality.quantum.memory import check_memory
from locality.quantum.observables import Observables, observables, v_score
from locality.quantum.optimise import Search, advance
from locality.quantum.published import Reference, reference
from locality.quantum.report import report
from locality.quantum.sampler import begin, sweep
from locality.quantum.signs import rule_for
from locality.quantum.state import State
from locality.quantum.suspicions import product_states, suspicions
from locality.quantum.vmc import VMC

Array = npt.NDArray[Any]
Progress = Callable[[dict[str, Any], int], None]
NO_NUMBER = (
    "step {}: the energy is no number, from the first step on. Use another seed, or begin with the weights of another "
    "run."
)
CALM = 1.0  # the spread of log psi over random configurations that an optimisation can begin from
SETTLE = 10  # sweeps, at least, from what the optimisation draws from to |psi|^2
ALIKE = 1e-4  # of the energy: local energies in single precision scatter by about so much
NOTHING = 1000  # times the rounding of one term: what a sum over a group is at least, if it is not zero


@dataclass(frozen=True, eq=False)
class GroundState:
    """What was found: the state, its energy per site with a standard error, and how far it can be trusted.

    `variance` is that of H over the number of sites, `v_score` N Var(H)/E^2 of totals; `acceptance`, `tau` (in
    sweeps), `r_hat` and `effective` (samples) are of the measurement at the end. `history` has a line for each step,
    `warnings` a sentence for each reason to doubt.
    """

    state: State
    hamiltonian: Hamiltonian
    vmc: VMC
    energy_per_site: Estimate
    variance: float
    acceptance: float
    tau: float | None
    r_hat: float | None
    effective: float | None
    observables: Observables
    reference: Reference | None
    warnings: tuple[str, ...]
    history: tuple[dict[str, Any], ...]
    seconds: float
    folder: Path | None

    @property
    def lattice(self) -> Lattice:
        """The lattice."""
        return self.state.lattice

    @property
    def j2(self) -> float:
        """J2, in units of J1."""
        return self.hamiltonian.j2

    @property
    def network(self) -> Network:
        """The network's description."""
        return self.state.model.network

    @property
    def v_score(self) -> float:
        """N Var(H)/E^2: 0 for an eigenstate, 1e-3 and less for good ones (Wu et al. 2024)."""
        sites = self.lattice.sites
        return v_score(self.energy_per_site.value * sites, self.variance * sites, sites)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data."""
        beside = None
        if self.reference is not None:
            energy, error = self.energy_per_site.value, self.energy_per_site.error
            off = energy - self.reference.energy_per_site
            beside = self.reference.to_dict() | {
                "relative_error": off / abs(self.reference.energy_per_site),
                "sigmas": off / error if error else None,
            }
        return folders.describe(self.state, self.hamiltonian, self.vmc) | {
            "network": self.network.name,
            "parameters": self.state.parameters,
            "kind": self.state.kind,
            "evaluator": self.state.evaluator,
            "energy_per_site": self.energy_per_site.value,
            "error": self.energy_per_site.error,
            "variance": self.variance,
            "v_score": self.v_score if np.isfinite(self.v_score) else None,  # of an energy of 0
            "acceptance": self.acceptance,
            "tau": self.tau,
            "r_hat": self.r_hat,
            "effective": self.effective,
            "reference": beside,
            "warnings": list(self.warnings),
            "history": list(self.history),
            "observables": self.observables.to_dict(),
            "seconds": self.seconds,
            "folder": None if self.folder is None else str(self.folder),
        }

    def __str__(self) -> str:
        return report(self.to_dict())

    def __repr__(self) -> str:
        return f"<GroundState of {self.lattice}, J2 = {self.j2:g}: {self.energy_per_site} per site>"


def ground_state(
    lattice: Lattice,
    j2: float,
    network: Network | Model | str = "nqs-resnet",
    vmc: VMC | None = None,
    signs: str | None = None,
    symmetry: str = "none",
    start: Any = None,
    out: str | Path | None = None,
    resume: bool = False,
    progress: Progress | None = None,
    pooling: str | None = None,
) -> GroundState:
    """The lowest energy that a network reaches as the wave function of the J1-J2 magnet, H = sum of S.S over
    neighbours + J2 times that over next neighbours, in the sector Sz = 0; measured anew at the end.

    `network` is a `Network` with input `lattice.shape` or its notation, a name of the zoo, or a `Model`, whose weights
    are begun with (it stays as it is). With complex weights psi is holomorphic; with two output channels it has a log
    modulus and a phase; with any other number it is real, and free to change sign. `pooling` gathers the places: "sum"
    of amplitudes, or their "product", which a holomorphic network has by default. `signs` is the sign rule (none,
    marshall, stripe; unless given, marshall where the lattice has two sublattices), `symmetry` the group that psi is
    projected on (none, translations, c4, c4v, flip, joined by +), `vmc` says how it is looked for.

    `start` begins with the weights of another run (its folder, or what this function returned): those of a small
    lattice serve a large one. With `out` the run is kept, every few seconds and at the end; with `resume` it goes on
    where it stopped, and ends where it would have ended; also for more `steps` than before, with the learning rate
    that so many steps have from there on. `progress` is told each step's line and the number of steps; where it raises
    `KeyboardInterrupt`, the run stops with that step kept.

    Raises `DescriptionError` for an odd number of sites, samples that memory cannot hold, a psi that is zero everywhere
    and `resume` without `out`, `ShapeError` for a network that does not fit and a lattice too small for J2,
    `UnknownNameError` for names, `RunError` for folders and for parameters before a majority rule.

    >>> found = ground_state(Lattice("square", 4), 0, vmc=VMC(steps=0, samples=64, measurements=2))
    >>> found.energy_per_site.exact
    -0.7017802005268036
    """
    vmc = VMC() if vmc is None else vmc
    if not isinstance(vmc, VMC):
        raise DescriptionError(f"vmc: {vmc!r} is no VMC. Give locality.VMC(steps=300), say.")
    if not (progress is None or callable(progress)):
        raise DescriptionError(
            f"progress: {progress!r} is no function. Give one that is told each step's line and the number of steps."
        )
    if resume and start is not None:
        raise DescriptionError("start: a run that goes on has its own weights. Leave start or resume out.")
    if not isinstance(out, str | Path | None):
        raise DescriptionError(f"out: {out!r} is no place for a folder. Give a path.")
    if resume and out is None:
        raise DescriptionError("resume: without a folder there is no run to go on with. Give the run's folder as out.")
    hamiltonian = Hamiltonian(lattice, j2)
    model = _model(lattice, network, vmc.seed)
    pooling = pooling or ("product" if model.network.dtype.startswith("complex") else "sum")
    state = State(model, lattice, rule_for(lattice) if signs is None else signs, symmetry, pooling)
    check_memory(state, vmc)
    check_not_zero(state, vmc.seed)
    if start is not None:
        load_weights(model, *folders.weights_of(start, state))
        state.refresh()
    elif not isinstance(network, Model):
        calm(state, vmc.seed)
    chains = begin(lattice, vmc.chains or vmc.samples, state.log_psi, vmc.seed)
    search = Search(hamiltonian, state, vmc, chains, _exchanged(hamiltonian))
    where = None if out is None else Path(out)
    if where is not None:
        folders.open_folder(where, search, resume)
    if not search.history:
        sweep(chains, search.pairs, state.log_psi, vmc.burn_in * lattice.sites, vmc.power(lattice.sites))
    keeper = folders.Keeper(where)
    doubt = _optimise(search, keeper, progress)
    found = _measured(search, where, doubt) or _measured(search, where, (_back(search, keeper),))
    if found is None:
        raise RunError(NO_NUMBER.format(len(search.history) + 1))
    if where is not None:
        folders.write_found(where, search, found.to_dict())
    return found


def _model(lattice: Lattice, network: Any, seed: int) -> Model:
    if isinstance(network, str):
        network = Network.from_text(network) if "|" in network else zoo.get(network, input=lattice.shape)
    model = deepcopy(network) if isinstance(network, Model) else build(network_of(network), seed)
    if not any(True for _ in model.parameters()):
        raise DescriptionError(f"{model.network.name}: it has no parameters to find. Give it a convolution, say.")
    check_gradients(model.network)
    return model.eval()  # the same psi each time: no dropout, norms with what they have seen


def _exchanged(hamiltonian: Hamiltonian) -> Array:
    """The pairs that the sampler exchanges: neighbours and next neighbours, where there are any, even if J2 is 0."""
    try:
        return Hamiltonian(hamiltonian.lattice, 1.0).pairs
    except ShapeError:
        return hamiltonian.pairs


def check_not_zero(state: State, seed: int) -> None:
    """Raises `DescriptionError` where the group leaves nothing of psi: where the sum over it is no more than the
    rounding of its terms. It would be optimised all the same, and its energy mean nothing."""
    configurations = _some(state.lattice, seed)
    with np.errstate(all="ignore"):
        _, shares = state.shares(configurations)
        cancelled = np.median(np.abs(shares).sum(1))  # the sum of the terms' sizes over the size of their sum
        zero = not cancelled * NOTHING * np.finfo(state.model.network.dtype).eps < 1
    if zero or (state.log_psi(configurations).real == -np.inf).all():
        hint = ""
        if "translations:" in state.symmetry:
            hint = " With periodic edges a network is the same for every shift: another wave takes other edges."
        elif "translations" in state.symmetry.split("+"):
            wave = ",".join(str(length // 2) for length in state.lattice.size)
            hint = f" The ground state may be a wave (translations:{wave}, say)."
        raise DescriptionError(
            f"{state.model.network.name}: psi is zero wherever it was asked. Use another symmetry or sign rule: these "
            f"leave nothing of it.{hint}"
        )


def calm(state: State, seed: int) -> None:
    """Make the last parameters smaller where log |psi| or its phase would begin spread over more than about 1: from a
    few configurations that outweigh all others nothing is learnt. Of a real psi the signs are no phase, nor are those
    of a rule."""
    plain = State(state.model, state.lattice, pooling=state.pooling)
    values = plain.log_psi(_some(state.lattice, seed))
    values = values[np.isfinite(values)]
    spread = float(max(np.std(values.real), 0 if state.kind == "real" else np.std(values.imag))) if values.size else 0.0
    last = [node for node in state.model.network.nodes if state.model.network.parameters(node)][-1]
    with torch.no_grad():
        for parameter in state.model.get_submodule(last.weights or last.name).parameters():
            parameter.mul_(min(1.0, CALM / spread) if spread > 0 else 1.0)
    state.refresh()


def _some(lattice: Lattice, seed: int) -> Array:
    """Configurations to look at psi with, before anything is sampled."""
    return drawn(lattice, 256, np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, 1]))))


def _optimise(search: Search, keeper: folders.Keeper, progress: Progress | None) -> tuple[str, ...]:
    """Take the steps that are left. Where the energy is no longer a number, go back to the last good state and stop;
    what happened is returned."""
    while len(search.history) < search.vmc.steps:
        line = advance(search)
        if line is None:
            return (_back(search, keeper),)
        keeper.keep(search, last=len(search.history) == search.vmc.steps)
        if progress is not None:
            try:
                progress(line, search.vmc.steps)
            except KeyboardInterrupt:
                keeper.keep(search, last=True)
                raise
    return ()


def _back(search: Search, keeper: folders.Keeper) -> str:
    """Return to the last good parameters, and say so. Raises `RunError` where there are none."""
    step = len(search.history) + 1
    if not search.good:
        raise RunError(NO_NUMBER.format(step))
    with torch.no_grad():
        for parameter, value in zip(search.state.model.parameters(), search.good, strict=True):
            parameter.copy_(value)
    search.state.refresh()
    search.chains.log_psi = search.state.log_psi(search.chains.configurations)
    search.previous = None
    keeper.keep(search, last=True)
    return (
        f"step {step}: the energy is no longer a number; the run stopped there, and went back to the state of step "
        f"{step - 1}. Use a smaller learning rate, or a larger shift."
    )


def _measured(search: Search, where: Path | None, doubt: tuple[str, ...]) -> GroundState | None:
    """Measure the state with plain |psi|^2, on chains of its own: the search can go on as if it had not been. None
    where its energy is no number."""
    begun = perf_counter()
    state, vmc, lattice = search.state, search.vmc, search.state.lattice
    chains = deepcopy(search.chains)
    sweep(chains, search.pairs, state.log_psi, max(vmc.burn_in, SETTLE) * lattice.sites)
    chains.tried = chains.made = 0
    drawn_spins, energies = [], []
    for _ in range(vmc.measurements):
        sweep(chains, search.pairs, state.log_psi, vmc.sweeps * lattice.sites)
        with np.errstate(all="ignore"):  # what is not finite is found here
            found_now = local_energies(search.hamiltonian, chains.configurations, state.log_psi, chains.log_psi)
        if not np.isfinite(found_now).all():
            return None
        drawn_spins.append(chains.configurations.copy())
        energies.append(found_now)
    each = np.stack(energies, axis=1) / lattice.sites  # (chains, measurements)
    series = each.real
    found, beside = binned(series), reference(lattice, search.hamiltonian.j2)
    exact = beside.energy_per_site if beside is not None and beside.kind == "exact" else None
    independent = effective_samples(series) or None
    spread = float(series.std()) > ALIKE * abs(found.value)  # neither frozen chains nor the rounding of an eigenstate
    apart = r_hat(series) if series.shape[1] >= 4 and spread else None
    variance = float((np.abs(each - each.mean()) ** 2).mean()) * lattice.sites
    doubt += suspicions(
        found.value,
        found.error,
        variance,
        products=product_states(lattice, search.hamiltonian.j2),
        exact=exact,
        bound=None if beside is None else beside.bound,
        r_hat=apart,
        effective=independent,
    )
    return GroundState(
        state,
        search.hamiltonian,
        vmc,
        Estimate(found.value, found.error, exact),
        variance,
        chains.acceptance,
        None if independent is None else vmc.sweeps * autocorrelation_time(series),
        apart,
        independent,
        observables(lattice, _in_groups(np.stack(drawn_spins, axis=1))),
        beside,
        doubt,
        tuple(search.history),
        sum(line["seconds"] for line in search.history) + perf_counter() - begun,
        where,
    )


def _in_groups(configurations: Array) -> Array:
    """Chains one after the other, so that about 32 remain: many short ones tell their errors no better."""
    groups = next(k for k in range(min(32, len(configurations)), 0, -1) if len(configurations) % k == 0)
    return configurations.reshape(groups, -1, configurations.shape[2])
