"""The style `neurons`: edges against torch's weights and Jacobians, labels against the table, texts to be read."""

import re
from functools import cache
from math import prod

import numpy as np
import pytest
import torch
from hypothesis import given, settings

import locality as loc
from locality import zoo
from locality.network.layers import Activation, Conv, Dense, Flatten, Norm, Pool
from locality.network.network import Network
from locality.views.figure.diagram.neurons import draw_neurons
from locality.views.figure.diagram.plan import Plan
from locality.views.figure.diagram.stages import stages
from locality.views.figure.figure import Figure
from locality.views.figure.shapes import Circle, Image, Line, Polygon, Rectangle, Text
from locality.views.figure.theme import LIGHT, mixed
from strategies import networks
from views.figure.drawn import check_golden, on_each_other, outside
from zoo.test_language import resnet20, unet


@cache
def network(name: str) -> Network:
    ours = {
        "unet": ((1, 512, 512), [*unet(), Conv(2, 1)]),
        "resnet20": ((3, 32, 32), resnet20()),
        "one-axis": ((2, 64), [Conv(4, 5), Activation("relu"), Pool("max", 2), Flatten(), Dense(3)]),
        "three-axes": ((1, 8, 8, 8), [Conv(4, 3), Norm("batch"), Activation("relu"), Flatten(), Dense(3)]),
        "one-layer": ((3, 8, 8), [Conv(4, 3)]),
        "sixty-layers": ((3, 8, 8), [Conv(4, 3, padding="same"), Activation("relu")] * 30),
    }
    return Network(name, *ours[name]) if name in ours else zoo.get(name)  # type: ignore[arg-type]


NAMES = (*zoo.names(), "unet", "resnet20", "one-axis", "three-axes", "one-layer", "sixty-layers")


def drawn(net: Network, width: float = 960, direction: str = "right", *, record: bool = False, **how: object) -> Figure:
    plan = Plan(net, tuple(stages(net, chain=True, **how)), width, direction)  # type: ignore[arg-type]
    if record:
        known = model_of(net).record(np.random.default_rng(0).normal(size=net.input).astype(np.float32))
        values = {name: value[0] for name, value in known.values.items()}
        plan = Plan(net, plan.stages, width, direction, LIGHT, values, known.parameters)
    shapes, wide, high = draw_neurons(plan)
    return Figure(wide, high, tuple(shapes), net.name, "")


def model_of(net: Network) -> loc.Model:
    torch.manual_seed(0)
    return loc.build(net)


def edges(figure: Figure) -> dict[tuple[str, int, int], Line]:
    found = {}
    for shape in figure.shapes:
        if shape.name.startswith("edge "):
            assert isinstance(shape, Line)
            _, stage, start, end = shape.name.split(" ")
            assert (stage, int(start), int(end)) not in found
            found[stage, int(start), int(end)] = shape
    return found


def said(figure: Figure, prefix: str) -> dict[str, str]:
    """The texts whose name begins so; lines of one text put together."""
    found: dict[str, str] = {}
    for shape in figure.shapes:
        if isinstance(shape, Text) and shape.name.startswith(f"{prefix} "):
            stage = shape.name.removeprefix(f"{prefix} ")
            found[stage] = f"{found[stage]} {shape.text}" if stage in found else shape.text
    return found


def tables(net: Network) -> dict[str, tuple[int, ...]]:
    return {"input": net.input} | {row.name: row.output for row in loc.trace(net).rows}


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize(
    "text", ["3 | dense 4 | tanh | dense 4 | tanh | dense 2", "1x28x28 | flatten | dense 30 | relu | dense 3"]
)
def test_an_edge_of_a_dense_layer_has_the_colour_of_torch_s_weight(text: str, direction: str) -> None:
    net = Network.from_text(text)
    model, figure = model_of(net), drawn(net, direction=direction, record=True)
    weights = {name.removesuffix(".weight"): value for name, value in model.state_dict().items() if "weight" in name}
    found = edges(figure)
    drawn_ones = {key: weights[key[0]][key[2], key[1]].item() for key in found}
    most = max(map(abs, drawn_ones.values()))
    assert {name for name, _, _ in found} == set(weights)
    for key, line in found.items():
        assert line.stroke == LIGHT.shade(drawn_ones[key], most)
        assert line.line == pytest.approx(0.5 + 1.9 * abs(drawn_ones[key]) / most)
    marks = [shape.text for shape in figure.shapes if isinstance(shape, Text) and shape.name == "legend"]
    assert marks[1:4] == [f"−{most:.2g}", "0", f"{most:.2g}"]


@pytest.mark.parametrize(
    "text", ["4x6x6 | conv 6 3x3 groups 2", "4x6x6 | conv-transpose 6 3x3 groups 2", "3x6x6 | conv 5 1x1"]
)
def test_an_edge_of_a_convolution_is_as_dark_as_torch_s_kernel_is_long(text: str) -> None:
    """The kernel is found without its layout: what one channel of ones and impulses makes of the others."""
    net = Network.from_text(text)
    model, found = model_of(net), edges(drawn(net, record=True))
    kernels = {}
    for _, start, end in found:
        impulse = torch.zeros(2, *net.input)
        impulse[0, start, 3, 3] = 1
        with torch.no_grad():
            out = model(impulse)
        kernels[start, end] = float((out[0, end] - out[1, end]).norm())
    most = max(kernels.values())
    for (_, start, end), line in found.items():
        ideal = mixed(LIGHT.background, LIGHT.ink, kernels[start, end] / most)
        assert all(abs(int(line.stroke[i : i + 2], 16) - int(ideal[i : i + 2], 16)) <= 1 for i in (1, 3, 5)), (
            start,
            end,
        )


JACOBIANS = (
    "4x4x4 | conv 6 3x3 pad 1 groups 2",
    "4x4x4 | conv 8 3x3 groups 4",
    "3x4x4 | conv 5 3x3",
    "4x4x4 | conv-transpose 8 2x2 groups 2",
    "5x4x4 | average 2x2",
    "4x4x4 | softmax",
    "4x4x4 | group-norm 2",
    "7x2x2 | local-response-norm 4",
    "5x4x4 | upsample 2x2",
    "2x2x2 | flatten",
    "5 | dense 7",
    "2x2x2 | flatten | dense 3",
)


@pytest.mark.parametrize("text", JACOBIANS)
def test_edges_are_where_torch_s_jacobian_is_not_zero(text: str) -> None:
    net = Network.from_text(text)
    torch.manual_seed(1)
    x = torch.rand(1, *net.input) + 0.1
    jacobian = torch.autograd.functional.jacobian(model_of(net).eval(), x)[0]
    cells = len(net.nodes) > 1  # then the input is drawn as its cells, and not as maps
    depends = (
        np.abs(jacobian.numpy())
        .reshape(net.output[0], -1, prod(net.input) if cells else net.input[0], 1 if cells else prod(net.input[1:]))
        .sum((1, 3))
    )
    expected = {(int(i), int(j)) for j, i in np.argwhere(depends > 1e-9)}
    assert {(start, end) for _, start, end in edges(drawn(net))} == expected


def test_a_concat_reads_the_column_before_it_in_its_place_and_the_others_by_an_arc() -> None:
    branches = loc.Branches([[Conv(3, 1)], [Conv(2, 3, padding=1)]])
    net = Network("joined", (3, 4, 4), [Conv(2, 1), branches, Conv(1, 1)])
    figure = drawn(net)
    assert {(i, j) for name, i, j in edges(figure) if name == "concat1"} == {(0, 3), (1, 4)}
    skips = {shape.name for shape in figure.shapes if shape.name.startswith("skip ")}
    assert skips == {"skip conv3 conv1", "skip concat1 conv2"}


@pytest.mark.parametrize("name", NAMES)
def test_every_size_is_the_table_s_and_a_product_is_right(name: str) -> None:
    net = network(name)
    sizes, table = said(drawn(net), "size"), tables(net)
    found = {stage.name: stage for stage in stages(net, chain=True)}
    assert set(found) <= set(sizes)
    for stage, text in sizes.items():
        *product, shape = text.split(" = ")
        numbers = tuple(map(int, shape.split(" × ")))
        assert not product or int(product[0]) == np.prod(numbers)
        if stage in found:
            assert numbers == table[found[stage].nodes[-1] if found[stage].nodes else "input"]
        else:  # a flatten, with the shape that it reads
            assert (int(product[0]),) == table[stage]
            assert numbers == table[net.node(stage).inputs[0]]


def test_of_many_units_the_first_and_last_are_shown_with_three_dots_between() -> None:
    figure = drawn(zoo.get("ffnn"))
    units = [shape for shape in figure.shapes if isinstance(shape, Circle) and shape.name.startswith("unit input ")]
    assert [int(shape.name.split()[-1]) for shape in units] == [0, 1, 2, 3, 4, 779, 780, 781, 782, 783]
    dots = [s for s in figure.shapes if isinstance(s, Circle) and not s.name and s.x == units[0].x]
    assert len(dots) == 3
    assert all(units[4].y < dot.y < units[5].y for dot in dots)
    assert sum(s.name.startswith("unit dense3 ") for s in figure.shapes) == 10


@pytest.mark.parametrize("direction", ["right", "down"])
def test_edges_end_in_the_middle_of_the_units_that_they_join(direction: str) -> None:
    figure = drawn(zoo.get("lenet5"), direction=direction)
    places = {}
    for shape in figure.shapes:
        if shape.name.startswith("unit "):
            _, stage, unit = shape.name.split()
            left, top, right, bottom = shape.box
            places[stage, int(unit)] = (left + right) / 2, (top + bottom) / 2
    order = list(dict.fromkeys(stage for stage, _ in places))
    for (stage, start, end), line in edges(figure).items():
        before = order[order.index(stage) - 1]
        assert line.points == (pytest.approx(places[before, start]), pytest.approx(places[stage, end]))


def test_a_unit_has_the_colour_of_its_activation_and_a_map_shows_its_cells() -> None:
    net = Network.from_text("2x4x4 | conv 3 3x3 | tanh | flatten | dense 4")
    figure = drawn(net, record=True)
    x = np.random.default_rng(0).normal(size=net.input).astype(np.float32)
    values = {name: value[0] for name, value in model_of(net).record(x).values.items()}
    for stage, node in {"flatten1": "flatten1", "dense1": "dense1"}.items():
        most = float(np.abs(values[node]).max())
        for shape in figure.shapes:
            if shape.name.startswith(f"unit {stage} "):
                assert isinstance(shape, Circle)
                assert shape.fill == LIGHT.shade(float(values[node][int(shape.name.split()[-1])]), most)
        assert said(figure, "range")[stage] == f"a = {most:.2g}"
    maps = {shape.name: shape for shape in figure.shapes if isinstance(shape, Image)}
    most = float(np.abs(values["tanh1"]).max())
    for channel in range(3):
        pixels = maps[f"unit conv1 {channel}"].pixels
        for at in np.ndindex(2, 2):
            shade = LIGHT.shade(float(values["tanh1"][channel][at]), most)
            assert np.abs(pixels[at] - np.array([int(shade[i : i + 2], 16) for i in (1, 3, 5)])).max() <= 4


def test_blocks_are_bands_and_blocks_of_one_layer_are_edges() -> None:
    figure = drawn(zoo.get("googlenet"))
    bands = {shape.name for shape in figure.shapes if isinstance(shape, Polygon) and shape.name.startswith("band ")}
    assert bands == {f"band inception{name}" for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")}
    joined = {name for name, _, _ in edges(figure)}
    assert {"conv1", "conv2", "conv3", "fc", "maxpool1", "avgpool"} <= joined


def test_where_a_layer_between_is_hidden_no_edge_pretends_to_be_its() -> None:
    net = Network.from_text("6 | dense 6 | relu | dense 6 | relu | dense 6")
    figure = drawn(net, hide=["dense2"])
    assert {name for name, _, _ in edges(figure)} == {"dense1"}
    assert [shape.name for shape in figure.shapes if shape.name.startswith("band ")] == ["band dense3"]
    assert {name for name, _, _ in edges(drawn(net, hide=["relu"]))} == {"dense1", "dense2", "dense3"}


def test_weights_that_are_no_numbers_are_drawn_and_do_not_spoil_the_scale() -> None:
    net = Network.from_text("2 | dense 2")
    weights = {"dense1.weight": np.array([[np.nan, np.inf], [0.5, -0.25]])}
    shapes, _, _ = draw_neurons(Plan(net, tuple(stages(net, chain=True)), parameters=weights))
    strokes = {shape.name: shape.stroke for shape in shapes if isinstance(shape, Line)}
    assert strokes["edge dense1 0 0"] == strokes["edge dense1 1 0"] == LIGHT.ink
    assert strokes["edge dense1 1 1"] == LIGHT.shade(-0.25, 0.5)


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("width", [208.0, 308.0, 340.0, 960.0])
@pytest.mark.parametrize("name", NAMES)
def test_everything_stands_in_the_drawing_and_can_be_read(name: str, width: float, direction: str) -> None:
    check(drawn(network(name), width, direction), width)


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("width", [208.0, 340.0, 960.0])
@pytest.mark.parametrize("name", ["ffnn", "lenet5", "one-axis", "three-axes", "one-layer"])
def test_with_weights_and_values_too(name: str, width: float, direction: str) -> None:
    check(drawn(network(name), width, direction, record=True), width)


@given(networks())
@settings(max_examples=40, deadline=None)
def test_any_network_can_be_drawn(net: Network) -> None:
    check(drawn(net, 340), 340)


def check(figure: Figure, width: float) -> None:
    assert figure.width <= width + 0.01
    assert outside(figure) == []
    assert on_each_other(figure) == []
    texts = [shape for shape in figure.shapes if isinstance(shape, Text)]
    assert min(text.size for text in texts) >= 9
    boxes = np.array([text.box for text in texts])
    for shape in figure.shapes:
        if isinstance(shape, Rectangle | Circle | Image | Polygon):
            left, top, right, bottom = shape.box
            met = (boxes[:, 0] < right) & (left < boxes[:, 2]) & (boxes[:, 1] < bottom) & (top < boxes[:, 3])
            assert not met.any(), (shape.name, texts[int(met.argmax())].text)
        elif isinstance(shape, Line):
            points = np.array(shape.points)
            along = np.linspace(0, 1, 60)[:, None, None]
            fine = (points[:-1] + along * (points[1:] - points[:-1])).reshape(-1, 1, 2)
            met = ((boxes[:, :2] < fine) & (fine < boxes[:, 2:])).all(2).any(0)
            assert not met.any(), (shape.name, texts[int(met.argmax())].text)
    units = np.array([shape.box for shape in figure.shapes if shape.name.startswith("unit ")])
    for shape in figure.shapes:
        if isinstance(shape, Line | Polygon) and shape.name.startswith("skip "):
            points = np.array(shape.points)[:, None]
            assert not ((units[:, :2] < points) & (points < units[:, 2:])).all(2).any(), shape.name
        if isinstance(shape, Text) and shape.name.startswith("size "):
            assert re.fullmatch(r"[\d ×=]+", shape.text), "sizes are never cut short"


@pytest.mark.parametrize("name", ["lenet5", "one-axis"])
def test_the_drawing_is_the_golden_one(request: pytest.FixtureRequest, name: str) -> None:
    check_golden(request, drawn(network(name), 620), f"neurons/{name}")
