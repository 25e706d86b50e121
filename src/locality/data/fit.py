"""Bringing any picture, and a whole data set, to the shape a network takes."""

from dataclasses import replace
from math import prod

import numpy as np
import numpy.typing as npt
from PIL import Image

from locality.data.images import Dataset, Images
from locality.errors import DataError

Picture = npt.NDArray[np.uint8]

_MOST = 4 << 30  # bytes: more than a small machine can hold beside everything else


def fit_picture(picture: Picture, shape: tuple[int, ...]) -> Picture:
    """The picture as uint8 of `shape` (channels, height, width): grey or coloured as asked, resized until it
    covers the frame (bicubic, averaging when it shrinks), and the middle cut out. Never mirrored, turned or
    stretched. The same size comes back pixel for pixel.

    `picture` is uint8 (1 or 3, H, W). Colour becomes grey by ITU-R 601; grey becomes three equal channels. Anything
    else is a `DataError`.

    >>> fit_picture(np.full((3, 480, 640), 200, np.uint8), (1, 28, 28)).shape
    (1, 28, 28)
    """
    channels, height, width = frame(shape)
    image = as_image(picture)
    if (image.height, image.width) != (height, width):
        scale = min(image.width / width, image.height / height)  # source pixels per pixel of the frame
        # Rounding can leave a side a hair below 0, which Pillow refuses.
        left, top = max(0.0, (image.width - scale * width) / 2), max(0.0, (image.height - scale * height) / 2)
        box = (left, top, image.width - left, image.height - top)
        image = image.resize((width, height), Image.Resampling.BICUBIC, box)
    array = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    return np.ascontiguousarray(array[np.newaxis] if channels == 1 else array.transpose(2, 0, 1))


def fit_dataset(data: Dataset, shape: tuple[int, ...]) -> Dataset:
    """The data set with every picture brought to `shape` (channels, height, width) as `fit_picture` does it, and a
    note that says so; the data set itself where its pictures have that shape already.

    Raises `DataError` for a shape no picture can have, where the result would not fit into memory, and for spins of
    another shape: those sit on their lattice.

    >>> from locality.data import dataset
    >>> fit_dataset(dataset("digits"), (1, 28, 28)).notes
    ('digits: its pictures, 1x8x8, are brought to 1x28x28.',)
    """
    if data.shape == tuple(shape):
        return data
    if data.spins:
        raise spins_stay(data.name, data.shape, shape)
    wanted = frame(shape)
    have, want = ("x".join(map(str, each)) for each in (data.shape, wanted))
    check_memory(
        data.name, len(data.train) + len(data.test), wanted, f"Use a network with a smaller input, such as {have}."
    )
    note = f"{data.name}: its pictures, {have}, are brought to {want}."
    train, test = (_fitted(images, wanted) for images in (data.train, data.test))
    return replace(data, train=train, test=test, notes=(*data.notes, note))


def spins_stay(name: str, have: tuple[int, ...], wanted: tuple[int, ...], advice: str = "") -> DataError:
    """The error for spins that do not have the shape a network takes; `advice` names data that would fit."""
    said, want = ("x".join(map(str, shape)) for shape in (have, wanted))
    return DataError(
        f"{name}: its spins are {said} and are never resized, the network's input is {want}. "
        f"Use {advice}a network whose input is {said}."
    )


def _fitted(split: Images, shape: tuple[int, int, int]) -> Images:
    images = np.empty((len(split), *shape), np.uint8)
    for i, picture in enumerate(split.images):
        images[i] = fit_picture(picture, shape)
    return Images(images, split.labels)


def check_memory(where: str, count: int, shape: tuple[int, int, int], advice: str) -> None:
    """Raises `DataError` where `count` pictures of `shape` would not fit into memory."""
    size = count * prod(shape)
    if size > _MOST:
        said = "x".join(map(str, shape))
        raise DataError(f"{where}: its {count:,} pictures at {said} would take {size / 1e9:.1f} GB. {advice}")


def frame(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """`shape` as (channels, height, width) if it is one that a picture can have, else a `DataError`."""
    if len(shape) != 3 or shape[0] not in (1, 3) or min(shape) < 1:
        said = "x".join(str(side) for side in shape)
        raise DataError(
            f"fit: a picture has 1 or 3 channels, a height and a width; it cannot become {said}. "
            "Give a network whose input is 1xHxW or 3xHxW."
        )
    channels, height, width = shape
    return channels, height, width


def as_image(picture: Picture) -> Image.Image:
    """A uint8 (1 or 3, H, W) array as Pillow's picture; anything else is a `DataError`."""
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[0] not in (1, 3) or picture.size == 0:
        raise DataError(
            f"fit: {picture.dtype} of shape {picture.shape} is not a picture, uint8 (1 or 3, H, W). "
            "Read it with read_picture."
        )
    if picture.shape[0] == 1:
        return Image.fromarray(np.ascontiguousarray(picture[0]))
    return Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)))
