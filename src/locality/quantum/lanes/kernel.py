"""A program run on blocks of lattices, one in each lane. Arrays in the workspace are (channels, cells, lanes)."""

import math
from typing import Any

import numpy as np
from numba import njit

from locality.quantum.lanes import reductions
from locality.quantum.lanes.fourier import fourier_sums
from locality.quantum.lanes.functions import angle, cos, erf, exp, log, sin
from locality.quantum.lanes.vectors import lane_count, wide_vectors
from locality.quantum.lanes.window_sums import window_sums

# What an operation does; its row holds this, the places it reads and writes, and its numbers (see `program.py`).
WINDOWS, ADD, COPY, RELU, GELU, TANH, SIGMOID, SILU, LOG_COSH, COMPLEX_RELU, COMPLEX_LOG_COSH, FOURIER = range(12)
# The columns of a row: of all, and of the sums over windows.
KIND, SOURCE, END, LENGTH = range(4)
CHANNELS, PLANE, CELLS, TAPS, WEIGHTS, BIAS, OUTPUTS, SUMS = range(4, 12)
DOWN, ACROSS, ROOM = range(12, 15)
COLUMNS = 15
# Numbers in the precision of the workspace, where one in the code would bring float64 with it.
NUMBERS = (0, 0.5, 1, 1e-30, math.sqrt(2), 1 / math.sqrt(2 * math.pi))
# How amplitudes are made of the last node's values, and how those of the places become one.
REAL, MODULUS_AND_PHASE, HOLOMORPHIC = range(3)
PRODUCT, SUM = range(2)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _activate(kind: int, values: Any, numbers: Any) -> None:
    """An activation in place; of complex numbers the real parts come first, then as many imaginary ones."""
    wide_vectors()  # type: ignore[call-arg]
    zero, half, one, tiny = numbers[0], numbers[1], numbers[2], numbers[3]
    if kind == RELU:
        for i in range(values.size):
            values[i] = max(values[i], zero)
    elif kind == GELU:
        root = half * numbers[4]
        for i in range(values.size):
            values[i] = values[i] * half * (one + erf(values[i] * root))
    elif kind == TANH:
        for i in range(values.size):
            e = exp(-abs(values[i] + values[i]))
            t = (one - e) / (one + e)
            values[i] = t if values[i] > zero else -t
    elif kind == SIGMOID:
        for i in range(values.size):
            values[i] = one / (one + exp(-values[i]))
    elif kind == SILU:
        for i in range(values.size):
            values[i] = values[i] / (one + exp(-values[i]))
    elif kind == LOG_COSH:
        two = log(one + one)
        for i in range(values.size):
            a = abs(values[i])
            values[i] = a + log(one + exp(-a - a)) - two
    elif kind == COMPLEX_RELU:
        real, imaginary = values[: values.size // 2], values[values.size // 2 :]
        for i in range(real.size):
            x, y = real[i], imaginary[i]
            keep = one if x + y > zero else zero  # the half plane -pi/4 < arg z < 3 pi/4
            real[i] = x * keep
            imaginary[i] = y * keep
    elif kind == COMPLEX_LOG_COSH:
        real, imaginary = values[: values.size // 2], values[values.size // 2 :]
        two = log(one + one)
        for i in range(real.size):
            side = -one if real[i] < zero else one
            x, y = real[i] * side, imaginary[i] * side
            q = exp(-x - x)
            u, v = one + q * cos(y + y), -q * sin(y + y)
            real[i] = x - two + half * log(max(u * u + v * v, tiny))
            imaginary[i] = y + angle(v, u)


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
    """What all places make of their last values, for each lane: log |psi| and the phase, or with SUM the sum of
    their amplitudes over e^largest, and `largest`, as real and imaginary part; of a real state the sum (SUM), or
    log |psi| and how many amplitudes are negative. `values` and `phases` are lost."""
    wide_vectors()  # type: ignore[call-arg]
    half = numbers[1]
    lanes = lane_count(values)
    real[:] = 0
    imaginary[:] = 0
    if kind == REAL:
        if pooling == PRODUCT:
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
    elif pooling == SUM:
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
    if kind == REAL:
        if pooling == PRODUCT:
            return real, math.pi * imaginary
        return largest + (math.log(abs(real)) if real != 0 else -math.inf), (math.pi if real < 0 else 0.0)
    if pooling == PRODUCT:
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
        if row[KIND] == WINDOWS:
            window_sums(
                work, row[SOURCE], row[PLANE], row[CHANNELS], cells, row[CELLS], row[TAPS], weights, row[WEIGHTS], bias,
                row[BIAS], work, row[END], row[OUTPUTS] * lanes, row[OUTPUTS], row[SUMS], lanes,
            )  # fmt: skip
        elif row[KIND] == FOURIER:
            fourier_sums(
                work, row[SOURCE], row[CHANNELS], row[DOWN], row[ACROSS], weights, row[WEIGHTS], bias, row[BIAS],
                row[END], row[SUMS], row[ROOM], lanes,
            )  # fmt: skip
        elif row[KIND] == ADD:
            total, more = work[row[END] : row[END] + row[LENGTH]], work[row[SOURCE] : row[SOURCE] + row[LENGTH]]
            for i in range(total.size):
                total[i] += more[i]
        elif row[KIND] == COPY:
            work[row[END] : row[END] + row[LENGTH]] = work[row[SOURCE] : row[SOURCE] + row[LENGTH]]
        else:
            _activate(row[KIND], work[row[END] : row[END] + row[LENGTH]], numbers)


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
        turns = work[end + length : end + 2 * length] if kind != REAL else work[end:end]
        _pool(kind, pooling, work[end : end + length], turns, numbers, largest, real, imaginary)
        for lane in range(min(lanes, last - block)):
            found = _logarithm(kind, pooling, float(largest[lane]), real[lane], imaginary[lane])
            moduli[block + lane], phases[block + lane] = found
