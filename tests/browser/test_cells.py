"""A cell's arithmetic as the page shows it, held against torch and Python's `explain`."""

import re

import numpy as np
import pytest
import torch
from opened import Opened
from subjects import SUBJECTS

import locality as loc
from locality.network.layers import Opaque

HELPERS = ("_mean", "_flat", "scalars", "unread")  # nodes that only lead the others to the end


def places(shape: tuple[int, ...], many: int) -> list[tuple[int, ...]]:
    """One cell drawn at random, the first, and the last: corners hang over the edge."""
    draw = np.random.default_rng(len(shape))
    found = [tuple(map(int, draw.integers(shape))), (0,) * len(shape), tuple(n - 1 for n in shape)]
    return list(dict.fromkeys(found[:many]))


def in_double(subject) -> dict[str, np.ndarray]:
    """What torch computes in float64 with the same weights for the same picture."""
    wide = loc.Network(subject.net.name, subject.net.input, nodes=subject.net.nodes, dtype="float64")
    model = loc.build(wide)
    model.load_state_dict({key: value.double() for key, value in subject.model.state_dict().items()})
    with torch.inference_mode():
        found = model.eval().every(torch.from_numpy(subject.record["input"]).double())
    return {name: value[0].numpy() for name, value in found.items()}


def compare(page: Opened, name: str, by: str, many: int = 3) -> None:
    """Some cells of every node."""
    subject = SUBJECTS[name]
    record, net, wide = subject.record, subject.net, in_double(subject)
    scale = {"float32": 1e-6, "float64": 1e-13}[net.dtype]
    for node in (one for one in net.nodes if not one.name.endswith(HELPERS)):
        for place in places(net.shapes[node.name], many):
            shown, said = page.cell(node.name, place), loc.explain(record, node.name, place)
            where = f"{node.name}{list(place)}"
            assert shown.by == by, where
            assert not shown.bad, where
            total = shown.products.sum() + shown.bias
            if net.node(node.name).layer == loc.Pool("majority", 2):
                total = np.sign(total) or shown.products[0]
            assert abs(total - shown.sum) <= 1e-13 * shown.scale, where  # the terms add up to the value
            assert abs(shown.sum - shown.computed) <= scale * shown.scale, where  # which is what was computed
            most = np.abs(wide[node.name]).max()
            assert abs(shown.computed - wide[node.name][place]) <= 4 * scale * max(most, shown.scale), (
                where
            )  # as by torch
            if by == "torch":
                assert shown.computed == float(record[node.name][0][place]), where  # to the last bit
                np.testing.assert_allclose(shown.sum, said.value, rtol=0, atol=1e-13 * said.scale, err_msg=where)
                np.testing.assert_allclose(
                    np.sort(shown.products),
                    np.sort(said.products.ravel()),
                    rtol=0,
                    atol=1e-13 * said.scale,
                    err_msg=where,
                )
            if shown.weights is not None:
                real = np.isfinite(shown.inputs)  # nothing stands beyond the edge of a max pooling: minus infinity
                products = shown.inputs[real] * shown.weights[real]
                if node.name == "distance":
                    products = -((shown.inputs[real] - shown.weights[real]) ** 2)
                np.testing.assert_array_equal(shown.products[real], products, where)


def test_the_terms_of_every_kind_of_layer_add_up_to_what_torch_computed(shown):
    compare(shown("every"), "every", "torch")


def test_a_bare_network_s_page_computes_what_torch_computes(shown):
    compare(shown("every-bare"), "every-bare", "page", 2)


def test_a_network_in_double_precision_is_shown_in_double_precision(shown):
    compare(shown("every-double"), "every-double", "torch", 1)


@pytest.mark.parametrize("name", ["line", "volume", "unet", "residual"])
def test_the_terms_add_up_along_one_axis_and_three_and_over_skips(shown, name):
    compare(shown(name), name, "torch", 2)


def test_every_kind_of_layer_is_among_the_cells_compared():
    from locality.network.layers import LAYERS, NORMS, POOLS

    net = SUBJECTS["every"].net
    assert {type(node.layer) for node in net.nodes} == set(LAYERS) - {Opaque}
    assert {node.layer.kind for node in net.nodes if isinstance(node.layer, loc.Pool)} == set(POOLS)
    assert {node.layer.kind for node in net.nodes if isinstance(node.layer, loc.Norm)} == set(NORMS)


def test_an_opaque_operation_says_that_it_has_no_arithmetic(shown):
    page = shown("opaque", "#network?node=opaque1&cell=0,2,2")
    said = "attention has no arithmetic rule here: its values are shown, its sum is not."
    page.room("network", f".cell-body .notice:text-is('{said}')").wait_for()


# --- finding a cell by hand

UNDER = """([x, y]) => {
  const canvas = document.querySelector(".columns-canvas"), box = canvas.getBoundingClientRect();
  canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + x, clientY: box.top + y }));
  return document.getElementById("spot").textContent;
}"""


def position(page: Opened, node: str, channel: int, row: int, column: int) -> tuple[float, float]:
    """Where on the canvas a cell lies, found by pointing as a person does: the column, then the map, then the cell."""
    box = page.locator(".columns-canvas").bounding_box()
    under = lambda x, y: page.frame.evaluate(UNDER, [x, y])  # noqa: E731
    middle = box["height"] / 2
    x = next(
        x for x in range(0, int(box["width"]), 6) for y in (middle, middle + 21) if under(x, y).startswith(f"{node},")
    )
    wanted = rf"^{node}, map {channel}, cell \((\d+), (\d+)\)"
    x, y, found = next(
        (x + dx, y, found)
        for dx in range(0, 240, 10)
        for y in range(0, int(box["height"]), 8)
        if (found := re.match(wanted, under(x + dx, y)))
    )
    for _ in range(400):
        down, right = row - int(found[1]), column - int(found[2])
        if not down and not right:
            return box["x"] + x, box["y"] + y
        x, y = x + np.sign(right), y + np.sign(down)
        found = re.match(wanted, under(float(x), float(y)))
    raise AssertionError(f"{node}[{channel}, {row}, {column}] is nowhere on the canvas")


def still(page: Opened) -> None:
    """Bring the canvas into view, and wait until nothing scrolls."""
    canvas = page.locator(".columns-canvas")
    canvas.scroll_into_view_if_needed()
    seen = []
    page.until(
        lambda: seen.append(canvas.bounding_box()) or seen[-3:], lambda last: len(last) == 3 and last[0] == last[2]
    )


def test_a_click_on_a_cell_of_the_canvas_shows_its_arithmetic(lenet):
    record = SUBJECTS["lenet5"].record
    for node, (channel, row, column) in [("conv1", (2, 7, 20)), ("conv2", (9, 4, 5)), ("pool1", (0, 13, 0))]:
        still(lenet)
        x, y = position(lenet, node, channel, row, column)
        lenet.tab.mouse.move(x, y)
        value = float(record[node][0][channel, row, column])
        lenet.says("#spot", f"{node}, map {channel}, cell ({row}, {column}) = ")
        lenet.tab.mouse.click(x, y)
        lenet.room("network", f".cell-panel h2:text-is('{node}')").wait_for()
        shown = lenet.cell(node, (channel, row, column))  # already there: nothing is gone to
        assert shown.computed == value
        assert abs(shown.products.sum() + shown.bias - value) <= 1e-6 * shown.scale
        lenet.locator("button[aria-label='Close the arithmetic']").click()


def test_what_a_cell_says_under_the_pointer_is_its_value_in_full(lenet):
    record = SUBJECTS["lenet5"].record
    lenet.go("#network?node=conv2&cell=3,4,5")
    lenet.cell("conv2", (3, 4, 5))
    said = lenet.text("#spot")
    value = float(said.split(" = ")[1].split(" · ")[0].replace("−", "-"))
    assert value == float(record["conv2"][0][3, 4, 5])
    assert "sees 16 × 16 cells of the input" not in said  # 5x5 over 2x2 over 5x5: 14 cells, some of them padding
    assert "sees 14 × 14 cells of the input" in said
