"""Transforms of every length that there is code for, against numpy's and against their own transposes."""

import numpy as np
import pytest

from locality.quantum.lanes.transforms import SIZES, back, back_complex, forward, forward_complex, in_line, out_of_line
from wave_functions import generator

every_size = pytest.mark.parametrize("n", SIZES)


def matrix(transform, length):
    return np.array([transform(list(row)) for row in np.eye(length)]).T


@every_size
def test_cosines_and_sines_are_those_of_numpys_transform(n):
    x = generator(n).normal(size=n)
    expected = np.fft.rfft(x)
    cosines, sines = forward(list(x))
    np.testing.assert_allclose(cosines, expected.real, atol=1e-13)
    np.testing.assert_allclose(sines, -expected.imag[1 : (n + 1) // 2], atol=1e-13)


@every_size
def test_complex_frequencies_are_those_of_numpys_transform_an_opposite_after_each(n):
    random = generator(n)
    z = random.normal(size=n) + 1j * random.normal(size=n)
    order = [0, n // 2][: 2 - n % 2 if n > 1 else 1] + [k for q in range(1, (n + 1) // 2) for k in (q, n - q)]
    found = np.array(forward_complex([*z.real, *z.imag]))
    np.testing.assert_allclose(found[::2] + 1j * found[1::2], (np.fft.ifft(z) * n)[order], atol=1e-13)


@every_size
def test_the_ways_back_are_the_transposes(n):
    there = matrix(lambda x: in_line(*forward(x)), n)
    np.testing.assert_allclose(matrix(lambda x: back(*out_of_line(x)), n), there.T, atol=1e-14)
    np.testing.assert_allclose(matrix(back_complex, 2 * n), matrix(forward_complex, 2 * n).T, atol=1e-14)
