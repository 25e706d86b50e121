"""`locality train`."""

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import locality as loc
from locality.cli.app import Command, Json, NetArgument, SkipBad, app
from locality.cli.inputs import InputOption, read_data_for, read_network
from locality.cli.output import accuracy_lines
from locality.errors import RunError

if TYPE_CHECKING:
    from locality.engine.recipe import Recipe


@app.command(cls=Command)
def train(
    context: typer.Context,
    net: NetArgument,
    data: Annotated[str, typer.Option(help="A name from `locality data`: mnist, folder:PATH, ising:square:L=16.")],
    out: Annotated[Path | None, typer.Option(help="The run's folder. Default: runs/NET-DATA, numbered.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out, or with the last.")] = False,
    size: InputOption = None,
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

    Pictures are brought to the network's input; a network of the zoo gets as many outputs as there are classes, and the
    input that spins need, which are never resized.
    Ctrl-C stops, --resume goes on after the last whole epoch.

    \b
    Examples:
      locality train lenet5 --data mnist --epochs 3
      locality train lenet5 --data mnist --epochs 3 --resume
      locality train tiny-vgg --data folder:photos --flip --epochs 20
      locality train "1x8x8 | flatten | dense 10" --data digits
      locality train mymodule:Net --input 3x64x64 --data folder:photos
      locality train ffnn --data ising:square:L=16
    """
    from locality.data.evaluation import wilson
    from locality.data.spin_names import asked, is_spins
    from locality.engine.files import RUN
    from locality.network.network import network_of, shape_text

    chosen = {name: context.params[name] for name in loc.Recipe().to_dict() if context.params[name] is not None}
    recipe = loc.Recipe.from_dict(chosen)
    given = read_network(net, size)
    network = network_of(given)
    in_zoo = net in loc.zoo.names()
    if in_zoo and is_spins(data) and network.input != (shape := asked(data).shape):
        print(f"{net}: its input is made {shape_text(shape)}, as spins are never resized.", file=sys.stderr)
        given = network = loc.zoo.get(net, input=shape)
    found = read_data_for(network, data, skip_bad)
    if in_zoo and network.output != (len(found.classes),):
        print(f"{net}: it gets {len(found.classes)} outputs, one for each class of {found.name}.", file=sys.stderr)
        given = network = loc.zoo.get(net, input=network.input, classes=len(found.classes))
    folder = out or _run_folder(f"{network.name}-{_short(found.name)}", resume)
    if Path(net).is_dir():
        print(f"{net}: its description is taken, not its weights.", file=sys.stderr)
    finished = resume and _finished(folder)
    own = [] if size is None else ["--input", size]
    again = shlex.join(["locality", "train", net, *own, "--data", data, "--out", str(folder), "--resume"])
    try:
        run = loc.train(
            given,
            found,
            _kept_recipe(folder, chosen) if resume else recipe,
            out=folder,
            resume=resume,
            device=device,
            progress=not quiet,
        )
    except KeyboardInterrupt:
        kept = f"the last whole epoch is kept in {folder}" if (folder / RUN).exists() else "nothing is kept yet"
        print(f"Stopped; {kept}. Go on with: {again}", file=sys.stderr)
        raise typer.Exit(130) from None
    if finished:
        print(f"{folder}: this run was finished before, nothing is left to train.", file=sys.stderr)
    if as_json:
        print((folder / RUN).read_text(encoding="utf-8"), end="")
        return
    share, count = run.accuracy or 0.0, len(found.test)
    right, sure = accuracy_lines(share, count, wilson(share, count), "configurations" if found.spins else "pictures")
    print(f"{right}, after {run.seconds:.1f} s of training.\n{sure}")
    print(f"The run is kept in {folder}.")


def _kept_recipe(folder: Path, chosen: dict[str, Any]) -> "Recipe":
    """The recipe of the run to go on with, if one is kept there, and what was chosen besides."""
    from locality.engine.files import RUN
    from locality.engine.run import read_recipe

    return replace(read_recipe(folder), **chosen) if (folder / RUN).exists() else loc.Recipe.from_dict(chosen)


def _run_folder(name: str, resume: bool) -> Path:
    """The first folder of that name that is free, or, to go on with, the last whose run is not finished."""
    first = Path("runs") / name.replace("/", "-")
    folder, taken = first, []
    while folder.exists() and (folder.is_file() or any(folder.iterdir())):
        taken.append(folder)
        folder = first.with_name(f"{first.name}-{len(taken) + 1}")
    if not resume:
        return folder
    if not taken:
        raise RunError(f"{first}: there is no run to go on with. Give its folder with --out, or leave --resume out.")
    return next((each for each in reversed(taken) if not _finished(each)), taken[-1])


def _finished(folder: Path) -> bool:
    from locality.engine.files import RUN, read_json

    return (folder / RUN).exists() and read_json(folder).get("accuracy") is not None


def _short(data: str) -> str:
    """The name of a data set as a folder's, or of the folder it comes from."""
    return Path(data.removeprefix("folder:")).resolve().name if data.startswith("folder:") else data.replace(":", "-")
