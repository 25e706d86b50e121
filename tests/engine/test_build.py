"""A built network is an ordinary torch module: names, shared weights, precision, memory."""

import copy
import tracemalloc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from locality import zoo
from locality.data import dataset
from locality.engine.build import Model, build
from locality.engine.evaluate import predict
from locality.engine.record import record
from locality.engine.train import train
from locality.errors import DataError, DescriptionError, LocalityError, ShapeError, UnknownNameError
from locality.network.initial import initial_weights
from locality.network.layer import Layer
from locality.network.layers import Activation, Conv, ConvTranspose, Dense, Flatten, Norm, Pool, Sum, Upsample
from locality.network.network import Network, Node

LENET = zoo.get("lenet5")
CONV = Conv(2, 3, padding="same", footprint="diamond")
SHARED = Network(
    "siamese",
    (2, 6, 6),
    nodes=[
        Node("first", CONV, "input"),
        Node("relu", Activation("relu"), "first"),
        Node("second", CONV, "relu", weights="first"),
        Node("norm", Norm("batch"), "second"),
        Node("again", Norm("batch"), "relu", weights="norm"),
        Node("sum", Sum(), ["norm", "again"]),
        Node("flatten", Flatten(), "sum"),
        Node("dense", Dense(3), "flatten"),
    ],
)


def drawn(model: Model, seed: int = 0) -> Model:
    """The model with every parameter drawn at random, biases and scales included."""
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=draw))
    return model


def test_a_seed_gives_the_same_weights_and_another_seed_others() -> None:
    one, same, other = (build(LENET, seed=seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["conv1.weight"], other["conv1.weight"])
    for name, array in initial_weights(LENET, seed=1).items():
        np.testing.assert_array_equal(one[name].numpy(), array)


def test_torch_s_random_numbers_are_left_alone() -> None:
    before = torch.random.get_rng_state()
    build(LENET, seed=3)
    build(SHARED)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_model_is_built_ready_to_be_used_and_not_training() -> None:
    assert not any(module.training for module in build(SHARED).modules())


def test_dotted_names_become_nested_containers() -> None:
    layers = [
        ("features.0", Conv(2, 3)),
        ("features.1.conv", Conv(3, 1)),
        ("head.flatten", Flatten()),
        ("head.fc", Dense(2)),
    ]
    names = ["input", *(name for name, _ in layers)]
    net = Network("dotted", (1, 5, 5), nodes=[Node(n, layer, names[i]) for i, (n, layer) in enumerate(layers)])
    model = build(net)
    assert list(model.state_dict()) == [
        "features.0.weight", "features.0.bias", "features.1.conv.weight", "features.1.conv.bias",
        "head.fc.weight", "head.fc.bias",
    ]  # fmt: skip
    assert isinstance(model.get_submodule("features.1.conv"), nn.Conv2d)
    assert set(dict(model.named_children())) == {"features", "head"}


@pytest.mark.parametrize(
    "name", ["forward", "train", "mean", "network", "_plan", "_shared", "a.forward", "a.train.b", "scale.x"]
)
def test_a_name_that_torch_needs_itself_is_refused_in_a_sentence(name: str) -> None:
    word = {"a.forward": "forward", "a.train.b": "train", "scale.x": "scale"}.get(name, name)
    with pytest.raises(DescriptionError) as error:
        build(Network("names", (1, 4, 4), nodes=[Node(name, Activation("relu"), "input")]))
    what = "a word of torch's modules" if word in ("forward", "train") else "an attribute of Model"
    assert str(error.value) == f"{name}: {word!r} is {what}. Name the node otherwise."


REPLACED = Network(
    "replaced", (2, 6, 6), nodes=[Node("features.conv", Conv(2, 3), "input"), Node("flat", Flatten(), "features.conv"),
                                  Node("fc", Dense(3), "flat")],
)  # fmt: skip


@pytest.mark.parametrize("copied", [False, True])
def test_a_layer_that_is_put_in_place_of_another_computes(copied: bool) -> None:
    original = build(REPLACED)
    model: Any = copy.deepcopy(original) if copied else original
    x = torch.randn(2, 2, 6, 6)
    before = original(x)
    model.fc = nn.Linear(32, 5)
    assert model(x).shape == model.logits(x).shape == model.every(x)["fc"].shape == (2, 5)
    model.features = nn.Sequential()
    model.features.conv = nn.Conv2d(2, 2, 3)
    assert torch.equal(model(x), model.fc(model.features.conv(x).flatten(1)))
    np.testing.assert_array_equal(record(model, x).output, model(x).detach().numpy())
    if copied:
        assert torch.equal(original(x), before)


def test_a_new_owner_shares_its_weights_and_a_new_borrower_has_its_own() -> None:
    model: Any = drawn(build(SHARED))
    x = torch.randn(2, 2, 6, 6)
    model(x)
    model.norm = nn.BatchNorm2d(2).eval()
    nn.init.constant_(model.norm.weight, 7.0)
    values = model.every(x)
    assert model.again.weight is model.norm.weight
    torch.testing.assert_close(values["again"], model.again(values["relu"]))
    model.second = nn.Conv2d(2, 2, 3, padding=1)
    values = model.every(x)
    torch.testing.assert_close(values["second"], model.second(values["relu"]))
    assert "second.weight" in model.state_dict()
    assert model.second.weight.shape == (2, 2, 3, 3)


@pytest.mark.parametrize(
    "layer",
    [
        ConvTranspose(3, 3, stride=2, padding=((0, 1), (1, 0))),
        Conv(3, 3, padding=((0, 1), (1, 0))),
        Conv(3, 3, footprint="diamond"),
        Pool("average", 3, padding=((0, 1), (1, 0)), stride=1),
        Norm("batch"),
        Activation("softmax"),
    ],
    ids=repr,
)
def test_a_model_can_be_saved_whole(layer: Any, tmp_path: Path) -> None:
    model = drawn(build(Network("net", (2, 6, 6), [layer])))
    torch.save(model, tmp_path / "model.pt")
    again = torch.load(tmp_path / "model.pt", weights_only=False)
    x = torch.randn(2, 2, 6, 6)
    assert torch.equal(again(x), model(x))
    assert list(again.state_dict()) == list(model.state_dict())
    assert again.network == model.network


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("layers", [[Conv(2, 3), Norm("batch"), Flatten(), Dense(3)], [Norm("batch", affine=False)]])
def test_a_model_of_another_precision_reads_pictures_in_its_own(dtype: torch.dtype, layers: list[Any]) -> None:
    model = build(Network("net", (1, 6, 6), layers))
    pictures = np.random.default_rng(0).integers(0, 256, (4, 1, 6, 6), dtype=np.uint8)
    wanted = record(model, pictures).output
    model.to(dtype)
    for images in (pictures, pictures / 255):
        assert model.prepare(images).dtype == dtype
        np.testing.assert_allclose(record(model, images).output, wanted, atol=0.05, rtol=0.05)
    if len(layers) > 1:
        assert len(predict(model, pictures)) == 4


def check_shared(model: Model, x: torch.Tensor) -> None:
    """Both uses compute with one set of numbers: those of the owner, whatever they are now."""
    values = model.every(x)
    first, second = model.get_submodule("first"), model.get_submodule("second")
    torch.testing.assert_close(values["second"], first(values["relu"]))
    assert torch.equal(second.weight, first.weight)  # type: ignore[arg-type]
    assert "second.weight" not in model.state_dict()
    assert "again.weight" not in model.state_dict()
    assert "again.running_mean" in model.state_dict()


def test_shared_weights_are_stored_and_counted_once() -> None:
    model = build(SHARED)
    assert sum(p.numel() for p in model.parameters()) == SHARED.parameter_count == 2 * 2 * 5 + 2 + 4 + 72 * 3 + 3
    check_shared(drawn(model), torch.randn(2, 2, 6, 6))


def _assigned(model: Model) -> Model:
    state = {name: torch.randn_like(v) if v.is_floating_point() else v for name, v in model.state_dict().items()}
    model.load_state_dict(state, assign=True)
    return model


def _through_double(model: Model) -> Model:
    return model.double().float()


def _training(model: Model) -> Model:
    return model.train().eval()


def _redrawn(model: Model) -> Model:
    return drawn(copy.deepcopy(model), seed=9)


def _loaded(model: Model) -> Model:
    other = drawn(build(SHARED), seed=5)
    model.load_state_dict(other.state_dict())
    x = torch.randn(2, 2, 6, 6)
    assert torch.equal(model(x), other(x))
    return model


@pytest.mark.parametrize("change", [copy.deepcopy, _loaded, _assigned, _through_double, _training, _redrawn])
def test_shared_weights_stay_shared(change: Callable[[Model], Model]) -> None:
    original = drawn(build(SHARED))
    x = torch.randn(2, 2, 6, 6)
    before = original(x)
    changed = change(original)
    original(x)
    check_shared(changed, x)
    if changed is not original:  # a copy is a model of its own
        assert torch.equal(original(x), before)
        check_shared(original, x)


def test_shared_weights_gather_the_gradient_of_both_uses() -> None:
    model = drawn(build(SHARED)).double()
    x = torch.randn(2, 2, 6, 6, dtype=torch.float64)
    model(x).square().sum().backward()
    shared = model.get_parameter("first.weight")
    assert shared.grad is not None

    def at(step: float) -> float:
        other = copy.deepcopy(model)
        with torch.no_grad():
            other.get_parameter("first.weight")[0, 1, 2] += step
        return float(other(x).square().sum().detach())

    assert (at(1e-5) - at(-1e-5)) / 2e-5 == pytest.approx(float(shared.grad[0, 1, 2]), rel=1e-5)


def test_drawing_the_weights_of_a_large_layer_takes_little_more_memory_than_they_fill() -> None:
    net = Network("large", (2000,), [Dense(2000)])
    tracemalloc.start()
    weights = initial_weights(net)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1.2 * sum(array.nbytes for array in weights.values())


PICTURES = Network("pictures", (2, 2, 3), [Flatten(), Dense(2)])


def test_bytes_are_brought_to_the_network_s_scale() -> None:
    model = build(PICTURES)
    model.mean, model.std = (0.5, 0.25), (0.5, 2.0)
    given = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3) * 10
    expected = (given / 255 - np.array([0.5, 0.25]).reshape(1, 2, 1, 1)) / np.array([0.5, 2.0]).reshape(1, 2, 1, 1)
    for images in (given, torch.from_numpy(given)):
        np.testing.assert_allclose(model.prepare(images).numpy(), expected, rtol=1e-5, atol=1e-6)
    assert model.prepare(given).dtype == torch.float32
    np.testing.assert_array_equal(given, np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3) * 10)


def test_a_deviation_of_zero_divides_by_nothing() -> None:
    model = build(PICTURES)
    model.std = (0.0, 1.0)
    assert model.prepare(np.full((1, 2, 2, 3), 255, np.uint8)).tolist() == [[[[1.0] * 3] * 2] * 2]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", "int64", "bool"])
def test_other_numbers_are_taken_as_they_are(dtype: str) -> None:
    given = (np.arange(12).reshape(2, 2, 3) % 2).astype(dtype)
    for images in (given, given[None], given[..., ::-1][..., ::-1], np.broadcast_to(given, (3, 2, 2, 3))):
        prepared = build(PICTURES).prepare(images)
        assert prepared.dtype == torch.float32
        np.testing.assert_array_equal(prepared[0].numpy(), given.astype("float32"))


@pytest.mark.parametrize("dtype", ["int16", "int64"])
def test_whole_numbers_on_a_scale_that_nobody_knows_are_refused(dtype: str) -> None:
    with pytest.raises(DataError) as error:
        build(PICTURES).prepare(np.full((2, 2, 3), 200, dtype))
    assert str(error.value) == (
        f"pictures: images of {dtype} have no agreed scale. Give bytes (uint8, 0 to 255), or floats that are on the "
        f"network's scale."
    )


@pytest.mark.parametrize("layer", [Activation("relu"), Norm("batch"), Pool("max", 2), Upsample(2)])
def test_what_is_for_real_numbers_is_not_built_for_complex_ones(layer: Layer) -> None:
    with pytest.raises(DescriptionError) as error:
        build(Network("net", (1, 4, 4), [layer], dtype="complex64"))
    name = Network("net", (1, 4, 4), [layer]).nodes[0].name
    curve = isinstance(layer, Activation)
    instead = "take tanh, log-cosh or complex-relu" if curve else "leave the layer out"
    assert str(error.value) == (
        f"{name}: {layer.word} is for real numbers, the network's are complex64. Use float32, or {instead}."
    )


def test_a_name_of_the_zoo_is_built_and_others_are_refused() -> None:
    assert build("tiny-vgg").network.name == "tiny-vgg"
    with pytest.raises(UnknownNameError, match=r"^Unknown network 'lenet'\. Did you mean 'lenet5'\?$"):
        build("lenet")
    with pytest.raises(DescriptionError, match=r"^'lenet5' is not a network\."):
        train("lenet5", dataset("digits"))  # type: ignore[arg-type]


def test_images_that_must_not_be_written_to_are_read_without_a_warning() -> None:
    given = np.ones((1, 2, 2, 3), np.float32)
    given.flags.writeable = False
    assert build(PICTURES).prepare(given).sum() == 12


@pytest.mark.parametrize("shape", [(2, 3), (1, 3, 3), (3, 2, 2), (0, 2, 2, 3), (1, 1, 2, 2, 3), (), (1, 1, 2, 3)])
def test_images_of_another_shape_are_refused_in_a_sentence(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError) as error:
        build(PICTURES).prepare(np.zeros(shape, np.uint8))
    assert str(error.value) == (
        f"pictures: images of shape {shape} do not fit its input 2x2x3. Give one image 2x2x3 or a batch of them."
    )


@pytest.mark.parametrize("seed", [-1, 1.5, "one", None, True])
def test_a_seed_that_is_no_number_is_refused(seed: Any) -> None:
    with pytest.raises(LocalityError, match=r"^seed is "):
        build(LENET, seed=seed)


def test_forward_frees_what_nobody_reads_any_more() -> None:
    nodes = [Node("n0", Activation("tanh"), "input")]
    nodes += [Node(f"n{i}", Activation("tanh"), f"n{i - 1}") for i in range(1, 30)]
    model = build(Network("long", (1, 4, 4), nodes=[*nodes, Node("end", Sum(), ["n29", "n3"])]))
    alive: list[Any] = []
    most = 0

    def count(module: nn.Module, given: Any, out: torch.Tensor) -> None:
        nonlocal most
        alive.append(weakref.ref(out))
        most = max(most, sum(value() is not None for value in alive))

    for module in model.children():
        module.register_forward_hook(count)
    with torch.no_grad():
        model(torch.randn(1, 1, 4, 4))
    assert len(alive) == 31
    assert most <= 3  # what is read, what comes out, and n3 for the end


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_a_network_s_dtype_is_its_model_s(dtype: str) -> None:
    net = Network("typed", (2, 5, 5), [Conv(2, 3, footprint="diamond"), Flatten(), Dense(2)], dtype=dtype)
    model = build(net)
    assert {str(p.dtype) for p in model.parameters()} == {f"torch.{dtype}"}
    assert str(model(model.prepare(np.ones((1, 2, 5, 5)))).dtype) == f"torch.{dtype}"


def test_logits_are_what_a_softmax_at_the_end_is_taken_of() -> None:
    plain = [Flatten(), Dense(3)]
    x = torch.randn(4, 2, 2, 3)
    with_softmax, without = (build(Network("n", (2, 2, 3), [*plain, *end])) for end in ([Activation("softmax")], []))
    assert torch.equal(with_softmax.logits(x), without(x))
    assert torch.equal(without.logits(x), without(x))
    torch.testing.assert_close(with_softmax(x), without(x).softmax(1))


def test_a_built_network_trains_like_any_module() -> None:
    model = build(Network("tiny", (1, 6, 6), [Conv(2, 3), Activation("relu"), Pool("max", 2), Flatten(), Dense(2)]))
    x, y = torch.randn(16, 1, 6, 6), torch.arange(16) % 2
    step = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(20):
        loss = nn.functional.cross_entropy(model(x), y)
        step.zero_grad()
        loss.backward()
        step.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    assert record(model, x.numpy()).output.shape == (16, 2)


@pytest.mark.parametrize("images", ["cat.png", None, {}, [[1.0], [1.0, 2.0]]])
def test_what_is_no_picture_is_told(images):
    model = build(Network.from_text("1x8x8 | conv 2 3x3 | flatten | dense 3"))
    with pytest.raises(
        DataError, match=rf"^network: a {type(images).__name__} is no picture\. Give an array 1x8x8 of bytes"
    ):
        predict(model, images)
