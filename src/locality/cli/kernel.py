"""`locality kernel`."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from locality.cli.app import Command, Json, app
from locality.cli.output import print_json
from locality.errors import DescriptionError


class _KernelCommand(Command):
    """A kernel may begin with a minus: a space before it keeps it from being taken for an option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {word}" if re.match(r"-[\d.]", word) else word for word in args])


@app.command(cls=_KernelCommand)
def kernel(
    kernels: Annotated[
        str, typer.Argument(metavar="KERNEL", help="A name of --list, rows of numbers, or several with commas.")
    ] = "",
    picture: Annotated[
        Path | None, typer.Argument(metavar="PICTURE", help="PNG, JPEG and others, of any size.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="<file>", help="Where the result is written.")
    ] = None,
    then: Annotated[
        list[str] | None, typer.Option(metavar="KERNEL", help="One more kernel after it; can be repeated.")
    ] = None,
    edges: Annotated[
        str, typer.Option(metavar="<word>", help="Beyond the edge: extend, reflect, wrap, zero, black.")
    ] = "extend",
    stride: Annotated[
        int, typer.Option(min=1, metavar="<int>", help="Of every kernel that names no stride itself.")
    ] = 1,
    convolution: Annotated[bool, typer.Option("--convolution", help="Turn the kernel by half a turn first.")] = False,
    grey: Annotated[bool, typer.Option("--grey", help="Brightness alone (ITU-R 601), not each colour.")] = False,
    magnitude: Annotated[
        bool, typer.Option("--magnitude", help="With its transpose: the length of the gradient.")
    ] = False,
    signed: Annotated[
        bool, typer.Option("--signed/--clamp", help="0 as mid-grey, or cut to 0 to 255 as a screen does.")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the named kernels.")] = False,
    as_json: Json = False,
) -> None:
    """Lay a kernel over a picture.

    Between several kernels nothing is rounded or clamped. In rows a / with spaces ends a row; 1/9 is a fraction.

    \b
    Examples:
      locality kernel sharpen in.png -o out.png --edges extend
      locality kernel "0 -1 0 / -1 5 -1 / 0 -1 0" in.png -o out.png --grey
      locality kernel "gaussian 2, magnitude left-sobel" in.png -o out.png
      locality kernel --list
    """
    from locality.data import read_picture, write_picture
    from locality.views.filter import clamped, run
    from locality.views.filter import signed as around_grey
    from locality.views.kernels import chain

    if listed:
        _list(as_json)
        return
    if not kernels or picture is None or out is None:
        raise DescriptionError(
            "kernel: a kernel, a picture and a place for the result are needed. "
            "Write locality kernel sharpen in.png -o out.png, or --list for the names."
        )
    steps = chain(", ".join([kernels, *(then or [])]), stride, magnitude)
    values = run(read_picture(picture, channels=1 if grey else None), steps, edges, convolution)
    low, high = float(values.min()), float(values.max())
    outside = float(((values < 0) | (values > 255)).mean())
    pixels, most = around_grey(values) if signed else (clamped(values), None)
    write_picture(pixels, out)
    if as_json:
        told = {"picture": str(picture), "out": str(out), "shape": list(values.shape), "edges": edges}
        shown = {"low": low, "high": high, "outside": outside, "signed": most}
        rows = [vars(step) | {"kernel": step.kernel.tolist()} for step in steps]
        print_json({**told, "convolution": convolution, "steps": rows, **shown})
        return
    size = f"{out}: {values.shape[2]}x{values.shape[1]}, values from {low:.6g} to {high:.6g}"
    if signed:
        print(f"{size}. Grey 128 stands for 0, white (255) for {most:.6g}, black (1) for {-(most or 0):.6g}.")
    elif outside:
        print(f"{size}; the {outside:.1%} outside 0 to 255 are clamped. --signed shows them.")
    else:
        print(f"{size}, rounded.")


def _list(as_json: bool) -> None:
    """Every named kernel: its rows, or the numbers that its formula takes."""
    from locality.views.kernels import FORMULAS, names, rows_of

    if as_json:
        takes = {name: [vars(each) for each in formula.parameters] for name, formula in FORMULAS.items()}
        print_json([{"name": name, "rows": rows_of(name), "parameters": takes.get(name, [])} for name in names()])
        return
    for name in names():
        if rows := rows_of(name):
            print(f"{name:<13} {rows}")
    for name, formula in FORMULAS.items():
        for number, each in enumerate(formula.parameters):
            bounds = f"{each.low:g} to {each.high:g}, {each.usual:g} when left out"
            print(f"{name if not number else '':<13} {each.name:<10} {bounds}")
        print(f"{'':<13} {formula.about}")
