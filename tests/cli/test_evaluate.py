"""`locality evaluate` on a network with published weights, or weights of a file, and a folder of pictures."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

import locality as loc
from foolbox_pictures import arrange
from locality.data.imagenet import CLASSES

COMMAND = "evaluate"
Typed = Callable[..., tuple[int, str, str]]
SCALE = (
    "lenet5: a file of weights does not say on what scale its pictures were; brightness from 0 to 1 is taken as it is. "
    "Set model.mean and model.std, or give the folder of the run.\n"
)


@pytest.fixture(autouse=True)
def _weights(_place: None) -> None:
    """Weights of LeNet-5 in a file, and ten pictures of it in two folders."""
    torch.save(loc.build("lenet5", seed=1).state_dict(), "lenet5.pth")
    draw = np.random.default_rng(0)
    for name in "38":
        (Path("digits") / name).mkdir(parents=True)
        for i in range(5):
            Image.fromarray(draw.integers(0, 256, (28, 28), dtype=np.uint8)).save(f"digits/{name}/{i}.png")


def test_weights_of_a_file_are_measured_on_a_folder(typed: Typed) -> None:
    status, out, err = typed("lenet5", "--weights", "lenet5.pth", "--data", "folder:digits", "--mistakes", 3)
    assert status == 0
    assert err == (
        f"{SCALE}folder:digits: its folders are named by numbers, taken as those of the outputs of lenet5.\n"
    )  # no bar where nobody watches
    found = loc.evaluate(loc.build("lenet5", weights="lenet5.pth"), "folder:digits")
    wrong = found.pictures - found.confusion.trace()
    mistakes = [
        f"{one.file}\n  {one.label}, not {one.predicted}   {one.probability:.1%} sure\n" for one in found.surest
    ]
    assert out == f"{found}\n\nThe surest mistakes, 3 of {wrong}:\n\n{''.join(mistakes[:3])}"
    assert "mistakes" not in typed("lenet5", "--weights", "lenet5.pth", "--data", "folder:digits", "--mistakes", 0)[1]


def test_json_holds_the_same_figures(typed: Typed) -> None:
    status, out, _ = typed("lenet5", "--weights", "lenet5.pth", "--data", "folder:digits", "--mistakes", 2, "--json")
    assert status == 0
    plain = json.loads(out)
    found = loc.evaluate(loc.build("lenet5", weights="lenet5.pth"), "folder:digits")
    assert {key: plain[key] for key in found.to_dict()} == json.loads(json.dumps(found.to_dict()))
    assert plain["mistakes"] == [vars(one) for one in found.mistakes(2)]


def test_a_named_data_set_is_measured_as_a_runs_own_is(typed: Typed) -> None:
    status, out, _ = typed("lenet5", "--weights", "lenet5.pth", "--data", "digits", "--mistakes", 1)
    assert status == 0
    assert " of 359 test pictures are classified correctly.\n" in out
    assert "\nThe surest mistakes, 1 of " in out


def test_a_run_whose_folder_has_a_networks_name_is_the_run(typed: Typed) -> None:
    net = loc.Network.from_text("1x8x8 | flatten | dense 10")
    loc.train(net, loc.dataset("digits"), loc.Recipe(epochs=1), out="lenet5", progress=False)
    status, out, _ = typed("lenet5", "--mistakes", 0)
    assert status == 0
    assert " of 359 test pictures are classified correctly.\n" in out


def test_a_terminal_shows_a_bar_with_loss_and_accuracy(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []

    class Bar:
        def __init__(self, title: str, steps: int, done: int, wanted: bool) -> None:
            told.append((title, steps, done, wanted))

        def __enter__(self) -> "Bar":
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def step(self, done: int, loss: float, accuracy: float) -> None:
            told.append((done, loss, accuracy))

    monkeypatch.setattr("locality.engine.streamed.Progress", Bar)
    Path("digits/3/bad.png").write_text("hello")
    words = ("lenet5", "--weights", "lenet5.pth", "--data", "folder:digits", "--skip-bad", "--json")
    plain = json.loads(typed(*words)[1])
    assert told == [("lenet5 on folder:digits", 11, 0, True), (11, plain["loss"], plain["accuracy"])]
    assert plain["notes"][1] == "left out 1 of 11 files: digits/3/bad.png: not a picture Pillow can read."


def test_the_bar_is_drawn_where_standard_error_is_a_terminal(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("locality.engine.progress.sys", SimpleNamespace(stderr=SimpleNamespace(isatty=lambda: True)))
    _, _, err = typed("lenet5", "--weights", "lenet5.pth", "--data", "folder:digits")
    assert "lenet5 on folder:digits" in err
    assert "100 %" in err


WEIGHTS = ("lenet5", "--weights", "lenet5.pth")
FOLDER = ("--data", "folder:digits")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("lenet5",), "lenet5: no pictures are named. Say which, for example --data folder:imagenet/val."),
        (
            ("resnet-50", *FOLDER),
            "resnet-50: there is no such folder, and no such network. Did you mean 'resnet50'?",
        ),
        (("nothing", *FOLDER), "nothing: no run is kept here (no run.json). Give the folder that train wrote."),
        (("digits",), "digits: no run is kept here (no run.json). Give the folder that train wrote."),
        (
            ("digits", "--weights", "lenet5.pth"),
            "--weights: it is for a network of `locality zoo`, and digits is none. Leave it out.",
        ),
        (
            (*WEIGHTS, "--data", "folder:nowhere"),
            "folder:nowhere: nowhere does not exist. Give a folder that holds one folder of pictures per class.",
        ),
        (
            (*WEIGHTS, *FOLDER, "--split", "train"),
            "folder:digits: there is no folder train with classes in it. Use the split test for all of digits.",
        ),
        ((*WEIGHTS, *FOLDER, "--split", "tests"), "Unknown split 'tests'. Did you mean 'test'?"),
        (
            (*WEIGHTS, "--data", "folder:."),
            "folder:.: 1 of 1 folders is no class of lenet5: 'digits'. Name them by numbers of outputs (0 to 9).",
        ),
    ],
    ids=["no data", "typo", "nothing", "no run", "weights of a run", "nowhere", "no split", "split", "classes"],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused_in_a_sentence(typed: Typed, words: tuple[str, ...], message: str) -> None:
    status, out, err = typed(*words)
    assert (status, out, err.removeprefix(SCALE)) == (2, "", message + "\n")


def test_published_weights_are_not_measured_on_other_classes(typed: Typed) -> None:
    assert typed("efficientnet-lite0", "--data", "mnist") == (
        2,
        "",
        "efficientnet-lite0: its weights know the 1000 classes of ImageNet, mnist has others. Measure them on pictures "
        "of those classes: --data folder:PATH.\n",
    )


def test_unreadable_pictures_are_refused_unless_they_may_be_skipped(typed: Typed) -> None:
    Path("digits/8/0.png").write_text("hello")
    said = "1 of 10 files: digits/8/0.png: not a picture Pillow can read."
    status, out, err = typed(*WEIGHTS, *FOLDER)
    assert (status, out, err) == (
        2,
        "",
        f"{SCALE}folder:digits: {said} Mend or remove them, or use skip_bad=True (--skip-bad).\n",
    )
    status, out, err = typed(*WEIGHTS, *FOLDER, "--skip-bad")
    assert (status, err.splitlines()[-1]) == (0, f"left out {said}")
    assert out.startswith("lenet5 on folder:digits: 9 pictures of 2 classes\n")


def test_efficientnet_misses_two_of_foolbox_pictures_and_of_one_all_five(typed: Typed) -> None:
    arrange(Path("imagenet/val"))
    status, out, err = typed("efficientnet-lite0", "--data", "folder:imagenet")
    assert (status, err) == (0, "")
    assert out.splitlines()[:3] == [
        "efficientnet-lite0 on folder:imagenet: 20 pictures of 19 classes",
        "top-1 error   10.00%   with 95 % confidence between 2.79% and 30.10%",
        "top-5 error    5.00%   with 95 % confidence between 0.89% and 23.61%",
    ]
    assert max(map(len, out.splitlines())) <= 80
    assert "     1 of jeep taken for beach wagon\n     1 of jeep taken for convertible\n" in out
    assert out.endswith("imagenet_06_609.JPEG\n  jeep, not beach wagon   26.4% sure\n")
    plain = json.loads(typed("efficientnet-lite0", "--data", "folder:imagenet", "--json")[1])
    assert (plain["pictures"], plain["accuracy"], plain["top5"]) == (20, 0.9, 0.95)
    assert len(plain["per_class"]) == 19 < len(CLASSES)
