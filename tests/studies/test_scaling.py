"""Fits to infinite size against data with a known Tc and nu, and against numpy's."""

import numpy as np
import pytest

from locality.lattice.estimate import Estimate
from locality.studies.crossing import Curve
from locality.studies.scaling import collapse, exponent, infinite, line

TC, NU, SIZES = 2.269185, 1.25, (10, 14, 20, 30, 40)


def curves(seed=None, nu=NU, shift=1.0, sizes=SIZES, noise=0.0):
    """P = 1/(1 + exp((T - Tc - shift L^(-1/nu)) L^(1/nu))), with the noise of 16 chains."""
    draw = np.random.Generator(np.random.PCG64(seed or 0))
    made = []
    for size in sizes:
        x = np.linspace(-5, 7, 25)
        exact = 1 / (1 + np.exp(x - shift))
        outputs = exact[None, :, None] + noise * np.sqrt(exact * (1 - exact))[None, :, None] * draw.normal(
            size=(3, 25, 16)
        )
        made.append(Curve(size, TC + x * size ** (-1 / nu), np.clip(outputs, 0, 1)))
    return made


def test_a_line_is_that_of_numpy():
    draw = np.random.Generator(np.random.PCG64(3))
    x, errors = np.array([0.1, 0.05, 0.033, 0.025]), np.array([0.004, 0.003, 0.002, 0.004])
    y = 2.27 + 0.3 * x + errors * draw.normal(size=4)
    found = line(x, [Estimate(a, e) for a, e in zip(y, errors, strict=True)])
    (gradient, value), covariance = np.polyfit(x, y, 1, w=1 / errors, cov="unscaled")
    wider = max(1.0, np.sqrt(found.chi2 / 2))
    assert (found.value.value, found.gradient.value) == (pytest.approx(value), pytest.approx(gradient))
    assert (found.value.error, found.gradient.error) == (
        pytest.approx(wider * np.sqrt(covariance[1, 1])),
        pytest.approx(wider * np.sqrt(covariance[0, 0])),
    )


def test_points_that_scatter_more_than_they_say_widen_the_error():
    y = [Estimate(value, 0.001) for value in (1.0, 1.03, 0.98, 1.02)]
    calm = [Estimate(value, 0.1) for value in (1.0, 1.03, 0.98, 1.02)]
    wild, quiet = line([1, 2, 3, 4], y), line([1, 2, 3, 4], calm)
    assert wild.chi2 / wild.freedom > 100
    assert wild.value.error == pytest.approx(0.001 * np.sqrt(1.5) * np.sqrt(wild.chi2 / 2))
    assert quiet.value.error == pytest.approx(0.1 * np.sqrt(1.5))


def test_fewer_than_two_points_or_none_with_an_error_give_no_line():
    assert line([1], [Estimate(1.0, 0.1)]) is None
    assert line([1, 2], [Estimate(1.0, 0.1), Estimate(1.0, None)]) is None
    assert line([1, 2], [Estimate(1.0, 0.1), Estimate(2.0, 0.1)]).freedom == 0


def test_the_critical_temperature_and_nu_that_went_in_come_out_within_their_errors():
    pulls = []
    for seed in range(12):
        made = curves(seed, noise=0.1)
        found, nu = infinite(made, NU), exponent(made)
        pulls.append(((found.value.value - TC) / found.value.error, (nu.value - NU) / nu.error))
    pulls = np.array(pulls)
    assert np.abs(pulls).max() < 4
    assert (np.sqrt((pulls**2).mean(0)) < 1.6).all()


def test_the_collapse_is_best_with_the_nu_and_the_critical_temperature_that_went_in():
    made = curves(1, noise=0.01)
    right = collapse(made, TC, NU)
    assert right < 0.005
    assert min(collapse(made, TC, nu) for nu in (1.0, 1.6)) > 3 * right
    assert collapse(made, TC + 0.02, NU) > 3 * right
    assert collapse(made[:1], TC, NU) is None


def test_sizes_that_do_not_cross_are_left_out():
    flat = Curve(60, np.linspace(2, 2.5, 25), np.full((3, 25, 16), 0.8))
    made = curves(1, noise=0.05)
    assert infinite([*made, flat], NU) == infinite(made, NU)
    assert exponent([*made, flat]) == exponent(made)
    assert infinite([flat], NU) is exponent([flat]) is None
