"""Folders of pictures, well kept and badly kept."""

import numpy as np
import pytest
from PIL import Image

from locality.data import dataset
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
        "Mend or remove them, or use skip_bad=True."
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
        "folder:.: test has the class 'cow', which train has not (cat, dog). Rename it, or add pictures of it to train."
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
    assert refused(size=0) == "folder:.: size 0 is no side of a picture. Use 1 or more."
