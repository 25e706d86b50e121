"""Picture files read a batch at a time."""

import os
import threading
import warnings
from functools import partial

import numpy as np
import pytest
from PIL import Image

from locality.data import dataset, read_picture
from locality.data.picture import conversions
from locality.data.stream import picture_folder
from locality.errors import DataError, UnknownNameError

READ = partial(read_picture, channels=1)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fill(folder, classes=("cat", "dog"), n=5):
    for label, name in enumerate(classes):
        for i in range(n):
            path = folder / name / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (6, 4), label * 100 + i).save(path)


def test_batches_hold_every_picture_once_in_order(root):
    fill(root, n=7)
    pictures = picture_folder(root)
    assert (pictures.folders, pictures.count) == (("cat", "dog"), 14)
    batches = list(pictures.batches([5, 3], READ, 4))
    assert [len(batch.labels) for batch in batches] == [4, 4, 4, 2]
    images = np.concatenate([batch.images for batch in batches])
    assert (images.shape, images.dtype) == ((14, 1, 4, 6), np.uint8)
    assert images[:, 0, 0, 0].tolist() == [*range(7), *range(100, 107)]
    assert np.concatenate([batch.labels for batch in batches]).tolist() == [5] * 7 + [3] * 7
    files = [file for batch in batches for file in batch.files]
    assert files == sorted(root.rglob("*.png"))


def test_the_pictures_are_those_of_the_data_set_in_memory(root):
    fill(root, n=6)
    data = dataset("folder:.")
    (batch,) = picture_folder(".").batches([0, 1], READ, 100)
    kept = np.concatenate([data.train.images, data.test.images])
    assert sorted(map(bytes, kept)) == sorted(map(bytes, batch.images))


@pytest.mark.parametrize(
    ("made", "split", "place"),
    [
        (["a/x"], "test", ""),
        (["val/a/x"], "test", "val"),
        (["test/a/x", "val/b/x"], "test", "test"),
        (["test/x", "val/a/x", "train/a/x"], "test", "val"),
        (["train/a/x", "val/a/x"], "train", "train"),
    ],
)  # ImageNet's own test folder has no classes inside
def test_the_folder_of_a_split_is_the_one_with_classes_inside(root, made, split, place):
    for path in made:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (2, 2)).save(f"{root / path}.png")
    assert picture_folder(root, split).root == root / place


def test_no_more_than_the_next_batch_is_read_ahead(root):
    fill(root, n=40)
    read, lock = [], threading.Lock()

    def counted(file):
        with lock:
            read.append(file)
        return READ(file)

    batches = picture_folder(root).batches([0, 1], counted, 10)
    for turn in range(1, 8):
        next(batches)
        assert 10 * turn <= len(read) <= 10 * (turn + 1) + 1
    batches.close()
    assert threading.active_count() == 1 or not any("reading" in each.name for each in threading.enumerate())


def test_files_are_read_by_several_threads_at_once(root):
    fill(root, n=8)
    together = threading.Barrier(3, timeout=10)  # broken unless three are inside at the same time

    def waiting(file):
        if int(file.stem) < 3 and file.parent.name == "cat":
            together.wait()
        return READ(file)

    assert sum(len(batch.labels) for batch in picture_folder(root).batches([0, 1], waiting, 3)) == 16


def test_pictures_are_decoded_at_the_same_time_and_warnings_are_afterwards_what_they_were(root, monkeypatch):
    fill(root, n=100)
    together, opened = threading.Barrier(3, timeout=10), Image.open

    def meeting(file):
        if file.stem in ("0", "1", "10") and file.parent.name == "cat":  # the first three
            together.wait()  # broken unless three threads are inside `read_picture`
        warnings.warn("an odd file", stacklevel=1)  # an error, were it heard
        return opened(file)

    monkeypatch.setattr(Image, "open", meeting)
    before = list(warnings.filters)
    assert sum(len(batch.labels) for batch in picture_folder(root).batches([0, 1], READ, 8)) == 200
    assert warnings.filters == before
    with pytest.raises(UserWarning):
        warnings.warn("heard again", stacklevel=1)


def spoil(root):
    fill(root, n=30)
    (root / "cat" / "10.png").write_text("hello")
    (root / "dog" / "note.txt").write_text("hello")
    whole = (root / "dog" / "3.png").read_bytes()
    (root / "dog" / "3.png").write_bytes(whole[:20])


def test_unreadable_files_are_refused_by_name_after_the_first_without_reading_the_rest(root):
    spoil(root)
    read = []

    def counted(file):
        read.append(file)
        return READ(file)

    with pytest.raises(DataError) as caught:
        list(picture_folder(".").batches([0, 1], counted, 2))
    assert str(caught.value) == (
        "folder:.: 3 of 61 files: cat/10.png: not a picture Pillow can read; dog/3.png: cannot be read: "
        "Truncated File Read; dog/note.txt: not a picture Pillow can read. "
        "Mend or remove them, or use skip_bad=True (--skip-bad)."
    )
    assert len(read) < 20


def test_with_a_place_for_them_unreadable_files_are_left_out(root):
    spoil(root)
    bad = []
    batches = list(picture_folder(".").batches([0, 1], READ, 50, bad))
    assert [len(batch.labels) for batch in batches] == [50, 8]
    assert [path.name for path, _ in bad] == ["10.png", "3.png", "note.txt"]
    assert [reason for _, reason in bad] == [
        "not a picture Pillow can read", "cannot be read: Truncated File Read", "not a picture Pillow can read",
    ]  # fmt: skip


def test_a_pipe_is_named_and_not_waited_for(root):
    fill(root, n=1)
    os.mkfifo(root / "cat" / "pipe")
    with pytest.raises(DataError) as caught:
        list(picture_folder(".").batches([0, 1], READ, 2))
    assert str(caught.value) == (
        "folder:.: 1 of 3 files: cat/pipe: not a regular file. Mend or remove them, or use skip_bad=True (--skip-bad)."
    )


def test_a_picture_that_is_refused_for_its_shape_counts_as_unreadable(root):
    fill(root, n=1)
    bad = []

    def narrow(file):
        raise DataError("picture: 1x9000 is too narrow. Cut a part of it out first.")

    assert list(picture_folder(".").batches([0, 1], narrow, 2, bad)) == []
    assert [reason for _, reason in bad] == ["1x9000 is too narrow"] * 2


@pytest.mark.parametrize(
    ("made", "split", "message"),
    [
        ([], "test", "folder:f: f does not exist. Give a folder that holds one folder of pictures per class."),
        (
            ["f"], "test",
            "folder:f: f is a file, not a folder. Give a folder that holds one folder of pictures per class.",
        ),
        (
            ["f/ILSVRC2012_val_00000001.JPEG", "f/b.JPEG"], "test",
            "folder:f: f has no class folders (files in it: 2). Make one folder per class and put its pictures inside.",
        ),
        (["f/a/.b"], "test", "folder:f: no picture in the 1 folders of f. Put the pictures there."),
        (
            ["f/train/a/x"], "test",
            "folder:f: there is a folder train, but none called test or val with classes in it. "
            "Make one, or use the split train.",
        ),
        (
            ["f/a/x"], "train",
            "folder:f: there is no folder train with classes in it. Use the split test for all of f.",
        ),
    ],
    ids=["missing", "file", "flat", "empty", "train only", "no train"],
)  # fmt: skip
def test_a_folder_that_holds_no_labelled_pictures_is_refused(root, made, split, message):
    for path in made:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")
    with pytest.raises(DataError) as caught:
        picture_folder("f", split)
    assert str(caught.value) == message


def test_another_split_is_refused(root):
    (root / "f").mkdir()
    with pytest.raises(UnknownNameError) as caught:
        picture_folder("f", "validation")
    assert str(caught.value) == "Unknown split 'validation'. Known are: train, test."


def saved(root, mode, name, colour=0):
    Image.new(mode, (3, 2), colour).save(root / name)
    return root / name


@pytest.mark.parametrize(
    ("mode", "name", "channels", "said"),
    [
        ("RGB", "a.png", 3, []),
        ("L", "a.png", 1, []),
        ("RGB", "a.png", 1, ["coloured: made grey"]),
        ("L", "a.png", 3, ["grey: taken as a colour picture"]),
        ("1", "a.png", 3, ["grey: taken as a colour picture"]),
        ("RGBA", "a.png", 3, ["transparency: laid over white"]),
        ("LA", "a.png", 3, ["grey: taken as a colour picture", "transparency: laid over white"]),
        ("CMYK", "a.jpg", 3, ["CMYK: brought to red, green, blue"]),
        ("CMYK", "a.tif", 1, ["coloured: made grey", "CMYK: brought to red, green, blue"]),
        ("I;16", "a.png", 3, ["grey: taken as a colour picture", "16 bits: brought to 8"]),
        ("P", "a.png", 3, []),
    ],
)
def test_what_reading_changes_is_said(root, mode, name, channels, said):
    path = saved(root, mode, name)
    assert conversions(path, channels) == said
    assert read_picture(path, channels).shape == (channels, 2, 3)
