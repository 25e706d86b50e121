"""`locality data`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from locality.cli.app import Command, Json, SkipBad, app
from locality.cli.inputs import read_data
from locality.cli.output import print_json
from locality.errors import DataError
from locality.network.network import shape_text


@app.command(cls=Command)
def data(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only this one: fetched or drawn if need be, and counted.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(help="The side of a folder's pictures, in pixels. Default: as they are, or 64 where they differ."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="A folder: the first test picture of each class is written there as PNG.")
    ] = None,
    skip_bad: SkipBad = False,
    as_json: Json = False,
) -> None:
    """List the data sets, or fetch and count one.

    A name with capitals in it stands for many: folder:photos, ising:square:L=32, gauge:L=16:seed=1:samples=500.

    \b
    Examples:
      locality data
      locality data mnist --save pictures
      locality data folder:photos --size 64
      locality data ising:square:L=16
    """
    from locality.data import names, patterns, write_picture

    if name is None:
        if size or save or skip_bad:
            raise DataError("data: no data set is named. Say which one, for example: locality data mnist")
        print_json(list(names())) if as_json else print(*names(), *patterns(), sep="\n")
        return
    found = read_data(name, size, skip_bad)
    if save is not None:
        if found.spins and (len(found.shape) != 3 or found.shape[0] != 1):
            raise DataError(
                f"--save: the spins of {found.name} are {shape_text(found.shape)}, and a picture holds one sublattice "
                f"on two axes. Leave it out, or draw them with locality.figure.lattice."
            )
        for i, each in enumerate(found.classes):
            for first in (found.test.labels == i).nonzero()[0][:1]:
                one = found.test.images[first]
                picture = ((one > 0) * 255).astype("uint8") if found.spins else one  # up is white, down black
                write_picture(picture, save / f"{each.replace('/', '-')}.png")
        print(f"The first test picture of each class is in {save}.", file=sys.stderr)
    counts = {
        split: [int((getattr(found, split).labels == i).sum()) for i in range(len(found.classes))]
        for split in ("train", "test")
    }
    if as_json:
        plain = {"name": found.name, "shape": found.shape, "classes": found.classes, "mean": found.mean}
        print_json(plain | {"std": found.std, "source": found.source, "licence": found.licence, **counts})
        return
    kind = "spins" if found.spins else "pictures"
    print(f"{found.name}: {kind} of {shape_text(found.shape)}, {len(found.classes)} classes")
    print(f"source   {found.source}\nlicence  {found.licence}")
    if not found.spins:
        print(f"mean     {_numbers(found.mean)}   standard deviation {_numbers(found.std)} (of brightness 0 to 1)")
    print()
    wide = max(map(len, [*found.classes, "class"]))
    print(f"{'class':<{wide}}   train    test")
    for i, each in enumerate(found.classes):
        print(f"{each:<{wide}} {counts['train'][i]:>7,} {counts['test'][i]:>7,}")
    print(f"{'all':<{wide}} {len(found.train):>7,} {len(found.test):>7,}")


def _numbers(numbers: tuple[float, ...]) -> str:
    return " ".join(f"{number:.4f}" for number in numbers)
