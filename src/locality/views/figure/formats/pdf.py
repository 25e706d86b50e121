"""A figure as PDF: vector, with the letters it uses; one page for each step."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from locality.views.figure.font import CAPITALS, FAMILY, FILE, font_at
from locality.views.figure.formats.outline import outline
from locality.views.figure.shapes import Circle, Image, Line, Polygon, Rectangle, Shape, Text

if TYPE_CHECKING:
    from locality.views.figure.figure import Figure

POINTS = 0.75  # points in a CSS pixel
_FINE = 256  # a picture's shorter side has at least so many pixels: some readers smooth cells, and these stay sharp


def write_pdf(figure: "Figure", path: Path, scale: float | None = None) -> None:
    """Write a PDF with a page for each step; the same figure gives the same bytes."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    font_at(12)  # says so where the font is missing
    pdfmetrics.registerFont(TTFont(FAMILY, str(FILE)))
    size = (figure.width * POINTS, figure.height * POINTS)
    canvas = Canvas(str(path), pagesize=size, pageCompression=1, invariant=1, initialFontName=FAMILY)
    canvas.setTitle(figure.title)
    canvas.setSubject(figure.description)
    canvas.setCreator("locality")
    for number in range(figure.steps):
        canvas.setPageSize(size)
        canvas.transform(POINTS, 0, 0, -POINTS, 0, size[1])
        if figure.background:
            ground = Rectangle(0, 0, figure.width, figure.height, figure.background)
            _draw(canvas, ground)
        for shape in figure.step(number).shapes:
            _draw(canvas, shape)
        canvas.showPage()
    canvas.save()


def _draw(canvas: Any, shape: Shape) -> None:
    if isinstance(shape, Text):
        canvas.saveState()
        canvas.transform(1, 0, 0, -1, shape.box[0], shape.y + CAPITALS / 2 * shape.size)
        canvas.setFillColor(_colour(shape.fill))
        canvas.setFont(FAMILY, shape.size)
        canvas.drawString(0, 0, shape.text)
        canvas.restoreState()
    elif isinstance(shape, Image):
        _picture(canvas, shape)
    else:
        canvas.saveState()
        canvas.setFillAlpha(shape.opacity)
        canvas.setStrokeAlpha(shape.opacity)
        _paint(canvas, shape)
        canvas.restoreState()


def _paint(canvas: Any, shape: Rectangle | Line | Polygon | Circle) -> None:
    """Fill and stroke a shape along its outline."""
    fill = None if isinstance(shape, Line) else shape.fill
    dash = shape.dash if isinstance(shape, Rectangle | Line) else None
    path = canvas.beginPath()
    draw = {"move": path.moveTo, "line": path.lineTo, "curve": path.curveTo, "close": path.close}
    for mark, numbers in outline(shape):
        draw[mark](*numbers)
    if fill:
        canvas.setFillColor(_colour(fill))
    if shape.stroke:
        canvas.setStrokeColor(_colour(shape.stroke))
        canvas.setLineWidth(shape.line)
        if isinstance(shape, Line | Polygon):
            canvas.setLineJoin(1)
        if isinstance(shape, Line) and not dash:
            canvas.setLineCap(1)
        if dash:
            canvas.setDash(list(dash))
    canvas.drawPath(path, stroke=int(bool(shape.stroke)), fill=int(bool(fill)))


def _picture(canvas: Any, shape: Image) -> None:
    from PIL import Image as Pillow
    from reportlab.lib.utils import ImageReader

    high, wide = shape.pixels.shape[:2]
    times = -(-_FINE // min(high, wide))
    fine = Pillow.fromarray(shape.pixels.repeat(times, axis=0).repeat(times, axis=1))
    canvas.saveState()
    canvas.transform(1, 0, 0, -1, shape.x, shape.y + shape.height)
    canvas.drawImage(ImageReader(fine), 0, 0, shape.width, shape.height)
    canvas.restoreState()


def _colour(colour: str) -> Any:
    from reportlab.lib.colors import HexColor

    return HexColor(colour)
