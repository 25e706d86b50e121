"""A program run on blocks of lattices, one in each lane. Arrays in the workspace are (channels, cells, lanes)."""

import math
from typing import Any

import numpy as np
from numba import njit

from locality.quantum.lanes import operations as op
from locality.quantum.lanes import reductions
from locality.quantum.lanes.activations import activate
from locality.quantum.lanes.fourier import fourier_sums
from locality.quantum.lanes.functions import cos, exp, sin
from locality.quantum.lanes.vectors import lane_count, wide_vectors
from locality.quantum.lanes.window_sums import window_sums


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _read(spins: Any, first: int, last: int, sublattices: int, work: Any, lanes: int) -> None:
    """Lattices first to last - 1 into the first channels of the workspace; lanes left over repeat the last one."""
    wide_vectors()  # type: ignore[call-arg]
    cells = spins.shape[1] // sublattices
    for site in range(spins.shape[1]):
        place = (site % sublattices * cells + site // sublattices) * lanes
        for lane in range(lanes):
            work[place + lane] = spins[min(first + lane, last - 1), site]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _pool(
    kind: int, pooling: int, values: Any, phases: Any, numbers: Any, largest: Any, real: Any, imaginary: Any
) -> None:
    """What all places make of their last values, for each lane: log |psi| and the phase, or with op.SUM the sum of
    their amplitudes over e^largest, and `largest`, as real and imaginary part; of a real state the sum (op.SUM), or
    log |psi| and how many amplitudes are negative. `values` and `phases` are lost."""
    wide_vectors()  # type: ignore[call-arg]
    half = numbers[1]
    lanes = lane_count(values)
    real[:] = 0
    imaginary[:] = 0
    if kind == op.REAL:
        if pooling == op.PRODUCT:
            for k in range(0, values.size, lanes):
                for lane in range(lanes):
                    a = float(values[k + lane])
                    e = math.exp(-abs(a))
                    f = e + math.copysign(0.5 - 0.5 * e * e, a)
                    real[lane] += math.log(abs(f)) + abs(a) if f != 0 else -math.inf
                    imaginary[lane] += f < 0
            return
        largest[:] = 0
        reductions.largest_size(values, largest)
        for k in range(0, values.size, lanes):
            row = values[k : k + lanes]
            for lane in range(lanes):
                row[lane] = half * (exp(row[lane] - largest[lane]) - exp(-row[lane] - largest[lane]))
        for lane in range(lanes):
            real[lane] = values.size // lanes * exp(-largest[lane])
    elif pooling == op.SUM:
        largest[:] = values[:lanes]
        reductions.largest(values, largest)
        for k in range(0, values.size, lanes):
            row = values[k : k + lanes]
            for lane in range(lanes):
                row[lane] -= largest[lane]
        for k in range(values.size):
            size, turn = exp(values[k]), phases[k]
            values[k] = size * cos(turn)
            phases[k] = size * sin(turn)
    reductions.sums(values, real)
    reductions.sums(phases, imaginary)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _logarithm(kind: int, pooling: int, largest: float, real: float, imaginary: float) -> tuple[float, float]:
    """log |psi| and its phase of what `_pool` left of one lane."""
    if kind == op.REAL:
        if pooling == op.PRODUCT:
            return real, math.pi * imaginary
        return largest + (math.log(abs(real)) if real != 0 else -math.inf), (math.pi if real < 0 else 0.0)
    if pooling == op.PRODUCT:
        return real, imaginary
    square = real * real + imaginary * imaginary
    return largest + (0.5 * math.log(square) if square > 0 else -math.inf), math.atan2(imaginary, real)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def forward(
    operations: Any, cells: Any, weights: Any, bias: Any, spins: Any, first: int, last: int, sublattices: int,
    numbers: Any, work: Any, lanes: int,
) -> None:  # fmt: skip
    """All operations for the block of lattices that begins at `first`."""
    wide_vectors()  # type: ignore[call-arg]
    _read(spins, first, last, sublattices, work, lanes)
    for k in range(operations.shape[0]):
        row = operations[k]
        if row[op.KIND] == op.WINDOWS:
            window_sums(
                work, row[op.SOURCE], row[op.PLANE], row[op.CHANNELS], cells, row[op.CELLS], row[op.TAPS], weights,
                row[op.WEIGHTS], bias, row[op.BIAS], work, row[op.END], row[op.OUTPUTS] * lanes, row[op.OUTPUTS],
                row[op.SUMS], lanes,
            )  # fmt: skip
        elif row[op.KIND] == op.FOURIER:
            fourier_sums(
                work, row[op.SOURCE], row[op.CHANNELS], row[op.DOWN], row[op.ACROSS], row[op.ACTIVATION], numbers,
                weights, row[op.WEIGHTS], bias, row[op.BIAS], row[op.END], row[op.SUMS], row[op.ADDED], row[op.ROOM],
                lanes,
            )  # fmt: skip
        elif row[op.KIND] == op.ADD:
            total, more = (
                work[row[op.END] : row[op.END] + row[op.LENGTH]],
                work[row[op.SOURCE] : row[op.SOURCE] + row[op.LENGTH]],
            )
            for i in range(total.size):
                total[i] += more[i]
        elif row[op.KIND] == op.COPY:
            work[row[op.END] : row[op.END] + row[op.LENGTH]] = work[row[op.SOURCE] : row[op.SOURCE] + row[op.LENGTH]]
        else:
            activate(row[op.KIND], work[row[op.END] : row[op.END] + row[op.LENGTH]], numbers)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def run(
    operations: Any, cells: Any, weights: Any, bias: Any, spins: Any, first: int, last: int, sublattices: int,
    kind: int, pooling: int, end: int, count: int, numbers: Any, work: Any, moduli: Any, phases: Any,
) -> None:  # fmt: skip
    """log |psi| and phase of the lattices first to last - 1."""
    wide_vectors()  # type: ignore[call-arg]
    lanes = lane_count(work)
    largest = np.empty(lanes, work.dtype)
    real, imaginary = np.empty(lanes), np.empty(lanes)
    for block in range(first, last, lanes):
        forward(operations, cells, weights, bias, spins, block, last, sublattices, numbers, work, lanes)
        length = count * lanes
        turns = work[end + length : end + 2 * length] if kind != op.REAL else work[end:end]
        _pool(kind, pooling, work[end : end + length], turns, numbers, largest, real, imaginary)
        for lane in range(min(lanes, last - block)):
            found = _logarithm(kind, pooling, float(largest[lane]), real[lane], imaginary[lane])
            moduli[block + lane], phases[block + lane] = found
