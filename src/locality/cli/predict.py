"""`locality predict`."""

from pathlib import Path
from typing import Annotated

import typer

import locality as loc
from locality.cli.app import Command, Json, RunArgument, app
from locality.cli.inputs import load_run
from locality.cli.output import print_json
from locality.cli.subject import fitted_picture
from locality.errors import DataError


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
            picture, said = fitted_picture(path, trained.network.input, trained.data_name)
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
