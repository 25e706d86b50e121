"""The theoretical receptive field over a picture, as a matplotlib figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from locality.errors import ShapeError
from locality.geometry.arguments import place_given, shape_text
from locality.network.network import Network, network_of
from locality.network.seen import seen
from locality.network.table import Row, trace
from locality.views.figure.plots.plot import Array, Plot, drawing, panel, plot, show_picture
from locality.views.figure.theme import Theme, themed
from locality.views.sample import Picture, given_pictures

Span = tuple[float, float]
_RULED = 32  # cells a side up to which a blank ground shows them
_NAMES = {
    1: [("cells", "before", "after")],
    2: [("rows", "above", "below"), ("columns", "left", "right")],
    3: [("slices", "before", "behind"), ("rows", "above", "below"), ("columns", "left", "right")],
}


def field(
    subject: Any, node: str, place: Sequence[int] | int, image: Any = None, *, theme: str | Theme = "light"
) -> Plot:
    """The theoretical receptive field of a cell of `node` at `place` (space alone, no channel) over the picture:
    exactly the input sites on which it can depend, and, dashed, its whole field as if the picture went on, which shows
    where padding is reached.

    Without an image, a record shows its own, everything else a blank ground. Raises `UnknownNameError` for a node that
    is not there, `ShapeError` for a place outside its map, an input without space or a picture of another shape.

    >>> net = Network.from_text("two: 1x8x8 | conv 4 3x3 pad 1 | relu | max 2x2")
    >>> field(net, "pool1", (0, 0)).title
    'two: pool1 at (0, 0) can depend on 3x3 cells of the input'
    """
    net, look = network_of(subject), themed(theme)
    if len(net.input) == 1:
        raise ShapeError(f"{net.name}: its input is flat, so there is no picture to draw a field on. Give it space.")
    place = place_given(place)
    sites, row = seen(net, node, place), trace(net)[node]
    whole = _whole(row, place)
    picture, mean, std = _ground(subject, net, image)
    at = f" at ({', '.join(map(str, place))})" if place else ""
    title = f"{net.name}: {node}{at} can depend on {shape_text([len(axis) for axis in sites])} cells of the input"
    note = _note(row, net, whole)
    # One axis is drawn as one row; of three, the slice in the middle of the field.
    if len(sites) == 3:
        slice_at = sites[0][len(sites[0]) // 2] if sites[0] else 0
        note += f" Slice {slice_at} of {net.input[1]} is drawn."
        picture = None if picture is None else picture[:, slice_at]
    high, wide = (1, net.input[1]) if len(sites) == 1 else net.input[-2:]
    down, across = (((0,), sites[0]) if len(sites) == 1 else sites[-2:]) if all(sites) else ((), ())
    spans: list[Span] = [(-0.5, high - 0.5), (-0.5, wide - 0.5)]
    dashed = None if whole is None else [(-0.5, 0.5), *whole] if len(sites) == 1 else whole[-2:]
    if dashed is not None:
        spans = [(min(a, c), max(b, d)) for (a, b), (c, d) in zip(spans, dashed, strict=True)]
    tall, broad = (end - start for start, end in spans)
    unit, margin = min(420 / tall, 560 / broad), 0.015 * max(tall, broad)
    with drawing(look):
        width, height = broad * unit, max(tall * unit, 60)
        figure = plot(width + 110, height + 164, title, note)
        axes = panel(figure, (figure.bbox.width - width) / 2 + 20, 74, width, height)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        if picture is not None:
            said = show_picture(axes, picture, look, mean, std)
            axes.set_title(said, color=look.muted, fontsize="small", loc="right")
        else:
            axes.add_patch(Rectangle((-0.5, -0.5), wide, high, facecolor=look.soft, edgecolor="none"))
            if max(high, wide) <= _RULED:
                axes.vlines(np.arange(0.5, wide - 1), -0.5, high - 0.5, look.line, linewidth=0.4)
                axes.hlines(np.arange(0.5, high - 1), -0.5, wide - 0.5, look.line, linewidth=0.4)
        axes.add_patch(Rectangle((-0.5, -0.5), wide, high, fill=False, edgecolor=look.muted))
        tint = {"facecolor": look.window + "59", "edgecolor": look.window, "linewidth": 1.5}
        for top, tops in _runs(down):
            for left, lefts in _runs(across):
                axes.add_patch(Rectangle((left - 0.5, top - 0.5), lefts, tops, label="seen", **tint))
        key = [Patch(label="cells it can depend on", **tint)]
        if dashed is not None:
            (y, bottom), (x, right) = dashed
            dash = {"fill": False, "edgecolor": look.output, "linewidth": 1.5, "linestyle": "--"}
            axes.add_patch(Rectangle((x, y), right - x, bottom - y, label="whole", **dash))
            key.append(Patch(label="its field as if the picture went on", **dash))
        axes.set_xlim(spans[1][0] - margin, spans[1][1] + margin)
        axes.set_ylim(spans[0][1] + margin, spans[0][0] - margin)
        axes.set_xlabel("column of the input (cells)" if len(sites) > 1 else "place in the input (cells)")
        if len(sites) > 1:
            axes.set_ylabel("row of the input (cells)")
            axes.yaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        axes.set_aspect("equal" if len(sites) > 1 else "auto")
        axes.spines[:].set_visible(False)
        axes.legend(handles=key, loc="upper left", bbox_to_anchor=(0, -48 / height), borderaxespad=0, ncols=2)
    return figure


def _whole(row: Row, place: Sequence[int]) -> list[Span] | None:
    """Where the field lies along each axis as if the input went on for ever; None where no one rule says it."""
    if row.field is None or row.jump is None or row.offset is None or row.field_varies:
        return None
    spans = []
    for size, jump, offset, at in zip(row.field, row.jump, row.offset, place, strict=True):
        if jump is None or offset is None or jump.denominator > 1:
            return None
        middle = float(offset + jump * at)
        spans.append((middle - size / 2, middle + size / 2))
    return spans


def _ground(subject: Any, net: Network, image: Any) -> tuple[Array | None, tuple[float, ...], tuple[float, ...]]:
    """The picture to draw on, and what brings it back to brightness."""
    owner = subject if hasattr(subject, "mean") else getattr(subject, "model", None)  # a run has a model
    mean, std = getattr(owner, "mean", ()), getattr(owner, "std", ())
    if image is not None:
        return given_pictures(net, [Picture(image, "field")])[0].array, mean, std
    return (subject.images[0] if hasattr(subject, "values") else None), mean, std


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Places in rising order as runs (first, how many)."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs


def _note(row: Row, net: Network, whole: Sequence[Span] | None) -> str:
    """Size, jump and offset of the field, and how far it reaches beyond the picture."""
    if row.jump is None or row.offset is None or row.field is None:
        return "It can see the whole input."
    size = shape_text(row.field) + (" at most" if row.field_varies else "")
    said = f"Field: size {size}, jump {_each(row.jump)}, the first output's centre at {_each(row.offset)}."
    beyond = []
    for (start, end), cells, (name, before, after) in zip(
        whole or [], net.input[1:], _NAMES[len(net.input) - 1], strict=bool(whole)
    ):
        counts = ((-0.5 - start, before), (end - cells + 0.5, after))
        beyond += [f"{count:g} {name if count != 1 else name[:-1]} {side}" for count, side in counts if count > 0]
    return f"{said} It reaches into the padding: {', '.join(beyond)}." if beyond else said


def _each(values: Sequence[Any]) -> str:
    """One number where all axes agree, else one for each."""
    said = ["varying" if value is None else f"{float(value):g}" for value in values]
    return said[0] if len(set(said)) == 1 else f"({', '.join(said)})"
