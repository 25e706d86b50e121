"""`locality draw`."""

from pathlib import Path
from typing import Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, NetArgument, app
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
    net: NetArgument,
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
    theme: Theme = "light",
    colour: Colours = None,
    scale: Scale = None,
    as_json: Json = False,
) -> None:
    """Draw a network, or what a run has learnt.

    Every size comes from the description. Long networks are folded into blocks. A run's weights colour the edges of
    its neurons.

    \b
    Examples:
      locality draw resnet18 -o resnet18.svg
      locality draw lenet5 --style maps --image digit.png -o lenet5.pdf
      locality draw runs/lenet5-mnist --style confusion -o confusion.png
      locality draw "1x28x28 | conv 6 5x5 | relu | flatten | dense 10" -o mine.png --width 340
    """
    subject: Any = read_subject(net, size)
    picture = None
    if image is not None:
        picture, said = fitted_picture(image, _network(subject).input, getattr(subject, "data_name", None))
        say(f"{image}: {sentence}" for sentence in said)
        if isinstance(subject, loc.Network):
            subject = built(subject)
            say([UNTRAINED])
    if style in LEARNT:
        layout = {"--width": width != 960, "--direction": direction, "--label": label, "--hide": hide}
        layout |= {"--group": group, "--open": opened, "--logarithmic": logarithmic, "--colour": colour}
        _learnt(
            subject, style, picture, theme, [option for option, given in layout.items() if given], out, scale, as_json
        )
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
    path = drawn.save(out or Path(f"{name}.svg" if style == "graph" else f"{name}-{style}.svg"), scale)
    if as_json:
        print_json({"figure": str(path), "width": drawn.width, "height": drawn.height, "title": drawn.title})
        return
    print(f"{path}: {drawn.title}, {drawn.width:.0f}x{drawn.height:.0f} pixels.")


def _learnt(
    subject: Any,
    style: str,
    picture: Any,
    theme: str,
    extra: list[str],
    out: Path | None,
    scale: float | None,
    json: bool,
) -> None:
    """A figure of what a network has learnt."""
    if extra:
        raise DescriptionError(f"{style}: it has no {' and no '.join(extra)}. Leave that out.")
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
