"""The folder where fetched files stay, and how they get there: whole and checked, or not at all."""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from locality.data.replacing import replacing
from locality.errors import DataError

Progress = Callable[[str, int, int], None]
"""Called as a file arrives: its name, the bytes so far, the bytes in all."""


@dataclass(frozen=True)
class RawFile:
    """A file as it stays in the cache, unpacked: its size in bytes, the published MD5, and our SHA-256."""

    name: str
    size: int
    md5: str
    sha256: str


class NotFetched(Exception):
    """Why one source did not deliver, in a few words. Never leaves this folder."""


@dataclass(frozen=True)
class Source:
    """One place to get files from: what to call it, and a function that puts them all into a folder.

    The function raises `NotFetched` where the place is at fault, and lets the disk's own `OSError` through.
    """

    said: str
    deliver: Callable[[Path, Sequence[RawFile], Progress], None]


def cache_folder() -> Path:
    """Where fetched files are kept: `LOCALITY_CACHE` if set, else the system's cache folder for this user."""
    chosen = os.environ.get("LOCALITY_CACHE")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("locality")


def cached(
    name: str, files: Sequence[RawFile], sources: Sequence[Source], progress: Progress | None = None
) -> list[npt.NDArray[np.uint8]]:
    """The bytes of each file, from the cache or, where one is missing or damaged there, from the first source
    that delivers. When none does, a `DataError` says what was tried and what can be done by hand."""
    folder = cache_folder() / name
    found = [_checked(folder / file.name, file) for file in files]
    arrays = [raw for raw in found if not isinstance(raw, str)]
    if len(arrays) == len(files):
        return arrays
    tried = [f"the cache ({'; '.join(wrong for wrong in found if isinstance(wrong, str))})"]
    for source in sources:
        try:
            return _fetch(folder, files, source, progress or _silent)
        except NotFetched as reason:
            tried.append(f"{source.said} ({reason})")
        except OSError as error:
            raise DataError(
                f"{name}: the cache folder {folder} cannot be written ({error.strerror}). "
                "Make room or mend its permissions, or set LOCALITY_CACHE to another folder."
            ) from None
    wanted = ", ".join(f"{file.name} ({file.size} bytes)" for file in files)
    raise DataError(
        f"{name}: not in the cache, and no source delivered it. Tried: {', '.join(tried)}. "
        f"Put these files, unpacked, into {folder}: {wanted}."
    )


def _fetch(folder: Path, files: Sequence[RawFile], source: Source, progress: Progress) -> list[npt.NDArray[np.uint8]]:
    """Let the source fill a folder beside the cache's own, check every file there, then rename them into place."""
    with replacing(folder, [file.name for file in files]) as arriving:
        source.deliver(arriving, files, progress)
        arrays = []
        for file in files:
            raw = _checked(arriving / file.name, file)
            if isinstance(raw, str):
                raise NotFetched(raw)
            if hashlib.md5(raw.data, usedforsecurity=False).hexdigest() != file.md5:
                raise NotFetched(f"{file.name} has the wrong MD5")
            arrays.append(raw)
    return arrays


def _checked(path: Path, file: RawFile) -> npt.NDArray[np.uint8] | str:
    """The file's bytes, or in a few words what is wrong with it. (SHA-256 of MNIST: 30 ms.)"""
    try:
        if path.stat().st_size != file.size:
            return f"{file.name} has {path.stat().st_size} of {file.size} bytes"
        raw = np.fromfile(path, np.uint8)
    except FileNotFoundError:
        return f"{file.name} is missing"
    except OSError as error:
        return f"{file.name} cannot be read: {error.strerror}"
    if hashlib.sha256(raw.data).hexdigest() != file.sha256:
        return f"{file.name} has the wrong SHA-256"
    return raw


def _silent(name: str, done: int, size: int) -> None:
    pass
