"""What may stand for a size, a stride or a padding, and the sentence for what may not."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locality.errors import DescriptionError, UnknownNameError
from locality.geometry.arguments import number, one_of, padding_along, padding_entries, per_axis, whole
from locality.geometry.window import conv_size

some = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=80)


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3), torch.tensor(3)])
def test_whole_numbers_of_any_library_become_plain_ints(value):
    assert type(whole("stride", value)) is int
    assert whole("stride", value) == 3


def test_one_number_or_one_for_each_axis_is_kept_as_written():
    assert per_axis("stride", 2) == 2
    assert per_axis("stride", [2, 1]) == (2, 1)
    assert per_axis("output_padding", (0, 1, 0), 0) == (0, 1, 0)


def test_padding_is_a_number_same_or_an_entry_for_each_axis():
    assert padding_entries(0) == 0
    assert padding_entries("same") == "same"
    assert padding_entries([1, (0, 2)]) == (1, (0, 2))
    assert padding_entries(((2, 2), (np.int64(1), 0), 3)) == (2, (1, 0), 3)


@some
@given(st.integers(1, 9), st.integers(1, 5))
def test_padding_same_surrounds_a_window_by_all_its_cells_but_one(kernel, dilation):
    before, after = padding_along("same", kernel, 1, dilation)
    assert before + after == dilation * (kernel - 1)
    assert 0 <= after - before <= 1


def test_padding_along_an_axis_is_a_number_on_both_sides_or_a_pair():
    assert padding_along(2, 3, 1, 1) == (2, 2)
    assert padding_along((0, 3), 3, 2, 1) == (0, 3)


def test_a_known_word_is_accepted():
    assert one_of("rounding", "ceil", ("exact", "floor", "ceil")) == "ceil"


WHOLE = "it must be a whole number of at least"
REFUSED = [
    (lambda: whole("stride", 0), f"stride is 0; {WHOLE} 1. Give stride=1 or more."),
    (lambda: whole("stride", np.int64(-2)), f"stride is -2; {WHOLE} 1. Give stride=1 or more."),
    (lambda: whole("padding", -1, 0), f"padding is -1; {WHOLE} 0. Give padding=0 or more."),
    (lambda: whole("kernel_size", 2.0), f"kernel_size is 2.0; {WHOLE} 1. Give kernel_size=1 or more."),
    (lambda: whole("kernel_size", "3"), f"kernel_size is '3'; {WHOLE} 1. Give kernel_size=1 or more."),
    (lambda: whole("dilation", True), f"dilation is True; {WHOLE} 1. Give dilation=1 or more."),
    (lambda: whole("dilation", None), f"dilation is None; {WHOLE} 1. Give dilation=1 or more."),
    (lambda: whole("stride", np.array([1, 2])), f"stride is array([1, 2]); {WHOLE} 1. Give stride=1 or more."),
    (lambda: whole("stride", torch.tensor(1.5)), f"stride is tensor(1.5000); {WHOLE} 1. Give stride=1 or more."),
    (lambda: per_axis("stride", (2, 0)), f"stride is 0; {WHOLE} 1. Give stride=1 or more."),
    (lambda: per_axis("stride", "21"), f"stride is '21'; {WHOLE} 1. Give stride=1 or more."),
    (lambda: per_axis("stride", ()), "stride has 0 entries. Give one number, or one per axis (1 to 3)."),
    (
        lambda: per_axis("kernel_size", (3, 3, 3, 3)),
        "kernel_size has 4 entries. Give one number, or one per axis (1 to 3).",
    ),
    (lambda: padding_entries([]), "padding has 0 entries. Give one number, or one entry per axis (1 to 3)."),
    (
        lambda: padding_entries((1, 1, 1, 1)),
        "padding has 4 entries. Give one number, or one entry per axis (1 to 3).",
    ),
    (
        lambda: padding_entries(((1, 2, 3), 0)),
        "padding entry (1, 2, 3) has 3 numbers. Give one number or a (before, after) pair.",
    ),
    (
        lambda: padding_entries([[1]]),
        "padding entry (1,) has 1 number. Give one number or a (before, after) pair.",
    ),
    (lambda: padding_entries(1.5), f"padding is 1.5; {WHOLE} 0. Give padding=0 or more."),
    (lambda: padding_entries(("same", 1)), f"padding is 'same'; {WHOLE} 0. Give padding=0 or more."),
    (lambda: padding_entries(((1, -1),)), f"padding is -1; {WHOLE} 0. Give padding=0 or more."),
    (
        lambda: padding_along("same", 5, 2, 1),
        'padding "same" needs stride 1, not 2. Give the padding as a number.',
    ),
    (
        lambda: padding_along("same", 4, 3, 3),
        'padding "same" needs stride 1, not 3. Give the padding as a number.',
    ),
    (lambda: conv_size(0, 1), f"input is 0; {WHOLE} 1. Give input=1 or more."),
    (lambda: conv_size(8, 0), f"kernel_size is 0; {WHOLE} 1. Give kernel_size=1 or more."),
    (lambda: conv_size(8, 3, stride=0), f"stride is 0; {WHOLE} 1. Give stride=1 or more."),
    (lambda: conv_size(8, 3, padding=-1), f"padding is -1; {WHOLE} 0. Give padding=0 or more."),
    (lambda: conv_size(8, 3, dilation=0.5), f"dilation is 0.5; {WHOLE} 1. Give dilation=1 or more."),
]


@pytest.mark.parametrize(("ask", "text"), REFUSED, ids=[text.split(".")[0] for _, text in REFUSED])
def test_an_argument_that_is_no_size_is_refused_in_a_sentence(ask, text):
    with pytest.raises(DescriptionError) as error:
        ask()
    assert str(error.value) == text


UNKNOWN = [
    (lambda: padding_entries("sane"), "Unknown padding 'sane'. Did you mean 'same'?"),
    (lambda: padding_along("sam", 3, 1, 1), "Unknown padding 'sam'. Did you mean 'same'?"),
    (lambda: conv_size(8, 3, rounding="flor"), "Unknown rounding 'flor'. Did you mean 'floor'?"),
    (lambda: conv_size(8, 3, rounding="up"), "Unknown rounding 'up'. Known are: exact, floor, ceil."),
    (
        lambda: one_of("padding_mode", "circular", ("zeros", "edge", "reflect", "wrap")),
        "Unknown padding mode 'circular'. Known are: zeros, edge, reflect, wrap.",
    ),
]


@pytest.mark.parametrize(("ask", "text"), UNKNOWN, ids=[text.split(".")[0] for _, text in UNKNOWN])
def test_an_unknown_word_is_refused_with_the_known_ones(ask, text):
    with pytest.raises(UnknownNameError) as error:
        ask()
    assert str(error.value) == text


def test_numbers_of_numpy_are_numbers_and_overflow_nowhere():
    assert number("eps", np.float32(0.5)) == 0.5
    assert type(number("eps", np.float32(0.5))) is float
    assert conv_size(np.uint8(250), np.uint8(7), padding=np.uint8(3)) == 250
    assert conv_size(np.uint8(250), np.uint8(100), np.uint8(2), np.uint8(100), np.uint8(3), "floor") == 77
