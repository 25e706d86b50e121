"""Coarse graining: pictures of the levels at each temperature and the flow of what is measured on them, as a matplotlib
figure of plain data."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from locality.errors import DescriptionError
from locality.views.figure.plots.plot import Plot, colours, drawing, panel, plot, points
from locality.views.figure.theme import Theme, mixed, themed

Plain = Mapping[str, Any]
_CURVES = {"nearest": "nearest-neighbour correlation", "magnetisation": "magnetisation <|m|>", "binder": "Binder's U4"}
_MARKS = "osD^v<>"
_LEFT, _TOP, _GAP = 92.0, 66.0, 10.0  # of the pictures, in CSS pixels
_LARGEST = 140.0  # side of a picture
_WIDE, _HIGH = 210.0, 170.0  # of a panel with curves


def blocks(study: Plain, *, theme: str | Theme = "light") -> Plot:
    """One row of pictures for each temperature, a sample on every level, and below them how the nearest-neighbour
    correlation, <|m|> and Binder's U4 flow, with their errors.

    `study` is plain data: what the study's `to_dict` gives (of `flow` too), or what `locality blocks --json` prints.
    Raises `DescriptionError` for other data.
    """
    flows, look = _flows(study), themed(theme)
    drawn = [flow for flow in flows if flow["levels"][0]["picture"]]
    count = max(len(flow["levels"]) for flow in flows)
    first = flows[0]
    size, rule = "x".join(map(str, first["levels"][0]["size"])), f"{first['rule']} of {_times(first['block'])}"
    title = f"Coarse graining the {size} {first['lattice']} lattice, {rule}"
    ties = ", ties by a fair coin" if first["ties"] == "random" else ", ties to the first site"
    even = first["rule"] == "majority" and int(np.prod(first["block"])) % 2 == 0
    note = f"{first['samples']:,} samples at each temperature{ties if even else ''}. Bars: one standard error."
    wide = 3 * (_WIDE + 60) + 16
    side = min((wide - _LEFT - 16) / count - _GAP, _LARGEST)
    below = _TOP + (len(drawn) * (side + _GAP) + 40 if drawn else 0)
    hues = _hues(len(flows), look)
    with drawing(look):
        figure = plot(wide, below + _HIGH + 106, title, note)
        for row, (flow, colour) in enumerate(zip(flows, hues, strict=False)):
            if flow["levels"][0]["picture"]:
                _pictures(figure, flow, _TOP + 22 + row * (side + _GAP), side, row == 0, look, colour)
        for place, (name, said) in enumerate(_CURVES.items()):
            axes = panel(figure, 48 + place * (_WIDE + 60), below + 18, _WIDE, _HIGH)
            axes.set_title(said)
            for flow, colour, mark in zip(flows, hues, _MARKS * len(flows), strict=False):
                _curve(axes, flow, name, colour, mark)
            axes.set_xlabel("level")
            axes.set_xticks(range(count))
            axes.yaxis.set_major_locator(MaxNLocator(5))
            axes.grid(axis="y")
            axes.spines[["top", "right"]].set_visible(False)
        where = (0.5, 6 / figure.bbox.height)
        keys = figure.axes[-1].get_legend_handles_labels()
        figure.legend(*keys, loc="lower center", ncols=min(len(flows), 5), bbox_to_anchor=where)
    return figure


def _pictures(figure: Plot, flow: Plain, top: float, side: float, is_first: bool, look: Theme, colour: str) -> None:
    where = 16 / figure.bbox.width, 1 - (top + side / 2) / figure.bbox.height
    figure.text(*where, _said(flow), va="center", color=colour, fontsize=points(11))
    scale = colours([look.scale[1], look.scale[len(look.scale) // 2], look.scale[-3]])
    for number, level in enumerate(flow["levels"]):
        rows = [[{"+": 1, "-": -1}.get(one, one) for one in row] for row in level["picture"]]
        axes = panel(figure, _LEFT + number * (side + _GAP), top, side, side)
        axes.imshow(np.array(rows, float), cmap=scale, vmin=-1, vmax=1)
        axes.spines[:].set_visible(False)
        if is_first:
            said = f"{level['size'][0]}x{level['size'][1]}"
            axes.set_title(said, color=look.muted, fontsize=points(11))


def _curve(axes: Axes, flow: Plain, name: str, colour: str, mark: str) -> None:
    found = [level[name] or {"value": np.nan, "error": None} for level in flow["levels"]]
    values, spread = [one["value"] for one in found], [one["error"] or 0.0 for one in found]
    style = {"color": colour, "marker": mark, "markersize": 5, "capsize": 3}
    axes.errorbar(range(len(found)), values, spread, label=_said(flow), **style)


def _hues(count: int, look: Theme) -> Sequence[str]:
    """From cold to hot."""
    if count <= 3:
        return (look.input, look.output, look.window)
    middle = (count - 1) / 2
    ends = (look.input, look.output), (look.output, look.window)
    return [mixed(*ends[int(n > middle)], (n / middle) % 1 if n != 2 * middle else 1.0) for n in range(count)]


def _said(flow: Plain) -> str:
    return "spins" if flow["temperature"] is None else f"T = {flow['temperature']:.4g}"


def _times(block: Sequence[int]) -> str:
    return "x".join(map(str, block))


def _flows(study: Any) -> Sequence[Plain]:
    kind = study.get("study") if isinstance(study, Mapping) else None
    flows = [study] if kind == "flow" else study.get("flows") if kind in ("flows", "blocks") else None
    if not flows:
        raise DescriptionError(
            "blocks: this is not the plain data of coarse graining. Give what the to_dict of a flow gives, or the JSON "
            "that `locality blocks --json` prints."
        )
    found: Sequence[Plain] = flows
    return found
