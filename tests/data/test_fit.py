"""Bringing pictures, and digits, to a network's input."""

import numpy as np
import pytest
from PIL import Image

from locality.data import dataset, fit_digit, fit_picture
from locality.data.digit import _ground
from locality.errors import DataError


def test_the_right_size_comes_back_pixel_for_pixel():
    picture = np.random.default_rng(0).integers(0, 256, (3, 9, 7), np.uint8)
    np.testing.assert_array_equal(fit_picture(picture, (3, 9, 7)), picture)


def test_grey_and_colour_are_exchanged_as_asked():
    red = np.zeros((3, 4, 4), np.uint8)
    red[0] = 255
    assert np.unique(fit_picture(red, (1, 4, 4))).tolist() == [76]
    assert fit_picture(red[:1], (3, 4, 4)).tolist() == np.full((3, 4, 4), 255).tolist()


def test_the_middle_is_kept_and_nothing_is_mirrored_turned_or_stretched():
    picture = np.zeros((1, 100, 300), np.uint8)
    picture[0, :, 100:150] = 200  # the left half of the middle square
    picture[0, :25, 150:200] = 90  # a quarter down on its right
    fitted = fit_picture(picture, (1, 20, 20))[0].astype(int)
    assert abs(fitted[8:, 2:8] - 200).max() <= 1
    assert abs(fitted[:3, 12:18] - 90).max() <= 5
    assert fitted[8:, 12:18].max() <= 1


def test_shrinking_averages():
    picture = np.indices((64, 64)).sum(axis=0)[np.newaxis] % 2 * 255
    assert abs(fit_picture(picture.astype(np.uint8), (1, 8, 8)).astype(int) - 127).max() <= 2


@pytest.mark.parametrize(
    ("picture", "shape", "message"),
    [
        (
            np.zeros((1, 4, 4)),
            (1, 2, 2),
            "fit: float64 of shape (1, 4, 4) is not a picture, uint8 (1 or 3, H, W). Read it with read_picture.",
        ),
        (
            np.zeros((4, 4, 3), np.uint8),
            (1, 2, 2),
            "fit: uint8 of shape (4, 4, 3) is not a picture, uint8 (1 or 3, H, W). Read it with read_picture.",
        ),
        (
            np.zeros((1, 4, 4), np.uint8),
            (2, 6, 6),
            "fit: a picture has 1 or 3 channels, a height and a width; it cannot become 2x6x6. "
            "Give a network whose input is 1xHxW or 3xHxW.",
        ),
    ],
)
@pytest.mark.parametrize("fit", [fit_picture, fit_digit])
def test_what_cannot_be_fitted_is_refused(fit, picture, shape, message):
    with pytest.raises(DataError) as error:
        fit(picture, shape)
    assert str(error.value) == message


def a_four(size=28):
    """A four, light on black, unlike itself when mirrored or turned."""
    canvas = np.zeros((28, 28))
    canvas[5:16, 8:11] = canvas[13:16, 8:19] = canvas[9:24, 16:19] = 255
    return np.asarray(Image.fromarray(canvas.astype(np.uint8)).resize((size, size), Image.Resampling.BICUBIC))


def on_paper(dark=True, noise=0.0, shade=0.0):
    """The four, 240 pixels large, low on the left of a 640x480 photograph."""
    scene = np.zeros((480, 640))
    scene[230:470, 20:260] = a_four(240) / 255
    ground = (200 if dark else 40) - shade * np.linspace(0, 1, 640)
    photo = ground * (1 - 0.8 * scene) if dark else ground + 180 * scene
    photo = photo + noise * np.random.default_rng(0).standard_normal(photo.shape)
    return np.clip(photo, 0, 255).astype(np.uint8)[np.newaxis]


def middle(picture):
    y, x = np.indices(picture.shape)
    return (y * picture).sum() / picture.sum(), (x * picture).sum() / picture.sum()


@pytest.mark.parametrize("shade", [0, 120])
@pytest.mark.parametrize("noise", [0, 8])
@pytest.mark.parametrize("dark", [True, False])
def test_a_photographed_digit_comes_out_as_mnist_would_have_it(dark, noise, shade):
    shade = shade if dark else shade / 4
    fitted, said = fit_digit(on_paper(dark, noise, shade), (1, 28, 28))
    rows, columns = np.nonzero(fitted[0].max(axis=1) > 40)[0], np.nonzero(fitted[0].max(axis=0) > 40)[0]
    assert rows[-1] - rows[0] + 1 in (19, 20)
    assert columns[-1] - columns[0] + 1 in (11, 12, 13)
    np.testing.assert_allclose(middle(fitted[0].astype(float)), (14, 14), atol=0.6)
    reference = fit_digit(on_paper(), (1, 28, 28))[0]
    assert np.corrcoef(fitted.ravel(), reference.ravel())[0, 1] > 0.97
    assert fitted.max() == 255
    assert said[0] == ("dark digit on a light ground: inverted" if dark else "light digit on a dark ground: kept")
    assert said[-1].endswith(" of 640x480, and centred by its mass")
    assert any(sentence.startswith("uneven ground") for sentence in said) == (shade > 16)


def test_a_digit_in_colour_fills_three_channels_alike():
    paper = np.full((3, 60, 80), 230, np.uint8)
    paper[1:, 10:50, 36:44] = 0
    fitted, _ = fit_digit(paper, (3, 28, 28))
    assert fitted.shape == (3, 28, 28)
    assert fitted.max() == 255
    assert (fitted == fitted[0]).all()


def test_what_is_like_mnist_already_is_left_alone():
    four = a_four()[np.newaxis]
    fitted, said = fit_digit(four, (1, 28, 28))
    np.testing.assert_array_equal(fitted, four)
    assert said == ("light digit on black at the right size: used as it is",)


def test_dark_on_light_at_the_right_size_is_inverted():
    fitted, said = fit_digit(255 - a_four()[np.newaxis], (1, 28, 28))
    assert said[0] == "dark digit on a light ground: inverted"
    assert np.corrcoef(fitted.ravel(), fit_digit(on_paper(), (1, 28, 28))[0].ravel())[0, 1] > 0.9


def test_a_speck_far_off_does_not_count_as_ink():
    paper = on_paper()
    paper[0, 20, 600] = 0
    np.testing.assert_array_equal(fit_digit(paper, (1, 28, 28))[0], fit_digit(on_paper(), (1, 28, 28))[0])


def test_on_eight_by_eight_a_digit_fills_the_height_as_scikit_learn_has_it():
    fitted, _ = fit_digit(on_paper(), (1, 8, 8))
    assert (fitted[0].max(axis=1) > 60).all()
    assert (dataset("digits").train.images.max(axis=3) > 60)[:, 0].mean() > 0.9


@pytest.mark.parametrize("noise", [0, 4])
def test_an_empty_picture_is_refused(noise):
    grey = 128 + noise * np.random.default_rng(0).standard_normal((1, 300, 300))
    picture = grey.clip(0, 255).astype(np.uint8)
    with pytest.raises(DataError) as error:
        fit_digit(picture, (1, 28, 28))
    assert str(error.value) == (
        f"picture: nothing stands out from its ground (brightness {picture.min()} to {picture.max()}), "
        "so there is no digit to read. Give one with a darker or lighter digit on an even ground."
    )


@pytest.mark.parametrize("height", [1, 2, 3, 5])
def test_a_tiny_picture_with_something_in_it_is_fitted(height):
    picture = np.full((1, height, 9), 255, np.uint8)
    picture[0, height // 2, 4] = 0
    assert fit_digit(picture, (1, 28, 28))[0].max() == 255


def test_a_picture_half_black_and_half_white_is_fitted_without_a_warning():
    for width in (2, 28, 100):
        picture = np.zeros((1, width, width), np.uint8)
        picture[0, :, width // 2 :] = 255
        assert fit_digit(picture, (1, 28, 28))[0].shape == (1, 28, 28)


def test_the_ground_of_noisy_shaded_paper_is_found_to_one_level():
    ground, _ = _ground(on_paper(noise=4, shade=170)[0].astype(float))
    assert abs(ground - (200 - 170 * np.linspace(0, 1, 640))).max() < 1  # 8.6 from the rim alone


def test_a_frame_whose_cut_is_rounded_below_zero_is_filled_all_the_same():
    assert fit_picture(np.full((1, 47, 59), 9, np.uint8), (3, 46, 16)).tolist() == np.full((3, 46, 16), 9).tolist()
