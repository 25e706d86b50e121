"""Parameters and multiply-accumulates: counted one by one, counted by torch, and as published."""

from itertools import product
from math import prod

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from locality.geometry.cost import Cost, convolution, dense, transposed_convolution

some = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)


@st.composite
def cases(draw):
    """Shapes of a convolution: space, kernel and stride on 1 to 3 axes, channels in groups, with a bias or without."""
    axes = draw(st.integers(1, 3))
    side = 6 if axes == 1 else 4 if axes == 2 else 3
    space = tuple(draw(st.integers(1, side)) for _ in range(axes))
    kernel = tuple(draw(st.integers(1, side)) for _ in range(axes))
    stride = tuple(draw(st.integers(1, 2)) for _ in range(axes))
    groups = draw(st.integers(1, 3))
    return (
        space,
        kernel,
        stride,
        groups,
        groups * draw(st.integers(1, 2)),
        groups * draw(st.integers(1, 2)),
        draw(st.booleans()),
    )


@some
@given(cases())
def test_a_convolution_costs_what_counting_its_products_gives(case):
    space, kernel, stride, groups, channels, out_channels, bias = case
    assume(all(k <= n for k, n in zip(kernel, space, strict=True)))
    outputs = [range((n - k) // s + 1) for n, k, s in zip(space, kernel, stride, strict=True)]
    shared, local, macs, biases = set(), set(), 0, set()
    for channel, *place in product(range(out_channels), *outputs):
        biases.add((channel, *place))
        group = channel // (out_channels // groups)
        for source in range(channels):
            if source // (channels // groups) == group:
                for tap in product(*map(range, kernel)):
                    shared.add((channel, source, tap))
                    local.add((channel, *place, source, tap))
                    macs += 1
    inputs, shape = (channels, *space), (out_channels, *map(len, outputs))
    costs = convolution(inputs, shape, inputs[0] // groups * shape[0] * prod(kernel), bias)
    assert costs.shared == Cost(len(shared) + bias * out_channels, macs)
    assert costs.local == Cost(len(local) + bias * len(biases), macs)
    joined = sum(1 for _ in product(*map(range, inputs), *map(range, shape)))
    assert costs.full == Cost(joined + bias * len(biases), joined)


@some
@given(cases())
def test_a_transposed_convolution_costs_what_counting_its_products_gives(case):
    space, kernel, stride, groups, channels, out_channels, bias = case
    shared, local, macs = set(), set(), 0
    for source, *place in product(range(channels), *map(range, space)):
        group = source // (channels // groups)
        for channel in range(out_channels):
            if channel // (out_channels // groups) == group:
                for tap in product(*map(range, kernel)):
                    shared.add((channel, source, tap))
                    local.add((channel, source, *place, tap))
                    macs += 1
    shape = (out_channels, *(s * (n - 1) + k for n, k, s in zip(space, kernel, stride, strict=True)))
    costs = transposed_convolution((channels, *space), shape, channels * shape[0] // groups * prod(kernel), bias)
    assert costs.shared == Cost(len(shared) + bias * out_channels, macs)
    assert costs.local == Cost(len(local) + bias * prod(shape), macs)
    assert costs.full == Cost(
        channels * prod(space) * prod(shape) + bias * prod(shape), channels * prod(space) * prod(shape)
    )


def in_torch(module, inputs):
    """The parameters that torch stores and half the operations that it counts for one input, biases aside."""
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        answer = module(torch.zeros(1, *inputs))
    operations = counter.get_total_flops()
    assert operations % 2 == 0
    return tuple(answer.shape[1:]), Cost(sum(weight.numel() for weight in module.parameters()), operations // 2)


CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@some
@given(cases())
def test_a_convolution_costs_what_torch_counts(case):
    space, kernel, stride, groups, channels, out_channels, bias = case
    # Padding 1 all round: taps that fall on it count in torch too.
    assume(all(k <= n + 2 for k, n in zip(kernel, space, strict=True)))
    module = CONVOLUTIONS[len(space) - 1](channels, out_channels, kernel, stride, 1, groups=groups, bias=bias)
    shape, cost = in_torch(module, (channels, *space))
    assert convolution((channels, *space), shape, channels // groups * shape[0] * prod(kernel), bias).shared == cost


@some
@given(cases())
def test_a_transposed_convolution_costs_what_torch_counts(case):
    space, kernel, stride, groups, channels, out_channels, bias = case
    module = TRANSPOSED[len(space) - 1](channels, out_channels, kernel, stride, groups=groups, bias=bias)
    shape, cost = in_torch(module, (channels, *space))
    assert (
        transposed_convolution((channels, *space), shape, channels * shape[0] // groups * prod(kernel), bias).shared
        == cost
    )


@pytest.mark.parametrize("bias", [True, False])
def test_a_dense_layer_costs_what_torch_counts_in_all_three_versions(bias):
    shape, cost = in_torch(nn.Linear(7, 5, bias=bias), (7,))
    costs = dense((7,), shape, bias)
    assert costs.shared == costs.local == costs.full == cost


def test_the_lecture_counts_120_million_weights_against_fully_connected_networks():
    assert dense((3, 200, 200), (1000,), bias=False).full == Cost(120_000_000, 120_000_000)


def test_a_window_of_one_cell_on_one_place_costs_the_same_in_all_three_versions():
    costs = convolution((6, 1, 1), (4, 1, 1), weights=24)
    assert costs.shared == costs.local == costs.full == Cost(28, 24)


TINY_VGG = {
    "conv_1_1": (convolution((3, 64, 64), (10, 62, 62), 270), 280),
    "conv_1_2": (convolution((10, 62, 62), (10, 60, 60), 900), 910),
    "conv_2_1": (convolution((10, 30, 30), (10, 28, 28), 900), 910),
    "conv_2_2": (convolution((10, 28, 28), (10, 26, 26), 900), 910),
    "dense": (dense((1690,), (10,)), 16_910),
}


@pytest.mark.parametrize("layer", TINY_VGG)
def test_a_layer_of_tiny_vgg_has_its_published_parameters(layer):
    costs, parameters = TINY_VGG[layer]
    assert costs.shared.parameters == parameters


def test_tiny_vgg_has_its_published_totals():
    assert sum(costs.shared.parameters for costs, _ in TINY_VGG.values()) == 19_920
    assert sum(costs.shared.macs for costs, _ in TINY_VGG.values()) == 5_608_780


def test_lenet_5_as_taught_today_has_its_published_totals():
    layers = [
        convolution((1, 28, 28), (6, 28, 28), 150),
        convolution((6, 14, 14), (16, 10, 10), 2400),
        dense((400,), (120,)),
        dense((120,), (84,)),
        dense((84,), (10,)),
    ]
    assert sum(costs.shared.parameters for costs in layers) == 61_706
    assert sum(costs.shared.macs for costs in layers) == 416_520
