"""A saved page opens from the disk, alone and in a notebook's frame, whatever the network: no error, no request."""

import pytest
from opened import ROOMS, Opened
from subjects import SUBJECTS

TITLES = ["Network", "Kernels", "Arithmetic", "Coarse graining", "Shared weights"]
NETWORKS = ["residual", "inception", "line", "volume", "unet", "every", "every-bare", "opaque"]


def visit(page: Opened) -> None:
    """Every room in turn."""
    assert page.locator("header nav a").all_inner_texts() == TITLES
    for room, title in zip(ROOMS, TITLES, strict=True):
        page.enter(room)
        assert page.text(f"#room-{room} h1") == title
        assert page.room(room, "> .notice:visible").count() == 0  # what a room says that could not be built
        assert page.locator("main:visible").count() == 1


def test_every_room_of_a_saved_page_opens_from_the_disk_and_asks_for_nothing(shown):
    page = shown("lenet5")
    visit(page)
    assert page.tab.title() == "lenet5 · locality"
    page.check()


def test_every_room_opens_inside_a_notebook_s_frame(chromium, tmp_path):
    notebook = tmp_path / "notebook.html"
    made = SUBJECTS["lenet5"].page
    notebook.write_text(f"<!doctype html><title>notebook</title>{made._repr_html_()}", encoding="utf-8")
    page = Opened(chromium, notebook, framed=True)
    visit(page)
    found = page.cell("conv2", (3, 4, 5))
    assert found.sum == pytest.approx(found.products.sum() + found.bias, abs=1e-12 * found.scale)
    page.close()


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_of_any_form_is_drawn(shown, name):
    page, net = shown(name), SUBJECTS[name].net
    assert page.locator(".columns-canvas").bounding_box()["width"] > 600
    assert page.locator("#room-network table tbody tr").count() >= len(net.nodes)
    assert page.locator("#room-network .notice.bad:visible").count() == 0
    page.enter("sharing")  # its second half computes this network too, where it can


@pytest.mark.parametrize("name", ["resnet18", pytest.param("googlenet", marks=pytest.mark.slow)])
def test_a_large_network_shows_what_was_recorded(shown, name):
    page, record = shown(name), SUBJECTS[name].record
    first = next(node.name for node in record.network.nodes)
    kept = next(cell for cell in page.scene()["cells"] if cell["node"] == first)
    found = page.cell(first, kept["cell"])
    assert (found.by, found.computed) == ("torch", float(record[first][0][tuple(kept["cell"])]))
    assert abs(found.products.sum() + found.bias - found.computed) <= 1e-6 * found.scale
    assert page.locator("button:text-is('Open all blocks')").is_visible()
    page.locator("button:text-is('Open all blocks')").click()
    page.room("network", ".columns-canvas").wait_for()
