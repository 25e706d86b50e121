"""Initial weights by node name, the same for the same seed on every machine.

Weights are drawn uniformly with mean 0 and variance g/fan_in, where fan_in is how many weights one output sums over:
g = 2 where a rectifier (relu and its kin) reads the layer, which halves the variance (He et al., arXiv:1502.01852),
and g = 1 elsewhere (LeCun et al., Efficient BackProp, 1998). Biases are 0, scales of normalisation 1, shifts 0;
trained subsampling begins as an average.
Complex weights share the variance between their real and imaginary parts.
"""

from math import prod, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.network.layer import Layer, Shape
from locality.network.layers import RECTIFIERS, Activation, Conv, ConvTranspose, Dense, Norm, Opaque, Pool
from locality.network.network import Network, Node

_PIECE = 1 << 16


def initial_weights(net: Network, seed: int = 0) -> dict[str, npt.NDArray[Any]]:
    """Every parameter by its name "node.parameter", in the network's dtype.

    Each array depends on (seed, its name) alone, so that adding a layer changes no other. What an opaque operation
    learns is left out: nobody knows what it is for.

    >>> from locality.network.layers import Flatten
    >>> net = Network("one", (1, 4, 4), [Conv(2, 3), Flatten(), Dense(2)])
    >>> weights = initial_weights(net, seed=0)
    >>> {name: array.shape for name, array in weights.items()}
    {'conv1.weight': (2, 1, 3, 3), 'conv1.bias': (2,), 'dense1.weight': (2, 8), 'dense1.bias': (2,)}
    """
    weights = {}
    for node in net.nodes:
        stored = {} if isinstance(node.layer, Opaque) else net.parameters(node)
        for parameter, shape in stored.items():
            name = f"{node.name}.{parameter}"
            if isinstance(node.layer, Norm):
                weights[name] = np.full(shape, 1.0 if parameter == "weight" else 0.0, net.dtype)
            elif parameter == "bias":
                weights[name] = np.zeros(shape, net.dtype)
            elif isinstance(node.layer, Pool):
                windows = node.layer.windows(net.inputs(node)[0][1:])
                weights[name] = np.full(shape, 1 / prod(window.kernel for window in windows), net.dtype)
            else:
                deviation = sqrt(_gain(net, node) / _fan_in(node.layer, shape))
                weights[name] = _uniform(shape, deviation, net.dtype, seed, name)
    return weights


def generator(seed: int, name: str) -> np.random.Generator:
    """The random numbers that belong to (seed, name): PCG64, the same on every machine."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *name.encode()])))


def _uniform(shape: Shape, deviation: float, dtype: str, seed: int, name: str) -> npt.NDArray[Any]:
    draw, half = generator(seed, name), sqrt(3) * deviation
    if not dtype.startswith("complex"):
        return _drawn(draw, shape, half, dtype)
    weights = np.empty(shape, dtype)
    weights.real = _drawn(draw, shape, half / sqrt(2), "float64")
    weights.imag = _drawn(draw, shape, half / sqrt(2), "float64")
    return weights


def _drawn(draw: np.random.Generator, shape: Shape, half: float, dtype: str) -> npt.NDArray[Any]:
    """Uniform between -half and half, a piece at a time: the doubles of a large layer would take its memory twice."""
    flat = np.empty(prod(shape), dtype)
    for start in range(0, flat.size, _PIECE):
        piece = flat[start : start + _PIECE]
        piece[...] = (draw.random(piece.size) * 2 - 1) * half
    return flat.reshape(shape)


def _fan_in(layer: Layer, weight: Shape) -> float:
    """How many terms one output sums over, on average."""
    if isinstance(layer, ConvTranspose):
        stride = (layer.stride,) * len(weight[2:]) if isinstance(layer.stride, int) else layer.stride
        return weight[0] / layer.groups * prod(weight[2:]) / prod(stride)
    if isinstance(layer, Conv) and layer.connections is not None:
        return weight[0] / layer.out_channels * prod(weight[1:])
    return prod(weight[1:])


def _gain(net: Network, node: Node) -> int:
    """2 where the first curve that the node's output meets is a rectifier, 1 otherwise."""
    reached = {node.name}
    for later in net.nodes[net.nodes.index(node) + 1 :]:
        if reached.intersection(later.inputs):
            if isinstance(later.layer, Activation):
                return 2 if later.layer.function in RECTIFIERS else 1
            if not isinstance(later.layer, Conv | ConvTranspose | Dense):
                reached.add(later.name)
    return 1
