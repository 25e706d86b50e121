"""What a network makes of a picture, as colours: one signed scale, zero in its middle, one range for each stage."""

from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.network.network import INPUT
from locality.views.figure.diagram.legend import ramp
from locality.views.figure.diagram.plan import Plan
from locality.views.figure.diagram.stages import Stage
from locality.views.figure.theme import Theme

Array = npt.NDArray[Any]


def values_of(plan: Plan, stage: Stage) -> Array | None:
    """A stage's activations, channels first; of complex ones their magnitude; None where they are not known."""
    known = plan.values.get(stage.nodes[-1] if stage.nodes else INPUT)
    if known is None:
        return None
    values = np.asarray(known).reshape(stage.shape)
    return np.abs(values) if np.iscomplexobj(values) else values


def greatest(values: npt.ArrayLike) -> float:
    """The greatest magnitude among finite numbers, 0 where there are none.

    >>> greatest([1.0, -3.0, float("inf")])
    3.0
    """
    sizes = np.abs(np.asarray(values, float))
    return float(np.max(sizes, where=np.isfinite(sizes), initial=0.0))


def plane(values: Array) -> Array:
    """One map as rows and columns: of a volume its middle plane, of a line one row.

    >>> plane(np.zeros((6, 4, 5))).shape, plane(np.zeros(7)).shape
    ((4, 5), (1, 7))
    """
    while values.ndim > 2:
        values = values[len(values) // 2]
    return values.reshape(-1, values.shape[-1])


def shades(cells: Array, most: float, theme: Theme, limit: int) -> Array:
    """Rows and columns of numbers in the colours of the scale from -most to most, thinned out to at most `limit` cells
    a side."""
    every = ceil(max(cells.shape) / limit)
    thin = np.nan_to_num(cells[::every, ::every].astype(float), posinf=most, neginf=-most)
    steps = np.rint(np.clip(thin / (most or 1.0), -1, 1) * 127).astype(int) + 127
    return np.asarray(ramp(signed(theme))[steps])


def signed(theme: Theme) -> tuple[str, ...]:
    """The 255 colours of the signed scale, zero in the middle."""
    return tuple(theme.shade(place / 127, 1) for place in range(-127, 128))
