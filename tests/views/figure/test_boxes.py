"""The style `boxes`: what stands where, and every number and edge against the trace."""

import re
from math import log1p

import pytest

import locality as loc
from locality.network.network import Network
from locality.views.figure.diagram.boxes import draw_boxes
from locality.views.figure.diagram.plan import Plan
from locality.views.figure.diagram.stages import stages
from locality.views.figure.figure import Figure
from locality.views.figure.shapes import Polygon, Rectangle, Shape, Text
from views.figure.chains import NAMES, faults, network, plan
from views.figure.drawn import check_golden

OBLONG = Network.from_text("2x40x20 | conv 10 5x5 | conv 20 5x5 | max 2x2 | flatten | dense 100 | dense 40")


def sides(shapes: list[Shape], name: str) -> tuple[float, float, float]:
    """How long a box's edges are drawn: channels, height, width."""
    (face,) = [shape for shape in shapes if isinstance(shape, Polygon) and shape.name == f"face {name}"]
    (side,) = [shape for shape in shapes if isinstance(shape, Rectangle) and shape.name == f"side {name}"]
    (x, y), (far_x, far_y) = face.points[:2]
    return side.width, side.height, ((x - far_x) ** 2 + (y - far_y) ** 2) ** 0.5


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("width", [308.0, 928.0])
@pytest.mark.parametrize("name", NAMES)
def test_everything_fits_and_nothing_runs_through_a_text(name: str, width: float, direction: str) -> None:
    assert faults(draw_boxes(plan(name, width, direction)), width) == []
    assert faults(draw_boxes(plan(name, width, direction, logarithmic=True)), width) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_number_said_is_that_of_the_trace(name: str) -> None:
    table, drawn = loc.trace(network(name.removesuffix(" open"))), plan(name)
    shapes = {stage.name: table[stage.nodes[-1]].output if stage.nodes else drawn.net.input for stage in drawn.stages}
    said: dict[str, str] = {}
    for text in draw_boxes(drawn)[0]:
        if isinstance(text, Text) and text.name.startswith("size "):
            said[text.name[5:]] = said.get(text.name[5:], "") + " " + text.text
        elif isinstance(text, Text) and text.name.startswith("edge "):
            stage, axis = text.name[5:].rsplit(" ", 1)
            channels, height, width = (shapes[stage][0], *(1, *shapes[stage][1:])[-2:])
            assert int(text.text) == {"c": channels, "h": height, "w": width}[axis]
    assert {stage: tuple(map(int, re.findall(r"\d+", text))) for stage, text in said.items()} == shapes


@pytest.mark.parametrize("logarithmic", [False, True])
def test_edges_are_proportional_to_the_true_sizes(logarithmic: bool) -> None:
    shapes, _, _ = draw_boxes(Plan(OBLONG, tuple(stages(OBLONG)), logarithmic=logarithmic))
    scales: list[list[float]] = [[], [], []]
    for name, shape in [("input", OBLONG.input), *OBLONG.shapes.items()]:
        if len(shape) == 3:
            for scale, size, drawn in zip(scales, shape, sides(shapes, name), strict=True):
                if drawn > 3.01:
                    scale.append(drawn / (log1p(size) if logarithmic else size))
    assert all(len(scale) > 2 and scale == [pytest.approx(scale[0])] * len(scale) for scale in scales)


def test_the_window_is_its_span_on_the_face() -> None:
    shapes, _, _ = draw_boxes(Plan(OBLONG, tuple(stages(OBLONG))))
    (face,) = [shape for shape in shapes if isinstance(shape, Polygon) and shape.name == "face input"]
    (window,) = [shape for shape in shapes if isinstance(shape, Polygon) and shape.name == "window conv1"]
    high = (window.points[0][1] - window.points[3][1]) / (face.points[0][1] - face.points[3][1])
    wide = (window.points[0][0] - window.points[1][0]) / (face.points[0][0] - face.points[1][0])
    assert (high, wide) == pytest.approx((5 / 40, 5 / 20))


def test_the_note_says_when_a_side_is_not_to_scale() -> None:
    def note(net: Network) -> str:
        shapes, _, _ = draw_boxes(Plan(net, tuple(stages(net, chain=True))))
        return " ".join(shape.text for shape in shapes if isinstance(shape, Text) and shape.name == "note")

    least = "Those below 3 pixels are drawn as 3."
    assert least in note(loc.zoo.get("resnet152"))
    assert least not in note(Network.from_text("8x32x32 | conv 8 3x3 same | conv 8 3x3 same"))


@pytest.mark.parametrize(("name", "width"), [("lenet5", 620.0), ("alexnet", 620.0)])
def test_the_svg_is_the_golden_one(name: str, width: float, request: pytest.FixtureRequest) -> None:
    shapes, wide, high = draw_boxes(plan(name, width))
    check_golden(request, Figure(wide, high, tuple(shapes), name, ""), f"boxes/{name}")
