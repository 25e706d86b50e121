"""`locality generations`, as a person types it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from locality.data import dataset, write_picture
from locality.studies import generations as study
from locality.studies import permutation as other

COMMAND = "generations"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A folder of 60 real digits of three classes."""
    folder, digits = tmp_path_factory.mktemp("data") / "pictures", dataset("digits").train
    for label in range(3):
        (folder / f"digit {label}").mkdir(parents=True)
        for number, picture in enumerate(digits.images[digits.labels == label][:20]):
            write_picture(picture, folder / f"digit {label}" / f"{number}.png")
    return f"folder:{folder}"


def test_a_study_is_printed_drawn_kept_and_gone_on_with(typed, pictures):
    status, out, err = typed("--data", pictures, "--epochs", 1)
    assert status == 0, err
    lines = out.splitlines()
    assert lines[0].startswith(f"generations on {pictures}"[:40])
    assert max(len(line) for line in lines if "folder:" not in line) <= 80
    assert lines[-2:] == [
        "The runs are kept in runs/generations-pictures.",
        "The figure is runs/generations-pictures/figure.svg.",
    ]
    assert [line for line in err.splitlines() if " of 7: " in line][-1] == "7 of 7: ResNet-shaped"
    assert "<svg" in Path("runs/generations-pictures/figure.svg").read_text("utf-8")
    status, again, err = typed(
        "--data", pictures, "--epochs", 1, "-q", "--json", "--figure", "dark.png", "--theme", "dark"
    )
    plain = json.loads(again)
    assert (status, "epoch" in err, plain["figure"], plain["epochs"]) == (0, False, "dark.png", 1)
    assert [f"{100 * row['error']:.2f}" in out for row in plain["rows"] if row["error"] is not None] == [True] * 7
    with Image.open("dark.png") as picture:
        assert np.asarray(picture.convert("L")).mean() < 60


def test_permuted_pixels_are_a_study_of_their_own(typed, pictures):
    words = ("--permute", "--data", pictures, "--epochs", 1, "--seeds", 2, "-q")
    status, out, err = typed(*words)
    assert status == 0
    assert err.endswith("its pictures, 1x8x8, are brought to 1x28x28.\n")
    assert out.startswith("permutation on ")
    assert out.endswith("The figure is runs/permutation-pictures/figure.svg.\n")
    plain = json.loads(typed(*words, "--json")[1])
    assert (plain["study"], plain["seeds"], len(plain["rows"])) == ("permutation", 2, 2)
    status, out, err = typed("--data", pictures, "--epochs", 1, "--out", "runs/permutation-pictures")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1] == (
        "runs/permutation-pictures: the study kept here has study permutation, not generations. Give another folder."
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "fashion"], "Unknown data set 'fashion'. Did you mean 'fashion-mnist'?"),
        (["--data", "folder:none"], None),
        (["--seeds", 0], "seeds is 0; it must be a whole number of at least 1. Give seeds=1 or more."),
        (["--permute", "--seeds", 1], "seeds is 1; it must be a whole number of at least 2. Give seeds=2 or more."),
        (["--epochs", 0], "epochs is 0; it must be a whole number of at least 1. Give epochs=1 or more."),
        (["--theme", "drak"], "Unknown theme 'drak'. Did you mean 'dark'?"),
        (["--figure", "it.gif"], "it.gif: no figure is written with this ending. Use .svg, .png, .pdf."),
    ],
)
def test_bad_input_is_one_sentence_before_anything_is_computed(typed, words, message):
    words = words if "--data" in words else [*words, "--data", "digits"]
    status, out, err = typed(*words)
    notes, said = ["digits: its pictures, 1x8x8, are brought to 1x28x28."], err.splitlines()
    assert (status, out, said[:-1]) in ((2, "", []), (2, "", notes))
    assert message is None or said[-1] == message
    assert not Path("runs").exists()


@pytest.mark.parametrize(("module", "words"), [(study, []), (other, ["--permute"])])
def test_ctrl_c_says_how_to_go_on(typed, pictures, monkeypatch, module, words):
    def stopped(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "train", stopped)
    status, out, err = typed("--data", pictures, "--out", "here", "-q", *words)
    assert (status, out) == (130, "")
    assert err.endswith("Stopped; what is done is kept in here. The same command goes on with the rest.\n")
