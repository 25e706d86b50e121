"""`ising`: exact physics through the public door, seeds, threads, and what is refused."""

from importlib import import_module

import numpy as np
import pytest

from locality import ising
from locality.errors import DescriptionError, ShapeError, UnknownNameError
from locality.lattice import Lattice
from locality.lattice.enumeration import exact
from locality.lattice.kaufman import torus
from locality.lattice.methods import ladder, method_for
from locality.lattice.samplers.problem import Problem

DOOR, ROOM = import_module("locality.lattice.ising"), import_module("locality.lattice.room")
SQUARE, TRIANGLE = Lattice("square", 8), Lattice("triangular", 4)


def within(estimate, value, sigmas=5):
    assert estimate.error is not None
    return abs(estimate.value - value) < sigmas * estimate.error


# --- exact physics


def test_a_scan_agrees_with_kaufmans_torus():
    scan = ising(Lattice("square", 16), [1.8, 2.269, 3.0], 4000, seed=1)
    assert scan.equilibrated
    for one in scan:
        energy, heat_capacity = torus(16, one.temperature)
        assert within(one.energy, energy)
        assert within(one.heat_capacity, heat_capacity)
        assert one.energy.exact == energy


@pytest.mark.parametrize("method", ["wolff", "swendsen-wang", "metropolis", "multispin", "tempering"])
def test_every_method_agrees_with_enumeration(method):
    lattice = Lattice("square", 4)
    drawn, known = ising(lattice, 2.5, 3200, method=method, seed=2), exact(lattice, 2.5)
    for name in ("energy", "heat_capacity", "magnetisation", "magnetisation2", "binder", "susceptibility"):
        assert within(getattr(drawn, name), known[name]), name
    assert drawn.equilibrated


@pytest.mark.parametrize("side", [3, 4])
def test_a_ladder_agrees_with_enumeration_of_the_triangular_antiferromagnet(side):
    lattice, temperatures = Lattice("triangular", side), [0.7, 0.3, 2.0]
    for one, temperature in zip(ising(lattice, temperatures, 3200, coupling=-1), temperatures, strict=True):
        known = exact(lattice, temperature, -1)
        assert (one.method, one.temperature, one.equilibrated) == ("tempering", temperature, True)
        assert one.energy.value == pytest.approx(known["energy"], abs=0.02)
        if temperature > 0.5:  # colder, hardly anything is left to scatter
            assert within(one.energy, known["energy"])
            assert within(one.magnetisation2, known["magnetisation2"])


def test_a_field_pulls_as_enumeration_says():
    lattice = Lattice("honeycomb", 3)
    drawn, known = ising(lattice, 2.0, 3200, field=-0.1), exact(lattice, 2.0, 1.0, -0.1)
    assert drawn.method == "swendsen-wang"
    assert drawn.magnetisations.mean() < 0
    assert within(drawn.energy, known["energy"])
    assert within(drawn.magnetisation2, known["magnetisation2"])


def test_an_antiferromagnet_has_the_energy_of_a_ferromagnet_and_its_order_staggered():
    drawn = ising(Lattice("square", 4), 2.0, 3200, coupling=-1)
    ferromagnet = exact(Lattice("square", 4), 2.0)
    assert within(drawn.energy, ferromagnet["energy"])
    assert within(drawn.staggered, ferromagnet["magnetisation"])
    assert drawn.staggered.exact == pytest.approx(ferromagnet["magnetisation"])
    assert within(drawn.magnetisation2, exact(Lattice("square", 4), 2.0, -1)["magnetisation2"])


def test_below_the_critical_temperature_both_signs_come_alike():
    # Nearly every cluster of Wolff's is the whole lattice there: an even number of them would never change the sign.
    drawn = ising(SQUARE, 1.0, 1600, every=2, method="wolff")
    assert np.abs(np.sign(drawn.magnetisations).mean(axis=1)).max() < 0.5
    assert abs(np.sign(drawn.magnetisations).mean()) < 5 / np.sqrt(1600)


def test_energies_and_magnetisations_are_those_of_the_spins():
    lattice = Lattice("kagome", 4)
    drawn = ising(lattice, 2.0, 60, coupling=(1, 0.3), field=0.2)
    spins = lattice.flat(drawn.spins).astype(int)
    energy = -0.2 * spins.sum(axis=1)
    for order, strength in ((1, 1), (2, 0.3)):
        energy = energy - strength * np.prod(spins[:, lattice.bonds(order)], axis=-1).sum(axis=1)
    assert np.allclose(drawn.energies.ravel(), energy / lattice.sites)
    assert np.allclose(drawn.magnetisations.ravel(), spins.mean(axis=1))


# --- equilibrium


def test_a_short_run_at_the_critical_temperature_says_that_it_has_not_equilibrated():
    drawn = ising(Lattice("square", 64), 2.269, 320, method="metropolis", burn_in=20, every=1)
    assert not drawn.equilibrated
    assert "Not equilibrated after 20 steps: chains from ordered and from random starts were not " in " ".join(
        repr(drawn).split()
    )
    assert drawn.burn_in == 20


def test_the_way_to_equilibrium_is_kept():
    way = ising(SQUARE, 2.5, 32, method="metropolis", burn_in=1000).relaxation
    assert way.at[-1] == 1000
    assert len(way.at) <= 512
    assert way.energies.shape == way.orders.shape == (16, len(way.at))


def test_a_burn_in_of_nothing_keeps_the_starts():
    drawn = ising(SQUARE, 0.5, 2, method="metropolis", burn_in=0, every=1, chains=2)
    assert drawn.burn_in == 0
    assert drawn.magnetisations[0] > 0.9 > drawn.magnetisations[1]


def test_a_ladder_reaches_from_the_coldest_to_where_spins_move_freely():
    rungs, places = ladder(Problem(TRIANGLE, (-1.0,)), (0.5, 0.2))
    assert [rungs[place] for place in places] == [0.5, 0.2]
    assert (rungs[0], rungs[-1], list(rungs)) == (0.2, 3.0, sorted(rungs))
    assert max(np.diff(np.log(rungs))) < np.log(1.3)


# --- bits


@pytest.mark.parametrize(("temperature", "coupling"), [(2.0, 1), ([1.5, 2.3, 3.0], 1), ([0.5, 1.0], (1, -0.6))])
def test_a_seed_gives_the_same_bits_on_any_number_of_cores(monkeypatch, temperature, coupling):
    drawn = []
    for cores in (1, 2, 2):
        monkeypatch.setattr(DOOR, "cores", lambda many=cores: many)
        drawn.append(ising(SQUARE, temperature, 48, coupling=coupling, seed=3))
    assert np.array_equal(drawn[0].spins, drawn[1].spins)
    assert np.array_equal(drawn[1].spins, drawn[2].spins)
    assert not np.array_equal(drawn[0].spins, ising(SQUARE, temperature, 48, coupling=coupling, seed=4).spins)


def test_temperatures_and_chains_have_seeds_of_their_own():
    scan = ising(SQUARE, [9.0, 9.0], 32, every=1)
    assert not np.array_equal(scan[0].spins, scan[1].spins)
    by_chain = scan[0].spins.reshape(16, 2, 64)
    assert len(np.unique(by_chain[:, 1], axis=0)) == 16


@pytest.mark.parametrize("samples", [1, 2, 7, 97, 100])
def test_so_many_samples_come_as_were_asked_for(samples):
    drawn = ising(SQUARE, 2.0, samples)
    assert drawn.spins.shape == (samples, 1, 8, 8)
    assert drawn.energies.size == samples == len(drawn)
    assert set(np.unique(drawn.spins)) <= {-1, 1}


def test_progress_is_told_up_to_the_end():
    told = []
    ising(SQUARE, [1.0, 2.0], 160, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (320, 320)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


# --- the method


@pytest.mark.parametrize(
    ("lattice", "coupling", "field", "temperature", "method"),
    [
        (SQUARE, (1.0,), 0.0, 2.0, "wolff"),
        (SQUARE, (1.0,), 0.0, 3.0, "swendsen-wang"),
        (SQUARE, (-2.0,), 0.0, 4.5, "wolff"),
        (SQUARE, (1.0,), 0.1, 2.0, "swendsen-wang"),
        (SQUARE, (-1.0,), 0.1, 2.0, "tempering"),
        (SQUARE, (1.0, -0.5), 0.0, 2.0, "tempering"),
        (Lattice("square", 5), (-1.0,), 0.0, 2.0, "tempering"),
        (TRIANGLE, (1.0,), 0.0, 9.0, "wolff"),
        (TRIANGLE, (-1.0,), 0.0, 2.0, "tempering"),
        (Lattice("honeycomb", 4), (-1.0,), 0.0, 2.0, "wolff"),
    ],
)
def test_auto_takes_clusters_only_where_nothing_is_frustrated(lattice, coupling, field, temperature, method):
    assert method_for(Problem(lattice, coupling, field), temperature) == method


# --- bad input

NUMBER = "is no finite number above 0. Give one, such as 2.269."
COUPLING = (
    "is no coupling. Give a finite number that is not 0, such as 1, or a tuple with one for each neighbour order, such "
    "as (1, 0.5)."
)
BAD = [
    ({"temperature": 0}, f"ising: temperature 0 {NUMBER}"),
    ({"temperature": -1.5}, f"ising: temperature -1.5 {NUMBER}"),
    ({"temperature": float("nan")}, f"ising: temperature nan {NUMBER}"),
    ({"temperature": "2"}, f"ising: temperature '2' {NUMBER}"),
    ({"temperature": True}, f"ising: temperature True {NUMBER}"),
    ({"temperature": [1, None]}, f"ising: temperature None {NUMBER}"),
    ({"temperature": []}, "ising: there is no temperature. Give one, or a list of them, such as 2.269."),
    (
        {"temperature": 1e-9},
        "ising: temperature 1e-09 is beyond what is drawn here. Give one from 1e-06 to 1e+06, in units of the "
        "coupling.",
    ),
    ({"samples": 0}, "ising: samples is 0, not a whole number of at least 1. Give samples=1 or more."),
    ({"samples": 2.5}, "ising: samples is 2.5, not a whole number of at least 1. Give samples=1 or more."),
    ({"burn_in": -1}, "ising: burn_in is -1, not a whole number of at least 0. Give burn_in=0 or more."),
    ({"every": 0}, "ising: every is 0, not a whole number of at least 1. Give every=1 or more."),
    ({"chains": 0}, "ising: chains is 0, not a whole number of at least 1. Give chains=1 or more."),
    (
        {"chains": 3},
        "ising: 3 chains do not divide 20 samples evenly. Ask for 18 or 21 samples, or leave chains out.",
    ),
    ({"chains": 30}, "ising: 30 chains do not divide 20 samples evenly. Ask for 30 samples, or leave chains out."),
    ({"seed": "x"}, "ising: seed is 'x', not a whole number of at least 0. Give seed=0 or more."),
    ({"coupling": 0}, f"ising: coupling 0 {COUPLING}"),
    ({"coupling": "1"}, f"ising: coupling '1' {COUPLING}"),
    ({"coupling": (1, float("inf"))}, f"ising: coupling (1, inf) {COUPLING}"),
    ({"field": None}, "ising: field None is no finite number. Give one, such as 0.1."),
    ({"lattice": "square"}, "ising: 'square' is no Lattice. Give one, such as Lattice(\"square\", 32)."),
    ({"method": "wolf"}, "Unknown method 'wolf'. Did you mean 'wolff'?"),
    (
        {"lattice": TRIANGLE, "coupling": -1, "method": "wolff"},
        "wolff on triangular 4x4: coupling -1 is frustrated, no configuration satisfies every bond, and clusters would "
        "span the lattice without changing it. Use method='tempering', or 'auto'.",
    ),
    (
        {"field": 0.5, "coupling": -1, "method": "swendsen-wang"},
        "swendsen-wang on square 8x8: coupling -1 with field 0.5 is frustrated, no configuration satisfies every bond, "
        "and clusters would span the lattice without changing it. Use method='tempering', or 'auto'.",
    ),
    (
        {"field": 0.5, "method": "multispin"},
        "multispin on square 8x8: its bit code counts unsatisfied bonds of one strength, up to six a site, without a "
        "field, not coupling 1 with field 0.5. Use method='metropolis', or 'auto'.",
    ),
]


@pytest.mark.parametrize(("given", "message"), BAD, ids=[" ".join(map(str, given)) for given, _ in BAD])
def test_bad_input_is_one_sentence(given, message):
    with pytest.raises((DescriptionError, UnknownNameError)) as error:
        ising(**{"lattice": SQUARE, "temperature": 2.0, "samples": 20, **given})
    assert str(error.value) == message


def test_a_coupling_that_the_lattice_has_no_room_for_is_refused():
    with pytest.raises(
        ShapeError, match=r"^square 4x4: with 4 cells along axis 0 and 4 cells along axis 1 the bonds of "
    ):
        ising(Lattice("square", 4), 2.0, 10, coupling=(1, 0, 1))


def test_too_little_memory_is_said_before_anything_is_drawn(monkeypatch):
    monkeypatch.setattr(ROOM, "free_memory", lambda: 3 * 10**9)
    with pytest.raises(DescriptionError) as error:
        ising(Lattice("square", 1000), 2.0, 5000)
    assert str(error.value) == (
        "ising: the spins take 5 GB, and 3 GB of memory are free. Write them to disk with out='FOLDER', or ask for "
        "fewer samples."
    )


def test_what_stops_one_temperature_stops_all(monkeypatch):
    def broken(*args):
        raise OSError("no more")

    monkeypatch.setattr(DOOR, "keep", broken)
    with pytest.raises(OSError, match=r"^no more$"):
        ising(SQUARE, [1.0, 2.0, 3.0], 20)
