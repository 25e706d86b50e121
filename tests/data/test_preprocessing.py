"""Preprocessing against torchvision's rule and against torch's own resampling."""

import doctest
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from locality.data import preprocessing
from locality.data.preprocessing import Preprocessing
from locality.errors import DataError, UnknownNameError

# What torchvision 0.29's Resize and CenterCrop answer: (height, width), their size and crop_size, the size after
# resizing, the corner where the cut begins.
RULE = [
    ((375, 500), 256, 224, (256, 341), (16, 58)),
    ((500, 375), 256, 224, (341, 256), (58, 16)),
    ((333, 500), 256, 224, (256, 384), (16, 80)),
    ((512, 512), 256, 224, (256, 256), (16, 16)),
    ((1024, 683), 256, 224, (383, 256), (80, 16)),
    ((224, 301), 256, 224, (256, 344), (16, 60)),
    ((97, 1000), 256, 224, (256, 2639), (16, 1208)),
    ((181, 217), 232, 224, (232, 278), (4, 27)),
    ((600, 451), 33, 20, (43, 33), (12, 6)),
]


def noise(height, width, channels=3):
    return np.random.default_rng(height * width).integers(0, 256, (channels, height, width), np.uint8)


@pytest.mark.parametrize("filter", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("sides", "shorter", "crop", "size", "corner"), RULE)
def test_size_and_cut_are_torchvisions_and_every_pixel_is_torchs(sides, shorter, crop, size, corner, filter):
    picture = noise(*sides)
    resized = F.interpolate(torch.from_numpy(picture)[None], size, mode=filter, antialias=True)[0].numpy()
    top, left = corner
    want = resized[:, top : top + crop, left : left + crop]
    found = Preprocessing(shorter, crop, filter).fit(picture)
    assert (found.dtype, found.shape) == (np.uint8, (3, crop, crop))
    assert np.abs(found.astype(int) - want).max() <= 1


def test_a_picture_of_the_size_after_resizing_is_only_cut():
    picture = noise(256, 300)
    assert (Preprocessing().fit(picture) == picture[:, 16:240, 38:262]).all()


def test_a_file_and_its_bytes_and_its_array_give_the_same(tmp_path: Path):
    file = io.BytesIO()
    picture = noise(300, 280)
    Image.fromarray(picture.transpose(1, 2, 0)).save(file, "png")
    (tmp_path / "a.png").write_bytes(file.getvalue())
    made = Preprocessing()
    assert (made.read(tmp_path / "a.png") == made.fit(picture)).all()
    assert (made.read(file.getvalue()) == made.fit(picture)).all()


def test_a_file_that_cannot_be_cut_is_named(tmp_path: Path):
    Image.fromarray(np.zeros((1, 2000), np.uint8)).save(tmp_path / "thin.png")
    with pytest.raises(DataError) as caught:
        Preprocessing().read(tmp_path / "thin.png")
    assert str(caught.value).startswith(f"{tmp_path}/thin.png: 2000x1 is too narrow")


def test_grey_becomes_three_equal_channels():
    grey = noise(300, 280, channels=1)
    assert (Preprocessing().fit(grey) == Preprocessing().fit(np.repeat(grey, 3, axis=0))).all()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Preprocessing(224, 256),
            DataError,
            "Preprocessing: crop_size 256 cannot be cut out of a picture whose shorter side is 224. "
            "Give a crop_size from 1 to 224.",
        ),
        (
            lambda: Preprocessing("a", 5),
            DataError,
            "Preprocessing: shorter_side is 'a'; it must be a whole number. Give shorter_side=256, say.",
        ),
        (
            lambda: Preprocessing(256.5, 224),
            DataError,
            "Preprocessing: shorter_side is 256.5; it must be a whole number. Give shorter_side=256, say.",
        ),
        (
            lambda: Preprocessing(256, True),
            DataError,
            "Preprocessing: crop_size is True; it must be a whole number. Give crop_size=224, say.",
        ),
        (
            lambda: Preprocessing(filter=[]),
            UnknownNameError,
            "Unknown filter []. Known are: bilinear, bicubic.",
        ),
        (
            lambda: Preprocessing().read(None),
            DataError,
            "picture: NoneType is no file. Give its path, or its bytes.",
        ),
        (
            lambda: Preprocessing(filter="bilinar"),
            UnknownNameError,
            "Unknown filter 'bilinar'. Did you mean 'bilinear'?",
        ),
        (
            lambda: Preprocessing().fit(np.zeros((3, 1, 2000), np.uint8)),
            DataError,
            "picture: 2000x1 is too narrow to be cut to 224x224. Cut a part of it out first.",
        ),
        (
            lambda: Preprocessing().fit(np.zeros((2, 9, 9), np.uint8)),
            DataError,
            "fit: uint8 of shape (2, 9, 9) is not a picture, uint8 (1 or 3, H, W). Read it with read_picture.",
        ),
        (
            lambda: Preprocessing().read("none.jpg"),
            DataError,
            "none.jpg: there is no such file. Check the path.",
        ),
    ],
)
def test_what_cannot_be_cut_is_said_in_full(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert str(caught.value) == message


def test_the_examples_are_true():
    assert doctest.testmod(preprocessing).failed == 0
