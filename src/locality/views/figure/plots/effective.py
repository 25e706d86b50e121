"""The effective receptive field beside the theoretical one, as a matplotlib figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from locality.errors import DescriptionError
from locality.network.network import network_of, shape_text
from locality.views.figure.plots.plot import Plot, colours, drawing, number, panel, plot
from locality.views.figure.theme import Theme, themed

_SIDE = 300.0


def effective_field(
    subject: Any,
    node: str | None = None,
    images: Any = None,
    place: Sequence[int] | int | None = None,
    *,
    theme: str | Theme = "light",
) -> Plot:
    """The receptive field of a cell, in theory and in effect: on the left the pixels on which the cell can depend, on
    the right how much each of them moves it.

    `subject` is a model or a run, with a `node`, or what `locality.effective_field` gave back; the other arguments are
    that function's. The dashed box is the shortest stretch along each axis that holds 95.45 % of the sum. Of three axes
    the slice at the middle of the field is drawn. Raises `DescriptionError` for what computes nothing and where no node
    is named, and what `locality.effective_field` raises.
    """
    look = themed(theme)
    is_given = hasattr(subject, "stretches")
    found = subject if is_given else _computed(subject, node, images, place)
    values, sites, stretches = np.atleast_2d(found.values), found.sites, found.stretches
    note = f"|gradient|, the mean of {found.pictures} pictures. "
    note += f"Along each axis {found.held:.2%} of it lies inside the dashed box, {shape_text(found.width)}."
    if len(sites) == 3:
        middle = sum(stretches[0]) // 2
        values, sites, stretches = values[middle], sites[1:], stretches[1:]
        note += f" Slice {middle} is drawn."
    elif len(sites) == 1:
        sites, stretches = ((0,), sites[0]), ((0, 0), stretches[0])
    at = f" at ({', '.join(map(str, found.place))})"
    owner = "" if is_given else f"{network_of(subject).name}: "
    title = f"{owner}{found.node}{at} can depend on {shape_text(found.theoretical)} pixels"
    high, wide = values.shape
    unit = _SIDE / max(high, wide)
    tall, broad = max(high * unit, 40), wide * unit
    scale = ScalarMappable(Normalize(0, float(values.max()) or 1.0), colours([look.background, look.output]))
    dash = {"fill": False, "edgecolor": look.ink, "linewidth": 1.5, "linestyle": "--"}
    edge = {"fill": False, "edgecolor": look.window, "linewidth": 1.5}
    with drawing(look):
        figure = plot(56 + 2 * broad + 50 + 90, tall + 168, title, note)
        left, right = (panel(figure, x, 86, broad, tall) for x in (56, 56 + broad + 50))
        theory = np.zeros(values.shape)
        theory[np.ix_(*map(list, sites))] = 1
        left.imshow(theory, cmap=colours([look.background, look.window_soft]), vmin=0, vmax=1, aspect="auto")
        right.imshow(values, cmap=scale.cmap, norm=scale.norm, aspect="auto")
        for axes, said in ((left, "in theory"), (right, "in effect")):
            axes.set_title(said, loc="left")
            if all(sites):
                axes.add_patch(_box([(axis[0], axis[-1]) for axis in sites], edge))
            _ruled(axes, high)
        right.add_patch(_box(stretches, dash))
        bar = figure.colorbar(scale, cax=panel(figure, 56 + 2 * broad + 58, 86, 10, tall))
        most = float(scale.norm.vmax or 0)
        bar.set_ticks([0, most], labels=["0", number(most)])
        bar.outline.set_visible(False)
        left.set_ylabel("row (pixels)" if high > 1 else "")
        key = [Patch(label="theoretical field", **edge), Patch(label="effective field", **dash)]
        left.legend(handles=key, loc="upper left", bbox_to_anchor=(0, -44 / tall), borderaxespad=0, ncols=2)
    return figure


def _computed(subject: Any, node: str | None, images: Any, place: Sequence[int] | int | None) -> Any:
    """The effective field of a model or a run."""
    if not hasattr(subject, "effective_field"):
        raise DescriptionError(
            f"effective_field: this {type(subject).__name__} computes nothing. Give a model, locality.build(net), a "
            f"run, or what locality.effective_field gave back."
        )
    if node is None:
        nodes = network_of(subject).nodes
        raise DescriptionError(
            f"effective_field: no node is named. Name one of {', '.join(n.name for n in nodes[:5])}."
        )
    return subject.effective_field(node, images=images, place=place)


def _box(stretches: Sequence[tuple[int, int]], looks: dict[str, Any]) -> Rectangle:
    """The rectangle from the first to the last row and column."""
    (top, bottom), (left, right) = stretches
    return Rectangle((left - 0.5, top - 0.5), right - left + 1, bottom - top + 1, **looks)


def _ruled(axes: Axes, rows: int) -> None:
    """Numbers along the sides; on a strip along the lower one alone."""
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set_xlabel("column (pixels)" if rows > 1 else "place (pixels)")
    if rows > 1:
        axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))
