"""The structure factor of a ground state, as a matplotlib figure of plain data: a map, and a walk through the zone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from locality.errors import DescriptionError
from locality.views.figure.plots.plot import Plot, colours, drawing, number, panel, plot
from locality.views.figure.theme import Theme, themed

Plain = Mapping[str, Any]
Array = npt.NDArray[np.float64]

_SIDE, _WALK = 250.0, 300.0  # of the map and the walk, in CSS pixels
_LEFT, _TOP = 58.0, 84.0
_MARKED = (("o", (1, 1), "(π, π): Neel"), ("s", (1, 0), "(π, 0): stripes"))  # orders, in units of pi


def structure_factor(found: Plain, *, theme: str | Theme = "light") -> Plot:
    """S(q) at every wave that fits the square lattice, its Brillouin zone framed, (pi, pi) and (pi, 0) marked; and
    where both sides are the same even number, S(q) with its errors along (0, 0), (pi, 0), (pi, pi), (0, 0).

    `found` is the plain data of a ground state of a periodic square lattice, what its `to_dict` gives. The second axis
    of the lattice runs to the right, as in its pictures. Raises `DescriptionError` for other data.
    """
    values, errors = _measured(found)
    look, size = themed(theme), values.shape
    walked = size[0] == size[1] and size[0] % 2 == 0
    title = f"Structure factor S(q), square {size[0]}x{size[1]}, J2 = {found['j2']:g}"
    note = "S(q) = (1/N) sum of exp(iq(r − r')) <S(r).S(r')>. " + ("Bars: one standard error." if walked else "")
    with drawing(look):
        figure = plot(_LEFT + _SIDE + 82 + (_WALK + 66 if walked else 0), _TOP + _SIDE + 84, title, note)
        scale = ScalarMappable(
            Normalize(0, float(np.nanmax(values))), colours([look.background, look.input_soft, look.input])
        )
        axes = panel(figure, _LEFT, _TOP, _SIDE, _SIDE)
        _map(axes, values, scale, look)
        bar = figure.colorbar(scale, cax=panel(figure, _LEFT + _SIDE + 14, _TOP, 12, _SIDE))
        bar.locator = MaxNLocator(5)
        bar.formatter = lambda value, _: number(value)
        bar.update_ticks()
        bar.outline.set_visible(False)
        place = (16 / figure.bbox.width, 10 / figure.bbox.height)
        figure.legend(*axes.get_legend_handles_labels(), loc="lower left", ncols=2, bbox_to_anchor=place)
        if walked:
            _walk(panel(figure, _LEFT + _SIDE + 120, _TOP, _WALK, _SIDE), values, errors, look)
    return figure


def _map(axes: Axes, values: Array, scale: ScalarMappable, look: Theme) -> None:
    """Each wave as a cell, the zone and half of a cell around it."""
    rows, columns = values.shape
    down, right = (np.arange(-(count // 2), count // 2 + 1) for count in (rows, columns))  # an even side's edge twice
    edges = [(np.append(each, each[-1] + 1) - 0.5) * 2 / count for each, count in ((down, rows), (right, columns))]
    shown = values[np.ix_(down % rows, right % columns)]
    axes.pcolormesh(edges[1], edges[0], shown, cmap=scale.cmap, norm=scale.norm, edgecolors=look.line, linewidth=0.3)
    axes.add_patch(Rectangle((-1, -1), 2, 2, fill=False, edgecolor=look.ink, linewidth=1))
    for marker, (x, y), label in _MARKED:
        style = {"markersize": 7, "markerfacecolor": look.background, "markeredgecolor": look.window}
        axes.plot([x], [y], marker, markeredgewidth=1.5, linewidth=0, clip_on=False, label=label, **style)
    axes.set_title("S(q) in the Brillouin zone", loc="left")
    axes.set(xlabel="qx / π", ylabel="qy / π", xticks=[-1, 0, 1], yticks=[-1, 0, 1], aspect="equal")
    axes.set_xticklabels(["−1", "0", "1"])
    axes.set_yticklabels(["−1", "0", "1"])
    axes.spines[:].set_visible(False)


def _walk(axes: Axes, values: Array, errors: Array, look: Theme) -> None:
    half = len(values) // 2
    waves = [(0, k) for k in range(half)] + [(k, half) for k in range(half)] + [(k, k) for k in range(half, -1, -1)]
    lengths = np.hypot(*np.diff(waves, axis=0).T)
    at = np.concatenate([[0.0], np.cumsum(lengths)])
    y, bars = (np.array([each[wave] for wave in waves]) for each in (values, errors))
    axes.errorbar(at, y, np.nan_to_num(bars), color=look.input, marker="o", markersize=4, linewidth=1, capsize=2)
    corners = at[[0, half, 2 * half, 3 * half]]
    for corner in corners[1:3]:
        axes.axvline(corner, color=look.line, linewidth=0.75, zorder=0)
    axes.set_xticks(corners, ["(0, 0)", "(π, 0)", "(π, π)", "(0, 0)"])
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.set_title("S(q) from corner to corner", loc="left")
    axes.set(xlim=(-0.02 * at[-1], 1.02 * at[-1]), ylim=(-0.03 * axes.get_ylim()[1], None))
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _measured(found: Any) -> tuple[Array, Array]:
    """S(q) and its errors, (rows, columns), nan where they are not known."""
    measured = (found.get("observables") or {}).get("structure_factor") if isinstance(found, Mapping) else None
    if not isinstance(measured, Mapping):
        raise DescriptionError(
            "structure_factor: this is not the plain data of a ground state with its observables. Give what its "
            "to_dict gives, or the JSON that `locality ground-state --json` prints."
        )
    lattice = found["lattice"]
    if lattice["name"] != "square" or not lattice["periodic"]:
        said = lattice["name"] + ("" if lattice["periodic"] else " with open edges")
        raise DescriptionError(
            f"structure_factor: the lattice is {said}; this figure is of the zone of a periodic square one. Read S(q) "
            f"in the data."
        )
    values, errors = (np.array(measured[name], np.float64) for name in ("values", "errors"))
    return values, errors
