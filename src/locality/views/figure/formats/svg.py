"""A figure as SVG: text stays text, in the figure's own font; the steps of an animation are CSS."""

import base64
import re
from functools import lru_cache
from html import escape
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

from locality.views.figure.font import CAPITALS, FAMILY, FILE, font_at
from locality.views.figure.shapes import Circle, Image, Line, Polygon, Rectangle, Shape, Text

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

if TYPE_CHECKING:
    from locality.views.figure.figure import Figure


def svg(figure: "Figure") -> str:
    """The figure as the text of an SVG file, title and description for screen readers included. It needs nothing else:
    the letters it uses are inside. Where the reader prefers no motion, and where CSS does not move, the last step
    stands still."""
    shapes = [*figure.shapes, *(one.shape for one in figure.moving)]
    body = [_element(shape) for shape in figure.shapes]
    for (first, last), group in groupby(figure.moving, key=lambda one: (one.first, one.last)):
        hidden = "" if last == figure.steps - 1 else ' visibility="hidden"'
        body.append(f'<g class="s{first}-{last}"{hidden}>' + "".join(_element(one.shape) for one in group) + "</g>")
    # Several figures may stand in one HTML page: what they name carries a mark of their own.
    told = (figure.title, figure.description, figure.steps, figure.seconds, *body)
    mark = f"f{crc32(repr(told).encode()):08x}"
    style = f".{mark} text{{font-family:{mark},{FAMILY},Arial,sans-serif;white-space:pre}}"
    letters = "".join(sorted({letter for shape in shapes if isinstance(shape, Text) for letter in shape.text}))
    if letters:
        style += f"@font-face{{font-family:{mark};src:url(data:font/woff;base64,{letters_of(letters)})}}"
    ground = [f'<rect width="100%" height="100%" fill="{figure.background}"/>'] if figure.background else []
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{mark}" width="{_n(figure.width)}" '
        f'height="{_n(figure.height)}" viewBox="0 0 {_n(figure.width)} {_n(figure.height)}" role="img" '
        f'aria-labelledby="{mark}-title {mark}-description">',
        f'<title id="{mark}-title">{said(figure.title)}</title>',
        f'<desc id="{mark}-description">{said(figure.description)}</desc>',
        f"<style>{style}{_motion(figure, mark)}</style>",
    ]
    return "\n".join([*parts, *ground, *body, "</svg>\n"])


def write_svg(figure: "Figure", path: Path, scale: float | None = None) -> None:
    """Write the SVG; it has no pixels to scale."""
    path.write_text(svg(figure), encoding="utf-8", newline="\n")


def _motion(figure: "Figure", mark: str) -> str:
    """When each group of moving shapes is there."""
    if figure.steps < 2:
        return ""
    rules = []
    for first, last in sorted({(one.first, one.last) for one in figure.moving}):
        begin, end = 100 * first / figure.steps, 100 * (last + 1) / figure.steps
        marks = [(0.0, not first), *([(begin, True)] if first else []), (end, False)]
        frames = "".join(f"{at:.5g}%{{visibility:{'visible' if on else 'hidden'}}}" for at, on in marks if at < 100)
        name, length = f"{mark}-{first}-{last}", _n(figure.steps * figure.seconds)
        rules.append(f"@keyframes {name}{{{frames}}}")
        rules.append(f".{mark} .s{first}-{last}{{animation:{name} {length}s step-end infinite}}")
    return f"@media not (prefers-reduced-motion:reduce){{{''.join(rules)}}}" if rules else ""


def _element(shape: Shape) -> str:
    """One shape as an SVG element."""
    name = f' data-name="{said(shape.name)}"' if shape.name else ""
    if isinstance(shape, Text):
        anchor = "" if shape.anchor == "start" else f' text-anchor="{shape.anchor}"'
        y = shape.y + CAPITALS / 2 * shape.size
        return (
            f'<text x="{_n(shape.x)}" y="{_n(y)}" font-size="{_n(shape.size)}" fill="{shape.fill}"{anchor}{name}>'
            f"{said(shape.text)}</text>"
        )
    if isinstance(shape, Image):
        size = f'x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.width)}" height="{_n(shape.height)}"'
        look = 'preserveAspectRatio="none" style="image-rendering:pixelated"'
        return f'<image {size} {look} href="data:image/png;base64,{_png(shape)}"{name}/>'
    if isinstance(shape, Rectangle):
        radius = f' rx="{_n(shape.radius)}"' if shape.radius else ""
        size = f'x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.width)}" height="{_n(shape.height)}"'
        return f"<rect {size}{radius}{_paint(shape)}{name}/>"
    if isinstance(shape, Circle):
        return f'<circle cx="{_n(shape.x)}" cy="{_n(shape.y)}" r="{_n(shape.radius)}"{_paint(shape)}{name}/>'
    points = " ".join(f"{_n(x)},{_n(y)}" for x, y in shape.points)
    kind = "polyline" if isinstance(shape, Line) else "polygon"
    joins = ' stroke-linejoin="round"' if shape.stroke else ""
    caps = ' stroke-linecap="round"' if isinstance(shape, Line) and not shape.dash else ""
    return f'<{kind} points="{points}"{_paint(shape)}{joins}{caps}{name}/>'


def _paint(shape: Rectangle | Line | Polygon | Circle) -> str:
    """The attributes that say how a shape is filled and stroked."""
    fill = None if isinstance(shape, Line) else shape.fill
    said = f' fill="{fill or "none"}"'
    if shape.stroke:
        said += f' stroke="{shape.stroke}"'
        said += f' stroke-width="{_n(shape.line)}"' if shape.line != 1 else ""
    dash = shape.dash if isinstance(shape, Rectangle | Line) else None
    if dash:
        said += f' stroke-dasharray="{_n(dash[0])} {_n(dash[1])}"'
    return said + (f' opacity="{_n(shape.opacity)}"' if shape.opacity != 1 else "")


def said(text: str) -> str:
    """A text as XML takes it: letters that it forbids become a replacement sign."""
    return escape(FORBIDDEN.sub("\ufffd", text))


def _n(number: float) -> str:
    """A number of pixels, to a hundredth, as short as it goes."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _png(shape: Image) -> str:
    from PIL import Image as Pillow

    file = BytesIO()
    Pillow.fromarray(shape.pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@lru_cache(maxsize=32)
def letters_of(letters: str) -> str:
    """The font with these letters alone, as base64 of a WOFF file."""
    from fontTools import subset

    font_at(12)  # says so where the file is missing
    options = subset.Options(flavor="woff", layout_features=[], hinting=False, notdef_outline=True)
    file = BytesIO()
    with subset.load_font(str(FILE), options) as font:
        cut = subset.Subsetter(options)
        cut.populate(text=letters)
        cut.subset(font)
        subset.save_font(font, file, options)
    return base64.b64encode(file.getvalue()).decode()
