"""The style `neurons` of network diagrams: a circle for each unit, a line for each connection, column after column.

Shapes carry names: "unit STAGE i" is a circle or a map, "edge STAGE i j" leads from unit i of the column before to
unit j of the stage. An edge is that of the stage's one layer; activations and norms in it are not looked through.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, cos, isfinite, pi, sin

from locality.views.figure.diagram.activations import greatest, plane, shades, signed, values_of
from locality.views.figure.diagram.connections import Column, Edge, connections, shown, unrolled
from locality.views.figure.diagram.legend import Bar, legend
from locality.views.figure.diagram.plan import Drawing, Plan
from locality.views.figure.diagram.wording import operation
from locality.views.figure.font import fitting, shortened, width_of, wrapped
from locality.views.figure.shapes import Circle, Image, Line, Point, Polygon, Rectangle, Shape, Text, arrow, shifted
from locality.views.figure.theme import mixed

_PLACES, _FEWER = 11, 7  # units in a column, the ellipsis counted as one; fewer where there are many rows
_NARROW, _WIDE, _DOWN = 66.0, 180.0, 84.0  # from column to column: at least, at most, and where they go down
_SIDE = 12.0  # beside the rows, for the arrow from one to the next
_CELLS = 32  # a map is shown with up to so many cells a side
_FOOT = 9.0  # where arcs begin above the tallest column, so that their heads have room
_LINE = 1.3  # from line to line of text, in parts of the size


@dataclass(frozen=True)
class _Sketch:
    """All that the parts of the drawing share. Places are (along, across): along the columns' order, and within one."""

    plan: Plan
    columns: list[Column]
    edges: dict[int, list[Edge] | None]  # into each column; None where there is more than one layer between
    most: dict[bool, float]  # the greatest weight drawn, by `signed`
    pitch: float
    slot: float

    @property
    def down(self) -> bool:
        return self.plan.direction == "down"

    @property
    def radius(self) -> float:
        return 0.36 * self.slot

    def at(self, along: float, across: float) -> Point:
        return (across, along) if self.down else (along, across)


def draw_neurons(plan: Plan) -> Drawing:
    """The network as columns of units with the connections between them, weights and activations where they are known.

    >>> from locality.network.network import Network
    >>> from locality.views.figure.diagram.stages import stages
    >>> net = Network.from_text("3 | dense 4 | relu | dense 2")
    >>> shapes, width, height = draw_neurons(Plan(net, tuple(stages(net, chain=True))))
    >>> sum(shape.name.startswith("edge dense1") for shape in shapes)
    12
    """
    found = unrolled(plan)
    down = plan.direction == "down"
    rows = [list(range(len(found)))] if down else _rows(len(found), plan.width)
    places = _PLACES if len(rows) < 4 else _FEWER
    columns = [Column(stage, size, shown(stage.shape[0], places)) for stage, size in found]
    edges = {
        n: connections(plan, before.stage, after.stage, before.shown, after.shown)
        for n, (before, after) in enumerate(pairwise(columns), 1)
    }
    known = [(edge.weight, edge.signed) for each in edges.values() for edge in each or [] if edge.weight is not None]
    most = {sign: greatest([weight for weight, signed in known if signed == sign]) for sign in (True, False)}
    side = _SIDE if len(rows) > 1 else 0.0
    pitch = _DOWN if down else min(_WIDE, (plan.width - 2 * side) / len(rows[0]))
    tallest = max(column.places for column in columns)
    slot = min(max(220 / tallest, 20), 34) if places == _PLACES else 20.0
    if down:
        slot = min(slot, (plan.width - 170) / tallest)
    sketch = _Sketch(plan, columns, edges, most, pitch, slot)
    shapes: list[Shape] = []
    width = height = 0.0
    leaves: Point | None = None  # where the row above ended
    for row in rows:
        drawn, wide, high, middle = _row(sketch, row)
        height += 22.0 if leaves else 0.0
        shapes += [shifted(shape, side, height) for shape in drawn]
        reach = sketch.radius + 7
        first, last = side + pitch / 2 - reach, side + (len(row) - 0.5) * pitch + reach
        if leaves:
            over, right = height - 11, leaves[0] + pitch / 2 - reach + side - 1
            way = (leaves, (right, leaves[1]), (right, over), (1.0, over), (1.0, height + middle))
            shapes += arrow((*way, (first, height + middle)), plan.theme.muted, 1.4, name="row")
        leaves = last, height + middle
        width, height = max(width, wide + 2 * side), height + high
    if bars := _bars(sketch):
        below, wide, high = legend(bars, plan.theme, plan.width)
        shapes += [shifted(shape, 0, height + 12) for shape in below]
        width, height = max(width, wide), height + 12 + high
    return shapes, width, height


def _rows(count: int, width: float) -> list[list[int]]:
    """Which columns stand in which row; a row begins with the last column of the one above, to show every edge."""
    if count * _NARROW <= width:
        return [list(range(count))]
    most = max(2, int((width - 2 * _SIDE) / _NARROW))
    rows = ceil((count - 1) / (most - 1))
    new = ceil((count - 1) / rows)
    return [list(range(start, min(start + new, count - 1) + 1)) for start in range(0, count - 1, new)]


def _row(sketch: _Sketch, row: Sequence[int]) -> tuple[list[Shape], float, float, float]:
    """The columns of one row: shapes, width, height, and how far down the middle of the columns is."""
    columns = [sketch.columns[n] for n in row]
    deep = max(column.places for column in columns) * sketch.slot
    arcs, reach = _arcs(sketch, row, deep)
    middle = reach + deep / 2
    room = sketch.plan.width - reach - deep - 8 if sketch.down else sketch.pitch - 6
    labels = [_label(sketch, row, k, room) for k in range(len(row))]
    shapes: list[Shape] = []
    for k in range(1, len(row)):
        shapes += _between(sketch, row[k], sketch.pitch * (k - 0.5), middle)
    for k, column in enumerate(columns):
        shapes += _units(sketch, column, sketch.pitch * (k + 0.5), middle)
    shapes += [shifted(shape, *sketch.at(0.0, reach)) for shape in arcs]
    edge = reach + deep + 6
    for k, lines in enumerate(labels):
        tall = sum(size * _LINE for _, size, _, _ in lines)
        x, y = sketch.at(sketch.pitch * (k + 0.5), edge)
        y -= tall / 2 if sketch.down else 0.0
        for text, size, colour, name in lines:
            y += size * _LINE
            anchor = "start" if sketch.down else "middle"
            shapes.append(Text(x, y - size * _LINE / 2, text, colour, size, anchor, name))
    length = len(row) * sketch.pitch
    if sketch.down:
        return shapes, max(shape.box[2] for shape in shapes), length, middle
    return shapes, length, edge + max(sum(size * _LINE for _, size, _, _ in lines) for lines in labels), middle


def _between(sketch: _Sketch, number: int, along: float, middle: float) -> Iterator[Shape]:
    """The edges into a column, the strongest on top, or one band where they are not those of one layer."""
    theme, radius, slot = sketch.plan.theme, sketch.radius, sketch.slot
    before, after = sketch.columns[number - 1], sketch.columns[number]
    edges, name = sketch.edges[number], after.stage.name
    near, far = along + radius + 3, along + sketch.pitch - radius - 3
    if edges is None:
        one, two = before.places * slot / 2, after.places * slot / 2
        corners = (near, middle - one), (far, middle - two), (far, middle + two), (near, middle + one)
        yield Polygon(tuple(sketch.at(*corner) for corner in corners), theme.soft, name=f"band {name}")
        return
    for edge in sorted(edges, key=lambda edge: abs(edge.weight or 0.0)):
        colour, line = _stroke(sketch, edge)
        ends = [(along, before.offset(edge.start)), (along + sketch.pitch, after.offset(edge.end))]
        points = tuple(sketch.at(place, middle + offset * slot) for place, offset in ends)
        yield Line(points, colour, line, name=f"edge {name} {edge.start} {edge.end}")


def _stroke(sketch: _Sketch, edge: Edge) -> tuple[str, float]:
    theme = sketch.plan.theme
    if edge.weight is None:
        return theme.line, 0.7
    if not isfinite(edge.weight):
        return theme.ink, 2.4
    share = abs(edge.weight) / (sketch.most[edge.signed] or 1.0)
    if edge.signed:
        return theme.shade(edge.weight, sketch.most[True]), 0.5 + 1.9 * share
    return mixed(theme.background, theme.ink, share), 0.5 + 1.9 * share


def _units(sketch: _Sketch, column: Column, along: float, middle: float) -> Iterator[Shape]:
    """The circles or maps of a column, and three dots for those left out."""
    theme, radius, stage = sketch.plan.theme, sketch.radius, column.stage
    frame, fill = sketch.plan.colours(stage)
    values = values_of(sketch.plan, stage)
    most = 0.0 if values is None else greatest(values)
    for unit in column.shown:
        x, y = sketch.at(along, middle + column.offset(unit) * sketch.slot)
        name = f"unit {stage.name} {unit}"
        if not column.square:
            if values is not None:
                value = float(values[unit].ravel()[0])
                fill = theme.shade(value, most) if isfinite(value) else theme.ink
            yield Circle(x, y, radius, fill, frame, 1.2, name=name)
        elif values is None:
            yield Rectangle(x - radius, y - radius, 2 * radius, 2 * radius, fill, frame, 1.2, name=name)
        else:
            half = 1.2 * radius
            yield Image(x - half, y - half, 2 * half, 2 * half, shades(plane(values[unit]), most, theme, _CELLS), name)
            yield Rectangle(x - half, y - half, 2 * half, 2 * half, None, frame, 1.2)
    for step in (-1, 0, 1) if column.gapped else ():
        x, y = sketch.at(along, middle + (column.offset(None) + 0.26 * step) * sketch.slot)
        yield Circle(x, y, 1.3, theme.muted)


def _arcs(sketch: _Sketch, row: Sequence[int], deep: float) -> tuple[list[Shape], float]:
    """What a column reads beside or instead of the one before it: as arcs above the row, from 0 upwards, and how high
    they are. What stands in a row above comes in dashed."""
    theme, pitch = sketch.plan.theme, sketch.pitch
    names = [sketch.columns[n].stage.name for n in row]
    tops = [(deep - sketch.columns[n].places * sketch.slot) / 2 - 2 for n in row]
    skips = [
        (names.index(name) if name in names else None, k, name)
        for k in range(1, len(row))
        for name in dict.fromkeys(sketch.columns[row[k]].stage.reads)
        if name != names[k - 1]
    ]
    spans = sorted({k - start for start, k, _ in skips if start is not None})
    step = min(9.0, 36 / (len(spans) or 1))  # the farther an arc leads, the higher it is
    shapes: list[Shape] = []
    for start, k, source in skips:
        end = pitch * (k + 0.5) - 2
        begin = end - 0.8 * pitch if start is None else pitch * (start + 0.5) + 2
        high = 10.0 if start is None else 8 + step * (spans.index(k - start) + 1)
        half, turns = (end - begin) / 2, range(24 if start is None else 0, 49)
        curve = [(begin + half - half * cos(pi * t / 48), -_FOOT - high * sin(pi * t / 48)) for t in turns]
        legs = [] if start is None else [(begin, tops[start])]
        points = tuple(sketch.at(*point) for point in [*legs, *curve, (end, tops[k])])
        line, head = arrow(points, theme.muted, 1.2, name=f"skip {names[k]} {source}")
        assert isinstance(line, Line)
        shapes += [line if legs else replace(line, dash=(3, 2)), head]
    return shapes, max((-shape.box[0 if sketch.down else 1] for shape in shapes), default=0.0) + 1


def _label(sketch: _Sketch, row: Sequence[int], k: int, width: float) -> list[tuple[str, float, str, str]]:
    """The lines of text at a column, each with its size, colour and name."""
    plan, column = sketch.plan, sketch.columns[row[k]]
    theme, stage = plan.theme, column.stage
    size = fitting(stage.label, (12.0, 11.0, 10.0), width)
    name = shortened(stage.label, size, width)
    if k == 0 and row[0] > 0:
        return [(name, size, theme.muted, f"again {stage.name}")]
    lines = [(name, size, theme.ink, f"name {stage.name}")]
    size, parts = fitting(column.size, (11.0, 10.0, 9.0), width), [column.size]
    if width_of(column.size, size) > width:  # what stands before the sizes of space has a line of its own
        product, equals, shape = column.size.rpartition(" = ")
        channels, _, space = shape.partition(" × ")
        first, rest = (product, f"= {shape}") if equals else (f"{channels} ×", space)
        size = fitting(rest, (10.0, 9.0), width)
        parts = [first, *wrapped(rest, size, width, 4)]
    lines += [(text, size, theme.ink, f"size {stage.name}") for text in parts]
    done = "flatten" if stage.kind == "flatten" else operation(plan.net, stage)
    here = {sketch.columns[n].stage.name for n in row}
    above = [name for name in dict.fromkeys(stage.reads) if name not in here]
    for text in (done, f"reads {', '.join(above)}" if above else ""):
        lines += [(part, 10.0, theme.muted, f"done {stage.name}") for part in wrapped(text, 10, width, 4)]
    values = values_of(plan, stage)
    if values is not None:
        lines.append((f"a = {_number(greatest(values))}", 10, theme.ink, f"range {stage.name}"))
    return lines


def _number(value: float) -> str:
    return f"{value:.2g}"


def _bars(sketch: _Sketch) -> list[Bar]:
    """What colours mean."""
    theme = sketch.plan.theme
    grey = tuple(mixed(theme.background, theme.ink, place / 80) for place in range(81))
    found: list[Bar] = []
    kinds = {edge.signed for each in sketch.edges.values() for edge in each or [] if edge.weight is not None}
    if True in kinds:
        most = _number(sketch.most[True])
        found.append(Bar("weight of a connection", (f"−{most}", "0", most), signed(theme)))
    if False in kinds:
        found.append(Bar("norm of a kernel", ("0", _number(sketch.most[False])), grey))
    if any(values_of(sketch.plan, column.stage) is not None for column in sketch.columns):
        found.append(Bar("activation, a by the column", ("−a", "0", "a"), signed(theme)))
    return found
