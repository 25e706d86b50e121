"""`Images` and `Dataset`: what every source of pictures, or of spins, hands back."""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.errors import DataError

_BLOCK = 1 << 20  # pixels counted at a time: `bincount` widens its input to eight bytes each


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled pictures: `images` is uint8 (N, C, H, W), `labels` is int64 (N,). Or labelled spins: `images` is int8
    (N, sublattices, *space) with 1 to 3 axes of space, every one of them +1 or -1.

    Anything else, or no picture at all, is a `DataError`.

    >>> pictures = Images(np.zeros((3, 1, 8, 8), np.uint8), np.array([0, 1, 0]))
    >>> len(pictures)
    3
    >>> Images(np.ones((2, 3, 4, 4, 4), np.int8), np.array([0, 1]))
    <2 spin configurations 3x4x4x4>
    """

    images: npt.NDArray[Any]
    labels: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 and (images.dtype == np.int8 or _only_units(images)):
            _check_spins(images)
        elif images.dtype != np.uint8 or images.ndim != 4:
            raise DataError(
                f"images: {images.dtype} of shape {images.shape} is not uint8 (N, C, H, W). "
                "Give brightnesses 0 to 255 with the channels before the rows."
            )
        if labels.dtype != np.int64 or labels.ndim != 1:
            raise DataError(
                f"labels: {labels.dtype} of shape {labels.shape} is not int64 (N,). Give one class number per picture."
            )
        if len(images) != len(labels):
            raise DataError(f"images: {len(images)} pictures but {len(labels)} labels. Give one label each.")
        if images.size == 0:
            raise DataError(f"images: shape {images.shape} holds no pixel. Give at least one picture.")

    @property
    def spins(self) -> bool:
        """Whether these are spins, which a network reads as they are, and no pictures."""
        return bool(self.images.dtype == np.int8)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"<{len(self)} {'spin configurations' if self.spins else 'images'} {_by(self.images.shape[1:])}>"


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Pictures to train on, pictures to test on, and the names of their classes; or spins in their place.

    `source` and `licence` say where the pictures come from and on what terms; `notes` are sentences for the
    user about what was done on the way (files left out, pictures resized). A label is a place in `classes`.
    One class only, labels outside the classes, or splits of different shapes are a `DataError`.

    >>> from locality.data import dataset
    >>> digits = dataset("digits")
    >>> digits
    <Dataset digits: 10 classes, 1x8x8, 1438 train, 359 test>
    >>> digits.shape, digits.classes[:3]
    ((1, 8, 8), ('0', '1', '2'))
    """

    name: str
    classes: tuple[str, ...]
    train: Images
    test: Images
    source: str
    licence: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.classes) < 2:
            raise DataError(
                f"{self.name}: one class only ({', '.join(self.classes) or 'none'}). "
                "Add pictures of a second class: with one there is nothing to tell apart."
            )
        if self.train.images.shape[1:] != self.test.images.shape[1:]:
            raise DataError(
                f"{self.name}: pictures to train on are {_by(self.train.images.shape[1:])}, "
                f"pictures to test on {_by(self.test.images.shape[1:])}. Bring them to one shape."
            )
        if self.train.spins != self.test.spins:
            names = {False: "pictures", True: "spins"}
            raise DataError(
                f"{self.name}: {names[self.train.spins]} to train on, {names[self.test.spins]} to test on. "
                "Give one kind: uint8 pictures or int8 spins."
            )
        for split in (self.train, self.test):
            low, high = int(split.labels.min()), int(split.labels.max())
            if low < 0 or high >= len(self.classes):
                raise DataError(
                    f"{self.name}: labels from {low} to {high} for {len(self.classes)} classes. "
                    f"Use 0 to {len(self.classes) - 1}."
                )

    @property
    def shape(self) -> tuple[int, ...]:
        """(channels, height, width) of every picture; of spins (sublattices, *space)."""
        return self.train.images.shape[1:]

    @property
    def spins(self) -> bool:
        """Whether it holds spins and no pictures."""
        return self.train.spins

    @cached_property
    def mean(self) -> tuple[float, ...]:
        """Mean brightness (0 to 1) of the training pictures, one number per channel; 0.0 for spins, which are read as
        they are."""
        return tuple(mean for mean, _ in self._moments)

    @cached_property
    def std(self) -> tuple[float, ...]:
        """Standard deviation of the training pictures' brightness (0 to 1), one number per channel.

        0.0 where a channel never changes; 1.0 for spins.
        """
        return tuple(std for _, std in self._moments)

    @cached_property
    def _moments(self) -> tuple[tuple[float, float], ...]:
        if self.spins:
            return ((0.0, 1.0),) * self.shape[0]
        # Sums over a histogram are Python integers: exact, the same on every machine, and no float copy is made.
        moments = []
        for channel in range(self.shape[0]):
            counts = _histogram(self.train.images[:, channel])
            n = sum(counts)
            total = sum(value * count for value, count in enumerate(counts))
            squares = sum(value * value * count for value, count in enumerate(counts))
            moments.append((total / (255 * n), sqrt(n * squares - total * total) / (255 * n)))
        return tuple(moments)

    def __repr__(self) -> str:
        return (
            f"<Dataset {self.name}: {len(self.classes)} classes, {_by(self.shape)}, "
            f"{len(self.train)} train, {len(self.test)} test>"
        )


def _only_units(images: npt.NDArray[Any]) -> bool:
    """Whether these are spins in other numbers than int8."""
    return images.dtype.kind in "if" and images.size > 0 and bool((np.abs(images) == 1).all())


def _check_spins(images: npt.NDArray[Any]) -> None:
    """Raise `DataError` where these are no spins as they are kept here."""
    if images.dtype != np.int8 or not 3 <= images.ndim <= 5:
        raise DataError(
            f"images: {images.dtype} spins of shape {images.shape} are not int8 (N, sublattices, *space) with 1 to 3 "
            "axes of space. Give the sublattices as channels, images.astype(numpy.int8)."
        )
    if images.size and (images.min() < -1 or images.max() > 1 or np.count_nonzero(images) < images.size):
        other = images[(images != 1) & (images != -1)][0]
        raise DataError(f"images: int8 with {other} among them are no spins. Give +1 and -1, or uint8 pictures.")


def _histogram(pictures: npt.NDArray[Any]) -> list[int]:
    """How often each of the 256 values occurs in pictures (N, H, W)."""
    step = max(1, _BLOCK // pictures[0].size)
    blocks = (pictures[start : start + step].ravel() for start in range(0, len(pictures), step))
    counts: list[int] = sum(np.bincount(block, minlength=256) for block in blocks).tolist()  # type: ignore[union-attr]
    return counts


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(str(side) for side in shape)
