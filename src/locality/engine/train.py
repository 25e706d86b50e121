"""`train`: the loop, from top to bottom."""

import json
import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from math import isfinite, prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from locality.data import Dataset
from locality.engine import run as disk
from locality.engine.batches import Batches
from locality.engine.build import Model, build
from locality.engine.evaluate import check_fit, evaluate, outputs
from locality.engine.progress import Progress
from locality.engine.recipe import Recipe
from locality.engine.run import Run
from locality.errors import RunError
from locality.network.initial import generator
from locality.network.layers import Norm, Pool
from locality.network.network import Network

# What must be the same for a run to go on, and what is said where it is not.
_KEPT = {
    "network": "another network",
    "recipe": "another recipe",
    "data": "another data set",
    "classes": "other classes",
    "mean": "other pictures",
    "std": "other pictures",
}


def train(
    net: Network,
    data: Dataset,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    device: str | None = None,
    progress: bool = True,
) -> Run:
    """Train a network on a data set by a recipe, and test it at the end.

    With `out`, the run is kept in that folder: after every epoch a checkpoint, so that a run that was stopped, even
    killed, goes on with `resume=True` (by its own recipe, where none is given) and ends with the same weights, bit
    for bit on the same CPU, versions and threads. `device` is torch's name of one; by default "cuda" where there is
    one, else "cpu". Raises `RunError` before the first step where data and network do not fit, or where `out` holds
    a run already, or another one; and where the loss stops being a number: the weights of the last whole epoch are
    kept.

    >>> from locality.data import dataset
    >>> net = Network.from_text("1x8x8 | conv 8 3x3 | relu | flatten | dense 10")
    >>> run = train(net, dataset("digits"), Recipe(epochs=8, batch_size=32), progress=False)
    >>> run.accuracy > 0.8
    True
    """
    folder = None if out is None else Path(out)
    if resume and folder is None:
        raise RunError("train: there is no folder to resume from. Give the folder of the run.")
    if recipe is None:
        recipe = disk.read_recipe(folder) if resume and folder and (folder / disk.RUN).exists() else Recipe()
    place = _device(device)
    model = build(net, recipe.seed)
    model.mean, model.std, model.classes = data.mean, data.std, data.classes
    check_fit(model, data)
    _check_trainable(net, data, recipe)
    held_out, drawn = _split(data, recipe)
    run = Run(model, recipe, data.name, folder=folder, given_data=data)
    kept = _open_folder(run, resume) if folder else None
    if run.finished:
        return run

    model.to(device=place, memory_format=torch.channels_last)  # type: ignore[call-overload]
    images, labels = (torch.from_numpy(array[drawn]).to(place) for array in (data.train.images, data.train.labels))
    batches = Batches(images, labels, recipe, model.scale.to(place))
    optimizer = make_optimizer(model, recipe)
    average = _Average(model, recipe.averaging)
    if kept:
        _restore(kept, run, optimizer, average)
    elif folder:
        _keep(run, optimizer, average)

    steps = len(batches)
    with (
        torch.random.fork_rng(devices=[place] if place.type == "cuda" else []),
        Progress(f"{net.name} on {data.name}", recipe.epochs * steps, len(run.history) * steps, progress) as shown,
    ):
        for epoch in range(len(run.history), recipe.epochs):
            # Dropout draws from torch's own generator: seeded by the epoch, so that there is no state to keep.
            torch.manual_seed(int(generator(recipe.seed, f"dropout {epoch}").integers(2**62)))
            started = time.perf_counter()
            model.train()
            losses = right = 0.0
            for step, (x, y) in enumerate(batches.epoch(epoch)):
                for group in optimizer.param_groups:
                    group["lr"] = recipe.rate((epoch * steps + step + 0.5) / (recipe.epochs * steps))
                logits = model.logits(x)
                loss = F.cross_entropy(logits, y, label_smoothing=recipe.label_smoothing)
                value = loss.item()
                if not isfinite(value):
                    raise RunError(_diverged(f"the loss is {value}", epoch, step, steps, folder))
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                average.step(epoch * steps + step)
                losses += value
                right += (logits.detach().argmax(1) == y).sum().item()
                shown.step(losses / (step + 1), right / ((step + 1) * batches.size))
            if not all(tensor.isfinite().all() for tensor in model.state_dict().values()):
                raise RunError(_diverged("a weight is no longer a finite number", epoch, steps - 1, steps, folder))
            line = {
                "epoch": epoch + 1,
                "loss": losses / steps,
                "accuracy": right / (steps * batches.size),
                "rate": optimizer.param_groups[0]["lr"],
            }
            if len(held_out):
                with average:
                    line["validation_accuracy"] = _accuracy(model, data, held_out)
            line["seconds"] = round(time.perf_counter() - started, 3)
            run.seconds += time.perf_counter() - started
            run.history = (*run.history, line)
            if folder:
                _keep(run, optimizer, average)
            shown.epoch(line, recipe.epochs)

    average.settle()
    model.eval()
    evaluation = evaluate(run)
    run.accuracy = evaluation.accuracy
    if folder:
        disk.write_json(folder, disk.describe(run, **_circumstances(model), test=evaluation.to_dict()))
    return run


class _Average:
    """An exponential mean of the weights, which stands in their place inside a `with` block."""

    def __init__(self, model: Model, decay: float) -> None:
        self.decay = decay
        self.live = [t for t in model.state_dict().values() if t.is_floating_point()] if decay else []
        self.mean = [t.clone() for t in self.live]

    def step(self, number: int) -> None:
        if self.live:
            # Young means forget faster, so that the first weights do not linger.
            weight = 1 - min(self.decay, (1 + number) / (10 + number))
            torch._foreach_lerp_(self.mean, self.live, weight)

    def __enter__(self) -> None:
        for live, mean in zip(self.live, self.mean, strict=True):
            kept = live.clone()
            live.copy_(mean)
            mean.copy_(kept)

    def __exit__(self, *error: object) -> None:
        self.__enter__()

    def settle(self) -> None:
        """Let the model have the mean for good."""
        for live, mean in zip(self.live, self.mean, strict=True):
            live.copy_(mean)


def make_optimizer(model: Model, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimiser, fused; weight decay acts on weights alone, not on biases and norms."""
    weights = {f"{node.name}.weight" for node in model.network.nodes if not isinstance(node.layer, Norm)}
    named = list(model.named_parameters())
    groups: list[dict[str, Any]] = [
        {"params": [p for name, p in named if name in weights], "weight_decay": recipe.weight_decay},
        {"params": [p for name, p in named if name not in weights], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if recipe.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=recipe.learning_rate, fused=True)
    momentum = recipe.momentum
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=momentum, nesterov=momentum > 0, fused=True)


def _device(name: str | None) -> torch.device:
    """torch's device of that name, once it has shown that it computes."""
    if name is None:
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.ones(1, device=name).cpu()
    except (RuntimeError, AssertionError) as error:
        why = str(error).strip().split("\n")[0].rstrip(".")
        raise RunError(f"device {name!r}: torch cannot compute there ({why}). Use 'cpu'.") from None
    return torch.device(name)


def _split(data: Dataset, recipe: Recipe) -> tuple[Any, Any]:
    """Indices of the training pictures held out, and of those drawn from."""
    count = round(recipe.validation * len(data.train))
    if recipe.validation and not 0 < count < len(data.train):
        raise RunError(
            f"{data.name}: validation {recipe.validation:g} of {len(data.train)} training pictures leaves none on one "
            f"side. Use a share in between."
        )
    order = generator(recipe.seed, "validation").permutation(len(data.train))
    return np.sort(order[:count]), np.sort(order[count:])


def _accuracy(model: Model, data: Dataset, chosen: Any) -> float:
    found = np.concatenate([logits.argmax(1) for logits in outputs(model, data.train.images[chosen])])
    return float((found == data.train.labels[chosen]).mean())


def _check_trainable(net: Network, data: Dataset, recipe: Recipe) -> None:
    if net.dtype.startswith("complex"):
        raise RunError(f"{net.name}: its numbers are {net.dtype}, which have no cross-entropy. Use float32.")
    if not net.parameter_count:
        raise RunError(f"{net.name}: it has no parameter to train. Add a Conv or a Dense layer.")
    if len(np.unique(data.train.labels)) < 2:
        only = data.classes[data.train.labels[0]]
        raise RunError(f"{data.name}: all pictures to train on are of one class, {only}. Add pictures of another.")
    if recipe.erase >= max(data.shape[1:]):
        side = "x".join(map(str, data.shape[1:]))
        raise RunError(f"{data.name}: erase {recipe.erase} leaves nothing of its {side} pictures. Use a smaller one.")
    for node in net.nodes:
        layer = node.layer
        alone = recipe.batch_size * prod(net.shapes[node.name][1:]) == 1
        if alone and isinstance(layer, Norm) and layer.kind == "batch":
            raise RunError(f"{node.name}: one picture has no spread to normalise by. Use a batch_size of 2 or more.")
        if isinstance(layer, Pool) and layer.kind == "majority":
            above, wanted = [], set(node.inputs)
            for other in reversed(net.nodes):
                if other.name in wanted:
                    wanted |= set(other.inputs)
                    above += [other.name] if net.parameters(other) else []
            if above:
                raise RunError(
                    f"{node.name}: the majority rule has no gradient, so {above[-1]} before it cannot be trained. "
                    f'Use Pool("average", ...) there, or put the parameters behind it.'
                )


def _diverged(what: str, epoch: int, step: int, steps: int, folder: Path | None) -> str:
    last = f"The weights of epoch {epoch}" if epoch else "The initial weights"
    kept = f"{last} are kept in {folder}" if folder else "Nothing is kept, since no folder was given"
    return (
        f"epoch {epoch + 1}, step {step + 1} of {steps}: {what}. {kept}. Use a smaller learning_rate, or more warmup."
    )


def _open_folder(run: Run, resume: bool) -> dict[str, Tensor] | None:
    """Make the run's folder ready; where the run goes on, bring `run` up to its checkpoint and return its tensors."""
    folder = run.folder
    assert folder is not None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder}: no folder can be made there ({error.strerror}). Give another place.") from None
    if not (folder / disk.RUN).exists():
        disk.sweep(folder)
        return None
    if not resume:
        raise RunError(f"{folder}: a run is kept here already. Use resume to go on with it, or give another folder.")
    before, now = disk.read_json(folder), json.loads(json.dumps(disk.describe(run)))
    for name, other in _KEPT.items():
        if before.get(name) != now[name]:
            what = _setting(before.get(name), now[name]) if name == "recipe" else other
            raise RunError(f"{folder}: the run kept here has {what}. Use another folder.")
    if before.get("accuracy") is not None:
        done = disk.load(folder)
        run.model, run.history, run.accuracy, run.seconds = done.model, done.history, done.accuracy, done.seconds
        return None
    disk.sweep(folder)
    tensors, note = disk.read_tensors(folder / disk.CHECKPOINT)
    try:
        run.history, run.seconds = tuple(json.loads(note["history"])), float(note["seconds"])
    except (KeyError, ValueError) as error:
        raise RunError(disk.damaged(folder / disk.CHECKPOINT, error)) from None
    disk.write_metrics(folder, run.history)
    return tensors


def _setting(before: Any, now: dict[str, Any]) -> str:
    if isinstance(before, dict):
        for name, value in now.items():
            if before.get(name) != value:
                return f"{name} {before.get(name)!r}, not {value!r}"
    return "another recipe"


def _keep(run: Run, optimizer: torch.optim.Optimizer, average: _Average) -> None:
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
        disk.write_tensors(run.folder / disk.WEIGHTS, run.model.state_dict())
    disk.write_tensors(run.folder / disk.CHECKPOINT, tensors, note)
    disk.write_metrics(run.folder, run.history)
    disk.write_json(run.folder, disk.describe(run, **_circumstances(run.model)))


def _restore(tensors: dict[str, Tensor], run: Run, optimizer: torch.optim.Optimizer, average: _Average) -> None:
    """Put a checkpoint's tensors back in place, each in the memory format it had."""
    assert run.folder is not None
    parts: dict[str, dict[str, Tensor]] = {"model": {}, "average": {}, "optimizer": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        parts.setdefault(part, {})[rest] = tensor
    place = run.folder / disk.CHECKPOINT
    disk.load_weights(run.model, parts["model"], str(place))
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
        raise RunError(disk.damaged(place, error)) from None


def _parameters(optimizer: torch.optim.Optimizer) -> Sequence[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _circumstances(model: Model) -> dict[str, Any]:
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
