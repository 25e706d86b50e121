"""The sanity check of randomised weights: what is replaced, in which order, and what its correlation is."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

import locality as loc
from engine.attribute.subjects import RESIDUAL, shaken
from locality.engine.attribute.sanity import Randomised, rank_correlation
from locality.errors import RunError
from locality.network.network import Network


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=30))
def test_the_correlation_is_scipy_s_spearman_of_the_magnitudes(pairs):
    a, b = np.array(pairs, float).T
    found = rank_correlation(a, b)
    if len(set(abs(a))) == 1 or len(set(abs(b))) == 1:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(abs(a), abs(b)).statistic, abs=1e-12)


def test_weights_are_replaced_from_the_output_back_until_none_is_left():
    model = shaken(loc.build(RESIDUAL))
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    image = np.random.default_rng(0).normal(size=(3, 11, 9)).astype(np.float32)
    found = loc.randomised(model, image, "gradient", seed=5)
    owners = [node.name for node in RESIDUAL.nodes if RESIDUAL.parameters(node)]
    assert [node for node, _ in found.rows] == owners[::-1]
    assert all((value == kept[name]).all() for name, value in model.state_dict().items())
    first = loc.attribute(model, image, "gradient")
    assert found.target == first.target
    # One after the other by hand, running statistics too.
    fresh, replaced = loc.build(RESIDUAL, seed=5).state_dict(), dict(kept)
    mixed = loc.build(RESIDUAL)
    for node, correlation in found.rows:
        replaced |= {name: value for name, value in fresh.items() if name.startswith(f"{node}.")}
        mixed.load_state_dict(replaced)
        again = loc.attribute(mixed, image, "gradient", first.target)
        assert correlation == pytest.approx(spearmanr(abs(first.values).ravel(), abs(again.values).ravel()).statistic)
    assert all((value == fresh[name]).all() for name, value in mixed.state_dict().items())


def test_weights_of_an_operation_change_places_and_nothing_else_of_it_does():
    class Own(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv2d(1, 4, 3)
            self.prelu = torch.nn.PReLU(4)
            self.register_buffer("places", torch.tensor([3, 0, 2, 1]))
            self.fc = torch.nn.Linear(4 * 36, 3)
            with torch.no_grad():
                self.prelu.weight.copy_(torch.tensor([0.1, 0.9, -0.7, 0.4]))

        def forward(self, x):
            return self.fc(self.prelu(self.conv(x))[:, self.places].flatten(1))

    torch.manual_seed(0)
    model = loc.from_torch(Own(), torch.zeros(1, 1, 8, 8))
    image = np.random.default_rng(0).normal(size=(1, 8, 8)).astype(np.float32)
    found = loc.randomised(model, image, "gradient")
    assert [node for node, _ in found.rows] == ["fc", "prelu", "conv"]
    assert len({round(correlation, 6) for _, correlation in found.rows}) == 3


def test_a_shared_weight_is_replaced_once():
    from locality.network.layers import Conv, Dense, Flatten
    from locality.network.network import Node

    nodes = [
        Node("a", Conv(2, 3, padding=1), "input"), Node("b", Conv(2, 3, padding=1), "a"),
        Node("c", Conv(2, 3, padding=1), "b", weights="b"), Node("flat", Flatten(), "c"), Node("fc", Dense(3), "flat"),
    ]  # fmt: skip
    model = loc.build(Network("shared", (1, 6, 6), nodes=nodes), seed=1)
    found = loc.randomised(model, np.random.default_rng(0).normal(size=(1, 6, 6)).astype(np.float32), "gradient")
    assert [node for node, _ in found.rows] == ["fc", "b", "a"]


def test_a_map_that_does_not_change_is_called_so():
    model = loc.build(Network.from_text("1x12x12 | flatten | dense 3"), seed=1)
    spot = np.zeros((1, 12, 12), np.float32)
    spot[0, 4:6, 4:6] = 1
    found = loc.randomised(model, spot, "integrated-gradients", seed=2)
    assert not found.depends
    assert "it hardly changes, so it shows the picture rather than what was learned." in repr(found)
    assert "so it shows something that was learned." in repr(loc.randomised(model, spot, "gradient", seed=2))


def test_the_rows_are_shown_as_a_table():
    found = Randomised("grad-cam", 3, (("dense1", 0.5), ("conv1", float("nan"))))
    assert found.depends
    assert repr(found) == (
        "replaced up to  rank correlation\n"
        "--------------  ----------------\n"
        "dense1                     0.500\n"
        "conv1                      blank\n"
        "\n"
        "grad-cam: the map changes with the weights, so it shows something that was learned."
    )


def test_settings_go_to_the_method():
    model = loc.build(Network.from_text("1x8x8 | conv 2 3x3 | relu | flatten | dense 3"))
    image = np.random.default_rng(0).normal(size=(1, 8, 8)).astype(np.float32)
    a, b = (loc.randomised(model, image, "occlusion", 1, window=size, seed=4) for size in (1, 3))
    assert a.rows != b.rows
    assert a.target == 1


def test_a_network_without_weights_is_refused():
    model = loc.build(Network.from_text("pools: 1x8x8 | max 2x2 | flatten"))
    with pytest.raises(RunError) as caught:
        loc.randomised(model, np.ones((1, 8, 8), np.float32), "gradient")
    assert str(caught.value) == "pools: it has no weights that could be replaced. Give a network with weights."


def test_a_map_that_is_one_number_everywhere_is_not_compared():
    model = loc.build(Network.from_text("1x8x8 | conv 2 3x3 | relu | flatten | dense 3"))
    with pytest.raises(RunError, match=r"^network: its map by integrated-gradients is one number everywhere: there is"):
        loc.randomised(model, np.zeros((1, 8, 8), np.float32), "integrated-gradients")
