"""`evaluate`: what a fitted pipeline says about labelled pictures, and how far that can be trusted."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.classic.fitted import Fitted
from locality.data import Images
from locality.errors import DataError

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """Figures of a pipeline on labelled pictures: `scores` is (N, classes), `labels` (N,); the rest follows.

    The names are those of what `locality.evaluate` gives; an SVM has scores, and so neither probabilities nor a loss.
    """

    classes: tuple[str, ...]
    labels: Array
    scores: Array

    @property
    def predicted(self) -> Array:
        """The class with the largest score, of each picture."""
        return np.asarray(self.scores.argmax(1))

    @property
    def accuracy(self) -> float:
        """The share of pictures whose class is right."""
        return float((self.predicted == self.labels).mean())

    def interval(self) -> tuple[float, float]:
        """Where the true accuracy lies with 95 % confidence (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
        share, count, z = self.accuracy, len(self.labels), 1.959963984540054
        middle = (share + z * z / (2 * count)) / (1 + z * z / count)
        half = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
        return max(0.0, middle - half), min(1.0, middle + half)

    @property
    def confusion(self) -> Array:
        """Counts: entry (i, j) is how many pictures of class i were taken for class j."""
        wide = len(self.classes)
        return np.bincount(self.labels * wide + self.predicted, minlength=wide * wide).reshape(wide, wide)

    def __repr__(self) -> str:
        low, high = self.interval()
        return (
            f"{self.accuracy:.2%} of {len(self.labels):,} pictures are classified correctly.\n"
            f"With 95 % confidence the true share lies between {low:.2%} and {high:.2%}."
        )

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain data, without the scores."""
        return {
            "pictures": len(self.labels),
            "accuracy": self.accuracy,
            "interval": list(self.interval()),
            "confusion": self.confusion.tolist(),
        }


def evaluate(fitted: Fitted, images: Images) -> Evaluation:
    """The pipeline's figures on labelled pictures, such as `data.test`.

    Raises `ShapeError` for pictures of another shape than those it was fitted to, and `DataError` where a label is
    none of its classes.
    """
    if not isinstance(images, Images):
        raise DataError(f"images: {type(images).__name__} is no Images. Give pictures with labels, such as data.test.")
    low, high, count = int(images.labels.min()), int(images.labels.max()), len(fitted.classes)
    if low < 0 or high >= count:
        raise DataError(f"images: labels from {low} to {high} for {count} classes. Use 0 to {count - 1}.")
    return Evaluation(fitted.classes, images.labels, fitted.scores(images.images))
