"""`locality ising`."""

from pathlib import Path
from typing import Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, app
from locality.cli.cells import cells
from locality.cli.draw import Theme
from locality.cli.output import print_json, say
from locality.errors import DataError, DescriptionError


@app.command(cls=Command)
def ising(
    lattice: Annotated[
        str, typer.Option(metavar="<word>", help="square, triangular, honeycomb, kagome, checkerboard, chain, cubic.")
    ] = "square",
    size: Annotated[str, typer.Option(metavar="<number>", help="Cells along each axis: 64, or 64x32.")] = "64",
    temperature: Annotated[
        list[float] | None, typer.Option(metavar="<number>", help="In units of J/k; can be repeated.")
    ] = None,
    temperatures: Annotated[
        str | None, typer.Option(metavar="FROM:TO:COUNT", help="So many, evenly spaced, both ends among them.")
    ] = None,
    samples: Annotated[int, typer.Option(help="Configurations to keep at each temperature.")] = 1000,
    method: Annotated[
        str, typer.Option(metavar="<word>", help="auto, wolff, swendsen-wang, metropolis, multispin, tempering.")
    ] = "auto",
    coupling: Annotated[
        str, typer.Option(metavar="J1[,J2...]", help="By neighbour order; above 0 is ferromagnetic.")
    ] = "1",
    field: Annotated[float, typer.Option(metavar="<number>", help="A magnetic field on every spin.")] = 0.0,
    open_edges: Annotated[bool, typer.Option("--open", help="Open edges. Default: periodic.")] = False,
    burn_in: Annotated[int | None, typer.Option(help="Steps before the first sample. Default: enough.")] = None,
    every: Annotated[int | None, typer.Option(help="Steps between samples. Default: by the autocorrelation.")] = None,
    chains: Annotated[int | None, typer.Option(help="Independent chains. Default: up to 16.")] = None,
    seed: Annotated[int, typer.Option(help="Decides every draw.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Keep the samples in this folder.")] = None,
    figure: Annotated[Path | None, typer.Option(metavar="<file>", help="Plot them: SVG, PNG or PDF.")] = None,
    theme: Theme = "light",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    as_json: Json = False,
) -> None:
    """Draw Ising spins in equilibrium and measure them.

    Energy, heat capacity, magnetisation, Binder's U4, susceptibility and correlation length with error bars that know
    of autocorrelation, and beside them the exact values of this very lattice where they are known.

    \b
    Examples:
      locality ising --size 64 --temperature 2.269
      locality ising --size 32 --temperatures 1.5:3.5:41 --figure scan.svg
      locality ising --lattice triangular --size 12 --coupling -1 --temperature 0.5
      locality ising --size 32 --temperatures 1:3.5:40 --samples 2500 --out runs/ising-32
    """
    from locality.cli.progress import counting
    from locality.views.figure.plots.plot import ENDINGS
    from locality.views.figure.theme import themed

    themed(theme)  # now, not after minutes of sampling
    if figure is not None and figure.suffix.lower() not in ENDINGS:
        raise DataError(f"{figure}: no figure is written with this ending. Use {', '.join(ENDINGS)}.")
    at = _temperatures(temperature, temperatures)
    chosen = loc.Lattice(lattice, cells(size), not open_edges)
    try:
        with counting(f"{chosen}", quiet) as progress:
            found: Any = loc.ising(
                chosen, at, samples, method, field, _coupling(coupling), seed, burn_in, every, chains, out, progress
            )
    except KeyboardInterrupt:
        say(["Stopped; nothing was kept."])
        raise typer.Exit(130) from None
    plain = found.to_dict() if as_json or figure is not None else {}
    path = None if figure is None else loc.figure.ising(plain, theme=theme).save(figure)
    if as_json:
        kept = {"folder": None if out is None else str(out), "figure": None if path is None else str(path)}
        print_json({name: value for name, value in plain.items() if name not in ("series", "picture")} | kept)
        return
    lines = [f"The samples are kept in {out}."] if out is not None else []
    lines += [f"The figure is {path}."] if path is not None else []
    print("\n".join([str(found), *([""] if lines else []), *lines]))


def _temperatures(each: list[float] | None, spaced: str | None) -> float | list[float]:
    """One temperature, or several."""
    if (each is None) == (spaced is None):
        raise DescriptionError(
            "ising: it needs temperatures. Give them one by one, --temperature 2.269, or evenly spaced, --temperatures "
            "1.5:3.5:41."
        )
    if each is not None:
        return each[0] if len(each) == 1 else each
    parts = (spaced or "").split(":")
    if len(parts) != 3 or not parts[2].isdecimal() or int(parts[2]) < 2:
        raise DescriptionError(
            f"--temperatures: {spaced!r} is not FROM:TO:COUNT with a count of at least 2. Write 1.5:3.5:41, say."
        )
    low, high = (_number("--temperatures", part) for part in parts[:2])
    count = int(parts[2])
    return [round(low + (high - low) * k / (count - 1), 12) for k in range(count)]


def _number(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise DescriptionError(f"{option}: {text!r} is no number. Give one, such as 2.269.") from None


def _coupling(text: str) -> float | tuple[float, ...]:
    found = tuple(_number("--coupling", part) for part in text.split(","))
    return found[0] if len(found) == 1 else found
