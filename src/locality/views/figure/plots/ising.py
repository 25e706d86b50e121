"""What was measured on Ising spins, as matplotlib figures of plain data: a scan of temperatures, or one of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from locality.errors import DescriptionError
from locality.views.figure.plots.plot import Plot, drawing, number, panel, plot, points
from locality.views.figure.theme import Theme, themed

Array = npt.NDArray[Any]
Plain = Mapping[str, Any]
_CURVES = {
    "energy": "energy per site",
    "heat_capacity": "heat capacity per site",
    "magnetisation": "<|m|>",
    "staggered": "staggered <|m|>",
    "susceptibility": "susceptibility per site",
    "binder": "Binder's U4",
    "correlation_length": "correlation length",
}
_FROM_ZERO = ("heat_capacity", "magnetisation", "staggered", "susceptibility")
_SHOWN = 4  # chains on their way to equilibrium
_WIDE, _HIGH = 236.0, 168.0  # of a panel, in CSS pixels
_LEFT, _TOP, _ACROSS, _DOWN = 58.0, 86.0, _WIDE + 66, _HIGH + 66


def ising(study: Plain, *, theme: str | Theme = "light") -> Plot:
    """Of a scan, every observable against temperature with its errors, beside the exact curves of this lattice and of
    the infinite one, as far as they are known; of one temperature, spins, the way to equilibrium, the magnetisation and
    the correlation function.

    `study` is the plain data of samples: what their `to_dict` gives. Raises `DescriptionError` for other data.
    """
    if not isinstance(study, Mapping) or study.get("study") != "ising" or not ("curves" in study or "series" in study):
        raise DescriptionError(
            "ising: this is not the plain data of Ising samples. Give what their to_dict gives: figure.ising("
            "samples.to_dict())."
        )
    look = themed(theme)
    with drawing(look):
        return _scan(study, look) if "curves" in study else _one(study, look)


def _scan(study: Plain, look: Theme) -> Plot:
    names = [name for name in _CURVES if any(row.get(name) for row in study["rows"])]
    figure = plot(
        _LEFT + 3 * _ACROSS - 20,
        _TOP + _DOWN * ((len(names) + 2) // 3) + 22,
        f"Ising model, {_said(study)}",
        f"{study['samples']:,} samples at each of {len(study['rows'])} temperatures. Bars: one standard error.",
    )
    for place, name in enumerate(names):
        axes = _panel(figure, place, _CURVES[name])
        axes.set_xlabel("temperature")
        _against_temperature(axes, study, name, look)
    handles: dict[str, Any] = {}
    for axes in figure.axes:
        handles |= {label: handle for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    where = (16 / figure.bbox.width, 8 / figure.bbox.height)
    figure.legend(list(handles.values()), list(handles), loc="lower left", ncols=5, bbox_to_anchor=where)
    return figure


def _against_temperature(axes: Axes, study: Plain, name: str, look: Theme) -> None:
    rows = [row for row in study["rows"] if row.get(name)]
    for label, fmt, colour, some in (
        ("measured", "o", look.input, [row for row in rows if row["equilibrated"]]),
        ("not equilibrated", "s", look.window, [row for row in rows if not row["equilibrated"]]),
    ):
        for is_sure in (True, False):
            at = [row for row in some if (row[name]["error"] is not None) == is_sure]
            if at:
                style = {"color": colour, "markersize": 3.5, "capsize": 2, "elinewidth": 1, "zorder": 3}
                style |= {"label": label} if is_sure else {"label": f"{label}, too few for an error", "mfc": "none"}
                values, errors = zip(*(_measured(row[name]) for row in at), strict=True)
                axes.errorbar([row["temperature"] for row in at], values, errors, fmt=fmt, **style)
    heights = [value + side * error for value, error in (_measured(row[name]) for row in rows) for side in (-1, 1)]
    curves = study["curves"]
    if name in curves["finite"]:
        exact = _gapped(curves["finite"][name])
        axes.plot(curves["temperatures"], exact, color=look.output, linewidth=1.2, label="exact, this lattice")
        heights += [float(np.nanmin(exact)), float(np.nanmax(exact))]
    if name in curves["infinite"]:
        exact = _gapped(curves["infinite"][name])
        style = {"color": look.muted, "linewidth": 0.8, "linestyle": (0, (4, 3)), "label": "exact, infinite lattice"}
        axes.plot(curves["temperatures"], exact, **style)
    if name == "correlation_length":
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        low, high = 0.0 if name in _FROM_ZERO else min(heights), max(heights)
        room = 0.08 * (high - low) or 0.1
        axes.set_ylim(low - room, high + room)  # what diverges does not flatten the rest
    if study.get("critical") is not None and axes.get_xlim()[0] < study["critical"] < axes.get_xlim()[1]:
        axes.axvline(study["critical"], color=look.line, linewidth=0.8, zorder=0, label="critical temperature")


def _one(study: Plain, look: Theme) -> Plot:
    (row,) = study["rows"]
    series = study["series"]
    settled = "equilibrated" if row["equilibrated"] else "not equilibrated"
    note = f"{study['samples']:,} samples by {row['method']} in {study['chains']} chains, {settled} after "
    note += f"{row['burn_in']:,} steps, then one of {row['every']:,} kept."
    title = f"Ising model, {_said(study)}, T = {row['temperature']:.6g}"
    figure = plot(_LEFT + 3 * _ACROSS - 20, _TOP + 2 * _DOWN + 22, title, note)
    _picture(_panel(figure, 0, "the last sample"), study, look)
    way = series["relaxation"]
    _relaxation(_panel(figure, 1, "energy, on the way to equilibrium"), way["steps"], way["energies"], look)
    exact = row["energy"]["exact"]
    if exact is not None:
        figure.axes[-1].axhline(exact, color=look.output, linewidth=1.2, label="exact")
    _relaxation(_panel(figure, 2, "order, on the way to equilibrium"), way["steps"], way["orders"], look)
    magnetisations = np.array(series["magnetisations"])
    _kept(_panel(figure, 3, "magnetisation, two chains"), magnetisations, look)
    _histogram(_panel(figure, 4, "how often, by magnetisation"), magnetisations, look)
    _correlation(_panel(figure, 5, "correlation <s(0) s(r)>"), study["correlation"], look)
    handles, labels = figure.axes[1].get_legend_handles_labels()
    where = (16 / figure.bbox.width, 8 / figure.bbox.height)
    figure.legend(handles, labels, loc="lower left", ncols=4, bbox_to_anchor=where)
    return figure


def _panel(figure: Plot, place: int, title: str) -> Axes:
    across, down = place % 3, place // 3
    axes = panel(figure, _LEFT + across * _ACROSS, _TOP + down * _DOWN, _WIDE, _HIGH)
    axes.set_title(title, fontsize=points(12))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(lambda value, _: number(value))
    axes.grid()
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _picture(axes: Axes, study: Plain, look: Theme) -> None:
    """The spins where they are; of three axes the middle slice, of one a strip."""
    spins, places = np.array(study["picture"]["spins"]), np.array(study["picture"]["positions"])
    size = study["lattice"]["size"]
    ends = ListedColormap([look.scale[1], look.scale[-3]])
    axes.grid(False)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    if study["lattice"]["name"] in ("square", "cubic", "chain"):
        values = spins.reshape(size)
        values = values[len(values) // 2] if len(size) == 3 else np.atleast_2d(values)
        axes.imshow(values, cmap=ends, vmin=-1, vmax=1, aspect="equal" if len(size) > 1 else "auto")
        return
    down, right = places[:, 0], places[:, 1]
    span = max(np.ptp(right) / _WIDE, np.ptp(down) / _HIGH)  # distances a pixel
    wide = points(0.95 / span) ** 2
    axes.scatter(right, -down, c=spins, cmap=ends, vmin=-1, vmax=1, s=min(wide, 90), linewidths=0)
    axes.set_aspect("equal")


def _relaxation(axes: Axes, steps: Sequence[int], chains: Sequence[Sequence[float]], look: Theme) -> None:
    axes.set_xlabel("step")
    if not steps:
        axes.text(0.5, 0.5, "not recorded: no burn-in", transform=axes.transAxes, ha="center", color=look.muted)
        return
    for chain, values in enumerate(chains[:_SHOWN]):
        colour, said = ((look.input, "ordered start"), (look.window, "random start"))[chain % 2]
        axes.plot(steps, values, color=colour, linewidth=0.7, alpha=0.75, label=said if chain < 2 else None)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: number(value))
    axes.xaxis.set_minor_formatter(lambda value, _: "")


def _kept(axes: Axes, magnetisations: Array, look: Theme) -> None:
    for values, colour in zip(magnetisations[:2], (look.input, look.window), strict=False):
        axes.plot(np.arange(1, len(values) + 1), values, color=colour, linewidth=0.7, marker=".", markersize=2)
    axes.set(xlabel="kept sample", ylim=(-1.05, 1.05))


def _histogram(axes: Axes, magnetisations: Array, look: Theme) -> None:
    axes.hist(magnetisations.ravel(), bins=np.linspace(-1, 1, 42), color=look.input_soft, edgecolor=look.input)
    axes.set(xlabel="magnetisation", xlim=(-1.05, 1.05))


def _correlation(axes: Axes, found: Plain, look: Theme) -> None:
    errors = [error or 0.0 for error in found["error"]]
    style = {"color": look.input, "markersize": 3.5, "capsize": 2, "elinewidth": 1}
    axes.errorbar(found["distance"], found["value"], errors, fmt="o-", linewidth=0.7, **style)
    axes.axhline(0, color=look.line, linewidth=0.8)
    axes.set(xlabel="distance r", ylim=(min(-0.05, *found["value"]) - 0.03, 1.05))


def _measured(one: Plain) -> tuple[float, float]:
    return one["value"], one["error"] or 0.0


def _gapped(values: Sequence[float | None]) -> Array:
    """Numbers, with gaps where there is none."""
    return np.array([np.nan if value is None else value for value in values])


def _said(study: Plain) -> str:
    given = study["lattice"]
    size = "x".join(map(str, given["size"]))
    said = f"{given['name']} {size}{'' if given['periodic'] else ' with open edges'}"
    if list(study["coupling"]) != [1.0]:
        said += f", coupling {', '.join(f'{one:g}' for one in study['coupling'])}"
    return said + (f", field {study['field']:g}" if study["field"] else "")
