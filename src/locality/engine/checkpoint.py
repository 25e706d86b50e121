"""A run's folder while it trains: opened, kept after every epoch, and gone on with."""

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch
from torch import Tensor

from locality.engine import files
from locality.engine.average import Average
from locality.engine.build import Model
from locality.engine.run import Run, describe, load
from locality.engine.weights import load_weights
from locality.errors import RunError

# What must be the same for a run to go on, and what is said where it is not.
_KEPT = {
    "network": "another network",
    "recipe": "another recipe",
    "data": "another data set",
    "classes": "other classes",
    "mean": "other pictures",
    "std": "other pictures",
}


def open_folder(run: Run, resume: bool) -> dict[str, Tensor] | None:
    """Make the run's folder ready; where the run goes on, bring `run` up to its checkpoint and return its tensors."""
    folder = run.folder
    assert folder is not None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: no folder can be made there ({error.strerror}). Give another place.") from None
    if not (folder / files.RUN).exists():
        files.sweep(folder)
        return None
    if not resume:
        raise RunError(f"{folder}: a run is kept here already. Use resume to go on with it, or give another folder.")
    before, now = files.read_json(folder), json.loads(json.dumps(describe(run)))
    for name, other in _KEPT.items():
        if before.get(name) != now[name]:
            what = _setting(before.get(name), now[name]) if name == "recipe" else other
            raise RunError(f"{folder}: the run kept here has {what}. Use another folder.")
    if before.get("accuracy") is not None:
        done = load(folder, run.model)
        run.model, run.history, run.accuracy, run.seconds = done.model, done.history, done.accuracy, done.seconds
        return None
    files.sweep(folder)
    tensors, note = files.read_tensors(folder / files.CHECKPOINT)
    try:
        history, run.seconds = json.loads(note["history"]), float(note["seconds"])
        if not (isinstance(history, list) and all(map(files.is_line, history))):
            raise ValueError("its history is no list of epochs")
        run.history = tuple(history)
    except (KeyError, ValueError, RecursionError) as error:
        raise RunError(files.damaged(folder / files.CHECKPOINT, error)) from None
    files.write_metrics(folder, run.history)
    return tensors


def _setting(before: Any, now: dict[str, Any]) -> str:
    if isinstance(before, dict):
        for name, value in now.items():
            if before.get(name) != value:
                return f"{name} {before.get(name)!r}, not {value!r}"
    return "another recipe"


def keep(run: Run, optimizer: torch.optim.Optimizer, average: Average) -> None:
    """Write the run's files, each whole or not at all. A kill in between does no harm: where a run goes on, what the
    checkpoint says counts, and before `run.json`, written last, is there for the first time, nothing was begun."""
    assert run.folder is not None
    state = run.model.state_dict()
    tensors = {f"model.{name}": tensor for name, tensor in state.items()}
    tensors |= {f"average.{i}": tensor for i, tensor in enumerate(average.mean)}
    for i, parameter in enumerate(_parameters(optimizer)):
        for key, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{i}.{key}"] = value
    note = {"history": json.dumps(run.history), "seconds": repr(run.seconds)}
    with average:
        files.write_tensors(run.folder / files.WEIGHTS, run.model.state_dict())
    files.write_tensors(run.folder / files.CHECKPOINT, tensors, note)
    files.write_metrics(run.folder, run.history)
    files.write_json(run.folder, describe(run, **circumstances(run.model)))


def restore(tensors: dict[str, Tensor], run: Run, optimizer: torch.optim.Optimizer, average: Average) -> None:
    """Put a checkpoint's tensors back in place, each in the memory format it had."""
    assert run.folder is not None
    parts: dict[str, dict[str, Tensor]] = {"model": {}, "average": {}, "optimizer": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = tensor
    place = run.folder / files.CHECKPOINT
    load_weights(run.model, parts["model"], str(place))
    try:
        for i, mean in enumerate(average.mean):
            mean.copy_(parts["average"][str(i)])
        parameters = _parameters(optimizer)
        for name, tensor in parts["optimizer"].items():
            number, _, key = name.partition(".")
            parameter = parameters[int(number)]
            like = parameter if tensor.shape == parameter.shape else tensor
            state = torch.empty_like(like, dtype=tensor.dtype, device=parameter.device)
            optimizer.state[parameter][key] = state.copy_(tensor)
    except (KeyError, IndexError, ValueError, RuntimeError) as error:
        raise RunError(files.damaged(place, error)) from None


def _parameters(optimizer: torch.optim.Optimizer) -> Sequence[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def circumstances(model: Model) -> dict[str, Any]:
    """What else a number depends on: versions, device, threads, time."""
    versions = {"python": platform.python_version()}
    for package in ("locality", "torch", "numpy"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "versions": versions,
        "device": str(next(model.parameters()).device),
        "threads": torch.get_num_threads(),
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
    }
