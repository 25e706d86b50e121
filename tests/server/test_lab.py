"""`locality lab`, as a person starts and ends it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import webbrowser

import pytest

import locality as loc
from locality.__main__ import main
from locality.errors import RunError
from locality.server import serve as serving
from locality.server.networks import Networks

from .conftest import SMALL, Asker


@pytest.fixture
def refused(monkeypatch, capsys, tmp_path):
    """Runs what must be refused, and gives the message."""
    monkeypatch.chdir(tmp_path)

    def run(*words):
        before = signal.getsignal(signal.SIGTERM)
        monkeypatch.setattr(sys, "argv", ["locality", "lab", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        signal.signal(signal.SIGTERM, before)
        out, err = capsys.readouterr()
        assert (end.value.code, out) == (2, "")
        return err.rstrip("\n")

    return run


def test_ctrl_c_closes_the_lab_and_stops_what_trains(tmp_path, trained):
    words = ["lab", str(trained), "--port", "0", "--runs", str(tmp_path / "runs")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": ""}
    with subprocess.Popen(
        [sys.executable, "-m", "locality", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment,
    ) as lab:  # fmt: skip
        said = re.fullmatch(
            r"The lab is open at http://127\.0\.0\.1:(\d+)/ \(Ctrl-C ends it\)\.\n", lab.stdout.readline()
        )
        asker = Asker(int(said[1]))
        listed = asker.get("/api/networks")
        assert listed["first"] == "run:small"  # although it lies elsewhere
        assert [run["id"] for run in listed["runs"]] == ["run:small"]
        begun = asker.post("/api/train", {"net": SMALL, "data": "digits", "epochs": 100_000})
        asker.until(f"/api/train/{begun['id']}", lambda now: now["epoch"] > 0)
        lab.send_signal(signal.SIGINT)
        out, err = lab.communicate(timeout=60)
    assert (lab.returncode, out, err) == (0, "The lab is closed.\n", "")
    assert loc.load(tmp_path / "runs" / "network-digits").history


def test_a_port_that_is_taken_is_refused_with_the_next_step(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused("--port", port) == (
            f"lab: port {port} of 127.0.0.1 is taken, perhaps by another lab. Use another with --port, or --port 0 for "
            "any free one."
        )


def test_an_address_that_is_not_this_machine_s_is_refused(refused):
    assert refused("--host", "no.such.host.invalid") == (
        "lab: 'no.such.host.invalid' is no address of this machine. Use 127.0.0.1."
    )
    said = refused("--host", "192.0.2.1")  # reserved for documentation
    assert said.startswith("lab: it cannot listen on 192.0.2.1 (")
    assert said.endswith("). Use 127.0.0.1.")


def test_what_cannot_be_opened_first_is_refused_before_the_lab_opens(refused, tmp_path):
    assert refused("resnet-50") == "Unknown network 'resnet-50'. Did you mean 'resnet50'?"
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty") == (
        f"{tmp_path / 'empty'}: no run is kept here (no run.json). Give the folder that train wrote."
    )


def test_a_network_of_a_file_is_listed_and_opened_by_its_name(tmp_path):
    net = loc.Network.from_text(f"mine: {SMALL}")
    networks = Networks(tmp_path / "runs", net)
    assert networks.listed()["files"] == [{"id": "file:mine", "name": "mine"}]
    assert networks.first == "file:mine"
    assert networks.open("file:mine").network == net
    assert networks.open("file:mine") is networks.open("file:mine")
    with pytest.raises(loc.LocalityError, match="Unknown network 'file:other'"):
        networks.open("file:other")


def test_a_run_that_was_trained_on_is_opened_anew(tmp_path, trained):
    shutil.copytree(trained, tmp_path / "one")
    networks = Networks(tmp_path)
    before = networks.open("run:one")
    assert networks.open("run:one") is before
    os.utime(tmp_path / "one" / "weights.safetensors", (1, 1))
    assert networks.open("run:one") is not before


@pytest.mark.parametrize("browse", [True, False])
def test_beyond_this_machine_a_token_is_printed_and_the_browser_opened_where_wanted(tmp_path, monkeypatch, browse):
    said, opened = [], []

    class Quick(serving._Server):
        def run(self, sockets):
            self.opened()
            sockets[0].close()

    monkeypatch.setattr(serving, "_Server", Quick)
    monkeypatch.setattr(webbrowser, "open", opened.append)
    serving.serve(tmp_path, None, "0.0.0.0", 0, browse, said.append)
    address = re.fullmatch(
        r"The lab is open at (http://127\.0\.0\.1:\d+/\?token=[\w-]{32}) \(Ctrl-C ends it\)\.", said[0]
    )
    assert said[1] == "Whoever has this address can use the lab; on the way there, others can read along."
    time.sleep(0.05)
    assert opened == ([address[1]] if browse else [])
    said.clear()
    serving.serve(tmp_path, None, "127.0.0.1", 0, False, said.append)
    assert len(said) == 1
    assert "token" not in said[0]


def test_small_answers_are_not_held_back():
    with serving._listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()[:2]):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP  # by which asyncio turns Nagle's algorithm off


def test_a_low_port_is_refused_where_the_system_keeps_it(monkeypatch):
    def kept(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket, "create_server", kept)
    with pytest.raises(RunError, match=r"^lab: port 80 is for the system's own services. Use one above 1023, or"):
        serving._listen("127.0.0.1", 80)
