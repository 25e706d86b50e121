"""ImageNet's generations in miniature: run, kept, gone on with, and what is said of them."""

import json
import shutil
from dataclasses import replace

import pytest

import locality as loc
from locality import classic
from locality.data import Images
from locality.errors import LocalityError
from locality.studies import generations as module
from locality.studies.generations import GENERATIONS, Generations, Row, generations
from locality.studies.measured import Measured

IMAGENET = [28.2, 25.8, None, None, 16.4, 6.6, 4.5]


@pytest.fixture(scope="module")
def kept(few, tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "of" / "digits"
    return generations(few, epochs=1, out=folder, progress=False), folder


def made_up(errors):
    rows = (
        Row(each.name, each.year, Measured((error,), 10_000), 1000, 2000, 1.0, each.top5)
        for each, error in zip(GENERATIONS, errors, strict=True)
    )
    return Generations("pictures", (60_000, 10_000), 6, 1, tuple(rows))


def test_every_figure_of_a_row_is_that_of_the_run_in_its_folder(kept, few):
    study, folder = kept
    names = ["hog-svm", "fisher-svm", "ffnn", "lenet5", "alexnet-shaped", "googlenet-shaped", "resnet-shaped"]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*(f"{name}-0" for name in names), "study.json"])
    data = module.scaled.laid_out(few)
    for name, row in zip(names, study.rows, strict=True):
        if name in classic.names():
            run = classic.load(folder / f"{name}-0")
            found, counts = classic.evaluate(run, data.test), (sum(array.size for array in run.arrays.values()), None)
        else:
            run = loc.load(folder / f"{name}-0")
            found, table = loc.evaluate(run, data), loc.trace(run.network)
            counts = (table.parameters, table.macs)
            assert run.recipe == loc.Recipe(epochs=1)
        assert row.measured == Measured((1 - found.accuracy,), 80)
        assert (row.parameters, row.macs) == counts
        assert row.seconds == pytest.approx(run.seconds, abs=1e-3)
    assert [row.top5 for row in study.rows] == IMAGENET


def test_a_second_call_computes_only_what_is_missing(kept, few, tmp_path):
    study, folder = kept
    again = tmp_path / "again"
    shutil.copytree(folder, again)
    for name in ("hog-svm-0", "lenet5-0"):
        shutil.rmtree(again / name)
    before = {path: path.stat().st_mtime_ns for path in again.rglob("*.json")}
    second = generations(few, epochs=1, out=again, progress=False)
    assert [row.measured for row in second.rows] == [row.measured for row in study.rows]
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    assert (again / "lenet5-0" / "run.json").exists()


def test_a_study_that_was_stopped_goes_on(kept, few, tmp_path, monkeypatch):
    study, folder = kept
    for name in ("hog-svm-0", "fisher-svm-0", "study.json"):
        (shutil.copytree if (folder / name).is_dir() else shutil.copy)(folder / name, tmp_path / name)

    def stopped(net, *args, **kwargs):
        if net.name == "lenet5":
            raise KeyboardInterrupt
        return real(net, *args, **kwargs)

    real = module.train
    monkeypatch.setattr(module, "train", stopped)
    with pytest.raises(KeyboardInterrupt):
        generations(few, epochs=1, out=tmp_path, progress=False)
    assert not (tmp_path / "lenet5-0").exists()
    monkeypatch.setattr(module, "train", real)
    assert generations(few, epochs=1, out=tmp_path, progress=False).rows[3:] != ()
    assert [loc.load(tmp_path / f"{name}-0").accuracy for name in ("ffnn", "lenet5")] == [
        1 - row.measured.error for row in study.rows[2:4]
    ]


def test_more_seeds_go_on_from_one(kept, few, tmp_path, monkeypatch):
    study, folder = kept
    monkeypatch.setattr(module, "GENERATIONS", (GENERATIONS[0], GENERATIONS[2], GENERATIONS[3]))
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    more = generations(few, epochs=1, seeds=3, out=tmp_path, progress=False)
    assert [row.measured.errors[0] for row in more.rows] == [study.rows[i].measured.error for i in (0, 2, 3)]
    assert len(set(more.rows[0].measured.errors)) == 1  # descriptors without a draw
    assert len(set(more.rows[1].measured.errors)) > 1


def test_the_plain_data_hold_the_published_figures_beside_ours(kept):
    plain = json.loads(json.dumps(kept[0].to_dict(), allow_nan=False))
    assert [(row["name"], row["imagenet_top5"]) for row in plain["rows"]] == [
        *zip([each.name for each in GENERATIONS[:5]], IMAGENET[:5], strict=True),
        ("winner of 2013", 11.7),
        *zip([each.name for each in GENERATIONS[5:]], IMAGENET[5:], strict=True),
        ("human", 5.1),
    ]
    assert [row["name"] for row in plain["rows"] if row["error"] is None] == ["winner of 2013", "human"]


def test_the_table_shows_what_was_measured_and_what_was_published():
    told = repr(made_up([0.1106, 0.0985, 0.1183, 0.1037, 0.1022, 0.0973, 0.0772]))
    assert max(map(len, told.splitlines())) <= 80
    assert "\nHOG + SVM         11.06 (10.46-11.69)       1,000  2,000   1 s  28.2 (2010)\n" in told
    assert "\nwinner of 2013                      -           -      -     -  11.7 (2013)\n" in told
    assert told.splitlines()[13].split() == ["human", "-", "-", "-", "-", "5.1"]


def test_an_order_like_imagenet_s_is_said_to_be_so():
    remarks = made_up([0.5, 0.4, 0.45, 0.35, 0.3, 0.2, 0.1]).remarks
    assert remarks == (
        "The order of the 5 generations is ImageNet's.",
        "LeNet-5 (35.00 %) is ahead of the fully connected network (45.00 %), with 1,000 parameters against 1,000.",
    )


def test_another_order_is_said_pair_by_pair():
    remarks = made_up([0.5, 0.1, 0.2, 0.3, 0.3, 0.302, 0.05]).remarks
    assert remarks == (
        "ImageNet orders 10 pairs of these generations; here 7 come in the same order, 1 cannot be told apart, 2 are "
        "the other way round.",
        "Unlike on ImageNet, Fisher + SVM (10.00 %) is ahead of AlexNet-shaped (30.00 %).",
        "Unlike on ImageNet, Fisher + SVM (10.00 %) is ahead of GoogLeNet-shaped (30.20 %).",
        "Not to be told apart: AlexNet-shaped and GoogLeNet-shaped.",
        "LeNet-5 (30.00 %) is behind the fully connected network (20.00 %), with 1,000 parameters against 1,000.",
    )


def test_equal_errors_are_not_ordered():
    remarks = made_up([0.1] * 7).remarks
    assert remarks[0].endswith("here 0 come in the same order, 10 cannot be told apart, 0 are the other way round.")
    assert remarks[-1].startswith("LeNet-5 and the fully connected network cannot be told apart, with ")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seeds": 0}, "seeds is 0; it must be a whole number of at least 1. Give seeds=1 or more."),
        ({"epochs": 0}, "epochs is 0; it must be a whole number of at least 1. Give epochs=1 or more."),
        ({"epochs": 2}, "{folder}: the study kept here has epochs 1, not 2. Give another folder."),
        ({"out": 5}, "out: int is no folder. Give a path, or None to keep nothing."),
        ({"data": None}, "data: NoneType is no Dataset. Give what locality.dataset gives."),
    ],
)
def test_what_cannot_be_is_one_sentence(kept, few, settings, message):
    given = {"data": few, "epochs": 1, "out": kept[1], "progress": False, **settings}
    with pytest.raises(LocalityError) as error:
        generations(**given)
    assert str(error.value) == message.format(folder=kept[1])


def test_other_pictures_under_the_same_name_are_another_study(kept, few):
    def refused(data):
        with pytest.raises(LocalityError) as error:
            generations(data, epochs=1, out=kept[1], progress=False)
        return str(error.value).removeprefix(f"{kept[1]}: ")

    train = few.train
    fewer = replace(few, train=Images(train.images[:100], train.labels[:100]))
    inverted = replace(few, train=Images(16 - train.images, train.labels))
    assert refused(fewer) == "the study kept here has train 200, not 100. Give another folder."
    assert refused(inverted) == "the study kept here has other pixels. Give another folder."


def test_pictures_of_one_class_are_refused_before_anything_is_computed(few):
    same = few.train.labels == 0
    with pytest.raises(LocalityError) as error:
        generations(
            replace(few, train=Images(few.train.images[same], few.train.labels[same])), epochs=1, progress=False
        )
    assert str(error.value).startswith(f"digits: all {same.sum()} training pictures are of class 0. ")


def test_a_folder_with_something_else_in_it_is_left_alone(few, tmp_path):
    def refused(folder):
        with pytest.raises(LocalityError) as error:
            generations(few, epochs=1, out=folder, progress=False)
        return str(error.value)

    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("dear")
    said = f"{tmp_path}/letters: it is not empty, and no study is kept in it. Give another folder."
    assert refused(tmp_path / "letters") == said
    said = f"{tmp_path}/letters/dear.txt: no study can be kept there (File exists). Give another folder."
    assert refused(tmp_path / "letters" / "dear.txt") == said
    (tmp_path / "cut").mkdir()
    for content in ("{", "[]", "\xff"):
        (tmp_path / "cut" / "study.json").write_text(content, encoding="latin-1")
        assert refused(tmp_path / "cut") == f"{tmp_path}/cut/study.json: it is damaged. Give another folder."


def test_a_run_of_something_else_in_a_study_s_folder_is_refused(kept, few, tmp_path):
    folder = kept[1]
    shutil.copy(folder / "study.json", tmp_path)
    shutil.copytree(folder / "fisher-svm-0", tmp_path / "hog-svm-0")
    with pytest.raises(LocalityError) as error:
        generations(few, epochs=1, out=tmp_path, progress=False)
    assert str(error.value) == f"{tmp_path}/hog-svm-0: another run is kept here. Give the study another folder."


@pytest.mark.slow
def test_the_whole_study_of_fashion_mnist_takes_less_than_20_minutes(tmp_path):
    study = generations(loc.dataset("fashion-mnist"), out=tmp_path, progress=False)
    assert sum(row.seconds for row in study.rows) < 1200
    assert all(row.seconds < 180 for row in study.rows)
    errors = {row.name: row.measured.error for row in study.rows}
    assert max(errors.values()) < 0.13
    assert min(errors, key=errors.__getitem__) == "ResNet-shaped"
