"""The end of the way to equilibrium, where that end is known."""

from math import exp, sqrt

import numpy as np
import pytest
from scipy.signal import lfilter

from locality.errors import LocalityError
from locality.lattice.equilibration import burn_in, r_hat


def chains(count, steps, seed, memory=0.0):
    """Stationary chains of mean 0 and variance 1 with rho(t) = memory^t."""
    noise = np.random.Generator(np.random.PCG64(seed)).normal(size=(count, steps))
    noise[:, 1:] *= sqrt(1 - memory**2)
    return lfilter([1], [1, -memory], noise, axis=1)


def away(count, steps, amplitude, time):
    """What odd chains, which start elsewhere, have too much: it fades exponentially."""
    return amplitude * np.exp(-np.arange(steps) / time) * (np.arange(count) % 2)[:, None]


@pytest.mark.parametrize("memory", [0.0, 0.8])
def test_steady_chains_lose_little_and_are_hardly_ever_refused(memory):
    found = [burn_in(chains(4, 1000, seed, memory)) for seed in range(300)]
    assert sum(cut is None for cut in found) <= 2
    assert np.median([cut for cut in found if cut is not None]) < 60


@pytest.mark.parametrize("time", [5, 20, 60])
@pytest.mark.parametrize("count", [1, 2, 16])
def test_what_is_left_no_longer_knows_the_start(count, time):
    """Less than half an error of the mean of what is kept; nor is much more thrown away than that takes."""
    start = np.roll(away(max(2, count), 4000, 30.0, time), 1, axis=0)[:count]
    for seed in range(20):
        cut = burn_in(chains(count, 4000, seed) + start)
        assert cut is not None
        left = 30 * time * exp(-cut / time) / (4000 - cut) * ((count // 2 or 1) / count)
        assert left < 0.5 / sqrt(count * (4000 - cut))
        assert cut < 25 * time


def test_the_later_of_two_kinds_of_start_counts():
    series = chains(2, 2000, 1)
    series[0, :20] -= 10
    series[1, :150] += 10
    assert 150 <= burn_in(series) <= 320


def test_ways_from_above_and_from_below_do_not_hide_each_other():
    """The mean of both is steady from the first step."""
    fading = away(2, 2000, 20.0, 50)
    assert burn_in(chains(2, 2000, 1) + fading - fading[::-1]) > 100


@pytest.mark.parametrize(
    "series",
    [
        chains(2, 2000, 1) + away(2, 2000, 1.0, 1e9),  # hot and cold stay apart
        chains(1, 2000, 1) + np.arange(2000) / 500,  # still on its way
        chains(2, 20000, 1) + away(2, 20000, 0.08, 1e9),  # too little for the autocorrelation time to notice
        chains(1, 20000, 1) + np.arange(20000) / 1e5,
        chains(4, 2000, 1, memory=0.9) + away(4, 2000, 0.85, 1e9),  # as one slow mode they might still pass
        chains(2, 300, 1, memory=0.99),  # 3 autocorrelation times
        np.array([[-2.0], [-1.5]]) + np.zeros((2, 400)),  # one frozen in a domain wall
        [1.0, 2.0],
        [[1.0], [2.0]],
    ],
    ids=[
        "apart",
        "drifting",
        "little apart",
        "slowly drifting",
        "apart and slow",
        "short",
        "frozen",
        "two steps",
        "two chains",
    ],
)
def test_what_has_not_equilibrated_is_refused(series):
    assert burn_in(series) is None


def test_chains_that_never_change_and_agree_have_nothing_to_forget():
    assert burn_in(np.full((4, 100), -2.0)) == 0


def test_r_hat_is_the_textbook_s():
    """Gelman and others, section 11.4: m half chains of n, B/n the variance of their means, W the mean variance."""
    values = chains(3, 101, 1) + np.array([[0.0], [0.5], [1.0]])
    halves = [half for chain in values for half in (chain[:50], chain[51:])]
    w = np.mean([np.var(half, ddof=1) for half in halves])
    b = 50 * np.var([half.mean() for half in halves], ddof=1)
    assert r_hat(values) == pytest.approx(sqrt((49 / 50 * w + b / 50) / w), rel=1e-12)


def test_r_hat_is_1_where_chains_agree_and_more_where_they_do_not_or_drift():
    assert r_hat(chains(8, 5000, 2)) == pytest.approx(1, abs=1e-3)
    assert r_hat(chains(8, 5000, 2) + np.arange(8)[:, None]) > 1.5
    assert r_hat(chains(1, 5000, 2) + np.arange(5000) / 1000) > 1.5
    assert r_hat(np.ones((2, 10))) == 1
    assert r_hat([[0.0] * 10, [1.0] * 10]) == np.inf


def test_too_few_steps_get_a_sentence():
    for function, series, message in (
        (r_hat, [1.0, 2.0, 3.0], "r_hat: 3 steps are too few to halve. Give at least 4."),
        (burn_in, np.zeros((2, 0)), "statistics: a series of shape (2, 0) has no samples. Give at least one."),
    ):
        with pytest.raises(LocalityError) as caught:
            function(series)
        assert str(caught.value) == message
