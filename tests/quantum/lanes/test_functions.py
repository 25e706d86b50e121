"""Elementary functions against numpy and scipy: errors in units in the last place (ulp)."""

import numpy as np
import pytest
from numba import njit
from scipy import special

from locality.quantum.lanes import functions
from wave_functions import generator

TINY = np.finfo(np.float32).tiny


def mapped(name):
    """The function over an array, as the kernels call it."""
    function = getattr(functions, name)

    @njit
    def every(x):
        found = np.empty_like(x)
        for i in range(x.size):
            found[i] = function(x[i])
        return found

    return every


@pytest.fixture(scope="module")
def compiled():
    angle = functions.angle

    @njit
    def angles(y, x):
        found = np.empty_like(x)
        for i in range(x.size):
            found[i] = angle(y[i], x[i])
        return found

    return {name: mapped(name) for name in ("exp", "log", "sin", "cos", "erf")} | {"angle": angles}


def ulps(found, exact):
    """How far float32 numbers are from exact ones, in the distance of neighbouring float32 numbers there."""
    assert found.dtype == np.float32
    return np.abs(found.astype(float) - exact) / np.spacing(np.abs(exact).astype(np.float32).clip(TINY)).astype(float)


def spread(low, high, count=200_000):
    return np.linspace(low, high, count).astype(np.float32)


def decades(low, high, count=200_000):
    return np.logspace(low, high, count).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "exact", "inputs", "most"),
    [
        ("exp", np.exp, spread(-87.2, 88.2), 1.5),
        ("exp", np.exp, spread(-1, 1), 1.5),
        ("log", np.log, decades(-37.5, 38.5), 1),
        ("log", np.log, spread(0.5, 2), 1),
        ("sin", np.sin, spread(-3, 3), 1.5),
        ("cos", np.cos, spread(-1.5, 1.5), 1.6),
        ("erf", special.erf, spread(-5, 5), 6),
        ("erf", special.erf, decades(-30, 0), 4),
    ],
    ids=["exp", "exp near 0", "log", "log near 1", "sin", "cos", "erf", "erf near 0"],
)
def test_each_is_right_to_a_few_units_in_the_last_place(compiled, name, exact, inputs, most):
    error = ulps(compiled[name](inputs), exact(inputs.astype(float)))
    assert error.max() < most


@pytest.mark.parametrize(("name", "exact"), [("sin", np.sin), ("cos", np.cos)])
@pytest.mark.parametrize(("reach", "most"), [(10, 1e-7), (100, 1e-7), (8000, 1e-7)])
def test_sine_and_cosine_are_right_far_out_too(compiled, name, exact, reach, most):
    inputs = spread(-reach, reach)
    error = np.abs(compiled[name](inputs) - exact(inputs.astype(float)))
    assert error.max() < most


def test_the_angle_is_that_of_every_quadrant_and_every_axis(compiled):
    turns = spread(-np.pi, np.pi)
    size = np.exp(generator(1).uniform(-20, 20, len(turns)))
    y, x = (
        (np.sin(turns.astype(float)) * size).astype(np.float32),
        (np.cos(turns.astype(float)) * size).astype(np.float32),
    )
    error = ulps(compiled["angle"](y, x), np.arctan2(y.astype(float), x.astype(float)))
    assert error.max() < 3.2
    axes = np.array([[0, 1], [1, 0], [0, -1], [-1, 0], [1, 1], [1, -1], [-1, -1], [-1, 1]], np.float32)
    for scale in (1, 1e-30, 1e30):
        y, x = (axes * np.float32(scale)).T.copy()
        assert compiled["angle"](y, x) == pytest.approx(np.arctan2(y, x), abs=2e-7)
    zero = np.zeros(1, np.float32)
    assert compiled["angle"](zero, zero) == 0


def test_the_edges(compiled):
    f = np.float32
    at = lambda name, *inputs: compiled[name](np.array(inputs, f)).tolist()  # noqa: E731
    assert at("exp", 0, -0.0, 1e-40, -1e-40) == [1, 1, 1, 1]
    assert at("log", 1) == [0]
    assert at("sin", 0, -0.0, 1e-40) == [0, 0, f(1e-40)]
    assert at("cos", 0, -0.0, 1e-40) == [1, 1, 1]
    assert at("erf", 0, -0.0, 5, -5, 1e30, -1e30, np.inf, -np.inf) == [0, 0, 1, -1, 1, -1, 1, -1]
    assert np.signbit(at("erf", -0.0)[0])
    # Beyond the normal numbers exp stays at the last of them: never zero, never infinite.
    low, high = at("exp", -88, 89)
    assert (at("exp", -1000, -np.inf), at("exp", 1000, np.inf)) == ([low] * 2, [high] * 2)
    assert TINY <= low < 1.3e-38
    assert 2e38 < high < np.inf
    # The logarithm knows normal numbers; below them it stays near that of the least.
    assert at("log", TINY) == pytest.approx([np.log(float(TINY))], rel=1e-7)
    assert all(-88.1 < value < -87.3 for value in at("log", 0, 1e-40, 1e-45))
    assert at("log", np.finfo(f).max) == pytest.approx([88.722839], rel=1e-7)


@pytest.mark.parametrize("name", ["log", "sin", "cos", "angle"])
def test_in_float64_most_are_the_c_librarys(compiled, name):
    inputs = np.abs(generator(3).normal(size=500)) * 3
    given = (inputs, inputs[::-1].copy()) if name == "angle" else (inputs,)
    exact = {"angle": np.arctan2}.get(name) or getattr(np, name)
    found = compiled[name](*given)
    assert found.dtype == np.float64
    assert np.abs(found - exact(*given)).max() <= 4e-16 * np.abs(exact(*given)).max()


@pytest.mark.parametrize(
    ("name", "exact", "reach"),
    [("exp", np.exp, 707.9), ("exp", np.exp, 1), ("erf", special.erf, 8), ("erf", special.erf, 1e-3)],
)
def test_in_float64_exp_and_erf_are_right_to_a_few_units_in_the_last_place(compiled, name, exact, reach):
    inputs = np.linspace(-reach, reach, 100_000)  # none is 0
    found, expected = compiled[name](inputs), exact(inputs)
    assert found.dtype == np.float64
    assert (np.abs(found - expected) / np.spacing(np.abs(expected))).max() <= 4


def test_the_edges_in_float64(compiled):
    at = lambda name, *inputs: compiled[name](np.array(inputs, float)).tolist()  # noqa: E731
    assert at("exp", 0, -0.0, 1e-300, -1e-300) == [1, 1, 1, 1]
    assert at("erf", 0, 1, -1, 6.5, -6.5, np.inf, -np.inf)[3:] == [1, -1, 1, -1]
    assert np.signbit(at("erf", -0.0)[0])
    low, high = at("exp", -709, 710)
    assert (at("exp", -1000, -np.inf), at("exp", 1000, np.inf)) == ([low] * 2, [high] * 2)
    assert 0 < low < 4e-308
    assert 8e307 < high < np.inf
    assert np.isnan([*at("exp", np.nan), *at("erf", np.nan)]).all()
