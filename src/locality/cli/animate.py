"""`locality animate`."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, app
from locality.cli.draw import Colours, Scale, Theme, pairs
from locality.cli.output import print_json, say
from locality.cli.subject import UNTRAINED, built, fitted_picture, read_subject
from locality.errors import DataError, DescriptionError, unknown

KINDS = ("gif", "svg", "mp4", "png", "pdf")


@app.command(cls=Command)
def animate(
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="A name of --list, a line of notation with one layer, or a NET.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="<file>", help="SVG, GIF, MP4, PNG or PDF. Default: its name with .gif."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Write all that --list names into the folder of -o.")] = False,
    kind: Annotated[
        str | None, typer.Option(metavar="<word>", help="With --all: gif, svg, mp4, png or pdf. Default: gif.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the animations that have a name.")] = False,
    node: Annotated[str | None, typer.Option(metavar="NAME", help="The layer of a NET to show.")] = None,
    channel: Annotated[int | None, typer.Option(metavar="<int>", help="One output channel alone.")] = None,
    rounding: Annotated[
        str | None, typer.Option(metavar="<word>", help="exact, floor or ceil, in place of the layer's own.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="<int>", help="Numbers in the cells, drawn by this seed.")] = None,
    image: Annotated[Path | None, typer.Option(metavar="PICTURE", help="Its pixels as the input's numbers.")] = None,
    weights: Annotated[
        str | None, typer.Option(metavar="KERNEL", help='The kernel: "0 -1 0 / -1 5 -1 / 0 -1 0", or a name.')
    ] = None,
    caption: Annotated[bool, typer.Option("--caption", help="Write the formula under it.")] = False,
    still: Annotated[bool, typer.Option("--still", help="All steps side by side, in one still picture.")] = False,
    step: Annotated[int | None, typer.Option(metavar="<int>", help="One step alone, counted from 0.")] = None,
    seconds: Annotated[float, typer.Option(metavar="<number>", help="How long a step lasts.")] = 1.0,
    theme: Theme = "light",
    colour: Colours = None,
    scale: Scale = None,
    as_json: Json = False,
) -> None:
    """Animate a convolution, a transposed one, or a pooling.

    One step for each output cell. Sizes that do not tile are refused, as everywhere; --rounding floor shows what
    flooring leaves unread.

    \b
    Examples:
      locality animate padding_strides_odd_transposed -o a.gif
      locality animate "1x6x5 | conv 1 3x2 stride 3x1 pad 0" --seed 1 --caption -o b.svg
      locality animate lenet5 --node pool1 --channel 0 -o c.mp4
      locality animate --all -o gallery/
    """
    from locality.views.figure.animation.published import NAMES

    if listed:
        _list(NAMES, as_json)
        return
    look: dict[str, Any] = {"theme": theme, "colours": pairs("--colour", colour), "seconds": seconds}
    look |= {"seed": seed, "caption": caption, "rounding": rounding}
    if every:
        if what or node or image or weights or channel is not None or step is not None:
            raise DescriptionError(
                "--all: the named animations have no picture, kernel, node, channel or step. Leave them out."
            )
        if out is None:
            raise DescriptionError("--all: a folder to write to is missing. Give one, such as -o gallery/.")
        if (kind := kind or "gif") not in KINDS:
            raise unknown("kind", kind, KINDS)
        _write_all(NAMES, out, kind, look, still, scale, as_json)
        return
    if kind:
        raise DescriptionError("--kind: it is for --all. Name the file with -o, ending in what it should be.")
    if still and step is not None:
        raise DescriptionError("--step: one step is no picture of all of them. Leave out --still or --step.")
    if not what:
        raise DescriptionError(
            "animate: what to show is missing. Give a name of --list, or a line such as "
            '"1x5x5 | conv 1 3x3 stride 2 pad 1".'
        )
    subject: Any = what
    if "|" not in what and what not in NAMES and (node is not None or _is_net(what)):
        subject = read_subject(what)
        if isinstance(subject, loc.Network) and image is not None:
            subject = built(subject)
            say([UNTRAINED])
    figure = loc.figure.convolution(
        subject,
        node,
        image=None if image is None else _pixels(image, subject, node, rounding),
        weights=None if weights is None else _kernel(weights),
        channel=channel,
        **look,
    )
    figure = figure.step(step) if step is not None else figure.still() if still else figure
    name = figure.title.replace(" ", "_")
    path = figure.save(out or Path(f"{name}.{'svg' if figure.steps == 1 else 'gif'}"), scale)
    told = {"figure": str(path), "title": figure.title, "steps": figure.steps, "about": figure.description}
    if as_json:
        print_json(told)
        return
    print(f"{path}: {figure.description}; {_steps(figure.steps)}.")


def _is_net(what: str) -> bool:
    """Whether a text that is no line names a network: in the zoo, in a file, or in the folder of a run."""
    return what in loc.zoo.names() or os.path.exists(what)


def _write_all(
    names: tuple[str, ...], folder: Path, kind: str, look: dict[str, Any], still: bool, scale: float | None, json: bool
) -> None:
    """All named animations in a folder, which is made if need be."""
    drawn = {}  # all of them before the first is written
    for name in names:
        options = look | {"rounding": None} if name.endswith("_transposed") else look
        drawn[name] = loc.figure.convolution(name, **options)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: no folder can be made here ({error.strerror}). Give another place.") from None
    written = []
    for name, figure in drawn.items():
        path = (figure.still() if still else figure).save(folder / f"{name}.{kind}", scale)
        written.append({"figure": str(path), "steps": figure.steps, "about": figure.description})
        if not json:
            print(f"{path}: {figure.description}; {_steps(figure.steps)}.")
    if json:
        print_json(written)


def _list(names: tuple[str, ...], as_json: bool) -> None:
    figures = {name: loc.figure.convolution(name) for name in names}
    if as_json:
        print_json([{"name": name, "about": f.description, "steps": f.steps} for name, f in figures.items()])
        return
    for name, figure in figures.items():
        print(f"{name}\n  {figure.description}; {_steps(figure.steps)}")


def _steps(count: int) -> str:
    return f"{count} steps" if count > 1 else "a still picture"


def _pixels(path: Path, subject: Any, node: str | None, rounding: str | None) -> Any:
    """The pixels of a picture file, brought to the size of the input."""
    from locality.network.network import network_of
    from locality.views.figure.animation.windowed import windowed

    net = windowed(subject, node, rounding)[0] if isinstance(subject, str) else network_of(subject)
    pixels, said = fitted_picture(path, net.input, getattr(subject, "data_name", None))
    say(f"{path}: {sentence}" for sentence in said)
    return pixels


def _kernel(text: str) -> Any:
    """The one kernel that a text names or spells."""
    from locality.views.kernels import chain

    first, *more = chain(text)
    if more:
        raise DescriptionError(f"--weights: {text!r} is {1 + len(more)} kernels. Give one.")
    return first.kernel
