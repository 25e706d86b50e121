"""Scenes: what a page reads is what was computed, and what it is not given can be derived or is said to be missing."""

import json
import sys
from dataclasses import replace
from math import prod
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import locality as loc
from locality.errors import DataError, DescriptionError, ShapeError
from locality.network.plain import from_dict
from locality.views import carried, sample
from locality.views.scene import scene_of

SMALL = "small: 1x8x8 | conv 4 3x3 | relu | max 2x2 | flatten | dense 10"
BRANCHED = loc.Network(
    "branched",
    (3, 12, 12),
    [
        loc.Conv(8, 3, padding="same", bias=False),
        loc.Norm("batch"),
        loc.Residual([loc.Conv(8, 3, padding="same"), loc.Activation("silu"), loc.ConvTranspose(8, 1, groups=2)]),
        loc.Norm("group", groups=2),
        loc.Branches([[], [loc.Pool("global-average"), loc.Activation("sigmoid")]], "product"),
        loc.Flatten(),
        loc.Dense(7),
        loc.Activation("softmax"),
    ],
)
NETS = [
    loc.Network.from_text(SMALL),
    BRANCHED,
    loc.Network("wide", (1, 6, 6), [loc.Conv(2, 3), loc.Flatten(), loc.Dense(3)], dtype="float64"),
    loc.Network("line", (2, 9), [loc.Conv(3, 2), loc.Activation("tanh"), loc.Pool("average", 2)]),
    loc.Network("block", (1, 4, 4, 4), [loc.Conv(2, 2, padding_mode="wrap"), loc.Norm("layer")]),
    loc.Network("flat", (5,), [loc.Dense(4), loc.Norm("layer"), loc.Dense(2)]),
]
LARGE = "large: 3x64x64 | conv 64 3x3 same | batch-norm | relu | conv 16 3x3 same | global-average | flatten | dense 7"


def array_of(scene, ref):
    """An array as the page decodes it: from bytes, codes by the contract's formula."""
    array = np.frombuffer(scene.raw(ref["buffer"]), np.dtype(ref["dtype"]).newbyteorder("<")).reshape(ref["shape"])
    if "low" not in ref:
        return array
    low, high = (np.array(ref[end]).reshape(-1, *[1] * (array.ndim - 1)) for end in ("low", "high"))
    return low + array / 255 * (high - low)


def trained(net, seed=0):
    """A model whose running statistics and scales are not the initial ones."""
    model = loc.build(net, seed)
    numbers = torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            tensor.add_(
                torch.rand(tensor.shape, generator=numbers, dtype=tensor.dtype) * (0.5 if "var" in name else 0.1)
            )
    return model


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.name)
def test_everything_that_was_recorded_is_there_bit_for_bit(net):
    model = trained(net)
    image = np.random.default_rng(1).standard_normal(net.input).astype(net.dtype)
    scene, record = scene_of(model, image), model.record(image)
    plain = json.loads(scene.to_json())
    assert plain["computes"] is True
    assert set(plain["values"]) == {"input", *(node.name for node in net.nodes)}
    for name, ref in plain["values"].items():
        np.testing.assert_array_equal(array_of(scene, ref), record[name][0])
        assert ref["dtype"] == net.dtype
    tensors = {key: tensor for key, tensor in model.state_dict().items() if "num_batches" not in key}
    assert set(plain["parameters"]) == set(tensors)
    for key, ref in plain["parameters"].items():
        np.testing.assert_array_equal(array_of(scene, ref), tensors[key].numpy())
    np.testing.assert_array_equal(array_of(scene, plain["pictures"][0]["array"]), image)
    assert from_dict(plain["network"]) == net
    assert plain["rows"] == json.loads(loc.trace(net).to_json())["rows"]


def test_a_picture_of_bytes_stays_bytes_and_mean_and_std_bring_it_to_the_input():
    model = loc.build(loc.Network.from_text("rgb: 3x6x6 | flatten | dense 2"))
    model.mean, model.std, model.classes = (0.1, 0.2, 0.3), (0.5, 0.0, 2.0), ("left", "right")
    image = np.random.default_rng(0).integers(0, 256, (3, 6, 6), np.uint8)
    scene = scene_of(model, image)
    plain = scene.manifest
    picture = array_of(scene, plain["pictures"][0]["array"])
    assert picture.dtype == np.uint8
    mean, std = (np.array(plain[name])[:, None, None] for name in ("mean", "std"))
    brought = (picture / 255 - mean) / np.where(std == 0, 1, std)
    np.testing.assert_allclose(array_of(scene, plain["values"]["input"]), brought, rtol=1e-5, atol=1e-6)
    assert plain["classes"] == ["left", "right"]


@pytest.mark.parametrize("net", NETS, ids=lambda net: net.name)
def test_a_bare_network_has_the_weights_that_build_gives_and_says_so(net):
    scene = scene_of(net)
    plain = scene.manifest
    assert plain["notes"] == ["Initial weights (seed 0): nothing has been learnt yet."]
    assert (plain["values"], plain["cells"]) == ({}, [])
    tensors = {key: tensor for key, tensor in loc.build(net).state_dict().items() if "num_batches" not in key}
    assert set(plain["parameters"]) == set(tensors)
    for key, ref in plain["parameters"].items():
        np.testing.assert_array_equal(array_of(scene, ref), tensors[key].numpy())
    assert all(one["array"]["shape"] == list(net.input) for one in plain["pictures"])


@pytest.mark.parametrize(
    ("net", "note"),
    [
        (
            loc.zoo.get("resnet50"),
            "This network takes 4.1 G multiply-accumulates for a picture, more than the 20 M a page computes itself: "
            "build it and give its page a picture, locality.page(locality.build(net)), or open it with `locality lab`.",
        ),
        (
            loc.Network.from_text("1x80x80 | flatten | dense 1000"),
            "This network has 6.4 M parameters, more than the 5 M a page carries: "
            "build it and give its page a picture, locality.page(locality.build(net)), or open it with `locality lab`.",
        ),
        (
            loc.Network.from_text("1x2000x2000 | tanh | tanh | tanh | tanh | global-average"),
            "This network has 20 M cells, more than the 20 M a page computes: "
            "build it and give its page a picture, locality.page(locality.build(net)), or open it with `locality lab`.",
        ),
        (
            loc.Network("odd", (1, 4, 4), [loc.Opaque("attention", (2, 4, 4)), loc.Conv(1, 1)]),
            "The operation of opaque1 has no arithmetic rule here: give a record or the model it came from.",
        ),
    ],
    ids=["macs", "parameters", "cells", "opaque"],
)
def test_a_bare_network_that_the_page_cannot_compute_says_what_to_do(net, note):
    plain = scene_of(net).manifest
    assert plain["notes"] == [note]
    assert (plain["computes"], plain["values"], plain["parameters"], plain["cells"]) == (False, {}, {}, [])
    assert plain["pictures"]


def test_complex_numbers_are_refused():
    net = loc.Network("waves", (1, 4, 4), [loc.Conv(1, 3)], dtype="complex64")
    with pytest.raises(DescriptionError) as caught:
        scene_of(net)
    assert str(caught.value) == (
        "waves: its numbers are complex64, and a page shows real ones. Describe it in float32 or float64."
    )


def test_what_has_no_network_is_refused_as_trace_refuses_it():
    with pytest.raises(DescriptionError) as caught:
        scene_of("lenet5")
    with pytest.raises(DescriptionError) as as_trace:
        loc.trace("lenet5")
    assert str(caught.value) == str(as_trace.value)


@pytest.mark.parametrize(
    ("image", "error"),
    [(np.zeros((1, 8, 9), np.uint8), ShapeError), (np.zeros((0, 1, 8, 8)), ShapeError), (np.zeros(()), ShapeError),
     (np.full((1, 8, 8), 7, np.int64), DataError)],
)  # fmt: skip
@pytest.mark.parametrize("build", [loc.build, lambda net: net])
def test_an_array_that_does_not_fit_is_refused_in_the_model_s_words(image, error, build):
    net = loc.Network.from_text(SMALL)
    with pytest.raises(error) as caught:
        scene_of(build(net), image)
    with pytest.raises(error) as as_model:
        loc.build(net).prepare(image)
    assert str(caught.value) == str(as_model.value)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("seven.png", "page: a str is no array. Read a file with locality.data.read_picture, bring it to 1x8x8 with "
         "locality.data.fit_picture, and give that."),
        (Image.new("L", (8, 8)), "page: a Image is no array. Read a file with locality.data.read_picture, bring it to "
         "1x8x8 with locality.data.fit_picture, and give that."),
        (np.zeros((1, 8, 8), complex), "page: complex128 numbers are no picture. Give bytes (uint8, 0 to 255) or "
         "floats."),
        ([[1, 2], [3]], "page: object numbers are no picture. Give bytes (uint8, 0 to 255) or floats."),
        ([], "small: images of shape (0,) do not fit its input 1x8x8. Give one image 1x8x8 or a batch of them."),
    ],
)  # fmt: skip
def test_what_is_no_array_is_refused(image, message):
    with pytest.raises((DataError, ShapeError)) as caught:
        scene_of(loc.Network.from_text(SMALL), image)
    assert str(caught.value) == message


def test_of_a_batch_the_first_is_recorded_and_the_others_can_be_chosen():
    model = loc.build(loc.Network.from_text(SMALL))
    images = np.random.default_rng(0).integers(0, 256, (3, 1, 8, 8), np.uint8)
    scene = scene_of(model, torch.from_numpy(images))
    plain = scene.manifest
    assert [one["name"] for one in plain["pictures"]][:4] == ["picture 1", "picture 2", "picture 3", "a drawn 3"]
    for image, one in zip(images, plain["pictures"], strict=False):
        np.testing.assert_array_equal(array_of(scene, one["array"]), image)
    np.testing.assert_array_equal(array_of(scene, plain["values"]["dense1"]), model.record(images[:1]).output[0])


def test_spins_and_truth_values_are_taken_as_the_model_takes_them():
    net = loc.Network("spins", (1, 4, 4), [loc.Pool("majority", 2)])
    spins = np.random.default_rng(0).integers(0, 2, net.input) * 2 - 1
    for image in (spins.astype(np.int8), spins > 0):
        scene = scene_of(loc.build(net), image)
        recorded = loc.build(net).record(image)
        np.testing.assert_array_equal(array_of(scene, scene.manifest["values"]["input"]), recorded["input"][0])
        assert array_of(scene, scene.manifest["pictures"][0]["array"]).dtype == np.float32


# --- networks too large for the page


@pytest.fixture(scope="module")
def large():
    net = loc.Network.from_text(LARGE)
    model = trained(net)
    image = np.random.default_rng(0).integers(0, 256, net.input, np.uint8)
    return model, image, model.record(image)


def test_of_a_large_network_only_what_cannot_be_derived_is_given(large):
    model, image, record = large
    scene = scene_of(model, image)
    plain = scene.manifest
    assert plain["computes"] is False
    assert set(plain["values"]) == {"input", "conv1", "conv2", "dense1"}
    assert set(plain["parameters"]) == {f"norm1.{name}" for name in ("weight", "bias", "running_mean", "running_var")}
    for name, ref in plain["values"].items():
        np.testing.assert_array_equal(array_of(scene, ref), record[name][0])
    # What the page derives is what torch computed.
    conv, parameters = array_of(scene, plain["values"]["conv1"]), plain["parameters"]
    weight, bias, mean, var = (
        array_of(scene, parameters[f"norm1.{name}"])[:, None, None]
        for name in ("weight", "bias", "running_mean", "running_var")
    )
    np.testing.assert_allclose((conv - mean) / np.sqrt(var + 1e-5) * weight + bias, record["norm1"][0], atol=1e-5)
    assert plain["notes"] == []


def test_codes_are_within_half_a_step_and_small_outputs_stay_exact(large, monkeypatch):
    model, image, record = large
    monkeypatch.setattr(carried, "EXACT", 100_000)
    scene = scene_of(model, image, compact=True)
    values = json.loads(scene.to_json())["values"]
    assert [name for name, ref in values.items() if "low" in ref] == ["input", "conv1", "conv2"]
    for name in ("conv1", "conv2"):
        ref, real = values[name], record[name][0].astype(np.float64)
        assert ref["dtype"] == "uint8"
        low, high = (np.array(ref[end])[:, None, None] for end in ("low", "high"))
        assert (abs(array_of(scene, ref) - real) <= (high - low) / 255 / 2 * (1 + 1e-5)).all()
        found = array_of(scene, ref).astype(np.float32)
        for extreme in (np.min, np.max):  # the ends of every map are exact
            np.testing.assert_array_equal(extreme(found, (1, 2)), extreme(record[name][0], (1, 2)))
    np.testing.assert_array_equal(array_of(scene, values["dense1"]), record["dense1"][0])
    (note,) = scene.manifest["notes"]
    assert note == (
        "To keep this file small, large maps are kept in 256 steps each. 11 chosen cells have their exact terms."
    )


def test_maps_that_would_not_fit_into_a_file_are_named_and_left_to_the_lab(large, monkeypatch):
    model, image, _ = large
    monkeypatch.setattr(carried, "EXACT", 0)
    monkeypatch.setattr(carried, "CODED", 100_000)
    plain = scene_of(model, image, compact=True).manifest
    assert set(plain["values"]) == {"input", "conv2", "dense1"}
    assert plain["notes"][0] == "The maps of conv1 are too large for a file: `locality lab` shows them."
    assert set(scene_of(model, image).manifest["values"]) == {"input", "conv1", "conv2", "dense1"}  # the lab has all


def test_a_map_that_is_not_finite_is_kept_as_it_is(large, monkeypatch):
    _, image, _ = large
    monkeypatch.setattr(carried, "EXACT", 0)
    model = trained(loc.Network.from_text(LARGE))
    with torch.no_grad():
        model.state_dict()["conv2.bias"][3] = float("nan")
        model.state_dict()["conv1.bias"][1] = float("inf")
    scene = scene_of(model, image, compact=True)
    plain = json.loads(scene.to_json())  # no NaN in the JSON
    assert "low" not in plain["values"]["conv2"]
    np.testing.assert_array_equal(array_of(scene, plain["values"]["conv1"]), model.record(image)["conv1"][0])


def test_a_map_of_one_value_is_that_value_in_codes(monkeypatch):
    monkeypatch.setattr(carried, "EXACT", 0)
    monkeypatch.setattr(carried, "MOST_MACS", 0)
    model = loc.build(loc.Network.from_text("1x80x80 | conv 2 1x1"))
    scene = scene_of(model, np.full((1, 80, 80), 0.3), compact=True)
    ref = scene.manifest["values"]["conv1"]
    assert ref["low"] == ref["high"]
    np.testing.assert_array_equal(
        array_of(scene, ref).astype(np.float32), model.record(np.full((1, 80, 80), 0.3))["conv1"][0]
    )


def test_chosen_cells_have_the_exact_terms_of_the_strongest_cells(large):
    model, image, record = large
    scene = scene_of(model, image, compact=True)
    assert scene_of(model, image).manifest["cells"] == []  # whoever serves a scene explains every cell
    cells = json.loads(scene.to_json())["cells"]
    assert [cell["node"] for cell in cells] == ["conv1"] * 3 + ["conv2"] * 3 + ["dense1"] * 5
    for cell in cells:
        exact = loc.explain(record, cell["node"], cell["cell"])
        patch, weights, sites = (array_of(scene, cell[name]) for name in ("patch", "weights", "sites"))
        np.testing.assert_array_equal(patch, exact.patch)
        np.testing.assert_array_equal(weights, exact.weights)
        np.testing.assert_array_equal(sites, exact.sites)
        total = (patch.astype(np.float64) * weights).sum() + cell["bias"]
        assert abs(total - cell["value"]) <= 1e-14 * exact.scale
        assert cell["computed"] == record[cell["node"]][(0, *cell["cell"])]
        for name in ("value", "bias", "kind", "rule"):
            assert cell[name] == getattr(exact, name)
        assert (cell["inputs"], cell["activation"]) == (list(exact.inputs), exact.activation and [*exact.activation])
    for name, count in (("conv1", 3), ("conv2", 3), ("dense1", 5)):
        maps = record[name][0].reshape(len(record[name][0]), -1).max(1)
        found = [cell["computed"] for cell in cells if cell["node"] == name]
        assert found == sorted(maps, reverse=True)[:count]


def test_chosen_cells_of_transposed_grouped_and_shared_layers_are_exact(monkeypatch):
    monkeypatch.setattr(carried, "MOST_MACS", 0)
    nodes = [
        loc.Node("a", loc.ConvTranspose(6, 3, stride=2, groups=2), "input"),
        loc.Node("b", loc.Conv(4, 3, groups=2, padding=1), "a"),
        loc.Node("c", loc.Conv(4, 3, groups=2, padding=1), "a", weights="b"),
        loc.Node("d", loc.Sum(), ["b", "c"]),
    ]
    net = loc.Network("shared", (4, 5, 5), nodes=nodes)
    model = trained(net)
    image = np.random.default_rng(2).standard_normal(net.input)
    scene, record = scene_of(model, image, compact=True), model.record(image)
    assert len(scene.manifest["cells"]) == 9
    for cell in scene.manifest["cells"]:
        exact = loc.explain(record, cell["node"], cell["cell"])
        assert cell["value"] == exact.value
        np.testing.assert_array_equal(array_of(scene, cell["weights"]), exact.weights)


def test_chosen_cells_stop_at_their_limit_and_the_classes_go_first(large, monkeypatch):
    model, image, _ = large
    monkeypatch.setattr("locality.views.chosen.MOST", 2_500)
    scene = scene_of(model, image, compact=True)
    assert {cell["node"] for cell in scene.manifest["cells"]} == {"dense1", "conv1"}
    size = sum(
        prod(cell[name]["shape"]) * np.dtype(cell[name]["dtype"]).itemsize
        for cell in scene.manifest["cells"]
        for name in ("patch", "weights", "sites")
    )
    assert size <= 2_500


def test_opaque_nodes_show_what_was_recorded():
    net = loc.Network("odd", (1, 4, 4), [loc.Opaque("attention", (2, 4, 4)), loc.Activation("relu"), loc.Conv(1, 1)])
    numbers = np.random.default_rng(0)
    values = {name: numbers.standard_normal((2, *shape)).astype(np.float32) for name, shape in net.shapes.items()}
    parameters = {"conv1.weight": numbers.standard_normal((1, 2, 1, 1)), "conv1.bias": np.zeros(1)}
    record = loc.Record(net, values, parameters, values["input"], (0.0,), (1.0,), None)
    scene = scene_of(record, compact=True)
    assert scene.manifest["computes"] is False
    assert list(scene.manifest["values"]) == ["input", "opaque1", "conv1"]
    np.testing.assert_array_equal(array_of(scene, scene.manifest["values"]["opaque1"]), values["opaque1"][0])
    assert [one["name"] for one in scene.manifest["pictures"]] == ["picture 1", "picture 2"]


def test_a_record_shows_its_own_pictures_and_takes_no_other():
    record = loc.build(loc.Network.from_text(SMALL)).record(np.zeros((2, 1, 8, 8), np.uint8))
    with pytest.raises(DescriptionError) as caught:
        scene_of(record, np.zeros((1, 8, 8)))
    assert str(caught.value) == (
        "small: a record has its own pictures. Leave the image out, or give the model instead."
    )


def test_a_module_put_in_another_s_place_is_shown_as_far_as_it_is_known():
    model = loc.build(loc.Network.from_text(SMALL))
    model.dense1 = torch.nn.Sequential(torch.nn.Linear(36, 10))
    plain = scene_of(model).manifest
    assert (plain["computes"], set(plain["values"])) == (False, {"input", "conv1", "dense1"})
    assert plain["notes"] == [
        "dense1.weight is not as described: this page shows what was computed, and computes nothing itself."
    ]
    model = loc.build(loc.Network.from_text(SMALL))
    model.conv1 = torch.nn.Conv2d(1, 4, 5, padding=1)  # the same maps by other weights
    plain = scene_of(model, compact=True).manifest
    assert plain["notes"][0].startswith("conv1.weight is not as described: ")
    assert {cell["node"] for cell in plain["cells"]} == {"dense1"}
    model.dense1 = torch.nn.Linear(36, 4)
    with pytest.raises(ShapeError) as caught:
        scene_of(model)
    assert str(caught.value) == (
        "dense1: its values are 4, by the description they are 10. Describe the module that was put in its place, and "
        "build that."
    )


def test_large_values_that_the_page_can_compute_are_left_to_it(monkeypatch):
    monkeypatch.setattr(carried, "EXACT", 1000)
    model = loc.build(loc.Network.from_text(SMALL))
    plain = scene_of(model, compact=True).manifest
    assert (plain["computes"], plain["values"]) == (True, {})
    assert scene_of(model).manifest["values"]


def test_bytes_are_little_endian_and_packing_loses_nothing():
    import zlib

    scene = scene_of(loc.Network.from_text(SMALL))
    for number, array in enumerate(scene.arrays):
        assert scene.raw(number) == array.astype(array.dtype.newbyteorder("<")).tobytes()
        assert zlib.decompress(scene.packed(number)) == scene.raw(number)
        swapped = replace(scene, arrays=(array.astype(array.dtype.newbyteorder(">")),))
        assert swapped.raw(0) == scene.raw(number)


def test_a_scene_loads_no_torch():
    import subprocess

    code = (
        "import sys, locality; from locality.views.scene import scene_of; scene_of(locality.zoo.get('lenet5')); "
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert Path(sample.__file__).exists()


def test_the_names_of_the_classes_come_with_a_model_a_record_and_chosen_pictures():
    model = loc.build(loc.Network.from_text(SMALL))
    model.classes = tuple("abcdefghij")
    image = np.zeros((1, 8, 8), np.uint8)
    for subject, given in (
        (model, None), (model, image), (model, [sample.Picture(image, "dark")]), (model.record(image), None),
    ):  # fmt: skip
        assert scene_of(subject, given).manifest["classes"] == list("abcdefghij")


def test_cells_whose_terms_are_not_numbers_are_not_chosen():
    net = loc.Network.from_text(
        "big: 3x64x64 | conv 64 5x5 pad 2 | softmax | max 2x2 | conv 64 3x3 | global-average | flatten | dense 3"
    )
    model = loc.build(net)
    with torch.no_grad():
        model.conv1.bias[3] = float("nan")
    scene = scene_of(model, compact=True)
    assert scene.manifest["computes"] is False
    assert "NaN" not in scene.to_json()


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("1x70x70 | flatten | dense 1000", "float64"),
        ("1x100x100 | conv 390 1x1 | conv 1 1x1 | flatten | dense 480", "float32"),
        ("3x1400x1400 | conv 8 3x3 same | global-average | flatten | dense 3", "float32"),
    ],
)
def test_a_page_stays_below_40_mb_whatever_the_network(text, dtype):
    net = replace(loc.Network.from_text(text), dtype=dtype)
    image = np.random.default_rng(0).standard_normal(net.input)
    scene = scene_of(loc.build(net), image, compact=True)
    assert sum(len(scene.packed(number)) for number in range(len(scene.arrays))) * 4 / 3 < 38e6


def test_one_sentence_is_one_note_and_names_that_are_no_text_do_no_harm():
    scene = scene_of(loc.Network.from_text(SMALL), notes="abc")
    assert scene.manifest["notes"][0] == "abc"
    odd = scene_of(loc.Network.from_text(SMALL), sample.Picture(np.zeros((1, 8, 8), np.uint8), "caf\udce9.png"))
    assert json.loads(odd.to_json().encode())["pictures"][0]["name"] == "caf?.png"
