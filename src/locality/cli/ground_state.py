"""`locality ground-state`."""

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, app
from locality.cli.cells import cells
from locality.cli.draw import Theme
from locality.cli.inputs import read_network
from locality.cli.interrupt import between_steps
from locality.cli.output import print_json, say
from locality.errors import DataError, DescriptionError, RunError

RUN = "ground-state.json"  # in the folder of a run that has begun
SETTINGS = ("steps", "samples", "chains", "sweeps", "exponent", "learning_rate", "shift", "seed")


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
    signs: Annotated[
        str | None,
        typer.Option(metavar="<word>", help="none, marshall, stripe. Default: marshall if there are two sublattices."),
    ] = None,
    symmetry: Annotated[
        str, typer.Option(metavar="<word>", help="none, or translations, c4, c4v, flip, joined by +: c4v:B1+flip.")
    ] = "none",
    pooling: Annotated[
        str | None,
        typer.Option(metavar="<word>", help="sum or product of the places. Default: product for complex weights."),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of the optimisation. Default: 300.")] = None,
    samples: Annotated[int | None, typer.Option(help="Configurations in each step. Default: 1024.")] = None,
    chains: Annotated[int | None, typer.Option(help="Markov chains. Default: one for each sample.")] = None,
    sweeps: Annotated[
        int | None, typer.Option(help="Exchanges tried between two samples, for each site. Default: 1.")
    ] = None,
    exponent: Annotated[
        float | None, typer.Option(help="Draw from |psi| to this power. Default: 2 - 3/sqrt(sites), at least 1.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="At the start; it falls to 0 along a cosine. Default: 0.05.")
    ] = None,
    shift: Annotated[
        float | None, typer.Option(help="Added to the matrix's diagonal; more is calmer and slower. Default: 0.001.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Decides weights and every draw. Default: 0.")] = None,
    start: Annotated[Path | None, typer.Option(help="Begin with the weights of the run in this folder.")] = None,
    out: Annotated[Path | None, typer.Option(help="The run's folder. Default: a new one in runs.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in --out, or with the last, and its options.")
    ] = False,
    exact: Annotated[bool, typer.Option("--exact", help="Only diagonalise: up to 20 sites.")] = False,
    figure: Annotated[Path | None, typer.Option(metavar="<file>", help="Plot the way there: SVG, PNG or PDF.")] = None,
    theme: Theme = "light",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    as_json: Json = False,
) -> None:
    """Find the ground state of the J1-J2 magnet.

    A network is the wave function of spins 1/2 with H = sum S.S over nearest neighbours + J2 sum S.S over next-nearest
    ones; variational Monte Carlo lowers its energy, which is printed per site, with its error, beside the exact or the
    best published one. Ctrl-C stops after the step, --resume goes on.

    \b
    Examples:
      locality ground-state --size 6 --j2 0.5
      locality ground-state --size 4 --j2 0.5 --exact
      locality ground-state --size 10 --start runs/ground-state-square-6x6-0.5
      locality ground-state --lattice honeycomb --size 3 --j2 0 --figure way.svg
      locality ground-state --resume --steps 500
    """
    from locality.cli.progress import energies
    from locality.quantum.folder import read_settings
    from locality.quantum.signs import rule_for
    from locality.views.figure.plots.plot import ENDINGS
    from locality.views.figure.theme import themed

    themed(theme)  # now, not after minutes of sampling
    if figure is not None and figure.suffix.lower() not in ENDINGS:
        raise DataError(f"{figure}: no figure is written with this ending. Use {', '.join(ENDINGS)}.")
    chosen = loc.Lattice(lattice, cells(size), not open_edges)
    if exact:
        _diagonalised(chosen, j2, as_json, {"--start": start, "--out": out, "--resume": resume, "--figure": figure})
        return
    typed = _typed(context)
    folder = out or _folder(f"ground-state-{str(chosen).replace(' ', '-')}-{j2:g}", resume, typed)
    kept = read_settings(folder) if resume else {}  # what a run goes on with, but for what is typed
    settings = {name: context.params[name] for name in SETTINGS if context.params[name] is not None}
    vmc = replace(kept["vmc"], **settings) if kept else loc.VMC(**settings)
    net = kept["network"] if kept and "network" not in typed else _network(network)
    asked: dict[str, Any] = {"lattice": chosen, "j2": j2, "signs": signs, "symmetry": symmetry, "pooling": pooling}
    typed |= set() if typed.isdisjoint({"size", "open_edges"}) else {"lattice"}
    asked |= {name: kept[name] for name in asked if kept and name not in typed}
    if figure is not None and vmc.steps == 0:
        raise DataError("--figure: without a step there is no way to draw. Use --steps 1 or more.")
    if not quiet:
        name = net.name if kept and "network" not in typed else network
        said = f"sign rule {asked['signs'] or rule_for(asked['lattice'])}, symmetry {asked['symmetry']}"
        say([f"{asked['lattice']}, J2 = {asked['j2']:g}: {name}, {said}. Energies are per site."])
    try:
        with energies(quiet) as told, between_steps() as stopped:

            def progress(line: dict[str, Any], steps: int) -> None:
                if told is not None:
                    told(line, steps)
                stopped()

            found: Any = loc.ground_state(
                network=net, vmc=vmc, start=start, out=folder, resume=resume, progress=progress, **asked
            )
    except KeyboardInterrupt:
        again = shlex.join(["locality", "ground-state", "--resume", "--out", str(folder)])
        there = f"what was done is kept in {folder}. Go on with: {again}"
        say([f"Stopped; {there if (folder / RUN).exists() else 'nothing is kept yet.'}"])
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
    energy = f"{found.energy_per_site:.10f}" if abs(found.energy_per_site) < 1e4 else f"{found.energy_per_site:.13g}"
    print(f"{lattice}, J2 = {j2:g}: the exact energy is {energy} per site.")


def _network(text: str) -> Any:
    return text if text in loc.zoo.names() else read_network(text)


def _typed(context: typer.Context) -> set[str]:
    """The options that were given, by name."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return {name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"}


def _folder(name: str, resume: bool, typed: set[str]) -> Path:
    """The first folder of that name that is free. To go on with: the last of that name or, where neither lattice nor J2
    was given, the last that was written to at all."""
    first = Path("runs") / name
    if resume and typed.isdisjoint({"lattice", "size", "open_edges", "j2"}):
        runs = sorted(first.parent.glob(f"ground-state-*/{RUN}"), key=lambda run: run.stat().st_mtime)
        if not runs:
            raise RunError("runs: there is no ground state to go on with. Give its folder with --out.")
        return runs[-1].parent
    folder, taken = first, []
    while folder.exists() and (folder.is_file() or any(folder.iterdir())):
        taken.append(folder)
        folder = first.with_name(f"{first.name}-{len(taken) + 1}")
    if resume and not taken:
        raise RunError(f"{first}: there is no run to go on with. Give its folder with --out, or leave --resume out.")
    return taken[-1] if resume else folder
