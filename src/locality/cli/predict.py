"""`locality predict`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, RunArgument, app
from locality.cli.inputs import load_run
from locality.cli.output import print_json
from locality.errors import DataError

if TYPE_CHECKING:
    from locality.engine.run import Run


@app.command(cls=Command)
def predict(
    run: RunArgument,
    pictures: Annotated[
        list[Path], typer.Argument(metavar="PICTURE", help="One picture or more: PNG, JPEG and others, of any size.")
    ],
    most: Annotated[int, typer.Option(min=1, metavar="<int>", help="How many classes to name for each.")] = 3,
    as_json: Json = False,
) -> None:
    """Say what pictures show, and what was assumed.

    After training on digits or mnist, the digit is looked for: ink darker or lighter than its ground, anywhere in the
    picture. After other data a picture is only resized, and cut to the network's shape.

    \b
    Examples:
      locality predict runs/lenet5-mnist photo-of-a-digit.jpg
      locality predict runs/tiny-vgg-photos holiday/*.jpg --json
    """
    trained = load_run(run)
    answers, bad = [], []
    for path in pictures:
        try:
            picture, said = _fitted_picture(path, trained)
        except DataError as error:
            bad.append(str(error))
            continue
        (answer,) = loc.predict(trained, picture, most)
        answers.append(
            {
                "picture": str(path),
                "assumed": said,
                "classes": answer.classes,
                "probabilities": answer.probabilities,
            }
        )
        if not as_json:
            first, *others = (f"{n} ({p:.1%})" for n, p in zip(answer.classes, answer.probabilities, strict=True))
            print(f"{path}: {first}" + (f", else {', '.join(others)}" if others else ""))
            for sentence in said:
                print(f"  {sentence}")
    if as_json and answers:
        print_json(answers)
    if bad:
        raise DataError("\n".join(bad))


# The side of the digits in these data sets: a digit is made like one of them, then brought to the network like them.
_DIGITS = {"digits": 8, "mnist": 28}


def _fitted_picture(path: Path, run: "Run") -> tuple[Any, list[str]]:
    """A picture as the run's network takes it, and what was assumed about it."""
    from locality.data import fit_digit, fit_picture, read_picture

    picture, shape = read_picture(path), run.network.input
    if run.data_name in _DIGITS:
        side = _DIGITS[run.data_name]
        try:
            fitted, said = fit_digit(picture, (shape[0], side, side))
        except DataError as error:
            raise DataError(f"{path}: {str(error).removeprefix('picture: ')}") from None
        return fit_picture(fitted, shape), list(said)
    fitted = fit_picture(picture, shape)
    said_so = []
    if len(picture) != shape[0]:
        said_so.append("coloured: made grey" if shape[0] == 1 else "grey: taken as a colour picture")
    if picture.shape[1:] != shape[1:]:
        high, wide = picture.shape[1:]
        said_so.append(f"{wide}x{high}: brought to {shape[2]}x{shape[1]}, the overhang is cut off")
    return fitted, said_so or ["taken as it is"]
