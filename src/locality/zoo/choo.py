"""The convolutional network that was a wave function of the J1-J2 magnet."""

from collections.abc import Sequence

from locality.network.layer import Layer
from locality.network.layers import Activation, Conv
from locality.network.network import Network
from locality.zoo.about import About

ABOUT = About(
    "choo-2019",
    2019,
    "Two-dimensional frustrated J1-J2 model studied with neural network quantum states",
    "Choo, Neupert, Carleo",
    "arXiv:1903.06713",
    "energy per site at J2 = 0.5: -0.50185(1) on 6x6 (exact -0.50381) and -0.49516(1) on 10x10",
    "As in the authors' code, but that ln cosh does not jump by 2 pi i, and that the last convolution too has its "
    "complex-relu, of which the paper is not plain. The sum over sites and channels, the sign rule and the four "
    "rotations belong to the state.",
)
CHANNELS = (12, 10, 8, 6, 4, 2)


def choo_2019(input: Sequence[int] = (1, 6, 6), dtype: str = "complex64") -> Network:
    """Six convolutions with complex weights and periodic edges, each of the 13 sites within two steps (a diamond in
    5x5): ln cosh after the first, complex-relu after the others (Phys. Rev. B 100, 125124; arXiv:1903.06713). The sum
    of the last two channels over all sites is the logarithm of the wave function, which no shift of the spins changes.

    >>> choo_2019().parameter_count, choo_2019(input=(1, 10, 10)).parameter_count
    (3838, 3838)
    """
    layers: list[Layer] = []
    for number, channels in enumerate(CHANNELS):
        layers.append(Conv(channels, 5, padding="same", padding_mode="wrap", footprint="diamond"))
        layers.append(Activation("complex-relu" if number else "log-cosh"))
    return Network("choo-2019", input, layers, dtype=dtype)
