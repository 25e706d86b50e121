"""The sets that come inside other packages."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from locality.data import dataset, names
from locality.data.shipped import _packaged
from locality.errors import DataError, UnknownNameError


def test_digits_are_scikit_learns_brought_to_eight_bits():
    from sklearn.datasets import load_digits

    theirs, ours = load_digits(), dataset("digits")
    scaled = np.rint(theirs.images * 255 / 16 + 1e-9).astype(np.uint8)
    both = np.concatenate([ours.train.images, ours.test.images])[:, 0]
    assert sorted(map(bytes, scaled)) == sorted(map(bytes, both))
    label = {bytes(image): target for image, target in zip(scaled, theirs.target, strict=True)}
    for split in (ours.train, ours.test):
        assert [label[bytes(image)] for image in split.images] == split.labels.tolist()


def test_digits_split_is_stratified_and_always_the_same():
    first, second = dataset("digits"), dataset("digits")
    np.testing.assert_array_equal(first.test.images, second.test.images)
    shares = np.bincount(first.test.labels) / (np.bincount(first.train.labels) + np.bincount(first.test.labels))
    assert np.abs(shares - 0.2).max() < 0.003


def test_faces_come_before_others():
    faces = dataset("faces")
    assert (faces.classes, faces.shape, len(faces.train), len(faces.test)) == (
        ("face", "other"),
        (1, 25, 25),
        160,
        40,
    )
    # A face fills its frame with features; the pieces of background are mostly smooth.
    rough = [np.diff(faces.train.images[faces.train.labels == k].astype(int)).std() for k in (0, 1)]
    assert rough[0] > 1.3 * rough[1]


def test_no_pixel_of_a_texture_is_in_both_splits():
    textures = dataset("textures")
    for label, name in enumerate(textures.classes):
        whole = np.asarray(Image.open(_packaged("skimage", f"data/{name}.png")))
        train = textures.train.images[textures.train.labels == label, 0]
        test = textures.test.images[textures.test.labels == label, 0]
        put_back = [split.reshape(16, -1, 32, 32).swapaxes(1, 2).reshape(512, -1) for split in (train, test)]
        assert [part.shape for part in put_back] == [(512, 416), (512, 96)]
        np.testing.assert_array_equal(np.concatenate(put_back, axis=1), whole)


@pytest.mark.parametrize("name", ["digits", "faces", "textures"])
def test_every_shipped_set_can_be_written_to_and_names_its_source(name):
    data = dataset(name)
    assert data.train.images.flags.writeable  # torch.from_numpy warns otherwise
    assert data.train.labels.flags.writeable
    assert data.source
    assert data.licence


def test_a_file_that_a_package_lacks_is_named():
    with pytest.raises(DataError) as error:
        _packaged("skimage", "data/nothing.png")
    assert str(error.value) == (
        "skimage/data/nothing.png: the installed skimage has no such file. Install skimage again."
    )


def test_an_unknown_name_is_answered_with_the_nearest_or_with_all():
    with pytest.raises(UnknownNameError) as error:
        dataset("mnits")
    assert str(error.value) == "Unknown data set 'mnits'. Did you mean 'mnist'?"
    with pytest.raises(UnknownNameError) as error:
        dataset("zzz")
    assert str(error.value) == (
        "Unknown data set 'zzz'. Known are: digits, faces, fashion-mnist, mnist, textures, folder:PATH, "
        "ising:LATTICE:L=SIZE, gauge:L=SIZE."
    )
    assert names() == ("digits", "faces", "fashion-mnist", "mnist", "textures")


def test_a_size_is_only_for_folders():
    with pytest.raises(DataError) as error:
        dataset("digits", size=28)
    assert str(error.value) == ("digits: size=28 is for folder:PATH; digits has one size. Leave size out.")


def test_importing_loads_neither_torch_nor_scikit():
    code = "import sys, locality.data; print(sorted({'torch', 'sklearn', 'skimage', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
