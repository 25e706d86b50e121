"""What gives a result away: every sentence in full, and silence where all is well."""

from math import inf

import numpy as np
import pytest

from locality.lattice import Lattice
from locality.quantum.suspicions import product_states, suspicions

GOOD = {"energy": -0.5030, "error": 1e-4, "variance": 0.008, "products": {"Neel": -0.25, "stripes": -0.25},
        "exact": -0.50380965, "r_hat": 1.003, "effective": 900.0}  # fmt: skip


def found(**changed):
    given = GOOD | changed
    return suspicions(given.pop("energy"), given.pop("error"), given.pop("variance"), **given)


def test_a_good_result_raises_no_suspicion():
    assert found() == ()
    assert found(exact=None, bound=-0.51, r_hat=None, effective=None, products={}) == ()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (
            {"energy": -0.25, "error": 0.0, "variance": 0.0, "products": {"stripes": -0.25}},
            'energy: -0.25 per site, 0.0000 from the product state "stripes" (-0.25) with a variance of 0: all samples '
            "are one configuration. Use another seed, a smaller learning rate, or begin with the weights of another "
            "run.",
        ),
        (
            {"energy": -0.50072, "variance": 0.0031, "products": {"Neel": -0.5, "stripes": 0.0}},
            'energy: -0.50072 per site, 0.0007 from the product state "Neel" (-0.5) with a variance of 0.0031: all '
            "samples are one configuration. Use another seed, a smaller learning rate, or begin with the weights of "
            "another run.",
        ),
        (
            {"variance": 256.2},
            "variance: 256 per site, more than the energy squared: this is far from any eigenstate. Use a smaller "
            "learning rate, a larger shift, or more samples.",
        ),
        (
            {"r_hat": 1.23456},
            "chains: R-hat is 1.235, above 1.1: the chains do not agree, and the error is too small. Use more sweeps "
            "between samples, or more samples.",
        ),
        (
            {"energy": -0.50430965},
            "energy: -0.50431 per site lies 5.0 standard errors below the exact -0.50381, where no state can be: the "
            "samples miss a part of the state. Use more sweeps between samples, and more chains.",
        ),
        (
            {"energy": -0.5100, "exact": None, "bound": -0.4978},
            "energy: -0.51 per site lies 122.0 standard errors below the lower bound, -0.4978, where no state can be: "
            "the samples miss a part of the state. Use more sweeps between samples, and more chains.",
        ),
        (
            {"energy": -0.51, "error": 0.0},
            "energy: -0.51 per site lies 0.0062 below the exact -0.50381, where no state can be: the samples miss a "
            "part of the state. Use more sweeps between samples, and more chains.",
        ),
        (
            {"effective": 42.3},
            "error: 42 independent samples are fewer than 100, so the error is itself uncertain. Use more samples, or "
            "more sweeps between them.",
        ),
        (
            {"error": None},
            "error: the samples are too few, or too much alike, for an error of the energy. Use more samples, or more "
            "sweeps between them.",
        ),
    ],
)
def test_every_suspicion_is_one_sentence_with_its_numbers(changed, sentence):
    assert found(**changed) == (sentence,)


@pytest.mark.parametrize(
    "changed",
    [
        {"energy": -0.2505, "variance": 0.3, "exact": None},  # on its way past it: it has a variance
        {"energy": -0.2515, "variance": 0.001, "exact": None},  # too far from it
        {"r_hat": 1.1},
        {"energy": -0.50380965 - 3.9e-4},
        {"energy": -0.50380965 - 5e-7, "error": 1e-8},  # rounding in float32
        {"effective": 100.0},
        {"bound": -0.4},  # what is exact counts
    ],
)
def test_what_lies_just_within_is_left_alone(changed):
    assert found(**changed) == ()


def test_chains_that_never_move_do_not_agree():
    assert found(r_hat=inf)[0].startswith("chains: R-hat is inf, above 1.1:")


@pytest.mark.parametrize("j2", [0.0, 0.5, 1.0, -0.3])
@pytest.mark.parametrize("side", [4, 6])
def test_the_product_states_of_the_torus_have_their_closed_forms(side, j2):
    states = product_states(Lattice("square", side), j2)
    assert states == pytest.approx({"Neel": -0.5 + j2 / 2, "stripes": -j2 / 2})


@pytest.mark.parametrize(
    ("lattice", "energies"),
    [
        (Lattice("honeycomb", 4), {"Neel": -0.375 + 0.5 * 0.75}),  # 3/2 and 3 bonds for a site
        (Lattice("triangular", 4), {}),
        (Lattice("square", 5), {}),
        (Lattice("chain", 8), {"Neel": -0.25 + 0.5 * 0.25}),
        (Lattice("square", (4, 5)), {"stripes": -0.25}),
    ],
)
def test_other_lattices_have_those_that_fit_them(lattice, energies):
    assert product_states(lattice, 0.5) == pytest.approx(energies)


def test_a_product_state_is_the_diagonal_of_the_hamiltonian():
    lattice, j2 = Lattice("square", (4, 6), periodic=False), 0.7
    neel = np.where(np.indices((4, 6)).sum(0).ravel() % 2, -0.5, 0.5)
    rows = [np.where(np.indices((4, 6))[axis].ravel() % 2, -0.5, 0.5) for axis in (0, 1)]

    def energy(spins):
        bonds = [(strength, *ends) for order, strength in ((1, 1), (2, j2)) for ends in lattice.bonds(order)]
        return sum(strength * spins[i] * spins[j] for strength, i, j in bonds)

    expected = {"Neel": energy(neel) / 24, "stripes": min(map(energy, rows)) / 24}
    assert product_states(lattice, j2) == pytest.approx(expected)
