"""How fast is a step of variational Monte Carlo: locality and NetKet side by side on the J1-J2 model at J2 = 0.5.

The network is nqs-resnet (3x3 convolutions with periodic edges), the sign rule Marshall's, the optimiser stochastic
reconfiguration over samples (MinSR); network, initial weights, samples, chains and exchanges between samples are the
same. NetKet proposes antiparallel pairs alone, and locality evaluates only those of all pairs that it draws: NetKet is
asked for as many evaluated exchanges as locality makes on average, N^2 / (2 (N - 1)) a sweep. Before any timing log psi
and the local energies of NetKet's first samples are compared with ours; where they differ, nothing is timed.

Four comparisons, each at 4x4, 6x6 and 10x10: both in single precision, both in double precision, with the fastest
form of NetKet that was found on two cores (512 configurations at once, its experimental kernel that packs connected
configurations, the whole matrix of gradients, of log |psi| alone; the linear system, as ours, in double precision);
and NetKet as it comes, in single and in double precision: whole batches, no packing, gradients on the fly, of a phase
too, five samples a chain discarded before those that count. Both take turns in one run; medians over rounds, with the
least and the most. NetKet's parts are timed one by one, by its public functions; its step is one of its driver. In
double precision it takes minutes a step: two rounds at 6x6, one at 10x10 with a quarter of the samples.

    python benchmarks/vmc_speed.py --peers PYTHON     an hour on two idle cores
    python benchmarks/vmc_speed.py --smoke            seconds; its numbers mean nothing

PYTHON is one with netket; without it there are no columns of its own.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from locality import zoo
from locality.engine.build import build
from locality.lattice import Lattice
from locality.network.network import Network
from locality.quantum.ground_state import ground_state
from locality.quantum.hamiltonian import Hamiltonian, local_energies
from locality.quantum.state import State
from locality.quantum.vmc import VMC

PEER = Path(__file__).parent / "peers" / "netket_vmc.py"
J2 = 0.5
PARTS = ("sampling", "energies", "gradients", "solve")
FASTEST = {"mode": "real", "packed": True, "chunk": 512, "lazy": False, "chunk_backward": 1024, "discarded": 0}
AS_IT_COMES = {"mode": None, "packed": False, "chunk": None, "lazy": True, "chunk_backward": None, "discarded": 5}

Row = dict[str, float]
Ask = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """What is compared: our numbers' type, theirs, how NetKet is set up, the largest side for which that fits."""

    name: str
    ours: str
    theirs: str
    form: dict[str, Any]
    largest: int = 10


CASES = (
    Case("single precision", "float32", "float32", FASTEST),
    Case("double precision", "float64", "float64", FASTEST),
    # At 10x10 NetKet's whole batches take tens of gigabytes.
    Case("single precision, NetKet as it comes", "float32", "float32", AS_IT_COMES, largest=6),
    Case("as they come", "float32", "float64", AS_IT_COMES, largest=6),
)


@contextmanager
def peers(python: str | None) -> Iterator[Ask | None]:
    """A function that asks NetKet, in a process for each precision, which begins when it is first asked for; None
    without it."""
    started: dict[str, subprocess.Popen[str]] = {}

    def ask(precision: str, **request: object) -> dict[str, Any]:
        if precision not in started:
            command = [str(python), str(PEER), precision]
            started[precision] = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        process = started[precision]
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return answer

    try:
        yield ask if python else None
    finally:
        for process in started.values():
            process.communicate()


@cache
def network(side: int, dtype: str) -> Network:
    given = zoo.get("nqs-resnet", input=(1, side, side))
    return Network(given.name, given.input, nodes=given.nodes, dtype=dtype)


def ours(side: int, dtype: str, vmc: VMC) -> Row:
    """Seconds of a step and its parts, the median over the steps of a run without its first."""
    lines: list[dict[str, Any]] = []
    ground_state(Lattice("square", side), J2, network(side, dtype), vmc, progress=lambda line, _: lines.append(line))
    rest = lines[1:]
    row = {part: statistics.median(line["split"][part] for line in rest) for part in PARTS}
    return row | {"step": statistics.median(line["seconds"] for line in rest)}


def theirs(ask: Ask, precision: str) -> Row:
    parts = ask(precision, do="parts")
    return parts | {"step": ask(precision, do="steps", steps=1)["seconds"][0]}


def set_up(ask: Ask, case: Case, side: int, vmc: VMC) -> dict[str, Any]:
    """NetKet at the beginning of a run, everything compiled."""
    sites, chains = side * side, vmc.chains or vmc.samples
    evaluated = sites * sites / (2 * (sites - 1))
    model = build(network(side, case.theirs), seed=vmc.seed)
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/weights.npz", **{name: value.numpy() for name, value in model.state_dict().items()})
        return ask(
            case.theirs,
            do="build",
            side=side,
            j2=J2,
            network=json.loads(network(side, case.theirs).to_json()),
            weights=f"{folder}/weights.npz",
            samples=vmc.samples,
            chains=chains,
            proposals=round(vmc.sweeps * evaluated),
            learning_rate=vmc.learning_rate,
            shift=vmc.shift,
            momentum=vmc.momentum,
            seed=vmc.seed + 1,
            **case.form,
        )


def apart(theirs: dict[str, Any], case: Case, side: int, seed: int) -> tuple[float, float]:
    """How far log psi and the local energies of NetKet's first samples lie from ours: at most, and as a share."""
    lattice = Lattice("square", side)
    given = np.array(theirs["configurations"], np.int8)
    log_psi, energies = (np.array(theirs[name][0]) + 1j * np.array(theirs[name][1]) for name in ("log_psi", "energies"))
    model = build(network(side, case.ours), seed=seed)
    bare, signed = (State(model, lattice, signs, pooling="sum") for signs in ("none", "marshall"))
    expected = local_energies(Hamiltonian(lattice, J2), given, signed.log_psi)
    return float(np.abs(log_psi - bare.log_psi(given)).max()), float(np.abs(energies / expected - 1).max())


def compare(case: Case, side: int, ask: Ask | None, vmc: VMC, rounds: int) -> None:
    """One comparison at one size; in double precision NetKet's steps take minutes, so there are few."""
    if ask and case.theirs == "float64" and side > 4:
        rounds = min(rounds, 2 if side < 10 else 1)
        vmc = replace(vmc, samples=vmc.samples // 4, chains=vmc.samples // 4) if side >= 10 else vmc
    chains = vmc.chains or vmc.samples
    print(
        f"\n{side}x{side}, {case.name}: {network(side, case.ours).parameter_count} parameters, {vmc.samples} samples, "
        f"{chains} chains, {vmc.sweeps} sweeps of {side * side} exchanges; locality {case.ours}"
        f"{f', NetKet {case.theirs}' if ask else ''}"
    )
    if ask:
        built = set_up(ask, case, side, vmc)
        off = apart(built, case, side, vmc.seed)
        same = max(off) < (1e-4 if "float32" in (case.ours, case.theirs) else 1e-9)
        print(
            f"  NetKet {built['netket']} (jax {built['jax']}) compiled and ran for {built['compile']:.0f} s; log psi "
            f"differs by {off[0]:.1e}, local energies by {off[1]:.1e} of their value"
            f"{'' if same else ': does not count'}",
            flush=True,
        )
        if not same:
            return
    mine: list[Row] = []
    other: list[Row] = []
    for _ in range(rounds):
        mine.append(ours(side, case.ours, vmc))
        if ask:
            other.append(theirs(ask, case.theirs))
    print(f"  {'':<10} {'locality':<30}{'NetKet':<30}times as fast" if ask else f"  {'':<10} locality")
    for part in (*PARTS, "step"):
        told = [f"{_spread([row[part] for row in rows], '8.4f', ' s'):<30}" for rows in (mine, other) if rows]
        if ask:
            told.append(_spread([b[part] / a[part] for a, b in zip(mine, other, strict=True)], "6.2f", " x"))
        print(f"  {part:<10} {''.join(told)}".rstrip(), flush=True)


def _spread(values: list[float], form: str, unit: str) -> str:
    low, high = (f"{one:{form}}".strip() for one in (min(values), max(values)))
    return f"{statistics.median(values):{form}}{unit} ({low} to {high})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="a small size that only shows that it runs")
    parser.add_argument("--peers", metavar="PYTHON", help="a Python with netket")
    parser.add_argument("--side", action="append", type=int, help="this size alone (may be given again)")
    parser.add_argument("--case", action="append", choices=[case.name for case in CASES], help="this comparison alone")
    parser.add_argument("--samples", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    samples, rounds = (64, 1) if given.smoke else (given.samples, given.rounds)
    vmc = VMC(steps=3, samples=samples, chains=samples, sweeps=1)
    print(f"locality: seconds per step of variational Monte Carlo, J1-J2 at J2 = {J2}, on {os.cpu_count()} cores")
    if not given.peers:
        print("NetKet stays out: no Python that has it was given (--peers PYTHON)")
    with peers(given.peers) as ask:
        for side in [4] if given.smoke else given.side or [4, 6, 10]:
            for case in CASES:
                chosen = case.name in (given.case or [case.name])
                if chosen and (ask or case.form is FASTEST):
                    if side > case.largest:
                        print(f"\n{side}x{side}, {case.name}: not run, NetKet's whole batches do not fit in memory")
                        continue
                    compare(case, side, ask, vmc, rounds)


if __name__ == "__main__":
    main()
