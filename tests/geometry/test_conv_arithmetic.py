"""The published animations of convolution arithmetic (arXiv:1603.07285), number by number."""

import pytest

from locality.errors import ShapeError
from locality.geometry.window import Transposed, Window, conv_size

# name: input, kernel, stride, padding, dilation -> output
DIRECT = {
    "no_padding_no_strides": (4, 3, 1, 0, 1, 2),
    "arbitrary_padding_no_strides": (5, 4, 1, 2, 1, 6),
    "same_padding_no_strides": (5, 3, 1, 1, 1, 5),
    "full_padding_no_strides": (5, 3, 1, 2, 1, 7),
    "no_padding_strides": (5, 3, 2, 0, 1, 2),
    "padding_strides": (5, 3, 2, 1, 1, 3),
    "padding_strides_odd": (6, 3, 2, 1, 1, 3),
    "dilation": (7, 3, 1, 0, 2, 3),
}
# name: input, stretched input, padding of the stretched input, cells added at its end -> output
TRANSPOSED = {
    "no_padding_no_strides": (2, 2, 2, 0, 4),
    "arbitrary_padding_no_strides": (6, 6, 1, 0, 5),
    "same_padding_no_strides": (5, 5, 1, 0, 5),
    "full_padding_no_strides": (7, 7, 0, 0, 5),
    "no_padding_strides": (2, 3, 2, 0, 5),
    "padding_strides": (3, 5, 1, 0, 5),
    "padding_strides_odd": (3, 5, 1, 1, 6),
}


@pytest.mark.parametrize("name", DIRECT)
def test_a_published_convolution_has_its_published_size(name):
    size, kernel, stride, padding, dilation, output = DIRECT[name]
    assert conv_size(size, kernel, stride, padding, dilation, rounding="floor") == output


def test_only_the_odd_one_among_the_published_convolutions_does_not_tile():
    refused = []
    for name, (size, kernel, stride, padding, dilation, output) in DIRECT.items():
        try:
            assert conv_size(size, kernel, stride, padding, dilation) == output
        except ShapeError:
            refused.append(name)
    assert refused == ["padding_strides_odd"]


@pytest.mark.parametrize("name", TRANSPOSED)
def test_a_published_transposed_convolution_has_its_published_size(name):
    _, kernel, stride, padding, _, _ = DIRECT[name]
    size, _, _, added, output = TRANSPOSED[name]
    assert Transposed(kernel, stride, (padding, padding), output_padding=added).outputs(size) == output


@pytest.mark.parametrize("name", TRANSPOSED)
def test_a_published_transposed_convolution_undoes_the_size_of_its_twin(name):
    size, kernel, stride, padding, _, output = DIRECT[name]
    assert TRANSPOSED[name][0] == output
    assert TRANSPOSED[name][4] == size
    assert TRANSPOSED[name][3] == (size + 2 * padding - kernel) % stride
    assert TRANSPOSED[name][2] == kernel - padding - 1


@pytest.mark.parametrize("name", TRANSPOSED)
def test_a_published_transposed_convolution_is_a_direct_one_over_its_stretched_input(name):
    _, kernel, stride, padding, _, _ = DIRECT[name]
    size, stretched, around, added, output = TRANSPOSED[name]
    direct = Window(kernel, padding=(around, around + added))
    assert direct.outputs(stretched) == output
    transposed = Transposed(kernel, stride, (padding, padding), output_padding=added)
    for u in range(output):
        filled = [cell // stride for cell in direct.reads(u) if cell % stride == 0 and 0 <= cell < stretched]
        assert filled == [cell for cell in transposed.reads(u) if 0 <= cell < size]
