"""The address holds what is shown: a link reopens it, and the browser's back button goes back."""

import pytest


def shown_cell(page):
    return page.text("#room-network .place .said").split(" = ")[0]


def hash_of(page):
    return page.frame.evaluate("location.hash")


def test_a_link_opens_the_same_cell(shown):
    page = shown("lenet5")
    page.cell("conv2", (3, 4, 5))
    page.room("network", ".place canvas").focus()
    page.tab.keyboard.press("ArrowRight")
    page.until(lambda: hash_of(page), lambda found: "cell=3,4,6" in found)
    again = shown("lenet5", hash_of(page))
    again.until(lambda: shown_cell(again), lambda name: name == "conv2[3, 4, 6]")
    assert again.room("network", ".cell-panel").is_visible()


@pytest.mark.parametrize(
    "place", ["#network?node=conv2&cell=99,0,0", "#network?node=conv2&cell=a,b", "#network?node=nothing&cell=0"]
)
def test_an_address_of_no_cell_does_no_harm(shown, place):
    page = shown("lenet5", place)
    page.cell("conv1", (0, 0, 0))


def test_back_and_forward_go_over_rooms_and_cells(shown):
    page = shown("lenet5")
    page.cell("conv1", (2, 7, 9))
    page.cell("conv2", (3, 4, 5))
    page.enter("kernels")
    page.until(lambda: hash_of(page), lambda found: found.startswith("#kernels"))
    page.tab.go_back()
    page.until(lambda: page.room("network").is_visible())
    page.until(lambda: shown_cell(page), lambda name: name == "conv2[3, 4, 5]")
    page.tab.go_back()
    page.until(lambda: shown_cell(page), lambda name: name == "conv1[2, 7, 9]")
    page.tab.go_forward()
    page.until(lambda: shown_cell(page), lambda name: name == "conv2[3, 4, 5]")
    page.tab.go_forward()
    page.until(lambda: page.room("kernels").is_visible())


PLACES = {
    "kernels": ("#kernels?chain=sharpen&edges=wrap&at=20,30", ".sums output", "Output row 20, column 30"),
    "arithmetic": ("#arithmetic?size=7,7&kernel=3,3&stride=2,2&padding=0,0,0,0", ".verdict h2", "7x7 to 3x3"),
    "grain": (
        "#grain?from=spins&block=3&side=27&rule=2&level=1&y=4&x=5",
        ".grain-at",
        "Majority, level 1, row 5, column 6.",
    ),
    "sharing": (
        "#sharing?height=28&width=28&channels=1&out_channels=6&kernel_size=5&stride=1&padding=2",
        ".sharing-maps",
        "1×28×28 → 6×28×28",
    ),
}


@pytest.mark.parametrize("room", PLACES)
def test_a_link_opens_the_other_rooms_as_they_were(shown, room):
    place, selector, said = PLACES[room]
    page = shown("lenet5", place)
    page.until(lambda: page.room(room, selector).first.inner_text(), lambda text: text.startswith(said))
