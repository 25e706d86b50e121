"""The table of published energies against what must hold of it, and the exact part against diagonalisation."""

import json
import re
from itertools import pairwise

import pytest

from locality.errors import LocalityError
from locality.lattice import Lattice
from locality.quantum.published import PUBLISHED, reference


@pytest.mark.parametrize(
    ("j2", "exact", "choo"),
    [
        (0.0, -0.67887215, -0.67882),
        (0.4, -0.52974501, -0.52936),
        (0.5, -0.50380965, -0.50185),
        (0.6, -0.49323859, -0.49023),
        (0.8, -0.58648660, -0.58590),
        (1.0, -0.71436043, -0.71351),
    ],
)
def test_the_6x6_lattice_has_its_exact_energies_and_those_of_choo(j2, exact, choo):
    found = reference(Lattice("square", 6), j2)
    assert (found.energy_per_site, found.kind, found.bound) == (exact, "exact", exact)
    assert found.others == (("Choo et al. 2019, CNN", choo),)
    assert found.source == "diagonalisation in Choo, Neupert and Carleo, Phys. Rev. B 100, 125124 (2019)"


@pytest.mark.parametrize(("j2", "total"), [(0.3, -80.994163118435), (0.7, -76.320176597454), (0.9, -93.463489624054)])
def test_more_exact_energies_of_6x6_are_those_of_varbench(j2, total):
    """Its totals are of Pauli matrices, four times too large."""
    found = reference(Lattice("square", 6), j2)
    assert found.kind == "exact"
    assert found.energy_per_site == pytest.approx(total / 4 / 36, abs=5e-9)
    assert reference(Lattice("square", 6), j2 + 1e-15) is found


@pytest.mark.parametrize(
    ("j2", "choo"),
    [(0.0, -0.67135), (0.4, -0.52371), (0.5, -0.49516), (0.6, -0.47604), (0.8, -0.57383), (1.0, -0.69636)],
)
def test_the_10x10_lattice_has_nothing_worse_than_choo(j2, choo):
    found = reference(Lattice("square", 10), j2)
    assert found.kind == ("best published" if j2 else "Monte Carlo")
    assert choo in [found.energy_per_site, *dict(found.others).values()]
    assert all(found.energy_per_site <= energy for _, energy in found.others)


def test_the_most_frustrated_10x10_lattice_has_all_that_is_known_and_a_bound():
    found = reference(Lattice("square", 10), 0.5)
    assert (found.energy_per_site, found.source, found.bound) == (-0.4976939, "CNN-MPS", -0.4978)
    assert [energy for _, energy in found.others] == [
        *(-0.49516, -0.495530, -0.49645, -0.497437, -0.497468, -0.497629, -0.4976921)
    ]


def test_two_quantum_monte_carlo_studies_of_10x10_agree_within_their_errors():
    found = reference(Lattice("square", 10), 0)
    earlier = dict(found.others)["Sandvik 1997, quantum Monte Carlo"]
    assert abs(found.energy_per_site - earlier) < 2 * 4e-6
    assert found.error == 2e-8
    assert found.bound == pytest.approx(found.energy_per_site - 1e-7, abs=1e-12)


def test_energies_are_concave_in_j2_and_exact_ones_lie_below_variational_ones():
    """Hellmann and Feynman: the slope of the lowest energy falls. Variational ones obey it to their accuracy."""
    exact = sorted((j2, one.energy_per_site) for (size, j2), one in PUBLISHED.items() if size == (6, 6))
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(exact)]
    assert len(exact) == 9
    assert slopes == sorted(slopes, reverse=True)
    for one in PUBLISHED.values():
        assert all(one.energy_per_site <= energy + 1e-5 for _, energy in one.others)
        assert one.bound is None or one.bound <= one.energy_per_site


def test_small_lattices_are_diagonalised():
    found = reference(Lattice("square", 4), 0.5)
    assert found.energy_per_site == pytest.approx(-0.5286202095, abs=1e-10)
    assert (found.kind, found.source, found.others) == ("exact", "diagonalisation", ())
    assert found.bound == found.energy_per_site
    assert reference(Lattice("honeycomb", (2, 3)), 0).kind == "exact"


@pytest.mark.parametrize(
    ("lattice", "j2"),
    [
        (Lattice("square", 3), 0.5),  # an odd number of sites
        (Lattice("square", 6), 0.55),
        (Lattice("square", (6, 10)), 0.5),
        (Lattice("square", 6, periodic=False), 0.5),
        (Lattice("triangular", 6), 0.0),
    ],
    ids=str,
)
def test_where_nothing_is_known_there_is_no_reference(lattice, j2):
    assert reference(lattice, j2) is None


def test_a_reference_is_plain_data():
    found = json.loads(json.dumps(reference(Lattice("square", 10), 0.6).to_dict()))
    assert found == {
        "energy_per_site": -0.4774611,
        "kind": "best published",
        "source": "DMRG with 1024 states in Wu et al., Science 386, 296 (2024), VarBench",
        "others": [["Choo et al. 2019, CNN", -0.47604]],
        "error": 0.0,
        "bound": None,
    }


def test_a_coupling_that_is_none_is_refused():
    message = "square 10x10: j2 is None. Give the coupling of second neighbours, a number such as 0.5."
    with pytest.raises(LocalityError, match=f"^{re.escape(message)}$"):
        reference(Lattice("square", 10), None)
