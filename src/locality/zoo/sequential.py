"""Names by place, as torch numbers the layers of an `nn.Sequential`."""

from collections.abc import Iterable
from dataclasses import replace

from locality.network.layer import Layer


def sequential(prefix: str, layers: Iterable[Layer]) -> list[Layer]:
    """The layers, named prefix.0, prefix.1, ...

    >>> from locality.network.layers import Activation, Conv
    >>> sequential("features", [Conv(64, 3), Activation("relu")])
    [Conv(64, 3, name='features.0'), Activation('relu', name='features.1')]
    """
    return [replace(layer, name=f"{prefix}.{i}") for i, layer in enumerate(layers)]  # type: ignore[type-var]
