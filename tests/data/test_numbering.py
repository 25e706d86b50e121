"""Folders that stand for classes of a network."""

import pytest

from locality.data.imagenet import CLASSES, WNIDS
from locality.data.numbering import class_numbers
from locality.errors import DataError

PETS = ("cat", "dog", "T-shirt/top")


def numbered(*folders, classes=PETS, outputs=3):
    return class_numbers(folders, classes, outputs, "folder:f", "net")


def test_wordnet_numbers_are_places_in_imagenets_list():
    numbers, notes = numbered(*WNIDS, classes=CLASSES, outputs=1000)
    assert (numbers, notes) == (tuple(range(1000)), ())
    assert numbered("n02123159", "n01440764", classes=CLASSES, outputs=1000) == ((282, 0), ())


def test_names_of_classes_are_their_places_and_a_slash_is_a_hyphen():
    assert numbered("T-shirt-top", "cat") == ((2, 0), ())
    assert numbered("tiger cat", classes=CLASSES, outputs=1000) == ((282,), ())


def test_names_that_are_digits_are_names_first():
    assert numbered("0", "1", "2", classes=("2", "1", "0")) == ((2, 1, 0), ())


def test_numbers_are_places_of_outputs_and_that_is_said():
    assert numbered("0", "007", classes=None, outputs=8) == (
        (0, 7),
        ("folder:f: its folders are named by numbers, taken as those of the outputs of net.",),
    )
    assert numbered("282", "0", classes=CLASSES, outputs=1000) == (
        (282, 0),
        (
            "folder:f: its folders are named by numbers, taken as those of the outputs of net, "
            "so that 282 is tiger cat.",
        ),
    )


IMAGENET = (
    "by WordNet's numbers (n01440764 to n15075141) or by names of classes (tench, ...) "
    "or by numbers of outputs (0 to 999)."
)


@pytest.mark.parametrize(
    ("folders", "classes", "outputs", "message"),
    [
        (
            ["bird"], PETS, 3,
            "folder:f: 1 of 1 folders is no class of net: 'bird'. "
            "Name them by names of classes (cat, ...) or by numbers of outputs (0 to 2).",
        ),
        (
            ["cat", "bird", "dog", "cow"], PETS, 3,
            "folder:f: 2 of 4 folders are no classes of net: 'bird', 'cow'. "
            "Name them by names of classes (cat, ...) or by numbers of outputs (0 to 2).",
        ),
        (
            [WNIDS[5], "n00000000", "a", "b", "c"], CLASSES, 1000,
            f"folder:f: 4 of 5 folders are no classes of net, such as 'n00000000', 'a', 'b'. Name them {IMAGENET}",
        ),
        (
            ["1", "1000"], CLASSES, 1000,
            f"folder:f: 1 of 2 folders is no class of net: '1000'. Name them {IMAGENET}",
        ),
        (
            ["cat"], None, 10,
            "folder:f: 1 of 1 folders is no class of net: 'cat'. Name them by numbers of outputs (0 to 9).",
        ),
        (
            [WNIDS[0]], PETS, 1000,
            "folder:f: 1 of 1 folders is no class of net: 'n01440764'. "
            "Name them by names of classes (cat, ...) or by numbers of outputs (0 to 999).",
        ),
        (
            ["²"], None, 10,
            "folder:f: 1 of 1 folders is no class of net: '²'. Name them by numbers of outputs (0 to 9).",
        ),
    ],
    ids=["one", "some", "wordnet", "from-one", "no-names", "other-classes", "superscript"],
)  # fmt: skip
def test_a_folder_that_is_no_class_is_refused(folders, classes, outputs, message):
    with pytest.raises(DataError) as caught:
        numbered(*folders, classes=classes, outputs=outputs)
    assert str(caught.value) == message
