"""The innermost loops against sums written out in numpy."""

import numpy as np
import pytest
from numba import njit

from locality.quantum.lanes.vectors import BYTES
from locality.quantum.lanes.window_sums import in_blocks, slope_products, window_sums
from wave_functions import generator


@njit
def products(slopes, start, step, channel, channels, values, base, cells, first, taps, tap, outputs, out, end, stride):
    slope_products(
        slopes, start, step, channel, channels, values, base, cells, first, taps, tap, outputs, out, end, stride
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sums", [1, 4, 7, 8, 12, 16, 29])
def test_sums_over_windows_of_any_number_of_output_channels_are_those_of_numpy(sums, dtype):
    lanes = BYTES // np.dtype(dtype).itemsize
    random = generator(sums)
    channels, plane, outputs, taps = 3, 6, 5, 4
    values = random.normal(size=(channels, plane, lanes)).astype(dtype)
    cells = random.integers(plane, size=(outputs, taps))
    weight, bias = random.normal(size=(sums, channels, taps)).astype(dtype), random.normal(size=sums).astype(dtype)
    expected = np.einsum("oct,cutl->oul", weight.astype(float), values[:, cells].astype(float)) + bias[:, None, None]
    filled = -(-sums // 4) * 4
    work = np.concatenate([np.full(9, 7, dtype), values.reshape(-1), np.zeros(filled * outputs * lanes, dtype)])
    before = work[: 9 + values.size].copy()
    window_sums(
        work, 9, plane * lanes, channels, (cells * lanes).reshape(-1).astype(np.int32), 0, taps,
        np.concatenate(in_blocks(weight)), 0, np.concatenate([bias, np.zeros(filled - sums, dtype)]), 0, work,
        9 + values.size, outputs * lanes, outputs, filled, lanes,
    )  # fmt: skip
    found = work[9 + values.size :].reshape(filled, outputs, lanes)
    assert (work[: 9 + values.size] == before).all()
    assert np.abs(found[:sums] - expected).max() < 30 * np.finfo(dtype).eps
    assert not found[sums:].any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("channels", "taps"), [(4, 4), (1, 1), (6, 9), (5, 13)])
def test_products_of_slopes_and_inputs_are_summed_over_the_output_cells(channels, taps, dtype):
    lanes = BYTES // np.dtype(dtype).itemsize
    random = generator(channels, taps)
    plane, outputs = 7, 6
    values = random.normal(size=(plane, lanes)).astype(dtype)
    slopes = random.normal(size=(channels, outputs, lanes)).astype(dtype)
    cells = random.integers(plane, size=(outputs, taps))
    expected = np.einsum("oul,utl->otl", slopes.astype(float), values[cells].astype(float))
    out = np.zeros((channels + 4) * (taps + 4) * lanes, dtype)
    found = np.zeros((channels, taps, lanes), dtype)
    for channel in range(0, channels, 4):
        for tap in range(0, taps, 4):
            products(
                slopes.reshape(-1), 0, outputs * lanes, channel, channels, values.reshape(-1), 0,
                (cells * lanes).reshape(-1).astype(np.int32), 0, taps, tap, outputs, out, 0, taps,
            )  # fmt: skip
            found = out[: channels * taps * lanes].reshape(channels, taps, lanes)
    assert np.abs(found - expected).max() < 30 * np.finfo(dtype).eps
