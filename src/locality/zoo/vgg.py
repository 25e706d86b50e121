"""The VGG networks: nothing but 3x3 convolutions, and many of them."""

from collections.abc import Sequence

from locality.network.layer import Layer
from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten, Pool
from locality.network.network import Network
from locality.zoo.about import About
from locality.zoo.sequential import sequential


def _about(depth: int, configuration: str) -> About:
    return About(
        f"vgg{depth}",
        2014,
        "Very deep convolutional networks for large-scale image recognition",
        "Simonyan, Zisserman",
        "arXiv:1409.1556",
        "7.0 % top-5 error on ImageNet (the best single network), 6.8 % (VGG-16 and VGG-19 together)",
        f"The paper's configuration {configuration}. torchvision's: an adaptive average to 7x7, which does nothing at "
        f"224x224, lets it take inputs of other sizes.",
    )


ABOUT_16, ABOUT_19 = _about(16, "D"), _about(19, "E")


def vgg16(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """Thirteen 3x3 convolutions in five stages, three dense layers (arXiv:1409.1556, configuration D).

    >>> vgg16().parameter_count
    138357544
    """
    return _vgg("vgg16", (2, 2, 3, 3, 3), input, classes)


def vgg19(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """Sixteen 3x3 convolutions in five stages, three dense layers (arXiv:1409.1556, configuration E).

    >>> vgg19().parameter_count
    143667240
    """
    return _vgg("vgg19", (2, 2, 4, 4, 4), input, classes)


def _vgg(name: str, depths: tuple[int, ...], input: Sequence[int], classes: int) -> Network:
    relu = Activation("relu")
    features: list[Layer] = []
    for depth, channels in zip(depths, (64, 128, 256, 512, 512), strict=True):
        # At 224x224 every window tiles; sides that 32 does not divide are floored, as torchvision does in silence.
        features += [Conv(channels, 3, padding=1), relu] * depth + [Pool("max", 2, rounding="floor")]
    classifier = [Dense(4096), relu, Dropout(0.5), Dense(4096), relu, Dropout(0.5), Dense(classes)]
    layers = [
        *sequential("features", features),
        Pool("adaptive-average", output_size=7, name="avgpool"),
        Flatten(name="flatten"),
        *sequential("classifier", classifier),
    ]
    return Network(name, input, layers)
