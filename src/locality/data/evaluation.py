"""`Figures`: what follows from how labelled pictures were classified, whatever classified them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class ClassFigures:
    """How one class fared: pictures of it, the share found (recall), the share right where it was named (precision),
    and their harmonic mean (f1). A share of nothing is nan."""

    name: str
    pictures: int
    recall: float
    precision: float
    f1: float


class Figures(ABC):
    """Accuracy, intervals and figures by class, from three things that every evaluation has: how many pictures there
    were, the share whose class is among the k best, and the confusion matrix."""

    classes: tuple[str, ...]
    called: str = "pictures"

    @property
    @abstractmethod
    def pictures(self) -> int:
        """How many pictures were classified."""

    @property
    @abstractmethod
    def confusion(self) -> Array:
        """Counts: entry (i, j) is how many pictures of class i were taken for class j."""

    @abstractmethod
    def top(self, k: int) -> float:
        """The share of pictures whose class is among the k best; equal scores count by class order."""

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every output; those that no class has are called by their number."""
        return (*self.classes, *map(str, range(len(self.classes), len(self.confusion))))

    @property
    def accuracy(self) -> float:
        """The share of pictures whose best class is right (top-1)."""
        return self.top(1)

    def interval(self, k: int = 1) -> tuple[float, float]:
        """Where the true top-k accuracy lies with 95 % confidence (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
        return wilson(self.top(k), self.pictures)

    @property
    def per_class(self) -> tuple[ClassFigures, ...]:
        """Recall, precision and f1 of every class."""
        counts = self.confusion
        right, of, named = counts.diagonal(), counts.sum(1), counts.sum(0)
        return tuple(
            ClassFigures(
                name=name,
                pictures=int(of[i]),
                recall=_share(right[i], of[i]),
                precision=_share(right[i], named[i]),
                f1=_share(2 * right[i], of[i] + named[i]),
            )
            for i, name in enumerate(self.classes)
        )


def wilson(share: float, count: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Wilson's interval for a share seen in `count` trials; z = 1.96 is 95 % confidence.

    >>> [round(end, 4) for end in wilson(0.989, 10_000)]
    [0.9868, 0.9909]

    Twenty right of twenty leave room for one mistake in six:

    >>> [round(end, 4) for end in wilson(1, 20)]
    [0.8389, 1.0]
    """
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def ranks(scores: Array, labels: Array) -> Array:
    """How many classes come before each picture's own: (N,) whole numbers, 0 where its class is the best.

    `scores` is (N, classes), the larger the better, `labels` (N,). Equal scores count by class order, as `argmax` does.

    >>> ranks(np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2]]), np.array([2, 1])).tolist()
    [1, 1]
    """
    own = scores[np.arange(len(labels)), labels][:, None]
    earlier = np.arange(scores.shape[1]) < labels[:, None]
    return np.asarray(((scores > own) | ((scores == own) & earlier)).sum(1))


def confusion_matrix(labels: Array, predicted: Array, wide: int) -> Array:
    """Counts (wide, wide): entry (i, j) is how many of label i were predicted to be j."""
    return np.bincount(labels * wide + predicted, minlength=wide * wide).reshape(wide, wide)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
