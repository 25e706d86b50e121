"""The two networks that told phases of matter apart."""

from collections.abc import Sequence

from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten
from locality.network.network import Network
from locality.zoo.about import About

ABOUT = About(
    "carrasquilla-2017",
    2017,
    "Machine learning phases of matter",
    "Carrasquilla, Melko",
    "arXiv:1605.01735",
    "Ising critical temperature 2.266(2), exact 2.2692",
    "Its outputs are two numbers for a softmax, where the authors' code has two sigmoid units, each with a "
    "cross-entropy of its own.",
)
ABOUT_CNN = About(
    "carrasquilla-2017-cnn",
    2017,
    "Machine learning phases of matter",
    "Carrasquilla, Melko",
    "arXiv:1605.01735",
    "100 % accuracy on the Ising gauge theory, 16x16",
    "64 filters 2x2, the periodic edges, 64 units and the dropout of a half are published; that both activations are "
    "relu is from memory.",
)


def carrasquilla_2017(input: Sequence[int] = (1, 30, 30), classes: int = 2) -> Network:
    """One layer of 100 sigmoid units that read every spin (arXiv:1605.01735).

    >>> carrasquilla_2017().parameter_count
    90302
    """
    return Network("carrasquilla-2017", input, [Flatten(), Dense(100), Activation("sigmoid"), Dense(classes)])


def carrasquilla_2017_cnn(input: Sequence[int] = (2, 16, 16), classes: int = 2) -> Network:
    """One layer of 64 filters 2x2 with periodic edges, then 64 units with dropout: for the Ising gauge theory, whose
    input has a channel for each of two sublattices of bonds (arXiv:1605.01735). A filter covers one plaquette.

    >>> carrasquilla_2017_cnn().shapes["conv1"]
    (64, 16, 16)
    """
    layers = [
        *(Conv(64, 2, padding="same", padding_mode="wrap"), Activation("relu"), Flatten()),
        *(Dense(64), Activation("relu"), Dropout(0.5), Dense(classes)),
    ]
    return Network("carrasquilla-2017-cnn", input, layers)
