"""`locality evaluate`."""

from difflib import get_close_matches
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, SkipBad, app
from locality.cli.inputs import load_run, read_data_for
from locality.cli.output import print_json, say
from locality.cli.published import WeightsOption, read_published
from locality.errors import RunError

if TYPE_CHECKING:
    from locality.engine.streamed import StreamedEvaluation


@app.command(cls=Command)
def evaluate(
    net: Annotated[
        str, typer.Argument(metavar="NET", help="The folder of a run, or a name from `locality zoo` with its weights.")
    ],
    data: Annotated[
        str | None, typer.Option(help="A data set with the same classes. Default: the one it was trained on.")
    ] = None,
    weights: WeightsOption = None,
    split: Annotated[str, typer.Option(help="Which of its pictures: test or train.")] = "test",
    mistakes: Annotated[
        int, typer.Option(min=0, metavar="<int>", help="How many mistakes to show, the surest first.")
    ] = 10,
    skip_bad: SkipBad = False,
    as_json: Json = False,
) -> None:
    """Measure a run, or a network with published weights.

    Of a run: its accuracy with an interval, the confusion matrix, figures by class, and the surest mistakes as
    pictures. Of a network of the zoo, on --data folder:PATH: top-1 and top-5 error with intervals, the worst classes
    and confusions. Its pictures are read from the disk as they are needed, one folder per class, named by the class or
    by its WordNet number, as ImageNet's are.

    \b
    Examples:
      locality evaluate runs/lenet5-mnist
      locality evaluate runs/tiny-vgg-photos --data folder:newer-photos --json
      locality evaluate resnet50 --data folder:imagenet/val
    """
    subject: Any
    if net in loc.zoo.names() and not (Path(net) / "run.json").exists():
        if data is None:
            raise RunError(f"{net}: no pictures are named. Say which, for example --data folder:imagenet/val.")
        subject = read_published(net, weights)
        if data.startswith("folder:"):
            _print_streamed(loc.evaluate(subject, data, split, skip_bad=skip_bad), mistakes, as_json)
            return
        if weights is None:
            raise RunError(
                f"{net}: its weights know the 1000 classes of ImageNet, {data} has others. Measure them on pictures of "
                f"those classes: --data folder:PATH."
            )
        network, chosen = subject.network, data
    else:
        if weights is not None:
            raise RunError(f"--weights: it is for a network of `locality zoo`, and {net} is none. Leave it out.")
        subject = _run(net)
        network, chosen = subject.network, data or subject.data_name
    found = read_data_for(network, chosen, skip_bad)
    _print_kept(loc.evaluate(subject, found, split), found, mistakes, as_json)


def _run(text: str) -> Any:
    near = [] if Path(text).exists() else get_close_matches(text.lower(), loc.zoo.names(), n=1)
    if near:
        raise RunError(f"{text}: there is no such folder, and no such network. Did you mean {near[0]!r}?")
    return load_run(Path(text))


def _print_streamed(result: "StreamedEvaluation", most: int, as_json: bool) -> None:
    say(result.notes)
    wrong = result.mistakes(most)
    if as_json:
        print_json({**result.to_dict(), "mistakes": [vars(one) for one in wrong]})
        return
    print(result)
    if wrong:
        count = result.pictures - int(result.confusion.diagonal().sum())
        print(f"\nThe surest mistakes, {len(wrong)} of {count:,}:\n")
        for one in wrong:
            print(f"{one.file}\n  {one.label}, not {one.predicted}   {one.probability:.1%} sure")


def _print_kept(result: Any, found: Any, most: int, as_json: bool) -> None:
    from locality.views.terminal import picture_text, side_by_side

    wrong = result.mistakes(most)
    if as_json:
        print_json({**result.to_dict(), "mistakes": [vars(one) for one in wrong]})
        return
    print(result)
    if wrong:
        images = getattr(found, result.split).images
        pictures = [picture_text(images[one.index]) for one in wrong]
        titles = [(f"{one.label}, not {one.predicted}", f"{one.probability:.1%} sure") for one in wrong]
        print(f"\nThe surest mistakes, {len(wrong)} of {(result.predicted != result.labels).sum():,}:\n")
        print(side_by_side(pictures, titles, min(80, get_terminal_size().columns)))
