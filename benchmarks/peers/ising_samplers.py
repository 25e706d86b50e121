"""mcising and peapods in a process of their own: a request a line comes in, an answer a line goes out.

A request is JSON: {"peer", "method", "side", "temperature", "steps", "burn_in", "every", "samples", "seed"}. With
"samples" 0 the answer is the seconds that so many steps took; else the energies per site and |m| of so many samples,
"every" steps apart, one chain, and the seconds that the steps took.
"""

import json
import sys
import time

import numpy as np
from mcising import _core
from peapods import Ising


def mcising(method: str, side: int, temperature: float, seed: int):
    name = {"metropolis": "metropolis", "wolff": "wolff", "swendsen-wang": "swendsen_wang"}[method]
    sim = _core.IsingSimulation(side, 1.0, 0.0, 0.0, 0.0, seed, name)

    def steps(count: int) -> None:
        sim.sweep(count, temperature=temperature)

    return steps, lambda: (sim.energy(), abs(sim.magnetization()))


def peapods(method: str, side: int, temperature: float, seed: int):
    """A cluster step of peapods comes with a sweep of Metropolis; its means are over all steps of a call."""
    sim = Ising((side, side), temperatures=np.array([temperature]), n_replicas=1)
    kind = {"metropolis": {}, "wolff": {"cluster_mode": "wolff"}, "swendsen-wang": {"cluster_mode": "sw"}}[method]
    more = kind | {"cluster_update_interval": 1} if kind else {}

    def steps(count: int) -> None:
        sim.sample(count, sweep_mode="metropolis", warmup_ratio=0.0, sequential=True, **more)

    def looked() -> tuple[float, float]:
        return -float(np.ravel(sim.energies_avg)[0]), float(np.ravel(np.abs(sim.mags))[0])

    return steps, looked


def answer(asked: dict) -> dict:
    make = {"mcising": mcising, "peapods": peapods}[asked["peer"]]
    steps, looked = make(asked["method"], asked["side"], asked["temperature"], asked["seed"])
    steps(max(1, asked["burn_in"]))
    if not asked["samples"]:
        started = time.perf_counter()
        steps(asked["steps"])
        return {"seconds": time.perf_counter() - started}
    seen, taken = [], 0.0
    for _ in range(asked["samples"]):
        started = time.perf_counter()
        steps(asked["every"])
        taken += time.perf_counter() - started
        seen.append(looked())
    return {"seconds": taken, "energies": [e for e, _ in seen], "orders": [m for _, m in seen]}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
