"""`from_torch`: modules as people write them come out with their own names and numbers. The oracle is the module."""

import copy
import re
import sys
import time
import warnings
from collections import OrderedDict
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import prune

import locality as loc
from locality.engine.agreement import close
from locality.errors import DescriptionError, LocalityError, RunError, ShapeError
from locality.network.layers import Crop, Opaque, Product, Reshape
from locality.views.scene import scene_of

sys.path.insert(0, __file__.rpartition("/")[0])
from torch_modules import CASES, Basic, Squeeze, images


def made(name):
    """A module of the battery, its running statistics as after some training."""
    torch.manual_seed(0)
    module = CASES[name].make()
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.running_mean.normal_(std=0.3)
            part.running_var.uniform_(0.5, 2)
    return module


@cache
def battery(name):
    """A module of the battery and its import, made once: nothing may change them."""
    module = made(name)
    return module, imported(module, *CASES[name].shape)


def imported(module, *shape):
    return loc.from_torch(module, images(shape, 1))


def names(model):
    return [node.name for node in model.network.nodes]


def layers(model):
    return {node.name: node.layer for node in model.network.nodes}


def opaque(model):
    return {node.layer.operation for node in model.network.nodes if isinstance(node.layer, Opaque)}


@pytest.mark.parametrize("name", CASES)
def test_a_module_and_its_import_give_the_same_numbers(name):
    (module, model), shape = battery(name), CASES[name].shape
    module = copy.deepcopy(module).eval()
    for count in (1, 2, 7):
        x = images(shape, count, seed=count)
        with torch.no_grad():
            want, have = module(x.clone()), model(x)
            assert have.shape == want.shape
            assert (have - want).abs().max() <= 1e-4 * want.abs().max()
            double = copy.deepcopy(module).double()(x.double())
            if name not in ("WeightNorm", "SinglePrecision"):  # which compute in single precision on the way
                apart = (copy.deepcopy(model).double()(x.double()) - double).abs().max()
                assert apart <= 1e-9 * double.abs().max()
    assert opaque(model) == set(CASES[name].opaque)


@pytest.mark.parametrize("name", CASES)
def test_everything_with_a_rule_adds_up_in_an_import(name):
    model, shape = battery(name)[1], CASES[name].shape
    record = loc.record(model, images(shape, 1).numpy())
    draw = np.random.default_rng(0)
    for node in model.network.nodes:
        place = tuple(int(draw.integers(size)) for size in model.network.shapes[node.name])
        if isinstance(node.layer, Opaque):
            with pytest.raises(DescriptionError, match="has no arithmetic rule here"):
                loc.explain(record, node.name, place)
        else:
            cell = loc.explain(record, node.name, place)
            assert abs(cell.value - cell.computed) <= 1e-5 * cell.scale + 1e-6
    assert loc.trace(model).parameters == model.network.parameter_count


def test_every_learnt_number_is_counted_once():
    for name in CASES:
        module, model = battery(name)
        if name not in ("WeightNorm", "LazyDrop"):  # computed weights count as they are used
            assert model.network.parameter_count == sum(p.numel() for p in module.parameters()), name


def test_names_are_the_author_s_and_functional_calls_are_numbered():
    assert names(imported(made("Tutorial"), 1, 28, 28)) == [
        "conv1", "relu", "pool", "conv2", "relu_1", "pool_1", "flatten", "fc1", "relu_2", "fc2", "relu_3", "fc3",
    ]  # fmt: skip
    assert names(imported(made("Residual"), 3, 32, 32))[3:9] == [
        "layers.0.conv1", "layers.0.bn1", "layers.0.relu", "layers.0.conv2", "layers.0.bn2", "layers.0.add",
    ]  # fmt: skip


def test_a_convolution_that_pads_by_a_part_of_its_own_is_one_node():
    model = imported(made("Ported"), 3, 16, 16)
    assert layers(model) == {
        "_conv_stem": loc.Conv(4, 3, stride=2, padding=((0, 1), (0, 1)), rounding="exact"),
        "_swish": loc.Activation("silu"),
    }


def test_names_that_every_model_has_for_itself_get_an_underscore():
    assert names(imported(made("Normalised"), 3, 8, 8)) == [
        "sub", "div", "input_", "network_.0", "network_.1", "scale_"
    ]  # fmt: skip


def test_the_usual_names_stay_as_they_are():
    parts = {"conv1": nn.Conv2d(1, 1, 3), "bn1": nn.BatchNorm2d(1), "relu1": nn.ReLU(), "pool1": nn.MaxPool2d(2)}
    assert names(imported(nn.Sequential(OrderedDict(parts)), 1, 8, 8)) == list(parts)


def test_a_functional_call_takes_no_name_of_a_part():
    class Clash(nn.Module):
        def __init__(self):
            super().__init__()
            self.relu = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU())
            self.add = nn.ReLU()
            self.flatten_1 = nn.Linear(36, 2)

        def forward(self, x):
            y = self.relu(x)
            y = self.add(F.relu(y) + self.add(y))
            return self.flatten_1(torch.flatten(torch.flatten(y, 2), 1))

    assert names(imported(Clash(), 1, 8, 8)) == [
        "relu.0", "relu.1", "relu_1", "add", "add_1", "add_2", "flatten", "flatten_1"
    ]  # fmt: skip


def test_an_example_s_own_batch_may_be_of_one_and_lose_its_axis():
    class Squeezed(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 4, 8)

        def forward(self, x):
            return self.conv(x).squeeze()

    model = imported(Squeezed(), 1, 8, 8)
    assert model(images((1, 8, 8), 1)).shape == (1, 4)


def test_dropout_survives_although_nothing_is_dropped_after_training():
    model = imported(made("Mnist"), 1, 28, 28)
    assert layers(model)["dropout1"] == loc.Dropout(0.25)
    assert layers(model)["dropout"] == loc.Dropout(0.5)
    whole = imported(made("LazyDrop"), 4, 9, 9)
    assert layers(whole)["drop"] == loc.Dropout(0.5, channels=True)
    x = images((4, 9, 9), 8)
    kept = whole.train()(x)
    assert (kept.abs().amax((2, 3)) == 0).any()  # whole channels, as the author had it
    assert not (whole.eval()(x).abs().amax((2, 3)) == 0).any()


def test_a_window_that_does_not_tile_floors_and_one_that_does_is_exact():
    model = imported(nn.Sequential(nn.Conv2d(1, 2, 3, 2), nn.MaxPool2d(2), nn.MaxPool2d(2)), 1, 12, 12)
    assert [layer.rounding for layer in layers(model).values()] == ["floor", "floor", "exact"]
    assert [row.uncovered for row in loc.trace(model).rows] == [23, 9, 0]
    up = imported(nn.Sequential(nn.MaxPool2d(3, 2, ceil_mode=True), nn.MaxPool2d(3, ceil_mode=True)), 1, 12, 12)
    assert [layer.rounding for layer in layers(up).values()] == ["ceil", "exact"]


def test_a_module_called_twice_is_two_nodes_with_shared_weights():
    model = imported(made("Twice"), 3, 12, 12)
    nodes = {node.name: node for node in model.network.nodes}
    assert nodes["block.0_1"].weights == nodes["tied"].weights == "block.0"
    assert nodes["block.1_1"].weights == "block.1"
    assert model.get_submodule("block.0_1").weight is model.get_submodule("block.0").weight


def test_slices_are_said_by_what_they_cut():
    cut = layers(battery("Cropped")[1])
    assert cut["slice"] == Crop(1)  # along both axes at once
    assert cut["pad"] == Crop(((2, 3), (3, 0)))  # four cuts, one after the other
    one = layers(battery("EveryOther")[1])
    assert one["slice"] == loc.Pool("max", 1, stride=2)  # windows of one cell: what lies between them is read by none
    assert next(row.uncovered for row in loc.trace(battery("EveryOther")[1]).rows) == 81 - 25


def test_a_gate_that_was_flat_is_reshaped():
    gate = layers(battery("SqueezeWithDense")[1])
    assert gate["view_1"] == Reshape((4, 1, 1))
    assert list(map(type, gate.values()))[-2:] == [Reshape, Product]


def test_hooks_that_compute_a_weight_are_kept():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is the old way
        module = nn.Sequential(nn.utils.weight_norm(nn.Conv2d(1, 2, 3)), nn.ReLU())
    prune.l1_unstructured(module[0], "bias", 1)
    with torch.no_grad():
        module[0].weight_g.mul_(2)
    x = images((1, 8, 8), 2)
    module[1].looked_at = [module(x), {"last": module(x)}]
    assert close(imported(module, 1, 8, 8)(x), module(x), 1e-5)


def test_nothing_touches_the_module_and_no_memory_is_shared():
    module = made("Residual").train()
    module.fc.eval()
    seen = []
    module.layers[0].register_forward_hook(lambda *call: seen.append(call))
    module(images((3, 32, 32), 2)).sum().backward()
    module.stem.requires_grad_(False)
    seen.clear()
    before = {key: tensor.clone() for key, tensor in module.state_dict().items()}
    grads = {key: None if p.grad is None else p.grad.clone() for key, p in module.named_parameters()}
    state, modes = torch.get_rng_state(), {key: part.training for key, part in module.named_modules()}
    example = images((3, 32, 32), 1)
    model = loc.from_torch(module, example)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(example, images((3, 32, 32), 1))
    assert modes == {key: part.training for key, part in module.named_modules()}
    assert not seen  # the hooks of the module are not those of the copy that is exported
    assert len(module.layers[0]._forward_hooks) == 1
    assert all(p.grad is None if grads[key] is None else torch.equal(p.grad, grads[key])
               for key, p in module.named_parameters())  # fmt: skip
    assert not any(p.requires_grad for p in module.stem.parameters())
    assert not model.training
    with torch.no_grad():
        for tensor in (*model.parameters(), *model.buffers()):
            tensor.zero_()
    assert all(torch.equal(tensor, before[key]) for key, tensor in module.state_dict().items())
    # and so for operations that no layer says
    block = made("ConvNext")
    model = imported(block, 6, 8, 8)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.zero_()
    assert block.gamma.min() == 0.5


def test_the_state_is_the_module_s_under_the_same_keys():
    module = made("Residual")
    model = imported(module, 3, 32, 32)
    assert set(model.state_dict()) == set(module.state_dict())
    assert all(torch.equal(model.state_dict()[key], tensor) for key, tensor in module.state_dict().items())


def test_the_settings_of_a_normalisation_survive():
    module = nn.Sequential(nn.BatchNorm2d(2, eps=1e-3, momentum=0.2), nn.BatchNorm2d(2, momentum=None))
    first, second = layers(imported(module, 2, 4, 4)).values()
    assert first == loc.Norm("batch", eps=1e-3, momentum=0.2)
    assert second == loc.Norm("batch")


def test_double_precision_stays():
    model = loc.from_torch(made("Tutorial").double(), images((1, 28, 28), 1))
    assert model.network.dtype == "float64"
    assert loc.from_torch(nn.ReLU(), np.zeros((1, 2, 3))).network.dtype == "float64"


def test_a_network_of_ours_comes_back_as_it_was():
    net = loc.zoo.get("lenet5")
    model = loc.from_torch(loc.build(net), images((1, 28, 28), 1))
    assert model.network.nodes == net.nodes


def test_an_import_takes_its_images_in_any_memory_format():
    module = made("Shuffle").eval()
    model, x = imported(module, 8, 6, 6), images((8, 6, 6), 3)
    assert torch.equal(model(x.contiguous(memory_format=torch.channels_last)), model(x))


# Everything else works on an import.


class Small(nn.Module):
    """Some of everything, for 8x8 digits: an operation without a rule, one with parameters of its own, a skip."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.block = Basic(8, 8)
        self.se = Squeeze(8)
        self.prelu = nn.PReLU(8)
        self.drop = nn.Dropout(0.1)
        self.fc = nn.Linear(128, 10)

    def forward(self, x):
        x = self.prelu(self.se(self.block(F.relu(self.conv(x)))))
        return self.fc(self.drop(torch.flatten(F.max_pool2d(x, 2), 1)))


@pytest.fixture(scope="module")
def small():
    torch.manual_seed(0)
    module = Small()
    return module, imported(module, 1, 8, 8)


def test_a_network_with_opaque_nodes_trains_and_its_run_reloads(small, tmp_path):
    module, model = small
    data, recipe = loc.dataset("digits"), loc.Recipe(epochs=3, batch_size=64)
    run = loc.train(model, data, recipe, out=tmp_path, progress=False)
    assert run.accuracy > 0.8
    for given in (module, model):
        again = loc.load(tmp_path, module=given)
        assert loc.evaluate(again).accuracy == run.accuracy
        assert all(torch.equal(again.model.state_dict()[k], v) for k, v in run.model.state_dict().items())
    assert loc.train(model, data, recipe, out=tmp_path, resume=True, progress=False).accuracy == run.accuracy
    with pytest.raises(RunError, match=re.escape(
        f"{tmp_path}: prelu is an operation without arithmetic rule, which a description does not give. "
        f"Load the run with the module it was imported from: load(folder, module=net)."
    )):  # fmt: skip
        loc.load(tmp_path)
    with pytest.raises(
        RunError, match=r"the module given is not the one that was trained here: it differs at conv. Give"
    ):
        loc.load(tmp_path, module=nn.Sequential(nn.Flatten(), nn.Linear(64, 10)))
    with pytest.raises(
        RunError, match=r"is not the one that was trained here. Sequential: it does not take the example"
    ):
        loc.load(tmp_path, module=nn.Sequential(nn.Conv2d(3, 1, 1)))


def test_a_parameter_that_two_operations_read_in_two_ways_is_kept_and_comes_back(tmp_path):
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale_by = nn.Parameter(torch.full((64,), 0.5))
            self.shift = nn.Parameter(torch.full((64,), 0.1))
            self.fc = nn.Linear(64, 10)

        def forward(self, x):
            x = x.flatten(1)
            return self.fc(torch.addcmul(self.shift, x * self.scale_by, self.scale_by))

    model = imported(Scaled(), 1, 8, 8)
    places = [tensor.data_ptr() for tensor in model.parameters()]
    assert len(places) == len(set(places)) == 5  # each operation has its own
    run = loc.train(model, loc.dataset("digits"), loc.Recipe(epochs=1), tmp_path, progress=False)
    assert loc.load(tmp_path, module=Scaled()).accuracy == run.accuracy


def test_training_an_import_starts_afresh_and_leaves_it_alone(small):
    _, model = small
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    run = loc.train(model, loc.dataset("digits"), loc.Recipe(epochs=1), progress=False)
    assert all(torch.equal(model.state_dict()[key], tensor) for key, tensor in before.items())
    assert not torch.equal(run.model.prelu.weight, model.prelu.weight)  # learnt, from where it was


def test_its_page_shows_what_was_computed(small):
    _, model = small
    page = loc.page(model)
    assert not page.scene.manifest["computes"]  # what it shows was computed here
    assert "prelu" in page.scene.manifest["values"]
    assert {cell["node"] for cell in scene_of(model, compact=True).manifest["cells"]} >= {"conv", "fc"}


# What cannot be imported says so in a sentence.


class Two(nn.Module):
    def forward(self, x, mask):
        return x * mask


class Decides(nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return x
        return -x


class Several(nn.Module):
    def forward(self, x):
        return {"out": x, "aux": x}


class Adds(nn.Module):
    def forward(self, images):
        return images[0] + images[1]


class Baked(nn.Module):
    def forward(self, x):
        return x.view(4, -1) * 2


class Even(nn.Module):
    def forward(self, x):
        return x.view(-1, 2, 64).sum(1, keepdim=True).expand(-1, 2, 64).reshape(-1, 64)


class Random(nn.Module):
    def forward(self, x):
        return F.dropout(x)


class Remembers(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.conv(x) * self.calls


class Numpy(nn.Module):
    def forward(self, x):
        return torch.from_numpy(np.tanh(x.numpy()))


class Scores(nn.Module):
    def forward(self, x):
        return x.flatten(1).argmax(1)


class Constant(nn.Module):
    def forward(self, x):
        return torch.zeros(len(x), 3)


ONE = images((1, 8, 8), 1)


@pytest.mark.parametrize(
    ("module", "example", "kind", "said"),
    [
        (Two(), ONE, DescriptionError, "Two: its forward takes 2 inputs (x, mask), a network here has one. "
         "Wrap it in a module whose forward(x) takes one and makes the others, or import a part with one input."),
        (Several(), ONE, DescriptionError, "Several: it gives a dict, a network here gives one tensor. "
         "Wrap it in a module whose forward returns the one that you want."),
        (nn.Conv2d(3, 4, 3), ONE, ShapeError, "Conv2d: it does not take the example, 1x1x8x8 (Given groups=1, weight "
         "of size [4, 3, 3, 3], expected input[1, 1, 8, 8] to have 3 channels, but got 1 channels instead). "
         "Give a batch of the input it was made for: (batch, channels, *space)."),
        (nn.ReLU(), torch.zeros(3), ShapeError, "ReLU: the example's shape is 3, not (batch, channels, *space) with at "
         "most 3 axes of space and nothing empty. Give, for example, torch.zeros(1, 3, 64, 64)."),
        (nn.ReLU(), ONE.int(), DescriptionError, "ReLU: the example is int32, a network here reads real numbers. "
         "Give a float example; of a module that looks numbers up (an embedding), import the part behind it."),
        (nn.ReLU(), ONE.to(torch.complex64), DescriptionError, "ReLU: the example is complex64, a network here reads "
         "real numbers. Give a float example; of a module that looks numbers up (an embedding), import the part "
         "behind it."),
        (nn.ReLU(), (ONE, ONE), DescriptionError, "ReLU: the example is a tuple. "
         "Give one tensor (batch, channels, *space), for example torch.zeros(1, 3, 64, 64)."),
        (nn.ReLU, ONE, DescriptionError, "ReLU: this is the class. Give a module of it, ReLU(...)."),
        ("lenet5", ONE, DescriptionError, "'lenet5': a str is no nn.Module. Give a module of torch."),
        (nn.Conv2d(1, 1, 3).half(), ONE, DescriptionError,
         "Conv2d: its weights are float16. Give it in one real precision: module.float()."),
        (nn.Conv2d(1, 6, 5), images((28, 28), 1), ShapeError,
         "Conv2d: the example, 1x28x28, has no axis for the batch. Give example[None], 1x1x28x28."),
        (nn.Conv2d(3, 3, 5), images((28, 28), 3), ShapeError,
         "Conv2d: the example, 3x28x28, has no axis for the batch. Give example[None], 1x3x28x28."),
        (nn.Sequential(nn.Conv2d(1, 6, 5), nn.Flatten(), nn.Linear(96, 2)), images((8, 8), 1), ShapeError,
         "Sequential: the example, 1x8x8, has no axis for the batch. Give example[None], 1x1x8x8."),
        (nn.Conv2d(1, 6, 5, device="meta"), ONE, DescriptionError, "Conv2d: its weights are on the device meta, which "
         "holds no numbers. Make it on the CPU, or use module.to_empty(device=\"cpu\") and load its weights."),
        (nn.ReLU(), ONE.to("meta"), DescriptionError,
         "ReLU: the example is on the device meta, which holds no numbers. Give torch.zeros(...)."),
        (nn.Linear(1, 1).state_dict(), ONE, DescriptionError, "the module is OrderedDict, weights alone. Make the "
         "module they are of, and give it them with load_state_dict."),
        (nn.LSTM(8, 4), images((5, 8), 1), DescriptionError, "LSTM: it gives a tuple, a network here gives one tensor. "
         "Wrap it in a module whose forward returns the one that you want."),
        (Adds(), ONE, ShapeError, "Adds: it does not take the example, 1x1x8x8 (index 1 is out of bounds for dimension "
         "0 with size 1). Give a batch of the input it was made for: (batch, channels, *space)."),
        (nn.LazyConv2d(3, 3), ONE, DescriptionError,
         "LazyConv2d: it has lazy layers, whose sizes are not known yet. Call it once before."),
        (Scores(), ONE, DescriptionError, "Scores: its output is int64 (batch). Return floating numbers (batch, "
         "outputs) or (batch, channels, *space), and write x.shape[0] or -1 for the batch in view and reshape."),
        (nn.Identity(), ONE, DescriptionError,
         "Identity: it hands its input on as it is. Give a module that computes something."),
        (Constant(), ONE, DescriptionError,
         "Constant: its output does not depend on its input. Return what it computes."),
    ],
)  # fmt: skip
def test_what_is_no_network_is_refused_in_full(module, example, kind, said):
    with pytest.raises(kind) as error:
        loc.from_torch(module, example)
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("module", "example", "said"),
    [
        (Decides(), ONE, r"Decides: what its forward does depends on the numbers it computes \(test_importer.py, line "
         r"\d+: `if x.sum\(\) > 0:`\), and an export follows one way only. Use torch.where instead of if, or import "),
        (Baked(), images((1, 8, 8), 4), r"Baked: its output is float32 \(4, 16\*batch\). Return floating numbers "
         r"\(batch, outputs\) or \(batch, channels, \*space\), and write x.shape\[0\] or -1 for the batch in view"),
        (Even(), images((1, 8, 8), 2), r"Even: it computes the example, but not 5 images: a batch of one size is "
         r"written into it. Write x.shape\[0\] or -1 for the batch in view and reshape."),
        (Random(), ONE, r"dropout: Random gives other numbers each time it is called, though nothing is trained. Leave "
         r"out what is drawn at random; F.dropout needs training=self.training."),
        (Remembers(), ONE, r"mul: (the import differs from Remembers|Remembers gives other numbers each time)"),
        (Numpy(), ONE, r"Numpy: torch.export cannot follow its forward \(test_importer.py, line \d+: `return torch."),
    ],
)  # fmt: skip
def test_what_does_not_export_is_refused_with_the_line_and_a_way_out(module, example, said):
    with pytest.raises(LocalityError, match=said) as error:
        loc.from_torch(module, example)
    assert "\n" not in str(error.value)


def test_a_mistake_in_the_table_is_found_and_named(monkeypatch):
    from locality.engine import operations

    monkeypatch.setitem(operations.RULES, "silu", operations._curve("mish"))
    with pytest.raises(DescriptionError, match=r"^1: the import differs from Sequential here, by up to 0\.\d+, on 1 "):
        imported(nn.Sequential(nn.Conv2d(1, 2, 3), nn.SiLU(), nn.ReLU()), 1, 8, 8)


def test_agreement_is_a_share_of_the_largest_number():
    want = torch.tensor([[1e6, 1.0]])
    assert close(want + 0.001, want, 1e-9 * 1.01)
    assert not close(want + 0.01, want, 1e-9)
    assert not close(torch.full((1, 2), torch.nan), want, 1)
    assert close(want[0], want, 0)
    assert not close(want[:, :1], want, 1)


@pytest.mark.slow
def test_resnet_152_is_imported_within_fifteen_seconds():
    class Bottleneck(nn.Module):
        def __init__(self, inside, width, stride):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(inside, width, 1, bias=False), nn.BatchNorm2d(width)
            self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
            self.conv3, self.bn3 = nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)
            self.relu = nn.ReLU(inplace=True)
            self.downsample = None
            if stride != 1 or inside != 4 * width:
                self.downsample = nn.Sequential(
                    nn.Conv2d(inside, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
                )

        def forward(self, x):
            out = self.relu(self.bn1(self.conv1(x)))
            out = self.relu(self.bn2(self.conv2(out)))
            out = self.bn3(self.conv3(out))
            out += x if self.downsample is None else self.downsample(x)
            return self.relu(out)

    class ResNet(nn.Module):
        def __init__(self, depths):
            super().__init__()
            self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
            self.relu, self.maxpool = nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
            inside = 64
            for stage, depth in enumerate(depths):
                width, blocks = 64 * 2**stage, []
                for number in range(depth):
                    blocks.append(Bottleneck(inside, width, 2 if stage and not number else 1))
                    inside = 4 * width
                setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
            self.avgpool, self.fc = nn.AdaptiveAvgPool2d((1, 1)), nn.Linear(inside, 1000)

        def forward(self, x):
            x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
            x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
            return self.fc(torch.flatten(self.avgpool(x), 1))

    module, example = ResNet((3, 8, 36, 3)), images((3, 224, 224), 1)
    began = time.process_time()  # on one thread: the seconds of a machine with nothing else to do
    model = loc.from_torch(module, example)
    assert time.process_time() - began < 15
    ours, theirs = loc.trace(loc.zoo.get("resnet152")), loc.trace(model)
    assert (theirs.parameters, theirs.macs) == (ours.parameters, ours.macs) == (60_192_808, 11_513_626_624)
    assert set(model.state_dict()) == set(loc.build(loc.zoo.get("resnet152")).state_dict())
    assert [row.output for row in theirs.rows if row.parameters] == [row.output for row in ours.rows if row.parameters]
