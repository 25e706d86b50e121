"""`locality page`."""

from pathlib import Path
from typing import Annotated

import typer

import locality as loc
from locality.cli.app import Command, Json, NetArgument, SkipBad, app
from locality.cli.inputs import InputOption
from locality.cli.output import print_json
from locality.cli.subject import UNTRAINED, built, pictures_for, read_subject, worst_first

Image = Annotated[
    Path | None, typer.Option(metavar="PICTURE", help="A picture file to look at; it is fitted to the network.")
]
Data = Annotated[str | None, typer.Option(help="A data set to take pictures from. Default: a run's own.")]


@app.command(cls=Command)
def page(
    net: NetArgument,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write. Default: the network's name with .html.")
    ] = None,
    image: Image = None,
    data: Data = None,
    mistake: Annotated[
        bool, typer.Option("--mistake", help="Begin with the test picture on which a run errs most surely.")
    ] = False,
    size: InputOption = None,
    show: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    skip_bad: SkipBad = False,
    as_json: Json = False,
) -> None:
    """Write a network's page: every number, in one file.

    The file needs nothing else and opens offline. A run's page has its weights, test pictures, and its surest
    mistakes; a network that nobody trained has initial weights, and its page says so.

    \b
    Examples:
      locality page lenet5 -o lenet5.html
      locality page runs/lenet5-mnist --image photo-of-a-digit.jpg --open
      locality page resnet50 --image holiday.jpg
      locality page mymodule:Net --input 3x64x64
    """
    subject = read_subject(net, size)
    pictures = pictures_for(subject, image, data, skip_bad)
    if mistake:
        pictures = [*worst_first(subject), *pictures]
    given = None if not pictures else pictures if data is not None or mistake else pictures[0]
    made = loc.page(subject, given)
    if isinstance(subject, loc.Network) and not made.scene.manifest["computes"]:
        made = loc.page(built(subject), given, notes=[UNTRAINED])
    path = made.save(out or Path(f"{made.title}.html"))
    length = path.stat().st_size
    if show:
        made.open(path)
    if as_json:
        print_json({"page": str(path), "bytes": length, "notes": made.notes})
        return
    print(f"{path} ({length / 1e6:.1f} MB): open it in a browser.")
    for note in made.notes:
        print(f"  {note}")
