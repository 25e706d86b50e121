"""Training does what a loop written by hand does, and a run that was stopped ends where it would have ended."""

import contextlib
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from math import cos, pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from locality import zoo
from locality.data import Dataset, Images, dataset
from locality.data.replacing import ARRIVING
from locality.engine import files as disk
from locality.engine import train as loop
from locality.engine.batches import Batches
from locality.engine.build import build
from locality.engine.evaluate import evaluate
from locality.engine.progress import Progress
from locality.engine.recipe import Recipe
from locality.engine.run import Run, load
from locality.engine.train import train
from locality.errors import DataError, DescriptionError, LocalityError, RunError
from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten, Norm, Pool
from locality.network.network import Network

TEXT = "net: 1x8x8 | conv 4 3x3 same | batch-norm | relu | max 2x2 | dropout 0.2 | flatten | dense 10"
NET = Network.from_text(TEXT)
AUGMENTED = {"shift": 1, "flip": True, "rotation": 10.0, "crop": 0.9, "erase": 2}
RECIPES = {
    "adamw, all on": Recipe(epochs=3, batch_size=256, averaging=0.9, validation=0.2, label_smoothing=0.1, **AUGMENTED),
    "sgd, all on": Recipe(
        epochs=3, batch_size=256, optimizer="sgd", learning_rate=0.1, schedule="cosine", averaging=0.5,
        validation=0.2, seed=4, **AUGMENTED,
    ),
    "adamw, plain": Recipe(epochs=2, batch_size=512, schedule="cosine", shift=0),
    "sgd, no momentum": Recipe(epochs=2, batch_size=512, optimizer="sgd", momentum=0, schedule="constant", warmup=0),
}  # fmt: skip


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return dataset("digits")


def first(data: Dataset, count: int) -> Dataset:
    """The data set with its first training pictures alone."""
    return replace(data, train=Images(data.train.images[:count], data.train.labels[:count]))


def refusal(action: Callable[[], Any], kind: type[Exception] = RunError) -> str:
    with pytest.raises(kind) as caught:
        action()
    return str(caught.value)


def weights(run: Run) -> dict[str, Tensor]:
    return {name: tensor.cpu().clone() for name, tensor in run.model.state_dict().items()}


def assert_equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


# Against a loop written by hand ---------------------------------------------------------------------------------------


def by_hand(net: Network, data: Dataset, recipe: Recipe) -> dict[str, Tensor]:
    """The weights after training, every formula spelled out."""
    model = build(net, recipe.seed)
    model.mean, model.std = data.mean, data.std
    batches = Batches(torch.from_numpy(data.train.images), torch.from_numpy(data.train.labels), recipe, model.scale)
    total = recipe.epochs * len(batches)
    parameters = dict(model.named_parameters())
    first_moment = {name: torch.zeros_like(p) for name, p in parameters.items()}
    second_moment = {name: torch.zeros_like(p) for name, p in parameters.items()}
    state = {name: t for name, t in model.state_dict().items() if t.is_floating_point()}
    mean = {name: t.clone() for name, t in state.items()}
    model.train()
    step = 0
    for epoch in range(recipe.epochs):
        for x, labels in batches.epoch(epoch):
            log_p = model.logits(x.contiguous()).log_softmax(1)
            right = -log_p[torch.arange(len(labels)), labels].mean()
            loss = (1 - recipe.label_smoothing) * right - recipe.label_smoothing * log_p.mean()
            gradients = dict(zip(parameters, torch.autograd.grad(loss, list(parameters.values())), strict=True))

            done = (step + 0.5) / total
            rate = recipe.learning_rate
            if done < recipe.warmup:
                rate *= done / recipe.warmup
            elif recipe.schedule == "one-cycle":
                rate *= (1 - done) / (1 - recipe.warmup)
            elif recipe.schedule == "cosine":
                rate *= (1 + cos(pi * (done - recipe.warmup) / (1 - recipe.warmup))) / 2

            step += 1
            with torch.no_grad():
                for name, p in parameters.items():
                    g, m, v = gradients[name], first_moment[name], second_moment[name]
                    decays = name.endswith("weight") and not name.startswith("norm")
                    if recipe.optimizer == "adamw":
                        p *= 1 - rate * recipe.weight_decay * decays
                        m += 0.1 * (g - m)
                        v += 0.001 * (g * g - v)
                        p -= rate * (m / (1 - 0.9**step)) / ((v / (1 - 0.999**step)).sqrt() + 1e-8)
                    else:
                        g = g + recipe.weight_decay * decays * p
                        m.copy_(recipe.momentum * m + g)
                        p -= rate * (g + recipe.momentum * m)
                for name, t in state.items():
                    decay = min(recipe.averaging, step / (step + 9))
                    mean[name] = decay * mean[name] + (1 - decay) * t
    return mean if recipe.averaging else {name: t.clone() for name, t in state.items()}


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("schedule", ["one-cycle", "cosine", "constant"])
@pytest.mark.parametrize("averaging", [0.0, 0.6])
def test_training_is_the_loop_written_by_hand(digits: Dataset, optimizer: str, schedule: str, averaging: float) -> None:
    layers = [Conv(3, 3, bias=False), Norm("batch"), Activation("tanh"), Norm("layer"), Flatten(), Dense(10)]
    net = Network("net", (1, 8, 8), layers, dtype="float64")
    recipe = Recipe(
        epochs=2, batch_size=24, learning_rate=0.01, optimizer=optimizer, schedule=schedule, averaging=averaging,
        label_smoothing=0.2, weight_decay=0.5, warmup=0.3, seed=1,
    )  # fmt: skip
    data = first(digits, 100)
    got, wanted = weights(train(net, data, recipe, device="cpu", progress=False)), by_hand(net, data, recipe)
    initial = build(net, 1).state_dict()
    for name, tensor in wanted.items():
        assert (got[name] - tensor).abs().max() < 1e-11, name
        assert not torch.equal(tensor, initial[name]), name


def test_the_optimiser_is_fused_and_no_norm_or_bias_decays() -> None:
    net = Network("net", (1, 8, 8), [Conv(3, 3), Norm("layer"), Norm("batch"), Flatten(), Dense(10)])
    model = build(net)
    names = {id(p): name for name, p in model.named_parameters()}
    for optimizer in ("adamw", "sgd"):
        made = loop.make_optimizer(model, Recipe(optimizer=optimizer, weight_decay=0.3))
        decay = {names[id(p)]: group["weight_decay"] for group in made.param_groups for p in group["params"]}
        assert {name for name, value in decay.items() if value} == {"conv1.weight", "dense1.weight"}
        assert decay.keys() == set(names.values())
        assert all(group["fused"] for group in made.param_groups)


def test_the_history_tells_loss_accuracy_rate_and_time(digits: Dataset) -> None:
    run = train(Network.from_text("1x8x8 | flatten | dense 10"), digits, Recipe(epochs=3), progress=False)
    assert [line["epoch"] for line in run.history] == [1, 2, 3]
    losses, rates = ([line[name] for line in run.history] for name in ("loss", "rate"))
    assert losses == sorted(losses, reverse=True)
    assert rates[-1] == pytest.approx(run.recipe.rate(1 - 0.5 / (3 * 11)))
    assert all("validation_accuracy" not in line and 0 <= line["accuracy"] <= 1 for line in run.history)
    assert run.seconds >= sum(line["seconds"] for line in run.history) - 0.01
    assert run.accuracy == evaluate(run).accuracy
    assert not run.model.training


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_seed_twice_is_bit_equal_and_another_is_not(digits: Dataset, dtype: str) -> None:
    net = replace_dtype(NET, dtype)
    recipe = RECIPES["adamw, all on"]
    one, other = (train(net, digits, recipe, progress=False) for _ in range(2))
    assert_equal(weights(one), weights(other))
    assert without_seconds(one.history) == without_seconds(other.history)
    assert weights(one)["conv1.weight"].dtype == getattr(torch, dtype)
    third = train(net, digits, replace(recipe, seed=9), progress=False)
    assert not torch.equal(weights(one)["conv1.weight"], weights(third)["conv1.weight"])


def replace_dtype(net: Network, dtype: str) -> Network:
    return Network(net.name, net.input, nodes=net.nodes, dtype=dtype)


def test_torchs_own_random_numbers_are_neither_used_nor_changed(digits: Dataset) -> None:
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    one = train(NET, digits, RECIPES["adamw, plain"], progress=False)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(2)
    assert_equal(weights(one), weights(train(NET, digits, RECIPES["adamw, plain"], progress=False)))


def test_dropout_is_drawn_anew_in_every_epoch_from_the_seed_alone(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Network("net", (1, 8, 8), [Dropout(0.5), Flatten(), Dense(10)])
    recipe = Recipe(epochs=3, shift=0, batch_size=512)
    seeds: list[int] = []
    seed = torch.manual_seed
    with monkeypatch.context() as patched:
        patched.setattr(torch, "manual_seed", lambda number: (seeds.append(number), seed(number)))
        one, two = (train(net, digits, recipe, progress=False) for _ in range(2))
    assert_equal(weights(one), weights(two))
    assert seeds[:3] == seeds[3:]
    assert len(set(seeds)) == 3
    without = train(Network("net", (1, 8, 8), [Flatten(), Dense(10)]), digits, recipe, progress=False)
    assert one.history[0]["loss"] != without.history[0]["loss"]


@pytest.mark.parametrize("end", ["softmax", "log_softmax"])
def test_networks_that_end_in_a_softmax_train_alike(digits: Dataset, end: str) -> None:
    layers = [Conv(4, 3), Activation("relu"), Flatten(), Dense(10)]
    recipe = Recipe(epochs=1)
    plain = train(Network("net", (1, 8, 8), layers), digits, recipe, progress=False)
    ended = train(Network("net", (1, 8, 8), [*layers, Activation(end)]), digits, recipe, progress=False)
    assert_equal(weights(plain), weights(ended))
    assert plain.accuracy == ended.accuracy


def test_pictures_held_out_are_never_drawn_and_the_test_set_is_not_looked_at_before_the_end(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every training picture carries its number in its first two pixels."""
    images = digits.train.images.copy()
    images[:, 0, 0, 0], images[:, 0, 0, 1] = np.divmod(np.arange(len(images)), 250)
    numbered = replace(digits, train=Images(images, digits.train.labels))

    def numbers(pictures: Any) -> list[int]:
        return [int(one[0, 0, 0]) * 250 + int(one[0, 0, 1]) for one in pictures]

    drawn: list[int] = []
    measured: list[list[int]] = []

    class Seen(Batches):
        def __init__(self, images: Tensor, *more: Any) -> None:
            drawn.extend(numbers(images))
            super().__init__(images, *more)

    def outputs(model: Any, images: Any) -> Any:
        measured.append(numbers(images))
        return real(model, images)

    real = loop.outputs
    monkeypatch.setattr(loop, "Batches", Seen)
    monkeypatch.setattr(loop, "outputs", outputs)
    recipe = Recipe(epochs=2, validation=0.25, seed=2)
    run = train(NET, numbered, recipe, progress=False)
    assert len(measured) == 2
    assert measured[0] == measured[1]
    held = set(measured[0])
    assert len(held) == round(0.25 * 1438)
    assert not held & set(drawn)
    assert sorted([*held, *drawn]) == list(range(1438))
    assert all(0 <= line["validation_accuracy"] <= 1 for line in run.history)

    other_test = Images(255 - digits.test.images[:50], digits.test.labels[:50])
    again = train(NET, replace(numbered, test=other_test), recipe, progress=False)
    assert measured[2] == measured[0]
    assert_equal(weights(run), weights(again))


def test_the_mean_weights_are_what_is_validated_tested_and_kept(digits: Dataset, tmp_path: Path) -> None:
    recipe = Recipe(epochs=2, averaging=0.99, validation=0.3, batch_size=256, seed=1)
    run = train(NET, digits, recipe, out=tmp_path / "run", progress=False)
    plain = train(NET, digits, replace(recipe, averaging=0.0), progress=False)
    assert not torch.equal(weights(run)["dense1.weight"], weights(plain)["dense1.weight"])
    assert not torch.equal(weights(run)["norm1.running_mean"], weights(plain)["norm1.running_mean"])
    assert_equal(weights(run), load_file(tmp_path / "run" / disk.WEIGHTS))
    live = {name: t for name, t in load_file(tmp_path / "run" / disk.CHECKPOINT).items() if name.startswith("model.")}
    assert_equal(weights(plain), {name.removeprefix("model."): t for name, t in live.items()})
    held, _ = loop._split(digits, recipe)
    found = evaluate(run, digits, "train").predicted[held]
    assert run.history[-1]["validation_accuracy"] == (found == digits.train.labels[held]).mean()


# Stopped and gone on with ---------------------------------------------------------------------------------------------


def without_seconds(history: Any) -> list[dict[str, Any]]:
    return [{name: value for name, value in line.items() if name != "seconds"} for line in history]


def assert_same_run(folder: Path, other: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in other.iterdir())
    assert (folder / disk.WEIGHTS).read_bytes() == (other / disk.WEIGHTS).read_bytes()
    assert_equal(load_file(folder / disk.CHECKPOINT), load_file(other / disk.CHECKPOINT))
    assert without_seconds(disk.read_metrics(folder)) == without_seconds(disk.read_metrics(other))
    one, two = ({k: v for k, v in disk.read_json(each).items() if k not in ("seconds", "written")}
                for each in (folder, other))  # fmt: skip
    assert one == two


@pytest.mark.parametrize("name", RECIPES)
def test_a_run_that_dies_between_any_two_writes_ends_as_if_nothing_had_been(
    name: str, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is copied before every rename, the file half written beside its place, as a kill would leave it."""
    recipe = RECIPES[name]
    whole = tmp_path / "whole"
    moments: list[Path] = []
    rename = os.replace

    def replace_and_remember(source: Any, target: Any) -> None:
        moment = Path(shutil.copytree(whole, tmp_path / f"{len(moments)}"))
        leftover = moment / Path(source).relative_to(whole)
        os.truncate(leftover, leftover.stat().st_size // (1 + len(moments) % 2))
        moments.append(moment)
        rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", replace_and_remember)
        train(NET, digits, recipe, out=whole, progress=False)
    assert len(moments) == 4 * (1 + recipe.epochs) + 1
    for moment in moments:
        began = len(disk.read_metrics(moment))
        done = train(NET, digits, recipe, out=moment, resume=True, progress=False)
        assert done.finished
        assert_same_run(moment, whole)
        if (moment / disk.RUN).exists():
            assert load(moment).accuracy == done.accuracy
        assert began <= recipe.epochs


def test_at_every_moment_of_a_run_its_folder_can_be_loaded(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, seen = os.replace, []

    def look(source: Any, target: Any) -> None:
        rename(source, target)
        if (tmp_path / "run" / disk.RUN).exists():
            run = load(tmp_path / "run")
            assert all(tensor.isfinite().all() for tensor in run.model.state_dict().values())
            seen.append(run.finished)

    monkeypatch.setattr(os, "replace", look)
    train(NET, digits, RECIPES["sgd, all on"], out=tmp_path / "run", progress=False)
    assert seen == [False] * 13 + [True]


KILLED = """
import os, random, signal, sys, time
from locality.data import dataset
from locality.engine.build import build
from locality.engine.recipe import Recipe
from locality.engine.train import make_optimizer, train
from locality.network.network import Network

net, recipe, data = Network.from_text({text!r}), Recipe(**{recipe!r}), dataset("digits")
replaced = os.replace
make_optimizer(build(net), recipe)  # torch loads a good part of itself here: once, not in every child

def attempt(renames):
    # Nothing has been computed here, so that no thread is lost in the fork.
    child = os.fork()
    if child:
        return child
    left = [renames]
    def replace(source, target):
        replaced(source, target)
        left[0] -= 1
        if not left[0]:
            os._exit(1)
    if renames:
        os.replace = replace
    try:
        train(net, data, recipe, out={out!r}, resume=True, progress=False)
    except BaseException as error:
        print(repr(error), flush=True)
        os._exit(3)
    os._exit(0)

draw = random.Random({seed})
for renames in (1, 2, 4, 5, 6, 7, 9):
    print(os.waitstatus_to_exitcode(os.waitpid(attempt(renames), 0)[1]), flush=True)
while True:
    child = attempt(0)
    time.sleep(draw.uniform(0.02, {most}))
    os.kill(child, signal.SIGKILL) if draw.random() < 0.75 else None
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(code, flush=True)
    if code != -9:
        break
"""


@pytest.mark.parametrize("name", ["adamw, all on", pytest.param("sgd, all on", marks=pytest.mark.slow)])
def test_a_run_killed_again_and_again_at_random_moments_ends_as_if_nothing_had_been(
    name: str, digits: Dataset, tmp_path: Path
) -> None:
    recipe = replace(RECIPES[name], epochs=12)
    started = time.perf_counter()
    train(NET, digits, recipe, out=tmp_path / "whole", device="cpu", progress=False)
    took = time.perf_counter() - started
    script = KILLED.format(
        text=TEXT, recipe=recipe.to_dict(), out=str(tmp_path / "killed"), seed=len(name), most=0.3 + took / 2
    )
    codes = child([sys.executable, "-c", script]).stdout.split()
    assert codes[:7] == ["1"] * 7
    assert set(codes[7:-1]) <= {"-9"}
    assert codes[-1] == "0"
    assert_same_run(tmp_path / "killed", tmp_path / "whole")


def environment() -> dict[str, str]:
    """A child computes with as many threads as this process: bits depend on it."""
    return {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads()), "CUDA_VISIBLE_DEVICES": ""}


def child(command: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_ctrl_c_and_a_polite_kill_end_in_order_and_the_run_can_go_on(digits: Dataset, tmp_path: Path) -> None:
    recipe = Recipe(epochs=12, batch_size=64, seed=5, averaging=0.9)
    out = tmp_path / "run"
    command = [sys.executable, "-m", "locality", "train", TEXT, "--data", "digits", "--out", str(out)]
    settings = ["--epochs", "12", "--batch-size", "64", "--seed", "5", "--averaging", "0.9"]
    for number, (stop, more) in enumerate([(signal.SIGINT, settings), (signal.SIGTERM, ["--resume"])]):
        process = subprocess.Popen(
            [*command, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
        )
        assert process.stderr is not None
        first_line = process.stderr.readline()
        assert re.match(rf"epoch {number + 1 if not number else '[0-9]+'} of 12: loss ", first_line)
        process.send_signal(stop)
        said, rest = process.communicate(timeout=60)
        assert process.returncode == 130
        assert said == ""
        *_, last = rest.splitlines()
        assert "Traceback" not in rest
        assert last.startswith("Stopped; the last whole epoch is kept in ")
        assert "--resume" in last
        assert str(out) in last
        assert 0 < len(load(out).history) < 12
        assert not [path for path in out.iterdir() if path.name.startswith(".")]
    child([*command, "--resume", "--quiet"])
    train(Network.from_text(TEXT), digits, recipe, out=tmp_path / "whole", device="cpu", progress=False)
    assert_same_run(out, tmp_path / "whole")


def test_an_interrupt_in_the_middle_of_an_epoch_loses_that_epoch_alone(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = RECIPES["adamw, all on"]
    train(NET, digits, recipe, out=tmp_path / "whole", progress=False)
    steps = 0

    def interrupt(self: Progress, done: int, loss: float, accuracy: float) -> None:
        nonlocal steps
        steps += 1
        if steps == 7:  # of 4 in an epoch
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Progress, "step", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(NET, digits, recipe, out=tmp_path / "run", progress=False)
    assert len(load(tmp_path / "run").history) == 1
    train(NET, digits, recipe, out=tmp_path / "run", resume=True, progress=False)
    assert_same_run(tmp_path / "run", tmp_path / "whole")


@pytest.fixture(scope="session")
def finished(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    recipe = Recipe(epochs=1, batch_size=256, seed=6)
    return train(NET, digits, recipe, out=tmp_path_factory.mktemp("runs") / "done", progress=False)


@pytest.fixture
def begun(digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run that was interrupted after its first epoch of three."""

    def interrupt(self: Progress, line: dict[str, Any], epochs: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Progress, "epoch", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(NET, digits, RECIPES["adamw, all on"], out=tmp_path / "begun", progress=False)
    return tmp_path / "begun"


def test_a_finished_run_is_handed_back_as_it_is(finished: Run, digits: Dataset) -> None:
    assert finished.folder is not None
    before = {path.name: path.read_bytes() for path in finished.folder.iterdir()}
    for recipe in (None, finished.recipe):
        again = train(NET, digits, recipe, out=finished.folder, resume=True, progress=False)
        assert again.accuracy == finished.accuracy
        assert again.history == finished.history
        assert again.recipe == finished.recipe
        assert_equal(weights(again), weights(finished))
        assert again.data is digits
    assert {path.name: path.read_bytes() for path in finished.folder.iterdir()} == before


def test_to_go_on_without_a_recipe_takes_the_runs_own(begun: Path, digits: Dataset, tmp_path: Path) -> None:
    run = train(NET, digits, out=begun, resume=True, progress=False)
    assert run.recipe == RECIPES["adamw, all on"]
    train(NET, digits, run.recipe, out=tmp_path / "whole", progress=False)
    assert_same_run(begun, tmp_path / "whole")


def test_resume_where_nothing_was_begun_begins(digits: Dataset, tmp_path: Path) -> None:
    run = train(NET, digits, Recipe(epochs=1), out=tmp_path / "a" / "b", resume=True, progress=False)
    assert load(tmp_path / "a" / "b").accuracy == run.accuracy


def test_metrics_are_cut_back_to_the_checkpoint(begun: Path, digits: Dataset) -> None:
    lines = (begun / disk.METRICS).read_text()
    (begun / disk.METRICS).write_text(lines + json.dumps({"epoch": 2, "loss": 0.0}) + '\n{"epoch": 3, "lo')
    train(NET, digits, out=begun, resume=True, progress=False)
    history = disk.read_metrics(begun)
    assert [line["epoch"] for line in history] == [1, 2, 3]
    assert history[0] == json.loads(lines)
    assert history[1]["loss"] > 0


def test_what_a_killed_process_left_half_written_is_swept_away_when_the_run_goes_on(
    begun: Path, digits: Dataset, tmp_path: Path
) -> None:
    left = [folder / f"{ARRIVING}abc" for folder in (begun, tmp_path / "new")]
    for path in left:
        path.mkdir(parents=True)
        (path / disk.WEIGHTS).write_bytes(b"half")
    refusal(lambda: train(NET, digits, out=begun, progress=False))
    assert left[0].exists()  # it may belong to a process that is still at work
    for path in left:
        train(NET, digits, out=path.parent, resume=path.parent == begun, progress=False)
        assert not path.exists()
        assert len(list(path.parent.iterdir())) == 4


def test_a_folder_that_holds_a_run_is_not_written_over(finished: Run, begun: Path, digits: Dataset) -> None:
    for folder in (finished.folder, begun):
        assert folder is not None
        before = {path.name: path.read_bytes() for path in folder.iterdir()}
        message = f"{folder}: a run is kept here already. Use resume to go on with it, or give another folder."
        assert refusal(lambda folder=folder: train(NET, digits, out=folder, progress=False)) == message  # type: ignore[misc]
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


OTHER = {
    "epochs": ({"recipe": {"epochs": 4}}, "epochs 3, not 4"),
    "optimizer": ({"recipe": {"optimizer": "sgd"}}, "optimizer 'adamw', not 'sgd'"),
    "network": ({"net": Network.from_text(TEXT.replace("conv 4", "conv 5"))}, "another network"),
    "name": ({"net": Network.from_text(TEXT.replace("net:", "net2:"))}, "another network"),
    "data": ({"data": {"name": "others"}}, "another data set"),
    "classes": ({"data": {"classes": tuple("abcdefghij")}}, "other classes"),
    "pictures": ({"data": {"train": 100}}, "other pictures"),
}


@pytest.mark.parametrize("what", OTHER)
def test_a_run_goes_on_with_nothing_but_its_own(what: str, begun: Path, digits: Dataset) -> None:
    change, said = OTHER[what]
    recipe = replace(RECIPES["adamw, all on"], **change.get("recipe", {}))
    data = change.get("data", {})
    other = first(digits, data["train"]) if "train" in data else replace(digits, **data)
    before = {path.name: path.read_bytes() for path in begun.iterdir()}
    got = refusal(lambda: train(change.get("net", NET), other, recipe, out=begun, resume=True, progress=False))
    assert got == f"{begun}: the run kept here has {said}. Use another folder."
    assert {path.name: path.read_bytes() for path in begun.iterdir()} == before


def test_without_its_checkpoint_a_run_cannot_go_on_and_its_weights_stay(begun: Path, digits: Dataset) -> None:
    (begun / disk.CHECKPOINT).unlink()
    before = (begun / disk.WEIGHTS).read_bytes()
    assert refusal(lambda: train(NET, digits, out=begun, resume=True, progress=False)) == (
        f"{begun / disk.CHECKPOINT}: there is no such file. Train the run again, in another folder."
    )
    assert (begun / disk.WEIGHTS).read_bytes() == before


@pytest.mark.parametrize("what", ["cut", "note", "history", "model", "average", "optimizer"])
def test_a_damaged_checkpoint_is_refused_in_one_sentence(what: str, begun: Path, digits: Dataset) -> None:
    path = begun / disk.CHECKPOINT
    tensors, note = disk.read_tensors(path)
    if what == "cut":
        path.write_bytes(path.read_bytes()[:5000])
    elif what == "note":
        save_file(tensors, path)
    elif what == "history":
        save_file(tensors, path, {**note, "history": "5"})
    else:
        gone = {"model": "model.conv1.bias", "average": "average.0", "optimizer": "optimizer.0.step"}[what]
        value = tensors.pop(gone)
        if what == "optimizer":
            tensors["optimizer.99.step"] = value
        save_file(tensors, path, note)
    got = refusal(lambda: train(NET, digits, out=begun, resume=True, progress=False))
    again = "Train the run again, in another folder."
    assert (
        got
        == {
            "cut": f"{path}: it is damaged (Error while deserializing header: incomplete metadata, file not fully "
            f"covered). {again}",
            "history": f"{path}: it is damaged (its history is no list of epochs). {again}",
            "note": f"{path}: it is damaged (no 'history'). {again}",
            "model": f"{path}: conv1.bias is missing. Use the weights of the same network.",
            "average": f"{path}: it is damaged (no '0'). {again}",
            "optimizer": f"{path}: it is damaged (list index out of range). {again}",
        }[what]
    )


def test_resume_without_a_folder_is_refused(digits: Dataset) -> None:
    message = "train: there is no folder to resume from. Give the folder of the run."
    assert refusal(lambda: train(NET, digits, resume=True, progress=False)) == message


def test_a_place_where_no_folder_can_be_made_is_refused(digits: Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place, why in ((tmp_path / "file", "File exists"), (tmp_path / "file" / "run", "Not a directory")):
        message = f"{place}: no folder can be made there ({why}). Give another place."
        assert refusal(lambda place=place: train(NET, digits, out=place, progress=False)) == message  # type: ignore[misc]


# What cannot be trained -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [True, False])
def test_a_loss_that_stops_being_a_number_stops_the_run_and_the_last_whole_epoch_is_kept(
    kept: bool, digits: Dataset, tmp_path: Path
) -> None:
    recipe = Recipe(epochs=60, batch_size=359, optimizer="sgd", learning_rate=1000, schedule="constant", warmup=0.1)
    net = Network.from_text("1x8x8 | conv 8 3x3 | conv 8 3x3 | flatten | dense 10")
    out = tmp_path / "run"
    got = refusal(lambda: train(net, digits, recipe, out=out if kept else None, progress=False))
    found = re.fullmatch(
        r"epoch (\d+), step (\d) of 4: (.*?)\. (.*)\. Use a smaller learning_rate, or more warmup\.", got
    )
    assert found, got
    epoch, step = int(found[1]), int(found[2])
    assert 1 <= step <= 4
    assert found[3] in ("the loss is nan", "the loss is inf", "a weight is no longer a finite number")
    if not kept:
        assert found[4] == "Nothing is kept, since no folder was given"
        return
    run = load(out)
    assert len(run.history) == epoch - 1
    last = f"The weights of epoch {epoch - 1}" if epoch > 1 else "The initial weights"
    assert found[4] == f"{last} are kept in {out}"
    assert all(tensor.isfinite().all() for tensor in run.model.state_dict().values())
    evaluate(run)


@pytest.mark.parametrize(("at", "kept"), [((0, 0), "The initial weights"), ((1, 2), "The weights of epoch 1")])
def test_the_message_of_a_loss_that_is_no_number_names_epoch_and_step(
    at: tuple[int, int], kept: str, digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Poisoned(Batches):
        def epoch(self, number: int) -> Any:
            for step, (x, y) in enumerate(super().epoch(number)):
                yield (x * torch.nan if (number, step) == at else x), y

    monkeypatch.setattr(loop, "Batches", Poisoned)
    out = tmp_path / "run"
    assert refusal(lambda: train(NET, digits, Recipe(epochs=3, batch_size=359), out=out, progress=False)) == (
        f"epoch {at[0] + 1}, step {at[1] + 1} of 4: the loss is nan. {kept} are kept in {out}. "
        f"Use a smaller learning_rate, or more warmup."
    )
    assert len(load(out).history) == at[0]
    monkeypatch.undo()
    train(NET, digits, out=out, resume=True, progress=False)
    train(NET, digits, Recipe(epochs=3, batch_size=359), out=tmp_path / "whole", progress=False)
    assert_same_run(out, tmp_path / "whole")


def test_off_the_cpu_the_loss_is_looked_at_now_and_then_and_all_else_is_the_same(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [loop._look(torch.device(name)) for name in ("cpu", "cuda", "mps")] == [1, 20, 20]
    recipe, seen = Recipe(epochs=2, batch_size=64), []
    one = train(NET, digits, recipe, device="cpu", progress=False)
    monkeypatch.setattr(loop, "_look", lambda place: 20)
    monkeypatch.setattr(Progress, "step", lambda self, done, loss, accuracy: seen.append(done))
    other = train(NET, digits, recipe, device="cpu", progress=False)
    assert seen == [20, 22, 42, 44]
    assert without_seconds(one.history) == without_seconds(other.history)
    assert_equal(weights(one), weights(other))

    class Poisoned(Batches):
        def epoch(self, number: int) -> Any:
            for step, (x, y) in enumerate(super().epoch(number)):
                yield (x * torch.nan if step == 3 else x), y

    monkeypatch.setattr(loop, "Batches", Poisoned)
    assert refusal(lambda: train(NET, digits, recipe, device="cpu", progress=False)) == (
        "epoch 1, step 20 of 22: the loss is nan. Nothing is kept, since no folder was given. "
        "Use a smaller learning_rate, or more warmup."
    )


def test_weights_that_the_last_step_of_an_epoch_spoils_are_never_kept(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss is a number until the end of the epoch; only the weights are none."""
    make = loop.make_optimizer

    def spoiling(model: Any, recipe: Recipe) -> torch.optim.Optimizer:
        optimizer, calls = make(model, recipe), []

        def spoil(*_: Any) -> None:
            calls.append(1)
            if len(calls) == 8:
                with torch.no_grad():
                    model.conv1.weight[0, 0, 0, 0] = torch.inf

        optimizer.register_step_post_hook(spoil)
        return optimizer

    monkeypatch.setattr(loop, "make_optimizer", spoiling)
    out = tmp_path / "run"
    for epochs in (2, 3):
        shutil.rmtree(out, ignore_errors=True)
        got = refusal(lambda: train(NET, digits, Recipe(epochs=epochs, batch_size=359), out=out, progress=False))  # noqa: B023
        assert got == (
            f"epoch 2, step 4 of 4: a weight is no longer a finite number. The weights of epoch 1 are kept in {out}. "
            f"Use a smaller learning_rate, or more warmup."
        )
        assert len(load(out).history) == 1
        assert load(out).model.conv1.weight.isfinite().all()


def picture_set(count: int, classes: tuple[str, ...], labels: Any, shape: tuple[int, ...] = (1, 8, 8)) -> Dataset:
    images = np.random.default_rng(0).integers(0, 256, (count, *shape), dtype=np.uint8)
    split = Images(images, np.asarray(labels, np.int64) % len(classes))
    return Dataset("mine", classes, split, split, "made here", "none")


COMPLEX = Network("net", (1, 8, 8), [Flatten(), Dense(10)], dtype="complex64")
MAJORITY = Network("net", (1, 8, 8), [Conv(2, 3), Conv(2, 3), Pool("majority", 2), Flatten(), Dense(10)])
ALONE = Network("net", (1, 8, 8), [Flatten(), Dense(10), Norm("batch")])
REFUSED: dict[str, tuple[Network, dict[str, Any], str]] = {
    "outputs": (
        Network.from_text("net: 1x8x8 | flatten | dense 9"), {},
        "net: it has 9 outputs, digits has 10 classes. End the network with Dense(10).",
    ),
    "input": (
        Network.from_text("net: 1x9x9 | flatten | dense 10"), {},
        "net: its input is 1x9x9, the pictures of digits are 1x8x8. "
        "Describe a network with input 1x8x8, or bring the pictures to 1x9x9 with locality.data.fit_dataset.",
    ),
    "map": (
        Network.from_text("net: 1x8x8 | conv 10 3x3"), {},
        "net: its output is 10x6x6, not one number per class. End it with Flatten() and Dense(10).",
    ),
    "complex": (COMPLEX, {}, "net: its numbers are complex64, which have no cross-entropy. Use float32."),
    "nothing": (
        Network.from_text("net: 1x8x8 | max 2x2 | flatten"), {},
        "net: it has no parameter to train. Add a Conv or a Dense layer.",
    ),
    "majority": (
        MAJORITY, {},
        "pool1: the majority rule has no gradient, so conv1 before it cannot be trained. "
        'Use Pool("average", ...) there, or put the parameters behind it.',
    ),
    "validation": (
        NET, {"validation": 0.0001},
        "digits: validation 0.0001 of 1438 training pictures leaves none on one side. Use a share in between.",
    ),
    "all held out": (
        NET, {"validation": 0.9999},
        "digits: validation 0.9999 of 1438 training pictures leaves none on one side. Use a share in between.",
    ),
    "erase": (NET, {"erase": 8}, "digits: erase 8 leaves nothing of its 8x8 pictures. Use a smaller one."),
    "alone": (
        ALONE, {"batch_size": 1},
        "norm1: one picture has no spread to normalise by. Use a batch_size of 2 or more.",
    ),
    "alone but for those held out": (
        ALONE, {"validation": 1437 / 1438},
        "norm1: one picture has no spread to normalise by. Hold out fewer, or add pictures.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_trained_is_said_before_the_first_step_and_leaves_no_folder(
    what: str, digits: Dataset, tmp_path: Path
) -> None:
    net, settings, message = REFUSED[what]
    recipe = Recipe(**settings)
    assert refusal(lambda: train(net, digits, recipe, out=tmp_path / "run", progress=False)) == message
    assert not (tmp_path / "run").exists()


def test_what_does_not_fit_is_said_before_weights_are_drawn(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "build", lambda *_: pytest.fail("weights were drawn"))
    for net in (zoo.get("vgg16"), COMPLEX):
        refusal(lambda net=net: train(net, digits, progress=False))  # type: ignore[misc]


def test_what_is_no_data_set_is_refused_in_a_sentence() -> None:
    data: Any
    for data, message in (
        ("mnist", "'mnist': a str is no data set. Use locality.dataset('mnist')."),
        (None, "None: a NoneType is no data set. Use locality.dataset('mnist')."),
    ):
        assert refusal(lambda data=data: train(NET, data, progress=False)) == message  # type: ignore[misc]
        if data:
            assert refusal(lambda data=data: evaluate(build(NET), data)) == message  # type: ignore[misc]
    assert refusal(lambda: evaluate(build(NET))) == message


def test_one_class_only_is_refused() -> None:
    assert refusal(lambda: picture_set(8, ("cat",), [0] * 8), DataError) == (
        "mine: one class only (cat). Add pictures of a second class: with one there is nothing to tell apart."
    )
    data = picture_set(8, ("cat", "dog"), [1] * 8)
    assert refusal(lambda: train(NET, data, progress=False)) == (
        "mine: all pictures to train on are of one class, dog. Add pictures of another."
    )


def test_a_network_with_parts_of_no_arithmetic_is_refused(digits: Dataset) -> None:
    from locality.network.layers import Opaque

    net = Network("net", (1, 8, 8), [Flatten(), Dense(10), Opaque("aten.cumsum", (10,))])
    assert "no arithmetic rule" in refusal(lambda: train(net, digits, progress=False), DescriptionError)


def test_a_majority_rule_before_all_parameters_is_trained(digits: Dataset) -> None:
    net = Network("net", (1, 8, 8), [Pool("majority", 2), Flatten(), Dense(10)])
    assert train(net, digits, Recipe(epochs=1), progress=False).finished


def test_more_outputs_than_classes_are_trained(digits: Dataset) -> None:
    run = train(Network.from_text("1x8x8 | flatten | dense 12"), digits, Recipe(epochs=1), progress=False)
    assert evaluate(run).confusion.shape == (12, 12)


def test_fewer_pictures_than_a_batch_are_one_batch() -> None:
    data = picture_set(10, ("a", "b"), range(10))
    run = train(Network.from_text("1x8x8 | flatten | dense 2"), data, Recipe(epochs=2), progress=False)
    assert len(run.history) == 2


@pytest.mark.parametrize("name", ["gpu", "meta", "cuda:99"])
def test_a_device_that_is_none_is_refused_in_one_sentence(name: str, digits: Dataset, tmp_path: Path) -> None:
    got = refusal(lambda: train(NET, digits, out=tmp_path / "run", device=name, progress=False))
    assert got.startswith(f"device {name!r}: torch cannot compute there (")
    assert got.endswith("). Use 'cpu'.")
    assert "\n" not in got
    assert not (tmp_path / "run").exists()


# What is shown --------------------------------------------------------------------------------------------------------


def test_without_a_terminal_each_epoch_is_a_line(digits: Dataset, capfd: pytest.CaptureFixture[str]) -> None:
    train(NET, digits, replace(RECIPES["adamw, all on"], epochs=2))
    out, err = capfd.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == 2
    for number, line in enumerate(lines, 1):
        assert re.fullmatch(
            rf"epoch {number} of 2: loss \d\.\d{{4}}, accuracy \d+\.\d\d%, held out \d+\.\d\d%, \d+\.\d s", line
        )
    train(NET, digits, RECIPES["adamw, plain"], progress=False)
    assert capfd.readouterr() == ("", "")


def test_in_a_terminal_there_is_a_bar_with_loss_accuracy_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    shown = b""
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "120")
        with Progress("net on folder:digits[/x]", 20, 10, wanted=True) as bar:
            for done in range(11, 21):
                bar.step(done, 0.5, 0.875)
            bar.epoch({"epoch": 2, "loss": 0.5, "accuracy": 0.875, "seconds": 1.25}, 2)
    with contextlib.suppress(OSError):  # the other end is closed: all has been read
        while part := os.read(ours, 1 << 16):
            shown += part
    os.close(ours)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert "net on folder:digits[/x]" in text
    assert "100 %" in text
    assert "left" in text
    assert "loss 0.500, accuracy 87.5%" in text
    assert "epoch 2 of 2: loss 0.5000, accuracy 87.50%, 1.2 s" in text


# On real handwriting --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def mnist() -> Dataset:
    try:
        return dataset("mnist")
    except LocalityError as error:
        pytest.skip(f"MNIST cannot be had here: {error}")


def test_one_epoch_tells_97_5_percent_of_mnist_right(mnist: Dataset) -> None:
    run = train(zoo.get("lenet5"), mnist, Recipe(epochs=1), progress=False)
    assert run.accuracy is not None
    assert run.accuracy >= 0.975


@pytest.mark.slow
def test_the_default_recipe_tells_98_9_percent_of_mnist_right(mnist: Dataset) -> None:
    run = train(zoo.get("lenet5"), mnist, progress=False)
    assert run.accuracy is not None
    assert run.accuracy >= 0.989
