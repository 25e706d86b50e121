"""Test pictures moved by some pixels, and what that costs a network that never saw one moved."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
import numpy.typing as npt

from locality.data import Images
from locality.engine.run import Run
from locality.errors import ShapeError

Pictures = npt.NDArray[np.uint8]
WAYS = ((0, 1), (0, -1), (1, 0), (-1, 0))  # (down, right): right, left, down, up


def shifted(images: Pictures, down: int, right: int) -> Pictures:
    """Pictures (N, C, H, W) moved by so many pixels, up and left where negative; zeros come in, what leaves is lost.

    Raises `ShapeError` for a shift that leaves nothing.

    >>> shifted(np.arange(6, dtype=np.uint8).reshape(1, 1, 2, 3), down=1, right=-1)[0, 0].tolist()
    [[0, 0, 0], [1, 2, 0]]
    """
    height, width = images.shape[2:]
    if abs(down) >= height or abs(right) >= width:
        raise ShapeError(
            f"shift: a move by {down} down and {right} right leaves nothing of pictures of {height}x{width}. "
            f"Use at most {height - 1} and {width - 1}."
        )
    moved = np.zeros_like(images)
    moved[:, :, _inside(down, height), _inside(right, width)] = images[
        :, :, _inside(-down, height), _inside(-right, width)
    ]
    return moved


def shift_errors(run: Run, pixels: Sequence[int]) -> tuple[float, ...]:
    """The share of a run's test pictures taken for another class when they are moved by so many pixels, for each of
    these numbers: the mean over right, left, down and up."""
    return tuple(
        fmean(_error(run, far * down, far * right) for down, right in (WAYS if far else WAYS[:1])) for far in pixels
    )


def _inside(by: int, size: int) -> slice:
    """The places along an axis that hold something after a move."""
    return slice(max(by, 0), size + min(by, 0))


def _error(run: Run, down: int, right: int) -> float:
    test = run.data.test
    moved = replace(run.data, test=Images(shifted(test.images, down, right), test.labels))
    return 1 - float(run.evaluate(moved).accuracy)
