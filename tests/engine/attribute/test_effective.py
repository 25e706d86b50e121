"""The effective receptive field against finite differences, and against what theory says."""

import numpy as np
import pytest
import torch

import locality as loc
from engine.attribute.subjects import NAMES
from locality.errors import DescriptionError, RunError, ShapeError, UnknownNameError
from locality.network.network import Network


def test_the_field_is_the_mean_magnitude_of_the_slopes():
    model = loc.build(Network.from_text("2x7x6 | conv 3 3x3 pad 1 | tanh | conv 2 3x3 stride 2 floor")).double()
    images = np.random.default_rng(0).normal(size=(3, 2, 7, 6))
    found = model.effective_field("conv2", images=images, place=(1, 0))
    slopes, step = np.zeros((3, 2, 7, 6)), 1e-5
    for n, channel, row, column in np.ndindex(slopes.shape):
        ends = []
        for sign in (1, -1):
            moved = images[n].copy()
            moved[channel, row, column] += sign * step
            with torch.no_grad():
                ends.append(model(torch.from_numpy(moved)[None])[0, :, 1, 0].sum().item())
        slopes[n, channel, row, column] = (ends[0] - ends[1]) / (2 * step)
    assert (found.node, found.place, found.pictures) == ("conv2", (1, 0), 3)
    np.testing.assert_allclose(found.values, np.abs(slopes).sum(1).mean(0), atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_outside_the_theoretical_field_moves_a_cell(each, name):
    model = each[name].model
    net = model.network
    for node in net.nodes:
        space = net.shapes[node.name][1:]
        if len(space) != len(net.input) - 1:
            continue
        for place in (None, tuple(size - 1 for size in space)):
            found = loc.effective_field(model, node.name, place=place)
            at = tuple(size // 2 for size in space) if place is None else place
            sites = loc.seen(net, node.name, at)
            assert found.sites == sites
            outside = np.ones(net.input[1:], bool)
            outside[np.ix_(*map(list, sites))] = False
            assert not found.values[outside].any()
            assert found.inside == 1
            assert all(width <= most for width, most in zip(found.width, found.theoretical, strict=True))


def test_a_stack_of_equal_kernels_gives_the_binomial_distribution():
    net = Network.from_text("1x41 | " + " | ".join(["conv 1 3 pad 1"] * 10))
    model = loc.build(net)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            tensor.copy_(torch.tensor([[[0.25, 0.5, 0.25]]]) if "weight" in name else torch.zeros(1))
    found = loc.effective_field(model, "conv10")
    expected = np.array([1.0])
    for _ in range(20):
        expected = np.convolve(expected, [0.5, 0.5])
    np.testing.assert_allclose(found.values[10:31], expected, rtol=1e-5)
    assert found.theoretical == (21,)
    # Its standard deviation is the root of 20/4, and two to each side of the middle are 2 * 2 * 2.24 = 8.9 wide.
    assert found.width == (9,)
    assert expected[10 - 4 : 10 + 5].sum() > 0.9545 > expected[10 - 4 : 10 + 4].sum()
    assert found.stretches == ((16, 24),)


def test_without_pictures_the_noise_is_the_same_every_time_and_has_unit_variance(each):
    from locality.engine.attribute.effective import _noise

    one, other = (loc.effective_field(each["residual"].model, "sum1") for _ in range(2))
    np.testing.assert_array_equal(one.values, other.values)
    assert one.pictures == 32
    drawn = _noise((3, 40, 40))
    assert drawn.mean() == pytest.approx(0, abs=0.01)
    assert drawn.std() == pytest.approx(1, abs=0.01)


def test_pictures_go_through_in_batches_and_the_model_is_left_as_it_was(each, monkeypatch):
    model = each["lenet5"].model
    images = np.random.default_rng(0).integers(0, 256, (9, 1, 28, 28), np.uint8)
    expected = loc.effective_field(model, "conv2", images)
    monkeypatch.setattr("locality.engine.attribute.effective.at_once", lambda net: 4)
    found = loc.effective_field(model, "conv2", images)
    assert found.pictures == 9
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-6)
    assert all(parameter.grad is None for parameter in model.parameters())
    with torch.inference_mode():
        np.testing.assert_array_equal(loc.effective_field(model, "conv2", images).values, found.values)


def test_a_cell_that_nothing_moves_has_no_share():
    model = loc.build(Network.from_text("1x5x5 | conv 1 3x3"))
    with torch.no_grad():
        model.conv1.weight.zero_()
    found = loc.effective_field(model, "conv1")
    assert np.isnan(found.inside)
    assert found.width == (5, 5)


@pytest.mark.parametrize(
    ("text", "arguments", "error", "message"),
    [
        ("net: 1x4x4 | conv 2 3x3 | flatten | dense 3", {"node": "dense1"}, DescriptionError,
         "dense1: its output is flat, so there is no field around a place. Name a node with space."),
        ("net: 16 | dense 3", {"node": "dense1"}, DescriptionError,
         "net: its input is flat, so there is no field around a place. Name a node with space."),
        ("net: 1x4x4 | conv 2 3x3", {"node": "conv2"}, UnknownNameError, "Unknown node 'conv2'. Did you mean 'conv1'?"),
        ("net: 1x4x4 | conv 2 3x3", {"node": "conv1", "place": (2, 0)}, ShapeError,
         "conv1: there is no place (2, 0) in its map of 2x2. Give one index per axis, from 0."),
        ("net: 1x4x4 | conv 2 3x3", {"node": "conv1", "images": np.zeros((1, 5, 5), np.uint8)}, ShapeError,
         "net: images of shape (1, 5, 5) do not fit its input 1x4x4. Give one image 1x4x4 or a batch of them."),
        ("net: 1x9x9 | conv 1 1x1 | majority 3x3 | conv 1 1x1", {"node": "conv2"}, RunError,
         'pool1: the gradient of the majority rule is zero. Use method "occlusion", which needs none.'),
    ],
)  # fmt: skip
def test_a_field_that_is_none_is_one_sentence(text, arguments, error, message):
    model = loc.build(Network.from_text(text))
    with pytest.raises(error) as caught:
        loc.effective_field(model, **arguments)
    assert str(caught.value) == message


def test_a_field_before_the_majority_rule_can_be_had():
    model = loc.build(Network.from_text("net: 1x9x9 | conv 1 3x3 pad 1 | majority 3x3"))
    assert loc.effective_field(model, "conv1").theoretical == (3, 3)
