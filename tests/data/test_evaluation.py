"""Figures that follow from counts, against scikit-learn and scipy, and their text."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics

from locality.data.evaluation import Array, Figures, confusion_matrix, ranks, wilson
from locality.data.evaluation_text import counts_text, listed, worst_classes, worst_confusions

DRAW = np.random.default_rng(5)


@dataclass
class Counted(Figures):
    """The least that an evaluation can be: counts alone."""

    classes: tuple[str, ...]
    counts: Array

    @property
    def pictures(self) -> int:
        return int(self.counts.sum())

    @property
    def confusion(self) -> Array:
        return self.counts

    def top(self, k: int) -> float:
        return float(self.counts.diagonal().sum() / self.counts.sum()) if k == 1 else 1.0


def counted(labels: Array, predicted: Array, wide: int) -> Counted:
    return Counted(tuple(f"c{i}" for i in range(wide)), confusion_matrix(labels, predicted, wide))


def test_ranks_are_places_in_a_stable_sort() -> None:
    scores = DRAW.integers(0, 4, (300, 7)).astype(float)  # with many equal ones
    labels = DRAW.integers(0, 7, 300)
    places = np.argsort(-scores, axis=1, kind="stable")
    wanted = (places == labels[:, None]).argmax(1)
    assert (ranks(scores, labels) == wanted).all()
    assert ((ranks(scores, labels) == 0) == (scores.argmax(1) == labels)).all()


def test_counts_alone_give_the_figures_of_scikit_learn() -> None:
    labels, predicted = DRAW.integers(0, 12, 900), DRAW.integers(0, 12, 900)
    predicted[::2] = labels[::2]
    found = counted(labels, predicted, 12)
    assert (found.confusion == metrics.confusion_matrix(labels, predicted)).all()
    assert found.accuracy == pytest.approx(metrics.accuracy_score(labels, predicted), abs=1e-15)
    theirs = metrics.precision_recall_fscore_support(labels, predicted)
    for name, wanted in zip(("precision", "recall", "f1", "pictures"), theirs, strict=True):
        np.testing.assert_allclose([getattr(one, name) for one in found.per_class], wanted, atol=1e-15, err_msg=name)
    right = int((labels == predicted).sum())
    interval = binomtest(right, 900).proportion_ci(confidence_level=0.95, method="wilson")
    assert found.interval() == pytest.approx((interval.low, interval.high), abs=1e-12)
    assert found.interval() == wilson(found.accuracy, 900)


def test_the_worst_confusions_are_those_that_counting_pairs_finds() -> None:
    labels, predicted = DRAW.integers(0, 30, 2000), DRAW.integers(0, 30, 2000)
    found = worst_confusions(counted(labels, predicted, 30))
    pairs = {(f"c{i}", f"c{j}"): int(((labels == i) & (predicted == j)).sum()) for i in range(30) for j in range(30)}
    assert {(own, other): count for own, other, count in found} == {
        pair: count for pair, count in pairs.items() if count and pair[0] != pair[1]
    }
    counts = [count for _, _, count in found]
    assert counts == sorted(counts, reverse=True)
    assert worst_confusions(counted(labels, predicted, 30), 3) == found[:3]


def test_the_worst_classes_are_those_found_least_often_and_of_these_the_largest() -> None:
    counts = np.diag([5, 0, 0, 9, 0])
    counts[1, 0], counts[2, 0], counts[3, 0] = 2, 7, 1
    found = worst_classes(Counted(tuple("abcde"), counts))
    assert [one.name for one in found] == ["c", "b", "d"]  # a is always found, of e there is no picture


def thousand(pictures: int = 50_000) -> Counted:
    labels = np.arange(pictures) % 1000
    predicted = np.where(np.arange(pictures) % 4 == 0, DRAW.integers(0, 1000, pictures), labels)
    predicted[labels == 17] = 4
    names = tuple(f"a class of things with a rather long name, number {i}" for i in range(1000))
    return Counted(names, confusion_matrix(labels, predicted, 1000))


def test_the_text_of_a_thousand_classes_is_two_tables_of_ten() -> None:
    lines = counts_text(thousand())
    assert len(lines) == 2 + 10 + 1 + 2 + 11
    assert max(map(len, lines)) <= 80
    assert lines[0] == "the most frequent confusions"
    assert lines[2] == "    50 of a class of things with a ra… taken for a class of things with a ra…"
    assert lines[13].startswith("the classes found least often, 10 of 1,000")
    assert lines[16].split()[-4:] == ["50", "0.00%", "0.00%", "0.00%"]


def test_the_text_of_many_classes_without_a_mistake_is_empty() -> None:
    assert counts_text(counted(np.arange(30), np.arange(30), 30)) == []


def test_a_share_of_nothing_is_a_dash() -> None:
    lines = counts_text(counted(np.array([0, 1]), np.array([0, 0]), 2))
    assert lines[-1].split() == ["c1", "1", "0.00%", "-", "0.00%"]


def test_outputs_that_no_class_has_are_named_in_the_worst_confusions_too() -> None:
    counts = np.zeros((30, 30), np.int32)
    counts[2, 29] = 3
    assert "     3 of c taken for 29" in counts_text(Counted(tuple("abc"), counts))


def test_many_names_are_listed_by_the_first_ten() -> None:
    assert listed(tuple("abc")) == "a, b, c"
    assert listed(tuple("abcdefghijklm")) == "a, b, c, d, e, f, g, h, i, j, ... (13 in all)"
