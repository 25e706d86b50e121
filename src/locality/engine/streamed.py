"""`evaluate_folder`: figures of a model on picture files of any number, of which only counts are kept."""

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from locality.data.evaluation import Array, Figures, ranks
from locality.data.evaluation_text import counts_text, worst_confusions
from locality.data.fit import Picture, fit_picture, frame
from locality.data.numbering import class_numbers
from locality.data.picture import read_picture
from locality.data.stream import Batch, picture_folder
from locality.data.walk import Bad, unreadable_text
from locality.engine.build import Model
from locality.engine.check import check_outputs
from locality.engine.outputs import batch_size, cross_entropy, outputs, softmax
from locality.engine.progress import Progress
from locality.errors import DataError

_KEPT = 100  # mistakes


@dataclass(frozen=True)
class MistakenFile:
    """A picture taken for another class: its file, what it shows, what it was taken for, and how surely."""

    file: str
    label: str
    predicted: str
    probability: float


@dataclass(frozen=True, eq=False, repr=False)
class StreamedEvaluation(Figures):
    """Figures of a model on a folder's pictures, in memory that does not grow with their number.

    `counts` is the confusion matrix (outputs, outputs), `ranked` how many pictures had their class at each place
    (outputs,), `loss` the mean cross-entropy in nats, `surest` the hundred mistakes of which the network was surest,
    `notes` what was assumed and left out.
    """

    network: str
    source: str
    classes: tuple[str, ...]
    counts: Array
    ranked: Array
    loss: float
    surest: tuple[MistakenFile, ...]
    notes: tuple[str, ...]

    @property
    def pictures(self) -> int:
        """How many pictures were classified."""
        return int(self.ranked.sum())

    @property
    def confusion(self) -> Array:
        """Counts: entry (i, j) is how many pictures of class i were taken for class j."""
        return self.counts

    def top(self, k: int) -> float:
        """The share of pictures whose class is among the k most probable; equal probabilities count by class order."""
        return float(self.ranked[:k].sum() / self.pictures)

    def mistakes(self, most: int = 10) -> tuple[MistakenFile, ...]:
        """The wrong answers of which the network was surest, surest first: of all, a hundred are kept."""
        return self.surest[:most]

    def __repr__(self) -> str:
        found = int((self.counts.sum(1) > 0).sum())
        lines = [f"{self.network} on {self.source}: {self.pictures:,} pictures of {found:,} classes"]
        for k in (1, 5) if len(self.ranked) > 5 else (1,):
            low, high = self.interval(k)
            error = f"top-{k} error  {1 - self.top(k):>7.2%}"
            lines.append(f"{error}   with 95 % confidence between {1 - high:.2%} and {1 - low:.2%}")
        lines.append(f"loss        {self.loss:>8.4f}")
        return "\n".join([*lines, *(["", *counts] if (counts := counts_text(self)) else [])])

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain data: every class of which there are pictures, and every confusion that occurred."""
        return {
            "network": self.network,
            "source": self.source,
            "pictures": self.pictures,
            "accuracy": self.accuracy,
            "interval": list(self.interval()),
            "top5": self.top(5),
            "top5_interval": list(self.interval(5)),
            "loss": self.loss,
            "per_class": [
                {name: None if value != value else value for name, value in vars(figures).items()}
                for figures in self.per_class
                if figures.pictures
            ],
            "confusions": [
                {"label": label, "predicted": predicted, "pictures": count}
                for label, predicted, count in worst_confusions(self)
            ],
            "notes": list(self.notes),
        }


class _Tally:
    """The counts so far."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self.counts = np.zeros((len(names), len(names)), np.int32)
        self.ranked = np.zeros(len(names), np.int64)
        self.loss = 0.0
        self.surest: list[MistakenFile] = []

    def add(self, logits: Array, batch: Batch) -> None:
        probabilities, labels = softmax(logits), batch.labels
        predicted = probabilities.argmax(1)
        np.add.at(self.counts, (labels, predicted), 1)
        self.ranked += np.bincount(ranks(probabilities, labels), minlength=len(self.ranked))
        self.loss += float(cross_entropy(probabilities, labels).sum())
        for i in np.flatnonzero(predicted != labels):
            told = self.names[labels[i]], self.names[predicted[i]], float(probabilities[i, predicted[i]])
            self.surest.append(MistakenFile(str(batch.files[i]), *told))
        self.surest = sorted(self.surest, key=lambda one: -one.probability)[:_KEPT]


def evaluate_folder(
    model: Model, path: str, split: str = "test", *, skip_bad: bool = False, progress: bool = True
) -> StreamedEvaluation:
    """The model's figures on all pictures of a folder, read from the disk batch by batch (see `locality.evaluate`)."""
    net = model.network
    shape = frame(net.input)
    pictures = picture_folder(path, split)
    check_outputs(net, pictures.where, len(pictures.folders))
    (wide,) = net.output
    labels, notes = class_numbers(pictures.folders, model.classes, wide, pictures.where, net.name)
    classes = model.classes or tuple(map(str, range(wide)))
    tally = _Tally((*classes, *map(str, range(len(classes), wide))))
    rule = model.preprocessing
    read = partial(_read, shape=shape) if rule is None else rule.read
    left_out: Bad = []
    batches = pictures.batches(labels, read, batch_size(net), left_out if skip_bad else None)
    with closing(batches), Progress(f"{net.name} on {pictures.where}", pictures.count, 0, progress) as shown:
        for batch in batches:
            (logits,) = outputs(model, batch.images)
            tally.add(logits, batch)
            done = int(tally.ranked.sum())
            shown.step(done + len(left_out), tally.loss / done, float(tally.ranked[0] / done))
    done = int(tally.ranked.sum())
    if left_out:
        said = unreadable_text(left_out, pictures.count)
        if not done:
            raise DataError(f"{pictures.where}: no picture can be read. {said}. Mend or replace them.")
        notes = (*notes, f"left out {said}.")
    return StreamedEvaluation(
        net.name, pictures.where, classes, tally.counts, tally.ranked, tally.loss / done, tuple(tally.surest), notes
    )


def _read(file: Path, shape: tuple[int, int, int]) -> Picture:
    return fit_picture(read_picture(file, shape[0]), shape)
