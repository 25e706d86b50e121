"""`record`: what a model computes on some images, node by node, as plain arrays."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from locality.engine.build import after_training, model_of
from locality.errors import unknown
from locality.network.network import INPUT, Network


@dataclass(frozen=True, eq=False)
class Record:
    """A run of a network over some images: the description, and arrays by name.

    `values` maps every node's name, and "input", to its output (N, channels, *space); `parameters` maps
    "node.parameter" to the weights used, running statistics included. `images` are the pictures as given, `mean`,
    `std` and `classes` the model's.
    """

    network: Network
    values: dict[str, npt.NDArray[Any]]
    parameters: dict[str, npt.NDArray[Any]]
    images: npt.NDArray[Any]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: tuple[str, ...] | None

    def __getitem__(self, node: str) -> npt.NDArray[Any]:
        """The values of a node. Raises `UnknownNameError` when there is none of that name."""
        if node not in self.values:
            raise unknown("node", node, list(self.values))
        return self.values[node]

    @property
    def output(self) -> npt.NDArray[Any]:
        """The values of the last node."""
        return self.values[self.network.nodes[-1].name]

    def __len__(self) -> int:
        return len(self.values["input"])

    def __repr__(self) -> str:
        return f"<Record of {self.network.name}: {len(self)} images, {len(self.values)} arrays>"


def record(model: Any, images: Any) -> Record:
    """Every node's output for these images, as named numpy arrays, computed as after training (no dropout, running
    statistics), whatever mode the model is in; it is left as it was.

    `model` is a `Model`, or anything that has one (`model.model`), such as a run; `images` are uint8 (N, C, H, W) or
    one picture (C, H, W), int8 spins, or floats already on the network's scale. Raises `ShapeError` for images of
    another shape, and `RunError` where there is no model.

    >>> from locality.engine.build import build
    >>> model = build(Network.from_text("1x4x4 | max 2x2 | flatten | dense 3"))
    >>> record(model, np.zeros((2, 1, 4, 4), np.uint8))["pool1"].shape
    (2, 1, 2, 2)
    """
    model = model_of(model)
    with after_training(model), torch.inference_mode(), _single_precision():
        x = model.prepare(images)
        values = {name: _array(value) for name, value in model.every(x).items()}
    values[INPUT] = values[INPUT].copy()  # float images are handed through as they are: the record keeps its own
    shape = (len(x), *model.network.input)
    given = images.detach().cpu().numpy() if isinstance(images, torch.Tensor) else np.asarray(images)
    return Record(
        network=model.network,
        values=values,
        parameters={name: _array(value).copy() for name, value in model.state_dict().items()},
        images=given.reshape(shape).copy(),
        mean=model.mean,
        std=model.std,
        classes=model.classes,
    )


def _array(value: torch.Tensor) -> npt.NDArray[Any]:
    value = value.detach().cpu()
    return (value.float() if value.dtype == torch.bfloat16 else value).numpy()  # numpy has no bfloat16


_PRECISION = RLock()


@contextmanager
def _single_precision() -> Iterator[None]:
    """On a graphics card float32 means float32: cuDNN's default keeps ten bits of the mantissa, and sums of such
    numbers cannot be checked. The setting is the whole process's: one thread at a time changes it."""
    backends: Any = torch.backends
    places = [backends.cudnn.conv, backends.cuda.matmul]
    with _PRECISION:
        before = [place.fp32_precision for place in places]
        try:
            for place in places:
                place.fp32_precision = "ieee"
            yield
        finally:
            for place, precision in zip(places, before, strict=True):
                place.fp32_precision = precision
