"""`locality evaluate`."""

from shutil import get_terminal_size
from typing import Annotated

import typer

import locality as loc
from locality.cli.app import Command, Json, RunArgument, SkipBad, app
from locality.cli.inputs import load_run, read_data_for
from locality.cli.output import print_json


@app.command(cls=Command)
def evaluate(
    run: RunArgument,
    data: Annotated[
        str | None, typer.Option(help="A data set with the same classes. Default: the one it was trained on.")
    ] = None,
    split: Annotated[str, typer.Option(help="Which of its pictures: test or train.")] = "test",
    mistakes: Annotated[
        int, typer.Option(min=0, metavar="<int>", help="How many mistakes to show, the surest first.")
    ] = 10,
    skip_bad: SkipBad = False,
    as_json: Json = False,
) -> None:
    """Measure a run: accuracy, confusion, mistakes.

    Its accuracy with an interval, the confusion matrix, figures by class, and the surest mistakes as pictures.

    \b
    Examples:
      locality evaluate runs/lenet5-mnist
      locality evaluate runs/tiny-vgg-photos --data folder:newer-photos --json
    """
    from locality.views.terminal import picture_text, side_by_side

    trained = load_run(run)
    found = read_data_for(trained.network, data or trained.data_name, skip_bad)
    result = loc.evaluate(trained, found, split)
    wrong = result.mistakes(mistakes)
    if as_json:
        print_json({**result.to_dict(), "mistakes": [vars(one) for one in wrong]})
        return
    print(result)
    if wrong:
        images = getattr(found, split).images
        pictures = [picture_text(images[one.index]) for one in wrong]
        titles = [(f"{one.label}, not {one.predicted}", f"{one.probability:.1%} sure") for one in wrong]
        print(f"\nThe surest mistakes, {len(wrong)} of {(result.predicted != result.labels).sum():,}:\n")
        print(side_by_side(pictures, titles, min(80, get_terminal_size().columns)))
