"""What is printed at the end of a ground state's run, in full."""

from math import nan

import pytest

from ground_states import result
from locality.quantum.report import on, report


def test_the_report_holds_everything_that_bears_on_the_energy():
    assert report(result()) == (
        "Ground state of the J1-J2 magnet on square 6x6, J2 = 0.5\n"
        "\n"
        "network         nqs-resnet, 12,345 parameters, modulus and phase\n"
        "sign rule       marshall\n"
        "symmetry        c4v+flip\n"
        "energy          -0.50301(12) per site\n"
        "exact           -0.50380965 (Schulz, Ziman and Poilblanc 1996)\n"
        "                relative error 0.00159, 6.7 standard errors above it\n"
        "variance        0.0082 per site, V-score 0.0324\n"
        "sampling        acceptance 41.2%, autocorrelation time 1.34, R-hat 1.003\n"
        "staggered       m^2 = 0.09120(30), S(pi, pi)/N\n"
        "stripe          m^2 = 0.02130(40), (S(pi, 0) + S(0, pi))/N\n"
        "time            184 s for 300 steps\n"
        "kept in         runs/here"
    )


def test_without_a_reference_observables_folder_or_error_it_says_what_is_not_known():
    bare = result(reference=None, observables={}, folder=None, error=None, r_hat=None, tau=nan, signs="none", steps=1)
    assert report(bare).splitlines()[2:] == [
        "network         nqs-resnet, 12,345 parameters, modulus and phase",
        "sign rule       none",
        "symmetry        c4v+flip",
        "energy          -0.503 (too few samples for an error) per site",
        "exact           not known: nothing to compare with",
        "variance        0.0082 per site, V-score 0.0324",
        "sampling        acceptance 41.2%, autocorrelation time unknown, R-hat unknown",
        "time            184 s for 1 step",
    ]


@pytest.mark.parametrize(
    ("energy", "said"),
    [
        (-0.5, "relative error 0.0046, 2.3 standard errors above it"),
        (-0.5 - 2 * 0.00231 - 0.00001, "relative error 0.00462, 2.3 standard errors below it"),
    ],
)
def test_it_says_on_which_side_of_the_best_published_energy_it_lies(energy, said):
    best = {"energy_per_site": -0.50231, "kind": "best published", "source": "ResNet with MinSR"}
    lines = report(result(energy_per_site=energy, error=0.001, reference=best)).splitlines()
    assert lines[6] == "best published  -0.50231 (ResNet with MinSR)"
    assert lines[7].strip() == said


def test_other_published_energies_and_the_error_of_a_reference_are_said():
    reference = {
        "energy_per_site": -0.67155266, "kind": "Monte Carlo", "source": "Sandvik", "error": 2e-8, "bound": None,
        "others": [["Choo et al. 2019, CNN", -0.67135], ["Sandvik 1997", -0.671549]],
    }  # fmt: skip
    lines = report(result(energy_per_site=-0.6712, error=0.0001, reference=reference)).splitlines()
    assert lines[6:9] == [
        "Monte Carlo     -0.671552660(20) (Sandvik)",
        "                relative error 0.000525, 3.5 standard errors above it",
        "others          Choo et al. 2019, CNN -0.67135, Sandvik 1997 -0.671549",
    ]


def test_warnings_stand_last_and_no_line_is_longer_than_80():
    long = "chains: R-hat is 1.3, above 1.1: the chains do not agree, and the error is too small. Use more sweeps."
    lines = report(result(warnings=[long, "another. Do this."], network="a" * 60 + " " + "b" * 30)).splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(lines[-4:]) == f" Warning: {long} Warning: another. Do this."


def test_an_hour_is_said_in_minutes():
    assert "time            61 min for 300 steps" in report(result(seconds=3640.0))


def test_the_order_of_another_bipartite_lattice_is_that_of_its_sublattices():
    observables = {"staggered": {"value": 0.2, "error": 0.01}, "stripe": None}
    lines = report(result(lattice={"name": "honeycomb", "size": [3, 3], "periodic": True}, observables=observables))
    assert "\nstaggered       m^2 = 0.200(10), of the two sublattices\ntime" in lines


def test_a_lattice_of_another_kind_is_named():
    assert on({"name": "honeycomb", "size": [2, 4], "periodic": True}) == "honeycomb 2x4"
