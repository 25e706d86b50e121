"""What one output depends on and what none does: against gradients computed by torch, site by site."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from locality.engine.build import build
from locality.errors import LocalityError
from locality.network.layers import Activation, Concat, Conv, Pool, Product, Sum, Upsample
from locality.network.network import Network, Node
from locality.network.seen import seen
from locality.network.table import trace
from strategies import convs, shapes, transposed_convs

some = settings(deadline=None, max_examples=80)


@st.composite
def pools(draw, shape):
    axes = len(shape) - 1
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from([Pool("global-average"), Pool("adaptive-average", output_size=2)]))
    side = st.integers(1, 3 if axes < 3 else min(shape[1:]))  # torch's own limit, on three axes
    return Pool(
        "average",
        draw(st.tuples(*[side] * axes)),
        stride=draw(st.tuples(*[side] * axes)),
        padding=draw(st.integers(0, 1)),
        rounding=draw(st.sampled_from(["floor", "ceil"] if axes < 3 else ["floor"])),
    )


@st.composite
def linear_layers(draw, shape):
    scale = st.tuples(*[st.integers(1, 3)] * (len(shape) - 1))
    upsample = st.builds(Upsample, scale, st.sampled_from(["nearest", "linear"]))
    return draw(st.one_of(convs(shape), convs(shape), pools(shape), transposed_convs(shape), upsample))


@st.composite
def positive_networks(draw, axes=(1, 2, 3)):
    """Nodes whose every number grows with what it reads, so that no two ways to an input cancel."""
    nodes, ends = [], {"input": draw(shapes(axes, channels=2))}
    start = ends["input"]
    for number in range(draw(st.integers(1, 4))):
        source = draw(st.sampled_from(list(ends)[-2:]))
        name, shape = f"n{number}", ends[source]
        alike = [other for other in ends if ends[other][1:] == shape[1:] and other != source]
        if alike and draw(st.booleans()):
            other = draw(st.sampled_from(alike))
            equal = ends[other] == shape
            layer = draw(st.sampled_from([Sum(), Product(), Concat()] if equal else [Concat()]))
            inputs = [source, other]
        else:
            layer, inputs = draw(linear_layers(shape)), [source]
        try:
            end = layer.shape([ends[name] for name in inputs])
        except LocalityError:
            continue
        if sum(end) <= 60:
            nodes.append(Node(name, layer, inputs))
            ends[name] = end
    nodes = nodes or [Node("n0", Activation("softplus"), "input")]
    wanted, kept = {nodes[-1].name}, []
    for node in reversed(nodes):
        if node.name in wanted:
            kept.insert(0, node)
            wanted.update(node.inputs)
    return Network("positive", start, nodes=kept, dtype="float64")


def positive_model(net):
    model = build(net)
    noise = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=noise, dtype=torch.float64) + 0.5)
    return model


def gradient(net, pick):
    """The gradient by the input of what `pick` takes of the output, one image of positive numbers."""
    noise = torch.Generator().manual_seed(1)
    image = (torch.rand(1, *net.input, generator=noise, dtype=torch.float64) + 0.5).requires_grad_()
    out = pick(positive_model(net)(image)[0])
    if not out.requires_grad:
        return torch.zeros(net.input)
    return torch.autograd.grad(out, image)[0][0]


def sites_read(net, place):
    """For each axis, the places of the input of which a gradient of the output at `place` is not zero."""
    moved = gradient(net, lambda out: out[(slice(None), *place)].sum()).abs().sum(0) > 0
    return tuple(
        tuple(moved.movedim(axis, 0).reshape(size, -1).any(1).nonzero().flatten().tolist())
        for axis, size in enumerate(moved.shape)
    )


@some
@given(positive_networks(), st.data())
def test_seen_is_where_the_gradient_is_not_zero_along_each_axis(net, data):
    place = tuple(data.draw(st.integers(0, size - 1)) for size in net.output[1:])
    found, truth = seen(net, net.nodes[-1].name, place), sites_read(net, place)
    boxes = all(not n.layer.joins and getattr(n.layer, "footprint", "full") == "full" for n in net.nodes)
    if boxes or len(place) == 1:  # otherwise what is read is no rectangle, and the next layer may read less of it
        assert found == truth
    assert all(set(real) <= set(said) for said, real in zip(found, truth, strict=True))


@some
@given(shapes().flatmap(lambda shape: st.tuples(st.just(shape), linear_layers(shape))))
def test_uncovered_counts_the_sites_without_a_gradient(case):
    shape, layer = case
    try:
        net = Network("one", shape, [layer], dtype="float64")
    except LocalityError:
        return
    unread = (gradient(net, torch.Tensor.sum).abs().sum(0) == 0).sum()
    assert trace(net).rows[0].uncovered == unread


def widened(net, side, axes):
    """The same layers on a larger input, rounding down; None where they do not fit there."""
    nodes = [
        Node(n.name, replace(n.layer, rounding="floor") if n.layer.windows(net.inputs(n)[0][1:]) else n.layer, n.inputs)
        for n in net.nodes
    ]
    try:
        return Network(net.name, (net.input[0], *(side,) * axes), nodes=nodes)
    except LocalityError:
        return None


@some
@given(positive_networks(axes=(1,)))
def test_the_field_is_the_stretch_that_outputs_far_from_the_border_see(net):
    wide = widened(net, 60, 1)
    row = trace(wide).rows[-1] if wide else None
    if row is None or None in row.jump or None in row.offset:
        return
    interior: list[set[int]] = [set() for _ in row.jump]
    for u in range(min(row.output[1:])):
        stretches = seen(wide, row.name, (u,) * len(row.jump))
        for axis, cells in enumerate(stretches):
            centre = row.offset[axis] + u * row.jump[axis]  # where it varies, within a field of the true one
            if row.field[axis] + 8 < centre < 60 - row.field[axis] - 8:
                interior[axis].add(cells[-1] - cells[0] + 1 if cells else 0)
                if all(isinstance(node.layer, Conv | Pool) for node in wide.nodes):
                    assert (cells[0] + cells[-1]) / 2 == centre
    for axis, sizes in enumerate(interior):
        if len(sizes) > 0 and not row.field_varies:
            assert sizes == {row.field[axis]}
        assert all(size <= row.field[axis] for size in sizes)


@pytest.mark.parametrize(
    ("line", "node", "place", "sites"),
    [
        ("1x8 | conv 1 3 pad 1 wrap", "conv1", (0,), ((0, 1, 7),)),
        ("1x8 | conv 1 3 pad 1 edge", "conv1", (0,), ((0, 1),)),
        ("1x8 | conv 1 5 pad 2 reflect", "conv1", (0,), ((0, 1, 2),)),
        ("1x8 | conv 1 3 dilation 2", "conv1", (1,), ((1, 3, 5),)),
        ("1x8 | conv 1 1 pad 1", "conv1", (0,), ((),)),
        ("1x8x8 | conv 1 1 pad 1", "conv1", (0, 4), ((), ())),
        ("1x9 | conv 1 3 stride 3 | upsample 3", "upsample1", (4,), ((3, 4, 5),)),
        ("1x4 | upsample 2 linear", "upsample1", (0,), ((0,),)),
        ("1x4 | conv-transpose 1 1 stride 2", "transpose1", (1,), ((),)),
        ("1x8 | max 2 | conv 1 3", "conv1", (1,), ((2, 3, 4, 5, 6, 7),)),
        ("1x5 | max 2 ceil", "pool1", (2,), ((4,),)),
        ("1x8 | conv 1 3 | flatten | dense 2", "dense1", (), (tuple(range(8)),)),
        ("1x8 | layer-norm", "norm1", (3,), (tuple(range(8)),)),
        ("1x8 | batch-norm", "norm1", (3,), ((3,),)),
        ("2x8 | product[ global-average ; skip ]", "product1", (3,), (tuple(range(8)),)),
        ("2x6 | sum[ conv 2 3 same ; conv 2 3 same dilation 2 ]", "sum1", (2,), ((0, 1, 2, 3, 4),)),
        ("1x5x5 | conv 1 3 footprint 000/010/000", "conv1", (0, 0), ((1,), (1,))),
    ],
)
def test_seen_in_small_cases(line, node, place, sites):
    assert seen(Network.from_text(line), node, place) == sites


def test_flooring_leaves_the_last_row_and_column_uncovered():
    row = trace(Network.from_text("1x28x28 | max 3x3 floor")).rows[0]
    assert row.uncovered == 28 + 27
    assert "pool1: 55 of its 784 input sites are read by no window." in str(trace(Network.from_text(
        "1x28x28 | max 3x3 floor")))  # fmt: skip


def test_one_uncovered_site_is_said_in_the_singular():
    text = str(trace(Network.from_text("1x7 | max 2 floor")))
    assert "pool1: 1 of its 7 input sites is read by no window." in text


def test_wrapped_padding_reads_the_sites_it_copies():
    line = "1x6 | conv 1 3 stride 3 pad 1+0 wrap floor"
    assert trace(Network.from_text(line)).rows[0].uncovered == 0
    assert trace(Network.from_text(line.replace(" wrap", ""))).rows[0].uncovered == 1


def test_a_transposed_convolution_that_cuts_its_border_away_leaves_inputs_unread():
    assert trace(Network.from_text("1x6 | conv-transpose 1 1 pad 2")).rows[0].uncovered == 4


@pytest.mark.parametrize(
    ("footprint", "field", "offset"),
    [("010/010/010", (3, 1), (1, 1)), ("000/010/011", (2, 2), (1.5, 1.5)), ("hexagon", (3, 3), (1, 1))],
)
def test_the_field_of_a_footprint_is_the_stretch_that_its_taps_span(footprint, field, offset):
    net = Network("drawn", (1, 9, 9), [Conv(1, 3, footprint=footprint)])
    row = trace(net).rows[0]
    assert (row.field, row.offset) == (field, offset)
    assert tuple(axis[-1] - axis[0] + 1 for axis in seen(net, "conv1", (2, 2))) == field
