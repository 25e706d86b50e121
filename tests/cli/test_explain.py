"""`locality explain`, as a person types it."""

import json
import re

import numpy as np
import pytest

import locality as loc
from locality.data import write_picture
from locality.views.sample import samples

COMMAND = "explain"
SMALL = "small: 1x8x8 | conv 4 3x3 pad 1 | relu | max 2x2 | flatten | dense 10"
UNTRAINED = "Initial weights (seed 0): nothing has been learnt yet.\n"


@pytest.fixture
def recorded():
    """The record of what is looked at where no picture was given."""
    net = loc.Network.from_text(SMALL)
    return loc.build(net).record(samples(net)[0].array)


def test_a_short_sum_is_shown_whole(typed, recorded):
    status, out, err = typed(SMALL, "conv1", 2, 0, 4)
    assert (status, err) == (0, UNTRAINED)
    assert out == (
        f"small, looking at a drawn 3\n\n{loc.explain(recorded, 'conv1', (2, 0, 4))}\n"
        "It depends on the input's rows 0 to 1 and columns 3 to 5.\n"
    )


def test_of_a_long_sum_the_largest_terms_are_shown_and_add_up(typed):
    net = loc.Network.from_text("1x8x8 | conv 2 3x3 pad 1 | flatten | dense 10")
    recorded = loc.build(net).record(samples(net)[0].array)
    _, out, _ = typed(net.to_text(), "dense1", 3)
    terms = re.findall(r"^  flatten1\[(\d+)\] +(\S+) x (\S+) = (\S+)$", out, re.MULTILINE)
    cell = loc.explain(recorded, "dense1", 3)
    order = np.argsort(-abs(cell.products), kind="stable")[:10]
    assert [int(term[0]) for term in terms] == order.tolist()
    for (_, value, weight, product), i in zip(terms, order, strict=True):
        np.testing.assert_allclose([float(value), float(weight)], [cell.patch[i], cell.weights[i]], rtol=1e-5)
        np.testing.assert_allclose(float(product), cell.products[i], rtol=1e-5)
    (rest,) = re.findall(r"^  the other 118 +(\S+)$", out, re.MULTILINE)
    assert abs(sum(float(term[3]) for term in terms) + float(rest) + cell.bias - cell.value) < 1e-4


def test_json_has_every_term_and_they_add_up(typed, recorded):
    status, out, err = typed(SMALL, "conv1", 1, 3, 3, "--json")
    assert (status, err) == (0, "")
    plain, cell = json.loads(out), loc.explain(recorded, "conv1", (1, 3, 3))
    assert (plain["network"], plain["picture"], plain["trained"]) == ("small", "a drawn 3", False)
    for name in ("patch", "weights", "products", "sites"):
        np.testing.assert_array_equal(plain[name], getattr(cell, name))
    for name in ("node", "kind", "bias", "value", "computed", "rule", "scale"):
        assert plain[name] == getattr(cell, name)
    assert plain["cell"] == [1, 3, 3]
    assert plain["activation"] == ["relu1", "relu", cell.activation[2]]
    assert plain["seen"] == [[2, 3, 4], [2, 3, 4]]
    assert abs(np.sum(plain["products"]) + plain["bias"] - plain["value"]) <= 1e-12 * plain["scale"]


def test_what_is_not_finite_is_null_and_complex_numbers_are_pairs(typed):
    plain = json.loads(typed("1x4x4 | max 3x3 stride 1 pad 1", "pool1", 0, 0, 0, "--json")[1])
    assert plain["patch"][0] == [None] * 3  # minus infinity: what lies outside is never the largest
    net = loc.Network("waves", (1, 4, 4), [loc.Conv(1, 3)], dtype="complex64")
    with open("waves.json", "w") as file:
        file.write(net.to_json())
    plain = json.loads(typed("waves.json", "conv1", 0, 0, 0, "--json")[1])
    cell = loc.explain(loc.build(net).record(samples(net)[0].array), "conv1", (0, 0, 0))
    assert plain["value"] == [cell.value.real, cell.value.imag]


def test_a_run_s_folder_gives_its_weights_and_its_pictures(typed, tmp_path):
    run = loc.train(loc.Network.from_text(SMALL), loc.dataset("digits"), loc.Recipe(epochs=1), out=tmp_path / "run")
    status, out, err = typed("run", "dense1", 3, "--json")
    assert (status, err) == (0, "")
    plain = json.loads(out)
    assert (plain["picture"], plain["trained"]) == ("a 0 of digits", True)
    test = run.data.test
    image = test.images[np.flatnonzero(test.labels == 0)[0]]
    assert plain["value"] == loc.explain(loc.load("run").record(image), "dense1", 3).value


def test_a_picture_and_a_data_set_can_be_named(typed, tmp_path):
    write_picture(np.full((1, 8, 8), 255, np.uint8), tmp_path / "white.png")
    status, out, err = typed(SMALL, "conv1", 0, 4, 4, "--image", "white.png", "--json")
    assert (status, err) == (0, "white.png: taken as it is\n")
    assert np.array(json.loads(out)["patch"]).tolist() == np.ones((1, 3, 3)).tolist()
    assert json.loads(typed(SMALL, "conv1", 0, 4, 4, "--data", "digits", "--json")[1])["picture"] == "a 0 of digits"


def test_where_a_cell_looks_is_said_with_its_gaps(typed):
    _, out, _ = typed("1x20 | conv 1 3 dilation 4", "conv1", 0, 5)
    assert out.endswith("It depends on the input's places 5 to 13 (3 of them).\n")
    _, out, _ = typed("1x4x4x4 | max 2x1x2", "pool1", 0, 0, 3, 1)
    assert out.endswith("It depends on the input's slices 0 to 1, row 3 and columns 2 to 3.\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["conv9", 0], "Unknown node 'conv9'. Did you mean 'conv1'?\n"),
        (
            ["conv1", 0, 8, 0],
            "conv1: there is no cell (0, 8, 0) in its output 4x8x8. Give (channel, *space), counted from 0.\n",
        ),
        (
            ["dense1", 0, 0],
            "dense1: there is no cell (0, 0) in its output 10. Give (channel, *space), counted from 0.\n",
        ),
    ],
)
def test_a_mistake_is_one_sentence(typed, words, message):
    status, out, err = typed(SMALL, *words)
    assert (status, out, err.removeprefix(UNTRAINED)) == (2, "", message)


def test_a_place_that_is_no_number_is_refused(typed):
    status, out, err = typed(SMALL, "conv1", "a")
    assert (status, out) == (2, "")
    assert "CELL" in err
