"""The Monte Carlo renormalisation group against enumeration, exact limits, and Onsager's and Yang's exponents."""

from math import log

import numpy as np
import pytest

from locality.errors import LocalityError
from locality.lattice import Lattice
from locality.lattice.blocks import block_spin
from locality.lattice.ising import ising
from locality.lattice.operators import EVEN, ODD, bond_products, operators
from locality.lattice.renormalisation import exponents, linearised
from locality.lattice.statistics import Estimate

CRITICAL = 2 / np.log(1 + np.sqrt(2))
STEPS = {  # of each operator: the other places of its products
    "nearest neighbours": [[(0, 1)], [(1, 0)]],
    "diagonal neighbours": [[(1, 1)], [(1, -1)]],
    "plaquettes": [[(0, 1), (1, 0), (1, 1)]],
    "third neighbours": [[(0, 2)], [(2, 0)]],
    "spins": [[]],
    "three spins around a corner": [[(0, a), (b, 0)] for a in (-1, 1) for b in (-1, 1)],
    "three spins in a row": [[(0, 1), (0, 2)], [(1, 0), (2, 0)]],
}


def every_state(side):
    """All configurations of side x side spins, (2^(side^2), 1, side, side)."""
    bits = np.arange(2 ** (side * side))[:, None] >> np.arange(side * side) & 1
    return (2 * bits - 1).astype(np.int8).reshape(-1, 1, side, side)


@pytest.fixture(scope="module")
def states():
    return every_state(4)


def test_operators_are_sums_of_products_over_all_places():
    spins = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (5, 2, 7, 6))
    found = operators(spins)
    for number, name in enumerate((*EVEN, *ODD)):
        expected = 0
        for places in STEPS[name]:
            term = spins.astype(int)
            for down, right in places:
                term = term * np.roll(spins, (-down, -right), (-2, -1))
            expected = expected + term.sum((-2, -1))
        np.testing.assert_array_equal(found[..., number], expected)


def test_bond_products_are_means_over_the_bonds_of_any_lattice():
    for name in ("triangular", "kagome", "cubic"):
        lattice = Lattice(name, 4)
        spins = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (3, *lattice.shape))
        flat, bonds = lattice.flat(spins), lattice.bonds()
        expected = [np.mean([int(one[a]) * int(one[b]) for a, b in bonds]) for one in flat]
        np.testing.assert_allclose(bond_products(flat, bonds), expected)


@pytest.mark.parametrize("kind", ["even", "odd"])
def test_the_matrix_is_the_derivative_of_what_the_block_spins_of_all_65536_states_mean(states, kind):
    """<S' S>_c is d<S'>/dK, here by finite differences of sums over all states; <S' S'>_c is a sum over the 16 states
    of the coarse lattice, each with the weight of all states that lead to it."""
    some = [0, 1] if kind == "even" else [4, 5]
    coarse_states = block_spin(states, (2, 2), ties="first")
    fine, coarse = operators(states[:, 0])[:, some], operators(coarse_states[:, 0])[:, some]
    energy = operators(states[:, 0])[:, 0]
    beta = 1 / CRITICAL

    def mean_of_coarse(shift):
        weights = np.exp(beta * energy + fine @ shift)
        return weights @ coarse / weights.sum()

    step = 1e-5
    across = np.stack([(mean_of_coarse(d) - mean_of_coarse(-d)) / (2 * step) for d in np.eye(2) * step], axis=1)
    code = ((coarse_states.reshape(-1, 4) > 0) @ [1, 2, 4, 8]).astype(int)
    weight = np.bincount(code, np.exp(beta * energy))
    first = np.array([np.flatnonzero(code == c)[0] for c in range(16)])
    there = coarse[first] - weight @ coarse[first] / weight.sum()
    within = (there * (weight / weight.sum())[:, None]).T @ there
    found = linearised(fine, coarse, np.exp(beta * energy))
    np.testing.assert_allclose(found, np.linalg.inv(within) @ across, rtol=1e-7)


@pytest.mark.parametrize(("block", "mean"), [(2, 1.5), (3, 9 * 70 / 256)])
def test_at_infinite_temperature_a_block_knows_of_its_spins_as_a_sum_of_coins_does(block, mean):
    """With one odd operator the eigenvalue is <s' sum s>, the mean modulus of a block's sum."""
    spins = np.random.default_rng(2).choice(np.array([-1, 1], np.int8), (1500, 1, 18, 18))
    found = exponents(spins, block)
    first = found.of("magnetic", 1, 1)
    assert abs(first.value - log(mean) / log(block)) < 5 * first.error
    assert found.of("thermal", 1, 1).value < 0.3  # neighbours are irrelevant there


def test_in_the_ordered_phase_the_magnetic_exponent_is_the_dimension_but_for_what_the_magnetisation_gains():
    """The sum of all spins is N m or -N m, so that the eigenvalue of one operator is b^2 m/m'."""
    sign = np.random.default_rng(3).choice(np.array([-1, 1], np.int8), (400, 1, 1, 1))
    noise = np.where(np.random.default_rng(4).random((400, 1, 20, 20)) < 0.15, -1, 1)
    spins = (sign * noise).astype(np.int8)
    gained = np.abs(block_spin(spins).mean((1, 2, 3))).mean() / np.abs(spins.mean((1, 2, 3))).mean()
    found = exponents(spins).of("magnetic", 1, 1)
    assert gained > 1.1
    assert found.value == pytest.approx(2 - np.log2(gained), abs=0.02)


@pytest.fixture(scope="module")
def critical_samples():
    return ising(Lattice("square", 32), CRITICAL, 4000, seed=1)


@pytest.fixture(scope="module")
def found(critical_samples):
    return exponents(critical_samples)


def test_at_the_critical_temperature_the_exponents_are_onsager_s_and_yang_s(found):
    assert [(row.level, row.side) for row in found.rows if row.operators == 1] == [(1, 16), (1, 16), (2, 8), (2, 8)]
    assert found.quoted_level == 2
    assert abs(found.thermal.value - 1) < min(5 * found.thermal.error, 0.15)
    assert abs(found.magnetic.value - 15 / 8) < min(5 * found.magnetic.error, 0.03)
    assert found.thermal.error < 0.08
    assert found.magnetic.error < 0.01
    assert 0.85 < found.of("thermal", 1, 1).value < found.of("thermal", 1, 4).value < 1.05


def test_the_error_holds_what_is_cut_off(found):
    best = found.of("thermal", 2, 4)
    changes = [abs(best.value - found.of("thermal", *other).value) for other in ((2, 3), (1, 4))]
    assert found.thermal.error == pytest.approx(np.hypot(best.error, max(changes)))
    assert found.thermal == Estimate(best.value, found.thermal.error, 1.0)


def test_chains_are_kept_apart_so_that_copies_of_a_sample_do_not_lower_the_error():
    spins = np.random.default_rng(5).choice(np.array([-1, 1], np.int8), (400, 1, 16, 16))
    once = exponents(spins, ties="first").of("magnetic", 1, 1)
    copied = exponents(np.repeat(spins, 10, axis=0)[None], ties="first").of("magnetic", 1, 1)
    assert copied.value == pytest.approx(once.value, abs=5e-3)  # each without its own bias
    assert 0.6 < copied.error / once.error < 1.7


def test_it_prints_a_table_and_says_what_is_quoted(found, critical_samples):
    lines = repr(found).splitlines()
    assert lines[0].split("  ")[-1] == "y_T, 4 operators"
    assert max(map(len, lines)) <= 88
    assert any(line.startswith("y_T = ") and "exact 1, " in line for line in lines)
    assert any(line.startswith("y_H = ") and "exact 1.875, " in line for line in lines)
    assert "Quoted: level 1 to 2, the last with at least 8 cells along a side" in repr(found)
    plain = found.to_dict()
    assert plain["quoted"]["thermal"]["value"] == found.thermal.value
    assert len(plain["rows"]) == len(found.rows) == 14
    single = exponents(np.asarray(critical_samples.spins)[:200, :, :16, :16])
    assert "Nothing tells how far this first level is from the fixed point: use a larger lattice." in single.remark


NOISE = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (50, 1, 16, 16))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((NOISE, 2, "average"), "exponents: the average of spins is no spin. Use rule='majority'."),
        (
            (np.ones_like(NOISE),),
            "exponents: the operators of a level do not vary enough in these samples to tell them apart. Give more "
            "samples, near the critical temperature.",
        ),
        (
            (NOISE[..., :8, :8],),
            "coarse graining: blocks of 2 leave 4 of 8 cells along a side, and a level has at least 5. Use a side of "
            "10 or more.",
        ),
        (
            (np.concatenate([NOISE, NOISE], axis=1),),
            "exponents: a square lattice has one sublattice, not 2.",
        ),
    ],
)
def test_bad_input_is_one_sentence(given, message):
    with pytest.raises(LocalityError) as refused:
        exponents(*given)
    assert str(refused.value) == message


def test_another_lattice_is_refused():
    class Given:
        lattice, spins = Lattice("triangular", 8), NOISE

    with pytest.raises(LocalityError) as refused:
        exponents(Given())
    assert str(refused.value) == (
        "exponents: the operators are those of the periodic square lattice, not of the triangular."
    )
    Given.lattice = Lattice("square", 16, periodic=False)
    with pytest.raises(LocalityError, match=r"not of the open square\.$"):
        exponents(Given())


def test_too_few_samples_give_no_error():
    assert exponents(NOISE[:10]).magnetic.error is None
