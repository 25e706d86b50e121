"""`Samples` and `Scan`: estimates against what numpy makes of the spins, and how they are told."""

import json

import numpy as np
import pytest

from locality import ising
from locality.lattice import Lattice
from locality.lattice.enumeration import exact
from locality.lattice.kaufman import torus
from locality.lattice.statistics import Estimate

SQUARE = Lattice("square", 8)


@pytest.fixture(scope="module")
def drawn():
    return ising(SQUARE, 2.4, 800, seed=5)


@pytest.fixture(scope="module")
def scan():
    return ising(SQUARE, [1.5, 2.4, 4.0], 400, seed=5)


def test_estimates_are_what_numpy_makes_of_the_spins(drawn):
    spins = drawn.spins.reshape(800, 64).astype(float)
    m, e = np.abs(spins.mean(axis=1)), drawn.energies.ravel()
    known = {
        "energy": e.mean(),
        "magnetisation": m.mean(),
        "magnetisation2": (m**2).mean(),
        "heat_capacity": 64 * e.var() / 2.4**2,
        "susceptibility": 64 * m.var() / 2.4,
        "binder": 1 - (m**4).mean() / (3 * (m**2).mean() ** 2),
    }
    for name, value in known.items():
        # A jackknife takes out a bias of order 1/samples.
        assert getattr(drawn, name).value == pytest.approx(value, abs=0.02 * abs(value) + 1e-12), name


def test_error_bars_cover_the_exact_values_as_often_as_they_should():
    lattice = Lattice("square", 3)
    off = [
        one.sigmas
        for seed in range(8)
        for one in ising(lattice, 3.0, 480, seed=seed).estimates.values()
        if one.sigmas is not None
    ]
    assert len(off) >= 40
    assert 0.6 < np.sqrt(np.mean(np.square(off))) < 1.5
    assert max(map(abs, off)) < 5


def test_what_is_known_exactly_stands_beside(drawn):
    assert drawn.energy.exact == torus(8, 2.4)[0]
    assert drawn.magnetisation.exact is None  # of 64 sites neither enumeration nor Kaufman tells it
    small = ising(Lattice("square", 4), 2.269185314213022, 32)
    assert small.magnetisation.exact == pytest.approx(0.8438604448, abs=1e-9)
    assert small.magnetisation2.exact == pytest.approx(0.7613589086, abs=1e-9)
    known = exact(Lattice("square", 4), 2.269185314213022)
    assert small.binder.exact == pytest.approx(known["binder"])
    assert small.susceptibility.exact == pytest.approx(known["susceptibility"])


def test_a_chain_has_the_correlations_of_its_transfer_matrix():
    lattice, temperature = Lattice("chain", 20), 1.2
    drawn, t = ising(lattice, temperature, 3200), np.tanh(1 / temperature)
    for r, found in zip(range(1, 11), drawn.correlation.estimates[1:], strict=True):
        assert abs(found.value - (t**r + t ** (20 - r)) / (1 + t**20)) < 5 * found.error
    length = drawn.correlation_length
    assert abs(length.value - np.sqrt(t) / (1 - t)) < 5 * length.error


def test_too_few_samples_give_no_error_bar():
    few = ising(SQUARE, 2.4, 6)
    assert few.energy.error is None
    assert "Too few samples for an error bar: that takes 20 independent blocks of them." in repr(few)
    assert "(?)" in repr(few)
    assert few.to_dict()["rows"][0]["tau"] is None
    assert "Too few samples for error bars at T = 1, 2." in repr(ising(SQUARE, [1.0, 2.0], 6))


def test_an_open_lattice_and_one_that_nothing_orders_have_no_correlation_length():
    assert ising(Lattice("square", 6, periodic=False), 2.0, 32).correlation_length is None
    assert "correlation length" not in repr(ising(Lattice("square", 6, periodic=False), 2.0, 32))


def test_an_antiferromagnet_is_told_by_its_staggered_order():
    drawn = ising(SQUARE, 1.0, 320, coupling=-1)
    assert drawn.staggered.value > 0.95 > 0.1 > drawn.magnetisation.value
    assert "staggered |m|" in repr(drawn)
    assert "U4" not in repr(drawn)
    assert np.allclose(drawn.orders.ravel(), (SQUARE.flat(drawn.spins) * SQUARE.signs).mean(axis=1), atol=1e-6)
    assert ising(SQUARE, 1.0, 32).staggered is None
    assert "staggered |m|" in repr(ising(SQUARE, [1.0, 2.0], 32, coupling=-1))


def test_samples_print_a_table_within_eighty_columns(drawn):
    lines = repr(drawn).splitlines()
    assert lines[0] == "Ising on square 8x8 at T = 2.4: 800 samples by swendsen-wang, 16 chains"
    assert lines[2].split() == ["value", "exact", "sigmas", "tau"]
    names = ["energy", "heat capacity", "|m|", "m^2", "Binder U4", "susceptibility", "correlation length"]
    assert [line.split("  ")[0] for line in lines[3:10]] == names
    assert lines[11].startswith("Equilibrated after ")
    assert max(map(len, lines)) <= 80


def test_a_scan_prints_a_row_for_each_temperature(scan):
    lines = repr(scan).splitlines()
    assert [line.split()[0] for line in lines if line and line[0].isdigit()] == ["1.5", "2.4", "4"]
    assert "at 3 temperatures" in " ".join(lines[:2])
    assert max(map(len, lines)) <= 80


def test_a_scan_is_a_sequence_over_one_array(scan):
    assert scan.spins.shape == (3, 400, 1, 8, 8)
    assert np.shares_memory(scan[1].spins, scan.spins)
    assert (len(scan), scan[-1].temperature, [one.temperature for one in scan[1:]]) == (3, 4.0, [2.4, 4.0])
    assert scan.temperatures.tolist() == [1.5, 2.4, 4.0]
    assert scan.equilibrated
    assert scan.lattice == SQUARE


def test_plain_data_are_json_and_say_everything(drawn, scan):
    for found in (drawn, scan):
        plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert (plain["study"], plain["lattice"]["name"], plain["seed"]) == ("ising", "square", 5)
        assert plain["critical"] == pytest.approx(2.269185314)
        row = plain["rows"][0]
        assert set(row["energy"]) == {"value", "error", "exact", "sigmas"}
        assert row["equilibrated"] is True
    assert np.shape(drawn.to_dict()["series"]["energies"]) == drawn.energies.shape
    curves = scan.to_dict()["curves"]
    assert set(curves["finite"]) == {"energy", "heat_capacity"}
    assert set(curves["infinite"]) == {"energy", "heat_capacity", "magnetisation"}
    assert len(curves["finite"]["energy"]) == len(curves["temperatures"])


def test_an_estimate_without_an_error_is_no_number_with_one(drawn):
    assert isinstance(drawn.energy, Estimate)
    assert drawn.effective == drawn.energies.size / (2 * drawn.tau)
    assert 0.4 < drawn.tau < 3
