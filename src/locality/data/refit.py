"""Bringing a whole data set to the shape a network takes."""

from dataclasses import replace
from math import prod

import numpy as np

from locality.data.fit import fit_picture, frame
from locality.data.images import Dataset, Images
from locality.errors import DataError

_MOST = 4 << 30  # bytes: more than a small machine can hold beside everything else


def fit_dataset(data: Dataset, shape: tuple[int, ...]) -> Dataset:
    """The data set with every picture brought to `shape` (channels, height, width) as `fit_picture` does it, and a
    note that says so; the data set itself where its pictures have that shape already.

    Raises `DataError` for a shape no picture can have, and where the result would not fit into memory.

    >>> from locality.data import dataset
    >>> fit_dataset(dataset("digits"), (1, 28, 28)).notes
    ('digits: its pictures, 1x8x8, are brought to 1x28x28.',)
    """
    if data.shape == tuple(shape):
        return data
    wanted = frame(shape)
    have, want = ("x".join(map(str, each)) for each in (data.shape, wanted))
    size = (len(data.train) + len(data.test)) * prod(wanted)
    if size > _MOST:
        raise DataError(
            f"{data.name}: its {len(data.train) + len(data.test):,} pictures at {want} would take {size / 1e9:.1f} GB. "
            f"Use a network with a smaller input, such as {have}."
        )
    note = f"{data.name}: its pictures, {have}, are brought to {want}."
    train, test = (_fitted(images, wanted) for images in (data.train, data.test))
    return replace(data, train=train, test=test, notes=(*data.notes, note))


def _fitted(split: Images, shape: tuple[int, int, int]) -> Images:
    images = np.empty((len(split), *shape), np.uint8)
    for i, picture in enumerate(split.images):
        images[i] = fit_picture(picture, shape)
    return Images(images, split.labels)
