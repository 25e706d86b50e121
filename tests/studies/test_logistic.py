"""The logistic fit on one number, against scikit-learn's and against what is known."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from locality.studies.logistic import Logistic


def test_the_fit_is_that_of_scikit_learn():
    draw = np.random.Generator(np.random.PCG64(1))
    numbers = draw.integers(0, 41, 3000) / 40
    labels = (draw.random(3000) > 1 / (1 + np.exp(-8 * (numbers - 0.6)))).astype(int)
    z = (numbers - numbers.mean()) / numbers.std()
    powers = np.stack([z, z**2, z**3], 1)
    other = LogisticRegression(C=1e6, tol=1e-10, max_iter=10_000).fit(powers, labels)
    assert Logistic(numbers, labels).ordered(numbers) == pytest.approx(other.predict_proba(powers)[:, 0], abs=3e-3)


def test_classes_that_part_cleanly_are_told_apart_without_a_warning():
    numbers = np.linspace(-1, 1, 101)
    found = Logistic(numbers, (numbers > 0).astype(int)).ordered(numbers)
    assert (found[:50] > 0.5).all()
    assert (found[51:] < 0.5).all()


def test_a_number_that_says_nothing_gives_the_share_of_the_class():
    assert Logistic(np.ones(40), np.repeat([0, 1], [10, 30])).ordered(1.0) == pytest.approx(0.25, abs=1e-3)


def test_the_answers_have_the_shape_of_the_numbers():
    assert Logistic([0, 1, 2, 3], [0, 0, 1, 1]).ordered(np.zeros((2, 3, 4))).shape == (2, 3, 4)
