"""A small residual network as a wave function."""

from collections.abc import Sequence

from locality.network.layers import Activation, Conv
from locality.network.network import Item, Network, Residual
from locality.zoo.about import About

ABOUT = About(
    "nqs-resnet",
    2023,
    "Efficient optimization of deep neural quantum states toward machine precision",
    "Chen, Heyl",
    "arXiv:2302.01941",
    "energy per site at J2 = 0.5 on 10x10: -0.4976921",
    "The paper's kind of network made small enough for a laptop: two blocks of 16 channels. What a block reads is not "
    "scaled.",
)
BLOCKS, CHANNELS = 2, 16


def nqs_resnet(input: Sequence[int] = (1, 6, 6)) -> Network:
    """A 3x3 convolution and two residual blocks, with gelu before each of their 3x3 convolutions, all with periodic
    edges (after arXiv:2302.01941). For every lattice of three cells or more a side, its sublattices as channels.

    The wave function is real, and the sum of an amplitude for each site and channel: it can change sign without being
    zero anywhere near, which a modulus and a phase learn much more slowly.

    >>> nqs_resnet().parameter_count, nqs_resnet(input=(3, 4, 4)).output
    (9440, (16, 4, 4))
    """
    layers: list[Item] = [_convolution("conv1")]
    for number in range(1, BLOCKS + 1):
        name = f"block{number}"
        body = [
            *(Activation("gelu", name=f"{name}.gelu1"), _convolution(f"{name}.conv1")),
            *(Activation("gelu", name=f"{name}.gelu2"), _convolution(f"{name}.conv2")),
        ]
        layers.append(Residual(body, name=f"{name}.add"))
    return Network("nqs-resnet", input, layers)


def _convolution(name: str) -> Conv:
    return Conv(CHANNELS, 3, padding="same", padding_mode="wrap", name=name)
