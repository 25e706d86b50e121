"""`locality attribute`, as a person types it."""

import json

import numpy as np
import pytest
from PIL import Image

import locality as loc
from locality.data import write_picture

COMMAND = "attribute"
SMALL = "small: 1x8x8 | conv 4 3x3 | relu | max 2x2 | flatten | dense 10"


@pytest.fixture
def run(tmp_path):
    run = loc.train(loc.Network.from_text(SMALL), loc.dataset("digits"), loc.Recipe(epochs=1), out=tmp_path / "run",
                    progress=False)  # fmt: skip
    write_picture(run.data.test.images[0], tmp_path / "digit.png")
    return run


def test_a_run_shows_what_it_looks_at(typed, tmp_path, run):
    status, out, err = typed("run", "digit.png")
    assert status == 0
    assert "digit.png: " in err
    assert out.startswith("small-looks.png: what speaks for class ")
    with Image.open(tmp_path / "small-looks.png") as picture:
        assert picture.width > 4 * picture.height / 2


def test_the_maps_are_printed_as_numbers(typed, tmp_path, run):
    status, out, _ = typed("run", "digit.png", "--json", "--method", "gradient", "--method", "occlusion", "--target", 3)
    assert status == 0
    told = json.loads(out)
    assert (told["picture"], told["target"], told["name"], told["figure"]) == ("digit.png", 3, "3", None)
    assert list(told["maps"]) == ["gradient", "occlusion"]
    assert np.shape(told["maps"]["gradient"]) == (8, 8)
    assert not list(tmp_path.glob("*looks*"))
    from locality.cli.predict import read_for

    image, _ = read_for(run.model, tmp_path / "digit.png", "digits")
    found = loc.attribute(loc.load(tmp_path / "run"), image, "gradient", 3)
    np.testing.assert_array_equal(np.float32(told["maps"]["gradient"]), found.values)
    assert told["score"] == found.score


def test_a_network_of_the_zoo_with_weights_of_a_file(typed, tmp_path):
    from safetensors.torch import save_file

    model = loc.build("tiny-vgg", seed=1)
    save_file(model.state_dict(), tmp_path / "weights.safetensors")
    write_picture(np.random.default_rng(0).integers(0, 256, (3, 70, 64), np.uint8), tmp_path / "in.png")
    words = ("--net", "tiny-vgg", "in.png", "--weights", "weights.safetensors", "--method", "grad-cam")
    status, out, _ = typed(*words, "-o", "out.svg", "--target", 7, "--json")
    assert status == 0
    told = json.loads(out)
    assert (told["target"], told["figure"]) == (7, "out.svg")
    assert (tmp_path / "out.svg").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "none.png"), "none.png: there is no such file. Check the path."),
        (("run", "digit.png", "--method", "gradcam"), "Unknown method 'gradcam'. Did you mean 'grad-cam'?"),
        (("run", "digit.png", "--target", "ten"),
         "Unknown class 'ten'. Known are: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9."),
        (("run", "digit.png", "--target", "10"), "small: there is no output 10, it has 10. Give a number from 0 to 9."),
        (("run", "digit.png", "--weights", "w.pth"),
         "--weights: a run has weights of its own. Name a network with --net, or leave it out."),
        (("a.png", "b.png", "--net", "lenet5"),
         "attribute: with --net there is no run, and one picture. Leave b.png out."),
        (("a.png", "--net", "lenet"), "Unknown network 'lenet'. Did you mean 'lenet5'?"),
        (("run", "digit.png", "--method", "gradient", "-o", "a.bmp"),
         "a.bmp: no figure is written with this ending. Use .svg, .png, .pdf."),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence(typed, run, words, message):
    status, out, err = typed(*words)
    assert (status, out) == (2, "")
    assert err.splitlines()[-1] == message


def test_a_missing_picture_is_asked_for(typed, run):
    status, _, err = typed("run")
    assert status == 2
    assert "Name the folder of a run and a picture, or --net NAME and a picture." in err
