"""Point groups against numpy's rotations and flips, and against what a group is."""

from itertools import product

import numpy as np
import pytest

from locality.errors import ShapeError
from locality.lattice import LATTICES, Lattice

ORDERS = {"square": 8, "triangular": 12, "honeycomb": 12, "kagome": 12, "checkerboard": 8, "chain": 2, "cubic": 48}
SPINS = np.random.default_rng(3)


def named(lattice):
    found = {one.name: one for one in lattice.symmetries}
    assert len(found) == len(lattice.symmetries)
    return found


def bonds(lattice, order=1):
    return {frozenset(bond) for bond in lattice.bonds(order).tolist()}


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("name", LATTICES)
def test_symmetries_are_a_group_that_carries_sites_to_sites_and_bonds_to_bonds(name, periodic):
    lattice = Lattice(name, 4, periodic)
    moves = [tuple(one.sites) for one in lattice.symmetries]
    assert len(moves) == len(set(moves))
    assert list(moves[0]) == list(range(lattice.sites))
    assert lattice.symmetries[0].name == "identity"
    if periodic:
        assert len(moves) == ORDERS[name]
    everything = set(moves)
    for one, other in product(moves, moves):
        assert tuple(one[site] for site in other) in everything
    for one in moves:
        assert sorted(one) == list(range(lattice.sites))
        assert {frozenset(one[site] for site in bond) for bond in bonds(lattice)} == bonds(lattice)


@pytest.mark.parametrize("name", LATTICES)
def test_symmetries_and_shifts_keep_the_energy_with_any_neighbours(name):
    lattice = Lattice(name, 5)
    spins = SPINS.choice([-1, 1], (3, *lattice.shape)).astype(np.int8)

    def energies(spins):
        flat = lattice.flat(spins).astype(int)
        return [-(flat[:, pairs[:, 0]] * flat[:, pairs[:, 1]]).sum(axis=1) for pairs in map(lattice.bonds, orders)]

    orders = (1, 2) if name in ("chain", "cubic") else (1, 2, 3)
    before = energies(spins)
    for one in lattice.symmetries:
        assert np.array_equal(energies(one.apply(spins)), before)
        assert one.apply(spins).dtype == np.int8
    assert np.array_equal(energies(lattice.shift(spins, 2)), before)


@pytest.mark.parametrize("name", LATTICES)
def test_symmetries_keep_every_distance(name):
    lattice = Lattice(name, 3, periodic=False)
    apart = np.linalg.norm(lattice.positions[:, None] - lattice.positions, axis=2)
    for one in lattice.symmetries:
        assert np.allclose(apart[np.ix_(one.sites, one.sites)], apart)


def test_the_square_s_are_numpy_s_rotations_and_flips():
    spins = SPINS.choice([-1, 1], (2, 1, 5, 5))
    for periodic in (False, True):
        symmetries = named(Lattice("square", 5, periodic))
        # numpy turns about the middle; a periodic lattice turns about site 0, so what comes out lies one cell further.
        for quarter in (1, 2, 3):
            turned = np.rot90(spins, quarter, axes=(-2, -1))
            steps = {1: (1, 0), 2: (1, 1), 3: (0, 1)}[quarter] if periodic else (0, 0)
            expected = np.roll(turned, steps, axis=(-2, -1))
            assert np.array_equal(symmetries[f"rotation by {90 * quarter} degrees"].apply(spins), expected)
        flips = {0: np.flip(spins, -2), 90: np.flip(spins, -1), 135: spins.swapaxes(-2, -1)}
        for degrees, flipped in flips.items():
            steps = {0: (1, 0), 90: (0, 1), 135: (0, 0)}[degrees] if periodic else (0, 0)
            expected = np.roll(flipped, steps, axis=(-2, -1))
            assert np.array_equal(symmetries[f"reflection in a line at {degrees} degrees"].apply(spins), expected)


def test_the_cube_s_are_numpy_s_too():
    spins = SPINS.choice([-1, 1], (1, 4, 4, 4))
    symmetries = named(Lattice("cubic", 4, periodic=False))
    assert len(symmetries) == 48
    expected = {
        "inversion": np.flip(spins, (1, 2, 3)),
        "reflection along (1, 0, 0)": np.flip(spins, 1),
        "reflection along (0, 1, -1)": spins.swapaxes(2, 3),
        "rotation by 90 degrees about (0, 0, 1)": np.rot90(spins, 1, (1, 2)),
        "rotation by 270 degrees about (1, 0, 0)": np.rot90(spins, 3, (2, 3)),
        "rotation by 120 degrees about (1, 1, 1)": spins.transpose(0, 3, 1, 2),
        "rotation by 90 degrees about (0, 0, 1), then inversion": np.flip(np.rot90(spins, 1, (1, 2)), (1, 2, 3)),
    }
    for name, turned in expected.items():
        assert np.array_equal(symmetries[name].apply(spins), turned), name


@pytest.mark.parametrize("name", LATTICES)
def test_a_rotation_repeated_comes_back_when_its_angle_says_so_and_a_reflection_after_two(name):
    lattice = Lattice(name, 4)
    spins = lattice.unflat(np.arange(lattice.sites))
    for one in lattice.symmetries:
        if "then" in one.name:
            continue
        angle = int(one.name.split()[2]) if one.name.startswith("rotation") else 180 if one.name != "identity" else 360
        turned, times = one.apply(spins), 1
        while not np.array_equal(turned, spins):
            turned, times = one.apply(turned), times + 1
        assert times * angle % 360 == 0
        assert times == {60: 6, 300: 6, 90: 4, 270: 4, 120: 3, 240: 3, 180: 2, 360: 1}[angle]


@pytest.mark.parametrize("name", ["honeycomb", "kagome"])
def test_the_hexagon_s_rotation_carries_the_sublattices_along(name):
    lattice = Lattice(name, 4)
    sixth = named(lattice)["rotation by 60 degrees"]
    goes = {(site % lattice.sublattices, sixth.sites[site] % lattice.sublattices) for site in range(lattice.sites)}
    assert len(goes) == lattice.sublattices
    assert all(start != end for start, end in goes)


@pytest.mark.parametrize(
    ("name", "size", "periodic", "count"),
    [("square", (4, 6), True, 4), ("square", (4, 6), False, 4), ("triangular", (4, 6), True, 2),
     ("triangular", (4, 8), True, 4), ("honeycomb", (3, 6), True, 4), ("kagome", (4, 5), True, 2),
     ("checkerboard", (4, 6), True, 4), ("cubic", (3, 3, 4), True, 16), ("cubic", (3, 4, 5), True, 8),
     ("triangular", 4, False, 4), ("honeycomb", 4, False, 4), ("kagome", 4, False, 2)],
)  # fmt: skip
def test_other_shapes_keep_fewer(name, size, periodic, count):
    assert len(Lattice(name, size, periodic).symmetries) == count


def test_a_symmetry_says_what_it_is_and_refuses_spins_that_do_not_fit():
    quarter = Lattice("square", 4).symmetries[1]
    assert repr(quarter) == "<Symmetry of square 4x4: rotation by 90 degrees>"
    with pytest.raises(ShapeError) as error:
        quarter.apply(np.ones((4, 4)))
    assert str(error.value) == (
        "square 4x4: spins of shape 4x4 do not fit its 1x4x4. Give (..., 1, 4, 4): sublattices, then cells along "
        "each axis."
    )
    with pytest.raises(ValueError, match="read-only"):
        quarter.sites[0] = 0
