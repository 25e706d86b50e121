"""`locality draw`."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, app
from locality.cli.inputs import InputOption
from locality.cli.output import print_json, say
from locality.cli.subject import UNTRAINED, built, first_picture, fitted_picture, read_subject
from locality.errors import DescriptionError

# Styles that show what a network has learnt: figures of a run, a model or a record.
LEARNT = ("curves", "confusion", "mistakes", "kernels", "feature-maps")
Style = Annotated[
    str,
    typer.Option(
        metavar="<word>",
        help=f"graph, maps, boxes, neurons; of a run also {', '.join(LEARNT)}.",
    ),
]
Theme = Annotated[str, typer.Option(metavar="<word>", help="light or dark.")]
Colours = Annotated[
    list[str] | None, typer.Option("--colour", metavar="NAME=#rrggbb", help="One colour changed; can be repeated.")
]
Scale = Annotated[float | None, typer.Option(metavar="<number>", help="Pixels of a PNG, GIF or MP4 for one of SVG.")]


@app.command(cls=Command)
def draw(
    net: Annotated[
        str | None,
        typer.Argument(metavar="NET", help="A name from `locality zoo`, a line of notation, or a file or run folder."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="<file>", help="SVG, PNG or PDF. Default: its name and style, with .svg."),
    ] = None,
    size: InputOption = None,
    style: Style = "graph",
    width: Annotated[
        float, typer.Option(metavar="<number>", help="How wide it may be: 340 for a column, 960 for a slide.")
    ] = 960,
    direction: Annotated[
        str | None, typer.Option(metavar="<word>", help="right or down. Default: down for graph, else right.")
    ] = None,
    image: Annotated[
        Path | None, typer.Option(metavar="PICTURE", help="Show what the network makes of this picture.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(metavar="NAME=TEXT", help="Write something else; can be repeated.")
    ] = None,
    hide: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Leave out a layer, or a kind (relu, norm); repeatable.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(metavar="TEXT=A,B", help="Put layers together under one label; repeatable.")
    ] = None,
    opened: Annotated[
        list[str] | None, typer.Option("--open", metavar="BLOCK", help="Open a folded block, or all; repeatable.")
    ] = None,
    logarithmic: Annotated[bool, typer.Option("--logarithmic", help="Sides of boxes by their logarithm.")] = False,
    lattice: Annotated[
        str | None, typer.Option(metavar="<word>", help="Instead of NET: square, triangular, honeycomb, kagome, ...")
    ] = None,
    cells: Annotated[
        str | None, typer.Option("--size", metavar="<cells>", help="Of a lattice, along each axis: 4 or 4x6.")
    ] = None,
    open_edges: Annotated[bool, typer.Option("--open-edges", help="A lattice that is not periodic.")] = False,
    site: Annotated[
        int | None, typer.Option(metavar="<number>", help="Mark a site of a lattice and its neighbours.")
    ] = None,
    theme: Theme = "light",
    colour: Colours = None,
    scale: Scale = None,
    as_json: Json = False,
) -> None:
    """Draw a network, what a run has learnt, or a lattice.

    Every size comes from the description. Long networks are folded into blocks. A run's weights colour the edges of
    its neurons.

    \b
    Examples:
      locality draw resnet18 -o resnet18.svg
      locality draw lenet5 --style maps --image digit.png -o lenet5.pdf
      locality draw runs/lenet5-mnist --style confusion -o confusion.png
      locality draw "1x28x28 | conv 6 5x5 | relu | flatten | dense 10" -o mine.png --width 340
      locality draw --lattice kagome --size 4 -o kagome.svg
    """
    layout: dict[str, Any] = {"--width": width != 960, "--direction": direction, "--label": label, "--hide": hide}
    layout |= {"--group": group, "--open": opened, "--logarithmic": logarithmic, "--colour": colour}
    of_lattice = {"--size": cells, "--open-edges": open_edges, "--site": site is not None}
    if lattice is not None:
        layout |= {"NET": net, "--input": size, "--style": style != "graph", "--image": image}
        _refuse(f"--lattice {lattice}", layout)
        _lattice(lattice, cells, open_edges, site, theme, out, scale, as_json)
        return
    if net is None:
        raise DescriptionError("draw: there is nothing to draw. Give a NET, such as lenet5, or --lattice kagome.")
    _refuse(net, of_lattice)
    subject: Any = read_subject(net, size)
    picture = None
    if image is not None:
        picture, said = fitted_picture(image, _network(subject).input, getattr(subject, "data_name", None))
        say(f"{image}: {sentence}" for sentence in said)
        if isinstance(subject, loc.Network):
            subject = built(subject)
            say([UNTRAINED])
    if style in LEARNT:
        _refuse(style, layout)
        _learnt(subject, style, picture, theme, out, scale, as_json)
        return
    drawn = loc.figure.network(
        subject,
        style,
        image=picture,
        labels=pairs("--label", label),
        hide=hide or [],
        group={name: [each.strip() for each in names.split(",")] for name, names in pairs("--group", group).items()},
        open="all" in (opened or []) or (opened or []),
        direction=direction,
        width=width,
        logarithmic=logarithmic,
        theme=theme,
        colours=pairs("--colour", colour),
    )
    name = _network(subject).name
    _saved(drawn, out or Path(f"{name}.svg" if style == "graph" else f"{name}-{style}.svg"), scale, as_json)


def _lattice(
    name: str,
    cells: str | None,
    open_edges: bool,
    site: int | None,
    theme: str,
    out: Path | None,
    scale: float | None,
    json: bool,
) -> None:
    """A figure of a lattice."""
    words = (cells or "4").split("x")
    if not all(re.fullmatch(r"\d{1,9}", word, re.ASCII) for word in words):
        raise DescriptionError(f"--size: {cells!r} is no size. Write the cells along each axis, such as 4 or 4x6.")
    size = tuple(map(int, words))
    lattice = loc.Lattice(name, size[0] if len(size) == 1 else size, periodic=not open_edges)
    _saved(loc.figure.lattice(lattice, site=site, theme=theme), out or Path(f"{name}.svg"), scale, json)


def _saved(drawn: Any, place: Path, scale: float | None, json: bool) -> None:
    path = drawn.save(place, scale)
    if json:
        print_json({"figure": str(path), "width": drawn.width, "height": drawn.height, "title": drawn.title})
        return
    print(f"{path}: {drawn.title}, {drawn.width:.0f}x{drawn.height:.0f} pixels.")


def _refuse(what: str, options: dict[str, Any]) -> None:
    """Raise for options that mean nothing here."""
    if extra := [option for option, given in options.items() if given]:
        raise DescriptionError(f"{what}: it has no {' and no '.join(extra)}. Leave that out.")


def _learnt(
    subject: Any,
    style: str,
    picture: Any,
    theme: str,
    out: Path | None,
    scale: float | None,
    json: bool,
) -> None:
    """A figure of what a network has learnt."""
    if style == "feature-maps":
        if isinstance(subject, loc.Network):
            subject = built(subject)
            say([UNTRAINED])
        drawn = loc.figure.feature_maps(
            subject, first_picture(subject).array if picture is None else picture, theme=theme
        )
    elif picture is not None:
        raise DescriptionError(f"{style}: it looks at no picture of its own. Leave --image out.")
    else:
        drawn = getattr(loc.figure, style)(subject, theme=theme)
    path = drawn.save(out or Path(f"{_network(subject).name}-{style}.svg"), scale)
    if json:
        print_json({"figure": str(path), "title": drawn.title})
        return
    print(f"{path}: {drawn.title.splitlines()[0]}.")


def pairs(option: str, given: list[str] | None) -> dict[str, str]:
    """What stands before and after the first "=" of each."""
    found = {}
    for one in given or []:
        name, sign, value = one.partition("=")
        if not (name.strip() and sign):
            raise DescriptionError(f"{option}: {one!r} has no name or no '='. Write NAME=VALUE, such as conv1=edges.")
        found[name.strip()] = value.strip()
    return found


def _network(subject: Any) -> Any:
    from locality.network.network import network_of

    return network_of(subject)
