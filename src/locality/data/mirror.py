"""Fetching gzipped files from a web server, with limits on time and size; what every fetch from the web is bound by."""

import queue
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any

from locality.data.cache import NotFetched, Progress, RawFile, Source

PATIENCE = 5.0  # seconds for an answer, and for each piece after it: an offline machine must fall on quickly
SETTLING = 60.0  # seconds for a whole file, however small
SLOWEST = 50_000  # bytes of the unpacked file per second beyond that
_PIECE = 1 << 16


class Refusal(NotFetched):
    """The server's answer was no, or there was none; `status` is its number where it sent one."""

    def __init__(self, reason: str, status: int | None) -> None:
        super().__init__(reason)
        self.status = status


def mirror(base: str) -> Source:
    """The source that has NAME.gz under the address `base` for every file NAME."""
    return Source(base, partial(_deliver, base))


def _deliver(base: str, folder: Path, files: Sequence[RawFile], progress: Progress) -> None:
    for file in files:
        with ask(f"{base.rstrip('/')}/{file.name}.gz") as answer, open(folder / file.name, "wb") as out:
            _unpack(answer, out, file, progress)


def ask(url: str, headers: Mapping[str, str] | None = None) -> Any:
    """The server's answer, open for reading. Raises `NotFetched` where there is none, or one that says no.

    Asked in a thread, because `timeout` alone bounds neither the name server nor the number of addresses that are
    tried one after another; with it an offline machine could wait for a minute.
    """
    from urllib.request import Request, urlopen

    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def wait() -> None:
        try:
            answers.put(urlopen(Request(url, headers={"User-Agent": "locality", **(headers or {})}), timeout=PATIENCE))
        except (OSError, HTTPException, ValueError) as error:
            answers.put(error)

    threading.Thread(target=wait, daemon=True).start()
    try:
        answer = answers.get(timeout=PATIENCE)
    except queue.Empty:
        raise NotFetched(f"no answer in {PATIENCE:g} s") from None
    if isinstance(answer, Exception):
        raise Refusal(said(answer), getattr(answer, "code", None)) from None
    return answer


def _unpack(answer: Any, out: IO[bytes], file: RawFile, progress: Progress) -> None:
    """Inflate the answer into `out`, and stop at the first byte too many, or when the time for the file is over."""
    inflate = zlib.decompressobj(wbits=31)  # 31: with gzip's header and checksum
    done = 0
    for piece in pieces(answer, f"{file.name}.gz", file.size):
        try:
            # One byte more than is left shows that there is too much; a gzip bomb is never unpacked.
            raw = inflate.decompress(piece, file.size - done + 1)
        except zlib.error:
            raise NotFetched(f"{file.name}.gz is not intact gzip") from None
        done += len(raw)
        if done > file.size:
            raise NotFetched(f"{file.name} is larger than {file.size} bytes")
        out.write(raw)
        progress(file.name, done, file.size)
        if inflate.eof:
            return
    raise NotFetched(f"{file.name}.gz is cut short")


def pieces(answer: Any, name: str, size: int) -> Iterator[bytes]:
    """The answer piece by piece, as it comes. Raises `NotFetched` where it breaks off, or is not done in the time that
    `size` bytes may take."""
    limit = SETTLING + size / SLOWEST
    end = time.monotonic() + limit
    while True:
        try:
            piece = answer.read1(_PIECE)  # what is there now: `read` would wait until the piece is full
        except (OSError, HTTPException) as error:
            raise NotFetched(f"{name} broke off: {said(error)}") from None
        if not piece:
            return
        if time.monotonic() > end:
            raise NotFetched(f"{name} not done in {limit:.4g} s")
        yield piece


def said(error: Exception) -> str:
    """An error of the network in a few words: the innermost reason, without its number."""
    from urllib.error import HTTPError

    if isinstance(error, HTTPError):
        error.close()
        return f"status {error.code}"
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
