"""What `zoo` promises: names, adjustable networks, errors, and that it is quick and light."""

import doctest
import pkgutil
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

NAMES = zoo.names()
IMAGENET = NAMES[3:]


def test_the_names_are_those_of_the_lecture() -> None:
    assert zoo.names() == (
        *("ffnn", "lenet5", "tiny-vgg", "alexnet", "vgg16", "vgg19", "googlenet"),
        *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152"),
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
    assert Network.from_text(net.to_text()) == net


@pytest.mark.parametrize("name", NAMES)
def test_another_number_of_classes_changes_the_last_layer_alone(name: str) -> None:
    net, other = zoo.get(name), zoo.get(name, classes=7)
    assert other.output == (7,)
    assert other.nodes[:-1] == net.nodes[:-1]
    assert other.nodes[-1].name == net.nodes[-1].name


@pytest.mark.parametrize("name", [name for name in IMAGENET if name != "alexnet"])
@pytest.mark.parametrize("side", [32, 75, 101])
def test_imagenet_networks_take_pictures_of_other_sizes(name: str, side: int) -> None:
    net = zoo.get(name, input=(1, side, side + 1), classes=2)
    assert (net.input, net.output) == ((1, side, side + 1), (2,))


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
        "efficient",
        {},
        "Unknown network 'efficient'. Known are: ffnn, lenet5, tiny-vgg, alexnet, vgg16, vgg19, googlenet, resnet18, "
        "resnet34, resnet50, resnet101, resnet152.",
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
    assert 1998 <= about.year <= 2020
    assert about.source.startswith(("arXiv:", "doi:10."))
    assert "%" in about.figures
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
