"""Parameters and multiply-accumulates of a layer in three versions: shared, local without sharing, fully connected.

The three tell what each idea of a convolution saves: locality joins an output only to its neighbourhood, sharing
uses one set of weights for every place. Multiply-accumulates count weights times uses, without biases; taps that
fall on padding count as well.
"""

from dataclasses import dataclass
from math import prod


@dataclass(frozen=True)
class Cost:
    """How many parameters are stored and how many multiply-accumulates one input costs."""

    parameters: int
    macs: int


@dataclass(frozen=True)
class Costs:
    """The same map from input to output, joined in three ways."""

    shared: Cost
    local: Cost
    full: Cost


def convolution(inputs: tuple[int, ...], outputs: tuple[int, ...], weights: int, bias: bool = True) -> Costs:
    """The costs of a convolution from shape `inputs` to shape `outputs`, both (channels, *space), that stores so many
    `weights`: out_channels x in_channels / groups x taps, or fewer where not all are connected.

    >>> convolution((1, 28, 28), (6, 28, 28), weights=6 * 25)
    Costs(shared=Cost(parameters=156, macs=117600), local=Cost(parameters=122304, macs=117600), \
full=Cost(parameters=3692640, macs=3687936))
    """
    return _three(inputs, outputs, weights, places=prod(outputs[1:]), bias=bias)


def transposed_convolution(inputs: tuple[int, ...], outputs: tuple[int, ...], weights: int, bias: bool = True) -> Costs:
    """The costs of a transposed convolution: every input site is multiplied with every weight that reads it.

    >>> transposed_convolution((2, 2), (1, 4), weights=4).shared
    Cost(parameters=5, macs=8)
    """
    return _three(inputs, outputs, weights, places=prod(inputs[1:]), bias=bias)


def dense(inputs: tuple[int, ...], outputs: tuple[int, ...], bias: bool = True) -> Costs:
    """The cost of joining every input to every output; its three versions are one and the same.

    >>> dense((120_000,), (1000,), bias=False).full.parameters
    120000000
    """
    macs = prod(inputs) * prod(outputs)
    cost = Cost(macs + bias * prod(outputs), macs)
    return Costs(cost, cost, cost)


def subsampling(inputs: tuple[int, ...], outputs: tuple[int, ...], taps: int) -> Costs:
    """The costs of LeNet's trained subsampling: one weight and one bias a channel, used by every tap of every window.
    The sum of a window is no multiply-accumulate.

    >>> subsampling((6, 28, 28), (6, 14, 14), taps=4)
    Costs(shared=Cost(parameters=12, macs=0), local=Cost(parameters=5880, macs=0), full=Cost(parameters=5533080, \
macs=5531904))
    """
    local = Cost(prod(outputs) * (taps + 1), 0)
    return Costs(Cost(2 * outputs[0], 0), local, dense(inputs, outputs).full)


def fixed(inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Costs:
    """The costs of joining every input to every output with numbers that are not learned.

    >>> fixed((84,), (10,)).shared
    Cost(parameters=0, macs=840)
    """
    once = Cost(0, prod(inputs) * prod(outputs))
    return Costs(once, once, once)


def _three(inputs: tuple[int, ...], outputs: tuple[int, ...], weights: int, places: int, bias: bool) -> Costs:
    macs = weights * places
    return Costs(
        shared=Cost(weights + bias * outputs[0], macs),
        local=Cost(macs + bias * prod(outputs), macs),
        full=dense(inputs, outputs, bias).full,
    )
