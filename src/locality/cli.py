"""The command line: parses, calls public names, prints."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import locality as loc
from locality.errors import DataError, LocalityError, RunError, unknown

if TYPE_CHECKING:
    from locality.data import Dataset
    from locality.network.network import Network

app = typer.Typer(
    name="locality",
    help="Convolutional neural networks for pixels and spins.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

NetArgument = Annotated[str, typer.Argument(metavar="NET", help="A zoo name, a line of notation, or a file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out pictures that cannot be read.")]


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        print(f"locality {loc.__version__}")
        raise typer.Exit


@app.command()
def trace(
    net: NetArgument,
    full: Annotated[bool, typer.Option("--full", help="Every column, as wide as it gets.")] = False,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
) -> None:
    """Check a network: shapes, parameters, MACs, receptive fields, what no window reads.

    \b
    locality trace lenet5
    locality trace "1x28x28 | conv 6 5x5 pad 2 | tanh | average 2x2 | flatten | dense 10"
    locality trace resnet50 --full
    """
    table = loc.trace(read_network(net))
    print(table.to_json() if as_json else table.to_csv().rstrip() if as_csv else table.to_text(None if full else 80))


@app.command()
def zoo(
    name: Annotated[str | None, typer.Argument(help="One network, with its source and figures.")] = None,
    as_json: Json = False,
) -> None:
    """List the named networks with their parameters and MACs.

    \b
    locality zoo
    locality zoo googlenet
    """
    names = [name] if name else list(loc.zoo.names())
    entries = [_zoo_entry(each) for each in names]
    if as_json:
        print(json.dumps(entries[0] if name else entries, indent=1))
    elif name:
        (entry,) = entries
        print(f"{entry['name']}: {entry['title']} ({entry['authors']}, {entry['year']})")
        for key in ("source", "figures", "note"):
            print(f"{key:<8} {entry[key]}") if entry[key] else None
        print(f"{entry['parameters']:,} parameters, {entry['macs']:,} MACs, input {entry['input']}")
    else:
        for entry in entries:
            print(f"{entry['name']:<10} {entry['year']}  {entry['parameters']:>12,} parameters {entry['macs']:>15,} MACs"
                  f"  {entry['input']}")  # fmt: skip


@app.command()
def data(
    name: Annotated[str | None, typer.Argument(help="One data set: fetched if need be, and counted.")] = None,
    size: Annotated[int | None, typer.Option(help="The side of folder pictures, in pixels.")] = None,
    save: Annotated[Path | None, typer.Option(help="Write the first test picture of each class there, as PNG.")] = None,
    skip_bad: SkipBad = False,
    as_json: Json = False,
) -> None:
    """List the data sets, or fetch and count one.

    \b
    locality data
    locality data mnist
    locality data mnist --save pictures
    locality data folder:photos --size 64
    """
    from locality.data import names, write_picture

    if name is None:
        print(json.dumps(list(names())) if as_json else "\n".join(names()))
        return
    found = read_data(name, size, skip_bad)
    if save is not None:
        for i, each in enumerate(found.classes):
            for first in (found.test.labels == i).nonzero()[0][:1]:
                write_picture(found.test.images[first], save / f"{each}.png")
    counts = {
        split: [int((getattr(found, split).labels == i).sum()) for i in range(len(found.classes))]
        for split in ("train", "test")
    }
    if as_json:
        plain = {"name": found.name, "shape": found.shape, "classes": found.classes, "mean": found.mean}
        plain |= {"std": found.std, "source": found.source, "licence": found.licence, **counts}
        print(json.dumps(plain, indent=1))
        return
    print(f"{found.name}: pictures of {'x'.join(map(str, found.shape))}, {len(found.classes)} classes")
    print(f"source   {found.source}\nlicence  {found.licence}")
    print(f"mean     {_numbers(found.mean)}   standard deviation {_numbers(found.std)} (of brightness 0 to 1)\n")
    wide = max(map(len, [*found.classes, "class"]))
    print(f"{'class':<{wide}}   train    test")
    for i, each in enumerate(found.classes):
        print(f"{each:<{wide}} {counts['train'][i]:>7,} {counts['test'][i]:>7,}")
    print(f"{'':<{wide}} {len(found.train):>7,} {len(found.test):>7,}")


@app.command()
def train(
    net: NetArgument,
    data: Annotated[str, typer.Option(help="A data set: digits, mnist, fashion-mnist, ..., or folder:PATH.")],
    out: Annotated[Path | None, typer.Option(help="The run's folder. Default: runs/NET-DATA, numbered.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out, or with the last.")] = False,
    epochs: Annotated[int | None, typer.Option(help="How often every picture is seen.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Pictures in one step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The largest learning rate.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="adamw or sgd.")] = None,
    momentum: Annotated[float | None, typer.Option(help="Of sgd.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="On weights alone.")] = None,
    schedule: Annotated[str | None, typer.Option(help="one-cycle, cosine or constant.")] = None,
    warmup: Annotated[float | None, typer.Option(help="The share of steps in which the rate rises.")] = None,
    label_smoothing: Annotated[float | None, typer.Option(help="The share given to all classes alike.")] = None,
    averaging: Annotated[float | None, typer.Option(help="Decay of the weights' mean for one step; 0 is off.")] = None,
    shift: Annotated[int | None, typer.Option(help="Pixels a picture is moved at most.")] = None,
    flip: Annotated[bool | None, typer.Option("--flip/--no-flip", help="Mirror left and right at random.")] = None,
    rotation: Annotated[float | None, typer.Option(help="Degrees a picture is turned at most.")] = None,
    crop: Annotated[float | None, typer.Option(help="The smallest share of a side that is kept.")] = None,
    erase: Annotated[int | None, typer.Option(help="The side of a square that is blanked out.")] = None,
    validation: Annotated[float | None, typer.Option(help="The share of training pictures held out.")] = None,
    seed: Annotated[int | None, typer.Option(help="Decides weights, order, and every draw.")] = None,
    size: Annotated[int | None, typer.Option(help="The side of folder pictures, in pixels.")] = None,
    skip_bad: SkipBad = False,
    device: Annotated[str | None, typer.Option(help="cpu or cuda.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    as_json: Json = False,
) -> None:
    """Train a network and keep the run in a folder.

    \b
    locality train lenet5 --data mnist --epochs 3
    locality train tiny-vgg --data folder:photos --flip --epochs 20
    locality train lenet5 --data mnist --resume
    """
    given = {
        "epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate, "optimizer": optimizer,
        "momentum": momentum, "weight_decay": weight_decay, "schedule": schedule, "warmup": warmup,
        "label_smoothing": label_smoothing, "averaging": averaging, "shift": shift, "flip": flip,
        "rotation": rotation, "crop": crop, "erase": erase, "validation": validation, "seed": seed,
    }  # fmt: skip
    chosen = {name: value for name, value in given.items() if value is not None}
    network = read_network(net)
    found = read_data(data, size or (network.input[1] if len(network.input) == 3 else None), skip_bad)
    if net in loc.zoo.names() and network.output[0] != len(found.classes):
        network = loc.zoo.get(net, classes=len(found.classes))
    found = _fitted(found, network)
    folder = out or _run_folder(Path("runs"), f"{network.name}-{found.name}", resume)
    recipe = loc.Recipe.from_dict(chosen) if chosen or not resume else None
    try:
        run = loc.train(network, found, recipe, out=folder, resume=resume, device=device, progress=not quiet)
    except KeyboardInterrupt:
        done = "the last whole epoch is kept" if folder.exists() else "nothing is kept"
        print(f"Stopped; {done} in {folder}. Go on with --resume --out {folder}.", file=sys.stderr)
        raise typer.Exit(130) from None
    if as_json:
        print((folder / "run.json").read_text().strip())
        return
    low, high = loc.evaluate(run).interval()
    print(f"{run.accuracy:.2%} of {len(run.data.test):,} test pictures are told right "
          f"(95 % confidence: {low:.2%} to {high:.2%}), after {run.seconds:.1f} s of training.")  # fmt: skip
    print(f"The run is kept in {folder}.")


@app.command()
def evaluate(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    data: Annotated[str | None, typer.Option(help="Another data set than the run's own.")] = None,
    split: Annotated[str, typer.Option(help="test or train.")] = "test",
    mistakes: Annotated[int, typer.Option(min=0, help="So many mistakes, the surest first, as pictures.")] = 10,
    size: Annotated[int | None, typer.Option(help="The side of folder pictures, in pixels.")] = None,
    skip_bad: SkipBad = False,
    as_json: Json = False,
) -> None:
    """Measure a run: accuracy with its interval, confusion matrix, figures by class, surest mistakes.

    \b
    locality evaluate runs/lenet5-mnist
    locality evaluate runs/lenet5-mnist --data folder:photos --json
    """
    from locality.views.terminal import picture_text, side_by_side

    trained = loc.load(run)
    found = _fitted(read_data(data or trained.data_name, size, skip_bad), trained.network)
    if found.classes != trained.model.classes:
        raise RunError(
            f"{run}: it was trained on the classes {', '.join(trained.model.classes or ())}, {found.name} has "
            f"{', '.join(found.classes)}. Give data with the same classes."
        )
    result = loc.evaluate(trained, found, split)
    wrong = result.mistakes(mistakes)
    if as_json:
        print(json.dumps({**result.to_dict(), "mistakes": [vars(one) for one in wrong]}, indent=1))
        return
    print(result)
    if wrong:
        images = getattr(found, split).images
        print(f"\nthe {len(wrong)} surest mistakes\n")
        print(
            side_by_side(
                [picture_text(images[one.index]) for one in wrong],
                [(f"{one.label}, not {one.predicted}", f"{one.probability:.1%} sure") for one in wrong],
            )
        )


@app.command()
def predict(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="Pictures of any size.")],
    most: Annotated[int, typer.Option(min=1, help="So many classes for each.")] = 3,
    as_json: Json = False,
) -> None:
    """Say what pictures show, and what was assumed about them.

    \b
    locality predict runs/lenet5-mnist photo-of-a-digit.jpg
    """
    from locality.data import fit_digit, fit_picture, read_picture

    trained = loc.load(run)
    shape = trained.network.input
    answers, bad = [], []
    for path in pictures:
        try:
            picture = read_picture(path, channels=shape[0])
            if trained.data_name in ("digits", "mnist"):
                fitted, said = fit_digit(picture, shape)
            else:
                fitted, said = fit_picture(picture, shape), ()
        except DataError as error:
            bad.append(str(error))
            continue
        (answer,) = loc.predict(trained, fitted, most)
        answers.append({"picture": str(path), "assumed": list(said), "classes": answer.classes,
                        "probabilities": answer.probabilities})  # fmt: skip
        if not as_json:
            for sentence in said:
                print(f"{path}: {sentence}")
            ranked = zip(answer.classes, answer.probabilities, strict=True)
            print(f"{path}: " + ", ".join(f"{name} {share:.1%}" for name, share in ranked))
    if as_json:
        print(json.dumps(answers, indent=1))
    if bad:
        raise DataError("\n".join(bad))


def read_network(text: str) -> "Network":
    """A zoo name, a line of notation, or a file: JSON, a line of notation, or a run's folder."""
    if text in loc.zoo.names():
        return loc.zoo.get(text)
    if "|" in text:
        return loc.Network.from_text(text)
    path = Path(text)
    try:
        if path.is_dir():
            from locality.network.notation import from_dict

            return from_dict(json.loads((path / "run.json").read_text(encoding="utf-8"))["network"])
        if path.is_file():
            content = path.read_text(encoding="utf-8")
            reads_json = content.lstrip().startswith("{")
            return loc.Network.from_json(content) if reads_json else loc.Network.from_text(content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, LocalityError):
            raise
        raise RunError(f"{text}: no network can be read from it ({error}). Give JSON or a line of notation.") from None
    raise unknown("network", text, loc.zoo.names())


def read_data(name: str, size: int | None, skip_bad: bool) -> "Dataset":
    """A data set by name; what there is to say about it goes to standard error."""
    size = size if name.startswith("folder:") else None
    found = loc.dataset(name, size=size, skip_bad=skip_bad, progress=_fetching())
    for note in found.notes:
        print(note, file=sys.stderr)
    return found


def _fetching() -> Callable[[str, int, int], None] | None:
    """Says on a terminal how far a download is."""
    if not sys.stderr.isatty():
        return None

    def say(file: str, done: int, size: int) -> None:
        print(f"\rfetching {file}: {done / max(size, 1):4.0%}", end="\n" if done >= size else "", file=sys.stderr)

    return say


def _fitted(found: "Dataset", network: "Network") -> "Dataset":
    from locality.data import fit_dataset

    fitted = fit_dataset(found, network.input) if len(network.input) == 3 else found
    for note in fitted.notes[len(found.notes) :]:
        print(note, file=sys.stderr)
    return fitted


def _run_folder(runs: Path, name: str, resume: bool) -> Path:
    """The first folder of that name that is free, or, to go on with, the last that is not."""
    name = name.replace(":", "-").replace("/", "-")
    number = 1
    while (runs / _numbered(name, number)).exists():
        number += 1
    if not resume:
        return runs / _numbered(name, number)
    if number == 1:
        raise RunError(f"{runs / name}: there is no run to go on with. Give its folder with --out, or leave --resume.")
    return runs / _numbered(name, number - 1)


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"


def _zoo_entry(name: str) -> dict[str, Any]:
    table, about = loc.trace(loc.zoo.get(name)), loc.zoo.about(name)
    return {
        **vars(about),
        "input": "x".join(map(str, table.network.input)),
        "parameters": table.parameters,
        "macs": table.macs,
    }


def _numbers(numbers: tuple[float, ...]) -> str:
    return " ".join(f"{number:.4f}" for number in numbers)
