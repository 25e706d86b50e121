"""A figure as pixels: PNG and GIF. Agg covers each pixel by the share of it that lies inside, as a browser does."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path as File
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from PIL import Image as Pillow

from locality.errors import DataError
from locality.views.figure.font import CAPITALS, FILE, font_at, width_of
from locality.views.figure.formats.outline import outline
from locality.views.figure.shapes import Image, Line, Polygon, Rectangle, Shape, Text

if TYPE_CHECKING:
    from locality.views.figure.figure import Figure

Pixels = npt.NDArray[np.uint8]  # height, width, 4: red, green, blue, opacity
MOST = 100_000_000  # pixels of one picture; more would take gigabytes
COMFORTABLE = 40_000_000  # what a picture gets at the most where nobody asks for a scale
_CODES = {
    "move": (Path.MOVETO,),
    "line": (Path.LINETO,),
    "curve": (Path.CURVE4, Path.CURVE4, Path.CURVE4),
    "close": (Path.CLOSEPOLY,),
}


def image_of(figure: "Figure", scale: float) -> Pillow.Image:
    """A still figure, or the first step of an animation, as an image: RGB, and RGBA where it has no background.

    >>> from locality.views.figure.figure import Figure
    >>> image_of(Figure(30, 20, (), "nothing", ""), 2).size
    (60, 40)
    """
    return _image(figure, Canvas(figure, scale).step(0))


def frames(figure: "Figure", scale: float) -> Iterator[Pillow.Image]:
    """The steps of an animation as images, each made when it is asked for."""
    canvas = Canvas(figure, scale)
    return (_image(figure, canvas.step(number)) for number in range(figure.steps))


def png(figure: "Figure", scale: float) -> bytes:
    """A still figure as a PNG file."""
    file = BytesIO()
    image_of(figure, scale).save(file, "PNG", dpi=(96 * scale, 96 * scale))
    return file.getvalue()


def write_png(figure: "Figure", path: File, scale: float | None = None) -> None:
    """Write a PNG; of an animation, all steps side by side."""
    still = figure.still()
    path.write_bytes(png(still, scale or min(2.0, (COMFORTABLE / (still.width * still.height)) ** 0.5)))


def _image(figure: "Figure", pixels: Pixels) -> Pillow.Image:
    return Pillow.fromarray(pixels[..., :3] if figure.background else pixels)


@dataclass(frozen=True)
class _Ink:
    """What Agg needs to draw a shape: its path and how it is painted; or the pixels of a picture and their place."""

    path: Path | None
    paint: GraphicsContextBase
    face: tuple[float, float, float] | None
    together: float = 1.0  # the opacity of fill and stroke as one, where there are both
    pixels: Pixels | None = None
    place: tuple[int, int] = (0, 0)  # the first row and column of `pixels`
    box: tuple[int, int, int, int] = (0, 0, 0, 0)


class Canvas:
    """A figure on a grid of pixels: what stands still is drawn once, a step draws what moves above it. Raises
    `DataError` for more pixels than fit into memory."""

    def __init__(self, figure: "Figure", scale: float) -> None:
        width, height = max(1, round(figure.width * scale)), max(1, round(figure.height * scale))
        if max(width, height) > 65535 or width * height > MOST:
            raise DataError(f"{figure.title}: a picture of {width}x{height} pixels is too large. Use a smaller scale.")
        self._scale = scale
        self._transform = Affine2D.from_values(scale, 0, 0, -scale, 0, height)
        self._agg = _agg(width, height)
        self.pixels: Pixels = np.asarray(self._agg.buffer_rgba())
        self.pixels[:] = _rgba(figure.background)
        for shape in figure.shapes:
            self._draw(_ink(shape, scale))
        self._fixed = self.pixels.copy()
        self._moving = [(one.first, one.last, _ink(one.shape, scale)) for one in figure.moving]

    def step(self, number: int) -> Pixels:
        """The pixels of one step. They change when the next is asked for."""
        np.copyto(self.pixels, self._fixed)
        for first, last, ink in self._moving:
            if first <= number <= last:
                self._draw(ink)
        return self.pixels

    def _draw(self, ink: _Ink) -> None:
        if ink.pixels is not None:
            self._put(ink.pixels, *ink.place)
        elif ink.path is not None and ink.together == 1:
            self._agg.draw_path(ink.paint, ink.path, self._transform, ink.face)
        elif ink.path is not None:
            left, top, right, bottom = ink.box
            layer = _agg(max(1, right - left), max(1, bottom - top))
            transform = self._transform.frozen().translate(-left, bottom - self.pixels.shape[0])
            layer.draw_path(ink.paint, ink.path, transform, ink.face)
            above = np.array(layer.buffer_rgba())
            above[..., 3] = np.rint(above[..., 3] * ink.together)
            self._put(above, top, left)

    def _put(self, pixels: Pixels, row: int, column: int) -> None:
        """Lay pixels over those that are there; what falls outside is left out."""
        high, wide = self.pixels.shape[:2]
        up, left = max(0, -row), max(0, -column)
        pixels = pixels[up : max(up, high - row), left : max(left, wide - column)]
        row, column = row + up, column + left
        if pixels.size:
            there = self.pixels[row : row + pixels.shape[0], column : column + pixels.shape[1]]
            there[:] = np.asarray(Pillow.alpha_composite(Pillow.fromarray(there), Pillow.fromarray(pixels)))


def _agg(width: int, height: int) -> Any:
    """A clear sheet, in which a point is a pixel."""
    return RendererAgg(width, height, 72)


def _rgba(colour: str | None) -> tuple[int, int, int, int]:
    if colour is None:
        return 255, 255, 255, 0
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16), 255


def _ink(shape: Shape, scale: float) -> _Ink:
    """A shape made ready to be drawn, once for all steps in which it is there."""
    paint = GraphicsContextBase()
    paint.set_snap(False)  # edges lie where they lie, as in the other formats
    paint.set_linewidth(0)
    if isinstance(shape, Image):
        return _picture(shape, scale, paint)
    if isinstance(shape, Text):
        return _Ink(_text_path(shape), paint, to_rgb(shape.fill))
    fill = None if isinstance(shape, Line) else shape.fill
    dash = shape.dash if isinstance(shape, Rectangle | Line) else None
    together = shape.opacity if fill and shape.stroke else 1.0
    if shape.stroke:
        paint.set_foreground(shape.stroke)
        paint.set_linewidth(shape.line * scale)
        paint.set_joinstyle("round" if isinstance(shape, Line | Polygon) else "miter")
        paint.set_capstyle("round" if isinstance(shape, Line) and not dash else "butt")
        if dash:
            paint.set_dashes(0, [part * scale for part in dash])
    if together == 1:
        paint.set_alpha(shape.opacity)
    vertices: list[tuple[float, float]] = []
    codes: list[Any] = []
    for mark, numbers in outline(shape):
        codes += _CODES[mark]
        vertices += zip(numbers[::2], numbers[1::2], strict=True) if numbers else [vertices[0]]
    left, top, right, bottom = (side * scale for side in shape.box)
    more = 2 * shape.line * scale  # how far a mitre may stand out
    box = (int(left - more) - 1, int(top - more) - 1, int(right + more) + 2, int(bottom + more) + 2)
    return _Ink(_path(vertices, codes), paint, to_rgb(fill) if fill else None, together, box=box)


def _path(vertices: Any, codes: Any) -> Path:
    path = Path(np.asarray(vertices, float).reshape(-1, 2), np.asarray(codes, np.uint8))
    path.should_simplify = False
    return path


@cache
def _font() -> FT2Font:
    font_at(12)  # says so where the file is missing
    return FT2Font(FILE)


@cache
def _glyph(letter: str) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The outline of a letter of size 1, from its own point on the baseline, y downwards."""
    number = _font().get_char_index(ord(letter))  # 0, an empty box, for a letter that the font lacks
    _font().load_glyph(number, flags=LoadFlags.NO_SCALE | LoadFlags.NO_HINTING)
    vertices, codes = _font().get_path()  # font units, told as if they were 64ths of a pixel
    return vertices * (64, -64) / _font().units_per_EM, codes


def _text_path(shape: Text) -> Path | None:
    """The letters of a text at their places: outlines, so that they lie and look alike at every scale."""
    x, y = shape.box[0], shape.y + CAPITALS / 2 * shape.size
    parts, codes = [], []
    for letter in shape.text:
        vertices, marks = _glyph(letter)
        parts.append(vertices * shape.size + (x, y))
        codes.append(marks)
        x += width_of(letter, shape.size)
    return _path(np.concatenate(parts), np.concatenate(codes)) if parts else None


def _picture(shape: Image, scale: float, paint: GraphicsContextBase) -> _Ink:
    """A picture whose cells are whole pixels: each pixel has the colour of the cell that its middle lies in."""
    left, top, right, bottom = (round(side * scale) for side in shape.box)
    high, wide = shape.pixels.shape[:2]
    rows = (np.arange(top, bottom) + 0.5 - shape.y * scale) * high / (shape.height * scale)
    columns = (np.arange(left, right) + 0.5 - shape.x * scale) * wide / (shape.width * scale)
    cells = shape.pixels[rows.astype(int).clip(0, high - 1)][:, columns.astype(int).clip(0, wide - 1)]
    opaque = np.full((*cells.shape[:2], 1), 255, np.uint8)
    return _Ink(None, paint, None, pixels=np.concatenate([cells, opaque], axis=2), place=(top, left))
