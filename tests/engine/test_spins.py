"""Networks that read spins: exactly +1 and -1, rolled round their lattice, on one to three axes."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

import locality as loc
from locality.data import Dataset, Images
from locality.engine.batches import Batches
from locality.errors import RunError, ShapeError

NETS = {
    1: "chain: 1x12 | conv 4 3 pad 1 | relu | average 2 | flatten | dense 2",
    2: "two: 2x6x6 | conv 4 3x3 pad 1 | batch-norm | relu | max 2x2 | dropout 0.2 | flatten | dense 2",
    3: "cubic: 1x4x4x4 | conv 4 3x3x3 pad 1 | relu | max 2x2x2 | flatten | dense 2",
}
RECIPE = loc.Recipe(epochs=3, batch_size=16, learning_rate=0.02, shift=2, flip=True, validation=0.2)


def spins(shape: tuple[int, ...], count: int = 80, seed: int = 0) -> Images:
    """Half of them all alike but for a few, half random."""
    draw = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    chance = np.where(labels, 0.5, 0.03).reshape(-1, *[1] * len(shape))
    whole = draw.choice([-1, 1], chance.shape)
    return Images((np.where(draw.random((count, *shape)) < chance, -1, 1) * whole).astype(np.int8), labels)


def dataset(axes: int) -> Dataset:
    shape = loc.Network.from_text(NETS[axes]).input
    return Dataset(f"made {axes}", ("ordered", "disordered"), spins(shape), spins(shape, seed=1), "here", "none")


def batches(images: np.ndarray, **settings) -> tuple[np.ndarray, np.ndarray]:
    """An epoch of spins, and which of the set each is."""
    recipe = loc.Recipe(**{"shift": 0, "batch_size": len(images), **settings})
    scale = torch.tensor([[1 / 255], [0.25]]).view(2, 1)  # what no spin may feel
    ((x, drawn),) = Batches(torch.from_numpy(images), torch.arange(len(images)), recipe, scale).epoch(0)
    return x.numpy(), drawn.numpy()


@pytest.mark.parametrize("shape", [(1, 7), (2, 4, 5), (1, 3, 4, 5)])
def test_a_batch_holds_spins_as_they_are(shape) -> None:
    images = spins(shape, 30).images
    x, drawn = batches(images)
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x, images[drawn])
    assert sorted(drawn) == list(range(30))


@pytest.mark.parametrize(("shape", "shift"), [((1, 7), 2), ((2, 4, 5), 1), ((1, 3, 4, 5), 1), ((1, 3, 8), 9)])
def test_a_shift_rolls_spins_round_the_lattice_and_every_roll_occurs(shape, shift) -> None:
    images = np.random.default_rng(3).choice(np.array([-1, 1], np.int8), (900, *shape))
    x, drawn = batches(images, shift=shift)
    reach = [range(-min(shift, side // 2), min(shift, side // 2) + 1) for side in shape[1:]]
    axes, seen = tuple(range(1, len(shape))), set()
    for got, i in zip(x, drawn, strict=True):
        found = {by for by in product(*reach) if (np.roll(images[i], by, axes) == got).all()}
        assert found
        seen |= found
    assert seen == set(product(*reach))


def test_a_flip_mirrors_the_last_axis_of_half_the_spins() -> None:
    images = np.random.default_rng(3).choice(np.array([-1, 1], np.int8), (400, 1, 3, 3, 5))
    x, drawn = batches(images, flip=True)
    same, flipped = (
        (x == given[drawn]).reshape(400, -1).all(1) for given in (images, np.ascontiguousarray(images[..., ::-1]))
    )
    assert (same | flipped).all()
    assert 150 < (flipped & ~same).sum() < 250


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_run_on_spins_ends_where_it_would_have_ended_and_knows_what_it_saw(axes: int, tmp_path: Path) -> None:
    net, data = loc.Network.from_text(NETS[axes]), dataset(axes)
    whole = loc.train(net, data, RECIPE, out=tmp_path / "whole", progress=False)
    part = tmp_path / "part"
    with pytest.MonkeyPatch.context() as patch:
        from locality.engine import train as loop

        kept = []
        real = loop.keep
        patch.setattr(loop, "keep", lambda *args: (real(*args), kept.append(1), stop(kept))[0])
        with pytest.raises(KeyboardInterrupt):
            loc.train(net, data, RECIPE, out=part, progress=False)
    again = loc.train(net, data, None, out=part, resume=True, progress=False)
    loaded = loc.load(part)
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, again.model.state_dict()[name])
        assert torch.equal(tensor, loaded.model.state_dict()[name])
    assert (whole.model.mean, whole.model.std) == (data.mean, data.std)
    assert loaded.accuracy == whole.accuracy
    assert whole.history[-1]["validation_accuracy"] >= 0

    record = loc.record(loaded, data.test.images[:2])
    np.testing.assert_array_equal(record["input"], data.test.images[:2])
    cell = loc.explain(record, "conv1", (0,) + (1,) * axes)
    assert {*np.unique(cell.patch)} <= {-1.0, 0.0, 1.0}  # 0 is padding
    found = loc.evaluate(loaded, data)
    answers = loc.predict(loaded, data.test.images)
    assert [answer.best for answer in answers] == [data.classes[i] for i in found.predicted]
    assert repr(found).startswith(f"{found.accuracy:.2%} of 80 test configurations are classified correctly.")
    assert "what the configurations are" in repr(found)


def stop(kept: list[int]) -> None:
    if len(kept) == 2:  # the beginning and the first epoch
        raise KeyboardInterrupt


def test_floats_and_spins_give_the_same_numbers() -> None:
    model = loc.build(loc.Network.from_text(NETS[2]), seed=1)
    one = dataset(2).test.images[:3]
    assert torch.equal(model(model.prepare(one)), model(torch.from_numpy(one.astype(np.float32))))
    with pytest.raises(ShapeError):
        model.prepare(one[:, :1])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"rotation": 10}, "made 2: rotation 10 is for pictures, spins stay +1 or -1 on their lattice. Leave it at 0;"),
        ({"crop": 0.8}, "made 2: crop 0.8 is for pictures, spins stay +1 or -1 on their lattice. Leave it at 1;"),
        ({"erase": 2}, "made 2: erase 2 is for pictures, spins stay +1 or -1 on their lattice. Leave it at 0;"),
    ],
)
def test_what_makes_other_numbers_of_spins_is_refused(setting, message) -> None:
    with pytest.raises(RunError) as error:
        loc.train(loc.Network.from_text(NETS[2]), dataset(2), loc.Recipe(epochs=1, **setting), progress=False)
    assert str(error.value) == f"{message} shift and flip are for both."


def test_a_network_of_another_size_is_told_that_spins_are_never_resized() -> None:
    with pytest.raises(RunError) as error:
        loc.evaluate(loc.build(loc.Network.from_text("net: 1x8x8 | flatten | dense 2")), dataset(2))
    assert str(error.value) == (
        "net: its input is 1x8x8, the spins of made 2 are 2x6x6. "
        "Describe a network with input 2x6x6, or use spins of 1x8x8: they are never resized."
    )
