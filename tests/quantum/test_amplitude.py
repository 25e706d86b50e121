"""log psi of a network's last values, against the definition in plain numpy."""

import re

import numpy as np
import pytest
import torch

from locality import Network
from locality.errors import DescriptionError
from locality.quantum.amplitude import KINDS, POOLINGS, check_pooling, kind_of, log_amplitude
from wave_functions import conv, generator


def defined(values, kind, pooling):
    flat = values.reshape(len(values), -1)
    if kind == "real":
        each = 1 + np.sinh(flat) + 0j
    elif kind == "holomorphic":
        each = np.exp(flat)
    else:
        half = flat.shape[1] // 2
        each = np.exp(flat[:, :half] + 1j * flat[:, half:])
    return each.prod(1) if pooling == "product" else each.sum(1)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize(
    ("kind", "channels"), [(kind, c) for kind in KINDS for c in (1, 2, 4) if kind != KINDS[1] or c > 1]
)
def test_psi_is_the_product_or_the_sum_of_what_the_places_say(kind, pooling, channels):
    draw = generator(1).normal(size=(2, 30, channels, 3, 4))
    values = draw[0] + 1j * draw[1] if kind == "holomorphic" else draw[0]
    found = log_amplitude(torch.from_numpy(values), kind, pooling)
    assert found.dtype == torch.complex128
    assert np.abs(np.exp(found.numpy()) / defined(values, kind, pooling) - 1).max() < 1e-12


@pytest.mark.parametrize("kind", ["modulus and phase", "holomorphic"])
def test_a_sum_of_amplitudes_beyond_the_largest_number_has_a_logarithm(kind):
    values = torch.tensor([[800.0, 801.0, 0.5, 0.25]], dtype=torch.float64)
    if kind == "holomorphic":
        values = torch.complex(values[:, :2], values[:, 2:])
    expected = 801 + np.log(np.exp(-1 + 0.5j) + np.exp(0.25j))
    assert log_amplitude(values, kind, "sum").item() == pytest.approx(expected, rel=1e-14)


def test_real_amplitudes_beyond_the_largest_number_have_a_logarithm():
    values = torch.tensor([[800.0, -801.0, 0.5], [-900.0, 901.0, -902.0]], dtype=torch.float64)
    expected = [801 + np.log((1 - np.exp(-1)) / 2) + 1j * np.pi, 902 + np.log((np.exp(-2) - np.exp(-1) + 1) / 2)]
    expected[1] += 1j * np.pi
    assert log_amplitude(values, "real", "sum").numpy() == pytest.approx(np.array(expected), rel=1e-14)
    expected = [1601 - np.log(4) + np.log(1 + np.sinh(0.5)) + 1j * np.pi, 2703 - np.log(8) + 2j * np.pi]
    assert log_amplitude(values, "real", "product").numpy() == pytest.approx(np.array(expected), rel=1e-14)


def test_the_kind_follows_from_the_numbers_and_the_channels():
    told = {
        (dtype, channels): kind_of(Network("net", (1, 4, 4), [conv(channels)], dtype=dtype))
        for dtype, channels in [("float32", 1), ("float64", 2), ("float32", 6), ("complex64", 1), ("complex128", 3)]
    }
    assert list(told.values()) == ["real", "modulus and phase", "real", "holomorphic", "holomorphic"]


def test_poolings_that_are_none_are_refused():
    message = "pooling 'max' is none. Use product (the logs add up) or sum."
    with pytest.raises(DescriptionError, match=f"^{re.escape(message)}$"):
        check_pooling("max")
    assert check_pooling("sum") == "sum"
