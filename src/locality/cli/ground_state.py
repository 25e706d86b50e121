"""`locality ground-state`."""

import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, app
from locality.cli.cells import cells
from locality.cli.draw import Theme
from locality.cli.inputs import read_network
from locality.cli.output import print_json, say
from locality.errors import DataError, DescriptionError, RunError

KEPT = "checkpoint.safetensors"  # in the folder of a run that has begun


@app.command("ground-state", cls=Command)
def ground_state(
    context: typer.Context,
    lattice: Annotated[
        str, typer.Option(metavar="<word>", help="square, triangular, honeycomb, kagome, checkerboard, chain, cubic.")
    ] = "square",
    size: Annotated[str, typer.Option(metavar="<number>", help="Cells along each axis: 6, or 4x6.")] = "6",
    open_edges: Annotated[bool, typer.Option("--open", help="Open edges. Default: periodic.")] = False,
    j2: Annotated[float, typer.Option("--j2", metavar="<number>", help="J2/J1, of next-nearest neighbours.")] = 0.5,
    network: Annotated[
        str, typer.Option(metavar="NET", help="nqs-resnet, choo-2019, a line of notation, or a file.")
    ] = "nqs-resnet",
    signs: Annotated[str, typer.Option(metavar="<word>", help="The sign rule: none, marshall, stripe.")] = "marshall",
    symmetry: Annotated[
        str, typer.Option(metavar="<word>", help="none, or translations, c4, c4v, flip, joined by +: c4v+flip.")
    ] = "none",
    pooling: Annotated[
        str | None,
        typer.Option(metavar="<word>", help="sum or product of the places. Default: product for complex weights."),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Of the optimisation. Default: 300.")] = None,
    samples: Annotated[int | None, typer.Option(help="Configurations in each step. Default: 1024.")] = None,
    chains: Annotated[int | None, typer.Option(help="Markov chains. Default: as many as suit the samples.")] = None,
    sweeps: Annotated[int | None, typer.Option(help="Sweeps of the lattice between samples.")] = None,
    exponent: Annotated[float | None, typer.Option(help="Draw from |psi| to this power. Default: 1.5 on 6x6.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The first one. Default: 0.05.")] = None,
    shift: Annotated[float | None, typer.Option(help="Of the matrix's diagonal; more calms. Default: 0.001.")] = None,
    seed: Annotated[int | None, typer.Option(help="Decides weights and every draw. Default: 0.")] = None,
    start: Annotated[Path | None, typer.Option(help="Begin with the weights of the run in this folder.")] = None,
    out: Annotated[Path | None, typer.Option(help="The run's folder. Default: one in runs, numbered.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out, or with the last.")] = False,
    exact: Annotated[bool, typer.Option("--exact", help="Only diagonalise: up to 20 sites.")] = False,
    figure: Annotated[Path | None, typer.Option(metavar="<file>", help="Plot the way there: SVG, PNG or PDF.")] = None,
    theme: Theme = "light",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    as_json: Json = False,
) -> None:
    """Find the ground state of the J1-J2 magnet.

    A network is the wave function of spins 1/2 with H = sum S.S over nearest neighbours + J2 sum S.S over next-nearest
    ones; variational Monte Carlo lowers its energy, which is printed per site, with its error, beside the exact or the
    best published one. Ctrl-C stops, --resume goes on.

    \b
    Examples:
      locality ground-state --size 6 --j2 0.5
      locality ground-state --size 4 --j2 0.5 --exact
      locality ground-state --size 10 --start runs/ground-state-square-6x6-0.5
      locality ground-state --lattice honeycomb --size 3 --j2 0 --figure way.svg
    """
    from locality.cli.progress import energies
    from locality.views.figure.plots.plot import ENDINGS
    from locality.views.figure.theme import themed

    themed(theme)  # now, not after minutes of sampling
    if figure is not None and figure.suffix.lower() not in ENDINGS:
        raise DataError(f"{figure}: no figure is written with this ending. Use {', '.join(ENDINGS)}.")
    chosen = loc.Lattice(lattice, cells(size), not open_edges)
    if exact:
        _diagonalised(chosen, j2, as_json, {"--start": start, "--out": out, "--resume": resume, "--figure": figure})
        return
    settings = ("steps", "samples", "chains", "sweeps", "exponent", "learning_rate", "shift", "seed")
    vmc = loc.VMC(**{name: context.params[name] for name in settings if context.params[name] is not None})
    net = network if network in loc.zoo.names() else read_network(network)
    folder = out or _folder(f"ground-state-{str(chosen).replace(' ', '-')}-{j2:g}", resume)
    if not quiet:
        say([f"{chosen}, J2 = {j2:g}: {network}, sign rule {signs}, symmetry {symmetry}. Energies are per site."])
    try:
        with energies(quiet) as progress:
            found: Any = loc.ground_state(
                chosen, j2, net, vmc, signs, symmetry, start, folder, resume, progress, pooling
            )
    except KeyboardInterrupt:
        kept = f"the last checkpoint is kept in {folder}" if (folder / KEPT).exists() else "nothing is kept yet"
        say([f"Stopped; {kept}. Go on with: {_again(folder, out is not None, resume)}"])
        raise typer.Exit(130) from None
    plain = found.to_dict()
    path = None if figure is None else loc.figure.ground_state(plain, theme=theme).save(figure)
    if as_json:
        print_json({**plain, "figure": None if path is None else str(path)})
        return
    print(found if path is None else f"{found}\n\nThe figure is {path}.")


def _diagonalised(lattice: Any, j2: float, as_json: bool, besides: dict[str, Any]) -> None:
    """Print the exact energy alone."""
    from locality.lattice.exact import ground_state_energy

    if extra := [option for option, given in besides.items() if given]:
        raise DescriptionError(f"--exact: it makes no run, so there is no {' and no '.join(extra)}. Leave that out.")
    found = ground_state_energy(lattice, j2)
    if as_json:
        plain = {"name": lattice.name, "size": list(lattice.size), "periodic": lattice.periodic}
        print_json({"lattice": plain, "j2": j2, "kind": "exact", "energy_per_site": found.energy_per_site})
        return
    print(f"{lattice}, J2 = {j2:g}: the exact energy is {found.energy_per_site:.10f} per site.")


def _folder(name: str, resume: bool) -> Path:
    """The first folder of that name that is free or, to go on with, the last that is not."""
    first = Path("runs") / name
    folder, taken = first, []
    while folder.exists() and (folder.is_file() or any(folder.iterdir())):
        taken.append(folder)
        folder = first.with_name(f"{first.name}-{len(taken) + 1}")
    if resume and not taken:
        raise RunError(f"{first}: there is no run to go on with. Give its folder with --out, or leave --resume out.")
    return taken[-1] if resume else folder


def _again(folder: Path, has_folder: bool, resumed: bool) -> str:
    """The words as they were typed, and what makes them go on."""
    words = ["locality", *sys.argv[1:], *([] if has_folder else ["--out", str(folder)])]
    return shlex.join([*words, *([] if resumed else ["--resume"])])
