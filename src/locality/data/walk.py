"""Finding picture files in a folder that has one folder inside it per class."""

import os
from pathlib import Path

from locality.errors import DataError

_NAMED = 3  # unreadable files named in a message

Bad = list[tuple[Path, str]]  # what cannot be read, and why


def check_folder(root: Path, where: str) -> None:
    """Raise `DataError` where there is no such folder."""
    if not root.is_dir():
        problem = "is a file, not a folder" if root.exists() else "does not exist"
        raise DataError(f"{where}: {root} {problem}. Give a folder that holds one folder of pictures per class.")


def class_folders(root: Path, where: str) -> tuple[str, ...]:
    """The names of the folders in `root`, sorted, but those that begin with a dot. Raises `DataError` for none."""
    seen = sorted(name for name in os.listdir(root) if not name.startswith("."))
    folders = tuple(name for name in seen if (root / name).is_dir())
    if not folders:
        raise DataError(
            f"{where}: {root} has no class folders (files in it: {len(seen)}). "
            "Make one folder per class and put its pictures inside."
        )
    return folders


def files_below(root: Path, bad: Bad) -> list[Path]:
    """The files below `root`, sorted, but those that begin with a dot. Opening a pipe or a device could wait forever:
    these go to `bad`, and so do folders that cannot be read."""

    def unreadable(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):  # test may lack a class
            bad.append((Path(error.filename), f"cannot be read: {error.strerror}"))

    found = []
    for place, folders, names in os.walk(root, onerror=unreadable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place) / name for name in names if not name.startswith(".")]
    strange = {file for file in found if os.path.exists(file) and not os.path.isfile(file)}
    bad += [(file, "not a regular file") for file in sorted(strange)]
    return sorted(set(found) - strange)


def unreadable_text(bad: Bad, total: int) -> str:
    """'2 of 90 files: a.png: not a picture Pillow can read; b.jpg: ...', the first few named."""
    reasons = [f"{path}: {reason}" for path, reason in bad[:_NAMED]]
    more = f"; and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    return f"{len(bad):,} of {total:,} files: {'; '.join(reasons)}{more}"
