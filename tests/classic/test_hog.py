"""HOG of many pictures at a time against scikit-image's, one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import astronaut
from skimage.feature import hog

from locality.classic import Hog
from locality.data import dataset
from locality.errors import DescriptionError, ShapeError


def theirs(pipeline: Hog, picture: np.ndarray) -> np.ndarray:
    cell, block = (pipeline.cell,) * 2, (pipeline.block,) * 2
    return np.asarray(hog(picture, pipeline.orientations, cell, block, "L2-Hys", channel_axis=0))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 4), st.integers(1, 3), st.integers(1, 12), st.sampled_from([1, 2, 3]), st.integers(0, 5),
    st.integers(0, 5), st.sampled_from([2, 256]), st.integers(0, 2**32),
)  # fmt: skip
def test_every_picture_gets_the_vector_that_scikit_image_gives_it(
    cell, block, orientations, channels, more, wide, top, seed
):
    pipeline = Hog(cell=cell, block=block, orientations=orientations)
    shape = (channels, cell * block + more, cell * block + wide)
    pictures = np.random.default_rng(seed).integers(0, top, (3, *shape), dtype=np.uint8) * (255 // (top - 1))
    ours = pipeline.vectors(pictures.astype(np.uint8), {})
    assert ours.dtype == np.float32
    assert pipeline.length(shape) == ours.shape[1]
    for one, picture in zip(ours, pictures.astype(np.uint8), strict=True):
        np.testing.assert_allclose(one, theirs(pipeline, picture), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", ["digits", "textures", "faces"])
def test_real_pictures_get_the_vectors_of_scikit_image(name):
    pictures = dataset(name).test.images[:20]
    for one, picture in zip(Hog().vectors(pictures, {}), pictures, strict=True):
        np.testing.assert_allclose(one, theirs(Hog(), picture), rtol=0, atol=1e-6)


def test_of_a_colour_photograph_the_channel_that_changes_most_is_taken():
    photograph = np.moveaxis(astronaut()[:100, 100:230], -1, 0)
    ours = Hog(cell=8, block=3).vectors(photograph[None], {})
    np.testing.assert_allclose(ours[0], theirs(Hog(cell=8, block=3), photograph), rtol=0, atol=1e-6)


def test_a_flat_picture_gets_zeros():
    assert not Hog().vectors(np.full((2, 1, 8, 8), 77, np.uint8), {}).any()


def test_the_table_says_how_long_each_step_is_and_what_it_leaves_unread():
    table = Hog(cell=8, block=2, orientations=9).trace((3, 66, 130), classes=2)
    assert [(row.name, row.output, row.length, row.parameters) for row in table.rows] == [
        ("gradients", (2, 66, 130), 17160, 0),
        ("cells", (9, 8, 16), 1152, 0),
        ("blocks", (36, 7, 15), 3780, 0),  # Dalal and Triggs' own vector, for a window of 64x128 pixels
        ("svm", (2,), 2, 2 * 3781),
    ]
    assert table["cells"].uncovered == 66 * 130 - 64 * 128
    assert str(table).endswith("\ncells: 388 of 8,580 pixels are in none.")
    assert table.length == 3780
    assert table.parameters == 7562


def test_a_picture_smaller_than_a_block_is_refused_before_anything_is_computed():
    with pytest.raises(ShapeError) as error:
        Hog(cell=8, block=3).trace((1, 28, 20), classes=10)
    assert str(error.value) == (
        "hog-svm: a block of 3x3 cells of 8x8 pixels is 24x24, the picture 28x20. "
        "Use a smaller cell or block, or larger pictures."
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cell": 0}, "cell is 0; it must be a whole number of at least 1. Give cell=1 or more."),
        ({"block": 1.5}, "block is 1.5; it must be a whole number of at least 1. Give block=1 or more."),
        ({"orientations": True}, "orientations is True; it must be a whole number of at least 1. Give orientations=1 or more."),  # noqa: E501
        ({"cost": 0}, "cost is 0; then no picture counts. Give cost=0.1, say."),
        ({"cost": float("nan")}, "cost is nan; it must be a finite number of at least 0. Give cost=0.1, say."),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(settings, message):
    with pytest.raises(DescriptionError) as error:
        Hog(**settings)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("shape", "classes", "message"),
    [
        ((28, 28), 10, "shape is (28, 28); it must be three numbers. Give (channels, height, width)."),
        ((1, 28, 0), 10, "side is 0; it must be a whole number of at least 1. Give side=1 or more."),
        ((1, 28, 28), 1, "classes is 1; it must be a whole number of at least 2. Give classes=2 or more."),
    ],
)
def test_a_shape_that_no_picture_has_is_refused(shape, classes, message):
    with pytest.raises(DescriptionError) as error:
        Hog().trace(shape, classes)
    assert str(error.value) == message
