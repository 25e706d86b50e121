"""Where P(T) crosses one half, and what its error is worth."""

import numpy as np
import pytest

from locality.studies.crossing import Curve, crossings

TRUE, WIDTH = 2.3, 0.05
TEMPERATURES = np.linspace(2.1, 2.6, 25)


def erfc_like(temperatures):
    """A fall that is no logistic one."""
    from scipy.special import erfc

    return erfc((temperatures - TRUE) / WIDTH) / 2


def crossing(temperatures, p):
    return tuple(crossings(temperatures, p[None])[:, 0])


def measured(seed, seeds=4, chains=12, of_chain=0.05, of_seed=0.003):
    """P(T) with the noise of independent chains, and of networks whose T* differ."""
    draw = np.random.Generator(np.random.PCG64(seed))
    moved = of_seed * draw.normal(size=(seeds, 1, 1))
    exact = 1 / (1 + np.exp((TEMPERATURES[None, :, None] - TRUE - moved) / WIDTH))
    noise = of_chain * np.sqrt(exact * (1 - exact)) * draw.normal(size=(1, len(TEMPERATURES), chains))
    return Curve(20, TEMPERATURES, np.clip(exact + noise, 0, 1))


@pytest.mark.parametrize("fall", [erfc_like, lambda t: 0.5 - 0.45 * np.tanh((t - TRUE) / 0.1)])
def test_the_crossing_is_that_of_a_fine_grid(fall):
    fine = np.linspace(2.1, 2.6, 500_001)
    at, slope = crossing(TEMPERATURES, fall(TEMPERATURES))
    p = fall(fine)
    place = np.flatnonzero(p < 0.5)[0]
    assert at == pytest.approx(fine[place], abs=2e-4)
    assert slope == pytest.approx(((p[place] - p[place - 1]) / (fine[1] - fine[0])), rel=0.02)


def test_a_steep_fall_is_interpolated():
    p = np.where(TEMPERATURES < 2.3, 1.0, 0.0)
    p[np.abs(TEMPERATURES - 2.3).argmin()] = 0.4
    low, high = (TEMPERATURES[np.flatnonzero(p > 0.5)[-1] + step] for step in (0, 1))
    at, slope = crossing(TEMPERATURES, p)
    assert at == pytest.approx(low + (high - low) * 0.5 / 0.6)
    assert slope == pytest.approx(-0.6 / (high - low))


@pytest.mark.parametrize("p", [np.full(25, 0.7), np.full(25, 0.3), np.linspace(0.1, 0.9, 25)])
def test_what_does_not_fall_through_one_half_has_no_crossing(p):
    assert np.isnan(crossing(TEMPERATURES, p)).all()
    curve = Curve(10, TEMPERATURES, np.repeat(p[None, :, None], 4, 2))
    assert (curve.crossing, curve.slope) == (None, None)


def test_the_error_bar_covers_the_truth_as_often_as_it_says():
    pulls = []
    for seed in range(100):
        found = measured(seed, seeds=16).crossing
        pulls.append((found.value - TRUE) / found.error)
    # The mean square of 100 pulls, whose errors come from 16 seeds, is 1.15, give or take 0.17.
    assert 0.64 < np.mean(np.square(pulls)) < 1.66
    assert abs(np.mean(pulls)) < 0.35


@pytest.mark.parametrize(("chains", "seeds"), [(0.05, 0.0), (0.0, 0.01)])
def test_chains_and_seeds_both_count_however_few(chains, seeds):
    found = [measured(seed, of_chain=chains, of_seed=seeds).crossing for seed in range(200)]
    values, errors = np.array([(one.value, one.error) for one in found]).T
    # Both sides are good to 6 %.
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(values), rel=0.25)


def test_all_curves_at_once_are_each_as_alone():
    draw = np.random.Generator(np.random.PCG64(2))
    curves = np.clip(erfc_like(TEMPERATURES) + 0.01 * draw.normal(size=(20, 25)), 0, 1)
    one = [crossing(TEMPERATURES, curve)[0] for curve in curves]
    assert crossings(TEMPERATURES, curves)[0] == pytest.approx(one, abs=3e-3)


def test_one_chain_gives_no_error_and_one_seed_only_that_of_the_chains():
    assert measured(1, seeds=3, chains=1).crossing.error is None
    alone, several = measured(1, seeds=1, of_seed=0.0), measured(1, seeds=4, of_seed=0.0)
    assert alone.crossing.error == pytest.approx(several.crossing.error, rel=0.2)


def test_the_same_curve_has_the_same_error():
    assert measured(5).crossing == measured(5).crossing
