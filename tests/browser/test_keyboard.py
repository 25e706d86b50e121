"""The keyboard alone reaches everything."""

from opened import ROOMS, Opened

FOCUSED = "() => { const e = document.activeElement; return e.getAttribute('aria-label') || e.textContent.trim(); }"


def tab_to(page: Opened, wanted: str, most: int = 80) -> None:
    """Press Tab until an element whose name begins so has the keyboard."""
    passed = []
    for _ in range(most):
        passed.append(page.frame.evaluate(FOCUSED))
        if passed[-1].startswith(wanted):
            return
        page.tab.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached: {passed}")


def test_the_keyboard_reaches_a_cell_s_arithmetic_and_comes_back(shown):
    page = shown("lenet5")
    tab_to(page, "The network's maps.")
    for key, spot in [
        ("ArrowRight", "conv1, map 0, cell (14, 14)"),
        ("ArrowRight", "tanh1, map 0, cell (14, 14)"),
        ("ArrowDown", "tanh1, map 1, cell (14, 14)"),
        ("Shift+ArrowLeft", "tanh1, map 1, cell (14, 13)"),
        ("Shift+ArrowDown", "tanh1, map 1, cell (15, 13)"),
        ("ArrowLeft", "conv1, map 1, cell (14, 14)"),
        ("Shift+ArrowUp", "conv1, map 1, cell (13, 14)"),
    ]:
        page.tab.keyboard.press(key)
        assert page.text("#spot").startswith(spot), key
    page.tab.keyboard.press("Enter")
    page.room("network", ".cell-panel h2:text-is('conv1')").wait_for()
    shown_cell = page.cell("conv1", (1, 13, 14))
    assert len(shown_cell.products) == 25
    page.tab.keyboard.press("Escape")
    page.room("network", "section[aria-label='The arithmetic of a cell']").wait_for(state="hidden")
    assert page.frame.evaluate(FOCUSED).startswith("The network's maps.")


def test_the_keyboard_walks_through_the_terms_and_edits_one(shown):
    page = shown("lenet5", "#network?node=conv1&cell=0,5,7")
    page.cell("conv1", (0, 5, 7))
    page.room("network", ".cell-body button[data-part=input]").first.focus()
    for _ in range(5):
        page.tab.keyboard.press("ArrowRight")
    focused = page.frame.evaluate("document.activeElement.dataset.part")
    assert focused == "weight"  # past the border of a grid comes the next
    page.tab.keyboard.press("Enter")
    page.room("network", ".editor input[type=text]").wait_for()
    page.tab.keyboard.type("2.5")
    page.until(lambda: page.text("#room-network .edits"), lambda said: "now 2.5" in said)
    page.tab.keyboard.press("Escape")
    page.room("network", ".editor").wait_for(state="hidden")
    assert page.frame.evaluate("document.activeElement.dataset.part") == "weight"


def test_the_keyboard_reaches_the_rooms_the_colours_and_past_them(shown):
    page = shown("lenet5")
    page.tab.keyboard.press("Tab")
    assert page.frame.evaluate(FOCUSED) == "Skip to the room"
    tab_to(page, "Kernels")
    page.tab.keyboard.press("Enter")
    page.settle("kernels")
    tab_to(page, "Colours:")
    page.tab.keyboard.press("Enter")
    assert page.frame.evaluate("document.documentElement.dataset.theme") == "light"
    page.frame.evaluate("document.activeElement.blur()")
    page.locator("a.skip").focus()
    page.tab.keyboard.press("Enter")
    assert page.frame.evaluate(FOCUSED) == "Kernels"
    assert page.frame.evaluate("document.activeElement.tagName") == "H1"


def test_every_canvas_that_the_pointer_uses_has_the_keyboard_too(shown):
    page = shown("lenet5", "#network?node=conv2&cell=3,4,5")
    for room in ROOMS:
        page.enter(room) if room != "network" else page.cell("conv2", (3, 4, 5))
        silent = page.frame.evaluate(
            """(room) => [...document.querySelectorAll(`#room-${room} canvas`)].filter((canvas) =>
              canvas.getClientRects().length && !canvas.getAttribute("aria-label")
              && !canvas.closest("[aria-hidden=true], [role=application], [role=img][aria-label], label, button"))
              .map((canvas) => canvas.outerHTML)""",
            room,
        )
        assert silent == [], room
