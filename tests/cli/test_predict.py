"""`locality predict --net`: what a network with published weights, or weights of a file, sees in a picture."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import locality as loc
from foolbox_pictures import labelled
from locality.data.imagenet import CLASSES

COMMAND = "predict"
Typed = Callable[..., tuple[int, str, str]]
LITE = ("--net", "efficientnet-lite0")


def test_the_five_best_classes_stand_one_a_line_with_their_probabilities(typed: Typed) -> None:
    picture, _ = labelled()[0]
    status, out, err = typed(*LITE, picture)
    assert (status, err) == (0, "")
    first, *rows, said = out.splitlines()
    assert first == f"{picture}:"
    names = [row[9:] for row in rows]
    assert (len(names), names[0]) == (5, "bull mastiff")
    assert set(names) <= set(CLASSES)
    shares = [float(row[:8].strip(" %")) for row in rows]
    assert shares == sorted(shares, reverse=True)
    assert said == "  512x512: the shorter side brought to 256, the middle 224x224 read"


def test_several_pictures_as_json_name_their_labels_first(typed: Typed) -> None:
    pictures, labels = zip(*labelled()[:4], strict=True)
    status, out, err = typed(*LITE, *pictures, "--json", "--most", 3)
    assert (status, err) == (0, "")
    answers = json.loads(out)
    assert [answer["picture"] for answer in answers] == list(map(str, pictures))
    for answer, label in zip(answers, labels, strict=True):
        assert set(answer) == {"picture", "assumed", "classes", "probabilities"}
        assert answer["classes"][0] == CLASSES[label]
        assert len(answer["probabilities"]) == 3


DRAW = np.random.default_rng(0)


def pixels(*shape: int, most: int = 256, dtype: type = np.uint8) -> np.ndarray:
    return DRAW.integers(0, most, shape).astype(dtype)


def test_pictures_of_other_channels_are_handled_and_that_is_said(typed: Typed) -> None:
    Image.fromarray(pixels(40, 50)).save("grey.png")
    Image.fromarray(pixels(40, 50, 4)).save("rgba.png")
    Image.new("CMYK", (50, 40), (9, 200, 30, 4)).save("cmyk.jpg")
    Image.fromarray(pixels(40, 50, most=65536, dtype=np.uint16)).save("deep.png")
    status, out, err = typed(*LITE, "grey.png", "rgba.png", "cmyk.jpg", "deep.png", "--json", "--most", 1)
    assert (status, err) == (0, "")
    cut = "50x40: the shorter side brought to 256, the middle 224x224 read"
    assert [answer["assumed"] for answer in json.loads(out)] == [
        ["grey: taken as a colour picture", cut],
        ["transparency: laid over white", cut],
        ["CMYK: brought to red, green, blue", cut],
        ["grey: taken as a colour picture", "16 bits: brought to 8", cut],
    ]


def test_good_pictures_are_answered_before_bad_ones_are_refused(typed: Typed) -> None:
    good, _ = labelled()[0]
    Path("text.png").write_text("hello")
    Path("folder").mkdir()
    Image.fromarray(pixels(40, 50).astype(np.float32)).save("float.tif")
    Image.new("L", (450_000, 2)).save("narrow.png")
    status, out, err = typed(*LITE, "text.png", good, "float.tif", "narrow.png", "none.png", "folder")
    assert status == 2
    assert out.startswith(f"{good}:\n")
    assert out.count("%") == 5
    low, high = (f"{float(each):g}" for each in Image.open("float.tif").getextrema())
    assert err.splitlines() == [
        "text.png: not a picture Pillow can read. Save it as PNG or JPEG, or leave it out.",
        f"float.tif: brightness in floats, {low} to {high}, has no agreed black and white. "
        "Scale it to 8 or 16 bits first.",
        "narrow.png: 450000x2 is too narrow to be cut to 224x224. Cut a part of it out first.",
        "none.png: there is no such file. Check the path.",
        "folder: cannot be read: Is a directory. Replace the file, or leave it out.",
    ]


def test_weights_of_a_file_serve_a_network_that_nobody_published(typed: Typed) -> None:
    torch.save(loc.build("lenet5", seed=1).state_dict(), "mine.pth")
    Image.fromarray(pixels(40, 50, 3)).save("colour.png")
    status, out, err = typed("--net", "lenet5", "--weights", "mine.pth", "colour.png")
    assert status == 0
    assert "does not say on what scale its pictures were" in err
    first, *rows = out.splitlines()
    assert first == "colour.png:"
    assert {row[9:] for row in rows[:5]} < set("0123456789")
    assert rows[5:] == ["  coloured: made grey", "  50x40: brought to 28x28, the overhang is cut off"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--net", "resnet-50", "a.png"), "Unknown network 'resnet-50'. Did you mean 'resnet50'?\n"),
        (
            ("--weights", "a.pth", "run", "a.png"),
            "--weights: a run has weights of its own. Name a network with --net, or leave it out.\n",
        ),
        (("run", "a.png"), "run: no run is kept here (no run.json). Give the folder that train wrote.\n"),
    ],
    ids=["unknown", "weights of a run", "no run"],
)
def test_what_names_no_network_is_refused_in_a_sentence(typed: Typed, words: tuple[str, ...], message: str) -> None:
    assert typed(*words) == (2, "", message)


def test_what_is_lacking_is_named(typed, tmp_path):
    picture = tmp_path / "cat.png"
    picture.write_bytes(b"")
    for words, said in [
        (["--net", "efficientnet-lite0"], "No picture is named. Write it after --net efficientnet-lite0."),
        (
            [picture, picture],
            f"{picture} is a picture. Say which network: the folder of a run before it, or --net NAME.",
        ),
        ([picture], f"{picture} is a picture. Say which network: the folder of a run before it, or --net NAME."),
        ([], "Name the folder of a run and a picture, or --net NAME and a picture."),
    ]:
        status, _, error = typed(*words)
        assert status == 2
        assert error.endswith(f"Error: {said}\n")
