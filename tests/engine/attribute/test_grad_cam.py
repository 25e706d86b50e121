"""Grad-CAM against captum, at every node that has maps."""

import numpy as np
import pytest
import torch

import locality as loc
from engine.attribute.subjects import NAMES
from locality.engine.attribute.grad_cam import last_with_space
from locality.errors import DescriptionError, UnknownNameError
from locality.network.layers import Conv, Dense, Flatten
from locality.network.network import Network, Node


@pytest.mark.parametrize("name", NAMES)
def test_grad_cam_is_captum_s_at_every_node(each, name):
    attr = pytest.importorskip("captum.attr")
    subject = each[name]
    model, net = subject.model, subject.model.network
    nodes = [node.name for node in net.nodes if len(net.shapes[node.name]) == len(net.input)]
    assert len(nodes) >= 3
    compared = 0
    for node in nodes:
        found = loc.attribute(model, subject.image, "grad-cam", 1, node=node)
        layer = model.get_submodule(node)

        def forward(x):
            return model.logits(x).flatten(2).sum(2) if len(net.output) > 1 else model.logits(x)

        theirs = attr.LayerGradCam(forward, layer).attribute(
            torch.from_numpy(subject.image)[None], target=1, relu_attributions=True
        )
        mode = ("linear", "bilinear", "trilinear")[len(net.input) - 2]
        # captum's own `interpolate` is torch's, which must be told to keep the corners apart in one and three axes
        theirs = torch.nn.functional.interpolate(theirs, net.input[1:], mode=mode, align_corners=False)
        theirs = theirs[0, 0].detach().numpy()
        np.testing.assert_allclose(found.values, theirs, rtol=1e-5, atol=1e-9)
        assert found.node == node
        compared += bool(theirs.any())
    assert compared >= 2


def test_captum_s_own_interpolation_gives_the_same_map(each):
    attr = pytest.importorskip("captum.attr")
    subject = each["lenet5"]
    found = loc.attribute(subject.model, subject.image, target=3)
    small = attr.LayerGradCam(subject.model, subject.model.get_submodule(found.node)).attribute(
        torch.from_numpy(subject.image)[None], target=3, relu_attributions=True
    )
    large = attr.LayerAttribution.interpolate(small, (28, 28), "bilinear")[0, 0].detach().numpy()
    assert large.max() > 0
    np.testing.assert_allclose(found.values, large, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "node"),
    [
        ("lenet5", "pool2"),
        ("resnet18", "layer4.1.relu2"),  # the global average behind it has one cell alone
        ("vgg16", "avgpool"),  # 7x7 to 7x7: it changes nothing
        ("googlenet", "inception5b.concat"),
    ],
)
def test_the_default_is_the_last_node_with_space_before_the_head(name, node):
    assert last_with_space(loc.zoo.get(name)) == node


def test_auxiliary_heads_are_no_way_to_the_output():
    assert last_with_space(loc.zoo.get("googlenet-2014-heads")) == last_with_space(loc.zoo.get("googlenet-2014"))


def test_a_network_whose_output_has_space_is_looked_at_before_its_output(each):
    assert loc.attribute(each["mapped"].model, each["mapped"].image).node == "relu2"


@pytest.mark.parametrize(
    ("text", "node", "error", "message"),
    [
        ("flat: 1x4x4 | flatten | dense 8 | relu | dense 3", None, DescriptionError,
         'flat: no node before its output has maps, which Grad-CAM adds up. Use method "occlusion" or "gradient".'),
        ("flat: 1x4x4 | flatten | dense 8 | relu | dense 3", "dense1", DescriptionError,
         "dense1: its output is 8, the picture 1x4x4: there are no maps of it that Grad-CAM could add up. "
         'Use method "occlusion" or "gradient".'),
        ("two: 1x4x4 | conv 2 3x3 | relu | flatten | dense 3", "dense1", DescriptionError,
         "dense1: its output is 3, the picture 1x4x4: there are no maps of it that Grad-CAM could add up. "
         "Name another, such as relu1."),
        ("two: 1x4x4 | conv 2 3x3 | relu | flatten | dense 3", "conv2", UnknownNameError,
         "Unknown node 'conv2'. Did you mean 'conv1'?"),
    ],
)  # fmt: skip
def test_a_node_without_maps_is_one_sentence(text, node, error, message):
    model = loc.build(Network.from_text(text))
    with pytest.raises(error) as caught:
        loc.attribute(model, np.zeros((1, 4, 4), np.uint8), "grad-cam", node=node)
    assert str(caught.value) == message


def test_a_node_of_an_auxiliary_head_is_refused():
    nodes = [
        Node("trunk", Conv(2, 3), "input"), Node("side", Conv(1, 1), "trunk"), Node("flat", Flatten(), "side"),
        Node("aux", Dense(3), "flat"), Node("wide", Flatten(), "trunk"), Node("fc", Dense(3), "wide"),
    ]  # fmt: skip
    model = loc.build(Network("headed", (1, 4, 4), nodes=nodes, heads=["aux"]))
    image = np.zeros((1, 4, 4), np.uint8)
    assert loc.attribute(model, image).node == "trunk"
    with pytest.raises(DescriptionError) as caught:
        loc.attribute(model, image, node="side")
    assert str(caught.value) == "side: the output does not depend on it. Name another, such as trunk."
