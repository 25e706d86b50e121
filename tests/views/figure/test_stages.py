"""What a diagram shows of a network: nothing lost, nothing invented."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locality import zoo
from locality.errors import LocalityError
from locality.network.network import Network
from locality.views.figure.diagram.stages import Stage, stages
from locality.views.figure.diagram.wording import operation, size_text
from strategies import graphs, networks

NET = Network.from_text("1x28x28 | conv 6 5x5 | relu | max 2x2 | flatten | dense 10")
GATED = Network.from_text("4x8x8 | sum[ conv 4 3x3 same | relu ; skip ] | max 2x2 | flatten | dense 3")


def edges(found: list[Stage]) -> set[tuple[str, str]]:
    return {(source, stage.name) for stage in found for source in stage.reads}


def between(net: Network, found: list[Stage]) -> set[tuple[str, str]]:
    """The edges that the network's own graph has between stages, by looking at every pair of nodes."""
    home = {"input": "input"} | {node: stage.name for stage in found for node in stage.nodes}
    pairs = ((home[source], home[node.name]) for node in net.nodes for source in node.inputs)
    return {(one, other) for one, other in pairs if one != other}


@given(st.one_of(graphs(), networks()))
@settings(deadline=None)
def test_every_node_is_a_stage_of_its_own_in_a_small_network(net: Network) -> None:
    found = stages(net, open=True)
    assert [stage.name for stage in found] == ["input", *(node.name for node in net.nodes)]
    assert [stage.reads for stage in found[1:]] == [node.inputs for node in net.nodes]
    assert all(stage.shape == net.shapes[stage.name] for stage in found)


@given(st.one_of(graphs(), networks()))
@settings(deadline=None)
def test_a_chain_of_stages_keeps_every_node_and_every_edge(net: Network) -> None:
    found = stages(net, chain=True)
    assert sorted(node for stage in found for node in stage.nodes) == sorted(node.name for node in net.nodes)
    assert edges(found) == between(net, found)
    order = {stage.name: number for number, stage in enumerate(found)}
    assert all(order[one] < order[other] for one, other in edges(found))
    assert found[-1].shape == net.output or found[-1].kind != "flatten"


@given(st.one_of(graphs(), networks()), st.data())
@settings(deadline=None)
def test_hidden_layers_leave_the_way_through_them(net: Network, data: st.DataObject) -> None:
    can = [node.name for node in net.nodes if len(node.inputs) == 1]
    hidden = set(data.draw(st.lists(st.sampled_from(can), unique=True))) if can else set()
    found = stages(net, hide=hidden, open=True)
    assert {stage.name for stage in found} == {"input", *(node.name for node in net.nodes)} - hidden

    def shown(name: str) -> str:
        return shown(net.node(name).inputs[0]) if name in hidden else name

    assert edges(found) == {
        (shown(source), node.name) for node in net.nodes if node.name not in hidden for source in node.inputs
    }


@pytest.mark.parametrize("name", zoo.names())
@pytest.mark.parametrize("chain", [False, True])
def test_folding_loses_no_node_and_no_edge_of_the_zoo(name: str, chain: bool) -> None:
    net = zoo.get(name)
    found = stages(net, chain=chain)
    assert sorted(node for stage in found for node in stage.nodes) == sorted(node.name for node in net.nodes)
    assert edges(found) == between(net, found)
    assert len(found) <= 60
    assert all(stage.shape == net.shapes[stage.nodes[-1]] for stage in found if stage.nodes and stage.kind == "block")


def test_resnet50_has_the_blocks_of_its_paper() -> None:
    found = {stage.name: stage for stage in stages(zoo.get("resnet50"), chain=True)}
    assert [found[f"layer{i}"].count for i in (1, 2, 3, 4)] == [3, 4, 6, 3]  # arXiv:1512.03385, table 1
    assert [size_text(found[f"layer{i}"]) for i in (1, 4)] == ["256 × 56 × 56", "2048 × 7 × 7"]
    opened = stages(zoo.get("resnet50"), open=["layer1.0"])
    assert "layer1.0.conv1" in {stage.name for stage in opened}
    assert "layer1.1" in {stage.name for stage in opened}
    names = {stage.name for stage in stages(zoo.get("resnet50"), open=["layer1"])}
    assert {"layer1.0.conv1", "layer1.2.conv3", "layer2.0"} < names


def test_a_chain_without_branches_stays_one() -> None:
    for name in ("lenet5", "alexnet", "vgg16", "googlenet", "resnet152"):
        found = stages(zoo.get(name), chain=True)
        assert all(stage.reads == (before.name,) for before, stage in pairwise(found))


def test_groups_and_labels_are_the_reader_s_own() -> None:
    found = stages(NET, group={"features": ["conv1", "relu1", "pool1"]}, labels={"dense1": "digits"})
    assert [(stage.name, stage.label, stage.kind) for stage in found] == [
        ("input", "input", "input"),
        ("features", "features", "block"),
        ("flatten1", "flatten1", "flatten"),
        ("dense1", "digits", "dense"),
    ]
    assert operation(NET, found[1]) == "conv 5x5, max 2x2"


def test_a_prefix_groups_all_that_begins_so() -> None:
    found = stages(zoo.get("resnet18"), group={"trunk": ["layer1", "layer2", "layer3", "layer4"]})
    trunk = next(stage for stage in found if stage.name == "trunk")
    assert trunk.shape == (512, 7, 7)
    assert trunk.reads == ("stage 1",)


def test_a_block_of_which_a_part_is_grouped_opens() -> None:
    net = zoo.get("resnet18")
    found = stages(net, group={"mine": ["layer1.0.conv2", "layer1.0.bn2"]})
    assert {"mine", "layer1.0.conv1", "layer1.1"} <= {stage.name for stage in found}
    assert edges(found) == between(net, found)
    assert [stage.name for stage in stages(NET, hide="relu")] == [stage.name for stage in stages(NET, hide=["relu"])]


@pytest.mark.parametrize(
    ("net", "words", "message"),
    [
        (NET, {"hide": ["relu2"]}, "Unknown layer 'relu2'. Did you mean 'relu'?"),
        (NET, {"labels": {"conv2": "x"}}, "Unknown stage 'conv2'. Did you mean 'conv1'?"),
        (NET, {"labels": {"conv1": "a\nb"}}, "label 'a\\nb': it is not one line of printable letters. Write it so."),
        (NET, {"group": {"g": ["conv7"]}}, "Unknown node 'conv7'. Did you mean 'conv1'?"),
        (NET, {"labels": {"conv1": 5}}, "label 5: it is not one line of printable letters. Write it so."),
        (NET, {"group": {"g": []}}, "group 'g': there is nothing in it. Name its layers."),
        (NET, {"group": {"input": ["conv1"]}}, "group 'input': a layer is called so. Give another name."),
        (NET, {"group": {"relu1": ["conv1"]}}, "group 'relu1': a layer is called so. Give another name."),
        (
            NET,
            {"group": {"a": ["conv1", "relu1", "pool1"], "b": ["relu1"]}},
            "group 'b': relu1 is in 'a' already. Put it into one of the two.",
        ),
        (NET, {"group": {"a\x01": ["conv1"]}}, "label 'a\\x01': it is not one line of printable letters. Write it so."),
        (NET, {"open": ["layer1"]}, "Unknown block 'layer1'. Nothing is folded here."),
        (
            zoo.get("resnet18"),
            {"open": ["layer1.2"]},
            "Unknown block 'layer1.2'. Did you mean 'layer1.1'?",
        ),
        (
            GATED,
            {"hide": ["sum1"]},
            "sum1: a join cannot be hidden, its branches would end nowhere. Group it.",
        ),
        (
            GATED,
            {"group": {"g": ["conv1", "pool1"]}},
            "group 'g': relu1 reads conv1 in its middle. Give nodes of which only the last is read by others.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_one_sentence(net: Network, words: dict[str, object], message: str) -> None:
    with pytest.raises(LocalityError) as refused:
        stages(net, **words)  # type: ignore[arg-type]
    assert str(refused.value) == message
