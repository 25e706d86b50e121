"""`train`: the loop, from top to bottom."""

import time
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from locality.data import Dataset
from locality.engine.average import Average
from locality.engine.batches import Batches
from locality.engine.build import Model, build
from locality.engine.check import check_fit, check_trainable
from locality.engine.checkpoint import circumstances, keep, open_folder, restore
from locality.engine.evaluate import evaluate
from locality.engine.files import RUN, write_json
from locality.engine.modules import memory_format, widest
from locality.engine.outputs import outputs
from locality.engine.progress import Progress
from locality.engine.recipe import Recipe
from locality.engine.run import Run, describe, read_recipe
from locality.errors import RunError
from locality.network.initial import generator
from locality.network.layers import Norm
from locality.network.network import Network, network_of

HEAD = 0.3  # what an auxiliary head's loss counts (Szegedy et al., arXiv:1409.4842)


def train(
    net: Network | Model,
    data: Dataset,
    recipe: Recipe | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    device: str | None = None,
    progress: bool = True,
) -> Run:
    """Train a network on a data set by a recipe, and test it at the end. Training begins with weights drawn by the
    recipe's seed, also where a model is given; only operations that no layer says keep what they have learnt.

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
    given, net = net, network_of(net)
    folder = None if out is None else Path(out)
    if resume and folder is None:
        raise RunError("train: there is no folder to resume from. Give the folder of the run.")
    if recipe is None:
        recipe = read_recipe(folder) if resume and folder and (folder / RUN).exists() else Recipe()
    place = _device(device)
    check_fit(net, data)
    held_out, drawn = _split(data, recipe)
    check_trainable(net, data, recipe, len(drawn))
    model = build(given, recipe.seed)
    model.mean, model.std, model.classes = data.mean, data.std, data.classes
    run = Run(model, recipe, data.name, folder=folder, given_data=data)
    kept = open_folder(run, resume) if folder else None
    if run.finished:
        return run

    model.to(device=place, memory_format=memory_format(net.input[1:]))  # type: ignore[call-overload]
    images, labels = (torch.from_numpy(array[drawn]).to(place) for array in (data.train.images, data.train.labels))
    batches = Batches(images, labels, recipe, model.scale.to(place))
    optimizer = make_optimizer(model, recipe)
    average = Average(model, recipe.averaging)
    if kept:
        restore(kept, run, optimizer, average)
    elif folder:
        keep(run, optimizer, average)

    steps, look = len(batches), _look(place)
    with (
        torch.random.fork_rng(devices=[place] if place.type == "cuda" else []),
        Progress(f"{net.name} on {data.name}", recipe.epochs * steps, len(run.history) * steps, progress) as shown,
    ):
        for epoch in range(len(run.history), recipe.epochs):
            # Dropout draws from torch's own generator: seeded by the epoch, so that there is no state to keep.
            torch.manual_seed(int(generator(recipe.seed, f"dropout {epoch}").integers(2**62)))
            started = time.perf_counter()
            model.train()
            # Summed up where they are computed: only a look at them waits for the device.
            losses = torch.zeros((), dtype=widest(images), device=place)
            right = torch.zeros((), dtype=torch.int64, device=place)
            for step, (x, y) in enumerate(batches.epoch(epoch)):
                for group in optimizer.param_groups:
                    group["lr"] = recipe.rate((epoch * steps + step + 0.5) / (recipe.epochs * steps))
                logits, *heads = model.all_logits(x)
                loss = F.cross_entropy(logits, y, label_smoothing=recipe.label_smoothing)
                losses += loss.detach()
                for head in heads:
                    loss = loss + HEAD * F.cross_entropy(head, y, label_smoothing=recipe.label_smoothing)
                right += (logits.detach().argmax(1) == y).sum()
                if (step + 1) % look == 0 or step + 1 == steps:
                    mean, share = losses.item() / (step + 1), right.item() / ((step + 1) * batches.size)
                    if not isfinite(mean):
                        raise RunError(_diverged(f"the loss is {mean}", epoch, step, steps, folder))
                    shown.step(epoch * steps + step + 1, mean, share)
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
                average.step(epoch * steps + step)
            if not all(tensor.isfinite().all() for tensor in model.state_dict().values()):
                raise RunError(_diverged("a weight is no longer a finite number", epoch, steps - 1, steps, folder))
            line = {
                "epoch": epoch + 1,
                "loss": mean,
                "accuracy": share,
                "rate": optimizer.param_groups[0]["lr"],
            }
            if len(held_out):
                with average:
                    line["validation_accuracy"] = _accuracy(model, data, held_out)
            line["seconds"] = round(time.perf_counter() - started, 3)
            run.seconds += time.perf_counter() - started
            run.history = (*run.history, line)
            if folder:
                keep(run, optimizer, average)
            shown.epoch(line, recipe.epochs)

    average.settle()
    model.eval()
    evaluation = evaluate(run)
    run.accuracy = evaluation.accuracy
    if folder:
        write_json(folder, describe(run, **circumstances(model), test=evaluation.to_dict()))
    return run


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


def _look(place: torch.device) -> int:
    """After how many steps the loss is looked at."""
    return 1 if place.type == "cpu" else 20


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


def _diverged(what: str, epoch: int, step: int, steps: int, folder: Path | None) -> str:
    last = f"The weights of epoch {epoch}" if epoch else "The initial weights"
    kept = f"{last} are kept in {folder}" if folder else "Nothing is kept, since no folder was given"
    return (
        f"epoch {epoch + 1}, step {step + 1} of {steps}: {what}. {kept}. Use a smaller learning_rate, or more warmup."
    )
