"""`evaluate`: what a fitted pipeline says about labelled pictures, and how far that can be trusted."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from locality.classic.fitted import Fitted
from locality.data import Images
from locality.data.evaluation import Array, Figures, confusion_matrix, ranks
from locality.errors import DataError


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(Figures):
    """Figures of a pipeline on labelled pictures: `scores` is (N, classes), `labels` (N,); the rest follows.

    The names are those of what `locality.evaluate` gives; an SVM has scores, and so neither probabilities nor a loss.
    """

    classes: tuple[str, ...]
    labels: Array
    scores: Array

    @property
    def pictures(self) -> int:
        """How many pictures were classified."""
        return len(self.labels)

    @property
    def predicted(self) -> Array:
        """The class with the largest score, of each picture."""
        return np.asarray(self.scores.argmax(1))

    def top(self, k: int) -> float:
        """The share of pictures whose class has one of the k largest scores."""
        return float((ranks(self.scores, self.labels) < k).mean())

    @property
    def confusion(self) -> Array:
        """Counts: entry (i, j) is how many pictures of class i were taken for class j."""
        return confusion_matrix(self.labels, self.predicted, len(self.classes))

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
