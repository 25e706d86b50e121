"""The zoo against graphs that came from other frameworks: onnx's light models, exported from Caffe and Caffe2.

ResNet-50 agrees layer by layer, strides included: it too halves the map in the 3x3 convolution of a block (v1.5), not
in the first 1x1. VGG-19 agrees as well. The other two have the same weights and windows on other sizes, since they pad
elsewhere: AlexNet (2012) reads 224 unpadded where ours reads the 227 that its figures need, so its maps are 54, 26 and
12 wide, not 55, 27 and 13, and its last pool pads one row and column after the map to come out at the same 6x6. The
four pools of Inception v1 that halve the map round down, where those of GoogLeNet (2014) round up, so its maps are 55,
27, 13 and 6 wide, not 56, 28, 14 and 7, and its mean over 7x7 pads one row and column after the map.
"""

from math import prod
from pathlib import Path

import onnx
import pytest

import locality as loc

FOLDER = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
SAME = {"light_vgg19": "vgg19", "light_resnet50": "resnet50"}
PADDED = {"light_bvlc_alexnet": "alexnet-2012", "light_inception_v1": "googlenet-2014"}
COUNTS = {
    "light_bvlc_alexnet": 60_965_224,
    "light_inception_v1": 6_998_552,
    "light_vgg19": 143_667_240,
    "light_resnet50": 25_557_032,
}
LEARNING = {"Conv": "conv", "Gemm": "dense", "BatchNormalization": "batch-norm"}
WINDOWED = {"Conv": "conv", "MaxPool": "max", "AveragePool": "average"}


class Graph:
    """A graph of onnx's, with the shapes of all its values as onnx infers them."""

    def __init__(self, name):
        graph = onnx.shape_inference.infer_shapes(onnx.load(FOLDER / f"{name}.onnx")).graph
        self.nodes = list(graph.node)
        self.shapes = {one.name: tuple(one.dims) for one in graph.initializer}
        for value in (*graph.value_info, *graph.output):
            self.shapes[value.name] = tuple(size.dim_value for size in value.type.tensor_type.shape.dim)

    def weights(self):
        """What each layer learns; the running statistics of a normalisation (inputs 4 and 5) are not learnt."""
        learning = [node for node in self.nodes if node.op_type in LEARNING]
        return [(LEARNING[node.op_type], [self.shapes[name] for name in node.input[1:3]]) for node in learning]

    def windows(self):
        """Kernel, stride and the channels and space that come out, of each layer with a window."""
        for node in self.nodes:
            if node.op_type in WINDOWED:
                given = {one.name: tuple(one.ints) for one in node.attribute}
                stride = given.get("strides", (1, 1))
                yield WINDOWED[node.op_type], given["kernel_shape"], stride, self.shapes[node.output[0]][1:]


def windows(net):
    """The same of a network here; the mean of a whole map is a window of its size."""
    for node in net.nodes:
        before, shape = net.inputs(node)[0], net.shapes[node.name]
        if isinstance(node.layer, loc.Conv) or (isinstance(node.layer, loc.Pool) and node.layer.kernel_size):
            maps = node.layer.windows(before[1:])
            kernel, stride = (tuple(getattr(one, name) for one in maps) for name in ("kernel", "stride"))
            yield node.layer.word, kernel, stride, shape
        elif isinstance(node.layer, loc.Pool) and shape != before:  # of a 7x7 map VGG's mean over 7x7 parts is the map
            yield "average", before[1:], (1, 1), shape


@pytest.mark.parametrize("name", [*SAME, *PADDED])
def test_every_weight_has_the_shape_it_has_there(name):
    net, graph = loc.zoo.get({**SAME, **PADDED}[name]), Graph(name)
    ours = [(node.layer.word, list(net.parameters(node).values())) for node in net.nodes if net.parameters(node)]
    norms = [shapes for kind, shapes in ours if kind == "batch-norm"]
    theirs = graph.weights()
    assert norms == [shapes for kind, shapes in theirs if kind == "batch-norm"]
    for kind in ("conv", "dense"):
        assert [s[0] for k, s in ours if k == kind] == [s[0] for k, s in theirs if k == kind]
    # Caffe2 gives its ResNet no biases but the last; the other three have one a layer.
    assert [len(s) for k, s in ours if k != "batch-norm"] == [len(s) for k, s in theirs if k != "batch-norm"]
    assert sum(prod(shape) for _, shapes in theirs for shape in shapes) == COUNTS[name]
    assert loc.trace(net).parameters == COUNTS[name]


@pytest.mark.parametrize("name", SAME)
def test_every_window_and_every_shape_is_as_it_is_there(name):
    assert list(windows(loc.zoo.get(SAME[name]))) == list(Graph(name).windows())


def test_resnet_50_halves_the_map_in_the_3x3_convolution_as_it_does_there():
    halving = [kernel for kind, kernel, stride, shape in Graph("light_resnet50").windows() if stride == (2, 2)]
    assert halving == [(7, 7), (3, 3), *[(3, 3), (1, 1)] * 3]  # a 1x1 with a stride is the shortcut's


@pytest.mark.parametrize(
    ("name", "there", "here"),
    [
        ("light_bvlc_alexnet", [54, 26, 12, 6], [55, 27, 13, 6]),
        ("light_inception_v1", [112, 55, 27, 13, 6, 1], [112, 56, 28, 14, 7, 1]),
    ],
)
def test_two_of_them_have_the_same_windows_on_other_sizes(name, there, here):
    theirs, ours = list(Graph(name).windows()), list(windows(loc.zoo.get(PADDED[name])))
    assert [(*window, shape[0]) for *window, shape in theirs] == [(*window, shape[0]) for *window, shape in ours]
    for found, sizes in ((theirs, there), (ours, here)):
        assert list(dict.fromkeys(shape[1] for *_, shape in found)) == sizes
