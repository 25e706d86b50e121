"""Folders of pictures, well kept and badly kept."""

import os
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from locality.data import dataset, dataset_for
from locality.data.split import held_out
from locality.errors import DataError


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(path, size=(10, 8), colour=100, mode="L"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)


def fill(folder, classes=("cat", "dog"), n=5, **options):
    for label, name in enumerate(classes):
        for i in range(n):
            put(folder / name / f"{i}.png", colour=label * 100 + i, **options)


def refused(name="folder:.", **options):
    with pytest.raises(DataError) as error:
        dataset(name, **options)
    return str(error.value)


def test_a_fifth_of_every_class_is_set_aside_and_always_the_same(root):
    fill(root, n=10)
    data, again = dataset(f"folder:{root}"), dataset(f"folder:{root}")
    assert (data.classes, data.shape, len(data.train), len(data.test)) == (("cat", "dog"), (1, 8, 10), 16, 4)
    assert np.bincount(data.test.labels).tolist() == [2, 2]
    np.testing.assert_array_equal(data.test.images, again.test.images)
    assert (data.train.images[:, 0, 0, 0] // 100 == data.train.labels).all()
    assert data.notes == ("4 of 20 pictures set aside for testing.",)
    assert data.name == f"folder:{root}"


@pytest.mark.parametrize("name", ["test", "val"])
def test_train_and_test_folders_are_taken_as_they_are(root, name):
    fill(root / "train", n=3)
    fill(root / name, classes=("dog",), n=2)
    data = dataset("folder:.")
    assert data.train.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.test.labels.tolist() == [1, 1]
    assert data.notes == ()


def test_a_train_folder_alone_is_split(root):
    fill(root / "train")
    assert len(dataset("folder:.").test) == 2


def test_pictures_of_several_sizes_become_squares_of_64(root):
    fill(root)
    put(root / "cat" / "wide.png", size=(200, 100))
    data = dataset("folder:.")
    assert data.shape == (1, 64, 64)
    assert data.notes[0] == "pictures resized and cropped to 64x64."


def test_size_asks_for_squares_of_that_side(root):
    fill(root)
    data = dataset("folder:.", size=16)
    assert data.shape == (1, 16, 16)
    assert data.notes[0] == "pictures resized and cropped to 16x16."


def test_one_coloured_picture_makes_all_coloured(root):
    fill(root)
    put(root / "cat" / "red.png", mode="RGB", colour=(255, 0, 0))
    assert dataset("folder:.").shape == (3, 8, 10)


def test_hidden_files_and_folders_are_passed_over_and_folders_in_a_class_belong_to_it(root):
    fill(root)
    (root / ".git").mkdir()
    (root / "cat" / ".DS_Store").write_text("x")
    put(root / "cat" / ".thumbs" / "1.png", size=(1, 1))
    put(root / "cat" / "more" / "1.png")
    data = dataset("folder:.")
    assert (data.classes, len(data.train) + len(data.test)) == (("cat", "dog"), 11)


def test_unreadable_files_are_counted_and_the_first_named(root):
    fill(root)
    for i in range(4):
        (root / "cat" / f"bad{i}.txt").write_text("x")
    assert refused() == (
        "folder:.: 4 of 14 files: cat/bad0.txt: not a picture Pillow can read; "
        "cat/bad1.txt: not a picture Pillow can read; cat/bad2.txt: not a picture Pillow can read; and 1 more. "
        "Mend or remove them, or use skip_bad=True (--skip-bad)."
    )


def test_skip_bad_leaves_unreadable_files_out_and_says_so(root):
    fill(root)
    noise = np.random.default_rng(0).integers(0, 256, (8, 10), np.uint8)
    Image.fromarray(noise).save(root / "dog" / "cut.png")
    whole = (root / "dog" / "cut.png").read_bytes()
    (root / "dog" / "cut.png").write_bytes(whole[:80])
    data = dataset("folder:.", skip_bad=True)
    assert len(data.train) + len(data.test) == 10
    assert data.notes[0] == "left out 1 of 11 files: dog/cut.png: cannot be read: image file is truncated."


def test_a_missing_folder_and_a_file_are_refused(root):
    (root / "file").write_text("x")
    assert refused("folder:nowhere") == (
        "folder:nowhere: nowhere does not exist. Give a folder that holds one folder of pictures per class."
    )
    assert refused("folder:file") == (
        "folder:file: file is a file, not a folder. Give a folder that holds one folder of pictures per class."
    )


def test_a_folder_without_class_folders_is_refused(root):
    put(root / "a.png")
    assert refused() == (
        "folder:.: . has no class folders (files in it: 1). Make one folder per class and put its pictures inside."
    )


def test_a_class_without_pictures_is_refused(root):
    fill(root)
    (root / "cow").mkdir()
    assert refused() == "folder:.: class 'cow' has no pictures. Add some, or remove its folder."


def test_a_class_without_readable_pictures_is_refused(root):
    fill(root)
    (root / "cow").mkdir()
    (root / "cow" / "a").write_text("x")
    assert refused(skip_bad=True) == ("folder:.: class 'cow' has no readable picture. Add some, or remove its folder.")


def test_one_class_only_is_refused(root):
    fill(root, classes=("cat",))
    assert refused() == (
        "folder:.: one class only (cat). Add pictures of a second class: with one there is nothing to tell apart."
    )


def test_a_class_that_only_test_has_is_refused(root):
    fill(root / "train")
    fill(root / "test", classes=("cow",))
    assert refused() == (
        "folder:.: test has the class 'cow' that train does not have (train has cat, dog). "
        "Rename it, or add pictures of it to train."
    )


def test_a_test_folder_without_a_readable_picture_is_refused(root):
    fill(root / "train")
    (root / "test" / "cat").mkdir(parents=True)
    assert refused() == ("folder:.: no readable picture to test on. Add some to the test folder, or remove it.")


def test_one_picture_per_class_is_refused(root):
    fill(root, n=1)
    assert refused() == ("folder:.: one picture per class leaves none to test on. Add a second one to a class.")


def test_a_size_of_nothing_is_refused(root):
    fill(root)
    assert refused(size=0) == "folder:.: no picture has size 0. Give a side of 1 pixel or more, or (height, width)."
    assert refused(size=(8, 0)) == (
        "folder:.: no picture has size (8, 0). Give a side of 1 pixel or more, or (height, width)."
    )
    assert refused(size=(8,)) == (
        "folder:.: no picture has size (8,). Give a side of 1 pixel or more, or (height, width)."
    )


def test_a_height_and_a_width_are_taken_and_pictures_that_have_them_stay_as_they_are(root):
    fill(root, size=(56, 28))
    data = dataset("folder:.", size=(28, 56))
    assert data.shape == (1, 28, 56)
    assert data.notes == ("2 of 10 pictures set aside for testing.",)
    put(root / "cat" / "large.png", size=(200, 100))
    data = dataset("folder:.", size=(28, 56))
    assert data.notes[0] == "pictures resized and cropped to 28x56."


def test_a_bar_at_the_left_edge_survives_the_way_to_a_wide_network(root):
    rng = np.random.default_rng(0)
    for i in range(6):
        wide = rng.integers(0, 50, (28, 56), np.uint8)
        wide[:, :4] = 255
        for name in ("cat", "dog"):
            (root / name).mkdir(exist_ok=True)
            Image.fromarray(wide).save(root / name / f"{i}.png")
    data = dataset_for("folder:.", (1, 28, 56))
    assert data.shape == (1, 28, 56)
    assert (data.train.images[:, :, :, :4] == 255).all()
    assert data.train.images[:, :, :, 4:].max() < 50
    assert not any("resized" in note for note in data.notes)
    colour = dataset_for("folder:.", (3, 28, 56))
    np.testing.assert_array_equal(colour.train.images[:, 1], data.train.images[:, 0])


def test_a_flat_network_is_told_that_it_takes_no_pictures(root):
    fill(root)
    with pytest.raises(DataError) as error:
        dataset_for("folder:.", (64,))
    assert str(error.value) == (
        "fit: a picture has 1 or 3 channels, a height and a width; it cannot become 64. "
        "Give a network whose input is 1xHxW or 3xHxW."
    )


def test_a_path_with_a_full_stop_and_a_space_is_named_whole(root):
    fill(root / "x. y")
    (root / "x. y" / "cat" / "b. c.png").write_text("x")
    assert refused("folder:x. y") == (
        "folder:x. y: 1 of 11 files: x. y/cat/b. c.png: not a picture Pillow can read. "
        "Mend or remove them, or use skip_bad=True (--skip-bad)."
    )


def test_more_than_memory_can_hold_is_refused_by_the_headers_before_anything_is_decoded(root, monkeypatch):
    def decoded(*_):
        raise AssertionError("a picture was decoded")

    monkeypatch.setattr("locality.data.folder.read_picture", decoded)
    fill(root, size=(7000, 7000), n=1, mode="1", classes=("cat", "dog"))
    for i in range(1, 45):
        os.link(root / "cat" / "0.png", root / "cat" / f"{i}.png")
        os.link(root / "dog" / "0.png", root / "dog" / f"{i}.png")
    assert refused() == ("folder:.: its 90 pictures at 1x7000x7000 would take 4.4 GB. Use a smaller size, such as 64.")
    assert refused(size=(40_000, 20_000)) == (
        "folder:.: its 90 pictures at 1x40000x20000 would take 72.0 GB. Use a smaller size, such as 64."
    )


@pytest.mark.parametrize("places", ["", "train"], ids=["one folder", "train and test"])
def test_memory_never_holds_the_pictures_twice(root, places):
    for place in {places, places and "test"}:
        fill(root / place, n=20, size=(400, 400))
    dataset("folder:.")  # what is loaded only once is not counted
    tracemalloc.start()
    try:
        data = dataset("folder:.")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    size = (len(data.train) + len(data.test)) * 400 * 400
    assert peak < 1.5 * size


def test_the_pictures_set_aside_are_those_that_held_out_names(root):
    fill(root, n=50)
    data = dataset("folder:.")
    values = np.array([label * 100 + int(name) for label in (0, 1) for name in sorted(map(str, range(50)))])
    aside = held_out(np.repeat(np.arange(2), 50))
    assert data.train.images[:, 0, 0, 0].tolist() == values[~aside].tolist()
    assert data.test.images[:, 0, 0, 0].tolist() == values[aside].tolist()
    for split in (data.train, data.test):
        assert (split.images[:, 0, 0, 0] // 100 == split.labels).all()


def test_a_subfolder_that_cannot_be_read_is_named(root, monkeypatch):
    fill(root)
    put(root / "cat" / "locked" / "a.png")
    real = os.scandir

    def scandir(place):
        if str(place).endswith(("locked", "dog")):
            raise PermissionError(13, "Permission denied", str(place))
        return real(place)

    monkeypatch.setattr(os, "scandir", scandir)  # root may read what is locked, so chmod tells nothing
    assert refused() == (
        "folder:.: 2 of 7 files: cat/locked: cannot be read: Permission denied; dog: cannot be read: Permission "
        "denied. Mend or remove them, or use skip_bad=True (--skip-bad)."
    )
    assert refused(skip_bad=True) == ("folder:.: class 'dog' has no readable picture. Add some, or remove its folder.")


def test_a_pipe_is_named_and_not_waited_for(root):
    fill(root)
    os.mkfifo(root / "cat" / "pipe.png")
    assert refused() == (
        "folder:.: 1 of 11 files: cat/pipe.png: not a regular file. "
        "Mend or remove them, or use skip_bad=True (--skip-bad)."
    )
    assert dataset("folder:.", skip_bad=True).notes[0] == "left out 1 of 11 files: cat/pipe.png: not a regular file."
