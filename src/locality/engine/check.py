"""What must hold between a network, a data set and a recipe, said before the first step."""

from math import prod
from typing import Any

import numpy as np

from locality.data import Dataset
from locality.engine.recipe import Recipe
from locality.errors import RunError
from locality.network.layers import Norm, Pool
from locality.network.network import Network


def check_fit(net: Network, data: Any) -> None:
    """Raise `RunError` where a data set does not fit a network: none, pictures of another shape, too few outputs."""
    if not isinstance(data, Dataset):
        name = data if isinstance(data, str) else "mnist"
        raise RunError(f"{data!r:.80}: a {type(data).__name__} is no data set. Use locality.dataset({name!r}).")
    if net.input != data.shape:
        want, have = ("x".join(map(str, shape)) for shape in (net.input, data.shape))
        if data.spins:
            raise RunError(
                f"{net.name}: its input is {want}, the spins of {data.name} are {have}. "
                f"Describe a network with input {have}, or use spins of {want}: they are never resized."
            )
        raise RunError(
            f"{net.name}: its input is {want}, the pictures of {data.name} are {have}. "
            f"Describe a network with input {have}, or bring the pictures to {want} with locality.data.fit_dataset."
        )
    check_outputs(net, data.name, len(data.classes))


def check_outputs(net: Network, data: str, classes: int) -> None:
    """Raise `RunError` where a network has not one output for each of the classes of some data."""
    if len(net.output) != 1:
        raise RunError(
            f"{net.name}: its output is {'x'.join(map(str, net.output))}, not one number per class. "
            f"End it with Flatten() and Dense({classes})."
        )
    if net.output[0] < classes:
        raise RunError(
            f"{net.name}: it has {net.output[0]} outputs, {data} has {classes} classes. "
            f"End the network with Dense({classes})."
        )


def check_trainable(net: Network, data: Dataset, recipe: Recipe, pictures: int) -> None:
    """Raise `RunError` where a network, a data set or a recipe leaves nothing to learn from so many pictures."""
    if net.dtype.startswith("complex"):
        raise RunError(f"{net.name}: its numbers are {net.dtype}, which have no cross-entropy. Use float32.")
    if not net.parameter_count:
        raise RunError(f"{net.name}: it has no parameter to train. Add a Conv or a Dense layer.")
    if len(np.unique(data.train.labels)) < 2:
        only = data.classes[data.train.labels[0]]
        raise RunError(f"{data.name}: all pictures to train on are of one class, {only}. Add pictures of another.")
    plain = Recipe()
    for name in ("rotation", "crop", "erase") if data.spins else ():
        if getattr(recipe, name) != getattr(plain, name):
            raise RunError(
                f"{data.name}: {name} {getattr(recipe, name):g} is for pictures, spins stay +1 or -1 on their lattice. "
                f"Leave it at {getattr(plain, name):g}; shift and flip are for both."
            )
    if recipe.erase >= max(data.shape[1:]):
        side = "x".join(map(str, data.shape[1:]))
        raise RunError(f"{data.name}: erase {recipe.erase} leaves nothing of its {side} pictures. Use a smaller one.")
    for node in net.nodes:
        layer = node.layer
        alone = min(recipe.batch_size, pictures) * prod(net.shapes[node.name][1:]) == 1
        if alone and isinstance(layer, Norm) and layer.kind == "batch":
            use = "Use a batch_size of 2 or more" if recipe.batch_size == 1 else "Hold out fewer, or add pictures"
            raise RunError(f"{node.name}: one picture has no spread to normalise by. {use}.")
    check_gradients(net)


def check_gradients(net: Network) -> None:
    """Raises `RunError` where parameters lie before a majority rule: nothing would move them."""
    for node in net.nodes:
        if isinstance(node.layer, Pool) and node.layer.kind == "majority":
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
