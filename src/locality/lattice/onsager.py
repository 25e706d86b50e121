"""The Ising model on the infinite square lattice, J = 1, no field: Onsager, Phys. Rev. 65, 117 (1944); Yang, Phys. Rev.
85, 808 (1952). Temperatures are in units of J; energies and heat capacities are per site."""

from math import inf, pi, sinh, sqrt, tanh

from scipy.special import ellipe, ellipkm1

from locality.lattice.critical import temperature as critical_temperature
from locality.lattice.temperature import temperature_given


def energy(temperature: float) -> float:
    """-coth 2K [1 + (2/pi)(2 tanh^2 2K - 1) K1(k)], K = 1/T, k = 2 sinh 2K/cosh^2 2K; -sqrt 2 at the critical
    temperature. Raises `DescriptionError` for a temperature that is none, as all three do.

    >>> round(energy(2.0), 8), energy(2.269185314213022)
    (-1.74556458, -1.4142135623730951)
    """
    temperature = temperature_given("energy", temperature)
    if temperature == critical_temperature("square"):
        return -sqrt(2)
    slope = tanh(2 / temperature)
    rest = 2 * slope**2 - 1  # the complementary modulus: k^2 + rest^2 = 1
    return -(1 + 2 / pi * rest * float(ellipkm1(rest**2))) / slope


def heat_capacity(temperature: float) -> float:
    """dE/dT = (4/pi)(K coth 2K)^2 {K1(k) - E1(k) - (1 - tanh^2 2K)[pi/2 + (2 tanh^2 2K - 1) K1(k)]}: infinite at the
    critical temperature, by its logarithm.

    >>> heat_capacity(2.269185314213022), round(heat_capacity(2.269), 2)
    (inf, 4.35)
    """
    temperature = temperature_given("heat_capacity", temperature)
    if temperature == critical_temperature("square"):
        return inf
    slope = tanh(2 / temperature)
    rest = 2 * slope**2 - 1
    first, second = float(ellipkm1(rest**2)), float(ellipe(1 - rest**2))
    inside = first - second - (1 - slope**2) * (pi / 2 + rest * first)
    return max(0.0, 4 / pi * inside / (temperature * slope) ** 2)


def magnetisation(temperature: float) -> float:
    """The spontaneous magnetisation per site, (1 - sinh^-4 2K)^(1/8); 0 from the critical temperature on.

    It falls so steeply that one part in a thousand below the critical temperature still half of the spins are ordered:

    >>> round(magnetisation(0.999 * 2.269185314213022), 3), magnetisation(2.3)
    (0.515, 0.0)
    """
    temperature = temperature_given("magnetisation", temperature)
    if temperature >= float(critical_temperature("square") or inf):
        return 0.0
    return float(max(0.0, 1 - sinh(min(2 / temperature, 170.0)) ** -4.0) ** 0.125)
