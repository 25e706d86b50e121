"""Projections: the elements of each group against rolls and turns of the array, closure, characters, messages."""

import re

import numpy as np
import pytest

from locality.errors import DescriptionError, UnknownNameError
from locality.lattice import Lattice
from locality.quantum.symmetry import C4, C4V, GROUPS, projection
from wave_functions import SQUARE, images, some

NAMES = [
    ("none", 1),
    ("flip", 2),
    ("flip:odd", 2),
    ("translations", 16),
    ("translations:2,0", 16),
    ("translations:1,-1", 16),
    ("c4", 4),
    *((f"c4:{name}", 4) for name in C4),
    ("c4v", 8),
    *((f"c4v:{name}", 8) for name in C4V),
    ("c4v+flip", 16),
    ("flip:odd+c4v:B2", 16),
    ("translations+c4v+flip", 256),
    ("translations:2,2+c4:B+flip:odd", 128),
]
OTHERS = [
    (Lattice("chain", 6), "translations:2", 6),
    (Lattice("chain", 5), "translations:1+flip:odd", 10),
    (Lattice("honeycomb", 3), "translations:1,2", 9),
    (Lattice("kagome", (3, 4)), "translations:1,1+flip", 24),
    (Lattice("cubic", (3, 4, 5)), "translations:1,0,2", 60),
    (Lattice("square", (4, 6)), "translations:0,3", 24),
    (Lattice("square", 6, periodic=False), "c4v:A2", 8),
]
CASES = [(SQUARE, name, order) for name, order in NAMES] + OTHERS


def told(found):
    """Elements as (sites that spins come from, turn of the spins) -> character."""
    every = zip(found.sites.tolist(), found.turns, found.characters, strict=True)
    return {(tuple(sites), int(turn)): complex(character) for sites, turn, character in every}


def test_the_groups_are_these():
    assert GROUPS == ("none", "translations", "c4", "c4v", "flip")


@pytest.mark.parametrize(("lattice", "name", "order"), CASES)
def test_a_group_holds_each_element_once_and_every_product_with_the_product_of_the_characters(lattice, name, order):
    found = projection(lattice, name)
    elements = told(found)
    assert len(found) == len(elements) == order
    keys = list(elements)
    for one in keys[:: max(1, order // 16)]:
        for other in keys:
            product = (tuple(np.array(one[0])[list(other[0])].tolist()), one[1] * other[1])
            assert elements[product] == pytest.approx(elements[one] * elements[other], abs=1e-9)


@pytest.mark.parametrize(("lattice", "name", "order"), [case for case in CASES if case[0].name == "square"])
def test_the_images_are_rolls_turns_mirrors_and_flips_of_the_array_with_the_characters_of_the_textbooks(
    lattice, name, order
):
    configurations = some(lattice, 3) * np.arange(1, lattice.sites + 1, dtype=np.int16)  # so that no two look alike
    found = projection(lattice, name)
    assert found.images(configurations).shape == (3, order, lattice.sites)
    given = {
        one.tobytes(): complex(character)
        for one, character in zip(found.images(configurations).transpose(1, 0, 2), found.characters, strict=True)
    }
    if lattice.periodic:
        expected = {np.ascontiguousarray(one).tobytes(): k for k, one in images(lattice, configurations, name)}
    else:  # open edges: the square turns about its own centre
        spins = lattice.unflat(configurations)
        expected = {
            np.ascontiguousarray(lattice.flat(np.rot90(one, k, axes=(-2, -1)))).tobytes(): axis
            for one, axis in ((spins, 1), (spins[..., ::-1, :], -1))
            for k in range(4)
        }
    assert len(expected) == order
    assert given.keys() == expected.keys()
    for key, character in expected.items():
        assert given[key] == pytest.approx(character, abs=1e-9)


@pytest.mark.parametrize(("lattice", "name"), [(one, name) for one, name, _ in OTHERS if "translations" in name])
def test_translations_move_cells_and_keep_the_sublattices(lattice, name):
    configurations = some(lattice, 1) if lattice.sites % 2 == 0 else np.array([[1, 1, -1, 1, -1]], np.int8)
    configurations = configurations * np.arange(1, lattice.sites + 1, dtype=np.int16)
    found = projection(lattice, name)
    given = {tuple(one.tolist()): k for one, k in zip(found.images(configurations)[0], found.characters, strict=True)}
    expected = {tuple(one[0].tolist()): k for k, one in images(lattice, configurations, name)}
    assert given.keys() == expected.keys()
    assert all(given[key] == pytest.approx(expected[key], abs=1e-9) for key in expected)


@pytest.mark.parametrize(("lattice", "name"), [(one, name) for one, name, _ in CASES])
def test_every_element_carries_bonds_to_bonds(lattice, name):
    bonds = {frozenset(pair) for pair in lattice.bonds().tolist()}
    for sites in projection(lattice, name).sites[:: max(1, len(projection(lattice, name)) // 20)]:
        assert {frozenset(sites[pair].tolist()) for pair in lattice.bonds()} == bonds


@pytest.mark.parametrize("name", ["none", "c4v:B1+flip:odd", "translations:2,2", "c4:B"])
def test_characters_without_imaginary_part_are_real_numbers(name):
    assert projection(SQUARE, name).characters.dtype == np.float64
    assert projection(SQUARE, "c4:i").characters.dtype == np.complex128


@pytest.mark.parametrize(
    ("lattice", "name", "error", "message"),
    [
        (SQUARE, "c4w", UnknownNameError, "Unknown symmetry 'c4w'. Did you mean 'c4'?"),
        (SQUARE, 4, UnknownNameError, "Unknown symmetry 4. Did you mean 'c4'?"),
        (SQUARE, "c4v+flop", UnknownNameError, "Unknown symmetry 'flop'. Did you mean 'flip'?"),
        (
            SQUARE, "c4v:E", UnknownNameError,
            "Unknown representation of c4v 'E'. Known are: A1, A2, B1, B2.",
        ),
        (SQUARE, "flip:od", UnknownNameError, "Unknown representation of flip 'od'. Did you mean 'odd'?"),
        (
            SQUARE, "flip+c4+flip", DescriptionError,
            "symmetry 'flip+c4+flip' names a group twice. Name each once, such as translations+c4v+flip.",
        ),
        (
            SQUARE, "c4+c4v", DescriptionError,
            "symmetry 'c4+c4v' names a group twice. Name each once, such as translations+c4v+flip.",
        ),
        (
            Lattice("honeycomb", 4), "c4v", DescriptionError,
            "honeycomb 4x4: c4v is the symmetry of a square lattice with equal sides. Use another symmetry.",
        ),
        (
            Lattice("square", (4, 6)), "c4", DescriptionError,
            "square 4x6: c4 is the symmetry of a square lattice with equal sides. Use another symmetry.",
        ),
        (
            Lattice("square", 4, periodic=False), "translations", DescriptionError,
            "square 4x4 with open edges: with open edges it has no translations. Leave them out of the symmetry.",
        ),
        (
            SQUARE, "translations:1", DescriptionError,
            "symmetry translations:1: a wave on square 4x4 has 2 whole numbers of periods. Write translations:1,0, "
            "say.",
        ),
        (
            Lattice("chain", 6), "translations:a", DescriptionError,
            "symmetry translations:a: a wave on chain 6 has 1 whole numbers of periods. Write translations:1, say.",
        ),
        *(
            (
                SQUARE, f"flip+{group}+translations:{wave}", DescriptionError,
                f"symmetry 'flip+{group}+translations:{wave}': {group} turns its wave into another one. Leave {group} "
                f"out, or use a wave that it keeps: as many periods along both axes, none or half the cells.",
            )
            for group, wave in (("c4", "1,0"), ("c4v", "2,0"), ("c4v", "1,1"))
        ),
    ],
)  # fmt: skip
def test_a_symmetry_that_the_lattice_has_not_is_refused(lattice, name, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        projection(lattice, name)
