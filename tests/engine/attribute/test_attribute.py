"""What every attribution promises: the target, what is left alone, what is refused."""

import inspect
import threading
from dataclasses import FrozenInstanceError
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import locality as loc
from engine.attribute.subjects import NAMES
from locality.engine.attribute import METHODS
from locality.errors import DataError, DescriptionError, RunError, ShapeError, UnknownNameError
from locality.network.network import Network


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", NAMES)
def test_an_attribution_says_what_it_is_of(each, name, method):
    subject = each[name]
    found = loc.attribute(subject.model, subject.image, method)
    with torch.no_grad():
        scores = subject.scores(torch.from_numpy(subject.image)[None])[0]
    assert found.method == method
    assert found.target == scores.argmax().item()
    assert found.score == pytest.approx(scores.max().item(), rel=1e-9)
    assert found.target_name is None
    assert (found.values.shape, found.values.dtype) == (subject.image.shape[1:], np.float32)
    np.testing.assert_array_equal(found.image, subject.image.astype(np.float32))
    assert (found.by_channel is not None) == (method in ("gradient", "integrated-gradients"))
    assert (found.difference is not None) == (method == "integrated-gradients")
    with pytest.raises(FrozenInstanceError):
        found.score = 0


def test_bytes_are_brought_to_the_network_s_scale_first(each):
    model = loc.build(loc.zoo.get("tiny-vgg"))
    model.mean, model.std = (0.4, 0.5, 0.6), (0.2, 0.3, 0.25)
    pixels = np.random.default_rng(0).integers(0, 256, (3, 64, 64), np.uint8)
    scaled = model.prepare(pixels)[0].numpy()
    a, b = (loc.attribute(model, image, "gradient", 2) for image in (pixels, scaled))
    np.testing.assert_array_equal(a.image, scaled)
    np.testing.assert_array_equal(a.values, b.values)


def test_a_softmax_at_the_end_does_not_change_what_is_explained():
    text = "1x8x8 | conv 3 3x3 | relu | flatten | dense 4"
    plain, soft = (loc.build(Network.from_text(end), seed=3) for end in (text, text + " | softmax"))
    image = np.random.default_rng(0).normal(size=(1, 8, 8)).astype(np.float32)
    for method in METHODS:
        a, b = (loc.attribute(model, image, method, 1) for model in (plain, soft))
        assert a.score == b.score
        np.testing.assert_allclose(a.values, b.values, atol=1e-6)


@pytest.mark.parametrize("method", METHODS)
def test_the_model_is_left_as_it_was_and_computes_as_after_training(each, method):
    model = each["residual"].model
    image = each["residual"].image
    expected = loc.attribute(model, image, method, 0).values
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    try:
        model.train()
        model.get_submodule("norm1").eval()  # frozen on purpose
        weight, frozen = model.get_submodule("conv1").weight, model.get_submodule("conv2").weight
        weight.grad = torch.full_like(weight, 7.0)
        frozen.requires_grad_(False)
        modes = {name: module.training for name, module in model.named_modules()}
        given = torch.from_numpy(image.copy())
        np.testing.assert_array_equal(loc.attribute(model, given, method, 0).values, expected)
        assert {name: module.training for name, module in model.named_modules()} == modes
        assert [name for name, p in model.named_parameters() if not p.requires_grad] == ["conv2.weight"]
        assert [name for name, p in model.named_parameters() if p.grad is not None] == ["conv1.weight"]
        assert (weight.grad == 7).all()
        assert all((kept[name] == value).all() for name, value in model.state_dict().items())
        assert given.grad is None
        assert not given.requires_grad
        np.testing.assert_array_equal(given.numpy(), image)
        assert not any(module._forward_hooks for module in model.modules())
    finally:
        model.eval()
        weight.grad = None
        frozen.requires_grad_(True)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_it_works_where_torch_keeps_no_gradients(each, method, mode):
    subject = each["plain"]
    expected = loc.attribute(subject.model, subject.image, method, 0)
    with mode():
        given = torch.from_numpy(subject.image) + 0
        np.testing.assert_array_equal(loc.attribute(subject.model, given, method, 0).values, expected.values)


def test_two_threads_may_look_at_one_model(each):
    subject = each["lenet5"]
    expected = [loc.attribute(subject.model, subject.image, "grad-cam", target).values for target in range(4)]
    found: dict[int, np.ndarray] = {}

    def look(target):
        found[target] = loc.attribute(subject.model, subject.image, "grad-cam", target).values

    threads = [threading.Thread(target=look, args=(target,)) for target in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for target, values in enumerate(expected):
        np.testing.assert_array_equal(found[target], values)


def test_models_and_runs_forward_to_it(each):
    subject = each["plain"]
    model = subject.model
    run = SimpleNamespace(model=model)  # anything that has a model
    expected = loc.attribute(model, subject.image, "gradient", 1)
    for found in (model.attribute(subject.image, method="gradient", target=1),
                  loc.Run(model, loc.Recipe(), "digits").attribute(subject.image, method="gradient", target=1),
                  loc.attribute(run, subject.image, "gradient", 1)):  # fmt: skip
        np.testing.assert_array_equal(found.values, expected.values)


def test_a_node_may_not_be_called_as_they_are():
    for name in ("attribute", "effective_field"):
        with pytest.raises(DescriptionError, match=f"^{name}: '{name}' is an attribute of Model"):
            loc.build(Network("net", (1, 4, 4), [loc.Conv(1, 3, name=name)]))


def test_the_target_is_a_number_or_a_name():
    model = loc.build(Network.from_text("1x4x4 | flatten | dense 3"))
    model.classes = ("cat", "dog")  # the third output has no name
    image = np.ones((1, 4, 4), np.float32)
    found = loc.attribute(model, image, "gradient", "dog")
    assert (found.target, found.target_name) == (1, "dog")
    found = loc.attribute(model, image, "gradient", np.int64(2))
    assert (found.target, found.target_name) == (2, None)
    assert repr(loc.attribute(model, image, "gradient", 1)).startswith(
        "<Attribution by gradient: output 1 (dog) of score "
    )


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("gradcam",), UnknownNameError, "Unknown method 'gradcam'. Did you mean 'grad-cam'?"),
        (("gradient", "dgo"), UnknownNameError, "Unknown class 'dgo'. Did you mean 'dog'?"),
        (("gradient", 3), UnknownNameError, "net: there is no output 3, it has 3. Give a number from 0 to 2."),
        (("gradient", -1), DescriptionError,
         "target is -1; it must be a whole number of at least 0. Give target=0 or more."),
        (("gradient", True), DescriptionError,
         "target is True; it must be a whole number of at least 0. Give target=0 or more."),
    ],
)  # fmt: skip
def test_a_target_or_method_that_is_not_there_is_one_sentence(arguments, error, message):
    model = loc.build(Network.from_text("net: 1x4x4 | flatten | dense 3"))
    model.classes = ("cat", "dog", "cow")
    with pytest.raises(error) as caught:
        loc.attribute(model, np.ones((1, 4, 4), np.float32), *arguments)
    assert str(caught.value) == message


def test_a_name_where_no_class_has_one_is_one_sentence(each):
    with pytest.raises(UnknownNameError) as caught:
        loc.attribute(each["plain"].model, each["plain"].image, "gradient", "dog")
    assert str(caught.value) == ("plain: its classes have no names, so none is called 'dog'. Give the output's number.")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("subject", "image", "error", "message"),
    [
        ("net: 1x4x4 | flatten | dense 3", np.zeros((3, 4, 4), np.uint8), ShapeError,
         "net: images of shape (3, 4, 4) do not fit its input 1x4x4. Give one image 1x4x4 or a batch of them."),
        ("net: 1x4x4 | flatten | dense 3", np.zeros((2, 1, 4, 4), np.uint8), ShapeError,
         "net: these are 2 pictures, an attribution is of one. Give one 1x4x4."),
        ("net: 16 | dense 3", np.zeros(16, np.float32), ShapeError,
         "net: its input is flat (16 numbers), so there is no picture to look at. "
         "Describe it with space, and a flatten first."),
        ("net: 1x4x4 | conv 2 3x3 | flatten | dense 3", np.full((1, 4, 4), np.nan, np.float32), RunError,
         "net: what it puts out is not finite. Give pictures of finite numbers, or train it again with a smaller "
         "learning_rate."),
        (Network("net", (1, 4, 4), [loc.Conv(2, 3), loc.Flatten(), loc.Dense(3)], dtype="complex64"),
         np.zeros((1, 4, 4), np.complex64), RunError,
         "net: its numbers are complex64, of which none is the largest. Use float32."),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_one_sentence(method, subject, image, error, message):
    model = loc.build(subject if isinstance(subject, Network) else Network.from_text(subject))
    with pytest.raises(error) as caught:
        loc.attribute(model, image, method)
    assert str(caught.value) == message


@pytest.mark.parametrize("given", ["cat.jpg", None, object()])
def test_what_is_no_picture_is_one_sentence(each, given):
    model, give = (
        each["plain"].model,
        "Give an array 2x12x11 of bytes or floats; locality.data.read_picture reads a file.",
    )
    with pytest.raises(DataError) as caught:
        loc.attribute(model, given)
    assert str(caught.value) == f"plain: a {type(given).__name__} is no picture. {give}"
    with pytest.raises(DataError) as caught:
        loc.effective_field(model, "conv1", [given])
    assert str(caught.value) == f"plain: a list is no picture. {give}"


def test_a_description_is_no_model():
    with pytest.raises(RunError, match=r"Build it first: locality\.build\(net\)\.$"):
        loc.attribute(loc.zoo.get("lenet5"), np.zeros((1, 28, 28), np.uint8))


def test_every_setting_belongs_to_a_method():
    names = {name for _, settings in METHODS.values() for name in settings}
    assert names == set(inspect.signature(loc.attribute).parameters) - {"subject", "image", "method", "target"}
