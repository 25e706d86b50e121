"""Which taps exist, against walking the lattice and against reading a drawing by hand."""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from locality.errors import DescriptionError, UnknownNameError
from locality.geometry.footprint import NAMED, check_footprint, footprint_taps

some = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=80)


def within(steps, bonds, start):
    """The sites that can be reached from `start` in so many steps along the bonds or fewer."""
    reached = {start}
    for _ in range(steps):
        reached |= {
            tuple(a + sign * b for a, b in zip(site, bond, strict=True))
            for site in reached
            for bond in bonds
            for sign in (1, -1)
        }
    return sorted(reached)


@pytest.mark.parametrize(("axes", "side"), [(1, 5), (2, 3), (2, 5), (2, 9), (3, 3), (3, 5)])
def test_a_diamond_holds_the_sites_within_graph_distance_of_its_centre(axes, side):
    half = side // 2
    bonds = [tuple(int(axis == other) for other in range(axes)) for axis in range(axes)]
    reached = within(half, bonds, (half,) * axes)
    every = list(product(range(side), repeat=axes))
    assert (footprint_taps("diamond", (side,) * axes) or every) == reached


def test_a_hexagon_holds_a_site_and_its_neighbours_on_the_triangular_lattice():
    assert footprint_taps("hexagon", (3, 3)) == within(1, [(1, 0), (0, 1), (1, -1)], (1, 1))


def test_a_full_footprint_has_every_tap_and_lists_none():
    assert footprint_taps("full", (3, 4)) is None
    assert footprint_taps("111/111", (2, 3)) is None
    assert footprint_taps("1", (1,)) is None
    assert footprint_taps("diamond", (7,)) is None


@st.composite
def drawings(draw):
    height, width = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    return draw(
        st.lists(
            st.lists(st.sampled_from("01"), min_size=width, max_size=width), min_size=height, max_size=height
        ).filter(lambda rows: any("1" in row for row in rows))
    )


@some
@given(drawings(), st.booleans())
def test_a_drawn_footprint_has_the_taps_marked_with_1_in_reading_order(rows, flat):
    text = "/".join("".join(row) for row in rows)
    height, width = len(rows), len(rows[0])
    one_axis = flat and height == 1
    marked = [
        (column,) if one_axis else (row, column)
        for row in range(height)
        for column in range(width)
        if rows[row][column] == "1"
    ]
    assert check_footprint(text) == text
    taps = footprint_taps(text, (width,) if one_axis else (height, width))
    assert taps == (None if len(marked) == height * width else marked)


@pytest.mark.parametrize("name", NAMED)
def test_a_named_footprint_is_known(name):
    assert check_footprint(name) == name


UNREADABLE = {
    "daimond": (UnknownNameError, "Unknown footprint 'daimond'. Did you mean 'diamond'?"),
    "plus": (
        UnknownNameError,
        "Unknown footprint 'plus'. Known are: full, diamond, hexagon, rows of 0 and 1 such as \"010/111/010\".",
    ),
    "": (
        UnknownNameError,
        "Unknown footprint ''. Known are: full, diamond, hexagon, rows of 0 and 1 such as \"010/111/010\".",
    ),
    7: (
        UnknownNameError,
        'Unknown footprint 7. Known are: full, diamond, hexagon, rows of 0 and 1 such as "010/111/010".',
    ),
    "010/11/010": (
        DescriptionError,
        'footprint "010/11/010": its rows differ in length. Give rows of equal length.',
    ),
    "/": (DescriptionError, 'footprint "/" has an empty row. Mark every tap with 0 or 1.'),
    "010//010": (DescriptionError, 'footprint "010//010" has an empty row. Mark every tap with 0 or 1.'),
    "00/00": (DescriptionError, 'footprint "00/00" has no 1, so no weight. Mark at least one tap with 1.'),
}


@pytest.mark.parametrize("footprint", UNREADABLE)
def test_a_footprint_that_nobody_can_read_is_refused_with_a_reason(footprint):
    kind, text = UNREADABLE[footprint]
    with pytest.raises(kind) as error:
        check_footprint(footprint)
    assert str(error.value) == text


@pytest.mark.parametrize(
    ("footprint", "kernel", "text"),
    [
        ("diamond", (4, 4), "footprint diamond needs an odd kernel with equal sides, not 4x4. Use 5x5."),
        ("diamond", (3, 5), "footprint diamond needs an odd kernel with equal sides, not 3x5. Use 5x5."),
        ("diamond", (6,), "footprint diamond needs an odd kernel with equal sides, not 6. Use 7."),
        ("hexagon", (5, 5), "footprint hexagon needs a 3x3 kernel, not 5x5. Use kernel_size=3 on two axes."),
        ("hexagon", (3,), "footprint hexagon needs a 3x3 kernel, not 3. Use kernel_size=3 on two axes."),
        ("010/111/010", (5, 5), 'footprint "010/111/010" is 3x3, the kernel 5x5. Make them the same size.'),
        ("010/111", (3, 2), 'footprint "010/111" is 2x3, the kernel 3x2. Make them the same size.'),
        ("101", (5,), 'footprint "101" is 3, the kernel 5. Make them the same size.'),
        ("101/101", (3,), 'footprint "101/101" is 2x3, the kernel 3. Make them the same size.'),
        ("101", (3, 3), 'footprint "101" is 1x3, the kernel 3x3. Make them the same size.'),
        (
            "010/111/010",
            (3, 3, 3),
            'footprint "010/111/010" is 3x3, the kernel 3x3x3. Use full or diamond, rows draw two axes at most.',
        ),
    ],
)
def test_a_footprint_that_does_not_suit_its_kernel_is_refused_with_one_that_does(footprint, kernel, text):
    with pytest.raises(DescriptionError) as error:
        footprint_taps(footprint, kernel)
    assert str(error.value) == text


@pytest.mark.parametrize("kernel", [(2, 2), (4, 4), (3, 5), (8,), (1, 2, 3)])
def test_the_kernel_proposed_for_a_diamond_is_accepted(kernel):
    with pytest.raises(DescriptionError) as error:
        footprint_taps("diamond", kernel)
    proposed = str(error.value).split("Use ")[1].rstrip(".")
    footprint_taps("diamond", tuple(map(int, proposed.split("x"))))
