"""What cannot be is answered with a sentence where it happened, and the page goes on working."""

import re

import pytest
from opened import Opened


def go_on(page: Opened) -> None:
    """Every room still stands and a cell is still explained."""
    assert not page.troubles
    found = page.cell("conv1", (0, 3, 3))
    assert abs(found.products.sum() + found.bias - found.sum) <= 1e-12 * found.scale


def refused(page: Opened, room: str) -> list[str]:
    return page.locator(f"#room-{room} .notice.bad:visible").all_inner_texts()


def test_a_kernel_with_a_letter_in_it(lenet):
    lenet.go("#kernels?chain=sharpen&at=9,9")
    cell = lenet.locator("#room-kernels .cells input").nth(4)
    cell.fill("5x")
    said = lenet.until(lambda: refused(lenet, "kernels"))
    assert said == ['row 2, column 2: "5x" is not a number. Use numbers such as 1, -0.5 or 1/9.'] or "5x" in said[0]
    cell.fill("5")
    lenet.until(lambda: refused(lenet, "kernels") == [])
    go_on(lenet)


@pytest.mark.parametrize("typed", ["1 2 / 3", "gaussian -1", "nothing-like-it", "1 a / 2 3", ""])
def test_a_typed_kernel_that_is_none(lenet, typed):
    lenet.go("#kernels?chain=sharpen&at=9,9")
    field = lenet.locator("#room-kernels .typed input")
    field.fill(typed)
    field.press("Enter")
    (said,) = lenet.until(lambda: refused(lenet, "kernels"))
    assert said.endswith(".")
    field.fill("blur")
    field.press("Enter")
    lenet.until(lambda: refused(lenet, "kernels") == [])
    go_on(lenet)


@pytest.mark.parametrize(
    ("room", "label", "typed"),
    [
        ("arithmetic", "Stride", "0"),
        ("arithmetic", "Kernel", "two"),
        ("arithmetic", "Input", "1.5"),
        ("arithmetic", "Padding", "-1"),
        ("grain", "Cells along a side", "1"),
        ("network", "row", "28"),
    ],
)
def test_a_number_that_cannot_be(lenet, room, label, typed):
    place = {"network": "#network?node=conv1&cell=0,3,3", "grain": "#grain?side=64"}.get(room, f"#{room}")
    lenet.go(place)
    field = lenet.locator(f"#room-{room}").get_by_label(label, exact=True).first
    before = field.input_value()
    field.fill(typed)
    (said,) = lenet.until(lambda: refused(lenet, room))
    assert re.fullmatch(rf'{label}: "?{re.escape(typed)}"? .*\. (Use|Type) .*\.', said), (
        said
    )  # what is wrong, what to do
    field.fill(before)
    lenet.until(lambda: refused(lenet, room) == [])
    go_on(lenet)


def test_sizes_that_do_not_fit(lenet):
    lenet.go("#arithmetic?size=5,5&kernel=3,3&stride=1,1&padding=0,0,0,0")
    lenet.locator("#room-arithmetic").get_by_label("Kernel", exact=True).fill("9")
    said = lenet.locator("#room-arithmetic .refused")
    said.wait_for()
    assert "a 9x9 kernel does not fit its 5x5 input" in said.inner_text()
    assert "Shown below: the last settings that can be drawn." in said.inner_text()
    said.locator("button").first.click()
    said.wait_for(state="hidden")
    lenet.go("#sharing?height=28&width=28&channels=1&kernel_size=5&stride=2&padding=0")
    lenet.until(lambda: refused(lenet, "sharing"), lambda now: len(now) == 1 and now[0].startswith("Invalid: "))
    lenet.go("#sharing?height=28&width=28&channels=1&kernel_size=5&stride=1&padding=0")
    lenet.until(lambda: refused(lenet, "sharing") == [])
    go_on(lenet)


def test_a_link_that_is_dropped_is_refused_and_not_followed(lenet):
    lenet.go("#network?node=conv1&cell=0,3,3")
    followed = lenet.frame.evaluate(
        """() => {
          const dataTransfer = new DataTransfer();
          dataTransfer.setData("text/plain", "https://example.org/cat.png");
          const place = document.querySelector("#room-network .pictures");
          return place.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
        }"""
    )
    assert followed is False  # the browser's own way, to open the link, is barred
    said = lenet.locator("#room-network .pictures .notice.bad")
    said.wait_for()
    assert said.inner_text() == "What was dropped is no file. Save the picture first, then drop that."
    go_on(lenet)


def test_a_file_that_was_cut_short_says_so(chromium, saved, tmp_path):
    whole = saved("lenet5").read_text(encoding="utf-8")
    cut = tmp_path / "cut.html"
    at = whole.index('id="buffer-3"')
    cut.write_text(whole[:at] + whole[whole.index("</script>", at) :].replace('id="buffer-3"', ""), encoding="utf-8")
    tab = chromium.new_page()
    tab.goto(cut.as_uri())
    said = tab.locator("#page .notice.bad").first
    said.wait_for()
    assert "was cut short" in said.inner_text()
    tab.close()
