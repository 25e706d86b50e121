"""The networks that won ImageNet, scaled to pictures of 28x28: each keeps its idea, and stays below 5 million MACs."""

from locality.data import Dataset, fit_dataset
from locality.errors import DataError
from locality.network.layer import Layer
from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten, Norm, Pool
from locality.network.network import Branches, Item, Network, Residual

SIDE = 28  # the pictures that everything here is laid out for
Shape = tuple[int, ...]
_RELU = Activation("relu")


def laid_out(data: Dataset) -> Dataset:
    """The data set with its pictures brought to 28x28, its channels as they are (see `locality.data.fit_dataset`).
    Raises `DataError` for what is no data set.

    >>> from locality.data import dataset
    >>> laid_out(dataset("digits")).notes
    ('digits: its pictures, 1x8x8, are brought to 1x28x28.',)
    """
    if not isinstance(data, Dataset):
        raise DataError(f"data: {type(data).__name__} is no Dataset. Give what locality.dataset gives.")
    return fit_dataset(data, (data.shape[0], SIDE, SIDE))


def alexnet(input: Shape = (1, SIDE, SIDE), classes: int = 10) -> Network:
    """Five convolutions, max pools of 3x3 that overlap by one, relu, dropout before two wide dense layers (Krizhevsky,
    Sutskever and Hinton, NeurIPS 2012); a sixth of its channels, no local response normalisation, one tower. As in the
    original, most parameters are in the dense layers.

    >>> from locality.network.table import trace
    >>> table = trace(alexnet())
    >>> sum(row.parameters for row in table.rows if row.kind == "dense"), table.parameters
    (333834, 421146)
    """
    pool = Pool("max", 3, stride=2)
    return Network(
        "alexnet-shaped",
        input,
        [
            *(Conv(16, 6), _RELU, pool),
            *(Conv(32, 5, padding=2), _RELU, pool),
            *(Conv(64, 3, padding=1), _RELU),
            *(Conv(64, 3, padding=1), _RELU),
            *(Conv(32, 3, padding=1), _RELU, pool),
            *(Flatten(), Dropout(0.5), Dense(512), _RELU, Dropout(0.5), Dense(512), _RELU, Dense(classes)),
        ],
    )


def googlenet(input: Shape = (1, SIDE, SIDE), classes: int = 10) -> Network:
    """Two convolutions, then three inception modules, the average of each map, and one dense layer (Szegedy et al.,
    arXiv:1409.4842): windows of 1x1, 3x3 and 5x5 side by side, the larger ones after a 1x1 convolution to fewer
    channels. As in 2014 without batch normalisation; without auxiliary heads, which nine modules need and three do not.
    """
    pool = Pool("max", 3, stride=2, rounding="ceil")
    return Network(
        "googlenet-shaped",
        input,
        [
            *(Conv(16, 5, padding=2), _RELU, pool),
            *(Conv(32, 3, padding=1), _RELU, pool),
            _inception(16, 16, 32, 4, 8, 8),
            _inception(24, 16, 48, 8, 16, 16),
            _inception(32, 24, 64, 8, 16, 16),
            *(Pool("global-average"), Flatten(), Dropout(0.2), Dense(classes)),
        ],
    )


def resnet(input: Shape = (1, SIDE, SIDE), classes: int = 10) -> Network:
    """A convolution and a pool, three stages of two residual blocks, the average of each map, one dense layer (He et
    al., arXiv:1512.03385): batch normalisation after every convolution, projections where a shortcut changes shape.
    """
    layers: list[Item] = [*_normalised(16), _RELU, Pool("max", 3, stride=2, padding=1, rounding="floor")]
    channels = 16
    for stage, wide in enumerate((16, 32, 48)):
        for block in range(2):
            layers += _block(channels, wide, 2 if stage and not block else 1)
            channels = wide
    return Network("resnet-shaped", input, [*layers, Pool("global-average"), Flatten(), Dense(classes)])


def _inception(one: int, reduced_three: int, three: int, reduced_five: int, five: int, pooled: int) -> Branches:
    return Branches(
        [
            [Conv(one, 1), _RELU],
            [Conv(reduced_three, 1), _RELU, Conv(three, 3, padding=1), _RELU],
            [Conv(reduced_five, 1), _RELU, Conv(five, 5, padding=2), _RELU],
            [Pool("max", 3, stride=1, padding=1), Conv(pooled, 1), _RELU],
        ]
    )


def _block(channels: int, wide: int, stride: int) -> list[Item]:
    body = [*_normalised(wide, stride=stride), _RELU, *_normalised(wide)]
    shortcut = [] if (channels, stride) == (wide, 1) else _normalised(wide, 1, stride)
    return [Residual(body, shortcut), _RELU]


def _normalised(channels: int, kernel: int = 3, stride: int = 1) -> list[Layer]:
    rounding = "floor" if stride > 1 else "exact"
    return [
        Conv(channels, kernel, stride, padding=kernel // 2, bias=False, rounding=rounding),
        Norm("batch"),
    ]
