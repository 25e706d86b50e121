"""Locality is lost by flattening: networks on pictures, and on the same pictures with their pixels in another order.

A fully connected network reads its pixels in no order: permute them, permute the columns of its first weights alike,
and every sum is the same, before training and after each of its steps. A convolution reads neighbours.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

from locality import zoo
from locality.data import Dataset, Images
from locality.engine.recipe import Recipe
from locality.engine.run import Run
from locality.engine.train import train
from locality.geometry.arguments import whole
from locality.network.initial import generator
from locality.network.network import Network
from locality.studies.kept import folder_of, open_study, settings_of
from locality.studies.measured import many, over_seeds, percent, with_interval, wrapped
from locality.studies.scaled import laid_out
from locality.studies.shifts import shift_errors

PIXELS = (0, 1, 2, 3, 4)  # how far test pictures are moved
NETWORKS = (("fully connected", "ffnn"), ("LeNet-5", "lenet5"))


@dataclass(frozen=True)
class Row:
    """One network, a number for each seed: the test error on the pictures, the test error of another one of it that
    was trained and tested on permuted pixels, and the first one's error on pictures moved by each of `PIXELS`."""

    name: str
    parameters: int
    pictures: tuple[float, ...]
    permuted: tuple[float, ...]
    moved: tuple[tuple[float, ...], ...]

    @property
    def loss(self) -> tuple[float, float]:
        """Where the mean of what the permutation adds to the error lies with 95 % confidence, over the seeds."""
        return over_seeds([there - here for here, there in zip(self.pictures, self.permuted, strict=True)])


@dataclass(frozen=True, repr=False)
class Permutation:
    """The finished study: printed it is two tables, with what can be said of them."""

    data: str
    pictures: tuple[int, int]
    epochs: int
    seeds: int
    rows: tuple[Row, ...]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the numbers say of each network, with 95 % confidence over the seeds: what the other order of the pixels
        does to its error, and what a move does."""
        return tuple(sentence for row in self.rows for sentence in (_of_order(row), _of_moves(row)))

    def __repr__(self) -> str:
        train_count, test_count = self.pictures
        wide = max(len("moved by pixels"), *(len(row.name) for row in self.rows))
        told = (
            f"permutation on {self.data}: {train_count:,} pictures to train on, {test_count:,} to test; "
            f"{many(self.epochs, 'epoch')}, {many(self.seeds, 'seed')}, no augmentation. Test errors in %, with 95 % "
            "confidence over the seeds."
        )
        lines = [
            wrapped(told),
            "",
            f"{'':<{wide}}  {'on the pictures':>19}  {'pixels permuted':>19}",
            *(f"{row.name:<{wide}}  {_mean(row.pictures):>19}  {_mean(row.permuted):>19}" for row in self.rows),
            "",
            f"{'moved by pixels':<{wide}}" + "".join(f"{far:>8}" for far in PIXELS),
            *(f"{row.name:<{wide}}" + "".join(f"{percent(fmean(each)):>8}" for each in row.moved) for row in self.rows),
            "",
            *map(wrapped, self.remarks),
        ]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """The study as plain data; errors are shares, one for each seed, with the interval of their mean."""
        return {
            "study": "permutation",
            "data": self.data,
            "train": self.pictures[0],
            "test": self.pictures[1],
            "epochs": self.epochs,
            "seeds": self.seeds,
            "rows": [
                {
                    "name": row.name,
                    "parameters": row.parameters,
                    "pictures": _plain(row.pictures),
                    "permuted": _plain(row.permuted),
                    "moved": [{"pixels": far, **_plain(each)} for far, each in zip(PIXELS, row.moved, strict=True)],
                }
                for row in self.rows
            ],
            "remarks": list(self.remarks),
        }


def permutation(
    data: Dataset, epochs: int = 3, seeds: int = 5, out: str | Path | None = None, progress: bool = True
) -> Permutation:
    """Train a fully connected network and LeNet-5 on a data set, its pictures brought to 28x28, and on the same with
    one permutation of the pixels, by a `Recipe` without shifts, and move the test pictures by 0 to 4 pixels.

    With `out`, every run is kept there, and a second call goes on with what is missing, also for more `seeds`. Raises
    `DescriptionError` for no epoch or fewer than 2 seeds, and `RunError` where `out` is no folder or holds
    another study.
    """
    epochs, seeds = whole("epochs", epochs), whole("seeds", seeds, 2)
    data = laid_out(data)
    folder = folder_of(out)
    if folder is not None:
        open_study(folder, settings_of("permutation", data, epochs))
    mixed = permuted(data)
    rows = []
    for title, name in NETWORKS:
        net = zoo.get(name, data.shape, len(data.classes))
        runs = [
            (
                _trained(net, data, epochs, seed, folder and folder / f"{name}-pictures-{seed}", progress),
                _trained(net, mixed, epochs, seed, folder and folder / f"{name}-permuted-{seed}", progress),
            )
            for seed in range(seeds)
        ]
        rows.append(
            Row(
                title,
                net.parameter_count,
                tuple(_error(run) for run, _ in runs),
                tuple(_error(run) for _, run in runs),
                tuple(zip(*(shift_errors(run, PIXELS) for run, _ in runs), strict=True)),
            )
        )
    return Permutation(data.name, (len(data.train), len(data.test)), epochs, seeds, tuple(rows))


def order_of(shape: Sequence[int]) -> npt.NDArray[np.int64]:
    """The one permutation of the pixels of pictures of a shape: at each place which pixel comes there."""
    return generator(0, "permutation").permutation(int(np.prod(shape[1:])))


def permuted(data: Dataset) -> Dataset:
    """The data set with the pixels of every picture in the same other order, its channels kept together.

    >>> from locality.data import dataset
    >>> digits = dataset("digits")
    >>> bool((permuted(digits).test.images.sum((1, 2, 3)) == digits.test.images.sum((1, 2, 3))).all())
    True
    """
    order = order_of(data.shape)
    train_images, test_images = (
        Images(
            np.ascontiguousarray(each.images.reshape(*each.images.shape[:2], -1)[..., order]).reshape(
                each.images.shape
            ),
            each.labels,
        )
        for each in (data.train, data.test)
    )
    return replace(data, name=f"{data.name}, pixels permuted", train=train_images, test=test_images)


def _trained(net: Network, data: Dataset, epochs: int, seed: int, place: Path | None, progress: bool) -> Run:
    # No shifts: they would move pixels that the permutation has put elsewhere.
    recipe = Recipe(epochs=epochs, shift=0, seed=seed)
    run = train(net, data, recipe, out=place, resume=place is not None, progress=False)
    if progress:
        said = f"{net.name} on {data.name}, seed {seed}: error {percent(_error(run))} %, {run.seconds:.1f} s"
        print(said, file=sys.stderr, flush=True)
    return run


def _error(run: Run) -> float:
    return 1 - (run.accuracy or 0.0)


def _mean(errors: tuple[float, ...]) -> str:
    return with_interval(fmean(errors), _interval(errors))


def _interval(errors: tuple[float, ...]) -> tuple[float, float]:
    """Of the mean error: a share, so never beyond 0 and 1."""
    low, high = over_seeds(errors)
    return max(low, 0.0), min(high, 1.0)


def _plain(errors: tuple[float, ...]) -> dict[str, Any]:
    return {"error": fmean(errors), "interval": list(_interval(errors)), "errors": list(errors)}


def _of_order(row: Row) -> str:
    low, high = row.loss
    if low <= 0 <= high:
        said = f"by {_points(low)} to {_points(high)} points, which may be nothing"
        return f"{row.name}: the other order changes the error {said}."
    what = "raises" if low > 0 else "lowers"
    low, high = sorted(map(abs, row.loss))
    return f"{row.name}: the other order {what} the error by {percent(low)} to {percent(high)} points."


def _of_moves(row: Row) -> str:
    moved = [percent(fmean(each)) for each in row.moved]
    return f"{row.name}: {moved[-1]} % wrong on pictures moved by {PIXELS[-1]} pixels, {moved[0]} % where they stand."


def _points(share: float) -> str:
    return f"{100 * share:+.2f}"
