"""What a temperature can be."""

from math import isfinite
from numbers import Real
from typing import Any

from locality.errors import DescriptionError


def temperature_given(where: str, temperature: Any) -> float:
    """A temperature as a float. Raises `DescriptionError` for what is none.

    >>> temperature_given("energy", 2)
    2.0
    """
    if isinstance(temperature, bool) or not isinstance(temperature, Real) or not isfinite(temperature):
        raise DescriptionError(f"{where}: temperature {temperature!r} is no number. Give one above 0, in units of J.")
    if temperature <= 0:
        raise DescriptionError(f"{where}: temperature {temperature:g} is not above 0. Give one that is, in units of J.")
    return float(temperature)
