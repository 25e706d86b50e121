"""Small and large screens, light and dark."""

import pytest
from opened import ROOMS, Opened

SIZES = {390: 844, 1920: 1080}
CELL = "#network?node=conv2&cell=3,4,5"

# What can be used and is smaller than 24 by 24 pixels, its label counted in; links inside sentences are as high as
# their line.
SMALL = """() => {
  const used = document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']");
  return [...used].flatMap((e) => {
    const seen = e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    if (!seen || e.disabled || e.tabIndex < 0 || e.matches(".unseen, .skip")) return [];
    if (e.matches("button.link, p a") && getComputedStyle(e).display === "inline") return [];
    const boxes = [e, ...(e.labels ?? [])].map((one) => one.getBoundingClientRect()).filter((box) => box.width);
    if (!boxes.length) return [];
    const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((box) => box[side])));
    const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((box) => box[side])));
    const small = right - left < 23.99 || bottom - top < 23.99;
    return small ? [`${Math.round(right - left)}x${Math.round(bottom - top)} ${e.outerHTML.slice(0, 120)}`] : [];
  });
}"""

WIDER = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= innerWidth) return null;
  const inner = ({ parentElement: box }) => box && (getComputedStyle(box).overflowX !== "visible" || inner(box));
  const guilty = [...document.querySelectorAll("main:not([hidden]) *, header *")].filter((e) =>
    e.getBoundingClientRect().right > innerWidth + 0.5 && e.getClientRects().length && !inner(e));
  return `${root.scrollWidth} > ${innerWidth}: ${guilty.slice(0, 3).map((e) => e.outerHTML.slice(0, 100))}`;
}"""


def rooms(page: Opened):
    """Each room in turn, the first with a cell's arithmetic open."""
    for room in ROOMS:
        page.go(CELL) if room == "network" else page.enter(room)
        if room == "network":
            page.cell("conv2", (3, 4, 5))
        yield room


@pytest.mark.parametrize("width", SIZES)
def test_no_room_is_wider_than_the_screen_and_all_can_be_hit(shown, width):
    page = shown("lenet5", viewport={"width": width, "height": SIZES[width]}, has_touch=width < 500)
    for room in rooms(page):
        for scheme in ("light", "dark"):
            page.tab.emulate_media(color_scheme=scheme)
            assert page.frame.evaluate(WIDER) is None, f"{room}, {scheme}"
        assert page.frame.evaluate(SMALL) == [], room


def test_the_colours_follow_the_system_and_the_button(shown):
    page = shown("lenet5", color_scheme="light")
    ground = lambda: page.frame.evaluate("getComputedStyle(document.documentElement).backgroundColor")  # noqa: E731
    light = ground()
    page.tab.emulate_media(color_scheme="dark")
    dark = ground()
    assert light != dark
    seen = []
    for _ in range(3):
        page.locator("button.theme").click()
        seen.append((page.frame.evaluate("document.documentElement.dataset.theme ?? 'auto'"), ground()))
    assert seen == [("light", light), ("dark", dark), ("auto", dark)]


def test_what_is_drawn_changes_its_colours_too(shown):
    page = shown("lenet5", color_scheme="light")
    corner = """() => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 900, height: 300 });
      const context = canvas.getContext("2d", { willReadFrequently: true });
      context.drawImage(document.querySelector(".columns-canvas"), 0, 0);
      return context.getImageData(0, 0, 900, 300).data.reduce((sum, x) => (sum * 31 + x) % 1000003, 0);
    }"""
    light = page.frame.evaluate(corner)
    page.tab.emulate_media(color_scheme="dark")
    page.until(lambda: page.frame.evaluate(corner), lambda drawn: drawn != light)
    page.tab.emulate_media(color_scheme="light")
    page.until(lambda: page.frame.evaluate(corner), lambda drawn: drawn == light)
