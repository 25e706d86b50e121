"""Locality is lost by flattening: exactly for a fully connected network, and as measured."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

import locality as loc
from locality.data import Images
from locality.engine import train as engine
from locality.errors import LocalityError
from locality.studies.measured import over_seeds
from locality.studies.permutation import PIXELS, Permutation, Row, order_of, permutation, permuted
from locality.studies.scaled import laid_out
from locality.studies.shifts import shift_errors

DENSE = "1x8x8 | flatten | dense 32 | relu | dense 16 | relu | dense 10"
LOCAL = "1x8x8 | conv 6 3x3 pad 1 | relu | max 2x2 | flatten | dense 10"


@pytest.fixture(scope="module")
def kept(few, tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    return permutation(few, epochs=1, seeds=2, out=folder, progress=False), folder


def trained(text, data, monkeypatch, columns=None):
    """A run in float64, its first dense layer's columns in another order from the start."""
    real = loc.build

    def built(net, seed):
        model = real(net, seed)
        if columns is not None:
            with torch.no_grad():
                model.dense1.weight.copy_(model.dense1.weight[:, columns].clone())
        return model

    net = loc.Network.from_text(text)
    with monkeypatch.context() as patched:
        patched.setattr(engine, "build", built)
        net = loc.Network(net.name, net.input, nodes=net.nodes, dtype="float64")
        return loc.train(net, data, loc.Recipe(epochs=3, batch_size=20, shift=0, seed=5), progress=False)


def losses(run):
    return [line["loss"] for line in run.history]


def test_a_fully_connected_network_trains_alike_on_permuted_pixels_step_by_step(few, monkeypatch):
    order, mixed = torch.from_numpy(order_of(few.shape)), permuted(few)
    here = trained(DENSE, few, monkeypatch)
    there = trained(DENSE, mixed, monkeypatch, columns=order)
    assert losses(there) == pytest.approx(losses(here), rel=1e-10)
    weights, others = here.model.state_dict(), there.model.state_dict()
    assert torch.allclose(weights["dense1.weight"][:, order], others["dense1.weight"], rtol=0, atol=1e-10)
    for name in ("dense1.bias", "dense2.weight", "dense3.weight", "dense3.bias"):
        assert torch.allclose(weights[name], others[name], rtol=0, atol=1e-10)
    logits, their = (
        run.model.logits(run.model.prepare(data.test.images)) for run, data in ((here, few), (there, mixed))
    )
    assert torch.allclose(logits, their, rtol=0, atol=1e-9)


def test_a_convolution_does_not(few, monkeypatch):
    here, there = (trained(LOCAL, data, monkeypatch) for data in (few, permuted(few)))
    assert abs(losses(here)[-1] - losses(there)[-1]) > 0.05


def test_a_permutation_is_undone_and_keeps_channels_together(few):
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 6, 7), np.uint8)
    colours = replace(few, train=Images(images, few.train.labels[:5]), test=Images(images, few.train.labels[:5]))
    mixed, order = permuted(colours).train.images, order_of((3, 6, 7))
    assert sorted(order.tolist()) == list(range(42))
    assert not np.array_equal(mixed, images)
    back = np.empty_like(images.reshape(5, 3, -1))
    for place, pixel in enumerate(order):
        back[..., pixel] = mixed.reshape(5, 3, -1)[..., place]
    assert np.array_equal(back.reshape(images.shape), images)


def test_both_splits_get_the_same_order(few):
    same = replace(few, test=few.train)
    assert np.array_equal(permuted(same).train.images, permuted(same).test.images)


def test_every_figure_is_that_of_the_run_in_its_folder(kept, few):
    study, folder = kept
    data = laid_out(few)
    for row, name in zip(study.rows, ("ffnn", "lenet5"), strict=True):
        for seed in range(2):
            run, other = (loc.load(folder / f"{name}-{kind}-{seed}") for kind in ("pictures", "permuted"))
            run.given_data = data
            assert run.recipe == loc.Recipe(epochs=1, shift=0, seed=seed)
            assert row.pictures[seed] == 1 - loc.evaluate(run, data).accuracy
            assert row.permuted[seed] == 1 - loc.evaluate(other, permuted(data)).accuracy
            assert [each[seed] for each in row.moved] == list(shift_errors(run, PIXELS))
        assert row.moved[0] == pytest.approx(row.pictures)


def test_a_second_call_trains_nothing_and_more_seeds_go_on(kept, few):
    study, folder = kept
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.json")}
    more = permutation(few, epochs=1, seeds=3, out=folder, progress=False)
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    assert [row.permuted[:2] for row in more.rows] == [row.permuted for row in study.rows]
    assert (folder / "lenet5-permuted-2" / "run.json").exists()


def test_the_table_and_the_sentences_say_what_was_measured():
    dense = Row("fully connected", 266_610, (0.016, 0.017), (0.017, 0.0165), ((0.016, 0.017),) * 4 + ((0.6, 0.64),))
    local = Row("LeNet-5", 61_706, (0.009, 0.009), (0.028, 0.029), ((0.009, 0.009),) * 4 + ((0.38, 0.4),))
    study = Permutation("mnist", (60_000, 10_000), 3, 2, (dense, local))
    low, high = over_seeds([0.019, 0.02])
    assert study.remarks == (
        "fully connected: the other order changes the error by -0.93 to +0.98 points, which may be nothing.",
        "fully connected: 62.00 % wrong on pictures moved by 4 pixels, 1.65 % where they stand.",
        f"LeNet-5: the other order raises the error by {100 * low:.2f} to {100 * high:.2f} points.",
        "LeNet-5: 39.00 % wrong on pictures moved by 4 pixels, 0.90 % where they stand.",
    )
    told = repr(study)
    assert max(map(len, told.splitlines())) <= 80
    assert "\nLeNet-5             0.90 (0.90-0.90)     2.85 (2.21-3.49)\n" in told
    assert "\nLeNet-5            0.90    0.90    0.90    0.90   39.00\n" in told
    plain = json.loads(json.dumps(study.to_dict(), allow_nan=False))
    assert [one["pixels"] for one in plain["rows"][1]["moved"]] == [0, 1, 2, 3, 4]
    assert plain["rows"][1]["permuted"]["errors"] == [0.028, 0.029]
    turned = replace(local, pictures=local.permuted, permuted=local.pictures)
    assert "LeNet-5: the other order lowers the error by 1.31 to 2.59 points." in replace(study, rows=(turned,)).remarks


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seeds": 1}, "seeds is 1; it must be a whole number of at least 2. Give seeds=2 or more."),
        ({"epochs": 0}, "epochs is 0; it must be a whole number of at least 1. Give epochs=1 or more."),
        ({"epochs": 2}, "{folder}: the study kept here has epochs 1, not 2. Give another folder."),
        ({"out": 5}, "out: int is no folder. Give a path, or None to keep nothing."),
        ({"data": "mnist"}, "data: str is no Dataset. Give what locality.dataset gives."),
    ],
)
def test_what_cannot_be_is_one_sentence(kept, few, settings, message):
    given = {"data": few, "epochs": 1, "seeds": 2, "out": kept[1], "progress": False, **settings}
    with pytest.raises(LocalityError) as error:
        permutation(**given)
    assert str(error.value) == message.format(folder=kept[1])
