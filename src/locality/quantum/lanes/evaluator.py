"""The amplitudes of many lattices and their derivatives, by the program of a network, on all cores."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from locality.engine.build import Model
from locality.quantum.lanes import kernel, operations, slopes
from locality.quantum.lanes.program import Program, program
from locality.quantum.lanes.tape import tape
from locality.quantum.lanes.vectors import BYTES

Array = npt.NDArray[Any]

PIECE = 256  # lattices, at least, where a thread does more than one piece


class Lanes:
    """log psi and its derivatives by the kernels, of a model whose layers they all know. After its parameters have
    changed, `refresh`."""

    def __init__(self, model: Model, steps: Program, kind: int, pooling: int) -> None:
        self.model, self.program, self.kind, self.pooling = model, steps, kind, pooling
        self.tape = tape(model.network)
        self.refresh()
        self.numbers = np.array(operations.NUMBERS, self.weights.dtype)

    def refresh(self) -> None:
        """Read the model's parameters anew."""
        self.parameters = {name: value.detach().numpy() for name, value in self.model.named_parameters()}
        self.weights, self.bias = self.program.placed(self.parameters)

    @property
    def derives(self) -> bool:
        """Whether it knows the derivatives too."""
        return self.tape is not None

    def log_psi(self, configurations: Array) -> Array:
        """log psi, complex128 (n,), of int8 configurations (n, sites)."""
        count, lanes = len(configurations), BYTES // self.weights.itemsize
        moduli, phases = np.empty(count), np.empty(count)
        steps = self.program

        def part(first: int, last: int) -> None:
            work = _aligned(steps.workspace, self.weights.dtype)
            kernel.run(
                steps.operations, steps.cells, self.weights, self.bias, configurations, first, last,
                self.model.network.input[0], self.kind, self.pooling, steps.end, steps.count, self.numbers, work,
                moduli, phases,
            )  # fmt: skip

        _shared_out(count, lanes, part)
        return moduli + 1j * phases

    def derivatives(self, images: Array, shares: Array, into: Array) -> None:
        """Write d log psi / d parameter of configurations whose `images` are int8 (n, images, sites), each with its
        share in psi, complex (n, images), `into` zeros (parts, n, parameters)."""
        assert self.tape is not None
        back = self.tape
        count, each, sites = images.shape
        lattices, counts = images.reshape(-1, sites), np.ascontiguousarray(shares.reshape(-1))
        dtype = self.weights.dtype
        imaginary = np.iscomplexobj(next(iter(self.parameters.values())))
        columns = np.arange(0) if imaginary else back.columns(self.parameters)
        in_order = not imaginary and len(columns) == back.width and bool((np.diff(columns) == 1).all())
        rows = into if in_order else np.zeros((len(into), count, back.width), dtype)
        (weights, bias), back_weights = back.program.placed(self.parameters), back.placed(self.parameters)
        steps, lanes = back.program, BYTES // dtype.itemsize

        def part(first: int, last: int) -> None:
            work, mirror = _aligned(steps.workspace, dtype), _aligned(steps.workspace, dtype)
            room, found = _aligned(back.room, dtype), _aligned(back.width * lanes, dtype)
            slopes.back(
                back.operations, steps.cells, weights, bias, back.back_cells, back_weights, lattices,
                first * each, last * each, self.model.network.input[0], self.kind, self.pooling, steps.end,
                steps.count, self.numbers, counts, each, work, mirror, room, found, rows,
            )  # fmt: skip

        _shared_out(count, lanes, part)
        if imaginary:
            into[0] = back.joined(rows[0], self.parameters)
        elif not in_order:
            into[:] = rows[:, :, columns]


def lanes(model: Model, kind: int, pooling: int) -> Lanes | None:
    """The evaluator of a model, or None where only the general way computes it."""
    steps = program(model.network)
    return None if steps is None else Lanes(model, steps, kind, pooling)


def _shared_out(count: int, lanes: int, part: Callable[[int, int], None]) -> None:
    """Do `part` of 0 to count in pieces of whole blocks of lanes: one for each thread or, of many, a few, so that none
    waits long for another that was held up."""
    threads = min(torch.get_num_threads(), -(-count // lanes))
    if threads <= 1:
        if count:
            part(0, count)
        return
    pieces = threads * max(1, min(8, count // (threads * PIECE)))
    each = -(-count // (pieces * lanes)) * lanes
    starts = range(0, count, each)
    list(_pool(threads).map(part, starts, [min(count, start + each) for start in starts]))


def _aligned(length: int, dtype: Any) -> Array:
    """Zeros that begin where a vector does: one that lies across two of the cache's lines is read twice."""
    size = np.dtype(dtype).itemsize
    room = np.zeros(length + BYTES // size, dtype)
    first = -room.ctypes.data % BYTES // size
    return room[first : first + length]


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "lanes")
