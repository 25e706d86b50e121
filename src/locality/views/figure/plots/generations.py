"""The generations of ImageNet in miniature, and what flattening loses, as matplotlib figures of plain rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from locality.errors import DescriptionError
from locality.views.figure.font import width_of
from locality.views.figure.plots.plot import Plot, drawing, number, panel, plot, points
from locality.views.figure.theme import Theme, themed

Plain = Mapping[str, Any]
_ROW, _TOP = 44.0, 96.0  # how high a row is, and where the first begins, in CSS pixels


def generations(study: Plain, *, theme: str | Theme = "light") -> Plot:
    """The test error of every generation with its interval, and beside it the top-5 error of its like on ImageNet.

    `study` is the plain data of the study: what its `to_dict` gives, or what `locality generations --json` prints.
    Raises `DescriptionError` for other data.
    """
    rows, look = _rows("generations", study), themed(theme)
    below = [_counts(row) for row in rows]
    left = 40 + max(
        width_of(text, 11) for row, counts in zip(rows, below, strict=True) for text in (row["name"], counts)
    )
    note = f"{study['train']:,} pictures to train on, {study['test']:,} to test; {_many(study, 'epoch')} for every "
    note += f"network, {_many(study, 'seed')}. Bars: 95 % confidence."
    with drawing(look):
        figure = plot(left + 590, _TOP + _ROW * len(rows) + 48, f"Generations on {study['data']} and on ImageNet", note)
        here, there = (panel(figure, left + 290 * side, _TOP, 260, _ROW * len(rows)) for side in range(2))
        here.set_title(f"{study['data']}: test error (%)")
        there.set_title("ImageNet, published: top-5 error (%)")
        for place, row in enumerate(rows):
            for text, down, colour, size in ((row["name"], -8, look.ink, 11), (below[place], 8, look.muted, 10)):
                where = 1 - (_TOP + _ROW * (place + 0.5) + down) / figure.bbox.height
                figure.text(16 / figure.bbox.width, where, text, va="center", color=colour, fontsize=points(size))
            if row["error"] is not None:
                _dot(here, row, place, look.output)
            if row["imagenet_top5"] is not None:
                there.plot(row["imagenet_top5"], place, "o", color=look.input, markersize=6)
                year = f"  ({row['year']})" if row["year"] else ""
                _beside(there, row["imagenet_top5"], place, f"{row['imagenet_top5']:.1f}{year}")
        for axes in (here, there):
            axes.set(ylim=(len(rows) - 0.5, -0.5), xlim=(0, 1.3 * axes.get_xlim()[1]))
            _counted(axes, "x")
            axes.spines["left"].set_visible(False)
    return figure


def permutation(study: Plain, *, theme: str | Theme = "light") -> Plot:
    """What a permutation of the pixels does to the error of each network, and what moving the pictures does.

    `study` is the plain data of the study, as for `generations`. Raises `DescriptionError` for other data.
    """
    rows, look = _rows("permutation", study), themed(theme)
    note = f"{_many(study, 'epoch')}, {_many(study, 'seed')}. Bars: the mean over the seeds, with 95 % confidence."
    with drawing(look):
        figure = plot(780, 372, f"Networks on {study['data']}: pixels permuted, pictures moved", note)
        left, right = panel(figure, 124, _TOP, 260, 190), panel(figure, 460, _TOP, 290, 190)
        labels: list[str] = []
        for row, colour in zip(rows, (look.input, look.window), strict=False):
            for kind, said in (("pictures", "the pictures"), ("permuted", "pixels permuted")):
                _dot(left, row[kind], len(labels), colour)
                labels.append(said)
            pixels, errors = zip(*((one["pixels"], 100 * one["error"]) for one in row["moved"]), strict=True)
            spread = np.transpose([_spread(one) for one in row["moved"]])
            right.errorbar(pixels, errors, spread, color=colour, marker="o", markersize=5, capsize=3, label=row["name"])
            right.set_xticks(pixels)
        left.set(title="test error (%) on", ylim=(len(labels) - 0.5, -0.5), xlim=(0, 1.25 * left.get_xlim()[1]))
        left.set_yticks(range(len(labels)), labels)
        right.set(title="test error (%) on pictures moved", xlabel="by so many pixels", ylim=(0, None))
        _counted(left, "x")
        _counted(right, "y")
        place = (12 / figure.bbox.width, 8 / figure.bbox.height)
        figure.legend(*right.get_legend_handles_labels(), loc="lower left", ncols=2, bbox_to_anchor=place)
    return figure


def _dot(axes: Axes, measured: Plain, place: float, colour: str) -> None:
    """An error, its interval, and its number behind it."""
    error, spread = 100 * measured["error"], _spread(measured)
    axes.errorbar(error, place, xerr=np.transpose([spread]), fmt="o", color=colour, markersize=6, capsize=3)
    _beside(axes, error + spread[1], place, f"{error:.2f}")


def _beside(axes: Axes, value: float, place: float, text: str) -> None:
    ground = {"facecolor": axes.get_facecolor(), "edgecolor": "none", "pad": 1}
    axes.annotate(text, (value, place), (8, 0), textcoords="offset points", va="center_baseline", bbox=ground)


def _spread(measured: Plain) -> tuple[float, float]:
    """How far the interval of an error reaches down and up from it, in points."""
    low, high = measured["interval"]
    # An error of 0 or 1 may lie outside by a rounding, which matplotlib refuses.
    return max(0.0, 100 * (measured["error"] - low)), max(0.0, 100 * (high - measured["error"]))


def _counted(axes: Axes, way: str) -> None:
    """Numbers and lines along one axis, and no frame."""
    axis = axes.xaxis if way == "x" else axes.yaxis
    axis.set_major_locator(MaxNLocator(5))
    axis.set_major_formatter(lambda value, _: number(value))
    axes.grid(axis=way)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _counts(row: Plain) -> str:
    if row["parameters"] is None:
        return "published only"
    macs = f", {row['macs'] / 1e6:.1f} M MACs" if row["macs"] else ""
    return f"{row['parameters']:,} parameters{macs}, {row['seconds']:.0f} s"


def _many(study: Plain, word: str) -> str:
    count = study[f"{word}s"]
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _rows(kind: str, study: Any) -> Sequence[Plain]:
    if not isinstance(study, Mapping) or study.get("study") != kind or not study.get("rows"):
        raise DescriptionError(
            f"{kind}: this is not the plain data of that study. Give what its to_dict gives, or the JSON that "
            f"`locality generations --json` prints."
        )
    rows: Sequence[Plain] = study["rows"]
    return rows
