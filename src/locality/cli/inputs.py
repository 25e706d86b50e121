"""What a person typed, turned into networks, data sets and runs."""

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import locality as loc
from locality.cli.output import say
from locality.errors import LocalityError, RunError, unknown

if TYPE_CHECKING:
    from locality.data import Dataset
    from locality.engine.build import Model
    from locality.engine.run import Run
    from locality.network.network import Network

InputOption = Annotated[
    str | None,
    typer.Option("--input", metavar="SIZE", help="Where NET is module:Net, the size of its input: 3x64x64."),
]


def read_network(text: str, size: str | None = None) -> "Network | Model":
    """A zoo name, a line of notation, or a file: JSON, a line of notation, or a run's folder. A PyTorch module, named
    as Python names it, is imported for inputs of that size."""
    own = _PYTHON.fullmatch(text) and text not in loc.zoo.names() and not Path(text).exists()
    if own:
        return _imported(text, size)
    if size is not None:
        raise RunError(f"--input: {text[:200]} has an input of its own. Leave it out; it is for module:Net.")
    if text in loc.zoo.names():
        return loc.zoo.get(text)
    if "|" in text:
        return loc.Network.from_text(text)
    path = Path(text)
    try:
        if text and path.is_dir():
            ground_state = path / "ground-state.json"
            return _network_of(ground_state if ground_state.exists() else path / "run.json")
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
        why = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise RunError(f"{text[:200]}: no network can be read from it ({why}). {_GIVE}") from None
    if path.suffix in (".json", ".txt") or "/" in text:
        raise RunError(f"{text}: there is no such file. Check the path, or {_GIVE[0].lower()}{_GIVE[1:]}")
    raise unknown("network", text, loc.zoo.names())


_GIVE = "Give a file with JSON or a line of notation, the folder of a run, or a name from `locality zoo`."


def _imported(text: str, size: str | None) -> "Model":
    """The module that is named as Python names it, for inputs of that size."""
    if size is None:
        raise RunError(
            f"{text}: the size of its input is not known. Give it to trace, train, explain, page or draw, for example "
            f"--input 3x64x64."
        )
    parts = size.split("x")
    if not 1 <= len(parts) <= 4 or not all(part.isascii() and part.isdigit() and int(part) for part in parts):
        raise RunError(f"--input {size}: this is no size. Give channels and space, for example --input 3x64x64.")
    from locality.engine.by_name import from_name

    return from_name(text, tuple(map(int, parts)))


_PYTHON = re.compile(r"[^|]+:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")  # module:Net, file.py:Net


def _network_of(path: Path) -> "Network":
    """The network that a run's `run.json` describes."""
    from locality.network.plain import from_dict

    if not path.exists():
        raise RunError(f"no run is kept in this folder (no {path.name}). {_GIVE}")
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))["network"]
    except (ValueError, KeyError, TypeError):
        raise RunError(f"its {path.name} is damaged. {_GIVE}") from None
    return from_dict(plain)


def load_run(folder: Path) -> "Run":
    """The run kept in a folder; where it is not finished, that is said."""
    run = loc.load(folder)
    if not run.finished:
        epochs = f"{len(run.history)} of {run.recipe.epochs} epochs"
        print(f"{folder}: this run is not finished, these are its weights after {epochs}.", file=sys.stderr)
    return run


def read_data(name: str, size: int | None, skip_bad: bool) -> "Dataset":
    """A data set by name; what there is to say about it goes to standard error."""
    from locality.engine.fetching import fetching

    with fetching() as progress:
        found = loc.dataset(name, size=size, skip_bad=skip_bad, progress=progress)
    say(found.notes)
    return found


def read_data_for(network: "Network", name: str, skip_bad: bool) -> "Dataset":
    """The same, with every picture brought to the network's input."""
    from locality.data import dataset_for
    from locality.engine.fetching import fetching

    with fetching() as progress:
        fitted = dataset_for(name, network.input, skip_bad=skip_bad, progress=progress)
    say(fitted.notes)
    return fitted
