"""What a network says about pictures, before the softmax, in batches."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from locality.engine.build import Model, after_training
from locality.errors import RunError
from locality.network.network import Network

Array = npt.NDArray[Any]
_AT_ONCE = 1 << 24  # numbers in a batch's largest map: about 64 MB


def batch_size(network: Network) -> int:
    """How many pictures go through a network at once, so that no map of a batch takes more than about 64 MB."""
    largest = max(int(np.prod(shape)) for shape in network.shapes.values())
    return max(1, min(1000, _AT_ONCE // largest))


def outputs(model: Model, images: Any) -> Iterator[Array]:
    """What the softmax is taken of, in batches, as float64 arrays (n, outputs), in the mode of after training.

    Raises `RunError` where it is complex or not finite.
    """
    step = batch_size(model.network)
    with after_training(model), torch.inference_mode():
        for start in range(0, len(images), step):
            x = model.prepare(images[start : start + step])
            if x.ndim == 4:
                x = x.contiguous(memory_format=torch.channels_last)
            raw = model.logits(x)
            if raw.is_complex():
                kind = str(raw.dtype).removeprefix("torch.")
                raise RunError(
                    f"{model.network.name}: its numbers are {kind}, which have no probabilities. Use float32."
                )
            logits = raw.cpu().double().numpy()
            if not np.isfinite(logits).all():
                raise RunError(
                    f"{model.network.name}: what it puts out is not finite. "
                    f"Give pictures of finite numbers, or train it again with a smaller learning_rate."
                )
            yield logits


def softmax(logits: Array) -> Array:
    """Probabilities (n, classes) of logits (n, classes)."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def cross_entropy(probabilities: Array, labels: Array) -> Array:
    """The cross-entropy of each picture in nats (n,); a probability of nothing counts as the least of float32."""
    own = probabilities[np.arange(len(labels)), labels]
    return np.asarray(-np.log(np.maximum(own, np.finfo(np.float32).tiny)))
