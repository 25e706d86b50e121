"""Pictures in a terminal, as text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

# Four pixels a letter: upper left, upper right, lower left, lower right count 8, 4, 2, 1.
_QUARTERS = " ▗▖▄▝▐▞▟▘▚▌▙▀▜▛█"


def picture_text(picture: npt.NDArray[Any], width: int = 28) -> list[str]:
    """A picture (C, H, W) of bytes as lines of block letters, two pixels wide and high each; at most `width` pixels
    a line, larger ones are thinned. What is brighter than the middle of its range is drawn. Of spins, int8 (C, *space),
    those up on the first sublattice are drawn, of three axes the middle slice.

    >>> picture_text(np.array([[[0, 0, 255, 255], [0, 0, 255, 255]]], np.uint8))
    [' █']
    """
    if picture.dtype == np.int8:
        up = picture[0] > 0
        up = up[len(up) // 2] if up.ndim == 3 else np.atleast_2d(up)
        step = -(-up.shape[1] // width)
        lit = up[::step, ::step]
    else:
        grey = np.asarray(picture, dtype=np.float64).mean(0)
        step = -(-grey.shape[1] // width)
        grey = grey[::step, ::step]
        lit = grey > (grey.min() + grey.max()) / 2 if np.ptp(grey) else np.zeros_like(grey, dtype=bool)
    lit = np.pad(lit, [(0, n % 2) for n in lit.shape]).astype(int)
    letters = 8 * lit[::2, ::2] + 4 * lit[::2, 1::2] + 2 * lit[1::2, ::2] + lit[1::2, 1::2]
    return ["".join(_QUARTERS[letter] for letter in row) for row in letters]


def side_by_side(pictures: Sequence[list[str]], titles: Sequence[Sequence[str]], width: int = 80) -> str:
    """Pictures in rows that fit `width` columns, each above its title lines."""
    wide = max(max(map(len, [*lines, *title])) for lines, title in zip(pictures, titles, strict=True))
    across = max(1, (width + 2) // (wide + 2))
    rows = []
    for start in range(0, len(pictures), across):
        some = [
            [*lines, *title]
            for lines, title in zip(pictures[start : start + across], titles[start : start + across], strict=True)
        ]
        high = max(map(len, some))
        padded = [lines + [""] * (high - len(lines)) for lines in some]
        rows += ["  ".join(line.ljust(wide) for line in together).rstrip() for together in zip(*padded, strict=True)]
        rows.append("")
    return "\n".join(rows).rstrip()
