"""Named networks: `get` gives the description of one, `names` lists them, `about` tells where one comes from.

alexnet, vgg16, vgg19, googlenet and the ResNets from 18 to 152 are torchvision's, and so are the names of their nodes;
those of efficientnet-lite0 are a package's: so published weights load by name.

>>> from locality import zoo
>>> for name in zoo.names():
...     net = zoo.get(name)
...     print(f"{net}, {net.parameter_count:,} parameters")
ffnn: 1x28x28 -> 10, 6 nodes, 266,610 parameters
lenet1: 1x28x28 -> 10, 10 nodes, 2,578 parameters
lenet5-1998: 1x32x32 -> 10, 14 nodes, 60,000 parameters
lenet5: 1x28x28 -> 10, 12 nodes, 61,706 parameters
tiny-vgg: 3x64x64 -> 10, 12 nodes, 19,920 parameters
alexnet-2012: 3x227x227 -> 1000, 23 nodes, 60,965,224 parameters
alexnet: 3x224x224 -> 1000, 22 nodes, 61,100,840 parameters
zfnet-2013: 3x224x224 -> 1000, 23 nodes, 62,357,608 parameters
vgg16: 3x224x224 -> 1000, 40 nodes, 138,357,544 parameters
vgg19: 3x224x224 -> 1000, 46 nodes, 143,667,240 parameters
googlenet-2014: 3x224x224 -> 1000, 142 nodes, 6,998,552 parameters
googlenet-2014-heads: 3x224x224 -> 1000, 158 nodes, 13,378,280 parameters
googlenet: 3x224x224 -> 1000, 197 nodes, 6,624,904 parameters
resnet20-cifar: 3x32x32 -> 10, 73 nodes, 272,474 parameters
resnet18: 3x224x224 -> 1000, 69 nodes, 11,689,512 parameters
resnet34: 3x224x224 -> 1000, 125 nodes, 21,797,672 parameters
resnet50: 3x224x224 -> 1000, 175 nodes, 25,557,032 parameters
resnet101: 3x224x224 -> 1000, 345 nodes, 44,549,160 parameters
resnet152: 3x224x224 -> 1000, 515 nodes, 60,192,808 parameters
efficientnet-lite0: 3x224x224 -> 1000, 144 nodes, 4,652,008 parameters
unet: 1x572x572 -> 2x388x388, 53 nodes, 31,030,658 parameters
carrasquilla-2017: 1x30x30 -> 2, 4 nodes, 90,302 parameters
carrasquilla-2017-cnn: 2x16x16 -> 2, 7 nodes, 1,049,346 parameters
choo-2019: 1x6x6 -> 2x6x6, 12 nodes, 3,838 parameters
nqs-resnet: 1x6x6 -> 16x6x6, 11 nodes, 9,440 parameters
"""

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

from locality.errors import DescriptionError, unknown
from locality.network.network import Network, input_shape
from locality.zoo import (
    alexnet,
    carrasquilla,
    choo,
    efficientnet,
    ffnn,
    googlenet,
    lenet,
    nqs_resnet,
    resnet,
    tiny_vgg,
    unet,
    vgg,
)
from locality.zoo.about import About

__all__ = ["About", "about", "get", "names"]

# A new network is a function of (input, classes), or of (input) where there are no classes, an About beside it, and its
# line here.
_ENTRIES: tuple[tuple[About, Callable[..., Network]], ...] = (
    (ffnn.ABOUT, ffnn.ffnn),
    (lenet.ABOUT_1, lenet.lenet1),
    (lenet.ABOUT_1998, lenet.lenet5_1998),
    (lenet.ABOUT, lenet.lenet5),
    (tiny_vgg.ABOUT, tiny_vgg.tiny_vgg),
    (alexnet.ABOUT_2012, alexnet.alexnet_2012),
    (alexnet.ABOUT, alexnet.alexnet),
    (alexnet.ABOUT_ZF, alexnet.zfnet_2013),
    (vgg.ABOUT_16, vgg.vgg16),
    (vgg.ABOUT_19, vgg.vgg19),
    (googlenet.ABOUT_2014, googlenet.googlenet_2014),
    (googlenet.ABOUT_HEADS, googlenet.googlenet_2014_heads),
    (googlenet.ABOUT, googlenet.googlenet),
    (resnet.ABOUT_CIFAR, resnet.resnet20_cifar),
    *zip(
        resnet.ABOUTS,
        (resnet.resnet18, resnet.resnet34, resnet.resnet50, resnet.resnet101, resnet.resnet152),
        strict=True,
    ),
    (efficientnet.ABOUT, efficientnet.efficientnet_lite0),
    (unet.ABOUT, unet.unet),
    (carrasquilla.ABOUT, carrasquilla.carrasquilla_2017),
    (carrasquilla.ABOUT_CNN, carrasquilla.carrasquilla_2017_cnn),
    (choo.ABOUT, choo.choo_2019),
    (nqs_resnet.ABOUT, nqs_resnet.nqs_resnet),
)


def names() -> tuple[str, ...]:
    """The names that `get` and `about` know, the simplest first."""
    return tuple(about.name for about, _ in _ENTRIES)


def get(name: str, input: Sequence[int] | None = None, classes: int | None = None) -> Network:
    """The network of that name, for another `input` (channels, *space) or number of `classes` where those are given.

    Raises `UnknownNameError` for a name that is not among `names()`, `DescriptionError` for what is no input or number
    of classes, or classes of a wave function, and `ShapeError` where the network does not fit the input.

    >>> get("resnet18", input=(1, 64, 64), classes=10).output
    (10,)
    >>> get("resnet-50")
    Traceback (most recent call last):
    ...
    locality.errors.UnknownNameError: Unknown network 'resnet-50'. Did you mean 'resnet50'?
    """
    made, given = _entry(name)[1], dict[str, Any]()
    if input is not None:
        given["input"] = input_shape(name, input)
    if classes is not None:
        if not isinstance(classes, int) or isinstance(classes, bool) or classes < 1:
            raise DescriptionError(
                f"{name}: classes is {classes!r}; it must be a whole number of at least 1. Give classes=10, say."
            )
        if "classes" not in signature(made).parameters:
            raise DescriptionError(
                f"{name}: a wave function has no classes. Leave classes out, or take a network that tells them apart."
            )
        given["classes"] = classes
    return made(**given)


def about(name: str) -> About:
    """Where the network of that name comes from. Raises `UnknownNameError` for a name not among `names()`.

    >>> about("vgg16").source
    'arXiv:1409.1556'
    """
    return _entry(name)[0]


def _entry(name: str) -> tuple[About, Callable[..., Network]]:
    for entry in _ENTRIES:
        if entry[0].name == name:
            return entry
    raise unknown("network", name, names())
