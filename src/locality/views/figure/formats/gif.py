"""A figure as a GIF: one frame for each step, one palette for all, and of each frame only what has changed."""

from pathlib import Path
from struct import pack
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import GifImagePlugin
from PIL import Image as Pillow

from locality.views.figure.formats.raster import Canvas, Pixels

if TYPE_CHECKING:
    from locality.views.figure.figure import Figure

Colours = npt.NDArray[np.uint32]  # one number for a pixel: red + 256 green + 65536 blue
_CLEAR = 1 << 24  # what is no colour: a pixel of a figure without a background


def write_gif(figure: "Figure", path: Path, scale: float | None = None) -> None:
    """Write a GIF that goes round for ever. It has a frame for every step, also for one in which nothing changes."""
    canvas = Canvas(figure, scale or 1.0)
    samples = _sampled(figure.steps)
    sampled = np.concatenate([_colours(canvas.step(number)).ravel() for number in samples])
    palette = _Palette(sampled, _painted(figure))
    delay = 10 * max(2, round(100 * figure.seconds))  # browsers do not go faster than 2 hundredths of a second
    # A pixel that has been drawn cannot be made clear again: without a background each frame is wiped before the next.
    wiped = 2 if figure.background is None else 1
    with open(path, "wb") as file:
        high, wide = canvas.pixels.shape[:2]
        file.write(b"GIF89a" + pack("<HHBBB", wide, high, 0xF7, 0, 0) + palette.entries.tobytes())
        file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00")
        before = np.full((high, wide), _CLEAR, np.uint32)
        for number in range(figure.steps):
            now = _colours(canvas.step(number))
            top, bottom, left, right = _changed(now != before)
            part, old = now[top:bottom, left:right], before[top:bottom, left:right]
            frame = Pillow.fromarray(palette.indices(part, part != old), "P")
            for data in GifImagePlugin.getdata(frame, (left, top), duration=delay, disposal=wiped, transparency=0):
                file.write(data)
            before = now if wiped == 1 else before
        file.write(b";")


def _sampled(steps: int) -> list[int]:
    """The steps of which the colours are counted: up to four, from the first to the last."""
    return sorted({number * (steps - 1) // 3 for number in range(4)})


def _colours(pixels: Pixels) -> Colours:
    """Each pixel as one number; where there is no background, half-clear pixels lie on white."""
    if pixels[..., 3].min() == 255:
        opaque: Colours = pixels.view("<u4")[..., 0] & np.uint32(0xFFFFFF)
        return opaque
    opacity = pixels[..., 3:].astype(np.uint16)
    mixed = (255 * (255 - opacity) + opacity * pixels[..., :3] + 127) // 255
    colours: Colours = mixed @ np.array([1, 256, 65536], np.uint32)
    return np.where(opacity[..., 0] == 0, np.uint32(_CLEAR), colours)


def _changed(differs: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the rectangle that has changed; one pixel where nothing has."""
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return 0, 1, 0, 1
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _painted(figure: "Figure") -> Colours:
    """The colours with which areas and lines are painted, in any step."""
    shapes = (*figure.shapes, *(one.shape for one in figure.moving))
    used: set[str] = {getattr(shape, kind, None) or "#000000" for shape in shapes for kind in ("fill", "stroke")}
    return np.array([int(colour[5:7] + colour[3:5] + colour[1:3], 16) for colour in sorted(used)], np.uint32)


class _Palette:
    """255 colours, and before them the clear one. What areas are painted with stays as it is, up to 200 colours, and
    so do the commonest of the others; edges of letters and lines are brought together where there are too many."""

    def __init__(self, colours: Colours, painted: Colours) -> None:
        found, counts = np.unique(np.concatenate([colours[colours != _CLEAR], painted]), return_counts=True)
        if found.size > 255:
            first = np.isin(found, painted)
            found = found[np.lexsort((-counts, ~first))]
            exact = min(max(128, int(first.sum())), 200)
            rest = Pillow.fromarray(_parts(found[None, exact:]))
            near = rest.quantize(255 - exact, Pillow.Quantize.MEDIANCUT).getpalette() or []
            kept = np.concatenate([_parts(found[:exact]), np.array(near, np.uint8).reshape(-1, 3)[: 255 - exact]])
        else:
            kept = _parts(found)
        self.entries = np.zeros((256, 3), np.uint8)
        self.entries[1 : 1 + len(kept)] = kept
        self._kept = kept.astype(np.int32)
        self._index = np.zeros(_CLEAR + 1, np.uint8)  # of each colour; 0 where it has not come up yet

    def indices(self, colours: Colours, wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        """The index of each pixel, 0 where it is not wanted or clear."""
        asked = colours[wanted]
        new = np.unique(asked[(self._index[asked] == 0) & (asked != _CLEAR)])
        for some in np.array_split(new, -(-new.size // 4096)) if new.size else []:
            apart = ((_parts(some).astype(np.int32)[:, None] - self._kept) ** 2).sum(axis=2)
            self._index[some] = apart.argmin(axis=1) + 1
        indices = np.zeros(colours.shape, np.uint8)
        indices[wanted] = self._index[asked]
        return indices


def _parts(colours: Colours) -> npt.NDArray[np.uint8]:
    """Red, green and blue of each colour."""
    return np.stack([colours & 255, colours >> 8 & 255, colours >> 16 & 255], axis=-1).astype(np.uint8)
