"""`to_torch_code`: the source is run, its module's state has the same names and shapes, and it computes the same."""

import pytest
import torch

import locality as loc
from locality.errors import DescriptionError
from locality.network.code import to_torch_code
from locality.network.layers import COMPLEX_ACTIVATIONS, Crop, Reshape


def module_of(net):
    found = {}
    exec(compile(to_torch_code(net), "code", "exec"), found)
    (made,) = [each for each in found.values() if isinstance(each, type) and issubclass(each, torch.nn.Module)]
    return made()


def check(net, seed=0):
    model, module = loc.build(net, seed), module_of(net)
    state = model.state_dict()
    assert {key: tensor.shape for key, tensor in module.state_dict().items()} == {
        key: tensor.shape for key, tensor in state.items()
    }
    module.load_state_dict(state)
    x = torch.randn((2, *net.input), dtype=getattr(torch, net.dtype))
    with torch.no_grad():
        want, have = model(x), module.eval()(x)
    assert (want - have).abs().max() <= 1e-4 * want.abs().max()


OF_ITS_OWN = ("lenet1", "lenet5-1998", "choo-2019")  # a table of connections, trained subsampling, a footprint


@pytest.mark.parametrize("name", [n for n in loc.zoo.names() if not n.startswith("vgg") and n not in OF_ITS_OWN])
def test_the_source_of_a_network_of_the_zoo_runs_and_computes_the_same(name):
    net = loc.zoo.get(name)
    if net.parameter_count < 30e6:
        check(net)
    else:  # its source alone: drawing and copying so many weights takes seconds
        with torch.device("meta"):
            state = module_of(net).state_dict()
        shapes = {f"{node.name}.{key}": shape for node in net.nodes for key, shape in net.parameters(node).items()}
        assert {key: tuple(state[key].shape) for key in shapes} == shapes
        assert {key.rpartition(".")[2] for key in set(state) - set(shapes)} <= {
            "running_mean", "running_var", "num_batches_tracked"
        }  # fmt: skip


def test_every_kind_of_layer_that_torch_has_is_said():
    c = loc.Conv
    nets = [
        loc.Network("a", (1, 20, 20), [c(4, 5, padding=2, stride=2, rounding="floor"),
                    loc.Activation("leaky_relu", 0.2), loc.Norm("batch"),
                    loc.Pool("max", 3, stride=2, padding=1, rounding="floor"), loc.Flatten()]),
        loc.Network("b", (2, 16), [c(4, 3, padding="same", dilation=2), loc.Norm("group", groups=2),
                    loc.ConvTranspose(3, 4, stride=2, padding=1), loc.Pool("average", 2), loc.Activation("softmax"),
                    loc.Upsample(3)]),
        loc.Network("c", (1, 6, 6, 6), [c(2, 2, padding="same"), loc.Activation("scaled-tanh"), loc.Norm("instance"),
                    loc.Pool("adaptive-max", output_size=2), loc.Upsample(2, "linear"), loc.Dropout(0.3)]),
        loc.Network("d.3", (4, 9, 9), [c(4, 3, padding=1, groups=2, bias=False, padding_mode="wrap", name="0"),
                    loc.Norm("local-response", size=3), loc.Norm("layer"),
                    loc.Pool("average", 3, stride=2, rounding="ceil"), loc.Activation("hardswish")]),
        loc.Network("e", (2, 8, 8), [c(2, 3, padding=((0, 2), (1, 1)), padding_mode="edge", name="x"),
                    loc.Pool("max", 3, padding=((2, 1), (1, 2)), rounding="floor")], dtype="float64"),
        loc.Network("log-cosh", (1, 6, 6), [c(4, 3, padding=1), loc.Activation("log-cosh"), c(3, 3, padding=1),
                    loc.Activation("complex-relu")]),
        loc.Network("f", (4, 6, 6), [loc.Dropout(0.2, channels=True), Crop(((1, 0), 2)), Reshape((5, 8)),
                    loc.Dropout(0.1, channels=True), Reshape((40,))]),
    ]  # fmt: skip
    for net in nets:
        check(net)


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_the_curves_of_complex_numbers_are_said(dtype):
    layers = [each for name in COMPLEX_ACTIVATIONS for each in (loc.Conv(3, 3, padding=1), loc.Activation(name))]
    net = loc.Network("waves", (2, 6, 6), layers, dtype=dtype)
    check(net)
    model, module = loc.build(net), module_of(net)
    module.load_state_dict(model.state_dict())
    x = 1e3 * torch.randn((2, *net.input), dtype=getattr(torch, dtype))  # exp(-2x) of some is nearly 0
    assert torch.equal(model(x), module(x))
    assert model(x).isfinite().all()


def test_skips_branches_and_shared_weights_are_said():
    c = loc.Conv(3, 3, padding="same", name="block.conv")
    node = loc.Node
    check(loc.Network("shared", (3, 6, 6), nodes=[
        node("block.conv", c, "input"), node("block.bn", loc.Norm("batch"), "block.conv"),
        node("again", c, "block.bn", weights="block.conv"), node("bn", loc.Norm("batch"), "again", weights="block.bn"),
        node("sum", loc.Sum(), ["bn", "input", "block.bn"]), node("gate", loc.Pool("global-max"), "sum"),
        node("product", loc.Product(), ["sum", "gate"]), node("cat", loc.Concat(), ["product", "input"]),
    ]))  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (loc.Conv(1, 3, footprint="diamond"), "conv1: torch has no module for Conv(1, 3, footprint='diamond')."),
        (loc.Pool("majority", 2), "pool1: torch has no module for Pool('majority', kernel_size=2)."),
        (loc.Opaque("roll", (1, 8, 8)), "opaque1: torch has no module for the operation roll."),
    ],
)
def test_what_torch_has_no_module_for_is_refused(layer, said):
    with pytest.raises(DescriptionError) as error:
        to_torch_code(loc.Network("n", (1, 8, 8), [layer]))
    assert str(error.value) == f"{said} Keep the network with to_json, or leave it out."


def test_a_shared_weight_in_another_layer_is_refused():
    nodes = [
        loc.Node("a", loc.Conv(1, 3, padding=1), "input"),
        loc.Node("b", loc.Conv(1, 3), "a", weights="a"),
    ]
    with pytest.raises(DescriptionError, match=r"^b: it shares the weights of a, a layer with other settings, which"):
        to_torch_code(loc.Network("n", (1, 8, 8), nodes=nodes))
