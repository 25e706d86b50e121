"""U-Net: down to see what, up again to say where."""

from collections.abc import Sequence

from locality.errors import ShapeError
from locality.network.layer import Layer
from locality.network.layers import Activation, Conv, ConvTranspose, Crop, Pool
from locality.network.network import Branches, Item, Network
from locality.zoo.about import About

ABOUT = About(
    "unet",
    2015,
    "U-Net: convolutional networks for biomedical image segmentation",
    "Ronneberger, Fischer, Brox",
    "arXiv:1505.04597",
    "0.92 and 0.78 intersection over union on two sets of the ISBI cell tracking challenge, which it won",
    "As published: no padding, so the map is cropped where it is passed across, and 572x572 becomes 388x388. Without "
    "the dropout at the end of its way down.",
)
WIDTHS = (64, 128, 256, 512, 1024)


def unet(input: Sequence[int] = (1, 572, 572), classes: int = 2) -> Network:
    """Five levels of two unpadded 3x3 convolutions, on the way down and up again; what a level saw on the way down is
    cropped and joined to what comes up (arXiv:1505.04597). A class for every place of the output.

    Each level must halve: a side of 188 + 16 n fits, as 572 does.

    >>> unet().output, unet().parameter_count
    ((2, 388, 388), 31030658)
    """
    for side in input[1:]:
        if side < 188 or (side - 188) % 16:
            raise ShapeError(
                f"unet: a side of {side} does not halve four times. Use 188 and any number of 16 more, as 204 or 572."
            )
    layers = [*_level(0, tuple(input[1:])), Conv(classes, 1, name="output")]
    return Network("unet", input, layers)


def _level(level: int, sides: tuple[int, ...]) -> list[Item]:
    """What stands at a level and below it, for a map of these sides."""
    number, width = level + 1, WIDTHS[level]
    down = _twice(f"down{number}", width)
    if number == len(WIDTHS):
        return [*down]
    passed = tuple(side - 4 for side in sides)
    below = tuple(side // 2 for side in passed)
    cells = tuple(_cut(have, 2 * _left(number, small)) for have, small in zip(passed, below, strict=True))
    up = ConvTranspose(width, 2, stride=2, name=f"up{number}")
    through = [Pool("max", 2, name=f"pool{number}"), *_level(number, below), up]
    across: list[Item] = [Crop(cells, name=f"crop{number}")]
    return [*down, Branches([across, through], "concat", name=f"concat{number}"), *_twice(f"join{number}", width)]


def _twice(name: str, width: int) -> list[Layer]:
    """Two convolutions, each with its rectifier."""
    pairs = [(Conv(width, 3, name=f"{name}.conv{i}"), Activation("relu", name=f"{name}.relu{i}")) for i in (1, 2)]
    return [layer for pair in pairs for layer in pair]


def _left(level: int, side: int) -> int:
    """The side of what a level gives for a map of such a side."""
    return side - 4 if level + 1 == len(WIDTHS) else 2 * _left(level + 1, (side - 4) // 2) - 4


def _cut(have: int, want: int) -> tuple[int, int]:
    """How much is cropped before and after."""
    more = have - want
    return more // 2, more - more // 2
