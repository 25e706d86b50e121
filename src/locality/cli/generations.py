"""`locality generations`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from locality.cli.app import Command, Json, SkipBad, app
from locality.cli.draw import Theme
from locality.cli.inputs import read_data
from locality.cli.output import print_json, say
from locality.errors import DataError


@app.command(cls=Command)
def generations(
    data: Annotated[
        str | None,
        typer.Option(help="A name from `locality data`, or folder:PATH. Default: fashion-mnist; to permute, mnist."),
    ] = None,
    permute: Annotated[
        bool, typer.Option("--permute", help="Instead: what permuting the pixels and moving the pictures does.")
    ] = False,
    epochs: Annotated[
        int | None, typer.Option(help="How often a network sees every picture. Default: 6; to permute, 3.")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="How often each is trained, from another start. Default: 1; to permute, 5.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The study's folder. Default: runs/generations-DATA or runs/permutation-DATA.")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="<file>", help="SVG, PNG or PDF. Default: figure.svg in the study's folder.")
    ] = None,
    theme: Theme = "light",
    skip_bad: SkipBad = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    as_json: Json = False,
) -> None:
    """Repeat ImageNet's generations in miniature.

    From hand-made descriptors to a residual network, on one data set with one budget: errors with intervals,
    parameters, multiply-accumulates (MACs), time, and ImageNet's published figures beside them. Pictures are brought
    to 28x28. Ctrl-C stops; the same command again goes on with what is missing.

    \b
    Examples:
      locality generations
      locality generations --data folder:photos --epochs 20 --seeds 3
      locality generations --permute
    """
    from locality.studies.generations import generations as run_generations
    from locality.studies.permutation import permutation as run_permutation
    from locality.studies.scaled import laid_out
    from locality.views.figure.plots import generations as plots
    from locality.views.figure.plots.plot import ENDINGS
    from locality.views.figure.theme import themed

    themed(theme)  # now, not after minutes of training
    if figure is not None and figure.suffix.lower() not in ENDINGS:
        raise DataError(f"{figure}: no figure is written with this ending. Use {', '.join(ENDINGS)}.")
    kind = "permutation" if permute else "generations"
    name = data or ("mnist" if permute else "fashion-mnist")
    folder = out or Path("runs") / f"{kind}-{Path(name.removeprefix('folder:')).resolve().name}"
    given: dict[str, Any] = {"epochs": epochs, "seeds": seeds}
    chosen = {option: count for option, count in given.items() if count is not None}
    found = read_data(name, None, skip_bad)
    pictures = laid_out(found)
    say(pictures.notes[len(found.notes) :])
    run: Any = run_permutation if permute else run_generations
    try:
        study = run(pictures, out=folder, progress=not quiet, **chosen)
    except KeyboardInterrupt:
        say([f"Stopped; what is done is kept in {folder}. The same command goes on with the rest."])
        raise typer.Exit(130) from None
    plain = study.to_dict()
    drawn = getattr(plots, kind)(plain, theme=theme)
    path = drawn.save(figure or folder / "figure.svg")
    if as_json:
        print_json({**plain, "figure": str(path)})
        return
    print(f"{study}\n\nThe runs are kept in {folder}.\nThe figure is {path}.")
