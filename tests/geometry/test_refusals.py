"""What a window says when it does not fit or does not tile: the sentences in full, and that their advice works."""

import re
from dataclasses import replace
from itertools import count, product

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from locality.errors import ShapeError
from locality.geometry.refusal import misfit, untiled
from locality.geometry.window import Transposed, Window, conv_size

many = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=200)

SEVEN, SIX = Window(7, 2, (3, 3)), Window(6, 2, (0, 1))

DOES_NOT_TILE = {
    "the lecture's case on one axis": (
        [SEVEN],
        [224],
        "a kernel of 7 with stride 2 and padding 3 does not tile 224: (224 - 7 + 2*3)/2 + 1 = 112.5. "
        'Use rounding="floor" (the last cell of padding stays unread, no cell is lost), or an input of 223 or 225.',
    ),
    "the design's example": (
        [SEVEN, SEVEN],
        [224, 224],
        "a 7x7 kernel with stride 2 and padding 3 does not tile 224: (224 - 7 + 2*3)/2 + 1 = 112.5. "
        'Use rounding="floor" (the last row and column of padding stay unread, no pixel is lost), '
        "or an input of 223 or 225.",
    ),
    "three axes": (
        [SEVEN, SEVEN, SEVEN],
        [224, 224, 224],
        "a 7x7x7 kernel with stride 2 and padding 3 does not tile 224: (224 - 7 + 2*3)/2 + 1 = 112.5. "
        'Use rounding="floor" (the last slice, row and column of padding stay unread, no cell is lost), '
        "or an input of 223 or 225.",
    ),
    "the height only": (
        [Window(2, 2), Window(2, 2)],
        [5, 4],
        "a 2x2 kernel with stride 2 does not tile the height 5: (5 - 2)/2 + 1 = 2.5. "
        'Use rounding="floor" (the last row is dropped), or an input of 4x4 or 6x4.',
    ),
    "the width only, of a square input": (
        [Window(2, 2), Window(3, 2)],
        [6, 6],
        "a 2x3 kernel with stride 2 does not tile the width 6: (6 - 3)/2 + 1 = 2.5. "
        'Use rounding="floor" (the last column is dropped), or an input of 6x5 or 6x7.',
    ),
    "the depth only": (
        [Window(2, 2), Window(1), Window(1)],
        [5, 4, 4],
        "a 2x1x1 kernel with stride 2x1x1 does not tile the depth 5: (5 - 2)/2 + 1 = 2.5. "
        'Use rounding="floor" (the last slice is dropped), or an input of 4x4x4 or 6x4x4.',
    ),
    "both, each in its own way": (
        [Window(7, 4, (3, 3)), Window(7, 4, (3, 3))],
        [224, 226],
        "a 7x7 kernel with stride 4 and padding 3 does not tile 224x226: (224 - 7 + 2*3)/4 + 1 = 56.75 and "
        '(226 - 7 + 2*3)/4 + 1 = 57.25. Use rounding="floor" (the last 3 rows and the last column of padding stay '
        "unread, no pixel is lost), or an input of 221x225 or 225x229.",
    ),
    "cells lost on both": (
        [Window(8, 3), Window(8, 3)],
        [16, 16],
        "an 8x8 kernel with stride 3 does not tile 16: (16 - 8)/3 + 1 = 3.6667. "
        'Use rounding="floor" (the last 2 rows and columns are dropped), or an input of 14 or 17.',
    ),
    "a row lost and columns of padding unread": (
        [Window(3, 3), Window(3, 3, (0, 4))],
        [4, 7],
        "a 3x3 kernel with stride 3 and padding (0, (0, 4)) does not tile 4x7: (4 - 3)/3 + 1 = 1.3333 and "
        '(7 - 3 + 0 + 4)/3 + 1 = 3.6667. Use rounding="floor" (the last row is dropped, the last 2 columns of '
        "padding stay unread), or an input of 3x5 or 6x8.",
    ),
    "one cell lost": (
        [Window(3, 2)],
        [6],
        "a kernel of 3 with stride 2 does not tile 6: (6 - 3)/2 + 1 = 2.5. "
        'Use rounding="floor" (the last cell is dropped), or an input of 5 or 7.',
    ),
    "two cells lost": (
        [Window(2, 3)],
        [7],
        "a kernel of 2 with stride 3 does not tile 7: (7 - 2)/3 + 1 = 2.6667. "
        'Use rounding="floor" (the last 2 cells are dropped), or an input of 5 or 8.',
    ),
    "padding on two sides": (
        [Window(4, 3, (1, 2))],
        [9],
        "a kernel of 4 with stride 3 and padding 1 before and 2 after does not tile 9: (9 - 4 + 1 + 2)/3 + 1 = 3.6667. "
        'Use rounding="floor" (the last 2 cells of padding stay unread, no cell is lost), or an input of 7 or 10.',
    ),
    "padding on one side": (
        [SIX],
        [8],
        "a kernel of 6 with stride 2 and padding 0 before and 1 after does not tile 8: (8 - 6 + 0 + 1)/2 + 1 = 2.5. "
        'Use rounding="floor" (the last cell of padding stays unread, no cell is lost), or an input of 7 or 9.',
    ),
    "dilation": (
        [Window(3, 2, (1, 1), 2), Window(3, 2, (1, 1), 2)],
        [8, 8],
        "a 3x3 kernel with stride 2, dilation 2 (a span of 5) and padding 1 does not tile 8: "
        '(8 - 5 + 2*1)/2 + 1 = 3.5. Use rounding="floor" (the last row and column of padding stay unread, '
        "no pixel is lost), or an input of 7 or 9.",
    ),
    "dilation on one axis": (
        [Window(3, 2, dilation=2), Window(3, 2)],
        [7, 8],
        "a 3x3 kernel with stride 2 and dilation 2x1 (a span of 5x3) does not tile the width 8: "
        '(8 - 3)/2 + 1 = 3.5. Use rounding="floor" (the last column is dropped), or an input of 7x7 or 7x9.',
    ),
    "one cell too few to shrink": (
        [Window(2, 4, (2, 2))],
        [1],
        "a kernel of 2 with stride 4 and padding 2 does not tile 1: (1 - 2 + 2*2)/4 + 1 = 1.75. "
        'Use rounding="floor" (the last cell is dropped), or an input of 2.',
    ),
    "a last window that lies wholly in the padding": (
        [Window(1, 4, (3, 0))],
        [1],
        "a kernel of 1 with stride 4 and padding 3 before and 0 after does not tile 1: (1 - 1 + 3 + 0)/4 + 1 = 1.75. "
        'Use rounding="floor" (the last cell is dropped), or an input of 2.',
    ),
    "a long signal": (
        [Window(2, 2)],
        [1_000_001],
        "a kernel of 2 with stride 2 does not tile 1000001: (1000001 - 2)/2 + 1 = 500000.5. "
        'Use rounding="floor" (the last cell is dropped), or an input of 1000000 or 1000002.',
    ),
    "a stride so long that the fraction is small": (
        [Window(1, 50_000)],
        [50_002],
        "a kernel of 1 with stride 50000 does not tile 50002: (50002 - 1)/50000 + 1 = 2.00002. "
        'Use rounding="floor" (the last cell is dropped), or an input of 50001 or 100001.',
    ),
}

DOES_NOT_FIT = {
    "the design's example": (
        [Window(5), Window(5)],
        [4, 4],
        "a 5x5 kernel does not fit its 4x4 input (padding 0). Use padding of at least 1 or a kernel of at most 4.",
    ),
    "one axis": (
        [Window(5)],
        [4],
        "a kernel of 5 does not fit its input of 4 (padding 0). Use padding of at least 1 or a kernel of at most 4.",
    ),
    "three axes": (
        [Window(11)] * 3,
        [4] * 3,
        "an 11x11x11 kernel does not fit its 4x4x4 input (padding 0). "
        "Use padding of at least 4 or a kernel of at most 4.",
    ),
    "the second axis needs more than the first": (
        [Window(5), Window(9)],
        [4, 4],
        "a 5x9 kernel does not fit its 4x4 input (padding 0). Use padding of at least 3 or a kernel of at most 4.",
    ),
    "an input that is not square": (
        [Window(8), Window(8)],
        [4, 7],
        "an 8x8 kernel does not fit its 4x7 input (padding 0). Use padding of at least 2 or a kernel of at most 4x7.",
    ),
    "only the width": (
        [Window(3), Window(5)],
        [4, 4],
        "a 3x5 kernel does not fit its 4x4 input (padding 0). Use padding of at least 1 or a kernel of at most 3x4.",
    ),
    "padding on two sides": (
        [Window(7, padding=(0, 1))],
        [4],
        "a kernel of 7 does not fit its input of 4 (padding 0 before and 1 after). "
        "Use padding of at least 2 or a kernel of at most 5.",
    ),
    "padding that differs": (
        [Window(7, padding=(0, 1)), Window(7, padding=(2, 2))],
        [4, 4],
        "a 7x7 kernel does not fit its 4x4 input (padding ((0, 1), 2)). "
        "Use padding of at least 2 or a kernel of at most 5x7.",
    ),
    "dilation": (
        [Window(3, dilation=3), Window(3, dilation=3)],
        [6, 6],
        "a 3x3 kernel with dilation 3 (a span of 7) does not fit its 6x6 input (padding 0). "
        "Use padding of at least 1 or a kernel of at most 2.",
    ),
    "a stride that the padding must suit": (
        [Window(6, 3)],
        [3],
        "a kernel of 6 does not fit its input of 3 (padding 0). Use padding of 3 or a kernel of 3.",
    ),
    "two strides that the padding must suit": (
        [Window(4, 4), Window(3, 3)],
        [2, 2],
        "a 4x3 kernel does not fit its 2x2 input (padding 0). Use padding of 5 or a kernel of 2.",
    ),
    "a stride that no padding suits": (
        [Window(5, 2)],
        [4],
        "a kernel of 5 does not fit its input of 4 (padding 0). Use a kernel of 4.",
    ),
    "a stride and dilation that neither suits": (
        [Window(3, 2, dilation=2), Window(3, 2, dilation=2)],
        [4, 4],
        "a 3x3 kernel with dilation 2 (a span of 5) does not fit its 4x4 input (padding 0). Use an input of 5x5.",
    ),
    "rounding down, any larger padding will do": (
        [Window(5, 2, rounding="floor")],
        [4],
        "a kernel of 5 does not fit its input of 4 (padding 0). Use padding of at least 1 or a kernel of at most 4.",
    ),
    "rounding up, the window may hang over": (
        [Window(9, 3, rounding="ceil")],
        [2],
        "a kernel of 9 does not fit its input of 2 (padding 0). Use padding of at least 3 or a kernel of at most 4.",
    ),
}


@pytest.mark.parametrize("case", DOES_NOT_TILE)
def test_a_window_that_does_not_tile_says_so_in_full(case):
    windows, sizes, text = DOES_NOT_TILE[case]
    assert untiled(windows, sizes) == text


@pytest.mark.parametrize("case", DOES_NOT_FIT)
def test_a_window_that_does_not_fit_says_so_in_full(case):
    windows, sizes, text = DOES_NOT_FIT[case]
    assert misfit(windows, sizes) == text


def test_pooling_speaks_of_a_window():
    assert misfit([Window(3)], [2], "window") == (
        "a window of 3 does not fit its input of 2 (padding 0). Use padding of at least 1 or a window of at most 2."
    )
    assert untiled([Window(2, 2)] * 2, [3, 3], "window") == (
        "a 2x2 window with stride 2 does not tile 3: (3 - 2)/2 + 1 = 1.5. "
        'Use rounding="floor" (the last row and column are dropped), or an input of 2 or 4.'
    )


def test_a_number_begins_with_the_article_of_its_sound():
    said = {kernel: misfit([Window(kernel)] * 2, [1, 1]).split(" kernel")[0] for kernel in range(2, 90)}
    assert [kernel for kernel, words in said.items() if words == f"an {kernel}x{kernel}"] == [8, 11, 18, *range(80, 90)]
    assert {words.split()[0] for words in said.values()} == {"a", "an"}


def test_conv_size_and_a_window_refuse_in_the_same_words():
    with pytest.raises(ShapeError) as error:
        conv_size(224, 7, stride=2, padding=3)
    assert str(error.value) == DOES_NOT_TILE["the lecture's case on one axis"][2]
    with pytest.raises(ShapeError) as error:
        conv_size(4, 5)
    assert str(error.value) == DOES_NOT_FIT["one axis"][2]


@pytest.mark.parametrize(
    ("axis", "size", "text"),
    [
        (
            Transposed(3, padding=(3, 3)),
            3,
            "padding 3 cuts away all 5 cells of the transposed output. Use padding of at most 2.",
        ),
        (
            Transposed(2, 2, padding=(1, 4)),
            2,
            "padding 1 before and 4 after cuts away all 4 cells of the transposed output. Use padding of at most 1.",
        ),
        (
            Transposed(1, padding=(0, 1)),
            1,
            "padding 0 before and 1 after cuts away the only cell of the transposed output. Use padding of at most 0.",
        ),
    ],
)
def test_a_transposed_window_whose_padding_leaves_nothing_says_so_in_full(axis, size, text):
    with pytest.raises(ShapeError) as error:
        axis.outputs(size)
    assert str(error.value) == text


@many
@given(
    st.builds(
        Transposed,
        st.integers(1, 4),
        st.integers(1, 3),
        st.tuples(st.integers(0, 9), st.integers(0, 9)),
        st.integers(1, 2),
    ),
    st.integers(1, 4),
)
def test_the_padding_proposed_for_a_transposed_window_is_the_largest_that_leaves_something(axis, size):
    try:
        axis.outputs(size)
        assume(False)
    except ShapeError as error:
        most = int(re.search(r"at most (\d+)\.$", str(error)).group(1))
    assert replace(axis, padding=(most, most)).outputs(size) in (1, 2)


@st.composite
def grids(draw, roundings):
    axes, rounding = draw(st.integers(1, 3)), draw(st.sampled_from(roundings))
    padding = st.integers(0, 4)
    window = st.builds(
        Window,
        st.integers(1, 8),
        st.integers(1, 5),
        padding.map(lambda p: (p, p)) | st.tuples(padding, padding),
        st.integers(1, 3),
        st.just(rounding),
    )
    windows, sizes = [], []
    for _ in range(axes):
        # Often the same on every axis, as most networks have it.
        same = bool(windows) and draw(st.booleans())
        windows.append(windows[-1] if same else draw(window))
        sizes.append(sizes[-1] if same and draw(st.booleans()) else draw(st.integers(1, 12)))
    return windows, sizes


def numbers(text, axes):
    """One number for every axis, or one for all."""
    found = [int(number) for number in text.split("x")]
    return found * axes if len(found) == 1 else found


def all_take(windows, sizes):
    return all(window.takes(size) for window, size in zip(windows, sizes, strict=True))


@many
@given(grids(["exact", "floor", "ceil"]))
def test_the_advice_for_a_window_that_does_not_fit_works_and_is_the_nearest(case):
    windows, sizes = case
    assume(not all(window.fits(size) for window, size in zip(windows, sizes, strict=True)))
    axes = len(sizes)
    advice = re.fullmatch(
        r".* Use (?:padding of (?P<least>at least )?(?P<padding>\d+))?(?: or )?"
        r"(?:a kernel of (?P<most>at most )?(?P<kernel>[\dx]+))?(?:an input of (?P<input>[\dx]+))?\.",
        misfit(windows, sizes),
    )

    def padded(padding):
        return all_take([replace(window, padding=(padding, padding)) for window in windows], sizes)

    if advice["padding"]:
        padding = int(advice["padding"])
        assert padded(padding)
        assert not any(padded(smaller) for smaller in range(padding))
        assert all(padded(padding + more) for more in range(8)) or not advice["least"]
    else:
        assert not any(padded(padding) for padding in range(80))

    def accepted(axis):
        window, size = windows[axis], sizes[axis]
        return [kernel for kernel in range(1, window.kernel + 1) if replace(window, kernel=kernel).takes(size)]

    if advice["kernel"]:
        for axis, kernel in enumerate(numbers(advice["kernel"], axes)):
            assert kernel == max(accepted(axis))
            assert accepted(axis) == list(range(1, kernel + 1)) or not advice["most"]
    else:
        assert not all(accepted(axis) for axis in range(axes))

    assert bool(advice["input"]) == (not advice["padding"] and not advice["kernel"])
    if advice["input"]:
        for window, size, larger in zip(windows, sizes, numbers(advice["input"], axes), strict=True):
            assert larger == next(n for n in count(size) if window.takes(n))


@many
@given(grids(["exact"]))
def test_the_inputs_proposed_for_a_window_that_does_not_tile_are_the_nearest_that_it_tiles(case):
    windows, sizes = case
    assume(all(window.fits(size) for window, size in zip(windows, sizes, strict=True)))
    assume(not all_take(windows, sizes))
    proposed = re.search(r"or an input of ([\dx]+)(?: or ([\dx]+))?\.$", untiled(windows, sizes)).groups()
    proposed = [numbers(text, len(sizes)) for text in proposed if text]
    nearest = []
    for window, size in zip(windows, sizes, strict=True):
        below = next((n for n in range(size, 0, -1) if window.takes(n)), None)
        nearest.append((below, next(n for n in count(size) if window.takes(n))))
    below, above = ([pair[side] for pair in nearest] for side in (0, 1))
    assert proposed == ([above] if None in below else [below, above])


@many
@given(grids(["exact"]))
def test_what_flooring_is_said_to_drop_is_what_no_floored_window_reads(case):
    windows, sizes = case
    assume(all(window.fits(size) for window, size in zip(windows, sizes, strict=True)))
    assume(not all_take(windows, sizes))
    ones = {1: ["cell"], 2: ["row", "column"], 3: ["slice", "row", "column"]}[len(sizes)]
    dropped, unread = {}, {}
    for one, window, size in zip(ones, windows, sizes, strict=True):
        floored = replace(window, rounding="floor")
        end = floored.reads(floored.outputs(size) - 1)[-1]
        if end < size - 1:
            dropped[one] = min(size, size - 1 - end)
        elif end < size - 1 + window.padding[1]:
            unread[one] = size - 1 + window.padding[1] - end
    said = re.search(r'rounding="floor" \((.*)\), or an input', untiled(windows, sizes)).group(1)
    clauses = re.fullmatch(
        r"(?:(?P<dropped>the last .*) (?P<is>is|are) dropped)?(?:, )?"
        r"(?:(?P<unread>the last .*) of padding (?P<stays>stays|stay) unread)?(?:, no (?P<lost>pixel|cell) is lost)?",
        said,
    )
    for counts, phrase, singular in ((dropped, "dropped", "is"), (unread, "unread", "stays")):
        told = {}
        for chunk in (clauses[phrase] or "").split("the last ")[1:]:
            how_many, names = re.fullmatch(r"(\d+ )?(.*?)(?: and |, )?", chunk).groups()
            for name in re.split(" and |, ", names):
                assert name.endswith("s") == bool(how_many)
                told[name.removesuffix("s")] = int(how_many or 1)
        assert told == counts
        if counts:
            verb = clauses["is" if phrase == "dropped" else "stays"]
            assert (verb == singular) == (sum(counts.values()) == 1)
    assert clauses["lost"] == (None if dropped else "pixel" if len(sizes) == 2 else "cell")


def test_every_sentence_is_one_line_and_ends_with_a_full_stop():
    windows = [Window(*w) for w in product((1, 4, 8), (1, 3), ((0, 0), (1, 2)), (1, 2))]
    for one, other in product(windows, windows):
        for size in (1, 5, 9):
            pair, sizes = [one, other], [size, size + 1]
            if not all(window.fits(n) for window, n in zip(pair, sizes, strict=True)):
                text = misfit(pair, sizes)
            elif not all_take(pair, sizes):
                text = untiled(pair, sizes)
            else:
                continue
            assert re.fullmatch(r"an? [^\n]*\. Use [^\n]*\.", text), text
            assert "  " not in text
            assert "None" not in text
