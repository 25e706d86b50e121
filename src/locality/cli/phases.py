"""`locality phases`."""

from pathlib import Path
from typing import Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, app
from locality.cli.draw import Theme
from locality.cli.output import print_json, say
from locality.errors import DataError


class _Sizes(Command):
    """Takes `--sizes 10 20 30` as `--sizes 10 --sizes 20 --sizes 30`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        said: list[str] = []
        several = False
        for word in args:
            if several and word.isdecimal() and said[-1] != "--sizes":
                said.append("--sizes")
            elif not word.isdecimal():
                several = word == "--sizes"
            said.append(word)
        return super().parse_args(ctx, said)


@app.command(cls=_Sizes)
def phases(
    sizes: Annotated[
        list[int] | None,
        typer.Option(metavar="<numbers>", help="Cells along a side, several. Default: 10 20 30 40."),
    ] = None,
    network: Annotated[
        str, typer.Option(metavar="NET", help="A name from `locality zoo`, or a line of notation ending in dense 2.")
    ] = "carrasquilla-2017",
    lattice: Annotated[
        str, typer.Option(metavar="<word>", help="square, triangular, honeycomb, kagome or cubic.")
    ] = "square",
    samples: Annotated[int, typer.Option(help="Configurations to train on at each of 40 temperatures.")] = 2000,
    epochs: Annotated[int, typer.Option(help="How often a network sees every configuration.")] = 10,
    seeds: Annotated[int, typer.Option(help="How many networks are trained for each size.")] = 5,
    gauge: Annotated[int, typer.Option(help="Side of the Ising gauge theory's lattice; 0 leaves that out.")] = 16,
    seed: Annotated[int, typer.Option(help="The same seed gives the same spins and networks.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The study's folder. Default: runs/phases-LATTICE-NET.")] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="<file>", help="SVG, PNG or PDF. Default: figure.svg in the study's folder.")
    ] = None,
    theme: Theme = "light",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    as_json: Json = False,
) -> None:
    """Find a phase transition with a network.

    It learns ordered from disordered spins at known temperatures. Where it is in two minds, for lattices of several
    sizes, gives the critical temperature of the infinite one, with an error; beside it stand controls, the triangular
    lattice, of which it saw nothing, and the Ising gauge theory. Ctrl-C stops; the same command goes on.

    \b
    Examples:
      locality phases --sizes 10 20 30 40
      locality phases --sizes 8 16 --samples 400 --seeds 2 --gauge 0
      locality phases --network "1x8x8 | conv 8 2x2 same wrap | relu | global-average | flatten | dense 2"
    """
    from dataclasses import replace

    from locality.studies.phases import RECIPE
    from locality.studies.phases import phases as run_phases
    from locality.views.figure.plots.phases import phases as plotted
    from locality.views.figure.plots.plot import ENDINGS
    from locality.views.figure.theme import themed

    themed(theme)  # now, not after minutes of training
    if figure is not None and figure.suffix.lower() not in ENDINGS:
        raise DataError(f"{figure}: no figure is written with this ending. Use {', '.join(ENDINGS)}.")
    name = loc.Network.from_text(network).name if "|" in network else network
    folder = out or Path("runs") / f"phases-{lattice}-{name}"
    try:
        study = run_phases(
            lattice, sizes or (10, 20, 30, 40), network, samples, seeds, replace(RECIPE, epochs=epochs), gauge or None,
            seed, folder, progress=not quiet,
        )  # fmt: skip
    except KeyboardInterrupt:
        say([f"Stopped; what is done is kept in {folder}. The same command goes on with the rest."])
        raise typer.Exit(130) from None
    plain = study.to_dict()
    path = plotted(plain, theme=theme).save(figure or folder / "figure.svg")
    if as_json:
        print_json({**plain, "figure": str(path)})
        return
    print(f"{study}\n\nThe runs are kept in {folder}.\nThe figure is {path}.")
