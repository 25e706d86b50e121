"""What `zoo` promises: names, adjustable networks, errors, and that it is quick and light."""

import doctest
import pkgutil
import re
import subprocess
import sys
import time
from dataclasses import FrozenInstanceError, fields
from importlib import import_module

import pytest

from locality import zoo
from locality.errors import LocalityError
from locality.network.layers import Activation, Conv, Dense, Flatten, Pool
from locality.network.network import Network
from locality.network.table import trace

NAMES = zoo.names()
WAVE_FUNCTIONS = ("choo-2019", "nqs-resnet")
CLASSIFIERS = tuple(name for name in NAMES if name not in WAVE_FUNCTIONS)
IMAGENET = tuple(name for name in NAMES if zoo.get(name).output == (1000,))


def test_the_names_are_those_of_the_lecture() -> None:
    assert zoo.names() == (
        *("ffnn", "lenet1", "lenet5-1998", "lenet5", "tiny-vgg", "alexnet-2012", "alexnet", "zfnet-2013"),
        *("vgg16", "vgg19", "googlenet-2014", "googlenet-2014-heads", "googlenet", "resnet20-cifar"),
        *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "efficientnet-lite0", "unet"),
        *("carrasquilla-2017", "carrasquilla-2017-cnn", "choo-2019", "nqs-resnet"),
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_network_bears_the_name_it_was_asked_for(name: str) -> None:
    assert zoo.get(name).name == zoo.about(name).name == name


def test_lenet5_is_the_one_of_the_public_page() -> None:
    layers = [
        *(Conv(6, 5, padding=2), Activation("tanh"), Pool("average", 2)),
        *(Conv(16, 5), Activation("tanh"), Pool("average", 2)),
        *(Flatten(), Dense(120), Activation("tanh"), Dense(84), Activation("tanh"), Dense(10)),
    ]
    assert zoo.get("lenet5") == Network("lenet5", input=(1, 28, 28), layers=layers)


def test_ffnn_is_784_300_100_10() -> None:
    assert zoo.get("ffnn").to_text() == "ffnn: 1x28x28 | flatten | dense 300 | relu | dense 100 | relu | dense 10"


@pytest.mark.parametrize("name", NAMES)
def test_json_and_text_give_an_equal_network_back(name: str) -> None:
    net = zoo.get(name)
    assert Network.from_json(net.to_json()) == net
    if net.heads:
        with pytest.raises(LocalityError, match="auxiliary head, which no line of text can say"):
            net.to_text()
    else:
        assert Network.from_text(net.to_text()) == net


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_another_number_of_classes_changes_the_last_layer_alone(name: str) -> None:
    net, other = zoo.get(name), zoo.get(name, classes=7)
    assert other.output[0] == 7
    ends = {net.nodes[-1].name, *net.heads}
    for node, another in zip(net.nodes, other.nodes, strict=True):
        assert node.name == another.name
        assert (node == another) == (node.name not in ends)


def test_lenet5_of_1998_knows_ten_drawings() -> None:
    assert [zoo.get("lenet5-1998", classes=n).output for n in (2, 10)] == [(2,), (10,)]
    with pytest.raises(
        LocalityError, match=r"^lenet5-1998: it has drawings of 10 digits, not of 11 classes\. Use lenet5"
    ):
        zoo.get("lenet5-1998", classes=11)


@pytest.mark.parametrize("name", WAVE_FUNCTIONS)
def test_a_wave_function_has_no_classes(name: str) -> None:
    with pytest.raises(LocalityError) as caught:
        zoo.get(name, classes=2)
    assert str(caught.value) == (
        f"{name}: a wave function has no classes. Leave classes out, or take a network that tells them apart."
    )


def test_the_drawings_of_the_digits_are_7_wide_and_12_high_and_far_from_each_other() -> None:
    net = zoo.get("lenet5-1998")
    rows = [drawing.split("/") for drawing in net.nodes[-1].layer.prototypes]
    assert all(len(drawing) == 12 and {len(row) for row in drawing} == {7} for drawing in rows)
    flat = ["".join(drawing) for drawing in rows]
    apart = [sum(a != b for a, b in zip(one, other, strict=True)) for one in flat for other in flat if one != other]
    assert min(apart) >= 3


@pytest.mark.parametrize(("name", "maps"), [("lenet5-1998", 6), ("lenet1", 4)])
def test_the_tables_of_connections_treat_the_maps_before_them_alike(name: str, maps: int) -> None:
    (table,) = [node.layer.connections for node in zoo.get(name).nodes if getattr(node.layer, "connections", None)]
    uses = [sum(channel in reads for reads in table) for channel in range(maps)]
    assert set(uses) == {10 if name == "lenet5-1998" else 5}


@pytest.mark.parametrize(("name", "published"), [("lenet5-1998", 340_908), ("lenet1", 98_442)])
def test_connections_are_those_that_the_papers_count(name: str, published: int) -> None:
    assert trace(zoo.get(name)).connections == published


def test_a_unet_fits_sides_of_188_and_every_16_more() -> None:
    assert zoo.get("unet", input=(3, 188, 204)).output == (2, 4, 20)
    for side in (60, 172, 196, 570):
        with pytest.raises(
            LocalityError, match=rf"^unet: a side of {side} does not halve four times\. Use 188 and any"
        ):
            zoo.get("unet", input=(1, 572, side))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("classes", [0, -1, "x", 2.5, True])
def test_what_is_no_number_of_classes_is_refused_by_every_network(name: str, classes: object) -> None:
    with pytest.raises(LocalityError, match=rf"^{name}: classes is .*; it must be a whole number of at least 1"):
        zoo.get(name, classes=classes)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("input", ["1x572x572", 5, (1, "a", 8), ()])
def test_what_is_no_input_is_refused_by_every_network(name: str, input: object) -> None:
    with pytest.raises(LocalityError, match=f"^{name}: input "):
        zoo.get(name, input=input)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", [n for n in IMAGENET if not n.startswith(("alexnet", "zfnet", "efficientnet")) and "heads" not in n]
)
@pytest.mark.parametrize("side", [32, 75, 101])
def test_imagenet_networks_take_pictures_of_other_sizes(name: str, side: int) -> None:
    net = zoo.get(name, input=(1, side, side + 1), classes=2)
    assert (net.input, net.output) == ((1, side, side + 1), (2,))


@pytest.mark.parametrize("name", ["carrasquilla-2017", "carrasquilla-2017-cnn"])
@pytest.mark.parametrize("input", [(1, 10), (1, 10, 12), (3, 4, 4), (1, 3, 4, 5)])
def test_the_networks_for_spins_take_every_lattice(name: str, input: tuple[int, ...]) -> None:
    assert zoo.get(name, input=input).output == (2,)


@pytest.mark.parametrize(("name", "input"), [("ffnn", (3, 32, 32)), ("lenet5", (3, 32, 32)), ("tiny-vgg", (1, 28, 28)),
                                             ("alexnet", (3, 256, 256)), ("alexnet", (3, 63, 63))])  # fmt: skip
def test_the_other_networks_take_other_pictures_too(name: str, input: tuple[int, ...]) -> None:
    net = zoo.get(name, input=input)
    assert (net.input, net.output) == (input, zoo.get(name).output)


# What is asked for and what is answered.
ERRORS = [
    ("resnet-50", {}, "Unknown network 'resnet-50'. Did you mean 'resnet50'?"),
    ("lenet", {}, "Unknown network 'lenet'. Did you mean 'lenet5'?"),
    ("tiny_vgg", {}, "Unknown network 'tiny_vgg'. Did you mean 'tiny-vgg'?"),
    (
        "mri",
        {},
        f"Unknown network 'mri'. Known are: {', '.join(NAMES)}.",
    ),
    (
        "tiny-vgg",
        {"input": (3, 65, 65)},
        "max_pool_1: a 2x2 window with stride 2 does not tile 61: (61 - 2)/2 + 1 = 30.5. "
        'Use rounding="floor" (the last row and column are dropped), or an input of 60 or 62. '
        "(3x65x65 -> conv_1_1 63x63 -> relu_1_1 63x63 -> conv_1_2 61x61 -> relu_1_2 61x61)",
    ),
    (
        "alexnet",
        {"input": (3, 32, 32)},
        "features.12: a 3x3 window does not fit its 1x1 input (padding 0). Use padding of at least 1 or a window of at "
        "most 1. (3x32x32 -> ... -> features.8 1x1 -> features.9 1x1 -> features.10 1x1 -> features.11 1x1)",
    ),
]


@pytest.mark.parametrize(("name", "given", "message"), ERRORS)
def test_what_cannot_be_had_is_said_in_full(name: str, given: dict[str, tuple[int, ...]], message: str) -> None:
    with pytest.raises(LocalityError) as caught:
        zoo.get(name, **given)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_about_refuses_unknown_names_as_get_does() -> None:
    with pytest.raises(LocalityError, match=r"^Unknown network 'vgg-16'\. Did you mean 'vgg16'\?$"):
        zoo.about("vgg-16")


@pytest.mark.parametrize("name", NAMES)
def test_about_says_where_a_network_comes_from(name: str) -> None:
    about = zoo.about(name)
    assert [field.name for field in fields(about)] == [
        *("name", "year", "title", "authors", "source", "figures", "note")
    ]
    assert all(getattr(about, field.name) for field in fields(about))
    assert 1990 <= about.year <= 2023
    assert about.source.startswith(("arXiv:", "doi:10.", "Advances in Neural"))
    assert re.search(r"\d", about.figures)
    with pytest.raises(FrozenInstanceError):
        about.year = 1900  # type: ignore[misc]


def test_a_second_network_of_one_name_is_equal_to_the_first() -> None:
    assert zoo.get("googlenet") == zoo.get("googlenet")


def test_the_zoo_loads_nothing_that_is_installed() -> None:
    code = "import sys; from locality import zoo; zoo.get('lenet5'); print({'numpy', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_largest_network_is_described_in_a_tenth_of_a_second() -> None:
    spent = []
    for _ in range(5):
        start = time.perf_counter()
        zoo.get("resnet152")
        spent.append(time.perf_counter() - start)
    assert min(spent) < 0.1


def test_the_examples_in_the_docstrings_are_true() -> None:
    modules = [zoo, *(import_module(f"locality.zoo.{info.name}") for info in pkgutil.iter_modules(zoo.__path__))]
    results = [doctest.testmod(module) for module in modules]
    assert sum(result.failed for result in results) == 0
    assert sum(result.attempted for result in results) > 15
