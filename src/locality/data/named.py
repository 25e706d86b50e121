"""Data sets by name."""

from collections.abc import Callable

from locality.data.cache import Progress
from locality.data.fit import fit_dataset, frame, spins_stay
from locality.data.folder import folder
from locality.data.images import Dataset
from locality.data.mnist import FASHION_MNIST, MNIST, load_idx_set
from locality.data.shipped import digits, faces, textures
from locality.data.spin_names import PATTERNS, asked, fitting, is_spins
from locality.data.spins import spins
from locality.errors import DataError, unknown

_SETS: dict[str, Callable[[Progress | None], Dataset]] = {
    "digits": lambda _: digits(),
    "faces": lambda _: faces(),
    "fashion-mnist": lambda progress: load_idx_set(FASHION_MNIST, progress),
    "mnist": lambda progress: load_idx_set(MNIST, progress),
    "textures": lambda _: textures(),
}


def names() -> tuple[str, ...]:
    """The data sets that `dataset` knows by name; besides these it takes names of the forms in `patterns()`.

    >>> names()
    ('digits', 'faces', 'fashion-mnist', 'mnist', 'textures')
    """
    return tuple(_SETS)


def patterns() -> tuple[str, ...]:
    """The forms of the other names that `dataset` takes, with what is to be filled in in capitals.

    >>> patterns()
    ('folder:PATH', 'ising:LATTICE:L=SIZE', 'gauge:L=SIZE')
    """
    return ("folder:PATH", *PATTERNS)


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
    - `ising:LATTICE:L=SIZE`, as in `ising:square:L=32`: spins of the Ising model in equilibrium at 40 temperatures
      around the critical one, "ordered" below it and "disordered" above; `gauge:L=SIZE`: ground states of the Ising
      gauge theory, and free spins. `:seed=1` and `:samples=500` may follow: so many at each temperature (each class of
      gauge) to train on, 2500 where it is not said, and a fifth as many to test on. They are drawn once and kept in the
      cache folder; the same name means the same spins on every machine.

    An unknown name is an `UnknownNameError`; files that are missing, damaged or out of reach are a `DataError`.

    >>> dataset("digits").train.images.shape
    (1438, 1, 8, 8)
    >>> dataset("textures").classes
    ('brick', 'grass', 'gravel')
    """
    if str(name).startswith("folder:"):
        return folder(name.removeprefix("folder:"), skip_bad=skip_bad, size=size)
    if size is not None and (name in _SETS or is_spins(name)):
        raise DataError(f"{name}: size={size} is for folder:PATH; {name} has one size. Leave size out.")
    if is_spins(name):
        return spins(name, progress)
    if name not in _SETS:
        raise unknown("data set", name, [*_SETS, *patterns()])
    return _SETS[name](progress)


def dataset_for(
    name: str, shape: tuple[int, ...], *, skip_bad: bool = False, progress: Progress | None = None
) -> Dataset:
    """The data set with every picture brought to `shape`, a network's input (see `fit_dataset`). A folder's pictures
    are brought to its height and width one by one, as they are read. Spins that do not fit are a `DataError`.

    >>> dataset_for("digits", (3, 16, 32)).shape
    (3, 16, 32)
    """
    if is_spins(name):
        have = asked(name).shape  # nothing is drawn for a shape that does not fit
        if have != tuple(shape):
            other = fitting(name, shape)
            raise spins_stay(name, have, shape, f"{other}, or " if other else "")
        return dataset(name, progress=progress)
    _, height, width = frame(shape)  # first: nothing is fetched for a shape that no picture can have
    size = (height, width) if str(name).startswith("folder:") else None
    return fit_dataset(dataset(name, skip_bad=skip_bad, size=size, progress=progress), shape)
