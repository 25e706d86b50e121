"""Sign rules: which sites they count, and that they are the signs of ground states where theory says so."""

import re

import numpy as np
import pytest

from locality.errors import DescriptionError, UnknownNameError
from locality.lattice import Lattice
from locality.lattice.exact import ground_state_energy
from locality.quantum.signs import SIGN_RULES, sign_mask, signs_of
from wave_functions import some


def test_the_rules_are_these():
    assert SIGN_RULES == ("none", "marshall", "stripe")


def test_on_the_square_lattice_marshall_counts_one_colour_of_the_board_stripe_every_other_row_none_nothing():
    lattice = Lattice("square", (4, 6))
    rows, columns = np.indices((4, 6))
    assert (sign_mask(lattice, "marshall") == ((rows + columns) % 2 == 0).reshape(-1)).all()
    assert (sign_mask(lattice, "stripe") == (rows % 2 == 0).reshape(-1)).all()
    assert not sign_mask(lattice, "none").any()


def test_on_the_honeycomb_lattice_marshall_counts_one_of_the_two_sites_of_every_cell():
    mask = sign_mask(Lattice("honeycomb", 3), "marshall").reshape(9, 2)
    assert (mask == mask[0]).all()
    assert mask[0].sum() == 1


@pytest.mark.parametrize("lattice", [Lattice("chain", 6), Lattice("square", (3, 4), periodic=False)], ids=str)
def test_a_sign_is_minus_one_to_the_number_of_up_spins_on_the_mask(lattice):
    mask = sign_mask(lattice, "marshall")
    configurations = some(lattice, 50)
    expected = [np.prod([-1 if spin > 0 else 1 for spin in one[mask]]) for one in configurations]
    found = signs_of(configurations, mask)
    assert found.dtype == np.int8
    assert found.tolist() == expected
    assert {1, -1} == set(expected)
    assert signs_of(configurations.reshape(5, 10, -1), mask).tolist() == np.reshape(expected, (5, 10)).tolist()


@pytest.mark.parametrize(
    "lattice",
    [Lattice("chain", 8), Lattice("square", (4, 4)), Lattice("honeycomb", 3), Lattice("square", (3, 4), False)],
    ids=str,
)
def test_the_ground_state_of_a_bipartite_antiferromagnet_has_marshalls_signs(lattice):
    exact = ground_state_energy(lattice, 0.0)
    rotated = exact.amplitudes * signs_of(exact.configurations, sign_mask(lattice, "marshall"))
    assert (rotated > 0).all() or (rotated < 0).all()


def test_where_next_neighbours_win_the_ground_state_has_the_stripes_signs_more_than_marshalls():
    lattice = Lattice("square", 4)
    exact = ground_state_energy(lattice, 2.0)
    weight = {
        rule: abs((exact.amplitudes * np.abs(exact.amplitudes) * signs_of(exact.configurations, mask)).sum())
        for rule in SIGN_RULES
        for mask in [sign_mask(lattice, rule)]
    }
    assert weight["stripe"] > 0.4
    assert weight["stripe"] > 3 * max(weight["none"], weight["marshall"])


@pytest.mark.parametrize(
    ("lattice", "rule", "error", "message"),
    [
        (
            Lattice("square", 4), "marshal", UnknownNameError,
            "Unknown sign rule 'marshal'. Did you mean 'marshall'?",
        ),
        (
            Lattice("triangular", 4), "marshall", DescriptionError,
            "triangular 4x4: it is not bipartite, so the marshall rule has no meaning there. Use the sign rule none.",
        ),
        (
            Lattice("square", (5, 4)), "marshall", DescriptionError,
            "square 5x4: it is not bipartite, so the marshall rule has no meaning there. Use the sign rule none.",
        ),
        (
            Lattice("square", (5, 4)), "stripe", DescriptionError,
            "square 5x4: the stripe rule is for the square lattice with an even number of rows. Use the sign rule "
            "none.",
        ),
        (
            Lattice("honeycomb", 4), "stripe", DescriptionError,
            "honeycomb 4x4: the stripe rule is for the square lattice with an even number of rows. Use the sign rule "
            "none.",
        ),
    ],
)  # fmt: skip
def test_a_rule_that_is_none_or_has_no_meaning_on_the_lattice_is_refused(lattice, rule, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        sign_mask(lattice, rule)


def test_stripes_end_at_open_edges_and_so_may_be_odd_in_number():
    mask = sign_mask(Lattice("square", (3, 4), periodic=False), "stripe").reshape(3, 4)
    assert mask[:, 0].tolist() == [True, False, True]
