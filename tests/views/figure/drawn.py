"""Reading figures back: what stands in an SVG, and golden files."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path

import pytest

from locality.views.figure.figure import Figure
from locality.views.figure.formats.svg import svg
from locality.views.figure.shapes import Box, Text

SVG = "{http://www.w3.org/2000/svg}"
GOLDEN = Path(__file__).parents[2] / "golden" / "figures"


def names(figure: Figure, prefix: str) -> dict[str, str]:
    """The texts of an SVG by what they are named, those whose name begins so; a name stands once."""
    root = ET.fromstring(svg(figure))
    found: dict[str, str] = {}
    for text in root.iter(f"{SVG}text"):
        name = text.get("data-name", "")
        if name.startswith(prefix):
            assert name not in found, name
            found[name.removeprefix(prefix).strip()] = text.text or ""
    return found


def number(text: str) -> float:
    """A number as figures write it."""
    return float(text.replace("−", "-"))


def outside(figure: Figure) -> list[str]:
    """The shapes that reach beyond the figure, of every step."""
    found = []
    for shape in (*figure.shapes, *(one.shape for one in figure.moving)):
        left, top, right, bottom = shape.box
        if min(left, top) < -0.01 or right > figure.width + 0.01 or bottom > figure.height + 0.01:
            found.append(str(shape))
    return found


def on_each_other(figure: Figure) -> list[tuple[str, str]]:
    """Pairs of texts that cover each other in a still figure; a number drawn again at its place is none."""
    texts = {(text.x, text.y, text.text): text for text in figure.shapes if isinstance(text, Text)}
    return [(a.text, b.text) for a, b in combinations(texts.values(), 2) if _meet(a.box, b.box)]


def _meet(a: Box, b: Box) -> bool:
    slack = 0.01
    return a[0] + slack < b[2] and b[0] + slack < a[2] and a[1] + slack < b[3] and b[1] + slack < a[3]


def check_golden(request: pytest.FixtureRequest, figure: Figure, name: str) -> None:
    """Compare the SVG with its golden file, or write that with --overwrite; the letters' outlines are left out."""
    text = re.sub(r"@font-face\{[^}]*\}", "", svg(figure))
    file = GOLDEN / f"{name}.svg"
    if request.config.getoption("--overwrite"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert file.exists(), f"{file} is missing; write it with --overwrite"
    assert text == file.read_text(encoding="utf-8")
