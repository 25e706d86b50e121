"""The style `maps`: what stands where, and every size, window and activation against the trace and torch."""

import re

import numpy as np
import pytest
import torch

import locality as loc
from locality.network.layers import Conv, ConvTranspose, Pool
from locality.network.network import Network
from locality.views.figure.diagram.maps import draw_maps
from locality.views.figure.diagram.plan import Plan
from locality.views.figure.diagram.stages import stages
from locality.views.figure.figure import Figure
from locality.views.figure.shapes import Box, Image, Line, Rectangle, Shape, Text
from locality.views.figure.theme import LIGHT
from views.figure.chains import NAMES, faults, network, plan
from views.figure.drawn import check_golden

LOOKING = Network(
    "looking",
    (1, 30, 22),
    [Conv(2, (5, 3), dilation=(2, 1)), Pool("average", 2), Conv(3, 3, 2, padding=1, rounding="floor"),
     ConvTranspose(2, 3, stride=2)],
)  # fmt: skip
TORCH = [
    torch.nn.Conv2d(1, 2, (5, 3), dilation=(2, 1)),
    torch.nn.AvgPool2d(2),
    torch.nn.Conv2d(2, 3, 3, 2, padding=1),
    torch.nn.ConvTranspose2d(3, 2, 3, stride=2),
]


def named(shapes: list[Shape], name: str) -> list[Rectangle]:
    return [shape for shape in shapes if isinstance(shape, Rectangle) and shape.name == name]


def place(shapes: list[Shape], name: str) -> Box:
    (one,) = named(shapes, name)
    return one.x, one.y, one.x + one.width, one.y + one.height


def cells(inner: Box, outer: Box, space: tuple[int, ...]) -> list[tuple[float, float]]:
    """From where to where a rectangle reaches on a map, in cells: rows, then columns."""
    found = []
    for axis, size in zip((1, 0), space, strict=True):
        cell = (outer[axis + 2] - outer[axis]) / size
        found.append(((inner[axis] - outer[axis]) / cell, (inner[axis + 2] - outer[axis]) / cell))
    return found


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("width", [308.0, 928.0])
@pytest.mark.parametrize("name", NAMES)
def test_everything_fits_and_nothing_runs_through_a_text(name: str, width: float, direction: str) -> None:
    assert faults(draw_maps(plan(name, width, direction)), width) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_size_said_is_that_of_the_trace(name: str) -> None:
    table, drawn = loc.trace(network(name.removesuffix(" open"))), plan(name)
    said: dict[str, str] = {}
    for shape in draw_maps(drawn)[0]:
        if isinstance(shape, Text) and shape.name.startswith("size "):
            said[shape.name[5:]] = said.get(shape.name[5:], "") + " " + shape.text
    assert list(said) == [stage.name for stage in drawn.stages]
    for stage in drawn.stages:
        shape = table[stage.nodes[-1]].output if stage.nodes else drawn.net.input
        assert tuple(map(int, re.findall(r"\d+", said[stage.name]))) == shape


@pytest.mark.parametrize("direction", ["right", "down"])
def test_a_window_covers_the_cells_that_torch_reads(direction: str) -> None:
    shapes, _, _ = draw_maps(Plan(LOOKING, tuple(stages(LOOKING)), direction=direction))
    before, space = "input", LOOKING.input[1:]
    for node, module in zip(LOOKING.nodes, TORCH, strict=True):
        for parameter in module.parameters():
            parameter.data.fill_(1.0)
        size = LOOKING.shapes[node.name][1:]
        dot = cells(place(shapes, f"cell {node.name}"), place(shapes, f"map {node.name} 0"), size)
        row, column = (int((low + high) / 2) for low, high in dot)
        channels = LOOKING.inputs(node)[0][0]
        given = torch.ones(1, channels, *space, requires_grad=True)
        module(given)[0, 0, row, column].backward()
        assert given.grad is not None
        read = given.grad[0, 0].nonzero()
        expected = [(read[:, axis].min().item(), read[:, axis].max().item() + 1) for axis in (0, 1)]
        seen = cells(place(shapes, f"window {node.name}"), place(shapes, f"map {before} 0"), space)
        assert seen == [pytest.approx(span) for span in expected], node.name
        before, space = node.name, size


def test_a_window_is_as_large_as_its_span_and_its_lines_end_on_its_cell() -> None:
    shapes, _, _ = draw_maps(plan("lenet5"))
    window, face = place(shapes, "window conv2"), place(shapes, "map pool1 0")
    assert (window[2] - window[0]) / (face[2] - face[0]) == pytest.approx(5 / 14)
    cell = place(shapes, "cell conv2")
    lines = [shape for shape in shapes if isinstance(shape, Line) and shape.name == "look conv2"]
    assert [line.points[0] for line in lines] == [(window[2], window[1]), (window[2], window[3])]
    assert all(line.points[1] == pytest.approx(((cell[0] + cell[2]) / 2, (cell[1] + cell[3]) / 2)) for line in lines)


def test_sides_grow_with_the_true_ones_and_keep_their_ratio() -> None:
    shapes, _, _ = draw_maps(Plan(LOOKING, tuple(stages(LOOKING))))
    sides = {}
    for name, (_, *space) in [("input", LOOKING.input), *LOOKING.shapes.items()]:
        left, top, right, bottom = place(shapes, f"map {name} 0")
        assert (bottom - top) / (right - left) == pytest.approx(space[0] / space[1])
        sides[max(space)] = bottom - top
    assert [sides[size] for size in sorted(sides)] == sorted(sides.values())


def test_at_most_eight_maps_of_a_stack_are_drawn() -> None:
    shapes, _, _ = draw_maps(plan("lenet5"))
    drawn = [sum(shape.name.startswith(f"map {name} ") for shape in shapes) for name in ("input", "conv1", "conv2")]
    assert drawn == [1, 6, 8]


def test_merged_blocks_say_how_many_they_are() -> None:
    shapes, _, _ = draw_maps(plan("resnet152"))
    assert [shape.text for shape in shapes if isinstance(shape, Text) and shape.name == "done layer3"] == ["36 blocks"]


def test_a_long_skip_is_an_arc() -> None:
    names = {shape.name for shape in draw_maps(plan("unet open"))[0]}
    assert {f"skip concat{n} conv{10 - 2 * n}" for n in (1, 2, 3, 4)} <= names


def test_activations_and_the_picture_are_those_of_the_record() -> None:
    net = network("lenet5")
    picture = np.random.default_rng(0).integers(0, 256, net.input, np.uint8)
    record = loc.build(net).record(picture)
    values = {name: value[0] for name, value in record.values.items()}
    shapes, _, _ = draw_maps(Plan(net, tuple(stages(net, chain=True)), values=values, picture=picture))
    images = {shape.name: shape.pixels for shape in shapes if isinstance(shape, Image)}
    assert (images["picture input"] == picture[0][:, :, None]).all()
    assert not any(name.startswith("values input") for name in images)
    maps = values["tanh1"]  # conv1 and its tanh are one stage: what leaves it is shown
    most = np.abs(maps).max()
    for n in range(6):
        for row, column in ((0, 0), (13, 20), (27, 27)):
            colour = "#" + bytes(images[f"values conv1 {n}"][row, column]).hex()
            near = [LIGHT.shade(round(maps[n, row, column] / most * 127) / 127, 1)]
            assert colour in near


@pytest.mark.parametrize(("name", "width"), [("lenet5", 620.0), ("one axis", 308.0)])
def test_the_svg_is_the_golden_one(name: str, width: float, request: pytest.FixtureRequest) -> None:
    shapes, wide, high = draw_maps(plan(name, width))
    check_golden(request, Figure(wide, high, tuple(shapes), name, ""), f"maps/{name.replace(' ', '-')}")
