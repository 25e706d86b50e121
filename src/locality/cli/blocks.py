"""`locality blocks`."""

from pathlib import Path
from typing import Annotated

import typer

from locality.cli.app import Command, Json, app
from locality.cli.draw import Theme
from locality.cli.output import print_json
from locality.errors import DataError


@app.command(cls=Command)
def blocks(
    lattice: Annotated[
        str, typer.Option(metavar="<word>", help="square, triangular, honeycomb, kagome, checkerboard, chain or cubic.")
    ] = "square",
    size: Annotated[int, typer.Option(help="Cells along a side.")] = 64,
    temperature: Annotated[
        list[float] | None,
        typer.Option(metavar="<number>", help="Can be repeated. Default: 0.9, 1 and 1.1 times the critical one."),
    ] = None,
    samples: Annotated[int, typer.Option(help="Equilibrium samples at each temperature.")] = 20_000,
    block: Annotated[int, typer.Option(help="Cells along a side of a block.")] = 2,
    rule: Annotated[str, typer.Option(metavar="<word>", help="majority, decimation, average or max.")] = "majority",
    ties: Annotated[
        str, typer.Option(metavar="<word>", help="A majority's ties: random, by a fair coin, or first, the first site.")
    ] = "random",
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0,
    figure: Annotated[
        Path | None, typer.Option(metavar="<file>", help="SVG, PNG or PDF: the levels' pictures, and what flows.")
    ] = None,
    theme: Theme = "light",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    as_json: Json = False,
) -> None:
    """Coarse-grain Ising spins: flow and exponents.

    Equilibrium samples are put under the block-spin rule again and again; every level is measured, with errors. At the
    critical temperature, levels are compared with smaller lattices, and on the square lattice the Monte Carlo
    renormalisation group gives y_T and y_H.

    \b
    Examples:
      locality blocks
      locality blocks --size 81 --block 3 --figure levels.svg
      locality blocks --lattice triangular --temperature 3.64 --samples 2000
    """
    from locality.studies.blocks import blocks as run_blocks
    from locality.views.figure.plots.blocks import blocks as drawn
    from locality.views.figure.plots.plot import ENDINGS
    from locality.views.figure.theme import themed

    themed(theme)  # now, not after a minute of sampling
    if figure is not None and figure.suffix.lower() not in ENDINGS:
        raise DataError(f"{figure}: no figure is written with this ending. Use {', '.join(ENDINGS)}.")
    study = run_blocks(lattice, size, temperature or None, samples, block, rule, ties, seed, progress=not quiet)
    plain = study.to_dict()
    path = None if figure is None else drawn(plain, theme=theme).save(figure)
    if as_json:
        print_json({**plain, "figure": None if path is None else str(path)})
        return
    print(study if path is None else f"{study}\n\nThe figure is {path}.")
