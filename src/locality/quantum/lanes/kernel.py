"""A program run on blocks of lattices, one in each lane. Arrays in the workspace are (channels, cells, lanes)."""

import math
from typing import Any

from numba import njit

from locality.quantum.lanes.functions import angle, cos, erf, exp, log, sin
from locality.quantum.lanes.window_sums import window_sums_4, window_sums_8, window_sums_16

# What an operation does; its row holds this, the places it reads and writes, and its numbers (see `program.py`).
WINDOWS, ADD, COPY, RELU, GELU, TANH, SIGMOID, SILU, LOG_COSH, COMPLEX_RELU, COMPLEX_LOG_COSH = range(11)
# The columns of a row: of all, and of the sums over windows.
KIND, SOURCE, END, LENGTH = range(4)
CHANNELS, PLANE, CELLS, TAPS, WEIGHTS, BIAS, OUTPUTS, SUMS = range(4, 12)
COLUMNS = 12
# Numbers in the precision of the workspace, where one in the code would bring float64 with it.
NUMBERS = (0, 0.5, 1, 1e-30, math.sqrt(2))
# How amplitudes are made of the last node's values, and how those of the places become one.
REAL, MODULUS_AND_PHASE, HOLOMORPHIC = range(3)
PRODUCT, SUM = range(2)


@njit(cache=True, nogil=True, error_model="numpy")
def _windows(row: Any, cells: Any, weights: Any, bias: Any, work: Any, lanes: int) -> None:
    source, end, outputs = row[SOURCE], row[END], row[OUTPUTS]
    channels, plane, taps, weight = row[CHANNELS], row[PLANE], row[TAPS], row[WEIGHTS]
    step, done = outputs * lanes, 0
    while done < row[SUMS]:
        left = row[SUMS] - done
        width = 16 if left >= 16 else 8 if left >= 8 else 4
        for u in range(outputs):
            first, place, bound = row[CELLS] + u * taps, end + done * step + u * lanes, row[BIAS] + done
            if width == 16:
                window_sums_16(
                    work, source, plane, channels, cells, first, taps, weights, weight, bias, bound, work, place, step
                )
            elif width == 8:
                window_sums_8(
                    work, source, plane, channels, cells, first, taps, weights, weight, bias, bound, work, place, step
                )
            else:
                window_sums_4(
                    work, source, plane, channels, cells, first, taps, weights, weight, bias, bound, work, place, step
                )
        weight += channels * taps * width
        done += width


@njit(cache=True, nogil=True, error_model="numpy")
def _activate(kind: int, values: Any, numbers: Any) -> None:
    """An activation in place; of complex numbers the real parts come first, then as many imaginary ones."""
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


@njit(cache=True, nogil=True, error_model="numpy")
def _read(spins: Any, first: int, last: int, sublattices: int, work: Any, lanes: int) -> None:
    """Lattices first to last - 1 into the first channels of the workspace; lanes left over repeat the last one."""
    cells = spins.shape[1] // sublattices
    for lane in range(lanes):
        lattice = min(first + lane, last - 1)
        for site in range(spins.shape[1]):
            cell, channel = site // sublattices, site % sublattices
            work[(channel * cells + cell) * lanes + lane] = spins[lattice, site]


@njit(cache=True, nogil=True, error_model="numpy")
def _pool(kind: int, pooling: int, values: Any, count: int, lanes: int, lane: int) -> tuple[float, float]:
    """log |psi| and its phase from one lane's last values, as `amplitude.log_amplitude` has it."""
    modulus, phase = 0.0, 0.0
    if pooling == PRODUCT:
        for i in range(count):
            a = float(values[i * lanes + lane])
            if kind == REAL:
                f = 1 + math.sinh(a)
                modulus += math.log(abs(f)) if f != 0 else -math.inf
                phase += math.pi if f < 0 else 0.0
            else:
                modulus += a
                phase += float(values[(count + i) * lanes + lane])
        return modulus, phase
    if kind == REAL:
        total = 0.0
        for i in range(count):
            total += 1 + math.sinh(float(values[i * lanes + lane]))
        return (math.log(abs(total)) if total != 0 else -math.inf), (math.pi if total < 0 else 0.0)
    largest = -math.inf
    for i in range(count):
        largest = max(largest, float(values[i * lanes + lane]))
    real, imaginary = 0.0, 0.0
    for i in range(count):
        size = math.exp(float(values[i * lanes + lane]) - largest)
        turn = float(values[(count + i) * lanes + lane])
        real += size * math.cos(turn)
        imaginary += size * math.sin(turn)
    return largest + 0.5 * math.log(real * real + imaginary * imaginary), math.atan2(imaginary, real)


@njit(cache=True, nogil=True, error_model="numpy")
def run(
    operations: Any, cells: Any, weights: Any, bias: Any, spins: Any, first: int, last: int, sublattices: int,
    kind: int, pooling: int, end: int, count: int, numbers: Any, work: Any, moduli: Any, phases: Any,
) -> None:  # fmt: skip
    """log |psi| and phase of the lattices first to last - 1."""
    lanes = 64 // work.itemsize
    for block in range(first, last, lanes):
        _read(spins, block, last, sublattices, work, lanes)
        for k in range(operations.shape[0]):
            row = operations[k]
            if row[KIND] == WINDOWS:
                _windows(row, cells, weights, bias, work, lanes)
            elif row[KIND] == ADD:
                total, more = work[row[END] : row[END] + row[LENGTH]], work[row[SOURCE] : row[SOURCE] + row[LENGTH]]
                for i in range(total.size):
                    total[i] += more[i]
            elif row[KIND] == COPY:
                work[row[END] : row[END] + row[LENGTH]] = work[row[SOURCE] : row[SOURCE] + row[LENGTH]]
            else:
                _activate(row[KIND], work[row[END] : row[END] + row[LENGTH]], numbers)
        values = work[end:]
        for lane in range(min(lanes, last - block)):
            moduli[block + lane], phases[block + lane] = _pool(kind, pooling, values, count, lanes, lane)
