"""A ground state in words: its energy beside the exact or the best published one, and all that bears on it."""

from collections.abc import Mapping
from math import isfinite
from textwrap import fill
from typing import Any

from locality.lattice.estimate import Estimate
from locality.lattice.table import wrapped

Plain = Mapping[str, Any]
_NAMES = 16  # columns of the names on the left
_WIDTH = 80


def report(found: Plain) -> str:
    """The text that is printed at the end of a run, from its plain data: what `GroundState.to_dict()` gives.

    Energies and variances are per site, errors one standard error in units of the last digits. The sign rule is always
    said. The V-score is N Var(H)/E^2 of total energy and variance (Wu and others, Science 386, 296, 2024), nearly 0
    close to an eigenstate. Warnings stand last, each a sentence.
    """
    rows = [
        ("network", f"{named(found)}{found['parameters']:,} parameters, {found['kind']}"),
        ("sign rule", found["signs"]),
        ("symmetry", found["symmetry"]),
        ("energy", f"{Estimate(found['energy_per_site'], found['error'])} per site"),
        *_beside(found),
        ("variance", f"{_number(found['variance'])} per site, V-score {_number(found['v_score'])}"),
        ("sampling", _sampling(found)),
        *_orders(found),
        ("time", _time(found)),
    ]
    if found.get("folder"):
        rows.append(("kept in", str(found["folder"])))
    lines = [f"Ground state of the J1-J2 magnet on {on(found['lattice'])}, J2 = {found['j2']:g}", ""]
    lines += [_row(name, text) for name, text in rows]
    if found["warnings"]:
        lines += ["", *(wrapped(f"Warning: {sentence}") for sentence in found["warnings"])]
    return "\n".join(lines)


def named(found: Plain) -> str:
    """The network's name with a comma behind it; nothing for one that was given none."""
    return "" if found["network"] == "network" else f"{found['network']}, "


def on(lattice: Plain) -> str:
    """A lattice's plain data in words.

    >>> on({"name": "square", "size": [4, 6], "periodic": False})
    'square 4x6 with open edges'
    """
    return f"{lattice['name']} {'x'.join(map(str, lattice['size']))}{'' if lattice['periodic'] else ' with open edges'}"


def _beside(found: Plain) -> list[tuple[str, str]]:
    """The value to compare with, and how far from it the energy lies."""
    reference = found["reference"]
    if reference is None:
        return [("exact", "not known: nothing to compare with")]
    least = reference["energy_per_site"]
    off = abs(found["energy_per_site"] - least)
    said = _number(off)
    if found["error"]:
        share = f"relative error {_number(off / abs(least))}" if least else f"{said} apart"
        said = f"{share}, {off / found['error']:.1f} standard errors"
    where = "above" if found["energy_per_site"] >= least else "below"
    value = str(Estimate(least, reference["error"])) if reference.get("error") else f"{least:.9g}"
    others = ", ".join(f"{name} {energy:.9g}" for name, energy in reference.get("others") or ())
    rows = [(reference["kind"], f"{value} ({reference['source']})"), ("", f"{said} {where} it" if off else "the same")]
    return [*rows, *([("others", others)] if others else [])]


def _sampling(found: Plain) -> str:
    said = [
        f"acceptance {found['acceptance']:.1%}",
        f"autocorrelation time {_number(found['tau'])}",
        f"R-hat {_number(found['r_hat'], 4)}",
    ]
    return ", ".join(said)


def _orders(found: Plain) -> list[tuple[str, str]]:
    """The squared order parameters that were measured."""
    neel = "S(pi, pi)/N" if found["lattice"]["name"] == "square" else "of the two sublattices"
    rows = []
    for name, where in (("staggered", neel), ("stripe", "(S(pi, 0) + S(0, pi))/N")):
        one = (found.get("observables") or {}).get(name)
        if one is not None:
            rows.append((name, f"m^2 = {Estimate(one['value'], one['error'])}, {where}"))
    return rows


def _time(found: Plain) -> str:
    steps, seconds = len(found["history"]), float(found["seconds"])
    said = f"{seconds:.0f} s" if seconds < 600 else f"{seconds / 60:.0f} min"
    return f"{said} for {steps:,} step{'' if steps == 1 else 's'}"


def _number(value: float | None, digits: int = 3) -> str:
    return "unknown" if value is None or not isfinite(value) else f"{value:.{digits}g}"


def _row(name: str, text: str) -> str:
    indent = " " * _NAMES
    return fill(text, _WIDTH, initial_indent=f"{name:<{_NAMES}}", subsequent_indent=indent, break_on_hyphens=False)
