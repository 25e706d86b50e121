"""The gradient and integrated gradients against captum, finite differences and completeness."""

import numpy as np
import pytest
import torch

import locality as loc
from engine.attribute.subjects import NAMES
from locality.errors import DescriptionError, RunError
from locality.network.network import Network


@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_is_captum_s(each, name):
    attr = pytest.importorskip("captum.attr")
    subject = each[name]
    found = loc.attribute(subject.model, subject.image, "gradient", 1)
    leaf = torch.from_numpy(subject.image)[None].requires_grad_()
    theirs = attr.Saliency(subject.scores).attribute(leaf, target=1, abs=False)[0].numpy()
    np.testing.assert_allclose(found.by_channel, theirs, rtol=1e-6)
    np.testing.assert_allclose(found.values, np.abs(theirs).max(0), rtol=1e-6)


def test_the_gradient_is_the_slope_of_the_score():
    net = Network.from_text("2x6x5 | conv 3 3x3 | tanh | average 2x3 | flatten | dense 3 | softmax")
    model = loc.build(net).double()
    image = np.random.default_rng(2).normal(size=(2, 6, 5))
    found = loc.attribute(model, image, "gradient", 2)
    step = 1e-5
    for place in np.ndindex(2, 6, 5):
        moved = np.zeros_like(image)
        moved[place] = step
        with torch.no_grad():
            more, less = (model.logits(torch.from_numpy(x)[None])[0, 2].item() for x in (image + moved, image - moved))
        assert found.by_channel[place] == pytest.approx((more - less) / (2 * step), abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_integrated_gradients_are_captum_s(each, name):
    attr = pytest.importorskip("captum.attr")
    subject = each[name]
    base = np.random.default_rng(3).normal(size=subject.image.shape)
    for baseline, theirs in ((0.25, 0.25), (base, torch.from_numpy(base)[None])):
        found = loc.attribute(subject.model, subject.image, "integrated-gradients", 1, steps=20, baseline=baseline)
        expected, missing = attr.IntegratedGradients(subject.scores).attribute(
            torch.from_numpy(subject.image)[None], theirs, target=1, n_steps=20, method="riemann_middle",
            return_convergence_delta=True,
        )  # fmt: skip
        expected = expected[0].detach().numpy()
        np.testing.assert_allclose(found.by_channel, expected, rtol=1e-5, atol=1e-8)
        np.testing.assert_allclose(found.values, expected.sum(0), rtol=1e-5, atol=1e-7)
        assert found.difference == pytest.approx(missing.item(), abs=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_integrated_gradients_add_up_to_the_difference_of_the_scores(each, name):
    subject = each[name]
    found = loc.attribute(subject.model, subject.image, "integrated-gradients", 0, steps=400)
    zero = loc.attribute(subject.model, np.zeros_like(subject.image), "gradient", 0)
    assert found.values.sum() == pytest.approx(found.score - zero.score, abs=0.02)
    assert found.difference == pytest.approx(found.values.sum() - (found.score - zero.score), abs=1e-5)


def test_a_smooth_network_misses_by_the_square_of_the_step():
    model = loc.build(Network.from_text("1x5x5 | flatten | dense 8 | tanh | dense 2")).double()
    image = np.random.default_rng(0).normal(size=(1, 5, 5))
    few, many = (abs(loc.attribute(model, image, "integrated-gradients", 0, steps=n).difference) for n in (10, 20))
    assert few / many == pytest.approx(4, rel=0.05)


def test_steps_go_through_in_batches_of_bounded_size(each, monkeypatch):
    subject = each["lenet5"]
    expected = loc.attribute(subject.model, subject.image, "integrated-gradients", 0)
    cells = sum(int(np.prod(shape)) for shape in subject.model.network.shapes.values())
    monkeypatch.setattr(gradients_file(), "_KEPT", 7 * cells)
    sizes, plain = [], subject.model.logits
    monkeypatch.setattr(subject.model, "logits", lambda x: (sizes.append(len(x)), plain(x))[1])
    found = loc.attribute(subject.model, subject.image, "integrated-gradients", 0)
    assert sizes == [1, *[7] * 7, 1, 1]  # the picture, fifty steps, the baseline
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-6)


def gradients_file():
    import sys

    return sys.modules["locality.engine.attribute.gradient"]


def test_where_no_gradient_comes_through_the_way_out_is_said():
    class Steps(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = torch.nn.Linear(9, 2)

        def forward(self, x):
            return self.fc((x > 0).float().flatten(1))

    model = loc.from_torch(Steps(), torch.randn(1, 1, 3, 3))
    image = np.ones((1, 3, 3), np.float32)
    for method in ("gradient", "integrated-gradients"):
        with pytest.raises(RunError) as caught:
            loc.attribute(model, image, method)
        assert str(caught.value) == (
            'Steps: no gradient comes through its operations. Use method "occlusion", which needs none.'
        )
    majority = loc.build(Network.from_text("1x9x9 | conv 1 1x1 | majority 3x3 | flatten | dense 2"))
    with pytest.raises(RunError) as caught:
        loc.attribute(majority, np.ones((1, 9, 9), np.float32), "gradient")
    assert str(caught.value) == (
        'pool1: the gradient of the majority rule is zero. Use method "occlusion", which needs none.'
    )


def test_settings_that_cannot_be_are_one_sentence(each):
    subject = each["plain"]
    for method, settings, message in (
        ("integrated-gradients", {"steps": 0},
         "steps is 0; it must be a whole number of at least 1. Give steps=1 or more."),
        ("gradient", {"steps": 5}, "gradient: it has no steps. It has no settings."),
        ("integrated-gradients", {"window": 5},
         "integrated-gradients: it has no window. Its settings are: steps, baseline."),
    ):  # fmt: skip
        with pytest.raises(DescriptionError) as caught:
            loc.attribute(subject.model, subject.image, method, **settings)
        assert str(caught.value) == message
