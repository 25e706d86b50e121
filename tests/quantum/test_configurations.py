"""Lists and draws of configurations of as many up spins as down spins."""

from itertools import product
from math import comb

import numpy as np
import pytest
from scipy.stats import chi2

from locality.errors import DescriptionError
from locality.lattice import Lattice
from locality.quantum.configurations import drawn, every
from wave_functions import generator


@pytest.mark.parametrize("lattice", [Lattice("chain", 6), Lattice("honeycomb", 2), Lattice("kagome", (1, 2), False)])
def test_every_configuration_of_the_sector_is_listed_once(lattice):
    found = every(lattice)
    assert found.dtype == np.int8
    expected = {spins for spins in product((1, -1), repeat=lattice.sites) if sum(spins) == 0}
    assert {tuple(one) for one in found.tolist()} == expected
    assert len(found) == len(expected) == comb(lattice.sites, lattice.sites // 2)


def test_more_sites_than_can_be_listed_are_refused():
    message = r"^square 4x6: 24 sites have too many configurations to list\. Use at most 20 sites\.$"
    with pytest.raises(DescriptionError, match=message):
        every(Lattice("square", (4, 6)))


def test_draws_are_even_over_the_sector_and_repeat_with_their_seed():
    lattice = Lattice("chain", 6)
    found = drawn(lattice, 4000, generator(1))
    assert found.dtype == np.int8
    assert (found.sum(1) == 0).all()
    counts = np.unique(found, axis=0, return_counts=True)[1]
    assert len(counts) == 20
    assert chi2.sf(((counts - 200) ** 2 / 200).sum(), 19) > 1e-4
    assert (drawn(lattice, 4000, generator(1)) == found).all()
    assert drawn(lattice, 0, generator(1)).shape == (0, 6)
