"""A lab in this process on a port of its own, asked over real HTTP."""

import http.client
import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

import locality as loc
from locality.data import dataset
from locality.server.app import lab as make_lab
from locality.server.guard import Door
from locality.server.serve import _listen

SMALL = "1x8x8 | conv 4 3x3 | relu | flatten | dense 10"
JSON = {"Content-Type": "application/json"}


class Asker:
    """Asks one lab, as a browser's page would."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method: str, path: str, body: Any = None, headers: Any = None) -> tuple[int, Any, bytes]:
        """Status, headers and body of one answer; the path goes out as it stands."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            given = {"Host": f"127.0.0.1:{self.port}", **(headers or {})}
            if body is not None and "Content-Length" not in given and "Transfer-Encoding" not in given:
                given["Content-Length"] = str(len(body))
            for name, values in given.items():
                for value in values if isinstance(values, list) else [values]:
                    connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """The JSON of an answer that must be good."""
        status, _, body = self.ask("GET", path)
        assert status == 200, body
        return strict(body)

    def post(self, path: str, plain: Any = None) -> Any:
        """The same for what is sent as JSON."""
        status, _, body = self.ask("POST", path, json.dumps(plain or {}).encode(), JSON)
        assert status in (200, 201), body
        return strict(body)

    def refused(self, path: str, plain: Any = None, **more: Any) -> tuple[int, str]:
        """Status and sentence of a refusal: of a POST where something is sent, else of a GET."""
        body = None if plain is None else json.dumps(plain).encode()
        headers = {**({} if plain is None else JSON), **more}
        status, _, said = self.ask("GET" if plain is None else "POST", path, body, headers)
        plain = strict(said)
        assert list(plain) == ["error"], said
        return status, plain["error"]

    def until(self, path: str, reached: Any) -> Any:
        """What is there, once it is as wanted."""
        began = time.monotonic()
        while not reached(found := self.get(path)):
            assert time.monotonic() - began < 60, found
            time.sleep(0.05)
        return found


def strict(text: bytes) -> Any:
    def no(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=no)


@contextmanager
def served(runs: Path, first: Any = None, memory: int = 1 << 30) -> Iterator[Asker]:
    """A lab that is open for a while."""
    listening = _listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    app = make_lab(Door("127.0.0.1", port), runs, first, memory)
    config = uvicorn.Config(app, loop="asyncio", lifespan="on", log_level="error", timeout_graceful_shutdown=3)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        yield Asker(port)
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network trained on digits for a moment: good, but not without mistakes."""
    folder = tmp_path_factory.mktemp("trained") / "small"
    net = loc.Network.from_text(f"small: {SMALL}")
    loc.train(net, dataset("digits"), loc.Recipe(epochs=4, batch_size=32), out=folder, progress=False)
    return folder


@pytest.fixture(scope="module")
def runs(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs: a good one, a damaged one, an old one, and things that are none."""
    folder = tmp_path_factory.mktemp("runs")
    shutil.copytree(trained, folder / "small")
    shutil.copytree(trained, folder / "broken")
    (folder / "broken" / "run.json").write_text("{")
    os.utime(folder / "broken" / "run.json", (1, 1))
    (folder / "notes.txt").write_text("no run")
    (folder / "empty").mkdir()
    return folder


@pytest.fixture(scope="module")
def lab(runs: Path) -> Iterator[Asker]:
    """The lab over those runs."""
    with served(runs) as asker:
        yield asker
