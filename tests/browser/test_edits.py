"""Changing a weight, a bias or a pixel: everything after it is what torch computes with the same change."""

import numpy as np
import pytest
import torch
from opened import Opened
from subjects import SUBJECTS

import locality as loc

SEEN = {"conv1": (0, 5, 7), "conv2": (3, 4, 5), "dense1": (17,), "dense2": (40,)}


def look(page: Opened) -> dict[str, np.ndarray]:
    """Some cell of each layer, and all scores."""
    found = {name: page.values(name, [place]) for name, place in SEEN.items()}
    return {**found, "dense3": page.values("dense3", [(i,) for i in range(10)])}


def torch_says(key: str, index: tuple[int, ...], to: float) -> dict[str, np.ndarray]:
    """The same cells by torch, with one number changed."""
    subject = SUBJECTS["lenet5"]
    image = torch.from_numpy(subject.record["input"]).clone()
    model = loc.build(subject.net)
    state = {name: value.clone() for name, value in subject.model.state_dict().items()}
    (image[0] if key == "input" else state[key])[index] = to
    model.load_state_dict(state)
    with torch.inference_mode():
        values = model.eval().every(image)
    found = {name: np.array([float(values[name][0][place])]) for name, place in SEEN.items()}
    return {**found, "dense3": values["dense3"][0].numpy()}


def change(page: Opened, opener: str, to: float) -> None:
    page.locator(f"#room-network .cell-panel {opener}").first.click()
    field = page.locator("#room-network .editor input[type=text]")
    field.fill(str(to))
    page.until(
        lambda: page.locator("#room-network .edits").inner_text(), lambda said: f"now {to}".replace("-", "−") in said
    )


def compare(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> None:
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, rtol=0, atol=1e-5, err_msg=name)


EDITS = {
    "weight": ("conv1", (0, 5, 7), "button[data-part=weight][data-term='8']", ("conv1.weight", (0, 0, 1, 3), 1.5)),
    "bias": ("dense2", (40,), ".sum button:text-is('bias')", ("dense2.bias", (40,), -0.75)),
    "pixel": ("conv1", (0, 5, 7), "button[data-part=input][data-term='12']", ("input", (0, 5, 7), 4.5)),
}


@pytest.mark.parametrize("what", EDITS)
def test_what_comes_after_an_edited_number_is_computed_as_torch_does(lenet, what):
    node, place, opener, edit = EDITS[what]
    before = look(lenet)
    lenet.cell(node, place)
    change(lenet, opener, edit[2])
    after, wanted = look(lenet), torch_says(*edit)
    compare(after, wanted)
    assert np.abs(after["dense3"] - before["dense3"]).max() > 1e-3
    lenet.locator("#room-network .edits button.put-all").click()
    lenet.locator("#room-network .edits").wait_for(state="hidden")
    for name, values in look(lenet).items():
        np.testing.assert_array_equal(values, before[name])  # to the last bit


def test_one_edit_of_two_can_be_put_back_alone(lenet):
    before = look(lenet)
    for what in ("weight", "bias"):
        node, place, opener, (_, _, to) = EDITS[what]
        lenet.cell(node, place)
        change(lenet, opener, to)
    lenet.locator("#room-network .edits li button").nth(1).click()
    lenet.locator("#room-network .edits h3:text-is('One number is edited')").wait_for()
    compare(look(lenet), torch_says(*EDITS["weight"][3]))
    lenet.locator("#room-network .edits li button").first.click()
    lenet.locator("#room-network .edits").wait_for(state="hidden")
    for name, values in look(lenet).items():
        np.testing.assert_array_equal(values, before[name])
    assert lenet.cell("conv1", (0, 5, 7)).by == "torch"  # its own numbers stand there again


def test_an_edit_that_is_no_number_gets_a_sentence_and_changes_nothing(lenet):
    before = look(lenet)
    lenet.cell("conv1", (0, 5, 7))
    lenet.locator("#room-network button[data-part=weight][data-term='8']").click()
    lenet.locator("#room-network .editor input[type=text]").fill("1.2.3")
    said = lenet.locator("#room-network .editor .notice.bad")
    assert said.inner_text() == 'conv1.weight[0, 0, 1, 3]: "1.2.3" is not a number. Type a number, for example 0.5.'
    lenet.locator("#room-network .editor button:text-is('Done')").click()
    for name, values in look(lenet).items():
        np.testing.assert_array_equal(values, before[name])
