"""Tiny VGG, the network inside the CNN Explainer."""

from collections.abc import Sequence

from locality.network.layer import Layer
from locality.network.layers import Activation, Conv, Dense, Flatten, Pool
from locality.network.network import Network
from locality.zoo.about import About

ABOUT = About(
    "tiny-vgg",
    2020,
    "CNN Explainer: learning convolutional neural networks with interactive visualization",
    "Wang, Turko, Shaikh, Park, Das, Hohman, Kahng, Chau",
    "arXiv:2004.15004",
    "about 70.8 % accuracy on ten classes of Tiny ImageNet",
    "Its outputs are the numbers before the softmax: training takes the cross-entropy of those.",
)


def tiny_vgg(input: Sequence[int] = (3, 64, 64), classes: int = 10) -> Network:
    """Two blocks of two 3x3 convolutions and a pool, ten channels throughout, one dense layer (arXiv:2004.15004).

    >>> tiny_vgg().parameter_count
    19920
    """
    layers: list[Layer] = []
    for block in (1, 2):
        for i in (1, 2):
            layers += [Conv(10, 3, name=f"conv_{block}_{i}"), Activation("relu", name=f"relu_{block}_{i}")]
        layers.append(Pool("max", 2, name=f"max_pool_{block}"))
    return Network("tiny-vgg", input, [*layers, Flatten(name="flatten"), Dense(classes, name="output")])
