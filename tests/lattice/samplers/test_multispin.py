"""The bit code: every chain has the moves of Metropolis, and no two chains share a random bit."""

import numpy as np
import pytest
from scipy.stats import chi2

from locality.lattice import Lattice
from locality.lattice.samplers import METHODS
from locality.lattice.samplers.problem import Problem, state

CHAINS = 1000  # the last word is not full


def surprises(problem: Problem, temperature: float) -> np.ndarray:
    """What one sweep did to chains that all start from the same spins: for every site and chain how far its being
    turned over, or not, lies from its probability, in standard deviations; (sites, chains).

    A site's neighbours have no neighbours among each other's class, so that what each was when the site was tried can
    be read off: those of classes before it are as they are after the sweep, the others as before.
    """
    chains = state(problem, CHAINS, seed=31)
    before = np.where(np.random.default_rng(7).random(problem.lattice.sites) < 0.8, 1, -1).astype(np.int8)
    chains.spins[:] = before
    spins, _ = METHODS["multispin"](problem, temperature, chains, 1, 1)
    after, now = spins[0].astype(float), np.broadcast_to(before, (CHAINS, len(before))).astype(float)
    found = np.zeros(after.T.shape)
    for colour in problem.colours:
        around = problem.neighbours[colour]
        pull = (np.where(around >= 0, now[:, around], 0) * problem.strengths).sum(-1)
        cost = 2 * now[:, colour] * pull
        chance = np.where(cost == 0, 0.5, np.minimum(1.0, np.exp(-cost / temperature)))
        turned = after[:, colour] != now[:, colour]
        assert turned[chance == 1].all()
        found[colour] = np.where(
            chance < 1, (turned - chance) / np.sqrt(np.where(chance < 1, chance * (1 - chance), 1)), 0
        ).T
        now = now.copy()
        now[:, colour] = after[:, colour]
    return found


PROBLEMS = [
    Problem(Lattice("square", 8)),
    Problem(Lattice("square", 8), (-0.5,)),
    Problem(Lattice("square", 5)),
    Problem(Lattice("triangular", 6)),
    Problem(Lattice("honeycomb", 4)),
    Problem(Lattice("square", 6, periodic=False)),
    Problem(Lattice("cubic", 4)),
]


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
def test_a_spin_is_turned_over_as_often_as_metropolis_says(problem: Problem) -> None:
    off = surprises(problem, 2.5)
    tried = (off != 0).sum(axis=1)
    each = off.sum(axis=1)[tried > 0] ** 2 / tried[tried > 0]
    assert chi2.sf(each.sum(), len(each)) > 1e-4
    assert abs(off.sum() / np.sqrt((off != 0).sum())) < 5


@pytest.mark.parametrize("problem", PROBLEMS[:4], ids=str)
def test_no_two_chains_share_random_bits(problem: Problem) -> None:
    """All start alike, so that a shared bit would turn the same site over in both: the scatter of the number of chains
    that turn a site, and the correlation of any two chains over all sites, would tell."""
    off = surprises(problem, 2.5)
    pairs = off.T @ off
    held = (off != 0).astype(float)
    shared = held.T @ held
    upper = np.triu_indices(CHAINS, 1)
    correlation = pairs[upper] / np.sqrt(np.maximum(shared[upper], 1))
    assert abs(correlation.mean()) < 5 / np.sqrt(len(correlation))
    assert abs((correlation**2).mean() - 1) < 0.1
    near = np.array([pairs[k, k + step] for step in (1, 63, 64, 65, 128, 512) for k in range(CHAINS - step)])
    assert abs(near.sum()) < 5 * np.sqrt(shared.diagonal().mean() * len(near))
