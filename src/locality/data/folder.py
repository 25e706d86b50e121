"""A folder of pictures, one folder inside it per class."""

import os
from pathlib import Path

import numpy as np

from locality.data.fit import Picture, fit_picture
from locality.data.images import Dataset, Images
from locality.data.picture import picture_shape, read_picture
from locality.data.split import held_out
from locality.errors import DataError

SIDE = 64  # pictures of several sizes become squares of this side
_NAMED = 3  # unreadable files named in a message

Labelled = list[tuple[Path, int]]


def folder(path: str | Path, *, skip_bad: bool = False, size: int | None = None) -> Dataset:
    """The pictures below `path`: one folder per class, or `train` and `test` (or `val`) with these inside.

    Without a test folder, a fifth of every class is set aside for it, always the same pictures. All pictures get one
    shape: as they are when they agree, else squares of `size` (64) pixels: resized until the square is covered, and
    its middle kept. They are grey if every file is, else coloured. Classes and files are taken in sorted order;
    names that begin with a dot are passed over. Whatever was assumed stands in the data set's `notes`.

    A `DataError` for a missing or empty folder, a class without pictures, one class only, a class that only `test`
    has, and for unreadable files unless `skip_bad`, which leaves them out and says so.
    """
    where = f"folder:{path}"
    if size is not None and size < 1:
        raise DataError(f"{where}: size {size} is no side of a picture. Use 1 or more.")
    train_root, test_root = _roots(Path(path), where)
    classes = _classes(train_root, where)
    files = _labelled(train_root, classes, where)
    known = len(files)
    if test_root is not None:
        _refuse_unknown(_classes(test_root, where), classes, test_root, where)
        files += _labelled(test_root, classes, where, may_lack=True)

    shapes, bad = _shapes([file for file, _ in files])
    shape, notes = _shape(shapes, size)
    pictures: dict[Path, Picture] = {}
    for file in shapes:
        try:
            pictures[file] = fit_picture(read_picture(file, shape[0]), shape)
        except DataError as error:
            bad.append(str(error))
    if bad:
        if not skip_bad:
            raise DataError(f"{where}: {_unreadable(bad, len(files))}. Mend or remove them, or use skip_bad=True.")
        notes.append(f"left out {_unreadable(bad, len(files))}.")

    train = _images(pictures, files[:known], classes, where)
    if test_root is not None:
        test = _images(pictures, files[known:], (), where)
    else:
        aside = held_out(train.labels)
        if not aside.any():
            raise DataError(f"{where}: one picture per class leaves none to test on. Add a second one to a class.")
        notes.append(f"{aside.sum()} of {len(train)} pictures set aside for testing.")
        test = Images(train.images[aside], train.labels[aside])
        train = Images(train.images[~aside], train.labels[~aside])
    return Dataset(where, classes, train, test, str(path), "as its owner says", tuple(notes))


def _roots(root: Path, where: str) -> tuple[Path, Path | None]:
    """The folder that holds the classes to train on, and the one for testing if there is one."""
    if not root.is_dir():
        problem = "is a file, not a folder" if root.exists() else "does not exist"
        raise DataError(f"{where}: {root} {problem}. Give a folder that holds one folder of pictures per class.")
    if not (root / "train").is_dir():
        return root, None
    tests = [root / name for name in ("test", "val") if (root / name).is_dir()]
    return root / "train", tests[0] if tests else None


def _classes(root: Path, where: str) -> tuple[str, ...]:
    """The names of the class folders."""
    seen = _visible(root)
    classes = tuple(name for name in seen if (root / name).is_dir())
    if not classes:
        raise DataError(
            f"{where}: {root} has no class folders (files in it: {len(seen)}). "
            "Make one folder per class and put its pictures inside."
        )
    return classes


def _refuse_unknown(found: tuple[str, ...], classes: tuple[str, ...], root: Path, where: str) -> None:
    strange = [name for name in found if name not in classes]
    if strange:
        raise DataError(
            f"{where}: {root.name} has the class {strange[0]!r}, which train has not ({', '.join(classes)}). "
            "Rename it, or add pictures of it to train."
        )


def _labelled(root: Path, classes: tuple[str, ...], where: str, *, may_lack: bool = False) -> Labelled:
    """Every file of every class, sorted, with its class's number. Folders inside a class belong to it."""
    labelled: Labelled = []
    for label, name in enumerate(classes):
        files = _files(root / name)
        if not files and not may_lack:
            raise DataError(f"{where}: class {name!r} has no pictures. Add some, or remove its folder.")
        labelled += [(file, label) for file in files]
    return labelled


def _files(root: Path) -> list[Path]:
    found = []
    for place, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(place) / name for name in names if not name.startswith(".")]
    return sorted(found)


def _visible(root: Path) -> list[str]:
    return sorted(name for name in os.listdir(root) if not name.startswith("."))


def _shapes(files: list[Path]) -> tuple[dict[Path, tuple[int, int, int]], list[str]]:
    """Each picture's shape by its header, so that only one full picture is ever in memory; and what is wrong."""
    shapes: dict[Path, tuple[int, int, int]] = {}
    bad: list[str] = []
    for file in files:
        try:
            shapes[file] = picture_shape(file)
        except DataError as error:
            bad.append(str(error))
    return shapes, bad


def _shape(shapes: dict[Path, tuple[int, int, int]], size: int | None) -> tuple[tuple[int, int, int], list[str]]:
    """The shape all pictures get, and what to tell the user about it."""
    channels = max((shape[0] for shape in shapes.values()), default=1)
    sizes = {shape[1:] for shape in shapes.values()}
    if size is None and len(sizes) == 1:
        ((height, width),) = sizes
        return (channels, height, width), []
    side = size or SIDE
    if sizes <= {(side, side)}:
        return (channels, side, side), []
    return (channels, side, side), [f"pictures resized and cropped to {side}x{side}."]


def _unreadable(bad: list[str], total: int) -> str:
    """'2 of 90 files: a.png: not a picture Pillow can read; b.jpg: ...', the first few named."""
    reasons = [text.split(". ")[0] for text in bad[:_NAMED]]
    more = f"; and {len(bad) - _NAMED} more" if len(bad) > _NAMED else ""
    return f"{len(bad)} of {total} files: {'; '.join(reasons)}{more}"


def _images(pictures: dict[Path, Picture], files: Labelled, classes: tuple[str, ...], where: str) -> Images:
    """The readable ones of `files`; each of `classes` must have one."""
    read = [(pictures[file], label) for file, label in files if file in pictures]
    labels = np.array([label for _, label in read], np.int64)
    for label, name in enumerate(classes):
        if label not in labels:
            raise DataError(f"{where}: class {name!r} has no readable picture. Add some, or remove its folder.")
    if not read:
        raise DataError(f"{where}: no readable picture to test on. Add some to the test folder, or remove it.")
    return Images(np.stack([picture for picture, _ in read]), labels)
