"""Training started from the page: watched, stopped, gone on with, and never left alone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

import locality as loc
from locality.server import training
from locality.server.training import _options, _stop

from .conftest import SMALL, served

ENDLESS = 100_000


@pytest.fixture(scope="module")
def own(tmp_path_factory, trained):
    """A folder of runs to train in, with one finished run."""
    folder = tmp_path_factory.mktemp("own") / "runs"
    folder.mkdir()
    shutil.copytree(trained, folder / "small")
    return folder


def metrics(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_a_training_is_watched_stopped_and_gone_on_with_and_ends_with_the_lab(own):
    with served(own) as lab:
        begun = lab.post("/api/train", {"net": SMALL, "data": "digits", "epochs": ENDLESS, "validation": 0.1})
        assert (begun["id"], begun["state"], begun["epochs"]) == ("run:network-digits", "running", ENDLESS)
        path = "/api/train/run:network-digits"

        seen = lab.until(path, lambda now: now["epoch"] >= 3)
        assert (seen["state"], seen["started"], seen["resumable"]) == ("running", True, False)
        assert [line["epoch"] for line in seen["history"]] == list(range(1, seen["epoch"] + 1))
        assert set(seen["history"][0]) == {"epoch", "loss", "accuracy", "validation_accuracy", "rate", "seconds"}
        assert seen["elapsed"] > seen["seconds"] > 0
        later = lab.get(f"{path}?after=2")
        assert later["history"][0] == seen["history"][2]
        # As a page that is loaded again finds it.
        assert [(each["id"], each["state"]) for each in lab.get("/api/train")] == [
            ("run:network-digits", "running"),
            ("run:small", "finished"),
        ]
        assert lab.refused("/api/train", {"net": "lenet5", "data": "digits"}) == (
            409, "network-digits is training already. Wait for its end, or stop it.",
        )  # fmt: skip
        assert lab.refused(f"{path}/resume", {})[0] == 409

        assert lab.post(f"{path}/stop")["state"] == "stopping"
        stopped = lab.until(path, lambda now: now["state"] == "stopped")
        assert (stopped["resumable"], stopped["error"], stopped["accuracy"]) == (True, None, None)
        kept = loc.load(own / "network-digits")
        assert len(kept.history) == stopped["epoch"] >= 3
        opened = lab.post("/api/scene", {"net": "run:network-digits"})
        assert opened["scene"]["notes"] == [
            f"Trained on digits, not finished: these are its weights after {stopped['epoch']} of {ENDLESS} epochs."
        ]

        again = lab.post(f"{path}/resume")
        assert again["state"] == "running"
        assert again["history"] == stopped["history"]
        on = lab.until(path, lambda now: now["epoch"] > stopped["epoch"] + 1)
        assert on["history"][: stopped["epoch"]] == stopped["history"]
    # The lab is closed: the child has ended in order, and what it did is kept.
    before = metrics(own / "network-digits")
    assert len(before) >= on["epoch"]
    time.sleep(0.3)
    assert metrics(own / "network-digits") == before
    assert len(loc.load(own / "network-digits").history) == len(before)
    with served(own) as lab:  # a new lab finds it
        found = lab.get("/api/train/run:network-digits")
        assert (found["state"], found["resumable"], found["epoch"]) == ("stopped", True, len(before))
        # It could be training in another process: this lab did not see it stop.
        status, sentence = lab.refused("/api/train/run:network-digits/resume", {})
        assert status == 409
        assert sentence.endswith("so it may still be training in another process. Stop it there, or wait a moment.")


def test_a_training_that_ends_can_be_opened_and_one_that_fails_says_why(own):
    with served(own) as lab:
        begun = lab.post("/api/train", {"net": "run:small", "data": "digits", "epochs": 2, "seed": 3, "flip": False})
        assert begun["net"] == "small"
        path = f"/api/train/{begun['id']}"
        done = lab.until(path, lambda now: now["state"] not in ("running", "stopping"))
        assert (done["state"], done["epoch"], done["error"]) == ("finished", 2, None)
        run = loc.load(own / "small-digits")
        assert (done["accuracy"], run.recipe.seed) == (run.accuracy, 3)
        assert lab.post("/api/scene", {"net": begun["id"]})["scene"]["notes"] == [
            f"Trained on digits: {run.accuracy:.2%} of the test pictures are classified correctly."
        ]
        assert "run:small-digits" in [each["id"] for each in lab.get("/api/networks")["runs"]]
        assert lab.refused(f"{path}/stop", {}) == (
            409, "small-digits: it is not training now. Start it, or go on with it.",
        )  # fmt: skip
        assert lab.refused(f"{path}/resume", {}) == (
            409, "small-digits: this run is finished, nothing is left to train. Open it.",
        )  # fmt: skip

        begun = lab.post("/api/train", {"net": "1x8x8 | flatten | dense 3", "data": "digits"})
        failed = lab.until(f"/api/train/{begun['id']}", lambda now: now["state"] != "running")
        assert (failed["state"], failed["started"], failed["resumable"]) == ("failed", False, False)
        assert failed["error"] == "network: it has 3 outputs, digits has 10 classes. End the network with Dense(10)."
        assert not (own / begun["name"]).exists()  # nothing was kept, so no folder is left


@pytest.mark.parametrize(
    ("asked", "status", "sentence"),
    [
        ({"data": "digits"}, 400, "net is missing or no text. Give the name of one that /api/networks lists."),
        ({"net": "lenet5"}, 400, "data is missing or no text. Give the name of one that /api/networks lists."),
        ({"net": "lenet-5", "data": "digits"}, 404, "Unknown network 'lenet-5'. Did you mean 'lenet5'?"),
        ({"net": "lenet5", "data": "digit"}, 404, "Unknown data set 'digit'. Did you mean 'digits'?"),
        ({"net": "lenet5", "data": "folder:/etc"}, 404, None),
        ({"net": "lenet5", "data": "digits", "out": "/tmp/x"}, 404, None),
        ({"net": "lenet5", "data": "digits", "epochs": 0}, 400, 
            "epochs is 0; it must be a whole number of at least 1. Give epochs=1 or more."),
        ({"net": "lenet5", "data": "digits", "epochs": "3; rm"}, 400, None),
        ({"net": "lenet5", "data": "digits", "learning_rate": -1}, 400,
         "learning_rate is -1; it must be more than 0 and at most 1000. Give a number in between."),
        ({"net": "lenet5", "data": "digits", "learning_rate": float("nan")}, 400, None),
        ({"net": "lenet5", "data": "digits", "optimizer": ["--out"]}, 404, None),
        ({"net": "lenet5", "data": "digits", "epochs": {"a": 1}}, 400, None),
        ({"net": "--out | x", "data": "digits"}, 400, None),
    ],
)  # fmt: skip
def test_a_training_that_cannot_be_is_refused_before_a_process_starts(lab, runs, asked, status, sentence):
    before = sorted(runs.iterdir())
    said = lab.refused("/api/train", asked)
    assert said == (status, sentence or said[1])
    assert "bug" not in said[1]
    assert sorted(runs.iterdir()) == before


@pytest.mark.parametrize("name", ["run:nothing", "nothing", "..", "run:..%2fx"])
def test_a_training_that_nobody_knows_is_refused(lab, name):
    for path, body in ((f"/api/train/{name}", None), (f"/api/train/{name}/resume", {})):
        status, sentence = lab.refused(path, body)
        assert status == 404
        assert sentence.startswith(("Unknown run ", "There is nothing at "))
    assert lab.refused("/api/train/run:small?after=-1") == (
        400, "after '-1' is no number of epochs. Give one, counted from 0.",
    )  # fmt: skip


def test_settings_are_said_as_the_command_line_has_them():
    assert _options({"batch_size": 32, "flip": True}) == ["--batch-size", "32", "--flip"]
    assert _options({"flip": False, "learning_rate": 1e-05}) == ["--no-flip", "--learning-rate", "1e-05"]


def test_a_training_stops_in_order_when_the_lab_was_killed(tmp_path):
    folder = tmp_path / "run"
    words = ["train", SMALL, "--data", "digits", "--epochs", str(ENDLESS), "--out", str(folder), "--quiet"]
    with subprocess.Popen(
        [sys.executable, "-m", "locality.server.child", *words], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    ) as child:  # fmt: skip
        began = time.monotonic()
        while not (folder / "metrics.jsonl").exists() or not metrics(folder):
            assert time.monotonic() - began < 60
            time.sleep(0.05)
        child.stdin.close()  # as the system does for a lab that is no more
        assert child.wait(30) == 130
        assert child.stderr.read().decode().startswith(f"Stopped; the last whole epoch is kept in {folder}. ")
    assert loc.load(folder).history


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_child_that_does_not_listen_is_ended_all_the_same(monkeypatch):
    monkeypatch.setattr(training, "_PATIENCE", 0.2)
    deaf = "import signal, time; [signal.signal(s, signal.SIG_IGN) for s in (2, 15)]; print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        _stop(child)
        assert child.returncode == -signal.SIGKILL
