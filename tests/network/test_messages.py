# ruff: noqa: E501 (the sentences stand as they are)
"""Every mistake in describing a network has its sentence, here in full: where, what, what to do."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locality.errors import DescriptionError, LocalityError, ShapeError, UnknownNameError
from locality.network.cell import explain
from locality.network.layers import (
    Activation,
    Conv,
    ConvTranspose,
    Crop,
    Dense,
    Distance,
    Dropout,
    Flatten,
    Norm,
    Opaque,
    Pool,
    Reshape,
    Sum,
    Upsample,
)
from locality.network.network import Branches, Network, Node, Residual
from locality.network.seen import seen
from locality.network.table import trace

DROP = object()
SMALL = Network("small", (1, 8, 8), [Conv(2, 3), Pool("max", 2), Flatten()])
RECORD = SimpleNamespace(
    network=SMALL, values={name: np.ones((1, *shape)) for name, shape in SMALL.shapes.items()}, parameters={}
)


def net(shape, *layers):
    return Network("net", tuple(map(int, shape.split("x"))), layers)


def nodes(*given):
    return Network("net", (1, 8, 8), nodes=given)


def nested(depth):
    layers = [Activation("relu")]
    for _ in range(depth):
        layers = [Residual(layers)]
    return layers


def text(line):
    return Network.from_text(line)


def json_text(line):
    return Network.from_json(line)


ENTRY = {"name": "conv1", "layer": "Conv", "out_channels": 2, "kernel_size": 3, "inputs": ["input"]}


def plain(**changes):
    """JSON of a small network with some of its values changed or left out."""
    whole = {"name": "small", "input": [1, 8, 8], "dtype": "float32", "nodes": [ENTRY], **changes}
    return Network.from_json(json.dumps({key: value for key, value in whole.items() if value is not DROP}))


def entry(**changes):
    """The same with one node's values changed."""
    changed = {key: value for key, value in {**ENTRY, **changes}.items() if value is not DROP}
    return plain(nodes=[changed])


MESSAGES = [
    (
        lambda: net("3x224x224", Conv(64, 7, stride=2, padding=3)),
        ShapeError,
        'conv1: a 7x7 kernel with stride 2 and padding 3 does not tile 224: (224 - 7 + 2*3)/2 + 1 = 112.5. Use rounding="floor" (the last row and column of padding stay unread, no pixel is lost), or an input of 223 or 225. (3x224x224)',
    ),
    (
        lambda: net("1x28x28", Conv(6, 5), Pool("average", 2), Conv(16, 5), Pool("average", 2), Conv(120, 5)),
        ShapeError,
        "conv3: a 5x5 kernel does not fit its 4x4 input (padding 0). Use padding of at least 1 or a kernel of at most 4. (1x28x28 -> conv1 24x24 -> pool1 12x12 -> conv2 8x8 -> pool2 4x4)",
    ),
    (
        lambda: net(
            "1x28x28", Conv(6, 5), Pool("average", 2), Conv(16, 5), Pool("average", 2), Conv(120, 5), Conv(3, 3)
        ),
        ShapeError,
        "conv3: a 5x5 kernel does not fit its 4x4 input (padding 0). Use padding of at least 1 or a kernel of at most 4. (1x28x28 -> conv1 24x24 -> pool1 12x12 -> conv2 8x8 -> pool2 4x4)",
    ),
    (
        lambda: net(
            "1x28x28",
            Conv(6, 5, padding=2),
            Activation("relu"),
            Pool("max", 2),
            Conv(8, 3),
            Activation("relu"),
            Pool("max", 2),
            Conv(8, 7),
        ),
        ShapeError,
        "conv3: a 7x7 kernel does not fit its 6x6 input (padding 0). Use padding of at least 1 or a kernel of at most 6. (1x28x28 -> ... -> pool1 14x14 -> conv2 12x12 -> relu2 12x12 -> pool2 6x6)",
    ),
    (
        lambda: net("1x4x4", Conv(6, 5)),
        ShapeError,
        "conv1: a 5x5 kernel does not fit its 4x4 input (padding 0). Use padding of at least 1 or a kernel of at most 4. (1x4x4)",
    ),
    (
        lambda: net("1x4x4", Conv(6, 5, dilation=2)),
        ShapeError,
        "conv1: a 5x5 kernel with dilation 2 (a span of 9) does not fit its 4x4 input (padding 0). Use padding of at least 3 or a kernel of at most 2. (1x4x4)",
    ),
    (
        lambda: net("1x8", Conv(6, 9)),
        ShapeError,
        "conv1: a kernel of 9 does not fit its input of 8 (padding 0). Use padding of at least 1 or a kernel of at most 8. (1x8)",
    ),
    (
        lambda: net("1x5x4", Pool("max", 2)),
        ShapeError,
        'pool1: a 2x2 window with stride 2 does not tile the height 5: (5 - 2)/2 + 1 = 2.5. Use rounding="floor" (the last row is dropped), or an input of 4x4 or 6x4. (1x5x4)',
    ),
    (
        lambda: net("1x28x28", Pool("max", 3, stride=2)),
        ShapeError,
        'pool1: a 3x3 window with stride 2 does not tile 28: (28 - 3)/2 + 1 = 13.5. Use rounding="floor" (the last row and column are dropped), or an input of 27 or 29. (1x28x28)',
    ),
    (
        lambda: net("3x8x8", Conv(4, 3, groups=2)),
        ShapeError,
        "conv1: 2 groups do not divide 3 input channels. Use 2 or 4 input channels, or another number of groups. (3x8x8)",
    ),
    (
        lambda: net("1x8x8", Conv(4, 3, groups=2)),
        ShapeError,
        "conv1: 2 groups do not divide 1 input channel. Use 2 input channels, or another number of groups. (1x8x8)",
    ),
    (
        lambda: net("4x8x8", ConvTranspose(4, 3, groups=3)),
        DescriptionError,
        "ConvTranspose: 3 groups do not divide 4 output channels. Use 3 or 6 output channels, or another number of groups.",
    ),
    (
        lambda: net("4x8x8", Norm("group", groups=3)),
        ShapeError,
        "norm1: 3 groups do not divide 4 input channels. Use 3 or 6 input channels, or another number of groups. (4x8x8)",
    ),
    (
        lambda: Conv(4, 3, groups=3),
        DescriptionError,
        "Conv: 3 groups do not divide 4 output channels. Use 3 or 6 output channels, or another number of groups.",
    ),
    (
        lambda: Conv(2, 3, groups=3),
        DescriptionError,
        "Conv: 3 groups do not divide 2 output channels. Use 3 output channels, or another number of groups.",
    ),
    (
        lambda: Conv(0, 3),
        DescriptionError,
        "Conv: out_channels is 0; it must be a whole number of at least 1. Give out_channels=1 or more.",
    ),
    (
        lambda: Conv(6, -5),
        DescriptionError,
        "Conv: kernel_size is -5; it must be a whole number of at least 1. Give kernel_size=1 or more.",
    ),
    (
        lambda: Conv(6, 0),
        DescriptionError,
        "Conv: kernel_size is 0; it must be a whole number of at least 1. Give kernel_size=1 or more.",
    ),
    (
        lambda: Conv(6, 2.5),
        DescriptionError,
        "Conv: kernel_size is 2.5; it must be a whole number of at least 1. Give kernel_size=1 or more.",
    ),
    (
        lambda: Conv(6, None),
        DescriptionError,
        "Conv: kernel_size is None; it must be a whole number of at least 1. Give kernel_size=1 or more.",
    ),
    (
        lambda: Conv(6, "3"),
        DescriptionError,
        "Conv: kernel_size is '3'; it must be a whole number of at least 1. Give kernel_size=1 or more.",
    ),
    (
        lambda: Conv(6, 3, stride=0),
        DescriptionError,
        "Conv: stride is 0; it must be a whole number of at least 1. Give stride=1 or more.",
    ),
    (
        lambda: Conv(6, 3, dilation=(1, 0)),
        DescriptionError,
        "Conv: dilation is 0; it must be a whole number of at least 1. Give dilation=1 or more.",
    ),
    (
        lambda: Conv(6, 3, padding=-1),
        DescriptionError,
        "Conv: padding is -1; it must be a whole number of at least 0. Give padding=0 or more.",
    ),
    (
        lambda: Conv(6, (3, 3, 3, 3)),
        DescriptionError,
        "Conv: kernel_size has 4 entries. Give one number, or one per axis (1 to 3).",
    ),
    (
        lambda: Conv(6, ()),
        DescriptionError,
        "Conv: kernel_size has 0 entries. Give one number, or one per axis (1 to 3).",
    ),
    (
        lambda: Conv(6, 3, padding=(1, 1, 1, 1)),
        DescriptionError,
        "Conv: padding has 4 entries. Give one number, or one entry per axis (1 to 3).",
    ),
    (
        lambda: Conv(6, 3, padding=((1, 2, 3),)),
        DescriptionError,
        "Conv: padding entry (1, 2, 3) has 3 numbers. Give one number or a (before, after) pair.",
    ),
    (
        lambda: Conv(6, 3, padding="valid"),
        UnknownNameError,
        "Conv: Unknown padding 'valid'. Known are: same, a number, one entry per axis.",
    ),
    (
        lambda: Conv(6, 3, padding="same", stride=2),
        DescriptionError,
        'Conv: padding "same" needs stride 1, not 2. Give the padding as a number.',
    ),
    (
        lambda: Conv(6, 3, padding="same", stride=(2, 1)),
        DescriptionError,
        'Conv: padding "same" needs stride 1, not (2, 1). Give the padding as a number.',
    ),
    (
        lambda: Conv(6, 3, padding_mode="zero"),
        UnknownNameError,
        "Conv: Unknown padding mode 'zero'. Did you mean 'zeros'?",
    ),
    (
        lambda: Conv(6, 3, padding_mode=None),
        UnknownNameError,
        "Conv: Unknown padding mode None. Known are: zeros, edge, reflect, wrap.",
    ),
    (
        lambda: Conv(6, 3, rounding="ceil"),
        DescriptionError,
        'Conv: rounding "ceil" is for pooling only. Use "floor", or padding that lets it tile.',
    ),
    (lambda: Conv(6, 3, rounding="flor"), UnknownNameError, "Conv: Unknown rounding 'flor'. Did you mean 'floor'?"),
    (
        lambda: Conv(6, 3, footprint="diamant"),
        UnknownNameError,
        "Conv: Unknown footprint 'diamant'. Did you mean 'diamond'?",
    ),
    (
        lambda: Conv(6, 3, footprint="010/11"),
        DescriptionError,
        'Conv: footprint "010/11": its rows differ in length. Give rows of equal length.',
    ),
    (
        lambda: Conv(6, 3, footprint="000"),
        DescriptionError,
        'Conv: footprint "000" has no 1, so no weight. Mark at least one tap with 1.',
    ),
    (
        lambda: Conv(6, 3, bias=1),
        DescriptionError,
        "Conv: bias is 1; it must be True or False. Give bias=True or leave it out.",
    ),
    (
        lambda: Conv(6, 3, groups=True),
        DescriptionError,
        "Conv: groups is True; it must be a whole number of at least 1. Give groups=1 or more.",
    ),
    (
        lambda: Conv(6, 10_000_000),
        DescriptionError,
        "Conv: kernel_size is larger than 1,000,000, the most there can be. Give a smaller number.",
    ),
    (
        lambda: Conv(10**10, 3),
        DescriptionError,
        "Conv: out_channels is larger than 2,147,483,647, the most there can be. Give a smaller number.",
    ),
    (
        lambda: net("1x8x8", Conv(2, 4, footprint="diamond")),
        DescriptionError,
        "conv1: footprint diamond needs an odd kernel with equal sides, not 4x4. Use 5x5. (1x8x8)",
    ),
    (
        lambda: net("1x8x8", Conv(2, 5, footprint="hexagon")),
        DescriptionError,
        "conv1: footprint hexagon needs a 3x3 kernel, not 5x5. Use kernel_size=3 on two axes. (1x8x8)",
    ),
    (
        lambda: net("1x8x8", Conv(2, 3, footprint="01/10")),
        DescriptionError,
        'conv1: footprint "01/10" is 2x2, the kernel 3x3. Make them the same size. (1x8x8)',
    ),
    (
        lambda: net("1x8x8", Conv(6, (3, 3, 3))),
        ShapeError,
        "conv1: kernel_size 3x3x3 is for 3 axes, its input has 2 axes of space (a shape is channels, then space). Give one number, or one per axis. (1x8x8)",
    ),
    (
        lambda: net("1x8", Conv(6, (3, 3))),
        ShapeError,
        "conv1: kernel_size 3x3 is for 2 axes, its input has 1 axis of space (a shape is channels, then space). Give one number, or one per axis. (1x8)",
    ),
    (
        lambda: net("1x8x8", Conv(6, 3, stride=(2,))),
        ShapeError,
        "conv1: stride 2 is for 1 axis, its input has 2 axes of space (a shape is channels, then space). Give one number, or one per axis. (1x8x8)",
    ),
    (
        lambda: net("1x8x8", Conv(6, 3, padding=(1, 1, 1))),
        ShapeError,
        "conv1: padding has 3 entries, its input has 2 axes of space. Give one number, or one entry per axis. (1x8x8)",
    ),
    (
        lambda: net("1x8x8", Conv(6, 3, padding=((1, 2),))),
        ShapeError,
        "conv1: padding has 1 entry, its input has 2 axes of space. Give one number, or one entry per axis. (1x8x8)",
    ),
    (
        lambda: net("1x3x3", Conv(6, 7, padding=3, padding_mode="reflect")),
        ShapeError,
        'conv1: padding 3 is too much for padding_mode "reflect" on a side of 3. Use padding of at most 2, or another padding_mode. (1x3x3)',
    ),
    (
        lambda: net("1x3x3", Conv(6, 9, padding=4, padding_mode="wrap")),
        ShapeError,
        'conv1: padding 4 is too much for padding_mode "wrap" on a side of 3. Use padding of at most 3, or another padding_mode. (1x3x3)',
    ),
    (
        lambda: net("1x8x8", Flatten(), Conv(6, 3)),
        ShapeError,
        "conv1: it needs space, but its input is flat (64 features). Put it before Flatten(). (1x8x8 -> flatten1 64)",
    ),
    (
        lambda: net("1x1x1", Flatten(), Pool("max", 2)),
        ShapeError,
        "pool1: it needs space, but its input is flat (1 feature). Put it before Flatten(). (1x1x1 -> flatten1 1)",
    ),
    (
        lambda: net("1x8x8", Flatten(), Upsample(2)),
        ShapeError,
        "upsample1: it needs space, but its input is flat (64 features). Put it before Flatten(). (1x8x8 -> flatten1 64)",
    ),
    (
        lambda: net("1x8x8", Flatten(), Norm("instance")),
        ShapeError,
        "norm1: it needs space, but its input is flat (64 features). Put it before Flatten(). (1x8x8 -> flatten1 64)",
    ),
    (
        lambda: net("1x8x8", Flatten(), Pool("global-average")),
        ShapeError,
        "pool1: it needs space, but its input is flat (64 features). Put it before Flatten(). (1x8x8 -> flatten1 64)",
    ),
    (
        lambda: net("1x8x8", Dense(10)),
        ShapeError,
        "dense1: a dense layer needs a flat input, its input is 1x8x8. Put Flatten() before it. (1x8x8)",
    ),
    (
        lambda: Dense(0),
        DescriptionError,
        "Dense: out_features is 0; it must be a whole number of at least 1. Give out_features=1 or more.",
    ),
    (
        lambda: Dense(10, bias=None),
        DescriptionError,
        "Dense: bias is None; it must be True or False. Give bias=True or leave it out.",
    ),
    (
        lambda: ConvTranspose(6, 3, padding="same"),
        DescriptionError,
        'ConvTranspose: padding "same" has no meaning here. Give the padding to cut away as a number.',
    ),
    (
        lambda: net("1x8x8", ConvTranspose(6, 3, stride=2, output_padding=2)),
        ShapeError,
        "transpose1: output_padding 2 must be smaller than the stride 2 or the dilation 1. Use at most 1. (1x8x8)",
    ),
    (
        lambda: net("1x2x2", ConvTranspose(6, 3, padding=3)),
        ShapeError,
        "transpose1: padding 3 cuts away all 4 cells of the transposed output. Use padding of at most 1. (1x2x2)",
    ),
    (
        lambda: net("1x8x8", ConvTranspose(6, 3, stride=3, output_padding=(1, 2, 1))),
        ShapeError,
        "transpose1: output_padding 1x2x1 is for 3 axes, its input has 2 axes of space (a shape is channels, then space). Give one number, or one per axis. (1x8x8)",
    ),
    (lambda: Pool("mux", 2), UnknownNameError, "Pool: Unknown pooling 'mux'. Did you mean 'max'?"),
    (lambda: Pool("max"), DescriptionError, "Pool: the size of its window is missing. Give kernel_size."),
    (
        lambda: Pool("max", 2, output_size=3),
        DescriptionError,
        "Pool: output_size is for adaptive pooling. Give kernel_size, or use adaptive pooling.",
    ),
    (
        lambda: Pool("max", 0),
        DescriptionError,
        "Pool: kernel_size is 0; it must be a whole number of at least 1. Give kernel_size=1 or more.",
    ),
    (
        lambda: Pool("max", 2, rounding="up"),
        UnknownNameError,
        "Pool: Unknown rounding 'up'. Known are: exact, floor, ceil.",
    ),
    (
        lambda: Pool("global-average", 2),
        DescriptionError,
        "Pool: global-average pooling has no window of its own. Leave out kernel_size, stride, padding, dilation and rounding.",
    ),
    (
        lambda: Pool("global-max", output_size=2),
        DescriptionError,
        'Pool: global-max pooling gives one cell a channel. Leave out output_size, or use "adaptive-max".',
    ),
    (lambda: Pool("adaptive-average"), DescriptionError, "Pool: the size of its output is missing. Give output_size."),
    (
        lambda: Pool("adaptive-average", output_size=0),
        DescriptionError,
        "Pool: output_size is 0; it must be a whole number of at least 1. Give output_size=1 or more.",
    ),
    (
        lambda: Pool("majority", 3, padding=1),
        DescriptionError,
        "Pool: majority pooling takes no padding: only real sites vote. Leave out padding.",
    ),
    (
        lambda: net("1x8x8", Pool("max", 2, padding=2)),
        ShapeError,
        "pool1: with padding 2 some windows of 2 read padding alone, where there is no maximum. Use padding of at most 1. (1x8x8)",
    ),
    (
        lambda: net("1x8x8", Pool("max", 2, stride=1, padding=4, dilation=3)),
        ShapeError,
        "pool1: with padding 4 some windows of 2 read padding alone, where there is no maximum. Use padding of at most 3. (1x8x8)",
    ),
    (
        lambda: net("1x2", Pool("max", 2, stride=1, padding=2, dilation=3)),
        ShapeError,
        "pool1: with padding 2 some windows of 2 read padding alone, where there is no maximum. Use a dilation of at most 2. (1x2)",
    ),
    (
        lambda: net("1x8x8", Pool("adaptive-max", output_size=(2, 2, 2))),
        ShapeError,
        "pool1: output_size 2x2x2 is for 3 axes, its input has 2 axes of space (a shape is channels, then space). Give one number, or one per axis. (1x8x8)",
    ),
    (lambda: Norm("bach"), UnknownNameError, "Norm: Unknown normalisation 'bach'. Did you mean 'batch'?"),
    (lambda: Norm("group"), DescriptionError, "Norm: group normalisation needs groups. Give groups=2, say."),
    (
        lambda: Norm("local-response"),
        DescriptionError,
        "Norm: local-response normalisation needs size. Give size=2, say.",
    ),
    (lambda: Norm("batch", groups=2), DescriptionError, "Norm: groups is for group normalisation. Leave it out."),
    (lambda: Norm("batch", size=2), DescriptionError, "Norm: size is for local-response normalisation. Leave it out."),
    (
        lambda: Norm("batch", eps=-1),
        DescriptionError,
        "Norm: eps is -1; it must be a finite number of at least 0. Give eps=1e-5, say.",
    ),
    (
        lambda: Norm("batch", eps=float("nan")),
        DescriptionError,
        "Norm: eps is nan; it must be a finite number of at least 0. Give eps=1e-5, say.",
    ),
    (
        lambda: Norm("batch", momentum=1.5),
        DescriptionError,
        "Norm: momentum is 1.5; it must be at most 1. Give momentum=0.1, say.",
    ),
    (
        lambda: Norm("batch", alpha=5),
        DescriptionError,
        "Norm: alpha is for local-response normalisation. Leave it out.",
    ),
    (
        lambda: Norm("local-response", size=3, eps=5),
        DescriptionError,
        "Norm: eps is for batch, layer, instance and group normalisation. Leave it out.",
    ),
    (
        lambda: Norm("layer", momentum=0.5),
        DescriptionError,
        "Norm: momentum is for batch normalisation. Leave it out.",
    ),
    (
        lambda: net("4", Norm("group", groups=4)),
        ShapeError,
        "norm1: a group of one cell has no deviation to divide by. Use fewer groups, or normalise before the space is gone. (4)",
    ),
    (
        lambda: net("4x1x1", Norm("group", groups=4)),
        ShapeError,
        "norm1: a group of one cell has no deviation to divide by. Use fewer groups, or normalise before the space is gone. (4x1x1)",
    ),
    (
        lambda: Norm("batch", affine="no"),
        DescriptionError,
        "Norm: affine is 'no'; it must be True or False. Give affine=True or leave it out.",
    ),
    (lambda: Activation("rely"), UnknownNameError, "Activation: Unknown activation 'rely'. Did you mean 'relu'?"),
    (
        lambda: Activation(None),
        UnknownNameError,
        "Activation: Unknown activation None. Known are: relu, relu6, leaky_relu, elu, selu, gelu, silu, mish, softplus, hardswish, log-cosh, complex-relu, sigmoid, hardsigmoid, logsigmoid, tanh, hardtanh, scaled-tanh, softsign, softmax, log_softmax.",
    ),
    (lambda: Activation("relu", slope=0.1), DescriptionError, "Activation: slope is for leaky_relu. Leave it out."),
    (
        lambda: Activation("leaky_relu", slope="steep"),
        DescriptionError,
        "Activation: slope is 'steep'; it must be a finite number of at least 0. Give slope=0.1, say.",
    ),
    (lambda: Dropout(1.0), DescriptionError, "Dropout: p is 1; it must be at least 0 and below 1. Give a probability."),
    (
        lambda: Dropout(-0.5),
        DescriptionError,
        "Dropout: p is -0.5; it must be a finite number of at least 0. Give p=0.1, say.",
    ),
    (
        lambda: Upsample(0),
        DescriptionError,
        "Upsample: scale is 0; it must be a whole number of at least 1. Give scale=1 or more.",
    ),
    (
        lambda: Upsample(2, mode="bilinear"),
        UnknownNameError,
        "Upsample: Unknown mode 'bilinear'. Did you mean 'linear'?",
    ),
    (
        lambda: Opaque("", (1,)),
        DescriptionError,
        "Opaque: the operation has no name. Say what it does, for example Opaque('attention', ...).",
    ),
    (
        lambda: Opaque("attention", ()),
        DescriptionError,
        "Opaque: the shape of its output is missing. Give output, for example (64, 14, 14).",
    ),
    (
        lambda: Opaque("attention", (0,)),
        DescriptionError,
        "Opaque: output is 0; it must be a whole number of at least 1. Give output=1 or more.",
    ),
    (
        lambda: net("3x8x8", Residual([Conv(8, 3, padding="same")])),
        ShapeError,
        'sum1: its inputs differ in shape: 8x8x8 and 3x8x8. Make them equal: padding="same" keeps the space, and a 1x1 convolution on the shortcut changes channels, with a stride the space too. (3x8x8 -> conv1 8x8)',
    ),
    (
        lambda: net("3x8x8", Residual([Conv(3, 3)])),
        ShapeError,
        'sum1: its inputs differ in shape: 3x6x6 and 3x8x8. Make them equal: padding="same" keeps the space, and a 1x1 convolution on the shortcut changes channels, with a stride the space too. (3x8x8 -> conv1 6x6)',
    ),
    (
        lambda: net("3x8x8", Branches([[Conv(3, 3)], [Conv(3, 1)]])),
        ShapeError,
        'concat1: its inputs differ in space: 3x6x6 and 3x8x8. Make it equal in every branch, for example with padding="same". (3x8x8 -> conv1 6x6)',
    ),
    (
        lambda: net("3x8x8", Branches([[Pool("max", 2)], []], "product")),
        ShapeError,
        'product1: its inputs differ in shape: 3x4x4 and 3x8x8. Make them equal: padding="same" keeps the space, and a 1x1 convolution on the shortcut changes channels, with a stride the space too. (3x8x8 -> pool1 4x4)',
    ),
    (lambda: Branches([[], []], "add"), UnknownNameError, "Unknown join 'add'. Known are: sum, concat, product."),
    (lambda: Branches(None), DescriptionError, "branches are None, which is no list. Give a list of lists of layers."),
    (
        lambda: Branches([Conv(3, 3), Conv(3, 3)]),
        DescriptionError,
        "a branch is Conv(3, 3), which is no list. Give a list of layers.",
    ),
    (
        lambda: Residual(Conv(3, 3)),
        DescriptionError,
        "a branch is Conv(3, 3), which is no list. Give a list of layers.",
    ),
    (
        lambda: net("3x8x8", Branches([[Conv(3, 3)]])),
        DescriptionError,
        "concat1: concat reads 1 input; it joins two or more. Give it at least two inputs or branches.",
    ),
    (
        lambda: net("3x8x8", "conv"),
        DescriptionError,
        "'conv' is no layer. Use locality's layers, Residual and Branches.",
    ),
    (
        lambda: net("3x8x8", Conv),
        DescriptionError,
        "<class 'locality.network.layers.Conv'> is no layer. Use locality's layers, Residual and Branches.",
    ),
    (
        lambda: net("1x8x8", *nested(60)),
        DescriptionError,
        "branches stand in branches more than 50 deep. Use nodes for such a graph.",
    ),
    (
        lambda: Network("net", (1, 8, 8), Conv(1, 3)),
        DescriptionError,
        "net: layers are Conv(1, 3), which is no list. Give a list of layers.",
    ),
    (
        lambda: Network("net", (1, 8, 8), "conv"),
        DescriptionError,
        "net: layers are 'conv', which is no list. Give a list of layers.",
    ),
    (lambda: Network("net", (1, 8, 8), []), DescriptionError, "net: there is no layer. Give at least one."),
    (
        lambda: Network("net", (1, 8, 8)),
        DescriptionError,
        "net: a network is made of layers or of nodes. Give one of the two.",
    ),
    (
        lambda: Network("net", (1, 8, 8), [Flatten()], nodes=[]),
        DescriptionError,
        "net: a network is made of layers or of nodes. Give one of the two.",
    ),
    (
        lambda: Network("my net", (1, 8, 8), [Flatten()]),
        DescriptionError,
        "'my net' is no name for a network. Use letters, digits, '-', '_' and '.'.",
    ),
    (
        lambda: Network(None, (1, 8, 8), [Flatten()]),
        DescriptionError,
        "None is no name for a network. Use letters, digits, '-', '_' and '.'.",
    ),
    (
        lambda: Network("net", 28, [Flatten()]),
        DescriptionError,
        "net: input is 28; it must be (channels, *space) with at most 3 axes of space. Give, for example, (1, 28, 28).",
    ),
    (
        lambda: Network("net", (), [Flatten()]),
        DescriptionError,
        "net: input is (); it must be (channels, *space) with at most 3 axes of space. Give, for example, (1, 28, 28).",
    ),
    (
        lambda: Network("net", (1, 2, 3, 4, 5), [Flatten()]),
        DescriptionError,
        "net: input is (1, 2, 3, 4, 5); it must be (channels, *space) with at most 3 axes of space. Give, for example, (1, 28, 28).",
    ),
    (
        lambda: Network("net", (1, 0, 8), [Flatten()]),
        DescriptionError,
        "net: input is 0; it must be a whole number of at least 1. Give input=1 or more.",
    ),
    (
        lambda: Network("net", (1, "8", 8), [Flatten()]),
        DescriptionError,
        "net: input is '8'; it must be a whole number of at least 1. Give input=1 or more.",
    ),
    (
        lambda: Network("net", (1, 10**10), [Flatten()]),
        DescriptionError,
        "net: input is larger than 2,147,483,647, the most there can be. Give a smaller number.",
    ),
    (
        lambda: Network("net", (1, 8, 8), [Flatten()], dtype="float16"),
        UnknownNameError,
        "Unknown dtype 'float16'. Did you mean 'float64'?",
    ),
    (
        lambda: Network("net", (1, 8, 8), [Flatten()], dtype=float),
        UnknownNameError,
        "Unknown dtype <class 'float'>. Known are: float32, float64, complex64, complex128.",
    ),
    (
        lambda: net("1x8x8", Flatten(name="in put")),
        DescriptionError,
        "'in put' is no name for a node. Use letters, digits, '-', '_' and '.'; 'input' is taken.",
    ),
    (
        lambda: net("1x8x8", Flatten(name="input")),
        DescriptionError,
        "'input' is no name for a node. Use letters, digits, '-', '_' and '.'; 'input' is taken.",
    ),
    (
        lambda: net("1x8x8", Flatten(name=3)),
        DescriptionError,
        "3 is no name for a node. Use letters, digits, '-', '_' and '.'; 'input' is taken.",
    ),
    (
        lambda: net("1x8x8", Conv(1, 3, name="a"), Conv(1, 3, name="a")),
        DescriptionError,
        "a: two nodes have this name. Rename one.",
    ),
    (
        lambda: net("1x8x8", Conv(1, 3, name="a"), Conv(1, 3, name="a.b")),
        DescriptionError,
        "a.b: 'a' is a node itself. Rename one of the two.",
    ),
    (
        lambda: nodes(Node("a", Conv(1, 3), "b"), Node("b", Conv(1, 3), "a")),
        DescriptionError,
        "a: it reads 'b', which is not computed before it. List the nodes in the order they are computed, without a cycle.",
    ),
    (
        lambda: nodes(Node("a", Conv(1, 3), "a")),
        DescriptionError,
        "a: it reads 'a', which is not computed before it. List the nodes in the order they are computed, without a cycle.",
    ),
    (
        lambda: nodes(Node("conv1", Conv(1, 3), "input"), Node("b", Conv(1, 3), "conv")),
        UnknownNameError,
        "b: Unknown input 'conv'. Did you mean 'conv1'?",
    ),
    (
        lambda: nodes(Node("a", Conv(1, 3), [])),
        DescriptionError,
        "a: conv reads nothing; it takes one input. Name its input.",
    ),
    (
        lambda: nodes(Node("a", Conv(1, 3), ["input", "input"])),
        DescriptionError,
        "a: conv reads 2 inputs; it takes one input. Join them first, with Sum, Concat or Product.",
    ),
    (
        lambda: nodes(Node("a", Sum(), "input")),
        DescriptionError,
        "a: sum reads 1 input; it joins two or more. Give it at least two inputs or branches.",
    ),
    (
        lambda: nodes(Node("a", Conv(1, 3), "input"), Node("b", Conv(1, 3), "input")),
        DescriptionError,
        "a: no node reads it. Join it to the others, leave it out, or name it in heads.",
    ),
    (
        lambda: nodes(Node("a", Conv(1, 3), "input"), "b"),
        DescriptionError,
        "'b' is no node. Use Node(name, layer, inputs).",
    ),
    (
        lambda: nodes(Node("a", "conv", "input")),
        DescriptionError,
        "Node(name='a', layer='conv', inputs=('input',)) is no node. Use Node(name, layer, inputs).",
    ),
    (lambda: nodes(), DescriptionError, "net: there is no layer. Give at least one."),
    (
        lambda: Node("a", Conv(1, 3), None),
        DescriptionError,
        "a: its inputs are None, which is no list. Give a list of names.",
    ),
    (lambda: Node("a", Conv(1, 3), [1]), DescriptionError, "a: it cannot read 1. Give the names of nodes, or 'input'."),
    (
        lambda: Node("a", Conv(1, 3), "input", weights=2),
        DescriptionError,
        "a: it cannot share the weights of 2. Give the name of a node.",
    ),
    (
        lambda: Network("net", (1, 8, 8), nodes=3),
        DescriptionError,
        "net: nodes are 3, which is no list. Give a list of nodes.",
    ),
    (
        lambda: nodes(Node("a", Conv(1, 3), "input", weights="b")),
        DescriptionError,
        "a: no node before it has weights. Leave out weights='b'.",
    ),
    (
        lambda: nodes(Node("one", Conv(1, 3), "input"), Node("b", Conv(1, 3), "one", weights="on")),
        UnknownNameError,
        "b: Unknown node to share weights with 'on'. Did you mean 'one'?",
    ),
    (
        lambda: nodes(
            Node("a", Conv(1, 3), "input"),
            Node("b", Conv(1, 3), "a", weights="a"),
            Node("c", Conv(1, 3), "b", weights="b"),
        ),
        DescriptionError,
        "c: 'b' shares weights itself. Name 'a' instead.",
    ),
    (
        lambda: nodes(Node("a", Conv(1, 3), "input"), Node("b", Conv(1, 5), "a", weights="a")),
        DescriptionError,
        "b: it cannot share the weights of 'a': conv with weight 1x1x5x5, bias 1 against conv with weight 1x1x3x3, bias 1. Use equal layers.",
    ),
    (
        lambda: nodes(Node("a", Activation("relu"), "input"), Node("b", Activation("relu"), "a", weights="a")),
        DescriptionError,
        "b: relu has no weights to share. Leave out weights='a'.",
    ),
    (lambda: SMALL.node("conv2"), UnknownNameError, "Unknown node 'conv2'. Did you mean 'conv1'?"),
    (lambda: SMALL.node("zzz"), UnknownNameError, "Unknown node 'zzz'. Known are: conv1, pool1, flatten1."),
    (lambda: trace(SMALL)["pool"], UnknownNameError, "Unknown node 'pool'. Did you mean 'pool1'?"),
    (
        lambda: seen(SMALL, "conv1", (6, 0)),
        ShapeError,
        "conv1: there is no place (6, 0) in its map of 6x6. Give one index per axis, from 0.",
    ),
    (
        lambda: seen(SMALL, "conv1", (0,)),
        ShapeError,
        "conv1: there is no place (0,) in its map of 6x6. Give one index per axis, from 0.",
    ),
    (
        lambda: seen(SMALL, "flatten1", (0,)),
        ShapeError,
        "flatten1: its output is flat, so there is no place (0,). Give no index, ().",
    ),
    (
        lambda: seen(SMALL, "conv1", 3),
        ShapeError,
        "conv1: there is no place (3,) in its map of 6x6. Give one index per axis, from 0.",
    ),
    (
        lambda: seen(SMALL, "conv1", (1.5, 0)),
        ShapeError,
        "conv1: there is no place (1.5, 0) in its map of 6x6. Give one index per axis, from 0.",
    ),
    (
        lambda: trace("lenet5"),
        DescriptionError,
        "'lenet5' is not a network. Use locality.zoo.get('lenet5') or Network.from_text('1x28x28 | conv 6 5x5 | relu'), say.",
    ),
    (
        lambda: trace(np.zeros((100, 100))),
        DescriptionError,
        "this ndarray is not a network. Use locality.zoo.get('lenet5') or Network.from_text('1x28x28 | conv 6 5x5 | relu'), say.",
    ),
    (
        lambda: explain(RECORD, "conv1", (0, 1.5, 0)),
        ShapeError,
        "conv1: there is no cell (0, 1.5, 0) in its output 2x6x6. Give (channel, *space), counted from 0.",
    ),
    (
        lambda: explain(RECORD, "flatten1", 18),
        ShapeError,
        "flatten1: there is no cell (18,) in its output 18. Give (channel, *space), counted from 0.",
    ),
    (lambda: explain(RECORD, "flatten1", 0, 0.5), ShapeError, "flatten1: there is no image 0.5 among 1. Count from 0."),
    (lambda: seen(SMALL, "conv", (0, 0)), UnknownNameError, "Unknown node 'conv'. Did you mean 'conv1'?"),
    (
        lambda: text(""),
        DescriptionError,
        "the line begins with '', which is no shape. Begin with the input's shape, for example 1x28x28 | conv 6 5x5 | relu.",
    ),
    (
        lambda: text("hello"),
        DescriptionError,
        "the line begins with 'hello', which is no shape. Begin with the input's shape, for example 1x28x28 | conv 6 5x5 | relu.",
    ),
    (
        lambda: text("conv 6 5x5 | relu"),
        DescriptionError,
        "the line begins with 'conv 6 5x5', which is no shape. Begin with the input's shape, for example 1x28x28 | conv 6 5x5 | relu.",
    ),
    (
        lambda: text("1x28x28 float32 more | relu"),
        DescriptionError,
        "the line begins with '1x28x28 float32 more', which is no shape. Begin with the input's shape, for example 1x28x28 | conv 6 5x5 | relu.",
    ),
    (lambda: text("1x28x28 float16 | relu"), UnknownNameError, "Unknown dtype 'float16'. Did you mean 'float64'?"),
    (lambda: text("1x28x28"), DescriptionError, "network: there is no layer. Give at least one."),
    (lambda: text("1x28x28 |"), DescriptionError, "network: there is no layer. Give at least one."),
    (
        lambda: text("1x8x8 | | relu"),
        DescriptionError,
        "layer 1 is empty. Write a layer, or skip for a branch without any.",
    ),
    (
        lambda: text("1x8x8 | relu |"),
        DescriptionError,
        "layer 2 is empty. Write a layer, or skip for a branch without any.",
    ),
    (
        lambda: text("1x8x8 | conf 6 5x5"),
        UnknownNameError,
        "layer 1, 'conf 6 5x5': Unknown layer 'conf'. Did you mean 'conv'?",
    ),
    (
        lambda: text("1x8x8 | 6 5x5 conv"),
        UnknownNameError,
        "layer 1, '6 5x5 conv': Unknown layer '6'. Known are: conv, conv-transpose, dense, dropout, flatten, reshape, upsample, crop, distance, max, average, majority, subsampling, global-average, global-max, adaptive-average, adaptive-max, batch-norm, layer-norm, instance-norm, group-norm, local-response-norm, relu, relu6, leaky_relu, elu, selu, gelu, silu, mish, softplus, hardswish, log-cosh, complex-relu, sigmoid, hardsigmoid, logsigmoid, tanh, hardtanh, scaled-tanh, softsign, softmax, log_softmax, sum, concat, product, skip.",
    ),
    (
        lambda: text("1x8x8 | conv"),
        DescriptionError,
        "layer 1, 'conv': the number for out_channels is missing. Write it after 'conv'.",
    ),
    (
        lambda: text("1x8x8 | conv 6"),
        DescriptionError,
        "layer 1, 'conv 6': the number for kernel_size is missing. Write it after 'conv'.",
    ),
    (
        lambda: text("1x8x8 | conv six 5x5"),
        DescriptionError,
        "layer 1, 'conv six 5x5': the number for out_channels is missing. Write it after 'conv'.",
    ),
    (
        lambda: text("1x8x8 | conv 6 5y5"),
        DescriptionError,
        "layer 1, 'conv 6 5y5': '5y5' is no size. Write sizes as 5 or 5x5.",
    ),
    (
        lambda: text("1x8x8 | conv 6.5 5x5"),
        DescriptionError,
        "layer 1, 'conv 6.5 5x5': '6.5' is no whole number. Write out_channels as digits.",
    ),
    (
        lambda: text("1x8x8 | conv 6 5x5 7x7"),
        UnknownNameError,
        "layer 1, 'conv 6 5x5 7x7': Unknown option '7x7'. Known are: stride, pad, dilation, groups, footprint, connections, same, no-bias, edge, reflect, wrap, diamond, hexagon, floor, ceil, as.",
    ),
    (
        lambda: text("1x8x8 | conv 6 5x5 strides 2"),
        UnknownNameError,
        "layer 1, 'conv 6 5x5 strides 2': Unknown option 'strides'. Did you mean 'stride'?",
    ),
    (
        lambda: text("1x8x8 | conv 6 5x5 stride"),
        DescriptionError,
        "layer 1, 'conv 6 5x5 stride': the value of 'stride' is missing. Write it after the word.",
    ),
    (
        lambda: text("1x8x8 | conv 6 5x5 stride two"),
        DescriptionError,
        "layer 1, 'conv 6 5x5 stride two': 'two' is no size. Write sizes as 5 or 5x5.",
    ),
    (
        lambda: text("1x8x8 | conv 6 5x5 pad"),
        DescriptionError,
        "layer 1, 'conv 6 5x5 pad': the value of 'pad' is missing. Write it after the word.",
    ),
    (
        lambda: text("1x8x8 | conv 6 5x5 pad one"),
        DescriptionError,
        "layer 1, 'conv 6 5x5 pad one': 'one' is no padding. Write 2, 2x1 (per axis) or 1+2x1+2 (before+after).",
    ),
    (
        lambda: text("1x8x8 | conv 6 5x5 pad 1+2+3"),
        DescriptionError,
        "layer 1, 'conv 6 5x5 pad 1+2+3': '1+2+3' is no padding. Write 2, 2x1 (per axis) or 1+2x1+2 (before+after).",
    ),
    (
        lambda: text("1x8x8 | conv 6 5x5 pad 2 same"),
        DescriptionError,
        "layer 1, 'conv 6 5x5 pad 2 same': it says padding twice. Take one out.",
    ),
    (
        lambda: text("1x8x8 | conv 6 5x5 stride 2 stride 2"),
        DescriptionError,
        "layer 1, 'conv 6 5x5 stride 2 stride 2': it says stride twice. Take one out.",
    ),
    (
        lambda: text("1x8x8 | conv 6 5x5 ceil"),
        DescriptionError,
        'layer 1, \'conv 6 5x5 ceil\': rounding "ceil" is for pooling only. Use "floor", or padding that lets it tile.',
    ),
    (
        lambda: text("1x8x8 | conv 0 5x5"),
        DescriptionError,
        "layer 1, 'conv 0 5x5': out_channels is 0; it must be a whole number of at least 1. Give out_channels=1 or more.",
    ),
    (
        lambda: text("1x8x8 | conv 6 9x9"),
        ShapeError,
        "conv1: a 9x9 kernel does not fit its 8x8 input (padding 0). Use padding of at least 1 or a kernel of at most 8. (1x8x8)",
    ),
    (
        lambda: text("1x8x8 | max 2x2 no-bias"),
        UnknownNameError,
        "layer 1, 'max 2x2 no-bias': Unknown option 'no-bias'. Known are: stride, pad, dilation, same, floor, ceil, as.",
    ),
    (
        lambda: text("1x8x8 | max"),
        DescriptionError,
        "layer 1, 'max': the number for kernel_size is missing. Write it after 'max'.",
    ),
    (
        lambda: text("1x8x8 | max 2x2 same"),
        DescriptionError,
        'pool1: padding "same" needs stride 1, not 2. Give the padding as a number. (1x8x8)',
    ),
    (
        lambda: text("1x8x8 | adaptive-max"),
        DescriptionError,
        "layer 1, 'adaptive-max': the number for output_size is missing. Write it after 'adaptive-max'.",
    ),
    (
        lambda: text("1x8x8 | group-norm"),
        DescriptionError,
        "layer 1, 'group-norm': the number for groups is missing. Write it after 'group-norm'.",
    ),
    (
        lambda: text("1x8x8 | batch-norm eps small"),
        DescriptionError,
        "layer 1, 'batch-norm eps small': 'small' is no number. Write eps as a number.",
    ),
    (
        lambda: text("1x8x8 | leaky_relu slope -1"),
        DescriptionError,
        "layer 1, 'leaky_relu slope -1': slope is -1.0; it must be a finite number of at least 0. Give slope=0.1, say.",
    ),
    (
        lambda: text("1x8x8 | dropout 2"),
        DescriptionError,
        "layer 1, 'dropout 2': p is 2; it must be at least 0 and below 1. Give a probability.",
    ),
    (
        lambda: text("1x8x8 | upsample"),
        DescriptionError,
        "layer 1, 'upsample': the number for scale is missing. Write it after 'upsample'.",
    ),
    (
        lambda: text("1x8x8 | relu as"),
        DescriptionError,
        "layer 1, 'relu as': a name is read after 'as', at the end. Write as and one name last.",
    ),
    (
        lambda: text("1x8x8 | relu as a b"),
        DescriptionError,
        "layer 1, 'relu as a b': a name is read after 'as', at the end. Write as and one name last.",
    ),
    (
        lambda: text("1x8x8 | relu as input"),
        DescriptionError,
        "'input' is no name for a node. Use letters, digits, '-', '_' and '.'; 'input' is taken.",
    ),
    (lambda: text("1x8x8 | sum[ relu ; skip"), DescriptionError, "sum[ is not closed. Write ] after its last branch."),
    (
        lambda: text("1x8x8 | sum[ relu ; skip ] relu"),
        DescriptionError,
        "'relu' after ] cannot be read. Write | before the next layer.",
    ),
    (
        lambda: text("1x8x8 | sum[ relu ; skip ] as"),
        DescriptionError,
        "'as' after ] cannot be read. Write | before the next layer.",
    ),
    (
        lambda: text("1x8x8 | sum[ relu ; skip ] ]"),
        DescriptionError,
        "there is a ']' too many in '1x8x8 | sum[ relu ; skip ] ]'. Take it out.",
    ),
    (
        lambda: text("1x8x8 | relu ; relu"),
        DescriptionError,
        "there is a ';' too many in '1x8x8 | relu ; relu'. Take it out.",
    ),
    (
        lambda: text("1x8x8 | add[ relu ; skip ]"),
        DescriptionError,
        "layer 1, 'add': a '[' cannot follow here. Write sum[...], concat[...] or product[...].",
    ),
    (
        lambda: text("1x8x8 | [ relu ; skip ]"),
        DescriptionError,
        "layer 1: a '[' stands alone. Write sum[...], concat[...] or product[...].",
    ),
    (
        lambda: text("1x8x8 | sum 3 [ relu ; skip ]"),
        DescriptionError,
        "layer 1, 'sum 3': a '[' cannot follow here. Write sum[...], concat[...] or product[...].",
    ),
    (
        lambda: text("1x8x8 | sum[ relu ; ]"),
        DescriptionError,
        "layer 3 is empty. Write a layer, or skip for a branch without any.",
    ),
    (
        lambda: text("1x8x8 | sum[ relu ]"),
        DescriptionError,
        "sum1: sum reads 1 input; it joins two or more. Give it at least two inputs or branches.",
    ),
    (
        lambda: text("1x8x8 | sum"),
        DescriptionError,
        "layer 1, 'sum': its branches are missing. Write sum[ ... ; ... ].",
    ),
    (
        lambda: text("1x8x8 | opaque"),
        UnknownNameError,
        "layer 1, 'opaque': Unknown layer 'opaque'. Known are: conv, conv-transpose, dense, dropout, flatten, reshape, upsample, crop, distance, max, average, majority, subsampling, global-average, global-max, adaptive-average, adaptive-max, batch-norm, layer-norm, instance-norm, group-norm, local-response-norm, relu, relu6, leaky_relu, elu, selu, gelu, silu, mish, softplus, hardswish, log-cosh, complex-relu, sigmoid, hardsigmoid, logsigmoid, tanh, hardtanh, scaled-tanh, softsign, softmax, log_softmax, sum, concat, product, skip.",
    ),
    (
        lambda: text("1x8x8 | " + "sum[ " * 60),
        DescriptionError,
        "sum[ stands in more than 50 others. Write fewer in one another.",
    ),
    (lambda: text("1x8x8 | skip"), DescriptionError, "network: there is no layer. Give at least one."),
    (
        lambda: text("bad name: 1x8x8 | relu"),
        DescriptionError,
        "the line begins with 'bad name: 1x8x8', which is no shape. Begin with the input's shape, for example 1x28x28 | conv 6 5x5 | relu.",
    ),
    (
        lambda: text("b@d: 1x8x8 | relu"),
        DescriptionError,
        "'b@d' is no name for a network. Use letters, digits, '-', '_' and '.'.",
    ),
    (
        lambda: text("1x8x8 | conv 6 " + "9" * 40),
        DescriptionError,
        "a number of 40 digits stands in the line. Write a smaller one.",
    ),
    (
        lambda: text(None),
        DescriptionError,
        "None is no line of notation. Give a text, for example '1x28x28 | conv 6 5x5 | relu'.",
    ),
    (
        lambda: text(b"1x8x8 | relu"),
        DescriptionError,
        "b'1x8x8 | relu' is no line of notation. Give a text, for example '1x28x28 | conv 6 5x5 | relu'.",
    ),
    (
        lambda: json_text("nonsense"),
        DescriptionError,
        "this is no JSON: Expecting value: line 1 column 1 (char 0). Give a text that to_json wrote.",
    ),
    (
        lambda: json_text(None),
        DescriptionError,
        "this is no JSON: the JSON object must be str, bytes or bytearray, not NoneType. Give a text that to_json wrote.",
    ),
    (
        lambda: json_text("[" * 100_000),
        DescriptionError,
        "this JSON is nested too deeply. Give a text that to_json wrote.",
    ),
    (
        lambda: json_text("[]"),
        DescriptionError,
        "the description is no JSON object with name, input, dtype, nodes. Give a description that to_json wrote.",
    ),
    (
        lambda: json_text("3"),
        DescriptionError,
        "the description is no JSON object with name, input, dtype, nodes. Give a description that to_json wrote.",
    ),
    (
        lambda: plain(nodes=None),
        DescriptionError,
        "the description's nodes are None, which is no list. Give a description that to_json wrote.",
    ),
    (lambda: plain(nodes=[]), DescriptionError, "small: there is no layer. Give at least one."),
    (
        lambda: plain(nodes=[3]),
        DescriptionError,
        "node 1 is no JSON object with name, layer, inputs. Give a description that to_json wrote.",
    ),
    (
        lambda: plain(name=DROP),
        DescriptionError,
        "the description has no 'name'. Give a description that to_json wrote.",
    ),
    (
        lambda: plain(input=DROP),
        DescriptionError,
        "the description has no 'input'. Give a description that to_json wrote.",
    ),
    (
        lambda: plain(dtype=DROP),
        DescriptionError,
        "the description has no 'dtype'. Give a description that to_json wrote.",
    ),
    (
        lambda: plain(nodes=DROP),
        DescriptionError,
        "the description has no 'nodes'. Give a description that to_json wrote.",
    ),
    (
        lambda: plain(input="1x8x8"),
        DescriptionError,
        "small: input is '1x8x8'; it must be (channels, *space) with at most 3 axes of space. Give, for example, (1, 28, 28).",
    ),
    (lambda: plain(dtype="float"), UnknownNameError, "Unknown dtype 'float'. Did you mean 'float64'?"),
    (lambda: entry(name=DROP), DescriptionError, "node 1 has no 'name'. Give a description that to_json wrote."),
    (lambda: entry(layer=DROP), DescriptionError, "node 1 has no 'layer'. Give a description that to_json wrote."),
    (lambda: entry(inputs=DROP), DescriptionError, "node 1 has no 'inputs'. Give a description that to_json wrote."),
    (
        lambda: entry(layer="Convolution"),
        UnknownNameError,
        "conv1: Unknown layer 'Convolution'. Known are: Conv, ConvTranspose, Pool, Dense, Norm, Activation, Dropout, Flatten, Reshape, Upsample, Crop, Distance, Sum, Concat, Product, Opaque.",
    ),
    (lambda: entry(layer=["Conv"]), UnknownNameError, "conv1: Unknown layer ('Conv',). Did you mean 'Conv'?"),
    (
        lambda: entry(kernel=3),
        UnknownNameError,
        "conv1: Unknown argument of Conv 'kernel'. Did you mean 'kernel_size'?",
    ),
    (
        lambda: entry(kernel_size=DROP),
        DescriptionError,
        "conv1: Conv has no 'kernel_size'. Give a description that to_json wrote.",
    ),
    (
        lambda: entry(kernel_size="3"),
        DescriptionError,
        "conv1: Conv: kernel_size is '3'; it must be a whole number of at least 1. Give kernel_size=1 or more.",
    ),
    (
        lambda: entry(kernel_size=[3, [3]]),
        DescriptionError,
        "conv1: Conv: kernel_size is (3,); it must be a whole number of at least 1. Give kernel_size=1 or more.",
    ),
    (
        lambda: entry(stride=1.5),
        DescriptionError,
        "conv1: Conv: stride is 1.5; it must be a whole number of at least 1. Give stride=1 or more.",
    ),
    (
        lambda: entry(inputs=None),
        DescriptionError,
        "conv1: its inputs are None, which is no list. Give a list of names.",
    ),
    (
        lambda: entry(inputs=[["input"]]),
        DescriptionError,
        "conv1: it cannot read ('input',). Give the names of nodes, or 'input'.",
    ),
    (
        lambda: entry(inputs=["conv1"]),
        DescriptionError,
        "conv1: it reads 'conv1', which is not computed before it. List the nodes in the order they are computed, without a cycle.",
    ),
    (
        lambda: entry(weights=["a"]),
        DescriptionError,
        "conv1: it cannot share the weights of ('a',). Give the name of a node.",
    ),
    (lambda: entry(weights=""), DescriptionError, "conv1: no node before it has weights. Leave out weights=''."),
    (
        lambda: Conv(2, 3, connections=[[0]]),
        DescriptionError,
        "Conv: connections has 1 entry for 2 output channels. Give one for each.",
    ),
    (
        lambda: Conv(2, 3, connections=3),
        DescriptionError,
        "Conv: connections is 3. Give, for each output channel, a list of input channels.",
    ),
    (
        lambda: Conv(2, 3, connections=[[0], []]),
        DescriptionError,
        "Conv: output channel 1 reads []. Give it a list of input channels.",
    ),
    (
        lambda: Conv(2, 3, connections=[[0], [1, 1]]),
        DescriptionError,
        "Conv: output channel 1 reads a channel twice: [1, 1]. Name each once.",
    ),
    (
        lambda: Conv(2, 3, connections=[[0], [1]], groups=2),
        DescriptionError,
        "Conv: connections and groups say the same thing in two ways. Leave one out.",
    ),
    (
        lambda: Network("n", (2, 8, 8), [Conv(1, 3, connections=[[2]])]),
        ShapeError,
        "conv1: connections read channel 2, its input has 2 channels, counted from 0. Name channels 0 to 1. (2x8x8)",
    ),
    (
        lambda: Network.from_text("2x8x8 | conv 1 3x3 connections 0-1"),
        DescriptionError,
        "layer 1, 'conv 1 3x3 connections 0-1': '0-1' is no table of connections. Write 0+1,1+2: what each map reads, in turn.",
    ),
    (
        lambda: Network("n", (64,), [Reshape((32, 1, 1))]),
        ShapeError,
        "reshape1: its input 64 has 64 numbers, 32x1x1 has 32. Give a shape of 64 numbers. (64)",
    ),
    (
        lambda: Reshape("64x1x1"),
        DescriptionError,
        "Reshape: output is '64x1x1'; it must be (channels, *space) with at most 3 axes of space. "
        "Give, for example, (64, 1, 1).",
    ),
    (
        lambda: Reshape((64, 0)),
        DescriptionError,
        "Reshape: output is 0; it must be a whole number of at least 1. Give output=1 or more.",
    ),
    (
        lambda: Crop("same"),
        DescriptionError,
        'Crop: cells "same" has no meaning here. Give the number of cells to cut away.',
    ),
    (
        lambda: Crop(-1),
        DescriptionError,
        "Crop: cells is -1; it must be a whole number of at least 0. Give cells=0 or more.",
    ),
    (
        lambda: Network("n", (2, 8, 8), [Crop(4)]),
        ShapeError,
        "crop1: nothing is left of 8 when 8 are cut away. Use fewer cells. (2x8x8)",
    ),
    (
        lambda: Network("n", (2, 8, 8), [Crop((1, 2, 3))]),
        ShapeError,
        "crop1: cells has 3 entries, its input has 2 axes of space. Give one number, or one entry per axis. (2x8x8)",
    ),
    (
        lambda: Network("n", (8,), [Crop(1)]),
        ShapeError,
        "crop1: it needs space, but its input is flat (8 features). Put it before Flatten(). (8)",
    ),
    (
        lambda: Distance("01/10"),
        DescriptionError,
        "Distance: prototypes is '01/10'. Give one drawing for each output: ['01/10', '11/00'].",
    ),
    (
        lambda: Distance(["02"]),
        DescriptionError,
        "Distance: '02' is no pattern. Write rows of 0 and 1 parted by '/': '010/111'.",
    ),
    (
        lambda: Distance(["01", "011"]),
        DescriptionError,
        "Distance: its prototypes differ in size. Give them all the same rows and columns.",
    ),
    (
        lambda: Network("n", (8,), [Distance(["01/10"])]),
        ShapeError,
        "distance1: its prototypes have 4 cells, its input is 8. Give it 4. (8)",
    ),
    (
        lambda: Network("n", (8,), nodes=[Node("a", Dense(3), "input"), Node("b", Dense(2), "input")], heads=["a"]),
        ShapeError,
        "a: an auxiliary head has the output's shape 2, this one has 3. Make it end as the network ends.",
    ),
    (
        lambda: Network("n", (8,), nodes=[Node("a", Dense(2), "input"), Node("b", Dense(2), "a")], heads=["a"]),
        DescriptionError,
        "a: it is read by another node, so it is no auxiliary head. Leave it out of heads.",
    ),
    (
        lambda: Network("n", (8,), [Dense(2)], heads=["dense1"]),
        DescriptionError,
        "dense1: it is the output, so it is no auxiliary head. Leave it out of heads.",
    ),
    (
        lambda: Network("n", (8,), [Dense(2)], heads=[["a"]]),
        DescriptionError,
        "n: heads is [['a']]. Give a list of names of nodes, each once.",
    ),
    (
        lambda: Network("n", (8,), nodes=[Node("a", Dense(2), "input"), Node("b", Dense(2), "input")], heads="ab"),
        DescriptionError,
        "n: heads are 'ab', which is no list. Give a list of names of nodes.",
    ),
    (
        lambda: Network(
            "n", (8,), nodes=[Node("a", Dense(2), "input"), Node("b", Dense(2), "input")], heads=["a", "a"]
        ),
        DescriptionError,
        "n: heads is ['a', 'a']. Give a list of names of nodes, each once.",
    ),
    (
        lambda: Network("n", (8,), [Dense(2)], heads=["dense2"]),
        UnknownNameError,
        "Unknown node 'dense2'. Did you mean 'dense1'?",
    ),
    (
        lambda: entry(name=None),
        DescriptionError,
        "None is no name for a node. Use letters, digits, '-', '_' and '.'; 'input' is taken.",
    ),
]


@pytest.mark.parametrize(("make", "kind", "message"), MESSAGES, ids=[str(n) for n in range(len(MESSAGES))])
def test_a_mistake_raises_its_sentence_in_full(make, kind, message):
    with pytest.raises(kind) as caught:
        make()
    assert type(caught.value) is kind
    assert str(caught.value) == message


@pytest.mark.parametrize("message", [message for _, _, message in MESSAGES])
def test_every_sentence_says_what_to_do_and_ends_well(message):
    sentences = re.sub(r" \([\dx]+( -> .*)?\)$", "", message)
    assert sentences.endswith((".", "?"))
    assert re.search(
        r"(Use|Begin|Give|Write|Take|Put|Make|Name|Rename|Leave|Mark|Join|List|Count|Did you mean|Known are|Say) ?",
        sentences,
    )
    assert "  " not in sentences
    assert not re.search(r"\b1 (entries|axes|features|inputs|cells|channels)\b", sentences)


sizes, kernels, paddings = st.integers(1, 12), st.integers(1, 9), st.integers(0, 4)


@settings(deadline=None, max_examples=200)
@given(st.tuples(sizes, sizes), kernels, st.integers(1, 4), paddings, st.integers(1, 2), st.booleans())
def test_what_a_size_error_proposes_works(sides, kernel, stride, padding, dilation, pools):
    def attempt(sides=sides, **changes):
        given = {"stride": stride, "padding": padding, "dilation": dilation, **changes}
        size = given.pop("kernel_size", kernel)
        layer = Pool("average", size, **given) if pools else Conv(1, size, **given)
        return Network("net", (1, *sides), [layer])

    def numbers(text):
        found = tuple(map(int, text.split("x")))
        return found * 2 if len(found) == 1 else found

    try:
        attempt()
    except ShapeError as error:
        advice = str(error).partition("Use ")[2]
    else:
        return
    if 'rounding="floor"' in advice:
        attempt(rounding="floor")
    for pad in re.findall(r"padding of (?:at least )?(\d+)", advice):
        attempt(padding=int(pad))
        if "at least" in advice:
            attempt(padding=int(pad) + 1)
    for size in re.findall(r"a (?:kernel|window) of (?:at most )?([\dx]+)", advice):
        attempt(kernel_size=numbers(size))
    for first, _, second in re.findall(r"an input of ([\dx]+)( or ([\dx]+))?", advice):
        attempt(sides=numbers(first))
        if second:
            attempt(sides=numbers(second))
    assert re.search("padding of|kernel of|window of|input of", advice)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("1x8x8 | conv 2 4 diamond", "1x8x8 | conv 2 5 diamond"),
        ("3x8x8 | conv 4 3 groups 2", "2x8x8 | conv 4 3 groups 2"),
        ("1x3x3 | conv 6 7 pad 3 reflect", "1x3x3 | conv 6 7 pad 2 reflect"),
        ("1x8x8 | max 2 stride 1 pad 2", "1x8x8 | max 2 stride 1 pad 1"),
        ("1x8x8 | max 2 stride 1 pad 4 dilation 3", "1x8x8 | max 2 stride 1 pad 3 dilation 3"),
        ("1x2 | max 2 stride 1 pad 2 dilation 3", "1x2 | max 2 stride 1 pad 2 dilation 2"),
        ("1x8x8 | conv-transpose 6 3 stride 2 output-pad 2", "1x8x8 | conv-transpose 6 3 stride 2 output-pad 1"),
        ("1x2x2 | conv-transpose 6 3 pad 3", "1x2x2 | conv-transpose 6 3 pad 1"),
        ("1x8x8 | flatten | conv 6 3", "1x8x8 | conv 6 3 | flatten"),
        ("1x8x8 | dense 3", "1x8x8 | flatten | dense 3"),
        ("3x8x8 | sum[ conv 8 3 same ; skip ]", "3x8x8 | sum[ conv 8 3 same ; conv 8 1 ]"),
        ("3x8x8 | sum[ conv 3 3 ; skip ]", "3x8x8 | sum[ conv 3 3 same ; skip ]"),
    ],
)
def test_the_proposed_repair_is_one(wrong, right):
    if right == "1x3x3 | conv 6 7 pad 2 reflect":
        right = "1x3x3 | conv 6 5 pad 2 reflect"  # the padding proposed, and a kernel that fits it
    with pytest.raises(LocalityError):
        Network.from_text(wrong)
    Network.from_text(right)


def test_one_index_alone_is_a_place_or_a_feature():
    assert seen(Network("line", (1, 8), [Conv(1, 3)]), "conv1", 3) == ((3, 4, 5),)
    assert explain(RECORD, "flatten1", np.int64(3)).cell == (3,)
