"""How ground states were found, as a matplotlib figure of plain data: the energy step by step, and what is left."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from locality.errors import DescriptionError, RunError
from locality.views.figure.font import width_of
from locality.views.figure.plots.plot import Plot, colours, drawing, number, panel, plot, points
from locality.views.figure.theme import Theme, themed

Plain = Mapping[str, Any]
Array = npt.NDArray[np.float64]

_WIDE, _UPPER, _LOWER = 560.0, 210.0, 150.0  # panels, in CSS pixels
_LEFT, _TOP, _GAP, _ROW = 68.0, 84.0, 44.0, 20.0
_TENTH = 10  # the running mean is over the last tenth of the steps so far
_TOLD: tuple[tuple[str, Callable[[Plain], str]], ...] = (  # in this order: what may tell runs apart
    ("lattice", lambda run: _on(run["lattice"])),
    ("j2", lambda run: f"J2 = {run['j2']:g}"),
    ("network", lambda run: str(run["network"])),
    ("signs", lambda run: f"sign rule {run['signs']}"),
    ("symmetry", lambda run: f"symmetry {run['symmetry']}"),
    ("seed", lambda run: f"seed {run.get('vmc', {}).get('seed')}"),
)


@dataclass(frozen=True)
class _Way:
    """A run's numbers by step."""

    steps: Array
    energy: Array
    error: Array
    variance: Array
    reference: float | None

    @property
    def mean(self) -> Array:
        """Of the energies of the last tenth of the steps so far."""
        return _running(self.energy)


def ground_state(found: Any, *, theme: str | Theme = "light") -> Plot:
    """The energy per site at every step with its running mean, beside the exact or the best published value, and below
    it the relative error on a logarithmic scale; the variance where not every run has a value to compare with.

    `found` is a ground state or its plain data, what `locality ground-state --json` prints, or a list of them, one
    curve each. Raises `DescriptionError` for other data and `RunError` for a run without a step.
    """
    runs, look = _runs(found), themed(theme)
    ways = [_way(run) for run in runs]
    shades = colours([look.input, look.output, look.window])
    inks = [shades(place / max(len(runs) - 1, 1)) for place in range(len(runs))]
    told = _told_apart(runs)
    title = f"J1-J2 magnet on {_on(runs[0]['lattice'])}, J2 = {runs[0]['j2']:g}: {_ended(runs[0])} per site"
    note = _note(runs[0])
    if len(runs) > 1:
        shared = [say(runs[0]) for name, say in _TOLD if len({say(run) for run in runs}) == 1 and name != "seed"]
        title, note = "Ground states of the J1-J2 magnet", ", ".join(shared)
    names = [f"{name}:  {_ended(run)}{_beside(run)}" for name, run in zip(told, runs, strict=True)]
    columns = 2 if len(runs) > 3 and 2 * (max(width_of(name, 11) for name in names) + 40) < _LEFT + _WIDE else 1
    rows = -(-len(runs) // columns) if len(runs) > 1 else 1
    lower = _TOP + _UPPER + _GAP
    with drawing(look):
        figure = plot(_LEFT + _WIDE + 28, lower + _LOWER + 62 + _ROW * rows, title, note)
        above, below = panel(figure, _LEFT, _TOP, _WIDE, _UPPER), panel(figure, _LEFT, lower, _WIDE, _LOWER)
        _energies(above, runs, ways, inks, look)
        _distances(below, ways, inks, look)
        for axes in (above, below):
            axes.set_xlim(0, 1.01 * max(float(way.steps[-1]) for way in ways))
            axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
            axes.grid(axis="y")
            axes.set_axisbelow(True)
            axes.spines[["top", "right"]].set_visible(False)
        below.set_xlabel("step")
        handles = [*above.get_legend_handles_labels()[0], *below.get_legend_handles_labels()[0]]
        labels = names if len(runs) > 1 else [handle.get_label() for handle in handles]
        place = (16 / figure.bbox.width, 10 / figure.bbox.height)
        ncols = columns if len(runs) > 1 else len(handles)
        figure.legend(handles, labels, loc="lower left", ncols=ncols, bbox_to_anchor=place, borderaxespad=0)
    return figure


def _energies(axes: Axes, runs: Sequence[Plain], ways: Sequence[_Way], inks: Sequence[Any], look: Theme) -> None:
    alone = len(ways) == 1
    for way, ink in zip(ways, inks, strict=True):
        if alone:
            low, high = way.energy - way.error, way.energy + way.error
            axes.fill_between(way.steps, low, high, color=look.input_soft, linewidth=0)
            axes.plot(way.steps, way.energy, color=ink, **_each(way), label="each step, with its error")
        else:
            axes.plot(way.steps, way.energy, color=ink, **_each(way))
        if len(way.steps) >= 2 * _TENTH:  # of fewer it is what each step has
            axes.plot(way.steps, way.mean, color=ink, linewidth=1.4, label="mean of the last tenth so far")
    known: dict[float, tuple[str, Any]] = {}
    for way, run, ink in zip(ways, runs, inks, strict=True):
        if way.reference is not None:
            known.setdefault(way.reference, (run["reference"]["kind"], ink))
    for reference, (kind, ink) in known.items():
        own = look.output if alone else look.muted if len(known) == 1 else ink
        axes.axhline(reference, color=own, linewidth=1, linestyle=(0, (5, 3)), zorder=1)
        if len(known) == 1:
            axes.annotate(
                f"{kind}  {_energy(reference)}", (1, reference), (0, -4), xycoords=("axes fraction", "data"),
                textcoords="offset points", ha="right", va="top", color=own, fontsize=points(11),
                bbox={"facecolor": look.background, "edgecolor": "none", "alpha": 0.8, "pad": 1.5},
            )  # fmt: skip
    few = max(len(way.steps) for way in ways) < 2 * _TENTH  # all of them are shown then
    late = np.concatenate([way.energy[0 if few else len(way.energy) // 10 :] for way in ways])  # the first flatten them
    most = float(np.nanquantile(late, 1 if few else 0.99))  # nor do outliers
    least = min([float(np.nanquantile(late, 0.01)), *known])
    room = 0.16 * (most - least) or 0.01
    axes.set_ylim(least - room, most + room / 4)
    axes.set_title("energy per site", loc="left")
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.6g}".replace("-", "−"))
    axes.tick_params(labelbottom=False)


def _distances(axes: Axes, ways: Sequence[_Way], inks: Sequence[Any], look: Theme) -> None:
    """The relative error of each step where all have a reference, else the variance."""
    compared = all(way.reference for way in ways)  # and none is 0
    shown = []
    for way, ink in zip(ways, inks, strict=True):
        if compared:
            scale = abs(way.reference or 1.0)
            values, mean = (np.abs(each - (way.reference or 0.0)) / scale for each in (way.energy, way.mean))
        else:
            values, mean = way.variance, _running(way.variance)
        if compared and len(ways) == 1:
            style = {
                "color": look.muted,
                "linewidth": 0.9,
                "linestyle": (0, (1, 2)),
                "label": "relative error bar of one step",
            }
            errors = way.error / scale
            axes.plot(way.steps, errors, **style)
            shown.append(errors[errors > 0])
        axes.plot(way.steps, values, color=ink, **_each(way))
        if len(way.steps) >= 2 * _TENTH:
            axes.plot(way.steps, mean, color=ink, linewidth=1.4)
        shown.append(values[values > 0])
    axes.set_yscale("log")
    every = np.concatenate(shown)
    if len(every):
        axes.set_ylim(0.6 * np.nanquantile(every, 0.02), 1.6 * np.nanmax(every))
    axes.yaxis.set_major_locator(LogLocator(numticks=6))
    axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_title("relative error, |E − E0| / |E0|" if compared else "variance of H per site", loc="left")


def _each(way: _Way) -> dict[str, Any]:
    """How single steps are drawn: of few the points too."""
    few = len(way.steps) < 2 * _TENTH
    return {"linewidth": 1.0, "marker": "o", "markersize": 3} if few else {"linewidth": 0.6, "alpha": 0.6}


def _running(values: Array) -> Array:
    """The mean of the last tenth of the values so far, of each one on."""
    known = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(known, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(known)])
    end = np.arange(1, len(values) + 1)
    begin = end - np.maximum(1, end // _TENTH)
    with np.errstate(invalid="ignore"):
        return np.asarray((sums[end] - sums[begin]) / (counts[end] - counts[begin]), np.float64)


def _way(run: Plain) -> _Way:
    lines = run["history"]
    steps, energy, error, variance = (
        np.array([np.nan if line.get(name) is None else line[name] for line in lines], np.float64)
        for name in ("step", "energy", "error", "variance")
    )
    reference = run.get("reference")
    return _Way(steps, energy, error, variance, None if reference is None else reference["energy_per_site"])


def _told_apart(runs: Sequence[Plain]) -> list[str]:
    """A name for each run: what is not the same in all of them, else its number."""
    differ = [say for _, say in _TOLD if len({say(run) for run in runs}) > 1]
    names = [", ".join(say(run) for say in differ) for run in runs]
    if len(set(names)) == len(names):
        return names
    return [f"{name}{' ' if name else 'run '}({place})" for place, name in enumerate(names, 1)]


def _note(run: Plain) -> str:
    name = "" if run["network"] == "network" else f"{run['network']}, "
    said = f"{name}{run['parameters']:,} parameters, sign rule {run['signs']}, symmetry {run['symmetry']}"
    warned = len(run.get("warnings") or ())
    return said + (f". {warned} warning{'s' * (warned > 1)}: see the report" if warned else "")


def _ended(run: Plain) -> str:
    error = run["error"]
    return _energy(run["energy_per_site"]) + ("" if error is None else f" ± {error:.5f}")


def _beside(run: Plain) -> str:
    reference = run.get("reference")
    return "" if reference is None else f",  {reference['kind']} {_energy(reference['energy_per_site'])}"


def _energy(value: float) -> str:
    return f"{value:.5f}".replace("-", "−")


def _on(lattice: Plain) -> str:
    size = "x".join(map(str, lattice["size"]))
    return f"{lattice['name']} {size}{'' if lattice['periodic'] else ' with open edges'}"


def _runs(found: Any) -> Sequence[Plain]:
    given = list(found) if isinstance(found, Sequence) else [found]
    runs = [run.to_dict() if hasattr(run, "to_dict") else run for run in given]
    if not runs or not all(isinstance(run, Mapping) and set(run) >= {"lattice", "j2", "history"} for run in runs):
        raise DescriptionError(
            "ground_state: this is no ground state. Give what locality.ground_state returned, or the JSON that "
            "`locality ground-state --json` prints."
        )
    for run in runs:
        if not run["history"]:
            raise RunError(f"ground_state: {run['network']} on {_on(run['lattice'])} has no step to draw. Run it.")
    return runs
