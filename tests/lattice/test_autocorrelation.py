"""Autocorrelation times against sums by loops, and against processes whose memory is known."""

from math import inf, nan, sqrt

import numpy as np
import pytest
from scipy.signal import lfilter

from locality.errors import LocalityError
from locality.lattice.autocorrelation import autocorrelation_time, autocovariance, effective_samples, integrated


def generator(seed):
    return np.random.Generator(np.random.PCG64(seed))


def remembering(memory, chains, steps, draw):
    """Stationary chains of variance 1 with rho(t) = memory^t: tau = (1 + memory)/(1 - memory)/2."""
    noise = draw.normal(size=(chains, steps))
    noise[:, 1:] *= sqrt(1 - memory**2)
    return lfilter([1], [1, -memory], noise, axis=1)


def by_loops(values):
    """Gamma(t) from its definition."""
    chains, steps = values.shape
    mean = sum(x for chain in values for x in chain) / (chains * steps)
    found = []
    for t in range(steps):
        products = [(c[i] - mean) * (c[i + t] - mean) for c in values for i in range(steps - t)]
        found.append(sum(products) / len(products))
    return np.array(found)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (3, 1), (3, 20), (2, 65)])
def test_the_autocovariance_is_what_loops_over_pairs_give(shape):
    values = generator(1).normal(size=shape) + 5
    np.testing.assert_allclose(autocovariance(values), by_loops(values), atol=1e-13)


@pytest.mark.parametrize("shape", [(1, 200), (4, 60)])
def test_the_time_is_the_sum_up_to_six_times_itself(shape):
    values = remembering(0.5, *shape, generator(2))
    gamma = by_loops(values)
    for window in range(3, shape[1]):
        tau = 0.5 + sum(gamma[1 : window + 1]) / gamma[0]
        if window >= 6 * tau:
            break
    expected = tau * (1 + (2 * window + 1) / values.size)
    assert autocorrelation_time(values) == pytest.approx(expected, rel=1e-12)
    assert effective_samples(values) == pytest.approx(values.size / (2 * expected), rel=1e-12)
    assert autocorrelation_time(1e9 - 1e-3 * values) == pytest.approx(expected, rel=1e-3)  # neither scale nor zero


@pytest.mark.parametrize("memory", [-0.5, 0.0, 0.5, 0.9, 0.98])
def test_processes_with_a_known_memory(memory):
    tau = (1 + memory) / (1 - memory) / 2
    found = [autocorrelation_time(remembering(memory, 4, 20000, generator(seed))) for seed in range(12)]
    spread = np.std(found, ddof=1)
    cut = 0.05 * (memory < 0)  # an alternating sum ends too early by at most its next term
    assert np.mean(found) == pytest.approx(tau, abs=4 * spread / sqrt(12) + 0.004 * tau + cut)
    window = 6 * tau
    assert spread < 2 * tau * sqrt(2 * (2 * window + 1) / 80000)  # Madras and Sokal, equation C.15


def test_a_time_about_the_mean_of_each_chain_is_nearly_the_same():
    found = []
    for seed in range(20):
        values = remembering(0.9, 16, 200, generator(seed))
        found.append(integrated(values - values.mean(axis=1, keepdims=True), means=16))
    assert np.mean(found) == pytest.approx(9.5, rel=0.12)  # a correction of first order: less would be 5.6


def test_chains_are_kept_apart():
    """Joined end to end, the same numbers would remember each other across the joint."""
    halves = np.repeat(generator(3).normal(size=(500, 1)), 10, axis=1)  # blocks of ten equal numbers
    one = halves.reshape(1, -1)
    assert autocorrelation_time(one) == pytest.approx(5, rel=0.15)
    assert autocorrelation_time(one.reshape(50, 100)) == pytest.approx(5, rel=0.15)
    assert autocorrelation_time(halves) == inf  # as chains of ten steps each they do not end


def test_short_chains_do_not_tell_and_constant_ones_have_nothing_to_forget():
    assert autocorrelation_time([1.0]) == autocorrelation_time([[3.0, 3.0]]) == 0.5
    assert autocorrelation_time([1.0, 2.0]) == autocorrelation_time(np.arange(500.0)) == inf
    assert effective_samples(np.arange(500.0)) == 0
    assert autocorrelation_time(np.array([[0.0], [1.0]]) + np.zeros((2, 100))) == inf  # each stuck at its own place


@pytest.mark.parametrize("kind", [bool, np.int8, np.float32])
def test_any_kind_of_number_will_do(kind):
    values = generator(4).integers(0, 2, 1000).astype(kind)
    assert autocorrelation_time(values) == pytest.approx(autocorrelation_time(values.astype(float)), rel=1e-12)


@pytest.mark.parametrize(
    ("series", "message"),
    [
        (
            np.zeros((2, 3, 4)),
            "statistics: a series of shape (2, 3, 4) is neither (steps,) nor (chains, steps). "
            "Give one number for each step of each chain.",
        ),
        (
            1.0,
            "statistics: a series of shape () is neither (steps,) nor (chains, steps). "
            "Give one number for each step of each chain.",
        ),
        (np.zeros((2, 0)), "statistics: a series of shape (2, 0) has no samples. Give at least one."),
        ([], "statistics: a series of shape (0,) has no samples. Give at least one."),
        ([1.0, nan, inf], "statistics: 2 of 3 samples are not finite. Find where they come from."),
        (["a", "b"], "statistics: a series of str32 holds no real numbers. Give numbers."),
        ([1j, 2.0], "statistics: a series of complex128 holds no real numbers. Give numbers."),
    ],
)
def test_what_is_no_series_gets_a_sentence(series, message):
    for function in (autocorrelation_time, effective_samples):
        with pytest.raises(LocalityError) as caught:
            function(series)
        assert str(caught.value) == message
