"""Labelled picture files of any number, read a batch at a time, ahead of whoever asks for them."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from locality.data.fit import Picture
from locality.data.picture import UnreadablePicture, picture_shape
from locality.data.walk import Bad, check_folder, class_folders, files_below, unreadable_text
from locality.errors import DataError, unknown

T = TypeVar("T")

_READERS = 4  # threads
_READ_AHEAD = 8  # pictures, where a batch has fewer


@dataclass(frozen=True, eq=False)
class Batch:
    """Some of the pictures: `images` is uint8 (n, C, H, W), `labels` int64 (n,), `files` where each came from."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    files: tuple[Path, ...]


@dataclass(frozen=True)
class PictureFolder:
    """Picture files below `root`, one folder inside it per class: the folders' names, and how many files there are.
    No picture is held. `where` names it in messages."""

    where: str
    root: Path
    folders: tuple[str, ...]
    count: int

    def batches(
        self, labels: Sequence[int], read: Callable[[Path], Picture], size: int, left_out: Bad | None = None
    ) -> Generator[Batch, None, None]:
        """All pictures in batches of `size`, in sorted order; while one batch is used, the next is read by a few
        threads, and no more than these two are in memory.

        `labels` has one number for each folder; `read` gives uint8 (C, H, W), one shape for all. Files that cannot be
        read are put into `left_out`. Without it they are a `DataError`: after the first, of the others only the headers
        are read, so that the message counts them all and comes soon.
        """
        bad: Bad = [] if left_out is None else left_out

        def attempt(file: Path) -> Picture | str | None:
            """The picture; in a few words why it cannot be read; nothing where it is not wanted any more."""
            try:
                if bad and left_out is None:
                    picture_shape(file)
                    return None
                return read(file)
            except UnreadablePicture as error:
                return error.reason
            except DataError as error:
                return str(error).removeprefix("picture: ").split(". ")[0]

        held: list[tuple[Picture, int, Path]] = []
        for file, label, found in _ahead(self._labelled(labels, bad), attempt, max(size, _READ_AHEAD)):
            if isinstance(found, str):
                bad.append((file, found))
            elif found is not None:
                held.append((found, label, file))
            if len(held) == size and (left_out is not None or not bad):
                batch, held = _batch(held), []
                yield batch
        if bad and left_out is None:
            raise DataError(
                f"{self.where}: {unreadable_text(bad, self.count)}. "
                f"Mend or remove them, or use skip_bad=True (--skip-bad)."
            )
        if held:
            yield _batch(held)

    def _labelled(self, labels: Sequence[int], bad: Bad) -> Iterator[tuple[Path, int]]:
        for name, label in zip(self.folders, labels, strict=True):
            yield from ((file, label) for file in files_below(self.root / name, bad))


def picture_folder(path: str | Path, split: str = "test") -> PictureFolder:
    """The pictures below `path`: one folder per class, or `test` or `val` (for the split "train", `train`) with these
    inside. Files that begin with a dot are passed over.

    A `DataError` for a missing folder, one without class folders or pictures, and for a split that it does not have.
    """
    where = f"folder:{path}"
    root = Path(path)
    check_folder(root, where)
    root = _of_split(root, split, where)
    folders = class_folders(root, where)
    strange: Bad = []
    count = sum(len(files_below(root / name, strange)) for name in folders) + len(strange)
    if not count:
        raise DataError(f"{where}: no picture in the {len(folders):,} folders of {root}. Put the pictures there.")
    return PictureFolder(where, root, folders, count)


def _of_split(root: Path, split: str, where: str) -> Path:
    if split not in ("train", "test"):
        raise unknown("split", split, ["train", "test"])
    for name in ("test", "val") if split == "test" else ("train",):
        # As it is handed out, ImageNet's `test` has pictures without labels, and so no folders.
        if (root / name).is_dir() and any(each.is_dir() for each in (root / name).iterdir()):
            return root / name
    if split == "train":
        raise DataError(f"{where}: there is no folder train with classes in it. Use the split test for all of {root}.")
    if (root / "train").is_dir():
        raise DataError(
            f"{where}: there is a folder train, but none called test or val with classes in it. "
            f"Make one, or use the split train."
        )
    return root


def _ahead(files: Iterable[tuple[Path, int]], read: Callable[[Path], T], most: int) -> Iterator[tuple[Path, int, T]]:
    """Each file with its label and what `read` makes of it; the next `most` are being read meanwhile."""
    pool = ThreadPoolExecutor(_READERS, "reading")
    waiting: deque[tuple[Path, int, Future[T]]] = deque()
    try:
        for file, label in files:
            waiting.append((file, label, pool.submit(read, file)))
            if len(waiting) > most:
                first, number, found = waiting.popleft()
                yield first, number, found.result()
        while waiting:
            first, number, found = waiting.popleft()
            yield first, number, found.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _batch(held: list[tuple[Picture, int, Path]]) -> Batch:
    pictures, labels, files = zip(*held, strict=True)
    return Batch(np.stack(pictures), np.array(labels, np.int64), files)
