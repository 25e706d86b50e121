"""A value and its error on paper: published numbers in the notation they were published in, and every size of error."""

import math
import re
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from locality.lattice.estimate import Estimate


@pytest.mark.parametrize(
    ("value", "error", "written"),
    [
        (0.221654626, 5.0e-9, "0.2216546260(50)"),  # Ferrenberg, Xu and Landau 2018, there with one digit
        (6.67430e-11, 1.5e-15, "6.67430(15)e-11"),  # CODATA: the gravitational constant
        (1.67262192595e-27, 5.2e-37, "1.67262192595(52)e-27"),  # and the mass of the proton
        (125.20, 0.11, "125.20(11)"),  # the Particle Data Group's mass of the Higgs
        (-1.41463, 0.00123, "-1.4146(12)"),
        (1.23456, 0.0996, "1.23(10)"),
        (1.23456, 0.0994, "1.235(99)"),
        (12.3456, 0.996, "12.3(1.0)"),
        (1234.56, 5.61, "1234.6(5.6)"),
        (1234.56, 9.96, "1235(10)"),
        (1234.56, 56.1, "1235(56)"),
        (1234.56, 561.0, "1230(560)"),
        (0.001, 12.3, "0(12)"),
        (-0.001, 12.3, "0(12)"),
        (-0.0, 0.5, "0.00(50)"),
        (0.0, 0.0123, "0.000(12)"),
        (0.0, 1e-9, "0.0(1.0)e-09"),
        (999999.9, 12.0, "1.000000(12)e+06"),
        (123456789.0, 1234.0, "1.234568(12)e+08"),
        (3.0, 4e8, "0.0(4.0)e+08"),
        (0.00012345, 0.0000012, "0.0001234(12)"),
        (0.000012345, 0.0000012, "1.23(12)e-05"),
        (-2.0, 0.0, "-2(0)"),
        (1.0, 1e-30, "1(1.0e-30)"),
        (1e-300, 1e-301, "1e-300(1.0e-301)"),
        (math.nan, 0.1, "nan(1.0e-01)"),
        (1.0, math.inf, "1(inf)"),
        (-1.41463, None, "-1.41 (too few samples for an error)"),
        (12345.0, None, "1.23e+04 (too few samples for an error)"),
    ],
)
def test_two_digits_of_the_error_stand_in_parentheses(value, error, written):
    assert str(Estimate(value, error)) == f"{Estimate(value, error)}" == written


@given(st.floats(-1e12, 1e12), st.floats(1e-12, 1e12))
def test_what_is_written_is_the_value_and_the_error_rounded_at_the_error_s_second_digit(value, error):
    assume(error > 1e-14 * abs(value))
    written = re.fullmatch(r"(-?[\d.]+)\(([\d.]+)\)(?:e([+-]\d+))?", str(Estimate(value, error)))
    shown, inside, power = written.groups()
    scale = Decimal(10) ** int(power or 0)
    digits = len(shown.partition(".")[2])
    unit = Decimal(1) if "." in inside else Decimal(10) ** -digits
    assert float(Decimal(inside) * unit * scale) == pytest.approx(error, rel=0.0501)
    step = float(Decimal(10) ** (-digits + (len(inside) - 2 if "." not in inside else 0)) * scale)
    assert abs(float(Decimal(shown) * scale) - value) <= step / 2 + 1e-15 * abs(value)
    assert not shown.startswith("-") or float(shown)


def test_the_distance_is_counted_in_errors_where_there_is_one():
    assert Estimate(1.0, 0.25, exact=0.5).sigmas == 2.0
    assert Estimate(1.0, 0.25, exact=2.0).sigmas == -4.0
    assert Estimate(1.0, 0.25).sigmas is Estimate(1.0, None, 1.0).sigmas is Estimate(1.0, 0.0, 1.0).sigmas is None
