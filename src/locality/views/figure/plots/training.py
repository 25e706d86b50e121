"""How training went, as matplotlib figures: curves by epoch, the confusion matrix, the surest mistakes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from locality.errors import DescriptionError, RunError
from locality.geometry.arguments import whole
from locality.views.figure.font import shortened, width_of
from locality.views.figure.plots.plot import Array, Plot, colours, drawing, number, panel, plot, points, show_picture
from locality.views.figure.theme import Theme, ink_on, mixed, themed

_NUMBERED = 20  # classes of which every count is written
_NAMED = 40  # classes whose names stand at the axes
_MARKED = 20  # epochs of which each has a dot


def curves(run: Any, *, theme: str | Theme = "light") -> Plot:
    """Loss, accuracy and learning rate by epoch, with the accuracy on the test pictures where it is known. Of a run
    that was stopped, the epochs to come are shaded.

    Raises `DescriptionError` for what is no run, and `RunError` where no epoch is done.
    """
    history = _run("curves", run).history
    if not history:
        raise RunError(f"{run.network.name}: no epoch is done, so there is no curve. Train it first.")
    look, done, all_of_them = themed(theme), len(history), max(run.recipe.epochs, len(history))
    epochs = [line["epoch"] for line in history]
    smoothed = f", labels smoothed by {run.recipe.label_smoothing:g}" if run.recipe.label_smoothing else ""
    trained, held_out = ("training pictures, while it learns", look.input), ("pictures held out", look.output)
    drawn = [  # title, unit, factor, what is drawn by its name in the history
        ("loss", "cross-entropy (nats)", 1, {"loss": (f"training pictures{smoothed}", look.input)}),
        ("accuracy", "classified correctly (%)", 100, {"accuracy": trained, "validation_accuracy": held_out}),
        ("learning rate", "learning rate", 1, {"rate": ("at the end of the epoch", look.muted)}),
    ]
    drawn = [each for each in drawn if any(name in line for name in each[3] for line in history)]
    title = f"{run.network.name} on {run.data_name}: {_done(run)}"
    with drawing(look):
        figure = plot(320 * len(drawn), 352, title)
        for place, (name, unit, factor, lines) in enumerate(drawn):
            axes = panel(figure, 320 * place + 66, 74, 236, 170)
            axes.spines[["top", "right"]].set_visible(False)
            for key, (label, colour) in lines.items():
                if any(key in line for line in history):
                    values = [factor * line.get(key, np.nan) for line in history]
                    dots = "o" if done <= _MARKED else None
                    axes.plot(epochs, values, color=colour, label=label, marker=dots, markersize=4)
            if name == "accuracy" and run.accuracy is not None:
                label, share = f"test pictures: {run.accuracy:.2%}", 100 * run.accuracy
                axes.plot(epochs[-1:], [share], "D", color=look.window, markersize=6, label=label, clip_on=False)
            if not run.finished:
                axes.axvspan(done + 0.5, all_of_them + 0.5, color=look.soft, label="not trained yet", zorder=0)
            axes.set(title=name, xlabel="epoch", ylabel=unit, xlim=(0.5, all_of_them + 0.5))
            if name != "accuracy":
                axes.set_ylim(bottom=0)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
            axes.yaxis.set_major_locator(MaxNLocator(5))
            axes.yaxis.set_major_formatter(lambda value, _: number(value))
            axes.grid(axis="y")
            axes.legend(loc="upper left", bbox_to_anchor=(0, -0.24), borderaxespad=0, handlelength=1.4)
    return figure


def confusion(run: Any, data: Any = None, *, theme: str | Theme = "light") -> Plot:
    """The confusion matrix of the test pictures: rows are what they are, columns what they were taken for.

    `run` is a run, a model with `data`, or what `locality.evaluate` gave back. The diagonal has a scale of its own, so
    that mistakes show beside it: both colour by the share of the row's pictures. Up to 20 classes, the counts are
    written. Raises `DescriptionError` for what has no answers, and `RunError` for data of other classes or shapes.
    """
    look, answers = themed(theme), _answers("confusion", run, data)
    found = answers.found
    counts, names = found.confusion, found.names
    with np.errstate(invalid="ignore"):
        shares = 100 * counts / counts.sum(1, keepdims=True)
    off = ~np.eye(len(counts), dtype=bool)
    worst = float(np.nanmax(np.where(off, shares, np.nan), initial=0.0)) or 1.0
    low, high = found.interval()
    title = (
        f"{answers.title}{found.accuracy:.2%} of {found.pictures:,} {_split(found)}pictures are classified correctly"
    )
    note = f"With 95% confidence the true share lies between {low:.2%} and {high:.2%}."
    short = [shortened(name, 10, 110) for name in names] if len(names) <= _NAMED else ["100"]
    widest = max(width_of(name, 10) for name in short)
    side = float(min(max(38 * len(counts), 300), 760))
    is_long = widest + 4 > side / len(short)
    left, top, below = 48 + widest, 74.0, 56 + (widest if is_long else 10)
    scales = [
        ("right (the diagonal): share of its row (%)", ~off, look.output, 100.0),
        ("wrong: share of its row (%)", off, look.window, worst),
    ]
    with drawing(look):
        figure = plot(left + side + 210, top + side + below, title, note)
        axes = panel(figure, left, top, side, side)
        for place, (label, where, colour, most) in enumerate(scales):
            scale = ScalarMappable(Normalize(0, most), colours([look.background, colour]))
            axes.imshow(np.ma.masked_where(~where | np.isnan(shares), shares), cmap=scale.cmap, norm=scale.norm)
            bar = figure.colorbar(scale, cax=panel(figure, left + side + 24 + 84 * place, top, 14, side), label=label)
            bar.outline.set_visible(False)
        if len(counts) <= _NUMBERED:
            for (i, j), count in np.ndenumerate(counts):
                most, colour = (worst, look.window) if i != j else (100, look.output)
                fill = mixed(look.background, colour, shares[i, j] / most) if count else look.background
                ink = ink_on(fill) if count else look.muted
                axes.text(j, i, f"{count:,}" if count else "·", ha="center", va="center_baseline", color=ink)
        axes.set(xlabel="predicted class", ylabel="true class")
        if len(names) <= _NAMED:
            axes.set_xticks(range(len(names)), short, rotation=90 if is_long else 0)
            axes.set_yticks(range(len(names)), short)
        else:
            axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
            axes.yaxis.set_major_locator(MaxNLocator(10, integer=True))
        axes.tick_params(length=0)
    return figure


def mistakes(run: Any, most: int = 12, data: Any = None, *, theme: str | Theme = "light") -> Plot:
    """The test pictures that a run takes for another class, the ones of which it is surest first.

    Raises as `confusion` does.
    """
    look, most, answers = themed(theme), whole("most", most), _answers("mistakes", run, data)
    found, images = answers.found, answers.images
    if not hasattr(found, "probabilities"):
        raise DescriptionError(
            f"mistakes: this {type(found).__name__} keeps no probabilities and no pictures. Give a run, or a model and "
            f"data."
        )
    if images is None:
        raise DescriptionError("mistakes: these answers come without pictures. Give data, or the run itself.")
    sure, wrong = found.probabilities.max(1), np.flatnonzero(found.predicted != found.labels)
    shown = wrong[np.argsort(-sure[wrong], kind="stable")][:most]
    of = f"{len(found.labels):,} {found.split} pictures"
    first = f"the surest {len(shown)} of {len(wrong):,}" if len(shown) < len(wrong) else f"{len(wrong)}"
    noun = "mistake" if len(wrong) == 1 else "mistakes"
    title = f"{answers.title}{first if len(wrong) else 'no'} {noun} among {of}"
    columns = min(6, max(len(shown), 4))
    cell, picture, top = 150.0, 118.0, 66.0
    rows = -(-len(shown) // columns)
    with drawing(look):
        figure = plot(columns * cell + 32, top + max(rows, 0.4) * (picture + 48), title)
        for place, index in enumerate(shown):
            left, high = 16 + place % columns * cell, top + place // columns * (picture + 48)
            axes = panel(figure, left, high, picture, picture)
            show_picture(axes, images[index], look)
            names = [shortened(found.names[i], 11, 90) for i in (found.labels[index], found.predicted[index])]
            taken = f"{names[1]}  {sure[index]:.1%}"
            axes.text(0, -0.04, names[0], color=look.output, va="top", transform=axes.transAxes)
            axes.text(0, -0.18, taken, color=look.window, va="top", transform=axes.transAxes)
        if len(shown):
            key = [Patch(color=look.output, label="what it is")]
            key.append(Patch(color=look.window, label="what it was taken for, and with what probability"))
            figure.legend(
                handles=key,
                loc="upper left",
                ncols=2,
                bbox_to_anchor=(4 / figure.bbox.width, 1 - 30 / figure.bbox.height),
                handlelength=0.8,
                handleheight=0.8,
            )
        else:
            figure.text(0.5, 0.3, "Every one is classified correctly.", ha="center", fontsize=points(13))
    return figure


@dataclass(frozen=True, eq=False)
class _Answers:
    """Figures on labelled pictures (an `Evaluation`), a title's beginning, and the pictures where they are known."""

    found: Any
    title: str
    images: Array | None


def _answers(where: str, subject: Any, data: Any) -> _Answers:
    """Of a run or a model, its answers to the test pictures; of an evaluation, those it holds."""
    if hasattr(subject, "confusion") and hasattr(subject, "pictures"):
        images = None if data is None else getattr(data, getattr(subject, "split", "test")).images
        return _Answers(subject, "" if data is None else f"{data.name}: ", images)
    data = data if data is not None else getattr(subject, "data", None)
    if not hasattr(subject, "evaluate") or not hasattr(data, "test"):
        raise DescriptionError(
            f"{where}: this {type(subject).__name__} has no answers to test pictures. Give what locality.train or "
            f"locality.load gives back, or a model and data."
        )
    return _Answers(subject.evaluate(data), f"{subject.network.name} on {data.name}: ", data.test.images)


def _split(found: Any) -> str:
    """Which pictures an evaluation is of, where it says so."""
    split = getattr(found, "split", "")
    return f"{split} " if split else ""


def _run(where: str, subject: Any) -> Any:
    """The run. Raises `DescriptionError` for what is none."""
    history = getattr(subject, "history", None)
    if not isinstance(history, tuple | list) or not all(isinstance(line, Mapping) for line in history):
        raise DescriptionError(
            f"{where}: this {type(subject).__name__} is no run. Give what locality.train or locality.load gives back."
        )
    return subject


def _done(run: Any) -> str:
    """How far training came, in a few words."""
    done, planned = len(run.history), run.recipe.epochs
    if not run.finished:
        return f"stopped after epoch {done} of {planned}"
    epochs = "1 epoch" if done == 1 else f"{done} epochs"
    return f"{run.accuracy:.2%} of the test pictures are classified correctly after {epochs}"
