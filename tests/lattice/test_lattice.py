"""Lattices against distances measured by brute force, the literature's table of bonds, and convolutions."""

import json
from itertools import combinations, product

import numpy as np
import pytest
import torch

import locality as loc
from locality.errors import DescriptionError, LocalityError, ShapeError, UnknownNameError
from locality.geometry.footprint import footprint_taps
from locality.lattice import LATTICES, Lattice

# (from, dx, dy, to), as shared tables of the literature list them.
TABLE = {
    "square": [(0, 1, 0, 0), (0, 0, 1, 0)],
    "triangular": [(0, 1, 0, 0), (0, 0, 1, 0), (0, 1, -1, 0)],
    "honeycomb": [(0, 0, 0, 1), (1, 1, 0, 0), (1, 0, 1, 0)],
    "kagome": [(0, 0, 0, 1), (0, 0, 0, 2), (1, 0, 0, 2), (1, 1, 0, 0), (2, 0, 1, 0), (1, 1, -1, 2)],
    "checkerboard": [(0, 0, 0, 1), (0, 0, -1, 1), (0, -1, 0, 1), (0, -1, -1, 1), (0, 1, 0, 0), (1, 0, 1, 1)],
}
NEIGHBOURS = {"square": 4, "triangular": 6, "honeycomb": 3, "kagome": 4, "checkerboard": 6, "chain": 2, "cubic": 6}
SIZES = {"chain": (9,), "cubic": (5, 6, 5)}


def lattice_of(name, periodic=True):
    return Lattice(name, SIZES.get(name, (6, 7)), periodic)


def shells(lattice):
    """The pairs of sites by their distance, shortest first: brute force over the images of the whole lattice."""
    steps = list(product((-1, 0, 1), repeat=lattice.dimension)) if lattice.periodic else [(0,) * lattice.dimension]
    images = [np.multiply(step, lattice.size) @ lattice.vectors for step in steps]
    found = {}
    for one, other in combinations(range(lattice.sites), 2):
        apart = [np.linalg.norm(lattice.positions[other] - lattice.positions[one] + image) for image in images]
        found.setdefault(round(min(apart), 6), set()).add((one, other))
    return [(length, found[length]) for length in sorted(found)]


def pairs(lattice, order):
    bonds = lattice.bonds(order)
    found = {(min(bond), max(bond)) for bond in bonds.tolist()}
    assert len(found) == len(bonds), "a bond is listed twice"
    return found


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("name", [name for name in LATTICES if name != "checkerboard"])
def test_the_bonds_of_an_order_are_the_pairs_of_that_distance(name, periodic):
    lattice = lattice_of(name, periodic)
    measured = shells(lattice)
    assert measured[0][0] == 1
    for order in (1, 2, 3):
        assert pairs(lattice, order) == measured[order - 1][1]


@pytest.mark.parametrize(
    ("name", "squares", "neighbours"),
    [  # sums of two squares with their number of ways, and Loeschian numbers with theirs (OEIS A001481, A003136)
        ("square", [1, 2, 4, 5, 8, 9, 10, 13, 16, 17, 18, 20, 25, 26], [4, 4, 4, 8, 4, 4, 8, 8, 4, 8, 4, 8, 12, 8]),
        ("triangular", [1, 3, 4, 7, 9, 12, 13, 16, 19, 21, 25, 27], [6, 6, 6, 12, 6, 6, 12, 6, 12, 12, 6, 6]),
        ("cubic", [1, 2, 3, 4, 5, 6, 8, 9], [6, 12, 8, 6, 24, 24, 12, 30]),
    ],
)
def test_far_neighbours_are_as_many_as_numbers_are_sums_of_squares(name, squares, neighbours):
    lattice = Lattice(name, 7, periodic=False)
    for order, (square, z) in enumerate(zip(squares, neighbours, strict=True), 1):
        assert lattice.neighbours(order).shape[1] == z
        one, other = lattice.bonds(order).T
        apart = ((lattice.positions[one] - lattice.positions[other]) ** 2).sum(axis=1)
        assert np.allclose(apart, square)


@pytest.mark.parametrize("periodic", [True, False])
def test_the_checkerboard_s_first_two_orders_share_the_second_distance(periodic):
    lattice = lattice_of("checkerboard", periodic)
    (one, near), (two, diagonal), (three, third), *_ = shells(lattice)
    assert (one, two, three) == (1, pytest.approx(2**0.5), 2)
    assert pairs(lattice, 1) & near == near
    assert pairs(lattice, 1) | pairs(lattice, 2) == near | diagonal
    assert not pairs(lattice, 1) & pairs(lattice, 2)
    assert pairs(lattice, 3) == third


def test_every_second_plaquette_of_the_checkerboard_is_crossed():
    lattice = Lattice("checkerboard", 4)
    long = [bond for bond in lattice.bonds().tolist() if bond[0] % 2 == bond[1] % 2]
    across = lattice.size @ lattice.vectors
    middles = []
    for one, other in long:
        step = lattice.positions[other] - lattice.positions[one]
        step -= across * np.round(step / across)
        middles.append(tuple(np.round((lattice.positions[one] + step / 2) % across, 6) % across.round(6)))
    assert sorted(set(middles)) == sorted(middles[::2])  # each is the middle of two bonds, one of each sublattice
    assert len(set(middles)) == lattice.sites // 2


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("size", [(3, 3), (4, 5)])
def test_bonds_of_order_1_stand_as_the_table_has_them_cell_by_cell(name, size):
    kinds = 1 + max(max(start, end) for start, _, _, end in TABLE[name])
    expected = [
        [kinds * (x * size[1] + y) + start, kinds * ((x + dx) % size[0] * size[1] + (y + dy) % size[1]) + end]
        for x, y in product(range(size[0]), range(size[1]))
        for start, dx, dy, end in TABLE[name]
    ]
    lattice = Lattice(name, size)
    assert lattice.bonds().tolist() == expected
    assert lattice.bonds().dtype == np.int64
    assert (lattice.sublattices, lattice.sites, lattice.shape) == (kinds, kinds * size[0] * size[1], (kinds, *size))


@pytest.mark.parametrize("name", LATTICES)
def test_every_site_has_the_neighbours_that_the_bonds_say(name):
    for periodic, order in product((True, False), (1, 2)):
        lattice = lattice_of(name, periodic)
        around = [set() for _ in range(lattice.sites)]
        for one, other in lattice.bonds(order).tolist():
            around[one].add(other)
            around[other].add(one)
        found = lattice.neighbours(order)
        assert found.dtype == np.int32
        assert [sorted(row[row >= 0]) for row in found] == [sorted(row) for row in around]
        if periodic:
            assert (found >= 0).all()
            assert order > 1 or found.shape[1] == NEIGHBOURS[name]


@pytest.mark.parametrize(
    ("name", "size", "bonds"),
    [("square", (4, 7), 3 * 7 + 4 * 6), ("chain", 5, 4), ("cubic", 3, 3 * 2 * 9), ("square", (1, 1), 0),
     ("kagome", 2, 4 * 3 + 2 + 2 + 1), ("honeycomb", (1, 2), 3), ("triangular", 3, 2 * 3 * 2 + 4)],
)  # fmt: skip
def test_open_edges_have_the_bonds_that_one_counts_by_hand(name, size, bonds):
    assert len(Lattice(name, size, periodic=False).bonds()) == bonds


def test_spins_are_numbered_cell_by_cell_the_sublattice_fastest():
    lattice = Lattice("kagome", (3, 4))
    spins = np.arange(2 * 36).reshape(2, 3, 3, 4)
    flat = lattice.flat(spins)
    for site, (sublattice, x, y) in enumerate((s, x, y) for x in range(3) for y in range(4) for s in range(3)):
        assert (flat[:, site] == spins[:, sublattice, x, y]).all()
    assert (lattice.unflat(flat) == spins).all()


@pytest.mark.parametrize("name", LATTICES)
def test_a_shift_moves_every_spin_by_that_many_cells(name):
    lattice = lattice_of(name)
    by = (1, -2, 3)[: lattice.dimension]
    moved = lattice.flat(lattice.shift(lattice.unflat(np.arange(lattice.sites)), by))
    step = lattice.positions[np.arange(lattice.sites)] - lattice.positions[moved] - np.array(by) @ lattice.vectors
    turns = step @ np.linalg.inv(lattice.vectors) / lattice.size
    assert np.abs(turns - np.round(turns)).max() < 1e-9


@pytest.mark.parametrize("name", LATTICES)
@pytest.mark.parametrize("side", [3, 4])
@pytest.mark.parametrize("periodic", [True, False])
def test_signs_tell_the_two_halves_of_a_bipartite_lattice_apart(name, side, periodic):
    lattice = Lattice(name, side, periodic)
    frustrated = name in ("triangular", "kagome", "checkerboard")
    around = name in ("square", "chain", "cubic") and periodic and side % 2 == 1  # an odd way round
    if frustrated or around:
        assert lattice.signs is None
    else:
        one, other = lattice.bonds().T
        assert (lattice.signs[one] == -lattice.signs[other]).all()
        assert lattice.signs.dtype == np.int8
        assert lattice.signs[0] == 1


@pytest.mark.parametrize("name", LATTICES)
@pytest.mark.parametrize("orders", [(1,), (2,), (1, 2)])
@pytest.mark.parametrize("periodic", [True, False])
def test_no_bond_stays_within_a_colour(name, orders, periodic):
    for size in (SIZES.get(name, (6, 7)), 5 if name == "cubic" else 7):
        lattice = Lattice(name, size, periodic)
        colours = lattice.colours(orders)
        assert sorted(np.concatenate(colours)) == list(range(lattice.sites))
        assert all(len(each) and each.dtype == np.int32 and (np.diff(each) > 0).all() for each in colours)
        colour = np.empty(lattice.sites, int)
        for number, each in enumerate(colours):
            colour[each] = number
        for order in orders:
            one, other = lattice.bonds(order).T
            assert (colour[one] != colour[other]).all()


@pytest.mark.parametrize(
    ("name", "size", "orders", "colours"),
    [("square", 6, (1,), 2), ("square", 6, (1, 2), 4), ("triangular", 6, (1,), 3), ("honeycomb", 5, (1,), 2),
     ("kagome", 6, (1,), 3), ("checkerboard", 6, (1,), 4), ("chain", 6, (1,), 2), ("chain", 7, (1,), 3),
     ("cubic", 4, (1,), 2), ("square", 1000, (1,), 2)],
)  # fmt: skip
def test_a_lattice_takes_the_fewest_colours_where_a_pattern_fits(name, size, orders, colours):
    found = Lattice(name, size).colours(orders)
    assert len(found) == colours
    if size % 2 == 0:
        assert len({len(each) for each in found}) == 1


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("name", LATTICES)
def test_a_convolution_with_the_footprint_reads_exactly_the_neighbours(name, order):
    if (name, order) == ("cubic", 2):
        return
    lattice = lattice_of(name)
    footprint = lattice.footprint(order)
    rows = footprint.split("/")
    kernel = (3, 3, 3) if name == "cubic" else (len(rows), len(rows[0]))[-lattice.dimension :]
    if lattice.dimension == 1:
        kernel = (len(footprint),)
    pad = [(k // 2, k // 2) for k in kernel]
    net = loc.Network("reader", lattice.shape, [
        loc.Conv(lattice.sublattices, kernel, padding=pad, padding_mode="wrap", footprint=footprint, bias=False)
    ], dtype="float64")  # fmt: skip
    taps = footprint_taps(footprint, kernel) or list(product(*map(range, kernel)))
    weight = np.zeros((lattice.sublattices, lattice.sublattices, len(taps)))
    used = {tuple(k // 2 for k in kernel)}
    # The neighbours of the sites of one cell in the middle, by brute force over what the bonds say.
    middle = tuple(side // 2 for side in lattice.size)
    cell = int(np.ravel_multi_index(middle, lattice.size))
    for start in range(lattice.sublattices):
        for site in lattice.neighbours(order)[cell * lattice.sublattices + start]:
            there = np.unravel_index(site // lattice.sublattices, lattice.size)
            tap = tuple(int(a - b + k // 2) for a, b, k in zip(there, middle, kernel, strict=True))
            weight[start, site % lattice.sublattices, taps.index(tap)] = 1
            used.add(tap)
    assert used == set(taps)  # and nothing more than the neighbours' cells and its own
    model = loc.build(net)
    model.conv1.load_state_dict({"weight": torch.from_numpy(weight.reshape(model.conv1.weight.shape))})
    spins = np.random.default_rng(1).choice([-1.0, 1.0], lattice.shape)
    read = lattice.flat(model.record(spins).output[0])
    assert np.array_equal(read, lattice.flat(spins)[lattice.neighbours(order)].sum(axis=1))


def test_the_triangular_footprint_is_the_hexagon_and_the_cubic_one_the_diamond():
    hexagon = footprint_taps("hexagon", (3, 3))
    assert footprint_taps(Lattice("triangular", 6).footprint(), (3, 3)) == hexagon
    assert Lattice("square", 6).footprint() == "010/111/010"
    assert Lattice("cubic", 4).footprint() == "diamond"
    assert [Lattice(name, 6).footprint() for name in ("honeycomb", "kagome", "checkerboard", "chain")] == [
        "010/111/010", "011/111/110", "110/111/011", "111"
    ]  # fmt: skip


def test_a_lattice_is_data_it_compares_prints_and_cannot_be_changed():
    lattice = Lattice("square", 4)
    assert lattice == Lattice("square", (4, np.int64(4))) == Lattice("square", [4, 4])
    assert len({lattice, Lattice("square", 4), Lattice("square", 4, periodic=False)}) == 2
    assert (repr(lattice), str(lattice)) == ("Lattice('square', (4, 4))", "square 4x4")
    opened = Lattice("chain", 5, periodic=False)
    assert eval(repr(opened)) == opened
    assert str(opened) == "chain 5 with open edges"
    for array in (lattice.positions, lattice.bonds(), lattice.neighbours(), lattice.signs, *lattice.colours()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    assert lattice.bonds() is lattice.bonds()
    with pytest.raises(AttributeError):
        lattice.name = "kagome"


def test_plain_data_go_through_json():
    plain = Lattice("kagome", 3).to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert set(plain) == {"name", "size", "periodic", "sublattices", "vectors", "positions", "bonds"}


@pytest.mark.parametrize("name", LATTICES)
def test_a_periodic_lattice_is_refused_exactly_where_its_bonds_would_meet(name):
    far = Lattice(name, 15 if name != "cubic" else 9)
    middle = tuple(side // 2 for side in far.size)
    cell = int(np.ravel_multi_index(middle, far.size)) * far.sublattices
    for side in range(1, 7):
        for order in (1, 2, 3):
            meet = False
            for start in range(far.sublattices):
                near = np.concatenate([[cell + start], *(far.neighbours(n)[cell + start] for n in range(1, order + 1))])
                places = np.unravel_index(near // far.sublattices, far.size)
                folded = {
                    (*(int(x) for x in np.array(at) % side), int(s))
                    for *at, s in zip(*places, near % far.sublattices, strict=True)
                }
                meet |= len(folded) < len(near)
            try:
                Lattice(name, side).bonds(order)
                refused = False
            except ShapeError:
                refused = True
            # A lattice that is too small for its nearest neighbours is refused as a whole.
            assert refused == meet, (side, order)


@pytest.mark.parametrize(
    ("make", "kind", "message"),
    [
        (lambda: Lattice("sqare", 4), UnknownNameError, "Unknown lattice 'sqare'. Did you mean 'square'?"),
        (lambda: Lattice("square", 2.5), DescriptionError,
         "square: size 2.5 is no whole number of at least 1. Give the cells along an axis, such as 8 or (8, 8)."),
        (lambda: Lattice("chain", 0), DescriptionError,
         "chain: size 0 is no whole number of at least 1. Give the cells along an axis, such as 8."),
        (lambda: Lattice("square", True), DescriptionError,
         "square: size True is no whole number of at least 1. Give the cells along an axis, such as 8 or (8, 8)."),
        (lambda: Lattice("square", (4, 4, 4)), DescriptionError,
         "square: size (4, 4, 4) is for 3 axes, the lattice has 2. Give 8 or (8, 8), say."),
        (lambda: Lattice("square", ()), DescriptionError,
         "square: size () is for 0 axes, the lattice has 2. Give 8 or (8, 8), say."),
        (lambda: Lattice("square", 4, periodic="no"), DescriptionError,
         "square: periodic is 'no'. Give True or False."),
        (lambda: Lattice("square", 10**6), ShapeError,
         "square 1000000x1000000: 1,000,000,000,000 sites are more than 2,147,483,647. Give a smaller size."),
        (lambda: Lattice("square", (2, 5)), ShapeError,
         "square 2x5: with 2 cells along axis 0 the bonds of order 1 go round it and join some sites twice. "
         "Use at least 3, or open edges (periodic=False)."),
        (lambda: Lattice("honeycomb", 1), ShapeError,
         "honeycomb 1x1: with 1 cell along axis 0 and 1 cell along axis 1 the bonds of order 1 go round it and join "
         "some sites twice. Use at least 2, or open edges (periodic=False)."),
        (lambda: Lattice("honeycomb", 2).bonds(2), ShapeError,
         "honeycomb 2x2: with 2 cells along axis 0 and 2 cells along axis 1 the bonds of order 2 go round it and join "
         "some sites twice. Use at least 3, or open edges (periodic=False)."),
        (lambda: Lattice("square", 4).neighbours(3), ShapeError,
         "square 4x4: with 4 cells along axis 0 and 4 cells along axis 1 the bonds of order 3 go round it and join "
         "some sites twice. Use at least 5, or open edges (periodic=False)."),
        (lambda: Lattice("square", 4).bonds(0), DescriptionError,
         "square 4x4: order 0 is no neighbour order. Give a whole number from 1 (nearest) to 100."),
        (lambda: Lattice("square", 4).bonds(1.5), DescriptionError,
         "square 4x4: order 1.5 is no neighbour order. Give a whole number from 1 (nearest) to 100."),
        (lambda: Lattice("square", 4).colours(()), DescriptionError,
         "square 4x4: orders () is no list of neighbour orders. Give (1,) or (1, 2)."),
        (lambda: Lattice("cubic", 4).footprint(2), DescriptionError,
         "cubic 4x4x4: no footprint draws the neighbours of order 2 on three axes. Use 'full', or order 1."),
        (lambda: Lattice("square", 4, periodic=False).shift(np.ones((1, 4, 4)), 1), DescriptionError,
         "square 4x4 with open edges: open edges do not move on. Use a periodic lattice to shift its spins."),
        (lambda: Lattice("square", 4).shift(np.ones((1, 4, 4)), (1, 2, 3)), DescriptionError,
         "square 4x4: a shift by (1, 2, 3) is not a whole number of cells along each axis. Give 2 of them."),
        (lambda: Lattice("square", 4).shift(np.ones((1, 4, 4)), 0.5), DescriptionError,
         "square 4x4: a shift by 0.5 is not a whole number of cells along each axis. Give 2 of them."),
        (lambda: Lattice("kagome", 4).flat(np.ones((4, 4, 3))), ShapeError,
         "kagome 4x4: spins of shape 4x4x3 do not fit its 3x4x4. Give (..., 3, 4, 4): sublattices, then cells along "
         "each axis."),
        (lambda: Lattice("kagome", 4).flat(1), ShapeError,
         "kagome 4x4: spins of shape nothing do not fit its 3x4x4. Give (..., 3, 4, 4): sublattices, then cells along "
         "each axis."),
        (lambda: Lattice("chain", 4).unflat(np.ones((2, 5))), ShapeError,
         "chain 4: values of shape 2x5 do not end in its 4 sites. Give (..., 4)."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(make, kind, message):
    with pytest.raises(kind) as error:
        make()
    assert isinstance(error.value, LocalityError)
    assert str(error.value) == message
