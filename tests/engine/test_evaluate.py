"""Figures of a network on labelled pictures, against scikit-learn and scipy."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import binomtest
from sklearn import metrics

from locality import zoo
from locality.data import Dataset, Images, dataset
from locality.data.evaluation import wilson
from locality.engine.build import Model, build
from locality.engine.evaluate import Evaluation, evaluate, predict
from locality.engine.outputs import outputs
from locality.engine.recipe import Recipe
from locality.engine.record import record
from locality.engine.train import train
from locality.errors import DescriptionError, RunError, ShapeError, UnknownNameError
from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten, Norm
from locality.network.network import Network

DRAW = np.random.default_rng(0)


def drawn(count: int = 500, classes: int = 10, wide: int | None = None, present: int | None = None) -> Evaluation:
    """Probabilities at random, with the right class somewhat more probable."""
    wide = wide or classes
    labels = DRAW.integers(0, present or classes, count)
    logits = DRAW.normal(size=(count, wide))
    logits[np.arange(count), labels] += 1
    powers = np.exp(logits)
    return Evaluation(tuple(f"c{i}" for i in range(classes)), labels, powers / powers.sum(1, keepdims=True), "test")


def some(count: int, classes: int, channels: int = 1) -> Dataset:
    images = DRAW.integers(0, 256, (count, channels, 8, 8), dtype=np.uint8)
    labels = np.arange(count) % classes
    split = Images(images, labels)
    return Dataset("some", tuple("abcdefghijklmnop"[:classes]), split, split, "made here", "none")


@pytest.mark.parametrize(("classes", "wide"), [(10, 10), (3, 3), (4, 7), (2, 2)])
def test_the_figures_are_those_of_scikit_learn(classes: int, wide: int) -> None:
    found = drawn(classes=classes, wide=wide)
    predicted = found.probabilities.argmax(1)
    every = list(range(wide))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(found.labels, predicted), abs=1e-15)
    assert (found.confusion == metrics.confusion_matrix(found.labels, predicted, labels=every)).all()
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        found.labels, predicted, labels=every[:classes], zero_division=np.nan
    )
    for name, wanted in (("precision", precision), ("recall", recall), ("f1", f1), ("pictures", support)):
        got = [getattr(one, name) for one in found.per_class]
        np.testing.assert_allclose(got, wanted, atol=1e-15, err_msg=name)
    for k in range(1, wide):
        top = metrics.top_k_accuracy_score(found.labels, found.probabilities, k=k, labels=every) if wide > 2 else None
        assert top is None or found.top(k) == pytest.approx(top, abs=1e-15)
    assert found.top(wide) == 1
    assert found.loss == pytest.approx(metrics.log_loss(found.labels, found.probabilities, labels=every), abs=1e-12)


def test_a_class_that_is_neither_there_nor_named_has_figures_of_nothing() -> None:
    probabilities = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1]])
    found = Evaluation(("a", "b", "c"), np.array([0, 1]), probabilities, "test").per_class[2]
    assert found.pictures == 0
    assert np.isnan([found.recall, found.precision, found.f1]).all()


def test_equal_probabilities_count_by_the_order_of_the_classes() -> None:
    probabilities = np.full((3, 3), 1 / 3)
    found = Evaluation(("a", "b", "c"), np.array([0, 1, 2]), probabilities, "test")
    assert [found.top(k) for k in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1])
    assert found.accuracy == (found.predicted == found.labels).mean()


@pytest.mark.parametrize(("right", "count"), [(0, 1), (1, 1), (0, 40), (40, 40), (7, 9), (9890, 10_000), (1, 1000)])
def test_the_interval_is_wilsons(right: int, count: int) -> None:
    wanted = binomtest(right, count).proportion_ci(confidence_level=0.95, method="wilson")
    assert wilson(right / count, count) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_an_evaluation_has_the_interval_of_its_own_count() -> None:
    found = drawn(500)
    for k in (1, 5):
        right = round(found.top(k) * 500)
        wanted = binomtest(right, 500).proportion_ci(confidence_level=0.95, method="wilson")
        assert found.interval(k) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_a_probability_of_nothing_costs_much_but_not_infinitely() -> None:
    found = Evaluation(("a", "b"), np.array([0]), np.array([[0.0, 1.0]]), "test")
    assert 80 < found.loss < 100


def test_the_surest_mistakes_come_first() -> None:
    found = drawn(300, classes=3, wide=5)
    mistakes = found.mistakes(1000)
    assert len(mistakes) == int((found.predicted != found.labels).sum()) > 50
    sure = [one.probability for one in mistakes]
    assert sure == sorted(sure, reverse=True)
    for one in mistakes:
        assert one.label == f"c{found.labels[one.index]}"
        assert one.predicted in {f"c{found.predicted[one.index]}", str(found.predicted[one.index])}
        assert one.predicted != one.label
        assert one.probability == found.probabilities[one.index].max()
    assert {one.predicted for one in mistakes} == {"c0", "c1", "c2", "3", "4"}  # outputs without a class: numbers
    assert found.mistakes(4) == mistakes[:4]
    assert found.mistakes(0) == ()


@pytest.mark.parametrize("present", [10, 6])
def test_the_plain_figures_are_strict_json(present: int) -> None:
    found = drawn(40, classes=10, present=present)
    found.probabilities[:, 9] = 0  # a class that is never named: nan as a number, null in JSON
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["accuracy"] == found.accuracy
    assert plain["interval"] == list(found.interval())
    assert plain["top5"] == found.top(5)
    assert plain["loss"] == found.loss
    assert plain["confusion"] == found.confusion.tolist()
    assert plain["pictures"] == 40
    assert plain["split"] == "test"
    assert plain["per_class"][9]["precision"] is None
    assert plain["per_class"][0] == vars(found.per_class[0])


def test_the_text_is_what_it_was_when_it_was_looked_at() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    found = Evaluation(("cat", "dog"), np.array([0, 1, 1, 1]), probabilities, "test")
    assert str(found) == (
        "75.00% of 4 test pictures are classified correctly.\n"
        "With 95 % confidence the true share lies between 30.06% and 95.44%.\n"
        "\n"
        "confusion: rows are what the pictures are, columns what they were taken for\n"
        "\n"
        "     cat  dog\n"
        "cat    1    .\n"
        "dog    1    2\n"
        "\n"
        "class  pictures   recall  precision      f1\n"
        "cat           1  100.00%     50.00%  66.67%\n"
        "dog           3   66.67%    100.00%  80.00%"
    )


@pytest.mark.parametrize("count", [2, 5, 9, 10])
def test_the_text_fits_eighty_columns_up_to_ten_classes_even_with_long_names(count: int) -> None:
    found = drawn(20_000, classes=count)
    named = Evaluation(tuple(f"Ankle boot of kind {i}, with laces, in brown" for i in range(count)), found.labels,
                       found.probabilities, "test")  # fmt: skip
    for text in (str(found), str(named)):
        assert max(map(len, text.splitlines())) <= 80
        assert ("most probable" in text) == (count > 5)
        assert not any(line != line.rstrip() for line in text.splitlines())


def test_the_text_of_many_classes_names_the_worst_confusions() -> None:
    found = drawn(3000, classes=30)
    text = str(found)
    off = found.confusion - np.diag(found.confusion.diagonal())
    assert f"{off.max():>6,} of " in text
    assert text.count(" taken for c") == 10
    assert max(map(len, text.splitlines())) <= 80


NETS = {"float32": (1e-6, 1e-5), "float64": (1e-14, 1e-12)}


@pytest.mark.parametrize("dtype", NETS)
@pytest.mark.parametrize("end", [[], [Activation("softmax")], [Activation("log_softmax")]], ids=str)
def test_networks_that_end_in_a_softmax_give_the_same_figures(dtype: str, end: list[Activation]) -> None:
    layers = [Conv(4, 3), Norm("batch"), Activation("relu"), Dropout(0.5), Flatten(), Dense(5)]
    data = some(40, 5)
    plain = build(Network("net", (1, 8, 8), layers, dtype=dtype))
    model = build(Network("net", (1, 8, 8), [*layers, *end], dtype=dtype))
    got, wanted = evaluate(model, data), evaluate(plain, data)
    assert (got.probabilities == wanted.probabilities).all()
    with torch.no_grad():
        logits = plain(plain.prepare(data.test.images)).double().numpy()
    powers = np.exp(logits)
    np.testing.assert_allclose(got.probabilities, powers / powers.sum(1, keepdims=True), atol=NETS[dtype][0])


def test_the_figures_are_those_of_after_training_and_every_module_keeps_its_mode() -> None:
    net = Network("net", (1, 8, 8), [Norm("batch"), Dropout(0.9), Flatten(), Dense(4)])
    model = build(net)
    data = some(30, 4)
    wanted = evaluate(model, data).probabilities
    model.train()
    model.get_submodule(net.nodes[0].name).eval()  # frozen by its owner
    modes = [module.training for module in model.modules()]
    assert (evaluate(model, data).probabilities == wanted).all()
    assert (evaluate(model, data).probabilities == wanted).all()
    assert [module.training for module in model.modules()] == modes
    assert {True, False} == set(modes)


def test_batches_do_not_change_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = build(Network("net", (1, 8, 8), [Conv(4, 3), Flatten(), Dense(4)])), some(37, 4)
    whole = evaluate(model, data).probabilities
    monkeypatch.setattr("locality.engine.outputs._AT_ONCE", 1000)
    assert len(list(outputs(model, data.test.images))) > 3
    np.testing.assert_allclose(evaluate(model, data).probabilities, whole, atol=1e-6)


def test_a_network_may_have_more_outputs_than_there_are_classes() -> None:
    model, data = build(Network("net", (1, 8, 8), [Flatten(), Dense(7)])), some(30, 4)
    found = evaluate(model, data)
    assert found.probabilities.shape == (30, 7)
    assert found.confusion.shape == (7, 7)
    assert len(found.per_class) == 4
    assert str(found).splitlines()[8].split() == ["b", *(f"{n:,}" if n else "." for n in found.confusion[1])]
    json.dumps(found.to_dict(), allow_nan=False)


def test_the_train_split_is_measured_when_asked_for() -> None:
    found = evaluate(build(Network("net", (1, 8, 8), [Flatten(), Dense(10)])), dataset("digits"), "train")
    assert len(found.labels) == 1438
    assert "1,438 train pictures" in str(found)


def test_another_split_is_refused() -> None:
    with pytest.raises(UnknownNameError) as caught:
        evaluate(build(Network("net", (1, 8, 8), [Flatten(), Dense(4)])), some(8, 4), "tset")
    assert str(caught.value) == "Unknown split 'tset'. Did you mean 'test'?"


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (
            Network("net", (1, 9, 9), [Flatten(), Dense(4)]),
            "net: its input is 1x9x9, the pictures of some are 1x8x8. "
            "Describe a network with input 1x8x8, or bring the pictures to 1x9x9 with locality.data.fit_dataset.",
        ),
        (
            Network("net", (1, 8, 8), [Conv(4, 3)]),
            "net: its output is 4x6x6, not one number per class. End it with Flatten() and Dense(4).",
        ),
        (
            Network("net", (1, 8, 8), [Flatten(), Dense(3)]),
            "net: it has 3 outputs, some has 4 classes. End the network with Dense(4).",
        ),
    ],
    ids=["pictures", "output", "classes"],
)
def test_what_does_not_fit_is_refused(net: Network, message: str) -> None:
    with pytest.raises(RunError) as caught:
        evaluate(build(net), some(8, 4))
    assert str(caught.value) == message


def test_data_with_other_classes_than_those_trained_on_is_refused() -> None:
    data, other = some(8, 4), some(30, 15)
    assert evaluate(small(data.classes), data).classes == data.classes
    for model, given, message in (
        (
            small(data.classes[::-1]), data,
            "net: it was trained on the classes d, c, b, a, some has a, b, c, d. Give data with the same classes.",
        ),
        (
            small(data.classes), some(8, 3),
            "net: it was trained on the classes a, b, c, d, some has a, b, c. Give data with the same classes.",
        ),
        (
            small(other.classes[::-1], 15), other,
            "net: it was trained on the classes o, n, m, l, k, j, i, h, g, f, ... (15 in all), "
            "some has a, b, c, d, e, f, g, h, i, j, ... (15 in all). Give data with the same classes.",
        ),
    ):  # fmt: skip
        with pytest.raises(RunError) as caught:
            evaluate(model, given)
        assert str(caught.value) == message


def test_a_complex_network_has_no_probabilities() -> None:
    model = build(Network("net", (1, 8, 8), [Flatten(), Dense(4)], dtype="complex64"))
    for asked in (lambda: evaluate(model, some(8, 4)), lambda: predict(model, some(8, 4).test.images)):
        with pytest.raises(RunError) as caught:
            asked()
        assert str(caught.value) == "net: its numbers are complex64, which have no probabilities. Use float32."


@pytest.mark.parametrize(
    ("subject", "start"),
    [
        (Network("net", (1, 8, 8), [Flatten(), Dense(4)]), "net: a Network"),
        ("runs/a", "'runs/a': a str"),
        (None, "None: a NoneType"),
    ],
)
def test_what_is_no_model_or_run_is_refused_in_a_sentence(subject: Any, start: str) -> None:
    images = some(8, 4).test.images
    for asked in (lambda: evaluate(subject), lambda: predict(subject, images), lambda: record(subject, images)):
        with pytest.raises(RunError) as caught:
            asked()
        assert str(caught.value) == f"{start} is no model or run. Build it first: locality.build(net)."


def test_a_network_that_puts_out_no_numbers_is_refused() -> None:
    model = build(Network("net", (1, 8, 8), [Flatten(), Dense(4)]))
    with torch.no_grad():
        model.get_parameter("dense1.weight")[0, 0] = torch.nan
    message = (
        "net: what it puts out is not finite. Give pictures of finite numbers, or train it again with a smaller "
        "learning_rate."
    )
    for asked in (lambda: evaluate(model, some(8, 4)), lambda: predict(model, some(8, 4).test.images)):
        with pytest.raises(RunError) as caught:
            asked()
        assert str(caught.value) == message


def small(classes: tuple[str, ...] | None = None, outputs: int = 4) -> Model:
    model = build(Network("net", (1, 8, 8), [Flatten(), Dense(outputs)]))
    model.classes = classes
    return model


def test_predictions_come_most_probable_first_and_add_up() -> None:
    images = some(6, 4).test.images
    model = small(("a", "b", "c", "d"))
    wanted = evaluate(model, some(6, 4))
    found = predict(model, images)
    assert len(found) == 6
    for one in found:
        assert set(one.classes) == {"a", "b", "c", "d"}
        assert list(one.probabilities) == sorted(one.probabilities, reverse=True)
        assert sum(one.probabilities) == pytest.approx(1)
        assert one.best == one.classes[0]
    assert [len(one.classes) for one in predict(model, images, most=2)] == [2] * 6
    assert len(wanted.labels) == 6


@pytest.mark.parametrize(("classes", "names"), [(None, set("0123")), (("a", "b"), {"a", "b", "2", "3"})])
def test_outputs_without_a_name_are_called_by_their_number(classes: Any, names: set[str]) -> None:
    (one,) = predict(small(classes), np.zeros((1, 8, 8), np.uint8))
    assert set(one.classes) == names


def test_bytes_and_floats_on_the_networks_scale_are_predicted_alike() -> None:
    model, images = small(), some(5, 4).test.images
    model.mean, model.std = (0.4,), (0.3,)
    scaled = (images / 255 - 0.4) / 0.3
    for one, other in zip(predict(model, images), predict(model, scaled), strict=True):
        assert one.classes == other.classes
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-6)


def test_pictures_of_another_shape_are_refused() -> None:
    with pytest.raises(ShapeError) as caught:
        predict(small(), np.zeros((2, 1, 9, 9), np.uint8))
    assert str(caught.value) == (
        "net: images of shape (2, 1, 9, 9) do not fit its input 1x8x8. Give one image 1x8x8 or a batch of them."
    )


@pytest.mark.parametrize("most", ["x", 0, 1.5])
def test_a_number_of_classes_that_is_none_is_refused(most: Any) -> None:
    with pytest.raises(DescriptionError) as caught:
        predict(small(), np.zeros((1, 8, 8), np.uint8), most)
    assert str(caught.value) == f"most is {most!r}; it must be a whole number of at least 1. Give most=1 or more."


def test_a_model_of_the_zoo_predicts_a_colour_picture() -> None:
    model = build(zoo.get("tiny-vgg"))
    picture = DRAW.integers(0, 256, model.network.input, dtype=np.uint8)
    (one,) = predict(model, picture, most=3)
    assert len(one.classes) == 3


def test_a_model_and_a_run_evaluate_themselves() -> None:
    data = some(40, 3)
    net = Network("small", (1, 8, 8), [Flatten(), Dense(4)])
    run = train(net, data, Recipe(epochs=1), progress=False)
    wanted = evaluate(run.model, data)
    for found in (run.evaluate(), run.evaluate(data), run.model.evaluate(data)):
        np.testing.assert_array_equal(found.probabilities, wanted.probabilities)
        np.testing.assert_array_equal(found.labels, data.test.labels)
    assert wanted.names == ("a", "b", "c", "3")  # an output that no class has is called by its number
