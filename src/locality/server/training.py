"""Training started from the page: a child process, watched through the files of its run, stopped by a signal."""

import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import IO, Any

from locality.data import names as data_names
from locality.engine.files import METRICS, RUN, read_json, read_metrics
from locality.engine.recipe import Recipe
from locality.errors import LocalityError, RunError, unknown
from locality.server import networks
from locality.server.answers import Refused
from locality.server.networks import Networks

_PATIENCE = 10.0  # seconds a child has to stop in order, before it is asked less politely
_ELSEWHERE = 10.0  # seconds, or three epochs: a run written that lately may still be training in another process


@dataclass(eq=False)
class Training:
    """A child process that trains, and where."""

    folder: Path
    process: "subprocess.Popen[bytes]"
    said: IO[bytes]
    epochs: int
    net: str
    data: str
    began: float = field(default_factory=time.monotonic)
    stopping: bool = False
    lasted: float | None = None
    last_words: str = ""  # the last line on its standard error: its sentence, where it failed
    lock: Any = field(default_factory=Lock)

    @property
    def running(self) -> bool:
        """Whether the child is alive."""
        with self.lock:
            if self.process.poll() is None:
                return True
            if self.lasted is None:
                self.lasted = time.monotonic() - self.began
                self._hear()
        return False

    def _hear(self) -> None:
        """Take in what it said, and let go of its files. The child has ended."""
        self.said.seek(0)
        lines = self.said.read().decode("utf-8", "replace").strip().splitlines()
        self.last_words = lines[-1][:2000] if lines else f"The training ended with status {self.process.returncode}."
        self.said.close()
        if self.process.stdin:
            self.process.stdin.close()
        with suppress(OSError):  # where nothing was kept, no empty folder is left
            self.folder.rmdir()


class Trainings:
    """The trainings of this lab, and the runs of before; one trains at a time."""

    def __init__(self, known: Networks) -> None:
        self.known = known
        self._all: dict[str, Training] = {}  # by the run's name
        self._lock = Lock()
        self._enders: list[Thread] = []

    def start(self, net: str, data: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Begin a training in a folder of its own. Raises `LocalityError` for what cannot be trained so."""
        if data not in data_names():
            raise unknown("data set", data[:200], data_names())
        recipe = Recipe.from_dict(settings)
        described = self.known.description(net)
        with self._lock:
            self._one_at_a_time()
            folder = self._new_folder(f"{described.name}-{data}")
            words = [*_options(settings), "--data", data, "--out", str(folder)]
            return self._begin(folder, [*words, "--", self._said(net, folder)], recipe.epochs, described.name, data)

    def resume(self, name: str) -> dict[str, Any]:
        """Go on with a run that was stopped. Raises `LocalityError` where that cannot be."""
        folder = self.known.folder(name)
        with self._lock:
            plain = read_json(folder)
            if plain.get("accuracy") is not None:
                raise Refused(409, f"{_short(name)}: this run is finished, nothing is left to train. Open it.")
            self._one_at_a_time()
            age = time.time() - _changed(folder)
            seconds = [line.get("seconds", 0) for line in read_metrics(folder)][-1:]
            if name not in self._all and age < max(_ELSEWHERE, *(3 * each for each in seconds), 0):
                raise Refused(
                    409,
                    f"{_short(name)}: an epoch was kept {age:.0f} s ago, so it may still be training in another "
                    f"process. Stop it there, or wait a moment.",
                )
            try:
                epochs, net, data = plain["recipe"]["epochs"], plain["network"]["name"], plain["data"]
            except (KeyError, TypeError):
                raise RunError(f"{folder}: its run.json is damaged. Train the run again.") from None
            words = ["--resume", "--data", data, "--out", str(folder), "--", str(folder)]
            return self._begin(folder, words, epochs, net, data)

    def stop(self, name: str) -> dict[str, Any]:
        """Ask a training to stop after what it is doing; its last whole epoch stays. Raises `Refused` where it does
        not train."""
        training = self._all.get(name)
        if training is None or not training.running:
            raise Refused(409, f"{_short(name)}: it is not training now. Start it, or go on with it.")
        self._end(training)
        return self.status(name)

    def close(self) -> None:
        """Stop all children in order, and wait for them."""
        for training in self._all.values():
            if training.running:
                self._end(training)
        for thread in self._enders:
            thread.join()
        for training in self._all.values():
            assert not training.running

    def listed(self) -> list[dict[str, Any]]:
        """Every training and every run, without the epochs; what trains now comes first."""
        found = [self.status(name, after=1 << 30) for name in dict.fromkeys([*self._all, *self.known.folders()])]
        return sorted(found, key=lambda each: each["state"] not in ("running", "stopping"))

    def status(self, name: str, after: int = 0) -> dict[str, Any]:
        """How a training stands, with its epochs from number `after` on. Raises `LocalityError` for an unknown one."""
        training = self._all.get(name)
        folder = training.folder if training else self.known.folder(name)
        # Asked before the files are read: what ends in between is seen to have ended at the next look.
        running = training is not None and training.running
        error, plain = None, {}
        try:
            plain = read_json(folder) if (folder / RUN).exists() else {}
            history = read_metrics(folder)
            recipe = plain.get("recipe", {})
        except LocalityError as damage:
            error, history, recipe = str(damage), [], {}
        finished = plain.get("accuracy") is not None
        state = "finished" if finished else "stopped"
        if training and running:
            state = "stopping" if training.stopping else "running"
        elif training and not finished and not training.stopping:
            state, error = "failed", training.last_words
        now = time.monotonic()
        return {
            "id": name,
            "name": _short(name),
            "net": training.net if training else str(plain.get("network", {}).get("name", "")),
            "data": training.data if training else str(plain.get("data", "")),
            "state": state,
            "epochs": training.epochs if training else recipe.get("epochs", len(history)),
            "epoch": len(history),
            "history": history[after:],
            "accuracy": plain.get("accuracy"),
            "seconds": plain.get("seconds", 0.0),
            "elapsed": round((training.lasted or now - training.began) if training else 0.0, 3),
            "since": round(max(0.0, time.time() - _changed(folder)), 3) if running and plain else 0.0,
            "started": bool(plain),
            "resumable": bool(plain) and not running and not finished,
            "error": error,
        }

    def _begin(self, folder: Path, words: list[str], epochs: int, net: str, data: str) -> dict[str, Any]:
        said = tempfile.TemporaryFile()  # noqa: SIM115 - read as long as the training is listed
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        # A session of its own: Ctrl-C in the terminal is for the lab, which then stops its children in order.
        process = subprocess.Popen(
            [sys.executable, "-m", "locality.server.child", "train", "--quiet", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            **apart,
        )
        name = self._name(folder)
        self._all[name] = Training(folder, process, said, epochs, net, data)
        return self.status(name)

    def _name(self, folder: Path) -> str:
        listed = {each.resolve(): name for name, each in self.known.folders().items()}
        return listed.get(folder.resolve(), f"{networks.RUN}{folder.resolve().name}")

    def _said(self, net: str, folder: Path) -> str:
        """What the command line calls this network."""
        if net.startswith(networks.RUN):
            return str(self.known.folder(net).resolve())
        if net.startswith(networks.FILE):
            kept = folder / "network.json"
            kept.write_text(self.known.description(net).to_json(), encoding="utf-8")
            return str(kept)
        return net

    def _one_at_a_time(self) -> None:
        for name, training in self._all.items():
            if training.running:
                raise Refused(409, f"{_short(name)} is training already. Wait for its end, or stop it.")

    def _new_folder(self, title: str) -> Path:
        """A folder for a run, made now, so that nobody else takes it."""
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", title).strip("-.")[:60] or "run"
        try:
            self.known.runs.mkdir(parents=True, exist_ok=True)
            for number in range(1, 100_000):
                folder = self.known.runs / (plain if number == 1 else f"{plain}-{number}")
                try:
                    folder.mkdir()
                except FileExistsError:
                    continue
                return folder
        except OSError as error:
            raise RunError(
                f"{self.known.runs}: no folder can be made there ({error.strerror}). Give one with --runs."
            ) from None
        raise RunError(f"{self.known.runs}: it is full of runs called {plain}. Give another folder with --runs.")

    def _end(self, training: Training) -> None:
        if training.stopping:
            return
        training.stopping = True
        thread = Thread(target=_stop, args=(training.process,), daemon=True)
        thread.start()
        self._enders.append(thread)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Stop a child as Ctrl-C would; where it does not listen, less and less politely."""
    steps = [lambda: process.send_signal(signal.SIGINT), process.terminate, process.kill]
    if sys.platform == "win32" and process.stdin:  # no signal stops a process in order there
        steps[:1] = [process.stdin.close]
    for step in steps:
        step()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            continue
        break


def _options(settings: dict[str, Any]) -> list[str]:
    """A recipe's settings as the command line has them."""
    words = []
    for name, value in settings.items():
        option = name.replace("_", "-")
        words += [f"--{'' if value else 'no-'}{option}"] if isinstance(value, bool) else [f"--{option}", str(value)]
    return words


def _short(name: str) -> str:
    return name.removeprefix(networks.RUN)


def _changed(folder: Path) -> float:
    """When an epoch was last kept, in seconds since 1970."""
    try:
        return (folder / METRICS).stat().st_mtime
    except OSError:
        return 0.0
