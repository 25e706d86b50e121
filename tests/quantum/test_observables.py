"""Correlations, structure factors and orders against sums over pairs of sites, exact ground states, closed forms."""

import json
import re
from math import inf, pi

import numpy as np
import pytest

from locality.errors import LocalityError
from locality.lattice import Lattice
from locality.lattice.exact import ground_state_energy
from locality.lattice.statistics import binned
from locality.quantum.observables import (
    correlations,
    observables,
    of_exact,
    staggered,
    stripe,
    structure_factor,
    v_score,
    waves,
)

LATTICES = [
    Lattice("square", 4),
    Lattice("square", (4, 6)),
    Lattice("square", (3, 5)),
    Lattice("chain", 10),
    Lattice("triangular", 4),
    Lattice("honeycomb", (3, 4)),
    Lattice("kagome", (2, 4)),
    Lattice("checkerboard", 3),
    Lattice("cubic", (3, 4, 3)),
    Lattice("square", (3, 4), periodic=False),
    Lattice("honeycomb", 2, periodic=False),
]


def drawn(lattice, chains, steps, seed=1):
    """Random configurations of as many spins up as down (of an odd number, one more up)."""
    spins = np.ones((chains, steps, lattice.sites), np.int8)
    spins[:, :, : lattice.sites // 2] = -1
    return np.random.Generator(np.random.PCG64(seed)).permuted(spins, axis=-1)


@pytest.mark.parametrize("lattice", LATTICES, ids=str)
def test_all_observables_are_sums_over_pairs_of_sites_at_their_true_positions(lattice):
    spins = drawn(lattice, 2, 30)
    pairs = 0.75 * np.einsum("csi,csj->ij", spins.astype(float), spins) / 60
    apart = lattice.positions[:, None] - lattice.positions
    factor = [(np.cos(apart @ q) * pairs).sum() / lattice.sites for q in waves(lattice).reshape(-1, lattice.dimension)]
    found = observables(lattice, spins)
    assert found.structure_factor.values.ravel() == pytest.approx(np.array(factor), abs=1e-11)
    if lattice.signs is None:
        assert found.staggered is None
    else:
        assert found.staggered.value == pytest.approx(
            lattice.signs @ pairs @ lattice.signs / lattice.sites**2, abs=1e-12
        )
    if not lattice.periodic:
        assert found.correlations is None
        return
    moved = [
        lattice.flat(lattice.shift(lattice.unflat(np.arange(lattice.sites)), by)) for by in np.ndindex(*lattice.size)
    ]
    translated = sum(pairs[np.ix_(by, by)] for by in moved) / lattice.cells
    expected = lattice.unflat(translated[: lattice.sublattices])
    assert np.abs(found.correlations.values - expected).max() < 1e-12


@pytest.mark.parametrize("lattice", LATTICES, ids=str)
def test_weights_of_equal_samples_give_what_the_samples_give(lattice):
    spins = drawn(lattice, 1, 40)
    sampled, weighted = observables(lattice, spins), observables(lattice, spins[0], np.full(40, 1 / 40))
    assert np.abs(sampled.structure_factor.values - weighted.structure_factor.values).max() < 1e-11
    assert not weighted.structure_factor.errors.any()
    if lattice.periodic:
        assert np.abs(sampled.correlations.values - weighted.correlations.values).max() < 1e-12
    for one, other in ((sampled.staggered, weighted.staggered), (sampled.stripe, weighted.stripe)):
        assert (one is None) == (other is None)
        if one is not None:
            assert one.value == pytest.approx(other.value, abs=1e-12)
            assert other.error == 0


@pytest.mark.parametrize(
    ("lattice", "j2"),
    [(Lattice("square", 4), 0.0), (Lattice("square", 4), 1.0), (Lattice("honeycomb", (2, 3)), 0.0)],
    ids=str,
)
def test_three_times_the_z_part_is_the_whole_for_a_singlet(lattice, j2):
    found = ground_state_energy(lattice, j2)
    assert found.correlations.sum() == pytest.approx(0, abs=1e-9)
    by_z, whole = observables(lattice, found.configurations, found.amplitudes**2), of_exact(found)
    assert np.abs(by_z.structure_factor.values - whole.structure_factor.values).max() < 1e-10
    assert np.abs(by_z.correlations.values - whole.correlations.values).max() < 1e-10
    assert by_z.staggered.value == pytest.approx(whole.staggered.value, abs=1e-10)
    assert np.abs(whole.correlations.values[0, 0].ravel() - found.correlations[0, :: lattice.sublattices]).max() < 1e-9


def test_samples_of_an_exact_ground_state_give_its_observables_within_five_sigma():
    found = ground_state_energy(Lattice("square", 4), 0.5)
    draw = np.random.Generator(np.random.PCG64(5))
    chosen = draw.choice(len(found.amplitudes), size=(4, 1000), p=found.amplitudes**2)
    sampled, exact = observables(found.lattice, found.configurations[chosen]), of_exact(found)
    for one, other in (
        (sampled.structure_factor, exact.structure_factor),
        (sampled.correlations, exact.correlations),
    ):
        fixed = one.errors == 0
        assert fixed.sum() == 1
        assert np.abs(one.values - other.values)[fixed].max() < 1e-12
        assert (np.abs(one.values - other.values)[~fixed] < 5 * one.errors[~fixed]).all()
    assert abs(sampled.staggered.value - exact.staggered.value) < 5 * sampled.staggered.error
    assert abs(sampled.stripe.value - exact.stripe.value) < 5 * sampled.stripe.error


def test_errors_are_those_of_block_means_so_that_chains_which_disagree_make_them_large():
    lattice = Lattice("square", 4)
    neel, stripes = lattice.signs, 1 - 2 * (np.arange(16) // 4 % 2)
    spins = drawn(lattice, 24, 50)
    spins[:12, ::2], spins[12:, ::2] = neel, stripes
    found = staggered(lattice, spins)
    series = 0.75 * (spins.astype(float) @ neel / 16) ** 2
    assert found == binned(series)
    assert found.error > 3 * series.std() / np.sqrt(series.size)


@pytest.mark.parametrize(
    "lattice", [Lattice("square", (4, 6)), Lattice("chain", 12), Lattice("triangular", 4)], ids=str
)
def test_the_mean_of_the_structure_factor_over_all_waves_is_three_quarters(lattice):
    found = structure_factor(lattice, drawn(lattice, 2, 25, seed=3))
    assert found.values.mean() == pytest.approx(0.75, abs=1e-12)
    assert found.values.ravel()[0] == pytest.approx(0, abs=1e-12)
    assert found.errors.ravel()[0] == 0


def test_the_checkerboard_of_neel_and_stripes_have_their_closed_forms():
    lattice = Lattice("square", 6)
    row, column = np.indices((6, 6)).reshape(2, -1)
    for spins, place, orders in (
        (1 - 2 * ((row + column) % 2), (3, 3), (0.75, 0.0)),
        (1 - 2 * (row % 2), (3, 0), (0.0, 0.75)),
        (1 - 2 * (column % 2), (0, 3), (0.0, 0.75)),
    ):
        found = observables(lattice, spins[None], [1.0])
        expected = np.zeros((6, 6))
        expected[place] = 0.75 * 36
        assert np.abs(found.structure_factor.values - expected).max() < 1e-10
        assert found.waves[place] == pytest.approx(np.array(place) / 3 * pi)
        assert (found.staggered.value, found.stripe.value) == pytest.approx(orders, abs=1e-12)


def test_the_structure_factor_at_pi_pi_is_the_staggered_order_times_the_sites():
    lattice = Lattice("square", (4, 6))
    spins = drawn(lattice, 4, 100)
    factor = structure_factor(lattice, spins)
    found, both = staggered(lattice, spins), stripe(lattice, spins)
    assert found.value == pytest.approx(factor.values[2, 3] / 24)
    assert found.error == pytest.approx(factor.errors[2, 3] / 24)
    assert both.value == pytest.approx((factor.values[2, 0] + factor.values[0, 3]) / 24)


def test_stripes_need_an_even_side_and_a_square_lattice():
    assert stripe(Lattice("square", 5), drawn(Lattice("square", 5), 1, 30)) is None
    assert stripe(Lattice("triangular", 4), drawn(Lattice("triangular", 4), 1, 30)) is None
    lattice = Lattice("square", (5, 4))
    along = (1 - 2 * (np.arange(20) % 4 % 2))[None]
    assert stripe(lattice, along, [1.0]).value == pytest.approx(0.75)


def test_waves_fit_the_lattice_and_a_honeycomb_has_those_of_its_cells():
    lattice = Lattice("honeycomb", (3, 4))
    turns = waves(lattice) @ lattice.vectors.T / (2 * pi) * (3, 4)
    assert turns.shape == (3, 4, 2)
    assert np.abs(turns - np.moveaxis(np.indices((3, 4)), 0, -1)).max() < 1e-12


def test_too_few_samples_give_values_without_errors_as_plain_data():
    lattice = Lattice("square", 4)
    found = observables(lattice, drawn(lattice, 1, 5)).to_dict()
    json.dumps(found, allow_nan=False)
    assert found["structure_factor"]["errors"][2][2] is None
    assert found["structure_factor"]["errors"][0][0] == 0
    assert found["staggered"]["error"] is None
    assert list(found) == ["structure_factor", "correlations", "staggered", "stripe"]
    assert np.shape(found["structure_factor"]["waves"]) == (4, 4, 2)
    assert np.shape(found["correlations"]["values"]) == (1, 1, 4, 4)
    open_one = Lattice("triangular", 3, periodic=False)
    found = observables(open_one, drawn(open_one, 1, 5)).to_dict()
    assert found["correlations"] is found["staggered"] is found["stripe"] is None


def test_many_samples_are_done_in_batches_to_the_same_numbers(monkeypatch):
    lattice = Lattice("honeycomb", 3)
    spins = drawn(lattice, 2, 40)
    at_once = observables(lattice, spins)
    monkeypatch.setattr("locality.quantum.observables._AT_ONCE", 7 * lattice.sites)
    batched = observables(lattice, spins)
    assert np.array_equal(at_once.structure_factor.values, batched.structure_factor.values)
    assert np.array_equal(at_once.correlations.values, batched.correlations.values)


def test_the_v_score_of_a_published_state():
    """VarBench, J1-J2 on 10x10 at J2 = 0.5, RBM+PP: both in units of Pauli matrices."""
    assert v_score(-199.05174 / 4, 0.79 / 16, 100) == pytest.approx(100 * 0.79 / 199.05174**2)
    assert v_score(0.0, 0.1, 4) == inf
    assert v_score(-8.0, 0.0, 16) == 0


@pytest.mark.parametrize(
    ("configurations", "weights", "message"),
    [
        (
            np.ones((3, 15)),
            None,
            "square 4x4: configurations of shape 3x15 are not of its 16 sites. "
            "Give (steps, 16), with or without an axis of chains before.",
        ),
        (np.ones((2, 0, 16)), None, "square 4x4: configurations of shape 2x0x16 are none. Give at least one."),
        (np.eye(16, dtype=int), None, "square 4x4: spins are +1 and -1, not from 0 to 1. Give 2 Sz."),
        (
            np.ones((3, 16)),
            [0.5, 0.5],
            "square 4x4: weights of shape 2 do not fit configurations of shape 3x16. Give (n,) and (n, 16).",
        ),
        (
            np.ones((2, 16)),
            [0.5, 0.25],
            "square 4x4: weights from 0.25 that sum to 0.75 are no probabilities. Divide |psi|^2 by its sum.",
        ),
        (
            np.ones((2, 16)),
            [1.5, -0.5],
            "square 4x4: weights from -0.5 that sum to 1 are no probabilities. Divide |psi|^2 by its sum.",
        ),
    ],
)
def test_what_is_no_sample_is_refused_in_one_sentence(configurations, weights, message):
    for one in (observables, correlations, structure_factor, staggered, stripe):
        with pytest.raises(LocalityError, match=f"^{re.escape(message)}$"):
            one(Lattice("square", 4), configurations, weights)


def test_correlations_averaged_over_translations_need_a_periodic_lattice():
    message = (
        "square 4x4 with open edges: correlations are averaged over translations, which open edges do not have. "
        "Use periodic=True, or look at the structure factor."
    )
    with pytest.raises(LocalityError, match=f"^{re.escape(message)}$"):
        correlations(Lattice("square", 4, periodic=False), np.ones((3, 16)))
