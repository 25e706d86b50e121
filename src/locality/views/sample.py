"""Pictures for a page that was given none: of a run's data, with its mistakes; drawn digits; photographs; spins."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from locality.errors import DataError, ShapeError
from locality.network.initial import generator
from locality.network.network import Network, shape_text
from locality.network.table import trace

Array = npt.NDArray[Any]

PHOTOGRAPHS = Path(__file__).with_name("pictures")  # free ones: see LICENCES.md there
_NAMES = {
    "cat": "a cat",
    "astronaut": "an astronaut",
    "coffee": "a cup of coffee",
    "photographer": "a photographer",
    "galaxies": "galaxies",
}
# Digits as strokes in a square of side 1, x to the right and y down.
_STROKES: dict[str, list[list[tuple[float, float]]]] = {
    "3": [[(0.28, 0.20), (0.45, 0.12), (0.64, 0.17), (0.70, 0.30), (0.60, 0.43), (0.44, 0.48)],
          [(0.44, 0.48), (0.64, 0.53), (0.73, 0.68), (0.64, 0.83), (0.44, 0.89), (0.25, 0.81)]],
    "0": [[(0.50, 0.10), (0.35, 0.16), (0.26, 0.34), (0.24, 0.55), (0.30, 0.78), (0.45, 0.89), (0.60, 0.86),
           (0.72, 0.70), (0.75, 0.45), (0.69, 0.22), (0.58, 0.12), (0.50, 0.10)]],
    "1": [[(0.38, 0.24), (0.54, 0.10), (0.50, 0.50), (0.47, 0.90)]],
    "2": [[(0.27, 0.28), (0.36, 0.14), (0.54, 0.10), (0.70, 0.20), (0.70, 0.36), (0.56, 0.56), (0.38, 0.73),
           (0.25, 0.87), (0.48, 0.84), (0.76, 0.88)]],
    "7": [[(0.24, 0.16), (0.50, 0.15), (0.75, 0.13), (0.62, 0.40), (0.50, 0.64), (0.43, 0.90)]],
}  # fmt: skip
_PEN = 0.11  # how thick the strokes are
_FINE = 12  # each pixel of a digit is the mean of so many squared
_MANY = 20  # classes of which a picture is shown
_AT_MOST = 2000  # test pictures looked through for mistakes
_WORK = 20_000_000_000  # multiply-accumulates spent on that
_HELD = 16_000_000  # cells held at a time


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with a name: `array` is in a network's shape, uint8 (brightness 0 to 255) or floats on the network's
    own scale; `label` is its class where one is known."""

    array: Array
    name: str
    label: int | None = None


def given_pictures(net: Network, image: Any) -> list[Picture]:
    """What a person gave, as pictures: an array (one picture or a batch, uint8 or numbers on the network's scale), a
    `Picture`, or several. Raises `ShapeError` for another shape and `DataError` for what is no picture."""
    if isinstance(image, Picture):
        image = [image]
    if isinstance(image, list | tuple) and image and all(isinstance(one, Picture) for one in image):
        return [Picture(_arrays(net, one.array, one.name)[0], one.name, one.label) for one in image]
    arrays = _arrays(net, image, "page")
    return [Picture(array, f"picture {i}" if len(arrays) > 1 else "your picture") for i, array in enumerate(arrays, 1)]


def _arrays(net: Network, image: Any, where: str) -> list[Array]:
    """One array for each picture, in the network's shape."""
    if isinstance(image, str | Path | bytes | Image.Image):
        raise DataError(
            f"{where}: a {type(image).__name__} is no array. Read a file with locality.data.read_picture, bring it to "
            f"{shape_text(net.input)} with locality.data.fit_picture, and give that."
        )
    if hasattr(image, "detach"):  # a tensor
        image = image.detach().cpu()
    try:
        array = np.asarray(image)
    except ValueError:  # rows of different lengths
        array = np.asarray(None)
    if array.dtype.kind not in "uifb":
        raise DataError(f"{where}: {array.dtype} numbers are no picture. Give bytes (uint8, 0 to 255) or floats.")
    if array.dtype.kind in "ui" and array.dtype != np.uint8 and array.size and np.abs(array).max() > 1:
        raise DataError(
            f"{net.name}: images of {array.dtype} have no agreed scale. "
            f"Give bytes (uint8, 0 to 255), or floats that are on the network's scale."
        )
    if array.shape == net.input:
        array = array[None]
    elif array.shape[1:] != net.input or not len(array):
        raise ShapeError(
            f"{net.name}: images of shape {array.shape} do not fit its input {shape_text(net.input)}. "
            f"Give one image {shape_text(net.input)} or a batch of them."
        )
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite, as it does in the network
        return list(array if array.dtype == np.uint8 else array.astype(net.dtype))


def samples(net: Network, classes: Sequence[str] | None = None) -> list[Picture]:
    """Pictures for a network without data: photographs brought to its shape, before them a few drawn digits where the
    input is small and grey; spins of +1 and -1 where the input is no picture. The same ones every time."""
    if len(net.input) != 3 or net.input[0] not in (1, 3):
        draw = generator(0, "samples")
        spins = [draw.integers(0, 2, net.input) * 2 - 1 for _ in range(3)]
        return [Picture(spin.astype(net.dtype), f"random spins {i}") for i, spin in enumerate(spins, 1)]
    channels, height, width = net.input
    digits = []
    if channels == 1 and max(height, width) <= 32:
        names = list(classes or ())
        for digit in _STROKES:
            label = names.index(digit) if digit in names else None
            digits.append(Picture(drawn(digit, height, width), f"a drawn {digit}", label))
    return [*digits, *(Picture(_cover(one.array, net.input), one.name) for one in shipped())]


@cache
def shipped() -> tuple[Picture, ...]:
    """The photographs that come with the package, uint8 (3, 160, 160)."""
    found = []
    for file, name in _NAMES.items():
        with Image.open(PHOTOGRAPHS / f"{file}.jpg") as image:
            found.append(Picture(_channels_first(image.convert("RGB")), name))
    return tuple(found)


def drawn(digit: str, height: int, width: int) -> Array:
    """A digit in white strokes on black, uint8 (1, height, width).

    >>> drawn("1", 28, 28).shape
    (1, 28, 28)
    """
    high, wide = height * _FINE, width * _FINE
    side = min(high, wide) * (0.8 if min(height, width) >= 16 else 1.0)  # 20 of 28 pixels, as MNIST has its digits
    image = Image.new("L", (wide, high))
    pen, radius = ImageDraw.Draw(image), _PEN * side / 2
    for stroke in _STROKES[digit]:
        points = [((wide - side) / 2 + x * side, (high - side) / 2 + y * side) for x, y in stroke]
        pen.line(points, 255, round(2 * radius), joint="curve")
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), 255)
    return np.asarray(image.resize((width, height), Image.Resampling.BOX))[np.newaxis]


def _cover(picture: Array, shape: tuple[int, ...]) -> Array:
    """A photograph made to cover the frame, its middle cut out."""
    channels, height, width = shape
    side, scale = picture.shape[-1], picture.shape[-1] / max(height, width)
    left, top = (side - scale * width) / 2, (side - scale * height) / 2
    image = Image.fromarray(np.ascontiguousarray(picture.transpose(1, 2, 0)))
    image = image.resize((width, height), Image.Resampling.BICUBIC, (left, top, side - left, side - top))
    return np.asarray(image.convert("L"))[np.newaxis] if channels == 1 else _channels_first(image)


def _channels_first(image: Image.Image) -> Array:
    return np.ascontiguousarray(np.asarray(image).transpose(2, 0, 1))


def of_data(data: Any) -> list[Picture]:
    """The first test picture of each class of a data set, of the first 20 classes."""
    first = ((label, np.flatnonzero(data.test.labels == label)[:1]) for label in range(len(data.classes)))
    found = [(label, int(i)) for label, some in first for i in some]
    names, images = _titles(data.classes, data), data.test.images
    return [Picture(_floats(images[i]), f"{names[label]} of {data.name}", label) for label, i in found[:_MANY]]


def mistakes(run: Any, data: Any, most: int = 6) -> list[Picture]:
    """Test pictures that a run takes for another class, those of which it is surest first; looked for among as many
    as a second or two allows."""
    table = trace(run)
    if len(table.network.output) != 1:
        return []
    cells = sum(map(prod, table.network.shapes.values()))
    count = min(_AT_MOST, len(data.test.labels), max(1, _WORK // max(1, table.macs)))
    sure, taken = [], []
    for scores in _scores(run, data.test.images[:count], max(1, _HELD // cells)):
        with np.errstate(over="ignore"):
            logits = scores - scores.max(1, keepdims=True)
            powers = np.exp(logits) if not _ends_in(run, "softmax") else scores
        sure.append((powers / powers.sum(1, keepdims=True)).max(1))
        taken.append(scores.argmax(1))
    confidence, predicted, labels = np.concatenate(sure), np.concatenate(taken), data.test.labels[:count]
    wrong = np.flatnonzero(predicted != labels)
    names = _titles([*data.classes, *map(str, range(len(data.classes), table.network.output[0]))], data)
    return [
        Picture(_floats(data.test.images[i]), f"{names[labels[i]]} taken for {names[predicted[i]]}", int(labels[i]))
        for i in wrong[np.argsort(-confidence[wrong], kind="stable")][:most]
    ]


def _floats(array: Array) -> Array:
    """Pictures as they are, spins as the floats that a network reads."""
    return array if array.dtype == np.uint8 else array.astype(np.float32)


def _titles(names: Sequence[str], data: Any) -> list[str]:
    """What one picture of each class is called: a 7; of spins the class alone."""
    return [*names] if data.test.images.dtype == np.int8 else [_a(name) for name in names]


def _scores(run: Any, images: Array, step: int) -> Iterator[Array]:
    """What a run puts out for pictures, as float64 (n, classes), some at a time."""
    for start in range(0, len(images), step):
        yield run.record(images[start : start + step]).output.astype(np.float64)


def _ends_in(run: Any, function: str) -> bool:
    return getattr(run.network.nodes[-1].layer, "function", None) == function


def _a(name: str) -> str:
    """A name with its article: a 7, an 8, an owl."""
    spoken = name.lower()
    vowel = spoken[:1] in tuple("aeio") or spoken in ("11", "18") or (spoken.startswith("8") and spoken.isdigit())
    return f"{'an' if vowel else 'a'} {name}"
