"""Convolutions in frequencies against sums over windows written out in numpy."""

import numpy as np
import pytest

from locality.lattice import Lattice
from locality.network.network import Network
from locality.quantum.lanes import kernel
from locality.quantum.lanes.fourier import fourier_sums, frequencies
from locality.quantum.lanes.program import program
from locality.quantum.lanes.vectors import BYTES
from locality.zoo import get
from wave_functions import generator

GRIDS = [(6,), (1, 5), (2, 2), (3, 3), (4, 6), (5, 4), (6, 6), (10, 8), (12, 3)]


def table_of(space, offsets):
    cells = np.stack(np.unravel_index(np.arange(np.prod(space)), space), axis=-1)
    there = (cells[:, None] + offsets) % space
    return np.ravel_multi_index(tuple(np.moveaxis(there, -1, 0)), space)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("space", GRIDS, ids=str)
def test_they_are_the_sums_over_windows_of_every_footprint(space, dtype):
    lanes = BYTES // np.dtype(dtype).itemsize
    for channels, outputs, taps in ((1, 4, 1), (3, 8, 5), (16, 12, 9), (5, 20, 4)):
        random = generator(*space, channels)
        table = table_of(space, random.integers(-3, 4, size=(taps, len(space))))
        values = random.normal(size=(channels, len(table), lanes)).astype(dtype)
        weight = random.normal(size=(outputs, channels, taps)).astype(dtype)
        bias = random.normal(size=outputs).astype(dtype)
        expected = (
            np.einsum("oct,cutl->oul", weight.astype(float), values[:, table].astype(float)) + bias[:, None, None]
        )
        there = frequencies(table, space)
        work = np.concatenate(
            [values.reshape(-1), np.full((outputs * len(table) + there.room(channels, outputs)) * lanes, 7, dtype)]
        )
        fourier_sums(
            work, 0, channels, there.down, there.across, there.placed(weight), 0,
            np.pad(bias, (0, outputs * (there.alone - 1))), 0, values.size, outputs,
            values.size + expected.size, lanes,
        )  # fmt: skip
        found = work[values.size : values.size + expected.size].reshape(expected.shape)
        assert (work[: values.size] == values.reshape(-1)).all()
        size = np.einsum("oct,cutl->oul", np.abs(weight), np.abs(values[:, table])).max()
        assert np.abs(found - expected).max() < 5 * np.finfo(dtype).eps * size  # some ten roundings one after another


def test_there_are_none_where_cells_differ_or_no_code_is_there():
    ring = table_of((6,), np.array([[0], [1]]))
    assert frequencies(ring, (6,)) is not None
    assert frequencies(ring[::-1], (6,)) is None
    assert frequencies(ring[::2], (6,)) is None
    assert frequencies(table_of((7,), np.array([[0], [1]])), (7,)) is None
    assert frequencies(table_of((4, 4, 4), np.array([[0, 0, 1]])), (4, 4, 4)) is None


def kinds(network):
    windows = {kernel.WINDOWS: "windows", kernel.FOURIER: "frequencies"}
    return [windows[kind] for kind in program(network).operations[:, kernel.KIND] if kind in windows]


def test_a_convolution_is_done_in_the_way_that_takes_fewer_products():
    assert kinds(get("nqs-resnet", input=(1, 6, 6))) == [
        "windows",
        *["frequencies"] * 4,
    ]  # one channel: nothing to gain
    assert kinds(get("nqs-resnet", input=(1, 7, 7))) == ["windows"] * 5
    assert kinds(Network.from_text("8x6x6 | conv 8 1x1 | conv 8 3x3 same wrap")) == ["windows", "frequencies"]
    assert kinds(get("choo-2019", input=Lattice("square", 6).shape))[1:] == ["frequencies"] * 5
