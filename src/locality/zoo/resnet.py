"""Residual networks: each block adds what it has learned to what it was given."""

from collections.abc import Callable, Sequence

from locality.network.layer import Layer
from locality.network.layers import Activation, Conv, Dense, Flatten, Norm, Pool
from locality.network.network import Item, Network, Residual
from locality.zoo.about import About

Convolution = tuple[int, int, int]  # channels, kernel size, stride


def _about(depth: int, figures: str, weights: str) -> About:
    return About(
        f"resnet{depth}",
        2015,
        "Deep residual learning for image recognition",
        "He, Zhang, Ren, Sun",
        "arXiv:1512.03385",
        f"{figures} on ImageNet (one network); torchvision's weights: {weights} % top-5 error",
        "torchvision's: projections where a shortcut changes shape (the paper's option B)"
        + ("." if depth < 50 else ', and the stride in the 3x3 convolution ("v1.5"), not in the first 1x1.'),
    )


ABOUTS = (
    _about(18, "27.88 % top-1 error (ten crops)", "10.92"),
    _about(34, "5.71 % top-5 error", "8.58"),
    _about(50, "5.25 % top-5 error", "7.14"),
    _about(101, "4.60 % top-5 error", "6.45"),
    _about(152, "4.49 % top-5 error", "5.95"),
)
ABOUT_CIFAR = About(
    "resnet20-cifar",
    2015,
    "Deep residual learning for image recognition",
    "He, Zhang, Ren, Sun",
    "arXiv:1512.03385",
    "8.75 % test error on CIFAR-10",
    "Projections where a shortcut changes shape (option B); the paper's pads with zeros there and has 269,722 "
    "parameters.",
)


def resnet18(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """Eight blocks of two 3x3 convolutions (arXiv:1512.03385).

    >>> resnet18().parameter_count
    11689512
    """
    return _resnet("resnet18", _basic, (2, 2, 2, 2), input, classes)


def resnet34(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """Sixteen blocks of two 3x3 convolutions (arXiv:1512.03385).

    >>> resnet34().parameter_count
    21797672
    """
    return _resnet("resnet34", _basic, (3, 4, 6, 3), input, classes)


def resnet50(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """Sixteen bottlenecks: 1x1 to fewer channels, 3x3, 1x1 to four times as many (arXiv:1512.03385).

    >>> resnet50().parameter_count
    25557032
    """
    return _resnet("resnet50", _bottleneck, (3, 4, 6, 3), input, classes)


def resnet101(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """Thirty-three bottlenecks (arXiv:1512.03385).

    >>> resnet101().parameter_count
    44549160
    """
    return _resnet("resnet101", _bottleneck, (3, 4, 23, 3), input, classes)


def resnet152(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """Fifty bottlenecks (arXiv:1512.03385).

    >>> resnet152().parameter_count
    60192808
    """
    return _resnet("resnet152", _bottleneck, (3, 8, 36, 3), input, classes)


def resnet20_cifar(input: Sequence[int] = (3, 32, 32), classes: int = 10) -> Network:
    """Nine blocks of two 3x3 convolutions for small pictures (arXiv:1512.03385, section 4.2), projection shortcuts.

    >>> resnet20_cifar().parameter_count
    272474
    """
    layers: list[Item] = [*_convolution("conv1", "bn1", 16, 3, 1), Activation("relu", name="relu")]
    layers += _stages(_basic, (3, 3, 3), 16)
    layers += [Pool("global-average", name="avgpool"), Flatten(name="flatten"), Dense(classes, name="fc")]
    return Network("resnet20-cifar", input, layers)


def _basic(width: int, stride: int) -> list[Convolution]:
    return [(width, 3, stride), (width, 3, 1)]


def _bottleneck(width: int, stride: int) -> list[Convolution]:
    return [(width, 1, 1), (width, 3, stride), (4 * width, 1, 1)]


def _resnet(
    name: str,
    block: Callable[[int, int], list[Convolution]],
    depths: tuple[int, ...],
    input: Sequence[int],
    classes: int,
) -> Network:
    """Names are torchvision's; windows that do not tile their input floor, as torchvision's do in silence."""
    layers: list[Item] = [
        *_convolution("conv1", "bn1", 64, 7, 2),
        Activation("relu", name="relu"),
        Pool("max", 3, stride=2, padding=1, rounding="floor", name="maxpool"),
    ]
    layers += _stages(block, depths, 64)
    layers += [Pool("global-average", name="avgpool"), Flatten(name="flatten"), Dense(classes, name="fc")]
    return Network(name, input, layers)


def _stages(block: Callable[[int, int], list[Convolution]], depths: tuple[int, ...], width: int) -> list[Item]:
    """The stages: each but the first halves the map, and each is twice as wide as the one before."""
    layers, channels = [], width
    for stage, depth in enumerate(depths, start=1):
        for i in range(depth):
            stride = 2 if stage > 1 and i == 0 else 1
            convolutions = block(width * 2 ** (stage - 1), stride)
            layers += _block(f"layer{stage}.{i}", channels, stride, convolutions)
            channels = convolutions[-1][0]
    return layers


def _block(name: str, channels: int, stride: int, convolutions: list[Convolution]) -> list[Item]:
    layers: list[Layer] = []
    for i, convolution in enumerate(convolutions, start=1):
        layers += _convolution(f"{name}.conv{i}", f"{name}.bn{i}", *convolution)
        layers.append(Activation("relu", name=f"{name}.relu{i}"))
    *body, last = layers  # the last relu comes after the sum
    shortcut: list[Layer] = []
    if (channels, 1) != (out := convolutions[-1][0], stride):
        shortcut = _convolution(f"{name}.downsample.0", f"{name}.downsample.1", out, 1, stride)
    return [Residual(body, shortcut, name=f"{name}.add"), last]


def _convolution(name: str, norm: str, channels: int, kernel: int, stride: int) -> list[Layer]:
    rounding = "floor" if stride > 1 else "exact"
    return [
        Conv(channels, kernel, stride, padding=kernel // 2, bias=False, rounding=rounding, name=name),
        Norm("batch", name=norm),
    ]
