"""What is written down and read back is the same network: text, JSON, repr, equality and hash."""

import json
from dataclasses import replace

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import locality.network.layers as all_layers
from locality.errors import DescriptionError, ShapeError
from locality.network.layers import LAYERS, Activation, Concat, Conv, Dense, Flatten, Opaque, Pool, Sum
from locality.network.network import Branches, Network, Node, Residual
from locality.network.notation import from_text, to_text
from locality.network.plain import from_json, to_json
from strategies import graphs, networks

some = settings(deadline=None, max_examples=80)


@some
@given(networks())
def test_text_reads_back_as_the_same_network(net):
    again = from_text(to_text(net))
    assert again == net
    assert hash(again) == hash(net)
    assert again.shapes == net.shapes
    assert to_text(again) == to_text(net)


@some
@given(networks())
def test_json_reads_back_as_the_same_network(net):
    again = from_json(to_json(net))
    assert again == net
    assert hash(again) == hash(net)
    assert to_json(again) == to_json(net)


@some
@given(networks(), st.randoms(use_true_random=False))
def test_whitespace_in_a_line_means_nothing(net, random):
    line = to_text(net)
    spaced = "".join(
        random.choice([" ", "  ", "\n", "\t "]) if letter == " " else f" {letter}\n" if letter in "|;[]" else letter
        for letter in line
    )
    tight = line
    for letter in "|;[]":
        tight = tight.replace(f" {letter}", letter).replace(f"{letter} ", letter)
    assert from_text(spaced) == from_text(tight.replace("]as", "] as")) == net


@some
@given(networks())
def test_nodes_alone_make_the_same_network_as_layers(net):
    again = Network(net.name, net.input, nodes=net.nodes, dtype=net.dtype)
    assert again == net
    assert hash(again) == hash(net)


@some
@given(graphs())
def test_any_graph_round_trips_in_json_and_in_text_or_is_refused_there(net):
    assert from_json(to_json(net)) == net
    try:
        line = to_text(net)
    except DescriptionError as error:
        line, refusal = None, str(error)
    assert refusal.endswith("Use to_json instead.") if line is None else from_text(line) == net


@settings(deadline=None, max_examples=60)
@given(st.one_of(networks(), graphs()))
def test_the_repr_of_the_nodes_evaluates_to_the_same_nodes(net):
    names = {**vars(all_layers), "Node": Node}
    assert eval(repr(net.nodes), names) == net.nodes


def test_the_strategies_reach_every_layer():
    met = set()

    @settings(deadline=None, max_examples=300, phases=[Phase.generate], derandomize=True, database=None)
    @given(st.one_of(networks(), graphs()))
    def meet(net):
        met.update(type(node.layer) for node in net.nodes)

    meet()
    assert met == set(LAYERS)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("1x8x8 | conv 2 3", "1x8x8 | conv 2 3x3"),
        ("1x8x8 | conv 2 3 pad 1", "1x8x8 | conv 2 3x3 pad 1x1"),
        ("1x8x8 | conv 2 3 pad 1", "1x8x8 | conv 2 3x3 pad 1+1x1+1"),
        ("1x9x9 | conv 2 3 stride 2 dilation 2", "1x9x9 | conv 2 3x3 stride 2x2 dilation 2x2"),
        ("1x8x8 | max 2", "1x8x8 | max 2x2 stride 2"),
        ("1x8x8 | max 2", "1x8x8 | max 2x2 stride 2x2"),
        ("1x8x8 | upsample 2", "1x8x8 | upsample 2x2"),
        ("1x8x8 | adaptive-max 2", "1x8x8 | adaptive-max 2x2"),
        ("1x8 | conv 2 3", "1x8 | conv 2 3 pad 0 groups 1 dilation 1"),
        ("1x8x8 | conv-transpose 2 3 stride 2 output-pad 1", "1x8x8 | conv-transpose 2 3x3 stride 2x2 output-pad 1x1"),
        ("1x8x8 | leaky_relu", "1x8x8 | leaky_relu slope 0.01"),
        ("1x8x8 | dropout", "1x8x8 | dropout 0.5"),
        ("1x8x8 | relu", "1x8x8 float32 | relu"),
        ("1x8x8 | relu", "network: 1x8x8 | relu as relu1"),
        ("lenet5: 1x8x8 | relu", "  lenet5:1x8x8|relu"),
        ("lenet5: 1x8x8 | relu", "lenet5 : 1x8x8 |relu "),
        ("1x8x8 | sum[ relu ; skip ]", "1x8x8|sum[relu;skip]"),
        ("1x8x8 | conv 2 3 footprint diamond", "1x8x8 | conv 2 3 diamond"),
    ],
)
def test_two_ways_to_write_one_network_are_equal(short, long):
    assert from_text(short) == from_text(long)
    assert hash(from_text(short)) == hash(from_text(long))
    assert to_text(from_text(short)) == to_text(from_text(long))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1x8x8 | conv 2 3", "1x8x8 | conv 2 5"),
        ("1x8x8 | conv 2 3", "1x8x8 float64 | conv 2 3"),
        ("1x8x8 | conv 2 3", "1x8x8 | conv 2 3 as first"),
        ("a: 1x8x8 | relu", "b: 1x8x8 | relu"),
        ("1x8x8 | relu", "1x8x9 | relu"),
        ("1x8x8 | sum[ relu ; skip ]", "1x8x8 | sum[ skip ; relu ]"),
        ("1x8x8 | sum[ relu ; skip ]", "1x8x8 | product[ relu ; skip ]"),
    ],
)
def test_networks_that_differ_are_not_equal(one, other):
    assert from_text(one) != from_text(other)


@pytest.mark.parametrize(
    ("layers", "line"),
    [
        ([Conv(6, 5, padding=2), Activation("tanh"), Pool("average", 2)], "conv 6 5x5 pad 2 | tanh | average 2x2"),
        ([Conv(64, 7, stride=2, padding=3, rounding="floor")], "conv 64 7x7 stride 2 pad 3 floor"),
        ([Conv(2, (3, 5), padding=((1, 2), 0), bias=False)], "conv 2 3x5 pad 1+2x0 no-bias"),
        ([Conv(2, 3, padding="same", padding_mode="wrap", footprint="hexagon")], "conv 2 3x3 same wrap hexagon"),
        ([Conv(2, 3, footprint="010/111/010", name="a.0")], "conv 2 3x3 footprint 010/111/010 as a.0"),
        ([Flatten(), Dense(10, bias=False)], "flatten | dense 10 no-bias"),
        ([Residual([Activation("relu")])], "sum[ relu ; skip ]"),
        ([Branches([[Activation("relu")], []], "concat", name="mixed")], "concat[ relu ; skip ] as mixed"),
        (
            [Residual([Residual([Activation("relu")]), Activation("tanh")], [Activation("elu")])],
            "sum[ sum[ relu ; skip ] | tanh ; elu ]",
        ),
        ([Pool("global-average"), Pool("adaptive-max", output_size=(1, 2))], "global-average | adaptive-max 1x2"),
    ],
)
def test_the_line_of_a_network_is_the_expected_one(layers, line):
    assert Network("network", (1, 32, 32), layers).to_text() == f"1x32x32 | {line}"


def test_name_and_dtype_stand_in_front():
    net = Network("spins.v2", (1, 4, 4), [Conv(1, 3)], dtype="complex64")
    assert net.to_text() == "spins.v2: 1x4x4 complex64 | conv 1 3x3"


def test_automatic_names_count_by_kind_and_skip_explicit_ones():
    net = from_text("1x9x9 | conv 1 3 | conv 1 3 as stem.0 | conv 1 3 | max 3 | average 1 | relu | relu")
    assert [node.name for node in net.nodes] == ["conv1", "stem.0", "conv2", "pool1", "pool2", "relu1", "relu2"]


def test_json_holds_what_differs_from_the_defaults():
    net = Network("small", (1, 8, 8), [Conv(2, 3, padding=((1, 0), 2), name="a.b"), Pool("max", 2, rounding="floor")])
    assert json.loads(net.to_json()) == {
        "name": "small",
        "input": [1, 8, 8],
        "dtype": "float32",
        "nodes": [
            {"name": "a.b", "layer": "Conv", "out_channels": 2, "kernel_size": 3, "padding": [[1, 0], 2],
             "inputs": ["input"]},
            {"name": "pool1", "layer": "Pool", "kind": "max", "kernel_size": 2, "rounding": "floor",
             "inputs": ["a.b"]},
        ],
    }  # fmt: skip


RELU, TANH, ELU = (Activation(name) for name in ("relu", "tanh", "elu"))
CROSSING = [
    Node("a", RELU, "input"),
    Node("b", TANH, "input"),
    Node("c", Sum(), ["a", "b"]),
    Node("d", Sum(), ["b", "c"]),
    Node("e", Concat(), ["c", "d"]),
]
SHARED = [Node("a", Conv(1, 3, padding="same"), "input"), Node("b", Conv(1, 3, padding="same"), "a", weights="a")]
OPAQUE = [Node("mixer", Opaque("attention", (1, 8, 8)), "input")]
ORDERED = [Node("b", TANH, "input"), Node("a", RELU, "input"), Node("c", Sum(), ["a", "b"])]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (CROSSING, "net: its branches are not nested, which no line can say. Use to_json instead."),
        (SHARED, "b: shares the weights of 'a', which no line of text can say. Use to_json instead."),
        (OPAQUE, "mixer: is opaque, which no line of text can say. Use to_json instead."),
        (ORDERED, "net: its branches are not nested, which no line can say. Use to_json instead."),
    ],
)
def test_a_graph_beyond_text_is_refused_there_and_kept_by_json(nodes, message):
    net = Network("net", (1, 8, 8), nodes=nodes)
    with pytest.raises(DescriptionError) as caught:
        net.to_text()
    assert str(caught.value) == message
    assert Network.from_json(net.to_json()) == net


def test_a_dense_net_is_refused_at_once_however_often_its_ways_part():
    nodes, ends = [], ["input"]
    for i in range(40):
        source = Node(f"join{i}", Concat(), list(ends)) if i else None
        nodes += [source] if source else []
        nodes.append(Node(f"conv{i}", Conv(1, 1), source.name if source else "input"))
        ends.append(f"conv{i}")
    net = Network("net", (1, 8, 8), nodes=nodes)
    with pytest.raises(DescriptionError) as caught:
        net.to_text()
    assert str(caught.value) == "net: its branches are not nested, which no line can say. Use to_json instead."


def test_a_network_with_one_thing_replaced_is_checked_anew():
    net = Network("net", (1, 8, 8), [Residual([Conv(1, 3, padding="same")])])
    wide = replace(net, dtype="float64")
    assert (wide.dtype, wide.nodes, wide.shapes) == ("float64", net.nodes, net.shapes)
    assert replace(net, input=(1, 6, 6)).output == (1, 6, 6)
    with pytest.raises(ShapeError):
        replace(net, input=(2, 6, 6))


def test_branches_are_printed_as_they_can_be_typed_and_replaced():
    for item in (Residual([Conv(1, 1)], [Conv(1, 3)], name="add"), Branches([[Residual([Conv(1, 1)])], []])):
        assert eval(repr(item)) == item
        assert replace(item, name="other").branches == item.branches
    assert Residual([Conv(1, 1)]) == Branches([[Conv(1, 1)], []], "sum")
