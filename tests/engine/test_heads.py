"""Auxiliary heads: computed and trained beside the output, and no part of it."""

import pytest
import torch
from torch.nn import functional as F

import locality as loc
from locality.engine.train import HEAD


def forked(heads=("side",)):
    """A chain with a classifier half way."""
    nodes = [
        loc.Node("conv", loc.Conv(4, 3), "input"),
        loc.Node("relu", loc.Activation("relu"), "conv"),
        loc.Node("flat", loc.Flatten(), "relu"),
        loc.Node("side", loc.Dense(10), "flat"),
        loc.Node("last", loc.Conv(2, 3), "relu"),
        loc.Node("row", loc.Flatten(), "last"),
        loc.Node("out", loc.Dense(10), "row"),
    ]
    if not heads:
        nodes = [node for node in nodes if node.name not in ("flat", "side")]
    return loc.Network("forked", (1, 8, 8), nodes=nodes, heads=heads)


def test_the_output_is_that_of_the_network_without_its_heads():
    with_heads, without = loc.build(forked()), loc.build(forked(heads=()))
    x = torch.randn(3, 1, 8, 8)
    assert torch.equal(with_heads(x), without(x))
    assert torch.equal(with_heads.logits(x), without.logits(x))


def test_a_heads_layers_are_not_computed_for_the_output():
    model = loc.build(forked())
    model.side.forward = None
    assert model(torch.zeros(1, 1, 8, 8)).shape == (1, 10)
    with pytest.raises(TypeError):
        model.every(torch.zeros(1, 1, 8, 8))


def test_every_logits_are_those_of_the_output_and_then_of_the_heads():
    model = loc.build(forked())
    x = torch.randn(3, 1, 8, 8)
    values = model.every(x)
    out, side = model.all_logits(x)
    assert torch.equal(out, values["out"])
    assert torch.equal(side, values["side"])
    (alone,) = loc.build(forked(heads=())).all_logits(x)
    assert torch.equal(alone, out)


def test_training_adds_three_tenths_of_a_heads_loss():
    data = loc.dataset("digits")
    plain = {"shift": 0, "label_smoothing": 0.0, "momentum": 0.0, "weight_decay": 0.0, "warmup": 0.0}
    recipe = loc.Recipe(epochs=1, batch_size=len(data.train), optimizer="sgd", schedule="constant", **plain)
    model = loc.build(forked(), recipe.seed)
    model.mean, model.std = data.mean, data.std
    x, y = model.prepare(data.train.images), torch.from_numpy(data.train.labels)
    out, side = model.all_logits(x)
    loss = F.cross_entropy(out, y) + 0.3 * F.cross_entropy(side, y)
    (gradient,) = torch.autograd.grad(loss, [model.side.weight])
    run = loc.train(forked(), data, recipe, progress=False)
    moved = (run.model.side.weight - model.side.weight).detach()
    assert HEAD == 0.3
    assert torch.allclose(moved, -recipe.learning_rate * gradient, rtol=1e-3, atol=1e-7)


def test_a_record_holds_the_heads_and_each_cell_of_them_can_be_explained():
    record = loc.record(loc.build(forked()), torch.rand(1, 1, 8, 8).numpy())
    cell = loc.explain(record, "side", 3)
    assert abs(cell.value - cell.computed) <= 1e-6 * cell.scale
