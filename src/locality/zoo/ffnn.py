"""The fully connected network that convolutional ones are measured against."""

from collections.abc import Sequence

from locality.network.layers import Activation, Dense, Flatten
from locality.network.network import Network
from locality.zoo.about import About

ABOUT = About(
    "ffnn",
    1998,
    "Gradient-based learning applied to document recognition",
    "LeCun, Bottou, Bengio, Haffner",
    "doi:10.1109/5.726791",
    "3.05 % test error on MNIST",
    "The paper's 784-300-100-10 network with relu, which trains faster, where the paper has a scaled tanh.",
)


def ffnn(input: Sequence[int] = (1, 28, 28), classes: int = 10) -> Network:
    """784-300-100-10: no locality and no sharing, each unit reads every pixel (doi:10.1109/5.726791).

    >>> ffnn().parameter_count
    266610
    """
    relu = Activation("relu")
    return Network("ffnn", input, [Flatten(), Dense(300), relu, Dense(100), relu, Dense(classes)])
