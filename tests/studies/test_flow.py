"""The flow of block spins against what is known exactly: coins, the chain, full order, and which way it goes."""

import json
from itertools import pairwise

import numpy as np
import pytest

from locality.errors import LocalityError
from locality.lattice import Lattice
from locality.lattice.ising import ising
from locality.studies.flow import Flows, flow
from locality.studies.matching import matching

CRITICAL = 2 / np.log(1 + np.sqrt(2))


def coins(shape, seed=0):
    return np.random.default_rng(seed).choice(np.array([-1, 1], np.int8), shape)


def chain(length, correlation, samples, seed):
    """Independent samples of a periodic chain whose bonds are satisfied with weights 1 + t and 1 - t, exactly: bonds
    are drawn one by one, and thrown away where they do not close."""
    draw = np.random.default_rng(seed)
    bonds = np.where(draw.random((3 * samples, length)) < (1 + correlation) / 2, 1, -1)
    bonds = bonds[bonds.prod(1) == 1][:samples]
    first = coins((samples, 1), seed + 1)
    spins = first * np.cumprod(np.concatenate([np.ones((samples, 1), int), bonds[:, :-1]], axis=1), axis=1)
    return spins[:, None].astype(np.int8)


def within(estimate, exact, sigmas=5):
    return abs(estimate.value - exact) <= sigmas * estimate.error


def test_coins_stay_coins_on_every_level():
    found = flow(coins((3000, 1, 24, 24)))
    assert [level.size for level in found.levels] == [(24, 24), (12, 12), (6, 6), (3, 3)]
    for number, level in enumerate(found.levels):
        sites = level.size[0] ** 2
        assert within(level.nearest, 0)
        assert level.diagonal is not None
        assert within(level.diagonal, 0)
        assert within(level.magnetisation2, 1 / sites)
        assert within(level.binder, 2 / (3 * sites))
        assert (level.ties is None) == (number == 0)
        assert level.ties is None or within(level.ties, 3 / 8)


@pytest.mark.parametrize("rule", ["decimation", "majority"])
def test_a_decimated_chain_is_the_chain_whose_neighbours_were_b_apart(rule):
    """G'(r) = G(b r): on level n the chain has tanh K to the power b^n for a bond, exactly. A majority does not."""
    t, length = 0.9, 48
    found = flow(chain(length, t, 4000, 1), (2,), rule, ties="first")
    assert [level.size for level in found.levels] == [(48,), (24,), (12,), (6,), (3,)]
    for number, level in enumerate(found.levels):
        sites, bond = length // 2**number, t ** (2**number)
        agrees = within(level.nearest, (bond + bond ** (sites - 1)) / (1 + bond**sites))
        assert agrees or (rule == "majority" and number > 0)
        if rule == "decimation" and level.diagonal is not None:
            assert within(level.diagonal, (bond**2 + bond ** (sites - 2)) / (1 + bond**sites))
    if rule == "majority":  # of two: their sum, ties from the first, is the first one
        assert (
            found.levels[1].nearest.value == flow(chain(length, t, 4000, 1), (2,), "decimation").levels[1].nearest.value
        )


def test_full_order_stays_full_order():
    found = flow(np.ones((60, 1, 12, 12), np.int8))
    for level in found.levels:
        assert (level.nearest.value, level.magnetisation.value, level.binder.value) == (1, 1, pytest.approx(2 / 3))
        assert not level.nearest.error  # nothing varies


@pytest.fixture(scope="module")
def scan():
    return ising(Lattice("square", 32), [2.0, CRITICAL, 2.6], 1500, seed=2)


def test_the_nearest_neighbour_correlation_flows_to_1_below_the_critical_temperature_and_to_0_above(scan):
    found = flow(scan)
    assert isinstance(found, Flows)
    cold, critical, hot = ([level.nearest for level in one.levels] for one in found)
    for one, other in pairwise(cold):
        assert other.value > one.value
    for one, other in pairwise(hot):
        assert other.value < one.value
    assert cold[-1].value > 0.99
    assert abs(hot[-1].value - 0.1510) < 5 * hot[-1].error  # 64,000 samples with another seed: 0.1510(8)
    assert max(abs(each.value - critical[0].value) for each in critical) < 0.08


def test_level_0_stands_beside_what_is_exact(scan):
    for samples in scan:
        first = flow(samples).levels[0]
        assert first.nearest.value == pytest.approx(-samples.energy.value / 2)
        assert first.nearest.exact == pytest.approx(-samples.energy.exact / 2)
        assert abs(first.nearest.sigmas) < 5
        assert first.magnetisation.value == pytest.approx(samples.magnetisation.value)


def test_another_lattice_is_measured_along_its_own_bonds():
    samples = ising(Lattice("honeycomb", 12), 1.4, 200, seed=0)
    found = flow(samples)
    assert [level.size for level in found.levels] == [(12, 12), (6, 6), (3, 3)]
    assert found.levels[0].nearest.value == pytest.approx(-samples.energy.value / 1.5)
    assert found.to_dict()["levels"][0]["picture"] is None


def test_chains_are_kept_apart(scan):
    samples = scan[1]
    chains = len(samples.energies)
    spins = np.asarray(samples.spins)
    found = flow(spins.reshape(chains, -1, *spins.shape[1:]), ties="first")
    for one, other in zip(found.levels, flow(samples, ties="first").levels, strict=True):
        assert (one.nearest.value, one.nearest.error) == (other.nearest.value, other.nearest.error)


def test_it_prints_a_table_and_gives_plain_data(scan):
    found = flow(scan[2], seed=4)
    lines, first = repr(found).splitlines(), found.levels[0].nearest
    assert lines[0] == f"square 32x32 at T = 2.6: majority of 2x2, {found.samples:,} samples"
    assert lines[1].split() == ["level", "side", "neighbours", "diagonal", "<|m|>", "<m^2>", "U4", "ties"]
    assert [line.split()[:2] for line in lines[2:6]] == [["0", "32"], ["1", "16"], ["2", "8"], ["3", "4"]]
    assert lines[6:] == [f"Exact on level 0: neighbours {-scan[2].energy.exact / 2:.6g} ({first.sigmas:+.1f} sigma)."]
    assert (lines[2].split()[-1], max(map(len, lines)) <= 100) == ("-", True)
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert (plain["study"], plain["block"], plain["seed"]) == ("flow", [2, 2], 4)
    assert [len(level["picture"]) for level in plain["levels"]] == [32, 16, 8, 4]
    signs = "".join(plain["levels"][0]["picture"])
    assert [1 if sign == "+" else -1 for sign in signs] == np.asarray(scan[2].spins)[-1].ravel().tolist()
    assert plain["levels"][1]["ties"]["value"] == found.levels[1].ties.value
    assert "ties" not in repr(flow(scan[2], rule="decimation")).splitlines()[1]
    assert flow(scan).to_dict()["flows"][2]["temperature"] == 2.6


def test_averages_flow_to_one_number_whose_square_is_the_magnetisation_s():
    found = flow(coins((200, 1, 12, 12)), rule="average")
    for level in found.levels:
        assert level.magnetisation.value == pytest.approx(found.levels[0].magnetisation.value)
    rows = np.array(found.to_dict()["levels"][1]["picture"])
    assert (rows.shape, set(np.unique(rows)) <= {-1, -0.5, 0, 0.5, 1}) == ((6, 6), True)


def test_few_samples_have_numbers_and_no_errors():
    told = repr(flow(coins((3, 1, 6, 6))))
    assert "(?)  " in told
    assert told.endswith("\n(?): too few samples for an error.")


def test_levels_of_one_size_are_matched_with_the_smaller_lattice_and_its_levels(scan):
    large = flow(scan[1])
    small = flow(ising(Lattice("square", 16), CRITICAL, 1500, seed=3))
    smaller = flow(ising(Lattice("square", 8), CRITICAL, 1500, seed=4))
    found = matching(large, [small, smaller])
    pairs = [(m.level, m.other_side, m.other_level) for m in found.matches if m.quantity == "binder"]
    assert pairs == [(1, 16, 0), (2, 16, 1), (2, 8, 0), (3, 16, 2)]
    last = found.matches[pairs.index((3, 16, 2))]  # nearest neighbours, after two and three steps
    assert abs(last.sigmas) < 5
    spread = np.hypot(last.here.error, last.there.error)
    assert last.sigmas == pytest.approx((last.here.value - last.there.value) / spread)
    lines = repr(found).splitlines()
    assert lines[0] == "neighbours"
    assert lines[1].split("  ")[-2:] == ["level n-1 of 16", "sigma"]
    assert [line.split()[0] for line in lines[2:5]] == ["16", "8", "4"]
    assert len(json.loads(json.dumps(found.to_dict(), allow_nan=False))) == 8


def test_where_no_sample_is_magnetised_there_is_no_binder_ratio():
    board = np.tile(np.array([[1, -1], [-1, 1]], np.int8), (30, 1, 6, 6))
    found = flow(board, ties="first")
    assert found.levels[0].binder is None
    assert (found.levels[1].binder.value, found.levels[1].ties.value) == (pytest.approx(2 / 3), 1)
    assert repr(found).splitlines()[2].split()[-2:] == ["-", "-"]
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            (coins((5, 3, 12, 12)),),
            "flow: an array of spins is taken for a square lattice, which has one sublattice, not 3. Give what ising "
            "gives.",
        ),
        (
            (coins((5, 1, 10, 10)), 3),
            "block_spin: blocks of 3 do not tile the 10 cells along axis 0: 10/3 = 3.333. Use a side of 9 or 12.",
        ),
        ((coins((5, 1, 12, 12)), 2, "min"), "Unknown rule 'min'. Known are: majority, decimation, average, max."),
    ],
)
def test_bad_input_is_one_sentence(given, message):
    with pytest.raises(LocalityError) as refused:
        flow(*given)
    assert str(refused.value) == message
