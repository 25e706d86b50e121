"""The style `graph`, measured on its shapes: every edge once, from the right box to the right box, through nothing."""

import re
import time
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from locality import zoo
from locality.errors import ShapeError
from locality.network.layers import Activation, Conv, Dense, Flatten, Norm, Pool, Sum
from locality.network.network import Branches, Network, Node
from locality.views.figure.diagram.graph import draw_graph
from locality.views.figure.diagram.plan import Drawing, Plan
from locality.views.figure.diagram.stages import Stage, stages
from locality.views.figure.figure import Figure
from locality.views.figure.formats.svg import svg
from locality.views.figure.shapes import Circle, Line, Polygon, Rectangle, Text
from locality.views.figure.theme import DARK
from strategies import graphs, networks
from zoo.test_language import resnet20, unet

GOLDEN = Path(__file__).parents[2] / "golden" / "figures" / "graph"
Boxes = np.ndarray  # (n, 4): left, top, right, bottom


@cache
def network(name: str) -> Network:
    gate = [Pool("global-average"), Conv(4, 1), Activation("relu"), Conv(16, 1), Activation("sigmoid")]
    ours = {
        "unet": ((1, 512, 512), [*unet(), Conv(2, 1)]),
        "resnet20": ((3, 32, 32), resnet20()),
        "one axis": ((2, 64), [Conv(4, 5), Activation("relu"), Pool("max", 2), Flatten(), Dense(3)]),
        "three axes": ((1, 8, 8, 8), [Conv(4, 3), Norm("batch"), Activation("relu"), Flatten(), Dense(3)]),
        "one layer": ((3, 8, 8), [Conv(4, 3)]),
        "sixty layers": ((3, 8, 8), [Conv(4, 3, padding="same"), Activation("relu")] * 30),
        "squeeze": ((8, 16, 16), [Conv(16, 3), Branches([gate, []], "product"), Flatten(), Dense(10)]),
    }
    if name not in ours:
        return zoo.get(name)
    return Network(name.replace(" ", "-"), ours[name][0], ours[name][1])


NAMES = (*zoo.names(), "unet", "resnet20", "one axis", "three axes", "one layer", "sixty layers", "squeeze")
LARGE = ("resnet101", "resnet152")  # opened, they have too many boxes to be looked at


def drawn(net: Network, width: float = 960, direction: str = "right", **how: object) -> tuple[list[Stage], Drawing]:
    found = stages(net, **how)  # type: ignore[arg-type]
    return found, draw_graph(Plan(net, tuple(found), width, direction))


def boxes_of(drawing: Drawing) -> dict[str, tuple[float, ...]]:
    """The box of each stage, with the cards behind it."""
    found: dict[str, tuple[float, ...]] = {}
    for shape in drawing[0]:
        if isinstance(shape, Rectangle | Circle):
            name = re.sub("^(box|card) ", "", shape.name)
            old = found.get(name, shape.box)
            found[name] = tuple(f(a, b) for f, a, b in zip((min, min, max, max), old, shape.box, strict=True))
    return found


def through(points: tuple[tuple[float, float], ...], boxes: Boxes, margin: float = 0.05) -> np.ndarray:
    """Which boxes' insides a polyline meets: each piece is clipped by each box (Liang and Barsky)."""
    ways = np.array(points)
    begin, along = ways[:-1, None, :], np.diff(ways, axis=0)[:, None, :]
    low, high = boxes[None, :, :2] + margin, boxes[None, :, 2:] - margin
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - begin) / along, (high - begin) / along
    still, inside = along == 0, (low < begin) & (begin < high)
    enter = np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(one, other)).max(-1)
    leave = np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(one, other)).min(-1)
    return (np.maximum(enter, 0) < np.minimum(leave, 1)).any(0)


def touches(point: tuple[float, float], box: tuple[float, ...]) -> bool:
    (x, y), (left, top, right, bottom) = point, box
    within = left - 1.5 <= x <= right + 1.5 and top - 1.5 <= y <= bottom + 1.5
    return within and min(abs(x - left), abs(x - right), abs(y - top), abs(y - bottom)) < 1.5


def check(found: list[Stage], drawing: Drawing, width: float) -> None:
    shapes, wide, high = drawing
    boxes = boxes_of(drawing)
    names, where = list(boxes), np.array(list(boxes.values()))
    assert sorted(names) == sorted(stage.name for stage in found)
    texts = [(i, shape) for i, shape in enumerate(shapes) if isinstance(shape, Text)]
    letters = np.array([shape.box for _, shape in texts])
    # edges
    edges = [(line, head) for line, head in pairwise(shapes) if isinstance(line, Line)]
    said = Counter(f"edge {source} → {stage.name}" for stage in found for source in stage.reads)
    assert Counter(line.name for line, _ in edges) == said
    for line, head in edges:
        source, target = line.name.removeprefix("edge ").split(" → ")
        assert isinstance(head, Polygon)
        assert head.name == line.name
        assert touches(line.points[0], boxes[source]), line.name
        assert touches(head.points[0], boxes[target]), line.name
        way = (*line.points, head.points[0])
        assert not through(way, where, 1.0).any(), line.name  # its own two are left and met at their edges
        assert not through(way, letters).any(), line.name
    # boxes and texts
    apart = [
        np.maximum(a[:, None, :2], a[None, :, :2]) >= np.minimum(a[:, None, 2:], a[None, :, 2:])
        for a in (where, letters)
    ]
    for one in apart:
        assert (one.any(-1) | np.eye(len(one), dtype=bool)).all()
    for i, text in texts:
        assert text.size >= 9
        assert not any(overlap(text.box, later.box) for later in shapes[i + 1 :] if not isinstance(later, Text))
        inside = [box for box in boxes.values() if box[0] <= text.box[0] and text.box[2] <= box[2]]
        assert any(box[1] < text.y < box[3] for box in inside), text.text
    # the whole
    around = np.array([shape.box for shape in shapes])
    assert (around[:, :2] >= -0.01).all()
    assert (around[:, 2] <= wide + 0.01).all()
    assert (around[:, 3] <= high + 0.01).all()
    assert wide <= width


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize("width", [340, 960])
@pytest.mark.parametrize("name", NAMES)
def test_every_network_is_drawn_whole_and_nothing_runs_through_anything(name: str, width: int, direction: str) -> None:
    net = network(name)
    check(*drawn(net, width, direction), width)
    if len(net.nodes) > 24 and name not in LARGE:
        check(*drawn(net, width, direction, open=True), width)


@pytest.mark.parametrize("direction", ["right", "down"])
@given(net=graphs() | networks())
@settings(max_examples=60, deadline=None)
def test_any_graph_is_drawn_with_every_edge_once_and_through_nothing(direction: str, net: Network) -> None:
    check(*drawn(net, 640, direction), 640)


def dense_graph(number: int) -> Network:
    """Up to 24 nodes that read any of those before: crossings, long skips, many readers, one source read twice."""
    random = np.random.default_rng(number)
    nodes, names = [], ["input"]
    for i in range(random.integers(1, 24)):
        sources = [
            str(name) for name in random.choice(names[-int(random.choice([2, 5, 30])) :], random.choice([1, 2, 3, 4]))
        ]
        nodes.append(Node(f"n{i}", Conv(4, 3, padding="same") if len(sources) == 1 else Sum(), sources))
        names.append(f"n{i}")
    read = {source for node in nodes for source in node.inputs}
    ends = [node.name for node in nodes if node.name not in read]
    return Network("dense", (4, 6, 6), nodes=[*nodes, Node("end", Sum(), ends)] if len(ends) > 1 else nodes)


@pytest.mark.parametrize(("direction", "width"), [("right", 340), ("right", 960), ("down", 960)])
@pytest.mark.parametrize("number", range(12))
def test_tangled_graphs_keep_every_rule_and_edges_of_two_stages_never_run_along_each_other(
    number: int, direction: str, width: int
) -> None:
    net = dense_graph(number)
    found, drawing = drawn(net, width, direction, open=True)
    check(found, drawing, width)
    pieces = []
    for line in drawing[0]:
        if isinstance(line, Line):
            for (x0, y0), (x1, y1) in pairwise(line.points):
                source = line.name.split()[1]
                if x0 == x1 or y0 == y1:
                    low, high = sorted([y0, y1] if x0 == x1 else [x0, x1])
                    pieces.append((x0 == x1, x0 if x0 == x1 else y0, low, high, source))
    for i, (upright, at, low, high, source) in enumerate(pieces):
        for also, there, begin, end, other in pieces[i + 1 :]:
            if also == upright and other != source and abs(at - there) < 2:
                assert min(high, end) - max(low, begin) < 3, (source, other)


@pytest.mark.parametrize(("direction", "axis"), [("right", 1), ("down", 0)])
def test_a_chain_runs_straight_past_the_skips_beside_it(direction: str, axis: int) -> None:
    _, drawing = drawn(network("squeeze"), 1500, direction, labels={})
    boxes = boxes_of(drawing)
    middles = {round((box[axis] + box[axis + 2]) / 2, 6) for box in boxes.values()}
    assert len(middles) == 1


def test_an_opened_inception_block_stands_in_four_columns_of_a_narrow_figure() -> None:
    net = network("googlenet")
    _, drawing = drawn(net, 340, "down", open=["inception3a"])
    boxes = boxes_of(drawing)
    firsts = [boxes[node.name] for node in net.nodes if node.inputs == ("maxpool2",)]
    assert len(firsts) == 4
    assert len({box[1] for box in firsts}) == 1
    assert {shape.size for shape in drawing[0] if isinstance(shape, Text)} <= {9, 10, 11, 12, 15}


def test_folded_blocks_look_like_stacked_cards_and_say_how_many_layers_they_hold() -> None:
    found, (shapes, _, _) = drawn(network("resnet18"))
    blocks = {stage.name: f"{len(stage.nodes)} layers" for stage in found if stage.kind == "block"}
    assert blocks["layer2.0"] == "9 layers"
    cards = Counter(shape.name for shape in shapes if shape.name.startswith("card "))
    assert cards == {f"card {name}": 2 for name in blocks}
    said = Counter(shape.text for shape in shapes if isinstance(shape, Text))
    assert {text: count for text, count in said.items() if text.endswith(" layers")} == Counter(blocks.values())


@pytest.mark.parametrize("direction", ["right", "down"])
def test_a_stage_says_its_label_what_it_does_and_its_size(direction: str) -> None:
    _, (shapes, _, _) = drawn(network("lenet5"), 960, direction)
    texts = {shape.text for shape in shapes if isinstance(shape, Text)}
    assert {"conv2", "conv 5x5", "16 × 10 × 10", "average 2x2", "tanh3", "120"} <= texts


def test_the_end_of_a_dotted_name_is_kept_where_all_of_it_has_no_room() -> None:
    _, (shapes, _, _) = drawn(network("googlenet"), 960, "right", open=["inception3a"])
    texts = {shape.text for shape in shapes if isinstance(shape, Text)}
    assert {"…branch2.1.conv", "…branch4.0"} <= texts


def test_a_network_too_long_for_one_row_goes_on_in_the_next_and_for_one_column_beside_it() -> None:
    for direction, axis in (("right", 1), ("down", 0)):
        _, drawing = drawn(network("sixty layers"), 960, direction, open=True)
        _, width, height = drawing
        assert 0.5 < width / height < 2
        assert 2 <= len({round((box[axis] + box[axis + 2]) / 2, 3) for box in boxes_of(drawing).values()}) <= 8


def test_more_than_fits_side_by_side_is_refused_in_a_sentence() -> None:
    net = Network("wide", (4, 6, 6), [Branches([[Conv(4, 1)] for _ in range(40)])])
    with pytest.raises(ShapeError, match=r"wide: up to 40 stages .* width of 340\. Give more width"):
        drawn(net, 340, "down", open=True)
    with pytest.raises(ShapeError, match=r"lenet5: up to 1 stages .* width of 60\. Give more width"):
        drawn(network("lenet5"), 60)


def test_a_large_network_is_drawn_fast_and_small() -> None:
    net = network("resnet152")
    took = []
    for _ in range(3):
        begin = time.perf_counter()
        _, (shapes, width, height) = drawn(net)
        text = svg(Figure(width, height, tuple(shapes), net.name, ""))
        took.append(time.perf_counter() - begin)
    assert min(took) < 0.3
    assert len(text) < 300_000


def test_the_colours_are_the_theme_s() -> None:
    net = network("lenet5")
    for theme in (Plan(net, ()).theme, DARK):
        shapes, _, _ = draw_graph(Plan(net, tuple(stages(net)), theme=theme))
        boxes = {shape.name: shape for shape in shapes if isinstance(shape, Rectangle)}
        assert boxes["box input"].fill == theme.input_soft
        assert boxes["box input"].stroke == theme.input
        assert boxes["box dense3"].stroke == theme.output
        assert [name for name, box in boxes.items() if box.stroke == theme.output] == ["box dense3"]


@pytest.mark.parametrize(("name", "how"), [("lenet5", {}), ("googlenet", {"open": ["inception3a"]})])
def test_the_picture_is_the_one_that_was_looked_at(
    name: str, how: dict[str, object], request: pytest.FixtureRequest
) -> None:
    _, (shapes, width, height) = drawn(network(name), 340, "down", **how)
    text = svg(Figure(width, height, tuple(shapes), name, f"The stages of {name}."))
    text = re.sub(r"@font-face\{[^}]*\}", "", text)
    golden = GOLDEN / f"{name}.svg"
    if request.config.getoption("--overwrite"):
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_text(encoding="utf-8")
