"""The folder where fetched files stay, and how they get there: whole and checked, or not at all."""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from locality.data.replacing import replacing
from locality.errors import DataError

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""Called as a file arrives: its name, the bytes so far, the bytes in all."""


@dataclass(frozen=True)
class RawFile:
    """A file as it stays in the cache, unpacked: its size in bytes, the published MD5, and our SHA-256.

    Where no more is published, `size` is a limit (`at_most`), `md5` is None, `sha256` the first digits.
    """

    name: str
    size: int
    md5: str | None
    sha256: str
    at_most: bool = False


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
    return _obtained(name, cache_folder() / name, files, _checked, sources, progress)


def cached_file(
    name: str, folder: Path, file: RawFile, sources: Sequence[Source], progress: Progress | None = None
) -> Path:
    """Where one file is, kept in a folder of the cache; obtained, checked and refused as `cached` does it."""
    _obtained(name, folder, [file], fault, sources, progress)
    return folder / file.name


def _obtained(
    name: str,
    folder: Path,
    files: Sequence[RawFile],
    check: Callable[[Path, RawFile], T | str],
    sources: Sequence[Source],
    progress: Progress | None,
) -> list[T]:
    """What `check` gives for each file; text is what is wrong with it."""
    found = [check(folder / file.name, file) for file in files]
    good = [each for each in found if not isinstance(each, str)]
    if len(good) == len(files):
        return good
    tried = [f"the cache ({'; '.join(wrong for wrong in found if isinstance(wrong, str))})"]
    for source in sources:
        try:
            return _fetch(folder, files, check, source, progress or _silent)
        except NotFetched as reason:
            tried.append(f"{source.said} ({reason})")
        except OSError as error:
            raise DataError(
                f"{name}: the cache folder {folder} cannot be written ({error.strerror}). "
                "Make room or mend its permissions, or set LOCALITY_CACHE to another folder."
            ) from None
    wanted = ", ".join(file.name if file.at_most else f"{file.name} ({file.size} bytes)" for file in files)
    put = "this file" if len(files) == 1 else "these files, unpacked,"
    raise DataError(
        f"{name}: not in the cache, and no source delivered it. Tried: {', '.join(tried)}. "
        f"Put {put} into {folder}: {wanted}."
    )


def _fetch(
    folder: Path,
    files: Sequence[RawFile],
    check: Callable[[Path, RawFile], T | str],
    source: Source,
    progress: Progress,
) -> list[T]:
    """Let the source fill a folder beside the cache's own, check every file there, then rename them into place."""
    with replacing(folder, [file.name for file in files]) as arriving:
        source.deliver(arriving, files, progress)
        good = []
        for file in files:
            found = check(arriving / file.name, file)
            if isinstance(found, str):
                raise NotFetched(found)
            if file.md5 is not None and _digest(arriving / file.name, "md5") != file.md5:
                raise NotFetched(f"{file.name} has the wrong MD5")
            good.append(found)
    return good


def fault(path: Path, file: RawFile) -> str | None:
    """In a few words what is wrong with a file on the disk, None where nothing is. (SHA-256 of 100 MB: 0.1 s.)"""
    try:
        size = path.stat().st_size
        if size > file.size or (size < file.size and not file.at_most):
            return f"{file.name} has {size} of {'at most ' * file.at_most}{file.size} bytes"
        digest = _digest(path, "sha256")
    except FileNotFoundError:
        return f"{file.name} is missing"
    except OSError as error:
        return f"{file.name} cannot be read: {error.strerror}"
    if not digest.startswith(file.sha256):
        return f"{file.name} has the wrong SHA-256"
    return None


def _checked(path: Path, file: RawFile) -> npt.NDArray[np.uint8] | str:
    """The file's bytes, or what is wrong with it."""
    return fault(path, file) or np.fromfile(path, np.uint8)


def _digest(path: Path, kind: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(kind, usedforsecurity=False)).hexdigest()


def _silent(name: str, done: int, size: int) -> None:
    pass
