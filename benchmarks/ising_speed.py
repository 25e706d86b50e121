"""How fast are the Ising samplers: locality, mcising and peapods side by side at the square lattice's critical point.

An update is a site that is tried (Metropolis), decided (Swendsen-Wang) or turned over (Wolff, whose clusters hold
N <m^2> sites on average, for everybody); a cluster step of peapods comes with a sweep of Metropolis, whose time is
taken off. All take turns, round by round, from chains that have run as long; medians over rounds with the least and the
most. A method whose energy lies more than 4 standard errors from Kaufman's exact one, or is not known to 0.5 %, does
not count. Effective samples are those of |m| and of the energy, by their autocorrelation times, in the time that the
steps take, without looking at them.

    python benchmarks/ising_speed.py --peers PYTHON     some minutes on two idle cores
    python benchmarks/ising_speed.py --smoke            a few seconds; its numbers mean nothing

PYTHON is one with mcising and peapods; without it their columns stay out.
"""

import argparse
import json
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from locality.lattice import Lattice, critical, kaufman
from locality.lattice.samplers import METHODS
from locality.lattice.samplers.problem import Problem, state
from locality.lattice.statistics import autocorrelation_time, binned

PEER = Path(__file__).parent / "peers" / "ising_samplers.py"
PEERS = ("mcising", "peapods")
CHAINS = {"metropolis": 2, "multispin": 1024, "wolff": 16, "swendsen-wang": 16}
THEIRS = {"multispin": "metropolis"}  # what a method of ours is compared with, where it is no method of theirs
TEMPERATURE = float(critical.temperature("square"))

Ask = Callable[..., dict]


@contextmanager
def peers(python: str | None) -> Iterator[Ask | None]:
    """A function that asks them, None without them."""
    if python is None:
        yield None
        return
    with subprocess.Popen([python, str(PEER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(**request: object) -> dict:
            process.stdin.write(json.dumps({"temperature": TEMPERATURE, "samples": 0} | request) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


class Ours:
    """Chains of one method on one or more threads."""

    def __init__(self, method: str, side: int, threads: int, burn_in: int) -> None:
        self.problem, self.method, self.threads = Problem(Lattice("square", side)), METHODS[method], threads
        self.states = [state(self.problem, CHAINS[method], seed=(1, thread)) for thread in range(threads)]
        self.pool = ThreadPoolExecutor(threads)
        self.chains, self.sites = CHAINS[method], side * side
        if method == "wolff":  # single clusters take long to order a random start
            for one in self.states:
                METHODS["swendsen-wang"](self.problem, TEMPERATURE, one, 1, burn_in)
        self.draw(1, max(1, burn_in))

    def draw(self, samples: int, every: int) -> tuple[np.ndarray, np.ndarray]:
        """|m| and energy per site, (chains, samples) each."""
        parts = self.pool.map(lambda one: self.method(self.problem, TEMPERATURE, one, samples, every), self.states)
        spins, energies = (np.concatenate(each, axis=1) for each in zip(*parts, strict=True))
        return np.abs(spins.mean(-1)).T, energies.T

    def seconds(self, steps: int) -> float:
        started = time.perf_counter()
        self.draw(1, steps)
        return time.perf_counter() - started


def compare(method: str, side: int, ask: Ask | None, rounds: int, least: float, smoke: bool) -> None:
    """One method at one size: the rate of everybody, and whether the energies are right."""
    theirs, sites = THEIRS.get(method, method), side * side
    local = theirs == "metropolis"
    burn_in = 20 if smoke else (4 * sites if local else 300)
    ours = {threads: Ours(method, side, threads, burn_in) for threads in (1, 2)}
    energy, order, size = checked(ours[1], method, side, burn_in, smoke)
    work = sites * order if method == "wolff" else sites
    rows: dict[str, list[float]] = {f"locality, {threads} core{'s' * (threads > 1)}": [] for threads in ours}
    rows |= {peer: [] for peer in PEERS if ask}
    for _ in range(rounds):
        for (threads, one), row in zip(ours.items(), rows.values(), strict=False):
            many = steps_in(one.seconds, least)
            row.append(work * many * one.chains * threads / one.seconds(many) / 1e9)
        for peer in PEERS if ask else ():
            rows[peer].append(rate_of(ask, peer, theirs, side, work, least))
    off = dict.fromkeys(rows, energy) | {peer: peer_energy(ask, peer, theirs, side) for peer in PEERS if ask}
    print(f"\n{method}, L = {side}; our energy is known to {size:.1e} of its value")
    mine = rows["locality, 1 core"]
    for name, row in rows.items():
        ratios = [one / other for one, other in zip(mine, row, strict=True)]
        told = f"{statistics.median(ratios):6.2f} x  ({min(ratios):.2f} to {max(ratios):.2f})"
        rate = f"{statistics.median(row):7.4f} updates/ns  ({min(row):.4f} to {max(row):.4f})"
        vague = name.startswith("locality") and size > 5e-3
        wrong = "  does not count" if vague or abs(off[name]) >= 4 else ""
        print(f"  {name:<18} {rate}  {told}  energy {off[name]:+.1f} sigma{wrong}", flush=True)


def checked(ours: Ours, method: str, side: int, burn_in: int, smoke: bool) -> tuple[float, float, float]:
    """How many standard errors the energy lies from the exact one, <m^2>, and the standard error as a share."""
    exact, _ = kaufman.torus((side, side), TEMPERATURE)
    every = {"metropolis": 50, "multispin": 50}.get(method, 2)
    order, energies = ours.draw(8 if smoke else {"multispin": 4, "metropolis": 4000}.get(method, 1500), every)
    if method == "multispin":
        each = energies.mean(axis=1)  # chains that are independent of each other, and steps that are not
        value, error = float(each.mean()), float(each.std(ddof=1) / np.sqrt(len(each)))
    else:
        found = binned(energies)
        value, error = found.value, found.error or float("inf")
    return (value - exact) / error, float((order**2).mean()), error / abs(exact)


def rate_of(ask: Ask, peer: str, method: str, side: int, work: float, least: float) -> float:
    """Updates per nanosecond of one of the others."""
    request = {"peer": peer, "side": side, "every": 1, "seed": 1, "burn_in": 300}

    def seconds(name: str, steps: int) -> float:
        return ask(**request, method=name, steps=steps)["seconds"]

    steps = steps_in(lambda count: seconds(method, count), least)
    taken = seconds(method, steps)
    if peer == "peapods" and method != "metropolis":
        taken -= seconds("metropolis", steps)
    return work * steps / taken / 1e9


def steps_in(seconds: Callable[[int], float], least: float) -> int:
    """So many steps that they take about `least` seconds."""
    steps = 8
    while (taken := seconds(steps)) < least / 4:
        steps *= 4
    return max(1, round(steps * least / taken))


def peer_energy(ask: Ask, peer: str, method: str, side: int) -> float:
    """How many standard errors another one's energy lies from the exact one."""
    local = method == "metropolis"
    every, samples = (100, 600) if peer == "peapods" or local else (2, 3000)
    burn_in = 4 * side * side if local else 500
    got = ask(peer=peer, method=method, side=side, every=every, samples=samples, seed=2, burn_in=burn_in, steps=0)
    found = binned(got["energies"])
    return (found.value - kaufman.torus((side, side), TEMPERATURE)[0]) / (found.error or float("inf"))


def worth(side: int, ask: Ask | None, smoke: bool) -> None:
    """Effective samples a second, one core: every method of ours, and the clusters of mcising."""
    print(f"\neffective samples a second at L = {side}, one core: of |m|, of the energy")
    found = {}
    for method in ("wolff", "swendsen-wang", "multispin"):
        ours = Ours(method, side, 1, 20 if smoke else 300)
        every, steps = (400, 40) if method == "multispin" else (4, 500)
        started = time.perf_counter()
        ours.draw(1, 20 if smoke else every * steps)
        taken = time.perf_counter() - started
        series = ours.draw(20 if smoke else steps, every)
        found[f"locality, {method}"] = [one.size / (2 * autocorrelation_time(one)) / taken for one in series]
    for method in ("wolff", "swendsen-wang", "metropolis") if ask else ():
        every, steps = (50, 4000) if method == "metropolis" else (4, 4000)
        got = ask(peer="mcising", method=method, side=side, every=every, samples=steps, seed=1, burn_in=5000, steps=0)
        taken = got["seconds"]
        series = [np.array(got["orders"]), np.array(got["energies"])]
        found[f"mcising, {method}"] = [one.size / (2 * autocorrelation_time(one)) / taken for one in series]
    best = [max(row[k] for name, row in found.items() if name.startswith("locality")) for k in range(2)]
    for name, row in found.items():
        ratios = "   ".join(f"{one:9.0f} (best of ours: {b / one:5.1f} x)" for b, one in zip(best, row, strict=True))
        print(f"  {name:<24} {ratios}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="a small size that only shows that it runs")
    parser.add_argument("--peers", metavar="PYTHON", help="a Python with mcising and peapods")
    parser.add_argument("--method", action="append", choices=CHAINS, help="this one alone (may be given again)")
    parser.add_argument("--side", action="append", type=int, help="this size alone (may be given again)")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    rounds, least = (1, 0.0) if given.smoke else (given.rounds, 0.5)
    print(f"locality at T = {TEMPERATURE:.6f}; last column: how many times as fast one core of ours is (least to most)")
    with peers(given.peers) as ask:
        for side in [8] if given.smoke else given.side or [32, 64, 128]:
            for method in given.method or CHAINS:
                if side > 64 and method in ("metropolis", "multispin"):
                    continue  # equilibrium would take a quarter of an hour
                compare(method, side, ask, rounds, least, given.smoke)
        worth(8 if given.smoke else 64, ask, given.smoke)


if __name__ == "__main__":
    main()
