"""A run's folder: what it keeps, and that a run which was stopped, even killed, ends as if it had not been."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from locality import VMC, Network, ground_state
from locality.errors import RunError
from locality.lattice import Lattice
from locality.quantum import folder as folders

CHAIN, SQUARE = Lattice("chain", 8), Lattice("square", 4)
NET = Network.from_text("1x8 | conv 3 3 same wrap | gelu | conv 2 3 same wrap")
SHORT = VMC(steps=12, samples=48, measurements=4, seed=3)
FILES = ["checkpoint.safetensors", "ground-state.json", "metrics.jsonl", "weights.safetensors"]
TIMES = ("seconds", "split", "folder")

# Runs of every kind of state, both evaluators, both solvers, more samples than chains, projections, sign rules.
RUNS = {
    "modulus and phase": (CHAIN, 0.3, NET, SHORT, {}),
    "real, chains that go on": (CHAIN, 0, Network.from_text("1x8 | conv 2 3 same wrap | tanh | conv 1 1"),
                                replace(SHORT, chains=12, sweeps=2, exponent=2.0, hop=0.0), {"signs": "none"}),
    "holomorphic, projected": (SQUARE, 0.5, Network.from_text("1x4x4 complex64 | conv 2 3x3 same wrap | log-cosh"),
                               replace(SHORT, schedule="constant", solver="pinv"), {"symmetry": "c4v+flip"}),
    "by torch, no momentum": (CHAIN, 0.3, Network.from_text("1x8 float64 | flatten | dense 6 | tanh | dense 2"),
                              replace(SHORT, momentum=0.0, clip=2.0), {"symmetry": "flip"}),
}  # fmt: skip


def run(name, **more):
    lattice, j2, net, vmc, how = RUNS[name]
    return ground_state(lattice, j2, net, vmc, **how, **more)


def timeless(value):
    """The same without what a clock or a place said."""
    if isinstance(value, dict):
        return {name: timeless(one) for name, one in value.items() if name not in TIMES}
    return [timeless(one) for one in value] if isinstance(value, list) else value


def assert_same(one, other):
    """Bit for bit: every number of the result, and the weights."""
    assert timeless(one.to_dict()) == timeless(other.to_dict())
    weights, others = one.state.model.state_dict(), other.state.model.state_dict()
    assert all(torch.equal(weights[name], others[name]) for name in others)


def lines_of(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def assert_same_files(one, other):
    for name in ("weights.safetensors", "checkpoint.safetensors"):
        tensors, others = load_file(one / name), load_file(other / name)
        assert tensors.keys() == others.keys()
        assert all(torch.equal(tensors[key], others[key]) for key in tensors)
    assert timeless(lines_of(one)) == timeless(lines_of(other))
    plain = [timeless(json.loads((each / "ground-state.json").read_text())["found"]) for each in (one, other)]
    assert plain[0] == plain[1]


def until(step):
    """Ctrl-C after this step."""

    def told(line, steps):
        if line["step"] == step:
            raise KeyboardInterrupt

    return told


class KilledError(Exception):
    """What nobody expects."""


def killed(name, out, step, **more):
    """Without a chance to keep anything."""

    def told(line, steps):
        if line["step"] == step:
            raise KilledError

    with pytest.raises(KilledError):
        run(name, out=out, progress=told, **more)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that ended, and its folder."""
    return run("modulus and phase", out=tmp_path_factory.mktemp("finished") / "run")


@pytest.mark.parametrize("every", [0, 1e9], ids=["a checkpoint each step", "one checkpoint"])
@pytest.mark.parametrize("name", RUNS)
def test_a_run_that_was_killed_ends_as_if_it_had_not_been(tmp_path, monkeypatch, name, every):
    whole = run(name)
    assert len(whole.history) == 12
    monkeypatch.setattr(folders, "EVERY", every)
    for step in (1, 7, 12):
        killed(name, tmp_path / "run", step, resume=step > 1)
        kept = len(lines_of(tmp_path / "run"))
        assert kept == (step if every == 0 or step == 12 else 2 if step == 7 else 1)
    assert_same(run(name, out=tmp_path / "run", resume=True), whole)


def test_measuring_at_the_end_does_not_disturb_a_run_that_goes_on_for_more_steps(tmp_path):
    lattice, j2, net, vmc, _ = RUNS["modulus and phase"]
    vmc = replace(vmc, schedule="constant")
    ground_state(lattice, j2, net, replace(vmc, steps=5), out=tmp_path / "run")
    more = ground_state(lattice, j2, net, vmc, out=tmp_path / "run", resume=True)
    whole = ground_state(lattice, j2, net, vmc, out=tmp_path / "whole")
    assert_same(more, whole)
    assert_same_files(tmp_path / "run", tmp_path / "whole")


def test_a_finished_run_gives_the_same_energy_again_and_takes_no_step(finished, tmp_path):
    folder = shutil.copytree(finished.folder, tmp_path / "run")
    told = []
    again = run("modulus and phase", out=folder, resume=True, progress=lambda line, steps: told.append(line))
    assert told == []
    assert_same(again, finished)
    assert list(again.history) == list(finished.history)  # seconds too


def test_a_kill_before_any_rename_leaves_a_folder_that_the_run_goes_on_from(tmp_path, monkeypatch):
    """The folder is copied before every rename, the file half written beside its place, as a kill would leave it."""
    lattice, j2, net, vmc, _ = RUNS["modulus and phase"]
    vmc, left, rename = replace(vmc, steps=3), [], os.replace
    monkeypatch.setattr(folders, "EVERY", 0)

    def copied(source, target):
        left.append(shutil.copytree(tmp_path / "run", tmp_path / f"copy {len(left)}"))
        rename(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", copied)
        whole = ground_state(lattice, j2, net, vmc, out=tmp_path / "run")
    assert len(left) == 3 * 4 + 1
    for folder in left:
        assert any(path.name not in FILES for path in folder.iterdir())
        assert_same(ground_state(lattice, j2, net, vmc, out=folder, resume=True), whole)
        assert_same_files(folder, tmp_path / "run")
        assert sorted(path.name for path in folder.iterdir()) == FILES  # nothing half written stays


CHILD = """
from locality import VMC, Lattice, Network, ground_state
from locality.quantum import folder
folder.EVERY = {every}
net, vmc = Network.from_text({text!r}), VMC(**{vmc!r})
ground_state(
    Lattice("chain", 8), {j2}, net, vmc, out={out!r}, progress=lambda line, steps: print(line["step"], flush=True)
)
"""


def test_a_process_killed_in_the_middle_leaves_a_run_that_ends_as_if_nothing_had_been(tmp_path):
    _, j2, net, _, _ = RUNS["modulus and phase"]
    vmc = replace(SHORT, steps=200)
    script = CHILD.format(every=0.01, text=net.to_text(), vmc=vmc.to_dict(), j2=j2, out=str(tmp_path / "run"))
    environment = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads()), "CUDA_VISIBLE_DEVICES": ""}
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment) as child:
        while int(child.stdout.readline()) < 20:
            pass
        child.kill()
    assert child.returncode == -9
    assert 0 < len(lines_of(tmp_path / "run")) < 200
    whole = ground_state(CHAIN, j2, net, vmc, out=tmp_path / "whole")
    assert_same(ground_state(CHAIN, j2, net, vmc, out=tmp_path / "run", resume=True), whole)
    assert_same_files(tmp_path / "run", tmp_path / "whole")


def test_the_folder_holds_the_run_a_line_for_each_step_the_weights_and_a_checkpoint(finished):
    assert sorted(path.name for path in finished.folder.iterdir()) == FILES
    plain = json.loads((finished.folder / "ground-state.json").read_text())
    assert Network.from_json(json.dumps(plain["network"])) == NET
    assert VMC(**plain["vmc"]) == SHORT
    assert plain["lattice"] == {"name": "chain", "size": [8], "periodic": True}
    assert [plain[name] for name in ("j2", "signs", "symmetry", "pooling")] == [0.3, "marshall", "none", "sum"]
    assert {"versions", "device"} <= plain.keys()
    whole = finished.to_dict()
    expected = {name: whole[name] for name in plain["found"]}
    assert plain["found"] == expected
    assert {"energy_per_site", "error", "variance", "v_score", "reference", "observables"} <= expected.keys()
    lines = lines_of(finished.folder)
    assert lines == list(finished.history)
    assert [line["step"] for line in lines] == list(range(1, 13))
    weights = load_file(finished.folder / "weights.safetensors")
    model = finished.state.model.state_dict()
    assert weights.keys() == model.keys()
    assert all(torch.equal(weights[name], model[name]) for name in model)


def test_what_was_found_is_taken_back_while_a_run_goes_on(finished, tmp_path):
    lattice, j2, net, vmc, _ = RUNS["modulus and phase"]
    folder = shutil.copytree(finished.folder, tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        ground_state(lattice, j2, net, replace(vmc, steps=20), out=folder, resume=True, progress=until(13))
    plain = json.loads((folder / "ground-state.json").read_text())
    assert "found" not in plain
    assert plain["vmc"]["steps"] == 20


def test_a_folder_with_a_run_is_not_written_over(finished):
    before = {path.name: path.read_bytes() for path in finished.folder.iterdir()}
    message = f"{finished.folder}: a run is kept here already. Use resume to go on with it, or give another folder."
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        run("modulus and phase", out=finished.folder)
    assert {path.name: path.read_bytes() for path in finished.folder.iterdir()} == before


def test_a_place_where_no_folder_can_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    message = f"{tmp_path / 'file' / 'run'}: no folder can be made there (Not a directory). Give another place."
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        run("modulus and phase", out=tmp_path / "file" / "run")


OTHER = {
    "lattice": ({"lattice": Lattice("chain", 8, periodic=False)}, "another lattice"),
    "j2": ({"j2": 0.25}, "j2 0.3, not 0.25"),
    "network": ({"network": Network.from_text("1x8 | conv 3 3 same wrap | relu | conv 2 3 same wrap")},
                "another network"),
    "signs": ({"signs": "none"}, "signs 'marshall', not 'none'"),
    "symmetry": ({"symmetry": "flip"}, "symmetry 'none', not 'flip'"),
    "pooling": ({"pooling": "product"}, "pooling 'sum', not 'product'"),
}  # fmt: skip
SETTINGS = {
    "samples": {"samples": 96, "chains": 48}, "chains": {"chains": 24}, "sweeps": {"sweeps": 2},
    "burn_in": {"burn_in": 11}, "exponent": {"exponent": 2.0}, "hop": {"hop": 0.25},
    "learning_rate": {"learning_rate": 0.01}, "schedule": {"schedule": "constant"}, "shift": {"shift": 0.01},
    "momentum": {"momentum": 0.5}, "solver": {"solver": "pinv"}, "cutoff": {"cutoff": 1e-6}, "clip": {"clip": 5.0},
    "measurements": {"measurements": 5}, "seed": {"seed": 4},
}  # fmt: skip


def test_all_that_makes_a_run_another_and_all_settings_have_their_row_below():
    assert OTHER.keys() | {"vmc"} == folders.KEPT.keys()
    assert SETTINGS.keys() | {"steps"} == {field.name for field in fields(VMC)}


@pytest.mark.parametrize("name", [*OTHER, *SETTINGS])
def test_a_folder_with_another_run_is_refused_with_what_differs(finished, name):
    if name in OTHER:
        more, what = OTHER[name]
    else:
        more = {"vmc": replace(SHORT, **SETTINGS[name])}
        what = f"{name} {getattr(SHORT, name)!r}, not {getattr(more['vmc'], name)!r}"
    asked = {"lattice": CHAIN, "j2": 0.3, "network": NET, "vmc": SHORT} | more
    message = f"{finished.folder}: the run kept here has {what}. Use another folder."
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        ground_state(**asked, out=finished.folder, resume=True)


def broken(folder, name, how):
    path = folder / name
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif how == "no JSON":
        path.write_text("{")
    elif how == "a list":
        path.write_text("[]")
    elif how == "no settings":
        path.write_text("{}")
    else:
        with safe_open(path, "pt") as file:
            tensors, note = {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118
        key, value = how
        if key in tensors:
            tensors.pop(key)
            tensors |= {} if value is None else {key: value}
        else:
            note.pop(key)
            note |= {} if value is None else {key: value}
        save_file(tensors, path, note)


AGAIN = "Train the run again, in another folder."
MODEL = "conv1.weight"
DAMAGE = [
    ("checkpoint.safetensors", "gone", f"there is no such file. {AGAIN}"),
    ("checkpoint.safetensors", "cut", f"it is damaged (*). {AGAIN}"),
    ("checkpoint.safetensors", ("history", None), f"it is damaged (no 'history'). {AGAIN}"),
    ("checkpoint.safetensors", ("history", "[{"), f"it is damaged (*). {AGAIN}"),
    ("checkpoint.safetensors", ("history", "{}"), f"it is damaged (its history is no list of steps). {AGAIN}"),
    ("checkpoint.safetensors", ("history", "[3]"), f"it is damaged (its history is no list of steps). {AGAIN}"),
    ("checkpoint.safetensors", ("random", None), f"it is damaged (no 'random'). {AGAIN}"),
    ("checkpoint.safetensors", ("random", "{}"), f"it is damaged (*). {AGAIN}"),
    ("checkpoint.safetensors", ("random", "7"), f"it is damaged (*). {AGAIN}"),
    ("checkpoint.safetensors", ("chains.configurations", None), f"it is damaged (no 'chains.configurations'). {AGAIN}"),
    ("checkpoint.safetensors", ("chains.configurations", torch.ones(2, 8, dtype=torch.int8)),
     f"it is damaged (its chains are others). {AGAIN}"),
    ("checkpoint.safetensors", ("chains.log_psi", torch.zeros(2, 5, dtype=torch.float64)),
     f"it is damaged (its chains are others). {AGAIN}"),
    ("checkpoint.safetensors", ("chains.log_psi", torch.zeros(3, dtype=torch.float64)), f"it is damaged (*). {AGAIN}"),
    ("checkpoint.safetensors", ("previous", torch.zeros(3, dtype=torch.float64)),
     f"it is damaged (its step before is of another length). {AGAIN}"),
    ("checkpoint.safetensors", ("good.0", None), f"it is damaged (no 'good.0'). {AGAIN}"),
    ("checkpoint.safetensors", ("good.1", torch.zeros(7)),
     f"it is damaged (its last good weights are of other shapes). {AGAIN}"),
    ("checkpoint.safetensors", (f"model.{MODEL}", None),
     f"{MODEL} is missing. Use the weights of the same network."),
    ("ground-state.json", "no JSON", f"it is damaged (*). {AGAIN}"),
    ("ground-state.json", "a list", f"it is damaged (no run in it). {AGAIN}"),
    ("ground-state.json", "no settings", f"it is damaged (no run in it). {AGAIN}"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "how", "said"), DAMAGE, ids=str)
def test_a_damaged_file_is_named_and_the_run_does_not_go_on(finished, tmp_path, name, how, said):
    folder = shutil.copytree(finished.folder, tmp_path / "run")
    broken(folder, name, how)
    pattern = re.escape(f"{folder / name}: {said}").replace(r"\*", "[^\n]+")
    with pytest.raises(RunError, match=f"^{pattern}$"):
        run("modulus and phase", out=folder, resume=True)


def test_read_run_gives_what_the_folder_says_or_says_that_there_is_none(finished, tmp_path):
    assert folders.read_run(finished.folder)["found"]["energy_per_site"] == finished.energy_per_site.value
    message = f"{tmp_path}: no ground state is kept here (no ground-state.json). Give the folder of such a run."
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        folders.read_run(tmp_path)


def test_a_run_begins_with_the_weights_of_a_folder_or_of_a_result_as_they_are(finished):
    still = replace(SHORT, steps=0, samples=512, chains=512, seed=8)
    before = finished.state.model.state_dict()
    configurations = np.array([[1, -1] * 4, [1, 1, -1, -1] * 2], np.int8)
    for start in (finished, finished.folder, str(finished.folder)):
        found = ground_state(CHAIN, 0.3, NET, still, start=start)
        after = found.state.model.state_dict()
        assert all(torch.equal(after[name], before[name]) for name in before)
        assert np.array_equal(found.state.log_psi(configurations), finished.state.log_psi(configurations))
        off = found.energy_per_site.value - finished.energy_per_site.value
        assert abs(off) < 5 * np.hypot(found.energy_per_site.error, finished.energy_per_site.error)


def test_a_convolution_s_weights_serve_a_larger_lattice(finished):
    larger = Network.from_text(NET.to_text().replace("1x8", "1x10"))
    found = ground_state(Lattice("chain", 10), 0.3, larger, replace(SHORT, steps=0), start=finished)
    expected, weights = finished.state.model.state_dict(), found.state.model.state_dict()
    assert all(torch.equal(weights[name], expected[name]) for name in expected)


def test_the_weights_of_another_network_are_refused_with_what_does_not_fit(finished):
    wide = Network.from_text("1x8 | conv 5 3 same wrap | gelu | conv 2 3 same wrap")
    said = (
        "conv1.weight is 3x1x3, the network's is 5x1x3; conv1.bias is 3, the network's is 5; "
        "conv2.weight is 2x3x3, the network's is 2x5x3. Use the weights of the same network."
    )
    for start, where in (
        (finished, "the chain 8 ground state"),
        (finished.folder, f"{finished.folder / 'weights.safetensors'}"),
    ):
        with pytest.raises(RunError) as error:
            ground_state(CHAIN, 0.3, wide, SHORT, start=start)
        assert sorted(re.split(r"; |: |(?<=\d)\. ", str(error.value))) == sorted(
            re.split(r"; |: |(?<=\d)\. ", f"{where}: {said}")
        )


@pytest.mark.parametrize("start", ["nowhere", "{}"], ids=["no folder", "an empty folder"])
def test_a_start_without_weights_is_refused(tmp_path, start):
    start = start.format(tmp_path)
    message = f"{start}: no weights are kept here (no weights.safetensors). Give the folder of a run."
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        ground_state(CHAIN, 0.3, NET, SHORT, start=start)


def test_a_start_that_is_no_run_is_refused():
    message = "start is 5; it is neither a folder nor a ground state. Give the folder of a run, or what it returned."
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        ground_state(CHAIN, 0.3, NET, SHORT, start=5)


def test_a_run_without_steps_can_go_on(tmp_path):
    still = replace(SHORT, steps=0)
    first = ground_state(CHAIN, 0.3, NET, still, out=tmp_path / "run")
    assert_same(ground_state(CHAIN, 0.3, NET, still, out=tmp_path / "run", resume=True), first)
    assert_same(ground_state(CHAIN, 0.3, NET, still, start=tmp_path / "run"), first)
    assert_same(ground_state(CHAIN, 0.3, NET, SHORT, out=tmp_path / "run", resume=True), run("modulus and phase"))


def test_a_folder_without_a_run_is_none_to_go_on_with(tmp_path):
    message = f"{tmp_path}: no ground state is kept here (no ground-state.json). Give the folder of such a run."
    with pytest.raises(RunError, match=f"^{re.escape(message)}$"):
        run("modulus and phase", out=tmp_path, resume=True)


def test_of_two_runs_that_want_a_folder_the_first_has_it_from_the_beginning(tmp_path):
    def second(line, steps):
        with pytest.raises(RunError, match="a run is kept here already"):
            ground_state(CHAIN, 0.1, NET, SHORT, out=tmp_path / "run")

    lattice, j2, net, vmc, _ = RUNS["modulus and phase"]
    ground_state(lattice, j2, net, replace(vmc, steps=1), out=tmp_path / "run", progress=second)
    assert json.loads((tmp_path / "run" / "ground-state.json").read_text())["j2"] == j2


def test_a_run_stopped_before_its_first_step_begins_again(tmp_path, monkeypatch):
    def stop(*given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("locality.quantum.ground_state.sweep", stop)
        with pytest.raises(KeyboardInterrupt):
            run("modulus and phase", out=tmp_path / "run")
    assert_same(run("modulus and phase", out=tmp_path / "run", resume=True), run("modulus and phase"))


def test_a_run_measured_again_without_steps_goes_on_where_it_was(tmp_path):
    lattice, j2, net, vmc, _ = RUNS["modulus and phase"]
    for steps, there in ((5, 5), (0, 5), (7, 7)):
        found = ground_state(lattice, j2, net, replace(vmc, steps=steps), out=tmp_path, resume=steps != 5)
        assert [line["step"] for line in found.history] == list(range(1, there + 1))


def test_weights_found_with_another_sign_rule_or_pooling_are_none_to_begin_with(finished):
    message = "these weights were found with {} {!r}, not {!r}. Use {} {!r}, or begin without them."
    for how in ({"signs": "none"}, {"pooling": "product"}):
        name, now = next(iter(how.items()))
        before = getattr(finished.state, name)
        for start, where in ((finished, "start"), (finished.folder, str(finished.folder))):
            said = f"{where}: {message.format(name, before, now, name, before)}"
            with pytest.raises(RunError, match=f"^{re.escape(said)}$"):
                ground_state(CHAIN, 0.3, NET, SHORT, start=start, **how)


def test_a_run_stopped_by_who_watches_it_keeps_the_step_it_had_come_to(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run("modulus and phase", out=tmp_path / "run", progress=until(7))
    assert len(lines_of(tmp_path / "run")) == 7
    kept = folders.read_settings(tmp_path / "run")
    assert_same(ground_state(**kept, out=tmp_path / "run", resume=True), run("modulus and phase"))
