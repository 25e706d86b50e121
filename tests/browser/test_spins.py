"""The page of a run on spins: two colours with a legend, its configurations to choose from, and no photograph taken."""

from pathlib import Path

import numpy as np
import pytest
from opened import Opened
from test_pictures import drawing, give, png, seven

import locality as loc
from locality.data import Dataset, Images

UP, DOWN = (202, 108, 15), (106, 74, 152)  # about: orange and purple, with light colours


def run_on(text: str) -> loc.Run:
    """A run on made spins: all up but one, or random ones."""
    net, draw = loc.Network.from_text(text), np.random.default_rng(0)
    labels = np.arange(40) % 2
    spins = draw.choice(np.array([-1, 1], np.int8), (40, *net.input))
    spins[labels == 0] = 1
    spins[(labels == 0), 0, 2, 5] = -1
    split = Images(spins, labels)
    data = Dataset("made", ("ordered", "disordered"), split, split, "here", "none")
    return loc.train(net, data, loc.Recipe(epochs=1), progress=False)


@pytest.fixture(scope="module", params=["1x8x8", "2x8x8"])
def page(request, chromium, tmp_path_factory):
    run = run_on(f"spins: {request.param} | conv 3 3x3 pad 1 | relu | flatten | dense 2")
    path: Path = loc.page(run).save(tmp_path_factory.mktemp("spins") / "page.html")
    opened = Opened(chromium, path)
    opened.run = run
    yield opened
    opened.close()


def near(colour: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) < 40


def test_spins_have_two_colours_and_a_legend(page) -> None:
    assert page.text("#room-network .looks .spin-legend").split("\n") == ["+1, up", "−1, down"]
    image = drawing(page, "#room-network .samples label:nth-child(1) canvas")
    assert image.size == (8, 8)
    colours = {(x, y): image.getpixel((x, y)) for x in range(8) for y in range(8)}
    assert near(colours.pop((5, 2)), DOWN)
    assert all(near(each, UP) for each in colours.values())


def test_another_configuration_is_computed_when_it_is_chosen(page) -> None:
    spins = page.run.data.test.images[1]
    page.locator("#room-network .samples label:nth-child(2)").click()
    wanted = page.run.record(spins).output[0]
    apart = page.until(lambda: np.abs(page.values("dense1", [(0,), (1,)]) - wanted).max(), lambda most: most < 1e-4)
    assert apart < 1e-4
    cell = page.cell("conv1", (0, 3, 3))
    assert {*np.unique(cell.inputs)} <= {-1.0, 1.0}


def test_a_photograph_is_not_taken_and_breaks_nothing(page) -> None:
    before = page.values("dense1", [(0,), (1,)])
    assert page.locator("#room-network input[type=file]").count() == 0
    what = "takes 2x8x8" if page.run.network.input[0] == 2 else "reads spins, +1 and −1"
    assert f"This network {what}, which no photograph has: only the samples can be chosen." in page.text(
        "#room-network .pictures"
    )
    give(page, "drop", "seven.png", png(seven()))
    np.testing.assert_array_equal(page.values("dense1", [(0,), (1,)]), before)
    for room in ("kernels", "grain", "network"):
        page.enter(room)
        assert page.room(room, "> .notice:visible").count() == 0
