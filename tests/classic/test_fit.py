"""Fitting, testing, keeping and loading, and what is said of bad input."""

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from scipy.stats import binomtest
from sklearn.metrics import confusion_matrix
from sklearn.svm import LinearSVC

from locality import classic
from locality.classic import Fisher, Hog
from locality.data import Images, dataset
from locality.data.evaluation import wilson
from locality.errors import DataError, DescriptionError, RunError, ShapeError, UnknownNameError

DIGITS = dataset("digits")
PIPELINES = [
    Hog(cell=2),
    Fisher(radius=2, stride=1, rings=1, histograms=4, components=10, gaussians=8),
]


@pytest.fixture(scope="module", params=PIPELINES, ids=lambda pipeline: pipeline.name)
def fitted(request, tmp_path_factory):
    return classic.fit(request.param, DIGITS, seed=3, out=tmp_path_factory.mktemp("run") / "of" / "one")


@pytest.fixture(scope="module")
def folder(fitted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    fitted.save(folder)
    return folder


@pytest.fixture
def copy(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def test_the_pipelines_go_by_name():
    assert classic.names() == ("hog-svm", "fisher-svm")
    assert classic.get("fisher-svm") == Fisher()
    with pytest.raises(UnknownNameError) as error:
        classic.get("hog")
    assert str(error.value) == "Unknown pipeline 'hog'. Did you mean 'hog-svm'?"


def test_digits_are_told_apart(fitted):
    assert fitted.accuracy > 0.93
    assert repr(fitted) == f"<{fitted.pipeline.name} fitted to digits: accuracy {fitted.accuracy:.2%}>"


def test_what_was_learned_is_what_the_table_counts(fitted):
    table = fitted.pipeline.trace(DIGITS.shape, len(DIGITS.classes))
    assert sum(array.size for array in fitted.arrays.values()) == table.parameters
    assert fitted.arrays["svm.weight"].shape == (10, table.length)
    assert json.loads(table.to_json())["parameters"] == table.parameters


def test_linear_svc_on_the_same_vectors_answers_alike(fitted):
    train, test = (
        np.concatenate(list(fitted.pipeline.batches(split.images, dict(fitted.arrays))))
        for split in (DIGITS.train, DIGITS.test)
    )
    theirs = LinearSVC(C=fitted.pipeline.cost, dual=False).fit(train, DIGITS.train.labels)
    assert (theirs.predict(test) == fitted.predict(DIGITS.test.images)).mean() > 0.99


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(fitted):
    again = classic.fit(fitted.pipeline, DIGITS, seed=3)
    assert again.arrays.keys() == fitted.arrays.keys()
    assert all((again.arrays[name] == array).all() for name, array in fitted.arrays.items())
    if isinstance(fitted.pipeline, Fisher):
        assert (classic.fit(fitted.pipeline, DIGITS, seed=4).arrays["svm.bias"] != fitted.arrays["svm.bias"]).any()


def test_small_batches_give_the_same_answers(fitted, monkeypatch):
    scores = fitted.scores(DIGITS.test.images)
    monkeypatch.setattr("locality.classic.pipeline._AT_ONCE", 5000)
    np.testing.assert_allclose(fitted.scores(DIGITS.test.images), scores, atol=1e-4)
    np.testing.assert_allclose(fitted.scores(DIGITS.test.images[7]), scores[7:8], atol=1e-4)
    assert fitted.predict(DIGITS.test.images[:0]).shape == (0,)


def test_fitting_in_small_batches_gives_the_same_answers(fitted, monkeypatch):
    monkeypatch.setattr("locality.classic.pipeline._AT_ONCE", 5000)
    again = classic.fit(fitted.pipeline, DIGITS, seed=3)
    assert (again.predict(DIGITS.test.images) == fitted.predict(DIGITS.test.images)).mean() > 0.99


def test_a_batch_holds_no_more_numbers_in_its_longest_step_than_it_may(fitted, monkeypatch):
    monkeypatch.setattr("locality.classic.pipeline._AT_ONCE", 5000)
    longest = max(row.length for row in fitted.pipeline.trace(DIGITS.shape, 10).rows)
    sizes = [len(batch) for batch in fitted.pipeline.batches(DIGITS.train.images, dict(fitted.arrays))]
    assert sum(sizes) == len(DIGITS.train)
    assert set(sizes[:-1]) == {5000 // longest}


def test_an_evaluation_counts_as_scikit_learn_and_scipy_do(fitted):
    result = classic.evaluate(fitted, DIGITS.test)
    assert result.accuracy == fitted.accuracy
    assert (result.confusion == confusion_matrix(DIGITS.test.labels, fitted.predict(DIGITS.test.images))).all()
    right = int((result.predicted == result.labels).sum())
    theirs = binomtest(right, len(result.labels)).proportion_ci(method="wilson")
    assert result.interval() == pytest.approx((theirs.low, theirs.high))
    assert result.interval() == wilson(result.accuracy, len(result.labels))
    assert result.to_dict()["confusion"] == result.confusion.tolist()
    assert str(result).startswith(f"{result.accuracy:.2%} of 359 pictures are classified correctly.\n")


def test_progress_is_told_step_by_step_up_to_the_end():
    told = []
    classic.fit(PIPELINES[0], DIGITS, progress=lambda *each: told.append(each))
    assert list(dict.fromkeys(step for step, _, _ in told)) == ["learn", "vectors", "svm"]
    for step in ("learn", "vectors", "svm"):
        counts = [(done, size) for name, done, size in told if name == step]
        assert counts == sorted(counts)
        assert counts[-1][0] == counts[-1][1]


def test_what_is_kept_comes_back_bit_for_bit(fitted, folder):
    assert sorted(file.name for file in folder.iterdir()) == ["run.json", "weights.safetensors"]
    again = classic.load(folder)
    assert (again.pipeline, again.shape, again.classes, again.seed) == (fitted.pipeline, (1, 8, 8), DIGITS.classes, 3)
    assert again.arrays.keys() == fitted.arrays.keys()
    assert all(again.arrays[name].tobytes() == array.tobytes() for name, array in fitted.arrays.items())
    assert (again.scores(DIGITS.test.images) == fitted.scores(DIGITS.test.images)).all()
    assert again.accuracy == json.loads((folder / "run.json").read_text())["accuracy"] == fitted.accuracy


def test_a_folder_that_holds_a_run_is_left_alone_and_nothing_is_computed(fitted, copy):
    before = {file.name: file.read_bytes() for file in copy.iterdir()}
    with pytest.raises(RunError) as error:
        classic.fit(Hog(), DIGITS, out=copy, progress=lambda *_: pytest.fail("it began"))
    assert str(error.value) == f"{copy}: a run is kept here already. Give another folder."
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == before


def test_a_save_that_fails_leaves_nothing_behind(fitted, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("locality.classic.fitted.save_file", full)
    with pytest.raises(RunError) as error:
        fitted.save(tmp_path)
    assert str(error.value) == (
        f"{tmp_path}: it could not be written (No space left on device). Make room or mend the permissions."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_named(fitted, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError) as error:
        fitted.save(tmp_path / "file")
    assert str(error.value) == f"{tmp_path / 'file'}: no folder can be made there (File exists). Give another place."


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def changed(**values):
    def change(path):
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return change


def rewritten(change):
    def rewrite(path):
        arrays = load_file(path)
        change(arrays)
        save_file(arrays, path)

    return rewrite


AGAIN = "Fit the pipeline again, in another folder."


@pytest.mark.parametrize(
    ("file", "spoil", "message"),
    [
        ("run.json", lambda path: path.unlink(),
         "{folder}: nothing is kept here (no run.json). Give the folder that fit wrote."),
        ("run.json", lambda path: path.write_text("[]"), "{path}: it is damaged ("),
        ("run.json", lambda path: path.write_text("{"), "{path}: it is damaged (Expecting property name"),
        ("run.json", lambda path: path.write_text("{}"), "{path}: it is damaged (no 'pipeline'). " + AGAIN),
        ("run.json", lambda path: path.write_bytes(b"\xff\xfe"), "{path}: it is damaged ('utf-8' codec"),
        ("run.json", changed(pipeline={"name": "sift"}), "{path}: it is damaged (no 'sift'). " + AGAIN),
        ("run.json", changed(pipeline={"name": "hog-svm", "cell": 0}), "{path}: it is damaged (cell is 0;"),
        ("run.json", changed(pipeline={"name": "hog-svm", "size": 1}), "{path}: it is damaged (Hog.__init__() got"),
        ("run.json", changed(shape=[1, float("inf"), 8]), "{path}: it is damaged (cannot convert float infinity"),
        ("run.json", changed(shape=[1, 2, 2]), "{path}: it is damaged ("),
        ("run.json", changed(classes=None), "{path}: it is damaged ("),
        ("run.json", changed(classes=["a"]), "{folder}/weights.safetensors: svm.bias is float32 10, the pipeline's is "
         "float32 1. Use the weights of the same pipeline."),
        ("weights.safetensors", lambda path: path.unlink(), "{path}: there is no such file. " + AGAIN),
        ("weights.safetensors", cut, "{path}: it is damaged ("),
        ("weights.safetensors", lambda path: path.write_bytes(b""), "{path}: it is damaged ("),
        ("weights.safetensors", rewritten(lambda arrays: arrays.pop("svm.bias")),
         "{path}: svm.bias is missing. Use the weights of the same pipeline."),
        ("weights.safetensors", rewritten(lambda arrays: arrays.update(more=np.zeros(1, np.float32))),
         "{path}: more is not in the pipeline. Use the weights of the same pipeline."),
        ("weights.safetensors", rewritten(lambda arrays: arrays.update({"svm.bias": np.zeros(10)})),
         "{path}: svm.bias is float64 10, the pipeline's is float32 10. Use the weights of the same pipeline."),
        ("weights.safetensors", rewritten(lambda arrays: arrays["svm.bias"].fill(np.nan)),
         "{path}: it is damaged (svm.bias is not finite). " + AGAIN),
    ],
)  # fmt: skip
def test_missing_and_damaged_files_are_named_in_a_sentence(copy, file, spoil, message):
    spoil(copy / file)
    with pytest.raises(RunError) as error:
        classic.load(copy)
    assert str(error.value).startswith(message.format(folder=copy, path=copy / file))
    assert "\n" not in str(error.value)


ONE = replace(DIGITS, train=Images(DIGITS.train.images, np.full(len(DIGITS.train), 4)))
UP = Images(np.ones((4, 1, 8, 8), np.int8), np.array([0, 1, 0, 1]))
SPINS = replace(DIGITS, name="spins", train=UP, test=UP)


@pytest.mark.parametrize(
    ("pipeline", "data", "options", "kind", "message"),
    [
        ("hog-svm", DIGITS, {}, DescriptionError,
         "'hog-svm' is no pipeline. Give one, such as classic.get('hog-svm')."),
        (Hog(), DIGITS.train, {}, DataError, "data: Images is no Dataset. Give what locality.dataset gives."),
        (Hog(), SPINS, {}, DataError, "spins: it holds spins, and a descriptor is made of a picture's brightness. "
         "Train a network on them: locality.train(net, data)."),
        (Hog(), DIGITS, {"seed": -1}, DescriptionError,
         "seed is -1; it must be a whole number of at least 0. Give seed=0 or more."),
        (Hog(cell=8), DIGITS, {}, ShapeError, "hog-svm: a block of 2x2 cells of 8x8 pixels is 16x16, the picture 8x8. "
         "Use a smaller cell or block, or larger pictures."),
        (Hog(), ONE, {}, DataError, "digits: all 1,438 training pictures are of class 4. "
         "Add pictures of a second class: with one there is nothing to tell apart."),
        (Fisher(radius=1, gaussians=100_000), DIGITS, {}, DataError, "digits: 1,438 vectors of 6,800,000 numbers take "
         "36.4 GiB, of at most 4. Use settings with a shorter vector, or fewer or smaller pictures."),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_refused_before_anything_is_computed(pipeline, data, options, kind, message):
    with pytest.raises(kind) as error:
        classic.fit(pipeline, data, **options, progress=lambda *_: pytest.fail("it began"))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("images", "kind", "message"),
    [
        (np.zeros((2, 1, 8, 8)), DataError, "images: float64 of shape (2, 1, 8, 8) is not uint8 (N, C, H, W). "
         "Give brightnesses 0 to 255 with the channels before the rows."),
        ("cat.jpg", DataError, "images: <U7 of shape () is not uint8 (N, C, H, W). "
         "Give brightnesses 0 to 255 with the channels before the rows."),
        (np.zeros((3, 8, 8), np.uint8), ShapeError, "{name}: it was fitted to pictures of 1x8x8, these are 3x8x8. "
         "Give pictures of that shape."),
    ],
)  # fmt: skip
def test_what_is_no_picture_of_the_right_shape_is_refused(fitted, images, kind, message):
    with pytest.raises(kind) as error:
        fitted.predict(images)
    assert str(error.value) == message.format(name=fitted.pipeline.name)


def test_an_evaluation_wants_labels_that_the_pipeline_knows(fitted):
    with pytest.raises(DataError) as error:
        classic.evaluate(fitted, DIGITS.test.images)
    assert str(error.value) == "images: ndarray is no Images. Give pictures with labels, such as data.test."
    with pytest.raises(DataError) as error:
        classic.evaluate(fitted, Images(DIGITS.test.images[:2], np.array([3, 11])))
    assert str(error.value) == "images: labels from 3 to 11 for 10 classes. Use 0 to 9."


def test_colour_pictures_of_three_classes_are_told_apart():
    grey = dataset("textures")
    colour = [Images(np.repeat(split.images, 3, axis=1), split.labels) for split in (grey.train, grey.test)]
    data = replace(grey, train=colour[0], test=colour[1])
    for pipeline in (Hog(cell=8), Fisher(stride=4, gaussians=8)):
        assert classic.fit(pipeline, data).accuracy > 0.8
