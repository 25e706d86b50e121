"""The settings of a search: what is taken, what is refused, and the learning rate of every step."""

import json
import re
from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from locality import VMC
from locality.errors import DescriptionError, UnknownNameError


def test_the_cosine_comes_down_from_the_first_rate_through_half_of_it_and_is_nearly_0_at_the_last_step():
    vmc = VMC(steps=200, learning_rate=0.3)
    rates = [vmc.rate(step) for step in range(200)]
    assert rates[0] == 0.3
    assert rates[100] == pytest.approx(0.15)
    assert rates == pytest.approx(0.3 * np.cos(np.pi * np.arange(200) / 400) ** 2)
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 1e-4
    assert {replace(vmc, schedule="constant").rate(step) for step in range(300)} == {0.3}


def test_there_are_as_many_chains_as_samples_unless_said_otherwise():
    assert VMC(samples=96).chains is None
    assert VMC(samples=96, chains=32).chains == 32
    assert replace(VMC(samples=96), samples=50) == VMC(samples=50)


def test_samples_are_drawn_from_a_lower_power_on_a_small_lattice_unless_said_otherwise():
    assert [VMC().power(sites) for sites in (4, 9, 16, 36, 100)] == pytest.approx([1, 1, 1.25, 1.5, 1.7])
    assert VMC(exponent=1.9).power(16) == 1.9


def test_settings_are_frozen_and_go_through_json_and_back():
    vmc = VMC(steps=np.int64(7), samples=64, chains=np.int32(8), clip=0, momentum=np.float64(0.5), solver="pinv")
    with pytest.raises(FrozenInstanceError):
        vmc.steps = 8
    plain = json.loads(json.dumps(vmc.to_dict(), allow_nan=False))
    assert list(plain) == [field.name for field in fields(VMC)]
    assert VMC(**plain) == vmc
    assert (plain["steps"], plain["chains"], plain["clip"]) == (7, 8, 0.0)


def whole(name, value, least):
    return f"{name} is {value!r}; it must be a whole number of at least {least}. Give {name}={least} or more."


def between(name, value, low, high):
    return f"{name} is {value!r}; it must be at least {low} and at most {high}. Give a number in between."


WHOLE = {"steps": 0, "samples": 2, "chains": 2, "sweeps": 1, "burn_in": 0, "measurements": 1, "seed": 0}
RANGES = {
    "exponent": ("0.5", "2"),
    "hop": ("0", "0.9"),
    "learning_rate": ("1e-06", "10"),
    "shift": ("1e-12", "1000"),
    "momentum": ("0", "0.999"),
    "cutoff": ("0", "1"),
    "clip": ("0", "1e+06"),
}
WORDS = {"schedule": ("cosine", "constant"), "solver": ("cholesky", "pinv")}


def test_every_setting_has_its_row_below():
    assert {field.name for field in fields(VMC)} == WHOLE.keys() | RANGES.keys() | WORDS.keys()


@pytest.mark.parametrize("name", WHOLE)
def test_a_count_must_be_whole_and_not_too_small(name):
    least = WHOLE[name]
    assert getattr(VMC(**{"samples": 12, name: least}), name) == least
    for value in (least - 1, 2.5, "3", True, -(10**30), float("nan")):
        with pytest.raises(DescriptionError, match=f"^{re.escape(whole(name, value, least))}$"):
            VMC(**{name: value})


@pytest.mark.parametrize("name", RANGES)
def test_a_number_must_lie_in_its_range_ends_included(name):
    low, high = RANGES[name]
    for value in (float(low), float(high)):
        assert getattr(VMC(**{name: value}), name) == value
    below, above = float(low) - 1e-3, float(high) * 1.001
    for value in (below, above, float("nan"), float("inf"), "0.5", [0.5] if name == "exponent" else None, True, 0.5j):
        with pytest.raises(DescriptionError, match=f"^{re.escape(between(name, value, low, high))}$"):
            VMC(**{name: value})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"schedule": "cosin"}, "Unknown schedule 'cosin'. Did you mean 'cosine'?"),
        ({"schedule": "wavy"}, "Unknown schedule 'wavy'. Known are: cosine, constant."),
        ({"solver": "pinvv"}, "Unknown solver 'pinvv'. Did you mean 'pinv'?"),
        ({"solver": None}, "Unknown solver None. Known are: cholesky, pinv."),
    ],
)
def test_an_unknown_word_is_met_with_the_known_ones(given, message):
    with pytest.raises(UnknownNameError, match=f"^{re.escape(message)}$"):
        VMC(**given)


def test_chains_must_share_the_samples_out_evenly():
    message = "chains is 48; 100 samples are not shared out evenly among them. Use a divisor of 100."
    with pytest.raises(DescriptionError, match=f"^{message}$"):
        VMC(samples=100, chains=48)
