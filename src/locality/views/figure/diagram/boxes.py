"""The style `boxes` of network diagrams: boxes to scale, as AlexNet is drawn (Krizhevsky et al. 2012, figure 2).

Channels run from left to right, the map is the face that looks to the left, and on it lies the window of the next
stage. Shapes carry names: "face STAGE" is the map, "side STAGE" and "top STAGE" the other two, "window STAGE" lies on
the box before a stage, "cell STAGE" is the cell that it gives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log1p

from locality.views.figure.diagram.looking import Spans, look
from locality.views.figure.diagram.plan import Drawing, Plan
from locality.views.figure.diagram.rows import Item, Layout, broken, laid, text_width, words
from locality.views.figure.diagram.stages import Stage
from locality.views.figure.font import width_of, wrapped
from locality.views.figure.shapes import Line, Point, Polygon, Rectangle, Shape, Text, shifted
from locality.views.figure.theme import mixed

_LARGEST = (140.0, 124.0, 108.0, 94.0, 80.0, 68.0)  # the longest side in space: as large as costs no more rows
_DEEP = 0.55  # the longest run of channels, in parts of it
_LEAST = 3.0  # no side is drawn shorter
_SLANT: Point = (-0.42, -0.30)  # one pixel of width, seen from the side
_NUMBER = 9.0  # numbers along the edges


@dataclass(frozen=True)
class _Block:
    """A stage's box: its sides in pixels. The near lower corner of its face is at `corner`, seen from the middle."""

    stage: Stage
    channels: float
    height: float
    width: float

    @property
    def corner(self) -> Point:
        x, y = self.width * _SLANT[0], self.width * _SLANT[1]
        return -(self.channels + x) / 2, (self.height - y) / 2

    def at(self, down: float, across: float) -> Point:
        """A point of the face: so much of its height from the top, so much of its width from the far side."""
        x, y = self.corner
        far = (1 - across) * self.width
        return x + far * _SLANT[0], y - (1 - down) * self.height + far * _SLANT[1]


def draw_boxes(plan: Plan) -> Drawing:
    """The network as boxes to scale, each with the window of the next stage on its face.

    >>> from locality.network.network import Network
    >>> from locality.views.figure.diagram.stages import stages
    >>> net = Network.from_text("1x28x28 | conv 6 5x5 | relu | flatten | dense 10")
    >>> shapes, width, height = draw_boxes(Plan(net, tuple(stages(net, chain=True))))
    >>> [shape.name for shape in shapes if shape.name.startswith("face")]
    ['face input', 'face conv1', 'face dense1']
    """
    tried = [[_block(plan, stage, largest) for stage in plan.stages] for largest in _LARGEST]
    items = [[_item(plan, block, max(map(_across, blocks))) for block in blocks] for blocks in tried]
    rows = [len(broken(each, plan.width)) for each in items]
    best = 2 if plan.direction == "down" else rows.index(min(rows))
    layout, blocks = laid(plan, items[best]), tried[best]
    shapes: list[Shape] = []
    for item, (x, y) in zip(items[best], layout.places, strict=True):
        shapes += [shifted(shape, x, y) for shape in item.shapes]
    for after in range(1, len(blocks)):
        shapes += _link(plan, layout, blocks, after)
    shapes += layout.shapes
    note = _note(plan, blocks)
    y = layout.height + 16
    for line in note:
        shapes.append(Text(0.0, y, line, plan.theme.muted, 10, "start", "note"))
        y += 14
    return shapes, max(layout.width, *(width_of(line, 10) for line in note)), y - 6


def _block(plan: Plan, stage: Stage, largest: float) -> _Block:
    """The sides of a stage's box. Space, channels and the features of flat stages are each in a scale of their own."""
    spaces = [max(one.shape[1:]) for one in plan.stages if len(one.shape) > 1]
    channels = [one.shape[0] for one in plan.stages if len(one.shape) > 1]
    features = [one.shape[0] for one in plan.stages if len(one.shape) == 1]

    def side(size: int, most: int, longest: float) -> float:
        share = log1p(size) / log1p(most) if plan.logarithmic else size / most
        return max(longest * share, _LEAST)

    if len(stage.shape) == 1:
        return _Block(stage, 8.0, side(stage.shape[0], max(features), largest), 8.0)
    # A channel is no thicker than a cell is wide, or a single one would look like a cube.
    deepest = min(_DEEP * largest, largest * max(channels) / max(spaces)) if not plan.logarithmic else _DEEP * largest
    high, wide = (1, *stage.shape[1:])[-2:]
    return _Block(
        stage,
        side(stage.shape[0], max(channels), deepest),
        side(high, max(spaces), largest),
        side(wide, max(spaces), largest),
    )


def _note(plan: Plan, blocks: Sequence[_Block]) -> list[str]:
    """What the sizes of the boxes mean, in lines that fit."""
    scale = "logarithmic" if plan.logarithmic else "to scale"
    said = [f"Sides are {scale}: space, channels and flat outputs each in their own."]
    if any(_LEAST in (block.channels, block.height, block.width) for block in blocks):
        said.append(f"Those below {_LEAST:.0f} pixels are drawn as {_LEAST:.0f}.")
    if any(len(block.stage.shape) > 3 for block in blocks):
        said.append("Of volumes height and width are drawn.")
    return wrapped(" ".join(said), 10, plan.width, 5)


def _across(block: _Block) -> float:
    """How wide a box is, with a number at its left."""
    return block.channels - block.width * _SLANT[0] + 24


def _item(plan: Plan, block: _Block, widest: float) -> Item:
    """The box around (0, 0), with the numbers along its edges where they have room; a square says its side once."""
    frame, fill = plan.colours(block.stage)
    (x, y), stage = block.corner, block.stage
    far = (x + block.width * _SLANT[0], y + block.width * _SLANT[1])
    right, up = x + block.channels, block.height
    back = (right + block.width * _SLANT[0], far[1] - up)
    face = ((x, y), far, (far[0], far[1] - up), (x, y - up))
    top = ((x, y - up), (far[0], far[1] - up), back, (right, y - up))
    shapes: list[Shape] = [
        Polygon(face, fill, frame, name=f"face {stage.name}"),
        Polygon(top, mixed(fill, plan.theme.background, 0.45), frame, name=f"top {stage.name}"),
        Rectangle(x, y - up, block.channels, up, mixed(fill, frame, 0.22), frame, name=f"side {stage.name}"),
    ]
    left, bottom = far[0], y
    if len(stage.shape) > 1 and plan.direction == "right":  # in a column lines pass there; sizes stand beside
        numbers = [str(n) for n in (stage.shape[0], *(1, *stage.shape[1:])[-2:])]
        ink = plan.theme.muted
        if block.channels >= width_of(numbers[0], _NUMBER) and up >= 24:
            shapes.append(Text(x + block.channels / 2, y + 9, numbers[0], ink, _NUMBER, name=f"edge {stage.name} c"))
            bottom = y + 15
        edges = []
        if up >= 24 and len(stage.shape) > 2:
            edges.append(((x + far[0]) / 2 - 4, (y + far[1]) / 2 + 6, numbers[2], "w"))
        if up >= 40 and numbers[1] != numbers[2]:
            edges.append((far[0] - 4, far[1] - 6, numbers[1], "h"))
        for at, level, number, side in edges:
            text = Text(at, level, number, ink, _NUMBER, "end", f"edge {stage.name} {side}")
            shapes.append(text)
            left, bottom = min(left, text.box[0]), max(bottom, text.box[3])
    box = (left, far[1] - up, right, bottom)
    peak = (box[0], 0.0) if plan.direction == "down" else ((far[0] + back[0]) / 2, box[1])
    said = words(plan, stage, text_width(plan, box[2] - box[0], widest))
    return Item(stage, tuple(shapes), box, peak, said)


def _link(plan: Plan, layout: Layout, blocks: Sequence[_Block], after: int) -> Iterator[Shape]:
    """What joins a stage to the one before it: its window on the face there, and lines to the cell that it gives."""
    one, other, theme = blocks[after - 1], blocks[after], plan.theme
    if one.stage.name not in other.stage.reads:
        return
    beside = layout.rows[after - 1] == layout.rows[after]
    seen = look(plan.net, one.stage, other.stage, (0.35 if after % 2 else 0.65, 0.5))
    if seen is None:
        if beside:
            for number in (0, 1):
                start, end = _ends(one, number, True, plan), _ends(other, number, False, plan)
                ways = (_moved(start, layout.places[after - 1]), _moved(end, layout.places[after]))
                yield Line(ways, theme.muted, 0.8, name=f"join {other.stage.name}")
        return
    window = [_moved(point, layout.places[after - 1]) for point in _corners(one, seen.window)]
    cell = [_moved(point, layout.places[after]) for point in _corners(other, seen.cell)]
    middle = (sum(x for x, _ in cell) / 4, sum(y for _, y in cell) / 4)
    if beside:
        for start in (window[0], window[3]) if plan.direction == "right" else (window[0], window[1]):
            yield Line((start, middle), theme.window, 0.8, name=f"look {other.stage.name}")
    yield Polygon(tuple(window), None, theme.window, 1.4, name=f"window {other.stage.name}")
    yield Polygon(tuple(_grown(cell, middle)), theme.window, theme.window, name=f"cell {other.stage.name}")


def _ends(block: _Block, number: int, leaving: bool, plan: Plan) -> Point:
    """Where the two lines to or from a flat stage begin and end."""
    (x, y), up = block.corner, block.height
    far = (x + block.width * _SLANT[0], y + block.width * _SLANT[1])
    if plan.direction == "down":
        return (
            ((far[0], far[1]) if number == 0 else (x + block.channels, y))
            if leaving
            else ((far[0], far[1] - up) if number == 0 else (x + block.channels + block.width * _SLANT[0], far[1] - up))
        )
    if leaving:
        return x + block.channels, y - up if number == 0 else y
    return far[0], far[1] - up if number == 0 else far[1]


def _corners(block: _Block, spans: Spans) -> list[Point]:
    """The cells of a map as a patch of the face: the near lower corner first, then the far lower, far upper, near
    upper one."""
    rows, columns = ((0, 1, 1), *spans)[-2:]
    low, high = rows[1] / rows[2], rows[0] / rows[2]
    near, far = columns[1] / columns[2], columns[0] / columns[2]
    return [block.at(low, near), block.at(low, far), block.at(high, far), block.at(high, near)]


def _grown(cell: Sequence[Point], middle: Point) -> list[Point]:
    """A patch that can be seen: no smaller than two pixels from its middle."""
    reach = max(abs(y - middle[1]) for _, y in cell)
    by = max(1.0, 2.0 / reach) if reach else 1.0
    return [(middle[0] + by * (x - middle[0]), middle[1] + by * (y - middle[1])) for x, y in cell]


def _moved(point: Point, by: Point) -> Point:
    return point[0] + by[0], point[1] + by[1]
