"""AlexNet, which won ImageNet in 2012 and ended the years of hand-made descriptors."""

from collections.abc import Sequence

from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten, Pool
from locality.network.network import Network
from locality.zoo.about import About
from locality.zoo.sequential import sequential

ABOUT = About(
    "alexnet",
    2012,
    "ImageNet classification with deep convolutional neural networks",
    "Krizhevsky, Sutskever, Hinton",
    "doi:10.1145/3065386",
    "16.4 % top-5 error on ImageNet (five networks together, 2012); torchvision's weights: 20.93 %",
    "torchvision's: the one-tower network of arXiv:1404.5997 with 64, 192, 384, 256 and 256 channels, without "
    "local response normalisation, and an adaptive average to 6x6. The paper's has two towers on two processors.",
)


def alexnet(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """Five convolutions, three pools, three dense layers, dropout (doi:10.1145/3065386, arXiv:1404.5997).

    Windows that do not tile their input floor, as torchvision's do in silence. Names are torchvision's.

    >>> alexnet().parameter_count
    61100840
    """
    relu, pool = Activation("relu"), Pool("max", 3, stride=2, rounding="floor")
    features = [
        *(Conv(64, 11, stride=4, padding=2, rounding="floor"), relu, pool),
        *(Conv(192, 5, padding=2), relu, pool),
        *(Conv(384, 3, padding=1), relu),
        *(Conv(256, 3, padding=1), relu),
        *(Conv(256, 3, padding=1), relu, pool),
    ]
    classifier = [Dropout(0.5), Dense(4096), relu, Dropout(0.5), Dense(4096), relu, Dense(classes)]
    layers = [
        *sequential("features", features),
        Pool("adaptive-average", output_size=6, name="avgpool"),
        Flatten(name="flatten"),
        *sequential("classifier", classifier),
    ]
    return Network("alexnet", input, layers)
