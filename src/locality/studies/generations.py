"""ImageNet's generations in miniature: one data set, one budget, from hand-made descriptors to residual networks."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

from locality import classic, zoo
from locality.data import Dataset
from locality.engine.recipe import Recipe
from locality.engine.train import train
from locality.geometry.arguments import whole
from locality.network.network import Network
from locality.network.table import trace
from locality.studies import scaled
from locality.studies.kept import fitted, folder_of, open_study, settings_of
from locality.studies.measured import Measured, many, percent, with_interval, wrapped


@dataclass(frozen=True)
class Generation:
    """One step of the road: a pipeline or a network for pictures of a shape and so many classes. `top5` is its like's
    top-5 error in % on ImageNet as the lecture has it (of 2015 one network's 4.5; the ensemble that won had 3.57)."""

    name: str
    year: int
    make: Callable[[tuple[int, ...], int], classic.Pipeline | Network]
    top5: float | None = None


GENERATIONS = (
    Generation("HOG + SVM", 2010, lambda shape, classes: classic.get("hog-svm"), 28.2),
    Generation("Fisher + SVM", 2011, lambda shape, classes: classic.get("fisher-svm"), 25.8),
    Generation("fully connected", 1998, lambda shape, classes: zoo.get("ffnn", shape, classes)),
    Generation("LeNet-5", 1998, lambda shape, classes: zoo.get("lenet5", shape, classes)),
    Generation("AlexNet-shaped", 2012, scaled.alexnet, 16.4),
    Generation("GoogLeNet-shaped", 2014, scaled.googlenet, 6.6),
    Generation("ResNet-shaped", 2015, scaled.resnet, 4.5),
)
# Published too, with nothing of its kind here: name, year, top-5 error in %.
BESIDE: tuple[tuple[str, int | None, float], ...] = (("winner of 2013", 2013, 11.7), ("human", None, 5.1))


@dataclass(frozen=True)
class Row:
    """One generation: its test error, how many numbers it learns, how many multiply-accumulates a picture takes (None
    for descriptors, which are not made of them), the seconds of training for one seed, and ImageNet's top-5 error."""

    name: str
    year: int
    measured: Measured
    parameters: int
    macs: int | None
    seconds: float
    top5: float | None


@dataclass(frozen=True, repr=False)
class Generations:
    """The finished study: printed it is a table, with what can be said of the order below it."""

    data: str
    pictures: tuple[int, int]
    epochs: int
    seeds: int
    rows: tuple[Row, ...]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the numbers say: how the order here compares with ImageNet's, and what locality was worth. Two errors
        whose intervals overlap cannot be told apart."""
        return (*_order(self.rows), *_locality(self.rows))

    def __repr__(self) -> str:
        head = ["", "error % (95 %)", "parameters", "MACs", "time", "ImageNet"]
        lines = [
            [name, *(["-"] * 4 if row is None else _cells(row)), _top5(top5, year)]
            for name, year, top5, row in self._beside()
        ]
        widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
        train_count, test_count = self.pictures
        told = (
            f"generations on {self.data}: {train_count:,} pictures to train on, {test_count:,} to test; "
            f"{many(self.epochs, 'epoch')} for every network, {many(self.seeds, 'seed')}. Errors here are of the best "
            "answer, ImageNet's of the best five."
        )
        table = [
            "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
            for row in [head, *lines]
        ]
        return "\n".join([wrapped(told), "", *map(str.rstrip, table), "", *map(wrapped, self.remarks)])

    def _beside(self) -> list[tuple[str, int | None, float | None, Row | None]]:
        """Name, year, ImageNet's top-5 error and row of every generation, those among them that are only published."""
        lines: list[tuple[str, int | None, float | None, Row | None]]
        lines = [(row.name, row.year, row.top5, row) for row in self.rows]
        for name, year, top5 in BESIDE:
            later = [place for place, row in enumerate(self.rows) if year and row.top5 and row.year > year]
            lines.insert(min(later, default=len(lines)), (name, year, top5, None))
        return lines

    def to_dict(self) -> dict[str, Any]:
        """The study as plain data, for each generation, also those that are only published: errors as shares,
        `imagenet_top5` in %, None for what is not known."""
        return {
            "study": "generations",
            "data": self.data,
            "train": self.pictures[0],
            "test": self.pictures[1],
            "epochs": self.epochs,
            "seeds": self.seeds,
            "rows": [
                {"name": name, "year": year, **_plain(row), "imagenet_top5": top5}
                for name, year, top5, row in self._beside()
            ],
            "remarks": list(self.remarks),
        }


def generations(
    data: Dataset, epochs: int = 6, seeds: int = 1, out: str | Path | None = None, progress: bool = True
) -> Generations:
    """Train every generation on a data set, its pictures brought to 28x28, and measure it on the test pictures.

    The budget is the same for all networks: `epochs` times every training picture, by the same `Recipe`, whose
    defaults were made with LeNet-5; a budget of seconds would depend on the machine. Descriptors see every picture
    once. With `out`, every run is kept there, and a second call goes on with what is missing, also for more `seeds`.
    Raises `DescriptionError` for epochs or seeds below 1, and `RunError` where `out` is no folder or holds another
    study.

    >>> generations("fashion-mnist")
    Traceback (most recent call last):
    ...
    locality.errors.DataError: data: str is no Dataset. Give what locality.dataset gives.
    """
    epochs, seeds = whole("epochs", epochs), whole("seeds", seeds)
    data = scaled.laid_out(data)
    folder = folder_of(out)
    if folder is not None:
        open_study(folder, settings_of("generations", data, epochs))
    rows = []
    for number, generation in enumerate(GENERATIONS, start=1):
        if progress:
            print(f"{number} of {len(GENERATIONS)}: {generation.name}", file=sys.stderr, flush=True)
        rows.append(_row(generation, data, epochs, seeds, folder, progress))
    return Generations(data.name, (len(data.train), len(data.test)), epochs, seeds, tuple(rows))


def _row(generation: Generation, data: Dataset, epochs: int, seeds: int, folder: Path | None, progress: bool) -> Row:
    made, classes = generation.make(data.shape, len(data.classes)), len(data.classes)
    macs: int | None = None
    runs: list[Any] = []
    for seed in range(seeds):
        name = f"{made.name}-{seed}"
        place = None if folder is None else folder / name
        if isinstance(made, Network):
            recipe = Recipe(epochs=epochs, seed=seed)
            runs.append(train(made, data, recipe, out=place, resume=place is not None, progress=progress))
            parameters, macs = trace(made).parameters, trace(made).macs
        else:
            runs.append(fitted(made, data, seed, place))
            parameters = made.trace(data.shape, classes).parameters
    errors = tuple(1 - run.accuracy for run in runs)
    seconds = fmean(round(run.seconds, 3) for run in runs)  # as they are kept
    measured = Measured(errors, len(data.test))
    return Row(generation.name, generation.year, measured, parameters, macs, seconds, generation.top5)


def _cells(row: Row) -> list[str]:
    macs = "-" if row.macs is None else f"{row.macs:,}"
    error = with_interval(row.measured.error, row.measured.interval)
    return [error, f"{row.parameters:,}", macs, f"{row.seconds:.0f} s"]


def _top5(error: float | None, year: int | None) -> str:
    return "-" if error is None else f"{error:.1f}" + (f" ({year})" if year else " " * 7)


def _plain(row: Row | None) -> dict[str, Any]:
    if row is None:
        return dict.fromkeys(("error", "interval", "errors", "parameters", "macs", "seconds"))
    counts = {"parameters": row.parameters, "macs": row.macs, "seconds": round(row.seconds, 3)}
    return {**row.measured.to_dict(), **counts}


def _order(rows: tuple[Row, ...]) -> list[str]:
    """ImageNet's order, pair by pair, against the order here."""
    ranked = [row for row in rows if row.top5 is not None]
    pairs = list(combinations(ranked, 2))  # the later one has the lower error on ImageNet
    verdicts = [later.measured.against(earlier.measured) for earlier, later in pairs]
    same, open_, other = (verdicts.count(each) for each in ("lower", "cannot be told apart", "higher"))
    if same == len(pairs):
        return [f"The order of the {len(ranked)} generations is ImageNet's."]
    lines = [
        f"ImageNet orders {len(pairs)} pairs of these generations; here {same} come in the same order, {open_} cannot "
        f"be told apart, {other} are the other way round."
    ]
    for (earlier, later), verdict in zip(pairs, verdicts, strict=True):
        if verdict == "higher":
            lines.append(f"Unlike on ImageNet, {_said(earlier)} is ahead of {_said(later)}.")
    apart = [f"{a.name} and {b.name}" for (a, b), each in zip(pairs, verdicts, strict=True) if each.startswith("cann")]
    return lines + ([f"Not to be told apart: {'; '.join(apart)}."] if apart else [])


def _locality(rows: tuple[Row, ...]) -> list[str]:
    """The fully connected network beside LeNet-5."""
    dense, local = (next(row for row in rows if row.name == name) for name in ("fully connected", "LeNet-5"))
    counts = f"with {local.parameters:,} parameters against {dense.parameters:,}"
    verdict = local.measured.against(dense.measured)
    if verdict.startswith("cannot"):
        return [f"{local.name} and the fully connected network cannot be told apart, {counts}."]
    what = "ahead of" if verdict == "lower" else "behind"
    return [f"{_said(local)} is {what} the fully connected network ({percent(dense.measured.error)} %), {counts}."]


def _said(row: Row) -> str:
    return f"{row.name} ({percent(row.measured.error)} %)"
