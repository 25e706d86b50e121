"""`locality attribute`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, app
from locality.cli.draw import Scale, Theme
from locality.cli.inputs import load_run
from locality.cli.output import print_json, say
from locality.cli.predict import lacking, read_for
from locality.cli.published import WeightsOption, read_published
from locality.errors import DataError

if TYPE_CHECKING:
    from locality.engine.attribute import Attribution


@app.command(cls=Command)
def attribute(
    context: typer.Context,
    run: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", help="The folder of a run, as train named it. With --net: the picture."),
    ] = None,
    picture: Annotated[
        Path | None, typer.Argument(metavar="PICTURE", help="A picture: PNG, JPEG and others, of any size.")
    ] = None,
    net: Annotated[
        str | None, typer.Option(metavar="NAME", help="Instead of RUN: a network of `locality zoo` with its weights.")
    ] = None,
    weights: WeightsOption = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            metavar="<word>",
            help="occlusion, gradient, integrated-gradients or grad-cam; can be repeated. Default: all four.",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="CLASS", help="A class, by name or number. Default: the most probable one.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="<file>", help="SVG, PNG or PDF. Default: the network's name, -looks.png."),
    ] = None,
    theme: Theme = "light",
    scale: Scale = None,
    as_json: Json = False,
) -> None:
    """Show what a network looks at in a picture.

    The picture, and beside it a map for each method: what speaks for a class, and what against it. With --json the
    maps are printed as numbers, and a figure is drawn only where --out says so.

    \b
    Examples:
      locality attribute runs/lenet5-mnist photo-of-a-digit.jpg
      locality attribute runs/lenet5-mnist seven.png --method occlusion --target 1 -o why-not-one.svg
      locality attribute --net efficientnet-lite0 cat.jpg --method grad-cam --json
    """
    from locality.engine.attribute import METHODS

    subject: Any
    if run is None or (net is None and (picture is None or run.is_file())):
        context.fail(lacking(run, net))
    if net is not None:
        if picture is not None:
            raise DataError(f"attribute: with --net there is no run, and one picture. Leave {picture} out.")
        picture, subject = run, read_published(net, weights)
        model, data = subject, None
    elif weights is not None:
        raise DataError("--weights: a run has weights of its own. Name a network with --net, or leave it out.")
    else:
        subject = load_run(run)
        model, data = subject.model, subject.data_name
    assert picture is not None
    image, said = read_for(model, picture, data)
    say(f"{picture}: {sentence}" for sentence in said)
    wanted: int | str | None = target
    if target is not None and target.isdecimal() and target not in (model.classes or ()):
        wanted = int(target)
    found: list[Attribution] = []
    for name in method or METHODS:
        found.append(loc.attribute(subject, image, name, found[0].target if found else wanted))
    path = None
    if out is not None or not as_json:
        drawn = loc.figure.attribution(found, image, theme=theme)
        path = drawn.save(out or Path(f"{model.network.name}-looks.png"), scale)
    if as_json:
        print_json(_plain(found, picture, path))
        return
    print(f"{path}: {drawn.title}.")


def _plain(found: "list[Attribution]", picture: Path, path: Path | None) -> dict[str, Any]:
    """The maps as plain data, row by row."""
    first = found[0]
    return {
        "picture": str(picture),
        "target": first.target,
        "name": first.target_name,
        "score": first.score,
        "maps": {one.method: one.values.tolist() for one in found},
        "figure": None if path is None else str(path),
    }
