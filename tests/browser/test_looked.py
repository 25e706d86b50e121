"""What the network looks at, as the page shows it, held against `attribute` and `effective_field`."""

import numpy as np
import pytest
from subjects import SUBJECTS

import locality as loc

PANEL = ".looked"


def chosen(name: str) -> tuple:
    """A subject's model, its picture, and the output of the highest score."""
    subject = SUBJECTS[name]
    return subject.model, subject.image, int(np.argmax(subject.record.output[0]))


def under_the_keys(page, rows: int, columns: int) -> float:
    """The number at a pixel that the arrow keys go to."""
    canvas = page.room("network", f"{PANEL} .over")
    canvas.focus()
    for key, times in (("ArrowUp", 9), ("ArrowLeft", 9)):
        for _ in range(times):
            canvas.press(f"Shift+{key}")
    for key, times in (("ArrowDown", rows), ("ArrowRight", columns)):
        for _ in range(times):
            canvas.press(key)
    said = page.says(f"{PANEL} .said", f"row {rows}, column {columns}: ")
    return float(said.split(": ")[1].replace("−", "-"))


@pytest.mark.parametrize("method", ["occlusion", "gradient", "integrated-gradients", "grad-cam"])
def test_the_number_at_a_pixel_is_that_of_attribute(shown, method):
    model, image, target = chosen("lenet5")
    page = shown("lenet5", f"#network?looks={method}")
    page.says(f"{PANEL} .row p", {"grad-cam": "Grad-CAM"}.get(method, method.replace("-", " ").capitalize()))
    expected = loc.attribute(model, image, method, target).values
    row, column = map(int, np.unravel_index(np.abs(expected).argmax(), expected.shape))
    assert under_the_keys(page, row, column) == pytest.approx(float(expected[row, column]), rel=2e-4)


def test_another_output_stands_in_the_address_and_is_found_there_again(shown):
    order = np.argsort(-SUBJECTS["lenet5"].record.output[0])
    page = shown("lenet5", f"#network?looks=gradient&of={order[1]}&over=30")
    said = f"The score of {order[1]} is"
    page.until(lambda: page.text(f"{PANEL} .row p"), lambda text: said in text)
    assert page.room("network", f"{PANEL} select").input_value() == str(order[1])
    page.room("network", f"{PANEL} select").select_option(str(order[2]))
    page.until(lambda: page.frame.evaluate("location.hash"), lambda place: f"of={order[2]}" in place)
    page.room("network", f"{PANEL} summary").click()
    page.until(lambda: page.frame.evaluate("location.hash"), lambda place: "looks" not in place)


def test_the_recorded_maps_are_hidden_for_another_picture_and_occlusion_is_computed(shown):
    page = shown("lenet5", "#network?looks=gradient")
    page.says(f"{PANEL} .row p", "Gradient")
    page.room("network", ".thumbnail input").nth(1).check()
    page.says(f"{PANEL} .notice", "These maps belong to the recorded picture and weights")
    assert page.room("network", f"{PANEL} .over").is_hidden()
    page.room("network", f"{PANEL} input[value=occlusion]").check()
    page.says(f"{PANEL} .row p", "Occlusion")
    page.room("network", f"{PANEL} input[value=gradient]").check()
    page.room("network", ".thumbnail input").nth(0).check()
    page.until(lambda: page.room("network", f"{PANEL} .over").is_visible())


def test_a_bare_network_has_occlusion_alone_and_says_why(shown):
    page = shown("lenet5-bare", "#network?looks=occlusion")
    page.says(f"{PANEL} .row p", "Occlusion")
    assert page.text(f"{PANEL} .muted") == "Gradients need a model: locality.page(locality.build(net))."
    assert page.room("network", f"{PANEL} .segments input").count() == 1


@pytest.mark.parametrize("name", ["line", "volume"])
def test_without_rows_and_columns_there_is_no_such_panel(shown, name):
    assert shown(name).room("network", PANEL).is_hidden()


def test_the_effective_field_stands_beside_the_theoretical_one(shown):
    found = loc.effective_field(SUBJECTS["lenet5"].model, "conv2")
    page = shown("lenet5", "#network?node=conv2&cell=0,5,5")
    said = page.says(".effective figcaption", "The cell (5, 5) of conv2: ")
    theory, width = ("x".join(map(str, ends)) for ends in (found.theoretical, found.width))
    assert f"{theory} pixels in theory" in said
    assert f"{width} hold 95.45 %" in said
    page.go("#network?node=tanh2&cell=0,5,5")
    page.says(".effective p", "The effective field of this node is not in the file; those of these are: conv1")


@pytest.mark.parametrize("width", [340, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_map_stays_inside_the_window(shown, width, scheme):
    window = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    page = shown("lenet5", "#network?looks=grad-cam&node=conv2&cell=0,5,5", **window)
    page.says(f"{PANEL} .row p", "Grad-CAM")
    assert page.frame.evaluate("document.documentElement.scrollWidth") <= width
    box = page.room("network", f"{PANEL} .over").bounding_box()
    assert box["width"] > 200
    assert box["x"] + box["width"] <= width
