"""Receptive fields of the zoo against published values."""

from fractions import Fraction

import pytest

from locality import zoo
from locality.network.table import trace

# Node, size, jump, centre of the first output. VGG and AlexNet: the table of tf.contrib.receptive_field (212/32 with
# padding 90; 195/32, with padding 64, to which torchvision's first convolution adds 2). The centre is
# (size - 1)/2 - padding. Residual nets: the sum over convolutions of (kernel - 1) jump, with strides at the first
# block of a stage.
KNOWN = [
    ("lenet5", "pool2", 16, 4, Fraction(11, 2)),
    ("alexnet", "features.12", 195, 32, Fraction(31)),
    ("vgg16", "features.30", 212, 32, Fraction(31, 2)),
    ("vgg19", "features.36", 268, 32, Fraction(31, 2)),
    ("resnet18", "layer4.1.relu2", 435, 32, Fraction(0)),
    ("resnet34", "layer4.2.relu2", 899, 32, Fraction(0)),
    ("resnet50", "layer4.2.relu3", 427, 32, Fraction(0)),
    ("resnet101", "layer4.2.relu3", 971, 32, Fraction(0)),
    ("resnet152", "layer4.2.relu3", 1451, 32, Fraction(0)),
]


@pytest.mark.parametrize(("name", "node", "size", "jump", "centre"), KNOWN)
def test_receptive_fields_are_the_published_ones(name: str, node: str, size: int, jump: int, centre: Fraction) -> None:
    row = trace(zoo.get(name))[node]
    assert (row.field, row.jump, row.offset) == ((size, size), (jump, jump), (centre, centre))
    assert not row.field_varies


def test_the_average_of_all_maps_sees_the_whole_picture() -> None:
    for name in ("googlenet", "resnet50"):
        assert trace(zoo.get(name))["fc"].field == (224, 224)


def test_a_strided_shortcut_leaves_three_of_four_sites_unread() -> None:
    row = trace(zoo.get("resnet50"))["layer2.0.downsample.0"]
    assert (row.uncovered, row.inputs) == (56 * 56 - 28 * 28, ((256, 56, 56),))
