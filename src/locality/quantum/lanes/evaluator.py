"""The amplitudes of many lattices, by the program of a network, on all cores."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from locality.engine.build import Model
from locality.quantum.lanes import kernel
from locality.quantum.lanes.program import Program, program
from locality.quantum.lanes.window_sums import BYTES

Array = npt.NDArray[Any]


class Lanes:
    """log psi by the kernel; `serves` says whether it knows every layer of a network. `refresh` after its parameters
    have changed."""

    def __init__(self, model: Model, steps: Program, kind: int, pooling: int) -> None:
        self.model, self.program, self.kind, self.pooling = model, steps, kind, pooling
        self.refresh()

    def refresh(self) -> None:
        """Read the model's parameters anew."""
        parameters = {name: value.detach().numpy() for name, value in self.model.named_parameters()}
        self.weights, self.bias = self.program.placed(parameters)

    def log_psi(self, configurations: Array) -> Array:
        """log psi, complex128 (n,), of int8 configurations (n, sites)."""
        count, lanes = len(configurations), BYTES // self.weights.itemsize
        moduli, phases = np.empty(count), np.empty(count)
        threads = min(torch.get_num_threads(), -(-count // lanes))
        share = -(-count // (threads * lanes)) * lanes if count else 0
        steps = self.program

        def part(k: int) -> None:
            work = np.zeros(steps.workspace, self.weights.dtype)
            kernel.run(
                steps.operations, steps.cells, self.weights, self.bias, configurations, k * share,
                min(count, (k + 1) * share), self.model.network.input[0], self.kind, self.pooling, steps.end,
                steps.count, np.array(kernel.NUMBERS, work.dtype), work, moduli, phases,
            )  # fmt: skip

        if threads == 1:
            part(0)
        elif count:
            list(_pool(threads).map(part, range(threads)))
        return moduli + 1j * phases


def lanes(model: Model, kind: int, pooling: int) -> Lanes | None:
    """The evaluator of a model, or None where only the general way computes it."""
    steps = program(model.network)
    return None if steps is None else Lanes(model, steps, kind, pooling)


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "lanes")
