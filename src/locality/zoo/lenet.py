"""The LeNets, which read the digits on letters and on bank cheques."""

from collections.abc import Sequence

from locality.errors import DescriptionError
from locality.network.layers import Activation, Conv, Dense, Distance, Flatten, Pool
from locality.network.network import Network
from locality.zoo.about import About

ABOUT = About(
    "lenet5",
    1998,
    "Gradient-based learning applied to document recognition",
    "LeCun, Bottou, Bengio, Haffner",
    "doi:10.1109/5.726791",
    "0.95 % test error on MNIST, 0.8 % with distortions",
    "As taught today: 28x28 padded by 2, every map of the second convolution sees all six before it, plain averages "
    "and tanh, a dense layer at the end. The one of 1998 is lenet5-1998.",
)
ABOUT_1 = About(
    "lenet1",
    1990,
    "Handwritten digit recognition with a back-propagation network",
    "LeCun, Boser, Denker, Henderson, Howard, Hubbard, Jackel",
    "Advances in Neural Information Processing Systems 2, 396-404",
    "1.7 % test error on MNIST (as LeNet-1, 1998)",
    "2,578 parameters and 98,442 connections, as in the paper. Its outputs are plain sums for a softmax, where the "
    "paper squashes them and compares them with targets.",
)
ABOUT_1998 = About(
    "lenet5-1998",
    1998,
    "Gradient-based learning applied to document recognition",
    "LeCun, Bottou, Bengio, Haffner",
    "doi:10.1109/5.726791",
    "0.95 % test error on MNIST, 0.8 % with distortions",
    "60,000 trained parameters and 340,908 connections, as in the paper. The fixed 7x12 drawings of the digits at its "
    "end are ours, not LeCun's, and the distances to them go into a softmax.",
)

# What each map of the second convolution reads: LeNet-1 (1990) and LeNet-5's table I (1998).
H3 = ((0,), (0, 1), (0, 1), (1,), (0, 1), (0, 1), (2,), (2, 3), (2, 3), (3,), (2, 3), (2, 3))
C3 = (
    *((0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (0, 4, 5), (0, 1, 5)),
    *((0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (0, 3, 4, 5), (0, 1, 4, 5), (0, 1, 2, 5)),
    *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5), (0, 1, 2, 3, 4, 5)),
)
# The ten digits, 7 cells wide and 12 high, row by row.
DIGITS = (
    "0000000/0011100/0110110/1100011/1100011/1100011/1100011/1100011/1100011/0110110/0011100/0000000",
    "0000000/0001100/0011100/0111100/0001100/0001100/0001100/0001100/0001100/0001100/0111111/0000000",
    "0000000/0111110/1100011/0000011/0000011/0000110/0001100/0011000/0110000/1100000/1111111/0000000",
    "0000000/0111110/1100011/0000011/0000011/0011110/0000011/0000011/0000011/1100011/0111110/0000000",
    "0000000/0000110/0001110/0011110/0110110/1100110/1100110/1111111/0000110/0000110/0000110/0000000",
    "0000000/1111111/1100000/1100000/1111110/0000011/0000011/0000011/0000011/1100011/0111110/0000000",
    "0000000/0011110/0110000/1100000/1100000/1111110/1100011/1100011/1100011/1100011/0111110/0000000",
    "0000000/1111111/0000011/0000011/0000110/0000110/0001100/0001100/0011000/0011000/0011000/0000000",
    "0000000/0111110/1100011/1100011/1100011/0111110/1100011/1100011/1100011/1100011/0111110/0000000",
    "0000000/0111110/1100011/1100011/1100011/0111111/0000011/0000011/0000011/0000110/0111100/0000000",
)


def lenet1(input: Sequence[int] = (1, 28, 28), classes: int = 10) -> Network:
    """Two rounds of convolution and trained subsampling, then one dense layer (LeCun et al., NIPS 1990). Each of the
    twelve maps H3 reads one or two of the four before it. Layers are named as in the paper.

    >>> lenet1().parameter_count
    2578
    """
    squash = Activation("scaled-tanh")
    layers = [
        *(Conv(4, 5, name="h1"), squash, Pool("subsampling", 2, name="h2"), squash),
        *(Conv(12, 5, connections=H3, name="h3"), squash, Pool("subsampling", 2, name="h4"), squash),
        *(Flatten(), Dense(classes, name="output")),
    ]
    return Network("lenet1", input, layers)


def lenet5(input: Sequence[int] = (1, 28, 28), classes: int = 10) -> Network:
    """Two rounds of convolution, tanh and averaging, then three dense layers (doi:10.1109/5.726791).

    >>> lenet5().parameter_count
    61706
    """
    tanh = Activation("tanh")
    layers = [
        *(Conv(6, 5, padding=2), tanh, Pool("average", 2)),
        *(Conv(16, 5), tanh, Pool("average", 2)),
        *(Flatten(), Dense(120), tanh, Dense(84), tanh, Dense(classes)),
    ]
    return Network("lenet5", input, layers)


def lenet5_1998(input: Sequence[int] = (1, 32, 32), classes: int = 10) -> Network:
    """LeNet-5 as published (doi:10.1109/5.726791): a table of connections, trained subsampling, a scaled tanh, and at
    the end how near 84 numbers lie to a drawing of each digit. Layers are named as in the paper. Raises
    `DescriptionError` for more than the ten `classes` that are drawn.

    >>> lenet5_1998().parameter_count
    60000
    """
    if classes > len(DIGITS):
        raise DescriptionError(f"lenet5-1998: it has drawings of 10 digits, not of {classes} classes. Use lenet5.")
    squash = Activation("scaled-tanh")
    layers = [
        *(Conv(6, 5, name="c1"), squash, Pool("subsampling", 2, name="s2"), squash),
        *(Conv(16, 5, connections=C3, name="c3"), squash, Pool("subsampling", 2, name="s4"), squash),
        *(Conv(120, 5, name="c5"), squash, Flatten(), Dense(84, name="f6"), squash),
        Distance(DIGITS[:classes], name="output"),
    ]
    return Network("lenet5-1998", input, layers)
