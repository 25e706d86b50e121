"""The numbers of the table: against naive loops, against torch, and against published ones."""

import csv
import io
import json
import re
from math import prod

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from locality.engine.build import build
from locality.errors import LocalityError
from locality.network.layers import Activation, Concat, Conv, ConvTranspose, Dense, Distance, Flatten, Pool
from locality.network.network import Branches, Network, Node, Residual
from locality.network.table import trace
from strategies import convs, networks, shapes, transposed_convs

some = settings(deadline=None, max_examples=60)
LENET = (
    "lenet5: 1x28x28 | conv 6 5x5 pad 2 | tanh | average 2x2 | conv 16 5x5 | tanh | average 2x2 | flatten | "
    "dense 120 | tanh | dense 84 | tanh | dense 10"
)
TINY_VGG = (
    "tiny-vgg: 3x64x64 | conv 10 3x3 | relu | conv 10 3x3 | relu | max 2x2 | conv 10 3x3 | relu | conv 10 3x3 | relu | "
    "max 2x2 | flatten | dense 10 | softmax"
)


@some
@given(networks(dtypes=("float32", "float64")))
def test_shapes_and_parameters_are_those_of_torch(net):
    model, table = build(net), trace(net)
    values = model.every(torch.zeros(2, *net.input, dtype=getattr(torch, net.dtype)))
    for row in table.rows:
        assert tuple(values[row.name].shape) == (2, *row.output)
        mine = [tensor.numel() for name, tensor in model.named_parameters() if name.rpartition(".")[0] == row.name]
        assert sum(mine) == row.parameters
    assert sum(tensor.numel() for tensor in model.parameters()) == table.parameters == net.parameter_count


def conv_macs_by_counting(layer, shape):
    """One multiplication for every output number, tap in use and channel read."""
    taps = layer.taps(shape[1:])
    kernel = [window.kernel for window in layer.windows(shape[1:])]
    count = 0
    for output in np.ndindex(*layer.shape([shape])):
        read = layer.connections[output[0]] if layer.connections else range(shape[0] // layer.groups)
        for _ in read:
            for _ in range(prod(kernel) if taps is None else len(taps)):
                count += 1
    return count


@some
@given(shapes().flatmap(lambda shape: st.tuples(st.just(shape), convs(shape))))
def test_multiply_accumulates_of_a_convolution_are_counted_one_by_one(case):
    shape, layer = case
    try:
        table = trace(Network("one", shape, [layer]))
    except LocalityError:
        return
    assert table.macs == conv_macs_by_counting(layer, shape)
    row = table.rows[0]
    assert row.macs_full == prod(shape) * prod(row.output)
    assert row.parameters_full == row.macs_full + layer.bias * prod(row.output)
    assert row.parameters_local == row.macs + layer.bias * prod(row.output)
    assert row.parameters == row.macs // prod(row.output[1:]) + layer.bias * row.output[0]


@some
@given(shapes().flatmap(lambda shape: st.tuples(st.just(shape), transposed_convs(shape))))
def test_a_transposed_convolution_costs_inputs_times_the_weights_that_read_each(case):
    shape, layer = case
    try:
        table = trace(Network("one", shape, [layer]))
    except LocalityError:
        return
    kernel = layer.parameters([shape])["weight"][2:]
    assert table.macs == sum(layer.out_channels // layer.groups * prod(kernel) for _ in range(prod(shape)))


@some
@given(networks())
def test_multiply_accumulates_come_from_convolutions_dense_layers_and_distances_alone(net):
    for row in trace(net).rows:
        layer = net.node(row.name).layer
        assert (row.macs > 0) == isinstance(layer, Conv | ConvTranspose | Dense | Distance)
        if isinstance(layer, Dense | Distance):
            assert row.macs == row.inputs[0][0] * row.output[0]


def test_lenet_has_its_known_counts():
    table = trace(Network.from_text(LENET))
    assert (table.parameters, table.macs) == (61_706, 416_520)
    assert [row.parameters for row in table.rows if row.parameters] == [156, 2416, 48_120, 10_164, 850]


def test_tiny_vgg_is_the_explainers_table():
    table = trace(Network.from_text(TINY_VGG))
    assert (table.parameters, table.macs) == (19_920, 5_608_780)
    shown = [(row.output, row.parameters, row.field, row.jump) for row in table.rows if row.kind in ("conv", "max")]
    assert shown == [
        ((10, 62, 62), 280, (3, 3), (1, 1)),
        ((10, 60, 60), 910, (5, 5), (1, 1)),
        ((10, 30, 30), 0, (6, 6), (2, 2)),
        ((10, 28, 28), 910, (10, 10), (2, 2)),
        ((10, 26, 26), 910, (14, 14), (2, 2)),
        ((10, 13, 13), 0, (16, 16), (4, 4)),
    ]
    assert table["flatten1"].output == (1690,)
    assert table["dense1"].parameters == 16_910


def test_the_lectures_fully_connected_layer_has_120_million_weights():
    table = trace(Network("photo", (3, 200, 200), [Flatten(), Dense(1000, bias=False)]))
    assert table.parameters == table.macs == 120_000_000


def test_shared_weights_count_once_and_their_work_twice():
    nodes = [
        Node("left", Conv(3, 3, padding="same"), "input"),
        Node("right", Conv(3, 3, padding="same"), "left", weights="left"),
    ]
    table = trace(Network("twins", (3, 8, 8), nodes=nodes))
    assert table.parameters == 3 * 3 * 9 + 3
    assert table.macs == 2 * 3 * 3 * 9 * 64
    assert table["right"].parameters == 0
    assert table["right"].shares == "left"
    assert "right  conv  3x8x8       shared" in str(table)


@some
@given(networks())
def test_json_and_csv_say_what_the_rows_say_and_add_up(net):
    table = trace(net)
    plain = json.loads(table.to_json())
    assert plain["parameters"] == sum(row["parameters"] for row in plain["rows"]) == table.parameters
    assert plain["macs"] == sum(row["macs"] for row in plain["rows"]) == table.macs
    assert [row["name"] for row in plain["rows"]] == [node.name for node in net.nodes]
    assert [tuple(row["output"]) for row in plain["rows"]] == [row.output for row in table.rows]
    lines = list(csv.DictReader(io.StringIO(table.to_csv())))
    assert sum(int(line["parameters"]) for line in lines) == table.parameters
    assert sum(int(line["macs"]) for line in lines) == table.macs
    assert sum(int(line["uncovered"]) for line in lines) == sum(row.uncovered for row in table.rows)
    assert [line["output"] for line in lines] == ["x".join(map(str, row.output)) for row in table.rows]
    assert [line["layer"] for line in lines] == [row.layer for row in table.rows]


@some
@given(networks())
def test_the_printed_table_adds_up_and_fits(net):
    text = str(trace(net))
    assert all(len(line) <= 80 for line in text.splitlines()[2 : 4 + len(net.nodes)])
    head, rule, *body = text.splitlines()[2 : 4 + len(net.nodes)]
    places = [(part.start(), part.end()) for part in re.finditer("-+", rule)]
    columns = {head[a:b].strip(): [line[a:b].strip() for line in body] for a, b in places}
    count = [0 if cell in ("-", "shared") else int(cell.replace(",", "")) for cell in columns["parameters"]]
    assert sum(count) == net.parameter_count
    assert f"{net.parameter_count:,} parameters, {trace(net).macs:,} multiply-accumulates (MACs)." in text


def test_lenets_table_is_printed_like_this():
    assert str(trace(Network.from_text(LENET))) == LENET_TABLE


def test_every_line_of_a_deep_table_with_long_names_fits_80_columns():
    def block(name):
        return Residual([Conv(64, 3, padding="same", name=f"{name}.a_very_long_name_of_a_branch.convolution.1")])

    net = Network("deep", (64, 224, 224), [block(f"layer{i}.0.bottleneck") for i in range(4)])
    text = str(trace(net))
    assert max(map(len, text.splitlines())) <= 80
    shown = [line.split()[0] for line in text.splitlines() if line.startswith("layer")]
    assert len(set(shown)) == 4  # the ends stay readable and apart
    assert all("…" in name and name.endswith("lution.1") for name in shown)
    assert "layer3.0.bottleneck.a_very_long_name_of_a_branch.convolution.1" in trace(net).to_text(None)


def test_the_full_table_has_every_column():
    net = Network.from_text("odd: 1x6x8 | conv 2 3x3 stride 2 pad 1 floor | global-average | flatten | dense 2")
    assert trace(net).to_text(None) == FULL_TABLE


def test_upsampling_prints_that_the_field_varies_and_how_far():
    net = Network.from_text("1x8x8 | conv 2 3 pad 1 | max 2 | conv-transpose 2 3 stride 2 pad 1 output-pad 1")
    row = trace(net)["transpose1"]
    assert (row.field, row.field_varies, row.jump) == ((6, 6), True, (1, 1))
    text = str(trace(net))
    assert "varies" in text
    assert "transpose1: the receptive field varies with the place, up to 6." in text


def test_a_u_net_has_the_union_of_its_two_ways():
    inner = Branches([[Pool("max", 2), Conv(4, 3, padding="same"), ConvTranspose(4, 2, stride=2)], []], "concat")
    net = Network("u", (1, 8, 8), [Conv(4, 3, padding="same"), inner, Conv(2, 1)])
    row = trace(net)["concat1"]
    assert row.output == (8, 8, 8)
    # Down and up again, a pair of outputs sees 3 pooled cells: 6 cells of the first map, 8 of the input.
    assert (row.field, row.field_varies) == ((8, 8), False)
    assert row.jump == (1, 1)
    assert row.offset == (0.5, 0.5)


def test_branches_with_different_jumps_have_a_union_and_no_jump():
    nodes = [
        Node("wide", Conv(1, 2, stride=2, padding=((0, 8),)), "input"),
        Node("narrow", Activation("relu"), "input"),
        Node("both", Concat(), ["wide", "narrow"]),
    ]
    table = trace(Network("odd", (1, 8), nodes=nodes))
    row = table["both"]
    assert row.jump == (None,)
    assert row.field == (9,)  # output 7 reads 14 and 15 (padding) by one way, 7 by the other
    assert row.field_varies
    assert [line.split() for line in str(table).splitlines() if line.startswith("both ")] == [
        ["both", "concat", "2x8", "-", "-", "varies", "?", "-"]
    ]
    assert "both: the receptive field varies with the place, up to 9." in str(table)
    assert "Where branches with different jumps meet, the field is their union and has no jump (?)." in str(table)
    assert "varies, up to 9" in table.to_text(None)


def test_a_table_is_indexed_by_name():
    table = trace(Network.from_text("1x8x8 | conv 2 3 as stem.0 | relu"))
    assert table["stem.0"].kind == "conv"
    assert table["relu1"].layer == "relu"


def test_trace_takes_what_has_a_network():
    net = Network.from_text("1x8x8 | conv 2 3 | relu")
    assert trace(build(net)) == trace(net)


def test_activations_between_cost_nothing():
    net = Network("plain", (1, 8, 8), [Activation("relu")])
    row = trace(net).rows[0]
    assert (row.parameters, row.macs, row.field, row.jump, row.offset) == (0, 0, (1, 1), (1, 1), (0, 0))


LENET_TABLE = """\
lenet5: 1x28x28 -> 10

name      kind     output    parameters     MACs  field  jump  left
--------  -------  --------  ----------  -------  -----  ----  ----
conv1     conv     6x28x28          156  117,600  5      1        -
tanh1     tanh     6x28x28            -        -  5      1        -
pool1     average  6x14x14            -        -  6      2        -
conv2     conv     16x10x10       2,416  240,000  14     2        -
tanh2     tanh     16x10x10           -        -  14     2        -
pool2     average  16x5x5             -        -  16     4        -
flatten1  flatten  400                -        -  28     -        -
dense1    dense    120           48,120   48,000  28     -        -
tanh3     tanh     120                -        -  28     -        -
dense2    dense    84            10,164   10,080  28     -        -
tanh4     tanh     84                 -        -  28     -        -
dense3    dense    10               850      840  28     -        -

61,706 parameters, 416,520 multiply-accumulates (MACs).
Convolutions: 2,572 parameters;
  363,904 if every place had weights of its own (no sharing);
  5,575,840 if every output read every input (no locality either)."""
FULL_TABLE = """\
odd: 1x6x8 -> 2

name      layer                            inputs  output  parameters  MACs  field  jump  offset  uncovered  unread padding  unshared  fully connected
--------  -------------------------------  ------  ------  ----------  ----  -----  ----  ------  ---------  --------------  --------  ---------------
conv1     conv 2 3x3 stride 2 pad 1 floor  1x6x8   2x3x4           20   216  3      2     0               -               1       240            1,176
pool1     global-average                   2x3x4   2x1x1            -     -  7x9    6x8   2x3             -               -         -                -
flatten1  flatten                          2x1x1   2                -     -  6x8    -     -               -               -         -                -
dense1    dense 2                          2       2                6     4  6x8    -     -               -               -         6                6

26 parameters, 220 multiply-accumulates (MACs).
246 connections: uses of a weight or a bias.
Convolutions: 20 parameters;
  240 if every place had weights of its own (no sharing);
  1,176 if every output read every input (no locality either).
conv1: padding of 1 at the end stays unread."""  # noqa: E501
