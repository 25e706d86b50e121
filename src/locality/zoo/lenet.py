"""LeNet-5, which read the digits on bank cheques."""

from collections.abc import Sequence

from locality.network.layers import Activation, Conv, Dense, Flatten, Pool
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
    "and tanh, a dense layer at the end. In 1998: a table of connections, trained subsampling, a scaled tanh, "
    "radial basis functions; 60,000 parameters.",
)


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
