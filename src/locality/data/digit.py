"""Bringing a photographed or drawn digit to the form in which MNIST's digits are: light on black, 20 of 28 pixels
large, its centre of mass in the middle."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from locality.data.fit import Picture, as_image, fit_picture, frame
from locality.errors import DataError

Plane = npt.NDArray[np.float64]

_WORK = 512  # a larger picture is first brought to this many pixels along its longer side
_FAINTEST = 24  # ink closer to its ground than this, of 255, is taken for paper
_BLACK = 8  # a border of this mean brightness or less counts as black


def fit_digit(picture: Picture, shape: tuple[int, ...]) -> tuple[Picture, tuple[str, ...]]:
    """The digit in a picture as MNIST has its digits, uint8 of `shape`, and what was assumed, in sentences.

    A picture that already has the shape and a black border comes back as it is. Otherwise: the ground, even a softly
    shaded one, is estimated and taken away; ink is what stands out, darker or lighter; the picture is cut to the
    ink, its longer side becomes 20 of 28 pixels (in proportion for other shapes; all of them below 16), and the
    centre of mass goes to the middle. `picture` is uint8 (1 or 3, H, W). A picture in which nothing stands out
    is a `DataError`.

    >>> paper = np.full((1, 60, 80), 230, np.uint8)
    >>> paper[0, 10:50, 36:44] = 30
    >>> one, said = fit_digit(paper, (1, 28, 28))
    >>> print(*said, sep="; ")
    dark digit on a light ground: inverted; cropped to the ink, 8x40 of 80x60, and centred by its mass
    >>> one[0, 14, 12:17].tolist()
    [255, 255, 255, 255, 0]
    """
    channels, height, width = frame(shape)
    grey = as_image(picture).convert("L")
    if (grey.height, grey.width) == (height, width) and _is_ready(np.asarray(grey)):
        return fit_picture(picture, shape), ("light digit on black at the right size: used as it is",)

    shrink = max(1.0, max(grey.size) / _WORK)
    small = grey.resize((max(1, round(grey.width / shrink)), max(1, round(grey.height / shrink))), Image.Resampling.BOX)
    ink, said = _ink(np.asarray(small, np.float64))
    top, bottom, left, right = _box(ink)
    digit = _scaled(ink[top:bottom, left:right], round(_share(height, width) * min(height, width)))
    placed = _centred(digit, height, width)

    across, down = round((right - left) * shrink), round((bottom - top) * shrink)
    crop = f"cropped to the ink, {across}x{down} of {grey.width}x{grey.height}, and centred by its mass"
    return np.repeat(np.rint(placed).astype(np.uint8)[np.newaxis], channels, axis=0), (*said, crop)


def _is_ready(grey: npt.NDArray[np.uint8]) -> bool:
    """Whether this looks like MNIST already: a black border and something bright inside."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return bool(border.mean() <= _BLACK and grey.max() >= 128)


def _share(height: int, width: int) -> float:
    """How much of the frame the longer side of the digit takes: MNIST leaves a margin, 8x8 digits have none."""
    return 20 / 28 if min(height, width) >= 16 else 1.0


def _ink(grey: Plane) -> tuple[Plane, tuple[str, ...]]:
    """How much ink each pixel carries, 0 to 255, and what was assumed."""
    ground, noise = _ground(grey)
    over = grey - ground
    dark = bool((np.minimum(over, 0) ** 2).sum() > (np.maximum(over, 0) ** 2).sum())
    over = np.maximum(-over if dark else over, 0)
    if over.max() < max(_FAINTEST, 6 * noise):
        raise DataError(
            f"picture: nothing stands out from its ground (brightness {grey.min():.0f} to {grey.max():.0f}), "
            "so there is no digit to read. Give one with a darker or lighter digit on an even ground."
        )
    full = float(np.median(over[over > over.max() / 2]))  # brightness of a stroke's middle
    floor = min(max(4 * noise, 0.15 * full), 0.4 * full)
    ink = np.clip((over - floor) / (0.8 * full - floor), 0, 1) * 255
    said = ["dark digit on a light ground: inverted" if dark else "light digit on a dark ground: kept"]
    if np.ptp(ground) > 16:
        said.append(f"uneven ground, brightness {ground.min():.0f} to {ground.max():.0f}: taken away")
    return ink, tuple(said)


def _ground(grey: Plane) -> tuple[Plane, float]:
    """The brightness of the paper at every pixel, and how much it scatters.

    A paraboloid is fitted to the rim, which is taken to be paper, then again and again to all that lies near it.
    """
    height, width = grey.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    every = max(1, max(grey.shape) // 96)  # six numbers need no more pixels than this to be found
    some = (slice(None, None, every), slice(None, None, every))
    sample, terms = grey[some], _terms(x[some], y[some])
    rim = np.maximum(abs(x[some]), abs(y[some])) >= 0.9
    paper = np.quantile(sample[rim], 0.5, method="lower")  # a value that occurs, so `near` is never empty
    near = rim & (abs(sample - paper) <= 64)
    for _ in range(6):
        shape = np.linalg.lstsq(terms[near], sample[near], rcond=None)[0]
        away = abs(sample - terms @ shape)
        noise = 1.4826 * float(np.median(away[near]))
        near = away <= max(4 * noise, 6)
    return np.clip(_terms(x, y) @ shape, 0, 255), noise


def _terms(x: Plane, y: Plane) -> Plane:
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def _box(ink: Plane) -> tuple[int, int, int, int]:
    """(top, bottom, left, right) around the ink, without single specks."""
    inked = np.pad(ink >= 128, 1)
    height, width = ink.shape
    neighbours = sum(inked[i : i + height, j : j + width].astype(int) for i in range(3) for j in range(3))
    solid = inked[1:-1, 1:-1] & (neighbours >= 3)
    if not solid.any():  # a digit of a few pixels
        solid = inked[1:-1, 1:-1]
    rows, columns = np.nonzero(solid.any(axis=1))[0], np.nonzero(solid.any(axis=0))[0]
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _scaled(digit: Plane, longest: int) -> Plane:
    """The digit with its longer side `longest` pixels long."""
    height, width = (max(1, round(side * longest / max(digit.shape))) for side in digit.shape)
    image = Image.fromarray(digit.astype(np.float32)).resize((width, height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(image, np.float64), 0, 255)


def _centred(digit: Plane, height: int, width: int) -> Plane:
    """The digit in a black frame, its centre of mass at (height/2, width/2) as in MNIST, and never cut off."""
    placed = np.zeros((height, width))
    mass = digit.sum()
    down = round(height / 2 - float((digit.sum(axis=1) @ np.arange(digit.shape[0])) / mass))
    across = round(width / 2 - float((digit.sum(axis=0) @ np.arange(digit.shape[1])) / mass))
    down = min(max(down, 0), height - digit.shape[0])
    across = min(max(across, 0), width - digit.shape[1])
    placed[down : down + digit.shape[0], across : across + digit.shape[1]] = digit
    return placed
