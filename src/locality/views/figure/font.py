"""The one font of all figures, shipped with the package: a text is as wide in every format and on every machine."""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from locality.errors import DataError

FILE = Path(__file__).with_name("font") / "Inter.ttf"
FAMILY = "Inter"
CAPITALS = 0.727  # how high capitals and digits stand, in parts of the size
ASCENT, DESCENT = 0.45, 0.60  # how far any letter reaches above and below the middle of the capitals
_EXACT = 2048  # at the font's own units nothing is rounded


@lru_cache(maxsize=64)
def font_at(size: float) -> Any:
    """The font at a size in pixels, as Pillow draws it. Raises `DataError` where its file is missing or damaged."""
    from PIL import ImageFont

    try:
        return ImageFont.truetype(FILE, size, layout_engine=ImageFont.Layout.BASIC)
    except OSError:
        raise DataError(f"{FILE}: the font of the figures is missing or damaged. Install locality again.") from None


@cache
def _advance(letter: str) -> float:
    return float(font_at(_EXACT).getlength(letter)) / _EXACT


def width_of(text: str, size: float) -> float:
    """How wide a text is, in pixels; letters are not kerned, so it is the sum of theirs.

    >>> width_of("MM", 10) == 2 * width_of("M", 10)
    True
    """
    return size * sum(map(_advance, text))


def shortened(text: str, size: float, width: float) -> str:
    """The text, or as much of its beginning as fits with an ellipsis.

    >>> shortened("convolution", 10, 30)
    'con…'
    """
    if width_of(text, size) <= width:
        return text
    while text and width_of(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def fitting(text: str, sizes: Sequence[float], width: float) -> float:
    """The first of these sizes at which a text fits into a width; the last where none does."""
    return next((size for size in sizes if width_of(text, size) <= width), sizes[-1])


def wrapped(text: str, size: float, width: float, most: int) -> list[str]:
    """The text in lines of at most that width, cut short after `most` of them; a number stays with its word.

    >>> wrapped("conv 5x5 pad 2, tanh", 10, 50, 3)
    ['conv 5x5', 'pad 2,', 'tanh']
    """
    lines: list[str] = []
    for word in re.split(r"(?<=-)|(?<=[,×]) | (?!\d)", text) if text else []:
        glue = "" if lines and lines[-1].endswith("-") else " "
        if lines and (len(lines) == most or width_of(lines[-1] + glue + word, size) <= width):
            lines[-1] += glue + word
        else:
            lines.append(word)
    return [shortened(line, size, width) for line in lines]
