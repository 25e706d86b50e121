"""The primitives of every figure: rectangle, line, polygon, circle, text, image. In CSS pixels, y downwards.

A figure is a list of them, drawn in order; each writer (SVG, raster, PDF) knows these six and nothing else. Colours
are "#rrggbb". `name` says what a shape stands for, "output 0 2 3" say; the SVG keeps it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy.typing as npt

from locality.views.figure.font import ASCENT, DESCENT, width_of

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A rectangle from its upper left corner; `dash` is (drawn, left out) along the stroke."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    stroke: str | None = None
    line: float = 1.0
    radius: float = 0.0
    opacity: float = 1.0
    dash: tuple[float, float] | None = None
    name: str = ""

    @property
    def box(self) -> Box:
        return _grown((self.x, self.y, self.x + self.width, self.y + self.height), self.stroke, self.line)


@dataclass(frozen=True, slots=True)
class Line:
    """A line through two points or more, with round joins."""

    points: tuple[Point, ...]
    stroke: str
    line: float = 1.0
    opacity: float = 1.0
    dash: tuple[float, float] | None = None
    name: str = ""

    @property
    def box(self) -> Box:
        return _grown(_around(self.points), self.stroke, self.line)


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed polygon, with round joins."""

    points: tuple[Point, ...]
    fill: str | None = None
    stroke: str | None = None
    line: float = 1.0
    opacity: float = 1.0
    name: str = ""

    @property
    def box(self) -> Box:
        return _grown(_around(self.points), self.stroke, self.line)


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle from its centre."""

    x: float
    y: float
    radius: float
    fill: str | None = None
    stroke: str | None = None
    line: float = 1.0
    opacity: float = 1.0
    name: str = ""

    @property
    def box(self) -> Box:
        r = self.radius
        return _grown((self.x - r, self.y - r, self.x + r, self.y + r), self.stroke, self.line)


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text. `y` is the middle of its capitals; `anchor` says which part of it stands at `x`."""

    x: float
    y: float
    text: str
    fill: str
    size: float = 12.0
    anchor: str = "middle"  # start, middle or end
    name: str = ""

    @property
    def width(self) -> float:
        return width_of(self.text, self.size)

    @property
    def box(self) -> Box:
        left = self.x - self.width * {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor]
        return left, self.y - ASCENT * self.size, left + self.width, self.y + DESCENT * self.size


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """A picture of whole cells, uint8 (height, width, 3), stretched over a rectangle without smoothing."""

    x: float
    y: float
    width: float
    height: float
    pixels: npt.NDArray[Any]
    name: str = ""

    @property
    def box(self) -> Box:
        return self.x, self.y, self.x + self.width, self.y + self.height


Shape = Rectangle | Line | Polygon | Circle | Text | Image


@dataclass(frozen=True, slots=True)
class Moving:
    """A shape that is there from step `first` to step `last`, both counted."""

    shape: Shape
    first: int
    last: int


def arrow(points: tuple[Point, ...], stroke: str, line: float = 1.0, name: str = "") -> Iterator[Shape]:
    """A line whose last point carries an arrow head."""
    (x0, y0), (x1, y1) = points[-2:]
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 or 1.0
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    long, half = 4.0 + 2.5 * line, 1.6 + 1.4 * line
    bx, by = x1 - long * ux, y1 - long * uy
    yield Line((*points[:-1], (bx, by)), stroke, line, name=name)
    yield Polygon(((x1, y1), (bx - half * uy, by + half * ux), (bx + half * uy, by - half * ux)), stroke, name=name)


def _around(points: tuple[Point, ...]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _grown(box: Box, stroke: str | None, line: float) -> Box:
    by = line / 2 if stroke else 0.0
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def shifted(shape: Shape, x: float, y: float) -> Shape:
    """The shape, moved right by `x` and down by `y`."""
    if isinstance(shape, Line | Polygon):
        return replace(shape, points=tuple((px + x, py + y) for px, py in shape.points))
    return replace(shape, x=shape.x + x, y=shape.y + y)
