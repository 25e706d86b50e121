"""Occlusion against captum, and against a plain loop over windows."""

import numpy as np
import pytest
import torch

import locality as loc
from engine.attribute.subjects import NAMES
from locality.engine import outputs as passes
from locality.errors import DescriptionError, RunError, ShapeError
from locality.network.network import Network


def counted(model, monkeypatch):
    """The sizes of the batches that the optimised model is given from now on."""
    sizes, plain = [], model.optimized()
    monkeypatch.setattr(model, "optimized", lambda: lambda x: (sizes.append(len(x)), plain(x))[1])
    return sizes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("window", "stride"), [(3, 1), (4, 3), (5, 2)])
def test_occlusion_is_captum_s(each, name, window, stride):
    attr = pytest.importorskip("captum.attr")
    subject = each[name]
    axes = subject.image.ndim - 1
    ours = loc.attribute(subject.model, subject.image, "occlusion", 1, window=window, stride=stride)
    channels = len(subject.image)
    with torch.no_grad():
        theirs = attr.Occlusion(subject.scores).attribute(
            torch.from_numpy(subject.image)[None],
            sliding_window_shapes=(channels, *[window] * axes),
            strides=(channels, *[stride] * axes),
            target=1,
            baselines=0,
        )
    assert ours.values.shape == subject.image.shape[1:]
    np.testing.assert_allclose(ours.values, theirs[0, 0].numpy(), rtol=1e-6, atol=1e-9)


def test_occlusion_is_a_loop_over_windows(each):
    subject = each["plain"]
    model, x = subject.model, torch.from_numpy(subject.image)[None]
    high, wide, (rows, columns), (down, right) = *x.shape[2:], (5, 3), (4, 2)
    falls, counts = np.zeros((high, wide)), np.zeros((high, wide))
    with torch.no_grad():
        whole = subject.scores(x)[0, 2].item()
        top = 0
        while True:
            left = 0
            while True:
                covered = x.clone()
                covered[:, :, top : top + rows, left : left + columns] = 0.7
                falls[top : top + rows, left : left + columns] += whole - subject.scores(covered)[0, 2].item()
                counts[top : top + rows, left : left + columns] += 1
                if left + columns >= wide:
                    break
                left += right
            if top + rows >= high:
                break
            top += down
    ours = loc.attribute(
        model, subject.image, "occlusion", 2, window=(rows, columns), stride=(down, right), baseline=0.7
    )
    np.testing.assert_allclose(ours.values, falls / counts, rtol=1e-6)


def test_a_picture_as_baseline_stands_where_the_window_lies(each):
    subject = each["plain"]
    other = np.random.default_rng(5).normal(size=subject.image.shape)
    whole = subject.image.shape[1:]
    ours = loc.attribute(subject.model, subject.image, "occlusion", 0, window=whole, baseline=other)
    with torch.no_grad():
        scores = [subject.scores(torch.from_numpy(one)[None])[0, 0].item() for one in (subject.image, other)]
    np.testing.assert_allclose(ours.values, scores[0] - scores[1], rtol=1e-6)


def test_a_window_that_holds_the_baseline_already_changes_exactly_nothing_and_is_not_computed(each, monkeypatch):
    model = each["lenet5"].model
    image = np.zeros((1, 28, 28), np.float32)
    image[0, 10:14, 10:14] = 1
    computed = counted(model, monkeypatch)
    found = loc.attribute(model, image, "occlusion", 0, window=1, stride=1)
    assert sum(computed) == 1 + 16
    assert (found.values[10:14, 10:14] != 0).all()
    assert np.count_nonzero(found.values) == 16


def test_the_default_window_is_an_eighth_of_the_side_moved_by_half(each):
    subject = each["lenet5"]
    ours = loc.attribute(subject.model, subject.image, "occlusion", 0)
    said = loc.attribute(subject.model, subject.image, "occlusion", 0, window=4, stride=2)
    np.testing.assert_array_equal(ours.values, said.values)


def test_windows_go_through_in_batches_of_bounded_size(each, monkeypatch):
    subject = each["lenet5"]
    expected = loc.attribute(subject.model, subject.image, "occlusion", 0, window=4)
    monkeypatch.setattr(passes, "_AT_ONCE", 6 * 28 * 28 * 10)  # ten pictures of its largest map
    sizes = counted(subject.model, monkeypatch)
    found = loc.attribute(subject.model, subject.image, "occlusion", 0, window=4)
    assert sum(sizes) == 1 + 13 * 13
    assert max(sizes) == 10
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-6)


def test_the_majority_rule_can_be_occluded():
    model = loc.build(Network.from_text("1x9x9 | majority 3x3 | flatten | dense 2"))
    spins = np.sign(np.random.default_rng(0).normal(size=(1, 9, 9))).astype(np.float32)
    assert np.abs(loc.attribute(model, spins, "occlusion", 0, window=3, baseline=-1).values).max() > 0


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"window": 13}, ShapeError,
         "occlusion: a window of 13x13 does not fit the picture, 12x11. Use one of at most 11."),
        ({"window": 2, "stride": 3}, ShapeError,
         "occlusion: a stride of 3x3 jumps over pixels between windows of 2x2. Use a stride of at most 2."),
        ({"window": (1, 2, 3)}, DescriptionError,
         "window has 3 entries, the picture has 2 axes. Give one number, or one per axis."),
        ({"window": 0}, DescriptionError,
         "window is 0; it must be a whole number of at least 1. Give window=1 or more."),
        ({"baseline": float("nan")}, DescriptionError,
         "baseline is nan; it must be a finite number. Give 0, the mean, say."),
        ({"baseline": "black"}, DescriptionError,
         "baseline is 'black'; it must be a number or a picture. Give 0, the mean, or a picture 2x12x11."),
        ({"baseline": np.zeros((1, 12, 11), np.float32)}, ShapeError,
         "plain: images of shape (1, 12, 11) do not fit its input 2x12x11. Give one image 2x12x11 or a batch of them."),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_one_sentence(each, settings, error, message):
    with pytest.raises(error) as caught:
        loc.attribute(each["plain"].model, each["plain"].image, "occlusion", **settings)
    assert str(caught.value) == message


def test_a_softmax_at_the_end_is_left_out_of_the_score(each):
    model = loc.build(Network.from_text("1x6x6 | conv 2 3x3 | relu | flatten | dense 3 | softmax"))
    image = np.random.default_rng(0).normal(size=(1, 6, 6)).astype(np.float32)
    found = loc.attribute(model, image, "occlusion", 0, window=(6, 6))
    with torch.no_grad():
        scores = [model.logits(x)[0, 0].item() for x in (torch.from_numpy(image)[None], torch.zeros(1, 1, 6, 6))]
    np.testing.assert_allclose(found.values, scores[0] - scores[1], rtol=1e-5)


def test_single_precision_misses_by_its_rounding_alone(each):
    model = loc.build(loc.zoo.get("resnet20-cifar"))
    image = np.random.default_rng(0).normal(size=(3, 32, 32)).astype(np.float32)
    single = loc.attribute(model, image, "occlusion", 1, window=16)
    exact = loc.attribute(model.double(), image, "occlusion", 1, window=16)
    np.testing.assert_allclose(single.values, exact.values, atol=2e-5 * abs(exact.score))


def test_scores_that_are_not_finite_are_refused(each):
    model = loc.build(Network.from_text("net: 1x6x6 | flatten | dense 3"))
    with torch.no_grad():
        model.dense1.weight.fill_(2)
    with pytest.raises(RunError) as caught:
        loc.attribute(model, np.zeros((1, 6, 6), np.float32), "occlusion", baseline=3e38)
    assert str(caught.value) == (
        "net: the score of a picture with a window covered is not finite. Use another baseline."
    )
