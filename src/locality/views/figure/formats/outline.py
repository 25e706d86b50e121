"""The outline of a shape as moves, lines and curves: what the raster and the PDF writer fill and stroke.

Both go round it as SVG says, from the same point and clockwise, so that dashes fall on the same places.
"""

from typing import Literal

from locality.views.figure.shapes import Circle, Line, Polygon, Rectangle

Mark = tuple[Literal["move", "line", "curve", "close"], tuple[float, ...]]
_ROUND = 0.5522847498  # how long a cubic's handles are that comes nearest to a quarter of a circle of radius 1


def outline(shape: Rectangle | Line | Polygon | Circle) -> list[Mark]:
    """The way round a shape; the numbers of a curve are two handles and its end.

    >>> outline(Line(((0, 0), (4, 0)), "#000000"))
    [('move', (0, 0)), ('line', (4, 0))]
    """
    if isinstance(shape, Line | Polygon):
        first, *others = shape.points
        closed: list[Mark] = [("close", ())] if isinstance(shape, Polygon) else []
        return [("move", first), *(("line", point) for point in others), *closed]
    if isinstance(shape, Circle):
        x, y, r = shape.x, shape.y, shape.radius
        return _corners(x - r, y - r, x + r, y + r, r, r)
    left, top, right, bottom = shape.x, shape.y, shape.x + shape.width, shape.y + shape.height
    rx, ry = min(shape.radius, shape.width / 2), min(shape.radius, shape.height / 2)
    if rx <= 0 or ry <= 0:
        sides: tuple[Mark, ...] = (("line", (right, top)), ("line", (right, bottom)), ("line", (left, bottom)))
        return [("move", (left, top)), *sides, ("close", ())]
    return _corners(left, top, right, bottom, rx, ry)


def _corners(left: float, top: float, right: float, bottom: float, rx: float, ry: float) -> list[Mark]:
    """Round a rectangle with rounded corners."""
    kx, ky = rx * (1 - _ROUND), ry * (1 - _ROUND)
    return [
        ("move", (left + rx, top)),
        ("line", (right - rx, top)),
        ("curve", (right - kx, top, right, top + ky, right, top + ry)),
        ("line", (right, bottom - ry)),
        ("curve", (right, bottom - ky, right - kx, bottom, right - rx, bottom)),
        ("line", (left + rx, bottom)),
        ("curve", (left + kx, bottom, left, bottom - ky, left, bottom - ry)),
        ("line", (left, top + ry)),
        ("curve", (left, top + ky, left + kx, top, left + rx, top)),
        ("close", ()),
    ]
