"""The networks that won ImageNet, scaled to 28x28."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import locality as loc
from locality.data import dataset
from locality.errors import DataError
from locality.network.layers import Concat, Conv, Norm, Pool, Sum
from locality.studies.generations import GENERATIONS
from locality.studies.scaled import alexnet, googlenet, laid_out, resnet

NETWORKS = [each.make for each in GENERATIONS[2:]]
NAMES = [each.name for each in GENERATIONS[2:]]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("make", NETWORKS, ids=NAMES)
def test_every_network_stays_below_5_million_macs_by_torch_s_own_count(make, channels):
    net = make((channels, 28, 28), 10)
    model, picture = loc.build(net), torch.zeros(1, channels, 28, 28)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(picture)
    assert counter.get_total_flops() / 2 == loc.trace(net).macs < 5_000_000
    assert sum(parameter.numel() for parameter in model.parameters()) == loc.trace(net).parameters


@pytest.mark.parametrize("make", NETWORKS, ids=NAMES)
def test_every_network_has_an_output_for_each_class(make):
    assert make((3, 28, 28), 37).output == (37,)


@pytest.mark.parametrize("make", [alexnet, googlenet, resnet])
def test_no_pixel_is_left_unread_but_by_the_shortcuts_with_stride_2(make):
    net = make()
    unread = {row.name for row in loc.trace(net).rows if row.uncovered}
    shortcuts = {node.name for node in net.nodes if isinstance(node.layer, Conv) and node.layer.stride == 2}
    assert unread == {name for name in shortcuts if net.node(name).layer.kernel_size == 1}


def test_alexnet_s_pools_overlap_and_its_dense_layers_hold_most_parameters():
    table = loc.trace(alexnet())
    pools = [node.layer for node in alexnet().nodes if isinstance(node.layer, Pool)]
    assert [(pool.kind, pool.kernel_size, pool.stride) for pool in pools] == [("max", 3, 2)] * 3
    assert sum(row.parameters for row in table.rows if row.kind == "dense") > 0.75 * table.parameters
    assert sum(row.kind == "dropout" for row in table.rows) == 2


def test_googlenet_joins_windows_of_1_3_and_5_and_a_pool():
    net = googlenet()
    joins = [node for node in net.nodes if isinstance(node.layer, Concat)]
    for join in joins:
        ends = [net.node(net.node(relu).inputs[0]) for relu in join.inputs]
        assert [end.layer.kernel_size for end in ends] == [1, 3, 5, 1]
        assert net.node(ends[3].inputs[0]).layer.kind == "max"
    assert len(joins) == 3
    assert not any(isinstance(node.layer, Norm) for node in net.nodes)


def test_resnet_has_three_stages_and_projects_where_a_shape_changes():
    net = resnet()
    sums = [node for node in net.nodes if isinstance(node.layer, Sum)]
    assert [net.shapes[node.name] for node in sums] == [
        *[(16, 14, 14)] * 2,
        *[(32, 7, 7)] * 2,
        *[(48, 4, 4)] * 2,
    ]
    assert sum(isinstance(node.layer, Conv) and node.layer.kernel_size == 1 for node in net.nodes) == 2
    convolutions = {node.name for node in net.nodes if isinstance(node.layer, Conv)}
    assert {node.inputs[0] for node in net.nodes if isinstance(node.layer, Norm)} == convolutions


def test_pictures_are_brought_to_28x28_in_their_own_channels():
    assert laid_out(dataset("digits")).shape == (1, 28, 28)
    with pytest.raises(DataError) as error:
        laid_out("digits")
    assert str(error.value) == "data: str is no Dataset. Give what locality.dataset gives."
