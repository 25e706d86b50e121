"""The study of phases as a matplotlib figure of its plain data: P(T), T* against size, the collapse, the controls."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from locality.errors import DescriptionError
from locality.views.figure.plots.plot import Plot, colours, drawing, number, panel, plot, points
from locality.views.figure.theme import Theme, themed

Plain = Mapping[str, Any]

_WIDE, _HIGH = 330.0, 230.0  # a panel, in CSS pixels
_LEFT, _RIGHT, _UPPER, _LOWER = 64.0, 474.0, 92.0, 398.0  # where the panels begin
_COLUMNS = (  # of the table: what stands above a column, where it is found in a row, and where it ends
    ("network", "accuracy", 92),
    ("published", "published", 156),
    ("|m|", "magnetisation", 196),
    ("energy", "energy", 246),
    ("far", "far", 284),
    ("shuffled", "shuffled", 336),
)


def phases(study: Plain, *, theme: str | Theme = "light") -> Plot:
    """P(T), the mean output for "ordered", of each lattice size; where it crosses one half, against the size; the same
    curves against (T - Tc) L^(1/nu); and what the network is held against.

    `study` is the plain data of the study: what its `to_dict` gives, or what `locality phases --json` prints. Raises
    `DescriptionError` for other data.
    """
    rows, look = _rows(study), themed(theme)
    shades = colours([look.input, look.output, look.window])
    inks = [shades(place / max(len(rows) - 1, 1)) for place in range(len(rows))]
    seeds = f"{study['seeds']} seed" + ("s" if study["seeds"] != 1 else "")
    note = f"{study['network']}, {seeds}. Bars: one standard error, from a bootstrap over chains and seeds."
    bottom = max(_LOWER + _HIGH + 52, _LOWER + 44 + 24 * len(rows) + 24 * len(study["gauge"]) + 60)
    with drawing(look):
        figure = plot(_RIGHT + _WIDE + 24, bottom, f"Phases of the {study['lattice']} Ising model by a network", note)
        curves, sizes = panel(figure, _LEFT, _UPPER, _WIDE, _HIGH), panel(figure, _RIGHT, _UPPER, _WIDE, _HIGH)
        scaled, table = panel(figure, _LEFT, _LOWER, _WIDE, _HIGH), panel(figure, _RIGHT, _LOWER, _WIDE, _HIGH)
        _curves(curves, study, rows, inks, look)
        _sizes(sizes, study, rows, inks, look)
        _scaled(scaled, study, rows, inks, look)
        _table(table, study, rows, look)
    return figure


def _curves(axes: Axes, study: Plain, rows: Sequence[Plain], inks: Sequence[Any], look: Theme) -> None:
    axes.axvline(study["critical"], color=look.muted, linewidth=1, linestyle=(0, (4, 3)))
    axes.axhline(0.5, color=look.line, linewidth=0.75)
    for row, ink in zip(rows, inks, strict=True):
        axes.errorbar(
            row["temperatures"], row["ordered"], row["errors"],
            color=ink, marker="o", markersize=3, linewidth=1.2, capsize=0, label=f"L = {row['size']}",
        )  # fmt: skip
    axes.set(title="P(ordered)", xlabel="T / J", ylim=(-0.03, 1.03))
    _framed(axes)
    axes.annotate(
        "exact Tc", (study["critical"], 0.9), (5, 0), textcoords="offset points", color=look.muted, fontsize=points(10)
    )
    axes.legend(loc="upper right", handlelength=1.2, borderaxespad=0.2)


def _sizes(axes: Axes, study: Plain, rows: Sequence[Plain], inks: Sequence[Any], look: Theme) -> None:
    power = 1 / study["exact_nu"]
    label = "1 / L" if power == 1 else "L^(-1/nu)"
    axes.axhline(study["critical"], color=look.muted, linewidth=1, linestyle=(0, (4, 3)))
    fit, reach = study["fit"], max(row["size"] ** -power for row in rows)
    if fit is not None:
        x = np.linspace(0, 1.08 * reach, 2)
        axes.plot(x, fit["value"]["value"] + fit["gradient"]["value"] * x, color=look.ink, linewidth=1)
        _point(axes, 0, fit["value"], look.ink, "s")
    for row, ink in zip(rows, inks, strict=True):
        if row["crossing"] is not None:
            _point(axes, row["size"] ** -power, row["crossing"], ink, "o")
    said = "T*, where P = 1/2" if fit is None else f"T*, where P = 1/2: {_estimate(fit['value'])} at infinite size"
    axes.set(title=said, xlabel=label, xlim=(-0.06 * reach, 1.12 * reach))
    _framed(axes)
    axes.annotate(
        f"exact {study['critical']:.4f}", (1, study["critical"]), (-4, 3), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha="right", color=look.muted, fontsize=points(10),
    )  # fmt: skip


def _scaled(axes: Axes, study: Plain, rows: Sequence[Plain], inks: Sequence[Any], look: Theme) -> None:
    fit = study["fit"]
    middle = study["critical"] if fit is None else fit["value"]["value"]
    power = 1 / study["exact_nu"]
    axes.axhline(0.5, color=look.line, linewidth=0.75)
    for row, ink in zip(rows, inks, strict=True):
        x = (np.asarray(row["temperatures"]) - middle) * row["size"] ** power
        axes.errorbar(x, row["ordered"], row["errors"], color=ink, marker="o", markersize=3, linewidth=0, elinewidth=1)
    scale = "L" if power == 1 else f"L^{power:.3g}"
    axes.set(title="P(ordered), sizes brought together", xlabel=f"(T − {middle:.4f}) {scale}", ylim=(-0.03, 1.03))
    _framed(axes)


def _table(axes: Axes, study: Plain, rows: Sequence[Plain], look: Theme) -> None:
    """The share of right answers, in %, of the network and of what it is held against."""
    axes.axis("off")
    axes.set(xlim=(0, _WIDE), ylim=(_HIGH, 0))
    axes.set_title("right answers (%)")

    def write(x: float, y: float, text: str, colour: str, side: str = "right") -> None:
        axes.text(x, y, text, ha=side, va="center", color=colour, fontsize=points(11), clip_on=False)

    for title, _, edge in _COLUMNS:
        write(edge, 14, title, look.muted)
    axes.plot([0, _COLUMNS[-1][2]], [28, 28], color=look.line, linewidth=0.75, clip_on=False)
    for place, row in enumerate(rows):
        y = 44 + 24 * place
        write(0, y, f"L = {row['size']}", look.ink, "left")
        shares = {one["name"]: one["accuracy"] for one in row["controls"]}
        shares |= {name: row[name] for name in ("accuracy", "published")}
        for _, name, edge in _COLUMNS:
            if shares.get(name) is not None:
                write(edge, y, f"{100 * shares[name]:.1f}", look.output if name == "accuracy" else look.ink)
    y = 44 + 24 * len(rows) + 18
    if study["gauge"]:
        side = study["gauge"][0]["size"]
        write(0, y, f"Ising gauge theory, {side}x{side}", look.muted, "left")
        axes.plot([0, _COLUMNS[-1][2]], [y + 14, y + 14], color=look.line, linewidth=0.75, clip_on=False)
    for place, one in enumerate(study["gauge"]):
        write(0, y + 30 + 24 * place, one["name"], look.ink, "left")
        write(_COLUMNS[-1][2], y + 30 + 24 * place, f"{100 * one['accuracy']:.1f}", look.output)


def _point(axes: Axes, x: float, estimate: Plain, colour: Any, marker: str) -> None:
    axes.errorbar(x, estimate["value"], estimate["error"], color=colour, marker=marker, markersize=5, capsize=3)


def _estimate(estimate: Plain) -> str:
    if not estimate["error"]:
        return f"{estimate['value']:.4f}"
    return f"{estimate['value']:.4f} ± {estimate['error']:.4f}"


def _framed(axes: Axes) -> None:
    """Numbers and lines along both axes, and no frame above and on the right."""
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(lambda value, _: number(value) if abs(value) < 1 else f"{value:.4g}".replace("-", "−"))
    axes.grid()
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _rows(study: Any) -> Sequence[Plain]:
    if not isinstance(study, Mapping) or study.get("study") != "phases" or not study.get("rows"):
        raise DescriptionError(
            "phases: this is not the plain data of that study. Give what its to_dict gives, or the JSON that "
            "`locality phases --json` prints."
        )
    rows: Sequence[Plain] = study["rows"]
    return rows
