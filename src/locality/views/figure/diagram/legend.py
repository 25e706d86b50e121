"""A legend: bars of colours with what their ends stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.views.figure.diagram.plan import Drawing
from locality.views.figure.font import width_of
from locality.views.figure.shapes import Image, Rectangle, Shape, Text
from locality.views.figure.theme import Theme

_LONG, _HIGH, _STEP = 120.0, 37.0, 42.0  # a bar, all of it, and from one row of bars to the next


@dataclass(frozen=True)
class Bar:
    """A caption, the texts under the bar from its left end to its right one, evenly set, and its colours."""

    caption: str
    marks: tuple[str, ...]
    colours: tuple[str, ...]


def legend(bars: Sequence[Bar], theme: Theme, width: float) -> Drawing:
    """The bars side by side as far as there is room, and then below each other.

    >>> from locality.views.figure.theme import LIGHT
    >>> shapes, width, height = legend([Bar("weight", ("−1", "0", "1"), LIGHT.scale)], LIGHT, 340)
    >>> [shape.text for shape in shapes if isinstance(shape, Text)], width
    (['weight', '−1', '0', '1'], 121.0)
    """
    shapes: list[Shape] = []
    x, y, widest = 0.5, 0.0, 0.0
    for bar in bars:
        wide = max(_LONG, width_of(bar.caption, 10))
        if x > 1 and x + wide > width:
            x, y = 0.5, y + _STEP
        shapes.append(Text(x, y + 6, bar.caption, theme.muted, 10, "start", "legend"))
        shapes.append(Image(x, y + 15, _LONG, 7, ramp(bar.colours)[None]))
        shapes.append(Rectangle(x, y + 15, _LONG, 7, None, theme.line, 0.8))
        last = len(bar.marks) - 1
        for k, mark in enumerate(bar.marks):
            anchor = "start" if k == 0 else "end" if k == last else "middle"
            shapes.append(Text(x + _LONG * k / last, y + 30, mark, theme.ink, 10, anchor, "legend"))
        widest = max(widest, x + wide + 0.5)
        x += wide + 24
    return shapes, widest, y + _HIGH


def ramp(colours: Sequence[str]) -> npt.NDArray[Any]:
    """Colours as uint8 (n, 3).

    >>> ramp(["#ff0080"]).tolist()
    [[255, 0, 128]]
    """
    return np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours], np.uint8)
