"""The command line, as a person types it."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import locality as loc
from locality.__main__ import main
from locality.data import cache_folder, dataset
from locality.engine.published import PUBLISHED

PROGRAM = [sys.executable, "-m", "locality"]
ALONE = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": ""}  # buffered, as in a person's pipe
LENET = (
    "1x28x28 | conv 6 5x5 pad 2 | tanh | average 2x2 | conv 16 5x5 | tanh | average 2x2 | flatten"
    " | dense 120 | tanh | dense 84 | tanh | dense 10"
)
SMALL = "1x8x8 | conv 4 3x3 | relu | flatten | dense 10"
MNIST = (cache_folder() / "mnist" / "t10k-images-idx3-ubyte").exists()


@pytest.fixture(autouse=True)
def _place(monkeypatch, tmp_path):
    """Every test stands in an empty folder, before a terminal of 80 columns; signals are as they were afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("LOCALITY_TRACEBACK", raising=False)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def typed(monkeypatch, capsys):
    """Runs the command line in this process: (status, stdout, stderr)."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["locality", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return end.value.code, out, err

    return run


@pytest.fixture
def shown(typed):
    """Runs what must go well, and gives what it printed."""

    def run(*words):
        status, out, err = typed(*words)
        assert status == 0, err
        return out

    return run


@pytest.fixture
def refused(typed):
    """Runs what must be refused, and gives the message."""

    def run(*words):
        status, out, err = typed(*words)
        assert (status, out) == (2, ""), err
        assert err.endswith("\n")
        return err[:-1]

    return run


def program(*words, **options):
    """Runs the real program in a process of its own."""
    environment = {**ALONE, **options.pop("env", {})}
    return subprocess.run(
        [*PROGRAM, *map(str, words)], capture_output=True, text=True, env=environment, timeout=120, **options
    )


def strict(text):
    def no(word):
        raise AssertionError(f"{word} is no JSON")

    return json.loads(text, parse_constant=no)


def folder_of_pictures(root, classes, side=8, count=5, mode="L"):
    """One folder per class, each with pictures of its own brightness."""
    for i, name in enumerate(classes):
        (root / name).mkdir(parents=True, exist_ok=True)
        for n in range(count):
            value = 40 + 30 * i + n
            Image.new(mode, (side, side), value if mode == "L" else (value, 255 - value, 9)).save(
                root / name / f"{n}.png"
            )
    return root


@pytest.fixture(scope="module")
def small_run(tmp_path_factory):
    """A small network trained on digits for a moment."""
    folder = tmp_path_factory.mktemp("small") / "a run"
    net = loc.Network.from_text(SMALL)
    loc.train(net, dataset("digits"), loc.Recipe(epochs=8, batch_size=32), out=folder, progress=False)
    return folder


@pytest.fixture(scope="session")
def digit_run(tmp_path_factory):
    """LeNet-5 as the lecture trains it, by the real program; on 8x8 digits where MNIST is not at hand."""
    place = tmp_path_factory.mktemp("lenet")
    how = ["--data", "mnist", "--epochs", 1] if MNIST else ["--data", "digits", "--epochs", 20]
    done = program("train", "lenet5", *how, "--quiet", cwd=place)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"The run is kept in runs/lenet5-{how[1]}.\n")
    return place / "runs" / f"lenet5-{how[1]}"


# --- trace


def test_trace_says_the_lecture_s_numbers_of_lenet(shown):
    said = shown("trace", LENET)
    assert "\n61,706 parameters, 416,520 multiply-accumulates (MACs).\n" in said
    assert said.splitlines()[0] == "network: 1x28x28 -> 10"
    assert shown("trace", "lenet5").splitlines()[1:] == said.splitlines()[1:]


def test_trace_as_json_holds_every_column_for_every_node(shown):
    table = strict(shown("trace", "lenet5", "--json"))
    assert (table["name"], table["input"]) == ("lenet5", [1, 28, 28])
    assert (table["parameters"], table["macs"]) == (61706, 416520)
    assert sum(row["macs"] for row in table["rows"]) == 416520
    columns = {"name", "kind", "inputs", "output", "parameters", "macs", "field", "jump", "offset", "uncovered"}
    assert columns <= set(table["rows"][0])


@pytest.mark.parametrize("name", loc.zoo.names())
def test_every_network_of_the_zoo_traces_to_strict_json(shown, name):
    assert strict(shown("trace", name, "--json"))["name"] == name


def test_trace_as_csv_is_one_line_for_each_node(shown):
    rows = list(csv.DictReader(io.StringIO(shown("trace", "lenet5", "--csv"))))
    assert len(rows) == 12
    assert sum(int(row["parameters"]) for row in rows) == 61706
    assert rows[0]["output"] == "6x28x28"


def test_trace_in_full_shows_the_columns_that_80_letters_cannot_hold(shown):
    full = shown("trace", "lenet5", "--full")
    assert max(map(len, full.splitlines())) > 80
    assert "offset" in full
    assert max(map(len, shown("trace", "googlenet").splitlines())) <= 80


def test_a_narrow_terminal_gets_a_narrower_table(shown, monkeypatch):
    wide = shown("trace", "lenet5")
    monkeypatch.setenv("COLUMNS", "64")
    narrow = shown("trace", "lenet5")
    assert max(map(len, narrow.splitlines()[:15])) <= 64 < max(map(len, wide.splitlines()[:15]))
    monkeypatch.setenv("COLUMNS", "1")
    assert "61,706 parameters" in shown("trace", "lenet5")


def test_a_network_is_read_from_a_line_a_text_file_a_json_file_and_a_run(shown, small_run):
    net = loc.Network.from_text(SMALL)
    Path("mein Netz ä.txt").write_text(SMALL.replace(" | ", "\n  | ") + "\n", encoding="utf-8")
    Path("net.json").write_text(net.to_json(), encoding="utf-8")
    said = [shown("trace", source) for source in (SMALL, "mein Netz ä.txt", "net.json", small_run)]
    assert said == [said[0]] * 4


# --- zoo


def test_the_zoo_is_listed_with_its_counts(shown):
    lines = shown("zoo").splitlines()
    assert [line.split()[0] for line in lines] == list(loc.zoo.names())
    assert lines[3].split() == ["lenet5", "1998", "61,706", "parameters", "416,520", "MACs", "1x28x28"]
    assert max(map(len, lines)) <= 80


def test_the_zoo_as_json_lists_every_network_with_its_counts(shown):
    entries = strict(shown("zoo", "--json"))
    assert [entry["name"] for entry in entries] == list(loc.zoo.names())
    for entry in entries:
        table = loc.trace(loc.zoo.get(entry["name"]))
        assert (entry["parameters"], entry["macs"]) == (table.parameters, table.macs)
    assert strict(shown("zoo", "lenet5", "--json")) == next(e for e in entries if e["name"] == "lenet5")


@pytest.mark.parametrize("name", loc.zoo.names())
def test_one_network_of_the_zoo_tells_where_it_comes_from(shown, name):
    said, about = shown("zoo", name), loc.zoo.about(name)
    assert said.startswith(f"{name}: {about.title[:30]}")
    assert about.source in said
    assert f"{loc.zoo.get(name).parameter_count:,} parameters" in said
    assert ("weights for ImageNet: " in said) == (name in PUBLISHED)
    assert max(map(len, said.splitlines())) <= 80


# --- data


def test_the_data_sets_are_listed(shown):
    assert (
        shown("data")
        == "digits\nfaces\nfashion-mnist\nmnist\ntextures\nfolder:PATH\nising:LATTICE:L=SIZE\ngauge:L=SIZE\n"
    )
    assert strict(shown("data", "--json")) == ["digits", "faces", "fashion-mnist", "mnist", "textures"]


def test_one_data_set_is_counted(shown):
    said = shown("data", "digits")
    assert said.startswith("digits: pictures of 1x8x8, 10 classes\nsource   E. Alpaydin")
    assert said.splitlines()[-1].split() == ["all", "1,438", "359"]
    plain = strict(shown("data", "digits", "--json"))
    assert plain["shape"] == [1, 8, 8]
    assert (sum(plain["train"]), sum(plain["test"])) == (1438, 359)
    assert set(plain) >= {"name", "classes", "mean", "std", "source", "licence"}


def test_the_first_test_picture_of_each_class_is_written(typed):
    status, _, err = typed("data", "digits", "--save", "neue Bilder/ä")
    assert (status, err) == (0, "The first test picture of each class is in neue Bilder/ä.\n")
    digits = dataset("digits")
    for i in range(10):
        first = digits.test.images[(digits.test.labels == i).argmax()]
        np.testing.assert_array_equal(np.asarray(Image.open(f"neue Bilder/ä/{i}.png")), first[0])


def test_a_class_with_a_slash_in_its_name_is_saved_as_one_file(typed, monkeypatch):
    digits = dataset("digits")
    clothes = replace(digits, classes=("T-shirt/top", *digits.classes[1:]))
    monkeypatch.setattr(loc, "dataset", lambda *_, **__: clothes)
    assert typed("data", "fashion-mnist", "--save", "clothes")[0] == 0
    assert sorted(path.name for path in Path("clothes").iterdir()) == [
        *(f"{n}.png" for n in range(1, 10)),
        "T-shirt-top.png",
    ]


def test_a_folder_is_a_data_set_and_what_was_assumed_is_said(typed, tmp_path):
    folder_of_pictures(tmp_path / "f", "ab", side=8)
    folder_of_pictures(tmp_path / "f", "c", side=9)
    status, out, err = typed("data", "folder:f")
    assert status == 0
    assert out.startswith("folder:f: pictures of 1x64x64, 3 classes\n")
    assert err == "pictures resized and cropped to 64x64.\n3 of 15 pictures set aside for testing.\n"
    assert typed("data", "folder:f", "--size", 16)[1].startswith("folder:f: pictures of 1x16x16, 3 classes\n")
    (tmp_path / "f" / "a" / "bad.png").write_text("no picture")
    assert typed("data", "folder:f")[0] == 2
    assert "left out 1 of 16 files: f/a/bad.png" in typed("data", "folder:f", "--skip-bad")[2]


# --- train


def test_train_keeps_the_run_says_its_accuracy_and_numbers_the_folders(typed):
    for folder in ("runs/network-digits", "runs/network-digits-2"):
        status, out, err = typed("train", SMALL, "--data", "digits", "--epochs", 1)
        assert status == 0
        kept = json.loads(Path(folder, "run.json").read_text())
        assert out.startswith(f"{kept['accuracy']:.2%} of 359 test pictures are classified correctly, after ")
        assert out.endswith(f"The run is kept in {folder}.\n")
        assert err.startswith("epoch 1 of 1: loss ")
    low, high = loc.evaluate(loc.load(folder)).interval()
    assert f"With 95 % confidence the true share lies between {low:.2%} and {high:.2%}.\n" in out


def test_an_empty_folder_is_free_and_one_with_something_in_it_is_not(shown):
    Path("runs/network-digits").mkdir(parents=True)
    Path("runs/network-digits-2").write_text("mine")
    begun = ["train", SMALL, "--data", "digits", "--epochs", 1, "-q"]
    assert shown(*begun).endswith("The run is kept in runs/network-digits.\n")
    assert shown(*begun).endswith("The run is kept in runs/network-digits-3.\n")
    assert Path("runs/network-digits-2").read_text() == "mine"


def test_train_quietly_says_only_the_result(typed):
    assert typed("train", SMALL, "--data", "digits", "--epochs", 1, "-q")[2] == ""


def test_train_as_json_prints_what_the_run_keeps(shown):
    plain = strict(shown("train", SMALL, "--data", "digits", "--epochs", 1, "-q", "--json", "--out", "x"))
    assert plain == strict(Path("x/run.json").read_text())
    assert plain["recipe"]["epochs"] == 1
    assert 0 < plain["accuracy"] < 1
    assert plain["network"]["input"] == [1, 8, 8]


def test_every_setting_of_a_recipe_is_an_option_and_its_default_is_said(shown, typed):
    settings = {
        "epochs": 2, "batch-size": 64, "learning-rate": 0.01, "optimizer": "sgd", "momentum": 0.8,
        "weight-decay": 0.01, "schedule": "cosine", "warmup": 0.2, "label-smoothing": 0.1, "averaging": 0.9,
        "shift": 2, "rotation": 5.0, "crop": 0.9, "erase": 2, "validation": 0.1, "seed": 7,
    }  # fmt: skip
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    status, out, err = typed("train", SMALL, "--data", "digits", "--json", "--device", "cpu", "--flip", *words)
    assert status == 0
    expected = {name.replace("-", "_"): value for name, value in settings.items()}
    assert strict(out)["recipe"] == {**expected, "flip": True}
    assert "held out" in err
    told = " ".join(shown("train", "--help").split("Options:")[1].split())
    for name, value in loc.Recipe().to_dict().items():
        option = told[told.index(f"--{name.replace('_', '-')} ") :].replace("--no-flip", "").split(" --")[0]
        default = "no" if value is False else f"{value}".removesuffix(".0")
        assert f" Default: {default}" in option


def test_a_network_of_the_zoo_gets_as_many_outputs_as_there_are_classes(typed, tmp_path):
    folder_of_pictures(tmp_path / "my photos", ["café", "tea", "water"], side=70, mode="RGB")
    words = ["train", "tiny-vgg", "--data", "folder:my photos/", "--epochs", 1, "--batch-size", 4, "-q"]
    status, out, err = typed(*words)
    assert status == 0
    assert err.splitlines()[0] == "pictures resized and cropped to 64x64."
    assert err.splitlines()[-1] == "tiny-vgg: it gets 3 outputs, one for each class of folder:my photos/."
    assert out.endswith("The run is kept in runs/tiny-vgg-my photos.\n")
    run = loc.load("runs/tiny-vgg-my photos")
    assert run.network.output == (3,)
    assert run.model.classes == ("café", "tea", "water")
    assert typed("evaluate", "runs/tiny-vgg-my photos")[0] == 0


def test_a_network_that_is_not_square_sees_its_folder_s_pictures_whole(typed, tmp_path):
    """Two classes that differ only in a bar at the left edge."""
    rng = np.random.default_rng(0)
    for name, bar in (("bar", 255), ("none", 0)):
        (tmp_path / "bars" / name).mkdir(parents=True)
        for i in range(20):
            picture = rng.integers(0, 100, (14, 28), np.uint8)
            picture[:, :3] = bar
            Image.fromarray(picture).save(tmp_path / "bars" / name / f"{i}.png")
    words = ["--data", "folder:bars", "--epochs", 10, "--batch-size", 8, "--shift", 0, "-q", "--out", "run"]
    status, out, err = typed("train", "1x14x28 | flatten | dense 2", *words)
    assert (status, err) == (0, "8 of 40 pictures set aside for testing.\n")
    assert out.startswith("100.00% of 8 test pictures are classified correctly")
    assert typed("evaluate", "run")[1].startswith("100.00% of 8 test pictures are classified correctly")
    run = loc.load("run")
    assert (run.data.shape, loc.evaluate(run).accuracy) == ((1, 14, 28), 1.0)


def test_a_run_without_a_picture_s_input_cannot_have_its_folder_again(tmp_path):
    folder_of_pictures(tmp_path / "f", "ab")
    run = loc.Run(loc.build(loc.Network.from_text("64 | dense 2")), loc.Recipe(), "folder:f")
    with pytest.raises(loc.LocalityError) as error:
        _ = run.data
    assert str(error.value) == (
        "fit: a picture has 1 or 3 channels, a height and a width; it cannot become 64. "
        "Give a network whose input is 1xHxW or 3xHxW."
    )


def test_grey_pictures_serve_a_colour_network_and_back(typed, tmp_path):
    folder_of_pictures(tmp_path / "colour", "ab", mode="RGB")
    colour = "3x8x8 | conv 4 3x3 | relu | flatten | dense 10"
    status, _, err = typed("train", colour, "--data", "digits", "--epochs", 1, "-q", "--out", "c")
    assert (status, err) == (0, "digits: its pictures, 1x8x8, are brought to 3x8x8.\n")
    assert typed("evaluate", "c")[2] == err
    status, _, err = typed("train", SMALL, "--data", "folder:colour", "--epochs", 1, "-q", "--batch-size", 4)
    assert status == 0
    assert err.endswith("folder:colour: its pictures, 3x8x8, are brought to 1x8x8.\n")
    status, out, _ = typed("predict", "runs/network-colour", "colour/a/0.png", "--most", 1)
    assert status == 0
    assert out.splitlines()[1] == "  coloured: made grey"


def test_a_run_goes_on_by_the_recipe_it_was_begun_with(typed):
    begun = ["train", SMALL, "--data", "digits", "-q"]
    assert typed(*begun, "--epochs", 1, "--seed", 5)[0] == 0
    # Without --out the last run is meant, and what is not said stays as it was.
    for more in ([], ["--epochs", 1], ["--seed", 5]):
        status, out, _ = typed(*begun, "--resume", *more)
        assert status == 0
        assert out.endswith("The run is kept in runs/network-digits.\n")
    assert not Path("runs/network-digits-2").exists()
    assert typed(*begun, "--resume", "--epochs", 2) == (
        2, "", "runs/network-digits: the run kept here has epochs 1, not 2. Use another folder.\n",
    )  # fmt: skip


def test_going_on_without_a_folder_finds_the_run_that_is_not_finished(typed):
    begun = ["train", SMALL, "--data", "digits", "-q", "--epochs", 1]
    for _ in range(2):
        assert typed(*begun)[0] == 0
    path = Path("runs/network-digits/run.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "accuracy": None}))
    status, out, said = typed(*begun, "--resume")
    assert (status, said) == (0, "")
    assert out.endswith("The run is kept in runs/network-digits.\n")
    status, out, said = typed(*begun, "--resume")
    assert out.endswith("The run is kept in runs/network-digits-2.\n")
    assert said == "runs/network-digits-2: this run was finished before, nothing is left to train.\n"


def test_a_run_given_as_a_network_lends_its_description_alone(typed):
    assert typed("train", SMALL, "--data", "digits", "-q", "--epochs", 1, "--out", "warm")[0] == 0
    status, _, said = typed("train", "warm", "--data", "digits", "-q", "--epochs", 1, "--out", "new")
    assert (status, said) == (0, "warm: its description is taken, not its weights.\n")


def test_a_damaged_recipe_is_told_like_any_damage_to_a_run(typed):
    begun = ["train", SMALL, "--data", "digits", "-q"]
    assert typed(*begun, "--epochs", 1, "--out", "run")[0] == 0
    path = Path("run/run.json")
    plain = json.loads(path.read_text())
    path.write_text(json.dumps({**plain, "recipe": {"epochs": 0}}))
    assert typed(*begun, "--resume", "--out", "run") == (
        2, "", "run/run.json: it is damaged (epochs is 0; it must be a whole number of at least 1. Give epochs=1 or "
        "more). Train the run again, in another folder.\n",
    )  # fmt: skip
    del plain["recipe"]
    path.write_text(json.dumps(plain))
    assert typed(*begun, "--resume", "--out", "run") == (
        2, "", "run/run.json: it is damaged (no 'recipe'). Train the run again, in another folder.\n",
    )  # fmt: skip


def test_a_full_disk_is_said_and_the_run_goes_on_to_the_same_end(typed, monkeypatch):
    words = ["train", SMALL, "--data", "digits", "--epochs", 3, "-q"]
    assert typed(*words, "--out", "whole")[0] == 0
    real, left = os.replace, [7]  # files that find room: the first four, at the start, and three after an epoch

    def replace(source, target):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        real(source, target)

    with monkeypatch.context() as disk:
        disk.setattr("locality.data.replacing.os.replace", replace)
        status, out, err = typed(*words, "--out", "broken")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert "it could not be written (No space left on device). Make room" in err
    assert not list(Path("broken").glob(".*"))
    status, out, err = typed("evaluate", "broken", "--mistakes", 0)
    assert status == 0
    assert "this run is not finished, these are its weights after " in err
    assert typed(*words, "--out", "broken", "--resume")[0] == 0
    assert Path("broken/weights.safetensors").read_bytes() == Path("whole/weights.safetensors").read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="ulimit")
def test_the_real_program_says_in_one_sentence_that_a_file_could_not_be_written(tmp_path):
    words = ["train", "lenet5", "--data", "digits", "--epochs", "1", "-q", "--out", "x"]
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 50; exec "$@"', "-", *PROGRAM, *words],
        capture_output=True, text=True, timeout=120, env=ALONE,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    note, message = done.stderr.splitlines()
    assert note == "digits: its pictures, 1x8x8, are brought to 1x28x28."
    assert message.startswith("x/weights.safetensors: it could not be written (")
    assert message.endswith("then resume the run; what was kept before is untouched.")


def test_ctrl_c_stops_training_with_130_and_says_how_to_go_on(typed):
    words = ["train", SMALL, "--data", "digits", "--epochs", "5000", "--out", "my run"]
    with subprocess.Popen(
        [*PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=ALONE,
    ) as child:  # fmt: skip
        metrics, began = Path("my run/metrics.jsonl"), time.monotonic()
        while not (metrics.exists() and metrics.read_text()) and time.monotonic() - began < 60:
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, "")
    last = err.splitlines()[-1]
    assert last == (
        "Stopped; the last whole epoch is kept in my run. "
        f"Go on with: locality train '{SMALL}' --data digits --out 'my run' --resume"
    )
    status, _, err = typed("predict", "my run", *saved_digits(1))
    assert status == 0
    assert err.startswith("my run: this run is not finished, these are its weights after ")
    assert err.endswith(" of 5000 epochs.\n")


def test_ctrl_c_elsewhere_ends_with_130_and_no_more(typed, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as pressed:
        pressed.setattr(loc, "trace", stop)
        assert typed("trace", "lenet5") == (130, "", "")
    monkeypatch.setattr("locality.cli.app", stop)  # before the command has begun
    assert typed("trace", "lenet5") == (130, "", "")


# --- evaluate


def test_evaluate_shows_accuracy_confusion_classes_and_mistakes(shown, small_run):
    said = shown("evaluate", small_run)
    run = loc.load(small_run)
    assert said.startswith(f"{run.accuracy:.2%} of 359 test pictures are classified correctly.\n")
    wrong = 359 - round(run.accuracy * 359)
    assert f"\nThe surest mistakes, {min(wrong, 10)} of {wrong}:\n" in said
    assert "% sure" in said
    assert "mistakes" not in shown("evaluate", small_run, "--mistakes", 0)
    assert " of 1,438 train pictures are classified correctly." in shown("evaluate", small_run, "--split", "train")


def test_evaluate_as_json_holds_the_same_numbers(shown, small_run):
    plain = strict(shown("evaluate", small_run, "--json", "--mistakes", 2))
    assert plain["accuracy"] == loc.load(small_run).accuracy
    assert plain["pictures"] == np.sum(plain["confusion"]) == 359
    assert set(plain) == {
        "split", "pictures", "accuracy", "interval", "top5", "loss", "per_class", "confusion", "mistakes",
    }  # fmt: skip
    assert [set(one) for one in plain["mistakes"]] == [{"index", "label", "predicted", "probability"}] * 2


def test_evaluate_takes_other_data_with_the_same_classes_only(typed, refused, small_run, tmp_path):
    folder_of_pictures(tmp_path / "other", "0123456789", side=20)
    status, out, err = typed("evaluate", small_run, "--data", "folder:other", "--mistakes", 1)
    assert status == 0
    assert "of 10 test pictures" in out
    assert "pictures resized and cropped to 8x8.\n" in err
    folder_of_pictures(tmp_path / "cats", ["cat", "dog"])
    status, out, err = typed("evaluate", small_run, "--data", "folder:cats")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1] == (
        "network: it was trained on the classes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, folder:cats has cat, dog. "
        "Give data with the same classes."
    )


# --- predict


def saved_digits(count, data="digits", folder="digits"):
    """Test pictures as PNG files: a digit's name is what it shows, a space, and a number."""
    test = dataset(data).test
    Path(folder).mkdir(exist_ok=True)
    for n in range(count):
        Image.fromarray(test.images[n, 0]).save(f"{folder}/{test.labels[n]} {n}.png")
    return sorted(Path(folder).glob("*.png"))


def photo(digit, number, dark):
    """A digit as large as a hand, in ink on unevenly lit paper, or light on a dark wall: 640x480, with noise."""
    rng = np.random.default_rng(number)
    side = int(rng.integers(150, 330))
    ink = np.zeros((480, 640))
    top, left = rng.integers(15, 465 - side), rng.integers(15, 625 - side)
    large = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    ink[top : top + side, left : left + side] = np.asarray(large) / 255
    y, x = np.mgrid[-1:1:480j, -1:1:640j]
    paper = 205 + 25 * x * rng.uniform(-1, 1) + 25 * y * rng.uniform(-1, 1) - 15 * (x * x + y * y)
    grey = paper * (1 - 0.75 * ink) if dark else 45 + 8 * x + 170 * ink
    colour = (grey + 3 * rng.standard_normal(grey.shape))[..., None] * ([1, 0.97, 0.9] if dark else [1, 1, 1])
    return Image.fromarray(np.clip(colour, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("kind", ["dark on light", "light on dark", "straight"])
def test_most_photographed_digits_are_classified_correctly(shown, digit_run, kind):
    test = dataset("mnist" if MNIST else "digits").test
    for n in range(20):
        path = f"{test.labels[n]} {n} ä.jpg"
        if kind == "straight":
            Image.fromarray(test.images[n, 0]).resize((28, 28), Image.Resampling.BICUBIC).save(path[:-3] + "png")
        else:
            turned, exif = photo(test.images[n, 0], n, kind == "dark on light"), Image.Exif()
            if n % 2:  # held upright: the camera stores it on its side and says so
                exif[0x0112], turned = 6, turned.transpose(Image.Transpose.ROTATE_90)
            turned.save(path, quality=85, exif=exif)
    answers = strict(shown("predict", digit_run, *sorted(Path().glob("* *.*")), "--json"))
    assert len(answers) == 20
    right = sum(answer["picture"][0] == answer["classes"][0] for answer in answers)
    assert right >= (17 if MNIST else 12)  # measured: 20 on MNIST, 16 or more on digits
    said = {
        "dark on light": "dark digit on a light ground: inverted",
        "light on dark": "light digit on a dark ground: kept",
        "straight": "light digit on black at the right size: used as it is",
    }[kind]
    if MNIST:
        assert all(answer["assumed"][0] == said for answer in answers)
        assert all(len(answer["assumed"]) >= 2 for answer in answers) or kind == "straight"


@pytest.mark.parametrize("side", [8, 28])
def test_a_digit_goes_the_way_that_the_training_pictures_went(shown, side):
    """They fill their 8x8 pixels and are then brought to the network; with MNIST's margin 2 of 20 come out right."""
    net = f"1x{side}x{side} | conv 8 3x3 | relu | flatten | dense 10"
    shown("train", net, "--data", "digits", "--epochs", 8, "-q", "--out", "run")
    test = dataset("digits").test
    for n in range(40):
        photo(test.images[n, 0], n, dark=True).save(f"{test.labels[n]} {n}.jpg")
    answers = strict(shown("predict", "run", *sorted(Path().glob("*.jpg")), "--json"))
    assert sum(answer["picture"][0] == answer["classes"][0] for answer in answers) >= 28  # measured: 36 and 37


def test_predict_says_the_answer_and_then_what_was_assumed(shown, digit_run):
    canvas = np.full((300, 400), 230, np.uint8)
    canvas[60:240, 190:210] = 20
    Image.fromarray(canvas).save("a one.png")
    first, *assumed = shown("predict", digit_run, "a one.png").splitlines()
    assert first.startswith("a one.png: 1 (")
    assert first.count("%") == 3
    assert assumed == [
        "  dark digit on a light ground: inverted",
        "  cropped to the ink, 20x180 of 400x300, and centred by its mass",
    ]
    assert shown("predict", digit_run, "a one.png", "--most", 1).splitlines()[0].endswith("%)")


def test_predict_as_json_holds_picture_assumptions_classes_and_probabilities(shown, small_run):
    pictures = saved_digits(3)
    answers = strict(shown("predict", small_run, *pictures, "--json", "--most", 10))
    assert [answer["picture"] for answer in answers] == list(map(str, pictures))
    for answer in answers:
        assert set(answer) == {"picture", "assumed", "classes", "probabilities"}
        assert sorted(answer["classes"]) == list("0123456789")
        assert sum(answer["probabilities"]) == pytest.approx(1)
        assert answer["probabilities"] == sorted(answer["probabilities"], reverse=True)


def test_good_pictures_are_answered_before_bad_ones_are_refused(typed, small_run):
    (good,) = saved_digits(1)
    Path("text.png").write_text("hello")
    Image.new("L", (40, 40), 200).save("empty.png")
    status, out, err = typed("predict", small_run, "text.png", good, "digits", "empty.png", "none.png")
    assert status == 2
    assert out.startswith(f"{good}: ")
    assert err.splitlines() == [
        "text.png: not a picture Pillow can read. Save it as PNG or JPEG, or leave it out.",
        "digits: cannot be read: Is a directory. Replace the file, or leave it out.",
        "empty.png: nothing stands out from its ground (brightness 200 to 200), so there is no digit to read. "
        "Give one with a darker or lighter digit on an even ground.",
        "none.png: there is no such file. Check the path.",
    ]
    status, out, _ = typed("predict", small_run, good, "none.png", "--json")
    assert (status, len(strict(out))) == (2, 1)
    assert typed("predict", small_run, "none.png", "--json")[:2] == (2, "")


def test_other_than_digits_are_resized_and_that_is_said(shown, tmp_path):
    folder_of_pictures(tmp_path / "f", "ab")
    loc.train(loc.Network.from_text("1x8x8 | flatten | dense 2"), dataset("folder:f"), loc.Recipe(batch_size=4),
              out="run", progress=False)  # fmt: skip
    Image.new("RGB", (30, 20), "red").save("red.jpg")
    assert shown("predict", "run", "red.jpg").splitlines()[1:] == [
        "  coloured: made grey",
        "  30x20: brought to 8x8, the overhang is cut off",
    ]
    assert shown("predict", "run", "f/a/0.png").splitlines()[1:] == ["  taken as it is"]


# --- bad input: one message in full, nothing on stdout, status 2


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (
            "3x224x224 | conv 64 7x7 stride 2 pad 3",
            "conv1: a 7x7 kernel with stride 2 and padding 3 does not tile 224: (224 - 7 + 2*3)/2 + 1 = 112.5. "
            'Use rounding="floor" (the last row and column of padding stay unread, no pixel is lost), or an input of '
            "223 or 225. (3x224x224)",
        ),
        (
            "1x28x28 | conv 6 5x5 pad 2 | max 2x2 | max 2x2 | conv 4 9x9",
            "conv2: a 9x9 kernel does not fit its 7x7 input (padding 0). Use padding of at least 1 or a kernel of at "
            "most 7. (1x28x28 -> conv1 28x28 -> pool1 14x14 -> pool2 7x7)",
        ),
        (
            "1x28x28 | conv 6 5x5 groups 4",
            "layer 1, 'conv 6 5x5 groups 4': 4 groups do not divide 6 output channels. Use 4 or 8 output channels, "
            "or another number of groups.",
        ),
        (
            "1x28x28 | conv 0 5x5",
            "layer 1, 'conv 0 5x5': out_channels is 0; it must be a whole number of at least 1. "
            "Give out_channels=1 or more.",
        ),
        (
            "1x28x28 | max 0",
            "layer 1, 'max 0': kernel_size is 0; it must be a whole number of at least 1. Give kernel_size=1 or more.",
        ),
        (
            "1x28x28 | flatten | conv 6 5x5",
            "conv1: it needs space, but its input is flat (784 features). Put it before Flatten(). "
            "(1x28x28 -> flatten1 784)",
        ),
        (
            "1x28x28 | sum[ conv 1 3x3 ; skip ]",
            'sum1: its inputs differ in shape: 1x26x26 and 1x28x28. Make them equal: padding="same" keeps the space, '
            "and a 1x1 convolution on the shortcut changes channels, with a stride the space too. "
            "(1x28x28 -> conv1 26x26)",
        ),
        ("1x28x28 | cnov 6 5x5", "layer 1, 'cnov 6 5x5': Unknown layer 'cnov'. Did you mean 'conv'?"),
        ("resnet-50", "Unknown network 'resnet-50'. Did you mean 'resnet50'?"),
        (
            "nets/mine.json",
            "nets/mine.json: there is no such file. Check the path, or give a file with JSON or a line of notation, "
            "the folder of a run, or a name from `locality zoo`.",
        ),
        (
            ".",
            ".: no run is kept in this folder (no run.json). Give a file with JSON or a line of notation, the folder "
            "of a run, or a name from `locality zoo`.",
        ),
        (
            "/dev/zero/x",
            "/dev/zero/x: there is no such file. Check the path, or give a file with JSON or a line of notation, "
            "the folder of a run, or a name from `locality zoo`.",
        ),
    ],
)
def test_a_network_that_is_none_is_refused(refused, net, message):
    assert refused("trace", net) == message
    assert refused("train", net, "--data", "digits") == message


@pytest.mark.parametrize("net", ["1x28x28 | conv 6 -5", "1x28x28 | conv -6 5", "1x28x28 | conv 6 5 stride -1", ""])
def test_a_negative_size_and_an_empty_line_are_refused(refused, net):
    assert refused("trace", net)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello", "net: it is neither JSON nor a line of notation. Give a file with JSON or a line of notation, the "
         "folder of a run, or a name from `locality zoo`."),
        (b"\xff\xfe\x00|", "net: no network can be read from it (it is not text in UTF-8). Give a file with JSON or a "
         "line of notation, the folder of a run, or a name from `locality zoo`."),
        (b"1x8x8 | cnov 3 3", "net: layer 1, 'cnov 3 3': Unknown layer 'cnov'. Did you mean 'conv'?"),
    ],
)  # fmt: skip
def test_a_file_that_holds_no_network_is_named(refused, content, message):
    Path("net").write_bytes(content)
    assert refused("trace", "net") == message


def test_a_damaged_json_file_and_a_damaged_run_are_named(refused):
    Path("net.json").write_text('{"name": ')
    assert refused("trace", "net.json").startswith("net.json: this is no JSON: ")
    Path("run").mkdir()
    Path("run/run.json").write_text("[]")
    assert refused("trace", "run").startswith("run: its run.json is damaged. Give ")
    assert refused("predict", "run", "x.png").startswith("run/run.json: it ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--epochs", "0"], "epochs is 0; it must be a whole number of at least 1. Give epochs=1 or more."),
        (["--crop", "2"], "crop is 2.0; it must be more than 0 and at most 1. Give a number in between."),
        (["--optimizer", "adam"], "Unknown optimizer 'adam'. Did you mean 'adamw'?"),
        (["--schedule", "onecycle"], "Unknown schedule 'onecycle'. Did you mean 'one-cycle'?"),
        (["--learning-rate", "nan"], "learning_rate is nan; it must be more than 0 and at most 1000. "
         "Give a number in between."),
        (["--data", "minst"], "Unknown data set 'minst'. Did you mean 'mnist'?"),
        (["--data", "folder:none"], "folder:none: none does not exist. Give a folder that holds one folder of "
         "pictures per class."),
        (["--resume"], "runs/network-digits: there is no run to go on with. Give its folder with --out, or leave "
         "--resume out."),
        (["--out", "/dev/null/x"], "/dev/null/x: no folder can be made there (Not a directory). Give another place."),
    ],
)  # fmt: skip
def test_training_that_cannot_begin_is_refused(refused, words, message):
    assert refused("train", SMALL, "--data", "digits", *words) == message
    assert not Path("runs").exists()


def test_more_classes_than_outputs_are_refused_before_the_first_step(refused):
    assert refused("train", "1x8x8 | flatten | dense 9", "--data", "digits") == (
        "network: it has 9 outputs, digits has 10 classes. End the network with Dense(10)."
    )


def test_a_folder_that_holds_a_run_is_left_alone(refused, small_run):
    before = {path: path.read_bytes() for path in small_run.iterdir()}
    assert refused("train", SMALL, "--data", "digits", "--out", small_run) == (
        f"{small_run}: a run is kept here already. Use resume to go on with it, or give another folder."
    )
    assert {path: path.read_bytes() for path in small_run.iterdir()} == before


def test_a_loss_that_is_no_number_stops_training_and_keeps_what_was_there(refused):
    net = "1x8x8 | conv 8 3x3 | relu | flatten | dense 64 | relu | dense 10"
    words = ["--optimizer", "sgd", "--learning-rate", 1000, "--warmup", 0, "-q", "--out", "x"]
    message = refused("train", net, "--data", "digits", *words)
    assert message.count("\n") == 0
    assert ": the loss is " in message
    assert message.endswith(" are kept in x. Use a smaller learning_rate, or more warmup.")
    assert loc.load("x").network == loc.Network.from_text(net)


def test_folders_that_are_no_data_set_are_refused(refused, tmp_path):
    (tmp_path / "empty").mkdir()
    assert refused("data", "folder:empty") == (
        "folder:empty: empty has no class folders (files in it: 0). "
        "Make one folder per class and put its pictures inside."
    )
    folder_of_pictures(tmp_path / "one", ["cat"])
    for words in (["data", "folder:one"], ["train", "tiny-vgg", "--data", "folder:one"]):
        assert refused(*words) == (
            "folder:one: one class only (cat). Add pictures of a second class: with one there is nothing to tell apart."
        )
    folder_of_pictures(tmp_path / "two", ["cat", "dog"])
    (tmp_path / "two" / "dog" / "x.png").write_text("no picture")
    assert refused("data", "folder:two") == (
        "folder:two: 1 of 11 files: two/dog/x.png: not a picture Pillow can read. Mend or remove them, "
        "or use skip_bad=True (--skip-bad)."
    )


def test_options_of_data_without_a_data_set_are_refused(refused):
    assert refused("data", "--save", "x") == (
        "data: no data set is named. Say which one, for example: locality data mnist"
    )
    assert refused("data", "digits", "--size", 3) == (
        "digits: size=3 is for folder:PATH; digits has one size. Leave size out."
    )


def test_a_folder_without_a_run_is_refused(refused):
    message = "none: no run is kept here (no run.json). Give the folder that train wrote."
    assert refused("evaluate", "none") == message
    assert refused("predict", "none", "x.png") == message


def test_an_unknown_split_is_refused_with_the_nearest(refused, small_run):
    assert refused("evaluate", small_run, "--split", "tests") == "Unknown split 'tests'. Did you mean 'test'?"


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (["trian"], "Error: No such command 'trian'. Did you mean 'train', 'trace'?"),
        (["trace", "lenet5", "--jsn"], "Error: No such option: --jsn (Possible options: --csv, --json)"),
        (["trace"], "Error: Missing argument 'NET'."),
        (["train", "lenet5"], "Error: Missing option '--data'."),
        (["train", "lenet5", "--data", "digits", "--epochs", "many"], "Error: Invalid value for '--epochs': "),
        (["predict", "run"], "Error: Name the folder of a run and a picture, or --net NAME and a picture."),
    ],
)
def test_what_was_mistyped_gets_the_usage(refused, words, end):
    message = refused(*words)
    assert message.startswith("Usage: locality ")
    assert end in message.splitlines()[-1]
    assert "{" not in message


def test_whatever_the_system_refuses_is_one_sentence(refused, monkeypatch):
    def denied(_):
        raise PermissionError(13, "Permission denied", "here")

    def full(_):
        raise MemoryError

    def broken(_):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(loc, "trace", denied)
    assert refused("trace", "lenet5") == (
        "locality: here: Permission denied. Make room there, mend its permissions, or use another place."
    )
    monkeypatch.setattr(loc, "trace", full)
    assert refused("trace", "lenet5") == (
        "locality: there is not enough memory. Use a smaller --batch-size, smaller pictures, or a smaller network."
    )
    monkeypatch.setattr(loc, "trace", broken)
    assert refused("trace", "lenet5") == (
        "locality: ZeroDivisionError: division by zero. This is a bug in locality: please report it, "
        "with what it shows when LOCALITY_TRACEBACK=1 is set."
    )
    monkeypatch.setenv("LOCALITY_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        main()


def test_a_device_that_is_none_is_refused_without_a_traceback(typed):
    status, out, err = typed("train", SMALL, "--data", "digits", "-q", "--device", "foo")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("device 'foo': torch cannot compute there (")
    assert not Path("runs").exists()


# --- help, version, completion


@pytest.mark.parametrize("command", ["trace", "zoo", "data", "train", "evaluate", "predict"])
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_fits_80_columns_and_shows_examples(shown, command, option):
    told = shown(command, option)
    assert told.startswith(f"Usage: locality {command} [OPTIONS]")
    assert f"\n  Examples:\n    locality {command}" in told
    assert max(map(len, told.splitlines())) <= 80
    assert "{" not in told
    assert "list[" not in told


COMMANDS = [
    "trace",
    "zoo",
    "data",
    "train",
    "evaluate",
    "predict",
    "page",
    "explain",
    "kernel",
    "draw",
    "attribute",
    "animate",
    "lab",
    "generations",
    "ising",
    "blocks",
    "phases",
    "ground-state",
]


def test_help_alone_lists_the_commands(shown, typed):
    told = shown("--help")
    listed = told[told.index("Commands:") :].splitlines()[1:]
    assert [line.split()[0] for line in listed] == COMMANDS
    assert "..." not in told[told.index("Commands:") :]
    assert told.strip() in "".join(typed()[1:])


def test_every_example_of_the_help_can_be_parsed(shown, monkeypatch):
    import shlex

    import typer

    from locality.cli import app

    group = typer.main.get_command(app)
    for command in COMMANDS:
        told = shown(command, "--help").split("Examples:\n")[1].split("\n\n")[0]
        for line in told.splitlines():
            words = shlex.split(line)
            assert words[:2] == ["locality", command]
            with group.commands[command].make_context(command, words[2:]):
                pass


def test_the_version_is_said(shown):
    assert shown("--version") == f"locality {loc.__version__}\n"


def test_the_shell_completes_commands():
    asked = {"_LOCALITY_COMPLETE": "complete_bash", "COMP_WORDS": "locality tr", "COMP_CWORD": "1"}
    script = shutil.which("locality", path=str(Path(sys.executable).parent))
    if script is None:
        pytest.skip("the script is not installed")
    done = subprocess.run([script], capture_output=True, text=True, env={**ALONE, **asked}, timeout=60)
    assert done.stdout.split() == ["trace", "train"]


# --- the real program, in odd places


def test_the_real_program_traces_without_torch_in_half_a_second():
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        done = program("trace", "resnet152")
        seconds.append(time.perf_counter() - began)
        assert (done.returncode, done.stderr) == (0, "")
    assert "\n60,192,808 parameters, 11,513,626,624 multiply-accumulates (MACs).\n" in done.stdout
    assert min(seconds) < 0.5 * 3  # 0.25 s on a quiet machine; this one may be busy


@pytest.mark.parametrize("words", [["trace", "lenet5"], ["zoo"], ["--help"], ["zoo", "--json"]])
def test_what_needs_no_torch_loads_none(words):
    code = (
        "import sys; from locality.__main__ import main\n"
        f"sys.argv[1:] = {words!r}\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print({'torch', 'sklearn', 'numpy'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=ALONE)
    assert done.stderr == "set()\n"


@pytest.mark.parametrize(
    ("command", "reader", "read"),
    [("trace resnet152 --json", "head -1", "{\n"), ("trace resnet152", "head -1", "resnet152: 3x224x224 -> 1000\n"),
     ("zoo", "true", ""), ("--version", "true", "")],
)  # fmt: skip
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_gone_is_no_error(command, reader, read, unbuffered):
    line = f"{' '.join(PROGRAM)} {command} | {reader}; exit ${{PIPESTATUS[0]}}"
    environment = {**ALONE, "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60, env=environment)
    assert (done.stdout, done.stderr) == (read, "")
    assert done.returncode in (0, 1)  # 0 where all fitted into the pipe


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("words", [["zoo"], ["trace", "resnet152", "--json"]])
def test_an_output_without_room_is_one_sentence(words):
    with open("/dev/full", "w") as full:
        done = subprocess.run([*PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, env=ALONE)
    assert done.returncode == 2
    assert done.stderr == (
        "locality: the output: No space left on device. Make room there, mend its permissions, or use another place.\n"
    )


def test_a_terminal_that_knows_only_ascii_gets_question_marks(tmp_path):
    done = program("trace", "resnet152", env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C", "COLUMNS": "40"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "?" in done.stdout
    done = program("trace", "netz ä ☃", env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert done.returncode == 2
    assert done.stderr.startswith("Unknown network 'netz ")


def test_the_mistakes_are_drawn_on_a_terminal_that_knows_only_ascii(typed, small_run, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    status, _, err = typed("evaluate", small_run, "--mistakes", 2)
    assert (status, err) == (0, "")
    assert b"?" in raw.getvalue()
