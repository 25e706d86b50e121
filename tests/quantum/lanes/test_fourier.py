"""Convolutions in frequencies against sums over windows written out in numpy."""

import numpy as np
import pytest

from locality.lattice import Lattice
from locality.network.layers import Activation, Conv
from locality.network.network import Network, Residual
from locality.quantum.lanes import operations as op
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
            work, 0, channels, there.down, there.across, 0, np.array(op.NUMBERS, dtype), there.placed(weight), 0,
            np.pad(bias, (0, outputs * (there.alone - 1))), 0, values.size, outputs, 0,
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
    names = {op.WINDOWS: "windows", op.FOURIER: "frequencies", op.ADD: "add", op.COPY: "copy", op.GELU: "gelu"}
    return [names.get(kind, "other") for kind in program(network).operations[:, op.KIND]]


def test_a_convolution_is_done_in_the_way_that_takes_fewer_products():
    residual = get("nqs-resnet", input=(1, 6, 6))
    assert kinds(residual) == ["windows", *["frequencies"] * 4]  # with activations and sums; of one channel: not
    assert kinds(get("nqs-resnet", input=(1, 7, 7))).count("windows") == 5
    assert kinds(Network.from_text("8x6x6 | conv 8 1x1 | conv 8 3x3 same wrap")) == ["windows", "frequencies"]
    assert kinds(get("choo-2019", input=Lattice("square", 6).shape)).count("frequencies") == 5


@pytest.mark.parametrize(
    ("channels", "before", "inside", "expected"),
    [
        (8, [], [Activation("gelu")], ["frequencies", "frequencies", "windows"]),
        # 8 are computed, and two of them are filling.
        (6, [], [Activation("gelu")], ["frequencies", "frequencies", "add", "windows"]),
        # Read by the convolution and by the sum.
        (8, [Activation("gelu")], [], ["frequencies", "gelu", "frequencies", "windows"]),
    ],
)
def test_what_somebody_else_reads_is_written_and_what_is_filling_is_not_added(channels, before, inside, expected):
    wide = Conv(channels, 3, padding="same", padding_mode="wrap")
    assert kinds(Network("residual", (8, 6, 6), [wide, *before, Residual([*inside, wide]), Conv(2, 1)])) == expected
