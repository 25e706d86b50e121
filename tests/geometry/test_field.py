"""The receptive field, against walking every output back cell by cell, and against published numbers."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from locality.geometry.field import Field, compose, union
from locality.geometry.window import Adaptive, Repeat, Transposed, Window

many = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)
some = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=80)

MANY_OUTPUTS = range(-9, 28)
paddings = st.tuples(st.integers(0, 3), st.integers(0, 3))
convolutions = st.builds(Window, st.integers(1, 4), st.integers(1, 3), paddings, st.integers(1, 2))
layers = st.one_of(
    convolutions,
    st.builds(Transposed, st.integers(1, 4), st.integers(1, 3), paddings, st.integers(1, 2)),
    st.builds(Adaptive, st.integers(1, 6), st.integers(1, 6)),
    st.builds(Repeat, st.integers(1, 3), st.booleans()),
)
chains = st.lists(layers, max_size=4)


def walk(chain, output):
    """The inputs that one output depends on, one layer after the other, on an axis without ends."""
    cells = {output}
    for layer in reversed(chain):
        cells = {cell for place in cells for cell in layer.reads(place)}
    return cells


def stretch(cells):
    return (min(cells), max(cells)) if cells else None


def follow(chain):
    field = Field()
    for layer in chain:
        field = compose(field, layer, outputs=8)
    return field


@many
@given(chains)
def test_the_field_of_a_chain_is_what_walking_back_finds(chain):
    field = follow(chain)
    assert [field.span(u) for u in MANY_OUTPUTS] == [stretch(walk(chain, u)) for u in MANY_OUTPUTS]


@many
@given(chains)
def test_size_jump_offset_and_variation_are_those_of_the_walked_stretches(chain):
    field = follow(chain)
    walked = [stretch(walk(chain, u)) for u in range(3 * field.period)]
    sizes = {0 if span is None else span[1] - span[0] + 1 for span in walked}
    assert field.size == max(sizes)
    assert field.varies == (len(sizes) > 1)
    assert field.offset == (None if walked[0] is None else Fraction(sum(walked[0]), 2))
    for now, later in zip(walked, walked[field.period :], strict=False):
        if now is not None:
            assert later[0] - now[0] == later[1] - now[1] == field.jump * field.period


@many
@given(chains)
def test_no_shorter_period_would_do(chain):
    field = follow(chain)
    spans = [field.span(u) for u in range(3 * field.period)]
    assume(any(spans))  # what sees nothing at all moves by any step
    for shorter in range(1, field.period):
        moved = field.jump * shorter
        pairs = zip(spans, spans[shorter:], strict=False)
        assert any(later != (None if now is None else (now[0] + moved, now[1] + moved)) for now, later in pairs), (
            f"{field} repeats after {shorter}"
        )


@some
@given(st.lists(convolutions, min_size=1, max_size=5))
def test_convolutions_follow_the_closed_formulas(chain):
    size, padding, jump = 1, 0, 1
    for layer in chain:
        size += (layer.kernel - 1) * layer.dilation * jump
        padding += layer.padding[0] * jump
        jump *= layer.stride
    field = follow(chain)
    assert (field.size, field.jump, field.period) == (size, jump, 1)
    assert field.offset == -padding + Fraction(size - 1, 2)


@some
@given(chains, st.integers(1, 4))
def test_upsampling_followed_by_pooling_of_the_same_size_is_plain_again(chain, scale):
    before = follow(chain)
    after = compose(compose(before, Repeat(scale), 8), Window(scale, stride=scale), 8)
    assert after == before


def test_phases_that_even_out_leave_one_period():
    chain = [Repeat(3, linear=True), Window(2, 2, (3, 3), 2), Adaptive(6, 4)]
    assert follow(chain[:2]).period == 3
    assert follow(chain) == Field(((-2, 0),), step=1)
    assert [follow(chain).span(u) for u in MANY_OUTPUTS] == [stretch(walk(chain, u)) for u in MANY_OUTPUTS]


def test_outputs_in_a_gap_of_the_stride_depend_on_nothing():
    field = follow([Transposed(1, stride=3)])
    assert field == Field(((0, 0), None, None), step=1)
    assert (field.size, field.jump, field.varies) == (1, Fraction(1, 3), True)
    nothing = follow([Transposed(1, stride=2), Window(1, stride=2, padding=(1, 0))])
    assert nothing == Field((None,), step=1)
    assert (nothing.size, nothing.offset, nothing.jump, nothing.varies) == (0, None, 1, False)


@st.composite
def branches_of_one_jump(draw):
    """Two chains of the same strides, the rest of each layer drawn anew."""
    chains = [[], []]
    for _ in range(draw(st.integers(0, 3))):
        kind, stride = draw(st.sampled_from(["down", "up", "share"])), draw(st.integers(1, 3))
        share = st.just(Adaptive(stride + 1, draw(st.integers(1, 4))))
        down = st.builds(Window, st.integers(1, 4), st.just(stride), paddings, st.integers(1, 2))
        up = st.builds(Transposed, st.integers(1, 4), st.just(stride), paddings) | st.builds(
            Repeat, st.just(stride), st.booleans()
        )
        for chain in chains:
            chain.append(draw({"down": down, "up": up, "share": share}[kind]))
    return chains


@many
@given(branches_of_one_jump())
def test_branches_of_one_jump_see_together_what_each_of_them_sees(chains):
    fields = [follow(chain) for chain in chains]
    together = union(fields, outputs=5)
    assert together.jump == fields[0].jump == fields[1].jump
    for u in MANY_OUTPUTS:
        assert together.span(u) == stretch(walk(chains[0], u) | walk(chains[1], u))


def test_branches_of_one_jump_and_different_periods_are_joined_over_both_periods():
    chain = [Adaptive(3, 2), Adaptive(2, 3)]
    assert (follow(chain).period, follow(chain).jump) == (3, 1)
    for branches in ([chain, []], [[], chain]):
        together = union([follow(branch) for branch in branches], outputs=5)
        assert [together.span(u) for u in MANY_OUTPUTS] == [stretch(walk(chain, u) | {u}) for u in MANY_OUTPUTS]


def test_a_branch_that_sees_more_than_all_phases_of_another_leaves_one_period():
    wide = follow([Window(5, padding=(2, 2))])
    assert union([follow([Adaptive(3, 2), Adaptive(2, 3)]), wide], outputs=5) == wide == Field(((-2, 2),), step=1)


@many
@given(st.lists(chains, min_size=2, max_size=3), st.integers(1, 12))
def test_branches_of_different_jumps_are_listed_output_by_output(chains, outputs):
    fields = [follow(chain) for chain in chains]
    assume(len({field.jump for field in fields}) > 1)
    together = union(fields, outputs)
    assert together.step is None
    assert together.jump is None
    assert together.period == outputs
    for u in range(outputs):
        assert together.span(u) == stretch(set().union(*(walk(chain, u) for chain in chains)))


@some
@given(chains, chains, convolutions, st.integers(1, 8), st.integers(1, 8))
def test_a_layer_after_a_list_reads_the_list_and_its_ends_beyond_it(left, right, layer, listed, outputs):
    fields = [follow(left), follow(right)]
    assume(fields[0].jump != fields[1].jump)
    after = compose(union(fields, listed), layer, outputs)
    assert (after.step, after.period) == (None, outputs)
    for u in range(outputs):
        places = {min(max(cell, 0), listed - 1) for cell in layer.reads(u)}
        assert after.span(u) == stretch(set().union(*(walk(c, place) for c in (left, right) for place in places)))


@some
@given(chains, chains, chains, st.integers(1, 8))
def test_a_list_joined_with_another_branch_is_a_list_again(left, right, third, outputs):
    fields = [follow(left), follow(right)]
    assume(fields[0].jump != fields[1].jump)
    listed = union(fields, outputs)
    expected = [stretch(set().union(*(walk(c, u) for c in (left, right, third)))) for u in range(outputs)]
    for again in ([listed, follow(third)], [follow(third), listed], [listed, union([listed, follow(third)], outputs)]):
        assert union(again, outputs) == Field(tuple(expected), None)


CONV3, POOL2 = Window(3, padding=(1, 1)), Window(2, stride=2)
VGG_16 = [layer for depth in (2, 2, 3, 3, 3) for layer in [CONV3] * depth + [POOL2]]
POOL3 = Window(3, stride=2)
ALEXNET_V2 = [Window(11, stride=4), POOL3, Window(5, padding=(2, 2)), POOL3, CONV3, CONV3, CONV3, POOL3]


@pytest.mark.parametrize(
    ("chain", "size", "stride", "padding"),
    [(VGG_16, 212, 32, 90), (ALEXNET_V2, 195, 32, 64)],
    ids=["vgg_16", "alexnet_v2"],
)
def test_a_published_network_has_its_published_field(chain, size, stride, padding):
    field = follow(chain)
    assert (field.size, field.jump, field.varies) == (size, stride, False)
    assert field.spans[0][0] == -padding
    assert field.offset == -padding + Fraction(size - 1, 2)


@pytest.mark.parametrize(
    ("depth", "cells", "size", "jump"),
    [(1, 62, 3, 1), (2, 60, 5, 1), (3, 30, 6, 2), (4, 28, 10, 2), (5, 26, 14, 2), (6, 13, 16, 4)],
    ids=["conv_1_1", "conv_1_2", "max_pool_1", "conv_2_1", "conv_2_2", "max_pool_2"],
)
def test_tiny_vgg_has_its_published_sizes_fields_and_jumps(depth, cells, size, jump):
    chain = [Window(3), Window(3), POOL2, Window(3), Window(3), POOL2][:depth]
    field, outputs = Field(), 64
    for layer in chain:
        outputs = layer.outputs(outputs)
        field = compose(field, layer, outputs)
    assert (outputs, field.size, field.jump) == (cells, size, jump)


def test_global_pooling_sees_the_whole_map_it_pools():
    field = follow([CONV3, POOL2, Adaptive(7, 1)])
    assert field.spans == (stretch(walk([CONV3, POOL2], 0) | walk([CONV3, POOL2], 6)),) == ((-1, 14),)


@some
@given(convolutions, st.lists(convolutions, max_size=2), st.data())
def test_only_the_taps_in_use_widen_the_field(window, before, data):
    used = data.draw(st.sets(st.integers(0, window.kernel - 1), min_size=1))
    field = compose(follow(before), window, 30, used)
    for u in range(5):
        read = {cell for tap, cell in enumerate(window.reads(u)) if tap in used}
        assert field.span(u) == stretch({cell for place in read for cell in walk(before, place)})
