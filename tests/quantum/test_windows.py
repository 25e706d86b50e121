"""The cells that windows with periodic edges read, against torch's convolution of every unit map."""

import numpy as np
import pytest
import torch

from locality import Activation, Conv, Network, build
from locality.quantum.windows import cells_read
from wave_functions import conv

KNOWN = [
    (conv(1, 3), (1, 4, 4)),
    (conv(1, 7), (1, 4, 4)),
    (conv(1, 2), (1, 4, 5)),
    (conv(1, (1, 3)), (2, 4, 5)),
    (conv(1, 3, dilation=2), (1, 5, 4)),
    (conv(1, 5, footprint="diamond"), (1, 6, 4)),
    (conv(1, 3, footprint="hexagon"), (1, 4, 4)),
    (conv(1, 3, footprint="010/110/001"), (1, 4, 4)),
    (Conv(1, 4, stride=2, padding=1, padding_mode="wrap"), (1, 4, 6)),
    (Conv(1, 3, stride=2), (1, 5, 7)),
    (Conv(1, 3, padding=((2, 0), (0, 2)), padding_mode="wrap"), (1, 4, 5)),
    (Conv(1, 3, stride=2, rounding="floor"), (1, 6, 6)),
    (conv(1, 3), (1, 7)),
    (conv(1, 3), (1, 3, 4, 5)),
    (conv(1, 3, footprint="diamond"), (1, 3, 4, 3)),
]
UNKNOWN = [
    (Conv(1, 3, padding=1), (1, 4, 4)),
    (Conv(1, 3, padding=1, padding_mode="reflect"), (1, 4, 4)),
    (conv(2, 3, groups=2), (2, 4, 4)),
    (Activation("relu"), (1, 4, 4)),
]


@pytest.mark.parametrize(("layer", "shape"), KNOWN, ids=str)
def test_each_tap_reads_the_cell_that_a_weight_of_one_there_brings_to_the_output(layer, shape):
    table = cells_read(layer, shape)
    model = build(Network("net", shape, [layer], dtype="float64"))
    weight, bias = model.conv1.weight, model.conv1.bias
    numbers = torch.arange(1.0, np.prod(shape[1:]) + 1, dtype=torch.float64).reshape(1, 1, *shape[1:])
    values = numbers.repeat(1, shape[0], *[1] * (len(shape) - 1))
    flat = weight.detach().reshape(1, shape[0], -1)
    assert table.dtype == np.int32
    assert table.shape[1] == flat.shape[2]
    for tap in range(table.shape[1]):
        with torch.no_grad():
            weight.zero_()
            bias.zero_()
            weight.view(1, shape[0], -1)[0, -1, tap] = 1
            found = model(values).reshape(-1).numpy()
        assert (found == table[:, tap] + 1).all()


@pytest.mark.parametrize(("layer", "shape"), UNKNOWN, ids=str)
def test_where_a_cell_is_no_cell_of_the_lattice_or_channels_are_in_groups_there_is_no_table(layer, shape):
    assert cells_read(layer, shape) is None
