"""Kernels laid over pictures, exact in float64, and what a screen shows of the result. The page's twin is
web/filter.js, which adds up in the same order and comes to the same bits."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from locality.errors import DescriptionError, unknown
from locality.geometry.arguments import padding_along, whole
from locality.geometry.window import Window, source
from locality.views.kernels import Kernel, Step

# What stands beyond the edge, by the word a person says. "black": nothing, and cells whose window hangs over are 0.
EDGES = {"black": "zeros", "extend": "edge", "reflect": "reflect", "wrap": "wrap", "zero": "zeros"}


def apply(
    picture: npt.ArrayLike, kernel: Kernel, edges: str = "extend", stride: int = 1, flip: bool = False
) -> npt.NDArray[np.float64]:
    """The weighted sums of a picture's windows: one for each cell, or for every `stride`-th along each axis.

    The last two axes are space; axes before them (channels) are filtered each alone. The kernel slides as it is
    (cross-correlation) or, with `flip`, turned by half a turn (convolution as mathematics has it). The middle of an
    even kernel is the cell before its centre. `edges` says what stands beyond the picture: "extend" (the nearest
    cell), "reflect", "wrap" (the other side), "zero", or "black" (sums that would need it are 0).

    >>> apply([[1, 2, 3]], np.array([[1.0, 0.0, -1.0]])).tolist()
    [[-1.0, -2.0, -1.0]]
    >>> apply([[1, 2, 3]], np.array([[1.0, 0.0, -1.0]]), edges="black", flip=True).tolist()
    [[0.0, 2.0, 0.0]]
    """
    values = np.asarray(picture, np.float64)
    weights = np.asarray(kernel, np.float64)
    if edges not in EDGES:
        raise unknown("edges", edges, EDGES)
    if values.ndim < 2 or 0 in values.shape or weights.ndim != 2 or not weights.size:
        raise DescriptionError(
            f"apply: a picture of shape {values.shape} and a kernel of shape {weights.shape}. "
            "Give a picture (..., height, width) and a kernel (rows, columns), neither empty."
        )
    stride = whole("stride", stride)
    if flip:
        weights = weights[::-1, ::-1]
    windows = [Window(taps, stride, padding_along("same", taps, 1, 1), rounding="floor") for taps in weights.shape]
    sizes = values.shape[-2:]
    height, width = (window.outputs(size) for window, size in zip(windows, sizes, strict=True))
    (rows, no_row), (columns, no_column) = (
        _sources(window, size, EDGES[edges]) for window, size in zip(windows, sizes, strict=True)
    )
    sums = np.empty((*values.shape[:-2], height, width))
    for place in np.ndindex(*values.shape[:-2]):  # one channel at a time: a large photograph fits twice into memory
        around = values[place][np.ix_(rows, columns)]
        around[no_row] = 0
        around[:, no_column] = 0
        total = np.zeros((height, width))
        for (i, j), weight in np.ndenumerate(weights):
            if weight:
                total += weight * around[i : i + height * stride : stride, j : j + width * stride : stride]
        sums[place] = total
    if edges == "black":
        inside = [
            [window.reads(u)[0] >= 0 and window.reads(u)[-1] < size for u in range(count)]
            for window, size, count in zip(windows, sizes, (height, width), strict=True)
        ]
        sums[..., ~np.array(inside[0]), :] = 0
        sums[..., ~np.array(inside[1])] = 0
    return sums


def magnitude(
    picture: npt.ArrayLike, kernel: Kernel, edges: str = "extend", stride: int = 1, flip: bool = False
) -> npt.NDArray[np.float64]:
    """The length of the gradient: sqrt(a^2 + b^2), where a is what the kernel gives and b what its transpose does.

    >>> magnitude([[0, 3], [4, 7]], np.array([[-1.0, 1.0]])).tolist()
    [[5.0, 4.0], [3.0, 0.0]]
    """
    across = apply(picture, kernel, edges, stride, flip)
    down = apply(picture, np.asarray(kernel).T, edges, stride, flip)
    return np.asarray(np.sqrt(across * across + down * down))


def run(
    picture: npt.ArrayLike, steps: Sequence[Step], edges: str = "extend", flip: bool = False
) -> npt.NDArray[np.float64]:
    """What a chain of kernels makes of a picture; nothing is rounded or clamped between them. Raises `DescriptionError`
    where the sums grow beyond what a float holds."""
    values = np.asarray(picture, np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        for step in steps:
            values = (magnitude if step.magnitude else apply)(values, step.kernel, edges, step.stride, flip)
    if not np.isfinite(values).all():
        raise DescriptionError("kernel: the sums grow beyond what a number can hold. Use smaller weights.")
    return values


def clamped(values: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """The values as a screen shows them: rounded (halves to even), below 0 black, above 255 white.

    >>> clamped(np.array([-3.0, 0.5, 1.5, 300.0])).tolist()
    [0, 0, 2, 255]
    """
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def signed(values: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.uint8], float]:
    """The values around mid-grey, and the size that black and white stand for: 0 becomes 128, the largest size 255
    or, below zero, 1.

    >>> picture, most = signed(np.array([-2.0, 0.0, 1.0]))
    >>> picture.tolist(), most
    ([1, 128, 192], 2.0)
    """
    most = float(np.abs(values).max()) or 1.0
    return np.rint(128 + 127 * (values / most)).astype(np.uint8), most


def _sources(window: Window, size: int, padding_mode: str) -> tuple[list[int], list[bool]]:
    """For each cell that a window reads along an axis, padding included: the real cell there, and where none is."""
    end = window.reads(window.outputs(size) - 1)[-1]
    found = [source(cell, size, padding_mode) for cell in range(window.reads(0)[0], end + 1)]
    return [cell or 0 for cell in found], [cell is None for cell in found]
