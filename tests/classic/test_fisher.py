"""Descriptors against scikit-image's, Fisher vectors against the paper's formulas written out and scikit-image's."""

from math import exp, pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import rgb2gray
from skimage.data import astronaut
from skimage.feature import daisy as their_daisy
from skimage.feature import fisher_vector
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from locality.classic import Fisher
from locality.classic.daisy import daisy
from locality.classic.encoding import Gaussians, fisher_vectors
from locality.data import Images, dataset
from locality.errors import DataError, DescriptionError, ShapeError

SMALL = Fisher(radius=2, stride=1, rings=1, histograms=4, orientations=4, components=6, gaussians=5)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 4), st.integers(1, 7), st.integers(1, 3), st.integers(1, 8), st.integers(1, 8),
    st.integers(0, 9), st.integers(0, 9), st.integers(0, 2**32),
)  # fmt: skip
def test_every_picture_gets_the_descriptors_that_scikit_image_gives_it(
    stride, radius, rings, histograms, orientations, more, wide, seed
):
    height, width = 2 * radius + 1 + more, 2 * radius + 1 + wide
    pictures = np.random.default_rng(seed).integers(0, 256, (2, height, width), dtype=np.uint8)
    ours = daisy(pictures.astype(np.float32) / 255, stride, radius, rings, histograms, orientations)
    for one, picture in zip(ours, pictures, strict=True):
        theirs = their_daisy(picture, stride, radius, rings, histograms, orientations, "l2")
        assert one.shape == theirs.shape
        np.testing.assert_allclose(one, theirs, rtol=0, atol=1e-5)
    pipeline = Fisher(stride=stride, radius=radius, rings=rings, histograms=histograms, orientations=orientations,
                      components=1)  # fmt: skip
    table = pipeline.trace((1, height, width), classes=2)
    assert table["daisy"].output == (theirs.shape[2], *theirs.shape[:2])


def written_out(descriptors, weight, mean, deviation):
    """Perronnin, Sanchez and Mensink 2010, equations (5) to (7), and both normalisations, term by term."""
    count, (gaussians, size) = len(descriptors), mean.shape
    by_mean, by_deviation = np.zeros((gaussians, size)), np.zeros((gaussians, size))
    for x in descriptors:
        likelihood = []
        for k in range(gaussians):
            density = weight[k]
            for d in range(size):
                z = (x[d] - mean[k, d]) / deviation[k, d]
                density *= exp(-z * z / 2) / (sqrt(2 * pi) * deviation[k, d])
            likelihood.append(density)
        for k in range(gaussians):
            share = likelihood[k] / sum(likelihood)
            for d in range(size):
                z = (x[d] - mean[k, d]) / deviation[k, d]
                by_mean[k, d] += share * z / (count * sqrt(weight[k]))
                by_deviation[k, d] += share * (z * z - 1) / (count * sqrt(2 * weight[k]))
    numbers = [float(number) for number in [*by_mean.ravel(), *by_deviation.ravel()]]
    rooted = [(1 if number > 0 else -1) * sqrt(abs(number)) for number in numbers]
    length = sqrt(sum(number**2 for number in rooted))
    return np.array([number / length for number in rooted])


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 6), st.integers(0, 2**32))
def test_a_fisher_vector_is_the_papers_formulas_written_out(gaussians, size, count, seed):
    draw = np.random.default_rng(seed)
    weight = draw.uniform(0.2, 1, gaussians)
    mixture = Gaussians(
        weight / weight.sum(), draw.normal(size=(gaussians, size)), draw.uniform(0.5, 2, (gaussians, size))
    )
    descriptors = draw.normal(size=(3, count, size))
    ours = fisher_vectors(descriptors, mixture)
    assert ours.shape == (3, 2 * gaussians * size)
    for one, each in zip(ours, descriptors, strict=True):
        np.testing.assert_allclose(
            one, written_out(each, mixture.weight, mixture.mean, mixture.deviation), rtol=1e-6, atol=1e-9
        )


def test_the_part_by_the_means_points_where_scikit_images_does():
    draw = np.random.default_rng(0)
    descriptors = draw.normal(size=(200, 4))
    mixture = GaussianMixture(3, covariance_type="diag", random_state=0).fit(descriptors)
    theirs = fisher_vector(descriptors[:50], mixture)[3:].reshape(2, -1)[0]  # after K numbers for the weights
    ours = fisher_vectors(
        descriptors[None, :50], Gaussians(mixture.weights_, mixture.means_, np.sqrt(mixture.covariances_))
    )[0, :12]
    ours = np.sign(ours) * ours**2  # scikit-image has no square root here
    np.testing.assert_allclose(ours / np.linalg.norm(ours), theirs / np.linalg.norm(theirs), atol=1e-9)


def test_in_single_precision_a_fisher_vector_loses_nothing_that_matters():
    pictures = dataset("textures").train.images[:40]
    learned = Fisher().learn(pictures, 0)
    single = Fisher().vectors(pictures, learned)
    double = Fisher().vectors(pictures, {name: array.astype(np.float64) for name, array in learned.items()})
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=0, atol=1e-3)  # a square root near 0 stretches what is lost


def test_the_axes_are_scikit_learns_principal_components_and_the_places_have_mean_0_and_deviation_1():
    pictures = dataset("digits").train.images[:300]
    learned = SMALL.learn(pictures, 0)  # few enough for every descriptor to be drawn
    raw = np.concatenate(
        [their_daisy(picture[0], 1, 2, 1, 4, 4, "l2").reshape(-1, 20) for picture in pictures]
    )  # fmt: skip
    pca = PCA(6).fit(raw)
    axes = learned["pca.axes"] / np.linalg.norm(learned["pca.axes"], axis=0)
    assert np.abs(np.diagonal(axes.T @ pca.components_.T)).min() > 0.999
    np.testing.assert_allclose(learned["pca.mean"], pca.mean_, atol=1e-5)
    places = SMALL._places(8, 8)
    assert sorted(set(places[:, 0].tolist())) == pytest.approx([-3 / sqrt(5), -1 / sqrt(5), 1 / sqrt(5), 3 / sqrt(5)])
    assert places[1].tolist() == pytest.approx([-3 / sqrt(5), -1 / sqrt(5)])  # row first, columns fastest


def test_the_grey_of_a_colour_photograph_is_that_of_the_other_folders():
    photograph = np.moveaxis(astronaut()[:40, 100:140], -1, 0)
    grey = np.asarray(rgb2gray(astronaut()[:40, 100:140]))  # ITU-R 709: near, not the same
    ours = Fisher()._descriptors(photograph[None])
    near = their_daisy(grey, 2, 5, 2, 6, 8, "l2").reshape(-1, 104)
    assert (ours[0] * near).sum(1).min() > 0.98
    red = np.tensordot(photograph / 255, [0.299, 0.587, 0.114], (0, 0))
    np.testing.assert_allclose(ours[0], their_daisy(red, 2, 5, 2, 6, 8, "l2").reshape(-1, 104), atol=1e-5)


def test_the_table_says_how_long_each_step_is_and_what_is_learned():
    table = Fisher().trace((3, 64, 48), classes=7)
    assert [(row.name, row.output, row.length, row.parameters) for row in table.rows] == [
        ("grey", (1, 64, 48), 3072, 0),
        ("gradients", (8, 64, 48), 24576, 0),
        ("daisy", (104, 27, 19), 53352, 0),
        ("pca", (32, 27, 19), 16416, 104 * 33),
        ("place", (34, 27, 19), 17442, 0),
        ("fisher", (2176,), 2 * 32 * 34, 32 + 2 * 32 * 34),
        ("svm", (7,), 7, 2177 * 7),
    ]


def test_what_is_learned_and_the_vectors_are_as_long_as_the_table_says():
    pictures = dataset("digits").train.images[:50]
    learned = SMALL.learn(pictures, 0)
    assert {name: array.shape for name, array in learned.items()} == SMALL.learned((1, 8, 8))
    table = SMALL.trace((1, 8, 8), classes=10)
    assert sum(array.size for array in learned.values()) == table["pca"].parameters + table["fisher"].parameters
    assert SMALL.vectors(pictures, learned).shape == (50, table.length)


def test_a_grid_of_one_place_works():
    pictures = dataset("digits").train.images[:100, :, :5, :5]
    assert np.isfinite(SMALL.vectors(pictures, SMALL.learn(pictures, 0))).all()


def test_a_picture_smaller_than_a_descriptor_is_refused():
    with pytest.raises(ShapeError) as error:
        Fisher().trace((1, 8, 28), classes=10)
    assert str(error.value) == (
        "fisher-svm: a descriptor of radius 5 is 11x11 pixels, the picture 8x28. "
        "Use a smaller radius, or larger pictures."
    )


def test_more_components_than_a_descriptor_has_numbers_are_refused():
    with pytest.raises(DescriptionError) as error:
        Fisher(rings=1, histograms=2, orientations=4)
    assert str(error.value) == (
        "components is 32; a descriptor of 1 x 2 + 1 histograms of 4 has only 12 numbers. Give components=12 or less."
    )


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        (
            np.zeros((1, 1, 6, 5), np.uint8),
            "fisher-svm: 1 pictures give 2 descriptors, too few for 6 components and 5 Gaussians. "
            "Use at least 6: more pictures, or a smaller stride.",
        ),
        (
            np.full((9, 1, 8, 8), 50, np.uint8),
            "fisher-svm: the pictures are flat: no descriptor differs. Give pictures of something.",
        ),
    ],
)
def test_too_little_to_learn_from_is_refused(pictures, message):
    with pytest.raises(DataError) as error:
        SMALL.learn(Images(pictures, np.zeros(len(pictures), np.int64)).images, 0)
    assert str(error.value) == message
