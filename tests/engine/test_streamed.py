"""Figures of a network on a folder of pictures, read as they are needed."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import locality as loc
from foolbox_pictures import arrange
from locality.data import Dataset, Images, fit_picture, read_picture
from locality.data.imagenet import CLASSES
from locality.data.preprocessing import Preprocessing
from locality.engine.build import Model, build
from locality.engine.evaluate import evaluate
from locality.errors import DataError, LocalityError
from locality.network.layers import Conv, Dense, Flatten
from locality.network.network import Network

NAMES = tuple("abcdefgh")


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def filled(folder: Path = Path("f"), names: tuple[str, ...] = NAMES, count: int = 9, seed: int = 0) -> Path:
    """Noise of several sizes, one folder per class."""
    draw = np.random.default_rng(seed)
    for name in names:
        (folder / name).mkdir(parents=True)
        for i in range(count):
            side = tuple(draw.integers(8, 30, 2))
            Image.fromarray(draw.integers(0, 256, (*side, 3), dtype=np.uint8)).save(folder / name / f"{i}.png")
    return folder


def made(classes: tuple[str, ...] | None = NAMES, outputs: int = 8, channels: int = 3) -> Model:
    model = build(Network("net", (channels, 8, 8), [Conv(4, 3), Flatten(), Dense(outputs)]))
    model.classes = classes
    model.mean, model.std = (0.4,) * channels, (0.1,) * channels
    return model


def kept(folder: Path, channels: int, classes: tuple[str, ...] = NAMES) -> Dataset:
    """The same pictures in memory."""
    files = sorted(folder.rglob("*.png"))
    images = np.stack([fit_picture(read_picture(file, channels), (channels, 8, 8)) for file in files])
    split = Images(images, np.array([classes.index(file.parent.name) for file in files]))
    return Dataset("kept", classes, split, split, "made here", "none")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("outputs", [8, 10])
def test_the_figures_are_those_of_the_same_pictures_in_memory(
    channels: int, outputs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locality.engine.outputs._AT_ONCE", 3000)  # several batches
    folder, model = filled(), made(outputs=outputs, channels=channels)
    found, wanted = evaluate(model, f"folder:{folder}"), evaluate(model, kept(folder, channels))
    assert (found.confusion == wanted.confusion).all()
    assert found.confusion.dtype == np.int32
    assert [found.top(k) for k in range(1, outputs + 1)] == [wanted.top(k) for k in range(1, outputs + 1)]
    assert found.loss == pytest.approx(wanted.loss, abs=1e-12)
    assert (found.pictures, found.accuracy, found.interval()) == (72, wanted.accuracy, wanted.interval())
    assert (str(found.per_class), found.names) == (str(wanted.per_class), wanted.names)  # nan is not nan
    wrong = [(one.label, one.predicted, one.probability) for one in wanted.mistakes(100)]
    assert [(one.label, one.predicted) for one in found.mistakes(100)] == [each[:2] for each in wrong]
    assert [one.probability for one in found.mistakes(100)] == pytest.approx([each[2] for each in wrong])
    assert all(Path(one.file).parent.name == one.label for one in found.mistakes(100))


def test_all_pictures_of_a_folder_count_but_a_data_set_in_memory_holds_a_fifth_back() -> None:
    folder = filled(count=10)
    assert evaluate(made(), f"folder:{folder}").pictures == 80
    assert len(evaluate(made(), loc.data.dataset_for(f"folder:{folder}", (3, 8, 8))).labels) == 16


def test_a_model_and_a_run_evaluate_a_folder_themselves() -> None:
    folder, model = filled(), made()
    wanted = evaluate(model, f"folder:{folder}")
    assert str(model.evaluate(f"folder:{folder}")) == str(wanted)
    run = loc.Run(model, loc.Recipe(), "mnist")
    assert str(run.evaluate(f"folder:{folder}")) == str(wanted)


def test_the_train_split_is_measured_when_asked_for() -> None:
    filled(Path("f/train"), count=2)
    filled(Path("f/val"), NAMES[:3], count=1)
    assert evaluate(made(), "folder:f", "train").pictures == 16
    assert evaluate(made(), "folder:f").pictures == 3


def test_some_of_the_classes_are_enough_and_the_rest_has_no_figures() -> None:
    found = evaluate(made(), f"folder:{filled(names=('g', 'c'))}")
    assert [one.pictures for one in found.per_class] == [0, 0, 9, 0, 0, 0, 9, 0]
    assert {one["name"] for one in found.to_dict()["per_class"]} == {"c", "g"}


def test_a_model_without_names_of_classes_takes_folders_named_by_numbers() -> None:
    found = evaluate(made(classes=None), f"folder:{filled(names=('0', '7'))}")
    assert found.classes == tuple("01234567")
    assert found.notes == ("folder:f: its folders are named by numbers, taken as those of the outputs of net.",)


def test_pictures_are_read_by_the_models_preprocessing_where_it_has_one() -> None:
    folder, model = filled(), made()
    rule = model.preprocessing = Preprocessing(12, 8, "bilinear")
    files = sorted(folder.rglob("*.png"))
    images = Images(np.stack([rule.read(file) for file in files]), np.arange(72) // 9)
    wanted = evaluate(model, Dataset("cut", NAMES, images, images, "made here", "none"))
    found = evaluate(model, f"folder:{folder}")
    assert found.loss == pytest.approx(wanted.loss, abs=1e-12)
    model.preprocessing = None
    assert found.loss != pytest.approx(evaluate(model, f"folder:{folder}").loss, abs=1e-6)


def test_unreadable_pictures_are_refused_or_left_out() -> None:
    folder = filled(count=2)
    (folder / "a" / "0.png").write_text("hello")
    with pytest.raises(DataError) as caught:
        evaluate(made(), "folder:f")
    assert str(caught.value) == (
        "folder:f: 1 of 16 files: f/a/0.png: not a picture Pillow can read. "
        "Mend or remove them, or use skip_bad=True (--skip-bad)."
    )
    found = evaluate(made(), "folder:f", skip_bad=True)
    assert found.pictures == 15
    assert found.notes == ("left out 1 of 16 files: f/a/0.png: not a picture Pillow can read.",)


def flat(*, channels: int = 3) -> Network:
    return Network("net", (channels, 8, 8), [Flatten(), Dense(8)])


def spoilt() -> None:
    filled(count=1, names=("a",))
    Path("f/a/0.png").write_text("hello")


@pytest.mark.parametrize(
    ("prepare", "net", "message"),
    [
        (
            filled, Network("net", (3, 8, 8), [Conv(4, 3)]),
            "net: its output is 4x6x6, not one number per class. End it with Flatten() and Dense(8).",
        ),
        (
            filled, Network("net", (3, 8, 8), [Flatten(), Dense(3)]),
            "net: it has 3 outputs, folder:f has 8 classes. End the network with Dense(8).",
        ),
        (
            filled, Network("net", (10,), [Dense(8)]),
            "fit: a picture has 1 or 3 channels, a height and a width; it cannot become 10. "
            "Give a network whose input is 1xHxW or 3xHxW.",
        ),
        (
            filled, flat(),
            "folder:f: 8 of 8 folders are no classes of net, such as 'a', 'b', 'c'. "
            "Name them by numbers of outputs (0 to 7).",
        ),
        (
            spoilt, made(),
            "folder:f: no picture can be read. 1 of 1 files: f/a/0.png: not a picture Pillow can read. "
            "Mend or replace them.",
        ),
        (
            lambda: None, made(),
            "folder:f: f does not exist. Give a folder that holds one folder of pictures per class.",
        ),
    ],
    ids=["output", "outputs", "input", "classes", "unreadable", "missing"],
)  # fmt: skip
def test_what_does_not_fit_is_refused(prepare, net, message) -> None:  # type: ignore[no-untyped-def]
    prepare()
    with pytest.raises(LocalityError) as caught:
        evaluate(net if isinstance(net, Model) else build(net), "folder:f", skip_bad=True)
    assert str(caught.value) == message


def constant(best: dict[str, float], outputs: int) -> Model:
    """A network that says the same of every picture."""
    model = build(Network("net", (1, 8, 8), [Flatten(), Dense(outputs)]))
    with torch.no_grad():
        model.get_parameter("dense1.weight").zero_()
        for i, value in enumerate(best.values()):
            model.get_parameter("dense1.bias")[i] = np.log(value)
    model.classes = tuple(best)
    return model


def test_the_text_of_a_few_classes_is_what_it_was_when_it_was_looked_at() -> None:
    filled(names=("cat", "dog"), count=2)
    assert str(evaluate(constant({"cat": 0.75, "dog": 0.25}, 2), "folder:f")) == (
        "net on folder:f: 4 pictures of 2 classes\n"
        "top-1 error   50.00%   with 95 % confidence between 15.00% and 85.00%\n"
        "loss          0.8370\n"
        "\n"
        "confusion: rows are what the pictures are, columns what they were taken for\n"
        "\n"
        "     cat  dog\n"
        "cat    2    .\n"
        "dog    2    .\n"
        "\n"
        "class  pictures   recall  precision      f1\n"
        "cat           2  100.00%     50.00%  66.67%\n"
        "dog           2    0.00%          -   0.00%"
    )


def test_the_plain_figures_are_strict_json() -> None:
    filled()
    found = evaluate(made(), "folder:f")
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert set(plain) == {
        "network", "source", "pictures", "accuracy", "interval", "top5", "top5_interval", "loss", "per_class",
        "confusions", "notes",
    }  # fmt: skip
    assert (plain["accuracy"], plain["interval"]) == (found.accuracy, list(found.interval()))
    assert (plain["top5"], plain["top5_interval"]) == (found.top(5), list(found.interval(5)))
    wrong = sum(one["pictures"] for one in plain["confusions"])
    assert wrong == 72 - round(72 * found.accuracy) > 0


def test_a_hundred_mistakes_are_kept_however_many_there_are() -> None:
    filled(names=("cat", "dog"), count=120)
    found = evaluate(constant({"cat": 0.75, "dog": 0.25}, 2), "folder:f")
    assert len(found.mistakes(1000)) == 100
    assert {(one.label, one.predicted, round(one.probability, 6)) for one in found.mistakes()} == {("dog", "cat", 0.75)}


MEASURED = """
import resource, sys
import locality as loc
from locality.engine.build import build
model = build(loc.Network.from_text("3x96x96 | conv 16 3x3 same | global-average | flatten | dense 2"))
def peak(folder, count):
    assert loc.evaluate(model, f"folder:{folder}", progress=False).pictures == count
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
few = peak("few", 900)  # eight batches
print((peak("many", 3500) - few) / 1024)
"""


def test_memory_does_not_grow_with_the_number_of_pictures() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8))
    picture.save("one.bmp")
    for folder, count in (("few", 450), ("many", 1750)):
        for name in "01":
            place = Path(folder, name)
            place.mkdir(parents=True)
            for i in range(count):
                (place / f"{i}.bmp").hardlink_to("one.bmp")
    done = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 40  # the 2,600 pictures more are 72 MB as bytes, 288 MB as floats


def test_a_network_with_its_weights_classifies_foolbox_pictures_as_its_authors_did() -> None:
    arrange(Path("imagenet/val"))
    model = build("efficientnet-lite0", weights="imagenet")
    found = evaluate(model, "folder:imagenet")
    assert (found.pictures, round(found.top(1) * 20), round(found.top(5) * 20)) == (20, 18, 19)
    assert (found.classes, found.confusion.shape) == (CLASSES, (1000, 1000))
    assert {(one.label, one.predicted) for one in found.mistakes()} == {
        ("jeep", "beach wagon"),
        ("jeep", "convertible"),
    }
    text = str(found)
    assert text.startswith("efficientnet-lite0 on folder:imagenet: 20 pictures of 19 classes\n")
    assert "\ntop-1 error   10.00%   with 95 % confidence between 2.79% and 30.10%\n" in text
    assert "\ntop-5 error    5.00%   with 95 % confidence between 0.89% and 23.61%\n" in text
    assert len(text.splitlines()) < 40
