"""A file that is written whole or not at all."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` write a file beside `path`, and put it in its place once it is on the disk. When anything goes wrong
    what was at `path` stays; `OSError` and whatever `write` raises pass on."""
    with tempfile.TemporaryDirectory(prefix=".arriving-", dir=path.parent) as beside:
        arriving = Path(beside) / path.name
        write(arriving)
        with open(arriving, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(arriving, path)
