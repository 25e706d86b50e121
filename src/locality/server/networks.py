"""What can be opened in the lab: networks of the zoo, the user's runs, what the command line named, or a line of
notation. A name from outside is looked up among what was listed; it never becomes a path."""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any

from locality import zoo
from locality.data import names as data_names
from locality.errors import LocalityError, ShapeError, unknown
from locality.geometry.arguments import shape_text
from locality.network.network import Network
from locality.network.notation import from_text
from locality.network.table import trace
from locality.server.answers import Refused
from locality.server.shelf import Shelf

RUN = "run:"
FILE = "file:"
_KEPT = 1 << 30  # bytes of weights of models that stay built
_MOST_INPUT = 16_000_000  # cells of a picture
_MOST = 4 << 30  # bytes a network may take here, with its weights twice and every map
_LONGEST = 20_000  # letters of a line of notation


@dataclass(eq=False)
class Opened:
    """A network made ready: its `subject` (a run or a model), and `notes` to say with it. `key` differs where what is
    on disk has changed. The rest is what all its scenes share, once there is one."""

    key: tuple[Any, ...]
    subject: Any
    notes: tuple[str, ...] = ()
    same: dict[str, Any] | None = None  # entries of the manifest
    pictures: list[Any] = field(default_factory=list)
    parameters: dict[str, Any] | None = None

    @property
    def network(self) -> Network:
        """Its description."""
        net: Network = self.subject.network
        return net


class Networks:
    """All that can be opened. `runs` is the folder with the user's runs; `first` what the command line named: a zoo
    name, a line of notation, a run's folder, or a network read from a file."""

    def __init__(self, runs: Path, first: "str | Path | Network | None" = None) -> None:
        self.runs = runs
        self.run_given = first if isinstance(first, Path) else None
        self.file = first if isinstance(first, Network) else None
        self.first = first if isinstance(first, str) else None
        if self.file:
            self.first = f"{FILE}{self.file.name}"
        if self.run_given:
            self.first = next(name for name, folder in self.folders().items() if _is_same(folder, self.run_given))
        self._models: Shelf[Opened] = Shelf(_KEPT)

    def folders(self) -> dict[str, Path]:
        """The folders of runs by the names that the page uses for them, the youngest first."""
        try:
            found = [folder for folder in self.runs.iterdir() if (folder / "run.json").is_file()]
        except OSError:
            found = []
        if self.run_given and not any(_is_same(folder, self.run_given) for folder in found):
            found.append(self.run_given)
        found.sort(key=lambda folder: (-_written(folder), folder.name))
        named: dict[str, Path] = {}
        for folder in found:
            name = folder.resolve().name
            named[f"{RUN}{name}" if f"{RUN}{name}" not in named else f"{RUN}{name} ({len(named)})"] = folder
        return named

    def folder(self, name: str) -> Path:
        """The folder of a run by its name. Raises `UnknownNameError` where none of that name is listed."""
        named = self.folders()
        if name not in named:
            raise unknown("run", name[:200].removeprefix(RUN), [each.removeprefix(RUN) for each in named] or ["none"])
        return named[name]

    def listed(self) -> dict[str, Any]:
        """All there is to choose from, as plain data."""
        return {
            "first": self.first,
            "zoo": _zoo(),
            "runs": [_run(name, folder) for name, folder in self.folders().items()],
            "files": [{"id": f"{FILE}{self.file.name}", "name": self.file.name}] if self.file else [],
            "data": list(data_names()),
        }

    def description(self, name: str) -> Network:
        """The network of a name, or of a line of notation. Raises `LocalityError` where there is none."""
        if name.startswith(RUN):
            from locality.engine.files import read_json
            from locality.network.plain import from_dict

            return from_dict(read_json(self.folder(name))["network"])
        if self.file and name == f"{FILE}{self.file.name}":
            return self.file
        if "|" in name:
            if len(name) > _LONGEST:
                raise Refused(
                    413,
                    f"The line of notation has {len(name):,} letters, more than {_LONGEST:,}. "
                    "Give its JSON file to `locality lab`.",
                )
            return from_text(name)
        return zoo.get(name[:200])

    def open(self, name: str) -> Opened:
        """The network of a name, ready to compute; built once and kept while there is room."""
        key: tuple[Any, ...] = (name,)
        if name.startswith(RUN):
            folder = self.folder(name)
            key = (name, *(_stamp(folder / each) for each in ("run.json", "weights.safetensors")))
        if known := self._models.get(key):
            return known
        net = self.description(name)
        _check_size(net)
        opened = self._run(key, folder) if name.startswith(RUN) else self._built(key, net)
        self._models.put(key, opened, 2 * 4 * net.parameter_count)
        return opened

    def warm(self) -> None:
        """Do beforehand what the first question would wait for: load torch, count the zoo, open the first network."""
        with suppress(LocalityError):
            self.listed()
            import_module("locality.engine.build")
            if self.first:
                self.open(self.first)

    def _run(self, key: tuple[Any, ...], folder: Path) -> Opened:
        from locality.engine.run import load

        return Opened(key, load(folder))

    def _built(self, key: tuple[Any, ...], net: Network) -> Opened:
        from locality.engine.build import build

        return Opened(key, build(net), ("Initial weights (seed 0): nothing has been learnt yet.",))


@cache
def _zoo() -> list[dict[str, Any]]:
    listed = []
    for name in zoo.names():
        table, about = trace(zoo.get(name)), zoo.about(name)
        listed.append(
            {
                "id": name,
                "name": name,
                "about": f"{about.title} ({about.authors}, {about.year})",
                "input": list(table.network.input),
                "parameters": table.parameters,
                "macs": table.macs,
            }
        )
    return listed


def _run(name: str, folder: Path) -> dict[str, Any]:
    """What is listed of a run; of a damaged one, what is wrong with it."""
    from locality.engine.files import read_json

    said: dict[str, Any] = {"id": name, "name": name.removeprefix(RUN)}
    try:
        plain = read_json(folder)
        accuracy = plain["accuracy"]
        return said | {
            "network": str(plain["network"]["name"]),
            "data": str(plain["data"]),
            "accuracy": accuracy,
            "finished": accuracy is not None,
        }
    except (LocalityError, KeyError, TypeError) as error:
        sentence = str(error) if isinstance(error, LocalityError) else f"{folder}: its run.json is damaged."
        return said | {"network": "", "data": "", "accuracy": None, "finished": False, "error": sentence}


def _check_size(net: Network) -> None:
    """Raise `ShapeError` for a network that this machine should not be asked to compute."""
    if prod(net.input) > _MOST_INPUT:
        raise ShapeError(
            f"{net.name}: its input {shape_text(net.input)} has {prod(net.input) / 1e6:.0f} million cells, more than "
            f"the {_MOST_INPUT / 1e6:.0f} million of the lab. Use a smaller input."
        )
    weights = 2 * 4 * net.parameter_count
    maps = 4 * sum(prod(shape) for shape in net.shapes.values())
    if weights + maps > _MOST:
        raise ShapeError(
            f"{net.name}: with an input of {shape_text(net.input)} its weights take {weights / 1e9:.1f} GB and its "
            f"maps {maps / 1e9:.1f} GB, more than the {_MOST / 1e9:.1f} GB of the lab. Use a smaller input or network."
        )


def _is_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()


def _written(folder: Path) -> float:
    return _stamp(folder / "run.json")[0] / 1e9


def _stamp(path: Path) -> tuple[int, int]:
    """What changes when a file is written."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)
