"""The way back: from log psi to every parameter, for each lattice by itself, by the operations of a tape in reverse.

`slopes` mirrors the workspace: what log |psi|, or the phase, gains with each value. Of complex numbers it holds those
with respect to the real and to the imaginary part.
"""

import math
from typing import Any

import numpy as np
from numba import njit

from locality.quantum.lanes import operations as op
from locality.quantum.lanes.activations import activate_back
from locality.quantum.lanes.kernel import forward
from locality.quantum.lanes.vectors import lane_count, wide_vectors
from locality.quantum.lanes.window_sums import slope_products, window_sums


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _seed(
    kind: int, pooling: int, part: int, values: Any, slopes: Any, count: int, lanes: int, lane: int, w: Any
) -> None:
    """What log |psi| (part 0) or the phase (part 1) gains with each of a lane's last values, times the weight `w`, a
    complex number, that its lattice has among the images of a configuration."""
    total = 0j
    largest = 0.0 if kind == op.REAL else -math.inf
    if pooling != op.PRODUCT:
        for i in range(count):
            a = float(values[i * lanes + lane])
            largest = max(largest, abs(a) if kind == op.REAL else a)
        for i in range(count):
            a = float(values[i * lanes + lane])
            if kind == op.REAL:
                total += math.exp(-largest) + (math.exp(a - largest) - math.exp(-a - largest)) / 2
            else:
                turn = float(values[(count + i) * lanes + lane])
                total += math.exp(a - largest) * complex(math.cos(turn), math.sin(turn))
    for i in range(count):
        a = float(values[i * lanes + lane])
        if kind == op.REAL:
            size, f = largest, total.real
            if pooling == op.PRODUCT:
                size = abs(a)
                f = math.exp(-size) + (math.exp(a - size) - math.exp(-a - size)) / 2
            slopes[i * lanes + lane] = (w * ((math.exp(a - size) + math.exp(-a - size)) / (2 * f))).real
            continue
        share = w
        if pooling != op.PRODUCT:
            turn = float(values[(count + i) * lanes + lane])
            share = w * (math.exp(a - largest) * complex(math.cos(turn), math.sin(turn)) / total)
        slopes[i * lanes + lane] = share.real if part == 0 else share.imag
        slopes[(count + i) * lanes + lane] = -share.imag if part == 0 else share.real


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _windows_back(
    row: Any, cells: Any, back_cells: Any, back_weights: Any, nothing: Any, work: Any, slopes: Any, room: Any,
    derivatives: Any, lanes: int,
) -> None:  # fmt: skip
    """The derivatives of weights and biases, and what the inputs' slopes gain."""
    outputs, taps, channels, true = row[op.OUTPUTS], row[op.TAPS], row[op.CHANNELS], row[op.TRUE]
    step, start, place = outputs * lanes, row[op.END], row[op.PLACE]
    for c in range(channels):
        base = row[op.SOURCE] + c * row[op.PLANE]
        end = (place + c * taps) * lanes
        for o in range(0, true, 4):
            for t in range(0, taps, 4):
                slope_products(  # type: ignore[call-arg]
                    slopes, start, step, o, true, work, base, cells, row[op.CELLS], taps, t, outputs, derivatives, end,
                    channels * taps,
                )  # fmt: skip
    bias = (place + true * channels * taps) * lanes
    for o in range(true * row[op.BIASED]):
        total = derivatives[bias + o * lanes : bias + (o + 1) * lanes]
        total[:] = 0
        for u in range(outputs):
            one = slopes[start + o * step + u * lanes : start + o * step + (u + 1) * lanes]
            for lane in range(lanes):
                total[lane] += one[lane]
    if row[op.BACK_WEIGHTS] < 0:
        return
    plane = row[op.PLANE]
    window_sums(
        slopes, start, step, true, back_cells, row[op.BACK_CELLS], taps, back_weights, row[op.BACK_WEIGHTS], nothing, 0,
        room, 0, plane, plane // lanes, row[op.BACK_SUMS], lanes,
    )  # fmt: skip
    gained, before = room[: channels * plane], slopes[row[op.SOURCE] : row[op.SOURCE] + channels * plane]
    for i in range(gained.size):
        before[i] += gained[i]


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def back(
    operations: Any, cells: Any, weights: Any, bias: Any, back_cells: Any, back_weights: Any, spins: Any, first: int,
    last: int, sublattices: int, kind: int, pooling: int, end: int, count: int, numbers: Any, shares: Any,
    images: int, work: Any, slopes: Any, room: Any, derivatives: Any, rows: Any,
) -> None:  # fmt: skip
    """Add the derivatives of lattices first to last - 1 to the rows of the configurations whose images they are,
    `images` each, with their `shares`."""
    wide_vectors()  # type: ignore[call-arg]
    lanes = lane_count(work)
    nothing = np.zeros(bias.size + 16, work.dtype)
    parameters = rows.shape[2]
    for block in range(first, last, lanes):
        forward(operations, cells, weights, bias, spins, block, last, sublattices, numbers, work, lanes)
        some = min(lanes, last - block)
        for part in range(rows.shape[0]):
            slopes[:] = 0
            for lane in range(some):
                _seed(kind, pooling, part, work[end:], slopes[end:], count, lanes, lane, shares[block + lane])
            for k in range(operations.shape[0] - 1, -1, -1):
                row = operations[k]
                if row[op.KIND] == op.WINDOWS:
                    _windows_back(
                        row, cells, back_cells, back_weights, nothing, work, slopes, room, derivatives, lanes
                    )  # fmt: skip
                elif row[op.KIND] == op.ADD or row[op.KIND] == op.COPY:
                    to, by = (
                        slopes[row[op.SOURCE] : row[op.SOURCE] + row[op.LENGTH]],
                        slopes[row[op.END] : row[op.END] + row[op.LENGTH]],
                    )
                    for i in range(to.size):
                        to[i] += by[i]
                else:
                    x, slope = (
                        work[row[op.SOURCE] : row[op.SOURCE] + row[op.LENGTH]],
                        slopes[row[op.END] : row[op.END] + row[op.LENGTH]],
                    )
                    activate_back(row[op.KIND], x, slope, numbers)
            for p in range(0, parameters, 16):
                for lane in range(some):
                    to = rows[part, (block + lane) // images]
                    for q in range(p, min(p + 16, parameters)):
                        to[q] += derivatives[q * lanes + lane]
