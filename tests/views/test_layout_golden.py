"""The descriptions on which the page's layout is tested: whole zoo networks, as Python writes them."""

import json
from pathlib import Path

import pytest

from locality import Network, zoo
from locality.network.plain import to_dict

GOLDEN = Path(__file__).parents[1] / "web" / "golden" / "networks.json"
NAMES = ("lenet5", "tiny-vgg", "alexnet", "vgg16", "googlenet", "resnet18", "resnet50", "resnet152")


def test_the_networks_of_the_layout_tests_are_those_of_the_zoo(pytestconfig: pytest.Config) -> None:
    networks = [to_dict(zoo.get(name)) for name in NAMES]
    text = json.dumps(networks, separators=(",", ":")) + "\n"
    if pytestconfig.getoption("overwrite"):
        GOLDEN.write_text(text)
    assert json.loads(GOLDEN.read_text()) == json.loads(text)
    assert all(Network.from_json(json.dumps(plain)).name == name for plain, name in zip(networks, NAMES, strict=True))
