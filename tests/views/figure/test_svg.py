"""SVG, as Chromium reads, measures and draws it: the same picture as the PNG, each step at its time, alone or not."""

import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

import locality as loc
from locality import zoo
from locality.views.figure.diagram.network import STYLES
from locality.views.figure.figure import Figure
from locality.views.figure.font import width_of
from locality.views.figure.formats.raster import image_of
from locality.views.figure.formats.svg import svg
from locality.views.figure.shapes import Circle, Image, Line, Moving, Polygon, Rectangle, Shape, Text, arrow
from views.figure.drawn import SVG

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CELLS = np.random.default_rng(1).integers(0, 256, (4, 5, 3), np.uint8)
LONG = "Convolution → 64×112×112, √Σ (x − μ)² ≤ ½ · 3 456 789 Wave AVATAR fjord"
INK, BLUE, SOFT = "#1b1d23", "#1a5fc4", "#cfe0f8"
ZIGZAG = ((15.0, 20.0), (60.0, 20.0), (20.0, 60.0), (100.0, 33.3))
SHAPES: dict[str, tuple[Shape, ...]] = {
    "rectangle": (Rectangle(10, 12, 60, 40, SOFT), Rectangle(30.3, 30.7, 60, 25, None, BLUE, 3)),
    "rounded": (Rectangle(10, 10, 60, 50, SOFT, BLUE, 2, 8), Rectangle(80, 10, 30, 16, BLUE, radius=20)),
    "dashed": (Rectangle(10, 10, 60, 50, SOFT, BLUE, 2, 8, dash=(5, 3)), Line(ZIGZAG, INK, 1.5, dash=(4, 2))),
    "opacity": (
        Rectangle(10, 10, 60, 50, SOFT, BLUE, 8, 4, 0.5),
        Circle(70, 40, 25, BLUE, INK, 6, 0.4),
        Line(ZIGZAG, INK, 6, 0.3),
    ),
    "line": (Line(ZIGZAG, INK, 6), Line(((10, 70), (110, 70)), BLUE), Line(((10.5, 5), (10.5, 75)), BLUE, 2)),
    "polygon": (
        Polygon(ZIGZAG, SOFT, BLUE, 4),
        Polygon(((70, 50), (110, 60), (70, 70)), INK, opacity=0.7),
        Polygon(((10, 70), (50, 72), (10, 74)), None, INK, 2),  # a mitre would reach far beyond it
    ),
    "arrow": tuple(arrow(((10, 10), (60, 40), (110, 40)), INK, 2)),
    "circle": (Circle(40, 40, 25, SOFT, BLUE, 3), Circle(90.4, 40.2, 4, INK)),
    "text": (
        Text(5, 15, "ab → ½ 3×3", INK, 12, "start"),
        Text(60, 40, "Wave fjord", BLUE, 20),
        Text(115, 65, "−0.25", INK, 9, "end"),
    ),
    "image": (Image(10, 10, 55, 44, CELLS), Image(80, 20, 30, 30, CELLS[:2, :2])),
    "beyond the edge": (Rectangle(-10, 30, 40, 70, SOFT, BLUE, 3), Image(100, 60, 40, 40, CELLS)),
}


def dance(steps: int = 6, seconds: float = 0.5, colour: str = BLUE) -> Figure:
    """Shapes that come and go; each is named by the steps in which it is there."""
    spans = [(0, 0), (0, 2), (1, 1), (1, 4), (2, steps - 1), (3, 3), (steps - 1, steps - 1), (0, 2)]
    moving = tuple(Moving(Circle(10 * i + 5, 20, 4, colour, name=f"{i}"), *span) for i, span in enumerate(spans))
    words = (Text(50, 40, "always", INK, name="fixed"),)
    return Figure(100, 50, words, "a dance", "", moving=moving, steps=steps, seconds=seconds)


def there(figure: Figure, step: int) -> list[str]:
    return sorted(shape.name for shape in figure.step(step).shapes if shape.name)


VISIBLE = """(drawn) => [...drawn.querySelectorAll("[data-name]")]
  .filter((one) => getComputedStyle(one).visibility === "visible").map((one) => one.dataset.name).sort()"""
AT = """(time) => document.getAnimations().forEach((one) => { one.pause(); one.currentTime = time; })"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    driver = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: no browser is driven.")
    if PROGRAM is None:
        pytest.skip("There is no Chromium here: no figure is opened.")
    arguments = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=PROGRAM, args=arguments)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens figures below one another in an HTML page; gives the page and its `svg` elements."""
    contexts = []

    def open_(*drawn: Figure, **window: Any) -> tuple[Any, list[Any]]:
        contexts.append(browser.new_context(**window))
        page = contexts[-1].new_page()
        page.set_content(f"<!doctype html><body style='margin:0;line-height:0'>{''.join(map(svg, drawn))}")
        page.evaluate("document.fonts.ready")
        return page, page.query_selector_all("svg")

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize("ground", ["#ffffff", "#131419", None])
@pytest.mark.parametrize("scale", [1, 2])
def test_a_png_is_what_chromium_draws_of_the_svg(opened: Callable[..., Any], ground: str | None, scale: int) -> None:
    figures = [Figure(120, 80, shapes, name, "", ground) for name, shapes in SHAPES.items()]
    _, drawn = opened(*figures, device_scale_factor=scale)
    for name, figure, element in zip(SHAPES, figures, drawn, strict=True):
        wanted, got = (
            (picture[..., :3] * (alpha := picture[..., 3:] / 255), 255 * alpha)
            for picture in (
                np.asarray(Pillow.open(BytesIO(element.screenshot(omit_background=ground is None))).convert("RGBA")),
                np.asarray(image_of(figure, scale).convert("RGBA")),
            )
        )
        apart = np.concatenate([wanted[0] - got[0], wanted[1] - got[1]], axis=2)
        # Measured: up to 0.5 of 255 for shapes, 2.6 for text, whose edges Chromium smooths in a way of its own.
        assert np.abs(apart).mean() < (3.0 if name == "text" else 0.6), name
        near = {
            (down, across): np.abs(wanted[0] - np.roll(got[0], (down, across), (0, 1))).mean()
            for down in (-1, 0, 1)
            for across in (-1, 0, 1)
        }
        assert scale == 1 or min(near, key=near.__getitem__) == (0, 0), (name, near)


def test_an_svg_parses_and_says_what_it_is_whatever_the_words_are() -> None:
    words = "a<b & \"c\" 'd' ]]> <!-- é½ </style>"
    root = ET.fromstring(svg(Figure(30, 20, (Text(1, 1, words, INK, name=words),), words, words)))
    assert [root.findtext(f"{SVG}{kind}") for kind in ("title", "desc", "text")] == [words] * 3
    text = root.find(f"{SVG}text")
    assert text is not None
    assert text.get("data-name") == words
    ids = [one.get("id") for one in root.iter() if one.get("id")]
    assert (root.get("role"), (root.get("aria-labelledby") or "").split()) == ("img", ids)
    assert len(ids) == 2


def test_numbers_are_as_short_as_a_hundredth_of_a_pixel_allows() -> None:
    third = 100 / 3
    shapes = (*SHAPES["beyond the edge"], Line(((third, 0.005), (10.0, 20.10)), INK, third), Circle(-0.001, 1e-9, 5.0))
    text = re.sub(r'href="[^"]*"', "", svg(Figure(third, 20.0, shapes, "", "")))
    numbers = re.findall(
        r"-?\d+(?:\.\d*)?", " ".join(re.findall(r'(?:x|y|cx|cy|r|width|points|viewBox)="([^%"]*)"', text))
    )
    assert {"33.33", "20.1", "-10", "0"} <= set(numbers)
    assert [each for each in numbers if not re.fullmatch(r"-?\d+(\.\d?[1-9])?", each) or each == "-0"] == []


def test_where_css_does_not_move_the_last_step_stands() -> None:
    figure = dance()
    groups = ET.fromstring(svg(figure)).findall(f"{SVG}g")
    shown = [one.get("data-name") or "" for group in groups if group.get("visibility") != "hidden" for one in group]
    assert sorted(["fixed", *shown]) == there(figure, -1)


@pytest.mark.parametrize(("steps", "seconds"), [(6, 0.5), (7, 1), (60, 0.05), (5, 3)])
def test_at_each_time_exactly_its_step_is_to_be_seen(opened: Callable[..., Any], steps: int, seconds: float) -> None:
    figure = dance(steps, seconds)
    page, (drawn,) = opened(figure)
    for step in [*range(steps), steps, 2 * steps + 1]:  # it goes round
        for share in (0.001, 0.5, 0.999):
            page.evaluate(AT, 1000 * seconds * (step + share))
            assert drawn.evaluate(VISIBLE) == there(figure, step % steps), (step, share)


def test_who_prefers_no_motion_sees_the_last_step(opened: Callable[..., Any]) -> None:
    figure = dance()
    page, (drawn,) = opened(figure, reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0
    assert drawn.evaluate(VISIBLE) == there(figure, -1)


@pytest.mark.parametrize(
    "other",
    [dance(steps=9), dance(seconds=0.2), dance(colour=INK), replace(dance(), title="another", description="other")],
    ids=["steps", "seconds", "colour", "title"],
)
def test_two_figures_in_one_page_do_not_disturb_each_other(opened: Callable[..., Any], other: Figure) -> None:
    figures = (dance(), other)
    page, drawn = opened(*figures)
    for time in range(50, 12000, 700):
        page.evaluate(AT, time)
        for figure, element in zip(figures, drawn, strict=True):
            assert element.evaluate(VISIBLE) == there(figure, int(time / 1000 / figure.seconds) % figure.steps)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(set(ids)) == len(ids) == 4


def test_each_figure_of_a_page_has_its_own_letters_of_the_font(opened: Callable[..., Any]) -> None:
    words = ("Wave", "fjord", "√Σ 12")
    page, drawn = opened(*(Figure(200, 40, (Text(100, 20, each, INK, 13),), each, "") for each in words))
    for each, element in zip(words, drawn, strict=True):
        length = element.evaluate("(drawn) => drawn.querySelector('text').getComputedTextLength()")
        assert length == pytest.approx(width_of(each, 13), abs=0.05)
    assert page.evaluate("[...document.fonts].filter((one) => one.status === 'loaded').length") == 3


@pytest.mark.parametrize("size", [9, 9.5, 10, 11, 12, 12.5, 13])
def test_a_text_is_as_wide_in_chromium_as_the_font_says(opened: Callable[..., Any], size: float) -> None:
    text = Text(10, 10, LONG, INK, size, "start")
    _, (drawn,) = opened(Figure(600, 20, (text,), "", ""))
    length = drawn.evaluate("(drawn) => drawn.querySelector('text').getComputedTextLength()")
    assert length == pytest.approx(text.width, abs=0.5)


@pytest.mark.parametrize("name", [*STYLES, "convolution"])
def test_no_text_leaves_the_view_box_in_chromium(opened: Callable[..., Any], name: str) -> None:
    figure = (
        loc.figure.convolution("padding_strides", seed=1, caption=True)
        if name == "convolution"
        else loc.figure.network(zoo.get("lenet5"), name)
    )
    _, (drawn,) = opened(figure)
    boxes = drawn.evaluate(
        """(drawn) => [...drawn.querySelectorAll("text")].map((one) => [one.textContent, one.getBBox()])
          .map(([text, box]) => [text, box.x, box.x + box.width, box.y, box.y + box.height])"""
    )
    assert len(boxes) == sum(isinstance(shape, Text) for shape in figure.shapes) + sum(
        isinstance(one.shape, Text) for one in figure.moving
    )
    assert boxes
    for text, left, right, top, bottom in boxes:
        assert (left >= 0, right <= figure.width, top >= 0, bottom <= figure.height) == (True,) * 4, text
