"""The command line: parses, calls public names, prints."""

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

import locality as loc
from locality.errors import DataError, LocalityError, RunError, unknown

if TYPE_CHECKING:
    from locality.data import Dataset
    from locality.engine.recipe import Recipe
    from locality.engine.run import Run
    from locality.network.network import Network


class Command(TyperCommand):
    """A command whose help names its arguments as a person would: NET, not {NET} or NET <str>."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        arguments, options = [], []
        for parameter in self.get_params(ctx):
            name, said = parameter.get_help_record(ctx) or ("", "")
            if parameter.param_type_name == "argument":
                arguments.append((name.split(" <")[0], said.removesuffix("[required]").rstrip()))
            elif name:
                options.append((name, said))
        for title, records in (("Arguments", arguments), ("Options", options)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)


app = typer.Typer(
    name="locality",
    help="""Convolutional neural networks for pixels and spins.

    \b
    Examples:
      locality trace lenet5
      locality train lenet5 --data mnist --epochs 3
      locality predict runs/lenet5-mnist photo-of-a-digit.jpg
    """,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

NetArgument = Annotated[
    str, typer.Argument(metavar="NET", help="A name from `locality zoo`, a line of notation, or a file or run folder.")
]
RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, as train named it.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out pictures of a folder that cannot be read.")]


@app.callback(invoke_without_command=True)
def _start(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        print(f"locality {loc.__version__}")
        raise typer.Exit


@app.command(cls=Command)
def trace(
    net: NetArgument,
    full: Annotated[bool, typer.Option("--full", help="Every column, as wide as it gets.")] = False,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
) -> None:
    """Check a network: shapes, costs, receptive fields.

    By arithmetic alone: for every layer its output, parameters, multiply-accumulates (MACs), and what no window reads.

    \b
    Examples:
      locality trace lenet5
      locality trace "1x28x28 | conv 6 5x5 pad 2 | tanh | flatten | dense 10"
      locality trace resnet50 --full
      locality trace my-network.json --csv
    """
    table = loc.trace(read_network(net))
    if as_json:
        print(table.to_json())
    elif as_csv:
        print(table.to_csv(), end="")
    else:
        print(table.to_text(None if full else min(80, get_terminal_size().columns)))


@app.command(cls=Command)
def zoo(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Only this one, and where it comes from.")] = None,
    as_json: Json = False,
) -> None:
    """List the named networks, or tell about one.

    Each with its year, parameters, multiply-accumulates (MACs) and input.

    \b
    Examples:
      locality zoo
      locality zoo googlenet
    """
    entries = [_zoo_entry(each) for each in ([name] if name else loc.zoo.names())]
    if as_json:
        print_json(entries[0] if name else entries)
    elif name:
        (entry,) = entries
        print(fill(f"{entry['name']}: {entry['title']} ({entry['authors']}, {entry['year']})", 80))
        for key in ("source", "figures", "note"):
            if entry[key]:
                print(fill(entry[key], 80, initial_indent=f"{key:<9}", subsequent_indent=" " * 9))
        print(f"{'input':<9}{entry['input']}")
        print(f"{entry['parameters']:,} parameters, {entry['macs']:,} multiply-accumulates (MACs)")
    else:
        for entry in entries:
            counts = f"{entry['parameters']:>12,} parameters  {entry['macs']:>14,} MACs"
            print(f"{entry['name']:<10} {entry['year']}  {counts}  {entry['input']}")


@app.command(cls=Command)
def data(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only this one: fetched if need be, and counted.")
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(help="The side of a folder's pictures, in pixels. Default: as they are, or 64 where they differ."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="A folder: the first test picture of each class is written there as PNG.")
    ] = None,
    skip_bad: SkipBad = False,
    as_json: Json = False,
) -> None:
    """List the data sets, or fetch and count one.

    \b
    Examples:
      locality data
      locality data mnist --save pictures
      locality data folder:photos --size 64
    """
    from locality.data import names, write_picture

    if name is None:
        if size or save or skip_bad:
            raise DataError("data: no data set is named. Say which one, for example: locality data mnist")
        print_json(list(names())) if as_json else print(*names(), "folder:PATH", sep="\n")
        return
    found = _read_data(name, size, skip_bad)
    if save is not None:
        for i, each in enumerate(found.classes):
            for first in (found.test.labels == i).nonzero()[0][:1]:
                write_picture(found.test.images[first], save / f"{each}.png")
        print(f"The first test picture of each class is in {save}.", file=sys.stderr)
    counts = {
        split: [int((getattr(found, split).labels == i).sum()) for i in range(len(found.classes))]
        for split in ("train", "test")
    }
    if as_json:
        plain = {"name": found.name, "shape": found.shape, "classes": found.classes, "mean": found.mean}
        print_json(plain | {"std": found.std, "source": found.source, "licence": found.licence, **counts})
        return
    print(f"{found.name}: pictures of {_by(found.shape)}, {len(found.classes)} classes")
    print(f"source   {found.source}\nlicence  {found.licence}")
    print(f"mean     {_numbers(found.mean)}   standard deviation {_numbers(found.std)} (of brightness 0 to 1)\n")
    wide = max(map(len, [*found.classes, "class"]))
    print(f"{'class':<{wide}}   train    test")
    for i, each in enumerate(found.classes):
        print(f"{each:<{wide}} {counts['train'][i]:>7,} {counts['test'][i]:>7,}")
    print(f"{'all':<{wide}} {len(found.train):>7,} {len(found.test):>7,}")


@app.command(cls=Command)
def train(
    context: typer.Context,
    net: NetArgument,
    data: Annotated[str, typer.Option(help="A name from `locality data`, or folder:PATH.")],
    out: Annotated[Path | None, typer.Option(help="The run's folder. Default: runs/NET-DATA, numbered.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out, or with the last.")] = False,
    epochs: Annotated[int | None, typer.Option(help="How often every picture is seen. Default: 6.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Pictures in one step. Default: 128.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The largest learning rate. Default: 0.008.")] = None,
    optimizer: Annotated[str | None, typer.Option(help="adamw or sgd. Default: adamw.")] = None,
    momentum: Annotated[float | None, typer.Option(help="Of sgd. Default: 0.9.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="On weights, not on biases. Default: 0.1.")] = None,
    schedule: Annotated[
        str | None, typer.Option(help="one-cycle, cosine or constant: how the rate falls. Default: one-cycle.")
    ] = None,
    warmup: Annotated[
        float | None, typer.Option(help="The share of steps in which the rate rises. Default: 0.15.")
    ] = None,
    label_smoothing: Annotated[
        float | None, typer.Option(help="The share given to all classes alike. Default: 0.03.")
    ] = None,
    averaging: Annotated[
        float | None, typer.Option(help="The weights' running mean is kept, with this decay a step. Default: 0, off.")
    ] = None,
    shift: Annotated[int | None, typer.Option(help="Pixels a picture is moved at most. Default: 1.")] = None,
    flip: Annotated[
        bool | None, typer.Option("--flip/--no-flip", help="Mirror left and right at random. Default: no.")
    ] = None,
    rotation: Annotated[float | None, typer.Option(help="Degrees a picture is turned at most. Default: 0.")] = None,
    crop: Annotated[
        float | None, typer.Option(help="The smallest share of a side that is kept. Default: 1, all.")
    ] = None,
    erase: Annotated[
        int | None, typer.Option(help="The side in pixels of a square that is blanked out. Default: 0, none.")
    ] = None,
    validation: Annotated[
        float | None, typer.Option(help="The share of training pictures held out. Default: 0.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Decides weights, order, and every draw. Default: 0.")] = None,
    skip_bad: SkipBad = False,
    device: Annotated[str | None, typer.Option(help="cpu or cuda. Default: cuda where there is one, else cpu.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")] = False,
    as_json: Json = False,
) -> None:
    """Train a network and keep the run in a folder.

    Pictures are brought to the network's input; a network of the zoo gets as many outputs as there are classes.
    Ctrl-C stops, --resume goes on after the last whole epoch.

    \b
    Examples:
      locality train lenet5 --data mnist --epochs 3
      locality train lenet5 --data mnist --epochs 3 --resume
      locality train tiny-vgg --data folder:photos --flip --epochs 20
      locality train "1x8x8 | flatten | dense 10" --data digits
    """
    from locality.data import fit_dataset

    chosen = {name: context.params[name] for name in loc.Recipe().to_dict() if context.params[name] is not None}
    recipe = loc.Recipe.from_dict(chosen)
    network = read_network(net)
    found = _read_data(data, _side(network, data), skip_bad)
    if net in loc.zoo.names() and network.output != (len(found.classes),):
        print(f"{net}: it gets {len(found.classes)} outputs, one for each class of {found.name}.", file=sys.stderr)
        network = loc.zoo.get(net, classes=len(found.classes))
    fitted = fit_dataset(found, network.input)
    _say(fitted.notes[len(found.notes) :])
    folder = out or _run_folder(f"{network.name}-{_short(found.name)}", resume)
    again = shlex.join(["locality", "train", net, "--data", data, "--out", str(folder), "--resume"])
    try:
        run = loc.train(
            network,
            fitted,
            _kept_recipe(folder, chosen) if resume else recipe,
            out=folder,
            resume=resume,
            device=device,
            progress=not quiet,
        )
    except KeyboardInterrupt:
        kept = f"the last whole epoch is kept in {folder}" if (folder / "run.json").exists() else "nothing is kept yet"
        print(f"Stopped; {kept}. Go on with: {again}", file=sys.stderr)
        raise typer.Exit(130) from None
    if as_json:
        print((folder / "run.json").read_text(encoding="utf-8"), end="")
        return
    from locality.engine.evaluate import wilson

    share, count = run.accuracy or 0.0, len(fitted.test)
    low, high = wilson(share, count)
    print(f"{share:.2%} of {count:,} test pictures are told right, after {run.seconds:.1f} s of training.")
    print(f"With 95 % confidence the true share lies between {low:.2%} and {high:.2%}.")
    print(f"The run is kept in {folder}.")


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
    from locality.data import fit_dataset
    from locality.views.terminal import picture_text, side_by_side

    trained = _load(run)
    name = data or trained.data_name
    found = _read_data(name, _side(trained.network, name), skip_bad)
    if found.classes != trained.model.classes:
        raise RunError(
            f"{run}: it was trained on the classes {_list(trained.model.classes or ())}, {found.name} has "
            f"{_list(found.classes)}. Give data with the same classes."
        )
    fitted = fit_dataset(found, trained.network.input)
    _say(fitted.notes[len(found.notes) :])
    result = loc.evaluate(trained, fitted, split)
    wrong = result.mistakes(mistakes)
    if as_json:
        print_json({**result.to_dict(), "mistakes": [vars(one) for one in wrong]})
        return
    print(result)
    if wrong:
        images = getattr(fitted, split).images
        pictures = [picture_text(images[one.index]) for one in wrong]
        titles = [(f"{one.label}, not {one.predicted}", f"{one.probability:.1%} sure") for one in wrong]
        print(f"\nThe surest mistakes, {len(wrong)} of {(result.predicted != result.labels).sum():,}:\n")
        print(side_by_side(pictures, titles, min(80, get_terminal_size().columns)))


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
    trained = _load(run)
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
        said_so.append(f"{wide}x{high}: brought to {shape[2]}x{shape[1]}, what stands over on two sides is cut off")
    return fitted, said_so or ["taken as it is"]


def read_network(text: str) -> "Network":
    """A zoo name, a line of notation, or a file: JSON, a line of notation, or a run's folder."""
    if text in loc.zoo.names():
        return loc.zoo.get(text)
    if "|" in text:
        return loc.Network.from_text(text)
    path = Path(text)
    try:
        if text and path.is_dir():
            return _network_of(path / "run.json")
        if path.is_file():
            content = path.read_text(encoding="utf-8")
            if content.lstrip().startswith("{"):
                return loc.Network.from_json(content)
            if "|" in content:
                return loc.Network.from_text(content)
            raise RunError(f"it is neither JSON nor a line of notation. {_GIVE}")
    except LocalityError as error:
        raise type(error)(f"{text}: {error}") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise RunError(f"{text[:200]}: no network can be read from it ({why}). {_GIVE}") from None
    if path.suffix in (".json", ".txt") or "/" in text:
        raise RunError(f"{text}: there is no such file. Check the path, or {_GIVE[0].lower()}{_GIVE[1:]}")
    raise unknown("network", text, loc.zoo.names())


_GIVE = "Give a file with JSON or a line of notation, the folder of a run, or a name from `locality zoo`."


def _network_of(path: Path) -> "Network":
    """The network that a run's `run.json` describes."""
    from locality.network.notation import from_dict

    if not path.exists():
        raise RunError(f"no run is kept in this folder (no {path.name}). {_GIVE}")
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))["network"]
    except (ValueError, KeyError, TypeError):
        raise RunError(f"its {path.name} is damaged. {_GIVE}") from None
    return from_dict(plain)


def print_json(value: Any) -> None:
    """Print JSON that any program can read: no NaN in it."""
    print(json.dumps(value, indent=1, allow_nan=False))


def _load(folder: Path) -> "Run":
    """The run kept in a folder; where it is not finished, that is said."""
    run = loc.load(folder)
    if not run.finished:
        epochs = f"{len(run.history)} of {run.recipe.epochs} epochs"
        print(f"{folder}: this run is not finished, these are its weights after {epochs}.", file=sys.stderr)
    return run


def _read_data(name: str, size: int | None, skip_bad: bool) -> "Dataset":
    """A data set by name; what there is to say about it goes to standard error."""
    found = loc.dataset(name, size=size, skip_bad=skip_bad, progress=_fetching())
    _say(found.notes)
    return found


def _say(notes: tuple[str, ...]) -> None:
    for note in notes:
        print(note, file=sys.stderr)


def _fetching() -> Callable[[str, int, int], None] | None:
    """Says on a terminal how far a download is."""
    if not sys.stderr.isatty():
        return None

    def say(file: str, done: int, size: int) -> None:
        print(f"\rfetching {file}: {done / max(size, 1):4.0%}", end="\n" if done >= size else "", file=sys.stderr)

    return say


def _kept_recipe(folder: Path, chosen: dict[str, Any]) -> "Recipe":
    """The recipe of the run to go on with, if one is kept there, and what was chosen besides."""
    from locality.engine.run import read_json

    kept = read_json(folder).get("recipe", {}) if (folder / "run.json").exists() else {}
    return loc.Recipe.from_dict({**kept, **chosen})


def _run_folder(name: str, resume: bool) -> Path:
    """The first folder of that name that is free, or, to go on with, the last that is not."""
    first = Path("runs") / name.replace("/", "-")
    folder, last, number = first, None, 1
    while folder.exists() and (folder.is_file() or any(folder.iterdir())):
        last, number = folder, number + 1
        folder = first.with_name(f"{first.name}-{number}")
    if not resume:
        return folder
    if last is None:
        raise RunError(f"{first}: there is no run to go on with. Give its folder with --out, or leave --resume out.")
    return last


def _short(data: str) -> str:
    """The name of a data set, or of the folder it comes from."""
    return Path(data.removeprefix("folder:")).resolve().name if data.startswith("folder:") else data


def _side(network: "Network", data: str) -> int | None:
    """The side of the squares that a folder's pictures are read as for a network; other data come as they are."""
    return max(network.input[1:], default=None) if data.startswith("folder:") else None


def _zoo_entry(name: str) -> dict[str, Any]:
    table, about = loc.trace(loc.zoo.get(name)), loc.zoo.about(name)
    counts = {"input": _by(table.network.input), "parameters": table.parameters, "macs": table.macs}
    return {**vars(about), **counts}


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _list(classes: tuple[str, ...]) -> str:
    """All of a few names, the first of many."""
    return ", ".join(classes) if len(classes) <= 12 else f"{', '.join(classes[:10])}, ... ({len(classes)} in all)"


def _numbers(numbers: tuple[float, ...]) -> str:
    return " ".join(f"{number:.4f}" for number in numbers)
