"""GoogLeNet: inception modules, which look at one place through windows of several sizes."""

from collections.abc import Sequence

from locality.network.layer import Layer
from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten, Norm, Pool
from locality.network.network import Branches, Item, Network
from locality.zoo.about import About

ABOUT = About(
    "googlenet",
    2014,
    "Going deeper with convolutions",
    "Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich",
    "arXiv:1409.4842",
    "6.67 % top-5 error on ImageNet (seven networks together); torchvision's weights: 10.47 %",
    "torchvision's: batch normalisation after every convolution, 3x3 windows where the paper has 5x5, the last pool "
    "2x2, no local response normalisation, and without the two auxiliary heads, which serve only in training.",
)

# Channels of each module: 1x1; 3x3 reduced, 3x3; "5x5" reduced, "5x5"; after the pool.
INCEPTIONS = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def googlenet(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """Three convolutions, nine inception modules, the average of each map, one dense layer (arXiv:1409.4842).

    Pools round up, the first convolution floors, as torchvision's do in silence. Names are torchvision's.

    >>> googlenet().parameter_count
    6624904
    """
    layers: list[Item] = [
        *_convolution("conv1", 64, 7, stride=2),
        _pool(1, 3),
        *_convolution("conv2", 64, 1),
        *_convolution("conv3", 192, 3),
        _pool(2, 3),
        *_inceptions("3a", "3b"),
        _pool(3, 3),
        *_inceptions("4a", "4b", "4c", "4d", "4e"),
        _pool(4, 2),
        *_inceptions("5a", "5b"),
        Pool("global-average", name="avgpool"),
        Flatten(name="flatten"),
        Dropout(0.2, name="dropout"),
        Dense(classes, name="fc"),
    ]
    return Network("googlenet", input, layers)


def _convolution(name: str, channels: int, kernel: int, stride: int = 1) -> list[Layer]:
    rounding = "floor" if stride > 1 else "exact"
    return [
        Conv(channels, kernel, stride, padding=kernel // 2, bias=False, rounding=rounding, name=f"{name}.conv"),
        Norm("batch", eps=1e-3, name=f"{name}.bn"),
        Activation("relu", name=f"{name}.relu"),
    ]


def _pool(number: int, kernel: int) -> Pool:
    return Pool("max", kernel, stride=2, rounding="ceil", name=f"maxpool{number}")


def _inceptions(*stages: str) -> list[Branches]:
    return [_inception(f"inception{stage}", *INCEPTIONS[stage]) for stage in stages]


def _inception(
    name: str, one: int, reduced_three: int, three: int, reduced_five: int, five: int, pooled: int
) -> Branches:
    branches: list[list[Layer]] = [
        _convolution(f"{name}.branch1", one, 1),
        _convolution(f"{name}.branch2.0", reduced_three, 1) + _convolution(f"{name}.branch2.1", three, 3),
        _convolution(f"{name}.branch3.0", reduced_five, 1) + _convolution(f"{name}.branch3.1", five, 3),
        [Pool("max", 3, 1, padding=1, name=f"{name}.branch4.0"), *_convolution(f"{name}.branch4.1", pooled, 1)],
    ]
    return Branches(branches, "concat", name=f"{name}.concat")
