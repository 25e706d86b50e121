"""Pictures for pages that are given none: a run's own and its mistakes, drawn digits, photographs, spins."""

import re
from dataclasses import replace
from math import prod
from types import SimpleNamespace

import numpy as np
import pytest

import locality as loc
from locality.data import Dataset, Images, dataset
from locality.views import sample
from locality.views.sample import PHOTOGRAPHS, Picture, drawn, mistakes, of_data, samples, shipped
from locality.views.scene import scene_of
from views.test_scene import SMALL, array_of


@pytest.fixture(scope="module")
def run():
    return loc.train(loc.Network.from_text(SMALL), dataset("digits"), loc.Recipe(epochs=1, seed=0))


def test_a_run_shows_a_picture_of_each_class_and_its_surest_mistakes(run):
    scene = scene_of(run)
    plain = scene.manifest
    pictures, data = plain["pictures"], run.data
    assert [one["name"] for one in pictures[:10]] == [
        f"{'an' if digit == 8 else 'a'} {digit} of digits" for digit in range(10)
    ]
    assert [one["label"] for one in pictures[:10]] == list(range(10))
    for digit, one in enumerate(pictures[:10]):
        first = data.test.images[np.flatnonzero(data.test.labels == digit)[0]]
        np.testing.assert_array_equal(array_of(scene, one["array"]), first)
    sureness = []
    for one in pictures[10:]:
        found = re.fullmatch(r"an? (\d) taken for an? (\d)", one["name"])
        (answer,) = loc.predict(run, array_of(scene, one["array"]))
        assert (one["label"], answer.best) == (int(found[1]), found[2])
        assert found[1] != found[2]
        sureness.append(answer.probabilities[0])
    figures = loc.evaluate(run)
    assert len(sureness) == min(6, (figures.predicted != figures.labels).sum()) > 0
    np.testing.assert_allclose(sureness, [wrong.probability for wrong in figures.mistakes(6)], rtol=1e-5)
    assert plain["notes"] == [f"Trained on digits: {run.accuracy:.2%} of the test pictures are classified correctly."]
    assert plain["classes"] == list("0123456789")
    assert (plain["fit"], plain["side"]) == ("digit", 8)
    np.testing.assert_array_equal(
        array_of(scene, plain["values"]["dense1"]), run.record(array_of(scene, pictures[0]["array"])).output[0]
    )


def test_a_run_given_a_picture_shows_that_first(run):
    image = np.random.default_rng(0).integers(0, 256, (1, 8, 8), np.uint8)
    pictures = scene_of(run, Picture(image, "seven.jpg")).manifest["pictures"]
    assert [one["name"] for one in pictures[:3]] == ["seven.jpg", "a 0 of digits", "a 1 of digits"]
    some = [Picture(image, "one"), Picture(image, "two", 2)]
    pictures = scene_of(run, some).manifest["pictures"]
    assert [(one["name"], one["label"]) for one in pictures] == [("one", None), ("two", 2)]


def test_a_run_whose_data_are_gone_says_so_and_shows_what_comes_with_the_package(run):
    gone = replace(run, data_name="folder:/nowhere", given_data=None, accuracy=None)
    plain = scene_of(gone).manifest
    assert plain["notes"][0] == ("Trained on folder:/nowhere, not finished: these are its weights after 1 of 1 epochs.")
    assert plain["notes"][1].startswith("The pictures of folder:/nowhere are not at hand. ")
    assert (plain["pictures"][0]["name"], plain["pictures"][0]["label"]) == ("a drawn 3", 3)
    assert (plain["fit"], plain["side"]) == ("cover", None)


def test_mistakes_are_looked_for_among_as_many_pictures_as_time_allows(run, monkeypatch):
    monkeypatch.setattr(sample, "_WORK", 5 * loc.trace(run).macs)
    seen = []
    counting = SimpleNamespace(
        network=run.network, record=lambda images: seen.append(len(images)) or run.record(images)
    )
    mistakes(counting, run.data)
    assert sum(seen) == 5
    monkeypatch.setattr(sample, "_HELD", 2 * sum(map(prod, run.network.shapes.values())))
    seen.clear()
    mistakes(counting, run.data)
    assert seen == [2, 2, 1]


def test_of_many_classes_twenty_are_shown_and_of_large_pictures_as_many_as_fit():
    images = np.zeros((40, 3, 300, 300), np.uint8)
    split = Images(images, np.arange(40))
    many = Dataset("many", tuple(f"class {i}" for i in range(40)), split, split, "made here", "none")
    assert len(of_data(many)) == 20
    net = loc.Network.from_text("3x300x300 | global-average | flatten | dense 40")
    assert len(scene_of(loc.build(net), of_data(many)).manifest["pictures"]) == 12


@pytest.mark.parametrize(
    ("name", "said"),
    [("7", "a 7"), ("8", "an 8"), ("11", "an 11"), ("18", "an 18"), ("81", "an 81"), ("cat", "a cat"),
     ("Owl", "an Owl"), ("", "a "), ("8bit", "a 8bit")],
)  # fmt: skip
def test_names_have_their_article(name, said):
    assert sample._a(name) == said


@pytest.mark.parametrize(
    "shape", [(1, 28, 28), (1, 8, 8), (3, 20, 50), (1, 100, 40), (2, 8, 8), (3, 9), (1, 4, 4, 4), (6,)]
)
def test_samples_have_the_input_s_shape_and_are_the_same_every_time(shape):
    net = loc.Network("any", shape, [loc.Activation("relu")])
    found = samples(net)
    assert found
    assert {one.array.shape for one in found} == {shape}
    for one, again in zip(found, samples(net), strict=True):
        np.testing.assert_array_equal(one.array, again.array)
    if len(shape) != 3 or shape[0] == 2:
        assert all(set(np.unique(one.array)) <= {-1, 1} for one in found)
    names = [one.name for one in found]
    assert (names[0] == "a drawn 3") == (shape[0] == 1 and len(shape) == 3 and max(shape) <= 32)
    assert len({one.array.tobytes() for one in found}) == len(found)


def test_photographs_are_cut_not_stretched():
    wide = samples(loc.Network("wide", (3, 80, 160), [loc.Activation("relu")]))[0].array
    np.testing.assert_allclose(wide, shipped()[0].array[:, 40:120], atol=1)


def test_drawn_digits_are_light_on_black_centred_and_of_mnist_s_size():
    for digit in "01237":
        one = drawn(digit, 28, 28)[0]
        rows, columns = np.nonzero(one.max(1) > 64)[0], np.nonzero(one.max(0) > 64)[0]
        assert 18 <= rows[-1] - rows[0] + 1 <= 22
        assert rows[0] >= 3
        assert columns[-1] <= 24
        assert one.max() == 255
        assert one[0].max() == one[-1].max() == 0
        assert ((one > 0) & (one < 255)).sum() > 20  # soft edges


def test_the_photographs_are_few_small_and_of_known_origin():
    files = sorted(PHOTOGRAPHS.glob("*.jpg"))
    assert sum(file.stat().st_size for file in files) < 80_000
    assert {one.array.shape for one in shipped()} == {(3, 160, 160)}
    assert len(files) == len(shipped()) == 5
    licences = (PHOTOGRAPHS / "LICENCES.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| (\S+\.jpg) ", licences, re.MULTILINE)) == [file.name for file in files]
    scene = scene_of(loc.Network.from_text(SMALL))
    for one, ref in zip(shipped(), scene.manifest["samples"], strict=True):
        assert one.name == ref["name"]
        np.testing.assert_array_equal(array_of(scene, ref["array"]), one.array)


@pytest.mark.parametrize(
    ("shape", "fit"), [((1, 28, 28), "digit"), ((1, 33, 33), "cover"), ((3, 28, 28), "cover"), ((4,), "cover")]
)
def test_small_grey_inputs_are_fitted_as_digits(shape, fit):
    assert scene_of(loc.Network("any", shape, [loc.Activation("relu")])).manifest["fit"] == fit


def lattice_run(text):
    """A run on made spins: all up, or random ones."""
    net = loc.Network.from_text(text)
    labels = np.arange(40) % 2
    draw = np.random.default_rng(0)
    random = draw.choice(np.array([-1, 1], np.int8), (40, *net.input))
    spins = np.where(labels.reshape(-1, *[1] * len(net.input)) == 0, np.int8(1), random)
    split = Images(spins, labels)
    data = Dataset("made", ("ordered", "disordered"), split, split, "here", "none")
    return loc.train(net, data, loc.Recipe(epochs=1), progress=False)


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("one: 1x6x6 | conv 2 3x3 | flatten | dense 2", "none"),
        ("kagome: 3x6x6 | conv 2 3x3 | flatten | dense 2", "none"),
        ("two: 2x6x6 | conv 2 3x3 | flatten | dense 2", "cover"),  # which no picture fits anyhow
        ("chain: 1x9 | conv 2 3 | flatten | dense 2", "cover"),
        ("cubic: 1x3x3x3 | conv 2 3x3x3 | flatten | dense 2", "cover"),
    ],
)
def test_a_run_on_spins_shows_its_spins_as_the_network_reads_them_and_takes_no_photographs(text, fit):
    run = lattice_run(text)
    scene = scene_of(run)
    pictures = scene.manifest["pictures"]
    assert [one["name"] for one in pictures[:2]] == ["ordered of made", "disordered of made"]
    assert all(re.fullmatch(r"(dis)?ordered taken for (dis)?ordered", one["name"]) for one in pictures[2:])
    assert len(pictures) > 2
    for one in pictures:
        array = array_of(scene, one["array"])
        assert (array.dtype, array.shape) == (np.float32, run.network.input)
        assert (abs(array) == 1).all()
    assert (scene.manifest["fit"], scene.manifest["side"]) == (fit, None)
    assert (scene.manifest["mean"][0], scene.manifest["std"][0]) == (0.0, 1.0)
