"""The infinite square lattice against its free energy, published values, and expansions from both ends."""

from math import exp, inf, log, nan, pi, sin, sqrt

import numpy as np
import pytest
from scipy.integrate import quad

from locality.errors import DescriptionError
from locality.lattice import onsager
from locality.lattice.critical import temperature as critical_temperature

TC = 2 / log(1 + sqrt(2))


def log_partition(beta):
    """ln Z per site: ln(2 cosh 2K) + (1/pi) int_0^(pi/2) ln[(1 + sqrt(1 - k^2 sin^2 phi))/2] (Huang, section 15.4)."""
    k = 2 * np.sinh(2 * beta) / np.cosh(2 * beta) ** 2
    inside, _ = quad(lambda phi: log((1 + sqrt(max(0.0, 1 - (k * sin(phi)) ** 2))) / 2), 0, pi / 2, epsabs=1e-13)
    return log(2 * np.cosh(2 * beta)) + inside / pi


@pytest.mark.parametrize(("low", "high"), [(0.3, 0.35), (0.1, 0.43), (0.45, 0.9), (0.3, 0.6)])
def test_the_energy_is_the_slope_of_onsagers_free_energy(low, high):
    found, _ = quad(lambda beta: onsager.energy(1 / beta), low, high, points=[1 / TC], epsabs=1e-12, limit=200)
    assert found == pytest.approx(log_partition(low) - log_partition(high), abs=2e-11)


@pytest.mark.parametrize(("low", "high"), [(1.0, 2.2), (2.3, 5.0), (1.5, 4.0)])
def test_the_heat_capacity_is_the_slope_of_the_energy(low, high):
    points = [TC] if low < TC < high else None
    found, _ = quad(onsager.heat_capacity, low, high, points=points, epsabs=1e-12, limit=200)
    assert found == pytest.approx(onsager.energy(high) - onsager.energy(low), abs=1e-8)


def test_published_values():
    assert onsager.energy(2.0) == pytest.approx(-1.74556458, abs=5e-9)
    assert onsager.energy(2.5) == pytest.approx(-1.10607920, abs=5e-9)
    assert onsager.magnetisation(2.0) == pytest.approx(0.91131938, abs=5e-9)


def test_the_critical_point_has_its_limits():
    point = critical_temperature("square")
    assert (onsager.energy(point), onsager.heat_capacity(point), onsager.magnetisation(point)) == (-sqrt(2), inf, 0.0)
    for near in (np.nextafter(point, 0), np.nextafter(point, 9)):
        assert onsager.energy(near) == pytest.approx(-sqrt(2), abs=1e-13)
        assert 15 < onsager.heat_capacity(near) < 20
    assert 0.012 < onsager.magnetisation(np.nextafter(point, 0)) < 0.015  # (8 sqrt 2 (K - Kc))^(1/8)


@pytest.mark.parametrize("side", [1, -1])
def test_the_heat_capacity_diverges_as_onsagers_logarithm(side):
    """C = - 0.4945 ln|1 - T/Tc| + ..., the same amplitude 8/(pi Tc^2) on both sides (Onsager 1944)."""
    found = [onsager.heat_capacity(TC * (1 + side * share)) for share in (1e-8, 1e-6)]
    assert (found[0] - found[1]) / log(100) == pytest.approx(8 / (pi * TC**2), rel=1e-5)


def test_cold_spins_turn_one_by_one_and_hot_ones_know_their_neighbours_only():
    for temperature in (0.2, 0.4):
        x = exp(-4 / temperature)  # ln Z = 2K + x^2 + 2 x^3 + 9/2 x^4 (Domb 1960, square)
        assert onsager.energy(temperature) + 2 == pytest.approx(8 * x**2 + 24 * x**3, rel=40 * x**2 + 1e-13 / x**2)
        assert 1 - onsager.magnetisation(temperature) == pytest.approx(2 * x**2, rel=10 * x, abs=1e-15)
    t = np.tanh(1 / 50)
    assert onsager.energy(50.0) == pytest.approx(-2 * t - 4 * t**3, abs=1e-7)
    assert onsager.heat_capacity(1e4) == pytest.approx(2e-8, rel=1e-6)
    assert (onsager.energy(1e-3), onsager.heat_capacity(1e-3), onsager.magnetisation(1e-3)) == (-2, 0, 1)
    assert onsager.energy(1e6) == pytest.approx(-2e-6, abs=1e-9)


@pytest.mark.parametrize("name", ["energy", "heat_capacity", "magnetisation"])
@pytest.mark.parametrize(
    ("temperature", "problem"),
    [
        (0, "is not above 0. Give one that is, in units of J."),
        (-2.0, "is not above 0. Give one that is, in units of J."),
        (nan, "is no number. Give one above 0, in units of J."),
        (inf, "is no number. Give one above 0, in units of J."),
        ("warm", "is no number. Give one above 0, in units of J."),
        (True, "is no number. Give one above 0, in units of J."),
    ],
)
def test_what_is_no_temperature_gets_a_sentence(name, temperature, problem):
    with pytest.raises(DescriptionError) as caught:
        getattr(onsager, name)(temperature)
    shown = f"{temperature:g}" if "above 0." in problem and "not" in problem else repr(temperature)
    assert str(caught.value) == f"{name}: temperature {shown} {problem}"
