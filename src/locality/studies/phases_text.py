"""The study of phases in words: its tables, and what can be said of them."""

from collections.abc import Sequence
from math import sqrt
from typing import TYPE_CHECKING

from locality.lattice import critical
from locality.lattice.estimate import Estimate
from locality.studies.measured import Measured, many, percent, wrapped
from locality.studies.scaling import Line
from locality.studies.sized import Control, Sized

if TYPE_CHECKING:
    from locality.studies.phases import Phases

NAMES = {
    "magnetisation": "a logistic fit on |m|",
    "energy": "a logistic fit on the energy",
    "far": "trained far from Tc",
    "shuffled": "shuffled labels",
}


def text(study: "Phases") -> str:
    """The whole study as it is printed."""
    head = (
        f"phases of the {study.lattice} Ising model by {study.network}: {many(study.seeds, 'network')} for each size, "
        f"each trained on {study.samples:,} configurations of its own at each of 40 temperatures around the critical "
        f"one, {study.critical:.6g}. Accuracies in % with their 95 % interval; T* is where P(ordered) = 1/2."
    )
    parts = [wrapped(head), _table(_network(study)), _table(_controls(study))]
    if study.triangular is not None or any(row.triangular for row in study.rows):
        parts.append(_table(_triangular(study)))
    if study.gauge:
        parts.append(_table(_gauge(study)))
    return "\n\n".join([*parts, "\n".join(map(wrapped, study.remarks))])


def remarks(study: "Phases") -> tuple[str, ...]:
    """What the numbers say, sentence by sentence."""
    lines = [*_point(study), *_nu(study), *_beside(study), *_blind(study)]
    if study.triangular is not None:
        exact = critical.temperature("triangular") or 0.0
        lines.append(
            f"Asked about the triangular lattice, of which they saw nothing, the same networks give "
            f"Tc = {study.triangular.value}, {_off(study.triangular.value, exact)}{_scatter(study.triangular)}."
        )
    lines += _topological(study)
    if study.seeds < 3:
        lines.append(
            f"With {many(study.seeds, 'seed')} the errors know "
            f"{'nothing' if study.seeds == 1 else 'little'} of what another training would have given."
        )
    late = [row.size for row in study.rows if not row.equilibrated]
    if late:
        lines.append(f"Not all spins of L = {_listed(late)} have equilibrated; their numbers cannot be trusted.")
    return tuple(lines)


def _point(study: "Phases") -> list[str]:
    lost = [row.size for row in study.rows if row.curve.crossing is None]
    lines = [f"P(T) of L = {_listed(lost)} does not cross 1/2 near the transition."] if lost else []
    if study.fit is None:
        return [*lines, "T* of two sizes, with errors, is the least for a limit of infinite size."]
    power = "1/L" if study.exact_nu == 1 else f"L^(-1/{study.exact_nu:.3g})"
    said = (
        f"T*(L) against {power} goes to Tc = {study.fit.value}, {_off(study.fit.value, study.critical)}"
        f"{_scatter(study.fit)}"
    )
    if study.fit_of_larger is not None:
        said += f"; without L = {study.rows[0].size}, {study.fit_of_larger.value}"
    lines.append(f"{said}.")
    if study.fit.freedom and study.fit.chi2 > 4 * study.fit.freedom:
        lines.append(
            f"The sizes scatter about that line by more than their errors, and the error of Tc is larger for it by a "
            f"factor {sqrt(study.fit.chi2 / study.fit.freedom):.1f}: how well a network of each size learns moves T* "
            f"too."
        )
    return lines


def _nu(study: "Phases") -> list[str]:
    if study.nu is None:
        return []
    said = f"dP/dT at T* grows as L^(1/nu) with nu = {study.nu}, where {study.exact_nu:.4g} is exact"
    larger = study.nu_of_larger
    if larger is not None:
        said += f"; without L = {study.rows[0].size}, {larger}"
        if larger.error and abs(larger.value - study.nu.value) > 2 * (study.nu.error or 0):
            said += ": sizes so small are not yet on the power law, which these errors do not know"
    lines = [f"{said}."]
    if study.collapse is not None:
        lines.append(f"Against (T - Tc) L^(1/nu) the curves lie {study.collapse:.3f} apart (root mean square).")
    return lines


def _beside(study: "Phases") -> list[str]:
    """The network against single observables."""
    lines = []
    for name, one in (("magnetisation", "|m| alone"), ("energy", "the energy alone")):
        verdicts = [(row.size, row.measured.against(row.controls[name].measured)) for row in study.rows]
        said = [
            f"{words} at L = {_listed(sizes)}"
            for verdict, words in (
                ("lower", "the network is ahead"),
                ("cannot be told apart", "the two cannot be told apart"),
                ("higher", "the network is behind"),
            )
            if (sizes := [size for size, found in verdicts if found == verdict])
        ]
        lines.append(f"Against {one}: {'; '.join(said)}.")
    lines[-1] = (
        lines[-1][:-1] + ". A configuration knows of its temperature only through exp(-E/T): no classifier can do "
        "better than the energy, on average."
    )
    return lines


def _blind(study: "Phases") -> list[str]:
    """Shuffled labels, and training far from the transition."""
    shuffled = [row.controls["shuffled"] for row in study.rows]
    least = min(float(one.curve.ordered.min()) for one in shuffled)
    most = max(float(one.curve.ordered.max()) for one in shuffled)
    sure = [1 - one.measured.error for one in shuffled]
    lines = [
        f"Trained on shuffled labels it gives the right phase a probability of {percent(min(sure))} to "
        f"{percent(max(sure))} % on average, and P(T) stays between {least:.2f} and {most:.2f}."
    ]
    far = [(row, row.controls["far"].curve.crossing) for row in study.rows]
    found = [(row, at) for row, at in far if at is not None]
    if found:
        off = [abs(at.value - study.critical) for _, at in found]
        own = [abs(row.curve.crossing.value - study.critical) for row, _ in found if row.curve.crossing is not None]
        lines.append(
            f"Trained only far from the transition it still crosses 1/2 within {max(off):.3f} of Tc"
            + (f" (trained at all temperatures: {max(own):.3f})." if own else ".")
        )
    return lines


def _topological(study: "Phases") -> list[str]:
    lines = []
    for one in study.gauge:
        low, high = one.measured.interval
        right = f"{percent(1 - one.measured.error)} %"
        guess = ", which is guessing" if low <= 0.5 <= high else ""
        lines.append(f"Gauge theory, {one.size}x{one.size}: {one.name} is right in {right}{guess}.")
    return lines


def _network(study: "Phases") -> list[list[str]]:
    rows = [["L", "accuracy", "published", "T*", "dP/dT"]]
    for row in study.rows:
        published = "" if row.published is None else percent(row.published)
        slope = "" if row.curve.slope is None else str(row.curve.slope)
        rows.append([str(row.size), _right(row.measured), published, _at(row.curve.crossing), slope])
    if study.fit is not None:
        rows.append(["infinite", "", "", str(study.fit.value), ""])
    return rows


def _controls(study: "Phases") -> list[list[str]]:
    def cells(row: Sized) -> list[str]:
        found = []
        for name in NAMES:
            one: Control = row.controls[name]
            found.append(percent(1 - one.measured.error))
            found += [] if name == "shuffled" else [_at(one.curve.crossing)]
        return found

    head = ["L", "|m| %", "T*", "energy %", "T*", "far %", "T*", "shuffled %"]
    return [head, *([str(row.size), *cells(row)] for row in study.rows)]


def _triangular(study: "Phases") -> list[list[str]]:
    rows = [["L", "T* of the triangular lattice"]]
    rows += [[str(row.size), _at(row.triangular.crossing)] for row in study.rows if row.triangular is not None]
    return rows if study.triangular is None else [*rows, ["infinite", str(study.triangular.value)]]


def _gauge(study: "Phases") -> list[list[str]]:
    rows = [["gauge theory", "parameters", "accuracy"]]
    return rows + [[one.name, f"{one.parameters:,}", _right(one.measured)] for one in study.gauge]


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
    return "\n".join(map(str.rstrip, lines))


def _right(measured: Measured) -> str:
    low, high = measured.interval
    return f"{percent(1 - measured.error)} ({percent(1 - high)}-{percent(1 - low)})"


def _at(estimate: Estimate | None) -> str:
    if estimate is None:
        return "none"
    return str(estimate) if estimate.error else f"{estimate.value:.4f}"


def _off(found: Estimate, exact: float) -> str:
    """How far an estimate lies from what is exact."""
    off = found.value - exact
    where = "above" if off > 0 else "below"
    sigmas = "" if not found.error else f" ({abs(off) / found.error:.1f} standard errors)"
    return f"{abs(off):.4f}{sigmas} {where} the exact {exact:.6g}"


def _scatter(line: Line) -> str:
    return f", chi2 {line.chi2:.1f} for {line.freedom} to spare" if line.freedom else ""


def _listed(sizes: Sequence[int]) -> str:
    return ", ".join(map(str, sizes))
