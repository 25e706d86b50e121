"""A folder of pictures, one folder inside it per class."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from locality.data.fit import check_memory, fit_picture
from locality.data.images import Dataset, Images
from locality.data.picture import UnreadablePicture, picture_shape, read_picture
from locality.data.split import held_out
from locality.data.walk import Bad, check_folder, class_folders, files_below, unreadable_text
from locality.errors import DataError

SIDE = 64  # pictures of several sizes become squares of this side

Labelled = list[tuple[Path, int]]
Shape = tuple[int, int, int]


def folder(path: str | Path, *, skip_bad: bool = False, size: int | tuple[int, int] | None = None) -> Dataset:
    """The pictures below `path`: one folder per class, or `train` and `test` (or `val`) with these inside.

    Without a test folder, a fifth of every class is set aside for it, always the same pictures. All pictures get one
    shape: `size`, a side in pixels or (height, width); without it as they are when they agree, else squares of 64
    pixels. They are resized until that frame is covered, and the middle is kept. They are grey if every file is, else
    coloured. Classes and files are taken in sorted order; names that begin with a dot are passed over. Whatever was
    assumed stands in the data set's `notes`.

    A `DataError` for a missing or empty folder, a class without pictures, one class only, a class that only `test`
    has, for more than memory can hold, and for unreadable files unless `skip_bad`, which leaves them out and says so.
    """
    where = f"folder:{path}"
    sides = (size, size) if isinstance(size, int) else size
    if sides is not None and (len(sides) != 2 or min(sides) < 1):
        raise DataError(f"{where}: no picture has size {size}. Give a side of 1 pixel or more, or (height, width).")
    bad: Bad = []
    train_root, test_root = _roots(Path(path), where)
    classes = class_folders(train_root, where)
    files = _labelled(train_root, classes, where, bad)
    known = len(files)
    if test_root is not None:
        _refuse_unknown(class_folders(test_root, where), classes, test_root, where)
        files += _labelled(test_root, classes, where, bad, may_lack=True)

    total = len(files) + len(bad)
    shapes = _shapes([file for file, _ in files], bad)
    shape, notes = _shape(set(shapes.values()), sides)
    check_memory(where, len(shapes), shape, f"Use a smaller size, such as {SIDE}.")
    images, read = _read(list(shapes), shape, bad)
    if bad:
        if not skip_bad:
            raise DataError(
                f"{where}: {unreadable_text(bad, total)}. Mend or remove them, or use skip_bad=True (--skip-bad)."
            )
        notes.append(f"left out {unreadable_text(bad, total)}.")

    labels = np.array([label for file, label in files if file in read], np.int64)
    aside = np.arange(len(labels)) >= sum(file in read for file, _ in files[:known])
    for label, name in enumerate(classes):
        if label not in labels[~aside]:
            raise DataError(f"{where}: class {name!r} has no readable picture. Add some, or remove its folder.")
    if test_root is None:
        aside = held_out(labels)
        if not aside.any():
            raise DataError(f"{where}: one picture per class leaves none to test on. Add a second one to a class.")
        notes.append(f"{aside.sum()} of {len(labels)} pictures set aside for testing.")
    elif not aside.any():
        raise DataError(f"{where}: no readable picture to test on. Add some to the test folder, or remove it.")
    to_train, to_test = _parted(images, aside)
    train, test = Images(to_train, labels[~aside]), Images(to_test, labels[aside])
    return Dataset(where, classes, train, test, str(path), "as its owner says", tuple(notes))


def _roots(root: Path, where: str) -> tuple[Path, Path | None]:
    """The folder that holds the classes to train on, and the one for testing if there is one."""
    check_folder(root, where)
    if not (root / "train").is_dir():
        return root, None
    tests = [root / name for name in ("test", "val") if (root / name).is_dir()]
    return root / "train", tests[0] if tests else None


def _refuse_unknown(found: tuple[str, ...], classes: tuple[str, ...], root: Path, where: str) -> None:
    strange = [name for name in found if name not in classes]
    if strange:
        raise DataError(
            f"{where}: {root.name} has the class {strange[0]!r} that train does not have "
            f"(train has {', '.join(classes)}). Rename it, or add pictures of it to train."
        )


def _labelled(root: Path, classes: tuple[str, ...], where: str, bad: Bad, *, may_lack: bool = False) -> Labelled:
    """Every file of every class, sorted, with its class's number. Folders inside a class belong to it."""
    labelled: Labelled = []
    for label, name in enumerate(classes):
        before = len(bad)
        files = files_below(root / name, bad)
        if not files and len(bad) == before and not may_lack:
            raise DataError(f"{where}: class {name!r} has no pictures. Add some, or remove its folder.")
        labelled += [(file, label) for file in files]
    return labelled


def _shapes(files: list[Path], bad: Bad) -> dict[Path, Shape]:
    """Each picture's shape by its header, so that only one full picture is ever in memory."""
    shapes: dict[Path, Shape] = {}
    for file in files:
        try:
            shapes[file] = picture_shape(file)
        except UnreadablePicture as error:
            bad.append((file, error.reason))
    return shapes


def _shape(shapes: set[Shape], sides: tuple[int, int] | None) -> tuple[Shape, list[str]]:
    """The shape all pictures get, and what to tell the user about it."""
    channels = max((shape[0] for shape in shapes), default=1)
    sizes = {shape[1:] for shape in shapes}
    height, width = sides or (next(iter(sizes)) if len(sizes) == 1 else (SIDE, SIDE))
    if sizes <= {(height, width)}:
        return (channels, height, width), []
    return (channels, height, width), [f"pictures resized and cropped to {height}x{width}."]


def _read(files: list[Path], shape: Shape, bad: Bad) -> tuple[npt.NDArray[np.uint8], set[Path]]:
    """The pictures that can be read, in one array and in order, and which they are."""
    images = np.empty((len(files), *shape), np.uint8)
    read: set[Path] = set()
    for file in files:
        try:
            images[len(read)] = fit_picture(read_picture(file, shape[0]), shape)
        except UnreadablePicture as error:
            bad.append((file, error.reason))
        else:
            read.add(file)
    return images[: len(read)], read


def _parted(
    images: npt.NDArray[np.uint8], aside: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """The pictures not set aside and those that are. The first stay in the array they are in and close ranks there,
    so that memory never holds the set twice."""
    stay = np.flatnonzero(~aside)
    if aside[len(stay) :].all():
        return images[: len(stay)], images[len(stay) :]
    test = images[aside]
    for place, old in enumerate(stay):
        images[place] = images[old]
    return images[: len(stay)], test
