"""`locality page`, as a person types it."""

import json

import numpy as np
import pytest

import locality as loc
from locality.data import fit_digit, fit_picture, read_picture, write_picture
from views.test_page import decoded

COMMAND = "page"
SMALL = "small: 1x8x8 | conv 4 3x3 | relu | flatten | dense 10"
LARGE = "large: 3x32x32 | conv 128 3x3 same | relu | conv 128 3x3 same | global-average | flatten | dense 3"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of one epoch, in its folder."""
    folder = tmp_path_factory.mktemp("runs") / "small"
    loc.train(loc.Network.from_text(SMALL), loc.dataset("digits"), loc.Recipe(epochs=1), out=folder)
    return folder


def test_a_description_s_page_is_named_after_it(typed, tmp_path):
    status, out, err = typed(SMALL)
    size = (tmp_path / "small.html").stat().st_size
    assert (status, err) == (0, "")
    assert out == (
        f"small.html ({size / 1e6:.1f} MB): open it in a browser.\n"
        "  Initial weights (seed 0): nothing has been learnt yet.\n"
    )
    assert decoded((tmp_path / "small.html").read_text("utf-8"))[0]["values"] == {}


def test_json_says_where_it_is_and_what_it_notes(typed, tmp_path):
    status, out, _ = typed("lenet5", "-o", "a/b.html", "--json")
    assert status == 0
    assert json.loads(out) == {
        "page": "a/b.html",
        "bytes": (tmp_path / "a" / "b.html").stat().st_size,
        "notes": ["Initial weights (seed 0): nothing has been learnt yet."],
    }


def test_a_network_too_large_for_the_page_is_computed_first(typed, tmp_path):
    status, _, _ = typed(LARGE, "--out", "large.html")
    assert status == 0
    scene, array = decoded((tmp_path / "large.html").read_text("utf-8"))
    assert scene["computes"] is False
    assert scene["notes"][0] == "Initial weights (seed 0): nothing has been learnt yet."
    image = array(scene["pictures"][0]["array"])
    record = loc.build(loc.Network.from_text(LARGE)).record(image)
    np.testing.assert_array_equal(array(scene["values"]["dense1"]), record.output[0])


def test_a_run_s_page_has_its_weights_and_its_data(typed, run, tmp_path):
    status, out, _ = typed(run, "-o", "run.html")
    assert status == 0
    kept = loc.load(run)
    assert f"  Trained on digits: {kept.accuracy:.2%} of the test pictures are classified correctly.\n" in out
    scene, array = decoded((tmp_path / "run.html").read_text("utf-8"))
    np.testing.assert_array_equal(array(scene["parameters"]["conv1.weight"]), kept.model.conv1.weight.detach().numpy())
    assert [one["name"] for one in scene["pictures"]][:2] == ["a 0 of digits", "a 1 of digits"]
    assert any("taken for" in one["name"] for one in scene["pictures"])


def test_a_picture_file_is_fitted_as_predict_fits_it(typed, run, tmp_path):
    paper = np.full((3, 60, 40), 230, np.uint8)
    paper[:, 10:50, 18:24] = 20
    write_picture(paper, tmp_path / "one.png")
    status, _, err = typed(run, "--image", "one.png", "-o", "run.html")
    assert status == 0
    digit, said = fit_digit(read_picture(tmp_path / "one.png"), (1, 8, 8))
    assert err == "".join(f"one.png: {sentence}\n" for sentence in said)
    scene, array = decoded((tmp_path / "run.html").read_text("utf-8"))
    assert scene["pictures"][0]["name"] == "one.png"
    np.testing.assert_array_equal(array(scene["pictures"][0]["array"]), digit)
    assert scene["pictures"][1]["name"] == "a 0 of digits"

    status, _, err = typed("3x20x20 | global-average", "--image", "one.png", "-o", "net.html")
    assert (status, err) == (0, "one.png: 40x60: brought to 20x20, the overhang is cut off\n")
    scene, array = decoded((tmp_path / "net.html").read_text("utf-8"))
    np.testing.assert_array_equal(array(scene["pictures"][0]["array"]), fit_picture(paper, (3, 20, 20)))


def test_pictures_of_a_data_set_are_shown_where_they_are_asked_for(typed, run, tmp_path):
    assert typed("1x28x28 | flatten | dense 10", "--data", "digits", "-o", "net.html")[0] == 0
    scene, _ = decoded((tmp_path / "net.html").read_text("utf-8"))
    assert [one["name"] for one in scene["pictures"]] == [
        f"{'an' if digit == 8 else 'a'} {digit} of digits" for digit in range(10)
    ]
    assert typed(run, "--data", "digits", "-o", "run.html")[0] == 0
    scene, _ = decoded((tmp_path / "run.html").read_text("utf-8"))
    assert any("taken for" in one["name"] for one in scene["pictures"])


def test_a_run_s_surest_mistake_comes_first_where_it_is_asked_for(typed, run, tmp_path):
    status, out, _ = typed(run, "--mistake", "-o", "run.html")
    kept = loc.load(run)
    assert status == 0
    assert f"Trained on digits: {kept.accuracy:.2%}" in out
    scene, array = decoded((tmp_path / "run.html").read_text("utf-8"))
    first = scene["pictures"][0]
    (answer,) = loc.predict(kept, array(first["array"]), 1)
    assert scene["classes"] == list("0123456789")
    assert first["label"] != int(answer.classes[0])
    assert f"taken for {'an' if answer.classes[0] == '8' else 'a'} {answer.classes[0]}" in first["name"]
    assert "a 0 of digits" in [one["name"] for one in scene["pictures"]]

    assert typed("lenet5", "--mistake")[::2] == (
        2,
        "--mistake: a network that was not trained makes no mistakes. Give the folder of a run.\n",
    )


def test_it_can_be_shown_in_the_browser(typed, monkeypatch, tmp_path):
    shown = []
    monkeypatch.setattr("webbrowser.open", lambda url: shown.append(url) or True)
    assert typed("lenet5", "--open")[0] == 0
    assert shown == [(tmp_path / "lenet5.html").as_uri()]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lenet"], "Unknown network 'lenet'. Did you mean 'lenet5'?\n"),
        (["lenet5", "-o", "."], ".: this is a folder. Give the name of a file in it, such as page.html.\n"),
        (["lenet5", "--image", "no.png"], "no.png: there is no such file. Check the path.\n"),
        (["lenet5", "--data", "digit"], "Unknown data set 'digit'. Did you mean 'digits'?\n"),
        (
            ["2x8x8 | relu", "--image", "in.png"],
            "fit: a picture has 1 or 3 channels, a height and a width; it cannot become 2x8x8. Give a network whose "
            "input is 1xHxW or 3xHxW.\n",
        ),
    ],
)
def test_a_mistake_is_one_sentence(typed, words, message, tmp_path):
    write_picture(np.zeros((1, 4, 4), np.uint8), tmp_path / "in.png")
    assert typed(*words) == (2, "", message)
    assert [path.name for path in tmp_path.iterdir()] == ["in.png"]


def test_an_operation_without_a_rule_needs_the_model_it_came_from(typed, tmp_path):
    net = loc.Network("odd", (1, 4, 4), [loc.Opaque("attention", (2, 4, 4))])
    (tmp_path / "odd.json").write_text(net.to_json())
    status, out, err = typed("odd.json")
    assert (status, out) == (2, "")
    assert err == (
        "opaque1: attention has no arithmetic rule here, so a description alone computes nothing. Import the module it "
        "came from, and use locality.page or locality.explain on its record.\n"
    )
