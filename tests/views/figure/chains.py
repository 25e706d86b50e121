"""What the tests of the styles `maps` and `boxes` share: the networks, and what must hold of every drawing."""

from functools import cache
from itertools import combinations, pairwise

from locality import zoo
from locality.network.layers import Conv
from locality.network.network import Network
from locality.views.figure.diagram.plan import Drawing, Plan
from locality.views.figure.diagram.stages import stages
from locality.views.figure.shapes import Box, Line, Point, Polygon, Text
from zoo.test_language import resnet20, unet

NAMES = (*zoo.names(), "unet", "unet open", "resnet20 open", "one axis", "three axes", "one layer", "sixty layers open")
LINES = {
    "one axis": "1x100 | conv 8 5 pad 2 | relu | max 2 | conv 16 3 | relu | global-average | flatten | dense 4",
    "three axes": "1x16x16x16 | conv 8 3x3x3 | relu | max 2x2x2 | conv 16 3x3x3 | flatten | dense 3",
    "one layer": "1x8x8 | conv 4 3x3",
    "sixty layers": "3x64x64 | " + " | ".join(["conv 8 3x3 same | relu"] * 30) + " | flatten | dense 10",
}


@cache
def network(name: str) -> Network:
    if name in LINES:
        return Network.from_text(LINES[name])
    if name == "unet":
        return Network(name, (1, 512, 512), [*unet(), Conv(2, 1)])
    return Network(name, (3, 32, 32), resnet20()) if name == "resnet20" else zoo.get(name)


def plan(name: str, width: float = 960.0, direction: str = "right", logarithmic: bool = False) -> Plan:
    net = network(name.removesuffix(" open"))
    found = stages(net, chain=True, open=name.endswith(" open"))
    return Plan(net, tuple(found), width, direction, logarithmic=logarithmic)


def faults(drawing: Drawing, width: float) -> list[str]:
    """All that is wrong with where things stand: outside, text on text, small, or with a line through it."""
    shapes, wide, high = drawing
    found = [f"{wide} wide"] if wide > width + 0.01 else []
    for shape in shapes:
        left, top, right, bottom = shape.box
        if left < -0.01 or top < -0.01 or right > wide + 0.01 or bottom > high + 0.01:
            found.append(f"outside: {shape}")
    texts = [shape for shape in shapes if isinstance(shape, Text)]
    found += [f"small: {text}" for text in texts if text.size < 9]
    found += [f"on each other: {a.text}, {b.text}" for a, b in combinations(texts, 2) if _meet(a.box, b.box)]
    for shape in shapes:
        if isinstance(shape, Line | Polygon):
            points = (*shape.points, shape.points[0]) if isinstance(shape, Polygon) else shape.points
            for text in texts:
                if any(_cuts(a, b, text.box) for a, b in pairwise(points)):
                    found.append(f"{shape.name} through {text.text}")
    return found


def _meet(a: Box, b: Box) -> bool:
    return a[0] + 0.01 < b[2] and b[0] + 0.01 < a[2] and a[1] + 0.01 < b[3] and b[1] + 0.01 < a[3]


def _cuts(a: Point, b: Point, box: Box) -> bool:
    """Whether a line runs through the inside of a box (Liang and Barsky 1984)."""
    first, last = 0.0, 1.0
    for axis in (0, 1):
        low, high, run = box[axis] + 0.5, box[axis + 2] - 0.5, b[axis] - a[axis]
        if run == 0:
            if not low < a[axis] < high:
                return False
            continue
        near, far = sorted(((low - a[axis]) / run, (high - a[axis]) / run))
        first, last = max(first, near), min(last, far)
    return first < last
