"""The files of a run's folder, each written whole or not at all."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from locality.data.replacing import ARRIVING, replacing
from locality.errors import RunError

RUN, METRICS, WEIGHTS, CHECKPOINT = "run.json", "metrics.jsonl", "weights.safetensors", "checkpoint.safetensors"


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300


def _list(of: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(of(each) for each in value)


# What `run.json` must hold, where it holds it.
_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "network": (lambda value: isinstance(value, dict), "an object"),
    "recipe": (lambda value: isinstance(value, dict), "an object"),
    "data": (lambda value: isinstance(value, str), "a name"),
    "classes": (_list(lambda value: isinstance(value, str)), "a list of names"),
    "mean": (_list(_number), "a list of numbers"),
    "std": (_list(_number), "a list of numbers"),
    "accuracy": (lambda value: value is None or _number(value), "a number or null"),
    "seconds": (_number, "a number"),
}


def read_json(folder: Path) -> dict[str, Any]:
    """What `run.json` holds. Raises `RunError` where there is none, or where what it says is not of its kind."""
    path = folder / RUN
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if (folder / "ground-state.json").exists():
            raise RunError(
                f"{folder}: a ground state is kept here, no network that was trained. Use it with `locality "
                f"ground-state --start` or --resume."
            ) from None
        raise RunError(f"{folder}: no run is kept here (no {RUN}). Give the folder that train wrote.") from None
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(damaged(path, error)) from None
    if not isinstance(plain, dict):
        raise RunError(damaged(path, "no run in it"))
    for name, (fits, kind) in _KINDS.items():
        if name in plain and not fits(plain[name]):
            raise RunError(damaged(path, f"its {name} is not {kind}"))
    return plain


def is_line(value: Any) -> bool:
    """Whether this is a line of `metrics.jsonl`: numbers by name."""
    return isinstance(value, dict) and all(map(_number, value.values()))


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """The lines of `metrics.jsonl`, as far as they can be read: a kill may cut the last one short."""
    lines: list[dict[str, Any]] = []
    try:
        text = (folder / METRICS).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(damaged(folder / METRICS, error)) from None
    for line in text.splitlines():
        try:
            read = json.loads(line)
        except (ValueError, RecursionError):
            break
        if not is_line(read):
            break
        lines.append(read)
    return lines


def write_metrics(folder: Path, history: list[dict[str, Any]] | tuple[dict[str, Any], ...]) -> None:
    """`metrics.jsonl`, one line for each epoch."""
    write_whole(folder / METRICS, "".join(json.dumps(line) + "\n" for line in history).encode())


def write_json(folder: Path, plain: dict[str, Any]) -> None:
    """`run.json`."""
    write_whole(folder / RUN, (json.dumps(plain, indent=1) + "\n").encode())


def write_tensors(path: Path, tensors: Mapping[str, Tensor], note: dict[str, str] | None = None) -> None:
    """A safetensors file, whole or not at all. safetensors wants contiguous tensors: channels_last is put in order."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with _whole(path) as beside:
        beside.touch()
        mode = beside.stat().st_mode
        save_file(contiguous, beside, note)
        beside.chmod(mode)  # safetensors makes its files for the owner alone


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a safetensors file and its note. Raises `RunError` where it is missing or damaged."""
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except FileNotFoundError:
        raise RunError(f"{path}: there is no such file. Train the run again, in another folder.") from None
    except (SafetensorError, OSError) as error:
        raise RunError(damaged(path, error)) from None


def sweep(folder: Path) -> None:
    """Remove what a killed process left half written."""
    for path in folder.glob(f"{ARRIVING}*"):
        rmtree(path, ignore_errors=True)


def write_whole(path: Path, content: bytes) -> None:
    """A file, whole or not at all."""
    with _whole(path) as beside:
        beside.write_bytes(content)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """A place beside `path` to write to. Raises `RunError` where it cannot be written; the old file then stays."""
    try:
        with replacing(path.parent, [path.name]) as beside:
            yield beside / path.name
    except (OSError, SafetensorError) as error:
        why = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise RunError(
            f"{path}: it could not be written ({why}). Make room or mend the permissions, then "
            f"resume the run; what was kept before is untouched."
        ) from None


def damaged(path: Path, why: Exception | str) -> str:
    """What is said of a file that cannot be used."""
    said = f"no {why}" if isinstance(why, KeyError) else str(why).rstrip(".")
    return f"{path}: it is damaged ({said}). Train the run again, in another folder."
