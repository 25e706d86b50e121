"""Which picture and which output an attribution is about."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from locality.engine.attribute.attribution import Attribution
from locality.engine.build import Model
from locality.engine.outputs import outputs
from locality.errors import RunError, ShapeError, UnknownNameError, unknown
from locality.geometry.arguments import whole
from locality.network.network import shape_text

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Target:
    """An output by its number, its name where it has one, and its score for the picture."""

    number: int
    name: str | None
    score: float


def picture(model: Model, image: Any) -> Tensor:
    """One picture as the network reads it, (1, C, *space), a tensor of its own."""
    net = model.network
    if net.dtype.startswith("complex"):
        raise RunError(f"{net.name}: its numbers are {net.dtype}, of which none is the largest. Use float32.")
    if len(net.input) == 1:
        raise ShapeError(
            f"{net.name}: its input is flat ({net.input[0]} numbers), so there is no picture to look at. "
            f"Describe it with space, and a flatten first."
        )
    x = prepared(model, image)
    if len(x) != 1:
        raise ShapeError(
            f"{net.name}: these are {len(x)} pictures, an attribution is of one. Give one {shape_text(net.input)}."
        )
    return x


def prepared(model: Model, images: Any) -> Tensor:
    """Pictures as the network reads them, (N, C, *space), a tensor of its own through which gradients may go."""
    with torch.inference_mode(False), torch.no_grad():
        return model.prepare(images).clone()


def chosen(model: Model, x: Tensor, target: int | str | None) -> Target:
    """The output that is asked for; None asks for the one of the highest score."""
    (scores,) = (summed(raw)[0] for raw in outputs(model, x))
    names = model.classes or ()
    if target is None:
        number = int(scores.argmax())
    elif isinstance(target, str):
        number = _named(model, target)
    else:
        number = whole("target", target, 0)
    if number >= len(scores):
        raise UnknownNameError(
            f"{model.network.name}: there is no output {number}, it has {len(scores)}. "
            f"Give a number from 0 to {len(scores) - 1}."
        )
    return Target(number, names[number] if number < len(names) else None, float(scores[number]))


def _named(model: Model, name: str) -> int:
    if not model.classes:
        raise UnknownNameError(
            f"{model.network.name}: its classes have no names, so none is called {name!r}. Give the output's number."
        )
    if name not in model.classes:
        raise unknown("class", name, model.classes)
    return model.classes.index(name)


def summed(raw: Array) -> Array:
    """The score of every output (N, outputs), summed over space where there is space."""
    return np.asarray(raw.reshape(*raw.shape[:2], -1).sum(2))


def score(model: Model, x: Tensor, target: Target) -> Tensor:
    """The target's score of every picture, as torch computes it, (N,)."""
    return model.logits(x)[:, target.number].reshape(len(x), -1).sum(1)


def attribution(method: str, target: Target, x: Tensor, values: Array, **more: Any) -> Attribution:
    """The values of a method with what they are of."""
    return Attribution(
        method=method,
        target=target.number,
        target_name=target.name,
        image=x[0].detach().float().cpu().numpy().copy(),
        values=values.astype(np.float32),
        score=target.score,
        **more,
    )
