"""Transposed windows, adaptive pooling, upsampling and padding modes, each pushed through by hand and through torch."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from locality.errors import ShapeError, UnknownNameError
from locality.geometry.window import PADDING_MODES, Adaptive, Repeat, Transposed, Window, source

some = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=80)

paddings = st.tuples(st.integers(0, 4), st.integers(0, 4))
transposed = st.builds(
    Transposed, st.integers(1, 5), st.integers(1, 4), paddings, st.integers(1, 3), output_padding=st.integers(0, 3)
)
maps = st.one_of(
    st.builds(Window, st.integers(1, 5), st.integers(1, 4), paddings, st.integers(1, 3)),
    transposed,
    st.builds(Adaptive, st.integers(1, 12), st.integers(1, 12)),
    st.builds(Repeat, st.integers(1, 6), st.booleans()),
)


def hit(answers: torch.Tensor, output: int) -> list[int]:
    """The inputs whose unit impulse is seen at an output; one impulse a row."""
    return (answers[:, output].abs() > 1e-6).nonzero().flatten().tolist()


@some
@given(maps, st.integers(-20, 20))
def test_every_map_repeats_itself_after_one_period(axis, output):
    assert list(axis.reads(output + axis.period)) == [cell + axis.step for cell in axis.reads(output)]


@some
@given(maps, st.integers(-20, 20))
def test_every_map_reads_in_rising_order_and_no_cell_twice(axis, output):
    cells = list(axis.reads(output))
    assert cells == sorted(set(cells))


@some
@given(transposed, st.integers(1, 7))
def test_a_transposed_output_collects_from_the_inputs_scattered_onto_it(axis, size):
    grown = [[] for _ in range(axis.stride * (size - 1) + axis.dilation * (axis.kernel - 1) + 1 + axis.output_padding)]
    for cell, tap in product(range(size), range(axis.kernel)):
        grown[cell * axis.stride + tap * axis.dilation].append(cell)
    before, after = axis.padding
    kept = grown[before : max(0, len(grown) - after)]
    if not kept:
        with pytest.raises(ShapeError):
            axis.outputs(size)
    else:
        assert axis.outputs(size) == len(kept)
        assert [[cell for cell in axis.reads(u) if 0 <= cell < size] for u in range(len(kept))] == [
            sorted(cells) for cells in kept
        ]


@some
@given(*(st.integers(1, most) for most in (5, 4, 3, 6)), st.integers(0, 2), st.data())
def test_a_transposed_window_agrees_with_torch(kernel, stride, dilation, size, padding, data):
    # Torch takes the same padding on both sides, and output_padding only below the stride or the dilation.
    added = data.draw(st.integers(0, max(stride, dilation) - 1))
    axis = Transposed(kernel, stride, (padding, padding), dilation, added)
    assume(2 * padding < stride * (size - 1) + dilation * (kernel - 1) + 1 + added)
    outputs = axis.outputs(size)
    answers = F.conv_transpose1d(
        torch.eye(size)[:, None],
        torch.ones(1, 1, axis.kernel),
        stride=axis.stride,
        padding=axis.padding[0],
        output_padding=axis.output_padding,
        dilation=axis.dilation,
    )[:, 0]
    assert answers.shape[1] == outputs
    for u in range(outputs):
        assert hit(answers, u) == [cell for cell in axis.reads(u) if 0 <= cell < size]


@some
@given(st.integers(1, 5), st.integers(1, 4), paddings, st.integers(1, 3), st.integers(-15, 15))
def test_a_transposed_window_reads_the_inputs_that_the_window_writes(kernel, stride, padding, dilation, cell):
    forth, back = Window(kernel, stride, padding, dilation), Transposed(kernel, stride, padding, dilation)
    assert all(cell in back.reads(seen) for seen in forth.reads(cell))
    assert all(cell in forth.reads(output) for output in back.reads(cell))


def test_adaptive_pooling_shares_its_input_out_as_torch_does():
    for size, out in product(range(1, 13), range(1, 13)):
        axis = Adaptive(size, out)
        answers = F.adaptive_avg_pool1d(torch.eye(size), out)
        assert axis.outputs(size) == answers.shape[1] == out
        for u in range(out):
            assert hit(answers, u) == list(axis.reads(u)), (axis, u)


@pytest.mark.parametrize("linear", [False, True], ids=["nearest", "linear"])
def test_upsampling_reads_what_torch_interpolates_between(linear):
    for size, scale in product(range(1, 7), range(1, 8)):
        axis = Repeat(scale, linear)
        # Double precision: torch's weight of a neighbour that is not read is then a rounding error, not 1e-8.
        impulses = torch.eye(size, dtype=torch.float64)[:, None]
        mode = "linear" if linear else "nearest"
        answers = F.interpolate(impulses, scale_factor=scale, mode=mode)[:, 0]
        assert axis.outputs(size) == answers.shape[1]
        for u in range(size * scale):
            assert hit(answers, u) == sorted({source(cell, size, "edge") for cell in axis.reads(u)}), (axis, size, u)


@pytest.mark.parametrize(
    ("mode", "in_numpy"), [("zeros", "constant"), ("edge", "edge"), ("reflect", "reflect"), ("wrap", "wrap")]
)
def test_padding_takes_its_values_from_where_numpy_takes_them(mode, in_numpy):
    for size in range(1, 7):
        pad = 3 * size + 1
        keywords = {"constant_values": -1} if mode == "zeros" else {}
        padded = np.pad(np.arange(size), pad, mode=in_numpy, **keywords).tolist()
        taken = [source(cell, size, mode) for cell in range(-pad, size + pad)]
        assert [-1 if cell is None else cell for cell in taken] == padded, size


@pytest.mark.parametrize(("mode", "in_torch"), [("edge", "replicate"), ("reflect", "reflect"), ("wrap", "circular")])
def test_padding_takes_its_values_from_where_torch_takes_them(mode, in_torch):
    for size in range(2, 7):
        pad = size - 1
        padded = F.pad(torch.arange(float(size))[None, None], (pad, pad), mode=in_torch).flatten().tolist()
        assert [source(cell, size, mode) for cell in range(-pad, size + pad)] == padded


def test_every_padding_mode_is_known_and_another_is_refused():
    assert {source(0, 1, mode) for mode in PADDING_MODES} == {0}
    with pytest.raises(UnknownNameError) as error:
        source(-1, 4, "warp")
    assert str(error.value) == "Unknown padding mode 'warp'. Did you mean 'wrap'?"


@pytest.mark.parametrize("scale", range(1, 8))
def test_the_cells_that_upsampling_reads_share_one_whole_by_how_near_they_are(scale):
    axis = Repeat(scale, linear=True)
    for u in range(3 * scale):
        centre = Fraction(2 * u + 1, 2 * scale) - Fraction(1, 2)
        assert axis.shares(u) == pytest.approx([float(1 - abs(centre - cell)) for cell in axis.reads(u)], rel=1e-15)
        assert Repeat(scale).shares(u) == (1.0,)


@some
@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.integers(1, 3), st.integers(0, 12))
def test_a_transposed_output_meets_each_input_with_the_tap_that_spreads_it_there(kernel, stride, before, dilation, u):
    axis = Transposed(kernel, stride, (before, 0), dilation)
    every = product(range(-20, 30), range(kernel))
    assert axis.pairs(u) == [(cell, tap) for cell, tap in every if cell * stride + tap * dilation - before == u]
