"""A chain of pictures with text, laid out in rows within a width, or in one column: where each stands, and what leads
from row to row and over the others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import cos, pi, sin

from locality.views.figure.diagram.plan import Plan
from locality.views.figure.diagram.stages import Stage
from locality.views.figure.diagram.wording import operation, size_text
from locality.views.figure.font import fitting, shortened, width_of, wrapped
from locality.views.figure.shapes import Box, Line, Point, Shape, Text, arrow, shifted

GAP = 26.0  # between two pictures, at least
_WIDER = 60.0  # how much wider gaps may become to fill a row
_SIDE = 12.0  # beside the rows, for the arrow from one to the next
_EDGE = 1.0  # room for the outermost strokes
_APART = 10.0  # between two texts
_BELOW = 9.0  # from the pictures to their texts
_LINE = 1.35  # from line to line, in parts of the size
_TURN = 22.0  # between two rows
_BESIDE = 16.0  # from a column's pictures to their texts
_LABEL = 116.0  # how wide a text may be under a smaller picture


@dataclass(frozen=True)
class Words:
    """One line of text under a picture."""

    text: str
    size: float
    fill: str
    name: str

    @property
    def high(self) -> float:
        return self.size * _LINE


@dataclass(frozen=True)
class Item:
    """A stage's picture around (0, 0), which lies on the line through all pictures; `peak` is where arcs reach it."""

    stage: Stage
    shapes: tuple[Shape, ...]
    box: Box
    peak: Point
    words: tuple[Words, ...]

    @property
    def half(self) -> float:
        return max(width_of(line.text, line.size) for line in self.words) / 2

    @property
    def tall(self) -> float:
        return sum(line.high for line in self.words)


@dataclass
class Layout:
    """Where each item's (0, 0) lies and in which row, texts and arrows, and the size of it all."""

    places: list[Point] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0


def words(plan: Plan, stage: Stage, width: float, more: Sequence[str] = ()) -> tuple[Words, ...]:
    """What stands beside a stage: its label, its size, what is done, and `more`, within a width."""
    ink, muted, name = plan.theme.ink, plan.theme.muted, stage.name
    size = size_text(stage)
    fits = fitting(size, (11.0, 10.0, 9.0), width)
    said = [Words(shortened(stage.label, 12, width), 12, ink, f"name {name}")]
    said += [Words(text, fits, ink, f"size {name}") for text in wrapped(size, fits, width, 4)]
    said += [Words(text, 10, muted, f"done {name}") for text in wrapped(operation(plan.net, stage), 10, width, 4)]
    order = [one.name for one in plan.stages]
    before = order[order.index(name) - 1] if stage.reads else ""
    others = [one for one in dict.fromkeys(stage.reads) if one != before]
    notes = [*more, f"reads {', '.join(others)}"] if others else more
    said += [Words(text, 10, muted, f"more {name}") for one in notes for text in wrapped(one, 10, width, 4)]
    return tuple(said)


def text_width(plan: Plan, picture: float, widest: float) -> float:
    """How wide the text of a picture may be: under it, or beside the widest one in a column."""
    if plan.direction == "down":
        return plan.width - widest - _BESIDE - 48  # the highest arc
    return min(max(_LABEL if plan.width > 500 else 84, picture), plan.width - 2 * _SIDE)


def broken(items: Sequence[Item], width: float) -> list[list[int]]:
    """Which items stand in which row: as few rows as a width allows, about equally long."""

    def filled(limit: float) -> list[list[int]]:
        rows: list[list[int]] = []
        for n in range(len(items)):
            if rows and _long([items[k] for k in (*rows[-1], n)], GAP) <= limit:
                rows[-1].append(n)
            else:
                rows.append([n])
        return rows

    rows = filled(width)
    if len(rows) > 1:
        rows = filled(width - 2 * _SIDE)
        limit = width - 2 * _SIDE
        while limit > 40 and len(tried := filled(limit)) == len(rows):
            rows, limit = tried, limit - 8
    return rows


def _step(one: Item, other: Item, gap: float) -> float:
    return max(one.box[2] - other.box[0] + gap, one.half + other.half + _APART)


def _ends(items: Sequence[Item]) -> tuple[float, float]:
    """How far a row reaches to the left of its first item's zero, and to the right of its last one's."""
    return max(_EDGE - items[0].box[0], items[0].half), max(items[-1].box[2] + _EDGE, items[-1].half)


def _long(items: Sequence[Item], gap: float) -> float:
    return sum(_ends(items)) + sum(_step(one, other, gap) for one, other in pairwise(items))


def laid(plan: Plan, items: Sequence[Item]) -> Layout:
    """All items in rows, or below each other, with their texts, the arrows from row to row and the arcs over them."""
    return _column(plan, items) if plan.direction == "down" else _in_rows(plan, items)


def _in_rows(plan: Plan, items: Sequence[Item]) -> Layout:
    layout = Layout()
    rows = broken(items, plan.width)
    side = _SIDE if len(rows) > 1 else 0.0
    for number, row in enumerate(rows):
        there = [items[n] for n in row]
        gap = _widened(there, plan.width - 2 * side)
        xs = [side + _ends(there)[0]]
        for one, other in pairwise(there):
            xs.append(xs[-1] + _step(one, other, gap))
        arcs, reach = _arcs(plan, there, xs)
        top = layout.height + (_TURN if number else 0.0)
        y = top + reach - min(item.box[1] for item in there)
        text = y + max(item.box[3] for item in there) + _BELOW
        layout.shapes.extend(shifted(arc, 0.0, top + reach) for arc in arcs)
        for x, item in zip(xs, there, strict=True):
            layout.shapes.extend(_texts(item.words, x, text, "middle"))
        if number and items[row[0] - 1].stage.name in there[0].stage.reads:
            before = items[row[0] - 1]
            (x, middle), over = layout.places[-1], top - _TURN / 2
            turn = x + max(before.box[2], before.half) + _SIDE / 2
            way = (x + before.box[2] + 3, middle), (turn, middle), (turn, over), (1.0, over), (1.0, y)
            layout.shapes.extend(arrow((*way, (xs[0] + there[0].box[0] - 3, y)), plan.theme.muted, 1.3, name="row"))
        layout.places.extend((x, y) for x in xs)
        layout.rows.extend([number] * len(row))
        layout.width = max(layout.width, xs[-1] + _ends(there)[1] + side)
        layout.height = text + max(item.tall for item in there)
    return layout


def _widened(items: Sequence[Item], width: float) -> float:
    """The gap at which a row fills the width, within reason."""
    gap = GAP + _WIDER
    while gap > GAP and _long(items, gap) > width:
        gap = max(GAP, gap - 1)
    return gap


def _texts(said: Sequence[Words], x: float, y: float, anchor: str) -> Iterator[Shape]:
    for line in said:
        yield Text(x, y + line.high / 2, line.text, line.fill, line.size, anchor, line.name)
        y += line.high


def _column(plan: Plan, items: Sequence[Item]) -> Layout:
    layout = Layout()
    ys = [max(_EDGE - items[0].box[1], items[0].tall / 2)]
    for one, other in pairwise(items):
        ys.append(ys[-1] + max(one.box[3] - other.box[1] + GAP, (one.tall + other.tall) / 2 + _APART))
    arcs, reach = _arcs(plan, items, ys)
    x = reach - min(item.box[0] for item in items)
    text = x + max(item.box[2] for item in items) + _BESIDE
    layout.shapes.extend(shifted(arc, reach, 0.0) for arc in arcs)
    for y, item in zip(ys, items, strict=True):
        layout.shapes.extend(_texts(item.words, text, y - item.tall / 2, "start"))
        layout.places.append((x, y))
        layout.rows.append(0)
    layout.width = text + 2 * max(item.half for item in items)
    layout.height = ys[-1] + max(items[-1].box[3] + _EDGE, items[-1].tall / 2)
    return layout


def _arcs(plan: Plan, items: Sequence[Item], along: Sequence[float]) -> tuple[list[Shape], float]:
    """What a stage reads beside or instead of the one before it, as arcs that end at 0 across, and how high they are.
    What stands in another row comes in dashed."""
    down = plan.direction == "down"
    across = 0 if down else 1
    edge = min(item.box[across] for item in items)  # this far out lie the outermost pictures
    names = [item.stage.name for item in items]
    shapes: list[Shape] = []
    reach = _EDGE
    for k, item in enumerate(items):
        before = plan.stages[plan.stages.index(item.stage) - 1].name
        for name in dict.fromkeys(item.stage.reads):
            if name == before:
                continue
            end = along[k] + item.peak[1 - across] - 3
            tip = (end, item.peak[across] - edge - 2)
            if name in names:
                source = items[names.index(name)]
                start = along[names.index(name)] + source.peak[1 - across] + 3
                high, half = min(10 + 0.1 * (end - start), 44), (end - start) / 2
                curve = [(start + half - half * cos(pi * t / 16), -high * sin(pi * t / 16)) for t in range(17)]
                way = [(start, source.peak[across] - edge - 1), *curve, tip]
            else:
                high, way = 14.0, [(end, -13.0), tip]
            reach = max(reach, high + 2)
            points = tuple((y, x) if down else (x, y) for x, y in way)
            line, head = arrow(points, plan.theme.muted, 1.2, name=f"skip {item.stage.name} {name}")
            assert isinstance(line, Line)
            shapes += [line if name in names else replace(line, dash=(3, 2)), head]
    return shapes, reach
