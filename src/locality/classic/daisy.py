"""DAISY descriptors on a grid (Tola, Lepetit and Fua, IEEE PAMI 32, 2010, doi:10.1109/TPAMI.2009.77)."""

from math import cos, pi, sin

import numpy as np
import numpy.typing as npt
from skimage.filters import gaussian

Array = npt.NDArray[np.float32]


def daisy(pictures: Array, stride: int, radius: int, rings: int, histograms: int, orientations: int) -> Array:
    """The descriptors (N, rows, columns, (rings * histograms + 1) * orientations) of brightnesses (N, H, W), 0 to 1.

    They are those of `skimage.feature.daisy` with normalization="l2", for many pictures at a time: smoothing is a
    product with one matrix for the rows and one for the columns, and only the places of the grid are read.
    """
    count, height, width = pictures.shape
    maps = _orientation_maps(pictures, orientations)
    inner_rows, inner_columns = (range(radius, size - radius, stride) for size in (height, width))
    found = np.empty(
        (count, len(inner_rows), len(inner_columns), rings * histograms + 1, orientations), dtype=np.float32
    )
    for ring in range(rings):
        sigma, distance = radius * (ring + 1) / (2 * rings), radius * (ring + 1) / rings
        smooth = _smoothing(height, sigma) @ maps @ _smoothing(width, sigma).T
        smooth = np.ascontiguousarray(np.moveaxis(smooth, 1, -1))
        angles = [2 * pi * each / histograms for each in range(histograms)]
        places = [(round(distance * sin(angle)), round(distance * cos(angle))) for angle in angles]
        first = 1 + ring * histograms
        targets = [*enumerate(places, first), *([(0, (0, 0))] if ring == 0 else [])]  # 0 is the one in the middle
        for target, (down, right) in targets:
            top, left = inner_rows.start + down, inner_columns.start + right
            bottom, end = inner_rows.stop + down, inner_columns.stop + right
            found[..., target, :] = smooth[:, top:bottom:stride, left:end:stride]
    descriptors = found.reshape(*found.shape[:3], -1) + np.float32(1e-10)  # scikit-image's guard against flat places
    return np.asarray(descriptors / np.sqrt((descriptors**2).sum(-1, keepdims=True)))


def _orientation_maps(pictures: Array, orientations: int) -> Array:
    """How much of every pixel's gradient points each way: (N, orientations, H, W).

    A gradient counts for a way at an angle t to it as exp(orientations / pi * cos t).
    """
    right, down = np.zeros_like(pictures), np.zeros_like(pictures)
    right[..., :-1] = np.diff(pictures, axis=2)
    down[:, :-1] = np.diff(pictures, axis=1)
    strength = np.sqrt(right**2 + down**2)
    known = np.maximum(strength, np.finfo(np.float32).tiny)
    right, down = right / known, down / known
    maps = np.empty((len(pictures), orientations, *pictures.shape[1:]), dtype=np.float32)
    for each in range(orientations):
        way = 2 * pi * each / orientations - pi
        maps[:, each] = np.exp(orientations / pi * (right * cos(way) + down * sin(way))) * strength
    return maps


def _smoothing(size: int, sigma: float) -> Array:
    """The matrix that smooths an axis of that many pixels, mirrored at its ends, by a Gaussian."""
    matrix = gaussian(np.eye(size), sigma=(sigma, 0), mode="reflect")  # type: ignore[no-untyped-call]
    return np.asarray(matrix, dtype=np.float32)
