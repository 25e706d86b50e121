"""What stands for an absent pixel."""

from math import isfinite
from numbers import Real
from typing import Any

import torch
from torch import Tensor

from locality.engine.attribute.target import picture
from locality.engine.build import Model
from locality.errors import DescriptionError
from locality.geometry.arguments import shape_text


def replacement(model: Model, baseline: Any) -> Tensor:
    """A baseline as the network reads it, (C, *space): a number on its scale everywhere, or a picture."""
    if isinstance(baseline, Real) and not isinstance(baseline, bool):
        if not isfinite(baseline):
            raise DescriptionError(f"baseline is {baseline}; it must be a finite number. Give 0, the mean, say.")
        return torch.full_like(picture(model, torch.zeros(model.network.input))[0], float(baseline))
    if not hasattr(baseline, "shape"):
        raise DescriptionError(
            f"baseline is {baseline!r:.80}; it must be a number or a picture. "
            f"Give 0, the mean, or a picture {shape_text(model.network.input)}."
        )
    return picture(model, baseline)[0]
