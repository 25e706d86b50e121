"""`evaluate` and `predict`: what a trained network says about pictures, and how far that can be trusted."""

from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from locality.data import Dataset, Images
from locality.data.evaluation import Array, Figures, confusion_matrix, ranks
from locality.data.evaluation_text import counts_text, listed
from locality.engine.build import model_of
from locality.engine.check import check_fit
from locality.engine.outputs import cross_entropy, outputs, softmax
from locality.engine.streamed import StreamedEvaluation, evaluate_folder
from locality.errors import RunError, unknown
from locality.geometry.arguments import whole


@dataclass(frozen=True)
class Mistake:
    """A picture taken for another class: its index in the split, what it is, what it was taken for, how surely."""

    index: int
    label: str
    predicted: str
    probability: float


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation(Figures):
    """Figures of a model on labelled pictures.

    `probabilities` is (N, outputs), `labels` (N,). Everything else follows from the two.
    """

    classes: tuple[str, ...]
    labels: Array
    probabilities: Array
    split: str
    called: str = "pictures"  # of spins, configurations

    @property
    def pictures(self) -> int:
        """How many pictures were classified."""
        return len(self.labels)

    @property
    def predicted(self) -> Array:
        """The most probable class of each picture."""
        return np.asarray(self.probabilities.argmax(1))

    def top(self, k: int) -> float:
        """The share of pictures whose class is among the k most probable; equal probabilities count by class order."""
        return float((ranks(self.probabilities, self.labels) < k).mean())

    @property
    def loss(self) -> float:
        """The mean cross-entropy in nats."""
        return float(cross_entropy(self.probabilities, self.labels).mean())

    @property
    def confusion(self) -> Array:
        """Counts: entry (i, j) is how many pictures of class i were taken for class j."""
        wide = max(len(self.classes), self.probabilities.shape[1])
        return confusion_matrix(self.labels, self.predicted, wide)

    def mistakes(self, most: int = 10) -> tuple[Mistake, ...]:
        """The wrong answers of which the network was surest, surest first."""
        predicted = self.predicted
        sure = self.probabilities.max(1)
        wrong = np.flatnonzero(predicted != self.labels)
        wrong = wrong[np.argsort(-sure[wrong], kind="stable")][:most]
        name = self.names
        return tuple(Mistake(int(i), name[self.labels[i]], name[predicted[i]], float(sure[i])) for i in wrong)

    def __repr__(self) -> str:
        low, high = self.interval()
        lines = [
            f"{self.accuracy:.2%} of {len(self.labels):,} {self.split} {self.called} are classified correctly.",
            f"With 95 % confidence the true share lies between {low:.2%} and {high:.2%}.",
            "",
            *counts_text(self),
        ]
        if self.probabilities.shape[1] > 5:
            lines.insert(2, f"{self.top(5):.2%} have the right class among the five most probable.")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain data, without the probabilities."""
        low, high = self.interval()
        return {
            "split": self.split,
            "pictures": len(self.labels),
            "accuracy": self.accuracy,
            "interval": [low, high],
            "top5": self.top(5),
            "loss": self.loss,
            "per_class": [
                {name: None if value != value else value for name, value in vars(figures).items()}
                for figures in self.per_class
            ],
            "confusion": self.confusion.tolist(),
        }


@dataclass(frozen=True)
class Prediction:
    """What a network says about one picture: classes and probabilities, most probable first."""

    classes: tuple[str, ...]
    probabilities: tuple[float, ...]

    @property
    def best(self) -> str:
        """The most probable class."""
        return self.classes[0]


@overload
def evaluate(subject: Any, data: Dataset | None = None, split: str = "test") -> Evaluation: ...


@overload
def evaluate(
    subject: Any, data: str, split: str = "test", *, skip_bad: bool = False, progress: bool = True
) -> StreamedEvaluation: ...


def evaluate(
    subject: Any,
    data: Dataset | str | None = None,
    split: str = "test",
    *,
    skip_bad: bool = False,
    progress: bool = True,
) -> Evaluation | StreamedEvaluation:
    """The model's figures on the "test" or "train" split of a data set; a run's own data where none is given.

    `data` may also be "folder:PATH": then all its pictures are read from the disk batch by batch, by the model's
    `preprocessing` where it has one, and only counts are kept, so that memory does not grow with their number. It has
    one folder per class, or `test` or `val` (for the split "train", `train`) with these inside; the folders are named
    by the model's classes, by WordNet's numbers for ImageNet's 1000 classes, or by the numbers of its outputs, and may
    be some of them. Files that cannot be read are refused, or left out and noted with `skip_bad`. `progress` shows a
    bar where standard error is a terminal.

    Raises `RunError` where the pictures or the classes do not fit the network, before anything is computed, and
    `DataError` for a folder that is missing, has no pictures, or has one that is no class of the network.

    >>> from locality.data import dataset
    >>> from locality.engine.build import build
    >>> from locality.network.network import Network
    >>> net = Network.from_text("1x8x8 | flatten | dense 10")
    >>> len(evaluate(build(net), dataset("digits")).labels)
    359
    """
    model = model_of(subject)
    if isinstance(data, str) and data.startswith("folder:"):
        return evaluate_folder(model, data.removeprefix("folder:"), split, skip_bad=skip_bad, progress=progress)
    given: Any = data if data is not None else getattr(subject, "data", None)
    if split not in ("train", "test"):
        raise unknown("split", split, ["train", "test"])
    check_fit(model.network, given)
    if model.classes and model.classes != given.classes:
        raise RunError(
            f"{model.network.name}: it was trained on the classes {listed(model.classes)}, {given.name} has "
            f"{listed(given.classes)}. Give data with the same classes."
        )
    images: Images = getattr(given, split)
    probabilities = np.concatenate([softmax(logits) for logits in outputs(model, images.images)])
    called = "configurations" if given.spins else "pictures"
    return Evaluation(given.classes, images.labels, probabilities, split, called)


def predict(subject: Any, images: Any, most: int = 5) -> list[Prediction]:
    """For each picture the most probable classes, most probable first.

    `subject` is a model or a run; `images` are uint8 (N, C, H, W), one picture (C, H, W), int8 spins, or floats on the
    network's scale. Classes without a name are called by their number. Raises `ShapeError` for pictures of another
    shape, `DescriptionError` for `most` below 1.
    """
    model, most = model_of(subject), whole("most", most)
    result = []
    for logits in outputs(model, model.prepare(images)):
        for row in softmax(logits):
            order = np.argsort(-row, kind="stable")[:most]
            name = [*(model.classes or ()), *map(str, range(len(model.classes or ()), len(row)))]
            result.append(Prediction(tuple(name[i] for i in order), tuple(float(row[i]) for i in order)))
    return result
