"""A run's folder: what stands in it, and what is said where it cannot be read."""

import json
import os
import pickle
import platform
import re
import resource
import shutil
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from locality.data import Dataset, dataset
from locality.engine import files as disk
from locality.engine.evaluate import evaluate, predict
from locality.engine.recipe import Recipe
from locality.engine.run import Run, load
from locality.engine.train import train
from locality.errors import DataError, RunError, UnknownNameError
from locality.network.network import Network

NET = Network.from_text("net: 1x8x8 | conv 4 3x3 same | batch-norm | relu | max 2x2 | flatten | dense 10")
RECIPE = Recipe(epochs=2, batch_size=256, validation=0.1, averaging=0.9, seed=3)
AGAIN = "Train the run again, in another folder."


@pytest.fixture(scope="session")
def digits() -> Dataset:
    return dataset("digits")


@pytest.fixture(scope="session")
def trained(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return train(NET, digits, RECIPE, out=tmp_path_factory.mktemp("runs") / "one", progress=False)


@pytest.fixture
def folder(trained: Run, tmp_path: Path) -> Path:
    """A copy of the run that a test may spoil."""
    assert trained.folder is not None
    return Path(shutil.copytree(trained.folder, tmp_path / "run"))


def refusal(action: Callable[[], Any], kind: type[Exception] = RunError) -> str:
    with pytest.raises(kind) as caught:
        action()
    return str(caught.value)


def test_a_run_folder_holds_four_files_and_no_other(trained: Run) -> None:
    assert trained.folder is not None
    assert sorted(path.name for path in trained.folder.iterdir()) == [
        "checkpoint.safetensors",
        "metrics.jsonl",
        "run.json",
        "weights.safetensors",
    ]


def test_run_json_says_all_that_a_number_depends_on(trained: Run, digits: Dataset) -> None:
    plain = disk.read_json(trained.folder or Path())
    assert Network.from_json(json.dumps(plain["network"])) == NET
    assert Recipe.from_dict(plain["recipe"]) == RECIPE
    assert plain["seed"] == 3
    assert plain["data"] == "digits"
    assert tuple(plain["classes"]) == digits.classes
    assert (tuple(plain["mean"]), tuple(plain["std"])) == (digits.mean, digits.std)
    assert plain["epochs_done"] == 2
    assert plain["accuracy"] == trained.accuracy == evaluate(trained).accuracy
    assert plain["test"] == evaluate(trained).to_dict()
    assert plain["seconds"] == round(trained.seconds, 3) > 0
    assert plain["device"] == "cpu" or plain["device"].startswith("cuda")
    assert plain["threads"] == torch.get_num_threads()
    assert plain["written"].startswith("20")
    assert plain["versions"] == {
        "python": platform.python_version(),
        **{package: version(package) for package in ("locality", "torch", "numpy")},
    }


def test_metrics_has_a_line_for_each_epoch(trained: Run) -> None:
    lines = disk.read_metrics(trained.folder or Path())
    assert [line["epoch"] for line in lines] == [1, 2]
    assert all(list(line) == ["epoch", "loss", "accuracy", "rate", "validation_accuracy", "seconds"] for line in lines)
    assert tuple(lines) == trained.history
    assert trained.seconds == pytest.approx(sum(line["seconds"] for line in lines), abs=0.01)


def test_a_loaded_run_is_the_run_that_was_kept(trained: Run, digits: Dataset) -> None:
    again = load(str(trained.folder))
    assert again.network == trained.network == NET
    assert again.recipe == RECIPE
    assert again.history == trained.history
    assert again.accuracy == trained.accuracy
    assert again.seconds == pytest.approx(trained.seconds, abs=1e-3)
    assert again.folder == trained.folder
    assert again.finished
    assert not again.model.training
    assert again.model.classes == digits.classes
    for name, tensor in trained.model.state_dict().items():
        assert torch.equal(again.model.state_dict()[name], tensor.cpu()), name
    assert predict(again, digits.test.images) == predict(trained, digits.test.images)
    assert repr(again.data) == repr(digits)  # loaded when asked for


def test_a_run_prints_as_what_it_is(trained: Run) -> None:
    assert repr(trained) == f"<Run of net on digits: accuracy {trained.accuracy:.2%}>"
    begun = Run(trained.model, RECIPE, "digits", history=trained.history[:1])
    assert repr(begun) == f"<Run of net on digits: epoch 1 of {RECIPE.epochs} done>"
    assert not begun.finished


def test_a_run_records_itself(trained: Run, digits: Dataset) -> None:
    seen = trained.record(digits.test.images[0])
    assert set(seen.values) == {"input", *(node.name for node in NET.nodes)}


def test_data_that_cannot_be_had_again_is_said_when_asked_for(folder: Path) -> None:
    plain = disk.read_json(folder)
    disk.write_json(folder, {**plain, "data": "my own"})
    run = load(folder)
    assert predict(run, np.zeros((1, 8, 8), np.uint8))
    assert refusal(lambda: run.data, UnknownNameError).startswith("Unknown data set 'my own'.")
    disk.write_json(folder, {**plain, "data": "folder:/nowhere/at/all"})
    refusal(lambda: load(folder).data, DataError)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "not there"):
        message = f"{place}: no run is kept here (no run.json). Give the folder that train wrote."
        assert refusal(lambda place=place: load(place)) == message  # type: ignore[misc]


def test_a_missing_weights_file_is_named(folder: Path) -> None:
    (folder / "weights.safetensors").unlink()
    assert refusal(lambda: load(folder)) == f"{folder / 'weights.safetensors'}: there is no such file. {AGAIN}"


@pytest.mark.parametrize("what", ["empty", "cut", "text", "pickle", "folder"])
def test_damaged_weights_are_refused_in_one_sentence(folder: Path, what: str) -> None:
    path = folder / "weights.safetensors"
    whole = path.read_bytes()
    path.unlink()
    if what == "folder":
        path.mkdir()
    else:
        spoilt = {"empty": b"", "cut": whole[: len(whole) // 2], "text": b"hello " * 99, "pickle": Bomb.pickled(folder)}
        path.write_bytes(spoilt[what])
    why = {
        "empty": "Error while deserializing header: header too small",
        "cut": "Error while deserializing header: incomplete metadata, file not fully covered",
        "text": "Error while deserializing header: header too large",
        "pickle": "Error while deserializing header: header too large",
        "folder": "Is a directory (os error 21)",
    }
    got = refusal(lambda: load(folder))
    assert got.startswith(f"{path}: it is damaged (")
    assert got.endswith(f"). {AGAIN}")
    assert why[what] in got or what == "folder"
    assert not (folder / "unpickled").exists()


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path(self.path),))

    @classmethod
    def pickled(cls, folder: Path) -> bytes:
        data = pickle.dumps(cls(str(folder / "unpickled")))
        pickle.loads(data)
        (folder / "unpickled").unlink()  # it does go off
        return data


def test_no_file_of_the_engine_mentions_a_pickle_loader() -> None:
    for path in Path(disk.__file__).parent.glob("*.py"):
        text = path.read_text()
        assert not re.search(r"import pickle\b", text)  # pickletools reads one without running it
        assert "torch.load(" not in text or "weights_only=True" in text


def spoil_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> str:
    tensors = load_file(folder / "weights.safetensors")
    change(tensors)
    save_file(tensors, folder / "weights.safetensors")
    return str(folder / "weights.safetensors")


def test_weights_of_another_network_are_refused_naming_the_first_that_does_not_fit(folder: Path) -> None:
    use = "Use the weights of the same network."
    where = spoil_weights(folder, lambda tensors: tensors.__delitem__("dense1.bias"))
    assert refusal(lambda: load(folder)) == f"{where}: dense1.bias is missing. {use}"
    spoil_weights(folder, lambda tensors: tensors.update({"dense1.bias": torch.zeros(10), "also": torch.zeros(2)}))
    assert refusal(lambda: load(folder)) == f"{where}: also is not in the network. {use}"
    spoil_weights(folder, lambda tensors: tensors.__delitem__("also"))
    load(folder)
    spoil_weights(folder, lambda tensors: tensors.update({"conv1.weight": torch.zeros(4, 1, 5, 5)}))
    assert refusal(lambda: load(folder)) == f"{where}: conv1.weight is 4x1x5x5, the network's is 4x1x3x3. {use}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("[]", "no run in it"),
        ("{}", "no 'recipe'"),
        ("[" * 100_000, "maximum recursion depth exceeded while decoding a JSON array from a unicode string"),
    ],
)
def test_a_damaged_run_json_is_refused_in_one_sentence(folder: Path, digits: Dataset, text: str, why: str) -> None:
    (folder / "run.json").write_text(text)
    message = f"{folder / 'run.json'}: it is damaged ({why}). {AGAIN}"
    assert refusal(lambda: load(folder)) == message
    assert refusal(lambda: train(NET, digits, out=folder, resume=True, progress=False)) == message


def test_a_run_json_that_is_not_text_is_refused(folder: Path) -> None:
    (folder / "run.json").write_bytes(b"\xff\xfe\x00")
    assert refusal(lambda: load(folder)) == (
        f"{folder / 'run.json'}: it is damaged ('utf-8' codec can't decode byte 0xff in position 0: "
        f"invalid start byte). {AGAIN}"
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"network": None}, "no 'network'"),
        ({"mean": None}, "no 'mean'"),
        ({"accuracy": None}, "no 'accuracy'"),
        ({"mean": [0.1, 0.2]}, "2 means and 1 stds for 1 channels"),
        ({"classes": 7}, "its classes is not a list of names"),
        ({"classes": [7]}, "its classes is not a list of names"),
        ({"mean": ["a"]}, "its mean is not a list of numbers"),
        ({"std": [True]}, "its std is not a list of numbers"),
        ({"accuracy": "x"}, "its accuracy is not a number or null"),
        ({"accuracy": float("nan")}, "its accuracy is not a number or null"),
        ({"seconds": "x"}, "its seconds is not a number"),
        ({"data": 5}, "its data is not a name"),
        ({"recipe": {"epoch": 3}}, "Unknown setting 'epoch'. Did you mean 'epochs'?"),
        ({"recipe": {"epochs": 0}}, "epochs is 0; it must be a whole number of at least 1. Give epochs=1 or more"),
        ({"recipe": 5}, "its recipe is not an object"),
    ],
    ids=str,
)
def test_a_run_json_with_a_spoilt_part_is_refused(folder: Path, change: dict[str, Any], why: str) -> None:
    plain = disk.read_json(folder)
    for name, value in change.items():
        if value is None:
            del plain[name]
        else:
            plain[name] = value
    disk.write_json(folder, plain)
    assert refusal(lambda: load(folder)) == f"{folder / 'run.json'}: it is damaged ({why}). {AGAIN}"


@pytest.mark.parametrize("network", [5, {}, {"name": "a"}, [], "net"], ids=str)
def test_a_spoilt_description_is_refused(folder: Path, network: Any) -> None:
    disk.write_json(folder, {**disk.read_json(folder), "network": network})
    got = refusal(lambda: load(folder))
    assert got.startswith(f"{folder / 'run.json'}: it is damaged (")
    assert "\n" not in got


def test_metrics_that_are_missing_or_cut_short_do_no_harm(folder: Path) -> None:
    path = folder / "metrics.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:20])
    assert [line["epoch"] for line in load(folder).history] == [1]
    path.write_bytes(lines[0] + b"\xff\xff")
    assert [line["epoch"] for line in load(folder).history] == [1]
    for junk in (b"5", b'{"epoch": "two"}', b"[" * 100_000):
        path.write_bytes(lines[0] + junk + b"\n" + lines[1])
        assert [line["epoch"] for line in load(folder).history] == [1]
    path.unlink()
    assert load(folder).history == ()


def test_run_json_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, seen = Path.read_text, []
    monkeypatch.setattr(Path, "read_text", lambda self, *a, **k: (seen.append(self.name), read(self, *a, **k))[1])
    load(folder)
    assert seen.count("run.json") == 1


def test_two_threads_that_write_one_file_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, sources = tmp_path / "a.json", set()
    rename, meet = os.replace, threading.Barrier(2, timeout=20)

    def together(source: Any, target: Any) -> None:
        sources.add(source)
        meet.wait()
        rename(source, target)

    monkeypatch.setattr(os, "replace", together)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda content: disk.write_whole(path, content), [b"one", b"two"]))
    assert len(sources) == 2
    assert path.read_bytes() in (b"one", b"two")


def test_weights_are_written_without_a_second_copy_of_them_in_memory(tmp_path: Path) -> None:
    tracemalloc.start()  # counts what Python holds, and none of torch's tensors
    try:
        disk.write_tensors(tmp_path / "x", {"x": torch.ones(5_000_000)})
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (load_file(tmp_path / "x")["x"] == 1).all()


def test_files_are_written_with_the_users_own_permissions(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        disk.write_whole(tmp_path / "a.json", b"{}")
        disk.write_tensors(tmp_path / "a.safetensors", {"x": torch.zeros(2)})
    finally:
        os.umask(before)
    assert [oct(path.stat().st_mode & 0o777) for path in sorted(tmp_path.iterdir())] == ["0o640", "0o640"]


def test_an_interrupted_write_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    disk.write_whole(path, b"old")

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        disk.write_whole(path, b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]
    assert path.read_text() == "old"


def test_a_folder_whose_place_a_file_has_taken_is_said_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "taken" / "a.json"
    path.parent.write_bytes(b"")
    after = "Make room or mend the permissions, then resume the run; what was kept before is untouched."
    for write in (lambda: disk.write_whole(path, b""), lambda: disk.write_tensors(path, {"x": torch.zeros(2)})):
        got = refusal(write)
        assert got.startswith(f"{path}: it could not be written (")
        assert got.endswith(f"). {after}")
        assert "File exists" in got


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a file system of 64 kB cannot be mounted here (this needs root)")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_ends_in_one_sentence_and_what_was_kept_is_untouched(small_disk: Path, digits: Dataset) -> None:
    recipe = Recipe(epochs=3, batch_size=256)
    whole = train(NET, digits, recipe, out=small_disk / "whole", progress=False)
    assert whole.folder is not None
    size = sum(path.stat().st_size for path in whole.folder.iterdir())
    shutil.rmtree(whole.folder)
    # Room for the files as they are, and not for another beside them.
    (small_disk / "filler").write_bytes(b"x" * max(0, (64 - size // 1024 - 12) * 1024))

    out = small_disk / "run"
    got = refusal(lambda: train(NET, digits, recipe, out=out, progress=False))
    assert got.startswith(f"{out}/")
    assert "it could not be written (" in got
    assert "No space left on device" in got
    assert "\n" not in got
    names = sorted(path.name for path in out.iterdir())
    assert not [name for name in names if name.startswith(".")]
    if "run.json" in names:
        load(out)
    (small_disk / "filler").unlink()
    done = train(NET, digits, recipe, out=out, resume=True, progress=False)
    assert done.accuracy == whole.accuracy
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(done.model.state_dict()[name], tensor), name


def test_a_disk_that_fills_up_between_epochs_leaves_the_epochs_before(small_disk: Path, digits: Dataset) -> None:
    out = small_disk / "run"
    began = train(NET, digits, Recipe(epochs=1, batch_size=256), out=out, progress=False)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "filler").write_bytes(b"x" * 99_999)
    for write in (
        lambda: disk.write_tensors(out / "weights.safetensors", began.model.state_dict()),
        lambda: disk.write_tensors(out / "checkpoint.safetensors", began.model.state_dict()),
        lambda: disk.write_metrics(out, began.history),
        lambda: disk.write_json(out, {}),
    ):
        assert "No space left on device" in refusal(write)
        assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert load(out).accuracy == began.accuracy


def test_a_file_that_may_not_grow_exits_with_2_and_one_sentence(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "locality", "train", NET.to_text(), "--data", "digits", "--out", str(out), "-q"]
    done = subprocess.run(
        [*command, "--epochs", "1"],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (said,) = done.stderr.splitlines()
    assert said.startswith(f"{out}/")
    assert "File too large" in said
    assert not [path for path in out.iterdir() if path.name.startswith(".")]
