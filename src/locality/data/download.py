"""Fetching large files from a web server as they are; a download that breaks off goes on at the next call.

What has arrived stays beside the file's place as NAME.part, and in NAME.part.version what the server called that
version of the file (its ETag or its date), so that two versions are never joined (RFC 9110, 13.1.5 and 14).
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from locality.data.cache import NotFetched, Progress, RawFile, Source, fault
from locality.data.mirror import Refusal, ask, pieces

_REST, _NOTHING_MORE = 206, 416  # "Partial Content", "Range Not Satisfiable"


def download(base: str) -> Source:
    """The source that has NAME under the address `base` for every file NAME, and goes on where it broke off."""
    return Source(base, partial(_deliver, base))


def _deliver(base: str, folder: Path, files: Sequence[RawFile], progress: Progress) -> None:
    for file in files:
        part, url = folder.parent / f"{file.name}.part", f"{base.rstrip('/')}/{file.name}"
        with _alone(part) as out:
            begun = out.tell() > 0
            # A part that is whole was only not put in place; nothing is asked then.
            if not begun or fault(part, file) is not None:
                _fill(out, url, file, progress)
                if begun and fault(part, file) is not None:  # what was here did not belong to what came
                    _empty(out)
                    _fill(out, url, file, progress)
            if sys.platform == "win32":
                out.close()  # no open file can be renamed there
            os.replace(part, folder / file.name)
        _version(part).unlink(missing_ok=True)


@contextmanager
def _alone(part: Path) -> Iterator[IO[bytes]]:
    """The part, open at its end, and no other process has it open. (Windows has no such lock: the checksum must do.)"""
    with open(part, "ab") as out:
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
                alone = os.path.samestat(os.fstat(out.fileno()), os.stat(part))
            except (BlockingIOError, FileNotFoundError):
                alone = False
            if not alone:
                raise NotFetched(f"another process is fetching {part.stem} at this moment")
        yield out


def _fill(out: IO[bytes], url: str, file: RawFile, progress: Progress) -> None:
    """Bring the rest of the file, or all of it where the server has no rest to give."""
    with _answer(out, url) as answer:
        if "text/html" in answer.headers.get("Content-Type", ""):
            raise NotFetched(f"{url} is a web page, not the file")
        _version(Path(out.name)).write_text(_named(answer.headers), encoding="utf-8")
        length = answer.headers.get("Content-Length", "")
        size = out.tell() + int(length) if length.isdigit() else file.size
        if size > file.size:
            raise NotFetched(f"{file.name} is {size} bytes there, more than the {file.size} it may have")
        try:
            for piece in pieces(answer, file.name, size):
                out.write(piece)
                progress(file.name, out.tell(), size)
                if out.tell() > size:
                    break
        except NotFetched as reason:
            raise NotFetched(f"{reason}; {_kept(out)}") from None
        finally:
            out.flush()
    if out.tell() > size:
        _empty(out)
        raise NotFetched(f"{file.name} is larger than the {size} bytes it may have")
    if out.tell() < size and length.isdigit():
        raise NotFetched(f"{file.name} broke off before the end; {_kept(out)} of {size}")


def _answer(out: IO[bytes], url: str) -> Any:
    """The server's answer, the part emptied where it does not begin at the part's end."""
    try:
        answer = ask(url, _rest(out))
    except Refusal as refusal:
        if refusal.status != _NOTHING_MORE or not out.tell():
            raise
    else:
        status = getattr(answer, "status", None)
        if status == _REST and _begins(answer) == out.tell():
            return answer
        if status != _REST:
            _empty(out)
            return answer
        answer.close()
    _empty(out)
    return ask(url)


def _rest(out: IO[bytes]) -> dict[str, str]:
    """What to ask for: all that comes after the part, if the file is still of the same version."""
    if not out.tell():
        return {}
    headers = {"Range": f"bytes={out.tell()}-"}
    try:
        version = _version(Path(out.name)).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        version = ""
    return {**headers, "If-Range": version} if version else headers


def _begins(answer: Any) -> int | None:
    """The first byte that the answer holds, as its Content-Range says."""
    begins = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    return int(begins[1]) if begins else None


def _named(headers: Any) -> str:
    """What the server calls this version, in a form that If-Range may hold: no weak tag."""
    tag: str = headers.get("ETag", "")
    return tag if tag.startswith('"') else str(headers.get("Last-Modified", ""))


def _version(part: Path) -> Path:
    return part.with_name(f"{part.name}.version")


def _empty(out: IO[bytes]) -> None:
    out.seek(0)
    out.truncate()


def _kept(out: IO[bytes]) -> str:
    return f"the next call goes on after {out.tell()} bytes"
