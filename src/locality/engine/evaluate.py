"""`evaluate` and `predict`: what a trained network says about pictures, and how far that can be trusted."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from locality.data import Dataset, Images
from locality.engine.build import Model, after_training, model_of
from locality.engine.check import check_fit
from locality.errors import RunError, unknown

Array = npt.NDArray[Any]
_AT_ONCE = 1 << 24  # numbers in a batch's largest map: about 64 MB


@dataclass(frozen=True)
class ClassFigures:
    """How one class fared: pictures of it, the share found (recall), the share right where it was named (precision),
    and their harmonic mean (f1). A share of nothing is nan."""

    name: str
    pictures: int
    recall: float
    precision: float
    f1: float


@dataclass(frozen=True)
class Mistake:
    """A picture taken for another class: its index in the split, what it is, what it was taken for, how surely."""

    index: int
    label: str
    predicted: str
    probability: float


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """Figures of a model on labelled pictures.

    `probabilities` is (N, outputs), `labels` (N,). Everything else follows from the two.
    """

    classes: tuple[str, ...]
    labels: Array
    probabilities: Array
    split: str

    @property
    def predicted(self) -> Array:
        """The most probable class of each picture."""
        return np.asarray(self.probabilities.argmax(1))

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every output; those that no class has are called by their number."""
        return (*self.classes, *map(str, range(len(self.classes), self.probabilities.shape[1])))

    @property
    def accuracy(self) -> float:
        """The share of pictures whose most probable class is right (top-1)."""
        return self.top(1)

    def top(self, k: int) -> float:
        """The share of pictures whose class is among the k most probable; equal probabilities count by class order."""
        own = self.probabilities[np.arange(len(self.labels)), self.labels][:, None]
        before = np.arange(self.probabilities.shape[1]) < self.labels[:, None]
        rank = (self.probabilities > own).sum(1) + ((self.probabilities == own) & before).sum(1)
        return float((rank < k).mean())

    def interval(self, k: int = 1) -> tuple[float, float]:
        """Where the true top-k accuracy lies with 95 % confidence (Wilson, J. Am. Stat. Assoc. 22, 1927)."""
        return wilson(self.top(k), len(self.labels))

    @property
    def loss(self) -> float:
        """The mean cross-entropy in nats."""
        own = self.probabilities[np.arange(len(self.labels)), self.labels]
        return float(-np.log(np.maximum(own, np.finfo(np.float32).tiny)).mean())

    @property
    def confusion(self) -> Array:
        """Counts: entry (i, j) is how many pictures of class i were taken for class j."""
        wide = max(len(self.classes), self.probabilities.shape[1])
        return np.bincount(self.labels * wide + self.predicted, minlength=wide * wide).reshape(wide, wide)

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
            f"{self.accuracy:.2%} of {len(self.labels):,} {self.split} pictures are classified correctly.",
            f"With 95 % confidence the true share lies between {low:.2%} and {high:.2%}.",
            "",
            "confusion: rows are what the pictures are, columns what they were taken for",
            "",
            *_confusion_text(self.confusion, self.classes),
            "",
            *_columns(
                ["class", "pictures", "recall", "precision", "f1"],
                [
                    [_short(c.name, 40), f"{c.pictures:,}", f"{c.recall:.2%}", f"{c.precision:.2%}", f"{c.f1:.2%}"]
                    for c in self.per_class
                ],
            ),
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


def evaluate(subject: Any, data: Dataset | None = None, split: str = "test") -> Evaluation:
    """The model's figures on the "test" or "train" split of a data set; a run's own data where none is given.

    Raises `RunError` where the pictures or the classes do not fit the network, before anything is computed.

    >>> from locality.data import dataset
    >>> from locality.engine.build import build
    >>> from locality.network.network import Network
    >>> net = Network.from_text("1x8x8 | flatten | dense 10")
    >>> len(evaluate(build(net), dataset("digits")).labels)
    359
    """
    model = model_of(subject)
    given: Any = data if data is not None else getattr(subject, "data", None)
    if split not in ("train", "test"):
        raise unknown("split", split, ["train", "test"])
    check_fit(model.network, given)
    if model.classes and model.classes != given.classes:
        raise RunError(
            f"{model.network.name}: it was trained on the classes {_list(model.classes)}, {given.name} has "
            f"{_list(given.classes)}. Give data with the same classes."
        )
    images: Images = getattr(given, split)
    probabilities = np.concatenate([_softmax(logits) for logits in outputs(model, images.images)])
    return Evaluation(given.classes, images.labels, probabilities, split)


def predict(subject: Any, images: Any, most: int = 5) -> list[Prediction]:
    """For each picture the most probable classes, most probable first.

    `subject` is a model or a run; `images` are uint8 (N, C, H, W), one picture (C, H, W), or floats on the network's
    scale. Classes without a name are called by their number. Raises `ShapeError` for pictures of another shape.
    """
    model = model_of(subject)
    result = []
    for logits in outputs(model, model.prepare(images)):
        for row in _softmax(logits):
            order = np.argsort(-row, kind="stable")[:most]
            name = [*(model.classes or ()), *map(str, range(len(model.classes or ()), len(row)))]
            result.append(Prediction(tuple(name[i] for i in order), tuple(float(row[i]) for i in order)))
    return result


def outputs(model: Model, images: Any) -> Iterator[Array]:
    """What the softmax is taken of, in batches, as float64 arrays (n, outputs), in the mode of after training.

    Raises `RunError` where it is complex or not finite.
    """
    largest = max(int(np.prod(shape)) for shape in model.network.shapes.values())
    step = max(1, min(1000, _AT_ONCE // largest))
    with after_training(model), torch.inference_mode():
        for start in range(0, len(images), step):
            x = model.prepare(images[start : start + step])
            if x.ndim == 4:
                x = x.contiguous(memory_format=torch.channels_last)
            raw = model.logits(x)
            if raw.is_complex():
                kind = str(raw.dtype).removeprefix("torch.")
                raise RunError(
                    f"{model.network.name}: its numbers are {kind}, which have no probabilities. Use float32."
                )
            logits = raw.cpu().double().numpy()
            if not np.isfinite(logits).all():
                raise RunError(
                    f"{model.network.name}: what it puts out is not finite. "
                    f"Give pictures of finite numbers, or train it again with a smaller learning_rate."
                )
            yield logits


def wilson(share: float, count: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """Wilson's interval for a share seen in `count` trials; z = 1.96 is 95 % confidence.

    >>> [round(end, 4) for end in wilson(0.989, 10_000)]
    [0.9868, 0.9909]
    """
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def _confusion_text(counts: Array, classes: tuple[str, ...]) -> list[str]:
    if len(counts) > 20:
        off = counts - np.diag(counts.diagonal())
        worst = np.argsort(-off, axis=None, kind="stable")[:10]
        pairs = [divmod(int(i), len(counts)) for i in worst if off.flat[i]]
        return [f"{off[i, j]:>6,} of {classes[i]} taken for {classes[j]}" for i, j in pairs]
    names = [*classes, *map(str, range(len(classes), len(counts)))]
    rows = [[_short(names[i], 20), *(f"{n:,}" if n else "." for n in row)] for i, row in enumerate(counts)]
    return _columns(["", *(_short(name, 5) for name in names)], rows, gap=2 if len(counts) <= 8 else 1)


def _list(classes: tuple[str, ...]) -> str:
    """All of a few names, the first of many."""
    return ", ".join(classes) if len(classes) <= 12 else f"{', '.join(classes[:10])}, ... ({len(classes)} in all)"


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _columns(head: list[str], rows: list[list[str]], gap: int = 2) -> list[str]:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return [
        (" " * gap).join(
            [row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))]
        )
        for row in [head, *rows]
    ]


def _softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")
