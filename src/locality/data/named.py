"""Data sets by name."""

from collections.abc import Callable

from locality.data.cache import Progress
from locality.data.fit import fit_dataset, frame
from locality.data.folder import folder
from locality.data.images import Dataset
from locality.data.mnist import FASHION_MNIST, MNIST, load_idx_set
from locality.data.shipped import digits, faces, textures
from locality.errors import DataError, unknown

_SETS: dict[str, Callable[[Progress | None], Dataset]] = {
    "digits": lambda _: digits(),
    "faces": lambda _: faces(),
    "fashion-mnist": lambda progress: load_idx_set(FASHION_MNIST, progress),
    "mnist": lambda progress: load_idx_set(MNIST, progress),
    "textures": lambda _: textures(),
}


def names() -> tuple[str, ...]:
    """The data sets that `dataset` knows by name; besides these it takes `folder:PATH`.

    >>> names()
    ('digits', 'faces', 'fashion-mnist', 'mnist', 'textures')
    """
    return tuple(_SETS)


def dataset(
    name: str,
    *,
    skip_bad: bool = False,
    size: int | tuple[int, int] | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """A data set: pictures to train on, pictures to test on, class names.

    - `digits` 1797 handwritten digits, 1x8x8; `faces` 100 faces and 100 others, 1x25x25; `textures` 768 patches of
      brick, grass and gravel, 1x32x32: they come with the library's dependencies.
    - `mnist`, `fashion-mnist`: 70,000 pictures each, 1x28x28, fetched once, checked, and kept in the cache folder
      (`LOCALITY_CACHE` names another). `progress(file, done, size)` is called while they arrive.
    - `folder:PATH`: your own pictures, one folder per class; `size` and `skip_bad` are for this one (see `folder`).

    An unknown name is an `UnknownNameError`; files that are missing, damaged or out of reach are a `DataError`.

    >>> dataset("digits").train.images.shape
    (1438, 1, 8, 8)
    >>> dataset("textures").classes
    ('brick', 'grass', 'gravel')
    """
    if str(name).startswith("folder:"):
        return folder(name.removeprefix("folder:"), skip_bad=skip_bad, size=size)
    if name not in _SETS:
        raise unknown("data set", name, [*_SETS, "folder:PATH"])
    if size is not None:
        raise DataError(f"{name}: size={size} is for folder:PATH; {name} has one size. Leave size out.")
    return _SETS[name](progress)


def dataset_for(
    name: str, shape: tuple[int, ...], *, skip_bad: bool = False, progress: Progress | None = None
) -> Dataset:
    """The data set with every picture brought to `shape`, a network's input (see `fit_dataset`). A folder's pictures
    are brought to its height and width one by one, as they are read.

    >>> dataset_for("digits", (3, 16, 32)).shape
    (3, 16, 32)
    """
    _, height, width = frame(shape)  # first: nothing is fetched for a shape that no picture can have
    size = (height, width) if str(name).startswith("folder:") else None
    return fit_dataset(dataset(name, skip_bad=skip_bad, size=size, progress=progress), shape)
