"""Moved pictures, against scipy and against a network that cannot notice."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

import locality as loc
from locality.data import Images
from locality.engine.run import Run
from locality.errors import ShapeError
from locality.studies.shifts import WAYS, shift_errors, shifted

IMAGES = np.random.default_rng(1).integers(1, 256, (3, 2, 6, 9), np.uint8)


@pytest.mark.parametrize("down", range(-5, 6, 2))
@pytest.mark.parametrize("right", [-8, -1, 0, 4])
def test_pictures_move_as_scipy_moves_them(down, right):
    assert np.array_equal(shifted(IMAGES, down, right), ndimage.shift(IMAGES, (0, 0, down, right), order=0))


@pytest.mark.parametrize(("down", "right"), [(6, 0), (0, -9)])
def test_a_move_that_leaves_nothing_is_refused(down, right):
    with pytest.raises(ShapeError) as error:
        shifted(IMAGES, down, right)
    assert str(error.value) == (
        f"shift: a move by {down} down and {right} right leaves nothing of pictures of 6x9. Use at most 5 and 8."
    )


def in_a_frame(images, margin):
    return Images(np.pad(images.images, ((0, 0), (0, 0), (margin, margin), (margin, margin))), images.labels)


def run_of(text, data):
    model = loc.build(loc.Network.from_text(text), seed=3)
    return Run(model, loc.Recipe(), data.name, given_data=data)


def test_a_network_that_counts_what_it_finds_does_not_notice_a_move(few):
    data = replace(few, train=in_a_frame(few.train, 6), test=in_a_frame(few.test, 6))
    blind = run_of("1x20x20 | conv 8 3x3 | relu | global-average | flatten | dense 10", data)
    errors = shift_errors(blind, [0, 1, 2, 4])
    assert errors == pytest.approx([errors[0]] * 4)
    assert 0 < errors[0] < 1
    seeing = run_of("1x20x20 | flatten | dense 10", data)
    assert len(set(shift_errors(seeing, [0, 1, 2, 4]))) > 1


def test_an_error_is_the_mean_over_all_four_ways(few):
    run = run_of("1x8x8 | flatten | dense 10", few)
    wrong = [
        (np.array([answer.best for answer in loc.predict(run.model, shifted(few.test.images, 2 * down, 2 * right))])
         != few.test.labels.astype(str)).mean()
        for down, right in WAYS
    ]  # fmt: skip
    assert shift_errors(run, [2])[0] == pytest.approx(np.mean(wrong))
    assert sorted(WAYS) == [(-1, 0), (0, -1), (0, 1), (1, 0)]
