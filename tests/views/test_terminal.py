"""Pictures as text."""

import numpy as np
import pytest

from locality.views.terminal import picture_text, side_by_side

# What each letter covers: upper left, upper right, lower left, lower right.
QUARTERS = {
    " ": "0000", "▗": "0001", "▖": "0010", "▄": "0011", "▝": "0100", "▐": "0101", "▞": "0110", "▟": "0111",
    "▘": "1000", "▚": "1001", "▌": "1010", "▙": "1011", "▀": "1100", "▜": "1101", "▛": "1110", "█": "1111",
}  # fmt: skip


def drawn(lines):
    """The pixels that lines of block letters show."""
    rows = []
    for line in lines:
        rows.append([int(pixel) for letter in line for pixel in QUARTERS[letter][:2]])
        rows.append([int(pixel) for letter in line for pixel in QUARTERS[letter][2:]])
    return np.array(rows)


@pytest.mark.parametrize("height", [1, 2, 7, 28])
@pytest.mark.parametrize("width", [1, 2, 7, 28])
def test_every_pixel_is_drawn_in_its_place(height, width):
    lit = np.random.default_rng(height + width).integers(0, 2, (height, width))
    lit.flat[0], lit.flat[-1] = 0, 1
    if lit.size == 1:
        lit[:] = 0  # an even picture has nothing to draw
    pixels = drawn(picture_text((lit[np.newaxis] * 255).astype(np.uint8)))
    assert pixels.shape == (height + height % 2, width + width % 2)
    np.testing.assert_array_equal(pixels[:height, :width], lit)
    assert pixels.sum() == lit.sum()


def test_what_is_brighter_than_the_middle_of_the_range_is_drawn():
    picture = np.array([[[10, 14, 15, 20]]], np.uint8)
    assert drawn(picture_text(picture))[0].tolist() == [0, 0, 0, 1]


def test_colours_count_by_their_mean():
    picture = np.zeros((3, 1, 2), np.uint8)
    picture[1, 0, 1] = 255
    assert drawn(picture_text(picture))[0].tolist() == [0, 1]


def test_an_even_picture_is_blank():
    assert picture_text(np.full((1, 4, 4), 200, np.uint8)) == ["  ", "  "]


def test_spins_that_are_up_are_drawn_also_where_all_are_alike_and_on_any_number_of_axes():
    up = np.ones((2, 4, 4), np.int8)
    up[1] = -1  # of the second sublattice nothing is seen
    assert picture_text(up) == ["██", "██"]
    assert picture_text(-up) == ["  ", "  "]
    assert drawn(picture_text(np.array([[1, -1, 1, 1]], np.int8)))[0].tolist() == [1, 0, 1, 1]
    volume = -np.ones((1, 3, 2, 2), np.int8)
    volume[0, 1, 0, 0] = 1
    assert picture_text(volume) == ["▘"]


@pytest.mark.parametrize("side", [28, 29, 56, 64, 224, 1000])
def test_a_large_picture_is_thinned_to_the_width(side):
    picture = np.zeros((1, side, side), np.uint8)
    picture[:, : side // 2] = 255  # the upper half is bright
    lines = picture_text(picture, width=28)
    assert len(lines) <= 14
    assert max(map(len, lines)) <= 14
    shown = drawn(lines)
    assert shown[: len(shown) // 2 - 1, 0].all()
    assert not shown[len(shown) // 2 + 1 :].any()


def test_pictures_stand_side_by_side_above_their_titles():
    assert side_by_side([["ab"], ["c", "d"], ["e"]], [["one"], ["two"], ["three", "3"]], width=12) == (
        "ab     c\none    d\n       two\n\ne\nthree\n3"
    )


@pytest.mark.parametrize("width", [1, 5, 12, 40, 80])
def test_rows_keep_within_the_width_unless_one_picture_is_wider(width):
    pictures, titles = [["x" * 6] * 3] * 7, [["6 letters"[:6]]] * 7
    said = side_by_side(pictures, titles, width)
    assert max(map(len, said.splitlines())) <= max(width, 6)
    assert said.count("6 lett") == 7
