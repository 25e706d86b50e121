"""Putting files in their place whole, or not at all."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ARRIVING = ".arriving-"  # what the folders begin with that a killed process leaves behind


@contextmanager
def replacing(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    """An empty folder to write the files `names` into. When the block ends well they are on the disk and move into
    `folder`, in place of what was there; when it does not, `folder` stays as it was. It is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=ARRIVING, dir=folder) as arriving:
        beside = Path(arriving)
        yield beside
        for name in names:
            with open(beside / name, "rb+") as file:
                os.fsync(file.fileno())
        for name in names:
            os.replace(beside / name, folder / name)
