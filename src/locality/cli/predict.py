"""`locality predict`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, app
from locality.cli.inputs import load_run
from locality.cli.output import print_json
from locality.cli.published import WeightsOption, read_published
from locality.cli.subject import fitted_picture
from locality.errors import DataError

if TYPE_CHECKING:
    from locality.engine.build import Model


@app.command(cls=Command)
def predict(
    context: typer.Context,
    run: Annotated[
        Path | None,
        typer.Argument(metavar="RUN", help="The folder of a run, as train named it. With --net: a picture."),
    ] = None,
    pictures: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PICTURE", help="One picture or more: PNG, JPEG and others, of any size."),
    ] = None,
    net: Annotated[
        str | None, typer.Option(metavar="NAME", help="Instead of RUN: a network of `locality zoo` with its weights.")
    ] = None,
    weights: WeightsOption = None,
    most: Annotated[
        int | None,
        typer.Option(min=1, metavar="<int>", help="How many classes to name for each. Default: 3, with --net 5."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what pictures show, and what was assumed.

    After training on digits or mnist, the digit is looked for: ink darker or lighter than its ground, anywhere in the
    picture. After other data a picture is only resized, and cut to the network's shape. With --net, the weights are
    those published for the 1000 classes of ImageNet, and pictures are cut as they were for these.

    \b
    Examples:
      locality predict runs/lenet5-mnist photo-of-a-digit.jpg
      locality predict runs/tiny-vgg-photos holiday/*.jpg --json
      locality predict --net efficientnet-lite0 cat.jpg
    """
    files = list(pictures or [])
    subject: Any
    if run is None or (net is None and (not files or run.is_file())):
        context.fail(lacking(run, net))
    if net is not None:
        subject = model = read_published(net, weights)
        files, data = [run, *files], None
    elif weights is not None:
        raise DataError("--weights: a run has weights of its own. Name a network with --net, or leave it out.")
    else:
        subject = load_run(run)
        model, data = subject.model, subject.data_name
    answers, bad = [], []
    for path in files:
        try:
            picture, said = read_for(model, path, data)
        except DataError as error:
            bad.append(str(error))
            continue
        (answer,) = loc.predict(subject, picture, most or (3 if net is None else 5))
        answers.append(
            {
                "picture": str(path),
                "assumed": said,
                "classes": answer.classes,
                "probabilities": answer.probabilities,
            }
        )
        if not as_json:
            shares = list(zip(answer.classes, answer.probabilities, strict=True))
            if net is None:
                first, *others = (f"{name} ({share:.1%})" for name, share in shares)
                print(f"{path}: {first}" + (f", else {', '.join(others)}" if others else ""))
            else:
                print(f"{path}:", *(f"{share:>7.1%}  {name}" for name, share in shares), sep="\n")
            for sentence in said:
                print(f"  {sentence}")
    if as_json and answers:
        print_json(answers)
    if bad:
        raise DataError("\n".join(bad))


def lacking(run: Path | None, net: str | None) -> str:
    """What is said where a network or a picture is not named."""
    if net is not None:
        return f"No picture is named. Write it after --net {net}."
    if run is not None and run.is_file():
        return f"{run} is a picture. Say which network: the folder of a run before it, or --net NAME."
    return "Name the folder of a run and a picture, or --net NAME and a picture."


def read_for(model: "Model", path: Path, data: str | None) -> tuple[Any, list[str]]:
    """A picture file as the network reads it, and what was assumed about it."""
    from locality.data.picture import conversions, picture_shape

    rule = model.preprocessing
    if rule is None:
        return fitted_picture(path, model.network.input, data)
    _, high, wide = picture_shape(path)
    try:
        picture = rule.read(path)
    except DataError as error:
        raise DataError(f"{path}: {str(error).removeprefix('picture: ').removeprefix(f'{path}: ')}") from None
    side = rule.crop_size
    cut = f"{wide}x{high}: the shorter side brought to {rule.shorter_side}, the middle {side}x{side} read"
    return picture, [*conversions(path, 3), cut]
