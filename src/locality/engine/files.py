"""The files of a run's folder, each written whole or not at all."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from locality.errors import RunError

RUN, METRICS, WEIGHTS, CHECKPOINT = "run.json", "metrics.jsonl", "weights.safetensors", "checkpoint.safetensors"


def read_json(folder: Path) -> dict[str, Any]:
    """What `run.json` holds. Raises `RunError` where there is none or it cannot be read."""
    path = folder / RUN
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"{folder}: no run is kept here (no {RUN}). Give the folder that train wrote.") from None
    except (OSError, ValueError) as error:
        raise RunError(damaged(path, error)) from None
    if not isinstance(plain, dict):
        raise RunError(damaged(path, "no run in it"))
    return plain


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """The lines of `metrics.jsonl`; a last line cut short by a kill is left out."""
    lines = []
    try:
        text = (folder / METRICS).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(damaged(folder / METRICS, error)) from None
    for line in text.splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            break
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
    write_whole(path, save(contiguous, note))


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
    for name in (RUN, METRICS, WEIGHTS, CHECKPOINT):
        for path in folder.glob(f".{name}.*"):
            path.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the place, then rename into it, so that a kill or a full disk leaves the old file as it was."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise RunError(
            f"{path}: it could not be written ({error.strerror or error}). Make room or mend the permissions, then "
            f"resume the run; what was kept before is untouched."
        ) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def damaged(path: Path, why: Exception | str) -> str:
    """What is said of a file that cannot be used."""
    said = f"no {why}" if isinstance(why, KeyError) else str(why).rstrip(".")
    return f"{path}: it is damaged ({said}). Train the run again, in another folder."
