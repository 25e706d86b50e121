"""The style `maps` of network diagrams: stacks of feature maps, as LeNet is drawn (LeCun et al. 1998, figure 2).

Shapes carry names: "map STAGE i" is a map, "window STAGE" lies on the map before a stage, "cell STAGE" is the cell
that it gives. Sides grow with the square root of the true ones, so that 224 and 7 can both be seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.views.figure.diagram.activations import greatest, plane, shades, signed, values_of
from locality.views.figure.diagram.legend import Bar, legend
from locality.views.figure.diagram.looking import inside, look
from locality.views.figure.diagram.plan import Drawing, Plan
from locality.views.figure.diagram.rows import Item, Layout, broken, laid, text_width, words
from locality.views.figure.diagram.stages import Stage
from locality.views.figure.font import width_of
from locality.views.figure.shapes import Box, Image, Line, Rectangle, Shape, Text, shifted

_MOST = 8  # maps drawn of a stack
_LARGEST = (132.0, 116.0, 100.0, 88.0, 76.0, 64.0)  # the longest side of a front map: as large as costs no more rows
_STRIP = 11.0  # how high the strip of a 1-D map is
_THIN = 9.0  # how wide the bar of a flat stage is
_LEAST = 3.0  # no side is drawn shorter
_CELLS = 64  # a map is shown with up to so many cells a side


@dataclass(frozen=True)
class _Front:
    """A stage's front map or bar around (0, 0), and how far each map behind it is moved right and up."""

    stage: Stage
    face: Box
    shown: int
    behind: float


def draw_maps(plan: Plan) -> Drawing:
    """The network as stacks of maps, each with the window of the next stage on it, and real activations where known.

    >>> from locality.network.network import Network
    >>> from locality.views.figure.diagram.stages import stages
    >>> net = Network.from_text("1x28x28 | conv 6 5x5 | relu | flatten | dense 10")
    >>> shapes, width, height = draw_maps(Plan(net, tuple(stages(net, chain=True))))
    >>> sum(shape.name.startswith("map conv1") for shape in shapes)
    6
    """
    sizes = [(_fronts(plan, largest), largest) for largest in _LARGEST]
    items = [_items(plan, fronts) for fronts, _ in sizes]
    rows = [len(broken(each, plan.width)) for each in items]
    best = 2 if plan.direction == "down" else rows.index(min(rows))
    layout = laid(plan, items[best])
    shapes: list[Shape] = []
    for item, (x, y) in zip(items[best], layout.places, strict=True):
        shapes += [shifted(shape, x, y) for shape in item.shapes]
    for after in range(1, len(items[best])):
        shapes += _link(plan, layout, sizes[best][0], after - 1, after)
    shapes += layout.shapes
    width, height = layout.width, layout.height
    if any(len(stage.shape) > 1 and stage.shape[0] > _MOST for stage in plan.stages):
        text = f"Of more than {_MOST} maps, {_MOST} are drawn."
        shapes.append(Text(0.0, height + 14, text, plan.theme.muted, 10, "start", "note"))
        width, height = max(width, width_of(text, 10)), height + 22
    if any(values_of(plan, stage) is not None for stage in plan.stages):
        bar = Bar("activation; a beside each stage", ("−a", "0", "a"), signed(plan.theme))
        below, wide, high = legend([bar], plan.theme, plan.width)
        shapes += [shifted(shape, 0.0, height + 14) for shape in below]
        width, height = max(width, wide), height + 14 + high
    return shapes, width, height


def _fronts(plan: Plan, largest: float) -> list[_Front]:
    longest = max((max(stage.shape[1:]) for stage in plan.stages if len(stage.shape) > 1), default=1)
    flattest = max((stage.shape[0] for stage in plan.stages if len(stage.shape) == 1), default=1)
    behind = max(3.0, largest / 28)
    fronts = []
    for stage in plan.stages:
        channels, *space = stage.shape
        if not space:
            wide, high = _THIN, max(largest * sqrt(channels / flattest), 2 * _LEAST)
            if plan.direction == "down":
                wide, high = high, wide
        else:
            side = largest * sqrt(max(space) / longest)
            high, wide = (max(side * size / max(space), _LEAST) for size in (1, *space)[-2:])
            if len(space) == 1:
                high = _STRIP
        shown = min(channels, _MOST) if space else 1
        fronts.append(_Front(stage, (-wide / 2, -high / 2, wide / 2, high / 2), shown, behind))
    return fronts


def _items(plan: Plan, fronts: Sequence[_Front]) -> list[Item]:
    widest = max(front.face[2] - front.face[0] + (front.shown - 1) * front.behind for front in fronts)
    items = []
    for front in fronts:
        deep = (front.shown - 1) * front.behind
        left, top, right, bottom = front.face
        moved = -deep / 2  # the middle of the whole stack stands over its text
        shapes = tuple(shifted(shape, moved, 0.0) for shape in _stack(plan, front))
        box = (left + moved, top - deep, right + moved + deep, bottom)
        peak = (left + moved, 0.0) if plan.direction == "down" else ((left + right) / 2 + moved + deep, top - deep)
        said = words(plan, front.stage, text_width(plan, box[2] - box[0], widest), _notes(plan, front.stage))
        items.append(Item(front.stage, shapes, box, peak, said))
    return items


def _notes(plan: Plan, stage: Stage) -> list[str]:
    values = values_of(plan, stage)
    plane = [f"plane {stage.shape[1] // 2 + 1} of {stage.shape[1]} drawn"] if len(stage.shape) == 4 else []
    return plane if values is None or _pictured(plan, stage) else [*plane, f"a = {greatest(values):.2g}"]


def _pictured(plan: Plan, stage: Stage) -> bool:
    """Whether a stage is shown as the picture itself, grey or in colours."""
    return stage.kind == "input" and plan.picture is not None and len(plan.picture) in (1, 3)


def _stack(plan: Plan, front: _Front) -> Iterator[Shape]:
    """The maps of a stage, the one in front last, its place being that of the face."""
    stage, (left, top, right, bottom) = front.stage, front.face
    frame, fill = plan.colours(stage)
    wide, high = right - left, bottom - top
    values = values_of(plan, stage)
    most = 0.0 if values is None else greatest(values)
    coloured = _pictured(plan, stage)
    for n in reversed(range(front.shown)):
        x, y = left + n * front.behind, top - n * front.behind
        yield Rectangle(x, y, wide, high, fill, frame, 1.0, name=f"map {stage.name} {n}")
        if coloured and n == 0:
            yield Image(x, y, wide, high, _picture(plan.picture), f"picture {stage.name}")
        elif values is not None and not coloured:
            cells = values.reshape(1, -1) if len(stage.shape) == 1 else plane(values[n])
            if len(stage.shape) == 1 and plan.direction != "down":
                cells = cells.T
            yield Image(x, y, wide, high, shades(cells, most, plan.theme, _CELLS), f"values {stage.name} {n}")
        yield Rectangle(x, y, wide, high, None, frame, 1.0)


def _link(plan: Plan, layout: Layout, fronts: Sequence[_Front], before: int, after: int) -> Iterator[Shape]:
    """What joins a stage to the one before it: a window and lines to its cell, or lines to a whole bar."""
    theme = plan.theme
    one, other = _face(layout, fronts, before), _face(layout, fronts, after)
    source, stage = fronts[before].stage, fronts[after].stage
    if source.name not in stage.reads:
        return
    beside = layout.rows[before] == layout.rows[after]
    down = plan.direction == "down"
    turn = 0.3 if after % 2 else 0.7  # so that what comes in and what goes out do not lie on each other
    seen = look(plan.net, source, stage, (0.55, turn) if down else (turn, 0.55))
    if seen is None:
        if beside:
            deep = (fronts[before].shown - 1) * fronts[before].behind
            starts = (
                ((one[0], one[3]), (one[2], one[3])) if down else ((one[2] + deep, one[1] - deep), (one[2], one[3]))
            )
            ends = (
                ((other[0], other[1]), (other[2], other[1])) if down else ((other[0], other[1]), (other[0], other[3]))
            )
            for start, end in zip(starts, ends, strict=True):
                yield Line((start, end), theme.muted, 0.8, name=f"join {stage.name}")
        return
    left, top, right, bottom = inside(seen.window, one)
    cell = inside(seen.cell, other)
    x, y = (cell[0] + cell[2]) / 2, (cell[1] + cell[3]) / 2
    wide, high = max(cell[2] - cell[0], _LEAST), max(cell[3] - cell[1], _LEAST)
    if plan.values:  # colours of their own lie below: what is orange is set off
        yield Rectangle(left, top, right - left, bottom - top, None, theme.background, 4.0)
        yield Rectangle(x - wide / 2, y - high / 2, wide, high, None, theme.background, 2.4)
    if beside:
        for start in ((left, bottom), (right, bottom)) if down else ((right, top), (right, bottom)):
            yield Line((start, (x, y)), theme.window, 0.8, name=f"look {stage.name}")
    yield Rectangle(left, top, right - left, bottom - top, None, theme.window, 1.4, name=f"window {stage.name}")
    yield Rectangle(x - wide / 2, y - high / 2, wide, high, theme.window, name=f"cell {stage.name}")


def _face(layout: Layout, fronts: Sequence[_Front], n: int) -> Box:
    (x, y), front = layout.places[n], fronts[n]
    x -= (front.shown - 1) * front.behind / 2
    left, top, right, bottom = front.face
    return left + x, top + y, right + x, bottom + y


def _picture(picture: Any) -> npt.NDArray[Any]:
    """A grey or coloured picture, channels first, as an image: of a volume its middle plane, of a line one row."""
    planes = np.stack([plane(channel) for channel in picture], axis=-1)
    return np.ascontiguousarray(np.broadcast_to(planes, (*planes.shape[:2], 3)))
