"""Which cells a convolution with periodic edges reads, as a table that evaluators and gradients look up."""

from itertools import product
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.network.layer import Layer, Shape
from locality.network.layers import Conv

Array = npt.NDArray[Any]


def cells_read(layer: Layer, shape: Shape) -> Array | None:
    """The input cell that each tap reads for each output cell, both in reading order: (outputs, taps), int32.

    None where a cell is no cell of the lattice (zeros at the edges), where channels are read in groups, and for other
    layers: there a general way must serve.
    """
    if not isinstance(layer, Conv) or layer.groups != 1 or layer.connections is not None:
        return None
    space = shape[1:]
    windows = layer.windows(space)
    if layer.padding_mode != "wrap" and any(any(window.padding) for window in windows):
        return None
    outputs = layer.shape([shape])[1:]
    along = [
        np.array([window.reads(u) for u in range(count)]) % size
        for window, size, count in zip(windows, space, outputs, strict=True)
    ]
    taps = layer.taps(space) or list(product(*(range(window.kernel) for window in windows)))
    found = np.zeros((prod(outputs), len(taps)), np.int32)
    for t, offsets in enumerate(taps):
        grid = np.ix_(*(reads[:, offset] for reads, offset in zip(along, offsets, strict=True)))
        found[:, t] = np.ravel_multi_index(np.broadcast_arrays(*grid), space).reshape(-1)
    return found
