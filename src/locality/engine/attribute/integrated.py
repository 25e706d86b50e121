"""Integrated gradients: the mean gradient on the way from a baseline, times the way."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from locality.engine.attribute.attribution import Attribution
from locality.engine.attribute.baseline import replacement
from locality.engine.attribute.gradient import at_once, input_gradient
from locality.engine.attribute.target import Target, attribution, chosen
from locality.engine.build import Model
from locality.geometry.arguments import whole


def integrated(model: Model, x: Tensor, target: Target, steps: int = 50, baseline: Any = 0.0) -> Attribution:
    """See `attribute`. The steps are computed in batches, each of bounded memory."""
    steps = whole("steps", steps)
    start = replacement(model, baseline)
    way = (x[0] - start).double().cpu().numpy()
    shares = (torch.arange(steps, dtype=torch.float64) + 0.5) / steps
    total = np.zeros(way.shape)
    size = at_once(model.network)
    for first in range(0, steps, size):
        share = shares[first : first + size].to(x).reshape(-1, *(1,) * (x.ndim - 1))
        total += input_gradient(model, start + share * (x - start), target).double().sum(0).cpu().numpy()
    found = way * total / steps
    difference = float(found.sum()) - (target.score - chosen(model, start[None], target.number).score)
    return attribution(
        "integrated-gradients",
        target,
        x,
        found.sum(0),
        by_channel=found.astype(np.float32),
        difference=difference,
    )
