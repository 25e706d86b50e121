"""The SVM against scikit-learn's LinearSVC, whose minimum it must find."""

import numpy as np
import pytest
from sklearn.svm import LinearSVC

from locality.classic import Hog
from locality.classic.svm import svm
from locality.data import dataset


def objective(weight, bias, vectors, labels, own, cost):
    side = np.where(labels == own, 1.0, -1.0)
    short = np.maximum(0, 1 - side * (vectors.astype(np.float64) @ weight + bias))
    return 0.5 * (weight @ weight + bias**2) + cost * (short**2).sum()


@pytest.mark.parametrize("cost", [0.01, 0.1, 1.0])
def test_it_finds_the_minimum_of_linear_svc(cost):
    digits = dataset("digits")
    vectors, labels = Hog(cell=2).vectors(digits.train.images, {}), digits.train.labels
    weight, bias = svm(vectors, labels, 10, cost, lambda *_: None)
    theirs = LinearSVC(C=cost, dual=False, tol=1e-8, max_iter=10_000).fit(vectors.astype(np.float64), labels)
    for own in range(10):
        ours = objective(weight[own].astype(np.float64), float(bias[own]), vectors, labels, own, cost)
        best = objective(theirs.coef_[own], theirs.intercept_[own], vectors, labels, own, cost)
        assert best <= ours * (1 + 1e-6)
        assert ours <= best * 1.005
    test = Hog(cell=2).vectors(digits.test.images, {})
    same = (test @ weight.T + bias).argmax(1) == theirs.predict(test)
    assert same.mean() > 0.99


def test_its_weights_are_those_of_linear_svc_where_the_minimum_is_sharp():
    draw = np.random.default_rng(0)
    vectors, labels = draw.normal(size=(500, 6)).astype(np.float32), draw.integers(0, 3, 500)
    weight, bias = svm(vectors, labels, 3, 0.1, lambda *_: None)
    theirs = LinearSVC(C=0.1, dual=False, tol=1e-10).fit(vectors.astype(np.float64), labels)
    np.testing.assert_allclose(weight, theirs.coef_, atol=1e-4)
    np.testing.assert_allclose(bias, theirs.intercept_, atol=1e-4)


def test_rows_are_read_in_blocks_and_every_one_counts(monkeypatch):
    draw = np.random.default_rng(1)
    vectors, labels = draw.normal(size=(103, 4)).astype(np.float32), draw.integers(0, 2, 103)
    whole = svm(vectors, labels, 2, 1.0, lambda *_: None)
    monkeypatch.setattr("locality.classic.svm._ROWS", 10)
    np.testing.assert_allclose(svm(vectors, labels, 2, 1.0, lambda *_: None)[0], whole[0], atol=1e-3)


def test_a_class_without_a_picture_is_never_the_answer():
    vectors = np.array([[1, 0], [0, 1]] * 20, np.float32)
    weight, bias = svm(vectors, np.array([0, 2] * 20), 3, 1.0, lambda *_: None)
    assert set((vectors @ weight.T + bias).argmax(1)) == {0, 2}


def test_vectors_of_zeros_only_leave_the_weights_at_zero():
    weight, bias = svm(np.zeros((10, 3), np.float32), np.arange(10) % 2, 2, 1.0, lambda *_: None)
    assert not weight.any()
    np.testing.assert_allclose(bias, 0, atol=1e-3)


def test_no_step_makes_what_is_minimised_larger(monkeypatch):
    digits = dataset("digits")
    vectors, labels, reached = Hog(cell=2).vectors(digits.train.images, {}), digits.train.labels, []
    for steps in range(1, 11):
        monkeypatch.setattr("locality.classic.svm._STEPS", steps)
        weight, bias = (array.astype(np.float64) for array in svm(vectors, labels, 10, 10.0, lambda *_: None))
        reached.append([objective(weight[own], bias[own], vectors, labels, own, 10.0) for own in range(10)])
    assert (np.diff(reached, axis=0) <= 1e-4 * np.array(reached[:-1])).all()
