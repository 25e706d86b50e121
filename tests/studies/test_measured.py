"""Intervals, against scipy's."""

import numpy as np
import pytest
from scipy import stats

from locality.studies.measured import Measured, over_seeds, student


@pytest.mark.parametrize("freedom", [*range(1, 31), 100])
def test_student_s_bounds_are_scipy_s(freedom):
    assert student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-9)


@pytest.mark.parametrize("count", [2, 3, 5, 12])
def test_the_interval_over_seeds_is_scipy_s(count):
    values = np.random.default_rng(count).normal(size=count)
    found = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert over_seeds(values.tolist()) == pytest.approx((found.low, found.high), rel=1e-9)


def test_one_seed_has_wilson_s_interval():
    found = stats.binomtest(1106, 10_000).proportion_ci(0.95, method="wilson")
    assert Measured((0.1106,), 10_000).interval == pytest.approx((found.low, found.high), rel=1e-9)


def test_several_seeds_have_an_interval_no_narrower_than_either():
    wilson = stats.binomtest(20, 100).proportion_ci(0.95, method="wilson")
    close, far = Measured((0.2, 0.2, 0.2), 100), Measured((0.0, 0.2, 0.4), 100)
    assert close.interval == pytest.approx((wilson.low, wilson.high))
    low, high = over_seeds(far.errors)
    assert (low, far.interval) == (pytest.approx(-0.2968, abs=1e-4), (0.0, pytest.approx(high)))


def test_a_verdict_needs_intervals_that_lie_apart():
    ahead, near, behind = (Measured((error,), 10_000) for error in (0.077, 0.0985, 0.1022))
    assert (ahead.against(near), near.against(ahead)) == ("lower", "higher")
    assert near.against(behind) == behind.against(near) == "cannot be told apart"
