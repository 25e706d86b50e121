"""Fetching gzipped files from a web server, with limits on time and size."""

import queue
import threading
import time
import zlib
from collections.abc import Sequence
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any

from locality.data.cache import NotFetched, Progress, RawFile, Source

PATIENCE = 5.0  # seconds for an answer, and for each piece after it: an offline machine must fall on quickly
SETTLING = 60.0  # seconds for a whole file, however small
SLOWEST = 50_000  # bytes of the unpacked file per second beyond that
_PIECE = 1 << 16


def mirror(base: str) -> Source:
    """The source that has NAME.gz under the address `base` for every file NAME."""
    return Source(base, partial(_deliver, base))


def _deliver(base: str, folder: Path, files: Sequence[RawFile], progress: Progress) -> None:
    for file in files:
        with _answer(f"{base.rstrip('/')}/{file.name}.gz") as answer, open(folder / file.name, "wb") as out:
            _unpack(answer, out, file, progress)


def _answer(url: str) -> Any:
    """The server's answer, open for reading.

    Asked in a thread, because `timeout` alone bounds neither the name server nor the number of addresses that are
    tried one after another; with it an offline machine could wait for a minute.
    """
    from urllib.request import Request, urlopen

    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(urlopen(Request(url, headers={"User-Agent": "locality"}), timeout=PATIENCE))
        except (OSError, HTTPException, ValueError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=PATIENCE)
    except queue.Empty:
        raise NotFetched(f"no answer in {PATIENCE:g} s") from None
    if isinstance(answer, Exception):
        raise NotFetched(_said(answer)) from None
    return answer


def _unpack(answer: Any, out: IO[bytes], file: RawFile, progress: Progress) -> None:
    """Inflate the answer into `out`, and stop at the first byte too many, or when the time for the file is over."""
    limit = SETTLING + file.size / SLOWEST
    end = time.monotonic() + limit
    inflate = zlib.decompressobj(wbits=31)  # 31: with gzip's header and checksum
    done = 0
    while not inflate.eof:
        try:
            piece = answer.read1(_PIECE)  # what is there now: `read` would wait until the piece is full
        except (OSError, HTTPException) as error:
            raise NotFetched(f"{file.name}.gz broke off: {_said(error)}") from None
        if not piece:
            raise NotFetched(f"{file.name}.gz is cut short")
        if time.monotonic() > end:
            raise NotFetched(f"{file.name}.gz not done in {limit:.4g} s")
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


def _said(error: Exception) -> str:
    """An error of the network in a few words: the innermost reason, without its number."""
    from urllib.error import HTTPError

    if isinstance(error, HTTPError):
        error.close()
        return f"status {error.code}"
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
