"""One axis of a window, against sliding it by hand over a written-out axis, and against torch."""

from itertools import product
from time import perf_counter

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from locality.errors import ShapeError
from locality.geometry.arguments import padding_along
from locality.geometry.footprint import footprint_taps
from locality.geometry.window import Window, conv_size, source, uncovered, unread_padding

many = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200)
some = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=80)

paddings = st.tuples(st.integers(0, 4), st.integers(0, 4))
windows = st.builds(
    Window,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    padding=paddings,
    dilation=st.integers(1, 3),
    rounding=st.sampled_from(["exact", "floor", "ceil"]),
)


def slide(window: Window, size: int) -> list[list[int]] | None:
    """The cells at every position, found by moving the window along the padded axis; None where it is refused."""
    axis = list(range(-window.padding[0], size + window.padding[1]))
    taps = [tap * window.dilation for tap in range(window.kernel)]
    places = [start for start in range(0, len(axis), window.stride) if start + taps[-1] < len(axis)]
    start = places[-1] + window.stride if places else 0
    ends_at_the_edge = bool(places) and places[-1] + taps[-1] == len(axis) - 1
    if window.rounding == "exact" and not ends_at_the_edge:
        return None
    if window.rounding == "ceil" and not ends_at_the_edge:
        hanging = start + taps[-1] - (len(axis) - 1)
        if hanging < window.stride and start < window.padding[0] + size:
            places.append(start)
    return [[axis[0] + start + tap for tap in taps] for start in places] or None


@many
@given(windows, st.integers(1, 12))
def test_a_window_stands_and_reads_where_sliding_it_by_hand_puts_it(window, size):
    by_hand = slide(window, size)
    assert window.takes(size) == (by_hand is not None)
    if by_hand is None:
        with pytest.raises(ShapeError):
            window.outputs(size)
    else:
        assert [list(window.reads(u)) for u in range(window.outputs(size))] == by_hand


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("rounding", ["floor", "ceil"])
def test_pooling_has_as_many_outputs_as_in_torch_and_is_refused_where_torch_refuses(rounding, dilation):
    refused = 0
    for size, kernel, stride in product(range(1, 9), range(1, 7), range(1, 6)):
        for padding in range(kernel // 2 + 1):
            window = Window(kernel, stride, (padding, padding), dilation, rounding)
            try:
                outputs = window.outputs(size)
            except ShapeError:
                outputs, refused = None, refused + 1
            try:
                pooled = F.max_pool1d(
                    torch.zeros(1, 1, size), kernel, stride, padding, dilation, ceil_mode=rounding == "ceil"
                )
            except RuntimeError:
                pooled = None
            assert outputs == (None if pooled is None else pooled.shape[-1]), (window, size)
    assert refused  # so that both kinds of answer were compared


@some
@given(windows.filter(lambda window: window.rounding == "floor"), st.integers(1, 10))
def test_a_window_reads_the_cells_that_a_torch_convolution_multiplies(window, size):
    assume(window.takes(size))
    before, after = window.padding
    impulses = F.pad(torch.eye(size), (before, after))[:, None]
    answers = F.conv1d(impulses, torch.ones(1, 1, window.kernel), stride=window.stride, dilation=window.dilation)[:, 0]
    assert answers.shape[1] == window.outputs(size)
    for u in range(window.outputs(size)):
        assert answers[:, u].nonzero().flatten().tolist() == [cell for cell in window.reads(u) if 0 <= cell < size]


@many
@given(windows, st.integers(1, 12))
def test_unread_padding_is_the_padding_beyond_the_last_tap_of_the_last_window(window, size):
    by_hand = slide(window, size)
    assume(by_hand is not None)
    end = max(cell for place in by_hand for cell in place)
    assert unread_padding(window, size) == sum(cell > end for cell in range(size, size + window.padding[1]))


@st.composite
def grids_of_windows(draw):
    axes = draw(st.integers(1, 3))
    rounding = draw(st.sampled_from(["floor", "ceil"]))
    window = st.builds(
        Window, st.integers(1, 3), st.integers(1, 4), st.tuples(st.integers(0, 2), st.integers(0, 2)), st.integers(1, 2)
    )
    grid = [Window(w.kernel, w.stride, w.padding, w.dilation, rounding) for w in (draw(window) for _ in range(axes))]
    sizes = [draw(st.integers(1, 6)) for _ in range(axes)]
    assume(all(window.takes(size) for window, size in zip(grid, sizes, strict=True)))
    offsets = list(product(*(range(window.kernel) for window in grid)))
    taps = draw(st.none() | st.lists(st.sampled_from(offsets), min_size=1, unique=True))
    return grid, sizes, taps


@many
@given(grids_of_windows(), st.sampled_from(["zeros", "edge", "reflect", "wrap"]))
def test_uncovered_sites_are_those_left_after_crossing_out_every_read_one(case, mode):
    grid, sizes, taps = case
    left = set(product(*(range(size) for size in sizes)))
    used = list(product(*(range(window.kernel) for window in grid))) if taps is None else taps
    for place in product(*(slide(window, size) for window, size in zip(grid, sizes, strict=True))):
        for offset in used:
            read = [cells[tap] for cells, tap in zip(place, offset, strict=True)]
            left.discard(tuple(source(cell, size, mode) for cell, size in zip(read, sizes, strict=True)))
    assert uncovered(grid, sizes, taps, mode) == len(left)


@pytest.mark.parametrize("mode", ["zeros", "edge", "reflect", "wrap"])
def test_what_a_footprint_reads_of_a_large_lattice_is_counted_at_once(mode):
    diamond = footprint_taps("diamond", (5, 5))
    start = perf_counter()
    assert uncovered([Window(5, padding=(2, 2))] * 2, [2000, 2000], diamond, mode) == 0
    assert uncovered([Window(1000, 4, (500, 496), rounding="floor")], [1_000_000], None, mode) == 0
    assert perf_counter() - start < 4


def test_listing_every_tap_is_the_same_as_listing_none():
    grid = [Window(2, stride=3, rounding="floor"), Window(3, dilation=2, stride=2, rounding="floor")]
    every = list(product(range(2), range(3)))
    assert uncovered(grid, [9, 10], every) == uncovered(grid, [9, 10]) == 90 - 6 * 5


def test_a_hexagon_on_a_small_lattice_misses_two_corners():
    taps = [tap for tap in product(range(3), range(3)) if tap not in ((0, 0), (2, 2))]
    assert uncovered([Window(3), Window(3)], [5, 5], taps) == 2


@some
@given(windows, st.integers(1, 12))
def test_conv_size_is_the_number_of_outputs_of_a_window(window, size):
    def ask():
        return conv_size(size, window.kernel, window.stride, window.padding, window.dilation, window.rounding)

    by_hand = slide(window, size)
    if by_hand is None:
        with pytest.raises(ShapeError) as by_window:
            window.outputs(size)
        with pytest.raises(ShapeError) as by_name:
            ask()
        assert str(by_name.value) == str(by_window.value)
    else:
        assert ask() == len(by_hand)


@some
@given(st.integers(1, 20), st.integers(1, 9), st.integers(1, 4))
def test_padding_same_keeps_every_size(size, kernel, dilation):
    assert conv_size(size, kernel, padding="same", dilation=dilation) == size


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("kernel", range(1, 7))
def test_padding_same_puts_the_extra_cell_where_torch_puts_it(kernel, dilation):
    size = 9
    answers = F.conv1d(torch.eye(size)[:, None], torch.ones(1, 1, kernel), padding="same", dilation=dilation)[:, 0]
    window = Window(kernel, 1, padding_along("same", kernel, 1, dilation), dilation)
    for u in range(size):
        assert answers[:, u].nonzero().flatten().tolist() == [cell for cell in window.reads(u) if 0 <= cell < size]
