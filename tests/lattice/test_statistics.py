"""Errors against what they promise: over many repetitions with a known answer, two thirds lie within one error."""

from math import log, nan, sqrt

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.stats import bootstrap

from locality.errors import LocalityError
from locality.lattice.statistics import Estimate, autocorrelation_time, binned, jackknife

WITHIN = 0.6827  # of a normal distribution lies within one standard deviation


def remembering(memory, chains, steps, seed):
    """Stationary chains of mean 0 and variance 1 with rho(t) = memory^t."""
    noise = np.random.Generator(np.random.PCG64(seed)).normal(size=(chains, steps))
    noise[:, 1:] *= sqrt(1 - memory**2)
    return lfilter([1], [1, -memory], noise, axis=1)


def error_of_mean(memory, chains, steps):
    t = np.arange(1, steps)
    return sqrt((1 + 2 * ((1 - t / steps) * memory**t).sum()) / (chains * steps))


@pytest.mark.parametrize(
    ("memory", "chains", "steps"),
    [(0.0, 1, 200), (0.0, 8, 250), (0.6, 4, 500), (0.9, 4, 1000), (0.97, 16, 1000), (0.97, 50, 100)],
)
def test_two_thirds_of_all_means_lie_within_one_error(memory, chains, steps):
    many = 300
    found = [binned(remembering(memory, chains, steps, seed)) for seed in range(many)]
    assert None not in [one.error for one in found]
    inside = np.mean([abs(one.value) <= one.error for one in found])
    assert inside == pytest.approx(WITHIN, abs=3.5 * sqrt(WITHIN * (1 - WITHIN) / many))
    assert np.mean([one.error for one in found]) == pytest.approx(error_of_mean(memory, chains, steps), rel=0.05)


@pytest.mark.parametrize("memory", [0.0, 0.8])
def test_two_thirds_of_all_functions_of_means_lie_within_one_error(memory):
    """The variance, exactly 1, from <x> and <x^2>: unlike the mean, it is not linear."""
    many = 300
    series = [remembering(memory, 4, 1000, seed) for seed in range(many)]
    found = [jackknife(lambda mean, square: square - mean**2, x, x**2) for x in series]
    inside = np.mean([abs(one.value - 1) <= one.error for one in found])
    assert inside == pytest.approx(WITHIN, abs=3.5 * sqrt(WITHIN * (1 - WITHIN) / many))


def test_a_jackknife_takes_out_the_bias_of_order_one_over_the_samples():
    """<x>^2 of 250 numbers of mean 3 and variance 4 is 9.016 on the average."""
    draw = np.random.Generator(np.random.PCG64(5))
    series = 3 + 2 * draw.normal(size=(300, 250))
    found = [jackknife(lambda mean: mean**2, one) for one in series]
    plain = np.mean([one.error for one in found]) / sqrt(len(found))
    assert np.mean([one.value for one in found]) == pytest.approx(9, abs=4 * plain)
    taken = series.mean(axis=1) ** 2 - [one.value for one in found]
    assert taken.mean() == pytest.approx(4 / 250, rel=0.1)


def test_a_jackknife_of_every_single_sample_is_the_textbook_s():
    """Efron and Tibshirani, equation 11.5; for the mean it is s/sqrt(n). So short a chain is one block."""
    values = np.random.Generator(np.random.PCG64(7)).normal(size=(33, 3)) + 4
    blocks = values.mean(axis=1)
    assert binned(values).error == pytest.approx(blocks.std(ddof=1) / sqrt(33), rel=1e-12)
    left = np.array([np.delete(blocks, k).mean() for k in range(33)])
    found = jackknife(log, values)
    assert found.error == pytest.approx(sqrt(32 / 33 * ((np.log(left) - np.log(left).mean()) ** 2).sum()), rel=1e-10)
    assert found.value == pytest.approx(33 * log(values.mean()) - 32 * np.log(left).mean(), rel=1e-12)


def test_scipy_s_bootstrap_finds_the_same_error():
    values = np.random.Generator(np.random.PCG64(8)).exponential(size=4000)
    spread = bootstrap((values,), lambda x, axis: np.log(x.mean(axis)), n_resamples=400, rng=np.random.default_rng(1))
    assert jackknife(log, values).error == pytest.approx(spread.standard_error, rel=0.15)


def test_one_chain_more_or_less_remembered_makes_the_error_of_both():
    """Of two series the one that remembers longest sets the blocks."""
    slow, fast = remembering(0.95, 4, 4000, 1), remembering(0.0, 4, 4000, 2)
    alone, both = binned(slow), jackknife(lambda one, other: one + 0 * other, slow, fast)
    assert (both.value, both.error) == pytest.approx((alone.value, alone.error), rel=1e-9, abs=1e-12)
    summed = jackknife(lambda one, other: one + other, slow, fast)
    assert summed.error == pytest.approx(binned(slow + fast).error, rel=0.1)


def test_chains_that_do_not_agree_are_one_block_each():
    apart = np.arange(30.0)[:, None]
    series = np.random.Generator(np.random.PCG64(9)).normal(size=(30, 1000)) + 0.3 * np.sin(apart)
    assert autocorrelation_time(series) < 2  # so little that the window does not see it
    means = series.mean(axis=1)
    assert binned(series).error == pytest.approx(means.std(ddof=1) / sqrt(30), rel=1e-9)
    assert binned(series[:10]).error is None


def test_slow_chains_that_do_not_agree_are_not_taken_for_slower_ones():
    series = remembering(0.9, 4, 3000, 1)
    assert binned(series).error < 0.05
    apart = series + np.array([[0.0], [0.82], [0.0], [0.82]])
    assert autocorrelation_time(apart) > 3 * 9.5  # of all chains together, not of each
    assert binned(apart).error is None


def test_short_chains_that_agree_are_hardly_ever_taken_for_others():
    taken = 0
    for seed in range(60):
        series = remembering(0.9, 64, 150, seed)
        a_block_each = series.mean(axis=1).std(ddof=1) / sqrt(64)
        taken += binned(series).error == pytest.approx(a_block_each, rel=1e-9)
    assert taken <= 2


@pytest.mark.parametrize(
    "series",
    [
        np.ones((4, 1000)),  # never changes
        np.arange(1000.0),  # one trend
        [[0.0] * 500, [1.0] * 500],  # two chains, each stuck
        [1.0, 2.0, 4.0],
        remembering(0.99, 1, 2000, 3),  # ten times as long as its memory
    ],
    ids=["constant", "trend", "stuck", "three", "slow"],
)
def test_too_few_independent_samples_have_no_error(series):
    found = binned(series)
    assert found == Estimate(float(np.mean(series)), None)
    assert jackknife(lambda mean: 2 * mean, series) == Estimate(2 * float(np.mean(series)), None)
    assert str(found).endswith("(too few samples for an error)")


def test_a_function_that_is_not_finite_somewhere_has_no_error():
    values = np.zeros(100)
    values[50] = 1.0  # without it the mean is 0
    with np.errstate(divide="ignore"):
        found = jackknife(lambda mean: float(np.divide(1.0, mean)), values)
    assert found == Estimate(pytest.approx(100), None)
    assert jackknife(lambda mean: nan, values).error is None


def test_large_series_cost_milliseconds_and_are_not_changed():
    series = remembering(0.5, 64, 5000, 1)
    before = series.copy()
    binned(series)
    np.testing.assert_array_equal(series, before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: binned([]), "statistics: a series of shape (0,) has no samples. Give at least one."),
        (lambda: binned([nan, 1.0]), "statistics: 1 of 2 samples are not finite. Find where they come from."),
        (lambda: jackknife(sum), "jackknife: no series was given. Give one for each mean that the function takes."),
        (
            lambda: jackknife(max, [1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]]),
            "jackknife: the series have different shapes, (1, 2), (2, 2). "
            "Give the same chains and steps for each of them.",
        ),
    ],
)
def test_what_cannot_be_averaged_gets_a_sentence(call, message):
    with pytest.raises(LocalityError) as caught:
        call()
    assert str(caught.value) == message
