"""Initial weights: the same everywhere for the same seed, with the variance that the module promises."""

import numpy as np
import pytest
import torch

from locality.engine.build import build
from locality.network.initial import initial_weights
from locality.network.layers import Activation, Conv, ConvTranspose, Dense, Dropout, Flatten, Norm, Pool
from locality.network.network import Network, Node, Residual

SMALL = Network("small", (2, 8, 8), [Conv(3, 3), Activation("relu"), Flatten(), Dense(4)])


def test_the_first_numbers_of_seed_0_are_pinned():
    weight = initial_weights(SMALL, seed=0)["conv1.weight"]
    assert weight.ravel()[:4] == pytest.approx(GOLDEN, rel=1e-6)
    assert float(weight.sum()) == pytest.approx(GOLDEN_SUM, rel=1e-5)


def test_the_same_seed_gives_the_same_numbers_and_another_gives_others():
    one, again, other = (initial_weights(SMALL, seed) for seed in (3, 3, 4))
    assert one.keys() == again.keys() == other.keys()
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert not np.array_equal(one["conv1.weight"], other["conv1.weight"])


def test_a_layer_more_changes_no_other_layers_weights():
    deeper = Network(
        "other-name",
        (2, 8, 8),
        [Conv(3, 3), Activation("relu"), Conv(3, 3, padding="same", name="extra"), Activation("relu"), Flatten(),
         Dense(4)],
    )  # fmt: skip
    before, after = initial_weights(SMALL), initial_weights(deeper)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_two_layers_of_one_shape_start_differently():
    net = Network("twice", (3, 8, 8), [Conv(3, 3), Conv(3, 3)])
    weights = initial_weights(net)
    assert not np.array_equal(weights["conv1.weight"], weights["conv2.weight"])


def variance(*layers, input=(8, 16, 16), dtype="float64", name="first"):
    """The variance of the named layer's weights, its mean checked, with the numbers drawn."""
    weight = initial_weights(Network("one", input, layers, dtype=dtype))[f"{name}.weight"]
    spread = float((abs(weight) ** 2).mean())
    assert abs(weight.mean()) < 5 * (spread / weight.size) ** 0.5
    return spread, weight.size


FIRST = Conv(64, 3, name="first")
RESIDUAL = [Residual([Conv(8, 3, padding="same", name="first")]), Activation("relu")]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([FIRST], 1 / 72),
        ([FIRST, Activation("tanh")], 1 / 72),
        ([FIRST, Activation("relu")], 2 / 72),
        ([FIRST, Activation("leaky_relu")], 2 / 72),
        ([FIRST, Norm("batch"), Dropout(0.1), Activation("relu")], 2 / 72),
        ([FIRST, Pool("max", 2), Activation("gelu")], 2 / 72),
        ([FIRST, Conv(4, 1), Activation("relu")], 1 / 72),
        ([FIRST, Activation("tanh"), Activation("relu")], 1 / 72),
        (RESIDUAL, 2 / 72),
        ([Conv(64, 3, groups=2, name="first")], 1 / 36),
        ([Conv(64, 3, footprint="hexagon", name="first")], 1 / 56),
        ([Conv(64, 5, footprint="diamond", name="first"), Activation("relu")], 2 / 104),
        ([ConvTranspose(64, 4, stride=2, name="first")], 1 / (8 * 16 / 4)),
        ([Flatten(), Dense(20, name="first"), Activation("relu")], 2 / 2048),
        ([Flatten(), Dense(20, name="first")], 1 / 2048),
    ],
)
def test_the_variance_is_the_gain_over_the_number_of_terms(layers, expected):
    found, count = variance(*layers)
    # A square of a uniform number varies by 4/5 of its mean's square: five standard errors.
    assert found == pytest.approx(expected, rel=5 * (0.8 / count) ** 0.5)


def test_weights_are_uniform_within_root_three_deviations():
    weight = initial_weights(Network("one", (8, 16, 16), [Conv(512, 3)], dtype="float64"))["conv1.weight"]
    half = (3 / 72) ** 0.5
    assert 0.999 * half < abs(weight).max() <= half
    counts, _ = np.histogram(weight, bins=16, range=(-half, half))
    expected = weight.size / 16
    assert ((counts - expected) ** 2 / expected).sum() < 50  # chi-squared of 15 degrees of freedom, p < 2e-5


def test_complex_weights_share_the_variance_between_their_two_parts():
    found, count = variance(FIRST, Activation("tanh"), dtype="complex128")
    assert found == pytest.approx(1 / 72, rel=5 * (0.4 / count) ** 0.5)
    net = Network("one", (8, 16, 16), [FIRST], dtype="complex64")
    weight = initial_weights(net)["first.weight"]
    assert weight.dtype == np.complex64
    assert (weight.real**2).mean() == pytest.approx((weight.imag**2).mean(), rel=0.1)
    assert abs((weight.real * weight.imag).mean()) < 5 / 144 / count**0.5


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_every_array_has_the_networks_dtype_and_the_built_model_holds_it(dtype):
    net = Network("typed", (2, 4, 4), [Conv(3, 3), Flatten(), Dense(2)], dtype=dtype)
    weights = initial_weights(net, seed=5)
    assert {array.dtype for array in weights.values()} == {np.dtype(dtype)}
    state = build(net, seed=5).state_dict()
    assert set(state) == set(weights)
    assert all(torch.equal(state[name], torch.from_numpy(weights[name])) for name in weights)


def test_biases_start_at_0_and_scales_at_1():
    net = Network("plain", (2, 8, 8), [Conv(3, 3), Norm("batch"), Flatten(), Norm("layer"), Dense(2)])
    weights = initial_weights(net)
    assert not any(weights[f"{name}.bias"].any() for name in ("conv1", "norm1", "norm2", "dense1"))
    assert all((weights[f"{name}.weight"] == 1).all() for name in ("norm1", "norm2"))


def test_shared_weights_are_stored_once_under_their_owner():
    nodes = [
        Node("left", Conv(2, 3, padding="same"), "input"),
        Node("right", Conv(2, 3, padding="same"), "left", weights="left"),
    ]
    assert list(initial_weights(Network("twins", (2, 4, 4), nodes=nodes))) == ["left.weight", "left.bias"]


def test_variance_survives_a_deep_rectified_network():
    """What the gain is for: after 20 layers the mean square is neither gone nor blown up."""
    layers = [layer for _ in range(20) for layer in (Dense(256), Activation("relu"))]
    model = build(Network("deep", (256,), layers))
    images = torch.randn(64, 256, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert 0.2 < float(model(images).square().mean()) < 5.0


GOLDEN = [0.44488459825515747, 0.3623243570327759, 0.5520879030227661, -0.08951081335544586]
GOLDEN_SUM = 0.4736507534980774
