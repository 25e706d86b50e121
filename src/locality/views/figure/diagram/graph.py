"""The style `graph` of network diagrams: any network, each stage a box, with its skips and branches."""

from collections.abc import Iterator
from math import cos, log, pi, sin

from locality.errors import ShapeError
from locality.views.figure.diagram.layering import Layers, across, layered
from locality.views.figure.diagram.plan import Drawing, Plan
from locality.views.figure.diagram.routing import SIDE, Layout, Point, arranged, routes
from locality.views.figure.diagram.stages import Stage
from locality.views.figure.diagram.wording import operation, size_text
from locality.views.figure.font import shortened, width_of
from locality.views.figure.shapes import Circle, Rectangle, Shape, Text, arrow, shifted
from locality.views.figure.theme import Theme, mixed

WIDTHS = (176, 160, 144, 128, 112, 100, 90, 80, 72, 64, 56, 48, 40, 32, 26)  # of a box, tried from the first on
WIDE = 144  # from here on a box says its size beside its label, below it otherwise
CARDS = 3.0  # how far each of the two cards behind a folded block looks out
SIGNS = {"sum": "+", "product": "×"}
ROUND = 6.0  # the radius of a corner
EDGE = 1.0  # around all of it: lines are as wide as they are


def draw_graph(plan: Plan) -> Drawing:
    """The network's stages as boxes from the first to the last, with an arrow for all that each reads.

    Raises `ShapeError` where more stands side by side than the width has room for.

    >>> from locality.network.network import Network
    >>> from locality.views.figure.diagram.stages import stages
    >>> net = Network.from_text("1x28x28 | conv 6 5x5 | relu | flatten | dense 10")
    >>> shapes, width, height = draw_graph(Plan(net, tuple(stages(net)), direction="down"))
    >>> [shape.name for shape in shapes if shape.name.startswith("box")]
    ['box input', 'box conv1', 'box relu1', 'box flatten1', 'box dense1']
    """
    layers = layered({stage.name: stage.reads for stage in plan.stages})
    crowded = _crowded(layers)
    fits: list[tuple[float, Layout, dict[str, _Look]]] = []
    for straight in (True, False):
        for alone, beside in _pairs():
            looks = {
                stage.name: _Look(plan, stage, beside if stage.name in crowded else alone) for stage in plan.stages
            }
            layout = _laid(plan, layers, looks, straight)
            if layout is not None:
                fits.append((layout.turning, layout, looks))
            if fits and (plan.direction == "down" or fits[0][0] <= 1 or beside < 80):
                _, layout, looks = min(fits, key=lambda fit: fit[0])
                return _drawn(plan, layout, looks)
    raise ShapeError(
        f"{plan.net.name}: up to {max(map(len, layers.order))} stages and skips stand side by side, too many for a "
        f"width of {plan.width:.0f}. Give more width or another direction, or fold some with group={{...}}."
    )


def _pairs() -> Iterator[tuple[float, float]]:
    """Widths of boxes that stand alone and of those beside others, from the best to the least."""
    yield from ((width, width) for width in WIDTHS if width >= WIDE)
    yield from ((WIDTHS[0], width) for width in WIDTHS if width < WIDE)
    yield from ((width, width) for width in WIDTHS if width < WIDE)


def _crowded(layers: Layers) -> set[str]:
    """The stages that stand between two narrow places of the network with others beside them."""
    found: set[str] = set()
    region: list[list[str]] = []
    for r, row in enumerate(layers.order):
        region.append([name for name in row if layers.rank[name] == r])
        if len(row) == 1 or r + 1 == len(layers.order):
            if max(map(len, region)) > 1:
                found.update(name for names in region[: len(region) - (len(row) == 1)] for name in names)
            region = []
    return found


def _laid(plan: Plan, layers: Layers, looks: dict[str, "_Look"], straight: bool) -> Layout | None:
    """The stages in their places, None where they do not fit."""
    down = plan.direction == "down"
    sizes = {name: (look.height, look.width) if down else (look.width, look.height) for name, look in looks.items()}
    joins = {stage.name for stage in plan.stages if stage.kind == "join"}
    places = {name: size[1] + (2 * SIDE if name in joins else 0.0) for name, size in sizes.items()}
    found = routes(layers, across(layers, places, straight), sizes, places, joins)
    if not down:
        layout = arranged(found, plan.width - 2 * EDGE)
        return layout if layout.along <= plan.width - 2 * EDGE else None
    room = plan.width - 2 * EDGE
    total = sum(found.deep) + sum(found.channels)
    layouts = [arranged(found, total)]
    if layouts[0].across > room:
        return None
    layouts += [arranged(found, 1.1 * total / columns) for columns in range(2, 9)]
    return min((one for one in layouts if one.across <= room), key=_unlike_a_page)


def _unlike_a_page(layout: Layout) -> float:
    """How far the columns are from the shape of a page, and how many edges go from one to the next."""
    return abs(log(layout.along / layout.across / 1.2)) + 0.1 * layout.turning


class _Look:
    """What stands in a stage's box, and how large the box is: lines of (left, right) text in it."""

    def __init__(self, plan: Plan, stage: Stage, most: float) -> None:
        self.stage = stage
        what, size = operation(plan.net, stage), size_text(stage)
        word = plan.net.node(stage.nodes[-1]).layer.word if stage.nodes else ""
        plain = stage.kind != "block" and stage.label == stage.name and len(stage.reads) < 4
        self.sign = SIGNS.get(word, "") if plain else ""
        self.cards = 2 * CARDS if stage.kind == "block" else 0.0
        self.text = 12.0 if most >= WIDE else 11.0 if most >= 90 else 10.0
        self.small = 10.0 if most >= 90 else 9.0
        label = word if stage.kind == "join" and stage.label == stage.name else stage.label
        quiet = label.rpartition(".")[2].rstrip("0123456789_-") == what or not what or stage.kind == "join"
        held = f"{len(stage.nodes)} layers" if stage.kind == "block" else ""
        self.lines: list[tuple[str, str]]
        down = plan.direction == "down"
        self.aside = down and most >= WIDE and stage.kind != "join"
        if self.aside:
            self.lines = [(label, size)] + ([] if quiet and not held else [(what, held)])
        else:
            self.lines = [(line, "") for line in (label, "" if quiet else what, held, size) if line]
        if self.sign:
            self.width = self.height = 22.0
            return
        self.height = 22.0 + 13.0 * (len(self.lines) - 1) + self.cards
        widest = max(width_of(line, self.text if i == 0 else self.small) for i, (line, _) in enumerate(self.lines))
        self.width = float(most) if down and stage.kind != "join" else min(most, max(44.0, widest + 14 + self.cards))
        if stage.kind == "join" and len(stage.reads) > 3:
            more = 12.0 * (len(stage.reads) - 3)
            self.width, self.height = (self.width + more, self.height) if down else (self.width, self.height + more)


def _drawn(plan: Plan, layout: Layout, looks: dict[str, _Look]) -> Drawing:
    down, theme = plan.direction == "down", plan.theme
    line = mixed(theme.ink, theme.background, 0.35)
    shapes: list[Shape] = []
    for source, target, points in layout.edges:
        way = _rounded(points)
        shapes += arrow(tuple((b, a) if down else (a, b) for a, b in way), line, 1.2, f"edge {source} → {target}")
    for name, (a, b, _, _) in layout.boxes.items():
        x, y = (b, a) if down else (a, b)
        shapes += _box(looks[name], x, y, theme, last=name == plan.stages[-1].name)
    width, height = (layout.across, layout.along) if down else (layout.along, layout.across)
    return [shifted(shape, EDGE, EDGE) for shape in shapes], width + 2 * EDGE, height + 2 * EDGE


def _rounded(points: tuple[Point, ...]) -> list[Point]:
    """The way with its corners rounded, but for the last few pixels, which the arrow's head takes."""
    way = [points[0]]
    for i in range(1, len(points) - 1):
        before, corner, after = points[i - 1 : i + 2]
        long = [abs(one[0] - corner[0]) + abs(one[1] - corner[1]) for one in (before, after)]
        radius = min(ROUND, long[0] / 2, long[1] - 8 if i == len(points) - 2 else long[1] / 2)
        if radius < 1:
            way.append(corner)
            continue
        u, v = (
            ((one[0] - corner[0]) / n, (one[1] - corner[1]) / n) for one, n in zip((before, after), long, strict=True)
        )
        for step in range(5):
            angle = step * pi / 8
            s, t = radius * (1 - sin(angle)), radius * (1 - cos(angle))
            way.append((corner[0] + s * u[0] + t * v[0], corner[1] + s * u[1] + t * v[1]))
    return [*way, points[-1]]


def _named(label: str, size: float, room: float) -> str:
    """A label that fits: of a dotted one as much of its end as there is room for, where that says something."""
    rest = label
    while width_of(label, size) > room and "." in rest:
        rest = rest.partition(".")[2]
        if width_of("…" + rest, size) <= room and any(letter.isalpha() for letter in rest):
            return "…" + rest
    return shortened(label, size, room)


def _fill(kind: str, theme: Theme) -> str:
    """What is learned is warm, what makes maps smaller or larger is cool, what only touches each number is grey."""
    if kind == "input":
        return theme.input_soft
    if kind == "block":
        return mixed(theme.background, theme.scale[2], 0.22)
    if kind in ("conv", "transpose", "dense"):
        return mixed(theme.background, theme.window_soft, 0.45 if kind == "dense" else 0.8)
    if kind in ("pool", "upsample", "crop"):
        return mixed(theme.background, mixed(theme.input_soft, theme.output_soft, 0.6), 0.7)
    return theme.background if kind == "join" else theme.soft


def _box(look: _Look, x: float, y: float, theme: Theme, last: bool) -> Iterator[Shape]:
    stage = look.stage
    fill = _fill(stage.kind, theme)
    stroke = theme.input if stage.kind == "input" else theme.output if last else mixed(fill, theme.muted, 0.6)
    line = 1.8 if last or stage.kind == "input" else 1.0
    name = f"box {stage.name}"
    if look.sign:
        r = look.width / 2
        yield Circle(x + r, y + r, r - line / 2, fill, stroke if last else mixed(theme.ink, fill, 0.3), 1.2, name=name)
        yield Text(x + r, y + r, look.sign, theme.ink, 15)
        return
    width, height = look.width - look.cards, look.height - look.cards
    radius = 10.0 if stage.kind == "join" else 5.0
    top = y + look.cards
    for k in (2, 1) if look.cards else ():
        yield Rectangle(
            x + k * CARDS, top - k * CARDS, width, height, fill, stroke, 1.0, radius, name=f"card {stage.name}"
        )
    half = line / 2
    yield Rectangle(x + half, top + half, width - line, height - line, fill, stroke, line, radius, name=name)
    place = top + 11.0 + (height - 22.0 - 13.0 * (len(look.lines) - 1)) / 2
    for i, (left, right) in enumerate(look.lines):
        size, ink = (look.text, theme.ink) if i == 0 else (look.small, theme.muted)
        room = width - 12.0
        if right:
            yield Text(x + width - 7, place + 13 * i, right, theme.muted, look.small, "end")
            room -= width_of(right, look.small) + 8
        text = (_named if i == 0 else shortened)(left, size, room)
        if look.aside:
            yield Text(x + 7, place + 13 * i, text, ink, size, "start")
        elif text != "…":
            yield Text(x + width / 2, place + 13 * i, text, ink, size)
