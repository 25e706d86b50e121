"""A whole data set for a network's input."""

import numpy as np
import pytest

from locality.data import Dataset, Images, dataset, fit_dataset, fit_picture
from locality.errors import DataError


def small(channels=1, side=6):
    draws = np.random.default_rng(0).integers(0, 256, (8, channels, side, side), np.uint8)
    labels = np.array([0, 1] * 4, np.int64)
    splits = Images(draws[:6], labels[:6]), Images(draws[6:], labels[6:])
    return Dataset("small", ("a", "b"), *splits, source="here", licence="none", notes=("before",))


def test_data_of_the_right_shape_are_the_same_object():
    data = dataset("digits")
    assert fit_dataset(data, (1, 8, 8)) is data


@pytest.mark.parametrize("shape", [(1, 9, 9), (3, 6, 6), (1, 3, 3), (3, 4, 8), (1, 6, 6)], ids=str)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_picture_is_brought_to_the_shape_as_one_alone_would_be(channels, shape):
    data = small(channels)
    fitted = fit_dataset(data, shape)
    assert fitted.shape == shape
    for split in ("train", "test"):
        before, after = getattr(data, split), getattr(fitted, split)
        assert after.images.dtype == np.uint8
        np.testing.assert_array_equal(after.labels, before.labels)
        for old, new in zip(before.images, after.images, strict=True):
            np.testing.assert_array_equal(new, fit_picture(old, shape))
    if shape != data.shape:
        have = "x".join(map(str, data.shape))
        want = "x".join(map(str, shape))
        assert fitted.notes == ("before", f"small: its pictures, {have}, are brought to {want}.")
    assert (fitted.name, fitted.classes, fitted.source, fitted.licence) == ("small", ("a", "b"), "here", "none")


def test_the_data_given_stay_as_they_were():
    data = small()
    before = data.train.images.copy()
    fit_dataset(data, (3, 9, 9))
    np.testing.assert_array_equal(data.train.images, before)
    assert data.notes == ("before",)


def test_a_shape_that_no_picture_has_is_refused():
    for shape in ((2, 8, 8), (8, 8), (1, 8, 8, 8)):
        with pytest.raises(DataError) as error:
            fit_dataset(small(), shape)
        said = "x".join(map(str, shape))
        assert str(error.value) == (
            f"fit: a picture has 1 or 3 channels, a height and a width; it cannot become {said}. "
            "Give a network whose input is 1xHxW or 3xHxW."
        )


def test_what_would_not_fit_into_memory_is_refused_before_any_work():
    with pytest.raises(DataError) as error:
        fit_dataset(small(), (3, 20_000, 20_000))
    assert str(error.value) == (
        "small: its 8 pictures at 3x20000x20000 would take 9.6 GB. Use a network with a smaller input, such as 1x6x6."
    )
