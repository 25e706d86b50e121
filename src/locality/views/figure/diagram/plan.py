"""What every style of network diagram is given: the stages, and how they are to be drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from locality.network.network import Network
from locality.views.figure.diagram.stages import Stage
from locality.views.figure.shapes import Shape
from locality.views.figure.theme import LIGHT, Theme, mixed

Drawing = tuple[list[Shape], float, float]  # shapes, width and height; the upper left corner is at 0, 0


@dataclass(frozen=True, eq=False)
class Plan:
    """`width` is how wide the drawing may be, in pixels; `direction` is "right" or "down". `values` are one picture's
    activations by node, (channels, *space), "input" too; `picture` is that picture, uint8 (channels, height, width);
    `parameters` are weights by "node.parameter". What is not known is empty or None."""

    net: Network
    stages: tuple[Stage, ...]
    width: float = 960.0
    direction: str = "right"
    theme: Theme = LIGHT
    values: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    parameters: Mapping[str, npt.NDArray[Any]] = field(default_factory=dict)
    picture: npt.NDArray[Any] | None = None
    logarithmic: bool = False

    def colours(self, stage: Stage) -> tuple[str, str]:
        """The frame and the fill of a stage: blue for the input, teal for the last one, neutral between."""
        theme = self.theme
        if stage.kind == "input":
            return theme.input, theme.input_soft
        if stage.name == self.stages[-1].name:
            return theme.output, theme.output_soft
        return mixed(theme.muted, theme.ink, 0.3), theme.soft
