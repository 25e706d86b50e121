"""A record holds every number that a model computed, and every one of them can be spelled out."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from locality import zoo
from locality.engine.build import Model, build
from locality.engine.record import record
from locality.errors import ShapeError, UnknownNameError
from locality.network.cell import explain
from locality.network.layers import Activation, Conv, Dense, Dropout, Flatten, Norm, Pool
from locality.network.network import Branches, Network, Residual

SQUEEZE = [Pool("global-average"), Conv(2, 1), Activation("relu"), Conv(6, 1), Activation("sigmoid")]
BRANCHED = Network(
    "branched",
    (3, 9, 9),
    [
        Conv(4, 3, stride=2, padding=1),
        Norm("batch"),
        Activation("relu"),
        Residual(
            [Conv(4, 3, padding="same", bias=False), Norm("batch"), Activation("relu"), Conv(4, 3, padding="same")]
        ),
        Branches([[Conv(2, 1)], [Pool("max", 3, stride=1, padding=1)]]),
        Branches([[], SQUEEZE], "product"),
        Dropout(0.5),
        Pool("global-average"),
        Flatten(),
        Dense(3),
        Activation("softmax"),
    ],
)


def drawn(net: Network) -> Model:
    """A model with nothing at its initial value, running statistics included."""
    model, draw = build(net), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                value.copy_(torch.rand(value.shape, generator=draw) - (0 if "running_var" in name else 0.5))
    return model


IMAGES = np.random.default_rng(0).integers(0, 256, (4, 3, 9, 9), dtype=np.uint8)


def test_a_record_has_an_array_for_the_input_and_every_node() -> None:
    model = drawn(BRANCHED)
    run = record(model, IMAGES)
    assert list(run.values) == ["input", *(node.name for node in BRANCHED.nodes)]
    assert all(isinstance(array, np.ndarray) for array in run.values.values())
    assert all(run[name].shape == (4, *shape) for name, shape in BRANCHED.shapes.items())
    assert set(run.parameters) == set(model.state_dict())
    assert len(run) == 4
    assert repr(run) == f"<Record of branched: 4 images, {len(BRANCHED.nodes) + 1} arrays>"
    np.testing.assert_array_equal(run.images, IMAGES)
    assert (run.mean, run.std, run.classes) == ((0.0,) * 3, (1.0,) * 3, None)


def test_a_record_s_output_is_what_forward_gives() -> None:
    model = drawn(BRANCHED)
    run = record(model, IMAGES)
    with torch.no_grad():
        np.testing.assert_array_equal(run.output, model(model.prepare(IMAGES)).numpy())
    np.testing.assert_array_equal(record(model, IMAGES[2]).output[0], record(model, IMAGES[2:3]).output[0])


def test_recording_computes_as_after_training_and_leaves_every_mode_as_it_was() -> None:
    model = drawn(BRANCHED)
    expected = record(model, IMAGES).output
    model.train()
    model.get_submodule("norm1").eval()  # frozen on purpose
    modes = {name: module.training for name, module in model.named_modules()}
    statistics = model.get_buffer("norm2.running_mean").clone()
    run = record(model, IMAGES)
    np.testing.assert_array_equal(run.output, expected)
    np.testing.assert_array_equal(run["dropout1"], run["product1"])
    assert {name: module.training for name, module in model.named_modules()} == modes
    assert torch.equal(model.get_buffer("norm2.running_mean"), statistics)


def test_every_mode_is_as_it_was_after_an_error_too() -> None:
    model = drawn(BRANCHED).train()
    with pytest.raises(ShapeError):
        record(model, IMAGES[:, :1])
    assert all(module.training for module in model.modules())


def test_a_record_keeps_its_numbers_whatever_happens_to_the_images_and_the_weights() -> None:
    model = drawn(BRANCHED)
    images = torch.rand(2, 3, 9, 9, requires_grad=True)
    run = record(model, images)
    kept = {name: array.copy() for name, array in (run.values | run.parameters | {"images": run.images}).items()}
    with torch.no_grad():
        images.zero_()
        for value in model.state_dict().values():
            value.zero_()
    for name, array in kept.items():
        now = run.images if name == "images" else run.values.get(name, run.parameters.get(name))
        np.testing.assert_array_equal(now, array)
    assert run["input"].any()


def test_a_run_that_has_a_model_is_recorded_like_it() -> None:
    model = drawn(BRANCHED)
    run = SimpleNamespace(model=model)
    np.testing.assert_array_equal(record(run, IMAGES).output, record(model, IMAGES).output)
    np.testing.assert_array_equal(model.record(IMAGES).output, record(model, IMAGES).output)


def test_float32_means_float32_while_recording_and_what_was_set_comes_back() -> None:
    backends = torch.backends.cudnn.conv, torch.backends.cuda.matmul  # type: ignore[attr-defined]
    before = [place.fp32_precision for place in backends]
    model, seen = drawn(BRANCHED), []
    model.get_submodule("conv1").register_forward_hook(lambda *_: seen.extend(p.fp32_precision for p in backends))
    record(model, IMAGES)
    assert seen == ["ieee", "ieee"]
    assert [place.fp32_precision for place in backends] == before


def test_two_threads_that_record_at_once_leave_what_was_set() -> None:
    backends = torch.backends.cudnn.conv, torch.backends.cuda.matmul  # type: ignore[attr-defined]
    before = [place.fp32_precision for place in backends]
    inside, most = [0], []

    def slowly(*_: object) -> None:
        inside[0] += 1
        most.append(inside[0])
        time.sleep(0.05)
        inside[0] -= 1

    def one(_: int) -> None:
        model = drawn(BRANCHED)
        model.get_submodule("conv1").register_forward_hook(slowly)
        record(model, IMAGES)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(8)))
    assert [place.fp32_precision for place in backends] == before
    assert max(most) == 1


def test_a_node_that_is_none_is_refused_in_a_sentence() -> None:
    with pytest.raises(UnknownNameError) as error:
        record(drawn(BRANCHED), IMAGES)["dropout"]
    assert str(error.value) == "Unknown node 'dropout'. Did you mean 'dropout1'?"


@pytest.mark.parametrize(
    ("cell", "image", "message"),
    [
        (
            (4, 0, 0),
            0,
            "conv1: there is no cell (4, 0, 0) in its output 4x5x5. Give (channel, *space), counted from 0.",
        ),
        (
            (0, -1, 0),
            0,
            "conv1: there is no cell (0, -1, 0) in its output 4x5x5. Give (channel, *space), counted from 0.",
        ),
        ((0, 0), 0, "conv1: there is no cell (0, 0) in its output 4x5x5. Give (channel, *space), counted from 0."),
        ((0, 0, 0), 4, "conv1: there is no image 4 among 4. Count from 0."),
        ((0, 0, 0), -1, "conv1: there is no image -1 among 4. Count from 0."),
    ],
)
def test_a_cell_that_is_not_there_is_refused_in_a_sentence(cell: tuple[int, ...], image: int, message: str) -> None:
    with pytest.raises(ShapeError) as error:
        explain(record(drawn(BRANCHED), IMAGES), "conv1", cell, image=image)
    assert str(error.value) == message


@pytest.mark.parametrize("net", [zoo.get("lenet5"), BRANCHED], ids=["lenet5", "branched"])
def test_every_node_of_a_whole_network_can_be_spelled_out(net: Network) -> None:
    model = drawn(net)
    draw = np.random.default_rng(1)
    run = record(model, draw.integers(0, 256, (3, *net.input), dtype=np.uint8))
    for node in net.nodes:
        shape = net.shapes[node.name]
        for place in [(0,) * len(shape), tuple(n - 1 for n in shape), *draw.integers(shape, size=(6, len(shape)))]:
            cell = explain(run, node.name, tuple(int(x) for x in place), image=2)
            assert cell.value == cell.products.sum() + cell.bias
            assert abs(cell.value - cell.computed) <= 1e-6 * cell.scale, (node.name, place)
            assert set(cell.inputs) <= set(node.inputs)
            assert node.name in str(cell)
            if cell.activation is not None:
                curve, _, value = cell.activation
                assert value == run[curve][(2, *cell.cell)]


def test_a_cell_of_a_concatenation_names_the_branch_it_comes_from() -> None:
    run = record(drawn(BRANCHED), IMAGES)
    assert explain(run, "concat1", (1, 2, 3)).inputs == ("conv4",)
    cell = explain(run, "concat1", (3, 2, 3))
    assert cell.inputs == ("pool1",)
    assert cell.sites.tolist() == [[1, 2, 3]]
    assert cell.value == run["pool1"][0, 1, 2, 3]
