"""Images, Dataset, and the split."""

import numpy as np
import pytest

from locality.data import Dataset, Images
from locality.data.split import held_out
from locality.errors import DataError


def images(n=4, shape=(1, 2, 2), labels=None):
    return Images(np.zeros((n, *shape), np.uint8), np.array(labels or [i % 2 for i in range(n)], np.int64))


def made(train=None, test=None, classes=("a", "b")):
    return Dataset("made", classes, train or images(), test or images(), "here", "none")


@pytest.mark.parametrize("channels", [1, 3])
def test_mean_and_std_are_those_of_numpy_in_float64(channels):
    pixels = np.random.default_rng(1).integers(0, 256, (700, channels, 40, 50), np.uint8)
    data = made(train=Images(pixels, np.zeros(700, np.int64)), test=images(shape=(channels, 40, 50)))
    np.testing.assert_allclose(data.mean, (pixels / 255).mean(axis=(0, 2, 3)), rtol=1e-13)
    np.testing.assert_allclose(data.std, (pixels / 255).std(axis=(0, 2, 3)), rtol=1e-12)


def test_the_std_of_a_constant_channel_is_exactly_zero():
    assert made(train=Images(np.full((9, 1, 2, 2), 77, np.uint8), np.zeros(9, np.int64))).std == (0.0,)


def test_a_data_set_prints_in_one_line():
    assert repr(made()) == "<Dataset made: 2 classes, 1x2x2, 4 train, 4 test>"
    assert repr(images()) == "<4 images 1x2x2>"


def test_a_data_set_is_frozen():
    with pytest.raises(AttributeError):
        made().name = "other"


@pytest.mark.parametrize("shape", [(1, 9), (2, 4, 5), (3, 2, 3, 4)])
def test_spins_are_read_as_they_are_on_one_to_three_axes(shape):
    spins = Images(np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (4, *shape)), images().labels)
    data = made(train=spins, test=spins)
    assert (data.shape, data.spins, spins.spins, images().spins) == (shape, True, True, False)
    assert (data.mean, data.std) == ((0.0,) * shape[0], (1.0,) * shape[0])
    assert repr(spins) == f"<4 spin configurations {'x'.join(map(str, shape))}>"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Images(np.zeros((2, 1, 2, 2)), np.zeros(2, np.int64)),
            "images: float64 of shape (2, 1, 2, 2) is not uint8 (N, C, H, W). "
            "Give brightnesses 0 to 255 with the channels before the rows.",
        ),
        (
            lambda: Images(np.zeros((2, 2, 2), np.uint8), np.zeros(2, np.int64)),
            "images: uint8 of shape (2, 2, 2) is not uint8 (N, C, H, W). "
            "Give brightnesses 0 to 255 with the channels before the rows.",
        ),
        (
            lambda: Images(np.zeros((2, 1, 2, 2), np.uint8), np.zeros(2, np.uint8)),
            "labels: uint8 of shape (2,) is not int64 (N,). Give one class number per picture.",
        ),
        (
            lambda: Images(np.zeros((2, 1, 2, 2), np.uint8), np.zeros(3, np.int64)),
            "images: 2 pictures but 3 labels. Give one label each.",
        ),
        (
            lambda: Images(np.zeros((0, 1, 2, 2), np.uint8), np.zeros(0, np.int64)),
            "images: shape (0, 1, 2, 2) holds no pixel. Give at least one picture.",
        ),
        (
            lambda: Images(np.ones((2, 4), np.int8), np.zeros(2, np.int64)),
            "images: int8 spins of shape (2, 4) are not int8 (N, sublattices, *space) with 1 to 3 axes of space. "
            "Give the sublattices as channels, images.astype(numpy.int8).",
        ),
        (
            lambda: Images(-np.ones((2, 1, 2, 2)), np.zeros(2, np.int64)),
            "images: float64 spins of shape (2, 1, 2, 2) are not int8 (N, sublattices, *space) with 1 to 3 axes of "
            "space. Give the sublattices as channels, images.astype(numpy.int8).",
        ),
        (
            lambda: Images(np.zeros((2, 1, 2, 2), np.int8), np.zeros(2, np.int64)),
            "images: int8 with 0 among them are no spins. Give +1 and -1, or uint8 pictures.",
        ),
        (
            lambda: made(test=Images(np.ones((2, 1, 2, 2), np.int8), np.array([0, 1]))),
            "made: pictures to train on, spins to test on. Give one kind: uint8 pictures or int8 spins.",
        ),
        (
            lambda: made(classes=("a",)),
            "made: one class only (a). Add pictures of a second class: with one there is nothing to tell apart.",
        ),
        (
            lambda: made(test=images(shape=(3, 2, 2))),
            "made: pictures to train on are 1x2x2, pictures to test on 3x2x2. Bring them to one shape.",
        ),
        (
            lambda: made(test=images(labels=[0, 1, 2, 1])),
            "made: labels from 0 to 2 for 2 classes. Use 0 to 1.",
        ),
        (
            lambda: made(train=images(labels=[0, 1, -1, 1])),
            "made: labels from -1 to 1 for 2 classes. Use 0 to 1.",
        ),
    ],
)
def test_what_does_not_fit_together_is_refused(make, message):
    with pytest.raises(DataError) as error:
        make()
    assert str(error.value) == message


def test_a_fifth_of_every_class_is_held_out_and_always_the_same():
    labels = np.repeat(np.arange(3), [100, 10, 5])
    test = held_out(labels)
    assert [test[labels == label].sum() for label in range(3)] == [20, 2, 1]
    np.testing.assert_array_equal(test, held_out(labels))


def test_a_single_picture_is_never_held_out():
    assert not held_out(np.array([0, 1, 2])).any()
