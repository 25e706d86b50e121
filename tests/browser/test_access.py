"""axe-core finds no serious fault in any room: light and dark, with a cell's arithmetic open and without."""

from pathlib import Path

import pytest
from opened import ROOMS, Opened

AXE = Path(__file__).parents[1] / "web" / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = pytest.mark.skipif(
    not AXE.exists(), reason="axe-core is not installed (npm install --prefix tests/web): accessibility is not checked."
)


def faults(page: Opened) -> list[str]:
    """What axe calls serious or critical, with the elements it means."""
    if not page.frame.evaluate("typeof window.axe === 'object'"):
        page.frame.evaluate(AXE.read_text(encoding="utf-8") + ";undefined")
    found = page.frame.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)")
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_room_has_a_serious_fault(shown, scheme):
    page = shown("lenet5", color_scheme=scheme)
    for room in ROOMS:
        page.enter(room)
        assert faults(page) == [], room


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_cell_s_arithmetic_has_no_serious_fault(shown, scheme):
    page = shown("every", color_scheme=scheme)
    for node, place in [
        ("conv", (1, 0, 0)),
        ("dense", (2,)),
        ("batch", (0, 3, 3)),
        ("last", (1,)),
        ("majority", (0, 1, 1)),
    ]:
        page.cell(node, place)
        assert faults(page) == [], node


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_map_over_the_picture_has_no_serious_fault(shown, scheme):
    page = shown("lenet5", "#network?looks=grad-cam&node=conv2&cell=3,4,5", color_scheme=scheme)
    page.says(".looked .row p", "Grad-CAM")
    page.says(".effective figcaption", "The cell")
    assert faults(page) == []


def test_the_check_itself_finds_a_fault(shown):
    page = shown("lenet5")
    page.frame.evaluate(
        "() => document.querySelector('#room-network').append(Object.assign(document.createElement('button')))"
    )
    assert any(fault.startswith("button-name") for fault in faults(page))
