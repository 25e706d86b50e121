"""The fifteen published animations of convolution arithmetic (Dumoulin and Visin, arXiv:1603.07285), as networks."""

from locality.errors import unknown
from locality.geometry.window import Window
from locality.network.layers import Conv, ConvTranspose
from locality.network.network import Network

# input, kernel, stride, padding, dilation of each; all but the dilated one have a transposed twin.
_SETTINGS = {
    "no_padding_no_strides": (4, 3, 1, 0, 1),
    "arbitrary_padding_no_strides": (5, 4, 1, 2, 1),
    "same_padding_no_strides": (5, 3, 1, 1, 1),
    "full_padding_no_strides": (5, 3, 1, 2, 1),
    "no_padding_strides": (5, 3, 2, 0, 1),
    "padding_strides": (5, 3, 2, 1, 1),
    "padding_strides_odd": (6, 3, 2, 1, 1),
    "dilation": (7, 3, 1, 0, 2),
}
_TWIN = "_transposed"

NAMES = tuple(
    twin for name in _SETTINGS for twin in ((name,) if name == "dilation" else (name, name + _TWIN))
)  # in the order in which they were published


def published(name: str) -> Network:
    """A published animation by its name: a network of one layer. Raises `UnknownNameError` for another name.

    The transposed twin takes the output's size back to the input's; what flooring left unread is its output padding.

    >>> published("padding_strides").to_text()
    'padding_strides: 1x5x5 | conv 1 3x3 stride 2 pad 1'
    >>> published("padding_strides_odd_transposed").shapes
    {'input': (1, 3, 3), 'transpose1': (1, 6, 6)}
    """
    if name not in NAMES:
        raise unknown("animation", name, NAMES)
    size, kernel, stride, padding, dilation = _SETTINGS[name.removesuffix(_TWIN)]
    rest = Window(kernel, stride, (padding, padding), dilation).rest(size)
    rounding = "floor" if rest else "exact"
    layer = Conv(1, kernel, stride, padding, dilation, rounding=rounding)
    if not name.endswith(_TWIN):
        return Network(name, (1, size, size), [layer])
    small = layer.shape([(1, size, size)])
    return Network(name, small, [ConvTranspose(1, kernel, stride, padding, output_padding=rest)])
