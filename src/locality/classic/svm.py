"""A linear SVM, one class against the rest, for more pictures than fit into memory twice.

The minimum is that of scikit-learn's `LinearSVC` (squared hinge; the bias counts as a weight). LinearSVC copies the
vectors to float64 and then to liblinear's own form, six times their size in all, and goes class by class; here the
rows are read in float32, a block at a time, for all classes at once.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from locality.classic.pipeline import Progress

Array = npt.NDArray[Any]

_ROWS = 2_000  # read at a time: they stay in the processor's cache for the product there and back
_ENOUGH = 1e-4  # of the gradient at the start: what is minimised is then within half a percent, for a cost up to 1
_STEPS, _INNER = 40, 40  # of Newton, of conjugate gradients in each
_LEAST = 1e-6  # of a step: a smaller part is not tried


def svm(
    vectors: npt.NDArray[np.float32], labels: npt.NDArray[np.int64], classes: int, cost: float, progress: Progress
) -> tuple[Array, Array]:
    """Weights (classes, length) and biases (classes,), float32, that minimise for every class

    1/2 (|w|^2 + b^2) + cost * sum_i max(0, 1 - y_i (w x_i + b))^2, with y = 1 for its own pictures, -1 for others.

    Newton's method, each step by conjugate gradients (Lin, Weng and Keerthi, J. Mach. Learn. Res. 9, 2008): the
    function is convex and has one minimum, so no seed is needed.
    """
    sides = np.where(labels[:, None] == np.arange(classes), np.float32(1), np.float32(-1))
    weight = np.zeros((vectors.shape[1] + 1, classes), np.float32)  # the last row is the bias
    loss, slope, counted = _loss(vectors, sides, weight, cost)
    enough = _ENOUGH * _norm(slope)
    for step in range(_STEPS):
        open_ = _norm(slope) > enough  # which classes are not done
        progress("svm", step, _STEPS)
        if not open_.any():
            break
        move = _newton(vectors, counted, slope * open_, cost)
        # Halve where it went too far, down to nothing; what float32 cannot tell apart counts as no worse.
        gain, share = (slope * move).sum(0), open_.astype(np.float32)
        while True:
            tried = _loss(vectors, sides, weight + share * move, cost)
            worse = tried[0] > loss + 1e-4 * share * gain + 1e-6 * loss * open_
            if not worse.any():
                break
            share = np.where(worse, np.where(share > _LEAST, share / 2, 0), share).astype(np.float32)
        if not share.any():
            break
        weight = weight + share * move
        loss, slope, counted = tried
    progress("svm", _STEPS, _STEPS)
    return np.ascontiguousarray(weight[:-1].T), weight[-1].copy()


def _loss(vectors: Array, sides: Array, weight: Array, cost: float) -> tuple[Array, Array, Array]:
    """For every class what is minimised, its gradient, and which pictures count: those not beyond the margin."""
    loss, slope = 0.5 * (weight.astype(np.float64) ** 2).sum(0), weight.copy()
    counted = np.empty(sides.shape, bool)
    for rows in _blocks(len(vectors)):
        short = 1 - sides[rows] * _product(vectors[rows], weight)
        counted[rows] = short > 0
        short *= counted[rows]
        loss += cost * (short.astype(np.float64) ** 2).sum(0)
        _add_back(slope, vectors[rows], np.float32(-2 * cost) * sides[rows] * short)
    return loss, slope, counted


def _newton(vectors: Array, counted: Array, slope: Array, cost: float) -> Array:
    """The step that solves curvature * step = -slope to a tenth, by conjugate gradients, for all classes at once."""
    step, rest = np.zeros_like(slope), -slope
    way, left = rest.copy(), (rest**2).sum(0)
    enough = 0.1**2 * left
    for _ in range(_INNER):
        if (left <= enough).all():
            break
        curved = way.copy()
        for rows in _blocks(len(vectors)):
            _add_back(curved, vectors[rows], np.float32(2 * cost) * counted[rows] * _product(vectors[rows], way))
        far = _ratio(left, (way * curved).sum(0))
        step += far * way
        rest = rest - far * curved
        before, left = left, (rest**2).sum(0)
        way = rest + _ratio(left, before) * way
    return step


def _product(rows: Array, weight: Array) -> Array:
    return np.asarray(rows @ weight[:-1] + weight[-1])


def _add_back(slope: Array, rows: Array, by: Array) -> None:
    slope[:-1] += rows.T @ by
    slope[-1] += by.sum(0)


def _ratio(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _norm(slope: Array) -> Array:
    return np.asarray(np.sqrt((slope**2).sum(0)))


def _blocks(count: int) -> Iterator[slice]:
    return (slice(start, start + _ROWS) for start in range(0, count, _ROWS))
