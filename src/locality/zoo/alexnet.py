"""AlexNet, which won ImageNet in 2012 and ended the years of hand-made descriptors, and its kin of 2013."""

from collections.abc import Sequence

from locality.network.layer import Layer
from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten, Norm, Pool
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
    "local response normalisation, and an adaptive average to 6x6. The one of 2012 is alexnet-2012.",
)
ABOUT_2012 = About(
    "alexnet-2012",
    2012,
    "ImageNet classification with deep convolutional neural networks",
    "Krizhevsky, Sutskever, Hinton",
    "doi:10.1145/3065386",
    "16.4 % top-5 error on ImageNet (five networks together), 18.2 % alone",
    "As published: the two towers of the second, fourth and fifth convolution are two groups of channels. The input is "
    "227x227, which its windows tile; the paper says 224.",
)
ABOUT_ZF = About(
    "zfnet-2013",
    2013,
    "Visualizing and understanding convolutional networks",
    "Zeiler, Fergus",
    "arXiv:1311.2901",
    "14.8 % top-5 error on ImageNet (six networks together); 11.7 % with Clarifai's, which won in 2013",
    "AlexNet seen from within and mended: a first window of 7x7 with stride 2, where 11x11 with stride 4 had left "
    "dead and blurred kernels. Local response normalisation stands for the paper's contrast normalisation.",
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


def alexnet_2012(input: Sequence[int] = (3, 227, 227), classes: int = 1000) -> Network:
    """The network of 2012 (doi:10.1145/3065386): two towers as two groups, local response normalisation, overlapping
    pools.

    >>> alexnet_2012().parameter_count
    60965224
    """
    relu, pool = Activation("relu"), Pool("max", 3, stride=2, rounding="floor")
    # The paper does not divide the sum by its 5 channels, our alpha does.
    response = Norm("local-response", size=5, alpha=5e-4, beta=0.75, k=2)
    layers = [
        *(Conv(96, 11, stride=4, rounding="floor"), relu, response, pool),
        *(Conv(256, 5, padding=2, groups=2), relu, response, pool),
        *(Conv(384, 3, padding=1), relu),
        *(Conv(384, 3, padding=1, groups=2), relu),
        *(Conv(256, 3, padding=1, groups=2), relu, pool),
        *_dense(classes),
    ]
    return Network("alexnet-2012", input, layers)


def zfnet_2013(input: Sequence[int] = (3, 224, 224), classes: int = 1000) -> Network:
    """AlexNet with smaller windows and strides at its beginning (arXiv:1311.2901): 110, 55, 26, 13 and 6 cells a side.

    >>> zfnet_2013().parameter_count
    62357608
    """
    relu, pool = Activation("relu"), Pool("max", 3, stride=2, rounding="ceil")
    response = Norm("local-response", size=5, alpha=5e-4, beta=0.75, k=2)
    layers = [
        *(Conv(96, 7, stride=2, padding=1, rounding="floor"), relu, pool, response),
        *(Conv(256, 5, stride=2, rounding="floor"), relu, pool, response),
        *(Conv(384, 3, padding=1), relu, Conv(384, 3, padding=1), relu, Conv(256, 3, padding=1), relu, pool),
        *_dense(classes),
    ]
    return Network("zfnet-2013", input, layers)


def _dense(classes: int) -> list[Layer]:
    """The three dense layers, two of them with dropout."""
    relu, drop = Activation("relu"), Dropout(0.5)
    return [Flatten(), Dense(4096), relu, drop, Dense(4096), relu, drop, Dense(classes)]
