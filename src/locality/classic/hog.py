"""Histograms of oriented gradients (Dalal and Triggs, CVPR 2005, doi:10.1109/CVPR.2005.177)."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from locality.classic.pipeline import Array, Pipeline, Shape
from locality.classic.table import Row
from locality.errors import ShapeError
from locality.geometry.window import Window

_TINY = 1e-5  # scikit-image's guard against blocks without any gradient
_CLIP = 0.2  # the "Hys" in L2-Hys: no orientation may hold more than this of a block


@dataclass(frozen=True)
class Hog(Pipeline):
    """HOG and a linear SVM: the gradients of a picture are counted by orientation in cells of `cell` x `cell` pixels,
    and every window of `block` x `block` cells is normalised by itself.

    The vector is that of `skimage.feature.hog`, computed for many pictures at a time.

    >>> print(Hog().trace((1, 28, 28), classes=10))
    hog-svm: 1x28x28 -> 10
    <BLANKLINE>
    name       output   length  parameters  how
    ---------  -------  ------  ----------  -------------------------------------
    gradients  2x28x28   1,568           .  strength and direction of every pixel
    cells      9x7x7       441           .  9 orientations in 4x4 pixels
    blocks     36x6x6    1,296           .  2x2 cells, normalised together
    svm        10           10      12,970  1,296 weights and a bias a class
    <BLANKLINE>
    12,970 parameters, 12,970 of them learned from labels (svm).
    """

    name: ClassVar[str] = "hog-svm"
    cell: int = 4
    block: int = 2
    orientations: int = 9

    def steps(self, shape: Shape) -> tuple[Row, ...]:
        _, height, width = shape
        cells, blocks = Window(self.cell, self.cell, rounding="floor"), Window(self.block)
        least = self.cell * self.block
        if min(height, width) < least:
            raise ShapeError(
                f"{self.name}: a block of {self.block}x{self.block} cells of {self.cell}x{self.cell} pixels is "
                f"{least}x{least}, the picture {height}x{width}. Use a smaller cell or block, or larger pictures."
            )
        inside = tuple(cells.outputs(size) for size in (height, width))
        read = (inside[0] * self.cell) * (inside[1] * self.cell)
        count, side = self.orientations, f"{self.cell}x{self.cell}"
        return (
            Row("gradients", (2, height, width), 0, "strength and direction of every pixel"),
            Row("cells", (count, *inside), 0, f"{count} orientations in {side} pixels", height * width - read),
            Row(
                "blocks",
                (self.block**2 * count, *(blocks.outputs(size) for size in inside)),
                0,
                f"{self.block}x{self.block} cells, normalised together",
            ),
        )

    def learn(self, pictures: npt.NDArray[np.uint8], seed: int) -> dict[str, Array]:
        return {}

    def learned(self, shape: Shape) -> dict[str, tuple[int, ...]]:
        return {}

    def vectors(self, pictures: npt.NDArray[np.uint8], learned: dict[str, Array]) -> npt.NDArray[np.float32]:
        histograms = self._cells(pictures)
        windows = np.lib.stride_tricks.sliding_window_view(histograms, (self.block, self.block), axis=(1, 2))
        blocks = np.moveaxis(windows, 3, 5)  # (N, rows, columns, cell row, cell column, orientation)
        blocks = blocks.reshape(*blocks.shape[:3], -1)
        blocks = np.minimum(_unit(blocks), _CLIP)
        return _unit(blocks).reshape(len(pictures), -1).astype(np.float32)

    def _cells(self, pictures: npt.NDArray[np.uint8]) -> Array:
        """The mean gradient of every cell, by orientation: (N, rows, columns, orientations)."""
        count, _, height, width = pictures.shape
        bright = pictures.astype(np.int32)
        down, right = np.zeros_like(bright), np.zeros_like(bright)
        down[:, :, 1:-1] = bright[:, :, 2:] - bright[:, :, :-2]
        right[..., 1:-1] = bright[..., 2:] - bright[..., :-2]
        strengths, bins = _looked_up(self.orientations)
        gradient = (down + 255) * 511 + right + 255
        strongest = strengths[gradient].argmax(1)[:, None]
        gradient = np.take_along_axis(gradient, strongest, 1)[:, 0]
        rows, columns = height // self.cell, width // self.cell
        gradient = gradient[:, : rows * self.cell, : columns * self.cell]
        row, column = (np.arange(size * self.cell) // self.cell for size in (rows, columns))
        place = (np.arange(count)[:, None, None] * rows + row[:, None]) * columns + column
        # One bin more than there are orientations: for the angles that scikit-image's rounding leaves in none.
        size = self.orientations + 1
        index = place * size + bins[gradient]
        sums = np.bincount(index.ravel(), strengths[gradient].ravel(), count * rows * columns * size)
        return sums.reshape(count, rows, columns, size)[..., :-1] / self.cell**2


@cache
def _looked_up(orientations: int) -> tuple[Array, Array]:
    """Strength and bin of every gradient that bytes can have, at the place (down + 255) * 511 + right + 255: there are
    only 511 x 511, and looking up is faster than an arc tangent for every pixel."""
    down, right = np.meshgrid(np.arange(-255.0, 256.0), np.arange(-255.0, 256.0), indexing="ij")
    angle = np.rad2deg(np.arctan2(down, right)) % 180
    ends = 180.0 / orientations * np.arange(1, orientations + 1)
    return np.hypot(right, down).ravel(), np.searchsorted(ends, angle, side="right").ravel()


def _unit(blocks: Array) -> Array:
    return np.asarray(blocks / np.sqrt((blocks**2).sum(-1, keepdims=True) + _TINY**2))
