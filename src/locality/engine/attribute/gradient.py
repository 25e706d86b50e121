"""The gradient of a score with respect to the picture."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod

import numpy as np
import torch
from torch import Tensor

from locality.engine.attribute.attribution import Attribution
from locality.engine.attribute.target import Target, attribution, score
from locality.engine.build import Model, after_training
from locality.errors import RunError
from locality.network.layers import Pool
from locality.network.network import INPUT, Network

_KEPT = 1 << 25  # numbers kept on the way forward for the way back: about 128 MB


def gradient(model: Model, x: Tensor, target: Target) -> Attribution:
    """See `attribute`."""
    found = input_gradient(model, x, target)[0].double().cpu().numpy()
    values = np.abs(found).max(0)
    return attribution("gradient", target, x, values, by_channel=found.astype(np.float32))


def input_gradient(model: Model, x: Tensor, target: Target) -> Tensor:
    """d score/d x for each picture of a batch, of the shape of x."""
    check_passage(model.network, INPUT)
    with differentiating(model):
        leaf = x.detach().clone().requires_grad_()
        return backwards(model, score(model, leaf, target).sum(), leaf)


def backwards(model: Model, total: Tensor, at: Tensor) -> Tensor:
    """d total/d at, leaving every parameter's own gradient alone. Raises `RunError` where none comes through."""
    found, why = None, "no gradient comes through its operations"
    try:
        (found,) = torch.autograd.grad(total, at, allow_unused=True)
    except RuntimeError as error:
        why += f" ({str(error).split(chr(10))[0].rstrip('.')[:120]})"
    if found is None:
        raise RunError(f'{model.network.name}: {why}. Use method "occlusion", which needs none.')
    return found


@contextmanager
def differentiating(model: Model) -> Iterator[None]:
    """The model computes as after training, and torch keeps what gradients need, whatever mode it is in."""
    with after_training(model), torch.inference_mode(False), torch.enable_grad():
        yield


def at_once(net: Network) -> int:
    """How many pictures go forwards and back together within a bounded memory."""
    return max(1, min(64, _KEPT // sum(map(prod, net.shapes.values()))))


def check_passage(net: Network, start: str, end: str | None = None) -> None:
    """Raise `RunError` where the majority rule, whose gradient is zero, lies between a node and another, by default
    the output."""
    needed, reached = {end or net.nodes[-1].name}, {start}
    for node in reversed(net.nodes):
        if node.name in needed:
            needed.update(node.inputs)
    for node in net.nodes:
        if node.name in needed and reached.intersection(node.inputs):
            reached.add(node.name)
            if isinstance(node.layer, Pool) and node.layer.kind == "majority":
                raise RunError(
                    f'{node.name}: the gradient of the majority rule is zero. Use method "occlusion", which needs none.'
                )
